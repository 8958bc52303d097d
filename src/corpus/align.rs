//! Which row of one table is which row of another: by ids, by order, or by text.

use std::{borrow::Cow, collections::HashMap};

use super::{row::Row, table::Corpus};
use crate::{
    error::{Error, Result},
    predictions::Answers,
};

impl Corpus {
    /// The row of `other` that each of our rows is: by page and `seq` if all rows of both have them, else
    /// by order. `other` may have more rows.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a table has two rows with the same page and `seq`;
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) names our first row that the other table
    /// lacks, or has with another text, or says that the numbers of rows differ.
    pub fn rows_in(&self, other: &Self) -> Result<Vec<usize>> {
        let rows: Vec<usize> = match self.rows_by_key(other)? {
            Some(found) => {
                let row = |(row, found): (usize, Option<usize>)| {
                    found.ok_or_else(|| {
                        let (place, other) = (self.place(row), other.name());
                        let Row { page, seq, .. } = &self.rows[row];
                        Error::undecidable(
                            format!("{place}: page {page}, seq {seq} is not in {other}"),
                            "give a prediction for every labelled passage",
                        )
                    })
                };
                found.into_iter().enumerate().map(row).collect::<Result<_>>()?
            }
            _ if self.len() == other.len() => (0..self.len()).collect(),
            _ => {
                let (file, n) = (self.name(), self.len());
                return Err(Error::undecidable(
                    format!(
                        "{file} has {n} rows and {} has {}, and not both have page and seq in every \
                         row to match them by",
                        other.name(),
                        other.len()
                    ),
                    "add these columns, or give the same rows in order",
                ));
            }
        };
        if let (Some(ours), Some(theirs)) = (self.values("text"), other.values("text")) {
            let words = |text: &Option<Cow<'_, str>>| -> Vec<String> {
                text.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
            };
            for (row, &their) in rows.iter().enumerate() {
                if ours[row] != theirs[their] && words(&ours[row]) != words(&theirs[their]) {
                    let (place, other) = (self.place(row), other.place(their));
                    return Err(Error::undecidable(
                        format!("{place}: the text differs from the one at {other}"),
                        "give predictions of the same passages, in the same order or with page and seq",
                    ));
                }
            }
        }
        Ok(rows)
    }

    /// The row of `other` with the page and `seq` of each of our rows, if it has one; nothing unless all
    /// rows of both have page and `seq`.
    pub(crate) fn rows_by_key(&self, other: &Self) -> Result<Option<Vec<Option<usize>>>> {
        let (Some(ours), Some(theirs)) = (self.keys()?, other.keys()?) else { return Ok(None) };
        let numbers: HashMap<_, usize> = theirs.into_iter().zip(0..).collect();
        Ok(Some(ours.iter().map(|key| numbers.get(key).copied()).collect()))
    }
}

/// The row of the corpus that each labelled row of a sample is; nothing if none of them is there. By page
/// and `seq`, else by text.
pub(crate) fn rows_of_sample(
    sample: &Corpus,
    labelled: &[usize],
    corpus: &Corpus,
    answers: &[Answers],
) -> Result<Option<HashMap<usize, usize>>> {
    if labelled.is_empty() {
        let problem = format!("no passage of {} has a label", sample.name());
        let help = "fill the columns, or choose others in `tasks`";
        return Err(Error::undecidable(problem, help));
    }
    let rows: Vec<Option<usize>> = match sample.rows_by_key(corpus)? {
        Some(found) => labelled.iter().map(|&row| found[row]).collect(),
        None => by_text(sample, labelled, corpus, answers)?,
    };
    if rows.iter().all(Option::is_none) {
        return Ok(None);
    }
    if let Some(lost) = rows.iter().position(Option::is_none) {
        return Err(Error::input(
            sample.place(labelled[lost]),
            format!("this passage is not in {}, though others of the sample are", corpus.name()),
            "draw the sample from the corpus, or wholly from elsewhere",
        ));
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
            format!("the passages of {} and {} cannot be matched", sample.name(), corpus.name()),
            "give both page and seq in every row, or the texts",
        ));
    };
    let paged = |corpus: &Corpus| (0..corpus.len()).all(|row| !corpus.page_id(row).is_empty());
    let paged = paged(sample) && paged(corpus);
    let page =
        |corpus: &Corpus, row| if paged { corpus.page_id(row).to_owned() } else { String::new() };
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
            [] => Some("its text is here more often than in the corpus".to_owned()),
            [several @ .., first] => {
                let differ = |other: usize| answers.iter().any(|task| !task.same(*first, other));
                several.iter().find(|&&other| differ(other)).map(|&other| {
                    let places = [*first, other].map(|row| corpus.place(row).to_string());
                    format!(
                        "its text is at {}, with different predictions",
                        places.join(" and at ")
                    )
                })
            }
        };
        if let Some(problem) = problem {
            let help = "give both tables page and seq in every row";
            return Err(Error::input(sample.place(row), problem, help));
        }
        all.push(rows.pop());
    }
    Ok(all)
}
