//! Why a passage got its labels.

use std::{
    collections::HashMap,
    fmt::Display,
    io::{self, Write},
    ops::Range,
};

use anstyle::Style;
use serde_json::{Value, json};
use standpoint::{
    features::Block,
    model::{Column, Explanation, RunnerUp, Word},
};

use super::{BOLD, DIM, INDENT, Sink, cut, json_line, printable, width, wrapped, wrapped_with};
use crate::cli::args::FiguresFormat;

const UNDERLINED: Style = Style::new().underline();

/// So many words that together decided are named; more tell nobody anything.
const MOST_TIPPING: usize = 6;

/// Columns beside a word in the table of contributions, and those of the dots behind one cut short.
const BEFORE_WORDS: usize = INDENT.len() + 8 + 2 + 3;

/// Why a passage got its labels; `first` of those that are shown, or below another.
pub fn explanations(
    sink: &mut Sink,
    first: bool,
    row: usize,
    text: &str,
    explanations: &[Explanation],
    top: usize,
    format: FiguresFormat,
) -> io::Result<()> {
    if format == FiguresFormat::Json {
        return json_line(sink, &explanations_json(row, text, explanations, top));
    }
    sink.text(|out| {
        if !first {
            writeln!(out)?;
        }
        write_explanations(out, row, text, explanations, top)
    })
}

fn write_explanations(
    out: &mut Vec<u8>,
    row: usize,
    text: &str,
    explanations: &[Explanation],
    top: usize,
) -> io::Result<()> {
    let marked = explanations.iter().find(|e| e.task == "stance").or(explanations.first());
    let deciding = marked.map_or_else(Vec::new, |marked| deciding(marked, top));
    let rows = wrapped_with(text, &deciding, UNDERLINED);
    let first = rows.first().map_or("", |row| row.trim_start());
    writeln!(out, "{:>3}  {first}", row + 1)?;
    rows.iter().skip(1).try_for_each(|row| writeln!(out, "{row}"))?;
    if let Some(marked) = marked.filter(|_| explanations.len() > 1 && !deciding.is_empty()) {
        writeln!(
            out,
            "{INDENT}{DIM}(underlined: what decided {}){DIM:#}",
            printable(&marked.task)
        )?;
    }
    for explanation in explanations {
        let Explanation { task, label, probability, score, .. } = explanation;
        writeln!(out)?;
        writeln!(
            out,
            "{INDENT}{BOLD}{}: {}{BOLD:#}, probability {probability:.2}, score {score:+.3}",
            printable(task),
            printable(label)
        )?;
        let words = strongest_words(text, explanation);
        let shown: f64 = words.iter().take(top).map(|(_, contribution)| contribution).sum();
        let all: f64 = words.iter().map(|(_, contribution)| contribution).sum();
        let mut line =
            |value: f64, what: &dyn Display| writeln!(out, "{INDENT}{value:>+8.3}  {what}");
        for (word, contribution) in words.iter().take(top) {
            line(*contribution, &cut(word, width() - BEFORE_WORDS))?;
        }
        if words.len() > top {
            line(all - shown, &format_args!("({} other words)", words.len() - top))?;
        }
        for Column { name, value, contribution } in &explanation.columns {
            let name = cut(name, width() - BEFORE_WORDS);
            match value {
                Some(value) => line(*contribution, &format_args!("(column {name} = {value})"))?,
                None => line(*contribution, &format_args!("(column {name})"))?,
            }
        }
        line(explanation.neighbours, &"(neighbours on the page)")?;
        line(explanation.position, &"(position on the page)")?;
        line(explanation.shape, &"(length and look)")?;
        line(explanation.intercept, &"(intercept)")?;
        line(explanation.sum(), &"= score")?;
        for row in wrapped(&runner_up(text, explanation)) {
            writeln!(out, "{row}")?;
        }
    }
    Ok(())
}

/// The words that speak most for the label, where they stand in the text.
fn deciding(explanation: &Explanation, most: usize) -> Vec<Range<usize>> {
    let mut words: Vec<_> = explanation.words.iter().filter(|w| w.contribution > 0.0).collect();
    words.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    let mut ranges: Vec<_> = words.into_iter().take(most).map(|word| word.range.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    ranges
}

/// What came second, and what kept it from being first.
fn runner_up(text: &str, explanation: &Explanation) -> String {
    let RunnerUp { label, probability, behind, words } = &explanation.runner_up;
    let mut shown: Vec<String> = Vec::new();
    for word in words {
        let quoted = format!("“{}”", &text[word.range.clone()]);
        if !shown.contains(&quoted) {
            shown.push(quoted);
        }
    }
    let tipped = match &shown[..] {
        [] => "no words of the passage would make it first".to_owned(),
        shown if shown.len() > MOST_TIPPING => {
            format!("the words that keep it from being first are many ({})", shown.len())
        }
        [only] => format!("it would be first without {only}"),
        [others @ .., last] => {
            format!("it would be first without {} and {last}", others.join(", "))
        }
    };
    format!("second: {label}, probability {probability:.2}, {behind:.3} behind; {tipped}")
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
            "columns": e.columns.iter().map(|column| json!({
                "column": column.name,
                "value": column.value,
                "contribution": column.contribution,
            })).collect::<Vec<_>>(),
            "neighbours": e.neighbours,
            "position": e.position,
            "shape": e.shape,
            "intercept": e.intercept,
            "runner_up": {
                "label": e.runner_up.label,
                "probability": e.runner_up.probability,
                "behind": e.runner_up.behind,
                "words": words_json(text, &e.runner_up.words),
            },
            "words": words_json(text, &e.words),
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

fn words_json(text: &str, words: &[Word]) -> Value {
    let word = |word: &Word| {
        json!({
            "start": word.range.start,
            "end": word.range.end,
            "text": &text[word.range.clone()],
            "contribution": word.contribution,
        })
    };
    words.iter().map(word).collect()
}

fn block(block: Block) -> &'static str {
    match block {
        Block::Word => "word",
        Block::Char => "char",
    }
}
