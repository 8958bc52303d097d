//! Agreement of coders, and the audit of labelled passages.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use serde::{Serialize, Serializer};
use standpoint::{
    audit::{Audit, Counts, Feature, LabelErrorAt, SHORTCUT, TaskFeatures, TaskLabelErrors},
    evaluate::{Agreement, Disagreement, PairKappa},
};
use textwrap::core::display_width;

use super::{BOLD, Sink, json_line, md, name, padded, printable, start};
use crate::cli::args::TableFormat;

#[derive(Serialize)]
struct AgreementJson<'a> {
    schema: &'static str,
    coders: &'a [String],
    tasks: Tasks<'a>,
    differences: &'a [Disagreement],
}

struct Tasks<'a>(&'a [Agreement]);

impl Serialize for Tasks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|agreement| (&agreement.task, agreement)))
    }
}

/// How far coders agree.
pub fn agreement(
    sink: &mut Sink,
    coders: &[String],
    agreements: &[Agreement],
    differences: &[Disagreement],
    top: usize,
    format: TableFormat,
) -> io::Result<()> {
    match format {
        TableFormat::Json => {
            let schema = "standpoint.agreement/1";
            json_line(
                sink,
                &AgreementJson { schema, coders, tasks: Tasks(agreements), differences },
            )
        }
        TableFormat::Md => {
            sink.text(|out| md::write(out, &md::table(&agreement_rows(coders, agreements))))
        }
        TableFormat::Text => sink.text(|out| agreement_text(out, agreements, differences, top)),
    }
}

fn agreement_text(
    out: &mut Vec<u8>,
    agreements: &[Agreement],
    differences: &[Disagreement],
    top: usize,
) -> io::Result<()> {
    for agreement in agreements {
        let Agreement { task, n, n_pages, alpha, .. } = agreement;
        let size = super::passages_on(n, n_pages);
        writeln!(out, "{BOLD}{}{BOLD:#}: {size}", printable(task))?;
        writeln!(out, "  alpha  {alpha}")?;
        for PairKappa { coders: [a, b], kappa, .. } in &agreement.kappas {
            writeln!(out, "  kappa  {kappa}  {} and {}", printable(a), printable(b))?;
        }
        for (label, coefficient) in agreement.labels.iter().zip(&agreement.by_label) {
            writeln!(out, "  {coefficient:<22}  agreed on {}", printable(label))?;
        }
        writeln!(out)?;
    }
    let plural = if differences.len() == 1 { "" } else { "s" };
    writeln!(out, "{} difference{plural}", differences.len())?;
    for difference in differences.iter().take(top) {
        let labels = difference.labels.iter().map(|label| label.as_deref().unwrap_or("-"));
        let labels: Vec<&str> = labels.collect();
        let Disagreement { page, seq, task, .. } = difference;
        let place = format!("{page} {seq}");
        let line = format!("{}  {task}: {}", place.trim_end(), labels.join(" | "));
        writeln!(out, "  {}", printable(&line))?;
    }
    if differences.len() > top {
        writeln!(out, "  ... {} more: --top, or --format json", differences.len() - top)?;
    }
    Ok(())
}

/// A row for each task, the header first; a dash where two coders share no passage.
fn agreement_rows(coders: &[String], agreements: &[Agreement]) -> Vec<Vec<String>> {
    let pairs: Vec<(usize, usize)> =
        (0..coders.len()).flat_map(|a| (a + 1..coders.len()).map(move |b| (a, b))).collect();
    let title = |&(a, b): &(usize, usize)| match coders.len() {
        2 => "kappa".to_owned(),
        _ => format!("kappa {} {}", coders[a], coders[b]),
    };
    let mut header = ["task", "passages", "alpha"].map(str::to_owned).to_vec();
    header.extend(pairs.iter().map(title));
    header.push("agreed on".to_owned());
    let mut rows = vec![header];
    for agreement in agreements {
        let Agreement { task, n, alpha, .. } = agreement;
        let kappa = |pair: &(usize, usize)| {
            let found = agreement.kappas.iter().find(|kappa| kappa.pair == *pair);
            found.map_or_else(|| "-".to_owned(), |found| found.kappa.to_string())
        };
        let by_label = agreement.labels.iter().zip(&agreement.by_label);
        let by_label = by_label.map(|(label, coefficient)| match coefficient.value {
            Some(value) => format!("{label} {value:.3}"),
            None => format!("{label} {coefficient}"),
        });
        let mut row = vec![task.clone(), n.to_string(), alpha.to_string()];
        row.extend(pairs.iter().map(kappa));
        row.push(by_label.collect::<Vec<_>>().join(", "));
        rows.push(row);
    }
    rows
}

