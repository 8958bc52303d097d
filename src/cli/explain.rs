//! `standpoint explain`.

use anyhow::Result;
use standpoint::{Error, Place, Source, TaskModel};

use super::{
    args::ExplainArgs,
    input,
    render::{self, Sink},
};

pub fn run(args: &ExplainArgs) -> Result<()> {
    let mut sink = Sink::open(args.output.path.as_deref())?;
    let model = input::model(args.model.path.as_deref())?;
    if let Some(name) = &args.task
        && !model.tasks().iter().any(|task| task.name() == name)
    {
        let tasks: Vec<&str> = model.tasks().iter().map(TaskModel::name).collect();
        let file =
            args.model.path.as_ref().map_or("the built-in model".into(), |m| m.to_string_lossy());
        return Err(Error::Input {
            place: Place::file(file),
            problem: format!("there is no task {name:?}"),
            way_out: format!("its tasks are {}", tasks.join(", ")),
        }
        .into());
    }
    let source = match (&args.text, &args.input_file) {
        (Some(text), _) => Source::from_bytes("<text>", text.clone().into_bytes())?,
        (None, Some(path)) => Source::open(path)?,
        (None, None) => unreachable!("clap asks for one of them"),
    };
    let table = args.input.table(&source)?;
    let passages = table.passages()?;
    let rows = match args.passage {
        None => 0..table.len(),
        Some(number) if number.get() <= table.len() => number.get() - 1..number.get(),
        Some(number) => {
            return Err(Error::Input {
                place: Place::file(source.name()),
                problem: format!("there is no passage {number}"),
                way_out: format!("the last one is {}", table.len()),
            }
            .into());
        }
    };
    for row in rows {
        let mut explanations = model.explain(&passages, row);
        explanations.retain(|e| args.task.as_ref().is_none_or(|task| e.task == *task));
        let text = passages.texts()[row];
        render::explanations(&mut sink, row, text, &explanations, args.top, args.format)?;
    }
    sink.finish()
}
