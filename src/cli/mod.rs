//! The subcommands. They use the library's public API alone; `render` alone prints.

mod agree;
mod args;
mod audit;
mod compare;
mod convert;
mod estimate;
mod evaluate;
mod explain;
mod files;
mod gate;
mod input;
mod inspect;
mod predict;
mod render;
#[cfg(feature = "report")]
mod report;
mod shell;
mod train;

use std::{io, process::ExitCode};

use clap::Parser;
use standpoint::{Error, ErrorClass, ErrorKind};

use args::{Cli, Command};

/// Parses the arguments, runs the command, and says how it went.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version go to stdout and are a success; misuse is exit code 2.
            let _ = message.print();
            return ExitCode::from(if message.use_stderr() { 2 } else { 0 });
        }
    };
    if let Some(threads) = cli.threads {
        // Fails only if a pool exists already, and none does.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global();
    }
    let result = match cli.command {
        Command::Train(args) => done(train::run(&args)),
        Command::Predict(args) => done(predict::run(&args)),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Estimate(args) => done(estimate::run(&args)),
        Command::Explain(args) => done(explain::run(&args)),
        #[cfg(feature = "report")]
        Command::Report(args) => done(report::run(&args)),
        Command::Inspect(args) => done(inspect::run(&args)),
        Command::Agree(args) => done(agree::run(&args)),
        Command::Convert(args) => done(convert::run(&args)),
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

/// The error in words, with the command line's flags in place of the library's settings.
fn flags_named(error: &anyhow::Error) -> String {
    let message = format!("{error:#}");
    let message = match error.downcast_ref::<Error>().map(Error::kind) {
        Some(ErrorKind::Setting { name, .. }) => message.replacen(name, &flag_of(name), 1),
        _ => message,
    };
    with_flags(&message)
}

/// A sentence of the library, which puts the names of settings in backticks, with flags in their place.
fn with_flags(message: &str) -> String {
    // An odd number of backticks is not the library's doing.
    if message.matches('`').count() % 2 == 1 {
        return message.to_owned();
    }
    let mut named = String::with_capacity(message.len());
    for (number, part) in message.split('`').enumerate() {
        // Every second part is between backticks.
        match flag_of(part) {
            flag if number % 2 == 1 && flag != part => named += &flag,
            _ if number % 2 == 1 => named.extend(["`", part, "`"]),
            _ => named += part,
        }
    }
    named
}

/// The flag that gives a setting of the library; its own name where there is none.
fn flag_of(setting: &str) -> String {
    match setting {
        "penalties" => "--l2".to_owned(),
        "label_weights" => "--class-weights".to_owned(),
        "format" => "--from".to_owned(),
        "folds" => "--cv".to_owned(),
        "char_ngrams" | "delimiter" | "encoding" | "hash_bits" | "max_error" | "max_page"
        | "max_passage" | "max_terms" | "min_df" | "on_error" | "prior" | "target" | "tasks"
        | "text" | "tolerance" | "unit" | "word_ngrams" => {
            format!("--{}", setting.replace('_', "-"))
        }
        other => other.to_owned(),
    }
}

/// Whether the reader of our output has seen enough.
fn closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
