//! How far coders agree, and what is wrong with labelled passages.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use serde_json::{Value, json};
use standpoint::{
    Gold,
    audit::{GIVEAWAY, Giveaway},
    evaluate::{Agreement, Figure},
    report::value_with_interval,
};
use textwrap::core::display_width;

use super::{BOLD, Sink, json_line, padded, printable, start};
use crate::cli::args::TableFormat;

/// A passage to which coders gave different labels.
pub struct Difference {
    pub page: String,
    pub seq: String,
    pub task: String,
    /// One a coder, nothing where it gave none.
    pub labels: Vec<Option<String>>,
}

/// How far coders agree.
pub fn agreement(
    sink: &mut Sink,
    coders: &[String],
    agreements: &[Agreement],
    differences: &[Difference],
    top: usize,
    format: TableFormat,
) -> io::Result<()> {
    match format {
        TableFormat::Json => {
            let tasks: serde_json::Map<String, Value> = agreements
                .iter()
                .map(|agreement| (agreement.task.clone(), agreement.to_json(coders)))
                .collect();
            let differences = differences.iter().map(|difference| {
                json!({
                    "page": difference.page,
                    "seq": difference.seq,
                    "task": difference.task,
                    "labels": difference.labels,
                })
            });
            let differences: Vec<Value> = differences.collect();
            json_line(
                sink,
                &json!({
                    "schema": "standpoint.agreement/1",
                    "coders": coders,
                    "tasks": tasks,
                    "differences": differences,
                }),
            )
        }
        TableFormat::Md => sink.text(|out| agreement_md(out, coders, agreements)),
        TableFormat::Text => {
            sink.text(|out| agreement_text(out, coders, agreements, differences, top))
        }
    }
}

fn agreement_text(
    out: &mut Vec<u8>,
    coders: &[String],
    agreements: &[Agreement],
    differences: &[Difference],
    top: usize,
) -> io::Result<()> {
    for agreement in agreements {
        let Agreement { task, n, n_pages, .. } = agreement;
        writeln!(out, "{BOLD}{task}{BOLD:#}: {n} passages on {n_pages} pages")?;
        writeln!(out, "  alpha  {}", shown(&agreement.alpha))?;
        for (a, b, kappa) in &agreement.kappas {
            writeln!(out, "  kappa  {}  {} and {}", shown(kappa), coders[*a], coders[*b])?;
        }
        for (label, figure) in agreement.labels.iter().zip(&agreement.by_label) {
            writeln!(out, "  {:<22}  agreed on {label}", shown(figure))?;
        }
        writeln!(out)?;
    }
    let plural = if differences.len() == 1 { "" } else { "s" };
    writeln!(out, "{} difference{plural}", differences.len())?;
    for difference in differences.iter().take(top) {
        let labels = difference.labels.iter().map(|label| label.as_deref().unwrap_or("-"));
        let labels: Vec<&str> = labels.collect();
        let Difference { page, seq, task, .. } = difference;
        writeln!(out, "  {} {seq}  {task}: {}", printable(page), labels.join(" | "))?;
    }
    if differences.len() > top {
        writeln!(out, "  ... {} more: --top, or --format json", differences.len() - top)?;
    }
    Ok(())
}

fn agreement_md(out: &mut Vec<u8>, coders: &[String], agreements: &[Agreement]) -> io::Result<()> {
    writeln!(out, "| task | passages | alpha | {} | agreed on |", kappa_titles(coders))?;
    writeln!(out, "|---|---|---|{}---|", "---|".repeat(coders.len() * (coders.len() - 1) / 2))?;
    for agreement in agreements {
        let kappas: Vec<String> =
            agreement.kappas.iter().map(|(_, _, kappa)| shown(kappa)).collect();
        let labels = agreement.labels.iter().zip(&agreement.by_label);
        let labels: Vec<String> = labels
            .map(|(label, figure)| match figure.value {
                Ok(value) => format!("{label} {value:.3}"),
                Err(reason) => format!("{label} - ({reason})"),
            })
            .collect();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            agreement.task,
            agreement.n,
            shown(&agreement.alpha),
            kappas.join(" | "),
            labels.join(", ")
        )?;
    }
    Ok(())
}

