//! From labelled passages to a model: heads out of fold, the deciding stage on their scores, then
//! the heads on everything.

use std::collections::BTreeSet;

use linfa::ParamGuard;
use rayon::prelude::*;

use super::{
    Heads, Model, TaskModel,
    context::{Context, centre},
    settings::TrainSettings,
};
use crate::{
    error::{Error, Result},
    evaluate::page_folds,
    features::{Counts, Vectoriser, Weights},
    logistic::{
        Convergence, DenseFit, DenseLogistic, FittedLogisticRegression, LogisticRegression, Stop,
        ValidLogisticRegression, softmax,
    },
    page::{Gold, Passages},
};

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

/// What happened in training that a user should know.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainReport {
    /// One for each task.
    pub tasks: Vec<TaskReport>,
}

/// How a task's fits went.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskReport {
    /// The task.
    pub task: String,
    /// Labelled passages of each label, in the order of the model's labels.
    pub counts: Vec<(String, usize)>,
    /// The penalties tried, each with the mean loss of the passages out of fold (class-weighted,
    /// natural logarithm; less is better).
    pub penalties: Vec<(f64, f64)>,
    /// The one chosen: the largest within the least loss.
    pub penalty: f64,
    /// How the final head's fit ended.
    pub head: Convergence,
    /// How the deciding stage's fit ended.
    pub stage: Convergence,
    /// Whether linfa returned parameters for the deciding stage.
    pub linfa_converged: bool,
}

impl TaskReport {
    /// Whether a fit ended before its optimum.
    pub fn stopped_early(&self) -> bool {
        [&self.head, &self.stage].iter().any(|fit| fit.stop == Stop::MaxIterations)
    }
}

/// Trains a model on labelled passages: one head and one deciding stage for each task.
///
/// Same passages, gold and settings give the same model, bit for bit, whatever the number of
/// threads.
///
/// ```
/// use standpoint::{Gold, Passages, TrainSettings, train};
/// let texts = vec!["Share this page", "He should resign", "Sign up", "They must act now"];
/// let gold = Gold {
///     task: "kind".into(),
///     labels: ["boilerplate", "opinion", "boilerplate", "opinion"].map(|l| Some(l.into())).to_vec(),
/// };
/// let passages = Passages::new(texts, vec![vec![0, 1], vec![2, 3]]);
/// let mut settings = TrainSettings::default();
/// settings.features.min_df = 1;
/// let (model, report) = train(&passages, &[gold], &settings, &|_| {})?;
/// assert_eq!(model.tasks()[0].labels(), ["boilerplate", "opinion"]);
/// assert_eq!(report.tasks[0].counts[0], ("boilerplate".to_string(), 2));
/// # Ok::<(), standpoint::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if a setting is out of its range; [`Error::SingleLabel`] if a task has fewer
/// than two labels; [`Error::Undecidable`] with fewer than two pages.
pub fn train(
    passages: &Passages<'_>,
    gold: &[Gold<'_>],
    settings: &TrainSettings,
    progress: Progress<'_>,
) -> Result<(Model, TrainReport)> {
    settings.check()?;
    let tasks = encode(gold)?;
    let counts = Counts::of(passages.texts(), &settings.features)?;
    let all: Vec<usize> = (0..passages.len()).collect();
    let context = match settings.context && passages.has_neighbours() {
        true => Context::Page,
        false => Context::Passage,
    };
    let total = Core::n_fits(&tasks, passages, settings);
    let done = std::sync::atomic::AtomicUsize::new(0);
    let step = || {
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        progress(Step { done, of: total });
    };
    let core = Core::fit(&counts, passages, &all, &tasks, settings, &[context], &step)?;
    let (vectoriser, old_columns) = counts.named(&core.weights, passages.texts());
    let reports = core.reports(&tasks);
    let model = core.into_model(vectoriser, &old_columns, passages, &tasks, context, settings);
    Ok((model, TrainReport { tasks: reports }))
}

/// A task's gold labels as numbers into its sorted labels.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub name: String,
    pub labels: Vec<String>,
    pub y: Vec<Option<usize>>,
}

