//! What lies behind a task's figures: baselines, slices, calibration.

use std::io::{self, Write};

use standpoint::evaluate::{
    BaselineResult, Bin, Estimate, Evaluation, Metric, RiskCoverage, RiskPoint, Slice,
    TaskEvaluation,
};

use super::{BOLD, aligned, printable};

/// What a task's figures are to be compared with.
pub fn baselines(out: &mut Vec<u8>, task: &TaskEvaluation) -> io::Result<()> {
    aligned(out, &baseline_rows(task))
}

/// The same as the rows of a table, the first its header; none without baselines.
pub fn baseline_rows(task: &TaskEvaluation) -> Vec<Vec<String>> {
    if task.baselines.is_empty() {
        return Vec::new();
    }
    let mut wanted = compared(&task.labels);
    wanted.push(Metric::Kappa);
    let mut rows = vec![header(&["baseline"], &wanted, &task.labels)];
    let n = task.get(Metric::Accuracy).map_or(0, |accuracy| accuracy.n);
    for BaselineResult { name, estimates, .. } in &task.baselines {
        let mut row = vec![name.replace('_', " ")];
        match estimates {
            Ok(estimates) => {
                row.extend(cells(estimates, &wanted));
                let own = estimates.first().map_or(0, |estimate| estimate.n);
                row.extend((own != n).then(|| format!("of {own} passages")));
            }
            Err(why) => row.push(format!("- ({why})")),
        }
        rows.push(row);
    }
    rows
}

/// A table for each column and task.
pub fn slices(out: &mut Vec<u8>, evaluation: &Evaluation) -> io::Result<()> {
    for (title, rows) in slice_tables(evaluation) {
        writeln!(out, "\n{BOLD}{}{BOLD:#}", printable(&title))?;
        aligned(out, &rows)?;
    }
    Ok(())
}

/// The same as titles and rows, the first of a table its header.
pub fn slice_tables(evaluation: &Evaluation) -> Vec<(String, Vec<Vec<String>>)> {
    let mut tables = Vec::new();
    for of_column in evaluation.slices.chunk_by(|a, b| a.by == b.by) {
        for task in &evaluation.tasks {
            let of_task = |slice: &'_ Slice| slice.tasks.iter().position(|t| t.task == task.task);
            let own: Vec<(&Slice, &TaskEvaluation)> = of_column
                .iter()
                .filter_map(|slice| Some((slice, &slice.tasks[of_task(slice)?])))
                .collect();
            if own.is_empty() {
                continue;
            }
            let wanted = compared(&task.labels);
            let mut rows = vec![header(&["", "passages", "pages"], &wanted, &task.labels)];
            for (slice, of_task) in own {
                let accuracy = of_task.get(Metric::Accuracy);
                let (n, pages) = accuracy.map_or((0, 0), |a| (a.n, a.n_pages));
                let mut row = vec![slice.value.clone(), format!("{n:>8}"), format!("{pages:>5}")];
                match accuracy.filter(|accuracy| accuracy.value.is_none()) {
                    Some(Estimate { why: Some(why), .. }) => row.push(why.to_string()),
                    _ => row.extend(cells(&of_task.estimates, &wanted)),
                }
                rows.push(row);
            }
            tables.push((format!("{} by {}", task.task, of_column[0].by), rows));
        }
    }
    tables
}

/// The ladder, and which of its rungs all figures that follow are of.
pub fn leakage(out: &mut Vec<u8>, evaluation: &Evaluation) -> io::Result<()> {
    let rows = ladder(evaluation);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "{BOLD}{LADDER}{BOLD:#}")?;
    aligned(out, &rows)?;
    headlines(evaluation).iter().try_for_each(|line| writeln!(out, "{}", printable(line)))?;
    writeln!(out)
}

/// The ladder's title.
pub const LADDER: &str = "macro_f1 under harder and harder splits";

/// The ladder as the rows of a table, the first its header; none without it.
pub fn ladder(evaluation: &Evaluation) -> Vec<Vec<String>> {
    let Some(first) = evaluation.leakage.first() else { return Vec::new() };
    let mut head = vec!["split".to_owned(), "groups".to_owned()];
    head.extend(first.tasks.iter().map(|task| task.task.clone()));
    let mut rows = vec![head];
    for rung in &evaluation.leakage {
        let groups = rung.groups.map_or_else(String::new, |groups| format!("{groups:>6}"));
        let mut row = vec![rung.split.clone(), groups];
        for task in &rung.tasks {
            let why = task.why.as_deref().unwrap_or_default();
            row.push(match &task.macro_f1 {
                Some(macro_f1) => macro_f1.to_string(),
                None => format!("- ({why})"),
            });
        }
        // What holds of all tasks is said once.
        if rung.groups.is_none() {
            row.truncate(3);
        }
        rows.push(row);
    }
    rows
}

/// Which rung each task's figures are of.
pub fn headlines(evaluation: &Evaluation) -> Vec<String> {
    let of_task = |task: &TaskEvaluation| {
        let rung = evaluation.headline(&task.task)?;
        Some(format!("headline of {}: {}", task.task, rung.split))
    };
    let mut lines: Vec<String> = evaluation.tasks.iter().filter_map(of_task).collect();
    lines.push(
        "The strictest splits that columns and labels allow: all figures that follow are of these."
            .into(),
    );
    lines
}

/// The figures in which baselines and slices are compared.
fn compared(labels: &[String]) -> Vec<Metric> {
    let f_avg = Metric::all(labels).into_iter().find(|metric| matches!(metric, Metric::FAvg(..)));
    [Some(Metric::MacroF1), Some(Metric::Accuracy), f_avg].into_iter().flatten().collect()
}

fn header(before: &[&str], wanted: &[Metric], labels: &[String]) -> Vec<String> {
    let before = before.iter().map(|name| (*name).to_owned());
    before.chain(wanted.iter().map(|metric| metric.name(labels))).collect()
}

fn cells(estimates: &[Estimate], wanted: &[Metric]) -> Vec<String> {
    let cell = |metric: &Metric| {
        let found = estimates.iter().find(|estimate| estimate.metric == *metric);
        found.map_or_else(|| "-".into(), ToString::to_string)
    };
    wanted.iter().map(cell).collect()
}

/// Reliability, and risk against coverage.
pub fn calibration(out: &mut Vec<u8>, task: &TaskEvaluation) -> io::Result<()> {
    let Some(RiskCoverage { points, aurc, .. }) = &task.risk_coverage else {
        return writeln!(out, "  no probabilities: nothing to calibrate");
    };
    writeln!(out, "  probability  passages   mean  right")?;
    for bin in task.reliability.iter().filter(|bin| bin.n > 0) {
        let Bin { from, to, n, confidence, accuracy, .. } = bin;
        let [mean, right] = [confidence, accuracy].map(|value| value.unwrap_or_default());
        writeln!(out, "  {from:.1}-{to:.1}      {n:>8}  {mean:.3}  {right:.3}")?;
    }
    writeln!(out, "  answered  wrong  down to probability; area {aurc:.4}")?;
    for RiskPoint { coverage, error, confidence, .. } in points.iter().rev() {
        writeln!(out, "  {:>6.0} %  {error:.3}  {confidence:.3}", 100.0 * coverage)?;
    }
    Ok(())
}
