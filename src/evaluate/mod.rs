//! Metrics, intervals, comparison and agreement for anybody's labels: this module knows neither
//! texts nor models.

mod agreement;
mod comparison;
mod confusion;
mod evaluation;
mod interval;
mod metrics;
mod risk;

pub use agreement::{Agreement, Codings, Figure};
pub use comparison::{Comparison, Difference, Flip, McNemar, Verdict};
pub use confusion::Confusion;
pub(crate) use evaluation::SCHEMA;
pub use evaluation::{BaselineFigures, CurvePoint, Evaluation, Rung, Slice, TaskEvaluation};
pub use interval::{Cases, Estimate, estimates};
pub use metrics::{Bin, Metric, Tally};
pub(crate) use risk::risk;
pub use risk::{RiskCoverage, RiskPoint};
