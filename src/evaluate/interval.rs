//! Metrics with intervals from resampled pages.

use super::metrics::{Metric, Tally};
use crate::sampling::{Interval, interval, resample};

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

/// A figure with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The metric.
    pub metric: Metric,
    /// Its value on all cases, or why it has none.
    pub value: Result<f64, &'static str>,
    /// Lower and upper end of the 95 % interval, or why there is none.
    pub interval: Interval,
    /// Cases that it is computed from, by [`Metric::cases`].
    pub n: usize,
    /// Pages on which these cases lie.
    pub n_pages: usize,
}

/// Every metric of a task with its 95 % interval: the percentile bootstrap over pages (Efron and
/// Tibshirani 1993, with pages as the unit as in Field and Welsh 2007). Passages of one page are
/// alike, so that resampling passages would make intervals too narrow.
///
/// Resamples in which a metric is undefined are left out of its interval. The seed decides the
/// resamples; the number of threads does not.
///
/// ```
/// use standpoint::evaluate::{Cases, Metric, estimates};
/// let gold: Vec<usize> = (0..100).map(|i| i % 2).collect();
/// let predicted: Vec<usize> = (0..100).map(|i| if i % 10 == 0 { 1 } else { i % 2 }).collect();
/// let pages: Vec<usize> = (0..100).map(|i| i / 5).collect();
/// let cases = Cases { gold: &gold, predicted: &predicted, probabilities: None, pages: &pages };
/// let labels = ["no".to_string(), "yes".to_string()];
/// let accuracy = &estimates(cases, &labels, 1000, 42)[0];
/// assert_eq!((accuracy.metric, accuracy.value), (Metric::Accuracy, Ok(0.9)));
/// let (low, high) = accuracy.interval.unwrap();
/// assert!(low < 0.9 && 0.9 < high && accuracy.n_pages == 20);
/// ```
pub fn estimates(
    cases: Cases<'_>,
    labels: &[String],
    resamples: usize,
    seed: u64,
) -> Vec<Estimate> {
    let k = labels.len();
    let by_page = by_page(cases, k);
    let whole = sum(k, by_page.iter());
    let resampled = resample(by_page.len(), resamples, seed, |drawn| {
        sum(k, drawn.iter().map(|&page| &by_page[page]))
    });

    let estimate = |metric: Metric| {
        let n = metric.cases(&whole);
        let n_pages = by_page.iter().filter(|tally| metric.cases(tally) > 0).count();
        let value = metric.value(&whole);
        let values = resampled.iter().filter_map(|tally| metric.value(tally).ok());
        Estimate { metric, value, interval: interval(value, n, n_pages, values), n, n_pages }
    };
    Metric::all(labels).into_iter().map(estimate).collect()
}

/// What each page that has cases adds to them.
pub(super) fn by_page(cases: Cases<'_>, k: usize) -> Vec<Tally> {
    let n_pages = cases.pages.iter().max().map_or(0, |most| most + 1);
    let mut by_page = vec![Tally::new(k); n_pages];
    for (i, &page) in cases.pages.iter().enumerate() {
        let probabilities = cases.probabilities.map(|p| &p[i * k..][..k]);
        by_page[page].add(cases.gold[i], cases.predicted[i], probabilities);
    }
    by_page.retain(|tally| tally.confusion().total() > 0);
    by_page
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
    use crate::sampling::Random;

    /// Pages are drawn with their own accuracy: the interval must cover the true mean about as
    /// often as it says.
    #[test]
    fn intervals_cover_the_truth_about_95_times_in_100() {
        let labels = ["a".to_owned(), "b".to_owned()];
        let mut random = Random::new(7);
        let mut covered = 0;
        for _ in 0..300 {
            let (mut gold, mut predicted, mut pages) = (Vec::new(), Vec::new(), Vec::new());
            for page in 0..60 {
                // A page's cases are right with 0.5 or with 0.9: 0.7 on the whole.
                let good = random.below(2) == 0;
                for _ in 0..8 {
                    let right = random.below(10) < if good { 9 } else { 5 };
                    gold.push(random.below(2));
                    predicted.push(gold[gold.len() - 1] ^ usize::from(!right));
                    pages.push(page);
                }
            }
            let cases =
                Cases { gold: &gold, predicted: &predicted, probabilities: None, pages: &pages };
            let (low, high) =
                estimates(cases, &labels, 200, random.below(1 << 30) as u64)[0].interval.unwrap();
            covered += u32::from(low <= 0.7 && 0.7 <= high);
        }
        assert!((273..=297).contains(&covered), "{covered} of 300");
    }

    #[test]
    fn few_cases_or_pages_give_no_interval() {
        let labels = ["a".to_owned(), "b".to_owned()];
        let gold = [0; 40];
        let accuracy = |pages: &[usize], n: usize| {
            let cases = Cases {
                gold: &gold[..n],
                predicted: &gold[..n],
                probabilities: None,
                pages: &pages[..n],
            };
            estimates(cases, &labels, 100, 1)[0].interval
        };
        let two: Vec<usize> = (0..40).map(|i| i % 2).collect();
        assert_eq!(accuracy(&two, 40), Ok((1.0, 1.0)));
        assert_eq!(accuracy(&two, 20), Err("fewer than 30 cases"));
        assert_eq!(accuracy(&[0; 40], 40), Err("fewer than 2 pages"));
    }
}
