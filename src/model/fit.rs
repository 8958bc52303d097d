//! Everything that is fitted: base classifiers out-of-fold, the second stages on their scores, then the
//! base classifiers on all passages.

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use linfa::ParamGuard;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::{
    BaseClassifiers, NewWords, Stage, TaskLabels,
    candidates::{Candidates, HeadChoice, Recipe, USUAL_PENALTY},
    chosen::Chosen,
    context::{Context, centre},
    decision::Decision,
    dense::{DenseClassifiers, Scaling, add_dense},
    predict::Judge,
    second_stage::{Cases, Forms, StageFit, standard_error},
    settings::{NbRatios, TrainSettings},
    task::Task,
};
use crate::{
    corpus::{Dense, Gold, Passages, column_names},
    error::{Error, Result},
    features::{Counts, Weights},
    logistic::{
        ClassWeights, ENOUGH_FOR_A_RACE, FittedLogisticRegression, LogisticRegression, softmax,
    },
    matrix::SparseRows,
    predictions::Answers,
    sampling::page_folds,
};

/// Base classifiers whose scores only choose a penalty and feed the second stage need no more than this.
const SCORING_TOLERANCE: f64 = 1e-2;

/// What a passage without a label counts, of a labelled one.
const UNLABELLED: f64 = 1.0;
/// A label that is less probable is none.
const LEAST_SOFT: f64 = 0.05;

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
#[derive(Clone)]
pub(crate) struct Job<'a> {
    pub passages: &'a Passages<'a>,
    pub tasks: Vec<Task>,
    /// Of the passages, and behind them of those without labels.
    pub counts: Arc<Counts>,
    settings: &'a TrainSettings,
    progress: Progress<'a>,
    done: Arc<AtomicUsize>,
    n_fits: usize,
    /// Whether it learns from the passages without labels what a model of the labelled ones says of them, by all
    /// that these have. It has the words alone, then.
    is_taught: bool,
}

/// A fit on some of the passages, with columns in the order of the job's counts.
pub(crate) struct Core {
    pub weights: Weights,
    pub classifiers: Vec<FittedLogisticRegression>,
    /// Of the blocks of dense columns that a task at least keeps.
    pub dense: Vec<DenseClassifiers>,
    pub out_of_fold: OutOfFold,
}

/// How the base classifiers of a task are fitted and added up.
pub(crate) struct TaskChoice {
    pub text: HeadChoice,
    /// What the scores of the text count: 1 where nothing is added to them.
    pub text_slope: f64,
    /// For each block of dense columns.
    pub dense: Vec<DenseChoice>,
}

/// How a task's base classifier of a block of dense columns is fitted, and what it is worth.
pub(crate) struct DenseChoice {
    pub penalty: Chosen,
    /// What its scores count; 0 where held-out pages did not speak for it.
    pub slope: f64,
    /// The loss on held-out pages without and with it.
    pub losses: (f64, f64),
}

