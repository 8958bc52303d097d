//! Word lists: what sort of thing a word does, whatever the topic.

/// A word list: the token that stands for its words, and the words, lower case, in order.
struct List {
    token: &'static str,
    words: &'static [&'static str],
}

#[rustfmt::skip]
const LISTS: [List; 7] = [
    List { token: "<hedge>", words: &[
        "about", "almost", "apparently", "appear", "appeared", "appears", "arguably", "around",
        "assume", "assumed", "believe", "believed", "feel", "felt", "generally", "guess", "if",
        "largely", "likely", "maybe", "mostly", "often", "perhaps", "possible", "possibly",
        "presumably", "probably", "quite", "rather", "roughly", "seem", "seemed", "seemingly",
        "seems", "sometimes", "somewhat", "suggest", "suggested", "suggests", "suppose",
        "supposedly", "tend", "tends", "think", "unclear", "unlikely", "usually",
    ] },
    List { token: "<modal>", words: &[
        "can", "can't", "cannot", "could", "couldn't", "may", "might", "mightn't", "must",
        "mustn't", "need", "needn't", "ought", "shall", "shan't", "should", "shouldn't", "will",
        "won't", "would", "wouldn't",
    ] },
    List { token: "<praise>", words: &[
        "admirable", "admire", "amazing", "applaud", "beautiful", "best", "better", "brave",
        "bravely", "bravery", "brilliant", "calm", "careful", "commend", "courage", "courageous",
        "decency", "decent", "dedicated", "deserve", "deserves", "enjoy", "enjoyed", "excellent",
        "fair", "fairly", "fine", "glad", "good", "grateful", "great", "happy", "hero", "heroes",
        "heroic", "honest", "honour", "honourable", "love", "loved", "lovely", "loyal", "perfect",
        "pleased", "professional", "proud", "reasonable", "respect", "right", "rightly", "salute",
        "sensible", "skilled", "splendid", "superb", "support", "supported", "thank", "thankful",
        "thanks", "welcome", "well", "win", "wise", "wonderful", "worthy",
    ] },
    List { token: "<blame>", words: &[
        "absurd", "abuse", "afraid", "angry", "appalling", "arrogant", "ashamed", "awful", "bad",
        "betray", "betrayal", "betrayed", "blackmail", "blame", "boring", "bully", "bullying",
        "contempt", "corrupt", "coward", "cowardly", "cowards", "cruel", "cynical", "dangerous",
        "disgrace", "disgraceful", "disgusting", "dreadful", "dull", "entitled", "evil", "fail",
        "failed", "failing", "failure", "fault", "fear", "foolish", "guilty", "hate", "hated",
        "horrible", "hypocrisy", "hypocrite", "idiot", "idiots", "insult", "irresponsible", "joke",
        "liar", "lie", "lies", "mess", "nonsense", "outrage", "outrageous", "pathetic", "petulant",
        "poor", "racist", "reckless", "ridiculous", "rotten", "sad", "scandal", "selfish", "shame",
        "shameful", "shocking", "sick", "spineless", "stupid", "sulk", "sulking", "tantrum",
        "terrible", "threat", "toxic", "ugly", "unacceptable", "unfair", "useless", "weak",
        "worse", "worst", "wrong",
    ] },
    List { token: "<first-person>", words: &[
        "i", "i'd", "i'll", "i'm", "i've", "me", "mine", "my", "myself", "our", "ours",
        "ourselves", "us", "we", "we'd", "we'll", "we're", "we've",
    ] },
    List { token: "<second-person>", words: &[
        "u", "you", "you'd", "you'll", "you're", "you've", "your", "yours", "yourself",
        "yourselves",
    ] },
    List { token: "<reports>", words: REPORTING_VERBS },
];

/// Verbs that give a statement to its speaker; British news has them in the past and the present.
#[rustfmt::skip]
pub const REPORTING_VERBS: &[&str] = &[
    "accused", "acknowledged", "added", "adds", "admits", "admitted", "agreed", "alleged",
    "announced", "argued", "argues", "asked", "asks", "asserted", "called", "claimed", "claims",
    "commented", "complained", "concluded", "confirmed", "continued", "declared", "denied",
    "described", "explained", "explains", "insisted", "insists", "joked", "maintained",
    "mentioned", "noted", "observed", "pleaded", "pointed", "posted", "praised", "predicted",
    "recalled", "remarked", "repeated", "replied", "reported", "responded", "said", "says",
    "stated", "stressed", "suggested", "told", "tweeted", "urged", "urges", "vowed", "warned",
    "warns", "wondered", "writes", "wrote",
];

#[rustfmt::skip]
const NEGATIONS: &[&str] = &[
    "aint", "barely", "cannot", "cant", "didnt", "doesnt", "dont", "hardly", "isnt", "neither",
    "never", "no", "nobody", "none", "nor", "not", "nothing", "nowhere", "scarcely", "wasnt",
    "without", "wont", "wouldnt",
];

/// The tokens of the lists that hold this folded word.
pub(super) fn lists_with(word: &str) -> impl Iterator<Item = &'static str> {
    let holds = move |list: &&List| list.words.binary_search(&word).is_ok();
    LISTS.iter().filter(holds).map(|list| list.token)
}

/// Whether this folded word denies what follows.
pub(super) fn is_negation(word: &str) -> bool {
    word.ends_with("n't") || NEGATIONS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order_for_the_search() {
        let lists = LISTS.iter().map(|list| list.words).chain([NEGATIONS]);
        assert!(lists.into_iter().all(<[_]>::is_sorted));
        assert_eq!(lists_with("said").collect::<Vec<_>>(), ["<reports>"]);
        assert_eq!(lists_with("officer").count(), 0);
        assert!(is_negation("shouldn't") && is_negation("never") && !is_negation("knot"));
    }
}
