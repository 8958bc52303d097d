//! The figures of several tasks, and the JSON that others rely on.

use serde_json::{Map, Value, json};

use super::{Cases, Confusion, Estimate, Metric, estimates};

/// The schema's name in the JSON; its number grows when a field changes its meaning.
const SCHEMA: &str = "standpoint.evaluation/1";

/// The evaluation of some tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// One for each task.
    pub tasks: Vec<TaskEvaluation>,
    /// What fewer pages would have given, in ascending order; empty if nobody asked.
    pub learning_curve: Vec<CurvePoint>,
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
pub struct TaskEvaluation {
    /// Its name.
    pub task: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Every metric with its interval.
    pub estimates: Vec<Estimate>,
    /// Gold against predicted.
    pub confusion: Confusion,
    /// The same metrics for predictions that leave the neighbours out, where there are such.
    pub without_context: Option<Vec<Estimate>>,
}

impl TaskEvaluation {
    /// Evaluates one task's cases; `resamples` and `seed` are those of [`estimates`].
    pub fn of(
        task: &str,
        labels: &[String],
        cases: Cases<'_>,
        resamples: usize,
        seed: u64,
    ) -> Self {
        Self {
            task: task.to_owned(),
            labels: labels.to_vec(),
            estimates: estimates(cases, labels, resamples, seed),
            confusion: Confusion::of(cases.gold, cases.predicted, labels.len()),
            without_context: None,
        }
    }

    /// One of its metrics.
    pub fn get(&self, metric: Metric) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.metric == metric)
    }
}

impl Evaluation {
    /// The JSON of `evaluate --format json`: for each task its metrics (`value`, `lo`, `hi`, `n`,
    /// `n_pages`; null with a reason where undefined) and its confusion matrix, rows gold.
    ///
    /// ```
    /// use standpoint::evaluate::{Cases, Evaluation, TaskEvaluation};
    /// let cases = Cases { gold: &[0, 0, 1], predicted: &[0, 0, 0], probabilities: None, pages: &[0, 1, 2] };
    /// let labels = ["no".to_string(), "yes".to_string()];
    /// let evaluation = TaskEvaluation::of("t", &labels, cases, 100, 1);
    /// let json = Evaluation { tasks: vec![evaluation], learning_curve: vec![] }.to_json();
    /// assert_eq!(json["schema"], "standpoint.evaluation/1");
    /// assert_eq!(json["tasks"]["t"]["metrics"]["recall_no"]["value"], 1.0);
    /// assert!(json["tasks"]["t"]["metrics"]["precision_yes"]["value"].is_null());
    /// assert_eq!(json["tasks"]["t"]["confusion"]["counts"][1][0], 1); // gold yes, predicted no
    /// ```
    pub fn to_json(&self) -> Value {
        let tasks: Map<String, Value> = self
            .tasks
            .iter()
            .map(|task| {
                let c = &task.confusion;
                let mut value = json!({
                    "metrics": metrics(&task.estimates, &task.labels),
                    "confusion": {
                        "labels": task.labels,
                        "rows": "gold",
                        "counts": (0..c.k()).map(|gold| c.row(gold)).collect::<Vec<_>>(),
                    },
                });
                if let Some(estimates) = &task.without_context {
                    value["without_context"] =
                        json!({ "metrics": metrics(estimates, &task.labels) });
                }
                (task.task.clone(), value)
            })
            .collect();
        let mut json = json!({ "schema": SCHEMA, "tasks": tasks });
        if !self.learning_curve.is_empty() {
            let point = |point: &CurvePoint| {
                let named = self.tasks.iter().zip(&point.macro_f1).map(|(task, estimate)| {
                    (
                        task.task.clone(),
                        Value::Object(metrics(std::slice::from_ref(estimate), &task.labels)),
                    )
                });
                json!({ "pages": point.pages, "tasks": named.collect::<Map<_, _>>() })
            };
            json["learning_curve"] = self.learning_curve.iter().map(point).collect();
        }
        json
    }
}

fn metrics(estimates: &[Estimate], labels: &[String]) -> Map<String, Value> {
    let metric = |estimate: &Estimate| {
        let (lo, hi) = estimate.interval.ok().unzip();
        let mut value = json!({
            "value": estimate.value.ok(),
            "lo": lo,
            "hi": hi,
            "n": estimate.n,
            "n_pages": estimate.n_pages,
        });
        if let Err(reason) = estimate.value.and(estimate.interval) {
            value["reason"] = reason.into();
        }
        (estimate.metric.name(labels), value)
    };
    estimates.iter().map(metric).collect()
}
