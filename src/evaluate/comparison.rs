//! Are new predictions better than old ones, on the same cases?

use serde_json::{Map, Value, json};

use super::{
    interval::{Cases, by_page, sum},
    metrics::{Metric, Tally},
};
use crate::sampling::{Interval, fair_coins, interval, resample};

/// 1.96 + 0.84 standard errors: a difference of so many is found with 80 % power by an interval
/// of 95 %.
const DETECTABLE: f64 = 2.8;

/// Old and new predictions of one task's cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The task.
    pub task: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Cases.
    pub n: usize,
    /// Pages on which they lie.
    pub n_pages: usize,
    /// Differences smaller than this do not matter.
    pub margin: f64,
    /// One for each metric.
    pub differences: Vec<Difference>,
    /// Whether new labels are right more often than old ones, by chance.
    pub mcnemar: McNemar,
    /// The cases of which one of the two labels is right: first those that were, then those that
    /// are; each by the probability of its new label, the largest first, where there are
    /// probabilities, then in the order of the cases.
    pub flips: Vec<Flip>,
}

/// One metric, old and new.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The metric.
    pub metric: Metric,
    /// Of the old predictions, or why there is none.
    pub old: Result<f64, &'static str>,
    /// Of the new predictions.
    pub new: Result<f64, &'static str>,
    /// New less old.
    pub value: Result<f64, &'static str>,
    /// Its 95 % interval, or why there is none.
    pub interval: Interval,
    /// The least difference that so many pages would show with 80 % power: 2.8 standard errors,
    /// by the resamples. Nothing where there is no interval.
    pub detectable: Option<f64>,
    /// Cases that both values are computed from at least, as [`Metric::cases`] counts them.
    pub n: usize,
    /// Pages on which both have such cases.
    pub n_pages: usize,
    /// What follows.
    pub verdict: Verdict,
}

/// What a difference and its interval amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies on the better side of 0, and not within the margin.
    Better,
    /// The whole interval lies on the worse side of 0, and not within the margin.
    Worse,
    /// The whole interval lies within the margin: two one-sided tests at 2.5 % each (Schuirmann
    /// 1987).
    Equivalent,
    /// None of these, or there is no interval.
    CannotTell,
}

impl Verdict {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::CannotTell => "cannot tell",
        }
    }

    fn of(metric: Metric, interval: Interval, margin: f64) -> Self {
        match interval {
            Ok((low, high)) if -margin <= low && high <= margin => Self::Equivalent,
            Ok((low, _)) if low > 0.0 => {
                if metric.lower_is_better() {
                    Self::Worse
                } else {
                    Self::Better
                }
            }
            Ok((_, high)) if high < 0.0 => {
                if metric.lower_is_better() {
                    Self::Better
                } else {
                    Self::Worse
                }
            }
            _ => Self::CannotTell,
        }
    }
}

/// McNemar's exact test (1947): if neither labels better, a case of which one of the two is right
/// is as likely to be the one's as the other's. It takes cases for independent, which passages of
/// one page are not: the interval of the accuracy's difference does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Cases that the old predictions alone had right.
    pub only_old: u64,
    /// Cases that the new predictions alone have right.
    pub only_new: u64,
    /// The two-sided binomial probability of a difference as large, 1 at most.
    pub p: f64,
    /// The same with half the probability of the very split that was found (Fagerland, Lydersen and
    /// Laake 2013), which is closer to what it says.
    pub mid_p: f64,
}

impl McNemar {
    /// From the cases that one of the two alone had right.
    ///
    /// ```
    /// use standpoint::evaluate::McNemar;
    /// let test = McNemar::of(1, 9); // 2 * (1 + 10) / 2^10
    /// assert!((test.p - 0.021484375).abs() < 1e-12 && (test.mid_p - 0.01171875).abs() < 1e-12);
    /// ```
    pub fn of(only_old: u64, only_new: u64) -> Self {
        let (at_most, exactly) = fair_coins(only_old + only_new, only_old.min(only_new));
        let p = (2.0 * at_most).min(1.0);
        Self { only_old, only_new, p, mid_p: (2.0 * at_most - exactly).min(1.0) }
    }
}

/// A case of which one of two labels is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flip {
    /// Its number among the cases.
    pub case: usize,
    /// Whether the new label is the right one.
    pub helps: bool,
    /// The gold label.
    pub gold: usize,
    /// The old label.
    pub old: usize,
    /// The new label.
    pub new: usize,
    /// The probability of the new label, where there are probabilities.
    pub probability: Option<f64>,
}

