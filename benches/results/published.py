"""Scores that papers report, and the papers. The only figures in docs/RESULTS.md that nobody measured here."""

# For each set: (model, score on the test part, papers).
SCORES: dict[str, list[tuple[str, float, str]]] = {
    "stance": [
        ("SVM", 0.673, "Barbieri et al. 2020"),
        ("fastText", 0.654, "Barbieri et al. 2020"),
        ("LSTM", 0.594, "Barbieri et al. 2020"),
        ("RoBERTa-base", 0.680, "Barbieri et al. 2020"),
        ("RoBERTa, trained on with tweets", 0.693, "Barbieri et al. 2020"),
        ("BERTweet", 0.712, "TweetEval's leaderboard, for Nguyen et al. 2020"),
        ("TimeLMs-2021", 0.729, "TweetEval's leaderboard, for Loureiro et al. 2022"),
    ],
    "sentiment": [
        ("SVM", 0.629, "Barbieri et al. 2020"),
        ("fastText", 0.629, "Barbieri et al. 2020"),
        ("LSTM", 0.583, "Barbieri et al. 2020"),
        ("RoBERTa-base", 0.713, "Barbieri et al. 2020"),
        ("BERTweet", 0.734, "TweetEval's leaderboard, for Nguyen et al. 2020"),
    ],
    "imdb": [
        ("MNB, unigrams and bigrams", 0.866, "Wang and Manning 2012"),
        ("SVM, unigrams and bigrams", 0.892, "Wang and Manning 2012"),
        ("NBSVM, unigrams and bigrams", 0.912, "Wang and Manning 2012"),
    ],
}

REFERENCES = (
    "Francesco Barbieri, Jose Camacho-Collados, Luis Espinosa Anke and Leonardo Neves. 2020. TweetEval: Unified"
    " Benchmark and Comparative Evaluation for Tweet Classification. Findings of the Association for"
    " Computational Linguistics: EMNLP 2020, pages 1644-1650."
    " [doi:10.18653/v1/2020.findings-emnlp.148](https://doi.org/10.18653/v1/2020.findings-emnlp.148)."
    " The splits of `stance` and `sentiment`.",
    "Christian Kohlschütter, Peter Fankhauser and Wolfgang Nejdl. 2010. Boilerplate Detection using Shallow Text"
    " Features. Proceedings of the Third ACM International Conference on Web Search and Data Mining (WSDM 2010),"
    " pages 441-450. [doi:10.1145/1718487.1718542](https://doi.org/10.1145/1718487.1718542)."
    " L3S-GN1, the pages of `l3s`.",
    "Daniel Loureiro, Francesco Barbieri, Leonardo Neves, Luis Espinosa Anke and Jose Camacho-Collados. 2022."
    " TimeLMs: Diachronic Language Models from Twitter. Proceedings of ACL 2022: System Demonstrations, pages"
    " 251-260. [doi:10.18653/v1/2022.acl-demo.25](https://doi.org/10.18653/v1/2022.acl-demo.25).",
    "Andrew L. Maas, Raymond E. Daly, Peter T. Pham, Dan Huang, Andrew Y. Ng and Christopher Potts. 2011. Learning"
    " Word Vectors for Sentiment Analysis. Proceedings of ACL-HLT 2011, pages 142-150."
    " [P11-1015](https://aclanthology.org/P11-1015/). The Large Movie Review Dataset, `imdb`.",
    "Saif Mohammad, Svetlana Kiritchenko, Parinaz Sobhani, Xiaodan Zhu and Colin Cherry. 2016. SemEval-2016 Task 6:"
    " Detecting Stance in Tweets. Proceedings of SemEval-2016, pages 31-41."
    " [doi:10.18653/v1/S16-1003](https://doi.org/10.18653/v1/S16-1003). The tweets of `stance`.",
    "Dat Quoc Nguyen, Thanh Vu and Anh Tuan Nguyen. 2020. BERTweet: A pre-trained language model for English"
    " Tweets. Proceedings of EMNLP 2020: System Demonstrations, pages 9-14."
    " [doi:10.18653/v1/2020.emnlp-demos.2](https://doi.org/10.18653/v1/2020.emnlp-demos.2).",
    "Sara Rosenthal, Noura Farra and Preslav Nakov. 2017. SemEval-2017 Task 4: Sentiment Analysis in Twitter."
    " Proceedings of SemEval-2017, pages 502-518. [doi:10.18653/v1/S17-2088](https://doi.org/10.18653/v1/S17-2088)."
    " The tweets of `sentiment`.",
    "Sida Wang and Christopher D. Manning. 2012. Baselines and Bigrams: Simple, Good Sentiment and Topic"
    " Classification. Proceedings of ACL 2012 (Volume 2: Short Papers), pages 90-94."
    " [P12-2018](https://aclanthology.org/P12-2018/).",
)
