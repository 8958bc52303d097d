//! Gold labels, ranked by how improbable a model finds them.

use crate::predictions::Scored;

/// A gold label, and how far a model that has not seen the page agrees with it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RankedLabel {
    /// The passage.
    pub row: usize,
    /// Its gold label, by number.
    pub gold: usize,
    /// The label that the model suggests; for one that is not doubted the likeliest other.
    pub suggested: usize,
    /// Probability of the gold label.
    pub probability: f64,
    /// Probability of the suggested label less that of the gold one.
    pub margin: f64,
    /// Whether the gold label is probably an error.
    pub doubted: bool,
}

/// All gold labels of a task, the likeliest error first. Those that are doubted lead, the largest margin
/// first: confident learning (Northcutt, Jiang and Chuang 2021) on cross-validated probabilities. The others
/// follow by the probability of the gold label, the least first.
///
/// A passage counts for label j if its probability of j reaches the mean probability of j among
/// the passages whose gold label is j. Its label is doubted if the most probable of the labels that
/// it counts for is not its gold label. Without probabilities nothing is ranked.
pub fn rank_labels(task: &Scored) -> Vec<RankedLabel> {
    let k = task.labels().len();
    let of = |case: usize| task.answers().probabilities_of(case).unwrap_or_default();
    if task.probabilities().is_none() || k < 2 {
        return Vec::new();
    }
    let threshold = |label: usize| {
        let cases = (0..task.len()).filter(|&case| task.gold()[case] == label);
        let own: Vec<f64> = cases.map(|case| of(case)[label]).collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    let thresholds: Vec<f64> = (0..k).map(threshold).collect();
    let ranked = |case: usize| {
        let (probabilities, gold) = (of(case), task.gold()[case]);
        let likeliest = |labels: &mut dyn Iterator<Item = usize>| {
            labels.max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]))
        };
        let reached = |label: &usize| probabilities[*label] >= thresholds[*label];
        let suggested = likeliest(&mut (0..k).filter(reached));
        let other = likeliest(&mut (0..k).filter(|&label| label != gold)).expect("two labels");
        let found = suggested.filter(|&label| probabilities[label] > probabilities[gold]);
        let suggested = found.unwrap_or(other);
        RankedLabel {
            row: task.rows()[case],
            gold,
            suggested,
            probability: probabilities[gold],
            margin: probabilities[suggested] - probabilities[gold],
            doubted: found.is_some(),
        }
    };
    let mut all: Vec<RankedLabel> = (0..task.len()).map(ranked).collect();
    all.sort_by(|a, b| {
        let within = match a.doubted {
            true => b.margin.total_cmp(&a.margin),
            false => a.probability.total_cmp(&b.probability),
        };
        b.doubted.cmp(&a.doubted).then(within).then(a.row.cmp(&b.row))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predictions::Answers;

    /// The doubted first, though a label that is not doubted is less probable than one that is.
    #[test]
    fn doubts_lead_and_the_others_follow_by_their_probability() {
        let first = [0.9, 0.8, 0.1, 0.45, 0.2, 0.3];
        let gold = [0, 0, 0, 0, 1, 1];
        let probabilities = first.iter().flat_map(|p| [*p, 1.0 - p]).collect();
        let best = first.iter().map(|p| Some(usize::from(*p < 0.5))).collect();
        let answers = Answers::new("t", ["a", "b"], best, (0..6).collect()).unwrap();
        let answers = answers.with_probabilities(probabilities).unwrap();
        let scored = Scored::new(answers, &gold.map(Some)).unwrap();
        let ranked = rank_labels(&scored);
        // Thresholds: a 0.5625, b 0.75. Row 2 counts for b alone; row 3 for none.
        let rows: Vec<(usize, bool)> = ranked.iter().map(|of| (of.row, of.doubted)).collect();
        assert_eq!(rows, [(2, true), (3, false), (5, false), (1, false), (4, false), (0, false)]);
        assert!((ranked[0].margin - 0.8).abs() < 1e-12 && ranked[0].suggested == 1);
        assert!((ranked[1].margin - 0.1).abs() < 1e-12);
    }
}
