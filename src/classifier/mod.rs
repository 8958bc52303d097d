//! Train, predict, explain: the only place that knows both text and weights.

mod context;
mod cross_validate;
mod explain;
mod fit;
mod heads;
mod settings;
mod train;

pub use context::Context;
pub use cross_validate::{CrossValidation, TaskCrossValidation, cross_validate, learning_curve};
pub use explain::{Explanation, Term, Word};
pub use fit::{Chosen, Progress, Step};
pub(crate) use heads::Heads;
pub use settings::TrainSettings;
pub use train::{TaskReport, TrainReport, train};

use crate::{
    features::{Block, Vectoriser},
    logistic::{ClassWeights, DenseLogistic, argmax, softmax},
    page::Passages,
};

/// A trained model: one vectoriser, a head and a deciding stage for each task. Nothing in it
/// changes after training.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) vectoriser: Vectoriser,
    pub(crate) heads: Heads,
    pub(crate) tasks: Vec<TaskModel>,
    /// The richest first, [`Context::Passage`] last.
    pub(crate) contexts: Vec<Context>,
    pub(crate) target: String,
    pub(crate) training: Training,
}

/// What a model knows of one task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskModel {
    pub(crate) name: String,
    pub(crate) labels: Vec<String>,
    pub(crate) counts: Vec<usize>,
    pub(crate) penalty: f64,
    pub(crate) stage_penalties: Vec<f64>,
    /// One for each of the model's contexts.
    pub(crate) stages: Vec<DenseLogistic>,
}

impl TaskModel {
    /// The task's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its labels, sorted: the order of all its numbers.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Training passages of each label.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The penalty of its head.
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    /// The penalty of its deciding stage with the model's richest context.
    pub fn stage_penalty(&self) -> f64 {
        self.stage_penalties[0]
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Training {
    /// How much each label counted.
    pub class_weights: ClassWeights,
    /// Folds of the out-of-fold scores.
    pub folds: usize,
    /// The seed.
    pub seed: u64,
    /// SHA-256 of the training file, where there was one.
    pub data_sha256: Option<String>,
    /// Training passages.
    pub passages: usize,
    /// Training pages.
    pub pages: usize,
}

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
    /// Number of the most probable label of each passage.
    pub labels: Vec<usize>,
    /// Calibrated probabilities, passages * k; each passage's sum to 1.
    pub probabilities: Vec<f64>,
}

impl TaskPredictions {
    pub(crate) fn of_scores(scores: &[Vec<f64>], k: usize) -> Self {
        let labels = scores.iter().map(|scores| argmax(scores)).collect();
        let mut probabilities = scores.concat();
        probabilities.chunks_exact_mut(k).for_each(softmax);
        Self { k, labels, probabilities }
    }

    /// The predictions of some of the passages.
    pub fn select(&self, passages: &[usize]) -> Self {
        Self {
            k: self.k,
            labels: passages.iter().map(|&passage| self.labels[passage]).collect(),
            probabilities: passages.iter().flat_map(|&passage| self.of(passage).to_vec()).collect(),
        }
    }

    /// The k probabilities of one passage.
    pub fn of(&self, passage: usize) -> &[f64] {
        &self.probabilities[passage * self.k..][..self.k]
    }
}

impl Model {
    /// The tasks, in the order in which they were given in training.
    pub fn tasks(&self) -> &[TaskModel] {
        &self.tasks
    }

    /// Whom or what the stance is toward.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The features.
    pub fn vectoriser(&self) -> &Vectoriser {
        &self.vectoriser
    }

    /// Whether neighbours on the page take part in the decision. A page of one passage is judged
    /// as with [`Context::Passage`] in any case.
    pub fn context(&self) -> Context {
        self.contexts[0]
    }

    /// Where it comes from.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// Notes the file on which it was trained: SHA-256 of its bytes.
    pub fn set_data_sha256(&mut self, sha256: &str) {
        self.training.data_sha256 = Some(sha256.to_owned());
    }

