//! Random numbers, folds that keep a page together, the jackknife over pages, and its intervals.

mod distribution;
mod folds;
mod interval;
mod jackknife;
mod random;
mod undefined;

pub(crate) use distribution::{Z, fair_coins, t_quantile, t_quantile_at};
pub use folds::page_folds;
pub use interval::Interval;
pub(crate) use interval::{
    LEAST_CASES, LEAST_PAGES, LEAST_PAGES_TO_JUDGE, Measured, ends, shown_as_measured,
};
pub(crate) use jackknife::{
    Jackknife, PSEUDO, PSEUDO_OF_BOUNDS, PSEUDO_OF_SHARES, Scale, stratified_degrees_of_freedom,
};
pub(crate) use random::{Random, shuffled};
pub use undefined::Undefined;
