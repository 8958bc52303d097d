//! What the numbers mean: every metric of the contract, as scikit-learn defines it.

use std::collections::BTreeMap;

use super::{
    Bin,
    calibration::{Bins, LEAST_PROBABILITY, Slope},
    confusion::Confusion,
};
use crate::{
    predictions::Scored,
    sampling::{Scale, Undefined},
};

/// Fractions of cases, of tallies that have such, are counted in this part of a case.
const UNIT: u64 = 1 << 20;

/// Labels with which [`Metric::FAvg`] is one of the metrics.
const SIDES: [&str; 2] = ["favor", "against"];

/// All that the metrics need of some cases. Tallies of pages add up to the tally of the whole: pages
/// are left out without going back to the cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    confusion: Confusion,
    log_loss: f64,
    brier: f64,
    bins: Bins,
    /// Nothing if no case has probabilities.
    slope: Option<Slope>,
    with_probabilities: bool,
    /// Whether a gold label has no probability in any case, and the losses by it no bound.
    lacks_a_label: bool,
    unanswered: u64,
}

/// How often labels are used on some pages, to make pseudo-pages of.
pub(super) struct Uses {
    /// How often each label is gold or predicted, half and half.
    all: Vec<f64>,
    /// The same on the mean page on which it is either.
    on_a_page: Vec<f64>,
}

impl Uses {
    /// How many labels there are.
    pub fn labels(&self) -> usize {
        self.all.len()
    }

    pub fn on(by_page: &[Tally]) -> Self {
        let k = by_page.first().map_or(0, |page| page.confusion.k());
        let (mut all, mut pages) = (vec![0.0; k], vec![0.0; k]);
        for page in by_page {
            for label in 0..k {
                let both = page.confusion.gold(label) + page.confusion.predicted(label);
                all[label] += both as f64 / 2.0;
                pages[label] += f64::from(u8::from(both > 0));
            }
        }
        let on_a_page = all.iter().zip(&pages).map(|(uses, pages)| uses / pages.max(1.0));
        Self { on_a_page: on_a_page.collect(), all }
    }

    /// Two pseudo-pages, counted in parts of a case: on the first all is answered with certainty and
    /// right; on the second all is wrong, guessed by labels that are taken to be equally probable, and
    /// counted as unanswered too. A label has on each `share` of the cases that it has on the mean
    /// page on which it is used.
    pub fn pseudo_pages(&self, share: f64) -> [Tally; 2] {
        let k = self.all.len();
        let (mut right, mut wrong) = (Tally::new(k), Tally::new(k));
        for gold in 0..k {
            let cases = share * UNIT as f64 * self.on_a_page[gold];
            right.add_parts(gold, gold, cases, 1.0);
            // To which label the wrong ones go: to one as often as it is used, and once more.
            let weight = |label: usize| if label == gold { 0.0 } else { self.all[label] + 1.0 };
            let weights: f64 = (0..k).map(weight).sum();
            for label in (0..k).filter(|&label| label != gold) {
                wrong.add_parts(gold, label, cases * weight(label) / weights, 1.0 / k as f64);
            }
            wrong.unanswered += cases.round() as u64;
        }
        right.bins.seal();
        wrong.bins.seal();
        [right, wrong]
    }
}

impl Tally {
    /// No case yet, `k` labels.
    pub(crate) fn new(k: usize) -> Self {
        Self {
            confusion: Confusion::new(k),
            log_loss: 0.0,
            brier: 0.0,
            bins: Bins::default(),
            slope: None,
            with_probabilities: true,
            lacks_a_label: false,
            unanswered: 0,
        }
    }

