//! `standpoint evaluate`.

use std::path::Path;

use anyhow::Result;
use standpoint::{
    Error, Gold, Table, TaskModel,
    evaluate::{Cases, Evaluation, TaskEvaluation},
};

use super::{
    args::EvaluateArgs,
    input,
    render::{self, Sink},
};

/// Bootstrap resamples.
pub const RESAMPLES: usize = 1000;

pub fn run(args: &EvaluateArgs) -> Result<()> {
    let inputs: Vec<&Path> =
        args.model.path.iter().chain([&args.data]).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let model = input::model(args.model.path.as_deref())?;
    let (source, table) = args.input.labelled(&args.data)?;
    input::check_columns(&table, &args.tasks)?;
    if model.training().data_sha256.as_deref() == Some(source.sha256()) {
        render::warn(&format!(
            "the model was trained on {}: these figures are far too good; \
             `standpoint train {0} --cv 5` gives honest ones",
            source.name()
        ));
    }
    let wanted = |task: &&TaskModel| {
        table.has_column(task.name())
            && (args.tasks.is_empty() || args.tasks.iter().any(|name| name == task.name()))
    };
    let unknown = |name: &&String| !model.tasks().iter().any(|task| task.name() == name.as_str());
    if let Some(name) = args.tasks.iter().find(unknown) {
        return Err(Error::Undecidable {
            problem: format!("the model has no task {name:?}"),
            way_out: "choose others with --tasks; `standpoint inspect` lists them".into(),
        }
        .into());
    }
    if !model.tasks().iter().any(|task| wanted(&task)) {
        let tasks: Vec<&str> = model.tasks().iter().map(TaskModel::name).collect();
        return Err(Error::Undecidable {
            problem: format!("{} has no gold column for any task of the model", source.name()),
            way_out: format!("the model's tasks are {}", tasks.join(", ")),
        }
        .into());
    }
    let passages = table.passages()?;
    input::warn_of_empty(&passages);
    let predictions = model.predict(&passages);
    let pages = passages.page_numbers();
    let mut tasks = Vec::new();
    for (task, predicted) in model.tasks().iter().zip(&predictions.tasks) {
        if !wanted(&task) {
            continue;
        }
        let gold = table.gold(task.name()).expect("the column is there");
        let gold = numbers(&table, task, &gold)?;
        let rows: Vec<usize> = (0..table.len()).filter(|&row| gold[row].is_some()).collect();
        if rows.is_empty() {
            return Err(Error::Undecidable {
                problem: format!("no passage of {} has a {} label", source.name(), task.name()),
                way_out: "fill the column, or choose others with --tasks".into(),
            }
            .into());
        }
        let predicted = predicted.select(&rows);
        let cases = Cases {
            gold: &rows.iter().filter_map(|&row| gold[row]).collect::<Vec<_>>(),
            predicted: &predicted.labels,
            probabilities: Some(&predicted.probabilities),
            pages: &rows.iter().map(|&row| pages[row]).collect::<Vec<_>>(),
        };
        let (labels, seed) = (task.labels(), args.seed.seed);
        tasks.push(TaskEvaluation::of(task.name(), labels, cases, RESAMPLES, seed));
    }
    render::evaluation(&mut sink, &Evaluation { tasks, learning_curve: vec![] }, args.format)?;
    sink.finish()
}

/// Gold labels as numbers of the model's labels.
fn numbers(table: &Table, task: &TaskModel, gold: &Gold<'_>) -> Result<Vec<Option<usize>>, Error> {
    let number = |(row, label): (usize, &Option<std::borrow::Cow<'_, str>>)| {
        let Some(label) = label.as_deref() else { return Ok(None) };
        let known = task.labels().iter().position(|known| known == label);
        known.map(Some).ok_or_else(|| {
            Error::unknown_label(table.place(row).clone(), task.name(), label, task.labels())
        })
    };
    gold.labels.iter().enumerate().map(number).collect()
}
