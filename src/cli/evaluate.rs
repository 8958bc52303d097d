//! `standpoint evaluate`.

use std::path::Path;

use anyhow::Result;
use standpoint::{
    Model, Models, Source, Table,
    evaluate::{Evaluation, TaskEvaluation},
};

use super::{
    answers,
    args::EvaluateArgs,
    beside::Beside,
    input,
    judged::{Judge, Judged},
    render::{self, Shown, Sink},
    slices::slices,
};

pub fn run(args: &EvaluateArgs) -> Result<()> {
    let paths = [&args.model.path, &args.predictions, &args.gold, &args.data, &args.second_labels];
    let inputs: Vec<&Path> = paths.into_iter().flatten().map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let gold = args.data.as_ref().or(args.gold.as_ref());
    let (judge, table) = match &args.predictions {
        None => {
            let models = input::models(args.model.path.as_deref())?;
            let (source, table) =
                args.input.labelled(gold.expect("clap asks for one of the two"))?;
            warn_if_trained_on(&models, &source);
            (Judge::Models(models, args.model.target.clone()), table)
        }
        Some(path) => match gold {
            Some(gold) => (Judge::Predictions(args.input.labels(path)?), args.input.labels(gold)?),
            None => (Judge::Beside, args.input.labels(path)?),
        },
    };
    let second = args.second_labels.as_ref().map(|path| args.input.labels(path)).transpose()?;
    let judged = judge.judge(&table, &args.tasks)?;
    let seed = args.seed.seed;
    let beside = Beside::of(&table, second.as_ref(), seed)?;
    let of_task = |of_task: &Judged| {
        let baselines = beside.figures(of_task)?;
        Ok(TaskEvaluation { baselines, ..of_task.evaluate(seed) })
    };
    let mut evaluation = Evaluation {
        tasks: judged.iter().map(of_task).collect::<Result<_>>()?,
        slices: slices(&table, &judged, &args.by, args.min_cases, seed)?,
        ..Default::default()
    };
    if let Judge::Models(models, target) = &judge {
        evaluation.targets = targets(models, target.as_deref(), &table, &judged, seed)?;
    }
    let shown = Shown { calibration: args.calibration, format: args.format };
    render::evaluation(&mut sink, &evaluation, shown)?;
    sink.finish()
}

pub fn warn_if_trained_on(models: &Models, source: &Source) {
    let trained_on =
        |model: &Model| model.training().data_sha256.as_deref() == Some(source.sha256());
    if models.models().iter().any(trained_on) {
        render::warn(&format!(
            "the model was trained on {}: these figures are far too good; \
             `standpoint train {0} --cv 5` gives honest ones",
            source.name()
        ));
    }
}

/// The figures of each target that has a model of its own.
fn targets(
    models: &Models,
    target: Option<&str>,
    table: &Table,
    judged: &[Judged],
    seed: u64,
) -> Result<Vec<(String, Vec<TaskEvaluation>)>> {
    if !models.is_per_target() {
        return Ok(Vec::new());
    }
    let (by, _) = answers::route(models, table, target)?;
    let of_target = |(number, model): (usize, &Model)| {
        let of_task = |of_task: &Judged| {
            let own = |case: &usize| by[of_task.rows[*case]] == number;
            let cases: Vec<usize> = (0..of_task.rows.len()).filter(own).collect();
            (!cases.is_empty()).then(|| of_task.select(&cases).evaluate(seed))
        };
        let tasks: Vec<_> = judged.iter().filter_map(of_task).collect();
        (!tasks.is_empty()).then(|| (model.target().to_owned(), tasks))
    };
    Ok(models.models().iter().enumerate().filter_map(of_target).collect())
}
