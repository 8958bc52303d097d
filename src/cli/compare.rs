//! `standpoint compare`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use standpoint::{
    Corpus, Error, InputFormat, Place, Predictor,
    evaluate::{ComparisonSettings, Metric, Verdict},
    gate::Gate,
    model::PredictSettings,
    study::{AnswerSource, TaskComparison, compare, compare_tables},
};

use super::{
    args::CompareArgs,
    evaluate::warn_if_trained_on,
    gate, input,
    render::{self, Compared, ComparedTasks, FlipLine, Sink},
};

pub fn run(args: &CompareArgs) -> Result<ExitCode> {
    let gate = args.gate.as_deref().map(Gate::open).transpose()?;
    let mut inputs: Vec<&Path> =
        [&args.old, &args.new].into_iter().chain(&args.data).map(AsRef::as_ref).collect();
    inputs.extend(gate.iter().flat_map(Gate::paths).map(PathBuf::as_path));
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let format = args.output.format(args.format)?;
    let ([old, new], corpus) = sources(args)?;
    input::note_tasks(&corpus, &args.tasks);
    let names = [&args.old, &args.new].map(|path| path.display().to_string());
    let found = render::noticed(compare(
        &corpus,
        [&old, &new],
        [&names[0], &names[1]],
        &args.tasks,
        &ComparisonSettings::default().margin(args.margin),
    )?);
    let compared: Vec<Compared> = found.into_iter().map(|task| with_lines(task, &corpus)).collect();
    let comparisons: Vec<_> = compared.iter().map(|of_task| &of_task.comparison).collect();
    let verdict = gate.as_ref().map(|gate| gate.judge_comparisons(&comparisons));
    let found = ComparedTasks { names, tasks: &compared, gate: verdict.as_ref(), top: args.flips };
    render::comparison(&mut sink, &found, format)?;
    let code = gate::finish(sink, verdict.as_ref(), format)?;
    Ok(match args.check {
        false => code,
        true if are_same(&old, &new) => ExitCode::SUCCESS,
        true => checked(&compared),
    })
}

/// Whether both are one model: then no page can tell them apart.
fn are_same(old: &AnswerSource, new: &AnswerSource) -> bool {
    match (old.predictor(), new.predictor()) {
        (Some(old), Some(new)) => old.is_same(new),
        _ => false,
    }
}

/// Whether the macro F1 of every task is no worse: exit codes as a gate's.
fn checked(compared: &[Compared]) -> ExitCode {
    let verdict = |of_task: &Compared| of_task.comparison.get(Metric::MacroF1).map(|of| of.verdict);
    let verdicts: Vec<Option<Verdict>> = compared.iter().map(verdict).collect();
    let good =
        |verdict: &Option<Verdict>| matches!(verdict, Some(Verdict::Better | Verdict::Equivalent));
    if verdicts.contains(&Some(Verdict::Worse)) {
        ExitCode::from(1)
    } else if verdicts.iter().all(good) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    }
}

/// Old and new, and the passages to compare them on.
fn sources(args: &CompareArgs) -> Result<([AnswerSource; 2], Corpus)> {
    let [old, new] = [source(&args.old, args)?, source(&args.new, args)?];
    let Some(path) = &args.data else {
        return match (old, new) {
            (AnswerSource::Table(old), AnswerSource::Table(new)) => Ok(compare_tables(old, new)?),
            (old, _) => {
                let is_old = old.predictor().is_some();
                let model = if is_old { &args.old } else { &args.new };
                Err(Error::input(
                    Place::file(model.display().to_string()),
                    "it is a model, and there are no passages for it to judge",
                    "give labelled passages as the third argument",
                )
                .into())
            }
        };
    };
    let corpus = match old.predictor().or(new.predictor()) {
        None => args.input.labels(path)?,
        Some(_) => args.input.labelled(path)?,
    };
    [&old, &new].into_iter().for_each(|source| warn_if_trained_on(source, &corpus));
    Ok(([old, new], corpus))
}

/// A table of predictions if the name ends as one does, else a model.
fn source(path: &Path, args: &CompareArgs) -> Result<AnswerSource> {
    let named_as_table = InputFormat::by_ending(&path.display().to_string()).is_some();
    Ok(match named_as_table {
        false => AnswerSource::Model(Box::new(predictor(path, args)?)),
        true => AnswerSource::Table(args.input.labels(path)?),
    })
}

fn predictor(path: &Path, args: &CompareArgs) -> Result<Predictor> {
    let predictor = input::model(path)?.predictor(&PredictSettings::default())?;
    Ok(args.encoder.beside(predictor, Predictor::with_encoder)?)
}

fn with_lines(task: TaskComparison, corpus: &Corpus) -> Compared {
    let texts = corpus.values("text");
    let line = |&row: &usize| {
        let text = texts.as_ref().and_then(|texts| texts[row].as_deref());
        FlipLine { place: corpus.place(row), text: text.map(str::to_owned) }
    };
    let lines = task.flip_rows.iter().map(line).collect();
    Compared { comparison: task.comparison, unanswered: task.unanswered, lines }
}
