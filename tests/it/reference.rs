//! Values made by scikit-learn (tests/fixtures/reference/make.py), ppi-python, statsmodels and
//! SciPy (shares.py there), samplics (designs.py).

use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;
use serde::{Deserialize, de::DeserializeOwned};
use standpoint::{
    evaluate::{Confusion, McNemar, Metric, Tally, estimates},
    features::{Block, FeatureSettings, TermFrequency, Vectoriser},
    logistic::{ClassWeights, LogisticRegression, SparseRows, Stop},
    predictions::{Answers, Scored},
    prevalence::{Drawn, Inclusion, KnownErrors, Sample, Share, Shares},
};
use std::collections::BTreeMap;

use crate::commands::Folder;

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/fixtures/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct Tfidf {
    passages: Vec<String>,
    unseen: Vec<String>,
    cases: Vec<TfidfCase>,
}

#[derive(Deserialize)]
struct TfidfCase {
    min_df: usize,
    tf: TermFrequency,
    chars_across: bool,
    n_terms: usize,
    rows: Vec<Vec<(String, String, f32)>>,
}

#[test]
fn tfidf_equals_scikit_learns() {
    let reference: Tfidf = read("tfidf.json");
    let texts: Vec<&String> = reference.passages.iter().chain(&reference.unseen).collect();
    for case in reference.cases {
        let settings = FeatureSettings {
            word_ngrams: (1, 2),
            min_df: Some(case.min_df),
            tf: case.tf,
            chars_across: case.chars_across,
            shape: false,
            ..Default::default()
        };
        let vectoriser = Vectoriser::fit(&reference.passages, &settings).unwrap();
        assert_eq!(vectoriser.n_terms(), case.n_terms);
        for (text, expected) in texts.iter().zip(case.rows) {
            let (columns, values) = vectoriser.transform(text);
            let mut found: Vec<_> = columns
                .iter()
                .zip(values)
                .map(|(&column, value)| {
                    let block = match vectoriser.block(column as usize) {
                        Block::Word => "word",
                        Block::Char => "char",
                    };
                    (block, vectoriser.term(column as usize), value)
                })
                .collect();
            let mut expected: Vec<_> =
                expected.iter().map(|(b, t, v)| (b.as_str(), t.as_str(), *v)).collect();
            found.sort_by_key(|term| (term.0, term.1));
            expected.sort_by_key(|term| (term.0, term.1));
            assert_eq!(found.len(), expected.len(), "{text}");
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!((found.0, found.1), (expected.0, expected.1), "{text}");
                assert!((found.2 - expected.2).abs() < 1e-6, "{text}: {found:?} {expected:?}");
            }
        }
    }
}

#[derive(Deserialize)]
struct Logistic {
    x: Vec<Vec<f32>>,
    y: Vec<usize>,
    n_classes: usize,
    l2: f64,
    balanced: bool,
    coefficients: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    probabilities: Vec<Vec<f64>>,
}

/// Zeros left out.
fn sparse(x: &[Vec<f32>]) -> SparseRows {
    let mut rows = SparseRows::new(x[0].len());
    for row in x {
        rows.push((0u32..).zip(row.iter().copied()).filter(|(_, value)| *value != 0.0));
    }
    rows
}

#[test]
fn logistic_regression_equals_scikit_learns() {
    for (number, case) in read::<Vec<Logistic>>("logistic.json").into_iter().enumerate() {
        let weights = if case.balanced { ClassWeights::Balanced } else { ClassWeights::Equal };
        let settings =
            LogisticRegression::new().l2(case.l2).class_weights(weights).tolerance(1e-10);
        let data = DatasetBase::new(sparse(&case.x), Array1::from_vec(case.y));
        let fitted = settings.fit(&data).unwrap();
        assert_eq!(fitted.convergence().stop, Stop::Converged, "case {number}");

        let k = case.n_classes;
        let close = |found: f64, expected: f64| {
            assert!(
                (found - expected).abs() < 1e-5 * expected.abs().max(1.0),
                "case {number}: {found} {expected}"
            );
        };
        // scikit-learn's intercepts sum to zero over the classes up to a constant: compare differences.
        let (weights, intercept) = (fitted.weights(), fitted.intercept());
        for column in 0..case.x[0].len() {
            if k == 2 {
                close(weights[column * 2 + 1] - weights[column * 2], case.coefficients[0][column]);
            } else {
                for class in 0..k {
                    close(weights[column * k + class], case.coefficients[class][column]);
                }
            }
        }
        if k == 2 {
            close(intercept[1] - intercept[0], case.intercept[0]);
        } else {
            for class in 1..k {
                close(intercept[class] - intercept[0], case.intercept[class] - case.intercept[0]);
            }
        }
        for (i, expected) in case.probabilities.iter().enumerate() {
            for (found, &expected) in fitted.probabilities(data.records.row(i)).iter().zip(expected)
            {
                assert!((found - expected).abs() < 1e-6, "case {number}");
            }
        }
    }
}

#[derive(Deserialize)]
struct NbLogistic {
    x: Vec<Vec<f32>>,
    y: Vec<usize>,
    row_weights: Vec<f32>,
    l2: f64,
    probabilities: Vec<Vec<f64>>,
}

