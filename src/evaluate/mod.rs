//! How good are predictions? Confusion, metrics, intervals and splits, for anybody's labels: this
//! module knows neither texts nor models.

mod agreement;
mod bootstrap;
mod confusion;
mod evaluation;
mod interval;
mod metrics;
mod random;
mod risk;
mod split;

pub use agreement::{Agreement, Codings, Figure};
pub use bootstrap::Interval;
pub use confusion::Confusion;
pub use evaluation::{CurvePoint, Evaluation, Slice, TaskEvaluation};
pub use interval::{Cases, Estimate, estimates};
pub use metrics::{Bin, Metric, Tally};
pub(crate) use random::shuffled;
pub(crate) use risk::risk;
pub use risk::{RiskCoverage, RiskPoint};
pub use split::page_folds;
