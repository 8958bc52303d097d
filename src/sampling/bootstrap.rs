//! The cluster bootstrap: pages are drawn with replacement, each with all its cases.

use rayon::prelude::*;

use super::{interval::LEAST_PAGES, random::Random};

/// How intervals are resampled: how often, and by which seed. The seed decides the resamples; the
/// number of threads does not.
///
/// ```
/// use standpoint::evaluate::Resampling;
/// let resampling = Resampling::default().seed(7);
/// assert_eq!((resampling.resamples, resampling.seed), (1000, 7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resampling {
    /// Resamples; with none there are no intervals.
    pub resamples: usize,
    /// Decides which pages are drawn.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { resamples: 1000, seed: 1 }
    }
}

impl Resampling {
    /// With so many resamples.
    pub fn resamples(self, resamples: usize) -> Self {
        Self { resamples, ..self }
    }

    /// With this seed.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

/// The statistic of each resample: as many pages as there are, drawn with replacement. Each
/// resample has its own seed, so that any thread may take it.
pub(crate) fn resample<T: Send>(
    n_pages: usize,
    Resampling { resamples, seed }: Resampling,
    statistic: impl Fn(&[usize]) -> T + Sync,
) -> Vec<T> {
    let resamples = if n_pages < LEAST_PAGES { 0 } else { resamples as u64 };
    (0..resamples)
        .into_par_iter()
        .map(|number| {
            let mut random = Random::new(seed ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
            let drawn: Vec<usize> = (0..n_pages).map(|_| random.below(n_pages)).collect();
            statistic(&drawn)
        })
        .collect()
}
