//! `standpoint predict`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Result;
use rayon::prelude::*;
use standpoint::{
    Abstention, Answering, Blocks, ColumnType, Corpus, EncodedRows, Model, OnError, OutputFormat,
    Passages, Predictions, Predictor, TableWriter, TargetModel, TaskLabels, TaskPredictions,
    report::{Labels, Summary},
};

use super::{
    answers,
    args::{PredictArgs, PredictFormat},
    files, input,
    render::{self, Sink},
};

pub fn run(args: &PredictArgs) -> Result<()> {
    let files = files::of_inputs(&args.inputs, args.recursive)?;
    let inputs: Vec<&Path> = files.iter().chain(&args.model.path).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let taken: Vec<&Path> = inputs.iter().copied().chain(args.output.path.as_deref()).collect();
    let on_error = args.errors.open(&taken)?;
    let models = input::models(args.model.path.as_deref())?;
    // None is text for people.
    let format = match (args.format, &args.output.path) {
        (Some(PredictFormat::Text), _) => None,
        (Some(PredictFormat::Csv), _) => Some(OutputFormat::Csv),
        (Some(PredictFormat::Jsonl), _) => Some(OutputFormat::Jsonl),
        (Some(PredictFormat::Parquet), _) => Some(OutputFormat::Parquet),
        (None, None) if sink.is_terminal() => None,
        (None, path) => Some(OutputFormat::of_path(path.as_deref())),
    };
    let answering = Answering {
        max_error: args.max_error,
        prior: args.prior.clone().map_or_else(Vec::new, |prior| prior.0),
    };
    let job = Job {
        models: &models,
        predictor: models.predictor(&answering)?,
        target: args.model.target.as_deref(),
        reasons: args.max_error.is_some(),
    };
    let seen = if let Some(format) = format {
        job.write(args, &files, on_error.clone(), format, &mut sink)?
    } else {
        let table = args.input.tables(&files, &on_error)?;
        let passages = table.passages()?;
        let judged = job.judge(&table, &passages)?;
        pages(&mut sink, &models, &judged.by, &table, &passages, &judged.predictions)?;
        judged.seen(&passages)
    };
    input::finish_rejects(on_error)?;
    notices(&models, &seen, args);
    sink.finish()
}

/// How passages are judged.
struct Job<'a> {
    models: &'a Model,
    predictor: Predictor<'a>,
    target: Option<&'a str>,
    reasons: bool,
}

/// What is said of the passages of a table.
struct Judged {
    by: Vec<usize>,
    predictions: Predictions,
    /// A target that the model is not of.
    other: Option<String>,
}

impl Job<'_> {
    /// Writes all inputs with what is said of them, block by block: while some are judged those before
    /// them are written and the next ones are read.
    fn write(
        &self,
        args: &PredictArgs,
        files: &[PathBuf],
        on_error: OnError,
        format: OutputFormat,
        sink: &mut Sink,
    ) -> Result<Seen> {
        input::check_output(format, args.output.path.as_deref())?;
        let mut blocks = args.input.blocks(files, on_error)?;
        let names = answers::names(self.models.tasks(), self.reasons);
        blocks.check_new_columns(names.iter().map(String::as_str))?;
        let at_once = 8 * rayon::current_num_threads();
        let bar = render::Progress::of_rows("predicting", blocks.total_bytes(), sink);
        let types = blocks.column_types().to_vec();
        let mut out = TableWriter::new(sink, format);
        let mut seen = Seen::default();
        // Not many at first: nothing is judged meanwhile.
        let (mut tables, mut end) = next_blocks(&mut blocks, rayon::current_num_threads());
        let mut encoded = Vec::new();
        let mut first = true;
        loop {
            // A table goes where it was judged: to free its rows takes as long as to write them.
            let encode = |(number, table): (usize, Corpus)| {
                self.encode(&table, format, first && number == 0, &types)
            };
            let (next_encoded, next) = rayon::join(
                || tables.into_par_iter().enumerate().map(encode).collect::<Vec<_>>(),
                || {
                    write_blocks(&mut out, encoded, &mut seen)?;
                    anyhow::Ok(end.is_none().then(|| next_blocks(&mut blocks, at_once)))
                },
            );
            encoded = next_encoded;
            first = false;
            let next = next?;
            bar.rows(seen.passages, blocks.bytes_read());
            if let Some(next) = next {
                (tables, end) = next;
                continue;
            }
            write_blocks(&mut out, encoded, &mut seen)?;
            bar.finish();
            blocks.notes().iter().for_each(|note| render::note(note));
            end.unwrap_or(Ok(()))?;
            out.finish()?;
            return Ok(seen);
        }
    }

    /// The rows of a block with what is said of them, and what a reader should know of it.
    fn encode(
        &self,
        table: &Corpus,
        format: OutputFormat,
        header: bool,
        types: &[ColumnType],
    ) -> Result<(EncodedRows, Seen)> {
        let passages = table.passages()?;
        let judged = self.judge(table, &passages)?;
        let columns = answers::columns(self.models.tasks(), &judged.predictions, self.reasons);
        let rows = table.encode(&columns, format, header, types)?;
        Ok((rows, judged.seen(&passages)))
    }

    fn judge(&self, table: &Corpus, passages: &Passages<'_>) -> Result<Judged> {
        let (by, other) = answers::route(self.models, table, self.target)?;
        let predictions = self.predictor.predict(passages, &by);
        Ok(Judged { by, predictions, other })
    }
}