    /// All cases, in their order.
    ///
    /// ```
    /// use standpoint::{evaluate::{Metric, Tally}, predictions::{Answers, Scored}};
    /// let answers = Answers::new("t", ["no", "yes"], vec![Some(0), Some(1)], vec![0, 1])?;
    /// let tally = Tally::of(&Scored::new(answers, &[Some(0), Some(0)])?);
    /// assert_eq!(Metric::Accuracy.value(&tally), Ok(0.5));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn of(scored: &Scored) -> Self {
        Self::sum(scored.labels().len(), Self::by_page(scored).iter())
    }

    /// A tally of each page that has cases, answered or not, in the order of their numbers.
    pub(super) fn by_page(scored: &Scored) -> Vec<Self> {
        let (k, slope) = (scored.labels().len(), Slope::fit(scored));
        let lacks_a_label = !labels_without_probability(scored).is_empty();
        let new = || Self { slope, lacks_a_label, ..Self::new(k) };
        let mut by_page = BTreeMap::new();
        for (case, &page) in scored.pages().iter().enumerate() {
            let (gold, predicted) = (scored.gold()[case], scored.predicted()[case]);
            let probabilities = scored.answers().probabilities_of(case);
            by_page.entry(page).or_insert_with(new).add(gold, predicted, probabilities);
        }
        for &page in scored.unanswered_pages() {
            by_page.entry(page).or_insert_with(new).add_unanswered();
        }
        by_page.values_mut().for_each(|page: &mut Self| page.bins.seal());
        by_page.into_values().collect()
    }

    /// All cases of some pages, of a task of `k` labels.
    pub(super) fn sum<'a>(k: usize, pages: impl Iterator<Item = &'a Self>) -> Self {
        pages.fold(Self::new(k), |mut sum, page| {
            sum.merge(page);
            sum
        })
    }

    /// Counts one case. Once a case came without its `k` probabilities, the metrics that need
    /// them are undefined.
    fn add(&mut self, gold: usize, predicted: usize, probabilities: Option<&[f64]>) {
        self.confusion.add(gold, predicted);
        let Some(probabilities) = probabilities else {
            self.with_probabilities = false;
            return;
        };
        self.log_loss -= libm::log(probabilities[gold].max(LEAST_PROBABILITY));
        self.brier += probabilities
            .iter()
            .enumerate()
            .map(|(label, p)| (p - f64::from(u8::from(label == gold))).powi(2))
            .sum::<f64>();
        self.bins.add(probabilities[predicted], 1.0, predicted == gold);
        if let Some(slope) = &mut self.slope {
            slope.add(gold, probabilities);
        }
    }

    /// Counts one case whose gold label is not known but by its `k` probabilities: the confusion
    /// matrix that is expected of calibrated ones, in parts of cases.
    pub(crate) fn add_expected(&mut self, probabilities: &[f64], predicted: usize) {
        for (gold, p) in probabilities.iter().enumerate() {
            self.confusion.add_many(gold, predicted, (p * UNIT as f64).round() as u64);
        }
        self.with_probabilities = false;
    }

    /// Adds all cases of `other`, which has the same labels.
    pub(super) fn merge(&mut self, other: &Self) {
        self.confusion.merge(&other.confusion);
        self.unanswered += other.unanswered;
        self.with_probabilities &= other.with_probabilities;
        self.lacks_a_label |= other.lacks_a_label;
        if !self.with_probabilities {
            return;
        }
        self.log_loss += other.log_loss;
        self.brier += other.brier;
        self.bins.merge(&other.bins);
        self.slope = match (self.slope, other.slope) {
            (Some(own), Some(other)) => Some(own.plus(other, 1.0)),
            (own, other) => own.or(other),
        };
    }

    /// Counts a case that has a gold label and no answer.
    pub(super) fn add_unanswered(&mut self) {
        self.unanswered += 1;
    }

    /// Counts a case of which nothing matters but whether it has an answer.
    pub(super) fn add_whether_answered(&mut self, is: bool) {
        if is { self.add(0, 0, None) } else { self.add_unanswered() }
    }

    /// The same cases, counted in parts of a case.
    pub(super) fn in_parts(&self) -> Self {
        let by = UNIT as f64;
        Self {
            confusion: self.confusion.times(UNIT),
            log_loss: self.log_loss * by,
            brier: self.brier * by,
            bins: self.bins.times(UNIT),
            slope: self.slope.map(|slope| slope.times(UNIT)),
            with_probabilities: self.with_probabilities,
            lacks_a_label: self.lacks_a_label,
            unanswered: self.unanswered * UNIT,
        }
    }

    /// The same without the cases of `part`, which are among them.
    pub(super) fn less(&self, part: &Self) -> Self {
        if !self.with_probabilities {
            return Self {
                confusion: self.confusion.less(&part.confusion),
                unanswered: self.unanswered - part.unanswered,
                ..self.clone()
            };
        }
        Self {
            confusion: self.confusion.less(&part.confusion),
            log_loss: self.log_loss - part.log_loss,
            brier: self.brier - part.brier,
            bins: self.bins.less(&part.bins),
            slope: self.slope.zip(part.slope).map(|(all, part)| all.plus(part, -1.0)),
            with_probabilities: self.with_probabilities,
            lacks_a_label: self.lacks_a_label,
            unanswered: self.unanswered - part.unanswered,
        }
    }

    /// Adds parts of cases, each label but the predicted one being as probable as the others.
    fn add_parts(&mut self, gold: usize, predicted: usize, parts: f64, confidence: f64) {
        let whole = parts.round();
        let others = (1.0 - confidence) / (self.confusion.k() - 1).max(1) as f64;
        let is_right = gold == predicted;
        let of_gold = if is_right { confidence } else { others };
        let squares = confidence * confidence + (1.0 - confidence) * others;
        self.confusion.add_many(gold, predicted, whole as u64);
        self.log_loss -= whole * libm::log(of_gold.max(LEAST_PROBABILITY));
        self.brier += whole * (squares - 2.0 * of_gold + 1.0);
        self.bins.add(confidence, whole, is_right);
    }

    /// How much of what a metric is computed from differs from `other`, the tally of other predictions of
    /// the same cases: in cases whose label changed, and whether anything did.
    pub(super) fn changes(&self, other: &Self, metric: Metric) -> (f64, bool) {
        let k = self.confusion.k();
        let of_label = |gold, label| metric.label().is_none_or(|own| own == gold || own == label);
        let mut cells = 0;
        for gold in 0..k {
            let rows = self.confusion.row(gold).iter().zip(other.confusion.row(gold));
            let own = rows.enumerate().filter(|(label, _)| of_label(gold, *label));
            cells += own.map(|(_, (a, b))| a.abs_diff(*b)).sum::<u64>();
        }
        match metric {
            Metric::Coverage => {
                let changed = self.unanswered.abs_diff(other.unanswered);
                (changed as f64, changed > 0)
            }
            _ if metric.lower_is_better() => {
                let losses = |tally: &Self| (tally.log_loss, tally.brier);
                (cells as f64 / 2.0, cells > 0 || losses(self) != losses(other))
            }
            _ => (cells as f64 / 2.0, cells > 0),
        }
    }

    /// The cases by the probability of their label, in ten bins of equal width.
    pub fn reliability(&self) -> Vec<Bin> {
        self.bins.shown()
    }

    /// What the calibration error of calibrated probabilities would be at most, on pages like these.
    pub(super) fn if_calibrated(by_page: &[Self]) -> f64 {
        Bins::if_calibrated(&by_page.iter().map(|page| &page.bins).collect::<Vec<_>>())
    }

    /// Gold against predicted.
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }
}

