//! The model in the box.

use standpoint::{TrainSettings, corpus::Gold, model::TargetModel, train};

use crate::{file, read_table};

#[test]
fn the_default_model_is_what_training_on_the_committed_data_gives_slow() {
    let (source, table) = read_table("data/passages.csv");
    let gold: Vec<Gold> = ["kind", "stance", "voice", "sentiment"]
        .iter()
        .map(|task| table.gold(task).unwrap())
        .collect();
    let passages = table.passages().unwrap();
    let (mut model, report) = train(&passages, &gold, &TrainSettings::default(), &|_| {}).unwrap();
    model.set_data_sha256(source.sha256());
    assert!(report.tasks.iter().all(|task| task.linfa_converged && !task.stopped_early()));
    let committed = std::fs::read(file("models/default.standpoint")).unwrap();
    assert!(model.to_bytes() == committed, "run `just train` and commit models/");
}

#[test]
fn the_built_in_model_is_the_committed_one() {
    let committed = std::fs::read(file("models/default.standpoint")).unwrap();
    let model = TargetModel::built_in();
    assert!(model.to_bytes() == committed);
    let tasks: Vec<&str> = model.tasks().iter().map(standpoint::model::TaskModel::name).collect();
    assert_eq!(tasks, ["kind", "stance", "voice", "sentiment"]);
}

/// Nothing that was trained on stands on the pages to try it on.
#[test]
fn the_examples_are_not_in_the_training_data() {
    let (_, table) = read_table("data/passages.csv");
    let passages = table.passages().unwrap();
    for example in std::fs::read_dir(file("data/examples")).unwrap() {
        let text = std::fs::read_to_string(example.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| line.split_whitespace().count() > 8) {
            assert!(!passages.texts().contains(&line.trim()), "{line}");
        }
    }
}