fn kappa_titles(coders: &[String]) -> String {
    let pairs = (0..coders.len()).flat_map(|a| (a + 1..coders.len()).map(move |b| (a, b)));
    let titles: Vec<String> = match coders.len() {
        2 => vec!["kappa".into()],
        _ => pairs.map(|(a, b)| format!("kappa {} {}", coders[a], coders[b])).collect(),
    };
    titles.join(" | ")
}

fn shown(figure: &Figure) -> String {
    value_with_interval(figure.value, figure.interval)
}

/// What an audit found.
pub struct AuditReport<'a> {
    pub file: &'a str,
    pub passages: usize,
    pub pages: usize,
    pub must_mend: Vec<String>,
    pub doubts: Vec<TaskDoubts>,
    pub telling: Vec<(String, Vec<Giveaway>)>,
    pub counts: Vec<Counts>,
}

/// The doubtful labels of a task.
pub struct TaskDoubts {
    pub task: String,
    /// Labelled passages.
    pub n: usize,
    pub lines: Vec<DoubtLine>,
}

pub struct DoubtLine {
    pub place: String,
    pub gold: String,
    pub suggested: String,
    pub margin: f64,
    pub text: String,
}

/// Labels of a task by the values of a column.
pub struct Counts {
    task: String,
    column: String,
    labels: Vec<String>,
    rows: Vec<(String, Vec<usize>)>,
}

impl Counts {
    pub fn of(gold: &Gold, column: &Gold) -> Self {
        let labels: BTreeSet<&str> = gold.labels.iter().flatten().map(AsRef::as_ref).collect();
        let labels: Vec<&str> = labels.into_iter().collect();
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (label, value) in gold.labels.iter().zip(&column.labels) {
            if let (Some(label), Some(value)) = (label, value) {
                let counts = rows.entry(value).or_insert_with(|| vec![0; labels.len()]);
                let at = labels.iter().position(|known| *known == label.as_ref());
                counts[at.expect("the label was collected")] += 1;
            }
        }
        Self {
            task: gold.task.clone(),
            column: column.task.clone(),
            labels: labels.into_iter().map(str::to_owned).collect(),
            rows: rows.into_iter().map(|(value, counts)| (value.to_owned(), counts)).collect(),
        }
    }
}

pub fn audit(
    sink: &mut Sink,
    report: &AuditReport<'_>,
    top: usize,
    format: TableFormat,
) -> io::Result<()> {
    match format {
        TableFormat::Json => json_line(sink, &audit_json(report)),
        TableFormat::Md => sink.text(|out| audit_md(out, report)),
        TableFormat::Text => sink.text(|out| audit_text(out, report, top)),
    }
}

/// The counts of all tasks by each column, as one table a column.
fn audit_md(out: &mut Vec<u8>, report: &AuditReport<'_>) -> io::Result<()> {
    let columns: BTreeSet<&str> =
        report.counts.iter().map(|counts| counts.column.as_str()).collect();
    for (number, column) in columns.into_iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let tables: Vec<&Counts> =
            report.counts.iter().filter(|counts| counts.column == column).collect();
        let labels: Vec<&str> =
            tables.iter().flat_map(|counts| &counts.labels).map(String::as_str).collect();
        writeln!(out, "| {column} | {} |", labels.join(" | "))?;
        writeln!(out, "|---|{}", "---|".repeat(labels.len()))?;
        for (row, (value, _)) in tables[0].rows.iter().enumerate() {
            let counts = tables.iter().flat_map(|counts| &counts.rows[row].1);
            let counts: Vec<String> = counts.map(ToString::to_string).collect();
            writeln!(out, "| {value} | {} |", counts.join(" | "))?;
        }
    }
    Ok(())
}

