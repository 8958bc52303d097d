//! What the script of a report reads: the labels of all passages, and each page when it is shown.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{CorpusReport, CorpusTask};
use crate::model::Explanation;

/// Words that are shown of each label.
const MOST_WORDS: usize = 6;

/// Labels and certainty of all passages in page order, and where the pages begin.
pub(super) fn index(corpus: &CorpusReport<'_>) -> Value {
    let mut first = 0;
    let pages = corpus.pages.iter().map(|page| {
        let n = page.rows.len();
        first += n;
        json!({
            "id": page.id, "title": page.title, "source": page.source, "date": page.date,
            "first": first - n, "n": n,
        })
    });
    let pages: Vec<Value> = pages.collect();
    let order = || corpus.pages.iter().flat_map(|page| page.rows.iter().copied());
    let labels =
        |task: &CorpusTask| -> String { order().map(|row| code(task.predicted[row])).collect() };
    let certainty = |task: &CorpusTask| -> String {
        let digit = |n: u32| char::from_digit(n, 36).expect("a digit");
        let digits = |row| task.certainty(row);
        order().map(digits).flat_map(|n| [digit(n / 36), digit(n % 36)]).collect()
    };
    json!({
        "schema": "standpoint.report/1",
        "tasks": corpus.tasks.iter().map(|t| json!({ "name": t.name, "labels": t.labels })).collect::<Vec<_>>(),
        "pages": pages,
        "labels": corpus.tasks.iter().map(labels).collect::<Vec<_>>(),
        "certainty": corpus.tasks.iter().map(certainty).collect::<Vec<_>>(),
    })
}

/// A label's number in one character, as JavaScript's `parseInt(_, 36)` reads it; `-` for none.
fn code(label: Option<usize>) -> char {
    label.and_then(|label| char::from_digit(label as u32, 36)).unwrap_or('-')
}

/// The passages of a page; `why` has the explanations of each, if there are any.
pub(super) fn page(corpus: &CorpusReport<'_>, rows: &[usize], why: &[Vec<Explanation>]) -> Value {
    let passage = |(at, &row): (usize, &usize)| {
        let text = corpus.texts[row];
        let p = corpus.tasks.iter().map(|task| task.percents(row));
        let mut passage = json!({
            "row": corpus.places[row],
            "text": text,
            "p": p.collect::<Vec<_>>(),
        });
        if let Some(explanations) = why.get(at) {
            let of = |task: &CorpusTask| {
                let explained = explanations.iter().find(|e| e.task == task.name)?;
                let label = task.labels.iter().position(|label| *label == explained.label)?;
                let second = &explained.runner_up.label;
                let second = task.labels.iter().position(|label| label == second)?;
                Some(evidence(text, label, second, explained))
            };
            passage["why"] = corpus.tasks.iter().map(of).collect();
        }
        passage
    };
    rows.iter().enumerate().map(passage).collect()
}

/// The words that contribute most, where they stand in the text as JavaScript counts, and all the rest.
fn evidence(text: &str, label: usize, second: usize, explained: &Explanation) -> Value {
    let mut words: Vec<_> = explained.words.iter().collect();
    words.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    words.truncate(MOST_WORDS);
    let all: f64 = explained.words.iter().map(|word| word.contribution).sum();
    let shown: f64 = words.iter().map(|word| word.contribution).sum();
    let tipping = &explained.runner_up.words;
    let tipping = if tipping.len() > MOST_WORDS { &[][..] } else { tipping };
    let ends = words.iter().copied().chain(tipping);
    let at = utf16(text, ends.flat_map(|word| [word.range.start, word.range.end]));
    let tipping: Vec<Value> =
        tipping.iter().map(|word| json!([at[&word.range.start], at[&word.range.end]])).collect();
    let words: Vec<Value> = words
        .iter()
        .map(|word| json!([at[&word.range.start], at[&word.range.end], rounded(word.contribution)]))
        .collect();
    json!({
        "label": label,
        "words": words,
        "other": rounded(all - shown),
        "neighbours": rounded(explained.neighbours),
        "position": rounded(explained.position),
        "shape": rounded(explained.shape),
        "intercept": rounded(explained.intercept),
        "score": rounded(explained.score),
        "second": second,
        "behind": rounded(explained.runner_up.behind),
        "without": tipping,
    })
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// Where these bytes stand in UTF-16.
fn utf16(text: &str, bytes: impl Iterator<Item = usize>) -> HashMap<usize, usize> {
    let mut wanted: Vec<usize> = bytes.collect();
    wanted.sort_unstable();
    let (mut at, mut units) = (0, 0);
    let place = |byte: usize| {
        units += text[at..byte].encode_utf16().count();
        at = byte;
        (byte, units)
    };
    wanted.into_iter().map(place).collect()
}

/// JSON that no HTML parser takes for anything else: within `<script>` only `<` could end it.
pub(super) fn in_script(json: &Value) -> String {
    json.to_string().replace('<', "\\u003c")
}
