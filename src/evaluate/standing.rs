//! What the figures of a task come to, in plain words.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use super::{BaselineResult, Interval, LEAST_PAGES_TO_JUDGE, Metric, TaskEvaluation};
use crate::sampling::LEAST_CASES;

/// Kappas that Krippendorff (2019) asks of coders: for conclusions, and for tentative ones.
const RELIABLE: f64 = 0.8;
const TENTATIVE: f64 = 2.0 / 3.0;
/// A kappa from which agreement is more than slight or fair (Landis and Koch 1977): what may be so good is not
/// called a guess.
const SLIGHT: f64 = 0.4;
/// The half-width to which a label's F1 should be known.
const WANTED: f64 = 0.05;

/// How far a task's labels can be relied on. The ends of kappa's 95 % interval decide: kappa is 0 for
/// whoever guesses as often as each label is predicted, and 1 for whoever is always right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// Fewer than 8 pages, or 30 passages.
    TooFew,
    /// The figures are too good to say anything: the model has seen what it judges.
    TooGood,
    /// All gold labels are the same.
    OneLabel,
    /// Kappa may be 0, and is below 0.4; or one label alone is predicted.
    NoBetterThanGuessing,
    /// Kappa is above 0, and below two thirds.
    Weak,
    /// Kappa may be below two thirds and above; or 0, and 0.4.
    CannotTell,
    /// Kappa is two thirds at least.
    Tentative,
    /// Kappa is 0.8 at least.
    Usable,
}

named!(Standing, "the standing":
    TooFew = "too_few",
    TooGood = "too_good",
    OneLabel = "one_label",
    NoBetterThanGuessing = "no_better_than_guessing",
    Weak = "weak",
    CannotTell = "cannot_tell",
    Tentative = "tentative",
    Usable = "usable",
);

/// What the figures of a task come to. Shown as a sentence without its end:
/// `usable: kappa 0.84 (0.81 to 0.86)`.
///
/// ```
/// use standpoint::evaluate::{Standing, TaskEvaluation};
/// use standpoint::predictions::{Answers, Scored};
/// // 40 pages of five passages; one passage in 50 is wrong.
/// let gold: Vec<_> = (0..200).map(|i| Some(i % 2)).collect();
/// let predicted = (0..200).map(|i| Some(if i % 50 == 0 { 1 } else { i % 2 })).collect();
/// let answers = Answers::new("t", ["no", "yes"], predicted, (0..200).map(|i| i / 5).collect())?;
/// let verdict = TaskEvaluation::of(&Scored::new(answers, &gold)?).verdict();
/// assert_eq!(verdict.standing, Standing::Usable);
/// assert!(verdict.to_string().starts_with("usable: kappa 0.96 ("));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TaskVerdict {
    /// How far its labels can be relied on.
    pub standing: Standing,
    /// Cohen's kappa and its interval; nothing where it is undefined.
    pub kappa: Option<(f64, Option<Interval>)>,
    /// The baseline with the best macro F1, if the task's own may be as low.
    pub not_above: Option<(String, f64)>,
    /// The label of which most passages are missing to know its F1 to 0.05 on either side.
    pub more: Option<MoreLabels>,
    /// Why the figures are too good, if they are: then nothing else is said.
    pub too_good: Option<String>,
    pages: usize,
    passages: usize,
}

/// Passages that should be labelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MoreLabels {
    /// The label of which they should be.
    pub label: String,
    /// About how many.
    pub passages: usize,
    /// Whether that is the least: what an interval takes that is wide enough to be seen at all.
    pub at_least: bool,
}

impl TaskEvaluation {
    /// What the figures come to.
    pub fn verdict(&self) -> TaskVerdict {
        let passages = self.confusion.total() as usize;
        let pages = self.get(Metric::Accuracy).map_or(0, |accuracy| accuracy.n_pages);
        let kappa = self.get(Metric::Kappa).and_then(|kappa| Some((kappa.value?, kappa.interval)));
        let occurs = |label: &usize| self.confusion.gold(*label) > 0;
        let one_label = (0..self.labels.len()).filter(occurs).count() < 2;
        let standing = match kappa {
            _ if self.too_good.is_some() => Standing::TooGood,
            _ if pages < LEAST_PAGES_TO_JUDGE || passages < LEAST_CASES => Standing::TooFew,
            _ if one_label => Standing::OneLabel,
            Some((_, Some(interval))) => Standing::by(interval),
            _ => Standing::NoBetterThanGuessing,
        };
        TaskVerdict {
            standing,
            kappa,
            not_above: (standing > Standing::NoBetterThanGuessing)
                .then(|| self.best_guess())
                .flatten(),
            more: (standing > Standing::NoBetterThanGuessing).then(|| self.most_wanted()).flatten(),
            too_good: self.too_good.clone(),
            pages,
            passages,
        }
    }

