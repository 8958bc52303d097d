//! `standpoint evaluate`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use standpoint::{
    Corpus, Model, OnError, TargetModel,
    evaluate::{Evaluation, SplitResult, TaskEvaluation},
    gate::Gate,
    report::WrongCase,
};

use super::{
    answers,
    args::EvaluateArgs,
    beside::Beside,
    gate,
    input,
    judged::{Judge, Judged},
    leakage,
    render::{self, Evaluated, Sink},
    slices::slices,
};

/// Wrong cases that are shown.
const WORST: usize = 10;

pub fn run(args: &EvaluateArgs) -> Result<ExitCode> {
    let gate = args.gate.as_deref().map(Gate::open).transpose()?;
    let paths = [&args.model.path, &args.predictions, &args.gold, &args.data, &args.second_labels];
    let mut inputs: Vec<&Path> = paths.into_iter().flatten().map(AsRef::as_ref).collect();
    inputs.extend(gate.iter().flat_map(Gate::paths).map(PathBuf::as_path));
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let second = args.second_labels.as_ref().map(|path| args.input.labels(path)).transpose()?;
    let Asked { table, judge, judged, leakage } = match &args.data {
        Some(data) if args.leakage => {
            let (table, leakage, judged) = leakage::ladder(args, data)?;
            Asked { table, judge: None, judged, leakage }
        }
        _ => asked(args)?,
    };
    let seed = args.seed.seed;
    let beside = Beside::of(&table, second.as_ref(), seed)?;
    let of_task = |of_task: &Judged| {
        let baselines = beside.figures(of_task)?;
        Ok(of_task.evaluate(seed)?.with_baselines(baselines))
    };
    let mut by = gate.as_ref().map_or_else(Vec::new, |rules| gate::columns(rules, &table));
    by.extend(args.by.iter().map(|column| (column.clone(), args.min_cases)));
    let tasks: Vec<TaskEvaluation> = judged.iter().map(of_task).collect::<Result<_>>()?;
    let mut evaluation = Evaluation::from(tasks);
    evaluation.slices = slices(&table, &judged, &by, seed)?;
    evaluation.leakage = leakage;
    if let Some(Judge::Model(models, target)) = &judge {
        evaluation.targets = targets(models, target.as_deref(), &table, &judged, seed)?;
    }
    let verdict = gate.as_ref().map(|gate| gate.judge(&evaluation));
    let worst = worst(&table, &judged, WORST);
    let found = Evaluated {
        evaluation: &evaluation,
        gate: verdict.as_ref(),
        worst: &worst,
        calibration: args.calibration,
    };
    render::evaluated(&mut sink, &found, args.format)?;
    gate::finish(sink, verdict.as_ref(), args.format)
}

/// The cases that were wrong, the most certain first: those that a reader should see.
pub fn worst(table: &Corpus, judged: &[Judged], most: usize) -> Vec<WrongCase> {
    let texts = table.values("text");
    let mut wrong: Vec<(f64, usize, &Judged, usize)> = Vec::new();
    for of_task in judged {
        let Some(probabilities) = &of_task.probabilities else { continue };
        let k = of_task.labels.len();
        for (case, (&gold, &predicted)) in of_task.gold.iter().zip(&of_task.predicted).enumerate() {
            if gold != predicted {
                let certainty = probabilities[case * k + predicted];
                wrong.push((certainty, of_task.rows[case], of_task, case));
            }
        }
    }
    wrong.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let shown = |(probability, row, of_task, case): (f64, usize, &Judged, usize)| WrongCase {
        place: table.place(row),
        task: of_task.task.clone(),
        gold: of_task.labels[of_task.gold[case]].clone(),
        predicted: of_task.labels[of_task.predicted[case]].clone(),
        probability,
        text: texts.as_ref().and_then(|texts| texts[row].as_deref()).unwrap_or("").to_owned(),
    };
    wrong.into_iter().take(most).map(shown).collect()
}

/// What is to be evaluated.
struct Asked {
    table: Corpus,
    /// Nobody if it is not a model or a file that is judged, but how models are made.
    judge: Option<Judge>,
    judged: Vec<Judged>,
    leakage: Vec<SplitResult>,
}

/// What a model or a file of predictions says.
fn asked(args: &EvaluateArgs) -> Result<Asked> {
    let gold = args.data.as_ref().or(args.gold.as_ref());
    let (judge, table) = match &args.predictions {
        None => {
            let models = input::models(args.model.path.as_deref())?;
            let gold = gold.expect("clap asks for one of the two");
            let table = args.input.labelled(gold, OnError::Stop)?;
            warn_if_trained_on(&models, &table);
            (Judge::Model(models, args.model.target.clone()), table)
        }
        Some(path) => match gold {
            Some(gold) => (Judge::Predictions(args.input.labels(path)?), args.input.labels(gold)?),
            None => (Judge::Beside, args.input.labels(path)?),
        },
    };
    let judged = judge.judge(&table, &args.tasks)?;
    Ok(Asked { table, judge: Some(judge), judged, leakage: Vec::new() })
}

pub fn warn_if_trained_on(models: &Model, table: &Corpus) {
    if trained_on(models, table) {
        render::warn(&format!(
            "the model was trained on {}: these figures are far too good; \
             `standpoint train {0} --cv 5` gives honest ones",
            table.name()
        ));
    }
}

/// Whether this very file taught one of the models.
pub fn trained_on(models: &Model, table: &Corpus) -> bool {
    let by = |model: &TargetModel| model.training().data_sha256.as_deref() == table.sha256();
    table.sha256().is_some() && models.models().iter().any(by)
}

/// The figures of each target that has a model of its own.
fn targets(
    models: &Model,
    target: Option<&str>,
    table: &Corpus,
    judged: &[Judged],
    seed: u64,
) -> Result<Vec<(String, Vec<TaskEvaluation>)>> {
    if !models.is_per_target() {
        return Ok(Vec::new());
    }
    let (by, _) = answers::route(models, table, target)?;
    let of_target = |(number, model): (usize, &TargetModel)| {
        let of_task = |of_task: &Judged| {
            let own = |case: &usize| by[of_task.rows[*case]] == number;
            let cases: Vec<usize> = (0..of_task.rows.len()).filter(own).collect();
            (!cases.is_empty()).then(|| of_task.select(&cases).evaluate(seed))
        };
        let tasks: Vec<_> = judged.iter().filter_map(of_task).collect::<Result<_>>()?;
        Ok((!tasks.is_empty()).then(|| (model.target().to_owned(), tasks)))
    };
    models.models().iter().enumerate().filter_map(|of| of_target(of).transpose()).collect()
}
