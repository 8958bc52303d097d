//! What must hold of every model, whatever it was trained on.

use std::sync::LazyLock;

use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;
use proptest::prelude::*;
use standpoint::{
    Corpus, ErrorKind, ReadSettings, TaskCrossValidation, TrainSettings,
    corpus::{Gold, Passages},
    cross_validate,
    evaluate::{Metric, Tally},
    features::{FeatureSettings, TermFrequency},
    input::Source,
    logistic::{ClassWeights, FittedLogisticRegression, LogisticRegression, SparseRows},
    model::{Context, Criterion, NbRatios, TargetModel},
    predictions::{Answers, Scored},
    train,
};

use crate::{read_table, small_model, small_settings};

/// Some pages of the project's own data.
fn trained_with_threads(threads: usize) -> Vec<u8> {
    let (_, table) = read_table("data/passages.csv");
    let all = table.passages().unwrap();
    let rows: Vec<usize> = all.pages()[..24].concat();
    let gold: Vec<Gold> = ["kind", "stance"]
        .iter()
        .map(|task| {
            let gold = table.gold(task).unwrap();
            let labels = rows.iter().map(|&row| gold.labels[row].clone()).collect();
            Gold { labels, ..gold }
        })
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let settings = TrainSettings { penalties: vec![1.0], ..Default::default() };
    let passages = all.subset(&rows);
    pool.install(|| train(&passages, &gold, &settings, &|_| {}).unwrap().0.to_bytes())
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
    let (_, table) = read_table("tests/fixtures/small.csv");
    let (model, _) = train(
        &table.passages().unwrap(),
        &[table.gold("kind").unwrap()],
        &small_settings(),
        &|_| {},
    )
    .unwrap();
    assert_eq!(model.tasks()[0].labels(), ["boilerplate", "comment", "news", "opinion"]);
}

#[test]
fn a_page_is_judged_the_same_alone_and_among_others() {
    let model = small_model();
    let one = vec!["Home | News", "They must answer for it.", "good on them!!"];
    let two = vec!["Ministers met on Monday."];
    let both: Vec<&str> = one.iter().chain(&two).copied().collect();
    let together = model.predict(&Passages::new(both, vec![vec![0, 1, 2], vec![3]]));
    let alone = model.predict(&Passages::page(one));
    for (together, alone) in together.tasks.iter().zip(&alone.tasks) {
        assert_eq!(together.select(&[0, 1, 2]), *alone);
    }
}

#[test]
fn cross_validation_sees_no_page_twice() {
    // A label that only the page's own word gives away cannot be predicted across pages.
    let words =
        ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"];
    let texts: Vec<String> =
        words.iter().flat_map(|w| [format!("{w} one"), format!("{w} two")]).collect();
    let labels: Vec<Option<std::sync::Arc<str>>> =
        (0..20).map(|i| Some(if (i / 2) % 2 == 0 { "yes" } else { "no" }.into())).collect();
    let passages = Passages::new(
        texts.iter().map(String::as_str).collect(),
        (0..10).map(|page| vec![2 * page, 2 * page + 1]).collect(),
    );
    let gold = Gold { task: "t".into(), labels };
    let settings = TrainSettings { context: false, ..Default::default() };
    let validation = cross_validate(&passages, &[gold], &settings, 5, None, &|_| {}).unwrap();
    let task = &validation.tasks[0];
    let right = task.gold.iter().zip(&task.predicted.labels).filter(|(g, p)| g == p).count();
    assert!(right <= 12, "{right} of 20 right: the page's own words were seen in training");
}

#[test]
fn unlabelled_passages_count_as_neighbours_and_not_as_cases() {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let mut gold = table.gold("kind").unwrap();
    gold.labels[0] = None;
    let passages = table.passages().unwrap();
    let (model, report) = train(&passages, &[gold.clone()], &small_settings(), &|_| {}).unwrap();
    assert_eq!(report.tasks[0].counts.iter().map(|(_, n)| n).sum::<usize>(), 24);
    assert_eq!(model.context(), Context::Page);
    let validation =
        cross_validate(&passages, &[gold], &small_settings(), 3, None, &|_| {}).unwrap();
    assert_eq!(validation.tasks[0].rows.len(), 24);
    assert!(!validation.tasks[0].rows.contains(&0));
}

#[test]
fn texts_without_pages_get_calibration_alone() {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let all = table.passages().unwrap();
    let single = Passages::new(all.texts().to_vec(), (0..all.len()).map(|row| vec![row]).collect());
    let gold = [table.gold("kind").unwrap()];
    let (model, _) = train(&single, &gold, &small_settings(), &|_| {}).unwrap();
    assert_eq!(model.context(), Context::Passage);
    let validation = cross_validate(&single, &gold, &small_settings(), 3, None, &|_| {}).unwrap();
    assert!(validation.tasks[0].without_context.is_none());
}

