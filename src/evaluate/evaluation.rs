//! The figures of several tasks, and the JSON that others rely on.

use serde_json::{Map, Value, json};

use super::{Bin, Cases, Confusion, Estimate, Metric, RiskCoverage, Tally, estimates};

/// The schema's name in the JSON; its number grows when a field changes its meaning.
pub(crate) const SCHEMA: &str = "standpoint.evaluation/1";

/// The evaluation of some tasks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// One for each task.
    pub tasks: Vec<TaskEvaluation>,
    /// The same for the passages of each target alone; empty unless each has its own model.
    pub targets: Vec<(String, Vec<TaskEvaluation>)>,
    /// The same for parts of the passages; empty if nobody asked.
    pub slices: Vec<Slice>,
    /// The same learner under harder and harder splits; each of `tasks` is of its
    /// [`headline`](Self::headline). Empty if nobody asked.
    pub leakage: Vec<Rung>,
    /// What fewer pages would have given, in ascending order; empty if nobody asked.
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

/// What a guess that does not read, or another coder, would score on the same gold labels.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineFigures {
    /// Its name, as `majority` or `second_coder`.
    pub name: String,
    /// Accuracy, macro F1, kappa and, where there is such, F-avg; or why there are none.
    pub estimates: Result<Vec<Estimate>, &'static str>,
}

/// A learner under one of several splits of the same passages.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung {
    /// The split, in words.
    pub split: String,
    /// How many things it keeps together: passages, pages, sources. Nothing if it cannot be made.
    pub groups: Option<usize>,
    /// Task by task, or why the task cannot be learnt on it.
    pub macro_f1: Vec<(String, Result<Estimate, String>)>,
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
    /// How often labels were right, by their probability: ten bins of equal width; empty without
    /// probabilities.
    pub reliability: Vec<Bin>,
    /// What answering only where certain would come to; nothing without probabilities.
    pub risk_coverage: Option<RiskCoverage>,
    /// Passages with a gold label that got no answer: no figure speaks of them.
    pub unanswered: usize,
    /// What it is to be compared with; empty if nobody asked.
    pub baselines: Vec<BaselineFigures>,
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
            reliability: reliability(cases, labels.len()),
            risk_coverage: RiskCoverage::of(cases),
            unanswered: 0,
            baselines: Vec::new(),
            without_context: None,
        }
    }

    /// The same with counts alone, where there are too few cases for figures.
    pub fn withheld(mut self) -> Self {
        let why = "too few cases";
        for estimate in &mut self.estimates {
            (estimate.value, estimate.interval) = (Err(why), Err(why));
        }
        self.reliability.clear();
        self.risk_coverage = None;
        self
    }

    /// One of its metrics.
    pub fn get(&self, metric: Metric) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.metric == metric)
    }
}

impl Evaluation {
    /// The strictest split on which a task could be learnt: the last of the ladder.
    pub fn headline(&self, task: &str) -> Option<&Rung> {
        let has = |rung: &&Rung| rung.macro_f1.iter().any(|(name, f1)| name == task && f1.is_ok());
        self.leakage.iter().rev().find(has)
    }

