//! `standpoint evaluate`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use standpoint::{
    Corpus, TrainSettings, Trainer,
    evaluate::SplitResult,
    gate::Gate,
    predictions::Scored,
    study::{AnswerSource, EvaluateSettings, Leakage, SliceBy, evaluate, evaluate_targets, worst},
};

use super::{
    args::EvaluateArgs,
    gate, input,
    render::{self, Evaluated, Sink},
};

/// Wrong cases that are shown.
const WORST: usize = 10;

pub fn run(args: &EvaluateArgs) -> Result<ExitCode> {
    let gate = args.gate.as_deref().map(Gate::open).transpose()?;
    let paths = [&args.predictions, &args.gold, &args.data, &args.second_labels];
    let paths = paths.into_iter().flatten().map(AsRef::as_ref);
    let mut inputs: Vec<&Path> = args.model.files().chain(paths).collect();
    inputs.extend(gate.iter().flat_map(Gate::paths).map(PathBuf::as_path));
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let format = args.output.format(args.format)?;
    let mut settings = EvaluateSettings::default().seed(args.seed.seed);
    if let Some(path) = &args.second_labels {
        settings = settings.second_labels(args.input.labels(path)?);
    }
    let Asked { corpus, source, scored, leakage } = match &args.data {
        Some(data) if args.leakage => leakage(args, data)?,
        _ => predictions(args)?,
    };
    let of_gate = gate.as_ref().map_or_else(Vec::new, |gate| gate::columns(gate, &corpus));
    let asked = args.by.iter().map(|column| (column.clone(), args.min_cases));
    for (column, min_cases) in of_gate.into_iter().chain(asked) {
        if scored.iter().all(|task| *task.task() == column) {
            render::warn(&format!("--by {column}: the recall of {column} says that already"));
        }
        settings.by.push(SliceBy { column, min_cases });
    }
    let mut evaluation = evaluate(&corpus, &scored, &settings)?;
    evaluation.leakage = leakage;
    if let Some(predictor) = source.as_ref().and_then(AnswerSource::predictor) {
        if predictor.was_trained_on(corpus.sha256()) {
            let why = "the model was trained on these passages";
            evaluation.tasks.iter_mut().for_each(|task| task.too_good = Some(why.into()));
        }
        evaluation.targets = evaluate_targets(predictor, &corpus, &scored)?;
    }
    let verdict = gate.as_ref().map(|gate| gate.judge(&evaluation));
    let worst = worst(&corpus, &scored, WORST);
    let found = Evaluated {
        evaluation: &evaluation,
        gate: verdict.as_ref(),
        worst: &worst,
        calibration: args.calibration,
    };
    render::evaluated(&mut sink, &found, format)?;
    gate::finish(sink, verdict.as_ref(), format)
}

/// What is to be evaluated.
struct Asked {
    corpus: Corpus,
    /// Nothing if a way of training is evaluated, and not predictions.
    source: Option<AnswerSource>,
    scored: Vec<Scored>,
    leakage: Vec<SplitResult>,
}

/// The predictions of a model or of a file.
fn predictions(args: &EvaluateArgs) -> Result<Asked> {
    let gold = args.data.as_ref().or(args.gold.as_ref());
    let (source, corpus) = match &args.predictions {
        None => {
            let gold = gold.expect("clap asks for one of the two");
            let corpus = args.input.labelled(gold)?;
            let source = source_for(args, &corpus)?;
            warn_if_trained_on(&source, &corpus);
            (source, corpus)
        }
        Some(path) => match gold {
            Some(gold) => (AnswerSource::Table(args.input.labels(path)?), args.input.labels(gold)?),
            None => (AnswerSource::Columns, args.input.labels(path)?),
        },
    };
    input::note_tasks(&corpus, &args.tasks);
    let scored = source.score(&corpus, &args.tasks);
    let scored = render::noticed(scored.map_err(|error| args.model.explained(error))?);
    Ok(Asked { corpus, source: Some(source), scored, leakage: Vec::new() })
}

/// The model that is asked for; else the predictions that the table itself has of these tasks; else the built-in
/// model.
fn source_for(args: &EvaluateArgs, corpus: &Corpus) -> Result<AnswerSource> {
    let predicted = corpus.predicted_tasks();
    let asked = |task: &&str| match args.tasks.as_slice() {
        [] => corpus.has_column(task),
        asked => asked.iter().any(|name| name == task),
    };
    let own: Vec<String> =
        predicted.into_iter().filter(asked).map(|task| format!("pred_{task}")).collect();
    if own.is_empty() || args.model.target.is_some() || !args.model.paths.is_empty() {
        return Ok(args.model.source()?);
    }
    render::note(&format!(
        "{}: judged are the predictions in its own columns ({}); -m judges a model",
        corpus.name(),
        own.join(", ")
    ));
    Ok(AnswerSource::Columns)
}

/// How a model is made, under increasingly strict splits.
fn leakage(args: &EvaluateArgs, data: &Path) -> Result<Asked> {
    let corpus = args.input.labelled(data)?;
    input::warn_of_empty(&corpus);
    input::note_tasks(&corpus, &args.tasks);
    let settings = match args.model.only("leakage")? {
        Some(path) => TrainSettings::of(&input::model(path)?.targets()[0]),
        None => TrainSettings::default(),
    };
    // The model's seed made the model; this one deals the folds.
    let trainer = Trainer::with(settings).seed(args.seed.seed).tasks(args.tasks.clone());
    let trainer = args.model.encoder.beside(trainer, Trainer::encoder)?;
    let trainer = render::progress_of(trainer);
    let Leakage { splits, strictest, .. } = trainer.leakage(&corpus, args.folds.into())?;
    Ok(Asked { corpus, source: None, scored: strictest, leakage: splits })
}

pub fn warn_if_trained_on(source: &AnswerSource, corpus: &Corpus) {
    if source.predictor().is_some_and(|predictor| predictor.was_trained_on(corpus.sha256())) {
        render::warn(&format!(
            "the model was trained on {}: these figures are far too good; \
             `standpoint train {0} --cv 5` gives honest ones",
            corpus.name()
        ));
    }
}
