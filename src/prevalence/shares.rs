//! What share of a corpus has each label: what a classifier says of all of it, corrected by a
//! sample that people labelled.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    design::{Drawn, counts},
    inclusion::Inclusion,
    variance::{Parts, Spread, Units, lambda, numbered, of_corpus},
};
use crate::{
    error::{Error, Result},
    evaluate::Object,
    predictions::Answers,
    sampling::{Interval, LEAST_CASES, LEAST_PAGES, Measured, Undefined, ends, shown_as_measured},
};

/// A random sample that people labelled.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Sample {
    /// Passages of the corpus.
    Part {
        /// Their numbers in the corpus, each once.
        rows: Vec<usize>,
        /// Gold label of each.
        gold: Vec<usize>,
        /// How they were drawn.
        drawn: Drawn,
        /// With what probabilities; nothing where all had the same.
        inclusion: Option<Inclusion>,
    },
    /// Other passages, drawn from whatever the corpus was drawn from.
    Apart {
        /// The same classifier's predictions of them.
        answers: Answers,
        /// Gold label of each.
        gold: Vec<usize>,
    },
}

impl Sample {
    /// Gold labels, by number, of these rows of the corpus.
    pub fn part(rows: Vec<usize>, gold: Vec<usize>, drawn: Drawn) -> Self {
        Self::Part { rows, gold, drawn, inclusion: None }
    }

    /// The same, drawn with these probabilities.
    ///
    /// # Errors
    /// If there is not one for each passage, or the sample is apart from the corpus.
    pub fn with_inclusion(self, probabilities: Inclusion) -> Result<Self> {
        match self {
            Self::Part { rows, gold, drawn, .. } if rows.len() == probabilities.len() => {
                Ok(Self::Part { rows, gold, drawn, inclusion: Some(probabilities) })
            }
            _ => {
                let found = format!("{} of them", probabilities.len());
                Err(Error::setting("inclusion", found, "one for each passage of the corpus"))
            }
        }
    }

    /// Gold labels, by number, of other passages, and the classifier's predictions of them.
    pub fn apart(answers: Answers, gold: Vec<usize>) -> Self {
        Self::Apart { answers, gold }
    }

    fn gold(&self) -> &[usize] {
        match self {
            Self::Part { gold, .. } | Self::Apart { gold, .. } => gold,
        }
    }

    fn drawn(&self) -> Option<Drawn> {
        match self {
            Self::Part { drawn, .. } => Some(*drawn),
            Self::Apart { .. } => None,
        }
    }

    /// What was drawn at once, from so many passages on so many pages: a passage, or what is drawn of a page.
    fn units(&self, n: usize, n_pages: usize, pages: &[usize]) -> Units {
        let of_case = match self.drawn() {
            Some(Drawn::Passages) => (0..pages.len()).collect(),
            _ => numbered(pages),
        };
        if let Self::Part { inclusion: Some(inclusion), drawn, .. } = self {
            return Units::drawn(of_case, inclusion, *drawn);
        }
        let unknown = match self.drawn() {
            Some(Drawn::Passages) => 1.0 - pages.len() as f64 / n as f64,
            Some(Drawn::Pages) => 1.0 - counts(pages.iter().copied()).len() as f64 / n_pages as f64,
            _ => 1.0,
        };
        Units::equal(of_case, unknown)
    }

    /// Refuses what does not fit the corpus, or itself.
    fn check(&self, corpus: &Answers) -> Result<()> {
        let n = match self {
            Self::Part { rows, inclusion, .. } => {
                if let Some(inclusion) = inclusion.as_ref().filter(|of| of.len() != rows.len()) {
                    let found = format!("{} for {} rows", inclusion.len(), rows.len());
                    return Err(Error::setting("inclusion", found, "one for each row"));
                }
                let within = |row: &usize| *row < corpus.len();
                let distinct = rows.iter().filter(|row| within(row)).collect::<BTreeSet<_>>();
                if distinct.len() < rows.len() {
                    let expected = "rows of the corpus, each once";
                    return Err(Error::setting(
                        "rows",
                        format!("{} of them", rows.len()),
                        expected,
                    ));
                }
                rows.len()
            }
            Self::Apart { answers, .. } => {
                if answers.labels() != corpus.labels() {
                    let found = answers.labels().join(", ");
                    return Err(Error::setting("labels", found, "those of the corpus"));
                }
                answers.len()
            }
        };
        if self.gold().len() != n {
            let found = format!("{} for {n} rows", self.gold().len());
            return Err(Error::setting("gold", found, "one for each row"));
        }
        if let Some(beyond) = self.gold().iter().find(|label| **label >= corpus.n_labels()) {
            return Err(Error::setting("gold", beyond.to_string(), "below the number of labels"));
        }
        Ok(())
    }
}

