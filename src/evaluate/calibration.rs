//! How far probabilities are from what they say: bins of confidence, and a slope.

use serde::Serialize;

use crate::{
    predictions::Scored,
    sampling::{Random, Undefined},
};

/// Bins of equal width in which confidence is compared with accuracy.
const BINS: usize = 10;
/// A probability of 0 would make the log loss infinite; scikit-learn clips at f64's epsilon too.
pub(super) const LEAST_PROBABILITY: f64 = f64::EPSILON;
/// How often the band of calibrated probabilities is drawn, and with what seed.
const DRAWS: usize = 999;
const SEED: u64 = 1;
/// A slope beyond this is none: everything is right, or everything wrong.
const STEEPEST: f64 = 100.0;

/// The cases whose label's probability lies in a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// Least probability.
    pub from: f64,
    /// Largest probability, excluded but in the last bin.
    pub to: f64,
    /// Number of cases.
    pub n: usize,
    /// Mean probability of their labels; nothing without cases.
    pub confidence: Option<f64>,
    /// Share of labels that are right; nothing without cases.
    pub accuracy: Option<f64>,
}

/// Sums over the cases of a bin.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct BinSums {
    n: usize,
    confidence: f64,
    correct: f64,
    /// Sums over pages: of the squared number of cases, and of the squared gap.
    squared_n: f64,
    squared_gap: f64,
}

impl BinSums {
    /// By how much confidence is above accuracy, summed over the cases.
    fn gap(&self) -> f64 {
        self.confidence - self.correct
    }
}

/// Cases in bins by the probability of their label.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bins([BinSums; BINS]);

impl Bins {
    pub fn add(&mut self, confidence: f64, parts: f64, is_right: bool) {
        let bin = &mut self.0[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.n += parts as usize;
        bin.confidence += parts * confidence;
        bin.correct += parts * f64::from(u8::from(is_right));
    }

    /// All cases so far are those of one page.
    pub fn seal(&mut self) {
        for bin in &mut self.0 {
            bin.squared_n = (bin.n as f64).powi(2);
            bin.squared_gap = bin.gap().powi(2);
        }
    }

    /// The cases of other pages too.
    pub fn merge(&mut self, other: &Self) {
        for (bin, more) in self.0.iter_mut().zip(&other.0) {
            bin.n += more.n;
            bin.confidence += more.confidence;
            bin.correct += more.correct;
            bin.squared_n += more.squared_n;
            bin.squared_gap += more.squared_gap;
        }
    }

    /// Without the cases of some pages.
    pub fn less(&self, part: &Self) -> Self {
        let less = |(all, part): (&BinSums, &BinSums)| BinSums {
            n: all.n - part.n,
            confidence: all.confidence - part.confidence,
            correct: all.correct - part.correct,
            squared_n: all.squared_n - part.squared_n,
            squared_gap: all.squared_gap - part.squared_gap,
        };
        let pairs: Vec<BinSums> = self.0.iter().zip(&part.0).map(less).collect();
        Self(std::array::from_fn(|i| pairs[i]))
    }

    /// Each case so many times.
    pub fn times(&self, by: u64) -> Self {
        let (whole, square) = (by as f64, (by as f64).powi(2));
        Self(self.0.map(|bin| BinSums {
            n: bin.n * by as usize,
            confidence: bin.confidence * whole,
            correct: bin.correct * whole,
            squared_n: bin.squared_n * square,
            squared_gap: bin.squared_gap * square,
        }))
    }

    /// The calibration error: the root of the mean, weighted by cases, of the bins' squared gaps between
    /// confidence and accuracy, without what chance alone makes of them. A page's own square is left
    /// out of each, so that it is the mean product of the gaps of two pages, which is without
    /// bias (Kumar, Liang and Ma 2019, with pages in the place of cases). Below 0 it is 0.
    pub fn calibration_error(&self) -> Result<f64, Undefined> {
        let squared = self.squared_error(self.0.map(|bin| bin.gap())).ok_or(Undefined::OnePage)?;
        Ok(squared.max(0.0).sqrt())
    }

    fn squared_error(&self, gaps: [f64; BINS]) -> Option<f64> {
        let n: usize = self.0.iter().map(|bin| bin.n).sum();
        let (mut sum, mut seen) = (0.0, false);
        for (bin, gap) in self.0.iter().zip(gaps) {
            let pairs = (bin.n as f64).powi(2) - bin.squared_n;
            // Of one page nothing is told.
            if pairs > 0.0 {
                seen = true;
                sum += bin.n as f64 * (gap * gap - bin.squared_gap) / pairs;
            }
        }
        seen.then(|| sum / n as f64)
    }

    /// What calibrated probabilities would show at most, 95 times in 100, on pages like these: were they
    /// calibrated, the gaps of a page would be as likely to be turned round, all together. So they are,
    /// page by page, and again and again (sign flips by clusters: Cameron, Gelbach and Miller
    /// 2008).
    pub fn if_calibrated(by_page: &[&Self]) -> f64 {
        let whole = by_page.iter().fold(Self::default(), |mut whole, page| {
            whole.merge(page);
            whole
        });
        let mut random = Random::new(SEED);
        let mut drawn: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let mut gaps = [0.0; BINS];
                for page in by_page {
                    let sign = if random.below(2) == 0 { 1.0 } else { -1.0 };
                    gaps.iter_mut().zip(&page.0).for_each(|(gap, bin)| *gap += sign * bin.gap());
                }
                whole.squared_error(gaps).unwrap_or(0.0).max(0.0).sqrt()
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        drawn[(DRAWS + 1) * 95 / 100 - 1]
    }

    /// The bins, with means.
    pub fn shown(&self) -> Vec<Bin> {
        let bin = |(i, sums): (usize, &BinSums)| {
            let mean = |sum: f64| (sums.n > 0).then(|| sum / sums.n as f64);
            Bin {
                from: i as f64 / BINS as f64,
                to: (i + 1) as f64 / BINS as f64,
                n: sums.n,
                confidence: mean(sums.confidence),
                accuracy: mean(sums.correct),
            }
        };
        self.0.iter().enumerate().map(bin).collect()
    }
}

/// The slope of a logistic recalibration (Cox 1958): probabilities raised to a power and scaled to sum to 1.
/// The power that makes the gold labels most likely is 1 where they are right, less where they are too
/// sure, more where they are not sure enough. It is 1 / temperature (Guo et al. 2017).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slope {
    at: f64,
    /// Of some cases the log likelihood's derivative by the slope, and less its second.
    score: f64,
    information: f64,
}

