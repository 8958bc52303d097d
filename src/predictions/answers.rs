//! Predictions of some rows for one task.

use std::sync::Arc;

use crate::error::{Error, Result};

/// Predictions of some rows for one task, whoever made them: a model, another program, or a second
/// coder whose labels are compared with the first one's.
///
/// Each row has the label that is most fitting ([`best`](Self::best)) unless nothing was predicted, and
/// perhaps a reason not to give it ([`abstention`](Self::abstention)). [`label`](Self::label) is the label
/// that is given. Labels are numbered in the order of [`labels`](Self::labels).
///
/// ```
/// use standpoint::predictions::{Abstention, Answers};
/// let answers = Answers::new("kind", ["comment", "news"], vec![Some(1), None], vec![0, 0])?
///     .with_probabilities(vec![0.2, 0.8, 0.0, 0.0])?;
/// assert_eq!((answers.label(0), answers.probability(0)), (Some("news"), Some(0.8)));
/// assert_eq!(answers.abstention(1), Some(Abstention::NotPredicted));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    task: Arc<str>,
    labels: Arc<[String]>,
    pub(crate) best: Vec<usize>,
    pub(crate) abstained: Vec<Option<Abstention>>,
    pub(crate) probabilities: Option<Vec<f64>>,
    pages: Arc<[usize]>,
}

/// Why a row has no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Abstention {
    /// No term of the passage was seen in training.
    NoKnownTerm,
    /// The label's probability is too low for the error rate that was asked for.
    Uncertain,
    /// The model of the passage's target does not know the task.
    NoSuchTask,
    /// There is no prediction for the row.
    NotPredicted,
}

named!(Abstention, "the abstention":
    NoKnownTerm = "no known term",
    Uncertain = "uncertain",
    NoSuchTask = "no such task",
    NotPredicted = "not predicted",
);

impl Answers {
    /// Labels by number, nothing where none is predicted, and the page of each row, numbered from 0.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if the two differ in length, or a number is not
    /// below the number of labels.
    pub fn new(
        task: impl Into<Arc<str>>,
        labels: impl IntoIterator<Item = impl Into<String>>,
        given: Vec<Option<usize>>,
        pages: Vec<usize>,
    ) -> Result<Self> {
        let labels: Arc<[String]> = labels.into_iter().map(Into::into).collect();
        if given.len() != pages.len() {
            let found = format!("{} for {} rows", pages.len(), given.len());
            return Err(Error::setting("pages", found, "one for each row"));
        }
        if let Some(beyond) = given.iter().flatten().find(|label| **label >= labels.len()) {
            return Err(Error::setting("label", beyond.to_string(), "below the number of labels"));
        }
        let abstained =
            given.iter().map(|label| label.is_none().then_some(Abstention::NotPredicted));
        Ok(Self {
            task: task.into(),
            labels,
            abstained: abstained.collect(),
            best: given.into_iter().map(Option::unwrap_or_default).collect(),
            probabilities: None,
            pages: pages.into(),
        })
    }

