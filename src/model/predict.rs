//! What a model says of passages.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::{Context, Stage, TargetModel, TaskModel, decision::decided, task::with_hint};
use crate::{
    corpus::{Passages, is_called},
    error::{Error, Result},
    features::Projector,
    logistic::softmax,
};

/// What a model says of some passages.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// One for each task of the model, in its order.
    pub tasks: Vec<TaskPredictions>,
}

/// What a model says of some passages for one task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskPredictions {
    /// Number of labels k.
    pub k: usize,
    /// Number of the label of each passage: by [`Decision`](super::Decision), not always the most
    /// probable one.
    pub labels: Vec<usize>,
    /// Calibrated probabilities, passages * k; each passage's sum to 1.
    pub probabilities: Vec<f64>,
    /// Why the label of a passage had better not be given; nothing where it may be.
    pub abstained: Vec<Option<Abstention>>,
}

/// Why a model does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Abstention {
    /// Nothing in the passage was seen in training.
    NoKnownTerm,
    /// The label's probability is too low for the error that was asked for.
    Uncertain,
    /// The model of the passage's target does not know the task.
    NoSuchTask,
}

impl Abstention {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoKnownTerm => "no known term",
            Self::Uncertain => "uncertain",
            Self::NoSuchTask => "no such task",
        }
    }
}

/// Under which conditions a model answers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answering {
    /// Abstain where it must be so that the share of errors among the answered, as cross-validated
    /// in training, is at most this. Default: answer always.
    pub max_error: Option<f64>,
    /// Shares of labels, or of `task.label`, in the passages to be judged, where they are known to
    /// differ from those in training: probabilities are reweighed by the ratio (Saerens, Latinne
    /// and Decaestecker 2002). A task's other labels share what is left as in training.
    pub prior: Vec<(String, f64)>,
}

/// Passages a thread takes at a time.
const BATCH: usize = 64;

impl TaskPredictions {
    /// The predictions of some of the passages.
    pub fn select(&self, passages: &[usize]) -> Self {
        Self {
            k: self.k,
            labels: passages.iter().map(|&passage| self.labels[passage]).collect(),
            probabilities: passages.iter().flat_map(|&passage| self.of(passage).to_vec()).collect(),
            abstained: passages.iter().map(|&passage| self.abstained[passage]).collect(),
        }
    }

    /// The k probabilities of one passage.
    pub fn of(&self, passage: usize) -> &[f64] {
        &self.probabilities[passage * self.k..][..self.k]
    }

    /// No answer yet for `n` passages.
    pub(crate) fn empty(n: usize, k: usize) -> Self {
        let abstained = vec![Some(Abstention::NoSuchTask); n];
        Self { k, labels: vec![0; n], probabilities: vec![0.0; n * k], abstained }
    }

    /// Takes over what `other` says of its passages, which are our `rows`; `labels` gives our number
    /// of each of its labels.
    pub(crate) fn set(&mut self, rows: &[usize], other: &Self, labels: &[usize]) {
        for (i, &row) in rows.iter().enumerate() {
            self.labels[row] = labels[other.labels[i]];
            self.abstained[row] = other.abstained[i];
            for (&label, &p) in labels.iter().zip(other.of(i)) {
                self.probabilities[row * self.k + label] = p;
            }
        }
    }
}

impl TargetModel {
    /// Labels and probabilities of every passage. A passage is read with its page: the same text
    /// may be judged otherwise elsewhere, unless the model's context is [`Context::Passage`].
    ///
    /// ```
    /// # use standpoint::{TargetModel, Passages};
    /// let passages = Passages::page(vec!["Sign up for our newsletter", "Ministers met on Monday."]);
    /// let model = TargetModel::built_in();
    /// let kind = &model.predict(&passages).tasks[0];
    /// assert_eq!(model.tasks()[0].labels()[kind.labels[0]], "boilerplate");
    /// assert!((kind.of(0).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    /// ```
    pub fn predict(&self, passages: &Passages<'_>) -> Predictions {
        self.predict_with(passages, &Answering::default()).expect("the default asks for nothing")
    }

