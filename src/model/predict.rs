//! Prediction by the model of one target.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::{
    Context, Model, Stage, TargetModel, TaskLabels, TaskModel, add_dense, decision::decided,
    settings::PredictSettings, task::with_hint,
};
use crate::{
    corpus::{Passages, is_called},
    error::{Error, Result},
    features::Projector,
    logistic::softmax,
    predictions::{Abstention, Answers},
};

/// Passages a thread takes at a time.
const BATCH: usize = 64;

impl TargetModel {
    /// The second stages by context and task.
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

/// What is seen in a passage beside its scores.
#[derive(Clone, Default)]
struct Read {
    /// Whether it has a known term.
    is_known: bool,
    /// Its words, and those of them that are new to the model.
    words: (u32, u32),
}

/// The model of one target, ready to predict one set of passages after the other.
pub(crate) struct TargetPredictor {
    model: Model,
    target: usize,
    tasks: Vec<TaskLabels>,
    priors: Vec<Option<Vec<f64>>>,
    /// The error that is allowed, and the confidence of its bound.
    max_error: Option<(f64, f64)>,
    /// Those that no thread uses at the moment: each remembers words from one use to the next.
    projectors: Mutex<Vec<Projector>>,
}

impl TargetPredictor {
    /// Of the target with this number.
    ///
    /// # Errors
    /// Those of [`Model::predictor`].
    pub fn new(model: &Model, target: usize, settings: &PredictSettings) -> Result<Self> {
        let own = &model.targets()[target];
        if let Some(error) = settings.max_error.filter(|error| !(0.0..=1.0).contains(error)) {
            return Err(Error::setting("max_error", error.to_string(), "a share between 0 and 1"));
        }
        if !(0.5..1.0).contains(&settings.confidence) {
            let found = settings.confidence.to_string();
            return Err(Error::setting("confidence", found, "from 0.5 to below 1"));
        }
        let calibrated = own.tasks.iter().all(TaskModel::is_calibrated);
        if settings.max_error.is_some() && !calibrated {
            return Err(Error::undecidable(
                "the model was trained without calibration: nobody counted its errors",
                "train it with calibration, or leave out `max_error`",
            ));
        }
        Ok(Self {
            tasks: own.tasks.iter().map(TaskLabels::from).collect(),
            priors: own.priors(&settings.prior)?,
            max_error: settings.max_error.map(|error| (error, settings.confidence)),
            projectors: Mutex::default(),
            model: model.clone(),
            target,
        })
    }

    pub fn model(&self) -> &TargetModel {
        &self.model.targets()[self.target]
    }

    /// One for each task of the model; and of each passage its words, and those that are new to the model.
    pub fn predict(&self, passages: &Passages<'_>) -> (Vec<Answers>, Vec<(u32, u32)>) {
        let (scores, read) = self.read(passages);
        let mut answers = self.judge().answers(passages, &scores);
        for row in (0..read.len()).filter(|&row| !read[row].is_known) {
            let none = Some(Abstention::NoKnownTerm);
            answers.iter_mut().for_each(|task| task.abstained[row] = none);
        }
        (answers, read.into_iter().map(|read| read.words).collect())
    }

    /// The columns of the second stages for these passages.
    pub fn evidence(&self, passages: &Passages<'_>) -> Evidence {
        let (scores, _) = self.read(passages);
        let model = self.model();
        Evidence::of(passages, &scores, &model.contexts, &model.stages())
    }

    fn judge(&self) -> Judge<'_> {
        let model = self.model();
        Judge {
            tasks: self.tasks.clone(),
            contexts: &model.contexts,
            stages: model.stages(),
            shares: model.tasks.iter().map(|task| task.shares.clone()).collect(),
            priors: self.priors.clone(),
            max_error: self.max_error,
        }
    }

