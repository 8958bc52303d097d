//! `standpoint inspect`.

use anyhow::Result;

use super::{
    args::InspectArgs,
    input,
    render::{self, Sink},
};

pub fn run(args: &InspectArgs) -> Result<()> {
    let mut sink = Sink::open(args.output.path.as_deref())?;
    let model = input::model(args.model.as_deref())?;
    render::model(&mut sink, &model, args.top, args.format)?;
    sink.finish()
}