/// A metric of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metric {
    /// Share of cases predicted right.
    Accuracy,
    /// Mean recall over the labels. Undefined if a label has no gold case.
    BalancedAccuracy,
    /// Mean F1 over the labels that occur, in gold or predicted.
    MacroF1,
    /// Mean F1 over the labels, weighted by their gold cases.
    WeightedF1,
    /// Of the cases predicted to be the label, the share that are. Undefined if none is predicted.
    Precision(usize),
    /// Of the gold cases of the label, the share found. Undefined if it has none.
    Recall(usize),
    /// 2 TP / (gold + predicted). Undefined if the label occurs in neither.
    F1(usize),
    /// Matthews correlation over all labels (Gorodkin 2004). Undefined if gold or predicted is
    /// one label only.
    Mcc,
    /// Cohen's kappa. Undefined if gold and predicted are one and the same label only.
    Kappa,
    /// Mean F1 of favor and against (SemEval-2016 Task 6), given by their numbers. An absent
    /// label makes it undefined.
    FAvg(usize, usize),
    /// Mean of -ln(probability of the gold label), natural logarithm; 0 is best. Undefined if a gold
    /// label has no probability in any case.
    LogLoss,
    /// Mean squared distance between probabilities and truth, summed over the labels: 0 to 2,
    /// 0 is best.
    Brier,
    /// Share of the cases with a gold label that are answered: the other metrics are of these alone.
    Coverage,
    /// Expected calibration error, debiased: the root of the mean squared distance of confidence from
    /// accuracy over 10 bins of equal width, weighted by their cases, without what chance makes of
    /// it (Kumar, Liang and Ma 2019, by pages); 0 is best. It has no interval but a band
    /// ([`Estimate::if_calibrated`](super::Estimate::if_calibrated)). Undefined of one page.
    Ece,
    /// The slope of a logistic recalibration (Cox 1958): the power of the probabilities that makes the gold
    /// labels most likely. 1 is right; below 1 they are too sure, above not sure enough.
    CalibrationSlope,
}

