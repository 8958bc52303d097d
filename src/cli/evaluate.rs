//! `standpoint evaluate`.

use std::path::Path;

use anyhow::Result;
use standpoint::{
    Abstention, Answering, Error, Gold, Model, Table, TaskLabels,
    evaluate::{Cases, Evaluation, TaskEvaluation},
};

use super::{
    answers,
    args::EvaluateArgs,
    input,
    render::{self, Sink},
};

/// Bootstrap resamples.
pub const RESAMPLES: usize = 1000;

pub fn run(args: &EvaluateArgs) -> Result<()> {
    let inputs: Vec<&Path> =
        args.model.path.iter().chain([&args.data]).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let models = input::models(args.model.path.as_deref())?;
    let (source, table) = args.input.labelled(&args.data)?;
    input::check_columns(&table, &args.tasks)?;
    let trained_on =
        |model: &Model| model.training().data_sha256.as_deref() == Some(source.sha256());
    if models.models().iter().any(trained_on) {
        render::warn(&format!(
            "the model was trained on {}: these figures are far too good; \
             `standpoint train {0} --cv 5` gives honest ones",
            source.name()
        ));
    }
    let wanted = |task: &TaskLabels| {
        table.has_column(&task.name) && (args.tasks.is_empty() || args.tasks.contains(&task.name))
    };
    let unknown = |name: &&String| !models.tasks().iter().any(|task| task.name == name.as_str());
    if let Some(name) = args.tasks.iter().find(unknown) {
        return Err(Error::Undecidable {
            problem: format!("the model has no task {name:?}"),
            way_out: "choose others with --tasks; `standpoint inspect` lists them".into(),
        }
        .into());
    }
    if !models.tasks().iter().any(wanted) {
        let tasks: Vec<&str> = models.tasks().iter().map(|task| task.name.as_str()).collect();
        return Err(Error::Undecidable {
            problem: format!("{} has no gold column for any task of the model", source.name()),
            way_out: format!("the model's tasks are {}", tasks.join(", ")),
        }
        .into());
    }
    let passages = table.passages()?;
    input::warn_of_empty(&passages);
    let by = answers::routes(&models, &table, args.model.target.as_deref())?;
    let predictions = models.predictor(&Answering::default())?.predict(&passages, &by);
    let pages = passages.page_numbers();
    let seed = args.seed.seed;
    let mut evaluation = Evaluation::default();
    for (task, predicted) in models.tasks().iter().zip(&predictions.tasks) {
        if !wanted(task) {
            continue;
        }
        let gold = table.gold(&task.name).expect("the column is there");
        let gold = numbers(&table, task, &gold)?;
        let known = |row: &usize| {
            gold[*row].is_some() && predicted.abstained[*row] != Some(Abstention::NoSuchTask)
        };
        let rows: Vec<usize> = (0..table.len()).filter(known).collect();
        if rows.is_empty() {
            return Err(Error::Undecidable {
                problem: format!("no passage of {} has a {} label", source.name(), task.name),
                way_out: "fill the column, or choose others with --tasks".into(),
            }
            .into());
        }
        let of_rows = |rows: &[usize]| {
            let predicted = predicted.select(rows);
            let cases = Cases {
                gold: &rows.iter().filter_map(|&row| gold[row]).collect::<Vec<_>>(),
                predicted: &predicted.labels,
                probabilities: Some(&predicted.probabilities),
                pages: &rows.iter().map(|&row| pages[row]).collect::<Vec<_>>(),
            };
            TaskEvaluation::of(&task.name, &task.labels, cases, RESAMPLES, seed)
        };
        evaluation.tasks.push(of_rows(&rows));
        for (model, of_model) in models.models().iter().enumerate() {
            let own: Vec<usize> = rows.iter().copied().filter(|&row| by[row] == model).collect();
            if models.is_per_target() && !own.is_empty() {
                let of_target = of_rows(&own);
                let name = of_model.target();
                match evaluation.targets.iter_mut().find(|(target, _)| target == name) {
                    Some((_, tasks)) => tasks.push(of_target),
                    None => evaluation.targets.push((name.to_owned(), vec![of_target])),
                }
            }
        }
    }
    render::evaluation(&mut sink, &evaluation, args.format)?;
    sink.finish()
}

/// Gold labels as numbers of the model's labels.
fn numbers(table: &Table, task: &TaskLabels, gold: &Gold<'_>) -> Result<Vec<Option<usize>>, Error> {
    let number = |(row, label): (usize, &Option<std::borrow::Cow<'_, str>>)| {
        let Some(label) = label.as_deref() else { return Ok(None) };
        let known = task.labels.iter().position(|known| known == label);
        known
            .map(Some)
            .ok_or_else(|| Error::unknown_label(table.place(row), &task.name, label, &task.labels))
    };
    gold.labels.iter().enumerate().map(number).collect()
}
