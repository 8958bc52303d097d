//! Selective prediction: error against coverage, when only the most certain cases are answered.

use serde::{Deserialize, Serialize};

use crate::predictions::Scored;

/// Coverage and error when only cases of at least `confidence` are answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskPoint {
    /// The least probability of the chosen label.
    pub confidence: f64,
    /// Share of passages answered.
    pub coverage: f64,
    /// Share of wrong labels among them.
    pub error: f64,
}

/// Error against coverage (Geifman and El-Yaniv 2017): if only the cases were answered whose
/// predicted label is most probable, how many of them would be wrong?
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RiskCoverage {
    /// The area under the curve: the mean, over the n cases in descending order of probability, of
    /// the error among those answered down to it. 0 is best; an order that tells nothing gives the
    /// error of all.
    pub aurc: f64,
    /// For every tenth of the cases the first point that covers it, in ascending order of coverage;
    /// the last is all of them. Cases of one probability are never parted.
    pub points: Vec<RiskPoint>,
}

impl RiskCoverage {
    /// Of cases with probabilities; nothing without, or without cases.
    ///
    /// ```
    /// use standpoint::{evaluate::RiskCoverage, predictions::{Answers, Scored}};
    /// // Right at 0.9 and 0.8, wrong at 0.6: errors 0, 0, 1/3.
    /// let answers = Answers::new("t", ["a", "b"], vec![Some(0), Some(1), Some(0)], vec![0, 1, 2])?
    ///     .with_probabilities(vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4])?;
    /// let scored = Scored::new(answers, &[Some(0), Some(1), Some(1)])?;
    /// let risk = RiskCoverage::of(&scored).unwrap();
    /// assert!((risk.aurc - 1.0 / 9.0).abs() < 1e-12);
    /// assert_eq!((risk.points[1].confidence, risk.points[1].error), (0.8, 0.0));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn of(scored: &Scored) -> Option<Self> {
        let n = scored.len();
        let right = scored.gold().iter().zip(scored.predicted()).map(|(gold, label)| gold == label);
        let answer = |(case, right)| Some((scored.answers().probability(case)?, right));
        let mut answers: Vec<(f64, bool)> = right.enumerate().filter_map(answer).collect();
        if answers.is_empty() {
            return None;
        }
        answers.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Cases of one probability all get the error at their end: their order means nothing.
        let all = risk(&answers, n);
        let steps = all.iter().scan(0.0, |before, point| {
            Some((point.coverage - std::mem::replace(before, point.coverage)) * point.error)
        });
        let aurc = steps.sum();
        let mut points: Vec<RiskPoint> = (1..=10)
            .filter_map(|tenth| all.iter().find(|p| p.coverage * 10.0 >= f64::from(tenth) - 1e-9))
            .copied()
            .collect();
        points.dedup();
        Some(Self { aurc, points })
    }
}

/// Error and coverage after so many equal parts of the answers, the most confident first. Answers of
/// equal confidence are never parted: a part that ends between them gives no point.
pub(crate) fn risk(answers: &[(f64, bool)], parts: usize) -> Vec<RiskPoint> {
    let n = answers.len();
    let mut points: Vec<RiskPoint> = Vec::new();
    let mut wrong = 0usize;
    for (i, &(confidence, right)) in answers.iter().enumerate() {
        wrong += usize::from(!right);
        let answered = i + 1;
        let parted = answers.get(answered).is_some_and(|next| next.0 == confidence);
        let due = answered == n || answered * parts / n > i * parts / n;
        if due && !parted {
            points.push(RiskPoint {
                confidence,
                coverage: answered as f64 / n as f64,
                error: wrong as f64 / answered as f64,
            });
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predictions::Answers;
    use proptest::prelude::*;

    proptest! {
        /// The last point is everything, and the error at each is that of the answers at least as
        /// confident, whatever the number of parts.
        #[test]
        fn the_risk_is_what_counting_gives(
            answers in proptest::collection::vec((0u8..20, any::<bool>()), 1..300),
            parts in 1usize..120,
        ) {
            let mut answers: Vec<(f64, bool)> =
                answers.into_iter().map(|(c, right)| (f64::from(c) / 20.0, right)).collect();
            answers.sort_by(|a, b| b.0.total_cmp(&a.0));
            let points = risk(&answers, parts);
            prop_assert!(points.len() <= parts + 1);
            prop_assert_eq!(points.last().unwrap().coverage, 1.0);
            for point in &points {
                let answered: Vec<_> = answers.iter().filter(|a| a.0 >= point.confidence).collect();
                let wrong = answered.iter().filter(|a| !a.1).count();
                prop_assert_eq!(point.coverage, answered.len() as f64 / answers.len() as f64);
                prop_assert_eq!(point.error, wrong as f64 / answered.len() as f64);
            }
        }
    }

    /// The order of cases that are equally probable, which is the file's, does not show.
    #[test]
    fn ties_have_no_order() {
        let of = |gold: [usize; 4]| {
            let answers = Answers::new("t", ["a", "b"], vec![Some(0); 4], vec![0; 4]).unwrap();
            let answers = answers.with_probabilities([0.7, 0.3].repeat(4)).unwrap();
            RiskCoverage::of(&Scored::new(answers, &gold.map(Some)).unwrap()).unwrap()
        };
        assert_eq!(of([0, 0, 1, 1]), of([1, 1, 0, 0]));
        assert_eq!(of([0, 0, 1, 1]).aurc, 0.5);
    }
}
