//! Counts of gold against predicted labels.

use crate::error::{Error, Result};

/// More cases than a float can count.
const MOST_CASES: u64 = 1 << 53;

/// A confusion matrix: rows are gold, columns are predicted, both in the order of `labels`.
///
/// ```
/// use standpoint::evaluate::Confusion;
/// let confusion = Confusion::of(&[0, 0, 1], &[0, 1, 1], 2)?;
/// assert_eq!(confusion.row(0), [1, 1]); // gold 0: once predicted 0, once 1
/// assert_eq!((confusion.gold(1), confusion.predicted(1)), (1, 2));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    k: usize,
    counts: Vec<u64>,
}

impl Confusion {
    /// No case yet, `k` labels.
    pub(crate) fn new(k: usize) -> Self {
        Self { k, counts: vec![0; k * k] }
    }

    /// Counts pairs of label numbers below `k`.
    ///
    /// # Errors
    /// If the slices differ in length or a number reaches `k`.
    pub fn of(gold: &[usize], predicted: &[usize], k: usize) -> Result<Self> {
        if gold.len() != predicted.len() {
            let (n, other) = (gold.len(), predicted.len());
            let problem = format!("there are {n} gold labels and {other} predicted ones");
            return Err(Error::undecidable(problem, "give one of each for every case"));
        }
        if let Some(label) = gold.iter().chain(predicted).find(|&&label| label >= k) {
            let problem = format!("a label has the number {label}, and there are {k} labels");
            return Err(Error::undecidable(problem, "number the labels from 0"));
        }
        let mut confusion = Self::new(k);
        gold.iter().zip(predicted).for_each(|(&gold, &predicted)| confusion.add(gold, predicted));
        Ok(confusion)
    }

    /// From its rows, one for each gold label.
    ///
    /// # Errors
    /// If it is not square, or there are more than 2^53 cases.
    pub fn from_rows(rows: &[Vec<u64>]) -> Result<Self> {
        let k = rows.len();
        let sum = |sum: u64, n: &u64| sum.checked_add(*n).filter(|sum| *sum <= MOST_CASES);
        let total = rows.iter().flatten().try_fold(0, sum);
        if total.is_none() || rows.iter().any(|row| row.len() != k) {
            let problem = "the counts are no confusion matrix";
            let help = "give a row of counts for each gold label, as long as there are labels";
            return Err(Error::undecidable(problem, help));
        }
        Ok(Self { k, counts: rows.concat() })
    }

    pub(crate) fn add(&mut self, gold: usize, predicted: usize) {
        self.add_many(gold, predicted, 1);
    }

    pub(crate) fn add_many(&mut self, gold: usize, predicted: usize, n: u64) {
        self.counts[gold * self.k + predicted] += n;
    }

    /// Adds all counts of `other`, which has the same labels.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
    }

    /// The same without the counts of `other`, which are among them.
    pub(super) fn less(&self, other: &Self) -> Self {
        let counts = self.counts.iter().zip(&other.counts).map(|(all, part)| all - part);
        Self { k: self.k, counts: counts.collect() }
    }

    /// Every count this many times.
    pub(super) fn times(&self, factor: u64) -> Self {
        Self { k: self.k, counts: self.counts.iter().map(|count| count * factor).collect() }
    }

    /// Number of labels.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Predictions of the cases whose gold label is `gold`; empty if there is no such label.
    pub fn row(&self, gold: usize) -> &[u64] {
        self.counts.get(gold * self.k..(gold + 1) * self.k).unwrap_or_default()
    }

    /// Cases whose gold and predicted label are both `label`.
    pub fn correct(&self, label: usize) -> u64 {
        self.row(label).get(label).copied().unwrap_or(0)
    }

    /// Cases whose gold label is `label`.
    pub fn gold(&self, label: usize) -> u64 {
        self.row(label).iter().sum()
    }

    /// Cases predicted to be `label`.
    pub fn predicted(&self, label: usize) -> u64 {
        (0..self.k).filter_map(|gold| self.row(gold).get(label)).sum()
    }

    /// All cases.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}
