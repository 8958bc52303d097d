//! `standpoint predict`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Result;
use rayon::prelude::*;
use standpoint::{
    Corpus, Model, Predictions, Predictor,
    corpus::{
        Blocks, ColumnType, EncodedRows, OutputFormat, TableWriter, answer_columns, column_names,
    },
    model::{TargetModel, TaskLabels, empty_notice, other_target_notice},
    predictions::{Abstention, Answers},
    report::{Labels, Summary},
};

use super::{
    args::{PredictArgs, PredictFormat},
    files,
    input::BadRows,
    render::{self, Sink},
};

pub fn run(args: &PredictArgs) -> Result<()> {
    let files = files::of_inputs(&args.inputs, args.recursive)?;
    let inputs: Vec<&Path> = files.iter().chain(&args.model.path).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let taken: Vec<&Path> = inputs.iter().copied().chain(args.output.path.as_deref()).collect();
    let mut bad_rows = args.errors.open(&taken)?;
    // None is text for people.
    let format = match (args.format, &args.output.path) {
        (Some(PredictFormat::Text), _) => None,
        (Some(PredictFormat::Table(format)), _) => Some(format),
        (None, None) if sink.is_terminal() => None,
        (None, path) => Some(OutputFormat::of_path(path.as_deref())?),
    };
    let mut settings = args.model.settings();
    settings.max_error = args.max_error;
    settings.prior = args.prior.clone().map_or_else(Vec::new, |prior| prior.0);
    let predictor = args.model.open()?.predictor(&settings)?;
    let job = Job { predictor, reasons: args.max_error.is_some() };
    let seen = if let Some(format) = format {
        job.write(args, &files, bad_rows, format, &mut sink)?
    } else {
        let corpus = args.input.tables(&files, &mut bad_rows)?;
        let predictions = job.predictor.predict(&corpus)?;
        pages(&mut sink, job.predictor.model(), &predictions)?;
        args.errors.finish(corpus.report(), bad_rows.rejects)?;
        Seen::of(&predictions)
    };
    notices(job.predictor.model(), &seen, args);
    sink.finish()
}

/// How passages are predicted, and whether the reason of an abstention is written.
struct Job {
    predictor: Predictor,
    reasons: bool,
}

impl Job {
    /// Writes all inputs with their predictions, block by block: while some are predicted, those before
    /// them are written and the next ones are read.
    fn write(
        &self,
        args: &PredictArgs,
        files: &[PathBuf],
        bad_rows: BadRows,
        format: OutputFormat,
        sink: &mut Sink,
    ) -> Result<Seen> {
        let mut blocks = args.input.blocks(files, bad_rows)?;
        let tasks = self.predictor.model().tasks().iter();
        let names: Vec<String> =
            tasks.flat_map(|task| column_names(&task.name, &task.labels, self.reasons)).collect();
        blocks.check_new_columns(names.iter().map(String::as_str))?;
        let at_once = 8 * rayon::current_num_threads();
        let bar = render::Progress::of_rows("predicting", blocks.total_bytes(), sink);
        let types = blocks.column_types().to_vec();
        let mut out = TableWriter::new(sink, format);
        let mut seen = Seen::default();
        // Few at first: nothing is predicted meanwhile.
        let (mut tables, mut end) = next_blocks(&mut blocks, rayon::current_num_threads());
        let mut encoded = Vec::new();
        loop {
            // Drop the table on the worker: freeing rows costs as much as writing them.
            let encode = |table: Corpus| self.encode(&table, format, &types);
            let (next_encoded, next) = rayon::join(
                || tables.into_par_iter().map(encode).collect::<Vec<_>>(),
                || {
                    write_blocks(&mut out, encoded, &mut seen)?;
                    anyhow::Ok(end.is_none().then(|| next_blocks(&mut blocks, at_once)))
                },
            );
            encoded = next_encoded;
            let next = next?;
            bar.rows(seen.passages, blocks.report().bytes);
            if let Some(next) = next {
                (tables, end) = next;
                continue;
            }
            write_blocks(&mut out, encoded, &mut seen)?;
            bar.finish();
            blocks.notes().iter().for_each(|note| render::note(note));
            end.unwrap_or(Ok(()))?;
            out.finish()?;
            args.errors.finish(blocks.report(), blocks.into_rejects())?;
            return Ok(seen);
        }
    }

