//! Answering only where an error can be promised on pages not yet seen: thresholds by Learn then Test
//! (Angelopoulos et al. 2021), with pages as the unit.

use std::collections::BTreeMap;

use super::risk::{RiskEvidence, RiskPoint, bound, risk};
use crate::{
    predictions::Scored,
    sampling::{LEAST_PAGES_TO_JUDGE, PSEUDO_OF_BOUNDS, t_quantile_at},
};

/// Points kept of a curve of risk against coverage.
const POINTS: usize = 100;
/// The first threshold that is tested answers so many times `ln(1 / (1 - confidence)) / max_error` cases:
/// without an error a quarter of them would be enough if cases were independent.
const FIRST: f64 = 4.0;

/// Why no threshold keeps a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoThreshold {
    /// Of fewer than 8 pages, or without a wrong answer on all of them, nothing so strict could be
    /// promised.
    FewPages,
    /// The answers of which one is surest may be wrong more often than that.
    TooManyErrors,
}

named!(NoThreshold, "the reason":
    FewPages = "too few pages",
    TooManyErrors = "too many errors",
);

/// The thresholds after each hundredth of the cases, the most certain first, each with the evidence for
/// its error; the last is all cases. It is what a model keeps of predictions made on pages held out.
/// Empty without cases or probabilities.
///
/// ```
/// use standpoint::{evaluate::{answering, thresholds}, predictions::{Answers, Scored}};
/// // 60 pages of ten cases: at 0.9 all are right, at 0.6 a third is wrong.
/// let certain = |i: usize| i % 10 < 7;
/// let p = (0..600).flat_map(|i| if certain(i) { [0.9, 0.1] } else { [0.6, 0.4] }).collect();
/// let gold: Vec<_> = (0..600).map(|i| Some(usize::from(i % 10 == 9))).collect();
/// let answers = Answers::new("t", ["a", "b"], vec![Some(0); 600], (0..600).map(|i| i / 10).collect())?;
/// let points = thresholds(&Scored::new(answers.with_probabilities(p)?, &gold)?);
/// let point = answering(&points, 0.05, 0.95).unwrap();
/// assert_eq!((point.confidence, point.coverage, point.error), (0.9, 0.7, 0.0));
/// assert!(point.upper_bound(0.95).unwrap() < 0.05);
/// assert_eq!(answering(&points, 0.2, 0.95).unwrap().coverage, 1.0);
/// # Ok::<(), standpoint::Error>(())
/// ```
pub fn thresholds(scored: &Scored) -> Vec<RiskPoint> {
    let cases = scored.gold().iter().zip(scored.predicted()).zip(scored.pages()).enumerate();
    let of_case = |(case, ((gold, label), page)): (usize, ((&usize, &usize), &usize))| {
        Some((scored.answers().probability(case)?, gold == label, *page))
    };
    thresholds_of(cases.filter_map(of_case).collect())
}

/// The same of confidence, whether it was right, and page.
pub(crate) fn thresholds_of(mut answers: Vec<(f64, bool, usize)>) -> Vec<RiskPoint> {
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let pairs: Vec<(f64, bool)> = answers.iter().map(|&(p, right, _)| (p, right)).collect();
    let mut points = risk(&pairs, POINTS);
    let mut by_page: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
    let mut answered = 0;
    for point in &mut points {
        while answered < answers.len() && answers[answered].0 >= point.confidence {
            let (_, right, page) = answers[answered];
            let [cases, wrong] = by_page.entry(page).or_default();
            *cases += 1;
            *wrong += usize::from(!right);
            answered += 1;
        }
        point.evidence = Some(RiskEvidence::of(&by_page));
    }
    points
}

