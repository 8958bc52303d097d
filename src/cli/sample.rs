//! Which passages of a corpus the labelled ones of a sample are.

use std::collections::HashMap;

use anyhow::Result;
use standpoint::{Corpus, Error};

use super::answered::Answers;

/// The row of the corpus that each labelled row of the sample is; nothing if none of them is there.
pub fn matched(
    sample: &Corpus,
    labelled: &[usize],
    corpus: &Corpus,
    answers: &[Answers],
) -> Result<Option<HashMap<usize, usize>>> {
    if labelled.is_empty() {
        let problem = format!("no passage of {} has a label", sample.place(0).file);
        let help = "fill the columns, or choose others with --tasks";
        return Err(Error::undecidable(problem, help).into());
    }
    let rows: Vec<Option<usize>> = match (sample.keys()?, corpus.keys()?) {
        (Some(ours), Some(theirs)) => {
            let numbers: HashMap<_, usize> = theirs.into_iter().zip(0..).collect();
            labelled.iter().map(|&row| numbers.get(&ours[row]).copied()).collect()
        }
        _ => by_text(sample, labelled, corpus, answers)?,
    };
    if rows.iter().all(Option::is_none) {
        return Ok(None);
    }
    if let Some(lost) = rows.iter().position(Option::is_none) {
        return Err(Error::input(
            sample.place(labelled[lost]),
            format!(
                "this passage is not in {}, though others of the sample are",
                corpus.place(0).file
            ),
            "draw the sample from the corpus, or wholly from elsewhere",
        )
        .into());
    }
    Ok(Some(labelled.iter().copied().zip(rows.into_iter().flatten()).collect()))
}

/// By page, where both have one, and text: the first such row of the corpus that is not taken yet.
fn by_text(
    sample: &Corpus,
    labelled: &[usize],
    corpus: &Corpus,
    answers: &[Answers],
) -> Result<Vec<Option<usize>>> {
    let (Some(ours), Some(theirs)) = (sample.values("text"), corpus.values("text")) else {
        return Err(Error::undecidable(
            format!(
                "the passages of {} and {} cannot be told to be the same",
                sample.place(0).file,
                corpus.place(0).file
            ),
            "give both page and seq in every row, or the texts",
        )
        .into());
    };
    let paged = |table: &Corpus| (0..table.len()).all(|row| !table.page_id(row).is_empty());
    let paged = paged(sample) && paged(corpus);
    let page =
        |table: &Corpus, row| if paged { table.page_id(row).to_owned() } else { String::new() };
    let mut numbers: HashMap<(String, &str), Vec<usize>> = HashMap::new();
    // From the last, so that the first is taken first.
    for row in (0..corpus.len()).rev() {
        let text = theirs[row].as_deref().unwrap_or_default();
        numbers.entry((page(corpus, row), text)).or_default().push(row);
    }
    let mut all = Vec::new();
    for &row in labelled {
        let text = ours[row].as_deref().unwrap_or_default();
        let Some(rows) = numbers.get_mut(&(page(sample, row), text)) else {
            all.push(None);
            continue;
        };
        let problem = match rows.as_slice() {
            [] => Some("its text stands more often here than in the corpus".to_owned()),
            [several @ .., first] => {
                let other = several
                    .iter()
                    .find(|&&other| answers.iter().any(|answers| !answers.same(*first, other)));
                other.map(|&other| {
                    let places = [*first, other].map(|row| corpus.place(row).to_string());
                    format!(
                        "its text stands at {} and has other predictions there",
                        places.join(" and at ")
                    )
                })
            }
        };
        if let Some(problem) = problem {
            return Err(Error::input(
                sample.place(row),
                problem,
                "give both tables page and seq in every row",
            )
            .into());
        }
        all.push(rows.pop());
    }
    Ok(all)
}