    /// The best of the baselines that the task's macro F1 is not shown to be above: by the interval of the
    /// difference over the same pages.
    fn best_guess(&self) -> Option<(String, f64)> {
        let not_above = |baseline: &&BaselineResult| {
            let ahead = baseline.ahead.iter().find(|of| of.metric == Metric::MacroF1);
            ahead.and_then(|of| of.interval).is_none_or(|interval| interval.lo <= 0.0)
        };
        let macro_f1 = |baseline: &BaselineResult| {
            let estimates = baseline.estimates.as_ref().ok()?;
            let found = estimates.iter().find(|estimate| estimate.metric == Metric::MacroF1)?;
            Some((baseline.name.clone(), found.value?))
        };
        let guesses = self.baselines.iter().filter(|baseline| baseline.name != "second_coder");
        guesses.filter(not_above).filter_map(macro_f1).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The label of which most passages are missing: an interval is as wide as the inverse of the square
    /// root of the passages.
    fn most_wanted(&self) -> Option<MoreLabels> {
        let wanted = |label: usize| {
            let n = self.confusion.gold(label) as usize;
            let interval = self.get(Metric::F1(label))?.interval;
            let (passages, at_least) = match interval {
                _ if n == 0 => return None,
                Some(Interval { lo, hi }) if n >= LEAST_CASES => {
                    let times = ((hi - lo) / 2.0 / WANTED).powi(2);
                    ((n as f64 * (times - 1.0)).max(0.0), false)
                }
                _ => (LEAST_CASES.saturating_sub(n) as f64, true),
            };
            let label = self.labels[label].clone();
            Some(MoreLabels { label, passages: rounded(passages), at_least })
        };
        let all = (0..self.labels.len()).filter_map(wanted).filter(|more| more.passages > 0);
        // Of what has no interval at all least is known.
        all.max_by_key(|more| (more.at_least, more.passages))
    }
}

/// To two digits, upwards: it is an estimate.
fn rounded(n: f64) -> usize {
    let (n, mut unit) = (n.ceil() as usize, 1);
    while n / unit >= 100 {
        unit *= 10;
    }
    n.div_ceil(unit) * unit
}

impl Standing {
    fn by(kappa: Interval) -> Self {
        match kappa {
            Interval { lo, .. } if lo >= RELIABLE => Self::Usable,
            Interval { lo, .. } if lo >= TENTATIVE => Self::Tentative,
            Interval { hi, .. } if hi >= TENTATIVE => Self::CannotTell,
            Interval { lo, .. } if lo > 0.0 => Self::Weak,
            Interval { hi, .. } if hi >= SLIGHT => Self::CannotTell,
            _ => Self::NoBetterThanGuessing,
        }
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::TooFew => "too few pages to say",
            Self::TooGood => "nothing to say",
            Self::OneLabel => "nothing to say: all gold labels are the same",
            Self::NoBetterThanGuessing => "no better than guessing from label frequencies",
            Self::Weak => "better than guessing, but wrong too often to stand in for a coder",
            Self::CannotTell => "cannot tell yet whether it is good enough",
            Self::Tentative => "usable for tentative conclusions",
            Self::Usable => "usable",
        }
    }
}

impl fmt::Display for TaskVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.standing.words())?;
        match self.standing {
            Standing::TooFew => {
                let (pages, passages) =
                    (plural(self.pages, "page"), plural(self.passages, "passage"));
                return write!(
                    f,
                    " ({passages} on {pages}; {LEAST_CASES} on {LEAST_PAGES_TO_JUDGE} are the least)"
                );
            }
            Standing::TooGood => {
                return write!(f, ": {}", self.too_good.as_deref().unwrap_or_default());
            }
            Standing::OneLabel => return Ok(()),
            _ => {}
        }
        match self.kappa {
            Some((value, Some(Interval { lo, hi }))) => {
                write!(f, ": kappa {value:.2} ({lo:.2} to {hi:.2})")?;
            }
            Some((value, None)) => write!(f, ": kappa {value:.2}")?,
            None => {}
        }
        if let Some((name, macro_f1)) = &self.not_above {
            let guess = match name.as_str() {
                "majority" => "always saying the commonest label",
                "majority_by_source" => "the commonest label of each source",
                "majority_by_target" => "the commonest label of each target",
                "lengths" => "a guess from the passage's length",
                "source" => "a guess from the source's name",
                other => other,
            };
            write!(f, "; not shown to beat {guess} (macro F1 {macro_f1:.2})")?;
        }
        if let Some(MoreLabels { label, passages, at_least }) = &self.more {
            let about = if *at_least { "at least" } else { "about" };
            write!(f, "; label {about} {passages} more {label:?} passages ")?;
            match at_least {
                true => f.write_str("to get an interval for its F1"),
                false => write!(f, "to know its F1 to within {WANTED}"),
            }?;
        }
        Ok(())
    }
}

