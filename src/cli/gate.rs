//! `--gate`: the file, its baseline, and the exit code.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use standpoint::{
    Corpus, Error, ErrorKind, Place, Source,
    evaluate::{Comparison, Evaluation},
    gate::{Baseline, Gate, GateVerdict, Outcome, Rule},
};

use super::{
    args::EvaluationFormat,
    render::{self, Sink},
};

/// A gate and what it compares with, read before any work.
pub struct GateFile {
    gate: Gate,
    path: PathBuf,
    baseline_path: Option<PathBuf>,
    /// Nothing if the gate names none, or there is no such file: then what needs it cannot be decided.
    baseline: Option<Baseline>,
}

impl GateFile {
    /// Reads a gate, and the baseline that it names.
    pub fn open(path: &Path) -> Result<Self> {
        let Some((name, text)) = found(path)? else {
            return Err(Error::input(
                Place::file(path.display().to_string()),
                "there is no such gate",
                "write one: docs/ci.md has an example",
            )
            .into());
        };
        let gate = Gate::parse(&text, &name)?;
        let baseline_path = gate
            .baseline
            .as_ref()
            .map(|baseline| path.parent().unwrap_or(Path::new("")).join(baseline));
        let baseline = match &baseline_path {
            Some(path) => {
                found(path)?.map(|(name, text)| Baseline::parse(&text, &name)).transpose()?
            }
            None => None,
        };
        Ok(Self { gate, path: path.to_owned(), baseline_path, baseline })
    }

    /// What was read.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.path), self.baseline_path.as_ref()].into_iter().flatten().map(AsRef::as_ref)
    }

    /// The columns of `table` by which rules slice it, and the least cases that a rule asks for. A
    /// slice of a column that is not there is one that cannot be judged.
    pub fn columns(&self, table: &Corpus) -> Vec<(String, usize)> {
        let has = |column: &str| {
            let whole = column.rsplit_once(':').map_or(column, |(whole, _)| whole);
            table.has_column(column) || table.has_column(whole)
        };
        let of_rule = |rule: &Rule| {
            let (column, _) = rule.slice.as_ref().filter(|(column, _)| has(column))?;
            Some((column.clone(), rule.min_n))
        };
        let mut columns: Vec<_> = self.gate.rules.iter().filter_map(of_rule).collect();
        columns.sort_by_key(|(_, least)| *least);
        columns
    }

    pub fn judge(&self, evaluation: &Evaluation) -> GateVerdict {
        self.gate.judge(evaluation, self.baseline.as_ref())
    }

    pub fn judge_comparisons(&self, comparisons: &[&Comparison]) -> GateVerdict {
        self.gate.judge_comparisons(comparisons)
    }
}

/// The name and the text of a file, or nothing if there is none. What is wrong with an empty one is
/// for its reader to say.
fn found(path: &Path) -> Result<Option<(String, String)>> {
    match Source::open(path) {
        Ok(source) => Ok(Some((source.name().to_owned(), source.text().to_owned()))),
        Err(error) => match error.kind() {
            ErrorKind::Empty { name } => Ok(Some((name.clone(), String::new()))),
            ErrorKind::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Err(error.into()),
        },
    }
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
        Outcome::Undecided => ExitCode::from(3),
    })
}