    /// The same with probabilities: rows * labels, all 0 in a row without a prediction.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if there are not as many, or one is not a
    /// number from 0 to 1.
    pub fn with_probabilities(self, probabilities: Vec<f64>) -> Result<Self> {
        if probabilities.len() != self.len() * self.labels.len() {
            let found = format!("{} of them", probabilities.len());
            return Err(Error::setting("probabilities", found, "one for each row and label"));
        }
        if let Some(wrong) = probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            return Err(Error::setting("probabilities", wrong.to_string(), "from 0 to 1"));
        }
        Ok(Self { probabilities: Some(probabilities), ..self })
    }

    /// No prediction yet for the rows of these pages.
    pub(crate) fn empty(task: &Arc<str>, labels: &Arc<[String]>, pages: &Arc<[usize]>) -> Self {
        let n = pages.len();
        Self {
            task: Arc::clone(task),
            labels: Arc::clone(labels),
            best: vec![0; n],
            abstained: vec![Some(Abstention::NoSuchTask); n],
            probabilities: Some(vec![0.0; n * labels.len()]),
            pages: Arc::clone(pages),
        }
    }

    pub(crate) fn on_pages(self, pages: &[usize]) -> Self {
        debug_assert_eq!(pages.len(), self.best.len());
        Self { pages: pages.into(), ..self }
    }

    /// The task.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// The task's labels, in the order of their numbers.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    pub(crate) fn shared_labels(&self) -> Arc<[String]> {
        Arc::clone(&self.labels)
    }

    /// Number of labels.
    pub fn n_labels(&self) -> usize {
        self.labels.len()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.best.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.best.is_empty()
    }

    /// The label that is given to a row; nothing if none is.
    ///
    /// # Panics
    /// If there is no such row, as with a slice; so do the other methods that take a row.
    pub fn label(&self, row: usize) -> Option<&str> {
        self.given(row).map(|label| &*self.labels[label])
    }

    /// Its number.
    pub fn given(&self, row: usize) -> Option<usize> {
        self.abstained[row].is_none().then(|| self.best[row])
    }

    /// The number of the most fitting label, given or not; nothing if nothing was predicted. It need
    /// not be the most probable one: see [`Decision`](crate::model::Decision).
    pub fn best(&self, row: usize) -> Option<usize> {
        use Abstention::{NoSuchTask, NotPredicted};
        let predicted = !matches!(self.abstained[row], Some(NoSuchTask | NotPredicted));
        predicted.then(|| self.best[row])
    }

    /// Why a row has no label.
    pub fn abstention(&self, row: usize) -> Option<Abstention> {
        self.abstained[row]
    }

    /// The probability of the most fitting label; nothing without probabilities or prediction.
    pub fn probability(&self, row: usize) -> Option<f64> {
        Some(self.probabilities_of(row)?[self.best(row)?])
    }

    /// The probability of each label, in their order. They sum to 1, or are all 0 in a row without a
    /// prediction.
    pub fn probabilities_of(&self, row: usize) -> Option<&[f64]> {
        let k = self.labels.len();
        self.probabilities.as_ref().map(|p| &p[row * k..][..k])
    }

    /// All probabilities, rows * labels, if there are any.
    pub fn probabilities(&self) -> Option<&[f64]> {
        self.probabilities.as_deref()
    }

    /// The page of each row, numbered from 0.
    pub fn pages(&self) -> &[usize] {
        &self.pages
    }

    /// Rows that have no label for this reason.
    pub fn count(&self, reason: Abstention) -> usize {
        self.abstained.iter().filter(|found| **found == Some(reason)).count()
    }

    /// The rows, one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Answer<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// One row.
    pub fn get(&self, row: usize) -> Answer<'_> {
        Answer { answers: self, row }
    }

    /// Some of the rows, in this order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let k = self.labels.len();
        let of_rows = |p: &Vec<f64>| {
            let mut all = Vec::with_capacity(rows.len() * k);
            rows.iter().for_each(|&row| all.extend_from_slice(&p[row * k..][..k]));
            all
        };
        Self {
            task: Arc::clone(&self.task),
            labels: Arc::clone(&self.labels),
            best: rows.iter().map(|&row| self.best[row]).collect(),
            abstained: rows.iter().map(|&row| self.abstained[row]).collect(),
            probabilities: self.probabilities.as_ref().map(of_rows),
            pages: rows.iter().map(|&row| self.pages[row]).collect(),
        }
    }

    /// The same with the labels numbered by `labels`. A row whose label is not among them has none, and
    /// a label that is new has probability 0.
    pub fn relabel(&self, labels: &[String]) -> Self {
        let labels: Arc<[String]> = labels.into();
        let at: Vec<Option<usize>> = self.labels.iter().map(|l| position(&labels, l)).collect();
        let mut relabelled = Self { labels: Arc::clone(&labels), ..self.clone() };
        for row in 0..self.len() {
            if let Some(label) = at.get(self.best[row]).copied().flatten() {
                relabelled.best[row] = label;
            } else {
                relabelled.best[row] = 0;
                relabelled.abstained[row].get_or_insert(Abstention::NotPredicted);
            }
        }
        relabelled.probabilities = self.probabilities.as_ref().map(|old| {
            let mut new = vec![0.0; self.len() * labels.len()];
            if !labels.is_empty() && !at.is_empty() {
                let rows = old.chunks_exact(at.len()).zip(new.chunks_exact_mut(labels.len()));
                for (old, new) in rows {
                    let known = old.iter().zip(&at).filter_map(|(p, at)| Some((p, (*at)?)));
                    known.for_each(|(p, at)| new[at] = *p);
                }
            }
            new
        });
        relabelled
    }

    /// Takes over the rows of `other`, which are our `rows`. All labels of `other` must be ours.
    pub(crate) fn set(&mut self, rows: &[usize], other: &Self) {
        let k = self.labels.len();
        let at: Vec<usize> = positions(&other.labels, &self.labels);
        for (i, &row) in rows.iter().enumerate() {
            self.best[row] = at.get(other.best[i]).copied().unwrap_or_default();
            self.abstained[row] = other.abstained[i];
            if let (Some(ours), Some(theirs)) = (&mut self.probabilities, other.probabilities_of(i))
            {
                for (&label, &p) in at.iter().zip(theirs) {
                    ours[row * k + label] = p;
                }
            }
        }
    }

    /// Whether two rows have the same prediction.
    pub(crate) fn same(&self, a: usize, b: usize) -> bool {
        self.given(a) == self.given(b) && self.probabilities_of(a) == self.probabilities_of(b)
    }
}

