//! What must hold of every model, whatever it was trained on.

use std::sync::LazyLock;

use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;
use proptest::prelude::*;
use standpoint::{
    Corpus, ErrorKind, Model, ReadSettings, TrainSettings, Trainer,
    evaluate::{Metric, Tally},
    features::{FeatureSettings, TermFrequency},
    input::Source,
    logistic::{ClassWeights, FittedLogisticRegression, LogisticRegression, SparseRows},
    model::{Context, Criterion, NbRatios, PredictSettings},
    predictions::Scored,
};

use crate::{corpus, gold, small_model, small_settings, unlabelled};

/// The first pages of the project's own data.
fn first_pages(n: usize) -> Corpus {
    let all = corpus("data/passages.csv");
    all.select(&all.pages().unwrap()[..n].concat())
}

fn small() -> Corpus {
    corpus("tests/fixtures/small.csv")
}

/// The trainer of most tests: one task.
fn kind(settings: TrainSettings) -> Trainer {
    Trainer::with(settings).tasks(["kind"])
}

fn trained_with_threads(threads: usize) -> Vec<u8> {
    let pages = first_pages(24);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let settings = TrainSettings { penalties: vec![1.0], ..Default::default() };
    let trainer = Trainer::with(settings).tasks(["kind", "stance"]);
    pool.install(|| trainer.fit(&pages).unwrap().to_bytes())
}

#[test]
fn the_number_of_threads_changes_no_byte_slow() {
    let one = trained_with_threads(1);
    assert!(one == trained_with_threads(2));
    assert!(one == trained_with_threads(5));
}

#[test]
fn label_order_in_the_file_does_not_matter() {
    // Pages in another order get other folds only by their numbers: the labels stay sorted.
    let model = kind(small_settings()).fit(&small()).unwrap();
    assert_eq!(model.tasks()[0].labels[..], ["boilerplate", "comment", "news", "opinion"]);
}

#[test]
fn a_page_is_judged_the_same_alone_and_among_others() {
    let model = small_model();
    let one = vec!["Home | News", "They must answer for it.", "good on them!!"];
    let both = [one.clone(), vec!["Ministers met on Monday."]];
    let together = model.predict(&Corpus::of_pages(both)).unwrap();
    let alone = model.predict(&Corpus::of_page(one)).unwrap();
    for (together, alone) in together.tasks().iter().zip(alone.tasks()) {
        assert_eq!(together.select(&[0, 1, 2]), *alone);
    }
}

#[test]
fn cross_validation_sees_no_page_twice() {
    // A label that only the page's own word gives away cannot be predicted across pages.
    let words =
        ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"];
    let labels = (0..20).map(|i| Some(if (i / 2) % 2 == 0 { "yes" } else { "no" }));
    let labelled =
        Corpus::of_pages(words.map(|word| ["one", "two"].map(|n| format!("{word} {n}"))))
            .with_gold("t", labels)
            .unwrap();
    let settings = TrainSettings { context: false, ..Default::default() };
    let trainer = Trainer::with(settings).tasks(["t"]);
    let validated = trainer.cross_validate(&labelled, 5).unwrap();
    let task = &validated.tasks[0];
    let right = task.gold().iter().zip(task.predicted()).filter(|(g, p)| g == p).count();
    assert!(right <= 12, "{right} of 20 right: the page's own words were seen in training");
}

#[test]
fn unlabelled_passages_count_as_neighbours_and_not_as_cases() {
    let mut labels = gold(&small(), "kind");
    labels[0] = None;
    let labelled = unlabelled(&small()).with_gold("kind", labels).unwrap();
    let trainer = kind(small_settings());
    let trained = trainer.fit_reported(&labelled).unwrap();
    let counts = &trained.reports[0].tasks[0].counts;
    assert_eq!(counts.iter().map(|(_, n)| n).sum::<usize>(), 24);
    assert_eq!(trained.model.targets()[0].context(), Context::Page);
    let validated = trainer.cross_validate(&labelled, 3).unwrap();
    assert_eq!(validated.tasks[0].rows().len(), 24);
    assert!(!validated.tasks[0].rows().contains(&0));
    assert!(validated.task("kind").unwrap().without_context.is_some());
}

