//! Gates: the columns that they slice by, and the exit code.

use std::process::ExitCode;

use anyhow::Result;
use standpoint::{
    Corpus,
    gate::{Gate, GateVerdict, Outcome},
};

use super::{
    args::EvaluationFormat,
    render::{self, Sink},
};

/// The columns of `table` by which rules slice it, and the fewest cases that a rule asks for. A slice
/// of a column that is not there cannot be judged.
pub fn columns(gate: &Gate, table: &Corpus) -> Vec<(String, usize)> {
    let has = |column: &str| {
        let whole = column.rsplit_once(':').map_or(column, |(whole, _)| whole);
        table.has_column(column) || table.has_column(whole)
    };
    let columns = gate.columns().into_iter().filter(|(column, _)| has(column));
    columns.map(|(column, least)| (column.to_owned(), least)).collect()
}

/// Ends the output, says on stderr why the gate did not pass where stdout does not, and makes the
/// exit code.
pub fn finish(
    sink: Sink,
    verdict: Option<&GateVerdict>,
    format: EvaluationFormat,
) -> Result<ExitCode> {
    use EvaluationFormat::{Github, Text};
    let said = sink.is_stdout() && matches!(format, Text | Github);
    sink.finish()?;
    let Some(verdict) = verdict else { return Ok(ExitCode::SUCCESS) };
    if !said {
        render::reasons(verdict);
    }
    Ok(match verdict.outcome() {
        Outcome::Passes => ExitCode::SUCCESS,
        Outcome::Fails => ExitCode::from(1),
        _ => ExitCode::from(3),
    })
}
