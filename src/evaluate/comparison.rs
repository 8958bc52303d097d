//! Are new predictions better than old ones, on the same cases?

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    metrics::{Metric, Tally, Uses},
    object::Object,
};
use crate::{
    error::{Error, Result},
    predictions::Scored,
    sampling::{
        Interval, Jackknife, LEAST_PAGES_TO_JUDGE, Measured, Scale, Undefined, ends, fair_coins,
        shown_as_measured, t_quantile, t_quantile_at,
    },
};

/// How often a difference of the size of [`Difference::detectable`] is found.
const POWER: f64 = 0.8;
/// Nothing is better or worse by changes on fewer pages: if each were as likely to be for the better
/// as for the worse, five would all be of one sort once in 16 times.
const LEAST_CHANGED_PAGES: usize = 6;

/// How predictions are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ComparisonSettings {
    /// Differences smaller than this do not matter: 0.01.
    pub margin: f64,
}

impl Default for ComparisonSettings {
    fn default() -> Self {
        Self { margin: 0.01 }
    }
}

impl ComparisonSettings {
    /// With this margin.
    pub fn margin(self, margin: f64) -> Self {
        Self { margin }
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
    /// The least difference that so many pages would show with 80 % power: half the width of the interval,
    /// times the sum of Student's t at 97.5 % and at 80 % over that at 97.5 % (1.43 with many degrees of
    /// freedom). Nothing where there is no interval.
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

/// Whether new predictions are better, by a difference and its interval. Of fewer than 8 pages there is
/// no telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The whole interval lies on the better side of 0, and not within the margin; and something
    /// changed on 6 pages at least.
    Better,
    /// The whole interval lies on the worse side of 0, and not within the margin; and something
    /// changed on 6 pages at least.
    Worse,
    /// The whole interval lies within the margin: two one-sided tests at 2.5 % each (Schuirmann
    /// 1987).
    Equivalent,
    /// None of these, or there is no interval; or the new predictions left passages unanswered that
    /// the old ones answer, and are not worse on the others.
    CannotTell,
}

named!(Verdict, "the verdict":
    Better = "better",
    Worse = "worse",
    Equivalent = "equivalent",
    CannotTell = "cannot tell",
);

impl Verdict {
    fn of(
        metric: Metric,
        interval: Option<Interval>,
        margin: f64,
        n_pages: usize,
        changed: usize,
    ) -> Self {
        if n_pages < LEAST_PAGES_TO_JUDGE {
            return Self::CannotTell;
        }
        let enough = changed >= LEAST_CHANGED_PAGES;
        let (above, below) = match metric.lower_is_better() {
            true => (Self::Worse, Self::Better),
            false => (Self::Better, Self::Worse),
        };
        match interval {
            Some(Interval { lo, hi }) if -margin <= lo && hi <= margin => Self::Equivalent,
            Some(Interval { lo, .. }) if lo > 0.0 && enough => above,
            Some(Interval { hi, .. }) if hi < 0.0 && enough => below,
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
    /// Compares two predictions of the same cases. Differences have the 95 % interval of
    /// [`estimates`](super::estimates), paired: a page is left out of both, so that pages that are hard
    /// for both cancel out. What is added for each end is a change for the better, or for the worse, on part
    /// of a page: the mean share changed of the pages with changes, one page being added of which
    /// any share changed; over the square root of one more than their number. So an interval has a
    /// width also where nothing changed, about 3 / pages times such a share.
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
    /// let settings = ComparisonSettings::default().margin(0.03);
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
        let margin = settings.margin;
        let pages = Pages::of(Tally::by_page(old), Tally::by_page(new), labels.len());
        let differences = Metric::all(labels).into_iter();
        let differences = differences.map(|metric| pages.difference(metric, margin)).collect();
        let flips = flips(old, new);
        let helped = flips.iter().filter(|flip| flip.helps).count();
        Ok(Self {
            task: task.to_owned(),
            labels: labels.to_vec(),
            n: old.len(),
            n_pages: pages.pairs.len(),
            margin,
            differences,
            mcnemar: McNemar::of((flips.len() - helped) as u64, helped as u64),
            flips,
        })
    }

    /// The same where not all passages are answered by both: with the difference of the coverage, and
    /// with no metric judged better or equivalent if the new predictions leave out passages that the
    /// old ones answer. Of each passage with a gold label, the page and who answered.
    pub(crate) fn with_answered(mut self, answered: &[Answered]) -> Self {
        let k = self.labels.len();
        let mut by_page: BTreeMap<usize, [Tally; 2]> = BTreeMap::new();
        for passage in answered {
            let tallies =
                by_page.entry(passage.page).or_insert_with(|| [Tally::new(k), Tally::new(k)]);
            for (tally, is) in tallies.iter_mut().zip([passage.by_old, passage.by_new]) {
                tally.add_whether_answered(is);
            }
        }
        let (old, new) = by_page.into_values().map(|[old, new]| (old, new)).unzip();
        let pages = Pages::of(old, new, k);
        let lost = answered.iter().any(|passage| passage.by_old && !passage.by_new);
        for difference in &mut self.differences {
            if difference.metric == Metric::Coverage {
                *difference = pages.difference(Metric::Coverage, self.margin);
            } else if lost && matches!(difference.verdict, Verdict::Better | Verdict::Equivalent) {
                difference.verdict = Verdict::CannotTell;
                difference.why = difference.why.or(Some(Undefined::Unanswered));
            }
        }
        self
    }

    /// One of its differences.
    pub fn get(&self, metric: Metric) -> Option<&Difference> {
        self.differences.iter().find(|difference| difference.metric == metric)
    }
}

/// Who answered a passage that has a gold label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub page: usize,
    pub by_old: bool,
    pub by_new: bool,
}

/// Old and new predictions of some pages.
struct Pages {
    pairs: Vec<[Tally; 2]>,
    parts: Vec<[Tally; 2]>,
    whole: [Tally; 2],
    /// Of old and new labels together: twice as many as there are cases.
    uses: Uses,
}

impl Pages {
    fn of(old: Vec<Tally>, new: Vec<Tally>, k: usize) -> Self {
        let both = |(old, new): (&Tally, &Tally)| Tally::sum(k, [old, new].into_iter());
        let uses = Uses::on(&old.iter().zip(&new).map(both).collect::<Vec<_>>());
        let whole = [&old, &new].map(|side| Tally::sum(k, side.iter()));
        let pairs: Vec<[Tally; 2]> = old.into_iter().zip(new).map(<[Tally; 2]>::from).collect();
        let parts = pairs.iter().map(|pair| pair.each_ref().map(Tally::in_parts)).collect();
        Self { pairs, parts, whole, uses }
    }

