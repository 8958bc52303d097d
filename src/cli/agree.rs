//! `standpoint agree`.

use std::path::Path;

use anyhow::Result;
use standpoint::{
    Error, Place,
    evaluate::{Agreement, Coders},
    study::USUAL_TASKS,
};

use super::{
    args::AgreeArgs,
    input,
    render::{self, Sink},
};

pub fn run(args: &AgreeArgs) -> Result<()> {
    let inputs: Vec<&Path> = args.coders.iter().map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let format = args.output.format(args.format)?;
    let coders = coders(args)?;
    coders.notes().iter().for_each(|note| render::note(note));
    let tasks: Vec<&str> = match args.tasks.as_slice() {
        [] if !args.columns.is_empty() => vec![task_of_columns(args)?],
        [] => USUAL_TASKS.into_iter().filter(|task| coders.have_column(task)).collect(),
        tasks => tasks.iter().map(String::as_str).collect(),
    };
    if tasks.is_empty() {
        return Err(Error::undecidable(
            format!("the tables share none of the columns {}", USUAL_TASKS.join(", ")),
            "name the label columns with --tasks",
        )
        .into());
    }
    let mut agreements = Vec::new();
    let mut disagreements = Vec::new();
    for task in tasks {
        let codings = coders.codings(task)?;
        coders.notices(&codings).iter().for_each(|notice| render::warn(notice));
        disagreements.extend(coders.disagreements(&codings));
        agreements.push(Agreement::of(&codings));
    }
    let names = coders.names();
    render::agreement(&mut sink, names, &agreements, &disagreements, args.top, format)?;
    sink.finish()
}

/// A coder a file, a coder a value of a column, or a coder a column.
fn coders(args: &AgreeArgs) -> Result<Coders> {
    if !args.columns.is_empty() {
        let [path] = &args.coders[..] else {
            return Err(Error::input(
                Place::file("--columns"),
                "the coders' columns are those of one table",
                "give one table, or leave --columns out",
            )
            .into());
        };
        let table = args.table.labels(path)?;
        return Ok(Coders::of_columns(&table, &args.columns, task_of_columns(args)?)?);
    }
    let mut coders = Vec::new();
    for path in &args.coders {
        let table = args.table.labels(path)?;
        input::note_tasks(&table, &args.tasks);
        args.tasks.iter().try_for_each(|task| table.require(task).map(drop))?;
        coders.push((path.display().to_string(), table));
    }
    if let Some(column) = &args.coder {
        let (name, mut all) = coders.remove(0);
        coders.into_iter().for_each(|(_, table)| all.append(table));
        return Ok(Coders::by_column(&name, &all, column)?);
    }
    Ok(match &coders[..] {
        [(name, table)] => Coders::annotators(name, table)?,
        _ => Coders::matched(coders)?,
    })
}

/// The task of which --columns has the labels: the one of --tasks.
fn task_of_columns(args: &AgreeArgs) -> Result<&str> {
    match &args.tasks[..] {
        [] => Ok("label"),
        [task] => Ok(task),
        _ => Err(Error::input(
            Place::file("--tasks"),
            "the coders' columns have the labels of one task",
            "name one task beside --columns",
        )
        .into()),
    }
}
