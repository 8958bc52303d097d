//! Metrics of one task, with intervals from resampled pages.

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::{Metric, Tally};
use crate::{
    predictions::Scored,
    sampling::{Interval, Measured, Resampling, Undefined, ends, resample, shown_as_measured},
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
    /// Cases that it is computed from, by [`Metric::cases`].
    pub n: usize,
    /// Pages on which these cases lie.
    pub n_pages: usize,
    /// Why there is no value; where there is one, why it has no interval.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub why: Option<Undefined>,
}

shown_as_measured!(Estimate);

/// Every metric of a task with its 95 % interval: the percentile cluster bootstrap (Efron and
/// Tibshirani 1993) with pages as clusters (Field and Welsh 2007). Passages of one page are alike;
/// resampling passages would make intervals too narrow.
///
/// Resamples in which a metric is undefined are left out of its interval.
///
/// ```
/// use standpoint::{evaluate::{Metric, Resampling, estimates}, predictions::{Answers, Scored}};
/// let gold: Vec<_> = (0..100).map(|i| Some(i % 2)).collect();
/// let predicted = (0..100).map(|i| Some(if i % 10 == 0 { 1 } else { i % 2 })).collect();
/// let pages = (0..100).map(|i| i / 5).collect();
/// let answers = Answers::new("t", ["no", "yes"], predicted, pages)?;
/// let accuracy = &estimates(&Scored::new(answers, &gold)?, Resampling::default())[0];
/// assert_eq!((accuracy.metric, accuracy.value), (Metric::Accuracy, Some(0.9)));
/// let interval = accuracy.interval.unwrap();
/// assert!(interval.lo < 0.9 && 0.9 < interval.hi && accuracy.n_pages == 20);
/// assert!(accuracy.to_string().starts_with("0.900 (0.8"));
/// # Ok::<(), standpoint::Error>(())
/// ```
pub fn estimates(scored: &Scored, resampling: Resampling) -> Vec<Estimate> {
    let (labels, k) = (scored.labels(), scored.labels().len());
    let by_page = by_page(scored);
    let whole = sum(k, by_page.iter());
    let resampled = resample(by_page.len(), resampling, |drawn| {
        sum(k, drawn.iter().map(|&page| &by_page[page]))
    });

    let estimate = |metric: Metric| {
        let n = metric.cases(&whole);
        let n_pages = by_page.iter().filter(|tally| metric.cases(tally) > 0).count();
        let values = resampled.iter().filter_map(|tally| metric.value(tally).ok());
        let Measured { value, interval, why } =
            Measured::new(metric.value(&whole), n, n_pages, values);
        Estimate { metric, value, interval, n, n_pages, why }
    };
    Metric::all(labels).into_iter().map(estimate).collect()
}

/// A tally of each page that has cases, in the order of their numbers.
pub(super) fn by_page(scored: &Scored) -> Vec<Tally> {
    let mut by_page = BTreeMap::new();
    for (case, &page) in scored.pages().iter().enumerate() {
        by_page
            .entry(page)
            .or_insert_with(|| Tally::new(scored.labels().len()))
            .add_case(scored, case);
    }
    by_page.into_values().collect()
}

pub(super) fn sum<'a>(k: usize, tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::new(k), |mut sum, tally| {
        sum.merge(tally);
        sum
    })
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
            let resampling =
                Resampling::default().resamples(200).seed(random.below(1 << 30) as u64);
            let Interval { lo, hi } = estimates(&scored, resampling)[0].interval.unwrap();
            covered += u32::from(lo <= 0.7 && 0.7 <= hi);
        }
        assert!((273..=297).contains(&covered), "{covered} of 300");
    }

    #[test]
    fn few_cases_or_pages_give_no_interval() {
        let accuracy = |pages: &[usize], n: usize| {
            let answers = Answers::new("t", ["a", "b"], vec![Some(0); n], pages[..n].to_vec());
            let scored = Scored::new(answers.unwrap(), &vec![Some(0); n]).unwrap();
            let accuracy = &estimates(&scored, Resampling::default())[0];
            (accuracy.interval, accuracy.why)
        };
        let two: Vec<usize> = (0..40).map(|i| i % 2).collect();
        assert_eq!(accuracy(&two, 40), (Some(Interval { lo: 1.0, hi: 1.0 }), None));
        assert_eq!(accuracy(&two, 20), (None, Some(Undefined::FewCases)));
        assert_eq!(accuracy(&[0; 40], 40), (None, Some(Undefined::FewPages)));
    }
}
