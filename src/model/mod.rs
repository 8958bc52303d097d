//! Train, predict, explain: the only place that knows both text and weights.

mod base_classifiers;
mod candidates;
mod chosen;
mod context;
pub(crate) mod decision;
mod dense;
mod explain;
pub(crate) mod file;
pub(crate) mod fit;
mod new_words;
mod notices;
pub(crate) mod predict;
mod predictor;
mod quotation;
pub(crate) mod second_stage;
mod settings;
mod targets;
pub(crate) mod task;
mod train;
mod tried;

pub(crate) use base_classifiers::BaseClassifiers;
pub use chosen::Chosen;
pub(crate) use context::Columns;
pub use context::Context;
pub use decision::{Criterion, Decision};
pub(crate) use dense::{DenseClassifiers, Scaling, add_dense};
pub use explain::{Column, Explanation, Explanations, RunnerUp, Term, Word};
pub use file::FORMAT_VERSION;
pub(crate) use fit::{Progress, Step};
pub use new_words::NewWords;
pub use notices::{Notice, Seen, empty_notice};
pub use predictor::{PredictedPassage, Predictions, Predictor};
pub(crate) use predictor::{Route, no_task};
pub use settings::{NbRatios, PredictSettings, TrainSettings};
pub use targets::{Model, TaskLabels};
pub(crate) use train::train;
pub use train::{DenseReport, TaskReport, TrainReport};
pub use tried::Tried;

use std::{fmt, ops::Range, sync::Arc};

use crate::{
    corpus::DenseSource,
    features::{Block, Vectoriser},
    logistic::{ClassWeights, DenseLogistic},
};

/// A trained model: one vectoriser, a base classifier and a second stage for each task. Nothing in it
/// changes after training.
#[derive(Debug, Clone)]
pub struct TargetModel {
    pub(crate) vectoriser: Arc<Vectoriser>,
    pub(crate) classifiers: BaseClassifiers,
    /// Base classifiers of what stands beside the text.
    pub(crate) dense: Vec<DenseClassifiers>,
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
    pub(crate) shares: Vec<f64>,
    pub(crate) penalty: f64,
    pub(crate) nb_ratios: bool,
    /// One for each of the model's contexts.
    pub(crate) stages: Vec<Stage>,
}

/// What turns the base classifiers' scores into probabilities and a label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stage {
    /// Its columns, as numbers among those of its context, ascending.
    pub columns: Vec<usize>,
    pub model: DenseLogistic,
    pub penalty: f64,
    pub decision: Decision,
}

impl Stage {
    /// Writes the scores of a passage with these columns of the context.
    fn write_scores(&self, columns: &[f64], scores: &mut [f64]) {
        self.model.write_scores(self.columns.iter().map(|&column| columns[column]), scores);
    }
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

    /// The penalty of its base classifier.
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Whether the weights of its base classifier were penalised as multiples of log-count ratios.
    pub fn nb_ratios(&self) -> bool {
        self.nb_ratios
    }

    /// The penalty of its second stage with the model's richest context; none where no pages
    /// were held out and the base classifier's own probabilities stand.
    pub fn stage_penalty(&self) -> Option<f64> {
        self.is_calibrated().then_some(self.stages[0].penalty)
    }

    /// Whether its probabilities were calibrated, and its errors counted, on pages held out.
    pub fn is_calibrated(&self) -> bool {
        !self.decision().risk.is_empty()
    }

    /// How its probabilities become labels, with the model's richest context.
    pub fn decision(&self) -> &Decision {
        &self.stages[0].decision
    }

    /// The share of each label in training, by the passages' weights.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Training {
    /// How much each label counted.
    pub class_weights: ClassWeights,
    /// Labels that counted so many times more.
    pub label_weights: Vec<(String, f64)>,
    /// What the choice of labels serves.
    pub criterion: Criterion,
    /// The recipes that were tried, in rounds; empty if there was no search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<Vec<Tried>>,
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
    /// The passages without labels that it learnt from, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<Unlabelled>,
    /// How many words of pages from elsewhere are new to it, where that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_words: Option<NewWords>,
}

