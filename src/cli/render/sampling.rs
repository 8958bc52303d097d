//! Samples that were drawn, and how large they ought to be.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;
use standpoint::study::{DrawnSample, SampleSize, Stratum};

use super::{Sink, json_line, name, note, passages_on, printable};

/// Strata that are shown.
const SHOWN: usize = 20;

/// Says what was drawn.
pub fn drawn(sample: &DrawnSample, what: &str, is_simple: bool) {
    let DrawnSample { rows, n_pages, strata, .. } = sample;
    note(&format!("drawn: {}", passages_on(rows.len(), n_pages)));
    if is_simple {
        return;
    }
    for Stratum { name, size, drawn, .. } in strata.iter().take(SHOWN) {
        let whole = if drawn == size { ", all" } else { "" };
        note(&format!("  {name}: {drawn} of {size} {what}{whole}"));
    }
    if strata.len() > SHOWN {
        note(&format!("  and {} strata more", strata.len() - SHOWN));
    }
}

/// How many labels an interval takes.
pub struct SizesOf<'a> {
    pub corpus: &'a str,
    pub half: f64,
    pub by_page: bool,
    pub sizes: &'a [SampleSize],
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    corpus: &'a str,
    half_width: f64,
    drawn: &'static str,
    sizes: Vec<serde_json::Value>,
}

pub fn sizes(sink: &mut Sink, of: &SizesOf, is_json: bool) -> Result<()> {
    let SizesOf { corpus, half, by_page, sizes } = *of;
    if is_json {
        let size = |size: &SampleSize| {
            let SampleSize { task, label, n, n_passages, basis, .. } = size;
            json!({ "task": task, "label": label, "n": n, "n_passages": n_passages, "basis": basis })
        };
        let drawn = if by_page { "pages" } else { "passages" };
        let sizes = sizes.iter().map(size).collect();
        let schema = "standpoint.sample_size/1";
        json_line(sink, &Json { schema, corpus, half_width: half, drawn, sizes })?;
        return Ok(());
    }
    sink.text(|out| {
        for SampleSize { task, label, n, n_passages, basis, .. } in sizes {
            let task = printable(task.as_deref().unwrap_or("any task"));
            let label =
                label.as_ref().map_or(String::new(), |l| format!(" ({} takes most)", name(l)));
            let many = match by_page {
                true => format!("{n} pages, about {n_passages} passages,"),
                false => format!("{n} passages"),
            };
            writeln!(
                out,
                "{task}: label {many} for intervals of ±{half} or less{label}; from {basis}"
            )?;
        }
        Ok(())
    })?;
    Ok(())
}
