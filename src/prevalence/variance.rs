//! How much a mean over a sample varies, by the way in which it was drawn.

use super::{design::Drawn, inclusion::Inclusion};
use crate::{
    predictions::Answers,
    sampling::{PSEUDO_OF_SHARES, stratified_degrees_of_freedom, t_quantile},
};

/// What was drawn at once: passages, or what was drawn of each page; in strata, each with its weight.
pub(super) struct Units {
    /// The unit of each case, numbered without gaps.
    of_case: Vec<usize>,
    n: usize,
    /// What each case counts, 1 on the mean.
    weights: Vec<f64>,
    strata: Vec<Stratum>,
    /// Of each unit the root of what is left unknown where it was drawn, as a part of `unknown`.
    rest: Vec<f64>,
    /// The part of the variance that is left: 1 less the share of the corpus that is in the sample.
    unknown: f64,
    /// What an added observation counts.
    usual: f64,
}

struct Stratum {
    units: Vec<usize>,
    /// Units of it in the whole sample, of which a slice may have none.
    drawn: usize,
}

impl Units {
    /// All with the same probability; `unknown` is the part of the corpus that is not in the sample.
    pub fn equal(of_case: Vec<usize>, unknown: f64) -> Self {
        let n = of_case.iter().max().map_or(0, |most| most + 1);
        let strata = vec![Stratum { units: (0..n).collect(), drawn: n }];
        let weights = vec![1.0; of_case.len()];
        Self { of_case, n, weights, strata, rest: vec![1.0; n], unknown, usual: 1.0 }
    }

    /// With probabilities of their own.
    pub fn drawn(of_case: Vec<usize>, inclusion: &Inclusion, drawn: Drawn) -> Self {
        let n = of_case.iter().max().map_or(0, |most| most + 1);
        let mean = inclusion.weights().iter().sum::<f64>() / of_case.len().max(1) as f64;
        let weights: Vec<f64> = inclusion.weights().iter().map(|weight| weight / mean).collect();
        let mut of_unit = vec![(0.0, 0.0, 0); n];
        for (case, &unit) in of_case.iter().enumerate() {
            let left = match drawn {
                // Nobody knows how much of a page was left out.
                Drawn::PartsOfPages => 1.0,
                _ => 1.0 - inclusion.probabilities()[case],
            };
            of_unit[unit] = (of_unit[unit].0 + weights[case], left, inclusion.strata()[case]);
        }
        let squares: f64 = of_unit.iter().map(|unit| unit.0 * unit.0).sum();
        let left: f64 = of_unit.iter().map(|unit| unit.0 * unit.0 * unit.1).sum();
        let unknown = if squares > 0.0 { left / squares } else { 1.0 };
        let rest = of_unit
            .iter()
            .map(|unit| if unknown > 0.0 { (unit.1 / unknown).sqrt() } else { 1.0 })
            .collect();
        let mut strata: Vec<Stratum> =
            inclusion.units().iter().map(|&drawn| Stratum { units: Vec::new(), drawn }).collect();
        of_unit.iter().enumerate().for_each(|(unit, of)| strata[of.2].units.push(unit));
        strata.retain(|stratum| !stratum.units.is_empty());
        collapse(&mut strata, |unit| of_unit[unit].1 > 0.0);
        let usual = usual_weight(&weights, &of_case, &of_unit);
        Self { of_case, n, weights, strata, rest, unknown, usual }
    }

    pub fn unknown(&self) -> f64 {
        self.unknown
    }

    pub fn len(&self) -> usize {
        self.n
    }

    pub fn mean(&self, values: &[f64]) -> f64 {
        let sum: f64 = values.iter().zip(&self.weights).map(|(value, weight)| weight * value).sum();
        sum / self.weights.iter().sum::<f64>()
    }

