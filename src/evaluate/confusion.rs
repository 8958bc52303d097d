//! Counts of gold against predicted labels.

/// A confusion matrix: rows are gold, columns are predicted, both in the order of `labels`.
///
/// ```
/// use standpoint::evaluate::Confusion;
/// let confusion = Confusion::of(&[0, 0, 1], &[0, 1, 1], 2);
/// assert_eq!(confusion.row(0), [1, 1]); // gold 0: once predicted 0, once 1
/// assert_eq!((confusion.gold(1), confusion.predicted(1)), (1, 2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    k: usize,
    counts: Vec<u64>,
}

impl Confusion {
    /// No case yet, `k` labels.
    pub fn new(k: usize) -> Self {
        Self { k, counts: vec![0; k * k] }
    }

    /// Counts pairs of label numbers below `k`.
    ///
    /// # Panics
    /// If the slices differ in length or a number reaches `k`.
    pub fn of(gold: &[usize], predicted: &[usize], k: usize) -> Self {
        assert_eq!(gold.len(), predicted.len(), "a prediction for every gold label");
        let mut confusion = Self::new(k);
        gold.iter().zip(predicted).for_each(|(&gold, &predicted)| confusion.add(gold, predicted));
        confusion
    }

    /// Counts one case.
    pub fn add(&mut self, gold: usize, predicted: usize) {
        self.add_many(gold, predicted, 1);
    }

    pub(crate) fn add_many(&mut self, gold: usize, predicted: usize, n: u64) {
        assert!(gold < self.k && predicted < self.k, "label numbers below k");
        self.counts[gold * self.k + predicted] += n;
    }

    /// Adds all counts of `other`, which has the same labels.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
    }

    /// Number of labels.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Predictions of the cases whose gold label is `gold`.
    pub fn row(&self, gold: usize) -> &[u64] {
        &self.counts[gold * self.k..][..self.k]
    }

    /// Cases whose gold and predicted label are both `label`.
    pub fn correct(&self, label: usize) -> u64 {
        self.row(label)[label]
    }

    /// Cases whose gold label is `label`.
    pub fn gold(&self, label: usize) -> u64 {
        self.row(label).iter().sum()
    }

    /// Cases predicted to be `label`.
    pub fn predicted(&self, label: usize) -> u64 {
        (0..self.k).map(|gold| self.row(gold)[label]).sum()
    }

    /// All cases.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}
