//! What settings of training do to the whole model.

use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;
use standpoint::{
    ErrorKind, TrainSettings,
    corpus::Gold,
    cross_validate,
    evaluate::{Metric, Tally},
    features::FeatureSettings,
    logistic::{ClassWeights, LogisticRegression},
    model::{Context, Criterion, NbRatios, TargetModel},
    predictions::{Answers, Scored},
    train,
};

use crate::{read_table, small_settings};

/// Nothing held out, nothing decided: what is left is the regression of the features.
#[test]
fn without_calibration_a_model_is_its_head() {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let passages = table.passages().unwrap();
    let gold = table.gold("kind").unwrap();
    let settings = TrainSettings {
        folds: 0,
        penalties: vec![0.5],
        nb_ratios: NbRatios::Never,
        criterion: Criterion::Accuracy,
        class_weights: ClassWeights::Equal,
        tolerance: 1e-10,
        ..Default::default()
    };
    let (model, report) =
        train(&passages, std::slice::from_ref(&gold), &settings, &|_| {}).unwrap();
    assert!(report.tasks[0].learnt() && !report.tasks[0].stopped_early());
    assert_eq!((model.context(), model.tasks()[0].stage_penalty()), (Context::Passage, None));

    let labels = model.tasks()[0].labels();
    let labelled: Vec<usize> =
        (0..passages.len()).filter(|&row| gold.labels[row].is_some()).collect();
    let texts: Vec<&str> = labelled.iter().map(|&row| passages.texts()[row]).collect();
    let x = model.vectoriser().transform_batch(&texts);
    let number =
        |row: &usize| labels.iter().position(|label| gold.labels[*row].as_deref() == Some(label));
    let y = Array1::from_iter(labelled.iter().map(|row| number(row).unwrap()));
    let head =
        LogisticRegression::new().l2(0.5).class_weights(ClassWeights::Equal).tolerance(1e-10);
    let fitted = head.fit(&DatasetBase::new(x.clone(), y)).unwrap();
    let model = TargetModel::from_bytes("m", &model.to_bytes()).unwrap();
    let kind = &model.predict(&passages).tasks[0];
    for (at, &row) in labelled.iter().enumerate() {
        let expected = fitted.probabilities(x.row(at));
        let most = expected.iter().copied().fold(0.0, f64::max);
        assert_eq!(expected[kind.labels[row]], most);
        for (p, expected) in kind.of(row).iter().zip(&expected) {
            // Weights are kept as f32.
            assert!((p - expected).abs() < 1e-5, "{p} {expected}");
        }
    }
}

#[test]
fn without_pages_held_out_nothing_can_be_chosen() {
    let single = TrainSettings {
        folds: 0,
        penalties: vec![1.0],
        nb_ratios: NbRatios::Always,
        criterion: Criterion::Accuracy,
        ..Default::default()
    };
    assert!(single.check().is_ok());
    for settings in [
        TrainSettings { penalties: vec![1.0, 0.1], ..single.clone() },
        TrainSettings { nb_ratios: NbRatios::Auto, ..single.clone() },
        TrainSettings { criterion: Criterion::MacroF1, ..single.clone() },
        TrainSettings { folds: 1, ..single.clone() },
        TrainSettings { tolerance: 0.0, ..single },
    ] {
        assert!(
            matches!(settings.check().unwrap_err().kind(), ErrorKind::Setting { .. }),
            "{settings:?}"
        );
    }
}

/// What a model keeps of its settings is enough to make it again.
#[test]
fn a_model_trained_by_its_own_settings_is_the_same_model() {
    let (_, table) = read_table("tests/fixtures/small.csv");
    let passages = table.passages().unwrap();
    let gold = [table.gold("kind").unwrap(), table.gold("stance").unwrap()];
    let single = TrainSettings {
        folds: 0,
        penalties: vec![0.5],
        nb_ratios: NbRatios::Always,
        criterion: Criterion::Accuracy,
        ..Default::default()
    };
    let chosen = TrainSettings {
        target: "the nurses".into(),
        features: FeatureSettings { char_ngrams: (0, 0), ..Default::default() },
        class_weights: ClassWeights::Equal,
        label_weights: vec![("favor".into(), 2.0)],
        context: false,
        seed: 7,
        ..small_settings()
    };
    for settings in [single, chosen] {
        let model = train(&passages, &gold, &settings, &|_| {}).unwrap().0;
        let again = train(&passages, &gold, &TrainSettings::of(&model), &|_| {}).unwrap().0;
        assert!(again.to_bytes() == model.to_bytes(), "{settings:?}");
    }
}

/// Where no passage of the other groups has a side, a task is not learnt there; those beside it are,
/// as well as alone.
#[test]
fn a_task_with_one_label_in_training_leads_no_other_astray_slow() {
    let (_, table) = read_table("data/passages.csv");
    let all = table.passages().unwrap();
    let rows: Vec<usize> = all.pages()[..60].concat();
    let passages = all.subset(&rows);
    // All sides of the stance lie on the pages of one group.
    let groups: Vec<usize> = (0..passages.pages().len()).map(|page| page % 3).collect();
    let pages = passages.page_numbers();
    let of = |task: &str| {
        let gold = table.gold(task).unwrap();
        let labels = rows.iter().enumerate().map(|(i, &row)| {
            let one_sided = task == "stance" && groups[pages[i]] != 0;
            if one_sided { Some("none".into()) } else { gold.labels[row].clone() }
        });
        Gold { labels: labels.collect(), ..gold.clone() }
    };
    let settings = TrainSettings { penalties: vec![1.0], ..Default::default() };
    let loss = |gold: &[Gold]| {
        let validated =
            cross_validate(&passages, gold, &settings, 3, Some(&groups), &|_| {}).unwrap();
        let kind = &validated.tasks[0];
        let some = |labels: &[usize]| labels.iter().map(|&l| Some(l)).collect::<Vec<_>>();
        let (given, pages) = (some(&kind.predicted.labels), kind.pages.clone());
        let answers = Answers::new("kind", kind.labels.clone(), given, pages)
            .and_then(|answers| answers.with_probabilities(kind.predicted.probabilities.clone()))
            .unwrap();
        let scored = Scored::new(answers, &some(&kind.gold)).unwrap();
        Metric::LogLoss.value(&Tally::of(&scored)).unwrap()
    };
    let (alone, beside) = (loss(&[of("kind")]), loss(&[of("kind"), of("stance")]));
    assert!(beside < 1.1 * alone, "{alone} {beside}");
}
