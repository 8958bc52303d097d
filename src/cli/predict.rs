//! `standpoint predict`.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;
use standpoint::{
    Model, NewColumn, OutputFormat, Passages, Predictions, Table,
    report::{Labels, Summary},
};

use super::{
    args::{PredictArgs, PredictFormat},
    input,
    render::{self, Sink},
};

pub fn run(args: &PredictArgs) -> Result<()> {
    let inputs: Vec<&Path> =
        args.inputs.iter().chain(&args.model.path).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let model = input::model(args.model.path.as_deref())?;
    let table = args.input.tables(&args.inputs)?;
    let format = args.format.unwrap_or_else(|| match &args.output.path {
        None if sink.is_terminal() => PredictFormat::Text,
        Some(path) if path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson") => {
            PredictFormat::Jsonl
        }
        _ => PredictFormat::Csv,
    });
    let names = new_names(&model);
    if format != PredictFormat::Text {
        table.check_new_columns(names.iter().map(String::as_str))?;
    }
    let passages = table.passages()?;
    input::warn_of_empty(&passages);
    let predictions = model.predict(&passages);
    let format = match format {
        PredictFormat::Csv => OutputFormat::Csv,
        PredictFormat::Jsonl => OutputFormat::Jsonl,
        PredictFormat::Text => {
            pages(&mut sink, &model, &table, &passages, &predictions)?;
            return sink.finish();
        }
    };
    table.write(&new_columns(&model, &predictions, names), format, &mut sink)?;
    sink.finish()
}

/// `pred_<task>`, then `p_<task>_<label>` in the model's order of labels; task by task.
fn new_names(model: &Model) -> Vec<String> {
    let of_task = |task: &standpoint::TaskModel| {
        let probabilities = task.labels().iter().map(|label| format!("p_{}_{label}", task.name()));
        std::iter::once(format!("pred_{}", task.name())).chain(probabilities).collect::<Vec<_>>()
    };
    model.tasks().iter().flat_map(of_task).collect()
}

fn new_columns(model: &Model, predictions: &Predictions, names: Vec<String>) -> Vec<NewColumn> {
    let mut values: Vec<Vec<Value>> = Vec::new();
    for (task, predicted) in model.tasks().iter().zip(&predictions.tasks) {
        let labels = predicted.labels.iter().map(|&label| task.labels()[label].as_str().into());
        values.push(labels.collect());
        for label in 0..predicted.k {
            let rounded = |i| Value::from((predicted.of(i)[label] * 1e6).round() / 1e6);
            values.push((0..predicted.labels.len()).map(rounded).collect());
        }
    }
    names.into_iter().zip(values).map(|(name, values)| NewColumn { name, values }).collect()
}

fn pages(
    sink: &mut Sink,
    model: &Model,
    table: &Table,
    passages: &Passages<'_>,
    predictions: &Predictions,
) -> Result<()> {
    // Texts without pages are shown as one list.
    let one: Vec<usize> = (0..passages.len()).collect();
    let groups = match passages.has_neighbours() {
        true => passages.pages(),
        false => std::slice::from_ref(&one),
    };
    for (number, page) in groups.iter().enumerate() {
        let labels: Vec<Labels<'_>> =
            page.iter().map(|&row| labels(model, predictions, row)).collect();
        let id = match table.page_id(page[0]) {
            id if id.is_empty() || page.len() > 1 && !passages.has_neighbours() => {
                table.place(page[0]).file.as_str()
            }
            id => id,
        };
        let lines = page.iter().map(|&row| render::PassageLine {
            text: passages.texts()[row],
            labels: model
                .tasks()
                .iter()
                .zip(&predictions.tasks)
                .map(|(task, predicted)| {
                    let label = predicted.labels[row];
                    (task.name(), task.labels()[label].as_str(), predicted.of(row)[label])
                })
                .collect(),
        });
        let lines: Vec<_> = lines.collect();
        render::page(sink, number, id, &lines, &Summary::of(&labels), model.target())?;
    }
    Ok(())
}

fn labels<'a>(model: &'a Model, predictions: &Predictions, row: usize) -> Labels<'a> {
    let of = |name: &str| {
        let at = model.tasks().iter().position(|task| task.name() == name)?;
        Some(model.tasks()[at].labels()[predictions.tasks[at].labels[row]].as_str())
    };
    Labels { kind: of("kind"), stance: of("stance"), voice: of("voice") }
}