impl Metric {
    /// Every metric of a task with these labels, in the order in which they are reported.
    pub fn all(labels: &[String]) -> Vec<Self> {
        let mut all = vec![Self::Accuracy, Self::BalancedAccuracy, Self::MacroF1, Self::WeightedF1];
        for label in 0..labels.len() {
            all.extend([Self::Precision(label), Self::Recall(label), Self::F1(label)]);
        }
        all.extend([Self::Mcc, Self::Kappa]);
        all.extend(Self::f_avg(labels));
        all.extend([Self::LogLoss, Self::Brier, Self::Ece, Self::CalibrationSlope, Self::Coverage]);
        all
    }

    /// The mean F1 of favor and against, if both are labels of the task: in upper or lower case, and `favour` too,
    /// but each in one way alone.
    pub(crate) fn f_avg(labels: &[String]) -> Option<Self> {
        let side = |names: &[&str]| {
            let exact = labels.iter().position(|label| label == names[0]);
            let is = |label: &String| names.contains(&label.to_lowercase().as_str());
            let mut like = labels.iter().enumerate().filter(|(_, label)| is(label));
            exact.or(match (like.next(), like.next()) {
                (Some((label, _)), None) => Some(label),
                _ => None,
            })
        };
        Some(Self::FAvg(side(&["favor", "favour"])?, side(&["against"])?))
    }

    /// Its name in reports: snake case, followed by the label where it has one.
    pub fn name(self, labels: &[String]) -> String {
        match self {
            Self::Accuracy => "accuracy".into(),
            Self::BalancedAccuracy => "balanced_accuracy".into(),
            Self::MacroF1 => "macro_f1".into(),
            Self::WeightedF1 => "weighted_f1".into(),
            Self::Precision(label) => format!("precision_{}", labels[label]),
            Self::Recall(label) => format!("recall_{}", labels[label]),
            Self::F1(label) => format!("f1_{}", labels[label]),
            Self::Mcc => "mcc".into(),
            Self::Kappa => "kappa".into(),
            Self::FAvg(..) => "f_avg".into(),
            Self::LogLoss => "log_loss".into(),
            Self::Brier => "brier".into(),
            Self::Ece => "ece".into(),
            Self::CalibrationSlope => "calibration_slope".into(),
            Self::Coverage => "coverage".into(),
        }
    }

