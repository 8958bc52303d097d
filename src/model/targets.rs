//! A model: of one target, or of several, each with a model of its own.

use std::{collections::BTreeSet, sync::Arc};

use super::{TargetModel, TaskModel, task::Task};
use crate::error::{Error, Result};

/// A trained model. It is cheap to clone, and threads can share it. Nothing in it changes after
/// training.
///
/// Most models are one for all passages. One that was trained per target has a part for each, which
/// reads the passages that have it in the column `target`: see [`targets`](Self::targets).
///
/// ```
/// use standpoint::Model;
/// let model = Model::built_in();
/// let tasks: Vec<&str> = model.tasks().iter().map(|task| &*task.name).collect();
/// assert_eq!(tasks, ["kind", "stance", "voice", "sentiment"]);
/// assert_eq!(&model.tasks()[1].labels[..], ["against", "favor", "none"]);
/// assert_eq!(model.targets()[0].target(), "the officers");
/// ```
#[derive(Debug, Clone)]
pub struct Model(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    targets: Vec<TargetModel>,
    per_target: bool,
    tasks: Vec<TaskLabels>,
}

/// A task and its labels, those of any target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskLabels {
    /// The task.
    pub name: Arc<str>,
    /// Its labels, sorted: the order of all their numbers.
    pub labels: Arc<[String]>,
}

impl From<&Task> for TaskLabels {
    fn from(task: &Task) -> Self {
        Self { name: task.name.as_str().into(), labels: task.labels.as_slice().into() }
    }
}

impl From<&TaskModel> for TaskLabels {
    fn from(task: &TaskModel) -> Self {
        Self { name: task.name.as_str().into(), labels: task.labels.as_slice().into() }
    }
}

impl From<TargetModel> for Model {
    fn from(model: TargetModel) -> Self {
        Self::new(vec![model], false)
    }
}

impl Model {
    /// One model for each target.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if there is none, or two have the same target.
    pub fn per_target(mut models: Vec<TargetModel>) -> Result<Self> {
        models.sort_by(|a, b| a.target.cmp(&b.target));
        if models.is_empty() {
            return Err(Error::setting("targets", "none", "one or more"));
        }
        if let Some(pair) = models.windows(2).find(|pair| pair[0].target == pair[1].target) {
            let found = format!("{:?} twice", pair[0].target);
            return Err(Error::setting("targets", found, "different from each other"));
        }
        Ok(Self::new(models, true))
    }

    fn new(targets: Vec<TargetModel>, per_target: bool) -> Self {
        let mut tasks: Vec<TaskLabels> = Vec::new();
        for task in targets.iter().flat_map(|target| &target.tasks) {
            match tasks.iter_mut().find(|known| *known.name == *task.name) {
                None => tasks.push(task.into()),
                Some(known) => {
                    let labels: BTreeSet<_> = known.labels.iter().chain(&task.labels).collect();
                    known.labels = labels.into_iter().cloned().collect();
                }
            }
        }
        Self(Arc::new(Parts { targets, per_target, tasks }))
    }

    /// The model of each target, in the order of their names; one alone if it is for all passages.
    pub fn targets(&self) -> &[TargetModel] {
        &self.0.targets
    }

    /// Whether each target has a model of its own.
    pub fn is_per_target(&self) -> bool {
        self.0.per_target
    }

    /// The tasks, each with the labels of any target.
    pub fn tasks(&self) -> &[TaskLabels] {
        &self.0.tasks
    }

    /// Whether both are one model: the same file.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.to_bytes() == other.to_bytes()
    }

    /// Whether a file with this digest, or one of several, is among those that it was trained on.
    pub fn was_trained_on(&self, sha256: Option<&str>) -> bool {
        let files = |digests: &str| digests.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let wanted = sha256.map(files).unwrap_or_default();
        let by = |target: &TargetModel| {
            let training = target.training();
            let unlabelled = training.unlabelled.iter().filter_map(|of| of.data_sha256.as_deref());
            let mut known = training.data_sha256.as_deref().into_iter().chain(unlabelled);
            known.any(|digests| files(digests).iter().any(|file| wanted.contains(file)))
        };
        self.targets().iter().any(by)
    }
}
