//! Are new predictions better than old ones, on the same cases?

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    estimate::{by_page, sum},
    json::Object,
    metrics::{Metric, Tally},
};
use crate::{
    error::{Error, Result},
    predictions::Scored,
    sampling::{
        Interval, Measured, Resampling, Undefined, ends, fair_coins, resample, shown_as_measured,
    },
};

/// 1.96 + 0.84 standard errors: a difference of so many is found with 80 % power by an interval
/// of 95 %.
const DETECTABLE: f64 = 2.8;

/// How predictions are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ComparisonSettings {
    /// Differences smaller than this do not matter: 0.01.
    pub margin: f64,
    /// How intervals are resampled.
    pub resampling: Resampling,
}

impl Default for ComparisonSettings {
    fn default() -> Self {
        Self { margin: 0.01, resampling: Resampling::default() }
    }
}

impl ComparisonSettings {
    /// With this margin.
    pub fn margin(self, margin: f64) -> Self {
        Self { margin, ..self }
    }

    /// With intervals resampled so.
    pub fn resampling(self, resampling: Resampling) -> Self {
        Self { resampling, ..self }
    }
}

/// Old and new predictions of one task's cases.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
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
    /// Whether new labels are right more often than old ones by more than chance.
    pub mcnemar: McNemar,
    /// The cases of which one of the two labels is right: first those that are no longer right, then
    /// those that are now right. Each group by the probability of the new label, the largest first,
    /// then in the order of the cases.
    pub flips: Vec<Flip>,
}

/// One metric, old and new. Shown as its value and interval, with signs if the format has `+`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The metric.
    #[serde(skip)]
    pub metric: Metric,
    /// Of the old predictions.
    pub old: Option<f64>,
    /// Of the new predictions.
    pub new: Option<f64>,
    /// New less old.
    pub value: Option<f64>,
    /// Its 95 % interval.
    #[serde(flatten, serialize_with = "ends")]
    pub interval: Option<Interval>,
    /// The least difference that so many pages would show with 80 % power: 2.8 standard errors,
    /// by the resamples. Nothing where there is no interval.
    pub detectable: Option<f64>,
    /// Cases that each of the two values is computed from at least, by [`Metric::cases`].
    pub n: usize,
    /// Pages on which both have such cases.
    pub n_pages: usize,
    /// Whether new is better.
    pub verdict: Verdict,
    /// Why there is no value; where there is one, why it has no interval.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub why: Option<Undefined>,
}

shown_as_measured!(Difference);

/// Whether new predictions are better, by a difference and its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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

named!(Verdict, "the verdict":
    Better = "better",
    Worse = "worse",
    Equivalent = "equivalent",
    CannotTell = "cannot tell",
);

impl Verdict {
    fn of(metric: Metric, interval: Option<Interval>, margin: f64) -> Self {
        let (above, below) = match metric.lower_is_better() {
            true => (Self::Worse, Self::Better),
            false => (Self::Better, Self::Worse),
        };
        match interval {
            Some(Interval { lo, hi }) if -margin <= lo && hi <= margin => Self::Equivalent,
            Some(Interval { lo, .. }) if lo > 0.0 => above,
            Some(Interval { hi, .. }) if hi < 0.0 => below,
            _ => Self::CannotTell,
        }
    }
}

