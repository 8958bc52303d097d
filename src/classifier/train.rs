//! From labelled passages to a model.

use super::{
    Heads, Model, TaskModel, Training,
    fit::{Chosen, Core, Job, Progress, Task},
    settings::TrainSettings,
};
use crate::{
    error::Result,
    logistic::{Convergence, Stop},
    page::{Gold, Passages},
};

/// What happened in training that a user should know.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainReport {
    /// One for each task.
    pub tasks: Vec<TaskReport>,
}

/// How a task's fits went.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskReport {
    /// The task.
    pub task: String,
    /// Labelled passages of each label, in the order of the model's labels.
    pub counts: Vec<(String, usize)>,
    /// The head's penalty.
    pub penalty: Chosen,
    /// The deciding stage's penalty.
    pub stage_penalty: Chosen,
    /// How the final head's fit ended.
    pub head: Convergence,
    /// How the deciding stage's fit ended.
    pub stage: Convergence,
    /// Whether linfa returned parameters for the deciding stage.
    pub linfa_converged: bool,
}

impl TaskReport {
    /// Whether a fit ended before its optimum.
    pub fn stopped_early(&self) -> bool {
        [&self.head, &self.stage].iter().any(|fit| fit.stop == Stop::MaxIterations)
    }

    /// Whether passages held out were predicted better than by the shares of the labels alone: the
    /// deciding stage's loss is below the labels' entropy.
    pub fn learnt(&self) -> bool {
        let n = self.counts.iter().map(|(_, count)| count).sum::<usize>() as f64;
        let shares = self.counts.iter().map(|(_, count)| *count as f64 / n);
        let entropy: f64 = shares.filter(|share| *share > 0.0).map(|p| -p * libm::log(p)).sum();
        self.stage_penalty.tried.iter().any(|(_, loss)| *loss < entropy)
    }

    fn of(number: usize, task: &Task, core: &Core) -> Self {
        let count = |label| task.y.iter().filter(|y| **y == Some(label)).count();
        let labels = task.labels.iter().enumerate();
        let (stage, stage_penalty) = &core.stages[0][number];
        Self {
            task: task.name.clone(),
            counts: labels.map(|(i, label)| (label.clone(), count(i))).collect(),
            penalty: core.penalties[number].clone(),
            stage_penalty: stage_penalty.clone(),
            head: core.heads[number].convergence().clone(),
            stage: stage.convergence.clone(),
            linfa_converged: stage.linfa_converged,
        }
    }
}

/// Trains a model on labelled passages: one head and one deciding stage for each task.
///
/// Same passages, gold and settings give the same model, bit for bit, whatever the number of
/// threads.
///
/// ```
/// use standpoint::{Gold, Passages, TrainSettings, train};
/// let texts = vec!["Share this page", "He should resign", "Sign up", "They must act now"];
/// let gold = Gold {
///     task: "kind".into(),
///     labels: ["boilerplate", "opinion", "boilerplate", "opinion"].map(|l| Some(l.into())).to_vec(),
/// };
/// let passages = Passages::new(texts, vec![vec![0, 1], vec![2, 3]]);
/// let mut settings = TrainSettings::default();
/// settings.features.min_df = 1;
/// let (model, report) = train(&passages, &[gold], &settings, &|_| {})?;
/// assert_eq!(model.tasks()[0].labels(), ["boilerplate", "opinion"]);
/// assert_eq!(report.tasks[0].counts[0], ("boilerplate".to_string(), 2));
/// # Ok::<(), standpoint::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) if a setting is out of its range;
/// [`Error::SingleLabel`](crate::Error::SingleLabel) if a task has one label only;
/// [`Error::Undecidable`](crate::Error::Undecidable) if it has none, or there are fewer than two
/// pages.
pub fn train(
    passages: &Passages<'_>,
    gold: &[Gold<'_>],
    settings: &TrainSettings,
    progress: Progress<'_>,
) -> Result<(Model, TrainReport)> {
    let job = Job::new(passages, gold, settings, 1, progress)?;
    let contexts = job.context().with_fallback();
    let all: Vec<usize> = (0..passages.len()).collect();
    let core = job.fit(&all, contexts)?;
    let tasks: Vec<TaskReport> = job
        .tasks
        .iter()
        .enumerate()
        .map(|(number, task)| TaskReport::of(number, task, &core))
        .collect();
    let (vectoriser, old_columns) = job.counts.named(&core.weights, passages.texts());
    let task_models = tasks.iter().enumerate().map(|(number, report)| {
        let of_context = core.stages.iter().map(|stages| &stages[number]);
        TaskModel {
            name: report.task.clone(),
            labels: report.counts.iter().map(|(label, _)| label.clone()).collect(),
            counts: report.counts.iter().map(|(_, count)| *count).collect(),
            penalty: report.penalty.value,
            stage_penalties: of_context.clone().map(|(_, penalty)| penalty.value).collect(),
            stages: of_context.map(|(stage, _)| stage.model.clone()).collect(),
        }
    });
    let task_models = task_models.collect();
    let model = Model {
        vectoriser,
        heads: Heads::join(&core.heads, &old_columns),
        tasks: task_models,
        contexts: contexts.to_vec(),
        target: settings.target.clone(),
        training: Training {
            class_weights: settings.class_weights,
            folds: settings.folds,
            seed: settings.seed,
            data_sha256: None,
            passages: passages.len(),
            pages: passages.pages().len(),
        },
    };
    Ok((model, TrainReport { tasks }))
}
