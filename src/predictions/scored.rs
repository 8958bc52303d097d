//! Predictions beside gold labels.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::answers::{Answers, positions};
use crate::error::{Error, Result};

/// A task may not have more labels: what is counted, and what is learnt, grows with their square.
const MOST_LABELS: usize = 5000;
/// Nor may there be more counts of gold against predicted labels on all pages, of 8 bytes each.
const MOST_COUNTS: usize = 1 << 28;

/// Refuses a task of too many labels.
pub(crate) fn check_labels(task: &str, n: usize) -> Result<()> {
    match n <= MOST_LABELS {
        true => Ok(()),
        false => Err(Error::undecidable(
            format!("{task} has {n} labels, and more than {MOST_LABELS} are too many"),
            "look whether the column holds labels, and merge the rare ones",
        )),
    }
}

/// Predictions and gold labels of one task's cases: the rows that have both. Metrics are computed from
/// this, and intervals by leaving out its pages.
///
/// ```
/// use standpoint::predictions::{Answers, Scored};
/// let answers = Answers::new("kind", ["comment", "news"], vec![Some(1), Some(0), None], vec![0, 0, 1])?;
/// let scored = Scored::new(answers, &[Some(1), None, Some(0)])?;
/// assert_eq!((scored.rows(), scored.gold(), scored.predicted()), (&[0][..], &[1][..], &[1][..]));
/// assert_eq!(scored.unanswered(), [2]); // gold, but no prediction
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    answers: Answers,
    gold: Vec<usize>,
    rows: Vec<usize>,
    unanswered: Vec<usize>,
    unanswered_pages: Vec<usize>,
}

impl Scored {
    /// From predictions of all rows and the gold label of each, by number; nothing where a row has none.
    ///
    /// A row counts as answered if anything was predicted for it, also where the label is withheld for
    /// want of certainty.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if the two differ in length, or a number is not
    /// below the number of labels; [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if there are
    /// more than 5000 labels, or too many to count them on each page.
    #[expect(clippy::needless_pass_by_value, reason = "they become the cases' own")]
    pub fn new(answers: Answers, gold: &[Option<usize>]) -> Result<Self> {
        if gold.len() != answers.len() {
            let found = format!("{} for {} rows", gold.len(), answers.len());
            return Err(Error::setting("gold", found, "one for each row"));
        }
        if let Some(beyond) = gold.iter().flatten().find(|label| **label >= answers.n_labels()) {
            return Err(Error::setting("gold", beyond.to_string(), "below the number of labels"));
        }
        check_labels(answers.task(), answers.n_labels())?;
        let pages: BTreeSet<usize> = answers.pages().iter().copied().collect();
        let counts = answers.n_labels().pow(2).saturating_mul(pages.len());
        if counts > MOST_COUNTS {
            let (task, k, n) = (answers.task(), answers.n_labels(), pages.len());
            return Err(Error::undecidable(
                format!("{task} has {k} labels, which is too many to count them on {n} pages"),
                "merge rare labels, or evaluate fewer pages",
            ));
        }
        let labelled = || (0..gold.len()).filter(|&row| gold[row].is_some());
        let rows: Vec<usize> = labelled().filter(|&row| answers.best(row).is_some()).collect();
        let unanswered: Vec<usize> =
            labelled().filter(|&row| answers.best(row).is_none()).collect();
        Ok(Self {
            unanswered_pages: unanswered.iter().map(|&row| answers.pages()[row]).collect(),
            unanswered,
            gold: rows.iter().filter_map(|&row| gold[row]).collect(),
            answers: answers.select(&rows),
            rows,
        })
    }

