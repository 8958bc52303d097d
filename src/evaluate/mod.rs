//! Metrics, intervals, comparison and agreement, for anybody's labels.

mod agreement;
mod codings;
mod comparison;
mod confusion;
mod estimate;
mod evaluation;
mod json;
mod metrics;
mod risk;
mod standing;
mod stored;

pub use crate::sampling::{Interval, Undefined, page_folds};
pub use agreement::{Agreement, Coefficient, PairKappa};
pub use codings::{Coders, Codings, Disagreement};
pub(crate) use comparison::{Answered, LEAST_PAGES_TO_JUDGE};
pub use comparison::{Comparison, ComparisonSettings, Difference, Flip, McNemar, Verdict};
pub use confusion::Confusion;
pub use estimate::{Estimate, estimates};
pub use evaluation::{
    BaselineResult, CurvePoint, Evaluation, Slice, SplitResult, SplitTask, TaskEvaluation,
};
pub(crate) use json::{Object, SCHEMA};
pub use metrics::{Bin, Metric, Tally};
pub(crate) use risk::risk;
pub use risk::{RiskCoverage, RiskPoint};
pub use standing::{MoreLabels, Standing, TaskVerdict};
pub use stored::StoredEvaluation;
