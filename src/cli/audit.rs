//! `standpoint audit`.

use std::process::ExitCode;

use anyhow::Result;
use standpoint::{
    OnError,
    audit::{Audit, AuditSettings},
};

use super::{
    args::AuditArgs,
    input,
    render::{self, Sink},
};

pub fn run(args: &AuditArgs) -> Result<ExitCode> {
    let mut sink = Sink::open(args.output.path.as_deref(), &[&args.data])?;
    let table = args.input.labelled(&args.data, OnError::Stop)?;
    let tasks = input::tasks(&table, &args.tasks)?;
    let settings =
        AuditSettings::default().label_errors(!args.no_doubts).seed(args.seed.seed);
    let bar = render::Progress::new("cross-validating");
    let audit = Audit::of(&table, &tasks, &settings, &|step| bar.step(step.done, step.of))?;
    bar.finish();
    render::audit(&mut sink, &audit, args.top, args.format)?;
    sink.finish()?;
    let failed = args.strict && !audit.must_mend.is_empty();
    Ok(ExitCode::from(u8::from(failed)))
}
