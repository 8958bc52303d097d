//! `standpoint compare`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use standpoint::{
    Corpus, Error, OnError, Place,
    evaluate::{Comparison, ComparisonSettings, Resampling},
    gate::Gate,
};

use super::{
    args::CompareArgs,
    evaluate::warn_if_trained_on,
    gate,
    judged::{Judge, Judged},
    render::{self, Compared, ComparedTasks, FlipLine, Sink},
};

pub fn run(args: &CompareArgs) -> Result<ExitCode> {
    let gate = args.gate.as_deref().map(Gate::open).transpose()?;
    let mut inputs: Vec<&Path> =
        [&args.old, &args.new].into_iter().chain(&args.data).map(AsRef::as_ref).collect();
    inputs.extend(gate.iter().flat_map(Gate::paths).map(PathBuf::as_path));
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let compared = compare(args)?;
    let names = [&args.old, &args.new].map(|path| path.display().to_string());
    let comparisons: Vec<_> = compared.iter().map(|of_task| &of_task.comparison).collect();
    let verdict = gate.as_ref().map(|gate| gate.judge_comparisons(&comparisons));
    let found = ComparedTasks { names, tasks: &compared, gate: verdict.as_ref(), top: args.flips };
    render::comparison(&mut sink, &found, args.format)?;
    gate::finish(sink, verdict.as_ref(), args.format)
}

/// The comparison of every task, and where its flips stand.
pub fn compare(args: &CompareArgs) -> Result<Vec<Compared>> {
    let (old, new) = (Judge::open(&args.old, &args.input)?, Judge::open(&args.new, &args.input)?);
    let (old, new, table) = match &args.data {
        Some(path) => {
            let models: Vec<_> = [&old, &new].into_iter().filter_map(Judge::models).collect();
            let table = if models.is_empty() {
                args.input.labels(path)?
            } else {
                let table = args.input.labelled(path, OnError::Stop)?;
                models.iter().for_each(|models| warn_if_trained_on(models, &table));
                table
            };
            (old, new, table)
        }
        None => beside(old, new, args)?,
    };
    let names = [&args.old, &args.new].map(|path| path.display().to_string());
    let [of_old, of_new] = [old.judge(&table, &args.tasks)?, new.judge(&table, &args.tasks)?];
    let mut compared = Vec::new();
    for old in of_old {
        let Some(new) = of_new.iter().find(|new| new.task == old.task) else {
            render::warn(&format!("{} says nothing of {}: it is left out", names[1], old.task));
            continue;
        };
        let (old, new, unanswered) = aligned(&old, new, &names)?;
        compared.push(of_task(&old, &new, unanswered, &table, args)?);
    }
    for new in of_new.iter().filter(|new| !compared.iter().any(|c| c.comparison.task == new.task)) {
        render::warn(&format!("{} says nothing of {}: it is left out", names[0], new.task));
    }
    if compared.is_empty() {
        let problem = format!("{} and {} have no task in common", names[0], names[1]);
        let help = "compare predictions of the same columns";
        return Err(Error::undecidable(problem, help).into());
    }
    Ok(compared)
}