/// A lone passage is not "the first and the last of its page, with furniture for neighbours".
#[test]
fn a_passage_alone_on_its_page_is_judged_by_its_words() {
    let texts = ["The council met on Tuesday to discuss the plan.", "Sign up to our newsletter"];
    let model = TargetModel::built_in();
    let alone = model.predict(&Passages::new(texts.to_vec(), vec![vec![0], vec![1]]));
    let labels = |number: usize| model.tasks()[0].labels()[alone.tasks[0].labels[number]].as_str();
    assert_eq!((labels(0), labels(1)), ("news", "boilerplate"));
}

/// One page with neighbours among hundreds of single texts teaches nothing about neighbours.
#[test]
fn too_few_pages_with_neighbours_leave_them_out() {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let all = table.passages().unwrap();
    let mut pages: Vec<Vec<usize>> = (2..all.len()).map(|row| vec![row]).collect();
    pages.push(vec![0, 1]);
    let passages = Passages::new(all.texts().to_vec(), pages);
    let gold = [table.gold("kind").unwrap()];
    let (model, _) = train(&passages, &gold, &small_settings(), &|_| {}).unwrap();
    assert_eq!(model.context(), Context::Passage);
}

#[test]
fn explaining_all_is_explaining_each() {
    let model = small_model();
    let texts = vec!["Home | News", "They must answer for it.", "good on them!!", "Ministers met."];
    let passages = Passages::new(texts, vec![vec![2, 0, 1], vec![3]]);
    for (row, all) in model.explain_all(&passages).enumerate() {
        assert_eq!(all, model.explain(&passages, row));
    }
}

#[test]
fn one_page_or_one_label_cannot_be_learnt() {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let all = table.passages().unwrap();
    let one_page = Passages::page(all.texts().to_vec());
    let gold = table.gold("kind").unwrap();
    let error =
        train(&one_page, std::slice::from_ref(&gold), &small_settings(), &|_| {}).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Undecidable { .. }), "{error}");
    let same = Gold { labels: vec![Some("news".into()); all.len()], ..gold };
    let error = train(&all, &[same], &small_settings(), &|_| {}).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SingleLabel { .. }), "{error}");
}

/// Labels that have nothing to do with the texts are not learnt, and the report says so.
#[test]
fn labels_dealt_by_chance_are_known_as_such_slow() {
    let (_, table) = read_table("data/passages.csv");
    let all = table.passages().unwrap();
    let rows: Vec<usize> = all.pages()[..20].concat();
    let passages = all.subset(&rows);
    let chance = (0..rows.len()).map(|i| Some(if (i * 7919) % 13 < 6 { "a" } else { "b" }.into()));
    let gold = Gold { task: "t".into(), labels: chance.collect() };
    let settings = TrainSettings { penalties: vec![1.0], ..Default::default() };
    let gold = [gold];
    let (_, report) = train(&passages, &gold, &settings, &|_| {}).unwrap();
    assert!(!report.tasks[0].learnt(), "{:?}", report.tasks[0].stage_penalty);
    // Nor does it help that nearly all the weight lies on one label.
    let weight = |label: &Option<std::sync::Arc<str>>| {
        if label.as_deref() == Some("a") { 20.0 } else { 1.0 }
    };
    let weights = gold[0].labels.iter().map(weight).collect();
    let weighed = passages.clone().with_weights(weights);
    let (_, report) = train(&weighed, &gold, &settings, &|_| {}).unwrap();
    assert!(!report.tasks[0].learnt(), "{:?}", report.tasks[0].stage_penalty);
    let kind = table.gold("kind").unwrap();
    let labels = rows.iter().map(|&row| kind.labels[row].clone()).collect();
    let gold = Gold { labels, ..kind };
    let (_, report) = train(&passages, &[gold], &settings, &|_| {}).unwrap();
    assert!(report.tasks[0].learnt());
}

#[test]
fn running_out_of_iterations_is_said() {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let passages = table.passages().unwrap();
    let gold = [table.gold("kind").unwrap()];
    let settings = TrainSettings { max_iterations: 1, ..small_settings() };
    let (_, report) = train(&passages, &gold, &settings, &|_| {}).unwrap();
    assert!(report.tasks[0].stopped_early());
    let (_, report) = train(&passages, &gold, &small_settings(), &|_| {}).unwrap();
    assert!(!report.tasks[0].stopped_early());
}

