//! `standpoint audit`.

use std::process::ExitCode;

use anyhow::Result;
use standpoint::{
    Trainer,
    audit::{Audit, AuditSettings},
};

use super::{
    args::AuditArgs,
    input,
    render::{self, Sink},
};

pub fn run(args: &AuditArgs) -> Result<ExitCode> {
    let mut sink = Sink::open(args.output.path.as_deref(), &[&args.data])?;
    let format = args.output.format(args.format)?;
    let corpus = args.input.labelled(&args.data)?;
    input::note_tasks(&corpus, &args.tasks);
    let trainer = Trainer::new().tasks(args.tasks.clone()).seed(args.seed.seed);
    let settings = AuditSettings::default().label_errors(!args.no_doubts);
    let audit = Audit::of(&corpus, &render::progress_of(trainer), &settings)?;
    audit.notices.iter().for_each(|notice| render::warn(notice));
    render::audit(&mut sink, &audit, args.top, format)?;
    sink.finish()?;
    let failed = args.strict && !audit.must_mend.is_empty();
    Ok(ExitCode::from(u8::from(failed)))
}
