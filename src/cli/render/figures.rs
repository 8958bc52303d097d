//! Figures of tasks.

use std::{
    io::{self, Write},
    path::Path,
};

use standpoint::{
    evaluate::{Evaluation, Metric, TaskEvaluation},
    model::{DenseReport, TrainReport, Tried},
    study::Search,
};
use textwrap::core::display_width;

use super::{
    BOLD, Sink, aligned,
    breakdown::{baselines, calibration, leakage, slices},
    json_line, name, note, padded, printable,
};
use crate::cli::args::FiguresFormat;

/// Figures of some tasks.
pub fn evaluation(
    sink: &mut Sink,
    evaluation: &Evaluation,
    format: FiguresFormat,
) -> io::Result<()> {
    match format {
        FiguresFormat::Json => json_line(sink, evaluation),
        FiguresFormat::Text => sink.text(|out| text(out, evaluation, false)),
    }
}

/// For people; with the tables of reliability and risk if asked.
pub fn text(out: &mut Vec<u8>, evaluation: &Evaluation, with_calibration: bool) -> io::Result<()> {
    leakage(out, evaluation)?;
    for (number, task) in evaluation.tasks.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        of_task(out, task)?;
        if with_calibration {
            calibration(out, task)?;
        }
    }
    evaluation.tasks.iter().try_for_each(|task| targets(out, evaluation, task))?;
    slices(out, evaluation)?;
    curve(out, evaluation)?;
    in_words(out, evaluation)
}

/// What the figures of each task come to.
fn in_words(out: &mut Vec<u8>, evaluation: &Evaluation) -> io::Result<()> {
    if evaluation.tasks.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}in words{BOLD:#}")?;
    let names: Vec<String> = evaluation.tasks.iter().map(|task| name(&task.task)).collect();
    let width = names.iter().map(|name| display_width(name)).max().unwrap_or(0);
    let indent = " ".repeat(width + 4);
    for (task, name) in evaluation.tasks.iter().zip(&names) {
        let options = textwrap::Options::new(super::width())
            .subsequent_indent(&indent)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let verdict = task.verdict().to_string();
        let line = format!("  {}  {}", padded(name, width), printable(&verdict));
        writeln!(out, "{}", textwrap::fill(&line, options))?;
    }
    Ok(())
}

/// The figures of one task.
pub fn of_task(out: &mut Vec<u8>, task: &TaskEvaluation) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", printable(&task.task), cases(task))?;
    figures(out, task)?;
    baselines(out, task)
}

/// How many cases a task has.
pub fn cases(task: &TaskEvaluation) -> String {
    let pages = task.get(Metric::Accuracy).map_or(0, |accuracy| accuracy.n_pages);
    let unanswered = match task.unanswered {
        0 => String::new(),
        n => format!(", {n} more unanswered"),
    };
    super::passages_on(task.confusion.total(), pages) + &unanswered
}

/// One line for each target, and their mean.
fn targets(out: &mut Vec<u8>, evaluation: &Evaluation, task: &TaskEvaluation) -> io::Result<()> {
    let Some((title, rows)) = target_table(evaluation, task) else { return Ok(()) };
    writeln!(out, "\n{BOLD}{}{BOLD:#}", printable(&title))?;
    aligned(out, &rows)
}

/// The same as a title and rows; nothing unless each target has its own model.
pub fn target_table(
    evaluation: &Evaluation,
    task: &TaskEvaluation,
) -> Option<(String, Vec<Vec<String>>)> {
    let of_targets: Vec<(&String, &TaskEvaluation)> = evaluation
        .targets
        .iter()
        .filter_map(|(target, tasks)| Some((target, tasks.iter().find(|t| t.task == task.task)?)))
        .collect();
    if of_targets.is_empty() {
        return None;
    }
    let named = |task: &TaskEvaluation, name: &str| {
        task.estimates.iter().find(|estimate| estimate.metric.name(&task.labels) == name).cloned()
    };
    let sided = of_targets.iter().all(|(_, task)| named(task, "f_avg").is_some());
    let name = if sided { "f_avg" } else { "macro_f1" };
    let mut values = Vec::new();
    let mut rows = Vec::new();
    for (target, task) in of_targets {
        let found = named(task, name);
        values.extend(found.as_ref().and_then(|found| found.value));
        let shown = found.as_ref().map_or_else(|| "-".into(), ToString::to_string);
        rows.push(vec![target.clone(), shown]);
    }
    let mean = match values.len() {
        0 => "-".to_owned(),
        n => format!("{:.3}", values.iter().sum::<f64>() / n as f64),
    };
    rows.push(vec![format!("mean of {}", values.len()), mean]);
    Some((format!("{} by target, {name}", task.task), rows))
}