    fn difference(&self, metric: Metric, margin: f64) -> Difference {
        let cases = |[old, new]: &[Tally; 2]| metric.cases(old).min(metric.cases(new));
        let n = cases(&self.whole);
        let own: Vec<usize> =
            (0..self.pairs.len()).filter(|&page| cases(&self.pairs[page]) > 0).collect();
        let (share, changed) = self.share_changed(metric, &own);
        let of = |[old, new]: &[Tally; 2]| -> Result<f64, Undefined> {
            Ok(metric.value(new)? - metric.value(old)?)
        };
        // A change for the worse, or for the better.
        let jackknife = |added: [&Tally; 2]| -> Result<Jackknife, Undefined> {
            let mut all = self.whole.each_ref().map(Tally::in_parts);
            all.iter_mut().zip(added).for_each(|(all, added)| all.merge(added));
            let without = |&page: &usize| {
                let [old, new] = &self.parts[page];
                of(&[all[0].less(old), all[1].less(new)])
            };
            let without_page = own.iter().map(without).collect::<Result<_, _>>()?;
            Ok(Jackknife { whole: of(&all)?, without_page })
        };
        let mut detectable = None;
        let interval = |value: f64| {
            if matches!(metric, Metric::Ece | Metric::CalibrationSlope) {
                return Err(Undefined::NotCompared);
            }
            if self.uses.labels() < 2 && metric != Metric::Coverage {
                return Err(Undefined::OneLabelOnly);
            }
            let [right, wrong] = self.uses.pseudo_pages(share / 2.0);
            let both = [jackknife([&right, &wrong])?, jackknife([&wrong, &right])?];
            let dof = Jackknife::degrees_of_freedom(value, &both);
            let interval = Jackknife::interval(value, both, Scale::Line);
            let half = (interval.hi - interval.lo) / 2.0;
            detectable = Some(half * (1.0 + t_quantile_at(POWER, dof) / t_quantile(dof)));
            Ok(interval)
        };
        let Measured { value, interval, why } =
            Measured::new(of(&self.whole), n, own.len(), interval);
        let verdict = Verdict::of(metric, interval, margin, own.len(), changed);
        let unchanged = changed == 0 && verdict == Verdict::CannotTell && value.is_some();
        Difference {
            metric,
            old: metric.value(&self.whole[0]).ok(),
            new: metric.value(&self.whole[1]).ok(),
            value,
            interval,
            detectable,
            n,
            n_pages: own.len(),
            verdict,
            why: why.or(unchanged.then_some(Undefined::NothingChanged)),
        }
    }

    /// The share of a page that the pseudo-pages change, and on how many pages something changed.
    fn share_changed(&self, metric: Metric, own: &[usize]) -> (f64, usize) {
        let (mut cases, mut shares, mut pages) = (0.0, 0.0, 0);
        for &page in own {
            let [old, new] = &self.pairs[page];
            let of_page = metric.cases(old).max(metric.cases(new)) as f64;
            cases += of_page;
            let (changes, changed) = old.changes(new, metric);
            if changed {
                shares += changes / of_page;
                pages += 1;
            }
        }
        // From one case to all of them, each as likely.
        let any = f64::midpoint(1.0, own.len() as f64 / cases.max(1.0));
        let more = (pages + 1) as f64;
        ((shares + any) / more / more.sqrt(), pages)
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
