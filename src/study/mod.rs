//! Studies of a way of training: cross-validation, learning curve, leakage, search for features,
//! reference points, slices; and [`Trainer`], which does them all.

mod answer_source;
mod baselines;
mod claimed_design;
mod compare;
mod cross_validation;
mod encoding;
mod evaluate;
mod groups;
mod leakage;
mod learning_curve;
mod near_duplicates;
mod prevalence;
mod references;
mod sample;
mod sample_size;
mod search;
mod slices;
mod trainer;
mod wrong;

pub use answer_source::{AnswerSource, WithNotices};
use baselines::Baseline;
pub use compare::{TaskComparison, compare, compare_tables};
pub(crate) use cross_validation::{
    CrossValidation, Split, cross_validate, cross_validate_splits, learning_curve,
};
pub use evaluate::{EvaluateSettings, evaluate, evaluate_targets, worst};
pub(crate) use groups::{Groups, with_these_joined};
pub use leakage::Leakage;
pub(crate) use near_duplicates::near_duplicates_among;
pub use near_duplicates::{NearDuplicate, near_duplicates};
pub use prevalence::{
    Correction, SlicePrevalence, TaskPrevalence, prevalence_by_errors, prevalence_by_sample,
};
pub use sample::{DrawnSample, SampleSettings, Stratum, draw_sample};
pub use sample_size::{SampleSize, sample_size};
pub use search::Search;
pub(crate) use search::search;
pub use slices::{SliceBy, date, slice_values, slices};
pub use trainer::{CrossValidated, Progress, Trained, Trainer, USUAL_TASKS, Work, tasks_of};
pub use wrong::WrongCase;

use crate::{evaluate::TaskEvaluation, predictions::Scored};

/// The metrics of some cases, or the counts alone if there are fewer than `least`.
pub(crate) fn evaluation_from(scored: &Scored, least: usize) -> TaskEvaluation {
    let evaluation = TaskEvaluation::of(scored);
    if scored.len() < least { evaluation.withheld() } else { evaluation }
}
