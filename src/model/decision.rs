//! From probabilities to a label, or to none.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    evaluate::{
        LEAST_PAGES_TO_JUDGE, Metric, NoThreshold, RiskEvidence, RiskPoint, Standing, Tally,
        TaskEvaluation, answering, thresholds_of,
    },
    logistic::argmax,
    predictions::{Answers, Scored},
};

/// The metric that the choice of labels serves. Probabilities do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Criterion {
    /// The share of passages labelled right: always the most probable label.
    Accuracy,
    /// Mean recall over the labels.
    BalancedAccuracy,
    /// Mean F1 over the labels. The default.
    #[default]
    MacroF1,
    /// Mean F1 of favor and against; as macro F1 for a task that has no such labels beside one that has.
    FAvg,
}

named!(Criterion, "the criterion":
    Accuracy = "accuracy",
    BalancedAccuracy = "balanced_accuracy",
    MacroF1 = "macro_f1",
    FAvg = "f_avg",
);

impl Criterion {
    fn metric(self, labels: &[String]) -> Metric {
        match self {
            Self::Accuracy => Metric::Accuracy,
            Self::BalancedAccuracy => Metric::BalancedAccuracy,
            Self::FAvg => Metric::f_avg(labels).unwrap_or(Metric::MacroF1),
            Self::MacroF1 => Metric::MacroF1,
        }
    }
}

/// How a second stage's probabilities become labels: logit adjustment (Menon et al. 2021). The
/// label is the one with the largest `ln p - tau * ln share`, share being the label's in training.
/// With tau 0 that is the most probable label; with 1 every label is found as well as any other,
/// however rare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The strength of the adjustment, 0 to 1.
    pub tau: f64,
    /// Error and coverage by confidence on pages held out, in ascending order of coverage:
    /// [`thresholds`](crate::evaluate::thresholds).
    pub risk: Vec<RiskPoint>,
    /// How far its labels could be relied on, on pages held out; nothing in models made before version 0.2,
    /// without held-out pages, and of very many labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// Counts of gold against predicted labels on all pages, at most, from which a standing is told.
const MOST_COUNTS: usize = 1 << 22;

impl Decision {
    /// The tau that serves the criterion best on predictions made out-of-fold, and the risk of what
    /// it then says. What serves best is the value to be expected by the probabilities: they are
    /// calibrated, and the few hundred gold labels of a small table would add their own chance. `shares`
    /// are the labels' in training; `probabilities` are cases * k; cases of one page are alike.
    pub(crate) fn learn(
        criterion: Criterion,
        labels: &[String],
        shares: &[f64],
        (gold, pages): (&[usize], &[usize]),
        probabilities: &[f64],
    ) -> Self {
        let metric = criterion.metric(labels);
        let value = |tau: f64| {
            let adjustment = adjustment(tau, shares);
            let mut tally = Tally::new(labels.len());
            for p in probabilities.chunks_exact(labels.len()) {
                tally.add_expected(p, decided(p, &adjustment));
            }
            metric.value(&tally).unwrap_or(f64::NEG_INFINITY)
        };
        // So few pages do not tell how common labels are elsewhere: then each is found as well as any other.
        let few = pages.iter().collect::<BTreeSet<_>>().len() < LEAST_PAGES_TO_JUDGE;
        let tau = if metric == Metric::Accuracy {
            0.0
        } else if few {
            1.0
        } else {
            let grid: Vec<f64> = (0..=20).map(|step| f64::from(step) / 20.0).collect();
            let values: Vec<f64> = grid.iter().map(|&tau| value(tau)).collect();
            grid[argmax(&smoothed(&values))]
        };
        let adjustment = adjustment(tau, shares);
        let answer = |((&gold, &page), p): ((&usize, &usize), &[f64])| {
            let label = decided(p, &adjustment);
            (p[label], label == gold, page)
        };
        let cases = gold.iter().zip(pages).zip(probabilities.chunks_exact(labels.len()));
        Self { tau, risk: thresholds_of(cases.map(answer).collect()), standing: None }
    }

    /// The same with how far its labels can be relied on, by those cases.
    pub(crate) fn with_standing(
        self,
        labels: &[String],
        shares: &[f64],
        (gold, pages): (&[usize], &[usize]),
        probabilities: &[f64],
    ) -> Self {
        // Of a task whose counts by page would take much memory nothing is said.
        let pages_with_cases = pages.iter().collect::<BTreeSet<_>>().len();
        if labels.len().pow(2).saturating_mul(pages_with_cases) > MOST_COUNTS {
            return self;
        }
        let adjustment = self.adjustment(shares);
        let label = |p: &[f64]| Some(decided(p, &adjustment));
        let given = probabilities.chunks_exact(labels.len()).map(label).collect();
        let gold: Vec<Option<usize>> = gold.iter().copied().map(Some).collect();
        let scored = Answers::new("", labels.to_vec(), given, pages.to_vec())
            .and_then(|answers| Scored::new(answers, &gold));
        let standing = scored.ok().map(|scored| TaskEvaluation::of(&scored).verdict().standing);
        Self { standing, ..self }
    }