impl Comparison {
    /// Compares two predictions of the same cases. Differences have the 95 % percentile bootstrap
    /// interval over pages, paired: each resample has the same pages for both, so that what is hard
    /// for both cancels out. It knows only what differs on these pages: where nothing does it is no
    /// interval but a point, though of n cases without a flip 3/n may be flips elsewhere. The seed decides the resamples; the number of threads does not.
    /// Resamples in which a metric is undefined for one of the two are left out.
    ///
    /// ```
    /// use standpoint::evaluate::{Cases, Comparison, Verdict};
    /// let gold: Vec<usize> = (0..300).map(|i| i % 2).collect();
    /// let old: Vec<usize> = (0..300).map(|i| if i % 3 == 0 { 1 } else { i % 2 }).collect();
    /// let new: Vec<usize> = (0..300).map(|i| if i % 9 == 0 { 1 } else { i % 2 }).collect();
    /// let pages: Vec<usize> = (0..300).map(|i| i / 5).collect();
    /// let cases = |predicted| Cases { gold: &gold, predicted, probabilities: None, pages: &pages };
    /// let labels = ["no".to_string(), "yes".to_string()];
    /// let comparison = Comparison::of("t", &labels, cases(&old), cases(&new), 0.01, 1000, 1);
    /// let accuracy = &comparison.differences[0];
    /// assert!((accuracy.value.unwrap() - 0.11).abs() < 1e-12);
    /// assert_eq!(accuracy.verdict, Verdict::Better);
    /// assert_eq!((comparison.mcnemar.only_old, comparison.mcnemar.only_new), (0, 33));
    /// let same = Comparison::of("t", &labels, cases(&old), cases(&old), 0.01, 1000, 1);
    /// assert_eq!(same.differences[0].verdict, Verdict::Equivalent);
    /// ```
    ///
    /// # Panics
    /// If the two are not of the same cases: gold labels or pages differ.
    pub fn of(
        task: &str,
        labels: &[String],
        old: Cases<'_>,
        new: Cases<'_>,
        margin: f64,
        resamples: usize,
        seed: u64,
    ) -> Self {
        assert!(old.gold == new.gold && old.pages == new.pages, "the same cases");
        let k = labels.len();
        let tallies: Vec<(Tally, Tally)> =
            by_page(old, k).into_iter().zip(by_page(new, k)).collect();
        let sums = |pages: &mut dyn Iterator<Item = usize>| {
            let drawn: Vec<&(Tally, Tally)> = pages.map(|page| &tallies[page]).collect();
            (sum(k, drawn.iter().map(|pair| &pair.0)), sum(k, drawn.iter().map(|pair| &pair.1)))
        };
        let whole = sums(&mut (0..tallies.len()));
        let resampled =
            resample(tallies.len(), resamples, seed, |drawn| sums(&mut drawn.iter().copied()));

        let difference = |metric: Metric| {
            let of = |(old, new): &(Tally, Tally)| Ok(metric.value(new)? - metric.value(old)?);
            let value = of(&whole);
            let cases = |(old, new): &(Tally, Tally)| metric.cases(old).min(metric.cases(new));
            let n = cases(&whole);
            let n_pages = tallies.iter().filter(|pair| cases(pair) > 0).count();
            let values: Vec<f64> = resampled.iter().filter_map(|pair| of(pair).ok()).collect();
            let detectable = DETECTABLE * standard_deviation(&values);
            let interval = interval(value, n, n_pages, values.into_iter());
            Difference {
                metric,
                old: metric.value(&whole.0),
                new: metric.value(&whole.1),
                value,
                interval,
                detectable: interval.ok().map(|_| detectable),
                n,
                n_pages,
                verdict: Verdict::of(metric, interval, margin),
            }
        };
        let differences = Metric::all(labels).into_iter().map(difference).collect();
        let flips = flips(k, old, new);
        let helped = flips.iter().filter(|flip| flip.helps).count();
        Self {
            task: task.to_owned(),
            labels: labels.to_vec(),
            n: old.gold.len(),
            n_pages: tallies.len(),
            margin,
            differences,
            mcnemar: McNemar::of((flips.len() - helped) as u64, helped as u64),
            flips,
        }
    }

    /// One of its differences.
    pub fn get(&self, metric: Metric) -> Option<&Difference> {
        self.differences.iter().find(|difference| difference.metric == metric)
    }

    /// The part of `compare --format json` that speaks of this task, but for its flips: those have
    /// places and texts, which are not known here.
    pub fn to_json(&self) -> Value {
        let difference = |difference: &Difference| {
            let (lo, hi) = difference.interval.ok().unzip();
            let mut value = json!({
                "old": difference.old.ok(),
                "new": difference.new.ok(),
                "value": difference.value.ok(),
                "lo": lo,
                "hi": hi,
                "detectable": difference.detectable,
                "n": difference.n,
                "n_pages": difference.n_pages,
                "verdict": difference.verdict.name(),
            });
            if let Err(reason) = difference.value.and(difference.interval) {
                value["reason"] = reason.into();
            }
            (difference.metric.name(&self.labels), value)
        };
        let McNemar { only_old, only_new, p, mid_p } = self.mcnemar;
        json!({
            "labels": self.labels,
            "n": self.n,
            "n_pages": self.n_pages,
            "margin": self.margin,
            "metrics": self.differences.iter().map(difference).collect::<Map<_, _>>(),
            "mcnemar": { "only_old": only_old, "only_new": only_new, "p": p, "mid_p": mid_p },
        })
    }
}

fn flips(k: usize, old: Cases<'_>, new: Cases<'_>) -> Vec<Flip> {
    let flip = |case: usize| {
        let (gold, was, is) = (old.gold[case], old.predicted[case], new.predicted[case]);
        ((was == gold) != (is == gold)).then(|| Flip {
            case,
            helps: is == gold,
            gold,
            old: was,
            new: is,
            probability: new.probabilities.map(|p| p[case * k + is]),
        })
    };
    let mut flips: Vec<Flip> = (0..old.gold.len()).filter_map(flip).collect();
    let certainty = |flip: &Flip| flip.probability.unwrap_or(0.0);
    flips.sort_by(|a, b| a.helps.cmp(&b.helps).then(certainty(b).total_cmp(&certainty(a))));
    flips
}

fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}
