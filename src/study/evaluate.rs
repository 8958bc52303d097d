//! The evaluation of predictions of a corpus: metrics, reference points, slices, targets.

use super::{SliceBy, WrongCase, references::References, slices};
use crate::{
    corpus::Corpus,
    error::Result,
    evaluate::{Evaluation, TaskEvaluation},
    model::{Predictor, Route},
    predictions::Scored,
};

/// What to evaluate beside the metrics. Build it from [`EvaluateSettings::default`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct EvaluateSettings {
    /// Columns to slice by.
    pub by: Vec<SliceBy>,
    /// A second coder's labels of some of the passages.
    pub second_labels: Option<Corpus>,
    /// The seed of the baselines' folds.
    pub seed: u64,
}

impl EvaluateSettings {
    /// With this [`seed`](Self::seed).
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// With one more column to [slice by](Self::by), in slices of at least so many cases.
    pub fn by(mut self, column: impl Into<String>, min_cases: usize) -> Self {
        self.by.push(SliceBy { column: column.into(), min_cases });
        self
    }

    /// With these [`second_labels`](Self::second_labels).
    pub fn second_labels(self, labels: Corpus) -> Self {
        Self { second_labels: Some(labels), ..self }
    }
}

/// Evaluates predictions of a corpus: metrics with intervals, reference points beside them, slices.
///
/// ```
/// use standpoint::{Corpus, Model, study::{AnswerSource, EvaluateSettings, evaluate}};
/// let corpus = Corpus::of_page(["Sign up for our newsletter", "Ministers met on Monday."])
///     .with_gold("kind", ["boilerplate", "news"].map(Some))?;
/// let scored = AnswerSource::model(&Model::built_in())?.score(&corpus, &[])?.found;
/// let evaluation = evaluate(&corpus, &scored, &EvaluateSettings::default())?;
/// assert_eq!(evaluation.tasks[0].confusion.total(), 2);
/// # Ok::<(), standpoint::Error>(())
/// ```
///
/// # Errors
/// Those of [`slices`]; [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the second labels
/// cannot be matched.
pub fn evaluate(
    corpus: &Corpus,
    scored: &[Scored],
    settings: &EvaluateSettings,
) -> Result<Evaluation> {
    let seed = settings.seed;
    let references = References::of(corpus, settings.second_labels.as_ref(), seed)?;
    let of_task = |scored: &Scored| {
        let baselines = references.of_task(scored)?;
        Ok(TaskEvaluation::of(scored).with_baselines(baselines))
    };
    let mut evaluation = Evaluation::from(scored.iter().map(of_task).collect::<Result<Vec<_>>>()?);
    evaluation.slices = slices(corpus, scored, &settings.by)?;
    Ok(evaluation)
}

/// The metrics of the passages of each target that has a model of its own, of the tasks that are taken from it;
/// nothing for models that are one for all passages.
///
/// # Errors
/// Those of [`Model::predict`](crate::Model::predict).
pub fn evaluate_targets(
    predictor: &Predictor,
    corpus: &Corpus,
    scored: &[Scored],
) -> Result<Vec<(String, Vec<TaskEvaluation>)>> {
    let mut found = Vec::new();
    for Route { model, tasks, targets, .. } in predictor.routes(corpus)? {
        if !model.is_per_target() {
            continue;
        }
        for (number, target) in model.targets().iter().enumerate() {
            let taken =
                scored.iter().filter(|own| tasks.iter().any(|task| *task.name == *own.task()));
            let own = taken.map(|task| task.of_rows(|row| targets[row] == number));
            let tasks: Vec<_> =
                own.filter(|own| !own.is_empty()).map(|own| TaskEvaluation::of(&own)).collect();
            if !tasks.is_empty() {
                found.push((target.target().to_owned(), tasks));
            }
        }
    }
    Ok(found)
}

/// The cases that were wrong, the most certain first. Predictions without probabilities have none.
pub fn worst(corpus: &Corpus, scored: &[Scored], most: usize) -> Vec<WrongCase> {
    let mut wrong: Vec<(f64, usize, &Scored, usize)> = Vec::new();
    for task in scored.iter().filter(|task| task.probabilities().is_some()) {
        for case in (0..task.len()).filter(|&case| task.gold()[case] != task.predicted()[case]) {
            let certainty = task.answers().probability(case).unwrap_or(0.0);
            wrong.push((certainty, task.rows()[case], task, case));
        }
    }
    wrong.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let shown = |(probability, row, task, case): (f64, usize, &Scored, usize)| WrongCase {
        place: corpus.place(row),
        task: task.task().to_owned(),
        gold: task.labels()[task.gold()[case]].clone(),
        predicted: task.labels()[task.predicted()[case]].clone(),
        probability,
        text: corpus.text(row).trim().to_owned(),
    };
    wrong.into_iter().take(most).map(shown).collect()
}