fn write_blocks(
    out: &mut TableWriter<&mut Sink>,
    encoded: Vec<Result<(EncodedRows, Seen)>>,
    seen: &mut Seen,
) -> Result<()> {
    for block in encoded {
        let (rows, of_block) = block?;
        out.write(&rows)?;
        seen.add(of_block);
    }
    Ok(())
}

/// Up to so many blocks, and how the input ended if it did.
fn next_blocks(blocks: &mut Blocks, most: usize) -> (Vec<Corpus>, Option<standpoint::Result<()>>) {
    let mut tables = Vec::with_capacity(most);
    for _ in 0..most {
        match blocks.next_block() {
            Ok(Some(table)) => tables.push(table),
            Ok(None) => return (tables, Some(Ok(()))),
            Err(error) => return (tables, Some(Err(error))),
        }
    }
    (tables, None)
}

/// What is counted over all blocks.
#[derive(Default)]
struct Seen {
    passages: usize,
    pages: usize,
    empty: usize,
    /// Numbers of the models that judged some of them.
    models: BTreeSet<usize>,
    tasks: Vec<SeenTask>,
    other: Option<String>,
}

struct SeenTask {
    /// Passages whose model knows the task.
    n: usize,
    uncertain: usize,
    unknown: usize,
    /// Sums of the labels' probabilities.
    probabilities: Vec<f64>,
}

impl Judged {
    fn seen(self, passages: &Passages<'_>) -> Seen {
        let of_task = |predicted: &TaskPredictions| {
            let count = |reason| predicted.abstained.iter().filter(|a| **a == Some(reason)).count();
            let mut probabilities = vec![0.0; predicted.k];
            for p in predicted.probabilities.chunks_exact(predicted.k) {
                probabilities.iter_mut().zip(p).for_each(|(sum, p)| *sum += p);
            }
            SeenTask {
                n: passages.len() - count(Abstention::NoSuchTask),
                uncertain: count(Abstention::Uncertain),
                unknown: count(Abstention::NoKnownTerm),
                probabilities,
            }
        };
        Seen {
            passages: passages.len(),
            pages: passages.pages().len(),
            empty: input::n_empty(passages),
            models: self.by.into_iter().collect(),
            tasks: self.predictions.tasks.iter().map(of_task).collect(),
            other: self.other,
        }
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.passages += other.passages;
        self.pages += other.pages;
        self.empty += other.empty;
        self.models.extend(other.models);
        self.other = self.other.take().or(other.other);
        if self.tasks.is_empty() {
            self.tasks = other.tasks;
            return;
        }
        for (task, other) in self.tasks.iter_mut().zip(other.tasks) {
            task.n += other.n;
            task.uncertain += other.uncertain;
            task.unknown += other.unknown;
            let sums = task.probabilities.iter_mut().zip(other.probabilities);
            sums.for_each(|(sum, other)| *sum += other);
        }
    }

    /// The model that judged all passages, if it was one.
    fn model<'a>(&self, models: &'a Model) -> Option<&'a TargetModel> {
        let mut numbers = self.models.iter();
        let (first, None) = (numbers.next()?, numbers.next()) else { return None };
        Some(&models.models()[*first])
    }
}

/// Coverage where errors were limited, and what else a reader of the table should know.
fn notices(models: &Model, seen: &Seen, args: &PredictArgs) {
    input::warn_of_n_empty(seen.empty);
    answers::warn_of_other(models, seen.other.as_deref());
    if args.max_error.is_some() && args.prior.is_some() {
        render::warn(
            "the error was cross-validated at the shares of the training data, not at those of --prior: \
             check it on labelled passages",
        );
    }
    let model = seen.model(models);
    for (number, (task, of_task)) in models.tasks().iter().zip(&seen.tasks).enumerate() {
        let n = of_task.n;
        if n == 0 {
            continue;
        }
        if let Some(error) = args.max_error {
            let answered = n - of_task.uncertain - of_task.unknown;
            let promised = promised(model, &task.name, error);
            render::note(&format!(
                "{}: {answered} of {n} passages answered ({:.0} %); in cross-validation {promised}",
                task.name,
                100.0 * answered as f64 / n as f64
            ));
        }
        let unknown = of_task.unknown;
        if unknown > 0 && number == 0 {
            let (s, have) = if unknown == 1 { ("", "has") } else { ("s", "have") };
            render::warn(&format!(
                "{unknown} passage{s} {have} no term that the model knows: no label is given"
            ));
        }
        if let Some(warning) = shifted(model, task, seen, of_task).filter(|_| args.prior.is_none())
        {
            render::warn(&warning);
        }
    }
}

/// What cross-validation says of answering with this error, where one model judges all passages.
fn promised(model: Option<&TargetModel>, task: &str, error: f64) -> String {
    let Some(model) = model else {
        return "each target's model kept below the error by itself".into();
    };
    let task = model.tasks().iter().find(|known| known.name() == task);
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
    model: Option<&TargetModel>,
    task: &TaskLabels,
    seen: &Seen,
    of_task: &SeenTask,
) -> Option<String> {
    if seen.passages < LEAST_PASSAGES || seen.pages < LEAST_PAGES {
        return None;
    }
    let own = model?.tasks().iter().find(|known| known.name() == task.name)?;
    let mean = |label: &String| {
        let label = task.labels.iter().position(|known| known == label)?;
        Some(of_task.probabilities[label] / seen.passages as f64)
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
    models: &Model,
    by: &[usize],
    table: &Corpus,
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
                table.place(page[0]).file
            }
            id => id.to_owned(),
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
        render::page(sink, number, &id, &lines, &Summary::of(&labels), target)?;
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