/// What is learnt from base classifiers that have not seen the page of the passage that they score.
pub(crate) struct OutOfFold {
    /// For each task, how its base classifiers are fitted.
    pub classifiers: Vec<TaskChoice>,
    /// For each context asked for, for each task, its second stage.
    pub stages: Vec<Vec<StageFit>>,
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
        let unlabelled = passages.unlabelled().map_or(&[][..], Passages::texts);
        let texts = [passages.texts(), unlabelled].concat();
        let counts = Arc::new(Counts::of(&texts, &settings.features)?);
        let folds = settings.folds.min(passages.pages().len());
        let is_taught = passages.unlabelled().is_some();
        // Out of fold, and on all; of the text, and of each block beside it.
        let all = (folds + 1) * (1 + passages.dense().len());
        let of_task = if is_taught { (folds + 1) * (1 + all) } else { all };
        let n_fits = times * tasks.len() * of_task;
        let done = Arc::default();
        Ok(Self { passages, tasks, counts, settings, progress, done, n_fits, is_taught })
    }

    /// The blocks of columns beside the text that it learns from.
    fn blocks(&self) -> &'a [Dense] {
        if self.is_taught { &[] } else { self.passages.dense() }
    }

    /// What a model of the labelled passages `rows` says of those without labels; nothing if it is not taught.
    fn soft_labels(&self, rows: &[usize]) -> Result<Vec<Answers>> {
        let Some(unlabelled) = self.passages.unlabelled().filter(|_| self.is_taught) else {
            return Ok(Vec::new());
        };
        let teacher = Self { is_taught: false, ..self.clone() };
        let contexts = teacher.context().with_fallback();
        let core = teacher.fit(rows, contexts)?;
        let behind: Vec<usize> = self.unlabelled_rows().collect();
        let x = self.counts.transform(&core.weights, &behind);
        let scores = core.joined_classifiers().centred(&x, |i, scores| {
            add_dense(&core.dense, unlabelled, i, scores);
        });
        Ok(core.answers(&teacher, rows, contexts, unlabelled, &scores))
    }

    /// How many words of another source would be new to a model of all passages.
    pub fn new_words(&self, sources: Option<&[usize]>) -> Option<NewWords> {
        NewWords::of(&self.counts, self.passages, self.unlabelled_rows(), sources)
    }

    /// The passages without labels that are learnt from, as rows of the counts.
    fn unlabelled_rows(&self) -> Range<usize> {
        let n =
            if self.is_taught { self.passages.unlabelled().map_or(0, Passages::len) } else { 0 };
        self.passages.len()..self.passages.len() + n
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
        let is_taught = |choice: &TaskChoice| choice.text.recipe.is_taught;
        let soft = match out_of_fold.classifiers.iter().any(is_taught) {
            true => self.soft_labels(rows)?,
            false => Vec::new(),
        };
        let fit = |(task, choice): (&Task, &TaskChoice)| {
            let x = |rows: &[usize]| self.counts.transform(&weights, rows);
            let HeadChoice { penalty, recipe } = &choice.text;
            let examples = self.examples(&x, rows, task, recipe.learns_from(&soft));
            self.fit_chosen(&examples, penalty, recipe.nb_ratios, weights.n_columns())
        };
        let classifiers = self.tasks.par_iter().zip(&out_of_fold.classifiers).map(fit);
        let mut classifiers: Vec<FittedLogisticRegression> = classifiers.collect::<Result<_>>()?;
        let blocks = self.blocks().iter().enumerate();
        let dense = blocks.map(|(number, block)| {
            self.fit_block(number, block, rows, &out_of_fold.classifiers, &mut classifiers)
        });
        let dense: Vec<Option<DenseClassifiers>> = dense.collect::<Result<_>>()?;
        Ok(Core { weights, classifiers, dense: dense.into_iter().flatten().collect(), out_of_fold })
    }

    /// The classifier of these examples as it was chosen.
    fn fit_chosen(
        &self,
        examples: &Examples,
        penalty: &Chosen,
        nb_ratios: bool,
        n_columns: usize,
    ) -> Result<FittedLogisticRegression> {
        let fitted = examples.fit(self.solver(nb_ratios), &[penalty.value], |_| true)?;
        self.step();
        Ok(fitted.unwrap_or_else(|| FittedLogisticRegression::zero(n_columns, examples.k)))
    }

    /// The classifiers of block `number` for the tasks that keep it. What the classifiers of the `text` count
    /// beside it, and its intercepts, go into these.
    fn fit_block(
        &self,
        number: usize,
        block: &Dense,
        rows: &[usize],
        choices: &[TaskChoice],
        text: &mut [FittedLogisticRegression],
    ) -> Result<Option<DenseClassifiers>> {
        if choices.iter().all(|choice| choice.dense[number].slope == 0.0) {
            return Ok(None);
        }
        let scaling = Scaling::of(block, rows);
        let n_columns = block.rows.n_columns();
        let fit = |(task, choice): (&Task, &TaskChoice)| {
            let DenseChoice { penalty, slope, .. } = &choice.dense[number];
            if *slope == 0.0 {
                self.step();
                return Ok(FittedLogisticRegression::zero(n_columns, task.labels.len()));
            }
            let x = |rows: &[usize]| scaling.rows(block, rows);
            let examples = self.examples(&x, rows, task, &[]);
            let fitted = self.fit_chosen(&examples, penalty, false, n_columns)?;
            Ok(fitted.scaled(*slope, &vec![0.0; task.labels.len()]))
        };
        let fitted = self.tasks.par_iter().zip(choices).map(fit);
        let fitted: Vec<FittedLogisticRegression> = fitted.collect::<Result<_>>()?;
        for ((text, choice), own) in text.iter_mut().zip(choices).zip(&fitted) {
            // The text's own slope is counted once, with the first block that the task keeps.
            let first = choice.dense.iter().position(|block| block.slope != 0.0) == Some(number);
            let slope = if first { choice.text_slope } else { 1.0 };
            *text = text.clone().scaled(slope, own.intercept());
        }
        let columns: Vec<u32> = (0..n_columns as u32).collect();
        let weights = BaseClassifiers::join(&fitted, &columns).weights().to_vec();
        Ok(Some(DenseClassifiers { source: block.source.clone(), scaling, weights }))
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
        let groups = subset.fold_groups(n_folds);
        let folds = page_folds(&groups, &labels, n_folds, self.settings.seed);
        let pages = subset.page_numbers();
        let dealt = Dealt { rows, pages: &pages, groups: &groups, folds: &folds };
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
        let classifier = |_: &Task| TaskChoice {
            text: HeadChoice {
                penalty: Chosen { value: self.settings.penalties[0], tried: Vec::new() },
                recipe: Recipe {
                    nb_ratios: self.settings.nb_ratios == NbRatios::Always,
                    is_taught: false,
                },
            },
            text_slope: 1.0,
            dense: Vec::new(),
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

    /// Chooses each task's base classifiers, and gives the centred scores of every passage by base classifiers that
    /// have not seen its page: passages * scores of all tasks.
    fn scores_out_of_fold(&self, dealt: Dealt<'_>) -> Result<(Vec<TaskChoice>, Vec<f64>)> {
        let Dealt { rows, folds, .. } = dealt;
        let n_folds = folds.iter().max().map_or(0, |most| most + 1);
        let blocks = self.blocks();
        let all = |settings: &TrainSettings, is_taught| {
            let of_task = |_| Candidates::all(settings, is_taught);
            self.tasks.iter().map(of_task).collect::<Vec<_>>()
        };
        let mut of_text = all(self.settings, self.is_taught);
        let plain = TrainSettings { nb_ratios: NbRatios::Never, ..self.settings.clone() };
        let mut of_blocks: Vec<Vec<Candidates>> =
            blocks.iter().map(|_| all(&plain, false)).collect();
        for fold in 0..n_folds {
            let (held, kept): (Vec<usize>, Vec<usize>) =
                (0..rows.len()).partition(|&i| folds[i] == fold);
            let kept: Vec<usize> = kept.into_iter().map(|i| rows[i]).collect();
            let held_rows: Vec<usize> = held.iter().map(|&i| rows[i]).collect();
            let soft = match of_text.iter().any(Candidates::any_taught) {
                true => self.soft_labels(&kept)?,
                false => Vec::new(),
            };
            let try_all = |x: X<'_>, candidates: &mut [Candidates]| {
                let (kept, held, rows, soft) = (&kept[..], &held[..], &held_rows[..], &soft[..]);
                let held_out = HeldOut { kept, held, rows, x: x(rows), of: x, soft };
                let of_task = |(task, candidates): (&Task, &mut Candidates)| {
                    self.try_on(task, dealt, &held_out, candidates)?;
                    if fold == 0 {
                        self.race(task, dealt, held, candidates);
                    }
                    self.step();
                    Ok(())
                };
                self.tasks.par_iter().zip(candidates).map(of_task).collect::<Result<()>>()
            };
            let weights = self.weights(&kept);
            try_all(&|rows| self.counts.transform(&weights, rows), &mut of_text)?;
            for (block, candidates) in blocks.iter().zip(&mut of_blocks) {
                let scaling = Scaling::of(block, &kept);
                try_all(&|rows| scaling.rows(block, rows), candidates)?;
            }
        }

        let n_scores: usize = self.tasks.iter().map(|task| task.labels.len()).sum();
        let mut centred = vec![0.0; rows.len() * n_scores];
        let mut classifiers = Vec::with_capacity(self.tasks.len());
        let mut of_blocks: Vec<_> = of_blocks.into_iter().map(Vec::into_iter).collect();
        let mut at = 0;
        for (task, candidates) in self.tasks.iter().zip(of_text) {
            let text = self.chosen(task, dealt, candidates);
            let dense = of_blocks.iter_mut().filter_map(Iterator::next);
            let dense = dense.map(|candidates| self.chosen(task, dealt, candidates)).collect();
            let (classifier, scores) = self.stacked(task, dealt, text, dense);
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

    /// Adds to a task's scores of the text those of the blocks that lower the loss on held-out pages by more than
    /// a standard error, the best first; each with one slope for all labels.
    fn stacked(
        &self,
        task: &Task,
        dealt: Dealt<'_>,
        (text, of_text): (HeadChoice, Vec<f64>),
        blocks: Vec<(HeadChoice, Vec<f64>)>,
    ) -> (TaskChoice, Vec<f64>) {
        if blocks.is_empty() {
            return (TaskChoice { text, text_slope: 1.0, dense: Vec::new() }, of_text);
        }
        let k = task.labels.len();
        let (labelled, y) = task.labelled(dealt.rows);
        let own = Own::of(self, task, dealt, &labelled);
        let columns: Vec<_> = std::iter::once(&of_text)
            .chain(blocks.iter().map(|(_, scores)| scores))
            .map(|scores| own_columns(scores, &labelled, task))
            .collect();
        let views: Vec<_> = columns.iter().map(Array2::view).collect();
        let columns = ndarray::concatenate(Axis(1), &views).expect("as many rows in each");
        let cases = own.cases(columns, &y, task);
        let mut groups = vec![0];
        let mut best = cases.tied_losses(&groups);
        let mut losses = vec![None; blocks.len()];
        loop {
            let with = |number: usize| [&groups[..], &[(1 + number) * k]].concat();
            let free = (0..blocks.len()).filter(|number| !groups.contains(&((1 + number) * k)));
            let tried = free.map(|number| (number, cases.tied_losses(&with(number))));
            let tried: Vec<(usize, (f64, Vec<f64>))> = tried.collect();
            tried.iter().for_each(|(number, (loss, _))| losses[*number] = Some((best.0, *loss)));
            let least = tried.into_iter().min_by(|a, b| a.1.0.total_cmp(&b.1.0));
            let Some((number, found)) = least else { break };
            let error = standard_error(&found.1, &best.1, &own.pages, &own.weights);
            let slopes = cases.tied_slopes(&with(number));
            if best.0 - found.0 <= error || slopes[1..].iter().any(|slope| *slope <= 0.0) {
                break;
            }
            groups = with(number);
            best = found;
        }
        let slopes = if groups.len() > 1 { cases.tied_slopes(&groups) } else { vec![1.0] };
        let slope =
            |group: usize| groups.iter().position(|&of| of == group).map_or(0.0, |at| slopes[at]);
        let mut scores = of_text;
        if groups.len() > 1 {
            scores.iter_mut().for_each(|score| *score *= slopes[0]);
        }
        let dense = blocks.into_iter().enumerate().map(|(number, (choice, of_block))| {
            let slope = slope((1 + number) * k);
            if slope != 0.0 {
                scores.iter_mut().zip(of_block).for_each(|(score, own)| *score += slope * own);
            }
            let losses = losses[number].unwrap_or((f64::NAN, f64::NAN));
            DenseChoice { penalty: choice.penalty, slope, losses }
        });
        let dense = dense.collect();
        (TaskChoice { text, text_slope: slopes[0], dense }, scores)
    }

    /// Fits a task's candidates on the passages kept.
    fn try_on(
        &self,
        task: &Task,
        dealt: Dealt<'_>,
        held_out: &HeldOut<'_>,
        candidates: &mut Candidates,
    ) -> Result<()> {
        let HeldOut { kept, of, soft, .. } = held_out;
        // Those that learn from the same examples stand together.
        let recipes = candidates.recipes();
        for recipes in recipes.chunk_by(|a, b| a.is_taught == b.is_taught) {
            let examples = self.examples(of, kept, task, recipes[0].learns_from(soft));
            for &recipe in recipes {
                let n = dealt.rows.len();
                self.try_recipe(task, n, held_out, &examples, recipe, candidates)?;
            }
        }
        Ok(())
    }

    /// Fits the candidates of one recipe along the path of penalties, until held-out passages, of `n` in all, say
    /// that smaller ones are worse.
    fn try_recipe(
        &self,
        task: &Task,
        n: usize,
        held_out: &HeldOut<'_>,
        examples: &Examples,
        recipe: Recipe,
        candidates: &mut Candidates,
    ) -> Result<()> {
        let HeldOut { held, rows, x, .. } = held_out;
        let path = candidates.path(recipe);
        let (mut least, mut tried, mut risen) = (f64::INFINITY, 0, 0);
        let goes_on = |fit: &FittedLogisticRegression| {
            let of_rows: Vec<f64> = (0..held.len())
                .into_par_iter()
                .with_min_len(256)
                .flat_map_iter(|at| fit.scores(x.row(at)))
                .collect();
            let loss = self.held_out_loss(task, rows, &of_rows);
            candidates.put(recipe, tried, n, held, &of_rows);
            tried += 1;
            // A fold without a passage to judge by has no loss, and leaves it to the others.
            risen = if loss < least || loss.is_nan() { 0 } else { risen + 1 };
            least = least.min(loss);
            risen == 0 || path[tried - 1] > USUAL_PENALTY
        };
        let tolerance = self.settings.tolerance.max(SCORING_TOLERANCE);
        let solver = self.solver(recipe.nb_ratios).tolerance(tolerance);
        match examples.fit(solver, &path, goes_on)?.is_some() {
            true => candidates.cut(recipe, tried),
            // Nothing could be learnt: all scores are 0.
            false => (0..path.len()).for_each(|at| {
                candidates.put(recipe, at, n, held, &vec![0.0; held.len() * examples.k]);
            }),
        }
        Ok(())
    }

    /// Leaves out the candidates that a first large fold finds no better than the usual one: each fit on the
    /// other folds takes as long. Scores are calibrated on the fold itself, by few numbers.
    fn race(&self, task: &Task, dealt: Dealt<'_>, held: &[usize], candidates: &mut Candidates) {
        let labelled = held.iter().copied().filter_map(|i| Some((i, task.y[dealt.rows[i]]?)));
        let (labelled, y): (Vec<usize>, Vec<usize>) = labelled.unzip();
        if labelled.len() < ENOUGH_FOR_A_RACE {
            return;
        }
        let own = Own::of(self, task, dealt, &labelled);
        candidates.race(|scores| {
            own.cases(own_columns(scores, &labelled, task), &y, task).calibrated_here()
        });
    }

    /// The base classifier of a task, and its scores. Losses are those of calibrated scores: class weights and
    /// too small a penalty make scores that look worse than they are.
    fn chosen(
        &self,
        task: &Task,
        dealt: Dealt<'_>,
        candidates: Candidates,
    ) -> (HeadChoice, Vec<f64>) {
        let (labelled, y) = task.labelled(dealt.rows);
        let own = Own::of(self, task, dealt, &labelled);
        candidates.choose(
            |scores| own.cases(own_columns(scores, &labelled, task), &y, task).calibrated_losses(),
            |a, b| standard_error(a, b, &own.pages, &own.weights),
        )
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
        let groups: Vec<usize> = labelled.iter().map(|&i| dealt.groups[i]).collect();
        let decide =
            |probabilities: &[f64]| {
                let cases = (&y[..], &groups[..]);
                Decision::learn(criterion, &task.labels, &shares, cases, probabilities)
                    .with_standing(&task.labels, &shares, cases, probabilities)
            };
        let mut fit = cases.choose(forms, decide)?;
        fit.held_out.iter_mut().for_each(|(i, _)| *i = labelled[*i]);
        Ok(fit)
    }

    /// Vocabulary and idf of the passages `rows`, and of those without labels.
    fn weights(&self, rows: &[usize]) -> Weights {
        let labels = |task: &Task| {
            let behind = std::iter::repeat_n(None, self.unlabelled_rows().len());
            task.y.iter().copied().chain(behind).collect()
        };
        let labels: Vec<Vec<Option<usize>>> = self.tasks.iter().map(labels).collect();
        let labels: Vec<&[Option<usize>]> = labels.iter().map(Vec::as_slice).collect();
        let rows: Vec<usize> = rows.iter().copied().chain(self.unlabelled_rows()).collect();
        self.counts.weights(&rows, &labels)
    }

    /// The labelled passages of `rows`, and those without labels: each as often as it has `soft` labels that
    /// are not hardly probable, and each time with its label's probability as weight.
    fn examples(&self, x: X<'_>, rows: &[usize], task: &Task, soft: &[Answers]) -> Examples {
        let (labelled, mut y) = task.labelled(rows);
        let mut own = self.passage_weights(rows, &labelled);
        let mut labelled: Vec<usize> = labelled.into_iter().map(|i| rows[i]).collect();
        let unit = own.iter().sum::<f64>() / own.len().max(1) as f64;
        let k = task.labels.len();
        let soft = soft.iter().find(|answers| answers.task() == task.name);
        if let Some(probabilities) = soft.and_then(Answers::probabilities) {
            for (row, p) in self.unlabelled_rows().zip(probabilities.chunks_exact(k)) {
                let likely = || (0..k).filter(|&label| p[label] >= LEAST_SOFT);
                let all: f64 = likely().map(|label| p[label]).sum();
                for label in likely() {
                    labelled.push(row);
                    y.push(label);
                    own.push(UNLABELLED * unit * p[label] / all);
                }
            }
        }
        let weights = self.with_label_weights(task, &y, &own);
        Examples { x: x(&labelled), weights, y, k }
    }

    /// How much each of the passages counts whose numbers within `rows` are `labelled`.
    fn passage_weights(&self, rows: &[usize], labelled: &[usize]) -> Vec<f64> {
        labelled.iter().map(|&i| self.passages.weight(rows[i])).collect()
    }

    /// How much each labelled passage of `rows` counts in the base classifier.
    fn row_weights(&self, task: &Task, rows: &[usize]) -> Vec<f64> {
        let (labelled, y) = task.labelled(rows);
        self.with_label_weights(task, &y, &self.passage_weights(rows, &labelled))
    }

    /// Label weights come last: balancing would take them back.
    fn with_label_weights(&self, task: &Task, y: &[usize], own: &[f64]) -> Vec<f64> {
        let mut weights = self.settings.class_weights.rows(y, own, task.labels.len());
        weights.iter_mut().zip(task.label_weights(y)).for_each(|(own, label)| *own *= label);
        weights
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

/// What makes vectors of some passages, by what a fit has learnt of terms or columns.
type X<'a> = &'a (dyn Fn(&[usize]) -> SparseRows + Sync);

/// The passages held out of a fold, as numbers within those of the fit and within all, and their vectors; those that
/// are learnt from, and what makes vectors.
struct HeldOut<'a> {
    kept: &'a [usize],
    held: &'a [usize],
    rows: &'a [usize],
    x: SparseRows,
    of: X<'a>,
    soft: &'a [Answers],
}

/// A task's own centred scores of some passages as columns.
fn own_columns(scores: &[f64], labelled: &[usize], task: &Task) -> Array2<f64> {
    let k = task.labels.len();
    let centred = labelled.iter().flat_map(|&i| centre(&scores[i * k..][..k])).collect();
    Array2::from_shape_vec((labelled.len(), k), centred).expect("k scores for each passage")
}

/// The passages of a fit, each with the number of its page and of its fold.
#[derive(Clone, Copy)]
struct Dealt<'a> {
    rows: &'a [usize],
    pages: &'a [usize],
    /// Pages that share near-duplicates are one.
    groups: &'a [usize],
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
        let Dealt { rows, pages, folds, .. } = dealt;
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
    /// The centred scores of some passages, all tasks.
    pub fn scores(&self, job: &Job<'_>, rows: &[usize]) -> Vec<f64> {
        let x = job.counts.transform(&self.weights, rows);
        let passages = job.passages;
        self.joined_classifiers().centred(&x, |i, scores| {
            add_dense(&self.dense, passages, rows[i], scores);
        })
    }

    /// All base classifiers side by side, in the order of their own columns.
    /// What the model, trained on `train`, answers of passages whose scores these are: of each of the job's tasks, in
    /// `contexts`, which are the last of those that it was fitted with.
    pub fn answers(
        &self,
        job: &Job<'_>,
        train: &[usize],
        contexts: &[Context],
        passages: &Passages<'_>,
        scores: &[f64],
    ) -> Vec<Answers> {
        let all = &self.out_of_fold.stages;
        let stages: Vec<Vec<Stage>> = all[all.len() - contexts.len()..]
            .iter()
            .map(|stages| stages.iter().map(StageFit::stage).collect())
            .collect();
        let judge = Judge {
            tasks: job.tasks.iter().map(TaskLabels::from).collect(),
            contexts,
            stages: stages.iter().map(|stages| stages.iter().collect()).collect(),
            shares: job.tasks.iter().map(|task| task.shares(train, job.passages)).collect(),
            priors: vec![None; job.tasks.len()],
            max_error: None,
        };
        judge.answers(passages, scores)
    }

    fn joined_classifiers(&self) -> BaseClassifiers {
        let identity: Vec<u32> = (0..self.weights.n_columns() as u32).collect();
        BaseClassifiers::join(&self.classifiers, &identity)
    }
}
