//! How good are predictions? Confusion, metrics, intervals and splits, for anybody's labels: this
//! module knows neither texts nor models.

mod adjusted;
mod agreement;
mod bootstrap;
mod comparison;
mod confusion;
mod distribution;
mod drawn;
mod evaluation;
mod gate;
mod gate_file;
mod gate_verdict;
mod interval;
mod metrics;
mod page_mean;
mod random;
mod risk;
mod shares;
#[cfg(test)]
mod simulation;
mod split;

pub use adjusted::KnownErrors;
pub use agreement::{Agreement, Codings, Figure};
pub use bootstrap::Interval;
pub use comparison::{Comparison, Difference, Flip, McNemar, Verdict};
pub use confusion::Confusion;
pub use drawn::Drawn;
pub use evaluation::{BaselineFigures, CurvePoint, Evaluation, Rung, Slice, TaskEvaluation};
pub use gate::{Baseline, Bound, Gate, On, Rule};
pub use gate_verdict::{GateVerdict, Judgement, Outcome};
pub use interval::{Cases, Estimate, estimates};
pub use metrics::{Bin, Metric, Tally};
pub use page_mean::PageMean;
pub(crate) use random::shuffled;
pub(crate) use risk::risk;
pub use risk::{RiskCoverage, RiskPoint};
pub use shares::{Classified, Sample, Share, Shares};
pub use split::page_folds;
