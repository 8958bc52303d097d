//! The bootstrap over pages, for any statistic whose parts add up by page.

use rayon::prelude::*;

use super::random::Random;

/// Fewer pages give no interval.
const LEAST_PAGES: usize = 2;
/// Fewer cases (of the label, where a figure speaks of one) give no interval.
pub(crate) const LEAST_CASES: usize = 30;

/// Lower and upper end of a 95 % interval, or why there is none.
pub type Interval = Result<(f64, f64), &'static str>;

/// The statistic of each resample: as many pages as there are, drawn with replacement. Each
/// resample has its own seed, so that any thread may take it.
pub(crate) fn resample<T: Send>(
    n_pages: usize,
    resamples: usize,
    seed: u64,
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

/// The 95 % percentile interval of a figure, from its values on the resamples; or why it has none:
/// why it has no value itself, or too few pages or cases that it comes from.
pub(crate) fn interval(
    figure: Result<f64, &'static str>,
    n: usize,
    n_pages: usize,
    resampled: impl Iterator<Item = f64>,
) -> Interval {
    figure?;
    if n_pages < LEAST_PAGES {
        return Err("fewer than 2 pages");
    }
    if n < LEAST_CASES {
        return Err("fewer than 30 cases");
    }
    let mut values: Vec<f64> = resampled.collect();
    if values.is_empty() {
        return Err("no resamples");
    }
    values.sort_by(f64::total_cmp);
    Ok((percentile(&values, 0.025), percentile(&values, 0.975)))
}

/// Linear interpolation between the closest ranks, of sorted values.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (at - at.floor())
}