/// The shares of a task's labels in a corpus.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Shares {
    /// The labels.
    pub labels: Vec<String>,
    /// One for each label.
    pub by_label: Vec<Share>,
    /// The share of favor less that of against, from -1 to 1; nothing for labels without sides.
    pub mean_stance: Option<Share>,
    /// How far predictions were made use of, 0 to 1; nothing without a sample that is large enough.
    pub lambda: Option<f64>,
    /// How far the sample's mean prediction lies from the corpus's, in standard errors: of the label
    /// for which it lies farthest. Nothing without a sample that is large enough.
    pub distance: Option<f64>,
    /// Whether known errors alone would make some share negative; see [`Shares::adjusted`].
    pub infeasible: bool,
    /// Passages of the corpus.
    pub n: usize,
    /// Their pages.
    pub n_pages: usize,
    /// Labelled passages.
    pub n_labelled: usize,
    /// Their pages.
    pub n_labelled_pages: usize,
}

/// A share, or a difference of shares. Shown as `0.300 (0.251-0.349)`, with the reason in place of
/// what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Share {
    /// The corrected value.
    pub value: Option<f64>,
    /// Its 95 % interval.
    #[serde(flatten, serialize_with = "ends")]
    pub interval: Option<Interval>,
    /// The share among the predicted labels, not corrected; nothing if no label is predicted.
    pub counted: Option<f64>,
    /// Why the first of these that is missing is missing.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub why: Option<Undefined>,
    #[serde(skip)]
    pub(super) spread: Option<Spread>,
}

shown_as_measured!(Share);

impl Share {
    pub(super) fn new(measured: Measured, counted: Result<f64, Undefined>) -> Self {
        let Measured { value, interval, why } = measured;
        Self { value, interval, counted: counted.ok(), why: why.or(counted.err()), spread: None }
    }
}

/// What is averaged over the passages: a number for each label, and the least and largest of them.
pub(super) struct Quantity {
    pub of_label: Vec<f64>,
    pub range: (f64, f64),
}

impl Quantity {
    /// One for each label, which is 1 for the label and 0 for others; and the stance where labels
    /// have sides: 1 for favor, -1 for against.
    pub fn all(labels: &[String]) -> (Vec<Self>, Option<Self>) {
        let is = |yes: bool| f64::from(u8::from(yes));
        let indicator = |label: usize| Self {
            of_label: (0..labels.len()).map(|other| is(other == label)).collect(),
            range: (0.0, 1.0),
        };
        let sided = ["favor", "against"].iter().all(|side| labels.iter().any(|l| l == side));
        let stance = |label: &String| is(label == "favor") - is(label == "against");
        let stance = Self { of_label: labels.iter().map(stance).collect(), range: (-1.0, 1.0) };
        ((0..labels.len()).map(indicator).collect(), sided.then_some(stance))
    }

    /// The mean over the predicted labels that were given.
    pub fn counted(&self, answers: &Answers) -> Result<f64, Undefined> {
        let given = (0..answers.len()).filter_map(|row| answers.given(row));
        let given: Vec<f64> = given.map(|label| self.of_label[label]).collect();
        let n = given.len() as f64;
        if given.is_empty() {
            Err(Undefined::NoPredictions)
        } else {
            Ok(given.iter().sum::<f64>() / n)
        }
    }

    /// The value expected of each passage: by its probabilities, else its label; without a label any.
    fn expected(&self, answers: &Answers) -> Vec<f64> {
        let any = self.of_label.iter().sum::<f64>() / self.of_label.len() as f64;
        let of_row = |row: usize| {
            let Some(label) = answers.given(row) else { return any };
            let p = answers.probabilities_of(row).unwrap_or_default();
            match p.iter().sum::<f64>() {
                0.0 => self.of_label[label],
                sum => p.iter().zip(&self.of_label).map(|(p, v)| p * v).sum::<f64>() / sum,
            }
        };
        (0..answers.len()).map(of_row).collect()
    }

