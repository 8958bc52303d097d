//! Random numbers, folds that keep a page together, and the bootstrap over pages.

mod bootstrap;
mod distribution;
mod folds;
mod random;

/// Bootstrap resamples of an interval.
pub(crate) const RESAMPLES: usize = 1000;

pub use bootstrap::Interval;
pub(crate) use bootstrap::{LEAST_CASES, interval, resample};
pub(crate) use distribution::{Z, fair_coins, t_quantile};
pub use folds::page_folds;
#[cfg(test)]
pub(crate) use random::Random;
pub(crate) use random::shuffled;