    /// Labels and probabilities of every passage. A passage is read with its page: the same text
    /// may be judged otherwise elsewhere, unless the model's context is [`Context::Passage`].
    ///
    /// ```
    /// # use standpoint::{Model, Passages};
    /// let passages = Passages::page(vec!["Sign up for our newsletter", "Ministers met on Monday."]);
    /// let model = Model::built_in();
    /// let kind = &model.predict(&passages).tasks[0];
    /// assert_eq!(model.tasks()[0].labels()[kind.labels[0]], "boilerplate");
    /// assert!((kind.of(0).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    /// ```
    pub fn predict(&self, passages: &Passages<'_>) -> Predictions {
        let rows = self.vectoriser.transform_batch(passages.texts());
        let stages: Vec<Vec<&DenseLogistic>> = (0..self.contexts.len())
            .map(|number| self.tasks.iter().map(|task| &task.stages[number]).collect())
            .collect();
        decide(passages, &self.heads.centred(&rows), &self.contexts, &stages)
    }

    /// The terms of words or of characters that speak most for a label in the head of its task,
    /// the strongest first: the term's column, and its weight against the average label.
    ///
    /// # Panics
    /// If there is no such task or label.
    pub fn strongest_terms(
        &self,
        task: usize,
        label: usize,
        block: Block,
        most: usize,
    ) -> Vec<(usize, f64)> {
        let at = self.tasks[..task].iter().map(|task| task.labels.len()).sum::<usize>() + label;
        let weight = |term: usize| {
            let weights: Vec<f64> =
                self.heads.of_term(term).iter().map(|&weight| f64::from(weight)).collect();
            self.heads.centre(&weights)[at]
        };
        let mut terms: Vec<(usize, f64)> = (0..self.vectoriser.n_terms())
            .filter(|&term| self.vectoriser.block(term) == block)
            .map(|term| (term, weight(term)))
            .collect();
        terms.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        terms.truncate(most);
        terms
    }

    /// The names of the heads' scores, `task.label`, in their order.
    pub(crate) fn score_names(&self) -> Vec<String> {
        let names = |task: &TaskModel| {
            task.labels.iter().map(|label| format!("{}.{label}", task.name)).collect::<Vec<_>>()
        };
        self.tasks.iter().flat_map(names).collect()
    }
}

/// What the deciding stages see of every passage: each by the first of the contexts that fits its
/// page.
struct Evidence {
    /// Number of the context of each passage.
    contexts: Vec<usize>,
    /// The columns by context, of all passages; nothing where no passage needs them.
    columns: Vec<Option<ndarray::Array2<f64>>>,
}

impl Evidence {
    /// `scores` are the heads', centred.
    fn of(passages: &Passages<'_>, scores: &[f64], contexts: &[Context]) -> Self {
        let n_scores = scores.len() / passages.len().max(1);
        let mut of_row = vec![0; passages.len()];
        for page in passages.pages() {
            let number = contexts.iter().position(|context| context.fits(page.len()));
            page.iter().for_each(|&row| of_row[row] = number.unwrap_or(0));
        }
        let columns = (0..contexts.len()).map(|number| {
            let used = of_row.contains(&number);
            used.then(|| contexts[number].columns(passages, scores, n_scores))
        });
        Self { columns: columns.collect(), contexts: of_row }
    }

    /// The context of a passage, and its columns.
    fn of_row(&self, row: usize) -> (usize, Vec<f64>) {
        let context = self.contexts[row];
        let columns = self.columns[context].as_ref();
        (context, columns.expect("made for every context in use").row(row).to_vec())
    }
}

/// Labels and probabilities of every passage. `scores` are the heads', centred; `stages` are by
/// context and task.
fn decide(
    passages: &Passages<'_>,
    scores: &[f64],
    contexts: &[Context],
    stages: &[Vec<&DenseLogistic>],
) -> Predictions {
    let evidence = Evidence::of(passages, scores, contexts);
    let tasks = (0..stages[0].len()).map(|task| {
        let scores = (0..passages.len()).map(|row| {
            let (context, columns) = evidence.of_row(row);
            stages[context][task].scores(&columns)
        });
        let k = stages[0][task].intercept.len();
        TaskPredictions::of_scores(&scores.collect::<Vec<_>>(), k)
    });
    Predictions { tasks: tasks.collect() }
}
