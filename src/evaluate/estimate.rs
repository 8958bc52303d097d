//! Metrics of one task, with intervals over pages.

use std::fmt;

use serde::Serialize;

use super::metrics::{Metric, Tally, Uses};
use crate::{
    predictions::Scored,
    sampling::{Interval, Jackknife, Measured, PSEUDO, Undefined, ends},
};

/// A metric's value with its interval. Shown as `0.713 (0.681-0.744)`, with the reason in place of
/// what is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The metric.
    #[serde(skip)]
    pub metric: Metric,
    /// Its value on all cases.
    pub value: Option<f64>,
    /// Its 95 % interval.
    #[serde(flatten, serialize_with = "ends")]
    pub interval: Option<Interval>,
    /// For the calibration error, in the place of an interval: what calibrated probabilities would show at
    /// most on pages like these, 95 times in 100. What is above it is not calibrated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_calibrated: Option<f64>,
    /// Cases that it is computed from, by [`Metric::cases`].
    pub n: usize,
    /// Pages on which these cases lie.
    pub n_pages: usize,
    /// Why there is no value; where there is one, why it has no interval.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub why: Option<Undefined>,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, interval, why, .. } = *self;
        match (value, self.if_calibrated) {
            (Some(value), Some(most)) => {
                f.pad(&format!("{value:.3} (calibrated: up to {most:.3})"))
            }
            _ => Measured { value, interval, why }.show(f),
        }
    }
}

