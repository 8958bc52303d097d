//! Everything that is fitted: base classifiers out-of-fold, the second stages on their scores, then the
//! base classifiers on all passages.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use linfa::ParamGuard;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::{
    BaseClassifiers,
    chosen::Chosen,
    context::{Context, centre},
    decision::Decision,
    second_stage::{Cases, Forms, StageFit, standard_error},
    settings::{NbRatios, TrainSettings},
    task::Task,
};
use crate::{
    corpus::{Gold, Passages, column_names},
    error::{Error, Result},
    features::{Counts, Weights},
    logistic::{ClassWeights, FittedLogisticRegression, LogisticRegression, softmax},
    matrix::SparseRows,
    sampling::page_folds,
};

/// Base classifiers whose scores only choose a penalty and feed the second stage need no more than this.
const SCORING_TOLERANCE: f64 = 1e-3;

/// The penalty that a base classifier has unless held-out pages say clearly that another is better: with few
/// pages the best of many is best by chance.
const USUAL_PENALTY: f64 = 1.0;

/// Pages with neighbours on which a label must stand for neighbours to be looked at.
const LEAST_PAGES: usize = 3;

/// Called as training goes on.
pub(crate) type Progress<'a> = &'a (dyn Fn(Step) + Sync);

/// How far training has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Fits done.
    pub done: usize,
    /// Fits in all.
    pub of: usize,
}

/// What is to be learnt, from what, and how.
pub(crate) struct Job<'a> {
    pub passages: &'a Passages<'a>,
    pub tasks: Vec<Task>,
    pub counts: Counts,
    settings: &'a TrainSettings,
    progress: Progress<'a>,
    done: AtomicUsize,
    n_fits: usize,
}

/// A fit on some of the passages, with columns in the order of the job's counts.
pub(crate) struct Core {
    pub weights: Weights,
    pub classifiers: Vec<FittedLogisticRegression>,
    pub out_of_fold: OutOfFold,
}

/// What is learnt from base classifiers that have not seen the page of the passage that they score.
pub(crate) struct OutOfFold {
    /// For each task, how its base classifier is fitted.
    pub classifiers: Vec<HeadChoice>,
    /// For each context asked for, for each task, its second stage.
    pub stages: Vec<Vec<StageFit>>,
}

/// How a base classifier is fitted.
pub(crate) struct HeadChoice {
    pub penalty: Chosen,
    pub nb_ratios: bool,
}

/// Labelled passages of one task: vectors, labels below k, and weights.
struct Examples {
    x: SparseRows,
    y: Vec<usize>,
    weights: Vec<f64>,
    k: usize,
}

/// A base classifier may not have more weights, of which a fit holds several copies of 8 bytes each.
const MOST_WEIGHTS: usize = 1 << 27;

impl Examples {
    /// Fits along a path of penalties, as long as `goes_on` says so of the last. Labels without an example
    /// have no part in it. Of one label nothing can be learnt: scores fitted on it would run off to wherever
    /// the solver stops, elsewhere in each fold, and lead astray the stages of other tasks, which see them;
    /// so they are 0.
    fn fit(
        &self,
        solver: LogisticRegression,
        path: &[f64],
        mut goes_on: impl FnMut(&FittedLogisticRegression) -> bool,
    ) -> Result<Option<FittedLogisticRegression>> {
        // One whose examples all weigh nothing is as absent.
        let weighed = self.y.iter().zip(&self.weights).filter(|(_, weight)| **weight > 0.0);
        let present: BTreeSet<usize> = weighed.map(|(y, _)| *y).collect();
        let present: Vec<usize> = present.into_iter().collect();
        if present.len() < 2 {
            return Ok(None);
        }
        let number = |y: &usize| present.binary_search(y).unwrap_or(0);
        let y: Vec<usize> = self.y.iter().map(number).collect();
        let among = |fit: FittedLogisticRegression| fit.among(&present, self.k);
        let goes_on = |fit: &FittedLogisticRegression| goes_on(&among(fit.clone()));
        let solver = solver.check()?;
        let fits = solver.path(&self.x, &y, &self.weights, present.len(), path, goes_on);
        Ok(fits.into_iter().next_back().map(among))
    }
}

