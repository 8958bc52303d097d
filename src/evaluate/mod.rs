//! Metrics, intervals, comparison and agreement, for anybody's labels.

mod agreement;
mod calibration;
mod codings;
mod comparison;
mod confusion;
mod estimate;
mod evaluation;
mod json;
mod metrics;
mod object;
mod promise;
mod risk;
mod standing;
mod stored;

pub(crate) use crate::sampling::LEAST_PAGES_TO_JUDGE;
pub use crate::sampling::{Interval, Undefined, page_folds};
pub use agreement::{Agreement, Coefficient, PairKappa};
pub use calibration::Bin;
pub use codings::{Coders, Codings, Disagreement};
pub(crate) use comparison::Answered;
pub use comparison::{Comparison, ComparisonSettings, Difference, Flip, McNemar, Verdict};
pub use confusion::Confusion;
pub use estimate::{Estimate, estimates};
pub use evaluation::{
    BaselineResult, CurvePoint, Evaluation, Slice, SplitResult, SplitTask, TaskEvaluation,
};
pub(crate) use json::SCHEMA;
pub(crate) use metrics::labels_without_probability;
pub use metrics::{Metric, Tally};
pub(crate) use object::Object;
pub use promise::{NoThreshold, answering, thresholds};
pub(crate) use promise::{least_bound, thresholds_of};
pub use risk::{RiskCoverage, RiskEvidence, RiskPoint};
pub use standing::{MoreLabels, Standing, TaskVerdict};
pub use stored::StoredEvaluation;