    pub fn cut(&self, value: f64) -> f64 {
        value.clamp(self.range.0, self.range.1)
    }
}

impl Shares {
    /// Whether the sample is hardly a random one: its predictions lie more than five standard errors
    /// from the corpus's, which happens to one random sample in ten thousand, if that. Correction
    /// takes a random sample for granted; one that is close may be none all the same.
    pub fn is_far(&self) -> bool {
        self.distance.is_some_and(|distance| distance > 5.0)
    }

    /// Estimates the share of each label in the corpus (or, with a sample apart, in what both were
    /// drawn from) by prediction-powered inference (Angelopoulos et al. 2023) with power tuning
    /// (Angelopoulos, Duchi and Zrnic 2023):
    ///
    /// `share = lambda * mean of f over the corpus + mean of (y - lambda * f) over the sample`
    ///
    /// where y is 1 for the label and 0 for others, and f its predicted probability (its predicted
    /// label's y without probabilities; 1/k where nothing is predicted). Whatever the predictions are
    /// worth, the sample makes up for their errors; with lambda 1 this is the difference estimator of
    /// design-based supervised learning (Egami et al. 2023), with
    ///
    /// `lambda = Cov(mean y, mean f) / (Var(mean f) + Var(mean of f over the corpus))`,
    ///
    /// summed over the labels and cut to 0..1, the interval is as narrow as predictions of this
    /// quality allow: perfect ones count fully, worthless ones not at all. One lambda serves all
    /// labels, so that shares sum to 1 and the mean stance is favor less against.
    ///
    /// The variance is that of sums over pages (over passages where [`Drawn::Passages`] drew them
    /// from the corpus), times 1 - n/N where a simple sample of n of N leaves so much unknown; a
    /// sample apart adds lambda^2 times that of the corpus's mean. Two observations are added to
    /// the sample for the interval, half a one for each pair of least and largest y and f (Agresti
    /// and Min 2005): without them it would vanish where few errors are met. Where pages are drawn,
    /// each is a quarter of a page, if that is more. Student's t with degrees of freedom as in
    /// [`estimates`](crate::evaluate::estimates).
    ///
    /// Values are cut to their range. Fewer than 30 labelled passages, or than 5 labelled pages,
    /// give none.
    ///
    /// ```
    /// use standpoint::{predictions::Answers, prevalence::{Drawn, Sample, Shares}};
    /// // A classifier that says "yes" of 40 %, and is wrong in a quarter of its "yes".
    /// let predicted = (0..1000).map(|i| Some(usize::from(i % 10 < 4))).collect();
    /// let corpus = Answers::new("t", ["no", "yes"], predicted, (0..1000).collect())?;
    /// let gold = (0..200).map(|i| usize::from(i % 10 < 3)).collect();
    /// let sample = Sample::part((0..200).collect(), gold, Drawn::Passages);
    /// let yes = Shares::corrected(&corpus, &sample)?.by_label[1];
    /// assert_eq!(yes.counted, Some(0.4));
    /// assert!((yes.value.unwrap() - 0.3).abs() < 1e-12);
    /// let interval = yes.interval.unwrap();
    /// assert!((0.25..0.3).contains(&interval.lo) && (0.3..0.35).contains(&interval.hi));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the sample has not one gold label, or probability, for each of its passages, a label that the corpus does not
    /// have, or a row that is not in the corpus or is there twice.
    pub fn corrected(corpus: &Answers, sample: &Sample) -> Result<Self> {
        sample.check(corpus)?;
        let (indicators, stance) = Quantity::all(corpus.labels());
        let gold = sample.gold();
        let sample_pages: Vec<usize> = match sample {
            Sample::Part { rows, .. } => rows.iter().map(|&row| corpus.pages()[row]).collect(),
            Sample::Apart { answers, .. } => answers.pages().to_vec(),
        };
        let n_pages = counts(corpus.pages().iter().copied()).len();
        let n_labelled_pages = counts(sample_pages.iter().copied()).len();
        let (n, n_labelled) = (corpus.len(), gold.len());

        let reason = match sample {
            _ if n_labelled == 0 => Some(Undefined::NoLabelled),
            _ if n_labelled < LEAST_CASES => Some(Undefined::FewLabelled),
            Sample::Part { drawn: Drawn::Passages, .. } => None,
            _ if n_labelled_pages < LEAST_PAGES => Some(Undefined::FewLabelledPages),
            _ => None,
        };
        let units = sample.units(n, n_pages, &sample_pages);
        let of_all = of_corpus(corpus, sample.drawn());
        let parts = |quantity: &Quantity| {
            let all = quantity.expected(corpus);
            let f: Vec<f64> = match sample {
                Sample::Part { rows, .. } => rows.iter().map(|&row| all[row]).collect(),
                Sample::Apart { answers, .. } => quantity.expected(answers),
            };
            let variance = of_all.covariance(&all, &all);
            let (of_corpus, of_sample) = match sample {
                // With other probabilities the sample alone knows.
                Sample::Part { inclusion: Some(_), .. } => {
                    (0.0, units.covariance(&f, &f) * units.unknown())
                }
                Sample::Part { .. } => (0.0, of_fewer(variance, &units, &of_all)),
                Sample::Apart { .. } => (variance, of_fewer(variance, &units, &of_all)),
            };
            let y = gold.iter().map(|&label| quantity.of_label[label]).collect();
            Parts { y, f, mean: of_all.mean(&all), of_corpus, of_sample }
        };
        let of_labels: Vec<Parts> = indicators.iter().map(parts).collect();
        let lambda = lambda(&of_labels, &units);
        let share = |quantity: &Quantity, parts: &Parts| {
            let counted = quantity.counted(corpus);
            if let Some(reason) = reason {
                return Share::new(Measured::undefined(reason), counted);
            }
            let found = parts.estimate(lambda, &units, quantity.range);
            let (low, high) = found.ends;
            let interval = Interval { lo: quantity.cut(low), hi: quantity.cut(high) };
            let share =
                Share::new(Measured::with(quantity.cut(found.value), Ok(interval)), counted);
            Share { spread: Some(found.spread), ..share }
        };
        Ok(Self {
            labels: corpus.labels().to_vec(),
            by_label: indicators.iter().zip(&of_labels).map(|(q, p)| share(q, p)).collect(),
            mean_stance: stance.map(|stance| share(&stance, &parts(&stance))),
            lambda: reason.is_none().then_some(lambda),
            infeasible: false,
            distance: reason.is_none().then(|| {
                let distances = of_labels.iter().map(|parts| parts.distance(&units));
                distances.fold(0.0, f64::max)
            }),
            n,
            n_pages,
            n_labelled,
            n_labelled_pages,
        })
    }
}

