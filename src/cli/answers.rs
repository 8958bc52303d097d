//! What models say of a table's passages: whose model judges which, and the columns that it adds.

use anyhow::Result;
use standpoint::{
    Abstention, Corpus, Error, Model, NewColumn, NewValues, Place, Predictions,
    TaskCrossValidation, TaskLabels,
};

use super::render;

/// The number of the model that judges each passage: by the column `target`, or `asked` for all.
/// A target without a model is refused; one that the only model is not of is warned of.
pub fn routes(models: &Model, table: &Corpus, asked: Option<&str>) -> Result<Vec<usize>> {
    let (by, other) = route(models, table, asked)?;
    warn_of_other(models, other.as_deref());
    Ok(by)
}

/// That the only model's stance is toward another target than `other`.
pub fn warn_of_other(models: &Model, other: Option<&str>) {
    if let Some(other) = other {
        render::warn(&format!(
            "the model's stance is toward {}; toward {other:?}, as the column \"target\" has it, it \
             means nothing",
            models.models()[0].target()
        ));
    }
}

/// As [`routes`]; instead of a warning the first target of which there should be one.
pub fn route(
    models: &Model,
    table: &Corpus,
    asked: Option<&str>,
) -> Result<(Vec<usize>, Option<String>)> {
    let known: Vec<&str> = models.models().iter().map(standpoint::TargetModel::target).collect();
    if asked.is_some() {
        return Ok((vec![lone_route(models, asked)?; table.len()], None));
    }
    let targets = table.values("target");
    if !models.is_per_target() {
        let has_stance = models.tasks().iter().any(|task| task.name == "stance");
        let mut targets = targets.iter().flatten().flatten();
        let other = targets.find(|target| has_stance && *target != known[0]);
        return Ok((vec![0; table.len()], other.map(|other| other.clone().into_owned())));
    }
    let Some(targets) = targets else {
        return Err(Error::undecidable(
            "the model has a part for each target, and the input no column \"target\"",
            format!("add it, or choose with --target: {}", known.join(", ")),
        )
        .into());
    };
    let number = |(row, target): (usize, Option<std::borrow::Cow<'_, str>>)| {
        let target = target.unwrap_or_default();
        let number = known.iter().position(|known| *known == target);
        number.ok_or_else(|| unseen(&table.place(row).to_string(), &target, &known))
    };
    Ok((targets.into_iter().enumerate().map(number).collect::<Result<_, _>>()?, None))
}

/// `pred_<task>`, then `p_<task>_<label>` in the order of the labels, task by task; with reasons
/// also `abstained_<task>`.
pub fn names(tasks: &[TaskLabels], reasons: bool) -> Vec<String> {
    let of_task = |task: &TaskLabels| {
        let TaskLabels { name, labels } = task;
        let probabilities = labels.iter().map(|label| format!("p_{name}_{label}"));
        let reason = reasons.then(|| format!("abstained_{name}"));
        let all = std::iter::once(format!("pred_{name}")).chain(probabilities).chain(reason);
        all.collect::<Vec<_>>()
    };
    tasks.iter().flat_map(of_task).collect()
}

/// The columns of [`names`]; those of a task are empty in rows that nothing is said of.
pub fn columns<'a>(
    tasks: &'a [TaskLabels],
    predictions: &Predictions,
    reasons: bool,
) -> Vec<NewColumn<'a>> {
    let mut values = Vec::new();
    for (task, predicted) in tasks.iter().zip(&predictions.tasks) {
        let rows = || 0..predicted.labels.len();
        let label = |row: usize| {
            let answered = predicted.abstained[row].is_none();
            answered.then(|| task.labels[predicted.labels[row]].as_str())
        };
        values.push(NewValues::Texts(rows().map(label).collect()));
        for label in 0..predicted.k {
            let rounded = |row: usize| match predicted.abstained[row] {
                Some(Abstention::NoSuchTask) => None,
                _ => Some((predicted.of(row)[label] * 1e6).round() / 1e6),
            };
            values.push(NewValues::Numbers(rows().map(rounded).collect()));
        }
        if reasons {
            let reason = |row: usize| predicted.abstained[row].map(Abstention::name);
            values.push(NewValues::Texts(rows().map(reason).collect()));
        }
    }
    let names = names(tasks, reasons).into_iter();
    names.zip(values).map(|(name, values)| NewColumn { name, values }).collect()
}

/// The number of the model for a passage that has no column `target`.
pub fn lone_route(models: &Model, asked: Option<&str>) -> Result<usize> {
    let known: Vec<&str> = models.models().iter().map(standpoint::TargetModel::target).collect();
    let bad = |problem: &str, help: String| {
        Err(Error::input(Place::file("--target"), problem, help).into())
    };
    match asked {
        None if models.is_per_target() => {
            let help = format!("choose with --target: {}", known.join(", "));
            bad("the model has a part for each target, and none is chosen", help)
        }
        Some(_) if !models.is_per_target() => {
            let help = "leave --target out, or train with --per-target";
            bad("the model is one for all targets", help.to_owned())
        }
        None => Ok(0),
        Some(target) => {
            let number = known.iter().position(|known| *known == target);
            Ok(number.ok_or_else(|| unseen("--target", target, &known))?)
        }
    }
}

fn unseen(place: &str, target: &str, known: &[&str]) -> Error {
    Error::undecidable(
        format!("{place}: the model knows nothing of the target {target:?}"),
        format!(
            "it was trained on {}; leave other targets out, or train with them",
            known.join(", ")
        ),
    )
}

/// The tasks of a cross-validation.
pub fn labels_of(tasks: &[TaskCrossValidation]) -> Vec<TaskLabels> {
    let labels = |task: &TaskCrossValidation| TaskLabels {
        name: task.task.clone(),
        labels: task.labels.clone(),
    };
    tasks.iter().map(labels).collect()
}

/// Predictions of all `n` passages made in cross-validation; none where one has no gold label.
pub fn held_out(tasks: &[TaskCrossValidation], n: usize) -> Predictions {
    let of_task = |task: &TaskCrossValidation| {
        let mut case_of = vec![None; n];
        task.rows.iter().enumerate().for_each(|(case, &row)| case_of[row] = Some(case));
        // A row without a case borrows one that is not shown.
        let cases: Vec<usize> = case_of.iter().map(|case| case.unwrap_or(0)).collect();
        let mut predicted = task.predicted.select(&cases);
        for (abstained, case) in predicted.abstained.iter_mut().zip(&case_of) {
            *abstained = abstained.or(case.is_none().then_some(Abstention::NoSuchTask));
        }
        predicted
    };
    Predictions { tasks: tasks.iter().map(of_task).collect() }
}