fn sums_to_the_score(model: &TargetModel, texts: Vec<&str>) {
    let passages = Passages::page(texts);
    let predictions = model.predict(&passages);
    for row in 0..passages.len() {
        for (task, explanation) in model.explain(&passages, row).into_iter().enumerate() {
            let gap = (explanation.sum() - explanation.score).abs();
            assert!(gap < 1e-9, "{:?}: {gap}", passages.texts()[row]);
            let terms: f64 = explanation.terms.iter().map(|term| term.contribution).sum();
            let words: f64 = explanation.words.iter().map(|word| word.contribution).sum();
            assert!((terms - words).abs() < 1e-9);
            let of_task = &model.tasks()[task];
            let predicted = predictions.tasks[task].labels[row];
            assert_eq!(explanation.label, of_task.labels()[predicted]);
            // The score is the label's log-odds against the average label, ln p - mean ln p, each
            // adjusted for the label's share. A page of one passage has an adjustment of its own.
            if passages.len() == 1 && model.context() == Context::Page {
                continue;
            }
            let p = predictions.tasks[task].of(row).iter().zip(of_task.shares());
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
    sums_to_the_score(&small_model(), vec![&certain, "", "xyzzy", "Share"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn explanations_sum_to_the_score(texts in proptest::collection::vec("[a-zA-Z’'“”!?.,0-9 é👍]{0,40}|(they|should|right|Home|\\||!!|them| ){0,12}", 1..5)) {
        let model = TargetModel::built_in();
        sums_to_the_score(&model, texts.iter().map(String::as_str).collect());
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
                prop_assert!((a - b).abs() < 1e-7, "{a} {b}");
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
    let (_, table) = read_table("tests/fixtures/small.csv");
    let passages = table.passages().unwrap();
    let gold = [table.gold("kind").unwrap(), table.gold("stance").unwrap()];
    let predicted = |passages: &Passages<'_>, times: f64| {
        let settings = TrainSettings {
            penalties: vec![3.0 * times, 0.3 * times],
            stage_penalties: vec![10.0 * times, times],
            ..small_settings()
        };
        train(passages, &gold, &settings, &|_| {}).unwrap().0.predict(passages)
    };
    let doubled = passages.clone().with_weights(vec![2.0; passages.len()]);
    let (one, two) = (predicted(&passages, 1.0), predicted(&doubled, 2.0));
    for (one, two) in one.tasks.iter().zip(&two.tasks) {
        assert_eq!(one.labels, two.labels);
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-4;
        assert!(one.probabilities.iter().zip(&two.probabilities).all(close));
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
    let (_, table) = read_table("data/passages.csv");
    let all = table.passages().unwrap();
    let rows: Vec<usize> = all.pages()[..24].concat();
    let stance = table.gold("stance").unwrap();
    let labels = rows.iter().map(|&row| stance.labels[row].clone()).collect();
    let gold = [Gold { labels, ..stance }];
    let settings = TrainSettings {
        class_weights,
        label_weights: label_weights.iter().map(|(l, w)| ((*l).to_owned(), *w)).collect(),
        criterion: Criterion::Accuracy,
        nb_ratios: NbRatios::Never,
        penalties: vec![1.0],
        stage_penalties: vec![1.0],
        ..Default::default()
    };
    let passages = all.subset(&rows);
    let (model, _) = train(&passages, &gold, &settings, &|_| {}).unwrap();
    let favor = model.tasks()[0].labels().iter().position(|label| label == "favor").unwrap();
    let predicted = model.predict(&passages).tasks.remove(0);
    let found = (0..rows.len()).filter(|&row| {
        gold[0].labels[row].as_deref() == Some("favor") && predicted.labels[row] == favor
    });
    (found.count(), predicted.probabilities)
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
    let (_, table) = read_table("tests/fixtures/small.csv");
    let gold = [table.gold("stance").unwrap()];
    // The second is a label of another task.
    for (wrong, hint) in [("favour", r#"(did you mean "favor"?)"#), ("kind.favor", "")] {
        let label_weights = vec![(wrong.to_owned(), 2.0)];
        let settings = TrainSettings { label_weights, ..small_settings() };
        let error = train(&table.passages().unwrap(), &gold, &settings, &|_| {}).unwrap_err();
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
        let is = |row: &usize| labels[*row].as_deref() == Some(wanted);
        (0..texts.len()).filter(is).take(40).collect()
    };
    let rows: Vec<usize> =
        of("rare").into_iter().zip(of("usual")).flat_map(|(a, b)| [a, b]).collect();
    let passages = Passages::new(
        rows.iter().map(|&row| texts[row].as_str()).collect(),
        (0..rows.len() / 2).map(|page| vec![2 * page, 2 * page + 1]).collect(),
    );
    let labels = rows.iter().map(|&row| labels[row].clone()).collect();
    let gold = [Gold { task: "t".into(), labels }];
    let probabilities = |class_weights, label_weights: &[(String, f64)]| {
        let settings = TrainSettings {
            class_weights,
            label_weights: label_weights.to_vec(),
            penalties: vec![1.0],
            stage_penalties: vec![1.0],
            ..Default::default()
        };
        let (model, _) = train(&passages, &gold, &settings, &|_| {}).unwrap();
        model.predict(&passages).tasks.remove(0).probabilities
    };
    let weights = [("rare".to_owned(), 4.0)];
    let equal = probabilities(ClassWeights::Equal, &weights);
    let balanced = probabilities(ClassWeights::Balanced, &weights);
    assert!(equal.iter().zip(&balanced).all(|(a, b)| (a - b).abs() < 1e-9));
    assert!(probabilities(ClassWeights::Equal, &[]) != equal);
}

/// A label that one passage in eight has, told by words that others use too.
fn skewed() -> (Vec<String>, Vec<Option<std::sync::Arc<str>>>) {
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
        labels.push(Some(if rare { "rare" } else { "usual" }.into()));
    }
    (texts, labels)
}

#[test]
fn adjusted_labels_serve_balanced_accuracy_and_leave_the_probabilities() {
    let (texts, labels) = skewed();
    let passages = Passages::new(
        texts.iter().map(String::as_str).collect(),
        (0..texts.len()).map(|row| vec![row]).collect(),
    );
    let gold = [Gold { task: "t".into(), labels }];
    let validated = |criterion| {
        let settings = TrainSettings {
            criterion,
            penalties: vec![1.0],
            stage_penalties: vec![1.0],
            ..Default::default()
        };
        cross_validate(&passages, &gold, &settings, 4, None, &|_| {}).unwrap().tasks.remove(0)
    };
    let of = |task: &TaskCrossValidation, metric: Metric| {
        let some = |labels: &[usize]| labels.iter().map(|&l| Some(l)).collect::<Vec<_>>();
        let (given, pages) = (some(&task.predicted.labels), task.pages.clone());
        let answers = Answers::new(&*task.task, task.labels.clone(), given, pages).unwrap();
        metric.value(&Tally::of(&Scored::new(answers, &some(&task.gold)).unwrap())).unwrap()
    };
    let plain = validated(Criterion::Accuracy);
    let adjusted = validated(Criterion::BalancedAccuracy);
    assert_eq!(plain.predicted.probabilities, adjusted.predicted.probabilities);
    for (p, &label) in plain.predicted.probabilities.chunks_exact(2).zip(&plain.predicted.labels) {
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
    let (_, table) = read_table("data/passages.csv");
    let all = table.passages().unwrap();
    let rows: Vec<usize> = all.pages()[..16].concat();
    let kind = table.gold("kind").unwrap();
    let mut labels: Vec<_> = rows.iter().map(|&row| kind.labels[row].clone()).collect();
    let labelled: usize = all.pages()[..2].iter().map(Vec::len).sum();
    labels[labelled..].fill(None);
    let passages = all.subset(&rows);
    let penalties = vec![1e6, 10.0, 1.0];
    let settings = TrainSettings { penalties, context: false, ..Default::default() };
    let gold = [Gold { labels, ..kind }];
    let (_, report) = train(&passages, &gold, &settings, &|_| {}).unwrap();
    assert!(report.tasks[0].penalty.tried.len() > 1, "{:?}", report.tasks[0].penalty);
}

/// Model of every kind of feature.
static MODELS: LazyLock<Vec<TargetModel>> = LazyLock::new(|| {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let gold = [table.gold("kind").unwrap(), table.gold("stance").unwrap()];
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
        train(&table.passages().unwrap(), &gold, &settings, &|_| {}).unwrap().0
    };
    kinds.into_iter().map(model).collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn explanations_sum_to_the_score_whatever_the_features(texts in proptest::collection::vec("[a-zA-Z’'“”!?.,0-9 é👍]{0,40}|(they|should|not|but|right|the|Smith|Home|\\||!!|them|, |\u{E000}| ){0,12}", 1..5)) {
        for model in MODELS.iter() {
            sums_to_the_score(model, texts.iter().map(String::as_str).collect());
        }
    }
}
