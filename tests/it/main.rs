//! The integration tests: one binary, a module per topic.

#![allow(clippy::unwrap_used, clippy::tests_outside_test_module, reason = "a test may panic")]

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
mod commands;
mod compare;
#[cfg(feature = "compressed")]
mod compression;
mod default_model;
mod documents;
mod encodings;
mod estimate;
mod evaluate;
mod features;
mod fuzz;
mod gate;
#[cfg(all(feature = "compressed", feature = "html", feature = "report"))]
mod guide;
#[cfg(feature = "html")]
mod html;
mod leakage;
mod learning;
#[cfg(feature = "compressed")]
mod limits;
mod model_file;
mod outputs;
mod process;
mod public_api;
mod reference;
mod rejects;
#[cfg(feature = "report")]
mod report;
mod review;
mod schema;
mod settings;
mod skip;
mod streaming;
mod tables;
mod terminal;
mod training;
#[cfg(feature = "xlsx")]
mod workbooks;

use std::sync::LazyLock;

use standpoint::{
    Corpus, ReadSettings, TrainSettings, corpus::Gold, input::Source, model::TargetModel, train,
};

/// A file of the repository.
fn file(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read_table(name: &str) -> (Source, Corpus) {
    let source = Source::open(&file(name)).unwrap();
    let table = Corpus::read(&source, &ReadSettings::default()).unwrap();
    (source, table)
}

/// Settings under which 25 passages are enough.
fn small_settings() -> TrainSettings {
    TrainSettings { folds: 3, ..Default::default() }
}

/// Trained once for all tests.
fn small_model() -> TargetModel {
    static MODEL: LazyLock<TargetModel> = LazyLock::new(|| {
        let (_, table) = read_table("tests/fixtures/small.csv");
        let gold: Vec<Gold> =
            ["kind", "stance"].iter().map(|task| table.gold(task).unwrap()).collect();
        train(&table.passages().unwrap(), &gold, &small_settings(), &|_| {}).unwrap().0
    });
    MODEL.clone()
}