impl<'a> Job<'a> {
    /// Checks settings and labels and counts the n-grams; [`Job::fit`] will be called `times`
    /// times.
    pub fn new(
        passages: &'a Passages<'a>,
        gold: &[Gold],
        settings: &'a TrainSettings,
        times: usize,
        progress: Progress<'a>,
    ) -> Result<Self> {
        settings.check()?;
        if let Some(gold) = gold.iter().find(|gold| gold.labels.len() != passages.len()) {
            let found = format!("{} labels for {} passages", gold.labels.len(), passages.len());
            return Err(Error::setting("gold", found, "a label or none for each"));
        }
        if gold.is_empty() {
            let found = "no task".to_owned();
            return Err(Error::setting("gold", found, "one task or more"));
        }
        let tasks = Task::all(gold, &settings.label_weights)?;
        tasks.iter().try_for_each(|task| task.check_weights(passages))?;
        check_names(&tasks)?;
        let counts = Counts::of(passages.texts(), &settings.features)?;
        let folds = settings.folds.min(passages.pages().len());
        // Out of fold, and on all.
        let n_fits = times * tasks.len() * (folds + 1);
        Ok(Self { passages, tasks, counts, settings, progress, done: AtomicUsize::new(0), n_fits })
    }

    /// The richest context that settings and passages allow. With few pages that have neighbours a
    /// second stage that looks at them has nothing to learn from: every label must stand on
    /// [`LEAST_PAGES`] of them, and half of the passages must lie on them.
    pub fn context(&self) -> Context {
        if self.settings.folds == 0 {
            return Context::Passage;
        }
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

    /// Fits on the passages `rows`, which are whole pages, with a second stage for each of the
    /// contexts.
    pub fn fit(&self, rows: &[usize], contexts: &[Context]) -> Result<Core> {
        let weights = self.weights(rows);
        if weights.n_columns() == 0 {
            return Err(Error::undecidable(
                "no n-gram stands in enough passages to be learnt from",
                "add passages, or lower `min_df`",
            ));
        }
        self.check_size(weights.n_columns())?;
        let out_of_fold = match self.settings.folds {
            0 => self.nothing_held_out(contexts),
            _ => self.out_of_fold(rows, contexts)?,
        };
        let fit = |(task, choice): (&Task, &HeadChoice)| {
            let solver = self.solver(choice.nb_ratios);
            // The whole path down to the choice: each optimum starts the next fit.
            let path = &self.settings.penalties[..=self.position(&choice.penalty)];
            let examples = self.examples(&weights, rows, task);
            let fitted = examples.fit(solver, path, |_| true)?;
            self.step();
            let zero = || FittedLogisticRegression::zero(weights.n_columns(), task.labels.len());
            Ok(fitted.unwrap_or_else(zero))
        };
        let classifiers = self.tasks.par_iter().zip(&out_of_fold.classifiers).map(fit);
        let classifiers = classifiers.collect::<Result<_>>()?;
        Ok(Core { weights, classifiers, out_of_fold })
    }

    /// Refuses what would take more memory than most machines have.
    fn check_size(&self, n_terms: usize) -> Result<()> {
        // A second stage has at most five columns for each label, and a weight of each for each.
        let weights = |task: &&Task| {
            let k = task.labels.len();
            k.saturating_mul(n_terms.max(5 * k))
        };
        match self.tasks.iter().find(|task| weights(task) > MOST_WEIGHTS) {
            None => Ok(()),
            Some(task) => Err(Error::undecidable(
                format!(
                    "{} has {} labels, which is too many for {n_terms} terms: {} million weights",
                    task.name,
                    task.labels.len(),
                    weights(&task) / 1_000_000
                ),
                "merge rare labels, or keep fewer terms with `max_terms`",
            )),
        }
    }

    /// What each page loses when its passages are judged by models that have not seen it: shares of
    /// what the labels' shares alone would lose on all pages, averaged over the tasks.
    pub fn page_losses(&self, rows: &[usize]) -> Result<Vec<f64>> {
        let out_of_fold = self.out_of_fold(rows, &[self.context()])?;
        let subset = self.passages.subset(rows);
        let pages = subset.page_numbers();
        let mut losses = vec![0.0; subset.pages().len()];
        for (task, stage) in self.tasks.iter().zip(&out_of_fold.stages[0]) {
            let entropy: f64 = task
                .shares(rows, self.passages)
                .iter()
                .map(|share| -share * libm::log(*share))
                .sum();
            let all = entropy * stage.held_out.len() as f64 * self.tasks.len() as f64;
            for &(i, p) in &stage.held_out {
                losses[pages[i]] -= libm::log(p.max(f64::MIN_POSITIVE)) / all;
            }
        }
        Ok(losses)
    }

    /// Chooses the base classifiers' penalties and fits the second stages, all by folds of the pages of
    /// `rows`.
    pub fn out_of_fold(&self, rows: &[usize], contexts: &[Context]) -> Result<OutOfFold> {
        let subset = self.passages.subset(rows);
        let n_folds = self.settings.folds.min(subset.pages().len());
        if n_folds < 2 {
            return Err(match self.passages.pages().len() {
                0 | 1 => Error::undecidable(
                    "all passages lie on one page, and training needs at least two",
                    "add pages, or give each page its own id in the column \"page\"",
                ),
                n => Error::undecidable(
                    format!(
                        "of the {n} pages a fold leaves one to learn from, and training needs at least two"
                    ),
                    "add labelled pages",
                ),
            });
        }
        let labels: Vec<Vec<Option<usize>>> =
            self.tasks.iter().map(|task| rows.iter().map(|&row| task.y[row]).collect()).collect();
        let labels: Vec<&[Option<usize>]> = labels.iter().map(Vec::as_slice).collect();
        let folds = page_folds(&subset.fold_groups(n_folds), &labels, n_folds, self.settings.seed);
        let pages = subset.page_numbers();
        let dealt = Dealt { rows, pages: &pages, folds: &folds };
        let (classifiers, scores) = self.scores_out_of_fold(dealt)?;
        let n_scores = self.tasks.iter().map(|task| task.labels.len()).sum();
        let words = !self.settings.features.shape;
        let stages = contexts
            .iter()
            .map(|context| {
                let all = 0..context.width(n_scores);
                let columns = context.columns(&subset, &scores, n_scores, all);
                // A stage learns from the pages that it will judge, and from all if it fits all.
                let mut seen = vec![false; rows.len()];
                let long = subset.pages().iter().filter(|page| context.fits(page.len()));
                long.flatten().for_each(|&i| seen[i] = true);
                let mut at = 0;
                let forms = self.tasks.iter().map(|task| {
                    let own = at..at + task.labels.len();
                    at = own.end;
                    Forms {
                        own: own.start,
                        neighbours: context.neighbours(n_scores, own.start),
                        free: context.choices(n_scores, own, words),
                        penalties: &self.settings.stage_penalties,
                        n_scores,
                    }
                });
                let forms: Vec<Forms<'_>> = forms.collect();
                let fit = |(task, forms)| self.fit_stage(task, dealt, &seen, &columns, forms);
                self.tasks.par_iter().zip(&forms).map(fit).collect::<Result<Vec<_>>>()
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(OutOfFold { classifiers, stages })
    }

    /// The only choice for each base classifier, and second stages that pass its scores on.
    fn nothing_held_out(&self, contexts: &[Context]) -> OutOfFold {
        let classifier = |_: &Task| HeadChoice {
            penalty: Chosen { value: self.settings.penalties[0], tried: Vec::new() },
            nb_ratios: self.settings.nb_ratios == NbRatios::Always,
        };
        let stages = contexts.iter().map(|_| {
            let mut at = 0;
            let stage = |task: &Task| {
                let k = task.labels.len();
                at += k;
                StageFit::that_passes_on(at - k..at)
            };
            self.tasks.iter().map(stage).collect()
        });
        OutOfFold {
            classifiers: self.tasks.iter().map(classifier).collect(),
            stages: stages.collect(),
        }
    }

    /// Chooses each base classifier, and gives the centred scores of every passage by base classifiers that have not seen
    /// its page: passages * scores of all tasks.
    fn scores_out_of_fold(&self, dealt: Dealt<'_>) -> Result<(Vec<HeadChoice>, Vec<f64>)> {
        let Dealt { rows, folds, .. } = dealt;
        let n_folds = folds.iter().max().map_or(0, |most| most + 1);
        let penalties = &self.settings.penalties;
        let variants = self.settings.nb_ratios.variants();
        // By task and variant for each penalty, passages * labels of the task: as many penalties as
        // all folds tried.
        let mut scores: Vec<Vec<Vec<Vec<f64>>>> = self
            .tasks
            .iter()
            .map(|task| {
                let empty = vec![0.0; rows.len() * task.labels.len()];
                vec![vec![empty; penalties.len()]; variants.len()]
            })
            .collect();
        let tolerance = self.settings.tolerance.max(SCORING_TOLERANCE);
        for fold in 0..n_folds {
            let (held, kept): (Vec<usize>, Vec<usize>) =
                (0..rows.len()).partition(|&i| folds[i] == fold);
            let kept: Vec<usize> = kept.into_iter().map(|i| rows[i]).collect();
            let held_rows: Vec<usize> = held.iter().map(|&i| rows[i]).collect();
            let weights = self.weights(&kept);
            let held_x = self.counts.transform(&weights, &held_rows);
            let of_task = |(task, scores): (&Task, &mut Vec<Vec<Vec<f64>>>)| {
                let examples = self.examples(&weights, &kept, task);
                let k = task.labels.len();
                for (&nb_ratios, scores) in variants.iter().zip(scores) {
                    // What one fold did not try need not be tried in another.
                    let path = &penalties[..scores.len()];
                    let (mut least, mut tried, mut risen) = (f64::INFINITY, 0, 0);
                    let goes_on = |fit: &FittedLogisticRegression| {
                        let of_rows: Vec<f64> = (0..held.len())
                            .into_par_iter()
                            .with_min_len(256)
                            .flat_map_iter(|at| fit.scores(held_x.row(at)))
                            .collect();
                        let loss = self.held_out_loss(task, &held_rows, &of_rows);
                        for (&i, of_row) in held.iter().zip(of_rows.chunks_exact(k)) {
                            scores[tried][i * k..][..k].copy_from_slice(of_row);
                        }
                        tried += 1;
                        // A fold without a passage to judge by has no loss, and leaves it to the
                        // others.
                        risen = if loss < least || loss.is_nan() { 0 } else { risen + 1 };
                        least = least.min(loss);
                        risen == 0 || path[tried - 1] > USUAL_PENALTY
                    };
                    let solver = self.solver(nb_ratios).tolerance(tolerance);
                    if examples.fit(solver, path, goes_on)?.is_some() {
                        scores.truncate(tried);
                    }
                }
                self.step();
                Ok(())
            };
            self.tasks.par_iter().zip(&mut scores).map(of_task).collect::<Result<()>>()?;
        }

        let n_scores: usize = self.tasks.iter().map(|task| task.labels.len()).sum();
        let mut centred = vec![0.0; rows.len() * n_scores];
        let mut classifiers = Vec::with_capacity(self.tasks.len());
        let mut at = 0;
        for (task, scores) in self.tasks.iter().zip(&scores) {
            let (classifier, scores) = self.chosen(task, dealt, scores);
            let k = task.labels.len();
            for i in 0..rows.len() {
                let own = &mut centred[i * n_scores + at..][..k];
                own.iter_mut().zip(centre(&scores[i * k..][..k])).for_each(|(to, from)| *to = from);
            }
            at += k;
            classifiers.push(classifier);
        }
        Ok((classifiers, centred))
    }

    /// The base classifier of a task: with the usual penalty, unless another loses less on held-out pages by
    /// more than a standard error; with plain weights unless log-count ratios do. Losses are those of calibrated
    /// scores: class weights and too small a penalty make scores that look worse than they are. `scores` are by
    /// variant and penalty.
    fn chosen<'s>(
        &self,
        task: &Task,
        dealt: Dealt<'_>,
        scores: &'s [Vec<Vec<f64>>],
    ) -> (HeadChoice, &'s [f64]) {
        let (penalties, k) = (&self.settings.penalties, task.labels.len());
        let (labelled, y) = task.labelled(dealt.rows);
        let own = Own::of(self, task, dealt, &labelled);
        let columns = |scores: &Vec<f64>| {
            let centred = labelled.iter().flat_map(|&i| centre(&scores[i * k..][..k])).collect();
            Array2::from_shape_vec((labelled.len(), k), centred).expect("k scores for each passage")
        };
        let of_scores =
            |scores: &Vec<f64>| own.cases(columns(scores), &y, task).calibrated_losses();
        let losses: Vec<Vec<(f64, Vec<f64>)>> =
            scores.iter().map(|scores| scores.par_iter().map(of_scores).collect()).collect();
        let best_of = |variant: usize| {
            let of_variant = (0..losses[variant].len()).map(|at| (variant, at));
            of_variant.min_by(|a, b| losses[a.0][a.1].0.total_cmp(&losses[b.0][b.1].0))
        };
        let best_of_each: Vec<(usize, usize)> = (0..scores.len()).filter_map(best_of).collect();
        let least = |&(variant, at): &(usize, usize)| losses[variant][at].0;
        let best = best_of_each.iter().min_by(|a, b| least(a).total_cmp(&least(b)));
        let best = *best.expect("one variant and penalty at least");
        let usual = penalties.iter().position(|&l2| l2 == USUAL_PENALTY);
        let usual = usual.filter(|&at| at < losses[0].len()).map(|at| (0, at));
        let near = |at: &(usize, usize)| {
            let (loss, of_cases) = &losses[at.0][at.1];
            let (least, of_best) = &losses[best.0][best.1];
            loss - least <= standard_error(of_cases, of_best, &own.pages, &own.weights)
        };
        let (variant, at) = usual.into_iter().chain(best_of_each).find(near).unwrap_or(best);
        let tried = losses[variant].iter().map(|(loss, _)| *loss);
        let penalty =
            Chosen { value: penalties[at], tried: penalties.iter().copied().zip(tried).collect() };
        let nb_ratios = self.settings.nb_ratios.variants()[variant];
        (HeadChoice { penalty, nb_ratios }, &scores[variant][at])
    }

    /// Mean loss of the labelled passages by scores made out-of-fold, weighted as in the fit.
    fn held_out_loss(&self, task: &Task, rows: &[usize], scores: &[f64]) -> f64 {
        let k = task.labels.len();
        let (labelled, y) = task.labelled(rows);
        let weights = self.row_weights(task, rows);
        let losses = labelled.iter().zip(&y).zip(&weights).map(|((&i, &y), weight)| {
            let mut probabilities = scores[i * k..][..k].to_vec();
            softmax(&mut probabilities);
            -weight * libm::log(probabilities[y].max(f64::MIN_POSITIVE))
        });
        losses.sum::<f64>() / weights.iter().sum::<f64>()
    }

    /// The second stage of a task on the passages that are `seen`.
    fn fit_stage(
        &self,
        task: &Task,
        dealt: Dealt<'_>,
        seen: &[bool],
        columns: &Array2<f64>,
        forms: &Forms<'_>,
    ) -> Result<StageFit> {
        let (labelled, y) = task.labelled(dealt.rows);
        let cases = labelled.into_iter().zip(y).filter(|(i, _)| seen[*i]);
        let (labelled, y): (Vec<usize>, Vec<usize>) = cases.unzip();
        let own = Own::of(self, task, dealt, &labelled);
        let cases = own.cases(columns.select(Axis(0), &labelled), &y, task);
        let (criterion, shares) = (self.settings.criterion, task.shares(dealt.rows, self.passages));
        let decide = |probabilities: &[f64]| {
            Decision::learn(criterion, &task.labels, &shares, &y, probabilities)
        };
        let mut fit = cases.choose(forms, decide)?;
        fit.held_out.iter_mut().for_each(|(i, _)| *i = labelled[*i]);
        Ok(fit)
    }

    /// Vocabulary and idf of the passages `rows`.
    fn weights(&self, rows: &[usize]) -> Weights {
        let labels: Vec<&[Option<usize>]> = self.tasks.iter().map(|task| &task.y[..]).collect();
        self.counts.weights(rows, &labels)
    }

    fn examples(&self, weights: &Weights, rows: &[usize], task: &Task) -> Examples {
        let (labelled, y) = task.labelled(rows);
        let labelled: Vec<usize> = labelled.into_iter().map(|i| rows[i]).collect();
        let x = self.counts.transform(weights, &labelled);
        Examples { x, weights: self.row_weights(task, rows), y, k: task.labels.len() }
    }

    /// How much each of the passages counts whose numbers within `rows` are `labelled`.
    fn passage_weights(&self, rows: &[usize], labelled: &[usize]) -> Vec<f64> {
        labelled.iter().map(|&i| self.passages.weight(rows[i])).collect()
    }

    /// How much each labelled passage of `rows` counts in the base classifier. Label weights come last:
    /// balancing would take them back.
    fn row_weights(&self, task: &Task, rows: &[usize]) -> Vec<f64> {
        let (labelled, y) = task.labelled(rows);
        let own = self.passage_weights(rows, &labelled);
        let mut weights = self.settings.class_weights.rows(&y, &own, task.labels.len());
        weights.iter_mut().zip(task.label_weights(&y)).for_each(|(own, label)| *own *= label);
        weights
    }

    fn position(&self, penalty: &Chosen) -> usize {
        self.settings.penalties.iter().position(|&l2| l2 == penalty.value).unwrap_or(0)
    }

    fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        (self.progress)(Step { done, of: self.n_fits });
    }

    /// Class weights are among those of the rows.
    fn solver(&self, nb_ratios: bool) -> LogisticRegression {
        let TrainSettings { tolerance, max_iterations, .. } = *self.settings;
        LogisticRegression::new()
            .nb_ratios(nb_ratios)
            .tolerance(tolerance)
            .max_iterations(max_iterations)
    }
}

/// The passages of a fit, each with the number of its page and of its fold.
#[derive(Clone, Copy)]
struct Dealt<'a> {
    rows: &'a [usize],
    pages: &'a [usize],
    folds: &'a [usize],
}