    /// By stratum, of each unit drawn from it the weighted sum of deviations from `centre`, less the
    /// stratum's mean of these where there are several strata (Cochran 1977, 5.3). Those outside a slice are zeros that deviate, too.
    fn deviations(&self, values: &[f64], centre: f64) -> Vec<Vec<f64>> {
        let mut sums = vec![0.0; self.n];
        for ((value, weight), &unit) in values.iter().zip(&self.weights).zip(&self.of_case) {
            sums[unit] += weight * (value - centre);
        }
        let of_stratum = |Stratum { units, drawn }: &Stratum| -> Vec<f64> {
            let sum: f64 = units.iter().map(|&unit| sums[unit]).sum();
            let alone = self.strata.len() == 1 || *drawn < 2;
            let mean = if alone { 0.0 } else { sum / *drawn as f64 };
            let own = units.iter().map(|&unit| self.rest[unit] * (sums[unit] - mean));
            let outside = if alone { 0 } else { drawn.saturating_sub(units.len()) };
            let rest = units.iter().map(|&unit| self.rest[unit]).sum::<f64>() / units.len() as f64;
            own.chain(std::iter::repeat_n(-rest * mean, outside)).collect()
        };
        self.strata.iter().map(of_stratum).collect()
    }

    /// The covariance of two means, as if nothing of the corpus were in the sample.
    pub fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        if self.n < 2 {
            return 0.0;
        }
        let (of_a, of_b) = (self.deviations(a, self.mean(a)), self.deviations(b, self.mean(b)));
        let of_stratum = |(a, b): (&Vec<f64>, &Vec<f64>)| {
            spread(a.len()) * a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()
        };
        let all = self.weights.iter().sum::<f64>();
        of_a.iter().zip(&of_b).map(of_stratum).sum::<f64>() / (all * all)
    }
}

/// Puts units that are alone in their strata, and leave something unknown, into one: how strata differ is
/// then in the variance, which is the better too large (Cochran 1977, 5A.12).
fn collapse(strata: &mut Vec<Stratum>, leaves: impl Fn(usize) -> bool) {
    let (alone, mut others): (Vec<Stratum>, Vec<Stratum>) =
        std::mem::take(strata).into_iter().partition(|stratum| stratum.drawn < 2);
    let units: Vec<usize> = alone.into_iter().flat_map(|stratum| stratum.units).collect();
    let units: Vec<usize> = units.into_iter().filter(|unit| leaves(*unit)).collect();
    if !units.is_empty() {
        others.push(Stratum { drawn: units.len(), units });
    }
    *strata = others;
}

/// m / (m - 1); of a unit alone 1.
fn spread(m: usize) -> f64 {
    if m < 2 { 1.0 } else { m as f64 / (m as f64 - 1.0) }
}

/// What an observation counts that is added for what was not met: the mean weight, by weight, of those
/// that leave something unknown. It is the weight of Kish's [1965] effective number of observations, so
/// that where few decide, it counts as much as one of them.
fn usual_weight(weights: &[f64], of_case: &[usize], of_unit: &[(f64, f64, usize)]) -> f64 {
    let (mut sum, mut squares) = (0.0, 0.0);
    for (weight, &unit) in weights.iter().zip(of_case) {
        sum += weight * of_unit[unit].1;
        squares += weight * weight * of_unit[unit].1;
    }
    if sum > 0.0 { squares / sum } else { 1.0 }
}

/// A value, its interval, and what that is made of.
pub(super) struct Estimated {
    pub value: f64,
    pub ends: (f64, f64),
    pub spread: Spread,
}

/// How a value varies, from which follows how it would with more labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub variance: f64,
    pub dof: f64,
    /// Units that were drawn.
    pub units: usize,
    pub unknown: f64,
}

/// One quantity: gold and expected in the sample, and expected in the corpus.
pub(super) struct Parts {
    pub y: Vec<f64>,
    pub f: Vec<f64>,
    /// Of what is expected in the corpus.
    pub mean: f64,
    /// The variance of that mean, 0 where the corpus is all there is.
    pub of_corpus: f64,
    /// The variance of what is expected in the sample, if that is a random one.
    pub of_sample: f64,
}