/// For two classes scikit-learn's on the columns times their ratios; for three the same loss
/// minimised by SciPy.
#[test]
fn naive_bayes_weighted_regression_equals_scikit_learns() {
    for (number, case) in read::<Vec<NbLogistic>>("nb_logistic.json").into_iter().enumerate() {
        let data = DatasetBase::new(sparse(&case.x), Array1::from_vec(case.y))
            .with_weights(Array1::from_vec(case.row_weights));
        let settings = LogisticRegression::new().l2(case.l2).nb_ratios(true).tolerance(1e-10);
        let fitted = settings.fit(&data).unwrap();
        for (i, expected) in case.probabilities.iter().enumerate() {
            for (found, expected) in fitted.probabilities(data.records.row(i)).iter().zip(expected)
            {
                assert!((found - expected).abs() < 1e-6, "case {number}: {found} {expected}");
            }
        }
    }
}

#[derive(Deserialize)]
struct Evaluation {
    labels: Vec<String>,
    gold: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
    confusion: Vec<Vec<u64>>,
    metrics: BTreeMap<String, Option<f64>>,
}

fn some(labels: &[usize]) -> Vec<Option<usize>> {
    labels.iter().map(|&label| Some(label)).collect()
}

fn close(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
        (found, expected) => found == expected,
    }
}

/// The root of nearly 0 keeps half of the digits.
fn close_of(name: &str, found: Option<f64>, expected: Option<f64>) -> bool {
    match (name, found, expected) {
        ("ece" | "calibration_slope", Some(found), Some(expected)) => {
            (found - expected).abs() < 1e-8
        }
        _ => close(found, expected),
    }
}

#[test]
fn metrics_equal_scikit_learns() {
    for (number, case) in read::<Vec<Evaluation>>("metrics.json").into_iter().enumerate() {
        let best =
            |p: &Vec<f64>| (0..p.len()).fold(0, |best, i| if p[i] > p[best] { i } else { best });
        let predicted: Vec<usize> = case.probabilities.iter().map(best).collect();
        let pages = (0..case.gold.len()).collect();
        let answers = Answers::new("t", case.labels.clone(), some(&predicted), pages).unwrap();
        let answers = answers.with_probabilities(case.probabilities.concat()).unwrap();
        let scored = Scored::new(answers, &some(&case.gold)).unwrap();
        let confusion = Confusion::of(&case.gold, &predicted, case.labels.len()).unwrap();
        assert_eq!(&confusion, Tally::of(&scored).confusion());
        for (gold, row) in case.confusion.iter().enumerate() {
            assert_eq!(confusion.row(gold), row, "rows are gold");
        }
        let found = estimates(&scored);
        // All but the coverage, which scikit-learn does not know.
        assert_eq!(found.len(), case.metrics.len() + 1);
        for estimate in found.iter().filter(|estimate| estimate.metric != Metric::Coverage) {
            let name = estimate.metric.name(&case.labels);
            let (found, expected) = (estimate.value, case.metrics[&name]);
            let close = close_of(&name, found, expected);
            assert!(close, "case {number}, {name}: {found:?} {expected:?}");
        }
    }
}

#[derive(Deserialize)]
struct PredictionFile {
    csv: String,
    labels: Vec<String>,
    confusion: Vec<Vec<u64>>,
    metrics: BTreeMap<String, Option<f64>>,
}

/// From the file to the printed figures: with probabilities and without, a gold label that nobody
/// predicts, a single label.
#[test]
fn figures_of_prediction_files_equal_scikit_learns() {
    let folder = Folder::new();
    for (number, case) in read::<Vec<PredictionFile>>("predictions.json").into_iter().enumerate() {
        folder.write("theirs.csv", case.csv);
        let arguments = "evaluate --predictions theirs.csv --format json";
        let output = folder.command(arguments).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = &json["tasks"]["stance"];
        assert_eq!(found["confusion"]["labels"], serde_json::json!(case.labels));
        assert_eq!(found["confusion"]["counts"], serde_json::json!(case.confusion));
        let metrics = found["metrics"].as_object().unwrap();
        assert_eq!(metrics.len(), case.metrics.len() + 1, "and the coverage");
        for (name, expected) in case.metrics {
            let found = metrics[&name]["value"].as_f64();
            let close = close_of(&name, found, expected);
            assert!(close, "case {number}, {name}: {found:?} {expected:?}");
            assert_eq!(found.is_none(), metrics[&name]["value"].is_null());
        }
    }
}

#[derive(Deserialize)]
struct SharesCase {
    design: String,
    predicted: Vec<usize>,
    probabilities: Option<Vec<f64>>,
    pages: Vec<usize>,
    rows: Option<Vec<usize>>,
    sample: Option<SampleApart>,
    gold: Vec<usize>,
    lambda: f64,
    found: Vec<ShareFound>,
}