/// Passages without labels that a model learnt from: a model of the labelled ones, its teacher, said of each how
/// probable every label is.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Unlabelled {
    /// How many.
    pub passages: usize,
    /// Pages on which they lay.
    pub pages: usize,
    /// Pages that were left out, as they share passages with labelled ones.
    pub pages_left_out: usize,
    /// What the teacher could read beside the text.
    pub teacher: Vec<DenseSource>,
    /// SHA-256 of the file, where there was one; of several, that of each with spaces between them.
    pub data_sha256: Option<String>,
}

impl fmt::Display for Unlabelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passages, pages, pages_left_out, teacher, .. } = self;
        write!(
            f,
            "{passages} passages on {pages} pages, labelled by a model of the labelled ones that reads the text"
        )?;
        teacher.iter().try_for_each(|source| write!(f, " and {source}"))?;
        match pages_left_out {
            0 => Ok(()),
            n => write!(
                f,
                "; {n} more pages share passages with the labelled ones and were left out"
            ),
        }
    }
}

impl TargetModel {
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

    /// The columns beside the text that it reads, block by block: those that held-out pages spoke for.
    pub fn dense_sources(&self) -> impl Iterator<Item = &DenseSource> {
        self.dense.iter().map(|block| &block.source)
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

    /// Notes how its recipe was found.
    pub fn set_search(&mut self, rounds: Vec<Vec<Tried>>) {
        self.training.search = rounds;
    }

    /// Notes the file on which it was trained: SHA-256 of its bytes.
    pub fn set_data_sha256(&mut self, sha256: &str) {
        self.training.data_sha256 = Some(sha256.to_owned());
    }

    /// Notes of how many pages without labels the ones that it learnt from were taken, and SHA-256 of their file.
    pub(crate) fn set_unlabelled(&mut self, pages: usize, sha256: Option<&str>) {
        if let Some(of) = &mut self.training.unlabelled {
            of.pages_left_out = pages - of.pages;
            of.data_sha256 = sha256.map(str::to_owned);
        }
    }

    /// The terms of words or of characters that speak most for a label in the base classifier of its task,
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
        let scores = self.scores_of(task);
        let (at, terms) = (scores.start + label, self.centred(scores, block));
        self.strongest(at, &terms, most)
    }

    /// [`strongest_terms`](Self::strongest_terms) of each label of the task: for all of many labels much
    /// sooner than one by one.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn strongest_terms_by_label(
        &self,
        task: usize,
        block: Block,
        most: usize,
    ) -> Vec<Vec<(usize, f64)>> {
        let scores = self.scores_of(task);
        let terms = self.centred(scores.clone(), block);
        scores.map(|at| self.strongest(at, &terms, most)).collect()
    }

    /// The numbers of a task's scores among those of all tasks.
    fn scores_of(&self, task: usize) -> Range<usize> {
        let start = self.tasks[..task].iter().map(|task| task.labels.len()).sum::<usize>();
        start..start + self.tasks[task].labels.len()
    }

    /// The terms of that block, each with the mean of its weights for these scores.
    fn centred(&self, scores: Range<usize>, block: Block) -> Vec<(usize, f64)> {
        let mean = |term: usize| {
            let weights = &self.classifiers.of_term(term)[scores.clone()];
            context::mean(&weights.iter().map(|&weight| f64::from(weight)).collect::<Vec<_>>())
        };
        (0..self.vectoriser.n_terms())
            .filter(|&term| self.vectoriser.block(term) == block)
            .map(|term| (term, mean(term)))
            .collect()
    }

    fn strongest(&self, score: usize, terms: &[(usize, f64)], most: usize) -> Vec<(usize, f64)> {
        let weight = |term: usize| f64::from(self.classifiers.of_term(term)[score]);
        let mut terms: Vec<(usize, f64)> =
            terms.iter().map(|&(term, mean)| (term, weight(term) - mean)).collect();
        terms.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        terms.truncate(most);
        terms
    }

    /// The names of the base classifiers' scores, `task.label`, in their order.
    pub(crate) fn score_names(&self) -> Vec<String> {
        let names = |task: &TaskModel| {
            task.labels.iter().map(|label| format!("{}.{label}", task.name)).collect::<Vec<_>>()
        };
        self.tasks.iter().flat_map(names).collect()
    }
}
