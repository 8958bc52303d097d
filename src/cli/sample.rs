//! `standpoint sample`.

use std::path::Path;

use anyhow::Result;
use standpoint::{
    AnswerSource, Corpus, Error, Place,
    corpus::OutputFormat,
    prevalence::Drawn,
    study::{SampleSettings, draw_sample, sample_size},
};

use super::{
    args::{PredictFormat, SampleArgs},
    render::{self, Sink, SizesOf},
};

pub fn run(args: &SampleArgs) -> Result<()> {
    let inputs: Vec<&Path> = args.model.files().chain([&*args.corpus]).collect();
    let path = args.output.path.as_deref();
    let mut sink = Sink::open(path, &inputs)?;
    let settings = SampleSettings {
        drawn: args.drawn,
        by: args.by.clone(),
        allocation: args.allocation,
        tasks: args.tasks.clone(),
        seed: args.seed,
    };
    match (args.n, args.size_for) {
        (Some(n), _) => {
            let format = match args.format {
                None => OutputFormat::of_path(path)?,
                Some(PredictFormat::Table(format)) => format,
                Some(PredictFormat::Text) => {
                    return Err(
                        refused("a sample is a table", "give --format csv, or another").into()
                    );
                }
            };
            let corpus = args.input.labels(&args.corpus)?;
            let source = args.model.source_for(&corpus)?;
            let sample = render::noticed(draw_sample(&corpus, &source, n, &settings)?);
            let format = args.safe.format(format);
            sample.table.write(&sample.columns, format, &mut sink)?;
            let what = if args.drawn == Drawn::Passages { "passages" } else { "pages" };
            render::drawn(&sample, what, args.by.is_empty());
            // Columns of tasks come first.
            let is_bare = sample.columns.first().is_none_or(|first| first.name == "stratum");
            if is_bare && args.tasks.is_empty() && corpus.predicted_tasks().is_empty() {
                render::note("no column to label in was added: name the task with --tasks");
            }
        }
        (None, half) => {
            let is_json = match args.format {
                None => path.is_some_and(|path| path.extension().is_some_and(|end| end == "json")),
                Some(PredictFormat::Text) => false,
                Some(PredictFormat::Table(format)) if format == OutputFormat::JSON => true,
                Some(_) => {
                    return Err(refused("sizes are no table", "give --format text or json").into());
                }
            };
            let corpus = args.input.labels(&args.corpus)?;
            let half = half.unwrap_or_default();
            let source = predictions(args, &corpus)?;
            let found = render::noticed(sample_size(&corpus, source.as_ref(), half, &settings)?);
            let sizes = SizesOf {
                corpus: corpus.name(),
                half,
                by_page: args.drawn != Drawn::Passages,
                sizes: &found,
            };
            render::sizes(&mut sink, &sizes, is_json)?;
        }
    }
    sink.finish()
}

/// Predictions that are there or asked for; the built-in model is nobody's guess at any corpus.
fn predictions(args: &SampleArgs, corpus: &Corpus) -> Result<Option<AnswerSource>> {
    let some = !args.model.paths.is_empty() || !corpus.predicted_tasks().is_empty();
    Ok(if some { Some(args.model.source_for(corpus)?) } else { None })
}

fn refused(problem: &str, help: &str) -> Error {
    Error::input(Place::file("--format"), problem, help)
}
