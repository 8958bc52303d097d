//! `standpoint agree`.

use std::path::Path;

use anyhow::Result;
use standpoint::{
    Error,
    evaluate::{Agreement, Coders, Resampling},
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
    let coders = coders(args)?;
    let tasks: Vec<&str> = match args.tasks.as_slice() {
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
    let resampling = Resampling::default().seed(args.seed.seed);
    let mut agreements = Vec::new();
    let mut disagreements = Vec::new();
    for task in tasks {
        let codings = coders.codings(task)?;
        disagreements.extend(coders.disagreements(&codings));
        agreements.push(Agreement::of(&codings, resampling));
    }
    let names = coders.names();
    render::agreement(&mut sink, names, &agreements, &disagreements, args.top, args.format)?;
    sink.finish()
}

/// A coder a file, or an annotator each.
fn coders(args: &AgreeArgs) -> Result<Coders> {
    let mut coders = Vec::new();
    for path in &args.coders {
        let table = input::labels(path)?;
        args.tasks.iter().try_for_each(|task| table.require(task).map(drop))?;
        coders.push((path.display().to_string(), table));
    }
    Ok(match &coders[..] {
        [(name, table)] => Coders::annotators(name, table)?,
        _ => Coders::matched(coders)?,
    })
}
