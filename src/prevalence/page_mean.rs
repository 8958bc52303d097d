//! Means over passages, with intervals over pages.

use std::collections::BTreeMap;

use crate::sampling::{
    Interval, Jackknife, Measured, PSEUDO_OF_SHARES, Scale, Undefined, shown_as_measured,
};

/// A mean over passages: of ones and zeros a share, of +1, 0 and -1 a mean stance.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PageMean {
    /// The mean.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Passages.
    pub n: usize,
    /// Their pages.
    pub n_pages: usize,
    /// Why there is no value; where there is one, why it has no interval.
    pub why: Option<Undefined>,
}

shown_as_measured!(PageMean);

impl PageMean {
    /// The mean of the values of passages, each with the number of its page; `range` is the least and
    /// the largest value that a passage can have. The interval is that of
    /// [`estimates`](crate::evaluate::estimates): how far the mean would differ on other pages like
    /// these. A classifier's errors are not in it; for those see [`Shares`](super::Shares).
    ///
    /// ```
    /// use standpoint::prevalence::PageMean;
    /// // Every other page is all yes.
    /// let values = (0..200).map(|i| (i / 5, f64::from(u8::from(i / 5 % 2 == 0))));
    /// let share = PageMean::of(values, (0.0, 1.0));
    /// assert_eq!((share.value, share.n, share.n_pages), (Some(0.5), 200, 40));
    /// let interval = share.interval.unwrap();
    /// // The standard error of a mean of 40 pages is 0.08; of 200 passages it would be 0.035.
    /// assert!((0.3..0.4).contains(&interval.lo) && (0.6..0.7).contains(&interval.hi));
    /// ```
    pub fn of(values: impl IntoIterator<Item = (usize, f64)>, range: (f64, f64)) -> Self {
        let mut by_page: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        let mut n = 0;
        for (page, value) in values {
            let page = by_page.entry(page).or_default();
            page.0 += value;
            page.1 += 1.0;
            n += 1;
        }
        let pages: Vec<(f64, f64)> = by_page.into_values().collect();
        let n_pages = pages.len();
        let sum = |all: (f64, f64), part: &(f64, f64)| (all.0 + part.0, all.1 + part.1);
        let total = pages.iter().fold((0.0, 0.0), sum);
        let mean = |(sum, n): (f64, f64)| sum / n;
        let value = if n == 0 { Err(Undefined::NoPassages) } else { Ok(mean(total)) };
        let interval = |value: f64| {
            let size = PSEUDO_OF_SHARES * total.1 / n_pages as f64;
            let jackknife = |extreme: f64| {
                let all = sum(total, &(size * extreme, size));
                let without = pages.iter().map(|page| mean((all.0 - page.0, all.1 - page.1)));
                Jackknife { whole: mean(all), without_page: without.collect() }
            };
            let both = [range.0, range.1].map(jackknife);
            Ok(Jackknife::interval(value, both, Scale::Between(range.0, range.1)))
        };
        let Measured { value, interval, why } = Measured::new(value, n, n_pages, interval);
        Self { value, interval, n, n_pages, why }
    }
}
