//! The integration tests: one binary, a module per topic.

#![allow(clippy::unwrap_used, clippy::tests_outside_test_module, reason = "a test may panic")]
#![allow(clippy::format_push_string, clippy::format_collect, reason = "tests write small tables")]

mod allocations;
mod annotations;
mod architecture;
#[cfg(feature = "warc")]
mod archive;
mod bad_days;
mod bad_input;
#[cfg(feature = "report")]
mod browser;
mod ci;
mod columnar;
mod columns;
mod commands;
mod compare;
#[cfg(feature = "compressed")]
mod compression;
mod default_model;
mod documents;
#[cfg(all(feature = "html", feature = "report"))]
mod driver;
mod encoder;
mod encodings;
mod estimate;
mod evaluate;
#[cfg(feature = "html")]
mod examples;

mod features;
mod fuzz;
mod gate;
#[cfg(all(feature = "compressed", feature = "html", feature = "report"))]
mod guide;
#[cfg(all(feature = "html", feature = "report"))]
mod hostile;
#[cfg(feature = "html")]
mod html;
mod labels;
mod leakage;
mod learning;
#[cfg(feature = "compressed")]
mod limits;
mod measures;
mod model_file;
mod outputs;
mod page_bodies;
#[cfg(feature = "html")]
mod page_content;
#[cfg(feature = "html")]
mod page_encodings;
#[cfg(feature = "html")]
mod page_faults;
#[cfg(feature = "html")]
mod page_heads;
mod process;
mod public_api;
mod reference;
mod rejects;
#[cfg(feature = "report")]
mod report;
mod review;
mod sample;
mod schema;
mod settings;
mod several_models;
mod simulation;
mod skip;
mod streaming;
mod tables;
mod tables_as_people_have_them;
mod terminal;
mod training;
mod unlabelled;
mod unlike;
#[cfg(feature = "xlsx")]
mod workbooks;

use std::sync::LazyLock;

use standpoint::{Corpus, Model, TrainSettings, Trainer};

/// A file of the repository.
fn file(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The passages of a file of the repository.
fn corpus(name: &str) -> Corpus {
    Corpus::open(file(name)).unwrap()
}

/// The texts on their pages, to be labelled otherwise. The rows are in the order of the pages.
fn unlabelled(corpus: &Corpus) -> Corpus {
    let pages = corpus.pages().unwrap();
    assert!(pages.iter().flatten().copied().eq(0..corpus.len()));
    Corpus::of_pages(pages.iter().map(|page| page.iter().map(|&row| corpus.text(row))))
}

/// The gold labels of a task, in the order of the rows.
fn gold(corpus: &Corpus, task: &str) -> Vec<Option<String>> {
    let labels = corpus.gold(task).unwrap().labels;
    labels.into_iter().map(|label| label.map(|label| label.to_string())).collect()
}

/// Settings under which 25 passages are enough.
fn small_settings() -> TrainSettings {
    TrainSettings { folds: 3, ..Default::default() }
}

/// Trained once for all tests.
fn small_model() -> Model {
    static MODEL: LazyLock<Model> = LazyLock::new(|| {
        let trainer = Trainer::with(small_settings()).tasks(["kind", "stance"]);
        trainer.target("the officers").fit(&corpus("tests/fixtures/small.csv")).unwrap()
    });
    MODEL.clone()
}