/// What the labelled cases of a task have in common, whatever their columns.
struct Own {
    weights: Vec<f64>,
    taught: Vec<bool>,
    folds: Vec<usize>,
    pages: Vec<usize>,
    balanced: bool,
}

impl Own {
    fn of(job: &Job<'_>, task: &Task, dealt: Dealt<'_>, labelled: &[usize]) -> Self {
        let Dealt { rows, pages, folds } = dealt;
        // A label that stands in one fold alone is known to no classifier that scores it.
        let mut first = vec![None; task.labels.len()];
        let mut known = vec![false; task.labels.len()];
        for (&row, &fold) in rows.iter().zip(folds) {
            let weighs = job.passages.weight(row) > 0.0;
            let Some(y) = task.y[row].filter(|_| weighs) else { continue };
            known[y] |= *first[y].get_or_insert(fold) != fold;
        }
        let taught = |&i: &usize| task.y[rows[i]].is_some_and(|y| known[y]);
        Self {
            weights: job.passage_weights(rows, labelled),
            taught: labelled.iter().map(taught).collect(),
            folds: labelled.iter().map(|&i| folds[i]).collect(),
            pages: labelled.iter().map(|&i| pages[i]).collect(),
            balanced: job.settings.class_weights == ClassWeights::Balanced,
        }
    }

