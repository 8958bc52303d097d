//! How good is a recipe? Page-grouped cross-validation of everything that training does.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use super::groups::for_intervals;
use crate::{
    corpus::{Gold, Passages},
    error::{Error, Result},
    model::{Progress, TaskLabels, TrainSettings, fit::Job, task::Task},
    predictions::{Answers, Scored},
    sampling::{page_folds, shuffled},
};

/// Predictions of every labelled passage by models that have not seen its page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CrossValidation {
    /// Number of folds.
    pub folds: usize,
    /// Pages trained on in each fold, at most.
    pub train_pages: usize,
    /// Each task's predictions of all passages by the whole model, and the gold labels.
    pub tasks: Vec<Scored>,
    /// The same by models without context, without neighbours and position; empty where the whole model
    /// has none.
    pub without_context: Vec<Scored>,
}

impl CrossValidation {
    /// The cross-validations of parts of some passages as one of all of them, each with the rows of its
    /// part; `pages` are the page numbers of all passages. Labels are those of any part.
    pub(crate) fn pool(parts: &[(Vec<usize>, Self)], pages: &[usize]) -> Self {
        let all_without = parts.iter().all(|(_, part)| !part.without_context.is_empty());
        let most = |of: fn(&Self) -> usize| parts.iter().map(|(_, part)| of(part)).max();
        Self {
            folds: most(|part| part.folds).unwrap_or(0),
            train_pages: most(|part| part.train_pages).unwrap_or(0),
            tasks: pooled(parts, pages, |part| &part.tasks),
            without_context: match all_without {
                true => pooled(parts, pages, |part| &part.without_context),
                false => Vec::new(),
            },
        }
    }
}

fn pooled(
    parts: &[(Vec<usize>, CrossValidation)],
    pages: &[usize],
    of: fn(&CrossValidation) -> &[Scored],
) -> Vec<Scored> {
    let mut names: Vec<(&str, BTreeSet<&String>)> = Vec::new();
    for task in parts.iter().flat_map(|(_, part)| of(part)) {
        match names.iter_mut().find(|(name, _)| *name == task.task()) {
            Some((_, labels)) => labels.extend(task.labels()),
            None => names.push((task.task(), task.labels().iter().collect())),
        }
    }
    let of_task = |(name, labels): (&str, BTreeSet<&String>)| {
        let of_parts = parts.iter().filter_map(|(rows, part)| {
            Some((&rows[..], of(part).iter().find(|task| task.task() == name)?))
        });
        Scored::pool(name, labels.into_iter().cloned(), of_parts, pages)
    };
    names.into_iter().map(of_task).collect()
}

/// Passages to learn from and passages to be judged then, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// To learn from.
    pub train: Vec<usize>,
    /// To be judged.
    pub test: Vec<usize>,
}

impl Split {
    /// Folds that keep groups together and spread each task's labels.
    pub fn stratified(groups: &[usize], gold: &[Gold], folds: usize, seed: u64) -> Vec<Self> {
        let labels: Vec<Vec<Option<usize>>> = gold.iter().map(Gold::numbers).collect();
        let labels: Vec<&[Option<usize>]> = labels.iter().map(Vec::as_slice).collect();
        Self::folds(&page_folds(groups, &labels, folds, seed))
    }

    /// One for each fold: judged are its passages, learnt from are all others. Folds are numbered
    /// from 0; one without passages is left out.
    pub fn folds(fold_of: &[usize]) -> Vec<Self> {
        let numbers: BTreeSet<usize> = fold_of.iter().copied().collect();
        let split = |fold| {
            let (test, train) = (0..fold_of.len()).partition(|&row| fold_of[row] == fold);
            Self { train, test }
        };
        numbers.into_iter().map(split).collect()
    }
}

/// Cross-validates: pages, or groups of them where `groups` gives each page a number, are dealt to
/// `folds` folds, and for each fold everything is trained
/// again on the other folds, vocabulary, document frequencies, penalties and second stage
/// included.
///
/// # Errors
/// Those of `train`; [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) with fewer pages than folds.
pub(crate) fn cross_validate(
    passages: &Passages<'_>,
    gold: &[Gold],
    settings: &TrainSettings,
    folds: usize,
    groups: Option<&[usize]>,
    progress: Progress<'_>,
) -> Result<CrossValidation> {
    let splits = page_splits(passages, gold, settings, folds, groups)?;
    cross_validate_splits(passages, gold, settings, &splits, progress)
}

