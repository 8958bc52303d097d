//! `standpoint inspect`.

use std::path::Path;

use anyhow::Result;

use super::{
    args::InspectArgs,
    input,
    render::{self, Sink},
};

pub fn run(args: &InspectArgs) -> Result<()> {
    let inputs: Vec<&Path> = args.model.iter().map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let models = input::models(args.model.as_deref())?;
    for model in models.models() {
        render::model(&mut sink, model, args.top, args.format)?;
    }
    sink.finish()
}
