//! How many labels an interval of some width takes.

use super::{Allocation, Shares, variance::Spread};
use crate::{
    error::Result,
    sampling::{LEAST_CASES, LEAST_PAGES, PSEUDO_OF_SHARES, t_quantile},
};

/// What could be drawn, in strata.
pub(crate) struct Population {
    /// Units of each stratum: passages, or pages.
    pub sizes: Vec<usize>,
    /// Passages of all of them.
    pub passages: usize,
    pub by_page: bool,
}

impl Population {
    /// The fewest units with which the half-width of a share's interval is no more than this, if the sum over
    /// a unit of what is not predicted has these variances in the strata.
    pub fn needed(&self, variances: &[f64], half: f64, allocation: Allocation) -> Result<usize> {
        let all: usize = self.sizes.iter().sum();
        let cases = (LEAST_CASES * all).div_ceil(self.passages.max(1));
        let pages = if self.by_page { LEAST_PAGES } else { 0 };
        let (mut low, mut high) = (cases.max(pages).max(2 * self.sizes.len()).min(all), all);
        while low < high {
            let middle = usize::midpoint(low, high);
            let counts = allocation.of(&self.sizes, middle)?;
            if self.half_width(&counts, variances) <= half {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// As [`Shares::corrected`] has it, with all of the predictions made use of.
    fn half_width(&self, counts: &[usize], variances: &[f64]) -> f64 {
        let (n, all) = (self.passages as f64, self.sizes.iter().sum::<usize>() as f64);
        let drawn = counts.iter().sum::<usize>() as f64;
        let (mut variance, mut left, mut left_squares, mut squares) = (0.0, 0.0, 0.0, 0.0);
        for ((&size, &count), of_stratum) in self.sizes.iter().zip(counts).zip(variances) {
            let (size, count) = (size as f64, count as f64);
            let (weight, unknown) = (size / count, 1.0 - count / size);
            variance += (size / n).powi(2) / count * unknown * of_stratum;
            left += weight * count * unknown;
            left_squares += weight * weight * count * unknown;
            squares += weight * weight * count;
        }
        if left_squares == 0.0 {
            return 0.0;
        }
        let usual = left_squares / left / (all / drawn);
        let passages = drawn * n / all;
        let added = (PSEUDO_OF_SHARES * passages / drawn).max(1.0) * usual;
        let both = passages + 2.0 * added;
        let variance =
            variance * (passages / both).powi(2) + (added / both).powi(2) * left_squares / squares;
        t_quantile(drawn - counts.len() as f64) * variance.sqrt()
    }
}

impl Shares {
    /// How many passages (or pages, if the sample was of pages) would have to be labelled in all, drawn as
    /// these were, for an interval of no more than this half-width of every label, and the number of the
    /// label that needs most: from how these vary. Nothing without intervals.
    ///
    /// ```
    /// use standpoint::{predictions::Answers, prevalence::{Drawn, Sample, Shares}};
    /// let predicted = (0..10_000).map(|i| Some(usize::from(i % 10 < 4))).collect();
    /// let corpus = Answers::new("t", ["no", "yes"], predicted, (0..10_000).collect())?;
    /// let gold = (0..100).map(|i| usize::from(i % 10 < 3)).collect();
    /// let sample = Sample::part((0..100).collect(), gold, Drawn::Passages);
    /// let shares = Shares::corrected(&corpus, &sample)?;
    /// let (n, _) = shares.needed(0.03).unwrap();
    /// assert!((300..500).contains(&n), "{n}");
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn needed(&self, half: f64) -> Option<(usize, usize)> {
        let of = |(label, share): (usize, &super::Share)| Some((share.spread?.needed(half), label));
        let all: Option<Vec<(usize, usize)>> = self.by_label.iter().enumerate().map(of).collect();
        all?.into_iter().rev().max_by_key(|(n, _)| *n)
    }
}

impl Spread {
    /// The variance is a / n - b, of which b is for what a corpus as large as this leaves unknown.
    fn needed(self, half: f64) -> usize {
        let n = self.units as f64;
        if self.unknown <= 0.0 {
            return self.units;
        }
        let without = self.variance / self.unknown;
        let of_all = without * (1.0 - self.unknown);
        let mut found = n;
        for _ in 0..50 {
            let t = t_quantile(self.dof * (found / n).max(0.1));
            found = without * n / ((half / t).powi(2) + of_all);
        }
        found.ceil() as usize
    }
}