pub fn audit(sink: &mut Sink, audit: &Audit, top: usize, format: TableFormat) -> io::Result<()> {
    match format {
        TableFormat::Json => json_line(sink, audit),
        TableFormat::Md => sink.text(|out| md::write(out, &count_tables(audit))),
        TableFormat::Text => sink.text(|out| audit_text(out, audit, top)),
    }
}

/// The counts of all tasks as one table a column.
fn count_tables(audit: &Audit) -> String {
    let columns: BTreeSet<&str> =
        audit.counts.iter().map(|counts| counts.column.as_str()).collect();
    let table = |column: &str| {
        let own: Vec<&Counts> =
            audit.counts.iter().filter(|counts| counts.column == column).collect();
        let labels = own.iter().flat_map(|counts| counts.labels.iter().cloned());
        let mut rows: Vec<Vec<String>> =
            vec![[column.to_owned()].into_iter().chain(labels).collect()];
        // A task may have no labels for some of the values.
        let values: BTreeSet<&String> =
            own.iter().flat_map(|counts| counts.rows.iter().map(|(value, _)| value)).collect();
        for value in values {
            let counts = own.iter().flat_map(|counts| counts.of_value(value));
            let counts = counts.map(|count| count.to_string());
            rows.push([value.clone()].into_iter().chain(counts).collect());
        }
        md::table(&rows)
    };
    columns.into_iter().map(table).collect::<Vec<_>>().join("\n")
}

fn audit_text(out: &mut Vec<u8>, audit: &Audit, top: usize) -> io::Result<()> {
    let Audit { file, passages, pages, must_mend, .. } = audit;
    let size = super::passages_on(passages, pages);
    writeln!(out, "{BOLD}{}{BOLD:#}: {size}", printable(file))?;
    writeln!(out)?;
    match must_mend.len() {
        0 => writeln!(out, "nothing must be mended")?,
        1 => writeln!(out, "{BOLD}1 thing must be mended{BOLD:#}")?,
        n => writeln!(out, "{BOLD}{n} things must be mended{BOLD:#}")?,
    }
    for finding in must_mend {
        writeln!(out, "  {}", printable(&finding.to_string()))?;
    }
    writeln!(out)?;
    if !audit.label_errors.is_empty() {
        let how = "cross-validated, pages kept together";
        writeln!(out, "{BOLD}labels that the model doubts{BOLD:#} ({how})")?;
    }
    for TaskLabelErrors { task, n, errors, others, .. } in &audit.label_errors {
        writeln!(out, "  {}: {} of {n}", printable(task), errors.len())?;
        for error in errors.iter().take(top) {
            let LabelErrorAt { place, gold, suggested, margin, text, .. } = error;
            let line = format!("{place}: {gold}, or {suggested}? (margin {margin:.2})");
            writeln!(out, "    {}", printable(&line))?;
            writeln!(out, "      {}", start(text))?;
        }
        let improbable = others.iter().filter(|other| other.probability < 0.5);
        for other in improbable.take(top.saturating_sub(errors.len())) {
            let LabelErrorAt { place, gold, suggested, probability, text, .. } = other;
            let line =
                format!("{place}: {gold}, or perhaps {suggested} ({gold}: {probability:.2})");
            writeln!(out, "    {}", printable(&line))?;
            writeln!(out, "      {}", start(text))?;
        }
    }
    writeln!(out)?;
    writeln!(
        out,
        "{BOLD}most telling single features{BOLD:#} (correlation; {SHORTCUT} is too much)"
    )?;
    for TaskFeatures { task, features, .. } in &audit.features {
        for Feature { label, feature, n, phi, .. } in features {
            let line = format!("{task} {label}: {feature}, {n} passages");
            writeln!(out, "  {phi:.2}  {}", printable(&line))?;
        }
    }
    for counts in &audit.counts {
        let width = counts.rows.iter().map(|row| display_width(&name(&row.0))).max().unwrap_or(0);
        writeln!(out)?;
        writeln!(
            out,
            "{BOLD}{} by {}{BOLD:#}",
            printable(&counts.task),
            printable(&counts.column)
        )?;
        write!(out, "  {:<width$}", "")?;
        counts.labels.iter().try_for_each(|label| write!(out, "  {:>11}", name(label)))?;
        writeln!(out)?;
        for (value, row) in &counts.rows {
            write!(out, "  {}", padded(&name(value), width))?;
            for count in row {
                let shown = if *count == 0 { "-".into() } else { count.to_string() };
                write!(out, "  {shown:>11}")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