/// Cross-validates with fewer training pages: for each of `sizes`, every fold is trained on at
/// most so many of its pages, the same ones for every task and, as far as they go, for every size,
/// and judged on all of its held-out pages.
///
/// # Errors
/// Those of [`cross_validate`].
pub(crate) fn learning_curve(
    passages: &Passages<'_>,
    gold: &[Gold],
    settings: &TrainSettings,
    (folds, groups): (usize, Option<&[usize]>),
    sizes: &[usize],
    progress: Progress<'_>,
) -> Result<Vec<CrossValidation>> {
    let splits = page_splits(passages, gold, settings, folds, groups)?;
    let page_numbers = passages.page_numbers();
    let order = shuffled(passages.pages().len(), settings.seed);
    let of_size = |&size: &usize| {
        let fewer = |split: &Split| {
            let trained: HashSet<usize> =
                split.train.iter().map(|&row| page_numbers[row]).collect();
            let pages = order.iter().filter(|page| trained.contains(page)).take(size);
            let pages: HashSet<usize> = pages.copied().collect();
            let mut split = split.clone();
            split.train.retain(|&row| pages.contains(&page_numbers[row]));
            split
        };
        let splits: Vec<Split> = splits.iter().map(fewer).collect();
        cross_validate_splits(passages, gold, settings, &splits, progress)
    };
    sizes.iter().map(of_size).collect()
}

/// Folds of pages, or of groups of them.
fn page_splits(
    passages: &Passages<'_>,
    gold: &[Gold],
    settings: &TrainSettings,
    folds: usize,
    groups: Option<&[usize]>,
) -> Result<Vec<Split>> {
    if folds < 2 {
        let expected = "at least 2";
        return Err(Error::setting("folds", folds.to_string(), expected));
    }
    let of_rows = match groups {
        None => passages.fold_groups(folds),
        Some(groups) => passages.page_numbers().into_iter().map(|page| groups[page]).collect(),
    };
    let n_groups = of_rows.iter().max().map_or(0, |most| most + 1);
    if n_groups < folds {
        let problem = format!(
            "{folds}-fold cross-validation needs at least {folds} pages, and there are {n_groups}"
        );
        let help = "add pages, or ask for fewer folds";
        return Err(Error::undecidable(problem, help));
    }
    Ok(Split::stratified(&of_rows, gold, folds, settings.seed))
}

/// Validates by any splits: for each of them everything is trained again on the passages to learn
/// from. A passage is judged with its whole page, so that a split that parts pages lets the model
/// see what it has learnt from; that is what [`cross_validate`] is there to prevent. Passages that no
/// split judges are no cases.
///
/// # Errors
/// Those of `train`.
///
/// # Panics
/// If two splits judge the same passage.
pub(crate) fn cross_validate_splits(
    passages: &Passages<'_>,
    gold: &[Gold],
    settings: &TrainSettings,
    splits: &[Split],
    progress: Progress<'_>,
) -> Result<CrossValidation> {
    let page_numbers = passages.page_numbers();
    let job = Job::new(passages, gold, settings, splits.len(), progress)?;
    let contexts = job.context().with_fallback();
    let mut train_pages = 0;
    let mut tested = vec![false; passages.len()];

    let labels: Vec<TaskLabels> = job.tasks.iter().map(TaskLabels::from).collect();
    let pages: Arc<[usize]> = for_intervals(passages).into();
    let empty = || labels.iter().map(|task| Answers::empty(&task.name, &task.labels, &pages));
    // By the whole model; and, where that has a context, by the fallback that has none.
    let mut answers: Vec<Vec<Answers>> = contexts.iter().map(|_| empty().collect()).collect();
    for Split { train, test } in splits {
        for &row in test {
            assert!(!std::mem::replace(&mut tested[row], true), "a passage is judged once");
        }
        let pages: HashSet<usize> = train.iter().map(|&row| page_numbers[row]).collect();
        train_pages = train_pages.max(pages.len());
        let core = job.fit(train, contexts)?;
        let read: HashSet<usize> = test.iter().map(|&row| page_numbers[row]).collect();
        let read: Vec<usize> =
            (0..passages.len()).filter(|&row| read.contains(&page_numbers[row])).collect();
        let subset = passages.subset(&read);
        let scores = core.scores(&job, &read);
        let judged: HashSet<usize> = test.iter().copied().collect();
        let own: Vec<usize> = (0..read.len()).filter(|&i| judged.contains(&read[i])).collect();
        let rows: Vec<usize> = own.iter().map(|&i| read[i]).collect();
        for (number, all) in answers.iter_mut().enumerate() {
            let found = core.answers(&job, train, &contexts[number..], &subset, &scores);
            for (all, found) in all.iter_mut().zip(found) {
                all.set(&rows, &found.select(&own));
            }
        }
    }

    let scored = |answers: Vec<Answers>| -> Result<Vec<Scored>> {
        let of_task = |(answers, task): (Answers, &Task)| {
            // A passage that no split judges is no case, and not one that went unanswered either.
            let gold: Vec<Option<usize>> =
                tested.iter().zip(&task.y).map(|(tested, y)| y.filter(|_| *tested)).collect();
            Scored::new(answers, &gold)
        };
        answers.into_iter().zip(&job.tasks).map(of_task).collect()
    };
    let mut answers = answers.into_iter();
    let whole = answers.next().expect("one context at least");
    Ok(CrossValidation {
        folds: splits.len(),
        train_pages,
        tasks: scored(whole)?,
        without_context: answers.next().map_or_else(|| Ok(Vec::new()), scored)?,
    })
}
