//! New predictions against old ones.

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use standpoint::{
    Place,
    evaluate::{Comparison, Difference, Flip, McNemar, Metric},
};

use super::{BOLD, Sink, json_line, printable, start};
use crate::cli::args::FiguresFormat;

/// One task's comparison, and where each of its flips stands.
pub struct Compared {
    pub comparison: Comparison,
    /// Passages with a gold label that old, and that new, say nothing of: left out of both.
    pub unanswered: [usize; 2],
    /// In the order of its flips.
    pub lines: Vec<FlipLine>,
}

/// A flip's place in the file of the gold labels.
pub struct FlipLine {
    pub place: Place,
    pub text: Option<String>,
}

impl Compared {
    /// The flips that harm or those that help, with their lines.
    fn flips(&self, helps: bool) -> impl Iterator<Item = (&Flip, &FlipLine)> {
        let flips = self.comparison.flips.iter().zip(&self.lines);
        flips.filter(move |(flip, _)| flip.helps == helps)
    }
}

/// The comparison of some tasks; `names` are those of old and new.
pub fn comparison(
    sink: &mut Sink,
    names: &[String; 2],
    compared: &[Compared],
    top: usize,
    format: FiguresFormat,
) -> io::Result<()> {
    if format == FiguresFormat::Json {
        return json_line(sink, &to_json(names, compared));
    }
    sink.text(|out| {
        writeln!(out, "old: {}", printable(&names[0]))?;
        writeln!(out, "new: {}", printable(&names[1]))?;
        compared.iter().try_for_each(|of_task| {
            writeln!(out)?;
            figures(out, &of_task.comparison, of_task.unanswered)?;
            [false, true].iter().try_for_each(|&helps| flips(out, of_task, helps, top))
        })
    })
}

fn figures(
    out: &mut Vec<u8>,
    comparison: &Comparison,
    [by_old, by_new]: [usize; 2],
) -> io::Result<()> {
    let Comparison { task, labels, n, n_pages, margin, .. } = comparison;
    writeln!(
        out,
        "{BOLD}{task}{BOLD:#}: {n} passages on {n_pages} pages; equivalent means within {margin}"
    )?;
    if by_old + by_new > 0 {
        writeln!(
            out,
            "  left out: {by_old} that old gives no label, {by_new} that new gives none"
        )?;
    }
    let name = |metric: Metric| metric.name(labels);
    let names = comparison.differences.iter().map(|difference| name(difference.metric));
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
    writeln!(
        out,
        "  {:<width$}     old     new  {:<28}  {:<11}  detectable",
        "", "new less old", "verdict"
    )?;
    for difference in &comparison.differences {
        let Difference { metric, old, new, value, interval, detectable, verdict, .. } = difference;
        let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.3}"));
        let shown = match (value, interval) {
            (Ok(value), Ok((low, high))) => format!("{value:+.3} ({low:+.3} to {high:+.3})"),
            (Ok(value), Err(reason)) => format!("{value:+.3} ({reason})"),
            (Err(reason), _) => format!("- ({reason})"),
        };
        writeln!(
            out,
            "  {:<width$}  {:>6}  {:>6}  {shown:<28}  {:<11}  {:>10}",
            name(*metric),
            number(old.ok()),
            number(new.ok()),
            verdict.name(),
            number(*detectable),
        )?;
    }
    let McNemar { only_old, only_new, p, mid_p } = comparison.mcnemar;
    writeln!(
        out,
        "  only old right {only_old}, only new right {only_new}: McNemar's exact p {p:.4}, \
         mid-p {mid_p:.4}"
    )
}

fn flips(out: &mut Vec<u8>, compared: &Compared, helps: bool, top: usize) -> io::Result<()> {
    let n = compared.flips(helps).count();
    if n == 0 || top == 0 {
        return Ok(());
    }
    let what = if helps { "now right" } else { "no longer right" };
    writeln!(out, "  {BOLD}{n} {what}{BOLD:#}")?;
    for (flip, line) in compared.flips(helps).take(top) {
        let label = |label: usize| &compared.comparison.labels[label];
        let certain = flip.probability.map_or_else(String::new, |p| format!(" {p:.2}"));
        write!(
            out,
            "    {}: {}, was {}, is {}{certain}",
            printable(&line.place.to_string()),
            label(flip.gold),
            label(flip.old),
            label(flip.new)
        )?;
        writeln!(out)?;
        if let Some(text) = &line.text {
            writeln!(out, "      {}", start(text))?;
        }
    }
    if n > top {
        writeln!(out, "    ... {} more: --flips, or --format json", n - top)?;
    }
    Ok(())
}

fn to_json(names: &[String; 2], compared: &[Compared]) -> Value {
    let of_task = |of_task: &Compared| {
        let labels = &of_task.comparison.labels;
        let flips = |helps: bool| {
            let flip = |(flip, line): (&Flip, &FlipLine)| {
                json!({
                    "file": line.place.file,
                    "line": line.place.line,
                    "gold": labels[flip.gold],
                    "old": labels[flip.old],
                    "new": labels[flip.new],
                    "probability": flip.probability,
                    "text": line.text,
                })
            };
            of_task.flips(helps).map(flip).collect::<Vec<_>>()
        };
        let mut json = of_task.comparison.to_json();
        let [old, new] = of_task.unanswered;
        json["unanswered"] = json!({ "old": old, "new": new });
        json["flips"] = json!({ "harm": flips(false), "help": flips(true) });
        (of_task.comparison.task.clone(), json)
    };
    json!({
        "schema": "standpoint.comparison/1",
        "old": names[0],
        "new": names[1],
        "tasks": compared.iter().map(of_task).collect::<Map<_, _>>(),
    })
}
