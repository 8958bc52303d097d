//! What settings of training do to the whole model.

use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;
use standpoint::{
    ErrorKind, Model, TrainSettings, Trainer,
    evaluate::{Metric, Tally},
    features::FeatureSettings,
    logistic::{ClassWeights, LogisticRegression},
    model::{Context, Criterion, NbRatios},
};

use crate::{corpus, gold, small_settings, unlabelled};

/// Nothing held out, nothing decided: what is left is the regression of the features.
#[test]
fn without_calibration_a_model_is_its_head() {
    let small = corpus("tests/fixtures/small.csv");
    let gold = gold(&small, "kind");
    let settings = TrainSettings {
        folds: 0,
        penalties: vec![0.5],
        nb_ratios: NbRatios::Never,
        criterion: Criterion::Accuracy,
        class_weights: ClassWeights::Equal,
        tolerance: 1e-10,
        ..Default::default()
    };
    let trained = Trainer::with(settings).tasks(["kind"]).fit_reported(&small).unwrap();
    let report = &trained.reports[0].tasks[0];
    assert!(report.learnt() && !report.stopped_early());
    let target = &trained.model.targets()[0];
    assert_eq!((target.context(), target.tasks()[0].stage_penalty()), (Context::Passage, None));

    let labels = target.tasks()[0].labels();
    let labelled: Vec<usize> = (0..small.len()).filter(|&row| gold[row].is_some()).collect();
    let texts: Vec<&str> = labelled.iter().map(|&row| small.text(row)).collect();
    let x = target.vectoriser().transform_batch(&texts);
    let number = |row: &usize| labels.iter().position(|label| gold[*row].as_ref() == Some(label));
    let y = Array1::from_iter(labelled.iter().map(|row| number(row).unwrap()));
    let head =
        LogisticRegression::new().l2(0.5).class_weights(ClassWeights::Equal).tolerance(1e-10);
    let fitted = head.fit(&DatasetBase::new(x.clone(), y)).unwrap();
    let model = Model::from_bytes("m", &trained.model.to_bytes()).unwrap();
    let predictions = model.predict(&small).unwrap();
    let kind = predictions.task("kind").unwrap();
    for (at, &row) in labelled.iter().enumerate() {
        let expected = fitted.probabilities(x.row(at));
        let most = expected.iter().copied().fold(0.0, f64::max);
        assert_eq!(expected[kind.best(row).unwrap()], most);
        for (p, expected) in kind.probabilities_of(row).unwrap().iter().zip(&expected) {
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
    let small = corpus("tests/fixtures/small.csv");
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
        let train = |settings: TrainSettings| {
            Trainer::with(settings).tasks(["kind", "stance"]).fit(&small).unwrap()
        };
        let model = train(settings.clone());
        let again = train(TrainSettings::of(&model.targets()[0]));
        assert!(again.to_bytes() == model.to_bytes(), "{settings:?}");
    }
}

/// Where no passage of the other groups has a side, a task is not learnt there; those beside it are,
/// as well as alone.
#[test]
fn a_task_with_one_label_in_training_leads_no_other_astray_slow() {
    let all = corpus("data/passages.csv");
    let some = all.select(&all.pages().unwrap()[..60].concat());
    // All sides of the stance lie on the pages of one group.
    let group = |page: &usize| page % 3;
    let pages = some.page_numbers().unwrap();
    let stances = gold(&some, "stance").into_iter().zip(&pages);
    let one_sided = stances.map(|(label, page)| match group(page) {
        0 => label,
        _ => Some("none".into()),
    });
    let labelled = unlabelled(&some)
        .with_gold("kind", gold(&some, "kind"))
        .and_then(|corpus| corpus.with_gold("stance", one_sided))
        .and_then(|corpus| {
            corpus.with_gold("group", pages.iter().map(|page| Some(group(page).to_string())))
        })
        .unwrap();
    let settings = TrainSettings { penalties: vec![1.0], ..Default::default() };
    let loss = |tasks: &[&str]| {
        let trainer = Trainer::with(settings.clone()).tasks(tasks.iter().copied());
        let validated = trainer.group_by("group").cross_validate(&labelled, 3).unwrap();
        Metric::LogLoss.value(&Tally::of(&validated.tasks[0])).unwrap()
    };
    let (alone, beside) = (loss(&["kind"]), loss(&["kind", "stance"]));
    assert!(beside < 1.1 * alone, "{alone} {beside}");
}