    /// As [`TargetModel::predict`], under conditions.
    ///
    /// ```
    /// # use standpoint::{Abstention, Answering, TargetModel, Passages};
    /// let passages = Passages::page(vec!["Sign up for our newsletter", "Μηνιν αειδε θεα"]);
    /// let model = TargetModel::built_in();
    /// let certain = Answering { max_error: Some(0.02), ..Default::default() };
    /// let kind = &model.predict_with(&passages, &certain)?.tasks[0];
    /// assert_eq!(kind.abstained[1], Some(Abstention::NoKnownTerm));
    /// let more = Answering { prior: vec![("comment".into(), 0.9)], ..Default::default() };
    /// let (plain, shifted) = (model.predict(&passages), model.predict_with(&passages, &more)?);
    /// assert!(shifted.tasks[0].of(0)[1] > plain.tasks[0].of(0)[1]); // comment is label 1
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] if the error is not between 0 and 1, or the prior names a label that no
    /// task has, or a task's shares do not stay above 0 and sum to 1; [`Error::Undecidable`] if the
    /// model was trained with `folds` 0 and an error is given.
    pub fn predict_with(
        &self,
        passages: &Passages<'_>,
        answering: &Answering,
    ) -> Result<Predictions> {
        let predictor = TargetPredictor::new(self, answering)?;
        Ok(predictor.predict(passages))
    }

    /// The deciding stages by context and task.
    fn stages(&self) -> Vec<Vec<&Stage>> {
        let of_context = |number| self.tasks.iter().map(move |task| &task.stages[number]).collect();
        (0..self.contexts.len()).map(of_context).collect()
    }

    /// For each task the shares of its labels where the prior speaks of one of them.
    fn priors(&self, given: &[(String, f64)]) -> Result<Vec<Option<Vec<f64>>>> {
        let refuse = |found, expected| Err(Error::setting("prior", found, expected));
        let mut used = vec![false; given.len()];
        let mut priors = Vec::with_capacity(self.tasks.len());
        for task in &self.tasks {
            let mut fixed = vec![None; task.labels.len()];
            for ((wanted, share), used) in given.iter().zip(&mut used) {
                let is = |label: &String| is_called(&task.name, label, wanted);
                if let Some(label) = task.labels.iter().position(is) {
                    fixed[label] = Some(*share);
                    *used = true;
                }
            }
            if fixed.iter().all(Option::is_none) {
                priors.push(None);
                continue;
            }
            let sum: f64 = fixed.iter().flatten().sum();
            let free = fixed.contains(&None);
            let fits = if free { sum < 1.0 } else { (sum - 1.0).abs() < 1e-6 };
            if !fits || fixed.iter().flatten().any(|&share| !(share > 0.0 && share < 1.0)) {
                let found = format!("shares of {} that sum to {sum}", task.name);
                return refuse(
                    found,
                    "shares above 0 that sum to 1, or to less if labels are left",
                );
            }
            let own = &task.shares;
            let rest: f64 =
                own.iter().zip(&fixed).filter(|(_, f)| f.is_none()).map(|(s, _)| s).sum();
            let share = |(own, fixed): (&f64, &Option<f64>)| {
                fixed.unwrap_or_else(|| own / rest * (1.0 - sum))
            };
            priors.push(Some(own.iter().zip(&fixed).map(share).collect()));
        }
        if let Some(unknown) = used.iter().position(|used| !used) {
            let labels = self.tasks.iter().flat_map(|task| &task.labels);
            return refuse(with_hint(&given[unknown].0, labels), "a label of the model");
        }
        Ok(priors)
    }
}

/// A model under conditions, ready to judge one set of passages after the other.
pub(crate) struct TargetPredictor<'m> {
    model: &'m TargetModel,
    judge: Judge<'m>,
    /// Those that no thread has at the moment: each remembers words from one use to the next.
    projectors: Mutex<Vec<Projector<'m>>>,
}

impl<'m> TargetPredictor<'m> {
    /// # Errors
    /// Those of [`TargetModel::predict_with`].
    pub fn new(model: &'m TargetModel, answering: &Answering) -> Result<Self> {
        if let Some(error) = answering.max_error.filter(|error| !(0.0..=1.0).contains(error)) {
            let (name, found) = ("max_error", error.to_string());
            return Err(Error::setting(name, found, "a share between 0 and 1"));
        }
        let calibrated = model.tasks.iter().all(TaskModel::is_calibrated);
        if answering.max_error.is_some() && !calibrated {
            return Err(Error::undecidable(
                "the model was trained without calibration: nobody counted its errors",
                "train it with calibration, or leave out `max_error`",
            ));
        }
        let judge = Judge {
            contexts: &model.contexts,
            stages: model.stages(),
            shares: model.tasks.iter().map(|task| task.shares.clone()).collect(),
            priors: model.priors(&answering.prior)?,
            max_error: answering.max_error,
        };
        Ok(Self { model, judge, projectors: Mutex::default() })
    }

    pub fn predict(&self, passages: &Passages<'_>) -> Predictions {
        let (scores, known) = self.read(passages);
        let mut predictions = self.judge.predictions(passages, &scores);
        for row in (0..known.len()).filter(|&row| !known[row]) {
            let none = Some(Abstention::NoKnownTerm);
            predictions.tasks.iter_mut().for_each(|task| task.abstained[row] = none);
        }
        predictions
    }

    /// What the deciding stages see of the passages.
    pub fn evidence(&self, passages: &Passages<'_>) -> Evidence {
        let (scores, _) = self.read(passages);
        Evidence::of(passages, &scores, self.judge.contexts, &self.judge.stages)
    }

