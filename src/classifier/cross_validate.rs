//! How good is a recipe? Page-grouped cross-validation of everything that training does.

use std::collections::HashSet;

use super::{
    Predictions, TaskPredictions, decide,
    fit::{Job, Progress, Task},
    settings::TrainSettings,
};
use crate::{
    error::{Error, Result},
    evaluate::{page_folds, shuffled},
    logistic::DenseLogistic,
    page::{Gold, Passages},
};

/// Predictions of every labelled passage by models that have not seen its page.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// Number of folds.
    pub folds: usize,
    /// Pages trained on in each fold, at most.
    pub train_pages: usize,
    /// One for each task.
    pub tasks: Vec<TaskCrossValidation>,
}

/// One task's cases. Rows are the passages that have a gold label for it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskCrossValidation {
    /// The task.
    pub task: String,
    /// Its labels, sorted.
    pub labels: Vec<String>,
    /// Passage of each case.
    pub rows: Vec<usize>,
    /// Page of each case.
    pub pages: Vec<usize>,
    /// Gold label of each case.
    pub gold: Vec<usize>,
    /// Predictions by the whole model.
    pub predicted: TaskPredictions,
    /// Predictions by heads and calibration, without neighbours and position; nothing where the
    /// whole model has no context.
    pub without_context: Option<TaskPredictions>,
}

/// Cross-validates: pages are dealt to `folds` folds, and for each fold everything is trained
/// anew on the other folds, vocabulary, document frequencies, penalties and deciding stage
/// included.
///
/// # Errors
/// Those of [`train`](super::train); [`Error::Undecidable`] with fewer pages than folds.
pub fn cross_validate(
    passages: &Passages<'_>,
    gold: &[Gold<'_>],
    settings: &TrainSettings,
    folds: usize,
    progress: Progress<'_>,
) -> Result<CrossValidation> {
    run(passages, gold, settings, folds, usize::MAX, progress)
}

/// Cross-validates with fewer training pages: for each of `sizes`, every fold is trained on at
/// most so many of its pages, the same ones for every task and, as far as they go, for every size,
/// and judged on all of its held-out pages.
///
/// # Errors
/// Those of [`cross_validate`].
pub fn learning_curve(
    passages: &Passages<'_>,
    gold: &[Gold<'_>],
    settings: &TrainSettings,
    folds: usize,
    sizes: &[usize],
    progress: Progress<'_>,
) -> Result<Vec<CrossValidation>> {
    sizes.iter().map(|&size| run(passages, gold, settings, folds, size, progress)).collect()
}

fn run(
    passages: &Passages<'_>,
    gold: &[Gold<'_>],
    settings: &TrainSettings,
    folds: usize,
    most_pages: usize,
    progress: Progress<'_>,
) -> Result<CrossValidation> {
    if folds < 2 {
        let expected = "at least 2";
        return Err(Error::Setting { name: "--cv", found: folds.to_string(), expected });
    }
    if passages.pages().len() < folds {
        let problem = format!(
            "{folds}-fold cross-validation needs at least {folds} pages, and there are {}",
            passages.pages().len()
        );
        let way_out = "add pages, or ask for fewer folds".into();
        return Err(Error::Undecidable { problem, way_out });
    }
    let job = Job::new(passages, gold, settings, folds, progress)?;
    let contexts = job.context().with_fallback();
    let page_numbers = passages.page_numbers();
    let assigned = page_folds(&page_numbers, folds, settings.seed);
    let order = shuffled(passages.pages().len(), settings.seed);
    let mut train_pages = 0;

    // By the whole model; and, where that has a context, by what falls back to none.
    let mut predictions: Vec<Predictions> = contexts
        .iter()
        .map(|_| Predictions {
            tasks: job.tasks.iter().map(|task| empty(task, passages.len())).collect(),
        })
        .collect();
    for fold in 0..folds {
        let (held, kept): (Vec<usize>, Vec<usize>) =
            (0..passages.len()).partition(|&row| assigned[row] == fold);
        let of_fold = |page: &usize| assigned[passages.pages()[*page][0]] != fold;
        let pages: HashSet<usize> =
            order.iter().copied().filter(of_fold).take(most_pages).collect();
        let kept: Vec<usize> =
            kept.into_iter().filter(|&row| pages.contains(&page_numbers[row])).collect();
        train_pages = train_pages.max(pages.len());
        let core = job.fit(&kept, contexts)?;
        let subset = passages.subset(&held);
        let heads = core.joined_heads();
        let scores = heads.centred(&job.counts.transform(&core.weights, &held));
        let stages: Vec<Vec<&DenseLogistic>> = core
            .stages
            .iter()
            .map(|stages| stages.iter().map(|(stage, _)| &stage.model).collect())
            .collect();
        for (number, all) in predictions.iter_mut().enumerate() {
            let found = decide(&subset, &scores, &contexts[number..], &stages[number..]);
            for (all, found) in all.tasks.iter_mut().zip(&found.tasks) {
                for (i, &row) in held.iter().enumerate() {
                    all.labels[row] = found.labels[i];
                    all.probabilities[row * all.k..][..all.k].copy_from_slice(found.of(i));
                }
            }
        }
    }

    let mut predictions = predictions.into_iter();
    let whole = predictions.next().expect("one context at least");
    let mut without = predictions.next().map(|predictions| predictions.tasks.into_iter());
    let tasks = job.tasks.into_iter().zip(whole.tasks).map(|(task, predicted)| {
        let rows: Vec<usize> = (0..passages.len()).filter(|&row| task.y[row].is_some()).collect();
        TaskCrossValidation {
            pages: rows.iter().map(|&row| page_numbers[row]).collect(),
            gold: rows.iter().filter_map(|&row| task.y[row]).collect(),
            predicted: predicted.select(&rows),
            without_context: without.as_mut().and_then(Iterator::next).map(|p| p.select(&rows)),
            task: task.name,
            labels: task.labels,
            rows,
        }
    });
    Ok(CrossValidation { folds, train_pages, tasks: tasks.collect() })
}

fn empty(task: &Task, n: usize) -> TaskPredictions {
    let k = task.labels.len();
    TaskPredictions { k, labels: vec![0; n], probabilities: vec![0.0; n * k] }
}
