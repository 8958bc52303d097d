//! What labels would be guessed by somebody who does not read.

use std::collections::{BTreeMap, BTreeSet};

use linfa::ParamGuard;
use ndarray::Array2;

use crate::{
    error::Result,
    logistic::{DenseLogistic, LogisticRegression, argmax, softmax},
    matrix::SparseRows,
    model::{Criterion, Decision, decision::decided},
    sampling::{Undefined, page_folds},
};

/// Penalty of the two regressions: their few columns need none but to stay finite.
const L2: f64 = 1.0;
/// Folds in which guesses are made.
const FOLDS: usize = 5;

/// What a label is guessed from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Baseline<'a> {
    /// Nothing: the most frequent label.
    Majority,
    /// A value that each passage has, as its source: the label most frequent with it, or the most
    /// frequent of all if it was not seen.
    MajorityBy(&'a [&'a str]),
    /// The length of the text: logistic regression on the logarithms of its characters and words,
    /// and their squares.
    Lengths(&'a [&'a str]),
    /// The name of a value, as its source's: logistic regression on the name and its words.
    Name(&'a [&'a str]),
}

/// What a baseline predicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Guess {
    /// The label of each case.
    Labels(Vec<usize>),
    /// Nothing, for this reason.
    Undefined(Undefined),
}

impl Baseline<'_> {
    /// The label of each of some cases, guessed after looking at other pages' gold labels alone:
    /// pages are dealt to 5 folds ([`page_folds`]), or to as many as there are pages, and each fold
    /// is guessed from the others. `gold` are label numbers below `labels.len()`, and there is a page,
    /// and a value of the baseline, for each. The two regressions choose labels for macro F1, as
    /// models do.
    ///
    /// # Errors
    /// None that a caller can cause: those of a fit.
    pub fn guess(
        self,
        gold: &[usize],
        labels: &[String],
        pages: &[usize],
        seed: u64,
    ) -> Result<Guess> {
        let n_pages = pages.iter().collect::<BTreeSet<_>>().len();
        if n_pages < 2 {
            return Ok(Guess::Undefined(Undefined::OnePage));
        }
        if let Self::MajorityBy(values) | Self::Name(values) = self
            && values.windows(2).all(|pair| pair[0] == pair[1])
        {
            return Ok(Guess::Undefined(Undefined::ConstantColumn));
        }
        let of_cases: Vec<Option<usize>> = gold.iter().copied().map(Some).collect();
        let folds = page_folds(pages, &[&of_cases], FOLDS.min(n_pages), seed);
        let mut guessed = vec![0; gold.len()];
        for fold in 0..FOLDS {
            let (held, kept): (Vec<usize>, Vec<usize>) =
                (0..gold.len()).partition(|&case| folds[case] == fold);
            if held.is_empty() {
                continue;
            }
            for (case, label) in held.iter().zip(self.of_fold(gold, labels, &kept, &held)?) {
                guessed[*case] = label;
            }
        }
        Ok(Guess::Labels(guessed))
    }

    fn of_fold(
        self,
        gold: &[usize],
        labels: &[String],
        kept: &[usize],
        held: &[usize],
    ) -> Result<Vec<usize>> {
        let k = labels.len();
        let majority = |cases: &mut dyn Iterator<Item = usize>| {
            let mut counts = vec![0.0; k];
            cases.for_each(|case| counts[gold[case]] += 1.0);
            argmax(&counts)
        };
        match self {
            Self::Majority => {
                let label = majority(&mut kept.iter().copied());
                Ok(vec![label; held.len()])
            }
            Self::MajorityBy(values) => {
                let mut with: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
                kept.iter().for_each(|&case| with.entry(values[case]).or_default().push(case));
                let all = majority(&mut kept.iter().copied());
                let labels: BTreeMap<&str, usize> = with
                    .into_iter()
                    .map(|(value, cases)| (value, majority(&mut cases.into_iter())))
                    .collect();
                Ok(held.iter().map(|&case| *labels.get(values[case]).unwrap_or(&all)).collect())
            }
            Self::Lengths(texts) => regression(gold, labels, kept, held, |y, k| {
                let model =
                    DenseLogistic::fit(lengths(texts, kept).view(), y, &vec![1.0; y.len()], k, L2)?
                        .model;
                Ok(Box::new(move |case| {
                    let mut scores = model.scores(&length(texts[case]));
                    softmax(&mut scores);
                    scores
                }))
            }),
            Self::Name(values) => regression(gold, labels, kept, held, |y, k| {
                let names: BTreeSet<String> =
                    kept.iter().flat_map(|&case| parts(values[case])).collect();
                let numbers: BTreeMap<String, u32> = names.into_iter().zip(0..).collect();
                let columns = move |case: usize| -> BTreeSet<u32> {
                    parts(values[case]).filter_map(|part| numbers.get(&part).copied()).collect()
                };
                let n_columns = kept.iter().flat_map(|&case| columns(case)).max();
                let mut rows = SparseRows::new(n_columns.map_or(0, |most| most as usize + 1));
                for &case in kept {
                    rows.push(columns(case).into_iter().map(|column| (column, 1.0)));
                }
                let settings = LogisticRegression::new().check()?;
                let fits = settings.path(&rows, y, &vec![1.0; y.len()], k, &[L2], |_| true);
                let model = fits.into_iter().next().expect("one penalty, one fit");
                Ok(Box::new(move |case| {
                    let columns: Vec<u32> = columns(case).into_iter().collect();
                    model.probabilities((&columns, &vec![1.0; columns.len()]))
                }))
            }),
        }
    }
}

