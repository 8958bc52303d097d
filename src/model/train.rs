//! From labelled passages to a model.

use super::{
    BaseClassifiers, TargetModel, TaskModel, Training, Unlabelled,
    chosen::Chosen,
    decision::Decision,
    fit::{Core, DenseChoice, Job, Progress, TaskChoice},
    second_stage::StageFit,
    settings::TrainSettings,
    task::Task,
};
use crate::{
    corpus::{Dense, DenseSource, Gold, Passages},
    error::Result,
    evaluate::Standing,
    logistic::{Convergence, Stop},
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
    /// The mean loss of saying the labels' shares of every passage, by the passages' weights.
    pub entropy: f64,
    /// The base classifier's penalty.
    pub penalty: Chosen,
    /// Whether the base classifier's weights were penalised as multiples of log-count ratios.
    pub nb_ratios: bool,
    /// Whether its base classifier learnt from the passages without labels, if there are any: only where pages held
    /// out were predicted better, by more than a standard error.
    pub is_taught: Option<bool>,
    /// The second stage's penalty.
    pub stage_penalty: Chosen,
    /// How the second stage's probabilities become labels.
    pub decision: Decision,
    /// The blocks of columns beside the text, in the order of the settings.
    pub dense: Vec<DenseReport>,
    /// How the final base classifier's fit ended.
    pub classifier: Convergence,
    /// How the second stage's fit ended.
    pub stage: Convergence,
    /// Whether linfa returned parameters for the second stage.
    pub linfa_converged: bool,
}

/// What a block of columns beside the text is worth to a task.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseReport {
    /// The columns.
    pub source: DenseSource,
    /// The penalty of its base classifier.
    pub penalty: f64,
    /// Whether it is kept: pages held out were predicted better with it, by more than a standard error.
    pub is_kept: bool,
    /// The mean loss on pages held out without it.
    pub loss_without: f64,
    /// And with it.
    pub loss_with: f64,
}

impl DenseReport {
    fn of((block, choice): (&Dense, &DenseChoice)) -> Self {
        let (loss_without, loss_with) = choice.losses;
        let (source, penalty) = (block.source.clone(), choice.penalty.value);
        Self { source, penalty, is_kept: choice.slope != 0.0, loss_without, loss_with }
    }
}

impl TaskReport {
    /// Whether a fit ended before its optimum.
    pub fn stopped_early(&self) -> bool {
        [&self.classifier, &self.stage].iter().any(|fit| fit.stop == Stop::MaxIterations)
    }

    /// Whether passages held out were predicted better than by the shares of the labels alone: by the
    /// [`standing`](Decision::standing) of the labels, and where that says nothing by the second stage's loss,
    /// which is below the labels' entropy then.
    pub fn learnt(&self) -> bool {
        match self.decision.standing {
            None | Some(Standing::TooFew | Standing::TooGood | Standing::OneLabel) => {
                let tried = &self.stage_penalty.tried;
                tried.is_empty() || tried.iter().any(|(_, loss)| *loss < self.entropy)
            }
            Some(standing) => standing > Standing::NoBetterThanGuessing,
        }
    }

    fn of(number: usize, task: &Task, passages: &Passages<'_>, core: &Core) -> Self {
        let count = |label| task.y.iter().filter(|y| **y == Some(label)).count();
        let labels = task.labels.iter().enumerate();
        let TaskChoice { text, dense, .. } = &core.out_of_fold.classifiers[number];
        let StageFit { fit: stage, penalty: stage_penalty, decision, .. } =
            &core.out_of_fold.stages[0][number];
        Self {
            task: task.name.clone(),
            counts: labels.map(|(i, label)| (label.clone(), count(i))).collect(),
            entropy: entropy(task, passages),
            penalty: text.penalty.clone(),
            nb_ratios: text.recipe.nb_ratios,
            is_taught: passages.unlabelled().map(|_| text.recipe.is_taught),
            dense: passages.dense().iter().zip(dense).map(DenseReport::of).collect(),
            stage_penalty: stage_penalty.clone(),
            decision: decision.clone(),
            classifier: core.classifiers[number].convergence().clone(),
            stage: stage.convergence.clone(),
            linfa_converged: stage.linfa_converged,
        }
    }
}

fn entropy(task: &Task, passages: &Passages<'_>) -> f64 {
    let mut weights = vec![0.0; task.labels.len()];
    for (row, label) in task.y.iter().enumerate() {
        label.iter().for_each(|&label| weights[label] += passages.weight(row));
    }
    let all: f64 = weights.iter().sum();
    let shares = weights.iter().map(|weight| weight / all);
    shares.filter(|share| *share > 0.0).map(|share| -share * libm::log(share)).sum()
}

/// Trains a model on labelled passages: one base classifier and one second stage for each task.
///
/// `sources` has the number of each passage's source, where it is known.
///
/// Same passages, gold and settings give the same model, bit for bit, whatever the number of
/// threads.
///
/// # Errors
/// Those of [`Trainer::fit`](crate::Trainer::fit), but for a corpus.
pub(crate) fn train(
    passages: &Passages<'_>,
    gold: &[Gold],
    settings: &TrainSettings,
    sources: Option<&[usize]>,
    progress: Progress<'_>,
) -> Result<(TargetModel, TrainReport)> {
    let job = Job::new(passages, gold, settings, 1, progress)?;
    let contexts = job.context().with_fallback();
    let all: Vec<usize> = (0..passages.len()).collect();
    let core = job.fit(&all, contexts)?;
    let tasks: Vec<TaskReport> = job
        .tasks
        .iter()
        .enumerate()
        .map(|(number, task)| TaskReport::of(number, task, passages, &core))
        .collect();
    let (vectoriser, old_columns) = job.counts.named(&core.weights);
    let task_models = tasks.iter().enumerate().map(|(number, report)| {
        let of_context = core.out_of_fold.stages.iter().map(|stages| &stages[number]);
        TaskModel {
            name: report.task.clone(),
            labels: report.counts.iter().map(|(label, _)| label.clone()).collect(),
            counts: report.counts.iter().map(|(_, count)| *count).collect(),
            shares: job.tasks[number].shares(&all, passages),
            penalty: report.penalty.value,
            nb_ratios: report.nb_ratios,
            stages: of_context.map(StageFit::stage).collect(),
        }
    });
    let task_models = task_models.collect();
    let model = TargetModel {
        vectoriser: vectoriser.into(),
        classifiers: BaseClassifiers::join(&core.classifiers, &old_columns),
        dense: core.dense,
        tasks: task_models,
        contexts: contexts.to_vec(),
        target: settings.target.clone(),
        training: Training {
            class_weights: settings.class_weights,
            label_weights: settings.label_weights.clone(),
            criterion: settings.criterion,
            search: Vec::new(),
            folds: settings.folds,
            seed: settings.seed,
            data_sha256: None,
            passages: passages.len(),
            pages: passages.pages().len(),
            unlabelled: passages.unlabelled().map(|unlabelled| Unlabelled {
                passages: unlabelled.len(),
                pages: unlabelled.pages().len(),
                pages_left_out: 0,
                teacher: unlabelled.dense().iter().map(|block| block.source.clone()).collect(),
                data_sha256: None,
            }),
            new_words: job.new_words(sources),
        },
    };
    Ok((model, TrainReport { tasks }))
}
