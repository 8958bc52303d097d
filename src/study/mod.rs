//! Studies of a way of training: cross-validation, learning curve, leakage, search for features,
//! reference points, slices; and [`Trainer`], which does them all.

mod answer_source;
mod baselines;
mod compare;
mod cross_validation;
mod evaluate;
mod groups;
mod leakage;
mod learning_curve;
mod near_duplicates;
mod prevalence;
mod references;
mod search;
mod slices;
mod trainer;
mod wrong;

pub use answer_source::{AnswerSource, WithNotices};
use baselines::Baseline;
pub use compare::{TaskComparison, compare, compare_tables};
pub use cross_validation::{CrossValidation, Split};
pub(crate) use cross_validation::{cross_validate, cross_validate_splits, learning_curve};
pub use evaluate::{EvaluateSettings, evaluate, evaluate_targets, worst};
pub use leakage::Leakage;
pub use near_duplicates::{NearDuplicate, near_duplicates};
pub use prevalence::{
    Correction, SlicePrevalence, TaskPrevalence, prevalence_by_errors, prevalence_by_sample,
};
pub use search::Search;
pub(crate) use search::search;
pub use slices::{SliceBy, date, slice_values, slices};
pub use trainer::{CrossValidated, Progress, Trained, Trainer, USUAL_TASKS, Work, tasks_of};
pub use wrong::WrongCase;

use crate::{
    evaluate::{Cases, TaskEvaluation},
    predictions::Scored,
    sampling::RESAMPLES,
};

pub(crate) fn cases(scored: &Scored) -> Cases<'_> {
    Cases {
        gold: scored.gold(),
        predicted: scored.predicted(),
        probabilities: scored.probabilities(),
        pages: scored.pages(),
    }
}

/// The metrics of some cases.
pub fn evaluation_of(scored: &Scored, seed: u64) -> TaskEvaluation {
    let of = TaskEvaluation::of(scored.task(), scored.labels(), cases(scored), RESAMPLES, seed);
    TaskEvaluation { unanswered: scored.unanswered().len(), ..of }
}

/// The metrics, or the counts alone if there are fewer than `least` cases.
pub(crate) fn evaluation_from(scored: &Scored, least: usize, seed: u64) -> TaskEvaluation {
    match scored.len() < least {
        true => {
            TaskEvaluation::of(scored.task(), scored.labels(), cases(scored), 0, seed).withheld()
        }
        false => evaluation_of(scored, seed),
    }
}
