//! `standpoint inspect`.

use std::{io::Write, path::Path};

use anyhow::Result;
use standpoint::Model;

use super::{
    args::{FiguresFormat, InspectArgs},
    input,
    render::{self, Sink},
};

pub fn run(args: &InspectArgs) -> Result<()> {
    let inputs: Vec<&Path> = args.model.iter().map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let format = args.output.format(args.format)?;
    let models = args.model.as_deref().map_or_else(|| Ok(Model::built_in()), input::model)?;
    for (number, model) in models.targets().iter().enumerate() {
        if number > 0 && format == FiguresFormat::Text {
            writeln!(sink)?;
        }
        render::model(&mut sink, model, args.top, format)?;
    }
    sink.finish()
}