/// The probabilities of each of the labels that a fit has seen, of a case.
type Fitted<'f> = Box<dyn Fn(usize) -> Vec<f64> + 'f>;

/// Labels of held cases by a regression on the kept ones, chosen for macro F1.
fn regression<'f>(
    gold: &[usize],
    labels: &[String],
    kept: &[usize],
    held: &[usize],
    fit: impl FnOnce(&[usize], usize) -> Result<Fitted<'f>>,
) -> Result<Vec<usize>> {
    // Labels that the kept pages lack cannot be learnt.
    let seen: BTreeSet<usize> = kept.iter().map(|&case| gold[case]).collect();
    let seen: Vec<usize> = seen.into_iter().collect();
    if let [only] = seen[..] {
        return Ok(vec![only; held.len()]);
    }
    let number = |case: &usize| seen.iter().position(|&label| label == gold[*case]);
    let y: Vec<usize> = kept.iter().filter_map(number).collect();
    let probabilities = fit(&y, seen.len())?;
    let mut shares = vec![0.0; seen.len()];
    y.iter().for_each(|&label| shares[label] += 1.0 / y.len() as f64);
    let names: Vec<String> = seen.iter().map(|&label| labels[label].clone()).collect();
    let of_kept: Vec<f64> = kept.iter().flat_map(|&case| probabilities(case)).collect();
    // A guess answers always: nobody asks for its thresholds, nor whether cases are of one page.
    let each: Vec<usize> = (0..y.len()).collect();
    let decision = Decision::learn(Criterion::MacroF1, &names, &shares, (&y, &each), &of_kept);
    let adjustment = decision.adjustment(&shares);
    Ok(held.iter().map(|&case| seen[decided(&probabilities(case), &adjustment)]).collect())
}

fn length(text: &str) -> [f64; 4] {
    let log = |n: usize| libm::log1p(n as f64);
    let (characters, words) = (log(text.chars().count()), log(text.split_whitespace().count()));
    [characters, words, characters * characters, words * words]
}

fn lengths(texts: &[&str], cases: &[usize]) -> Array2<f64> {
    let rows: Vec<[f64; 4]> = cases.iter().map(|&case| length(texts[case])).collect();
    Array2::from(rows)
}

/// A name and its words, in lower case.
fn parts(name: &str) -> impl Iterator<Item = String> {
    let name = name.to_lowercase();
    let words: BTreeSet<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| format!("word {word}"))
        .collect();
    words.into_iter().chain([format!("name {name}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(baseline: Baseline<'_>, gold: &[usize], pages: &[usize]) -> Vec<usize> {
        let labels = ["a", "b", "c"].map(str::to_owned);
        match baseline.guess(gold, &labels, pages, 1).unwrap() {
            Guess::Labels(labels) => labels,
            Guess::Undefined(why) => panic!("{why}"),
        }
    }

    fn right(guessed: &[usize], gold: &[usize]) -> usize {
        guessed.iter().zip(gold).filter(|(guess, gold)| guess == gold).count()
    }

    /// Each page has a label and a source of its own: whoever had seen a page's labels would be
    /// right everywhere, and who has not must be right nowhere but by chance.
    #[test]
    fn no_page_is_guessed_from_itself() {
        let pages: Vec<usize> = (0..40).map(|case| case / 2).collect();
        let gold: Vec<usize> = pages.iter().map(|page| page % 2).collect();
        let names: Vec<String> = pages.iter().map(|page| format!("s{page}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for baseline in [Baseline::MajorityBy(&names), Baseline::Name(&names), Baseline::Majority] {
            assert!(right(&guess(baseline, &gold, &pages), &gold) <= 24);
        }
    }

    /// What the length or the words of the source's name tell is found, and nothing else.
    #[test]
    fn regressions_find_what_is_to_be_found() {
        let pages: Vec<usize> = (0..90).map(|case| case / 3).collect();
        let gold: Vec<usize> = (0..90).map(|case| case % 3).collect();
        let texts: Vec<String> =
            gold.iter().enumerate().map(|(i, y)| "word ".repeat(1 + y * 20 + i % 7)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(right(&guess(Baseline::Lengths(&texts), &gold, &pages), &gold), 90);
        // The label of the middle length is no line's end: squares are needed, and are there.
        let kinds = ["Tabloid", "Forum", "Blog"];
        let names: Vec<String> =
            gold.iter().enumerate().map(|(i, &y)| format!("{} {i}", kinds[y])).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(right(&guess(Baseline::Name(&names), &gold, &pages), &gold), 90);
        assert!(right(&guess(Baseline::MajorityBy(&names), &gold, &pages), &gold) <= 45);
    }

    #[test]
    fn where_nothing_can_be_held_out_there_is_a_reason() {
        let labels = ["a".to_owned()];
        let guess = |baseline: Baseline<'_>, pages: &[usize]| {
            baseline.guess(&[0, 0], &labels, pages, 1).unwrap()
        };
        assert_eq!(guess(Baseline::Majority, &[3, 3]), Guess::Undefined(Undefined::OnePage));
        let constant = Guess::Undefined(Undefined::ConstantColumn);
        assert_eq!(guess(Baseline::Name(&["x", "x"]), &[0, 1]), constant);
        let lengths = guess(Baseline::Lengths(&["x", "y z"]), &[0, 1]);
        assert_eq!(lengths, Guess::Labels(vec![0, 0]));
    }
}
