//! `standpoint predict`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rayon::prelude::*;
use standpoint::{
    Corpus, Predictions, Predictor,
    corpus::{
        Blocks, ColumnType, EncodedRows, OutputFormat, TableWriter, answer_columns, column_names,
    },
    model::Seen,
    predictions::Abstention,
    report::Summary,
};

use super::{
    args::{PredictArgs, PredictFormat},
    files,
    input::BadRows,
    render::{self, Sink},
};

pub fn run(args: &PredictArgs) -> Result<()> {
    let files = files::of_inputs(&args.inputs, args.recursive, args.input.from)?;
    let inputs: Vec<&Path> = files.iter().map(AsRef::as_ref).chain(args.model.files()).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let taken: Vec<&Path> = inputs.iter().copied().chain(args.output.path.as_deref()).collect();
    let mut bad_rows = args.errors.open(&taken, &args.safe)?;
    // None is text for people.
    let format = match (args.format, &args.output.path) {
        (Some(PredictFormat::Text), _) => None,
        (Some(PredictFormat::Table(format)), _) => Some(format),
        (None, None) if sink.is_terminal() => None,
        (None, path) => Some(OutputFormat::of_path(path.as_deref())?),
    };
    let format = format.map(|format| args.safe.format(format));
    let mut settings = args.model.settings();
    (settings.max_error, settings.confidence) = (args.max_error, args.confidence);
    settings.prior = args.prior.clone().map_or_else(Vec::new, |prior| prior.0);
    let predictor = args.model.predictor_with(&settings)?;
    let job = Job { predictor: &predictor, reasons: args.max_error.is_some() };
    let seen = if let Some(format) = format {
        job.write(args, &files, bad_rows, format, &mut sink)?
    } else {
        let corpus = args.input.tables(&files, &mut bad_rows)?;
        let predictions = job.predictor.predict(&corpus)?;
        pages(&mut sink, &predictions)?;
        args.errors.finish(corpus.report(), bad_rows.rejects)?;
        let mut seen = Seen::default();
        seen.add(&predictions);
        seen
    };
    for notice in seen.notices(&predictor) {
        render::notice(&notice);
    }
    sink.finish()
}

/// How passages are predicted, and whether the reason of an abstention is written.
struct Job<'a> {
    predictor: &'a Predictor,
    reasons: bool,
}

impl Job<'_> {
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
        let tasks = self.predictor.tasks().iter();
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
            bar.rows(seen.passages(), blocks.report().bytes);
            if let Some(next) = next {
                (tables, end) = next;
                continue;
            }
            write_blocks(&mut out, encoded, &mut seen)?;
            bar.finish();
            render::notes(blocks.notes());
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
        let mut seen = Seen::default();
        seen.add(&predictions);
        Ok((rows, seen))
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
        seen.merge(of_block);
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

fn pages(sink: &mut Sink, predictions: &Predictions) -> Result<()> {
    let corpus = predictions.corpus();
    let by_page = corpus.pages()?;
    // Texts without pages are shown as one list.
    let has_neighbours = by_page.iter().any(|rows| rows.len() > 1);
    let one = [(0..corpus.len()).collect()];
    let groups = if has_neighbours { &by_page[..] } else { &one };
    let mut first = 1;
    for page in groups {
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
        let target = predictions.target(page[0]);
        let summary = Summary::of(predictions.tasks(), page);
        render::page(sink, first, &id, &lines, &summary, target)?;
        first += page.len();
    }
    Ok(())
}