/// Two tables of predictions, of which one has the gold labels, or both the same.
fn beside(old: Judge, new: Judge, args: &CompareArgs) -> Result<(Judge, Judge, Corpus)> {
    let (old, new) = match (old, new) {
        (Judge::Predictions(old), Judge::Predictions(new)) => (old, new),
        (old, _) => {
            let model = if old.models().is_some() { &args.old } else { &args.new };
            return Err(Error::input(
                Place::file(model.display().to_string()),
                "it is a model, and there are no passages for it to judge",
                "give labelled passages as the third argument",
            )
            .into());
        }
    };
    let has_gold =
        |table: &Corpus| table.predicted_tasks().iter().any(|task| table.has_column(task));
    if !has_gold(&old) {
        return Ok((Judge::Predictions(old), Judge::Beside, new));
    }
    let row_of = old.rows_in(&new)?;
    for task in old.predicted_tasks() {
        let (Some(ours), Some(theirs)) = (old.values(task), new.values(task)) else { continue };
        let differs = |row: &usize| ours[*row] != theirs[row_of[*row]];
        if let Some(row) = (0..old.len()).find(differs) {
            let label = |label: &Option<std::borrow::Cow<'_, str>>| {
                label.as_deref().map_or_else(|| "none".to_owned(), |label| format!("{label:?}"))
            };
            return Err(Error::undecidable(
                format!(
                    "the gold {task} label is {} at {} and {} at {}",
                    label(&ours[row]),
                    old.place(row),
                    label(&theirs[row_of[row]]),
                    new.place(row_of[row])
                ),
                "give the labels that count as the third argument",
            )
            .into());
        }
    }
    Ok((Judge::Beside, Judge::Predictions(new), old))
}

/// Both as cases of the same rows, labels and pages.
fn aligned(
    old: &Judged,
    new: &Judged,
    names: &[String; 2],
) -> Result<(Judged, Judged, [usize; 2])> {
    let task = old.task.clone();
    // A label that one of the two does not give is no label to compare.
    let rows = |judged: &Judged| judged.rows.iter().copied().collect::<BTreeSet<usize>>();
    let both: BTreeSet<usize> = rows(old).intersection(&rows(new)).copied().collect();
    if both.is_empty() {
        let [old, new] = names;
        return Err(Error::undecidable(
            format!("there is no passage of which both {old} and {new} give the {task}"),
            "compare predictions of the same passages",
        )
        .into());
    }
    let shared = |judged: &Judged| -> Judged {
        let cases = (0..judged.rows.len()).filter(|&case| both.contains(&judged.rows[case]));
        judged.select(&cases.collect::<Vec<_>>())
    };
    let unanswered = [old, new].map(|judged| judged.unanswered.len());
    let (mut old, mut new) = (shared(old), shared(new));
    let closed = |judged: &Judged| judged.probabilities.is_some();
    let mut labels = old.labels.clone();
    labels.extend(new.labels.iter().filter(|label| !old.labels.contains(*label)).cloned());
    for (judged, name) in [(&old, &names[0]), (&new, &names[1])] {
        if closed(judged) && labels.iter().any(|label| !judged.labels.contains(label)) {
            return Err(Error::undecidable(
                format!(
                    "{name} knows the {task} labels {}, and not all of {}",
                    judged.labels.join(", "),
                    labels.join(", ")
                ),
                "compare predictions of the same labels",
            )
            .into());
        }
    }
    old.relabel(&labels);
    new.relabel(&labels);
    if old.pages != new.pages {
        // Only one of the tables says what a page is: the other has as many pages as rows.
        let n_pages = |judged: &Judged| judged.pages.iter().collect::<BTreeSet<_>>().len();
        if n_pages(&old) <= n_pages(&new) {
            new.pages.clone_from(&old.pages);
        } else {
            old.pages.clone_from(&new.pages);
        }
    }
    Ok((old, new, unanswered))
}

fn of_task(
    old: &Judged,
    new: &Judged,
    unanswered: [usize; 2],
    table: &Corpus,
    args: &CompareArgs,
) -> Result<Compared> {
    let settings = ComparisonSettings::default()
        .margin(args.margin)
        .resampling(Resampling::default().seed(args.seed.seed));
    let comparison = Comparison::of(&old.scored()?, &new.scored()?, &settings)?;
    let texts = table.values("text");
    let line = |case: usize| {
        let row = old.rows[case];
        let text = texts.as_ref().and_then(|texts| texts[row].as_deref());
        FlipLine { place: table.place(row), text: text.map(str::to_owned) }
    };
    let lines = comparison.flips.iter().map(|flip| line(flip.case)).collect();
    Ok(Compared { comparison, unanswered, lines })
}
