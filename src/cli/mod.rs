//! The subcommands. They use the library's public API alone; `render` alone prints.

mod agree;
mod args;
mod audit;
mod compare;
mod convert;
mod embed;
mod estimate;
mod evaluate;
mod explain;
mod files;
mod flags;
mod gate;
mod input;
mod inspect;
mod predict;
mod render;
#[cfg(feature = "report")]
mod report;
mod sample;
mod shell;
mod threads;
mod train;

use std::{io, process::ExitCode};

use clap::Parser;
use standpoint::{Error, ErrorClass};

use args::{Cli, Command};
use flags::flags_named;

/// Parses the arguments, runs the command, and says how it went.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version go to stdout and are a success; misuse is exit code 2.
            render::usage(&message);
            return ExitCode::from(if message.use_stderr() { 2 } else { 0 });
        }
    };
    threads::start(cli.threads.map(Into::into));
    let result = match cli.command {
        Command::Train(args) => done(train::run(&args)),
        Command::Predict(args) => done(predict::run(&args)),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Sample(args) => done(sample::run(&args)),
        Command::Estimate(args) => done(estimate::run(&args)),
        Command::Explain(args) => done(explain::run(&args)),
        #[cfg(feature = "report")]
        Command::Report(args) => done(report::run(&args)),
        Command::Inspect(args) => done(inspect::run(&args)),
        Command::Agree(args) => done(agree::run(&args)),
        Command::Convert(args) => done(convert::run(&args)),
        Command::Embed(args) => done(embed::run(&args)),
        Command::Audit(args) => audit::run(&args),
        Command::Completions(args) => done(shell::completions(&args)),
        Command::Man(args) => done(shell::man(&args)),
    };
    match result {
        Ok(code) => code,
        Err(error) if closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            render::error(&flags_named(&error));
            ExitCode::from(match error.downcast_ref::<Error>().map(Error::class) {
                Some(ErrorClass::Undecidable) => 3,
                Some(ErrorClass::Io) => 4,
                None if error.downcast_ref::<io::Error>().is_some() => 4,
                Some(ErrorClass::Input) | None => 2,
            })
        }
    }
}

fn done(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

/// Whether the reader of our output has seen enough.
fn closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