fn curve(out: &mut Vec<u8>, evaluation: &Evaluation) -> io::Result<()> {
    if evaluation.learning_curve.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{BOLD}macro_f1 by training pages{BOLD:#}")?;
    write!(out, "  {:>6}", "pages")?;
    evaluation.tasks.iter().try_for_each(|task| write!(out, "  {:<19}", name(&task.task)))?;
    writeln!(out)?;
    for point in &evaluation.learning_curve {
        write!(out, "  {:>6}", point.pages)?;
        point.macro_f1.iter().try_for_each(|macro_f1| write!(out, "  {macro_f1}"))?;
        writeln!(out)?;
    }
    Ok(())
}

fn figures(out: &mut Vec<u8>, task: &TaskEvaluation) -> io::Result<()> {
    let labels: Vec<String> = task.labels.iter().map(|label| name(label)).collect();
    let width = labels.iter().map(|label| display_width(label)).max().unwrap_or(0).max(5);
    writeln!(
        out,
        "  {:<width$}  {:>6}  {:<27}  {:<27}  F1",
        "label", "gold", "precision", "recall"
    )?;
    for (label, name) in labels.iter().enumerate() {
        let cell = |metric| task.get(metric).map_or_else(String::new, ToString::to_string);
        writeln!(
            out,
            "  {}  {:>6}  {:<27}  {:<27}  {}",
            padded(name, width),
            task.confusion.gold(label),
            cell(Metric::Precision(label)),
            cell(Metric::Recall(label)),
            cell(Metric::F1(label)),
        )?;
    }
    for estimate in task.of_all_labels() {
        writeln!(out, "  {:<17}  {estimate}", estimate.metric.name(&task.labels))?;
    }
    if let Some(without) = &task.without_context {
        let macro_f1 = without.iter().find(|estimate| estimate.metric == Metric::MacroF1);
        let shown = macro_f1.map_or_else(String::new, ToString::to_string);
        writeln!(out, "  {:<17}  {shown} without neighbours and position", "macro_f1")?;
    }
    writeln!(out, "  {:<width$}  predicted", "gold")?;
    let columns: Vec<usize> = labels.iter().map(|label| display_width(label).max(6)).collect();
    write!(out, "  {:<width$}", "")?;
    for (name, column) in labels.iter().zip(&columns) {
        write!(out, "  {:1$}{name}", "", column - display_width(name))?;
    }
    writeln!(out)?;
    for (gold, name) in labels.iter().enumerate() {
        write!(out, "  {}", padded(name, width))?;
        for (count, column) in task.confusion.row(gold).iter().zip(&columns) {
            write!(out, "  {count:>column$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What a search tried, on stderr.
pub fn searched(search: &Search) {
    let mut err = anstream::stderr();
    let _ = writeln!(err, "   loss  above best (SE)   recipe; * chosen");
    for round in &search.rounds {
        for tried in round {
            let mark = if tried.chosen { "*" } else { " " };
            let Tried { loss, above_best, standard_error, recipe, .. } = tried;
            let _ = writeln!(
                err,
                "  {loss:.4}  {above_best:.4} ({standard_error:.4})  {mark} {}",
                printable(recipe)
            );
        }
    }
}

/// Labels of a task that are shown after training.
const MOST_LABELS: usize = 20;

/// What training did, on stderr.
pub fn trained(report: &TrainReport) {
    let mut err = anstream::stderr();
    for task in &report.tasks {
        // Beside a count, a label that is a number would be another.
        let numbers =
            task.counts.iter().any(|(label, _)| label.starts_with(|c: char| c.is_ascii_digit()));
        let shown = |(label, count): &(String, usize)| match numbers {
            true => format!("{count} of {label:?}"),
            false => format!("{count} {label}"),
        };
        let mut labels: Vec<String> = task.counts.iter().take(MOST_LABELS).map(shown).collect();
        if let Some(more @ 1..) = task.counts.len().checked_sub(MOST_LABELS) {
            labels.push(format!("and {more} more"));
        }
        let (name, labels) = (&task.task, labels.join(", "));
        let (head, stage) = (task.penalty.value, task.stage_penalty.value);
        let tau = task.decision.tau;
        let ratios = if task.nb_ratios { " (log-count ratios)" } else { "" };
        let decided = match task.decision.risk.is_empty() {
            true => "not calibrated".into(),
            false if stage == 0.0 => format!("second stage tied, tau {tau}"),
            false => format!("second stage {stage}, tau {tau}"),
        };
        let line = format!("{name}: {labels}; L2 {head}{ratios}, {decided}");
        let _ = writeln!(err, "{}", printable(&line));
        let unlabelled = task.is_taught.map(|is_taught| match is_taught {
            true => "unlabelled passages kept: held-out pages are predicted better with them",
            false => "unlabelled passages left out: held-out pages are not clearly predicted better with them",
        });
        if let Some(verdict) = unlabelled {
            let _ = writeln!(err, "{}", printable(&format!("{name}: {verdict}")));
        }
        for DenseReport { source, is_kept, loss_without, loss_with, .. } in &task.dense {
            let verdict = if *is_kept { "kept" } else { "left out" };
            let line = format!(
                "{name}: columns {source} {verdict}: held-out loss {loss_without:.3} without, {loss_with:.3} with"
            );
            let _ = writeln!(err, "{}", printable(&line));
        }
    }
}

/// Where a model was written, on stderr.
pub fn written(path: &Path, bytes: usize) {
    note(&format!("wrote {} ({bytes} bytes)", path.display()));
}
