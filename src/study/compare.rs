//! New predictions against old ones, on the cases that both answer.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{AnswerSource, WithNotices};
use crate::{
    corpus::Corpus,
    error::{Error, Result},
    evaluate::{Answered, Comparison, ComparisonSettings},
    predictions::Scored,
};

/// One task's comparison.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskComparison {
    /// The comparison.
    pub comparison: Comparison,
    /// Passages with a gold label for which old, and for which new, has no prediction.
    pub unanswered: [usize; 2],
    /// The row of each flip, in their order.
    pub flip_rows: Vec<usize>,
}

/// Compares new predictions of a corpus with old ones, task by task; `names` are theirs, for messages.
///
/// # Errors
/// Those of [`AnswerSource::score`]; [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if they
/// have no task in common, or no passage, or know different labels.
pub fn compare(
    corpus: &Corpus,
    [old, new]: [&AnswerSource; 2],
    names: [&str; 2],
    asked: &[String],
    settings: &ComparisonSettings,
) -> Result<WithNotices<Vec<TaskComparison>>> {
    let (of_old, of_new) = (old.score(corpus, asked)?, new.score(corpus, asked)?);
    let mut notices = of_old.notices.clone();
    // Both are of the same passages, and may have the same to tell.
    notices.extend(of_new.notices.into_iter().filter(|notice| !of_old.notices.contains(notice)));
    let mut found: Vec<TaskComparison> = Vec::new();
    let left_out =
        |name: &str, task: &str| format!("{name} has no prediction of {task}: it is left out");
    for old in &of_old.found {
        let Some(new) = of_new.found.iter().find(|new| new.task() == old.task()) else {
            notices.push(left_out(names[1], old.task()));
            continue;
        };
        found.push(of_task(old, new, names, *settings)?);
    }
    for new in &of_new.found {
        if !of_old.found.iter().any(|old| old.task() == new.task()) {
            notices.push(left_out(names[0], new.task()));
        }
    }
    if found.is_empty() {
        return Err(Error::undecidable(
            format!("{} and {} have no task in common", names[0], names[1]),
            "compare predictions of the same columns",
        ));
    }
    Ok(WithNotices { found, notices })
}

/// Two tables of predictions, of which one has the gold labels or both have the same: the sources and the
/// corpus to compare them on.
///
/// # Errors
/// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if their gold labels differ, and those of
/// [`Corpus::rows_in`].
pub fn compare_tables(old: Corpus, new: Corpus) -> Result<([AnswerSource; 2], Corpus)> {
    let has_gold =
        |table: &Corpus| table.predicted_tasks().iter().any(|task| table.has_column(task));
    if !has_gold(&old) {
        return Ok(([AnswerSource::Table(old), AnswerSource::Columns], new));
    }
    let row_of = old.rows_in(&new)?;
    for task in old.predicted_tasks() {
        let (Some(ours), Some(theirs)) = (old.values(task), new.values(task)) else { continue };
        let differs = |row: &usize| ours[*row] != theirs[row_of[*row]];
        if let Some(row) = (0..old.len()).find(differs) {
            let label = |label: &Option<Cow<'_, str>>| {
                label.as_deref().map_or_else(|| "none".to_owned(), |label| format!("{label:?}"))
            };
            return Err(Error::undecidable(
                format!(
                    "the gold {task} label is {} at {} and {} at {}",
                    label(&ours[row]),
                    old.place(row),
                    label(&theirs[row_of[row]]),
                    new.place(row_of[row])
                ),
                "give the labels that count as a third table",
            ));
        }
    }
    Ok(([AnswerSource::Columns, AnswerSource::Table(new)], old))
}

fn of_task(
    old: &Scored,
    new: &Scored,
    names: [&str; 2],
    settings: ComparisonSettings,
) -> Result<TaskComparison> {
    let unanswered = [old, new].map(|scored| scored.unanswered().len());
    let answered = answered(old, new);
    let (old, new) = aligned(old, new, names)?;
    let comparison = Comparison::of(&old, &new, &settings)?.with_answered(&answered);
    let flip_rows = comparison.flips.iter().map(|flip| old.rows()[flip.case]).collect();
    Ok(TaskComparison { comparison, unanswered, flip_rows })
}

/// Who answered each passage that has a gold label.
fn answered(old: &Scored, new: &Scored) -> Vec<Answered> {
    let pages = |scored: &Scored| -> BTreeMap<usize, usize> {
        let cases = scored.rows().iter().zip(scored.pages());
        let others = scored.unanswered().iter().zip(scored.unanswered_pages());
        cases.chain(others).map(|(&row, &page)| (row, page)).collect()
    };
    // Where only one of the tables says which page a row is on, the other has as many pages as rows.
    let (of_old, of_new) = (pages(old), pages(new));
    let distinct = |pages: &BTreeMap<usize, usize>| pages.values().collect::<BTreeSet<_>>().len();
    let pages = if distinct(&of_old) <= distinct(&of_new) { of_old } else { of_new };
    let rows = |scored: &Scored| scored.rows().iter().copied().collect::<BTreeSet<usize>>();
    let (by_old, by_new) = (rows(old), rows(new));
    let answered = |(row, page): (usize, usize)| Answered {
        page,
        by_old: by_old.contains(&row),
        by_new: by_new.contains(&row),
    };
    pages.into_iter().map(answered).collect()
}

/// Both as cases of the same rows, labels and pages.
fn aligned(old: &Scored, new: &Scored, names: [&str; 2]) -> Result<(Scored, Scored)> {
    let task = old.task();
    let rows = |scored: &Scored| scored.rows().iter().copied().collect::<BTreeSet<usize>>();
    let both: BTreeSet<usize> = rows(old).intersection(&rows(new)).copied().collect();
    if both.is_empty() {
        let [old, new] = names;
        return Err(Error::undecidable(
            format!("there is no passage of which both {old} and {new} predict the {task}"),
            "compare predictions of the same passages",
        ));
    }
    let shared = |scored: &Scored| scored.of_rows(|row| both.contains(&row));
    let (old, new) = (shared(old), shared(new));
    let mut labels = old.labels().to_vec();
    labels.extend(new.labels().iter().filter(|label| !old.labels().contains(*label)).cloned());
    for (scored, name) in [(&old, names[0]), (&new, names[1])] {
        let closed = scored.probabilities().is_some();
        if closed && labels.iter().any(|label| !scored.labels().contains(label)) {
            return Err(Error::undecidable(
                format!(
                    "{name} knows the {task} labels {}, and not all of {}",
                    scored.labels().join(", "),
                    labels.join(", ")
                ),
                "compare predictions of the same labels",
            ));
        }
    }
    let (old, new) = (old.relabel(&labels)?, new.relabel(&labels)?);
    if old.pages() == new.pages() {
        return Ok((old, new));
    }
    // Only one of the tables says which page a row is on: the other has as many pages as rows.
    let pages = if old.n_pages() <= new.n_pages() { old.pages() } else { new.pages() }.to_vec();
    Ok((old.on_pages(&pages), new.on_pages(&pages)))
}