/// The lowest of some [`thresholds`] whose answers are wrong no more often than `max_error` on other pages
/// like these, with this confidence (0.5 to below 1). Thresholds are tested from a certain one down, until
/// one fails (fixed-sequence testing, by Learn then Test: Angelopoulos et al. 2021): so the chance that
/// any wrong one passes is that of the first wrong one. The first that is tested answers
/// `4 ln(1 / (1 - confidence)) / max_error` cases, on so many pages that without an error it would pass, or
/// all cases; the labels have no part in this.
///
/// Points without evidence, of models made before version 0.2, are taken at the error observed.
///
/// # Errors
/// Why there is none.
pub fn answering(
    points: &[RiskPoint],
    max_error: f64,
    confidence: f64,
) -> Result<RiskPoint, NoThreshold> {
    let last = points.last().ok_or(NoThreshold::FewPages)?;
    let Some(all) = last.evidence else {
        let within = points.iter().rev().find(|point| point.error <= max_error);
        return within.copied().ok_or(NoThreshold::TooManyErrors);
    };
    let cases = FIRST * libm::log(1.0 / (1.0 - confidence)) / max_error;
    let enough = |point: &&RiskPoint| {
        point.evidence.is_some_and(|of| {
            of.cases as f64 >= cases && least_bound(of.pages, confidence) <= max_error
        })
    };
    let first = points.iter().position(|point| enough(&point)).unwrap_or(points.len() - 1);
    let holds =
        |point: &&RiskPoint| point.upper_bound(confidence).is_some_and(|bound| bound <= max_error);
    points[first..].iter().take_while(holds).last().copied().ok_or_else(|| {
        if least_bound(all.pages, confidence) > max_error {
            NoThreshold::FewPages
        } else {
            NoThreshold::TooManyErrors
        }
    })
}

/// The bound of so many pages without a wrong answer; 1 of fewer than 8.
pub(crate) fn least_bound(pages: usize, confidence: f64) -> f64 {
    if pages < LEAST_PAGES_TO_JUDGE {
        return 1.0;
    }
    // Without an error the standard error is the pseudo-page's.
    let added = PSEUDO_OF_BOUNDS / pages as f64;
    let t = t_quantile_at(confidence, (pages - 1) as f64);
    bound(0.0, pages, added / (1.0 + added), t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pages of ten cases, of which the last so many are wrong on every page; the more certain, the better.
    fn points(pages: usize, wrong: usize) -> Vec<RiskPoint> {
        let case = |i: usize| ((99 - i % 10) as f64 / 100.0, i % 10 < 10 - wrong, i / 10);
        thresholds_of((0..10 * pages).map(case).collect())
    }

    #[test]
    fn what_is_promised_takes_pages() {
        assert_eq!(answering(&points(7, 0), 0.5, 0.95), Err(NoThreshold::FewPages));
        assert_eq!(answering(&points(12, 0), 0.05, 0.95), Err(NoThreshold::FewPages));
        assert_eq!(answering(&points(200, 10), 0.05, 0.95), Err(NoThreshold::TooManyErrors));
        assert_eq!(answering(&[], 0.5, 0.95), Err(NoThreshold::FewPages));
        let point = answering(&points(200, 3), 0.05, 0.95).unwrap();
        assert_eq!((point.coverage, point.error), (0.7, 0.0));
        // Without a wrong answer the bound is that of the pages alone.
        let bound = point.upper_bound(0.95).unwrap();
        assert!((bound - least_bound(200, 0.95)).abs() < 1e-5 && bound > 0.005, "{bound}");
        // Nothing is less surely promised than more surely.
        assert!(point.upper_bound(0.99).unwrap() > bound);
    }

    #[test]
    fn points_without_evidence_are_taken_as_they_were() {
        let mut points = points(12, 3);
        points.iter_mut().for_each(|point| point.evidence = None);
        assert_eq!(answering(&points, 0.2, 0.95).unwrap().coverage, 0.8);
        assert_eq!(points[0].upper_bound(0.95), None);
    }

    proptest! {
        /// What is answered was tested and passed, and so was all that is more certain, down from the
        /// first; each bound lies above what was observed.
        #[test]
        fn nothing_is_skipped(
            answers in proptest::collection::vec((0u8..50, any::<bool>(), 0usize..30), 1..400),
            max_error in 0.01f64..0.9,
        ) {
            let answers: Vec<_> = answers.into_iter().map(|(p, right, page)| (f64::from(p) / 50.0, right, page)).collect();
            let points = thresholds_of(answers.clone());
            for point in &points {
                let own: Vec<_> = answers.iter().filter(|a| a.0 >= point.confidence).collect();
                let pages: std::collections::BTreeSet<usize> = own.iter().map(|a| a.2).collect();
                let evidence = point.evidence.unwrap();
                prop_assert_eq!((evidence.cases, evidence.pages), (own.len(), pages.len()));
                prop_assert!(evidence.is_sound());
                let bound = point.upper_bound(0.95).unwrap();
                prop_assert!(point.error <= bound && bound <= 1.0);
            }
            let Ok(taken) = answering(&points, max_error, 0.95) else { return Ok(()) };
            prop_assert!(taken.upper_bound(0.95).unwrap() <= max_error);
            let next = points.iter().find(|point| point.coverage > taken.coverage);
            prop_assert!(next.is_none_or(|next| next.upper_bound(0.95).unwrap() > max_error));
        }
    }
}
