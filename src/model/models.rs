//! One model, or one for each target.

use std::collections::BTreeSet;

use super::{Answering, Predictions, TargetModel, TaskPredictions, predict::TargetPredictor};
use crate::{
    corpus::{Passages, is_called},
    error::Result,
};

/// What a file holds: one model, or one for each target.
#[derive(Debug, Clone)]
pub struct Model {
    all: Vec<TargetModel>,
    per_target: bool,
    tasks: Vec<TaskLabels>,
}

/// A task and all labels that any of the models gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLabels {
    /// The task.
    pub name: String,
    /// Its labels, sorted.
    pub labels: Vec<String>,
}

impl From<TargetModel> for Model {
    fn from(model: TargetModel) -> Self {
        Self::new(vec![model], false)
    }
}

impl Model {
    /// One model for each target.
    ///
    /// # Panics
    /// If there is no model, or two have one target.
    pub fn per_target(mut models: Vec<TargetModel>) -> Self {
        models.sort_by(|a, b| a.target.cmp(&b.target));
        assert!(!models.is_empty(), "at least one target");
        assert!(
            models.windows(2).all(|pair| pair[0].target < pair[1].target),
            "one model a target"
        );
        Self::new(models, true)
    }

    fn new(models: Vec<TargetModel>, per_target: bool) -> Self {
        let mut tasks: Vec<TaskLabels> = Vec::new();
        for task in models.iter().flat_map(|model| &model.tasks) {
            match tasks.iter_mut().find(|known| known.name == task.name) {
                None => {
                    tasks.push(TaskLabels { name: task.name.clone(), labels: task.labels.clone() });
                }
                Some(known) => {
                    let labels: BTreeSet<_> = known.labels.iter().chain(&task.labels).collect();
                    known.labels = labels.into_iter().cloned().collect();
                }
            }
        }
        Self { all: models, per_target, tasks }
    }

    /// The models, by target.
    pub fn models(&self) -> &[TargetModel] {
        &self.all
    }

    /// Whether each target has a model of its own.
    pub fn is_per_target(&self) -> bool {
        self.per_target
    }

    /// The tasks, each with all labels that any of the models gives.
    pub fn tasks(&self) -> &[TaskLabels] {
        &self.tasks
    }

    /// These models under conditions, ready for one set of passages after the other. A prior may
    /// speak of labels that some of the models alone know.
    ///
    /// # Errors
    /// Those of [`TargetModel::predict_with`].
    pub fn predictor(&self, answering: &Answering) -> Result<Predictor<'_>> {
        let known = |models: &[TargetModel], wanted: &str| {
            let mut tasks = models.iter().flat_map(|model| &model.tasks);
            tasks.any(|task| task.labels.iter().any(|label| is_called(&task.name, label, wanted)))
        };
        let of_model = |model| {
            // What no model knows is left to be refused; what another one knows is none of this one's.
            let concerns = |(label, _): &&(String, f64)| {
                known(std::slice::from_ref(model), label) || !known(&self.all, label)
            };
            let answering = Answering {
                prior: answering.prior.iter().filter(concerns).cloned().collect(),
                ..answering.clone()
            };
            TargetPredictor::new(model, &answering)
        };
        Ok(Predictor { models: self, all: self.all.iter().map(of_model).collect::<Result<_>>()? })
    }
}

/// Model ready to judge one set of passages after the other, by as many threads as there are. What
/// they remember of words from one set to the next makes them faster, and changes nothing else.
///
/// ```
/// use standpoint::{Answering, TargetModel, Model, Passages};
/// let models = Model::from(TargetModel::built_in());
/// let predictor = models.predictor(&Answering::default())?;
/// let page = Passages::page(vec!["Sign up for our newsletter", "Ministers met on Monday."]);
/// let first = predictor.predict(&page, &[0, 0]);
/// assert_eq!(predictor.predict(&page, &[0, 0]), first);
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct Predictor<'m> {
    models: &'m Model,
    all: Vec<TargetPredictor<'m>>,
}

impl Predictor<'_> {
    /// Labels and probabilities of every passage, each by the model whose number `by` gives. A
    /// label that the model of a passage does not know has probability 0; of a task that it does not
    /// know it says nothing ([`Abstention::NoSuchTask`](super::Abstention)).
    ///
    /// # Panics
    /// If `by` has not the number of a model for each passage.
    pub fn predict(&self, passages: &Passages<'_>, by: &[usize]) -> Predictions {
        assert_eq!(by.len(), passages.len());
        if let [only] = &self.all[..] {
            return only.predict(passages);
        }
        let all = &self.models.tasks;
        let empty = |task: &TaskLabels| TaskPredictions::empty(passages.len(), task.labels.len());
        let mut tasks: Vec<TaskPredictions> = all.iter().map(empty).collect();
        for (number, predictor) in self.all.iter().enumerate() {
            let rows: Vec<usize> = (0..by.len()).filter(|&row| by[row] == number).collect();
            if rows.is_empty() {
                continue;
            }
            let found = predictor.predict(&passages.subset(&rows));
            for (task, found) in self.models.all[number].tasks.iter().zip(&found.tasks) {
                let at = all.iter().position(|known| known.name == task.name);
                let at = at.expect("all tasks of all models are known");
                let labels = positions(&task.labels, &all[at].labels);
                tasks[at].set(&rows, found, &labels);
            }
        }
        Predictions { tasks }
    }
}

/// Where each of `some` stands in `all`.
pub(crate) fn positions(some: &[String], all: &[String]) -> Vec<usize> {
    let position = |label| all.iter().position(|known| known == label);
    some.iter().map(|label| position(label).expect("a label of all")).collect()
}
