//! 95 % intervals for few pages: the jackknife over pages, with Student's t.

use super::{distribution::t_quantile, interval::Interval};

/// A pseudo-page that is added is this part of a mean page: chosen by simulation (docs/method.md).
pub(crate) const PSEUDO: f64 = 0.15;
/// The same for shares of labels, which fill whole pages more often than errors do.
pub(crate) const PSEUDO_OF_SHARES: f64 = 0.25;
/// The same for bounds of errors, where a page all wrong that was not met costs more than one all right.
pub(crate) const PSEUDO_OF_BOUNDS: f64 = 0.3;

/// On what scale a value is taken to be normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// Between two numbers: the logit of its place between them.
    Between(f64, f64),
    /// From 0 on: its logarithm.
    Positive,
    /// Any number: itself.
    Line,
}

/// A statistic of some pages and of a pseudo-page that was added to them: what it is on all of them, and
/// without each page. Without the pseudo-page it is the value that the interval is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Jackknife {
    /// On all of them.
    pub whole: f64,
    /// Without each page.
    pub without_page: Vec<f64>,
}

impl Jackknife {
    /// The 95 % interval of a value. Each of the two adds a pseudo-page, one that makes the value
    /// smaller and one that makes it larger: each end is the outermost that either gives, as if a bit
    /// more had been met of what lies beyond it (so Clopper and Pearson 1934 add a case to each end of a
    /// proportion).
    pub fn interval(value: f64, both: [Self; 2], scale: Scale) -> Interval {
        let ends = both.map(|side| side.ends(value, scale));
        Interval {
            lo: ends[0].lo.min(ends[1].lo).min(value),
            hi: ends[0].hi.max(ends[1].hi).max(value),
        }
    }

    /// The degrees of freedom of the standard error: the fewer of the two.
    pub fn degrees_of_freedom(value: f64, both: &[Self; 2]) -> f64 {
        let [one, other] = both.each_ref().map(|side| side.spread(value).1);
        one.min(other)
    }

    fn ends(&self, value: f64, scale: Scale) -> Interval {
        let (error, dof) = self.spread(value);
        let half = t_quantile(dof) * error;
        let (lo, hi) = match scale {
            Scale::Line => (self.whole - half, self.whole + half),
            Scale::Positive => {
                let times = libm::exp(half / self.whole.max(f64::MIN_POSITIVE));
                (self.whole / times, self.whole * times)
            }
            Scale::Between(least, most) => {
                let place = ((self.whole - least) / (most - least)).clamp(1e-9, 1.0 - 1e-9);
                let odds = place / (1.0 - place);
                let times = libm::exp(half / (most - least) / (place * (1.0 - place)));
                let at = |odds: f64| least + (most - least) * (1.0 - 1.0 / (1.0 + odds));
                (at(odds / times), at(odds * times))
            }
        };
        Interval { lo, hi }
    }

    /// The standard error, and its degrees of freedom: by Satterthwaite (1946) of the pages' part and of
    /// the pseudo-page's.
    pub fn spread(&self, value: f64) -> (f64, f64) {
        let m = self.without_page.len() as f64;
        let mean = self.without_page.iter().sum::<f64>() / m;
        let influences: Vec<f64> = self.without_page.iter().map(|without| without - mean).collect();
        let sum: f64 = influences.iter().map(|influence| influence * influence).sum();
        let (pages, added) = ((m - 1.0) / m * sum, (value - self.whole).powi(2));
        ((pages + added).sqrt(), degrees_of_freedom(&influences, pages, added))
    }
}

/// The degrees of freedom of a variance (Satterthwaite 1946) that is partly of pages, with these
/// deviations, and partly of what was added: of the pages' part by the kurtosis of the deviations (O'Neill
/// 2014), of the other pages less 1, which is also the most. A few pages that decide everything are few,
/// however many there are beside them.
fn degrees_of_freedom(deviations: &[f64], of_pages: f64, of_added: f64) -> f64 {
    stratified_degrees_of_freedom(&[(deviations, of_pages)], of_added)
}

/// The same where pages were drawn in strata, each with its deviations and its part of the variance. A
/// stratum of n pages has n - 1 degrees of freedom at most.
pub(crate) fn stratified_degrees_of_freedom(strata: &[(&[f64], f64)], of_added: f64) -> f64 {
    let mut most = 0.0;
    let (mut all, mut squares) = (0.0, 0.0);
    for &(deviations, variance) in strata {
        let n = deviations.len() as f64;
        let sum_of = |power: i32| deviations.iter().map(|d| d.powi(power)).sum::<f64>();
        let excess = sum_of(4) / sum_of(2).powi(2) - 1.0 / n;
        let own = if excess > 0.0 { (2.0 / excess).min(n - 1.0) } else { n - 1.0 };
        most += n - 1.0;
        all += variance;
        // A stratum of one has no degrees of freedom: it counts as one.
        squares += variance * variance / own.max(1.0);
    }
    all += of_added;
    let most = most.max(1.0);
    let dof = all * all / (squares + of_added * of_added / most);
    if dof.is_finite() { dof.clamp(1.0, most) } else { most }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jackknife(whole: f64, without_page: &[f64]) -> Jackknife {
        Jackknife { whole, without_page: without_page.to_vec() }
    }

    /// Of a mean it is the textbook's: scipy 1.17.1, `t.interval(0.95, 5, mean, sem)`.
    #[test]
    fn of_a_mean_it_is_students() {
        let values = [0.2, 0.5, 0.4, 0.9, 0.7, 0.3];
        let without = values.map(|value| (3.0 - value) / 5.0);
        let Interval { lo, hi } = jackknife(0.5, &without).ends(0.5, Scale::Line);
        assert!((lo - 0.226_340_67).abs() < 1e-6 && (hi - 0.773_659_33).abs() < 1e-6, "{lo} {hi}");
    }

    /// One page of fifty that alone makes a difference is not fifty pages.
    #[test]
    fn influence_on_few_pages_leaves_few_degrees_of_freedom() {
        let mut without = vec![0.0; 50];
        without[7] = 0.1;
        assert!(jackknife(0.0, &without).spread(0.0).1 < 2.2);
        // Where the pages are all alike, it is the pseudo-page that makes the width.
        assert_eq!(jackknife(0.9, &[0.88; 50]).spread(1.0).1, 49.0);
    }

    #[test]
    fn intervals_stay_on_their_scale() {
        let without = [0.99, 0.98, 0.97, 0.99, 0.98];
        let ends = jackknife(0.98, &without).ends(1.0, Scale::Between(0.0, 1.0));
        assert!(0.5 < ends.lo && ends.lo < 0.97 && ends.hi < 1.0, "{ends:?}");
        let both = [jackknife(0.98, &without), jackknife(1.0, &[1.0; 5])];
        assert_eq!(Jackknife::interval(1.0, both, Scale::Between(0.0, 1.0)).hi, 1.0);
        let ends = jackknife(0.98, &without).ends(1.0, Scale::Positive);
        assert!(0.0 < ends.lo && ends.lo < 0.98 && 0.98 < ends.hi && ends.hi < 2.0, "{ends:?}");
    }
}
