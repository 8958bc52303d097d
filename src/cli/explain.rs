//! `standpoint explain`.

use std::path::Path;

use anyhow::Result;
use standpoint::{Corpus, Error, Place};

use super::{
    args::ExplainArgs,
    render::{self, Sink},
};

pub fn run(args: &ExplainArgs) -> Result<()> {
    let inputs: Vec<&Path> =
        args.input_file.iter().map(AsRef::as_ref).chain(args.model.files()).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let format = args.output.format(args.format)?;
    let predictor = args.model.predictor()?;
    let tasks: Vec<&str> = predictor.tasks().iter().map(|task| &*task.name).collect();
    if let Some(name) = args.tasks.iter().find(|name| !tasks.contains(&name.as_str())) {
        return Err(Error::input(
            Place::file(args.model.name()),
            format!("there is no task {name:?}"),
            format!("its tasks are {}", tasks.join(", ")),
        )
        .into());
    }
    let corpus = match (&args.input_file, &args.input.table.text) {
        (Some(path), _) => args.input.table_of(path)?,
        (None, text) => Corpus::of_page([text.as_deref().unwrap_or_default()]),
    };
    // Numbered as `predict` shows them: page by page, in page order.
    let pages = corpus.pages()?;
    let order: Vec<usize> = pages.concat();
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
    // Page by page, so that they are shown as they come.
    let mut number = 0;
    for page in &pages {
        let numbers = number..number + page.len();
        number = numbers.end;
        let wanted: Vec<usize> = numbers.filter(|number| chosen.contains(number)).collect();
        let rows: Vec<usize> = wanted.iter().map(|&number| order[number]).collect();
        for (number, mut found) in wanted.into_iter().zip(predictor.explain(&corpus, &rows)?) {
            found.tasks.retain(|e| args.tasks.is_empty() || args.tasks.contains(&e.task));
            let first = number == chosen.start;
            let (text, tasks) = (&found.text, &found.tasks);
            render::explanations(&mut sink, first, number, text, tasks, args.top, format)?;
        }
    }
    sink.finish()
}
