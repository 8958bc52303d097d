//! Selective prediction: error against coverage, when only the most certain cases are answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    predictions::Scored,
    sampling::{Jackknife, LEAST_PAGES_TO_JUDGE, PSEUDO_OF_BOUNDS, t_quantile_at},
};

/// Coverage and error when only cases of at least `confidence` are answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RiskPoint {
    /// The least probability of the chosen label.
    pub confidence: f64,
    /// Share of passages answered.
    pub coverage: f64,
    /// Share of wrong labels among them.
    pub error: f64,
    /// From what the error on other pages is bounded; nothing in models made before version 0.2, and in
    /// an evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<RiskEvidence>,
}

/// What the error of a threshold's answers was measured on, from which an upper bound of the error on
/// other pages follows ([`RiskPoint::upper_bound`]). In a model file it is the list of its four numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(usize, usize, f64, f64)", into = "(usize, usize, f64, f64)")]
#[non_exhaustive]
pub struct RiskEvidence {
    /// Cases answered.
    pub cases: usize,
    /// Pages on which these lie; pages that share near-duplicates are one.
    pub pages: usize,
    /// Standard error of the error, by the jackknife over pages, with a pseudo-page of errors.
    pub standard_error: f64,
    /// Its degrees of freedom, from 1 to pages - 1.
    pub degrees_of_freedom: f64,
}

impl From<(usize, usize, f64, f64)> for RiskEvidence {
    fn from((cases, pages, standard_error, degrees_of_freedom): (usize, usize, f64, f64)) -> Self {
        Self { cases, pages, standard_error, degrees_of_freedom }
    }
}

impl From<RiskEvidence> for (usize, usize, f64, f64) {
    fn from(of: RiskEvidence) -> Self {
        (of.cases, of.pages, of.standard_error, of.degrees_of_freedom)
    }
}

impl RiskEvidence {
    /// Of pages' cases answered, and wrong.
    pub(super) fn of(by_page: &BTreeMap<usize, [usize; 2]>) -> Self {
        let sum = |part: usize| by_page.values().map(|page| page[part]).sum::<usize>();
        let (pages, cases, wrong) = (by_page.len(), sum(0), sum(1));
        if pages < 2 {
            return Self { cases, pages, standard_error: 1.0, degrees_of_freedom: 1.0 };
        }
        let added = PSEUDO_OF_BOUNDS * cases as f64 / pages as f64;
        let share = |wrong: usize, cases: usize| (wrong as f64 + added) / (cases as f64 + added);
        let without = by_page.values().map(|page| share(wrong - page[1], cases - page[0]));
        let jackknife = Jackknife { whole: share(wrong, cases), without_page: without.collect() };
        // Rounded to the careful side: a model file has hundreds of them.
        let (error, dof) = jackknife.spread(wrong as f64 / cases as f64);
        let standard_error = (error * 1e6).ceil() / 1e6;
        let degrees_of_freedom = ((dof * 1e2).floor() / 1e2).max(1.0);
        Self { cases, pages, standard_error, degrees_of_freedom }
    }

    /// Whether its numbers are in their ranges.
    pub(crate) fn is_sound(&self) -> bool {
        (1..=self.cases).contains(&self.pages)
            && (0.0..=1e6).contains(&self.standard_error)
            && (1.0..=(self.pages.max(2) - 1) as f64).contains(&self.degrees_of_freedom)
    }
}

/// An error of `error` with a pseudo-page of errors, on the scale of its logit so many standard errors up.
pub(super) fn bound(error: f64, pages: usize, standard_error: f64, t: f64) -> f64 {
    let added = PSEUDO_OF_BOUNDS / pages as f64;
    let whole = (error + added) / (1.0 + added);
    if whole >= 1.0 {
        return 1.0;
    }
    let odds = whole / (1.0 - whole) * libm::exp(t * standard_error / (whole * (1.0 - whole)));
    (1.0 - 1.0 / (1.0 + odds)).max(error)
}

impl RiskPoint {
    /// An upper bound of the share of wrong labels among its answers on other pages like those that it was
    /// measured on, which holds with this confidence (0.5 to below 1): one-sided, by the jackknife over
    /// pages with Student's t on the logit scale, a part of a page of errors being added as for the
    /// intervals of [`estimates`](super::estimates). 1 with fewer than 8 pages; nothing without
    /// evidence.
    pub fn upper_bound(&self, confidence: f64) -> Option<f64> {
        let RiskEvidence { pages, standard_error, degrees_of_freedom, .. } = self.evidence?;
        if pages < LEAST_PAGES_TO_JUDGE {
            return Some(1.0);
        }
        let t = t_quantile_at(confidence, degrees_of_freedom);
        Some(bound(self.error, pages, standard_error, t))
    }
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
pub(super) fn risk(answers: &[(f64, bool)], parts: usize) -> Vec<RiskPoint> {
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
                evidence: None,
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