    /// The rows of a block with their predictions, and what a reader should know of it.
    fn encode(
        &self,
        corpus: &Corpus,
        format: OutputFormat,
        types: &[ColumnType],
    ) -> Result<(EncodedRows, Seen)> {
        let predictions = self.predictor.predict(corpus)?;
        let columns = answer_columns(predictions.tasks(), self.reasons);
        let rows = corpus.encode(&columns, format, types)?;
        Ok((rows, Seen::of(&predictions)))
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

impl Seen {
    fn of(predictions: &Predictions) -> Self {
        let of_task = |answers: &Answers| {
            let mut probabilities = vec![0.0; answers.n_labels()];
            let all = answers.probabilities().unwrap_or_default();
            for p in all.chunks_exact(answers.n_labels()) {
                probabilities.iter_mut().zip(p).for_each(|(sum, p)| *sum += p);
            }
            SeenTask {
                n: answers.len() - answers.count(Abstention::NoSuchTask),
                uncertain: answers.count(Abstention::Uncertain),
                unknown: answers.count(Abstention::NoKnownTerm),
                probabilities,
            }
        };
        Self {
            passages: predictions.len(),
            pages: predictions.n_pages(),
            empty: predictions.corpus().empty_texts(),
            models: predictions.targets().iter().copied().collect(),
            tasks: predictions.tasks().iter().map(of_task).collect(),
            other: predictions.other_target().map(str::to_owned),
        }
    }

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
    fn model<'a>(&self, model: &'a Model) -> Option<&'a TargetModel> {
        let mut numbers = self.models.iter();
        let (first, None) = (numbers.next()?, numbers.next()) else { return None };
        Some(&model.targets()[*first])
    }
}

/// Coverage where errors were limited, and what else a reader of the table should know.
fn notices(models: &Model, seen: &Seen, args: &PredictArgs) {
    empty_notice(seen.empty).iter().for_each(|notice| render::warn(notice));
    if let Some(other) = &seen.other {
        render::warn(&other_target_notice(models, other));
    }
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
    let own = model?.tasks().iter().find(|known| known.name() == &*task.name)?;
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

fn pages(sink: &mut Sink, model: &Model, predictions: &Predictions) -> Result<()> {
    let corpus = predictions.corpus();
    let by_page = corpus.pages()?;
    // Texts without pages are shown as one list.
    let has_neighbours = by_page.iter().any(|rows| rows.len() > 1);
    let one = [(0..corpus.len()).collect()];
    let groups = if has_neighbours { &by_page[..] } else { &one };
    for (number, page) in groups.iter().enumerate() {
        let labels: Vec<Labels<'_>> = page.iter().map(|&row| labels(predictions, row)).collect();
        let id = match corpus.page_id(page[0]) {
            id if id.is_empty() || page.len() > 1 && !has_neighbours => corpus.place(page[0]).file,
            id => id.to_owned(),
        };
        let line = |&row: &usize| render::PassageLine {
            text: corpus.text(row),
            labels: predictions
                .tasks()
                .iter()
                .filter(|task| task.abstention(row) != Some(Abstention::NoSuchTask))
                .map(|task| {
                    let p = task.probability(row).unwrap_or(0.0);
                    (task.task(), task.label(row).unwrap_or("?"), p)
                })
                .collect(),
        };
        let lines: Vec<_> = page.iter().map(line).collect();
        let target = model.targets()[predictions.targets()[page[0]]].target();
        render::page(sink, number, &id, &lines, &Summary::of(&labels), target)?;
    }
    Ok(())
}

fn labels(predictions: &Predictions, row: usize) -> Labels<'_> {
    let of = |name: &str| predictions.tasks().iter().find(|task| task.task() == name)?.label(row);
    Labels { kind: of("kind"), stance: of("stance"), voice: of("voice") }
}