impl Slope {
    /// The slope of all cases, none of them counted yet; nothing without probabilities.
    pub fn fit(scored: &Scored) -> Option<Self> {
        let cases =
            || (0..scored.len()).map(|case| (scored.gold()[case], probabilities(scored, case)));
        let at = |slope: f64| -> Option<(f64, Self)> {
            let mut sum = Self { at: slope, score: 0.0, information: 0.0 };
            let mut likelihood = 0.0;
            for (gold, p) in cases() {
                likelihood += sum.add(gold, p?);
            }
            Some((likelihood, sum))
        };
        let (mut likelihood, mut best) = at(1.0)?;
        for _ in 0..100 {
            let step = best.score / best.information;
            if !step.is_finite() || best.at.abs() > STEEPEST {
                break;
            }
            // The likelihood is concave: half the step is enough where the whole one is too long.
            let mut part = 1.0;
            let next = loop {
                let tried = at(best.at + part * step)?;
                if tried.0 >= likelihood || part < 1e-9 {
                    break tried;
                }
                part /= 2.0;
            };
            let done = (part * step).abs() <= 1e-12 * best.at.abs().max(1.0);
            (likelihood, best) = next;
            if done {
                break;
            }
        }
        Some(Self { at: best.at, score: 0.0, information: 0.0 })
    }

    /// Counts a case, and gives its log likelihood.
    pub fn add(&mut self, gold: usize, probabilities: &[f64]) -> f64 {
        let log = |p: &f64| libm::log(p.max(LEAST_PROBABILITY));
        // The one that counts most, so that no weight overflows.
        let logs = probabilities.iter().map(log);
        let most = if self.at < 0.0 { logs.reduce(f64::min) } else { logs.reduce(f64::max) };
        let most = most.unwrap_or_default();
        let (mut all, mut mean, mut square) = (0.0, 0.0, 0.0);
        for p in probabilities {
            let x = log(p) - most;
            let weight = libm::exp(self.at * x);
            all += weight;
            mean += weight * x;
            square += weight * x * x;
        }
        let own = log(&probabilities[gold]) - most;
        let mean = mean / all;
        self.score += own - mean;
        self.information += square / all - mean * mean;
        self.at * own - libm::log(all)
    }

    pub fn plus(self, other: Self, sign: f64) -> Self {
        Self {
            score: self.score + sign * other.score,
            information: self.information + sign * other.information,
            ..self
        }
    }

    pub fn times(self, by: u64) -> Self {
        let by = by as f64;
        Self { score: self.score * by, information: self.information * by, ..self }
    }