/// The variance of a mean of so many fewer units.
fn of_fewer(variance: f64, units: &Units, all: &Units) -> f64 {
    variance * units.unknown() * all.len() as f64 / units.len() as f64
}

/// A task's part of the JSON of `estimate`, or that of a slice of its passages.
#[derive(Serialize)]
struct SharesJson<'a, T> {
    n: usize,
    n_pages: usize,
    n_labelled: usize,
    n_labelled_pages: usize,
    lambda: Option<f64>,
    distance: Option<f64>,
    shares: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_stance: Option<&'a Share>,
}

impl Serialize for Shares {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = SharesJson {
            n: self.n,
            n_pages: self.n_pages,
            n_labelled: self.n_labelled,
            n_labelled_pages: self.n_labelled_pages,
            lambda: self.lambda,
            distance: self.distance,
            shares: Object(|| self.labels.iter().zip(&self.by_label)),
            mean_stance: self.mean_stance.as_ref(),
        };
        json.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::Random;
    use proptest::prelude::*;

    proptest! {
        /// Shares that are not cut sum to 1, and the mean stance is the difference of two; the order
        /// of the passages and the numbers of the labels change nothing.
        #[test]
        fn shares_hang_together(
            cases in proptest::collection::vec((0usize..3, 0usize..4, 0usize..40), 120..240),
            drawn in 0usize..3, seed: u64,
        ) {
            let labels = ["against", "favor", "none"];
            let drawn = [Drawn::Passages, Drawn::Pages, Drawn::PartsOfPages][drawn];
            let estimate = |cases: &[(usize, usize, usize)], labels: [&str; 3], n: usize| {
                let predicted = cases.iter().map(|case| (case.1 < 3).then_some(case.1)).collect();
                let pages: Vec<usize> = cases.iter().map(|case| case.2).collect();
                let rows: Vec<usize> = (0..cases.len()).filter(|&row| pages[row] < n).collect();
                let gold = rows.iter().map(|&row| cases[row].0).collect();
                let corpus = Answers::new("t", labels, predicted, pages).unwrap();
                Shares::corrected(&corpus, &Sample::part(rows, gold, drawn)).unwrap()
            };
            let shares = estimate(&cases, labels, 20);
            prop_assume!(shares.lambda.is_some());
            let values: Vec<f64> = shares.by_label.iter().map(|share| share.value.unwrap()).collect();
            if values.iter().all(|value| *value > 0.0 && *value < 1.0) {
                prop_assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                let mean = shares.mean_stance.unwrap().value.unwrap();
                prop_assert!((mean - (values[1] - values[0])).abs() < 1e-12);
            }

            let mut turned: Vec<_> = cases.iter().map(|&(g, p, page)| ((g + 1) % 3, if p < 3 { (p + 1) % 3 } else { p }, page)).collect();
            Random::new(seed).shuffle(&mut turned);
            let other = estimate(&turned, ["none", "against", "favor"], 20);
            for label in 0..3 {
                let (ours, theirs) = (shares.by_label[label], other.by_label[(label + 1) % 3]);
                prop_assert!((ours.value.unwrap() - theirs.value.unwrap()).abs() < 1e-12);
                let (a, b) = (ours.interval.unwrap(), theirs.interval.unwrap());
                prop_assert!((a.lo - b.lo).abs() < 1e-9 && (a.hi - b.hi).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn too_few_labels_give_no_shares_but_the_count() {
        let pages = (0..100).map(|row| row / 50).collect();
        let corpus = Answers::new("t", ["no", "yes"], vec![Some(0); 100], pages).unwrap();
        let reason = |n: usize, drawn| {
            let sample = Sample::part((0..n).collect(), vec![0; n], drawn);
            let shares = Shares::corrected(&corpus, &sample).unwrap();
            assert_eq!(shares.by_label[0].counted, Some(1.0));
            shares.by_label[0].why
        };
        assert_eq!(reason(0, Drawn::Passages), Some(Undefined::NoLabelled));
        assert_eq!(reason(29, Drawn::Passages), Some(Undefined::FewLabelled));
        assert_eq!(reason(50, Drawn::Pages), Some(Undefined::FewLabelledPages));
        assert_eq!(reason(50, Drawn::Passages), None);
    }

    #[test]
    fn a_sample_that_does_not_fit_is_refused() {
        let corpus = Answers::new("t", ["no", "yes"], vec![Some(0); 9], vec![0; 9]).unwrap();
        let part = |rows: &[usize], gold: &[usize]| {
            let sample = Sample::part(rows.to_vec(), gold.to_vec(), Drawn::Passages);
            Shares::corrected(&corpus, &sample).is_ok()
        };
        assert!(part(&[0, 8], &[0, 1]));
        assert!(!part(&[0, 9], &[0, 1]), "no such row");
        assert!(!part(&[8, 8], &[0, 1]), "a row twice");
        assert!(!part(&[0, 8], &[0]), "a label is missing");
        assert!(!part(&[0, 8], &[0, 2]), "no such label");
        let with = |n: usize| {
            let all: Vec<usize> = (0..n).collect();
            let inclusion = Inclusion::new(vec![0.5; n], vec![usize::MAX; n], &all).unwrap();
            let (rows, gold) = (vec![0, 8], vec![0, 1]);
            let inclusion = Some(inclusion);
            let sample = Sample::Part { rows, gold, drawn: Drawn::Passages, inclusion };
            Shares::corrected(&corpus, &sample).is_ok()
        };
        assert!(with(2), "a stratum may have any number");
        assert!(!with(1) && !with(3), "a probability is missing, or too many");
    }
}
