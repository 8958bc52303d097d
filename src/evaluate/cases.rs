//! Gold and predicted labels of one task.

/// One task's cases: label numbers, probabilities if there are any, and the page of each.
#[derive(Debug, Clone, Copy)]
pub struct Cases<'a> {
    /// Gold label of each case, below the number of labels k.
    pub gold: &'a [usize],
    /// Predicted label of each case.
    pub predicted: &'a [usize],
    /// Probabilities, cases * k, or nothing.
    pub probabilities: Option<&'a [f64]>,
    /// Page of each case, numbered from 0.
    pub pages: &'a [usize],
}
