//! The evaluation of several tasks.

use serde::Serialize;

use super::{Bin, Confusion, Difference, Estimate, Metric, RiskCoverage, Tally, estimates};
use crate::{predictions::Scored, sampling::Undefined};

/// The evaluation of some tasks.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Evaluation {
    /// One for each task.
    pub tasks: Vec<TaskEvaluation>,
    /// The same for the passages of each target alone; empty unless each has its own model.
    pub targets: Vec<(String, Vec<TaskEvaluation>)>,
    /// The same for parts of the passages; empty if nobody asked.
    pub slices: Vec<Slice>,
    /// The same learner on stricter and stricter splits; each of `tasks` is of its
    /// [`headline`](Self::headline). Empty if nobody asked.
    pub leakage: Vec<SplitResult>,
    /// Results after training on fewer pages, in ascending order; empty if nobody asked.
    pub learning_curve: Vec<CurvePoint>,
}

/// The evaluation of the passages that have one value of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The column, or a part of it, as `date:month`.
    pub by: String,
    /// Its value.
    pub value: String,
    /// One for each task that has cases there.
    pub tasks: Vec<TaskEvaluation>,
}

/// The result of a guess that does not read the text, or of another coder, on the same gold labels.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineResult {
    /// Its name, as `majority` or `second_coder`.
    pub name: String,
    /// Accuracy, macro F1, kappa and, where the task has it, F-avg; or why there is no guess.
    pub estimates: Result<Vec<Estimate>, Undefined>,
    /// By how much the predictions lie above it by the same metrics, each page left out of both; empty if
    /// there is no guess.
    pub ahead: Vec<Difference>,
}

/// The results of a learner on one of several splits of the same passages.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitResult {
    /// The split, in words.
    pub split: String,
    /// How many groups it keeps together: passages, pages, sources. Nothing if it cannot be made.
    pub groups: Option<usize>,
    /// One for each task.
    pub tasks: Vec<SplitTask>,
}

/// A task's result on a split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitTask {
    /// The task.
    #[serde(skip)]
    pub task: String,
    /// Its macro F1; nothing if the task cannot be learnt on the split.
    pub macro_f1: Option<Estimate>,
    /// Why it cannot be learnt.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A point of a learning curve.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePoint {
    /// Pages trained on in each fold, at most.
    pub pages: usize,
    /// Macro F1 of each task, in their order.
    pub macro_f1: Vec<Estimate>,
}

/// The evaluation of one task.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TaskEvaluation {
    /// Its name.
    pub task: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Every metric with its interval.
    pub estimates: Vec<Estimate>,
    /// Gold against predicted.
    pub confusion: Confusion,
    /// How often labels were right, by their probability: ten bins of equal width; empty without
    /// probabilities.
    pub reliability: Vec<Bin>,
    /// Error against coverage; nothing without probabilities.
    pub risk_coverage: Option<RiskCoverage>,
    /// Passages with a gold label that got no answer: no metric counts them.
    pub unanswered: usize,
    /// Results to compare with; empty if nobody asked.
    pub baselines: Vec<BaselineResult>,
    /// The same metrics for predictions that leave the neighbours out, where there are such.
    pub without_context: Option<Vec<Estimate>>,
    /// Why all of these figures are too good, if they are known to be: the end of a sentence.
    pub too_good: Option<String>,
}

impl TaskEvaluation {
    /// Evaluates one task's cases.
    pub fn of(scored: &Scored) -> Self {
        let tally = Tally::of(scored);
        let reliability = scored.probabilities().map_or_else(Vec::new, |_| tally.reliability());
        Self {
            task: scored.task().to_owned(),
            labels: scored.labels().to_vec(),
            estimates: estimates(scored),
            confusion: tally.confusion().clone(),
            reliability,
            risk_coverage: RiskCoverage::of(scored),
            unanswered: scored.unanswered().len(),
            baselines: Vec::new(),
            without_context: None,
            too_good: None,
        }
    }

    /// The same with these results to compare with.
    pub fn with_baselines(self, baselines: Vec<BaselineResult>) -> Self {
        Self { baselines, ..self }
    }

    /// The same with so many passages that have a gold label and no answer.
    pub fn with_unanswered(self, unanswered: usize) -> Self {
        Self { unanswered, ..self }
    }

    /// The same with metrics of predictions that leave the neighbours out.
    pub fn with_metrics_without_context(self, estimates: Vec<Estimate>) -> Self {
        Self { without_context: Some(estimates), ..self }
    }

    /// The same with counts alone, where there are too few cases for metrics.
    pub fn withheld(mut self) -> Self {
        for estimate in &mut self.estimates {
            (estimate.value, estimate.interval, estimate.if_calibrated) = (None, None, None);
            estimate.why = Some(Undefined::TooFewCases);
        }
        self.reliability.clear();
        self.risk_coverage = None;
        self
    }

    /// Macro F1: the mean F1 of the labels.
    ///
    /// # Panics
    /// Never: every task has one.
    pub fn macro_f1(&self) -> &Estimate {
        self.get(Metric::MacroF1).expect("every task has a macro F1")
    }

    /// Its metrics that speak of all labels; the coverage only where something is unanswered.
    pub fn of_all_labels(&self) -> impl Iterator<Item = &Estimate> {
        self.estimates.iter().filter(|estimate| match estimate.metric {
            Metric::Coverage => estimate.value.is_some_and(|value| value < 1.0),
            metric => metric.label().is_none(),
        })
    }

    /// One of its metrics.
    pub fn get(&self, metric: Metric) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.metric == metric)
    }
}

impl From<Vec<TaskEvaluation>> for Evaluation {
    fn from(tasks: Vec<TaskEvaluation>) -> Self {
        Self { tasks, ..Self::default() }
    }
}

impl Evaluation {
    /// The strictest split on which a task could be learnt.
    pub fn headline(&self, task: &str) -> Option<&SplitResult> {
        let learnt = |of: &SplitTask| of.task == task && of.macro_f1.is_some();
        self.leakage.iter().rev().find(|split| split.tasks.iter().any(learnt))
    }
}
