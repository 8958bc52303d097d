//! Why a passage got its labels.

use std::{
    collections::HashMap,
    fmt::Display,
    io::{self, Write},
};

use serde_json::{Value, json};
use standpoint::{Block, Explanation};

use super::{BOLD, INDENT, Sink, json_line, printable, wrapped};
use crate::cli::args::FiguresFormat;

/// Why a passage got its labels.
pub fn explanations(
    sink: &mut Sink,
    row: usize,
    text: &str,
    explanations: &[Explanation],
    top: usize,
    format: FiguresFormat,
) -> io::Result<()> {
    if format == FiguresFormat::Json {
        return json_line(sink, &explanations_json(row, text, explanations, top));
    }
    sink.text(|out| write_explanations(out, row, text, explanations, top))
}

fn write_explanations(
    out: &mut Vec<u8>,
    row: usize,
    text: &str,
    explanations: &[Explanation],
    top: usize,
) -> io::Result<()> {
    if row > 0 {
        writeln!(out)?;
    }
    let rows = wrapped(text);
    let first = rows.first().map_or("", |row| row.trim_start());
    writeln!(out, "{:>3}  {first}", row + 1)?;
    rows.iter().skip(1).try_for_each(|row| writeln!(out, "{row}"))?;
    for explanation in explanations {
        let Explanation { task, label, probability, score, .. } = explanation;
        writeln!(out)?;
        writeln!(
            out,
            "{INDENT}{BOLD}{task}: {label}{BOLD:#}, probability {probability:.2}, score {score:+.3}"
        )?;
        let words = strongest_words(text, explanation);
        let shown: f64 = words.iter().take(top).map(|(_, contribution)| contribution).sum();
        let all: f64 = words.iter().map(|(_, contribution)| contribution).sum();
        let mut line =
            |value: f64, what: &dyn Display| writeln!(out, "{INDENT}{value:>+8.3}  {what}");
        for (word, contribution) in words.iter().take(top) {
            line(*contribution, &printable(word))?;
        }
        if words.len() > top {
            line(all - shown, &format_args!("({} other words)", words.len() - top))?;
        }
        line(explanation.neighbours, &"(neighbours on the page)")?;
        line(explanation.position, &"(position on the page)")?;
        line(explanation.shape, &"(length and look)")?;
        line(explanation.intercept, &"(intercept)")?;
        line(explanation.sum(), &"= score")?;
    }
    Ok(())
}

/// The same word summed up, the strongest first.
fn strongest_words<'a>(text: &'a str, explanation: &Explanation) -> Vec<(&'a str, f64)> {
    let mut words: Vec<(&str, f64)> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for word in &explanation.words {
        let shown = &text[word.range.clone()];
        let at = *numbers.entry(shown).or_insert(words.len());
        if at == words.len() {
            words.push((shown, 0.0));
        }
        words[at].1 += word.contribution;
    }
    words.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    words
}

fn explanations_json(row: usize, text: &str, explanations: &[Explanation], top: usize) -> Value {
    let tasks = explanations.iter().map(|e| {
        json!({
            "task": e.task,
            "label": e.label,
            "probability": e.probability,
            "score": e.score,
            "neighbours": e.neighbours,
            "position": e.position,
            "shape": e.shape,
            "intercept": e.intercept,
            "words": e.words.iter().map(|word| json!({
                "start": word.range.start,
                "end": word.range.end,
                "text": &text[word.range.clone()],
                "contribution": word.contribution,
            })).collect::<Vec<_>>(),
            "terms": e.terms.iter().take(top).map(|term| json!({
                "term": term.name,
                "block": block(term.block),
                "value": term.value,
                "contribution": term.contribution,
            })).collect::<Vec<_>>(),
        })
    });
    let tasks: Vec<Value> = tasks.collect();
    json!({ "schema": "standpoint.explanation/1", "passage": row + 1, "text": text, "tasks": tasks })
}

fn block(block: Block) -> &'static str {
    match block {
        Block::Word => "word",
        Block::Char => "char",
    }
}