/// McNemar's exact test (1947). If neither labels better, a case that one of the two alone has right
/// is as likely to be the one's as the other's. The test takes cases as independent, which passages of
/// one page are not; the interval of the accuracy's difference does not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
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
#[non_exhaustive]
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
    /// interval over pages, paired: each resample has the same pages for both, so that pages that are
    /// hard for both cancel out. It sees the differences on these pages only: where there are none it
    /// is a point, though after n cases without a flip up to 3/n may flip elsewhere. Resamples in
    /// which a metric is undefined for one of the two are left out.
    ///
    /// ```
    /// use standpoint::evaluate::{Comparison, ComparisonSettings, Verdict};
    /// use standpoint::predictions::{Answers, Scored};
    /// let gold: Vec<_> = (0..300).map(|i| Some(i % 2)).collect();
    /// let wrong_in = |every: usize| -> standpoint::Result<Scored> {
    ///     let predicted = (0..300).map(|i| Some(if i % every == 0 { 1 } else { i % 2 })).collect();
    ///     let pages = (0..300).map(|i| i / 5).collect();
    ///     Scored::new(Answers::new("t", ["no", "yes"], predicted, pages)?, &gold)
    /// };
    /// let (old, new) = (wrong_in(3)?, wrong_in(9)?);
    /// let settings = ComparisonSettings::default().margin(0.02);
    /// let comparison = Comparison::of(&old, &new, &settings)?;
    /// let accuracy = &comparison.differences[0];
    /// assert!((accuracy.value.unwrap() - 0.11).abs() < 1e-12);
    /// assert_eq!(accuracy.verdict, Verdict::Better);
    /// assert_eq!((comparison.mcnemar.only_old, comparison.mcnemar.only_new), (0, 33));
    /// let same = Comparison::of(&old, &old, &settings)?;
    /// assert_eq!(same.differences[0].verdict, Verdict::Equivalent);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the two are not of the same cases: task, labels, gold labels or pages differ.
    pub fn of(old: &Scored, new: &Scored, settings: &ComparisonSettings) -> Result<Self> {
        let (task, labels) = (old.task(), old.labels());
        let same = task == new.task() && labels == new.labels();
        if !same || old.gold() != new.gold() || old.pages() != new.pages() {
            let problem = format!("the {task} predictions are not of the same cases");
            return Err(Error::undecidable(problem, "compare predictions of the same passages"));
        }
        let &ComparisonSettings { margin, resampling } = settings;
        let k = labels.len();
        let tallies: Vec<(Tally, Tally)> = by_page(old).into_iter().zip(by_page(new)).collect();
        let sums = |pages: &mut dyn Iterator<Item = usize>| {
            let drawn: Vec<&(Tally, Tally)> = pages.map(|page| &tallies[page]).collect();
            (sum(k, drawn.iter().map(|pair| &pair.0)), sum(k, drawn.iter().map(|pair| &pair.1)))
        };
        let whole = sums(&mut (0..tallies.len()));
        let resampled =
            resample(tallies.len(), resampling, |drawn| sums(&mut drawn.iter().copied()));

        let difference = |metric: Metric| {
            let of = |(old, new): &(Tally, Tally)| -> Result<f64, Undefined> {
                Ok(metric.value(new)? - metric.value(old)?)
            };
            let cases = |(old, new): &(Tally, Tally)| metric.cases(old).min(metric.cases(new));
            let n = cases(&whole);
            let n_pages = tallies.iter().filter(|pair| cases(pair) > 0).count();
            let values: Vec<f64> = resampled.iter().filter_map(|pair| of(pair).ok()).collect();
            let detectable = DETECTABLE * standard_deviation(&values);
            let Measured { value, interval, why } =
                Measured::new(of(&whole), n, n_pages, values.into_iter());
            Difference {
                metric,
                old: metric.value(&whole.0).ok(),
                new: metric.value(&whole.1).ok(),
                value,
                interval,
                detectable: interval.map(|_| detectable),
                n,
                n_pages,
                verdict: Verdict::of(metric, interval, margin),
                why,
            }
        };
        let differences = Metric::all(labels).into_iter().map(difference).collect();
        let flips = flips(old, new);
        let helped = flips.iter().filter(|flip| flip.helps).count();
        Ok(Self {
            task: task.to_owned(),
            labels: labels.to_vec(),
            n: old.len(),
            n_pages: tallies.len(),
            margin,
            differences,
            mcnemar: McNemar::of((flips.len() - helped) as u64, helped as u64),
            flips,
        })
    }

    /// One of its differences.
    pub fn get(&self, metric: Metric) -> Option<&Difference> {
        self.differences.iter().find(|difference| difference.metric == metric)
    }
}

/// A task's part of the JSON of `compare`, without its flips: a comparison does not know the places
/// and texts of its cases.
impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named =
            |difference: &'_ Difference| (difference.metric.name(&self.labels), difference.clone());
        let mut json = serializer.serialize_struct("Comparison", 6)?;
        json.serialize_field("labels", &self.labels)?;
        json.serialize_field("n", &self.n)?;
        json.serialize_field("n_pages", &self.n_pages)?;
        json.serialize_field("margin", &self.margin)?;
        json.serialize_field("metrics", &Object(|| self.differences.iter().map(named)))?;
        json.serialize_field("mcnemar", &self.mcnemar)?;
        json.end()
    }
}

fn flips(old: &Scored, new: &Scored) -> Vec<Flip> {
    let flip = |case: usize| {
        let (gold, was, is) = (old.gold()[case], old.predicted()[case], new.predicted()[case]);
        ((was == gold) != (is == gold)).then(|| Flip {
            case,
            helps: is == gold,
            gold,
            old: was,
            new: is,
            probability: new.answers().probability(case),
        })
    };
    let mut flips: Vec<Flip> = (0..old.len()).filter_map(flip).collect();
    let certainty = |flip: &Flip| flip.probability.unwrap_or(0.0);
    flips.sort_by(|a, b| a.helps.cmp(&b.helps).then(certainty(b).total_cmp(&certainty(a))));
    flips
}

fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}