fn plural(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A task's `verdict` in JSON: the standing, the sentence, and which labels are missing.
impl Serialize for TaskVerdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_map(None)?;
        json.serialize_entry("standing", &self.standing)?;
        json.serialize_entry("words", &self.to_string())?;
        if let Some(more) = &self.more {
            json.serialize_entry("more", more)?;
        }
        json.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        predictions::{Answers, Scored},
        sampling::Random,
    };

    /// Pages of ten passages with labels a and b, of which a share is predicted right: a page's own, drawn
    /// from `good` on one half of the pages and from `bad` on the other.
    fn drawn(random: &mut Random, pages: usize, good: usize, bad: usize) -> TaskVerdict {
        let (mut gold, mut predicted, mut on) = (Vec::new(), Vec::new(), Vec::new());
        for page in 0..pages {
            let right = if random.below(2) == 0 { good } else { bad };
            for _ in 0..10 {
                let label = random.below(2);
                gold.push(Some(label));
                predicted.push(Some(label ^ usize::from(random.below(100) >= right)));
                on.push(page);
            }
        }
        let answers = Answers::new("t", ["a", "b"], predicted, on).unwrap();
        TaskEvaluation::of(&Scored::new(answers, &gold).unwrap()).verdict()
    }

    /// From eight pages on a coin is called better than guessing in few samples, and what is right in 87 of
    /// 100 (a kappa of 0.74, between the two limits) is seldom called usable, or weak.
    #[test]
    fn wrong_words_are_rare_however_few_the_pages() {
        for pages in [8, 12, 30] {
            let mut random = Random::new(pages as u64);
            let mut standings = |good, bad| -> Vec<Standing> {
                (0..200).map(|_| drawn(&mut random, pages, good, bad).standing).collect()
            };
            let better = |of: &Standing| {
                matches!(of, Standing::Weak | Standing::Tentative | Standing::Usable)
            };
            let wrong = standings(50, 50).iter().filter(|of| better(of)).count();
            assert!(wrong <= 12, "{wrong} of 200 coins on {pages} pages");
            let is_guess = |of: &&Standing| **of == Standing::NoBetterThanGuessing;
            // A kappa of 0.5 is no guess.
            let wrong = standings(80, 70).iter().filter(is_guess).count();
            assert!(wrong <= 10, "{wrong} of 200 on {pages} pages");
            let of_87 = standings(94, 80);
            let wrong = [Standing::Usable, Standing::Weak, Standing::NoBetterThanGuessing]
                .map(|wrong| of_87.iter().filter(|of| **of == wrong).count());
            assert!(wrong.iter().sum::<usize>() <= 12, "{wrong:?} of 200 on {pages} pages");
        }
    }

    #[test]
    fn much_that_is_right_is_usable_and_little_is_not_said_of_little() {
        let mut random = Random::new(1);
        assert_eq!(drawn(&mut random, 60, 99, 97).standing, Standing::Usable);
        assert_eq!(drawn(&mut random, 60, 75, 65).standing, Standing::Weak);
        let few = drawn(&mut random, 7, 99, 97);
        assert_eq!(
            few.to_string(),
            "too few pages to say (70 passages on 7 pages; 30 on 8 are the least)"
        );
        let one = Answers::new("t", ["a", "b"], vec![Some(0); 80], (0..80).collect()).unwrap();
        let one = TaskEvaluation::of(&Scored::new(one, &[Some(0); 80]).unwrap()).verdict();
        assert_eq!(one.to_string(), "nothing to say: all gold labels are the same");
    }

    /// Who always says the same is not better than guessing, whatever the accuracy.
    #[test]
    fn one_label_for_everything_is_guessing() {
        let gold: Vec<_> = (0..100).map(|i| Some(usize::from(i % 10 == 0))).collect();
        let answers = Answers::new("t", ["a", "b"], vec![Some(0); 100], (0..100).collect());
        let verdict = TaskEvaluation::of(&Scored::new(answers.unwrap(), &gold).unwrap()).verdict();
        assert_eq!(verdict.standing, Standing::NoBetterThanGuessing);
        assert_eq!(verdict.more, None);
    }

    /// Four times the passages for half the width.
    #[test]
    fn the_passages_that_are_missing_follow_from_the_width() {
        let mut random = Random::new(5);
        let verdict = drawn(&mut random, 40, 80, 70);
        let more = verdict.more.unwrap();
        assert!(!more.at_least && (50..=400).contains(&more.passages), "{more:?}");
        assert_eq!([0.0, 7.2, 99.0, 101.0, 1234.0].map(rounded), [0, 8, 99, 110, 1300]);
    }
}
