//! Leakage: the same learner under increasingly strict splits.

use std::collections::BTreeSet;

use super::{
    CrossValidation, Split, Trainer, Work, cross_validate_splits,
    groups::{self, Groups},
    near_duplicates::near_duplicates_among,
    slices::date,
};
use crate::{
    corpus::{Corpus, Gold, Passages},
    error::{Error, Place, Result},
    evaluate::{Estimate, Metric, SplitResult, SplitTask, TaskEvaluation},
    predictions::Scored,
};

/// How the score of one learner falls as the splits get stricter.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Leakage {
    /// The splits from the easiest to the strictest, with each task's macro F1.
    pub splits: Vec<SplitResult>,
    /// For each task that can be learnt its cases under the strictest split on which it can be.
    pub strictest: Vec<Scored>,
}

impl Trainer {
    /// Trains and scores under increasingly strict splits: random passages, near-duplicates together,
    /// whole pages, then pages of one source, topic or target together and the latest pages held out,
    /// where there are such columns. From whole pages on, pages that share near-duplicates are one.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit); [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if no task
    /// can be learnt under any split.
    pub fn leakage(&self, corpus: &Corpus, folds: usize) -> Result<Leakage> {
        let gold = self.gold(corpus)?;
        let parted = corpus.weighted_passages()?;
        let (passages, _) = groups::with_copies_joined(parted.clone());
        let mut results: Vec<SplitResult> = Vec::new();
        let mut made: Vec<(Vec<Split>, Vec<Outcome>)> = Vec::new();
        let mut strictest: Vec<Option<Scored>> = vec![None; gold.len()];
        for (split, splits) in splits(corpus, &passages, &gold, folds, self.settings().seed) {
            let (outcomes, groups) = match splits {
                Err(reason) => (vec![Err(reason); gold.len()], None),
                Ok((splits, groups)) => {
                    // Where no page has two passages, or no passage a copy, two splits are the same.
                    let same = made.iter().position(|(known, _)| *known == splits);
                    let number = same.unwrap_or_else(|| {
                        // The easiest split shows what copies are worth to a learner that trusts them.
                        let passages = if made.is_empty() { &parted } else { &passages };
                        let outcomes = self.outcomes(&split, passages, &gold, &splits);
                        made.push((splits, outcomes));
                        made.len() - 1
                    });
                    (made[number].1.clone(), Some(groups))
                }
            };
            let mut tasks = Vec::new();
            for ((outcome, gold), strictest) in outcomes.into_iter().zip(&gold).zip(&mut strictest)
            {
                let found = outcome.map(|(scored, found)| {
                    *strictest = Some(scored);
                    found
                });
                let (macro_f1, why) = match found {
                    Ok(macro_f1) => (Some(macro_f1), None),
                    Err(why) => (None, Some(why.to_string())),
                };
                tasks.push(SplitTask { task: gold.task.clone(), macro_f1, why });
            }
            results.push(SplitResult { split, groups, tasks });
        }
        let strictest: Vec<Scored> = strictest.into_iter().flatten().collect();
        if strictest.is_empty() {
            let all = results.iter().flat_map(|split| &split.tasks);
            let mut reasons: Vec<&str> = all.filter_map(|task| task.why.as_deref()).collect();
            reasons.dedup();
            return Err(Error::undecidable("none of the splits can be made", reasons.join("; ")));
        }
        Ok(Leakage { splits: results, strictest })
    }

    /// The outcome for each task. A task that one of the splits leaves a single label to learn from is
    /// not learnt at all.
    fn outcomes(
        &self,
        name: &str,
        passages: &Passages<'_>,
        gold: &[Gold],
        splits: &[Split],
    ) -> Vec<Outcome> {
        let learnable = |gold: &&Gold| {
            splits.iter().all(|split| {
                let labels = split.train.iter().filter_map(|&row| gold.labels[row].as_deref());
                labels.collect::<BTreeSet<_>>().len() > 1
            })
        };
        let known: Vec<Gold> = gold.iter().filter(learnable).cloned().collect();
        let progress = self.report_progress(Work::Split(name.into()), 0, 1);
        let validation =
            cross_validate_splits(passages, &known, self.settings(), splits, &progress);
        let outcome = |gold: &Gold| {
            if !known.iter().any(|known| known.task == gold.task) {
                return Err(Unsplittable::OneLabel);
            }
            let CrossValidation { tasks, .. } = validation.as_ref()?;
            let task = tasks.iter().find(|task| task.task() == gold.task);
            let scored = task.expect("every task is validated");
            if scored.is_empty() {
                return Err(Unsplittable::NothingJudged);
            }
            let evaluation = TaskEvaluation::of(scored);
            let macro_f1 = evaluation.get(Metric::MacroF1).expect("every task has one").clone();
            Ok((scored.clone(), macro_f1))
        };
        gold.iter().map(outcome).collect()
    }
}