/// Every metric of a task with its 95 % interval, which is made for few pages: the delete-one
/// jackknife over pages (Tukey 1958), with Student's t, its degrees of freedom by the kurtosis of the
/// pages' influences (Satterthwaite 1946; O'Neill 2014), on the scale of the metric's logit (for the
/// log loss of its logarithm). For each end part of a page is added, on which all is right or all
/// is wrong, so that what was never wrong, or always as often, has a width all the same. Passages of
/// one page are alike; an interval over passages would be too narrow.
///
/// Fewer than 5 pages, or 30 cases, give no interval.
///
/// ```
/// use standpoint::{evaluate::{Metric, estimates}, predictions::{Answers, Scored}};
/// let gold: Vec<_> = (0..100).map(|i| Some(i % 2)).collect();
/// let predicted = (0..100).map(|i| Some(if i % 10 == 0 { 1 } else { i % 2 })).collect();
/// let pages = (0..100).map(|i| i / 5).collect();
/// let answers = Answers::new("t", ["no", "yes"], predicted, pages)?;
/// let accuracy = &estimates(&Scored::new(answers, &gold)?)[0];
/// assert_eq!((accuracy.metric, accuracy.value), (Metric::Accuracy, Some(0.9)));
/// let interval = accuracy.interval.unwrap();
/// assert!(interval.lo < 0.9 && 0.9 < interval.hi && accuracy.n_pages == 20);
/// assert!(accuracy.to_string().starts_with("0.900 (0.8"));
/// # Ok::<(), standpoint::Error>(())
/// ```
pub fn estimates(scored: &Scored) -> Vec<Estimate> {
    let (labels, k) = (scored.labels(), scored.labels().len());
    let by_page = Tally::by_page(scored);
    let whole = Tally::sum(k, by_page.iter());
    let parts: Vec<Tally> = by_page.iter().map(Tally::in_parts).collect();
    // All pages and a pseudo-page, and the same without each page.
    let both = Uses::on(&by_page).pseudo_pages(PSEUDO).map(|added| {
        let all = Tally::sum(k, parts.iter().chain([&added]));
        let without: Vec<Tally> = parts.iter().map(|page| all.less(page)).collect();
        (all, without)
    });

    let estimate = |metric: Metric| {
        let n = metric.cases(&whole);
        let own: Vec<usize> =
            (0..by_page.len()).filter(|&page| metric.cases(&by_page[page]) > 0).collect();
        let interval = |value: f64| {
            if metric == Metric::Ece {
                return Ok(Interval { lo: 0.0, hi: Tally::if_calibrated(&by_page) });
            }
            if k < 2 && metric != Metric::Coverage {
                return Err(Undefined::OneLabelOnly);
            }
            let of = |tally: &Tally| metric.value(tally);
            let jackknife = |(all, without): &(Tally, Vec<Tally>)| {
                let without = own.iter().map(|&page| of(&without[page]));
                Ok(Jackknife { whole: of(all)?, without_page: without.collect::<Result<_, _>>()? })
            };
            let [right, wrong] = both.each_ref().map(jackknife);
            Ok(Jackknife::interval(value, [right?, wrong?], metric.scale()))
        };
        let Measured { value, interval, why } =
            Measured::new(metric.value(&whole), n, own.len(), interval);
        let (interval, band) = match metric {
            Metric::Ece => (None, interval),
            _ => (interval, None),
        };
        let if_calibrated = band.map(|band| band.hi);
        Estimate { metric, value, interval, if_calibrated, n, n_pages: own.len(), why }
    };
    Metric::all(labels).into_iter().map(estimate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{predictions::Answers, sampling::Random};

    /// Pages are drawn with their own accuracy: the interval must cover the true mean about as
    /// often as it says.
    #[test]
    fn intervals_cover_the_truth_about_95_times_in_100() {
        let mut random = Random::new(7);
        let mut covered = 0;
        for _ in 0..300 {
            let (mut gold, mut predicted, mut pages) = (Vec::new(), Vec::new(), Vec::new());
            for page in 0..60 {
                // A page's cases are right with 0.5 or with 0.9: 0.7 on the whole.
                let good = random.below(2) == 0;
                for _ in 0..8 {
                    let right = random.below(10) < if good { 9 } else { 5 };
                    let label = random.below(2);
                    gold.push(Some(label));
                    predicted.push(Some(label ^ usize::from(!right)));
                    pages.push(page);
                }
            }
            let answers = Answers::new("t", ["a", "b"], predicted, pages).unwrap();
            let scored = Scored::new(answers, &gold).unwrap();
            let Interval { lo, hi } = estimates(&scored)[0].interval.unwrap();
            covered += u32::from(lo <= 0.7 && 0.7 <= hi);
        }
        assert!((273..=297).contains(&covered), "{covered} of 300");
    }

    #[test]
    fn few_cases_or_pages_give_no_interval() {
        let accuracy = |pages: &[usize], n: usize| {
            let answers = Answers::new("t", ["a", "b"], vec![Some(0); n], pages[..n].to_vec());
            let scored = Scored::new(answers.unwrap(), &vec![Some(0); n]).unwrap();
            let accuracy = &estimates(&scored)[0];
            (accuracy.interval, accuracy.why)
        };
        let five: Vec<usize> = (0..40).map(|i| i % 5).collect();
        let (interval, why) = accuracy(&five, 40);
        // Where nothing was wrong, something may be elsewhere.
        let Interval { lo, hi } = interval.unwrap();
        assert!((0.5..0.9).contains(&lo) && hi == 1.0 && why.is_none(), "{lo} {hi}");
        assert_eq!(accuracy(&five, 20), (None, Some(Undefined::FewCases)));
        let four: Vec<usize> = (0..40).map(|i| i % 4).collect();
        assert_eq!(accuracy(&four, 40), (None, Some(Undefined::FewPages)));
    }

    /// Without the only page of a label its F1 still has its part in the macro F1.
    #[test]
    fn a_page_left_out_takes_no_label_with_it() {
        let gold: Vec<_> = (0..60).map(|i| Some(if i < 6 { 2 } else { i % 2 })).collect();
        let pages: Vec<usize> = (0..60).map(|i| i / 6).collect();
        let answers = Answers::new("t", ["a", "b", "c"], gold.clone(), pages).unwrap();
        let by_page = Tally::by_page(&Scored::new(answers, &gold).unwrap());
        let parts: Vec<Tally> = by_page.iter().map(Tally::in_parts).collect();
        let [right, wrong] = Uses::on(&by_page).pseudo_pages(PSEUDO);
        for (added, of_label) in [(right, 1.0), (wrong, 0.0)] {
            let all = Tally::sum(3, parts.iter().chain([&added]));
            let without = all.less(&parts[0]);
            assert_eq!(Metric::F1(2).value(&without), Ok(of_label));
            let mean: f64 = (0..3).map(|label| Metric::F1(label).value(&without).unwrap()).sum();
            assert!((Metric::MacroF1.value(&without).unwrap() - mean / 3.0).abs() < 1e-12);
        }
    }

    /// All pages alike, and none certain.
    #[test]
    fn constant_results_have_a_width() {
        let gold: Vec<_> = (0..60).map(|i| Some(i % 2)).collect();
        let pages: Vec<usize> = (0..60).map(|i| i / 6).collect();
        let predicted = (0..60).map(|i| Some(if i % 6 < 3 { i % 2 } else { 0 })).collect();
        let answers = Answers::new("t", ["a", "b"], predicted, pages).unwrap();
        let answers = answers.with_probabilities(vec![0.5; 120]).unwrap();
        let estimates = estimates(&Scored::new(answers, &gold).unwrap());
        let has_interval = |estimate: &&Estimate| {
            estimate.n >= 30 && ![Metric::Ece, Metric::CalibrationSlope].contains(&estimate.metric)
        };
        for estimate in estimates.iter().filter(has_interval) {
            let Interval { lo, hi } = estimate.interval.unwrap();
            assert!(hi - lo > 0.02, "{estimate:?}");
        }
    }
}