    /// The base classifiers' centred scores of every passage, and what was seen in reading it.
    fn read(&self, passages: &Passages<'_>) -> (Vec<f64>, Vec<Read>) {
        let TargetModel { classifiers, dense, .. } = self.model();
        let n_scores = classifiers.n_scores();
        let mut scores = vec![0.0; passages.len() * n_scores];
        let mut read = vec![Read::default(); passages.len()];
        passages
            .texts()
            .par_chunks(BATCH)
            .enumerate()
            .zip(scores.par_chunks_mut(BATCH * n_scores))
            .zip(read.par_chunks_mut(BATCH))
            .for_each(|(((batch, texts), scores), read)| {
                let mut projector = self.borrow_projector();
                let rows = scores.chunks_exact_mut(n_scores);
                for (((row, text), scores), read) in
                    (batch * BATCH..).zip(texts).zip(rows).zip(read)
                {
                    scores.copy_from_slice(classifiers.intercept());
                    read.is_known = projector.project(text, scores);
                    read.words = projector.words();
                    read.is_known |= add_dense(dense, passages, row, scores);
                    classifiers.centre_and_cut(scores);
                }
                self.projectors.lock().unwrap_or_else(PoisonError::into_inner).push(projector);
            });
        (scores, read)
    }

    fn borrow_projector(&self) -> Projector {
        let free = self.projectors.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let model = self.model();
        let new = || {
            model.vectoriser.projector(model.classifiers.weights(), model.classifiers.n_scores())
        };
        free.unwrap_or_else(new)
    }
}

/// The second stages of some tasks, and how their probabilities become labels.
pub(crate) struct Judge<'a> {
    pub tasks: Vec<TaskLabels>,
    pub contexts: &'a [Context],
    /// By context and task.
    pub stages: Vec<Vec<&'a Stage>>,
    /// Training priors of the labels, by task.
    pub shares: Vec<Vec<f64>>,
    /// Priors of the labels in the passages at hand, by task, where they are known.
    pub priors: Vec<Option<Vec<f64>>>,
    pub max_error: Option<(f64, f64)>,
}

impl Judge<'_> {
    /// One for each task. `scores` are those of the base classifiers, centred.
    pub fn answers(&self, passages: &Passages<'_>, scores: &[f64]) -> Vec<Answers> {
        let pages: Arc<[usize]> = passages.page_numbers().into();
        let evidence = Evidence::of(passages, scores, self.contexts, &self.stages);
        let of_task = |task: usize| {
            let (shares, prior) = (&self.shares[task], self.priors[task].as_ref());
            let adjustments: Vec<Vec<f64>> = self
                .stages
                .iter()
                .map(|stages| stages[task].decision.adjustment(prior.unwrap_or(shares)))
                .collect();
            // Where no threshold can promise the error limit: abstain always.
            let least: Vec<f64> = self
                .stages
                .iter()
                .map(|stages| match self.max_error {
                    None => 0.0,
                    Some((error, confidence)) => {
                        let point = stages[task].decision.answering(error, confidence);
                        point.map_or(f64::INFINITY, |point| point.confidence)
                    }
                })
                .collect();
            let ratios = prior.map_or_else(Vec::new, |prior| {
                prior.iter().zip(shares).map(|(new, old)| libm::log(new / old)).collect()
            });
            let TaskLabels { name, labels } = &self.tasks[task];
            let mut answers = Answers::empty(name, labels, &pages);
            let mut probabilities = answers.probabilities.take().unwrap_or_default();
            for row in 0..passages.len() {
                let (context, columns) = evidence.of_row(row);
                let p = &mut probabilities[row * shares.len()..][..shares.len()];
                self.stages[context][task].write_scores(columns, p);
                p.iter_mut().zip(&ratios).for_each(|(score, ratio)| *score += ratio);
                softmax(p);
                let label = decided(p, &adjustments[context]);
                let certain = p[label] >= least[context];
                answers.best[row] = label;
                answers.abstained[row] = (!certain).then_some(Abstention::Uncertain);
            }
            answers.probabilities = Some(probabilities);
            answers
        };
        (0..self.shares.len()).into_par_iter().map(of_task).collect()
    }
}

/// The columns of the second stages for every passage: by the first of the contexts that fits its
/// page.
pub(crate) struct Evidence {
    /// Number of the context of each passage.
    contexts: Vec<usize>,
    /// The columns by context, of all passages; nothing where no passage needs them.
    columns: Vec<Option<ndarray::Array2<f64>>>,
}

impl Evidence {
    /// `scores` are those of the base classifiers, centred.
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