    /// The heads' centred scores of every passage, and whether it has a known term.
    fn read(&self, passages: &Passages<'_>) -> (Vec<f64>, Vec<bool>) {
        let heads = &self.model.heads;
        let n_scores = heads.n_scores();
        let mut scores = vec![0.0; passages.len() * n_scores];
        let mut known = vec![false; passages.len()];
        passages
            .texts()
            .par_chunks(BATCH)
            .zip(scores.par_chunks_mut(BATCH * n_scores))
            .zip(known.par_chunks_mut(BATCH))
            .for_each(|((texts, scores), known)| {
                let mut projector = self.borrow_projector();
                let rows = scores.chunks_exact_mut(n_scores);
                for ((text, scores), known) in texts.iter().zip(rows).zip(known) {
                    scores.copy_from_slice(heads.intercept());
                    *known = projector.project(text, scores);
                    heads.centre_and_cut(scores);
                }
                self.projectors.lock().unwrap_or_else(PoisonError::into_inner).push(projector);
            });
        (scores, known)
    }

    fn borrow_projector(&self) -> Projector<'m> {
        let free = self.projectors.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let heads = &self.model.heads;
        free.unwrap_or_else(|| self.model.vectoriser.projector(heads.weights(), heads.n_scores()))
    }
}

/// What turns the heads' scores into answers.
pub(crate) struct Judge<'a> {
    pub contexts: &'a [Context],
    /// By context and task.
    pub stages: Vec<Vec<&'a Stage>>,
    /// Of the labels in training, by task.
    pub shares: Vec<Vec<f64>>,
    /// Of the labels in the passages to be judged, by task, where they are known.
    pub priors: Vec<Option<Vec<f64>>>,
    pub max_error: Option<f64>,
}

impl Judge<'_> {
    /// Labels and probabilities of every passage. `scores` are the heads', centred.
    pub fn predictions(&self, passages: &Passages<'_>, scores: &[f64]) -> Predictions {
        let evidence = Evidence::of(passages, scores, self.contexts, &self.stages);
        let tasks = (0..self.shares.len()).into_par_iter().map(|task| {
            let (shares, prior) = (&self.shares[task], self.priors[task].as_ref());
            let adjustments: Vec<Vec<f64>> = self
                .stages
                .iter()
                .map(|stages| stages[task].decision.adjustment(prior.unwrap_or(shares)))
                .collect();
            // Nothing is confident enough where no part of the pages held out was.
            let least: Vec<f64> = self
                .stages
                .iter()
                .map(|stages| match self.max_error {
                    None => 0.0,
                    Some(error) => {
                        let point = stages[task].decision.answering(error);
                        point.map_or(f64::INFINITY, |point| point.confidence)
                    }
                })
                .collect();
            let ratios = prior.map_or_else(Vec::new, |prior| {
                prior.iter().zip(shares).map(|(new, old)| libm::log(new / old)).collect()
            });
            let mut answers = TaskPredictions::empty(passages.len(), shares.len());
            for row in 0..passages.len() {
                let (context, columns) = evidence.of_row(row);
                let p = &mut answers.probabilities[row * shares.len()..][..shares.len()];
                self.stages[context][task].write_scores(columns, p);
                p.iter_mut().zip(&ratios).for_each(|(score, ratio)| *score += ratio);
                softmax(p);
                let label = decided(p, &adjustments[context]);
                let certain = p[label] >= least[context];
                answers.labels[row] = label;
                answers.abstained[row] = (!certain).then_some(Abstention::Uncertain);
            }
            answers
        });
        Predictions { tasks: tasks.collect() }
    }
}

/// What the deciding stages see of every passage: each by the first of the contexts that fits its
/// page.
pub(crate) struct Evidence {
    /// Number of the context of each passage.
    contexts: Vec<usize>,
    /// The columns by context, of all passages; nothing where no passage needs them.
    columns: Vec<Option<ndarray::Array2<f64>>>,
}

impl Evidence {
    /// `scores` are the heads', centred.
    pub fn of(
        passages: &Passages<'_>,
        scores: &[f64],
        contexts: &[Context],
        stages: &[Vec<&Stage>],
    ) -> Self {
        let n_scores = scores.len() / passages.len().max(1);
        let mut of_row = vec![0; passages.len()];
        for page in passages.pages() {
            let number = contexts.iter().position(|context| context.fits(page.len()));
            page.iter().for_each(|&row| of_row[row] = number.unwrap_or(0));
        }
        let columns = (0..contexts.len()).map(|number| {
            let used = of_row.contains(&number);
            let columns = stages[number].iter().flat_map(|stage| stage.columns.iter().copied());
            used.then(|| contexts[number].columns(passages, scores, n_scores, columns))
        });
        Self { columns: columns.collect(), contexts: of_row }
    }

    /// The context of a passage, and its columns.
    pub fn of_row(&self, row: usize) -> (usize, &[f64]) {
        let context = self.contexts[row];
        let columns = self.columns[context].as_ref().expect("made for every context in use");
        (context, columns.row(row).to_slice().expect("rows lie side by side"))
    }
}
