//! Random numbers, folds that keep a page together, the bootstrap over pages, and its intervals.

mod bootstrap;
mod distribution;
mod folds;
mod interval;
mod random;
mod undefined;

pub use bootstrap::Resampling;
pub(crate) use bootstrap::resample;
pub(crate) use distribution::{Z, fair_coins, t_quantile};
pub use folds::page_folds;
pub use interval::Interval;
pub(crate) use interval::{LEAST_CASES, Measured, ends, shown_as_measured};
#[cfg(test)]
pub(crate) use random::Random;
pub(crate) use random::shuffled;
pub use undefined::Undefined;
