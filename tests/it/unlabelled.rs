//! Passages without labels that a model learns from, too.

use standpoint::{Corpus, ErrorKind, Model, TrainSettings, Trainer};

use crate::{columns, corpus, small_settings};

/// Pages of the project's data: the first to be labelled, others not.
fn pages(range: std::ops::Range<usize>) -> Corpus {
    let all = corpus("data/passages.csv");
    all.select(&all.pages().unwrap()[range].concat())
}

fn trainer() -> Trainer {
    let settings = TrainSettings { penalties: vec![1.0], ..small_settings() };
    Trainer::with(settings).tasks(["kind"])
}

#[test]
fn more_text_teaches_more_words() {
    let (labelled, more) = (pages(0..8), pages(8..16));
    let alone = trainer().fit(&labelled).unwrap();
    let taught = trainer().unlabelled(more.clone()).fit(&labelled).unwrap();
    let [alone, taught] = [&alone, &taught].map(|model| &model.targets()[0]);
    assert!(taught.vectoriser().n_terms() > alone.vectoriser().n_terms());
    let training = taught.training();
    assert_eq!((training.passages, training.pages), (labelled.len(), 8));
    let unlabelled = training.unlabelled.as_ref().unwrap();
    assert_eq!((unlabelled.passages, unlabelled.pages), (more.len(), 8));
}

#[test]
fn a_page_that_shares_passages_with_a_labelled_one_is_left_out() {
    let (labelled, more) = (pages(0..8), pages(6..16));
    let taught = trainer().unlabelled(more).fit(&labelled).unwrap();
    let without = trainer().unlabelled(pages(8..16)).fit(&labelled).unwrap();
    let of = |model: &Model| model.targets()[0].training().unlabelled.clone().unwrap();
    assert_eq!((of(&taught).pages_left_out, of(&without).pages_left_out), (2, 0));
    let answers = |model: Model| model.predict(&pages(16..20)).unwrap().tasks().to_vec();
    assert_eq!(answers(taught), answers(without));
    let error = trainer().unlabelled(pages(2..4)).fit(&labelled).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Undecidable { .. }), "{error}");
    assert!(error.to_string().contains("share passages with the labelled ones"), "{error}");
}

#[test]
fn the_labels_of_unlabelled_passages_are_not_looked_at() {
    let (labelled, more) = (pages(0..8), pages(8..16));
    let without = Corpus::of_pages(
        more.pages().unwrap().iter().map(|page| page.iter().map(|&row| more.text(row))),
    );
    let one = trainer().unlabelled(more).fit(&labelled).unwrap();
    assert!(one.to_bytes() == trainer().unlabelled(without).fit(&labelled).unwrap().to_bytes());
}

/// What teaches may see columns; what is taught has the words alone, and is held out as well.
#[test]
fn columns_teach_and_are_not_needed_after_that() {
    let (labelled, more) = columns::halves();
    let teacher = columns::trainer().numbers(["told"]);
    let taught = teacher.clone().unlabelled(more);
    let model = taught.fit(&labelled).unwrap();
    assert_eq!(model.targets()[0].dense_sources().count(), 0);
    assert!(model.predict(&Corpus::of_page(["word 3 some favor"])).is_ok());
    let validated = taught.cross_validate(&labelled, 3).unwrap();
    let alone = columns::trainer().cross_validate(&labelled, 3).unwrap();
    let n = |of: &standpoint::study::CrossValidated| of.task("stance").unwrap().confusion.total();
    assert_eq!(n(&validated), n(&alone));
}

#[test]
fn settings_that_cannot_be_kept_are_refused() {
    let (labelled, more) = (pages(0..8), pages(8..16));
    let refused = |trainer: Trainer, why: &str| {
        let error = trainer.unlabelled(more.clone()).fit(&labelled).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Setting { name: "unlabelled", .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    };
    refused(trainer().per_target(true), "for each target");
    let nothing_held_out = TrainSettings {
        folds: 0,
        penalties: vec![1.0],
        nb_ratios: standpoint::model::NbRatios::Never,
        criterion: standpoint::model::Criterion::Accuracy,
        ..Default::default()
    };
    refused(Trainer::with(nothing_held_out).tasks(["kind"]), "calibration");
}