#[test]
fn texts_without_pages_get_calibration_alone() {
    let single = Corpus::of_pages(small().texts().map(|text| [text]))
        .with_gold("kind", gold(&small(), "kind"))
        .unwrap();
    let trained = kind(small_settings()).fit_reported(&single).unwrap();
    assert_eq!(trained.model.targets()[0].context(), Context::Passage);
    assert_eq!(trained.without_neighbours, [false], "there are none to be left out");
    let validated = kind(small_settings()).cross_validate(&single, 3).unwrap();
    assert!(validated.task("kind").unwrap().without_context.is_none());
}

/// A lone passage is not "the first and the last of its page, with furniture for neighbours".
#[test]
fn a_passage_alone_on_its_page_is_judged_by_its_words() {
    let texts = ["The council met on Tuesday to discuss the plan.", "Sign up to our newsletter"];
    let alone = Model::built_in().predict(&Corpus::of_pages(texts.map(|text| [text]))).unwrap();
    let kind = alone.task("kind").unwrap();
    assert_eq!((kind.label(0), kind.label(1)), (Some("news"), Some("boilerplate")));
}

/// One page with neighbours among hundreds of single texts teaches nothing about neighbours.
#[test]
fn too_few_pages_with_neighbours_leave_them_out() {
    let small = small();
    let texts: Vec<&str> = small.texts().collect();
    let (first, others) = texts.split_at(2);
    let pages = std::iter::once(first.to_vec()).chain(others.iter().map(|text| vec![*text]));
    let labelled = Corpus::of_pages(pages).with_gold("kind", gold(&small, "kind")).unwrap();
    let trained = kind(small_settings()).fit_reported(&labelled).unwrap();
    assert_eq!(trained.model.targets()[0].context(), Context::Passage);
    assert_eq!(trained.without_neighbours, [true]);
}

#[test]
fn explaining_all_is_explaining_each() {
    let model = small_model();
    let pages =
        [vec!["good on them!!", "Home | News", "They must answer for it."], vec!["Ministers met."]];
    let pages = Corpus::of_pages(pages).select(&[1, 2, 0, 3]);
    let predictor = model.predictor(&PredictSettings::default()).unwrap();
    let all = predictor.explain(&pages, &[0, 1, 2, 3]).unwrap();
    for (row, all) in all.iter().enumerate() {
        assert_eq!(*all, model.explain(&pages, row).unwrap());
    }
}

#[test]
fn one_page_or_one_label_cannot_be_learnt() {
    let small = small();
    let error_of = |corpus: Corpus, labels: Vec<Option<String>>| {
        let labelled = corpus.with_gold("kind", labels).unwrap();
        kind(small_settings()).fit(&labelled).unwrap_err()
    };
    let error = error_of(Corpus::of_page(small.texts()), gold(&small, "kind"));
    assert!(matches!(error.kind(), ErrorKind::Undecidable { .. }), "{error}");
    let error = error_of(unlabelled(&small), vec![Some("news".into()); small.len()]);
    assert!(matches!(error.kind(), ErrorKind::SingleLabel { .. }), "{error}");
}

/// Labels that have nothing to do with the texts are not learnt, and the report says so.
#[test]
fn labels_dealt_by_chance_are_known_as_such_slow() {
    let pages = first_pages(20);
    let by_chance = |i: usize| (i * 7919) % 13 < 6;
    let labels = (0..pages.len()).map(|i| Some(if by_chance(i) { "a" } else { "b" }));
    let labelled = pages.with_gold("t", labels).unwrap();
    let learnt = |corpus: &Corpus, task: &str| {
        let settings = TrainSettings { penalties: vec![1.0], ..Default::default() };
        let trained = Trainer::with(settings).tasks([task]).fit_reported(corpus).unwrap();
        trained.reports[0].tasks[0].learnt()
    };
    assert!(!learnt(&labelled, "t"));
    // Nor does it help that nearly all the weight lies on one label.
    let weights = (0..labelled.len()).map(|i| Some(if by_chance(i) { "20" } else { "1" }));
    let weighed = labelled.clone().with_gold("weight", weights).unwrap();
    assert!(!learnt(&weighed, "t"));
    assert!(learnt(&labelled, "kind"));
}

