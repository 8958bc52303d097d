//! The JSON of an evaluation, `standpoint.evaluation/1`: a contract (docs/schema/evaluation-1.json).

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    BaselineResult, Confusion, CurvePoint, Estimate, Evaluation, Slice, SplitResult, SplitTask,
    TaskEvaluation, Undefined, object::Object,
};

/// The schema's name in the JSON; its number grows when a field changes its meaning.
pub(crate) const SCHEMA: &str = "standpoint.evaluation/1";

/// Estimates by the names of their metrics.
fn metrics<'a>(estimates: &'a [Estimate], labels: &'a [String]) -> impl Serialize {
    let named = |estimate: &'a Estimate| (estimate.metric.name(labels), estimate);
    Object(move || estimates.iter().map(named))
}

/// Evaluations by the names of their tasks.
fn tasks(tasks: &[TaskEvaluation]) -> impl Serialize {
    Object(move || tasks.iter().map(|task| (&task.task, task)))
}

/// The same as the only entry of an object.
fn part(evaluations: &[TaskEvaluation]) -> impl Serialize {
    Object(move || [("tasks", tasks(evaluations))])
}

/// For each task its metrics (`value`, `lo`, `hi`, `n`, `n_pages`; null with a `reason` where
/// undefined) and its confusion matrix, rows gold. Under `targets` the same for each target that
/// has its own model, under `slices` for each column and value. Where there are probabilities,
/// `reliability` has ten bins of equal width and `risk_coverage` the errors that remain when only
/// the most certain cases are answered. `baselines` has the metrics of guesses that do not read the
/// text, null with a reason where there is no guess. `leakage` has the splits, from the easiest to
/// the strictest; `headline` names the tasks whose metrics above are of that split.
///
/// ```
/// use standpoint::evaluate::{Evaluation, TaskEvaluation};
/// use standpoint::predictions::{Answers, Scored};
/// let answers = Answers::new("t", ["no", "yes"], vec![Some(0); 3], vec![0, 1, 2])?;
/// let scored = Scored::new(answers, &[Some(0), Some(0), Some(1)])?;
/// let task = TaskEvaluation::of(&scored);
/// let evaluation = Evaluation::from(vec![task]);
/// let json = serde_json::to_value(&evaluation).unwrap();
/// assert_eq!(json["schema"], "standpoint.evaluation/1");
/// assert_eq!(json["tasks"]["t"]["metrics"]["recall_no"]["value"], 1.0);
/// assert!(json["tasks"]["t"]["metrics"]["precision_yes"]["value"].is_null());
/// assert_eq!(json["tasks"]["t"]["confusion"]["counts"][1][0], 1); // gold yes, predicted no
/// # Ok::<(), standpoint::Error>(())
/// ```
impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_map(None)?;
        json.serialize_entry("schema", SCHEMA)?;
        json.serialize_entry("tasks", &tasks(&self.tasks))?;
        if !self.targets.is_empty() {
            let targets = self.targets.iter();
            let targets = || targets.clone().map(|(target, tasks)| (target, part(tasks)));
            json.serialize_entry("targets", &Object(targets))?;
        }
        if !self.slices.is_empty() {
            let mut columns: Vec<&str> = Vec::new();
            for slice in &self.slices {
                if !columns.contains(&slice.by.as_str()) {
                    columns.push(&slice.by);
                }
            }
            let of_column = |column: &str| {
                let own = |slice: &&Slice| slice.by == column;
                let slices: Vec<&Slice> = self.slices.iter().filter(own).collect();
                Object(move || {
                    slices.clone().into_iter().map(|slice| (&slice.value, part(&slice.tasks)))
                })
            };
            let columns = || columns.iter().map(|&column| (column, of_column(column)));
            json.serialize_entry("slices", &Object(columns))?;
        }
        if !self.leakage.is_empty() {
            let splits: Vec<_> = self.leakage.iter().map(|split| self.split(split)).collect();
            json.serialize_entry("leakage", &splits)?;
        }
        if !self.learning_curve.is_empty() {
            let points: Vec<_> =
                self.learning_curve.iter().map(|point| self.point(point)).collect();
            json.serialize_entry("learning_curve", &points)?;
        }
        json.end()
    }
}

#[derive(Serialize)]
struct Split<'a, T> {
    split: &'a str,
    groups: Option<usize>,
    headline: Vec<&'a str>,
    tasks: T,
}

#[derive(Serialize)]
struct Point<T> {
    pages: usize,
    tasks: T,
}

impl Evaluation {
    fn split<'a>(&self, split: &'a SplitResult) -> impl Serialize + use<'a> {
        let names = split.tasks.iter().map(|task| task.task.as_str());
        Split {
            split: &split.split,
            groups: split.groups,
            headline: names.filter(|task| self.headline(task) == Some(split)).collect(),
            tasks: Object(|| split.tasks.iter().map(|task: &SplitTask| (&task.task, task))),
        }
    }

    fn point<'a>(&'a self, point: &'a CurvePoint) -> impl Serialize {
        let named = |(task, estimate): (&'a TaskEvaluation, &'a Estimate)| {
            (&task.task, metrics(std::slice::from_ref(estimate), &task.labels))
        };
        let tasks = move || self.tasks.iter().zip(&point.macro_f1).map(named);
        Point { pages: point.pages, tasks: Object(tasks) }
    }
}

#[derive(Serialize)]
struct Matrix<'a> {
    labels: &'a [String],
    rows: &'static str,
    counts: Vec<&'a [u64]>,
}

impl<'a> Matrix<'a> {
    fn new(confusion: &'a Confusion, labels: &'a [String]) -> Self {
        let counts = (0..confusion.k()).map(|gold| confusion.row(gold)).collect();
        Self { labels, rows: "gold", counts }
    }
}

#[derive(Serialize)]
struct Guess<M> {
    metrics: Option<M>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Undefined>,
}

fn guess<'a>(baseline: &'a BaselineResult, labels: &'a [String]) -> impl Serialize {
    let estimates = baseline.estimates.as_ref();
    Guess {
        metrics: estimates.ok().map(|estimates| metrics(estimates, labels)),
        reason: estimates.err().copied(),
    }
}

/// A task's part of the JSON of an [`Evaluation`].
impl Serialize for TaskEvaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of = |estimates| Object(move || [("metrics", metrics(estimates, &self.labels))]);
        let mut json = serializer.serialize_map(None)?;
        json.serialize_entry("metrics", &metrics(&self.estimates, &self.labels))?;
        json.serialize_entry("verdict", &self.verdict())?;
        json.serialize_entry("confusion", &Matrix::new(&self.confusion, &self.labels))?;
        if !self.reliability.is_empty() {
            json.serialize_entry("reliability", &self.reliability)?;
        }
        if let Some(risk) = &self.risk_coverage {
            json.serialize_entry("risk_coverage", risk)?;
        }
        if !self.baselines.is_empty() {
            let results = || self.baselines.iter().map(|of| (&of.name, guess(of, &self.labels)));
            json.serialize_entry("baselines", &Object(results))?;
        }
        if self.unanswered > 0 {
            json.serialize_entry("unanswered", &self.unanswered)?;
        }
        if let Some(estimates) = &self.without_context {
            json.serialize_entry("without_context", &of(estimates))?;
        }
        json.end()
    }
}
