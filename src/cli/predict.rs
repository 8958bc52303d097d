//! `standpoint predict`.

use std::path::Path;

use anyhow::Result;
use standpoint::{
    Abstention, Answering, Models, OutputFormat, Passages, Predictions, Table, TaskLabels,
    TaskPredictions,
    report::{Labels, Summary},
};

use super::{
    answers,
    args::{PredictArgs, PredictFormat},
    input,
    render::{self, Sink},
};

pub fn run(args: &PredictArgs) -> Result<()> {
    let inputs: Vec<&Path> =
        args.inputs.iter().chain(&args.model.path).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let models = input::models(args.model.path.as_deref())?;
    let table = args.input.tables(&args.inputs)?;
    let format = args.format.unwrap_or_else(|| match &args.output.path {
        None if sink.is_terminal() => PredictFormat::Text,
        path => match OutputFormat::of_path(path.as_deref()) {
            OutputFormat::Jsonl => PredictFormat::Jsonl,
            _ => PredictFormat::Csv,
        },
    });
    let reasons = args.max_error.is_some();
    let names = answers::names(models.tasks(), reasons);
    if format != PredictFormat::Text {
        table.check_new_columns(names.iter().map(String::as_str))?;
    }
    let passages = table.passages()?;
    input::warn_of_empty(&passages);
    let by = answers::routes(&models, &table, args.model.target.as_deref())?;
    let answering = Answering {
        max_error: args.max_error,
        prior: args.prior.clone().map_or_else(Vec::new, |prior| prior.0),
    };
    let predictions = models.predict(&passages, &by, &answering)?;
    notices(&models, &by, &predictions, passages.pages().len(), args);
    let format = match format {
        PredictFormat::Csv => OutputFormat::Csv,
        PredictFormat::Jsonl => OutputFormat::Jsonl,
        PredictFormat::Text => {
            pages(&mut sink, &models, &by, &table, &passages, &predictions)?;
            return sink.finish();
        }
    };
    let columns = answers::columns(models.tasks(), &predictions, reasons);
    table.write(&columns, format, &mut sink)?;
    sink.finish()
}

/// Coverage where errors were limited, and what else a reader of the table should know.
fn notices(
    models: &Models,
    by: &[usize],
    predictions: &Predictions,
    n_pages: usize,
    args: &PredictArgs,
) {
    if args.max_error.is_some() && args.prior.is_some() {
        render::warn(
            "the error was cross-validated at the shares of the training data, not at those of --prior: \
             check it on labelled passages",
        );
    }
    for (task, predicted) in models.tasks().iter().zip(&predictions.tasks) {
        let known = |a: &&Option<Abstention>| **a != Some(Abstention::NoSuchTask);
        let n = predicted.abstained.iter().filter(known).count();
        if n == 0 {
            continue;
        }
        let count = |reason| predicted.abstained.iter().filter(|a| **a == Some(reason)).count();
        if let Some(error) = args.max_error {
            let answered = n - count(Abstention::Uncertain) - count(Abstention::NoKnownTerm);
            let promised = promised(models, by, &task.name, error);
            render::note(&format!(
                "{}: {answered} of {n} passages answered ({:.0} %); in cross-validation {promised}",
                task.name,
                100.0 * answered as f64 / n as f64
            ));
        }
        let unknown = count(Abstention::NoKnownTerm);
        if unknown > 0 && task.name == models.tasks()[0].name {
            let (s, have) = if unknown == 1 { ("", "has") } else { ("s", "have") };
            render::warn(&format!(
                "{unknown} passage{s} {have} no term that the model knows: no label is given"
            ));
        }
        if let Some(warning) =
            shifted(models, by, task, predicted, n_pages).filter(|_| args.prior.is_none())
        {
            render::warn(&warning);
        }
    }
}

