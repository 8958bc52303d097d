//! spaCy's training data for the classification of texts: `{"text": ..., "cats": {"A": 1.0, "B": 0.0}}`, or a text
//! and an object with its `cats`.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use super::{
    draft::{Draft, Drafts},
    export::Export,
    json, labels,
    tool::Tool,
};
use crate::{
    corpus::{
        cell::{Cell, cell_text},
        fields::Fields,
    },
    error::Result,
    input::Source,
};

const CATS: &str = "cats";
/// From this score on a category is the text's.
const LEAST: f64 = 0.5;

pub(super) struct Spacy;

impl Tool for Spacy {
    fn name(&self) -> &'static str {
        "spacy"
    }

    fn title(&self) -> &'static str {
        "spaCy"
    }

    fn about(&self) -> &'static str {
        "JSON or JSONL of texts with cats, to be read alone"
    }

    fn separator(&self) -> char {
        ':'
    }

    fn is_written(&self) -> bool {
        false
    }

    fn recognises(&self, text: &str, objects: &[Fields]) -> bool {
        let pairs =
            text.strip_prefix('[').is_some_and(|text| text.trim_start().starts_with(['[', '"']));
        objects.iter().any(|line| cats(line).is_some()) || pairs && text.contains("\"cats\"")
    }

    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
        let mut all: Vec<(u64, Fields)> = Vec::new();
        let mut text: Option<Cell> = None;
        for (number, item) in json::values(source).enumerate() {
            let (line, item) = item?;
            // A pair of text and object is a list, or its two items where each line is one.
            let (before, item) =
                match item.as_list().and_then(|pair| <[Cell; 2]>::try_from(pair).ok()) {
                    Some([before, item]) => (Some(before), item),
                    None if item.as_str().is_some() => {
                        text = Some(item);
                        continue;
                    }
                    None => (text.take(), item),
                };
            let Some(mut fields) = Fields::of(&item) else {
                let problem = "there is no object with `cats`";
                let help =
                    "write one object a line, as {\"text\": \"...\", \"cats\": {\"A\": 1.0}}";
                return Err(drafts.wrong(line, number + 1, problem, help));
            };
            if let Some(text) = before {
                fields.insert("text", text);
            }
            all.push((line, fields));
        }
        let of_all = all.iter().filter_map(|(_, line)| cats(line));
        let names: BTreeSet<String> = of_all.flatten().map(|(name, _)| name).collect();
        let only = <[String; 1]>::try_from(names.into_iter().collect::<Vec<_>>()).ok();
        for (line, mut fields) in all {
            let cats = cats(&fields).unwrap_or_default();
            fields.remove(CATS);
            let found = chosen(&cats);
            let unnamed = match (&only, found.is_empty()) {
                (Some([only]), true) if cats.contains(only) => vec![labels::denied(only)],
                (None, true) if cats.names().count() > 0 => {
                    drafts.leave_out(format!("cats of which none reaches {LEAST}"));
                    found
                }
                _ => found,
            };
            let id = fields.get("id").and_then(labels::name_of);
            drafts.drafts.push(Draft { line, id, fields, unnamed, ..Draft::default() });
        }
        drafts.name_labels(self.separator())
    }

    fn check(&self, _: &Export) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn write(&self, _: &Export, _: &mut dyn Write) -> io::Result<()> {
        Err(io::Error::other("the format is not written"))
    }
}

/// The categories of a text, with their scores.
fn cats(line: &Fields) -> Option<Fields> {
    let cats = line.get(CATS).and_then(Fields::of)?;
    let scored = cats.names().all(|name| cats.get(name).is_some_and(|cat| score_of(cat).is_some()));
    scored.then_some(cats)
}

fn score_of(score: &Cell) -> Option<f64> {
    match score {
        Cell::Bool(given) => Some(f64::from(u8::from(*given))),
        Cell::Number(_) | Cell::Text(_) => cell_text(score).trim().parse().ok(),
        _ => None,
    }
}

/// All categories that are certain; else the one with the highest score, if it is high enough.
fn chosen(cats: &Fields) -> Vec<String> {
    let scores: Vec<(&String, f64)> =
        cats.names().filter_map(|name| Some((name, cats.get(name).and_then(score_of)?))).collect();
    let certain: Vec<String> =
        scores.iter().filter(|(_, score)| *score >= 1.0).map(|(name, _)| (*name).clone()).collect();
    if !certain.is_empty() {
        return certain;
    }
    // The first of several that are as high.
    let best = scores.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
    best.filter(|(_, score)| *score >= LEAST).map(|(name, _)| (*name).clone()).into_iter().collect()
}
