//! Shares of labels in a corpus.

use std::io::{self, Write};

use anyhow::Result;
use serde::{Serialize, Serializer};
use standpoint::{
    prevalence::{Drawn, Share, Shares},
    study::{Correction, SlicePrevalence, TaskPrevalence},
};
use textwrap::core::display_width;

use super::{BOLD, Sink, json_line, name, padded, printable};
use crate::cli::args::EstimateFormat;

/// The shares of some tasks, and the files that they are made from.
pub struct Estimates {
    pub corpus: String,
    pub labelled: Option<String>,
    pub confusion: Option<String>,
    pub tasks: Vec<TaskPrevalence>,
    /// The half-width of an interval for which the labels are to be counted that it takes.
    pub size_for: Option<f64>,
}

/// How many labels it takes.
#[derive(Serialize)]
struct Needed<'a> {
    half_width: f64,
    n: usize,
    of: &'static str,
    label: &'a str,
}

impl<'a> Needed<'a> {
    fn of(task: &'a TaskPrevalence, half_width: Option<f64>) -> Option<Self> {
        let (n, label) = task.whole.needed(half_width?)?;
        let of = match task.correction {
            Correction::BySample(Some(Drawn::Passages)) => "passages",
            _ => "pages",
        };
        Some(Self { half_width: half_width?, n, of, label: &task.labels[label] })
    }
}

fn method(correction: Correction) -> &'static str {
    match correction {
        Correction::ByErrors => "adjusted count",
        _ => "prediction-powered inference",
    }
}

fn drawn(correction: Correction) -> Option<&'static str> {
    match correction {
        Correction::BySample(drawn) => Some(drawn.map_or("apart", Drawn::as_str)),
        _ => None,
    }
}

pub fn estimates(sink: &mut Sink, estimates: &Estimates, format: EstimateFormat) -> Result<()> {
    match format {
        EstimateFormat::Json => {
            let json = Json {
                schema: "standpoint.estimate/1",
                corpus: &estimates.corpus,
                labelled: estimates.labelled.as_deref(),
                confusion: estimates.confusion.as_deref(),
                tasks: Tasks(&estimates.tasks, estimates.size_for),
            };
            json_line(sink, &json)?;
        }
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
    for of_task in &estimates.tasks {
        let TaskPrevalence { task, labels, correction: how, whole, slices, .. } = of_task;
        writeln!(out)?;
        write!(out, "{BOLD}{}{BOLD:#}: ", printable(task))?;
        shares(out, labels, *how, whole, "  ")?;
        if let Some(Needed { half_width, n, of, label }) = Needed::of(of_task, estimates.size_for) {
            writeln!(
                out,
                "  intervals of ±{half_width} or less take {n} labelled {of} in all, drawn like these ({} \
                 takes most); from how these vary",
                name(label)
            )?;
        }
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
    write!(out, "{}", super::passages_on(n, n_pages))?;
    if let Correction::BySample(drawn) = how {
        let of_them = if drawn.is_some() { "of them" } else { "others" };
        write!(out, ", {n_labelled} {of_them} labelled on {n_labelled_pages} pages")?;
        if let Some(drawn) = drawn {
            write!(out, ", drawn as {drawn}")?;
        }
    }
    match lambda {
        Some(lambda) => writeln!(out, ", lambda {lambda:.2}")?,
        None => writeln!(out)?,
    }
    let names: Vec<String> = labels.iter().map(|label| name(label)).collect();
    let widths = names.iter().map(String::as_str).chain(["mean stance"]).map(display_width);
    let width = widths.max().unwrap_or(0);
    writeln!(out, "{indent}{:<width$}  counted  share", "")?;
    for (label, share) in names.iter().zip(&shares.by_label) {
        let counted = share.counted.map_or("-".to_owned(), |counted| format!("{counted:.3}"));
        writeln!(out, "{indent}{}  {counted:>7}  {share}", padded(label, width))?;
    }
    if let Some(mean) = &shares.mean_stance {
        let counted = mean.counted.map_or("-".to_owned(), |counted| format!("{counted:+.3}"));
        writeln!(out, "{indent}{:<width$}  {counted:>7}  {mean:+}", "mean stance")?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    corpus: &'a str,
    labelled: Option<&'a str>,
    confusion: Option<&'a str>,
    tasks: Tasks<'a>,
}

struct Tasks<'a>(&'a [TaskPrevalence], Option<f64>);

impl Serialize for Tasks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|task| (&task.task, TaskJson::of(task, self.1))))
    }
}

#[derive(Serialize)]
struct TaskJson<'a> {
    #[serde(flatten)]
    whole: &'a Shares,
    method: &'static str,
    drawn: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<Needed<'a>>,
    #[serde(skip_serializing_if = "Slices::is_empty")]
    slices: Slices<'a>,
}

impl<'a> TaskJson<'a> {
    fn of(of_task: &'a TaskPrevalence, size_for: Option<f64>) -> Self {
        Self {
            whole: &of_task.whole,
            method: method(of_task.correction),
            drawn: drawn(of_task.correction),
            needed: Needed::of(of_task, size_for),
            slices: Slices(&of_task.slices),
        }
    }
}

/// By column and value.
struct Slices<'a>(&'a [SlicePrevalence]);

impl Slices<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Slices<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.0.chunk_by(|a, b| a.by == b.by);
        serializer.collect_map(columns.map(|slices| (&slices[0].by, Values(slices))))
    }
}

struct Values<'a>(&'a [SlicePrevalence]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|slice| (&slice.value, &slice.shares)))
    }
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
                let ends = share.interval.map(|interval| (interval.lo, interval.hi));
                let (lo, hi) = ends.unzip();
                let numbers = [share.value, lo, hi, share.counted].map(number);
                let Shares { n, n_pages, n_labelled, n_labelled_pages, .. } = shares;
                let counts = [n, n_pages, n_labelled, n_labelled_pages].map(ToString::to_string);
                let names = [task, by, value, quantity, label].map(str::to_owned);
                let reason = share.why.map_or_else(String::new, |why| why.to_string());
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
