//! Studies of a way of training: cross-validation, search, baselines.

mod baselines;
mod cross_validation;
mod search;

pub use baselines::Baseline;
pub use cross_validation::{
    CrossValidation, Split, TaskCrossValidation, cross_validate, cross_validate_splits,
    learning_curve,
};
pub use search::{Search, search};
