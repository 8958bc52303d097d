//! What must hold of every model, whatever it was trained on.

use proptest::prelude::*;
use standpoint::{Context, Error, Gold, Model, Passages, TrainSettings, cross_validate, train};

use crate::{read_table, small_model, small_settings};

/// Some pages of the project's own data.
fn trained_with_threads(threads: usize) -> Vec<u8> {
    let (_, table) = read_table("data/passages.csv");
    let all = table.passages().unwrap();
    let rows: Vec<usize> = all.pages()[..24].concat();
    let gold: Vec<Gold<'_>> = ["kind", "stance"]
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
fn the_number_of_threads_changes_no_byte() {
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
    let labels: Vec<Option<std::borrow::Cow<'_, str>>> =
        (0..20).map(|i| Some(if (i / 2) % 2 == 0 { "yes" } else { "no" }.into())).collect();
    let passages = Passages::new(
        texts.iter().map(String::as_str).collect(),
        (0..10).map(|page| vec![2 * page, 2 * page + 1]).collect(),
    );
    let gold = Gold { task: "t".into(), labels };
    let settings = TrainSettings { context: false, ..Default::default() };
    let validation = cross_validate(&passages, &[gold], &settings, 5, &|_| {}).unwrap();
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
    let validation = cross_validate(&passages, &[gold], &small_settings(), 3, &|_| {}).unwrap();
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
    let validation = cross_validate(&single, &gold, &small_settings(), 3, &|_| {}).unwrap();
    assert!(validation.tasks[0].without_context.is_none());
}

/// A lone passage is not "the first and the last of its page, with furniture for neighbours".
#[test]
fn a_passage_alone_on_its_page_is_judged_by_its_words() {
    let texts = ["The council met on Tuesday to discuss the plan.", "Sign up to our newsletter"];
    let model = Model::built_in();
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
    assert!(matches!(error, Error::Undecidable { .. }), "{error}");
    let same = Gold { labels: vec![Some("news".into()); all.len()], ..gold };
    let error = train(&all, &[same], &small_settings(), &|_| {}).unwrap_err();
    assert!(matches!(error, Error::SingleLabel { .. }), "{error}");
}

/// Labels that have nothing to do with the texts are not learnt, and the report says so.
#[test]
fn labels_dealt_by_chance_are_known_as_such() {
    let (_, table) = read_table("data/passages.csv");
    let all = table.passages().unwrap();
    let rows: Vec<usize> = all.pages()[..20].concat();
    let passages = all.subset(&rows);
    let chance = (0..rows.len()).map(|i| Some(if (i * 7919) % 13 < 6 { "a" } else { "b" }.into()));
    let gold = Gold { task: "t".into(), labels: chance.collect() };
    let settings = TrainSettings { penalties: vec![1.0], ..Default::default() };
    let (_, report) = train(&passages, &[gold], &settings, &|_| {}).unwrap();
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

fn sums_to_the_score(model: &Model, texts: Vec<&str>) {
    let passages = Passages::page(texts);
    let predictions = model.predict(&passages);
    for row in 0..passages.len() {
        for (task, explanation) in model.explain(&passages, row).into_iter().enumerate() {
            let gap = (explanation.sum() - explanation.score).abs();
            assert!(gap < 1e-9, "{:?}: {gap}", passages.texts()[row]);
            let terms: f64 = explanation.terms.iter().map(|term| term.contribution).sum();
            let words: f64 = explanation.words.iter().map(|word| word.contribution).sum();
            assert!((terms - words).abs() < 1e-9);
            // The score is the label's log-odds against the average label: ln p - mean ln p.
            let p = predictions.tasks[task].of(row);
            let mean = p.iter().map(|p| p.ln()).sum::<f64>() / p.len() as f64;
            assert!((explanation.probability.ln() - mean - explanation.score).abs() < 1e-6);
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
        let model = Model::built_in();
        sums_to_the_score(&model, texts.iter().map(String::as_str).collect());
    }
}
