//! Holds a model to the rules of a gate: `gate gold.csv gate.toml`. Exits with 0 if it passes, with 1 if it
//! fails, with 3 if that cannot be decided.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{path::Path, process::ExitCode};

use standpoint::{
    AnswerSource, Corpus, Model,
    gate::{Gate, Outcome},
    study::{EvaluateSettings, evaluate},
};

fn main() -> standpoint::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let gold = Corpus::open(arguments.next().unwrap_or_default())?;
    let gate = Gate::open(Path::new(&arguments.next().unwrap_or_default()))?;
    let scored = AnswerSource::model(&Model::built_in())?.score(&gold, &[])?.found;
    let evaluation = evaluate(&gold, &scored, &EvaluateSettings::default().seed(1))?;
    let outcome = gate.judge(&evaluation).outcome();
    println!("{outcome}");
    Ok(match outcome {
        Outcome::Passes => ExitCode::SUCCESS,
        Outcome::Fails => ExitCode::from(1),
        _ => ExitCode::from(3),
    })
}