/// What cross-validation says of answering with this error, where one model judges all passages.
fn promised(models: &Models, by: &[usize], task: &str, error: f64) -> String {
    let [first, ..] = by else { return "nothing".into() };
    if by.iter().any(|number| number != first) {
        return "each target's model kept below the error by itself".into();
    }
    let task = models.models()[*first].tasks().iter().find(|known| known.name() == task);
    match task.and_then(|task| task.decision().answering(error)) {
        Some(point) => {
            format!("{:.0} %, {:.3} of them wrong", 100.0 * point.coverage, point.error)
        }
        None => "no part of the passages was told with so few errors".into(),
    }
}

/// Predicted shares of fewer passages, or of fewer pages, differ from training by chance.
const LEAST_PASSAGES: usize = 100;
const LEAST_PAGES: usize = 10;
/// From this distance (half the sum of differences) shares are worth a word.
const FAR: f64 = 0.25;

/// A warning if the predicted shares of labels lie far from those in training, of one model.
fn shifted(
    models: &Models,
    by: &[usize],
    task: &TaskLabels,
    predicted: &TaskPredictions,
    n_pages: usize,
) -> Option<String> {
    let n = predicted.labels.len();
    let of_one = by.iter().all(|number| *number == by[0]);
    if n < LEAST_PASSAGES || n_pages < LEAST_PAGES || !of_one {
        return None;
    }
    let own = models.models()[by[0]].tasks().iter().find(|known| known.name() == task.name)?;
    let mean = |label: &String| {
        let label = task.labels.iter().position(|known| known == label)?;
        Some((0..n).map(|row| predicted.of(row)[label]).sum::<f64>() / n as f64)
    };
    let trained = own.shares();
    let found: Vec<f64> = own.labels().iter().filter_map(mean).collect();
    let distance = trained.iter().zip(&found).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0;
    let shown = |shares: &[f64]| {
        let of =
            own.labels().iter().zip(shares).map(|(label, share)| format!("{label} {share:.2}"));
        of.collect::<Vec<_>>().join(", ")
    };
    (distance >= FAR).then(|| {
        format!(
            "{}: the predicted shares ({}) lie far from those in training ({}); if you know the \
             true ones, give them with --prior",
            task.name,
            shown(&found),
            shown(trained)
        )
    })
}

fn pages(
    sink: &mut Sink,
    models: &Models,
    by: &[usize],
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
            page.iter().map(|&row| labels(models.tasks(), predictions, row)).collect();
        let id = match table.page_id(page[0]) {
            id if id.is_empty() || page.len() > 1 && !passages.has_neighbours() => {
                table.place(page[0]).file.as_str()
            }
            id => id,
        };
        let lines = page.iter().map(|&row| render::PassageLine {
            text: passages.texts()[row],
            labels: models
                .tasks()
                .iter()
                .zip(&predictions.tasks)
                .filter(|(_, predicted)| predicted.abstained[row] != Some(Abstention::NoSuchTask))
                .map(|(task, predicted)| {
                    let p = predicted.of(row)[predicted.labels[row]];
                    (task.name.as_str(), label_of(task, predicted, row).unwrap_or("?"), p)
                })
                .collect(),
        });
        let lines: Vec<_> = lines.collect();
        let target = models.models()[by[page[0]]].target();
        render::page(sink, number, id, &lines, &Summary::of(&labels), target)?;
    }
    Ok(())
}

fn labels<'a>(tasks: &'a [TaskLabels], predictions: &Predictions, row: usize) -> Labels<'a> {
    let of = |name: &str| {
        let at = tasks.iter().position(|task| task.name == name)?;
        label_of(&tasks[at], &predictions.tasks[at], row)
    };
    Labels { kind: of("kind"), stance: of("stance"), voice: of("voice") }
}

fn label_of<'a>(task: &'a TaskLabels, predicted: &TaskPredictions, row: usize) -> Option<&'a str> {
    predicted.abstained[row].is_none().then(|| task.labels[predicted.labels[row]].as_str())
}