    /// The metric of that name, whatever the task's labels are: the number of a label that it
    /// speaks of means nothing.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let mut labels = SIDES.map(str::to_owned).to_vec();
        labels.extend(name.split_once('_').map(|(_, label)| label.to_owned()));
        let named = |metric: &Self| metric.name(&labels) == name;
        Self::all(&labels).into_iter().find(named).filter(|_| !name.ends_with('_'))
    }

    /// Names as a user may write them, those of labels with `LABEL` in the label's place.
    pub(crate) fn names() -> Vec<String> {
        let mut labels = vec!["LABEL".to_owned()];
        labels.extend(SIDES.map(str::to_owned));
        let shown = |metric: &Self| metric.label().is_none_or(|label| label == 0);
        Self::all(&labels).into_iter().filter(shown).map(|metric| metric.name(&labels)).collect()
    }

    /// Its least and largest value.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Mcc | Self::Kappa => (-1.0, 1.0),
            Self::LogLoss => (0.0, f64::INFINITY),
            Self::Brier => (0.0, 2.0),
            Self::CalibrationSlope => (f64::NEG_INFINITY, f64::INFINITY),
            _ => (0.0, 1.0),
        }
    }

    /// The scale on which its interval is symmetric.
    pub(super) fn scale(self) -> Scale {
        match self.range() {
            (least, _) if least.is_infinite() => Scale::Line,
            (_, most) if most.is_infinite() => Scale::Positive,
            (least, most) => Scale::Between(least, most),
        }
    }

    /// The label that it speaks of, if it speaks of one.
    pub fn label(self) -> Option<usize> {
        match self {
            Self::Precision(label) | Self::Recall(label) | Self::F1(label) => Some(label),
            _ => None,
        }
    }

    /// How many of these cases it is computed from: those predicted to be its label (precision),
    /// whose gold label it is (recall), either (F1); with unanswered ones for coverage; all that are
    /// answered for the others.
    pub fn cases(self, tally: &Tally) -> usize {
        let c = &tally.confusion;
        let n = match self {
            Self::Precision(label) => c.predicted(label),
            Self::Recall(label) => c.gold(label),
            Self::F1(label) => c.gold(label) + c.predicted(label) - c.correct(label),
            Self::Coverage => c.total() + tally.unanswered,
            _ => c.total(),
        };
        n as usize
    }

    /// Whether one value is better than another: not of the calibration slope, which should be 1.
    pub(crate) fn has_better(self) -> bool {
        self != Self::CalibrationSlope
    }

    /// Whether a smaller value is the better one: of losses and errors.
    pub fn lower_is_better(self) -> bool {
        matches!(self, Self::LogLoss | Self::Brier | Self::Ece)
    }

    /// Its value on these cases.
    ///
    /// # Errors
    /// Why it has none.
    pub fn value(self, tally: &Tally) -> Result<f64, Undefined> {
        let c = &tally.confusion;
        let n = c.total() as f64;
        if n == 0.0 && self != Self::Coverage {
            return Err(Undefined::NoCases);
        }
        let correct = (0..c.k()).map(|label| c.correct(label)).sum::<u64>() as f64;
        let recall = |label| ratio(c.correct(label), c.gold(label), Undefined::NoGold);
        match self {
            Self::Accuracy => Ok(correct / n),
            Self::BalancedAccuracy => {
                let recalls: Vec<f64> = (0..c.k())
                    .map(recall)
                    .collect::<Result<_, _>>()
                    .map_err(|_| Undefined::LabelWithoutGold)?;
                Ok(mean(&recalls))
            }
            Self::MacroF1 => {
                let f1: Vec<f64> = (0..c.k()).filter_map(|label| f1(c, label).ok()).collect();
                Ok(mean(&f1))
            }
            Self::WeightedF1 => Ok((0..c.k())
                .map(|label| f1(c, label).unwrap_or(0.0) * c.gold(label) as f64 / n)
                .sum()),
            Self::Precision(label) => {
                ratio(c.correct(label), c.predicted(label), Undefined::NeverPredicted)
            }
            Self::Recall(label) => recall(label),
            Self::F1(label) => f1(c, label),
            Self::FAvg(favor, against) => Ok(f64::midpoint(f1(c, favor)?, f1(c, against)?)),
            Self::Mcc => {
                let (mut gold, mut predicted, mut both) = (0.0, 0.0, 0.0);
                for label in 0..c.k() {
                    let (g, p) = (c.gold(label) as f64, c.predicted(label) as f64);
                    gold += g * g;
                    predicted += p * p;
                    both += g * p;
                }
                let spread = ((n * n - gold) * (n * n - predicted)).sqrt();
                if spread == 0.0 {
                    return Err(Undefined::OneLabelOnly);
                }
                Ok((n * correct - both) / spread)
            }
            Self::Kappa => {
                let chance = (0..c.k())
                    .map(|label| c.gold(label) as f64 * c.predicted(label) as f64)
                    .sum::<f64>()
                    / (n * n);
                if chance >= 1.0 {
                    return Err(Undefined::SameLabelOnly);
                }
                Ok((correct / n - chance) / (1.0 - chance))
            }
            Self::LogLoss | Self::Brier | Self::Ece | Self::CalibrationSlope
                if !tally.with_probabilities =>
            {
                Err(Undefined::NoProbabilities)
            }
            Self::LogLoss | Self::CalibrationSlope if tally.lacks_a_label => {
                Err(Undefined::NoProbabilityOfGold)
            }
            Self::LogLoss => Ok(tally.log_loss / n),
            Self::Brier => Ok(tally.brier / n),
            Self::Ece => tally.bins.calibration_error(),
            Self::CalibrationSlope => {
                tally.slope.map_or(Err(Undefined::NoSlope), |slope| slope.value(n))
            }
            Self::Coverage => ratio(c.total(), c.total() + tally.unanswered, Undefined::NoCases),
        }
    }
}

/// The labels, by number, that are gold somewhere and have a probability nowhere, though others have.
pub(crate) fn labels_without_probability(scored: &Scored) -> Vec<usize> {
    let k = scored.labels().len();
    let Some(probabilities) = scored.probabilities() else { return Vec::new() };
    let mut known = vec![false; k];
    for p in probabilities.chunks_exact(k.max(1)) {
        known.iter_mut().zip(p).for_each(|(known, p)| *known |= *p > 0.0);
    }
    let mut gold = vec![false; k];
    scored.gold().iter().for_each(|&label| gold[label] = true);
    (0..k).filter(|&label| gold[label] && !known[label]).collect()
}

fn f1(c: &Confusion, label: usize) -> Result<f64, Undefined> {
    let both = c.gold(label) + c.predicted(label);
    ratio(2 * c.correct(label), both, Undefined::AbsentLabel)
}

fn ratio(part: u64, whole: u64, why: Undefined) -> Result<f64, Undefined> {
    if whole == 0 { Err(why) } else { Ok(part as f64 / whole as f64) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