    /// Cases of several parts of some rows as cases of all of them, each part with its rows; `pages` are
    /// those of all rows. The labels of every part must be among `labels`.
    pub(crate) fn pool<'a>(
        task: &str,
        labels: impl IntoIterator<Item = String>,
        parts: impl Iterator<Item = (&'a [usize], &'a Self)>,
        pages: &[usize],
    ) -> Self {
        let labels: Arc<[String]> = labels.into_iter().collect();
        let parts: Vec<(&[usize], &Self)> = parts.collect();
        let of_parts = |rows: fn(&Self) -> &[usize]| -> Vec<usize> {
            let of_part = |(all, part): &(&[usize], &Self)| {
                rows(part).iter().map(|&row| all[row]).collect::<Vec<_>>()
            };
            parts.iter().flat_map(of_part).collect()
        };
        let (rows, unanswered) = (of_parts(Self::rows), of_parts(Self::unanswered));
        let of_rows: Arc<[usize]> = rows.iter().map(|&row| pages[row]).collect();
        let mut answers = Answers::empty(&task.into(), &labels, &of_rows);
        let mut gold = Vec::with_capacity(rows.len());
        for (_, part) in parts {
            let own: Vec<usize> = (gold.len()..gold.len() + part.len()).collect();
            let at = positions(part.labels(), &labels);
            gold.extend(part.gold.iter().map(|&label| at[label]));
            answers.set(&own, &part.answers);
        }
        let unanswered_pages = unanswered.iter().map(|&row| pages[row]).collect();
        Self { answers, gold, rows, unanswered, unanswered_pages }
    }

    /// The task.
    pub fn task(&self) -> &str {
        self.answers.task()
    }

    /// The task's labels, in the order of their numbers.
    pub fn labels(&self) -> &[String] {
        self.answers.labels()
    }

    /// Number of cases.
    pub fn len(&self) -> usize {
        self.gold.len()
    }

    /// Whether there is no case.
    pub fn is_empty(&self) -> bool {
        self.gold.is_empty()
    }

    /// The gold label of each case.
    pub fn gold(&self) -> &[usize] {
        &self.gold
    }

    /// The predicted label of each case.
    pub fn predicted(&self) -> &[usize] {
        &self.answers.best
    }

    /// Probabilities, cases * labels, if there are any.
    pub fn probabilities(&self) -> Option<&[f64]> {
        self.answers.probabilities()
    }

    /// The page of each case, numbered from 0.
    pub fn pages(&self) -> &[usize] {
        self.answers.pages()
    }

    /// The row of each case, among those that the predictions and the gold labels were given for.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Rows that have a gold label and no prediction.
    pub fn unanswered(&self) -> &[usize] {
        &self.unanswered
    }

    /// The page of each unanswered row, numbered as those of the cases.
    pub fn unanswered_pages(&self) -> &[usize] {
        &self.unanswered_pages
    }

    /// The predictions of the cases.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Some of the cases, by their numbers, without those that are unanswered.
    pub fn select(&self, cases: &[usize]) -> Self {
        Self {
            answers: self.answers.select(cases),
            gold: cases.iter().map(|&case| self.gold[case]).collect(),
            rows: cases.iter().map(|&case| self.rows[case]).collect(),
            unanswered: Vec::new(),
            unanswered_pages: Vec::new(),
        }
    }

    /// The cases and the unanswered rows of each value that `value_of` gives their rows.
    pub(crate) fn split_by<T: Ord>(&self, value_of: impl Fn(usize) -> T) -> BTreeMap<T, Self> {
        let mut parts: BTreeMap<T, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (case, &row) in self.rows.iter().enumerate() {
            parts.entry(value_of(row)).or_default().0.push(case);
        }
        for (number, &row) in self.unanswered.iter().enumerate() {
            parts.entry(value_of(row)).or_default().1.push(number);
        }
        let part = |(value, (cases, unanswered)): (T, (Vec<usize>, Vec<usize>))| {
            let of = |all: &[usize]| unanswered.iter().map(|&number| all[number]).collect();
            let own = Self {
                unanswered: of(&self.unanswered),
                unanswered_pages: of(&self.unanswered_pages),
                ..self.select(&cases)
            };
            (value, own)
        };
        parts.into_iter().map(part).collect()
    }

    /// The cases whose row `keep` says yes to, and the unanswered rows.
    pub(crate) fn of_rows(&self, keep: impl Fn(usize) -> bool) -> Self {
        self.split_by(keep).remove(&true).unwrap_or_else(|| self.select(&[]))
    }

    /// The same cases with the labels numbered by `labels`.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if a gold or predicted label is not among them.
    pub fn relabel(&self, labels: &[String]) -> Result<Self> {
        let answers = self.answers.relabel(labels);
        let number = |label: &usize| {
            let name = &self.labels()[*label];
            super::answers::position(labels, name).ok_or_else(|| {
                Error::setting("labels", labels.join(", "), "all labels of the cases")
            })
        };
        self.answers.best.iter().try_for_each(|label| number(label).map(drop))?;
        let gold = self.gold.iter().map(number).collect::<Result<_>>()?;
        Ok(Self { answers, gold, ..self.clone() })
    }

    /// The same cases with other predictions, which have no probabilities: a baseline's, or another
    /// coder's.
    pub(crate) fn predicted_otherwise(
        &self,
        labels: &[String],
        predicted: Vec<usize>,
    ) -> Result<Self> {
        let given = predicted.into_iter().map(Some).collect();
        let labels = labels.to_vec();
        let answers = Answers::new(self.task(), labels, given, self.pages().to_vec())?;
        Ok(Self { answers, ..self.clone() })
    }

    pub(crate) fn on_pages(self, pages: &[usize]) -> Self {
        Self { answers: self.answers.on_pages(pages), ..self }
    }

    /// The predictions of all `n` rows, none where a row is no case.
    pub(crate) fn answers_of_all(&self, n: usize) -> Answers {
        let labels: Arc<[String]> = self.labels().into();
        let pages: Arc<[usize]> = vec![0; n].into();
        let mut all = Answers::empty(&self.task().into(), &labels, &pages);
        all.set(&self.rows, &self.answers);
        all
    }

    /// Number of pages that have a case.
    pub fn n_pages(&self) -> usize {
        self.pages().iter().collect::<BTreeSet<_>>().len()
    }
}
