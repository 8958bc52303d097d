//! `standpoint estimate`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use standpoint::{
    Corpus, Error,
    evaluate::StoredEvaluation,
    input::Source,
    study::{AnswerSource, prevalence_by_errors, prevalence_by_sample},
};

use super::{
    args::EstimateArgs,
    input,
    render::{self, Estimates, Sink},
};

pub fn run(args: &EstimateArgs) -> Result<()> {
    let paths = [&args.labelled, &args.confusion].into_iter().flatten().chain([&args.corpus]);
    let inputs: Vec<&Path> = paths.map(AsRef::as_ref).chain(args.model.files()).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let format = args.output.format(args.format)?;
    let corpus = args.input.labels(&args.corpus)?;
    let source = args.model.source_for(&corpus)?;
    let found = match (&args.labelled, &args.confusion) {
        (Some(path), _) => {
            let sample = args.input.labels(path)?;
            input::note_tasks(&sample, &args.tasks);
            warn_if_taught_by(&source, &sample);
            let drawn = args.drawn;
            prevalence_by_sample(&corpus, &source, &sample, &args.tasks, &args.by, drawn)?
        }
        (None, Some(path)) => {
            let file = Source::open(path)?;
            let evaluation = StoredEvaluation::parse(file.text(), file.name())?;
            prevalence_by_errors(&corpus, &source, &evaluation, &args.tasks, &args.by)?
        }
        (None, None) => {
            return Err(Error::undecidable(
                "nothing says how often these labels are wrong, and a count of them is no estimate",
                "label a random sample and give it with --labelled; or give the errors that \
                 `standpoint train DATA --cv 5 --format json` found, with --confusion",
            )
            .into());
        }
    };
    let name = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let estimates = Estimates {
        corpus: corpus.name().to_owned(),
        labelled: name(&args.labelled),
        confusion: name(&args.confusion),
        tasks: render::noticed(found),
        size_for: args.size_for,
    };
    render::estimates(&mut sink, &estimates, format)?;
    sink.finish()
}

fn warn_if_taught_by(source: &AnswerSource, sample: &Corpus) {
    if source.predictor().is_some_and(|predictor| predictor.was_trained_on(sample.sha256())) {
        render::warn(&format!(
            "the model was trained on {}: it errs less there than on the corpus, so that these \
             shares are hardly corrected; label another sample",
            sample.name()
        ));
    }
}