#[derive(Deserialize)]
struct DesignsCase {
    design: String,
    predicted: Vec<usize>,
    probabilities: Vec<f64>,
    pages: Vec<usize>,
    rows: Vec<usize>,
    gold: Vec<usize>,
    inclusion: Vec<f64>,
    strata: Vec<usize>,
    lambda: f64,
    found: Vec<ShareFound>,
}

/// samplics' variances of stratified means, of passages and of whole pages.
#[test]
fn shares_by_strata_equal_samplics() {
    for case in read::<Vec<DesignsCase>>("designs.json") {
        let labels = ["a", "b", "c"];
        let corpus = Answers::new("t", labels, some(&case.predicted), case.pages.clone()).unwrap();
        let corpus = corpus.with_probabilities(case.probabilities).unwrap();
        let (drawn, units) = match case.design.as_str() {
            "passages" => (Drawn::Passages, case.rows.clone()),
            _ => (Drawn::Pages, case.rows.iter().map(|&row| case.pages[row]).collect()),
        };
        let inclusion = Inclusion::new(case.inclusion, case.strata, &units).unwrap();
        let sample = Sample::part(case.rows, case.gold, drawn).with_inclusion(inclusion).unwrap();
        let shares = Shares::corrected(&corpus, &sample).unwrap();
        assert!((shares.lambda.unwrap() - case.lambda).abs() < 1e-9);
        assert_shares(&shares, &case.found, 1e-9);
    }
}

#[derive(Deserialize)]
struct SampleApart {
    predicted: Vec<usize>,
    probabilities: Option<Vec<f64>>,
    pages: Vec<usize>,
}

#[derive(Deserialize)]
struct ShareFound {
    value: f64,
    lo: f64,
    hi: f64,
    counted: Option<f64>,
}

fn assert_shares(shares: &Shares, expected: &[ShareFound], within: f64) {
    let found: Vec<&Share> = shares.by_label.iter().chain(&shares.mean_stance).collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let interval = found.interval.unwrap();
        let pairs = [
            (found.value.unwrap(), expected.value),
            (interval.lo, expected.lo),
            (interval.hi, expected.hi),
            (found.counted.unwrap(), expected.counted.unwrap_or(found.counted.unwrap())),
        ];
        for (found, expected) in pairs {
            assert!((found - expected).abs() < within, "{found} {expected}");
        }
    }
}

fn stances() -> Vec<String> {
    ["against", "favor", "none"].map(str::to_owned).to_vec()
}

/// ppi-python's point estimates, statsmodels' variances of clustered means.
#[test]
fn shares_equal_ppi_pythons_and_statsmodels() {
    for case in read::<Vec<SharesCase>>("shares.json") {
        let answers = |predicted: &[usize], probabilities: Option<Vec<f64>>, pages: Vec<usize>| {
            let answers = Answers::new("t", stances(), some(predicted), pages).unwrap();
            match probabilities {
                Some(probabilities) => answers.with_probabilities(probabilities).unwrap(),
                None => answers,
            }
        };
        let corpus = answers(&case.predicted, case.probabilities, case.pages);
        let sample = match (case.rows, case.sample) {
            (Some(rows), _) => {
                let drawn = match case.design.as_str() {
                    "passages" => Drawn::Passages,
                    "pages" => Drawn::Pages,
                    _ => Drawn::PartsOfPages,
                };
                Sample::part(rows, case.gold, drawn)
            }
            (None, apart) => {
                let apart = apart.unwrap();
                let own = answers(&apart.predicted, apart.probabilities, apart.pages);
                Sample::apart(own, case.gold)
            }
        };
        let shares = Shares::corrected(&corpus, &sample).unwrap();
        assert!((shares.lambda.unwrap() - case.lambda).abs() < 1e-12);
        assert_shares(&shares, &case.found, 1e-12);
    }
}

#[derive(Deserialize)]
struct AdjustedCase {
    confusion: Vec<Vec<u64>>,
    design_effects: Vec<f64>,
    predicted: Vec<usize>,
    found: Vec<ShareFound>,
}

#[test]
fn adjusted_counts_equal_numpys() {
    for case in read::<Vec<AdjustedCase>>("adjusted.json") {
        let confusion = Confusion::from_rows(&case.confusion).unwrap();
        let errors = KnownErrors::new(stances(), confusion)
            .and_then(|errors| errors.with_design_effects(case.design_effects))
            .unwrap();
        let pages = (0..case.predicted.len()).collect();
        let corpus = Answers::new("t", stances(), some(&case.predicted), pages).unwrap();
        assert_shares(&Shares::adjusted(&corpus, &errors).unwrap(), &case.found, 1e-12);
    }
}

#[derive(Deserialize)]
struct McNemarCase {
    only_old: u64,
    only_new: u64,
    p: f64,
    mid_p: f64,
}

#[test]
fn mcnemars_test_equals_statsmodels() {
    for case in read::<Vec<McNemarCase>>("mcnemar.json") {
        let found = McNemar::of(case.only_old, case.only_new);
        assert!((found.p - case.p).abs() < 1e-12, "{} {}", found.p, case.p);
        assert!((found.mid_p - case.mid_p).abs() < 1e-12, "{} {}", found.mid_p, case.mid_p);
    }
}
