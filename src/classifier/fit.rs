//! Everything that is fitted: heads out of fold, the deciding stages on their scores, then the
//! heads on all passages.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use linfa::ParamGuard;
use ndarray::Axis;
use rayon::prelude::*;

use super::{
    Heads,
    context::{Context, centre},
    settings::TrainSettings,
};
use crate::{
    error::{Error, Result},
    evaluate::page_folds,
    features::{Counts, Weights},
    logistic::{
        DenseFit, DenseLogistic, FittedLogisticRegression, LogisticRegression,
        ValidLogisticRegression, softmax,
    },
    page::{Gold, Passages},
};

/// Heads whose scores only choose a penalty and feed the deciding stage need no more than this.
const SCORING_TOLERANCE: f64 = 1e-4;

/// Pages with neighbours on which a label must stand for neighbours to be looked at.
const LEAST_PAGES: usize = 3;

/// Called as training goes on.
pub type Progress<'a> = &'a (dyn Fn(Step) + Sync);

/// How far training has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Fits done.
    pub done: usize,
    /// Fits in all.
    pub of: usize,
}

/// A penalty chosen by cross-validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The penalty of the least loss; of equal ones the largest.
    pub value: f64,
    /// The penalties tried, in descending order, each with the mean loss of the passages held out
    /// (natural logarithm; for heads weighted by class as in the fit).
    pub tried: Vec<(f64, f64)>,
}

impl Chosen {
    fn among(penalties: &[f64], losses: &[f64]) -> Self {
        let tried: Vec<(f64, f64)> =
            penalties.iter().copied().zip(losses.iter().copied()).collect();
        let best = tried.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        Self { value: best.map_or(f64::NAN, |best| best.0), tried }
    }

    fn position(&self) -> usize {
        self.tried.iter().position(|tried| tried.0 == self.value).unwrap_or(0)
    }
}

/// A task's gold labels as numbers into its sorted labels.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub name: String,
    pub labels: Vec<String>,
    pub y: Vec<Option<usize>>,
}

impl Task {
    fn encode(gold: &Gold<'_>) -> Result<Self> {
        let labels: BTreeSet<&str> = gold.labels.iter().flatten().map(AsRef::as_ref).collect();
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        if let Some(label) = labels.iter().find(|label| label.chars().any(char::is_control)) {
            let (name, found) = ("a label", format!("{label:?}"));
            return Err(Error::Setting { name, found, expected: "without control characters" });
        }
        match labels.as_slice() {
            [] => Err(Error::Undecidable {
                problem: format!("no passage has a {} label", gold.task),
                way_out: format!("fill the column, or leave {} out with --tasks", gold.task),
            }),
            [label] => Err(Error::SingleLabel { task: gold.task.clone(), label: label.clone() }),
            _ => {
                let number = |label: &str| labels.iter().position(|known| known == label);
                let y = gold.labels.iter().map(|label| label.as_deref().and_then(number)).collect();
                Ok(Self { name: gold.task.clone(), y, labels })
            }
        }
    }

    /// The numbers (within `rows`) of the passages that have a label, and their labels.
    fn labelled(&self, rows: &[usize]) -> (Vec<usize>, Vec<usize>) {
        rows.iter().enumerate().filter_map(|(i, &row)| self.y[row].map(|y| (i, y))).unzip()
    }
}

/// What is to be learnt, from what, and how.
pub(super) struct Job<'a> {
    pub passages: &'a Passages<'a>,
    pub tasks: Vec<Task>,
    pub counts: Counts,
    settings: &'a TrainSettings,
    progress: Progress<'a>,
    done: AtomicUsize,
    n_fits: usize,
}

/// A fit on some of the passages, with columns in the order of the job's counts.
pub(super) struct Core {
    pub weights: Weights,
    pub heads: Vec<FittedLogisticRegression>,
    /// For each task, the penalty of its head.
    pub penalties: Vec<Chosen>,
    /// For each context asked for, for each task, the stage and its penalty.
    pub stages: Vec<Vec<(DenseFit, Chosen)>>,
}

