//! Logistic regression: sparse base classifiers by our own solver, the dense second stage by linfa's, or tied.

mod dense;
mod fitted;
mod objective;
mod solver;
mod tied;

pub use crate::matrix::SparseRows;
pub use dense::{DenseFit, DenseLogistic};
pub(crate) use dense::{ENOUGH_FOR_A_RACE, held_out};
pub use fitted::{
    ClassWeights, FittedLogisticRegression, LogisticRegression, ValidLogisticRegression,
};
pub(crate) use objective::softmax;
pub use solver::{Convergence, Stop};
pub(crate) use tied::{Grouped, TiedLogistic};

/// The first index of the largest value.
pub(crate) fn argmax(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}