#[test]
fn running_out_of_iterations_is_said() {
    let stopped_early = |settings: TrainSettings| {
        kind(settings).fit_reported(&small()).unwrap().reports[0].tasks[0].stopped_early()
    };
    assert!(stopped_early(TrainSettings { max_iterations: 1, ..small_settings() }));
    assert!(!stopped_early(small_settings()));
}

fn sums_to_the_score<'a>(model: &Model, texts: impl IntoIterator<Item = &'a str>) {
    let page = Corpus::of_page(texts);
    let predictions = model.predict(&page).unwrap();
    let target = &model.targets()[0];
    for row in 0..page.len() {
        let explanations = model.explain(&page, row).unwrap();
        for (task, explanation) in explanations.tasks.iter().enumerate() {
            let gap = (explanation.sum() - explanation.score).abs();
            assert!(gap < 1e-9, "{:?}: {gap}", page.text(row));
            let terms: f64 = explanation.terms.iter().map(|term| term.contribution).sum();
            let words: f64 = explanation.words.iter().map(|word| word.contribution).sum();
            assert!((terms - words).abs() < 1e-9);
            let of_task = &target.tasks()[task];
            let answers = &predictions.tasks()[task];
            let predicted = answers.best(row).unwrap();
            assert_eq!(explanation.label, of_task.labels()[predicted]);
            // The score is the label's log-odds against the average label, ln p - mean ln p, each
            // adjusted for the label's share. A page of one passage has an adjustment of its own.
            if page.len() == 1 && target.context() == Context::Page {
                continue;
            }
            let p = answers.probabilities_of(row).unwrap().iter().zip(of_task.shares());
            let tau = of_task.decision().tau;
            let scores: Vec<f64> = p.map(|(p, share)| p.ln() - tau * share.ln()).collect();
            // Whatever comes second is the best of the others, and its words are as many as it takes.
            let second = &explanation.runner_up;
            let at = of_task.labels().iter().position(|label| *label == second.label).unwrap();
            let others = (0..scores.len()).filter(|&label| label != predicted);
            let best = others.map(|label| scores[label]).fold(f64::MIN, f64::max);
            assert!(at != predicted && (scores[at] - best).abs() < 1e-9);
            assert!((second.behind - (scores[predicted] - best)).abs() < 1e-6);
            if let Some((last, before)) = second.words.split_last() {
                let sum: f64 = before.iter().map(|word| word.contribution).sum();
                assert!(sum <= second.behind && sum + last.contribution > second.behind);
            }
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            assert!((scores[predicted] - mean - explanation.score).abs() < 1e-6);
        }
    }
}

