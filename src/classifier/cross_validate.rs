//! How good is a recipe? Page-grouped cross-validation of everything that training does.

use super::{
    Predictions, TaskPredictions,
    context::Context,
    settings::TrainSettings,
    train::{Core, Progress, Step, Task, encode},
};
use crate::{
    error::{Error, Result},
    evaluate::page_folds,
    features::Counts,
    page::{Gold, Passages},
};

/// Predictions of every labelled passage by models that have not seen its page.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// Number of folds.
    pub folds: usize,
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
    settings.check()?;
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
    let tasks = encode(gold)?;
    let counts = Counts::of(passages.texts(), &settings.features)?;
    let contexts: &[Context] = match settings.context && passages.has_neighbours() {
        true => &[Context::Page, Context::Passage],
        false => &[Context::Passage],
    };
    let assigned = page_folds(&passages.page_numbers(), folds, settings.seed);
    let total = folds * Core::n_fits(&tasks, passages, settings);
    let done = std::sync::atomic::AtomicUsize::new(0);
    let step = || {
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        progress(Step { done, of: total });
    };

    // For each context, the probabilities of every passage.
    let mut predictions: Vec<Predictions> = contexts
        .iter()
        .map(|_| Predictions {
            tasks: tasks.iter().map(|task| empty(task, passages.len())).collect(),
        })
        .collect();
    for fold in 0..folds {
        let (held, kept): (Vec<usize>, Vec<usize>) =
            (0..passages.len()).partition(|&row| assigned[row] == fold);
        let core = Core::fit(&counts, passages, &kept, &tasks, settings, contexts, &step)?;
        let subset = passages.subset(&held);
        let heads = core.heads();
        let scores = heads.centred(&counts.transform(&core.weights, &held));
        for (number, context) in contexts.iter().enumerate() {
            let columns = context.columns(&subset, &scores, heads.n_scores());
            for (task, stage) in core.stages(number).into_iter().enumerate() {
                let scores = columns.rows().into_iter().map(|row| stage.scores(&row.to_vec()));
                let k = tasks[task].labels.len();
                let found = TaskPredictions::of_scores(scores.collect(), k);
                let all = &mut predictions[number].tasks[task];
                for (i, &row) in held.iter().enumerate() {
                    all.labels[row] = found.labels[i];
                    all.probabilities[row * k..][..k].copy_from_slice(found.of(i));
                }
            }
        }
    }

    let page_numbers = passages.page_numbers();
    let mut predictions = predictions.into_iter();
    let whole = predictions.next().expect("one context at least");
    let mut without = predictions.next().map(|predictions| predictions.tasks.into_iter());
    let tasks = tasks.into_iter().zip(whole.tasks).map(|(task, predicted)| {
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
    Ok(CrossValidation { folds, tasks: tasks.collect() })
}

fn empty(task: &Task, n: usize) -> TaskPredictions {
    let k = task.labels.len();
    TaskPredictions { k, labels: vec![0; n], probabilities: vec![0.0; n * k] }
}