impl<'a> Job<'a> {
    /// Checks settings and labels and counts the n-grams; [`Job::fit`] will be called `times`
    /// times.
    pub fn new(
        passages: &'a Passages<'a>,
        gold: &[Gold<'_>],
        settings: &'a TrainSettings,
        times: usize,
        progress: Progress<'a>,
    ) -> Result<Self> {
        settings.check()?;
        if let Some(gold) = gold.iter().find(|gold| gold.labels.len() != passages.len()) {
            let found = format!("{} labels for {} passages", gold.labels.len(), passages.len());
            return Err(Error::Setting {
                name: "gold",
                found,
                expected: "a label or none for each",
            });
        }
        let tasks = gold.iter().map(Task::encode).collect::<Result<Vec<_>>>()?;
        let counts = Counts::of(passages.texts(), &settings.features)?;
        let folds = settings.folds.min(passages.pages().len());
        let n_fits = times * tasks.len() * (folds + 1);
        Ok(Self { passages, tasks, counts, settings, progress, done: AtomicUsize::new(0), n_fits })
    }

    /// The richest context that settings and passages allow. With few pages that have neighbours a
    /// deciding stage that looks at them has nothing to learn from: every label must stand on
    /// [`LEAST_PAGES`] of them, and half of the passages must lie on them.
    pub fn context(&self) -> Context {
        let pages: Vec<&Vec<usize>> =
            self.passages.pages().iter().filter(|page| Context::Page.fits(page.len())).collect();
        let on_pages: usize = pages.iter().map(|page| page.len()).sum();
        let stands_on = |task: &Task, label| {
            let holds = |page: &&&Vec<usize>| page.iter().any(|&row| task.y[row] == Some(label));
            pages.iter().filter(holds).count()
        };
        let enough =
            |task: &Task| (0..task.labels.len()).all(|label| stands_on(task, label) >= LEAST_PAGES);
        let learnable = 2 * on_pages >= self.passages.len() && self.tasks.iter().all(enough);
        match self.settings.context && learnable {
            true => Context::Page,
            false => Context::Passage,
        }
    }

    /// Fits on the passages `rows`, which are whole pages, with a deciding stage for each of the
    /// contexts.
    pub fn fit(&self, rows: &[usize], contexts: &[Context]) -> Result<Core> {
        let subset = self.passages.subset(rows);
        let n_folds = self.settings.folds.min(subset.pages().len());
        if n_folds < 2 {
            return Err(Error::Undecidable {
                problem: "all passages lie on one page, and training needs at least two".into(),
                way_out: "add pages, or give each page its own id in the column \"page\"".into(),
            });
        }
        let folds = page_folds(&subset.page_numbers(), n_folds, self.settings.seed);
        let (penalties, scores) = self.scores_out_of_fold(rows, &folds)?;
        let n_scores = self.tasks.iter().map(|task| task.labels.len()).sum();
        let stages = contexts
            .iter()
            .map(|context| {
                let columns = context.columns(&subset, &scores, n_scores);
                // A stage learns from the pages that it will judge, and from all if it fits all.
                let mut seen = vec![false; rows.len()];
                let pages = subset.pages().iter().filter(|page| context.fits(page.len()));
                pages.flatten().for_each(|&i| seen[i] = true);
                let fit = |task: &Task| self.fit_stage(task, rows, &seen, &columns, &folds);
                self.tasks.par_iter().map(fit).collect::<Result<Vec<_>>>()
            })
            .collect::<Result<Vec<_>>>()?;

        let weights = self.counts.weights(rows);
        if weights.n_columns() == 0 {
            return Err(Error::Undecidable {
                problem: "no n-gram stands in enough passages to be learnt from".into(),
                way_out: "add passages, or lower --min-df".into(),
            });
        }
        let solver = self.solver().check()?;
        let fit = |(task, penalty): (&Task, &Chosen)| {
            // The whole path down to the choice: each optimum starts the next fit.
            let path = &self.settings.penalties[..=penalty.position()];
            let fits = self.fit_heads(&weights, rows, task, &solver, path);
            fits.into_iter().next_back().expect("a path has at least one penalty")
        };
        let heads = self.tasks.par_iter().zip(&penalties).map(fit).collect();
        Ok(Core { weights, heads, penalties, stages })
    }

    /// Chooses each head's penalty, and gives the centred scores of every passage by heads that
    /// have not seen its page: passages * scores of all tasks.
    fn scores_out_of_fold(
        &self,
        rows: &[usize],
        folds: &[usize],
    ) -> Result<(Vec<Chosen>, Vec<f64>)> {
        let solver = self.solver().tolerance(SCORING_TOLERANCE).check()?;
        let n_folds = folds.iter().max().map_or(0, |most| most + 1);
        let path = &self.settings.penalties;
        // By task and penalty, passages * labels of the task.
        let mut scores: Vec<Vec<Vec<f64>>> = self
            .tasks
            .iter()
            .map(|task| vec![vec![0.0; rows.len() * task.labels.len()]; path.len()])
            .collect();
        for fold in 0..n_folds {
            let (held, kept): (Vec<usize>, Vec<usize>) =
                (0..rows.len()).partition(|&i| folds[i] == fold);
            let kept: Vec<usize> = kept.into_iter().map(|i| rows[i]).collect();
            let held_rows: Vec<usize> = held.iter().map(|&i| rows[i]).collect();
            let weights = self.counts.weights(&kept);
            let held_rows = self.counts.transform(&weights, &held_rows);
            self.tasks.par_iter().zip(&mut scores).for_each(|(task, scores)| {
                let fits = self.fit_heads(&weights, &kept, task, &solver, path);
                for (scores, fit) in scores.iter_mut().zip(fits) {
                    let k = fit.n_classes();
                    for (at, &i) in held.iter().enumerate() {
                        scores[i * k..][..k].copy_from_slice(&fit.scores(held_rows.row(at)));
                    }
                }
            });
        }

        let n_scores: usize = self.tasks.iter().map(|task| task.labels.len()).sum();
        let mut centred = vec![0.0; rows.len() * n_scores];
        let mut penalties = Vec::with_capacity(self.tasks.len());
        let mut at = 0;
        for (task, scores) in self.tasks.iter().zip(&scores) {
            let losses: Vec<f64> =
                scores.iter().map(|scores| self.held_out_loss(task, rows, scores)).collect();
            let penalty = Chosen::among(path, &losses);
            let (k, scores) = (task.labels.len(), &scores[penalty.position()]);
            for i in 0..rows.len() {
                let own = centre(&scores[i * k..][..k]);
                centred[i * n_scores + at..][..k].copy_from_slice(&own);
            }
            at += k;
            penalties.push(penalty);
        }
        Ok((penalties, centred))
    }

    /// Mean loss of the labelled passages by scores made out of fold, weighted as in the fit.
    fn held_out_loss(&self, task: &Task, rows: &[usize], scores: &[f64]) -> f64 {
        let k = task.labels.len();
        let (labelled, y) = task.labelled(rows);
        let weights = self.settings.class_weights.rows(&y, k);
        let losses = labelled.iter().zip(&y).zip(&weights).map(|((&i, &y), weight)| {
            let mut probabilities = scores[i * k..][..k].to_vec();
            softmax(&mut probabilities);
            -weight * libm::log(probabilities[y].max(f64::MIN_POSITIVE))
        });
        losses.sum::<f64>() / weights.iter().sum::<f64>()
    }

    fn fit_stage(
        &self,
        task: &Task,
        rows: &[usize],
        seen: &[bool],
        columns: &ndarray::Array2<f64>,
        folds: &[usize],
    ) -> Result<(DenseFit, Chosen)> {
        let (labelled, y) = task.labelled(rows);
        let cases = labelled.into_iter().zip(y).filter(|(i, _)| seen[*i]);
        let (labelled, y): (Vec<usize>, Vec<usize>) = cases.unzip();
        let columns = columns.select(Axis(0), &labelled);
        let folds: Vec<usize> = labelled.iter().map(|&i| folds[i]).collect();
        let (k, path) = (task.labels.len(), &self.settings.stage_penalties);
        let losses = DenseLogistic::held_out_losses(columns.view(), &y, k, &folds, path)?;
        let penalty = Chosen::among(path, &losses);
        Ok((DenseLogistic::fit(columns.view(), &y, k, penalty.value)?, penalty))
    }

    fn fit_heads(
        &self,
        weights: &Weights,
        rows: &[usize],
        task: &Task,
        solver: &ValidLogisticRegression,
        path: &[f64],
    ) -> Vec<FittedLogisticRegression> {
        let (labelled, y) = task.labelled(rows);
        let rows: Vec<usize> = labelled.into_iter().map(|i| rows[i]).collect();
        let rows = self.counts.transform(weights, &rows);
        let fits = solver.path(&rows, &y, task.labels.len(), path);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        (self.progress)(Step { done, of: self.n_fits });
        fits
    }

    fn solver(&self) -> LogisticRegression {
        LogisticRegression::new()
            .class_weights(self.settings.class_weights)
            .max_iterations(self.settings.max_iterations)
    }
}

impl Core {
    /// All heads side by side, in the order of their own columns.
    pub fn joined_heads(&self) -> Heads {
        let identity: Vec<u32> = (0..self.weights.n_columns() as u32).collect();
        Heads::join(&self.heads, &identity)
    }
}
