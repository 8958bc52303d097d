//! `standpoint explain`.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use standpoint::{Error, Explanation, Passages, Place};

use super::{
    answers,
    args::ExplainArgs,
    input,
    render::{self, Sink},
};

pub fn run(args: &ExplainArgs) -> Result<()> {
    let inputs: Vec<&Path> =
        args.input_file.iter().chain(&args.model.path).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let models = input::models(args.model.path.as_deref())?;
    let known = |name: &&String| models.tasks().iter().any(|task| task.name == **name);
    if let Some(name) = args.tasks.iter().find(|name| !known(name)) {
        let tasks: Vec<&str> = models.tasks().iter().map(|task| task.name.as_str()).collect();
        let file =
            args.model.path.as_ref().map_or("the built-in model".into(), |m| m.to_string_lossy());
        return Err(Error::input(
            Place::file(file),
            format!("there is no task {name:?}"),
            format!("its tasks are {}", tasks.join(", ")),
        )
        .into());
    }
    let table = match &args.input_file {
        Some(path) => Some(args.input.table_of(path)?),
        None => None,
    };
    let passages = match (&table, &args.text) {
        (Some(table), _) => table.passages()?,
        (None, text) => Passages::page(vec![text.as_deref().unwrap_or_default()]),
    };
    // Numbered as `predict` shows them: page by page, in page order.
    let order: Vec<usize> = passages.pages().concat();
    let chosen = match args.passage {
        None => 0..order.len(),
        Some(number) if number.get() <= order.len() => number.get() - 1..number.get(),
        Some(number) => {
            let file =
                args.input_file.as_ref().map_or("--text".into(), |path| path.to_string_lossy());
            return Err(Error::input(
                Place::file(file),
                format!("there is no passage {number}"),
                format!("the last one is {}", order.len()),
            )
            .into());
        }
    };
    let mut show = |number: usize, mut explanations: Vec<Explanation>| {
        explanations.retain(|e| args.tasks.is_empty() || args.tasks.contains(&e.task));
        let text = passages.texts()[order[number]];
        let first = number == chosen.start;
        render::explanations(&mut sink, first, number, text, &explanations, args.top, args.format)
    };
    let by = match &table {
        Some(table) => answers::routes(&models, table, args.model.target.as_deref())?,
        None => vec![answers::lone_route(&models, args.model.target.as_deref())?],
    };
    // A page is read by the model that judges it.
    let mut later = BTreeMap::new();
    for (number, model) in models.models().iter().enumerate() {
        let shown: Vec<usize> = (0..order.len()).filter(|&at| by[order[at]] == number).collect();
        let rows: Vec<usize> = shown.iter().map(|&at| order[at]).collect();
        let own = passages.subset(&rows);
        if chosen.len() == 1 {
            if let Some(at) = shown.iter().position(|&at| at == chosen.start) {
                show(chosen.start, model.explain(&own, at))?;
            }
        } else {
            // A single model's explanations are shown as they come.
            for (at, explanations) in shown.into_iter().zip(model.explain_all(&own)) {
                match models.is_per_target() {
                    false => show(at, explanations)?,
                    true => drop(later.insert(at, explanations)),
                }
            }
        }
    }
    for (at, explanations) in later {
        show(at, explanations)?;
    }
    sink.finish()
}
