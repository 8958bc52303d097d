//! Label errors: gold labels that a model finds improbable.

use crate::predictions::Scored;

/// A gold label that is probably wrong, by a model that has not seen the page.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LabelError {
    /// The passage.
    pub row: usize,
    /// Its gold label, by number.
    pub gold: usize,
    /// The label that the model suggests.
    pub suggested: usize,
    /// Probability of the suggested label less that of the gold one; the larger, the more likely the
    /// error.
    pub margin: f64,
}

/// The probable label errors of a task, the most likely first: confident learning (Northcutt, Jiang
/// and Chuang 2021) on cross-validated probabilities.
///
/// A passage counts for label j if its probability of j reaches the mean probability of j among
/// the passages whose gold label is j. Its label is an error if the most probable of the labels that
/// it counts for is not its gold label.
pub fn label_errors(task: &Scored) -> Vec<LabelError> {
    let k = task.labels().len();
    let of = |case: usize| task.answers().probabilities_of(case).unwrap_or_default();
    if task.probabilities().is_none() {
        return Vec::new();
    }
    let threshold = |label: usize| {
        let cases = (0..task.len()).filter(|&case| task.gold()[case] == label);
        let own: Vec<f64> = cases.map(|case| of(case)[label]).collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    let thresholds: Vec<f64> = (0..k).map(threshold).collect();
    let error = |case: usize| {
        let probabilities = of(case);
        let counts_for = (0..k).filter(|&label| probabilities[label] >= thresholds[label]);
        let suggested =
            counts_for.max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]))?;
        let gold = task.gold()[case];
        let margin = probabilities[suggested] - probabilities[gold];
        let row = task.rows()[case];
        (suggested != gold && margin > 0.0).then_some(LabelError { row, gold, suggested, margin })
    };
    let mut errors: Vec<LabelError> = (0..task.len()).filter_map(error).collect();
    errors.sort_by(|a, b| b.margin.total_cmp(&a.margin).then(a.row.cmp(&b.row)));
    errors
}