fn audit_json(report: &AuditReport<'_>) -> Value {
    let doubts = report.doubts.iter().map(|TaskDoubts { task, n, lines }| {
        let lines = lines.iter().map(|line| {
            json!({
                "place": line.place,
                "gold": line.gold,
                "suggested": line.suggested,
                "margin": line.margin,
                "text": line.text,
            })
        });
        json!({ "task": task, "n": n, "doubts": lines.collect::<Vec<_>>() })
    });
    let telling = report.telling.iter().flat_map(|(task, giveaways)| {
        giveaways.iter().map(move |giveaway| {
            json!({
                "task": task,
                "label": giveaway.label,
                "feature": giveaway.feature,
                "n": giveaway.n,
                "phi": giveaway.phi,
            })
        })
    });
    let counts = report.counts.iter().map(|counts| {
        let rows: serde_json::Map<String, Value> = counts
            .rows
            .iter()
            .map(|(value, row)| {
                let row = counts.labels.iter().cloned().zip(row.iter().map(|&n| Value::from(n)));
                (value.clone(), Value::Object(row.collect()))
            })
            .collect();
        json!({ "task": counts.task, "column": counts.column, "counts": rows })
    });
    json!({
        "schema": "standpoint.audit/1",
        "file": report.file,
        "passages": report.passages,
        "pages": report.pages,
        "must_mend": report.must_mend,
        "doubts": doubts.collect::<Vec<_>>(),
        "telling_features": telling.collect::<Vec<_>>(),
        "counts": counts.collect::<Vec<_>>(),
    })
}

fn audit_text(out: &mut Vec<u8>, report: &AuditReport<'_>, top: usize) -> io::Result<()> {
    let AuditReport { file, passages, pages, must_mend, .. } = report;
    writeln!(out, "{BOLD}{file}{BOLD:#}: {passages} passages on {pages} pages")?;
    writeln!(out)?;
    match must_mend.len() {
        0 => writeln!(out, "nothing must be mended")?,
        1 => writeln!(out, "{BOLD}1 thing must be mended{BOLD:#}")?,
        n => writeln!(out, "{BOLD}{n} things must be mended{BOLD:#}")?,
    }
    for fault in must_mend {
        writeln!(out, "  {}", printable(fault))?;
    }
    writeln!(out)?;
    if !report.doubts.is_empty() {
        let how = "cross-validated, pages kept together";
        writeln!(out, "{BOLD}labels that the model doubts{BOLD:#} ({how})")?;
    }
    for TaskDoubts { task, n, lines } in &report.doubts {
        writeln!(out, "  {task}: {} of {n}", lines.len())?;
        for line in lines.iter().take(top) {
            let DoubtLine { place, gold, suggested, margin, text } = line;
            writeln!(out, "    {place}: {gold}, or {suggested}? (margin {margin:.2})")?;
            writeln!(out, "      {}", start(text))?;
        }
    }
    writeln!(out)?;
    writeln!(
        out,
        "{BOLD}most telling single features{BOLD:#} (correlation; {GIVEAWAY} is too much)"
    )?;
    for (task, giveaways) in &report.telling {
        for giveaway in giveaways {
            let Giveaway { label, feature, n, phi } = giveaway;
            let feature = printable(feature);
            writeln!(out, "  {phi:.2}  {task} {label}: {feature}, {n} passages")?;
        }
    }
    for counts in &report.counts {
        let width = counts.rows.iter().map(|row| display_width(&row.0)).max().unwrap_or(0);
        writeln!(out)?;
        writeln!(out, "{BOLD}{} by {}{BOLD:#}", counts.task, counts.column)?;
        write!(out, "  {:<width$}", "")?;
        counts.labels.iter().try_for_each(|label| write!(out, "  {label:>11}"))?;
        writeln!(out)?;
        for (value, row) in &counts.rows {
            write!(out, "  {}", padded(&printable(value).to_string(), width))?;
            for count in row {
                let shown = if *count == 0 { "-".into() } else { count.to_string() };
                write!(out, "  {shown:>11}")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
