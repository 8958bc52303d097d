//! Logistic regression: sparse base classifiers by our own solver, the dense second stage by linfa's.

mod dense;
mod fitted;
mod objective;
mod solver;

pub use crate::matrix::SparseRows;
pub(crate) use dense::HeldOut;
pub use dense::{DenseFit, DenseLogistic};
pub use fitted::{
    ClassWeights, FittedLogisticRegression, LogisticRegression, ValidLogisticRegression,
};
pub(crate) use objective::softmax;
pub use solver::{Convergence, Stop};

/// The first index of the largest value.
pub(crate) fn argmax(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}