pub(super) fn encode(gold: &[Gold<'_>]) -> Result<Vec<Task>> {
    gold.iter()
        .map(|gold| {
            let labels: BTreeSet<&str> = gold.labels.iter().flatten().map(AsRef::as_ref).collect();
            let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
            match labels.as_slice() {
                [] => Err(Error::Undecidable {
                    problem: format!("no passage has a {} label", gold.task),
                    way_out: format!("fill the column, or leave {} out with --tasks", gold.task),
                }),
                [label] => {
                    Err(Error::SingleLabel { task: gold.task.clone(), label: label.clone() })
                }
                _ => {
                    let number = |label: &str| labels.iter().position(|known| known == label);
                    let y = gold.labels.iter().map(|label| label.as_deref().and_then(number));
                    Ok(Task { name: gold.task.clone(), y: y.collect(), labels: labels.clone() })
                }
            }
        })
        .collect()
}

/// Everything that is fitted, on some of the passages and with columns in the order of a
/// [`Counts`]: what cross-validation needs and what a [`Model`] is made of.
pub(super) struct Core {
    pub weights: Weights,
    heads: Vec<FittedLogisticRegression>,
    penalties: Vec<Vec<(f64, f64)>>,
    chosen: Vec<usize>,
    /// For each context asked for, a stage for each task.
    stages: Vec<Vec<DenseFit>>,
}

impl Core {
    /// Calls of `step` that [`Core::fit`] makes.
    pub fn n_fits(tasks: &[Task], passages: &Passages<'_>, settings: &TrainSettings) -> usize {
        tasks.len() * (settings.folds.min(passages.pages().len()) + 1)
    }

    /// Fits on the passages `rows`, which are whole pages.
    pub fn fit(
        counts: &Counts,
        passages: &Passages<'_>,
        rows: &[usize],
        tasks: &[Task],
        settings: &TrainSettings,
        contexts: &[Context],
        step: &(dyn Fn() + Sync),
    ) -> Result<Self> {
        let subset = passages.subset(rows);
        let n_folds = settings.folds.min(subset.pages().len());
        if n_folds < 2 {
            return Err(Error::Undecidable {
                problem: "all passages lie on one page, and training needs at least two".into(),
                way_out: "add pages, or give each page its own id in the column \"page\"".into(),
            });
        }
        let solver = LogisticRegression::new()
            .class_weights(settings.class_weights)
            .max_iterations(settings.max_iterations)
            .check()?;
        let folds = page_folds(&subset.page_numbers(), n_folds, settings.seed);

        // Heads' scores of every passage by heads that have not seen its page, for each penalty.
        let mut scores: Vec<Vec<Vec<f64>>> = tasks
            .iter()
            .map(|task| vec![vec![0.0; rows.len() * task.labels.len()]; settings.penalties.len()])
            .collect();
        for fold in 0..n_folds {
            let (held, kept): (Vec<usize>, Vec<usize>) =
                (0..rows.len()).partition(|&i| folds[i] == fold);
            let global = |local: &[usize]| local.iter().map(|&i| rows[i]).collect::<Vec<_>>();
            let weights = counts.weights(&global(&kept));
            let held_rows = counts.transform(&weights, &global(&held));
            let fits: Vec<Vec<FittedLogisticRegression>> = tasks
                .par_iter()
                .map(|task| {
                    let fits = fit_heads(
                        counts,
                        &weights,
                        &global(&kept),
                        task,
                        &solver,
                        &settings.penalties,
                    );
                    step();
                    fits
                })
                .collect();
            for (scores, fits) in scores.iter_mut().zip(fits) {
                for (scores, fit) in scores.iter_mut().zip(fits) {
                    let k = fit.n_classes();
                    for (at, &i) in held.iter().enumerate() {
                        scores[i * k..][..k].copy_from_slice(&fit.scores(held_rows.row(at)));
                    }
                }
            }
        }

        let mut penalties = Vec::new();
        let mut chosen = Vec::new();
        for (task, scores) in tasks.iter().zip(&scores) {
            let losses: Vec<f64> =
                scores.iter().map(|scores| held_out_loss(task, rows, scores, settings)).collect();
            // The penalties descend: the first of the least losses is the largest penalty.
            let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]));
            chosen.push(best.unwrap_or(0));
            penalties.push(settings.penalties.iter().copied().zip(losses).collect::<Vec<_>>());
        }

        let n_scores = tasks.iter().map(|task| task.labels.len()).sum();
        let mut centred = vec![0.0; rows.len() * n_scores];
        let mut at = 0;
        for ((task, scores), &chosen) in tasks.iter().zip(&scores).zip(&chosen) {
            let k = task.labels.len();
            for i in 0..rows.len() {
                centred[i * n_scores + at..][..k]
                    .copy_from_slice(&centre(&scores[chosen][i * k..][..k]));
            }
            at += k;
        }
        let stages = contexts
            .iter()
            .map(|context| {
                let columns = context.columns(&subset, &centred, n_scores);
                tasks
                    .par_iter()
                    .map(|task| {
                        let (labelled, y) = labelled(task, rows);
                        let columns = columns.select(ndarray::Axis(0), &labelled);
                        DenseLogistic::fit(
                            columns.view(),
                            &y,
                            task.labels.len(),
                            settings.stage_penalty,
                        )
                    })
                    .collect::<Result<Vec<_>>>()
            })
            .collect::<Result<Vec<_>>>()?;

        let weights = counts.weights(rows);
        let heads = tasks
            .par_iter()
            .zip(&chosen)
            .map(|(task, &chosen)| {
                // The whole path down to the choice: each optimum starts the next fit.
                let path = &settings.penalties[..=chosen];
                let fits = fit_heads(counts, &weights, rows, task, &solver, path);
                step();
                fits.into_iter().next_back().expect("a path has at least one penalty")
            })
            .collect();
        Ok(Self { weights, heads, penalties, chosen, stages })
    }

    /// The stages of the context number `context`.
    pub fn stages(&self, context: usize) -> Vec<&DenseLogistic> {
        self.stages[context].iter().map(|fit| &fit.model).collect()
    }

    /// All heads side by side.
    pub fn heads(&self) -> Heads {
        let identity: Vec<u32> = (0..self.weights.n_columns() as u32).collect();
        Heads::join(&self.heads, &identity)
    }

    fn reports(&self, tasks: &[Task]) -> Vec<TaskReport> {
        let report = |(number, task): (usize, &Task)| {
            let count = |label| task.y.iter().filter(|y| **y == Some(label)).count();
            let counts = task.labels.iter().enumerate();
            let stage = &self.stages[0][number];
            TaskReport {
                task: task.name.clone(),
                counts: counts.map(|(i, label)| (label.clone(), count(i))).collect(),
                penalties: self.penalties[number].clone(),
                penalty: self.penalties[number][self.chosen[number]].0,
                head: self.heads[number].convergence().clone(),
                stage: stage.convergence.clone(),
                linfa_converged: stage.linfa_converged,
            }
        };
        tasks.iter().enumerate().map(report).collect()
    }

    fn into_model(
        self,
        vectoriser: Vectoriser,
        old_columns: &[u32],
        passages: &Passages<'_>,
        tasks: &[Task],
        context: Context,
        settings: &TrainSettings,
    ) -> Model {
        let heads = Heads::join(&self.heads, old_columns);
        let reports = self.reports(tasks);
        let stages = self.stages.into_iter().next().expect("one context was asked for");
        let tasks = reports.into_iter().zip(stages).map(|(report, stage)| TaskModel {
            name: report.task,
            labels: report.counts.iter().map(|(label, _)| label.clone()).collect(),
            counts: report.counts.iter().map(|(_, count)| *count).collect(),
            penalty: report.penalty,
            stage: stage.model,
        });
        Model {
            vectoriser,
            heads,
            tasks: tasks.collect(),
            context,
            target: settings.target.clone(),
            training: super::Training {
                class_weights: settings.class_weights,
                folds: settings.folds,
                stage_penalty: settings.stage_penalty,
                seed: settings.seed,
                data_sha256: None,
                passages: passages.len(),
                pages: passages.pages().len(),
            },
        }
    }
}