/// A task's cases under some splits and their macro F1, or why there are none.
type Outcome = std::result::Result<(Scored, Estimate), Unsplittable>;

/// Splits and the number of groups that they keep together, or why they cannot be made.
type Splits = std::result::Result<(Vec<Split>, usize), Unsplittable>;

/// Why a split cannot be made, or says nothing of a task.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
enum Unsplittable {
    #[error("there is one {0} only")]
    OneGroup(String),
    #[error("passages that are copied from page to page join all pages")]
    Joined,
    #[error("fewer than two dates")]
    OneDate,
    #[error("{place}: date is {found:?}; write dates as 2023-09-25")]
    NoDate { place: Place, found: String },
    #[error("a part of it leaves one label to learn from")]
    OneLabel,
    #[error("no labelled passage is judged")]
    NothingJudged,
    #[error("{0}")]
    Other(String),
}

impl From<&Error> for Unsplittable {
    fn from(error: &Error) -> Self {
        Self::Other(error.to_string())
    }
}

/// From the easiest split to the strictest.
fn splits(
    corpus: &Corpus,
    passages: &Passages<'_>,
    gold: &[Gold],
    folds: usize,
    seed: u64,
) -> Vec<(String, Splits)> {
    let dealt = |groups: &[usize], what: &str| -> Splits {
        let n = groups.iter().collect::<BTreeSet<_>>().len();
        match n {
            0 | 1 if what != "passage" && passages.pages().len() > 1 && joins_all(passages) => {
                Err(Unsplittable::Joined)
            }
            0 | 1 => Err(Unsplittable::OneGroup(what.to_owned())),
            _ => Ok((Split::stratified(groups, gold, folds.min(n), seed), n)),
        }
    };
    let rows: Vec<usize> = (0..passages.len()).collect();
    let mut copies = Groups::of(rows.len());
    near_duplicates_among(passages).iter().for_each(|pair| copies.join(pair.first, pair.second));
    let mut all = vec![
        ("random passages".to_owned(), dealt(&rows, "passage")),
        (
            "random passages, near-duplicates together".to_owned(),
            dealt(&copies.numbers(), "passage"),
        ),
        ("by page".to_owned(), dealt(&passages.group_numbers(), "page")),
    ];
    let by_column = |column: &str| {
        let groups = groups::by_column(corpus, passages, column);
        let dealt =
            groups.map_err(|error| (&error).into()).and_then(|groups| dealt(&groups, column));
        (format!("by {column}"), dealt)
    };
    let has = |column: &&str| corpus.has_column(column);
    all.extend(["source", "topic"].into_iter().filter(has).map(by_column));
    if corpus.has_column("date") {
        all.push(("by time, the latest judged".to_owned(), by_time(corpus, passages, folds)));
    }
    all.extend(["target"].into_iter().filter(has).map(by_column));
    all
}

/// Whether copies make one group of all pages.
fn joins_all(passages: &Passages<'_>) -> bool {
    passages.group_numbers().iter().all(|&group| group == 0)
}

/// Learns from the earlier pages and judges the latest, a fold's share of the passages; a page is as
/// old as its first dated passage, and pages of one date are not parted. Pages without a date are
/// left out, and earlier ones that share copies with those judged.
fn by_time(corpus: &Corpus, passages: &Passages<'_>, folds: usize) -> Splits {
    let values = corpus.values("date").expect("the column is there");
    let mut dated: Vec<(&str, &Vec<usize>)> = Vec::new();
    for page in passages.pages() {
        let Some(&row) = page.iter().find(|&&row| values[row].is_some()) else { continue };
        let value = values[row].as_deref().unwrap_or("");
        let date = date(value).ok_or_else(|| Unsplittable::NoDate {
            place: corpus.place(row),
            found: value.to_owned(),
        })?;
        dated.push((date, page));
    }
    dated.sort_by_key(|(date, _)| *date);
    let n: usize = dated.iter().map(|(_, page)| page.len()).sum();
    let dates: BTreeSet<&str> = dated.iter().map(|(date, _)| *date).collect();
    let later = |from: &str| -> usize {
        dated.iter().filter(|(date, _)| *date >= from).map(|(_, page)| page.len()).sum()
    };
    // The first date has nothing before it to learn from.
    let wanted = n / folds;
    let Some(from) = dates.iter().skip(1).min_by_key(|date| later(date).abs_diff(wanted)) else {
        return Err(Unsplittable::OneDate);
    };
    let rows = |judged: bool| {
        let pages = dated.iter().filter(|(date, _)| (date >= from) == judged);
        let mut rows: Vec<usize> = pages.flat_map(|(_, page)| page.iter().copied()).collect();
        rows.sort_unstable();
        rows
    };
    let (mut train, test) = (rows(false), rows(true));
    let groups = passages.group_numbers();
    let judged: BTreeSet<usize> = test.iter().map(|&row| groups[row]).collect();
    train.retain(|&row| !judged.contains(&groups[row]));
    Ok((vec![Split { train, test }], dates.len()))
}