/// One row of [`Answers`].
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    answers: &'a Answers,
    row: usize,
}

impl<'a> Answer<'a> {
    /// The task.
    pub fn task(self) -> &'a str {
        &self.answers.task
    }

    /// The most fitting label, given or not; empty if nothing was predicted.
    pub fn label(self) -> &'a str {
        self.answers.best(self.row).map_or("", |label| &self.answers.labels[label])
    }

    /// Its probability; 0 without probabilities or prediction.
    pub fn probability(self) -> f64 {
        self.answers.probability(self.row).unwrap_or(0.0)
    }

    /// Whether the label is withheld.
    pub fn abstains(self) -> bool {
        self.abstention().is_some()
    }

    /// Why the label is withheld.
    pub fn abstention(self) -> Option<Abstention> {
        self.answers.abstention(self.row)
    }
}

/// The number of a label.
pub(crate) fn position(labels: &[String], label: &str) -> Option<usize> {
    labels.iter().position(|known| known == label)
}

/// The numbers in `all` of `some` of its labels.
pub(crate) fn positions(some: &[String], all: &[String]) -> Vec<usize> {
    some.iter().map(|label| position(all, label).expect("a label of all")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Answers {
        Answers::new("t", ["a", "b"], vec![Some(0), Some(1), None], vec![0, 0, 1])
            .and_then(|answers| answers.with_probabilities(vec![0.9, 0.1, 0.2, 0.8, 0.0, 0.0]))
            .expect("they fit together")
    }

    #[test]
    fn relabelling_there_and_back_changes_nothing() {
        let wider = ["x", "b", "a"].map(str::to_owned);
        let there = answers().relabel(&wider);
        assert_eq!((there.given(0), there.given(1), there.given(2)), (Some(2), Some(1), None));
        assert_eq!(there.probabilities_of(1), Some(&[0.0, 0.8, 0.2][..]));
        assert_eq!(there.relabel(answers().labels()), answers());
    }

    #[test]
    fn a_label_that_is_not_among_the_new_ones_is_no_prediction() {
        let narrower = answers().relabel(&["b".to_owned()]);
        assert_eq!((narrower.given(0), narrower.given(1)), (None, Some(0)));
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let labels = ["a"];
        assert!(Answers::new("t", labels, vec![Some(1)], vec![0]).is_err());
        assert!(Answers::new("t", labels, vec![Some(0)], vec![]).is_err());
        let one = || Answers::new("t", labels, vec![Some(0)], vec![0]).expect("they fit");
        assert!(one().with_probabilities(vec![]).is_err());
        assert!(one().with_probabilities(vec![f64::NAN]).is_err());
    }
}