    /// What is added to each label's score: `-tau * ln share`.
    pub(crate) fn adjustment(&self, shares: &[f64]) -> Vec<f64> {
        adjustment(self.tau, shares)
    }

    /// Whether every number is in its range.
    pub(crate) fn is_sound(&self) -> bool {
        let shares = self.risk.iter().flat_map(|p| [p.confidence, p.coverage, p.error]);
        let evidence = || self.risk.iter().filter_map(|point| point.evidence.as_ref());
        shares.chain([self.tau]).all(|share| (0.0..=1.0).contains(&share))
            && self.risk.is_sorted_by(|a, b| a.coverage < b.coverage)
            && evidence().all(RiskEvidence::is_sound)
            && [0, self.risk.len()].contains(&evidence().count())
    }

    /// Whether its errors were counted in such a way that they can be bounded: not in models made before
    /// version 0.2.
    pub fn has_bounds(&self) -> bool {
        self.risk.last().is_some_and(|point| point.evidence.is_some())
    }

    /// The point at which most passages are answered with an error of at most `max_error` on other pages
    /// like those of training, with this confidence (0.5 to below 1), by
    /// [`answering`](crate::evaluate::answering); of a model made before version 0.2 by the error
    /// observed.
    ///
    /// # Errors
    /// Why there is none.
    pub fn answering(&self, max_error: f64, confidence: f64) -> Result<RiskPoint, NoThreshold> {
        answering(&self.risk, max_error, confidence)
    }
}

/// The mean of each value and its neighbours: what a metric gains at one tau alone is chance.
fn smoothed(values: &[f64]) -> Vec<f64> {
    let mean = |i: usize| {
        let near = &values[i.saturating_sub(2)..(i + 3).min(values.len())];
        near.iter().sum::<f64>() / near.len() as f64
    };
    (0..values.len()).map(mean).collect()
}

fn adjustment(tau: f64, shares: &[f64]) -> Vec<f64> {
    shares.iter().map(|&share| -tau * libm::log(share)).collect()
}

/// The label of a passage with these probabilities.
pub(crate) fn decided(probabilities: &[f64], adjustment: &[f64]) -> usize {
    let adjusted =
        |label: usize| libm::log(probabilities[label].max(f64::MIN_POSITIVE)) + adjustment[label];
    let mut best = (0, adjusted(0));
    for label in 1..probabilities.len() {
        let adjusted = adjusted(label);
        if adjusted > best.1 {
            best = (label, adjusted);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_adjustment_finds_the_rare_label_and_none_the_frequent() {
        let shares = [0.9, 0.1];
        assert_eq!(decided(&[0.8, 0.2], &adjustment(0.0, &shares)), 0);
        assert_eq!(decided(&[0.8, 0.2], &adjustment(1.0, &shares)), 1);
        assert_eq!(decided(&[0.95, 0.05], &adjustment(1.0, &shares)), 0);
    }

    /// Where every probability is as it says, what is expected is what a large sample would give:
    /// the tau that serves macro F1 best lies below the one that serves mean recall best, which is
    /// 1 (every label then has its own threshold at its share).
    #[test]
    fn tau_is_what_calibrated_probabilities_ask_for() {
        let labels = ["a", "b"].map(str::to_owned);
        let p: Vec<f64> = (0..1000)
            .flat_map(|i| {
                let rare = (f64::from(i) / 1000.0).powi(4);
                [1.0 - rare, rare]
            })
            .collect();
        let share = p.iter().skip(1).step_by(2).sum::<f64>() / 1000.0;
        let learn = |criterion, n_pages: usize| {
            let gold = vec![0; 1000];
            let pages: Vec<usize> = (0..1000).map(|i| i % n_pages).collect();
            Decision::learn(criterion, &labels, &[1.0 - share, share], (&gold, &pages), &p).tau
        };
        assert_eq!(learn(Criterion::Accuracy, 100), 0.0);
        assert!(learn(Criterion::BalancedAccuracy, 100) >= 0.9);
        let tau = learn(Criterion::MacroF1, 100);
        assert!(tau > 0.1 && tau < 0.8, "{tau}");
        // Seven pages do not tell the labels' shares.
        assert_eq!((learn(Criterion::MacroF1, 7), learn(Criterion::Accuracy, 7)), (1.0, 0.0));
    }
}