/// The numbers (within `rows`) of the passages that the task labels, and their labels.
fn labelled(task: &Task, rows: &[usize]) -> (Vec<usize>, Vec<usize>) {
    rows.iter().enumerate().filter_map(|(i, &row)| task.y[row].map(|y| (i, y))).unzip()
}

fn fit_heads(
    counts: &Counts,
    weights: &Weights,
    rows: &[usize],
    task: &Task,
    solver: &ValidLogisticRegression,
    penalties: &[f64],
) -> Vec<FittedLogisticRegression> {
    let (labelled, y) = labelled(task, rows);
    let rows: Vec<usize> = labelled.into_iter().map(|i| rows[i]).collect();
    solver.path(&counts.transform(weights, &rows), &y, task.labels.len(), penalties)
}

/// Mean loss of the labelled passages by scores made out of fold, weighted as in the fit.
fn held_out_loss(task: &Task, rows: &[usize], scores: &[f64], settings: &TrainSettings) -> f64 {
    let k = task.labels.len();
    let (labelled, y) = labelled(task, rows);
    let weights = settings.class_weights.rows(&y, k);
    let losses = labelled.iter().zip(&y).zip(&weights).map(|((&i, &y), weight)| {
        let mut probabilities = scores[i * k..][..k].to_vec();
        softmax(&mut probabilities);
        -weight * libm::log(probabilities[y].max(f64::MIN_POSITIVE))
    });
    losses.sum::<f64>() / weights.iter().sum::<f64>()
}