#[test]
fn explanations_sum_to_the_score_even_when_a_head_is_certain() {
    // Scores this long are cut off at their bound.
    let certain =
        "they should be ashamed they must answer for it they should be sacked ".repeat(30);
    sums_to_the_score(&small_model(), [&certain, "", "xyzzy", "Share"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn explanations_sum_to_the_score(texts in proptest::collection::vec("[a-zA-Z’'“”!?.,0-9 é👍]{0,40}|(they|should|right|Home|\\||!!|them| ){0,12}", 1..5)) {
        sums_to_the_score(&Model::built_in(), texts.iter().map(String::as_str));
    }
}

/// Rows of three columns, each with its class and its weight.
type Weighed = Vec<([f32; 3], usize, u8)>;

/// Two rows of each of three classes count something, so that every class has its say.
fn weighed() -> impl Strategy<Value = Weighed> {
    let row = (proptest::array::uniform3(-2f32..2.0), 0usize..3, 0u8..4);
    proptest::collection::vec(row, 6..25).prop_map(|mut rows| {
        for (i, row) in rows.iter_mut().take(6).enumerate() {
            (row.1, row.2) = (i % 3, row.2.max(1));
        }
        rows
    })
}

/// The fit on rows that count so much.
fn fitted(
    rows: impl Iterator<Item = ([f32; 3], usize, f32)>,
    settings: &LogisticRegression,
) -> FittedLogisticRegression {
    let mut x = SparseRows::new(3);
    let (mut y, mut weights) = (Vec::new(), Vec::new());
    for (row, class, weight) in rows {
        x.push((0u32..).zip(row));
        y.push(class);
        weights.push(weight);
    }
    let data = DatasetBase::new(x, Array1::from_vec(y)).with_weights(Array1::from_vec(weights));
    settings.fit(&data).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// In a head alone: in a whole model a copy is also a passage more for the document
    /// frequencies, and a neighbour.
    #[test]
    fn a_weight_is_a_number_of_copies(rows in weighed(), balanced: bool, nb_ratios: bool) {
        let class_weights = if balanced { ClassWeights::Balanced } else { ClassWeights::Equal };
        let settings = LogisticRegression::new()
            .class_weights(class_weights)
            .nb_ratios(nb_ratios)
            .tolerance(1e-10);
        let by_weight = fitted(rows.iter().map(|&(x, y, n)| (x, y, f32::from(n))), &settings);
        let copies = rows.iter().flat_map(|&(x, y, n)| (0..n).map(move |_| (x, y, 1.0)));
        let by_copies = fitted(copies, &settings);
        for (row, ..) in &rows {
            let row: (&[u32], &[f32]) = (&[0, 1, 2], row);
            for (a, b) in by_weight.probabilities(row).iter().zip(by_copies.probabilities(row)) {
                // Where the loss is flat it tells two points apart no better.
                prop_assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
        }
    }

    /// The more a class counts the less it loses: of two optima under two weights, each is the
    /// better one under its own.
    #[test]
    fn a_class_that_counts_more_loses_less(rows in weighed(), times in 1.5f32..10.0) {
        let loss_of_class_0 = |times: f32| {
            let weight = |y: usize| if y == 0 { times } else { 1.0 };
            let settings = LogisticRegression::new().tolerance(1e-10);
            let fit = fitted(rows.iter().map(|&(x, y, _)| (x, y, weight(y))), &settings);
            let of_class = rows.iter().filter(|row| row.1 == 0);
            of_class.map(|row| -fit.probabilities((&[0, 1, 2], &row.0))[0].ln()).sum::<f64>()
        };
        prop_assert!(loss_of_class_0(times) <= loss_of_class_0(1.0) + 1e-7);
    }
}

/// The loss is a sum over passages: what counts is how they weigh beside the penalty.
#[test]
fn doubling_all_weights_and_all_penalties_changes_no_prediction() {
    let predicted = |corpus: &Corpus, times: f64| {
        let settings = TrainSettings {
            penalties: vec![3.0 * times, 0.3 * times],
            stage_penalties: vec![10.0 * times, times],
            ..small_settings()
        };
        let model = Trainer::with(settings).tasks(["kind", "stance"]).fit(corpus).unwrap();
        model.predict(corpus).unwrap()
    };
    let doubled = small().with_gold("weight", vec![Some("2"); small().len()]).unwrap();
    let (one, two) = (predicted(&small(), 1.0), predicted(&doubled, 2.0));
    for (one, two) in one.tasks().iter().zip(two.tasks()) {
        assert!((0..one.len()).all(|row| one.best(row) == two.best(row)));
        let [one, two] = [one, two].map(|answers| answers.probabilities().unwrap());
        assert!(one.iter().zip(two).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}

#[test]
fn a_passage_counts_what_its_cell_says_and_else_one() {
    let table = |csv: &str| {
        let source = Source::from_bytes("t.csv", csv.into()).unwrap();
        Corpus::read(&source, &ReadSettings::default()).unwrap()
    };
    let weighed = table("text,weight\nOne,2.5\nTwo,\nThree, 0\nFour,1e1\n");
    assert_eq!(weighed.weights().unwrap(), Some(vec![2.5, 1.0, 0.0, 10.0]));
    assert_eq!(table("text\nOne\n").weights().unwrap(), None);
}

/// How many of the passages in favor a model finds among those that it was trained on, and the
/// probabilities of all.
fn recall_of_favor(
    class_weights: ClassWeights,
    label_weights: &[(&str, f64)],
) -> (usize, Vec<f64>) {
    let pages = first_pages(24);
    let settings = TrainSettings {
        class_weights,
        label_weights: label_weights.iter().map(|(l, w)| ((*l).to_owned(), *w)).collect(),
        criterion: Criterion::Accuracy,
        nb_ratios: NbRatios::Never,
        penalties: vec![1.0],
        stage_penalties: vec![1.0],
        ..Default::default()
    };
    let model = Trainer::with(settings).tasks(["stance"]).fit(&pages).unwrap();
    let predictions = model.predict(&pages).unwrap();
    let predicted = predictions.task("stance").unwrap();
    let gold = gold(&pages, "stance");
    let found = (0..pages.len()).filter(|&row| {
        gold[row].as_deref() == Some("favor") && predicted.label(row) == Some("favor")
    });
    (found.count(), predicted.probabilities().unwrap().to_vec())
}

#[test]
fn a_label_that_counts_more_is_found_no_less_slow() {
    for class_weights in [ClassWeights::Equal, ClassWeights::Balanced] {
        let (plain, before) = recall_of_favor(class_weights, &[]);
        let (found, after) = recall_of_favor(class_weights, &[("favor", 5.0)]);
        assert!(found >= plain, "{class_weights:?}: {found} and {plain}");
        assert!(before != after, "{class_weights:?}: the weight counts for something");
        assert_eq!(recall_of_favor(class_weights, &[("favor", 1.0)]).1, before);
        assert_eq!(recall_of_favor(class_weights, &[("stance.favor", 5.0)]).1, after);
    }
}

#[test]
fn a_weight_for_an_unknown_label_is_refused() {
    // The second is a label of another task.
    for (wrong, hint) in [("favour", r#"(did you mean "favor"?)"#), ("kind.favor", "")] {
        let label_weights = vec![(wrong.to_owned(), 2.0)];
        let settings = TrainSettings { label_weights, ..small_settings() };
        let error = Trainer::with(settings).tasks(["stance"]).fit(&small()).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(wrong) && message.contains(hint), "{message}");
    }
}

/// Where every page has each label once there is nothing to balance, and a label's weight is its
/// weight.
#[test]
fn balancing_takes_no_label_weight_back() {
    let (texts, labels) = skewed();
    let of = |wanted: &str| -> Vec<usize> {
        let is = |row: &usize| labels[*row] == Some(wanted);
        (0..texts.len()).filter(is).take(40).collect()
    };
    let pages: Vec<[usize; 2]> =
        of("rare").into_iter().zip(of("usual")).map(|(a, b)| [a, b]).collect();
    let labels = pages.iter().flatten().map(|&row| labels[row]);
    let labelled = Corpus::of_pages(pages.iter().map(|page| page.map(|row| &*texts[row])))
        .with_gold("t", labels)
        .unwrap();
    let probabilities = |class_weights, label_weights: &[(String, f64)]| {
        let settings = TrainSettings {
            class_weights,
            label_weights: label_weights.to_vec(),
            penalties: vec![1.0],
            stage_penalties: vec![1.0],
            ..Default::default()
        };
        let model = Trainer::with(settings).tasks(["t"]).fit(&labelled).unwrap();
        model.predict(&labelled).unwrap().tasks()[0].probabilities().unwrap().to_vec()
    };
    let weights = [("rare".to_owned(), 4.0)];
    let equal = probabilities(ClassWeights::Equal, &weights);
    let balanced = probabilities(ClassWeights::Balanced, &weights);
    assert!(equal.iter().zip(&balanced).all(|(a, b)| (a - b).abs() < 1e-9));
    assert!(probabilities(ClassWeights::Equal, &[]) != equal);
}

/// A label that one passage in eight has, told by words that others use too.
fn skewed() -> (Vec<String>, Vec<Option<&'static str>>) {
    let mut state = 7u64;
    let mut chance = || {
        // Knuth's MMIX generator; the low bits are its worst.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1u32 << 24)
    };
    let common = ["ash", "birch", "cedar", "elm", "fir", "hazel"];
    let telling = ["storm", "gale", "squall", "flood"];
    let mut texts = Vec::new();
    let mut labels = Vec::new();
    for _ in 0..600 {
        let rare = chance() < 0.125;
        let mut words: Vec<&str> = common.into_iter().filter(|_| chance() < 0.5).collect();
        words.extend(telling.iter().filter(|_| chance() < if rare { 0.5 } else { 0.2 }));
        texts.push(words.join(" "));
        labels.push(Some(if rare { "rare" } else { "usual" }));
    }
    (texts, labels)
}

#[test]
fn adjusted_labels_serve_balanced_accuracy_and_leave_the_probabilities() {
    let (texts, labels) = skewed();
    let labelled =
        Corpus::of_pages(texts.iter().map(|text| [text.as_str()])).with_gold("t", labels).unwrap();
    let validated = |criterion| {
        let settings = TrainSettings {
            criterion,
            penalties: vec![1.0],
            stage_penalties: vec![1.0],
            ..Default::default()
        };
        let trainer = Trainer::with(settings).tasks(["t"]);
        trainer.cross_validate(&labelled, 4).unwrap().tasks.remove(0)
    };
    let of = |task: &Scored, metric: Metric| metric.value(&Tally::of(task)).unwrap();
    let plain = validated(Criterion::Accuracy);
    let adjusted = validated(Criterion::BalancedAccuracy);
    assert_eq!(plain.probabilities(), adjusted.probabilities());
    for (p, &label) in plain.probabilities().unwrap().chunks_exact(2).zip(plain.predicted()) {
        assert!(p[label] >= 0.5, "for accuracy the label is the most probable one");
    }
    let gain = of(&adjusted, Metric::BalancedAccuracy) - of(&plain, Metric::BalancedAccuracy);
    let price = of(&plain, Metric::Accuracy) - of(&adjusted, Metric::Accuracy);
    // By chance alone either would be within 0.05 of 0.
    assert!(gain > 0.05 && price > 0.05, "gain {gain}, price {price}");
}

/// Some folds then have no passage to judge a penalty by; the others do.
#[test]
fn a_task_that_few_pages_have_still_gets_its_choice_of_penalties_slow() {
    let pages = first_pages(16);
    let mut labels = gold(&pages, "kind");
    labels[first_pages(2).len()..].fill(None);
    let labelled = unlabelled(&pages).with_gold("kind", labels).unwrap();
    let penalties = vec![1e6, 10.0, 1.0];
    let settings = TrainSettings { penalties, context: false, ..Default::default() };
    let trained = kind(settings).fit_reported(&labelled).unwrap();
    let penalty = &trained.reports[0].tasks[0].penalty;
    assert!(penalty.tried.len() > 1, "{penalty:?}");
}

/// Model of every kind of feature.
static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let usual = small_settings().features;
    let kinds = [
        FeatureSettings { chars_across: true, char_ngrams: (1, 5), ..usual.clone() },
        FeatureSettings { negation: true, lexicon: true, word_ngrams: (1, 3), ..usual.clone() },
        FeatureSettings { mask_names: true, chars_across: true, ..usual.clone() },
        FeatureSettings { hash_bits: Some(10), min_df: Some(1), ..usual.clone() },
        FeatureSettings { max_terms: Some(100), tf: TermFrequency::Raw, ..usual },
    ];
    let model = |features| {
        let settings = TrainSettings { features, nb_ratios: NbRatios::Always, ..small_settings() };
        Trainer::with(settings).tasks(["kind", "stance"]).fit(&small()).unwrap()
    };
    kinds.into_iter().map(model).collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn explanations_sum_to_the_score_whatever_the_features(texts in proptest::collection::vec("[a-zA-Z’'“”!?.,0-9 é👍]{0,40}|(they|should|not|but|right|the|Smith|Home|\\||!!|them|, |\u{E000}| ){0,12}", 1..5)) {
        for model in MODELS.iter() {
            sums_to_the_score(model, texts.iter().map(String::as_str));
        }
    }
}