    /// The slope of the cases counted: a Newton step from that of all, which has no step to make.
    pub fn value(self, n: f64) -> Result<f64, Undefined> {
        let flat = self.information <= 1e-9 * n || self.at.abs() > STEEPEST;
        if flat { Err(Undefined::NoSlope) } else { Ok(self.at + self.score / self.information) }
    }
}

fn probabilities(scored: &Scored, case: usize) -> Option<&[f64]> {
    scored.answers().probabilities_of(case)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::{Metric, estimates},
        predictions::Answers,
    };

    /// Cases of two labels on pages of five, right as often as `right` says of the odds that are shown.
    fn scored(n: usize, seed: u64, right: impl Fn(f64) -> f64) -> Scored {
        let mut random = Random::new(seed);
        let mut uniform = || random.below(1 << 30) as f64 / f64::from(1 << 30);
        let (mut p, mut gold) = (vec![], vec![]);
        for _ in 0..n {
            let odds = 3.0 * uniform();
            let shown = 1.0 / (1.0 + libm::exp(-odds));
            p.extend([shown, 1.0 - shown]);
            gold.push(Some(usize::from(uniform() >= 1.0 / (1.0 + libm::exp(-right(odds))))));
        }
        let pages = (0..n).map(|i| i / 5).collect();
        let answers = Answers::new("t", ["a", "b"], vec![Some(0); n], pages).unwrap();
        Scored::new(answers.with_probabilities(p).unwrap(), &gold).unwrap()
    }

    fn of(scored: &Scored, metric: Metric) -> crate::evaluate::Estimate {
        estimates(scored).into_iter().find(|estimate| estimate.metric == metric).unwrap()
    }

    /// The square is unbiased: as often below 0 as above where probabilities are right, and the same on few pages as
    /// on many where they are not.
    #[test]
    fn the_error_has_no_bias() {
        let mean = |n: usize, right: fn(f64) -> f64| {
            let squared = |seed| {
                let scored = scored(n, seed, right);
                let mut whole = Bins::default();
                for page in 0..n / 5 {
                    let mut bins = Bins::default();
                    for case in 5 * page..5 * page + 5 {
                        let p = scored.answers().probability(case).unwrap();
                        bins.add(p, 1.0, scored.gold()[case] == 0);
                    }
                    bins.seal();
                    whole.merge(&bins);
                }
                whole.squared_error(whole.0.map(|bin| bin.gap())).unwrap()
            };
            (0..400).map(squared).sum::<f64>() / 400.0
        };
        assert!(mean(100, |odds| odds).abs() < 8e-4, "{}", mean(100, |odds| odds));
        let (few, many) = (mean(100, |odds| odds / 2.0), mean(2000, |odds| odds / 2.0));
        assert!((few / many - 1.0).abs() < 0.15 && many > 0.01, "{few} {many}");
    }

    /// A slope of so much is found in probabilities that are so wrong.
    #[test]
    fn the_slope_says_how_wrong_probabilities_are() {
        for times in [1.0, 0.5, 2.0] {
            let (mut covered, mut accused, mut sum) = (0, 0, 0.0);
            for seed in 0..40 {
                let scored = scored(1000, seed, |odds| times * odds);
                let slope = of(&scored, Metric::CalibrationSlope);
                let interval = slope.interval.unwrap();
                covered += usize::from(interval.lo < times && times < interval.hi);
                sum += slope.value.unwrap() / 40.0;
                let ece = of(&scored, Metric::Ece);
                accused += usize::from(ece.value.unwrap() > ece.if_calibrated.unwrap());
            }
            assert!((sum / times - 1.0).abs() < 0.05 && covered >= 35, "{times}: {sum} {covered}");
            assert!(if times == 1.0 { accused <= 5 } else { accused >= 35 }, "{times}: {accused}");
        }
        // All right: any slope is too small.
        let found = of(&scored(100, 1, |_| 1e9), Metric::CalibrationSlope);
        assert_eq!((found.value, found.why), (None, Some(Undefined::NoSlope)));
    }

    /// A page left out is a Newton step: as good as a new fit.
    #[test]
    fn a_page_left_out_needs_no_new_fit() {
        use crate::evaluate::Tally;
        let all = scored(300, 2, |odds| odds);
        let pages = Tally::by_page(&all);
        let whole = Tally::sum(2, pages.iter());
        let stepped = Metric::CalibrationSlope.value(&whole.less(&pages[0])).unwrap();
        let rest: Vec<usize> = (5..300).collect();
        let fitted = of(&all.select(&rest), Metric::CalibrationSlope).value.unwrap();
        let at = of(&all, Metric::CalibrationSlope).value.unwrap();
        assert!(
            (stepped - fitted).abs() < 0.05 * (at - fitted).abs() + 1e-6,
            "{stepped} {fitted} {at}"
        );
    }
}
