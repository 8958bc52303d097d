//! Means over passages, with intervals from resampled pages.

use std::collections::BTreeMap;

use crate::sampling::{Interval, Measured, Resampling, Undefined, resample, shown_as_measured};

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
    /// The mean of the values of passages, each with the number of its page. The interval is the
    /// percentile cluster bootstrap over pages, as in [`estimates`](crate::evaluate::estimates): how far
    /// the mean would differ on other pages like these. A classifier's errors are not in it; for those
    /// see [`Shares`](super::Shares).
    ///
    /// ```
    /// use standpoint::{evaluate::Resampling, prevalence::PageMean};
    /// // Every other page is all yes.
    /// let values = (0..200).map(|i| (i / 5, f64::from(u8::from(i / 5 % 2 == 0))));
    /// let share = PageMean::of(values, Resampling::default());
    /// assert_eq!((share.value, share.n, share.n_pages), (Some(0.5), 200, 40));
    /// let interval = share.interval.unwrap();
    /// // The standard error of a mean of 40 pages is 0.08; of 200 passages it would be 0.035.
    /// assert!((0.3..0.4).contains(&interval.lo) && (0.6..0.7).contains(&interval.hi));
    /// ```
    pub fn of(values: impl IntoIterator<Item = (usize, f64)>, resampling: Resampling) -> Self {
        let mut by_page: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
        for (page, value) in values {
            let page = by_page.entry(page).or_default();
            page.0 += value;
            page.1 += 1;
        }
        let pages: Vec<(f64, usize)> = by_page.into_values().collect();
        let mean = |drawn: &mut dyn Iterator<Item = &(f64, usize)>| {
            let (sum, n) = drawn.fold((0.0, 0), |all, page| (all.0 + page.0, all.1 + page.1));
            (sum / n as f64, n)
        };
        let (value, n) = mean(&mut pages.iter());
        let value = if n == 0 { Err(Undefined::NoPassages) } else { Ok(value) };
        let resampled = resample(pages.len(), resampling, |drawn| {
            mean(&mut drawn.iter().map(|&page| &pages[page])).0
        });
        let Measured { value, interval, why } =
            Measured::new(value, n, pages.len(), resampled.into_iter());
        Self { value, interval, n, n_pages: pages.len(), why }
    }
}
