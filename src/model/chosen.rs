//! What held-out pages chose.

/// A penalty chosen by cross-validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The penalty chosen: of a base classifier 1, unless another loses less by more than a standard error; of
    /// a second stage that of the least loss, of equal ones the largest, and 0 where it has no weights of its
    /// own for each label.
    pub value: f64,
    /// The penalties tried in all folds, in descending order, each with the mean loss of the passages held out
    /// (natural logarithm; for base classifiers once their scores are calibrated).
    pub tried: Vec<(f64, f64)>,
}

impl Chosen {
    pub(super) fn among(tried: Vec<(f64, f64)>) -> Self {
        let best = tried.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        Self { value: best.map_or(f64::NAN, |best| best.0), tried }
    }
}