impl Parts {
    /// The distance of the sample's mean prediction from the corpus's, in standard errors.
    pub fn distance(&self, units: &Units) -> f64 {
        let variance = self.of_sample + self.of_corpus;
        let apart = (units.mean(&self.f) - self.mean).abs();
        // What is left of a mean that the strata fix is rounding.
        if variance > 0.0 && apart > ROUNDING { apart / variance.sqrt() } else { 0.0 }
    }

    /// The value and its interval.
    pub fn estimate(&self, lambda: f64, units: &Units, (least, most): (f64, f64)) -> Estimated {
        let n = units.weights.iter().sum::<f64>();
        let d: Vec<f64> = self.y.iter().zip(&self.f).map(|(y, f)| y - lambda * f).collect();
        let added: Vec<f64> =
            [least, most].iter().flat_map(|y| [least, most].map(|f| y - lambda * f)).collect();
        // An observation each, or part of what is drawn at once.
        let weight = (PSEUDO_OF_SHARES * n / units.n as f64).max(1.0) * units.usual;
        let all = n + 2.0 * weight;
        let mean = units.mean(&d);
        let sum: f64 = d.iter().zip(&units.weights).map(|(d, weight)| weight * d).sum();
        let centre = (sum + weight * added.iter().sum::<f64>() / 2.0) / all;
        let of_strata = units.deviations(&d, centre);
        let squares = |of: &Vec<f64>| of.iter().map(|sum| sum * sum).sum::<f64>();
        let of_strata: Vec<(&[f64], f64)> =
            of_strata.iter().map(|of| (&**of, spread(of.len()) * squares(of))).collect();
        let of_sample: f64 = of_strata.iter().map(|stratum| stratum.1).sum();
        let of_added =
            weight * weight / 2.0 * added.iter().map(|d| (d - centre).powi(2)).sum::<f64>();
        let variance =
            (of_sample + of_added) / all.powi(2) * units.unknown + lambda * lambda * self.of_corpus;
        let dof = stratified_degrees_of_freedom(&of_strata, of_added);
        let half = t_quantile(dof) * variance.sqrt();
        let value = lambda * self.mean + mean;
        let middle = value + units.unknown * (centre - mean);
        let spread = Spread { variance, dof, units: units.n, unknown: units.unknown };
        Estimated { value, ends: (middle - half, middle + half), spread }
    }
}

/// Means of shares that differ by less are the same.
const ROUNDING: f64 = 1e-12;

/// How far predictions are made use of, so that the variance, summed over labels, is least.
pub(super) fn lambda(of_labels: &[Parts], units: &Units) -> f64 {
    let sum = |part: &dyn Fn(&Parts) -> f64| of_labels.iter().map(part).sum::<f64>();
    let both = sum(&|parts| units.covariance(&parts.y, &parts.f));
    let own = sum(&|parts| units.covariance(&parts.f, &parts.f) + parts.of_corpus);
    if own > ROUNDING * ROUNDING { (both / own).clamp(0.0, 1.0) } else { 0.0 }
}

/// The units of all passages of a corpus.
pub(super) fn of_corpus(corpus: &Answers, drawn: Option<Drawn>) -> Units {
    let of_case = match drawn {
        Some(Drawn::Passages) => (0..corpus.len()).collect(),
        _ => numbered(corpus.pages()),
    };
    Units::equal(of_case, 1.0)
}

/// The same pages, numbered without gaps.
pub(super) fn numbered(pages: &[usize]) -> Vec<usize> {
    let mut numbers = super::design::counts(pages.iter().copied());
    numbers.values_mut().enumerate().for_each(|(number, value)| *value = number);
    pages.iter().map(|page| numbers[page]).collect()
}
