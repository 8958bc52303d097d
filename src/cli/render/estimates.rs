//! Shares of labels in a corpus.

use std::io::{self, Write};

use anyhow::Result;
use serde_json::{Map, Value, json};
use standpoint::{
    prevalence::{Drawn, Share, Shares},
    report::value_with_interval,
    study::{Correction, SlicePrevalence, TaskPrevalence},
};
use textwrap::core::display_width;

use super::{BOLD, Sink, json_line, padded, printable, signed};
use crate::cli::args::EstimateFormat;

/// The shares of some tasks, and the files that they are made from.
pub struct Estimates {
    pub corpus: String,
    pub labelled: Option<String>,
    pub confusion: Option<String>,
    pub tasks: Vec<TaskPrevalence>,
}

fn method(correction: Correction) -> &'static str {
    match correction {
        Correction::ByErrors => "adjusted count",
        _ => "prediction-powered inference",
    }
}

fn drawn(correction: Correction) -> Option<&'static str> {
    match correction {
        Correction::BySample(drawn) => Some(drawn.map_or("apart", Drawn::name)),
        _ => None,
    }
}

pub fn estimates(sink: &mut Sink, estimates: &Estimates, format: EstimateFormat) -> Result<()> {
    match format {
        EstimateFormat::Json => json_line(sink, &to_json(estimates))?,
        EstimateFormat::Csv => table(sink, estimates)?,
        EstimateFormat::Text => sink.text(|out| text(out, estimates))?,
    }
    Ok(())
}

fn text(out: &mut Vec<u8>, estimates: &Estimates) -> io::Result<()> {
    let corpus = printable(&estimates.corpus);
    match (&estimates.labelled, &estimates.confusion) {
        (Some(sample), _) => writeln!(
            out,
            "{corpus}, corrected by what is labelled in {} (prediction-powered inference)",
            printable(sample)
        )?,
        (None, errors) => writeln!(
            out,
            "{corpus}, counts adjusted by the errors in {}: this holds only if the classifier errs\n\
             alike here, whatever the shares of the labels; no sample of this corpus says whether it does",
            printable(errors.as_deref().unwrap_or_default())
        )?,
    }
    for TaskPrevalence { task, labels, correction: how, whole, slices, .. } in &estimates.tasks {
        writeln!(out)?;
        write!(out, "{BOLD}{task}{BOLD:#}: ")?;
        shares(out, labels, *how, whole, "  ")?;
        for SlicePrevalence { by, value, shares: of_slice, .. } in slices {
            write!(out, "  {BOLD}{}: {}{BOLD:#}: ", printable(by), printable(value))?;
            shares(out, labels, *how, of_slice, "    ")?;
        }
    }
    Ok(())
}

fn shares(
    out: &mut Vec<u8>,
    labels: &[String],
    how: Correction,
    shares: &Shares,
    indent: &str,
) -> io::Result<()> {
    let Shares { n, n_pages, n_labelled, n_labelled_pages, lambda, .. } = shares;
    write!(out, "{n} passages on {n_pages} pages")?;
    match how {
        Correction::BySample(drawn) => {
            let of_them = if drawn.is_some() { "of them" } else { "others" };
            write!(out, ", {n_labelled} {of_them} labelled on {n_labelled_pages} pages")?;
            if let Some(drawn) = drawn {
                write!(out, ", drawn as {}", drawn.name())?;
            }
        }
        _ => {}
    }
    match lambda {
        Some(lambda) => writeln!(out, ", lambda {lambda:.2}")?,
        None => writeln!(out)?,
    }
    let names = labels.iter().map(String::as_str).chain(["mean stance"]);
    let width = names.map(display_width).max().unwrap_or(0);
    writeln!(out, "{indent}{:<width$}  counted  share", "")?;
    for (label, share) in labels.iter().zip(&shares.by_label) {
        let shown = value_with_interval(share.value, share.interval);
        let counted = share.counted.map_or("-".to_owned(), |counted| format!("{counted:.3}"));
        let label = printable(label).to_string();
        writeln!(out, "{indent}{}  {counted:>7}  {shown}", padded(&label, width))?;
    }
    if let Some(mean) = &shares.mean_stance {
        let shown = signed(mean.value, mean.interval);
        let counted = mean.counted.map_or("-".to_owned(), |counted| format!("{counted:+.3}"));
        writeln!(out, "{indent}{:<width$}  {counted:>7}  {shown}", "mean stance")?;
    }
    Ok(())
}

fn to_json(estimates: &Estimates) -> Value {
    let of_task = |of_task: &TaskPrevalence| {
        let mut json = of_task.whole.to_json(&of_task.labels);
        json["method"] = method(of_task.correction).into();
        json["drawn"] = drawn(of_task.correction).into();
        let mut slices: Map<String, Value> = Map::new();
        for SlicePrevalence { by, value, shares, .. } in &of_task.slices {
            let of_column = slices.entry(by).or_insert_with(|| json!({}));
            of_column[value] = shares.to_json(&of_task.labels);
        }
        if !slices.is_empty() {
            json["slices"] = slices.into();
        }
        (of_task.task.clone(), json)
    };
    json!({
        "schema": "standpoint.estimate/1",
        "corpus": estimates.corpus,
        "labelled": estimates.labelled,
        "confusion": estimates.confusion,
        "tasks": estimates.tasks.iter().map(of_task).collect::<Map<_, _>>(),
    })
}

/// The columns of the table: one row for each task, slice and label, and for each mean stance.
const COLUMNS: [&str; 14] = [
    "task",
    "by",
    "value",
    "quantity",
    "label",
    "estimate",
    "lo",
    "hi",
    "counted",
    "n",
    "n_pages",
    "n_labelled",
    "n_labelled_pages",
    "reason",
];

fn table(sink: &mut Sink, estimates: &Estimates) -> Result<()> {
    let mut out = csv::Writer::from_writer(sink);
    out.write_record(COLUMNS)?;
    for TaskPrevalence { task, labels, whole, slices, .. } in &estimates.tasks {
        let slices = slices.iter().map(|slice| (&*slice.by, &*slice.value, &slice.shares));
        for (by, value, shares) in std::iter::once(("", "", whole)).chain(slices) {
            let number = |number: Option<f64>| number.map_or(String::new(), |n| n.to_string());
            let mut write = |quantity: &str, label: &str, share: &Share| {
                let (lo, hi) = share.interval.ok().unzip();
                let reason = share.value.and(share.interval).and(share.counted).err();
                let numbers = [share.value.ok(), lo, hi, share.counted.ok()].map(number);
                let Shares { n, n_pages, n_labelled, n_labelled_pages, .. } = shares;
                let counts = [n, n_pages, n_labelled, n_labelled_pages].map(ToString::to_string);
                let names = [task, by, value, quantity, label].map(str::to_owned);
                let reason = reason.unwrap_or_default().to_owned();
                out.write_record(names.iter().chain(&numbers).chain(&counts).chain([&reason]))
            };
            for (label, share) in labels.iter().zip(&shares.by_label) {
                write("share", label, share)?;
            }
            shares.mean_stance.iter().try_for_each(|mean| write("mean_stance", "", mean))?;
        }
    }
    Ok(out.flush()?)
}