    /// The JSON of `evaluate --format json`: for each task its metrics (`value`, `lo`, `hi`, `n`,
    /// `n_pages`; null with a reason where undefined) and its confusion matrix, rows gold. Under
    /// `targets` the same for each target, where each has its own model, and under `slices` for each
    /// column and value. Where there are probabilities, `reliability` has ten bins of equal width, and
    /// `risk_coverage` what answering only the most certain cases would come to. `baselines` has the
    /// metrics of guesses that do not read, null with a reason where they cannot be made; `leakage`
    /// the rungs of the ladder, the last on which a task could be learnt being the headline
    /// that its figures are of.
    ///
    /// ```
    /// use standpoint::evaluate::{Cases, Evaluation, TaskEvaluation};
    /// let cases = Cases { gold: &[0, 0, 1], predicted: &[0, 0, 0], probabilities: None, pages: &[0, 1, 2] };
    /// let labels = ["no".to_string(), "yes".to_string()];
    /// let evaluation = TaskEvaluation::of("t", &labels, cases, 100, 1);
    /// let json = Evaluation { tasks: vec![evaluation], ..Default::default() }.to_json();
    /// assert_eq!(json["schema"], "standpoint.evaluation/1");
    /// assert_eq!(json["tasks"]["t"]["metrics"]["recall_no"]["value"], 1.0);
    /// assert!(json["tasks"]["t"]["metrics"]["precision_yes"]["value"].is_null());
    /// assert_eq!(json["tasks"]["t"]["confusion"]["counts"][1][0], 1); // gold yes, predicted no
    /// ```
    pub fn to_json(&self) -> Value {
        let mut json = json!({ "schema": SCHEMA, "tasks": tasks(&self.tasks) });
        if !self.targets.is_empty() {
            let of_target = |(target, evaluations): &(String, Vec<TaskEvaluation>)| {
                (target.clone(), json!({ "tasks": tasks(evaluations) }))
            };
            json["targets"] = Value::Object(self.targets.iter().map(of_target).collect());
        }
        if !self.slices.is_empty() {
            let mut slices = Map::new();
            for slice in &self.slices {
                let of_value = json!({ "tasks": tasks(&slice.tasks) });
                slices.entry(&slice.by).or_insert_with(|| json!({}))[&slice.value] = of_value;
            }
            json["slices"] = slices.into();
        }
        if !self.leakage.is_empty() {
            let rung = |rung: &Rung| {
                let named = |(task, found): &(String, Result<Estimate, String>)| {
                    let of_task = match found {
                        Ok(estimate) => json!({ "macro_f1": figure(estimate) }),
                        Err(reason) => json!({ "macro_f1": null, "reason": reason }),
                    };
                    (task.clone(), of_task)
                };
                let names = rung.macro_f1.iter().map(|(task, _)| task);
                let own = names.filter(|task| self.headline(task) == Some(rung));
                json!({
                    "split": rung.split,
                    "groups": rung.groups,
                    "headline": own.collect::<Vec<_>>(),
                    "tasks": rung.macro_f1.iter().map(named).collect::<Map<_, _>>(),
                })
            };
            json["leakage"] = self.leakage.iter().map(rung).collect();
        }
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

fn reliability(cases: Cases<'_>, k: usize) -> Vec<Bin> {
    let Some(probabilities) = cases.probabilities else { return Vec::new() };
    let mut tally = Tally::new(k);
    for (i, (&gold, &predicted)) in cases.gold.iter().zip(cases.predicted).enumerate() {
        tally.add(gold, predicted, Some(&probabilities[i * k..][..k]));
    }
    tally.reliability().to_vec()
}

fn tasks(evaluations: &[TaskEvaluation]) -> Map<String, Value> {
    let of_task = |task: &TaskEvaluation| {
        let c = &task.confusion;
        let mut value = json!({
            "metrics": metrics(&task.estimates, &task.labels),
            "confusion": {
                "labels": task.labels,
                "rows": "gold",
                "counts": (0..c.k()).map(|gold| c.row(gold)).collect::<Vec<_>>(),
            },
        });
        if !task.reliability.is_empty() {
            let bin = |bin: &Bin| {
                let n = bin.n as f64;
                let of = |sum: f64| (bin.n > 0).then(|| sum / n);
                json!({ "from": bin.from, "to": bin.to, "n": bin.n,
                        "confidence": of(bin.confidence), "accuracy": of(bin.correct) })
            };
            value["reliability"] = task.reliability.iter().map(bin).collect();
        }
        if let Some(risk) = &task.risk_coverage {
            value["risk_coverage"] = json!({ "aurc": risk.aurc, "points": risk.points });
        }
        if !task.baselines.is_empty() {
            let of_baseline = |baseline: &BaselineFigures| {
                let figures = match &baseline.estimates {
                    Ok(estimates) => json!({ "metrics": metrics(estimates, &task.labels) }),
                    Err(reason) => json!({ "metrics": null, "reason": reason }),
                };
                (baseline.name.clone(), figures)
            };
            value["baselines"] =
                task.baselines.iter().map(of_baseline).collect::<Map<_, _>>().into();
        }
        if task.unanswered > 0 {
            value["unanswered"] = task.unanswered.into();
        }
        if let Some(estimates) = &task.without_context {
            value["without_context"] = json!({ "metrics": metrics(estimates, &task.labels) });
        }
        (task.task.clone(), value)
    };
    evaluations.iter().map(of_task).collect()
}

fn metrics(estimates: &[Estimate], labels: &[String]) -> Map<String, Value> {
    estimates.iter().map(|estimate| (estimate.metric.name(labels), figure(estimate))).collect()
}

fn figure(estimate: &Estimate) -> Value {
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
    value
}
