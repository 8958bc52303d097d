//! What the script of a report reads: the labels of all passages, and each page when it is shown.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    CorpusReport,
    corpus::{certainty, percents},
};
use crate::{
    model::{Column, Explanation},
    predictions::Answers,
};

/// Words that are shown of each label.
const MOST_WORDS: usize = 6;

/// Labels and certainty of all passages in page order, and where the pages begin.
pub(super) fn index(corpus: &CorpusReport) -> Value {
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
    let labels = |task: &Answers| -> String {
        let width = width(task.n_labels());
        order().map(|row| code(task.given(row), width)).collect()
    };
    let certainties = |task: &Answers| -> String {
        let digit = |n: u32| char::from_digit(n, 36).expect("a digit");
        let digits = |row| certainty(task, row);
        order().map(digits).flat_map(|n| [digit(n / 36), digit(n % 36)]).collect()
    };
    json!({
        "schema": "standpoint.report/1",
        "tasks": corpus.answers.iter().map(|t| json!({ "name": t.task(), "labels": t.labels() })).collect::<Vec<_>>(),
        "pages": pages,
        "labels": corpus.answers.iter().map(labels).collect::<Vec<_>>(),
        "certainty": corpus.answers.iter().map(certainties).collect::<Vec<_>>(),
    })
}

/// Digits of base 36 that the numbers of so many labels need.
fn width(labels: usize) -> usize {
    let last = labels.saturating_sub(1);
    std::iter::successors(Some(last / 36), |rest| Some(rest / 36))
        .take_while(|rest| *rest > 0)
        .count()
        + 1
}

/// A label's number in so many digits, as JavaScript's `parseInt(_, 36)` reads it; dashes for none.
fn code(label: Option<usize>, width: usize) -> String {
    let Some(label) = label else { return "-".repeat(width) };
    let places = (0..width as u32).rev();
    let digit = |place: u32| char::from_digit((label / 36_usize.pow(place) % 36) as u32, 36);
    places.filter_map(digit).collect()
}

/// The passages of a page; `why` has the explanations of each, if there are any.
pub(super) fn page(corpus: &CorpusReport, rows: &[usize], why: &[Vec<Explanation>]) -> Value {
    let passage = |(at, &row): (usize, &usize)| {
        let text = corpus.corpus.text(row);
        let p = corpus.answers.iter().map(|task| percents(task, row));
        let mut passage = json!({
            "row": corpus.corpus.place(row).to_string(),
            "text": text,
            "p": p.collect::<Vec<_>>(),
        });
        if let Some(explanations) = why.get(at) {
            let of = |task: &Answers| {
                let explained = explanations.iter().find(|e| *e.task == *task.task())?;
                let label = task.labels().iter().position(|label| *label == *explained.label)?;
                let second = &explained.runner_up.label;
                let second = task.labels().iter().position(|label| *label == **second)?;
                Some(evidence(text, label, second, explained))
            };
            passage["why"] = corpus.answers.iter().map(of).collect();
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
    let column = |column: &Column| json!([column.name, rounded(column.contribution)]);
    let columns: Vec<Value> = explained.columns.iter().map(column).collect();
    json!({
        "label": label,
        "words": words,
        "other": rounded(all - shown),
        "columns": columns,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_has_a_code_however_many_there_are() {
        assert_eq!([1, 36, 37, 1296, 1297].map(width), [1, 1, 2, 2, 3]);
        for labels in [2, 36, 37, 1297] {
            let width = width(labels);
            for label in 0..labels {
                let code = code(Some(label), width);
                assert_eq!(code.len(), width);
                assert_eq!(usize::from_str_radix(&code, 36), Ok(label));
            }
            assert_eq!(code(None, width), "-".repeat(width));
        }
    }
}