    fn cases<'a>(&'a self, columns: Array2<f64>, y: &'a [usize], task: &'a Task) -> Cases<'a> {
        Cases {
            columns,
            y,
            weights: &self.weights,
            taught: &self.taught,
            folds: &self.folds,
            pages: &self.pages,
            k: task.labels.len(),
            balanced: self.balanced,
            label_weights: task.all_label_weights(),
        }
    }
}

/// Refuses tasks whose scores would have the same names, `task.label`, or whose predictions the same
/// columns: the model could be trained, and its predictions could not be written.
fn check_names(tasks: &[Task]) -> Result<()> {
    let mut names = BTreeSet::new();
    let mut columns = BTreeSet::new();
    for column in tasks.iter().flat_map(|task| column_names(&task.name, &task.labels, true)) {
        if let Some(twice) = columns.replace(column) {
            let found = format!("two columns of predictions called {twice}");
            let expected = "different names, once task and label are joined by an underscore";
            return Err(Error::setting("tasks", found, expected));
        }
    }
    for task in tasks {
        for label in &task.labels {
            let name = format!("{}.{label}", task.name);
            if !names.insert(name.clone()) {
                let found = format!("two labels called {name:?}");
                let expected = "different names, once task and label are joined by a dot";
                return Err(Error::setting("tasks", found, expected));
            }
        }
    }
    Ok(())
}

impl Core {
    /// All base classifiers side by side, in the order of their own columns.
    pub fn joined_classifiers(&self) -> BaseClassifiers {
        let identity: Vec<u32> = (0..self.weights.n_columns() as u32).collect();
        BaseClassifiers::join(&self.classifiers, &identity)
    }
}
