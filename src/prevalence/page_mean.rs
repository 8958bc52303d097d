//! Means over passages, with intervals from resampled pages.

use crate::sampling::{Interval, interval, resample};

/// A mean over passages: of ones and zeros a share, of +1, 0 and -1 a mean stance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageMean {
    /// The mean, or why there is none.
    pub value: Result<f64, &'static str>,
    /// Its 95 % interval, or why there is none.
    pub interval: Interval,
    /// Passages.
    pub n: usize,
    /// Their pages.
    pub n_pages: usize,
}

impl PageMean {
    /// The mean of the values of passages, each with the number of its page, below `n_pages`. The
    /// interval is the percentile bootstrap over pages, as [`estimates`](super::estimates) has it: how
    /// far the mean would differ on other pages like these. A classifier's errors are not in it; for
    /// those see [`Shares`](super::Shares).
    ///
    /// ```
    /// use standpoint::prevalence::PageMean;
    /// // Every other page is all yes.
    /// let values = (0..200).map(|i| (i / 5, f64::from(u8::from(i / 5 % 2 == 0))));
    /// let share = PageMean::of(values, 40, 1000, 1);
    /// assert_eq!((share.value, share.n, share.n_pages), (Ok(0.5), 200, 40));
    /// let (low, high) = share.interval.unwrap();
    /// // The standard error of a mean of 40 pages is 0.08; of 200 passages it would be 0.035.
    /// assert!((0.3..0.4).contains(&low) && (0.6..0.7).contains(&high));
    /// ```
    pub fn of(
        values: impl Iterator<Item = (usize, f64)>,
        n_pages: usize,
        resamples: usize,
        seed: u64,
    ) -> Self {
        let mut pages = vec![(0.0, 0_usize); n_pages];
        for (page, value) in values {
            pages[page].0 += value;
            pages[page].1 += 1;
        }
        pages.retain(|page| page.1 > 0);
        let mean = |drawn: &mut dyn Iterator<Item = &(f64, usize)>| {
            let (sum, n) = drawn.fold((0.0, 0), |all, page| (all.0 + page.0, all.1 + page.1));
            (sum / n as f64, n)
        };
        let (value, n) = mean(&mut pages.iter());
        let value = if n == 0 { Err("no passage") } else { Ok(value) };
        let resampled = resample(pages.len(), resamples, seed, |drawn| {
            mean(&mut drawn.iter().map(|&page| &pages[page])).0
        });
        let interval = interval(value, n, pages.len(), resampled.into_iter());
        Self { value, interval, n, n_pages: pages.len() }
    }
}
