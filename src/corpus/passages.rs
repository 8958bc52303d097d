//! Passages on their pages, as the classifier takes them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{dense::Dense, likeness::doubtful};

/// The texts of some passages, and which of them are on one page in which order.
#[derive(Debug, Clone)]
pub(crate) struct Passages<'a> {
    texts: Vec<&'a str>,
    pages: Vec<Vec<usize>>,
    weights: Option<Vec<f64>>,
    /// The group of each text, where pages are joined to groups.
    groups: Option<Vec<usize>>,
    /// What stands in a row beside its text.
    dense: Vec<Dense>,
    /// Others, without labels, that are learnt from too.
    unlabelled: Option<Arc<Passages<'a>>>,
}

impl<'a> Passages<'a> {
    /// From texts and, for each page, the numbers of its texts in page order.
    ///
    /// # Panics
    /// If a text lies on no page or on two.
    pub fn new(texts: Vec<&'a str>, pages: Vec<Vec<usize>>) -> Self {
        let mut seen = vec![false; texts.len()];
        for &row in pages.iter().flatten() {
            assert!(!std::mem::replace(&mut seen[row], true), "every text lies on one page");
        }
        assert!(seen.iter().all(|&seen| seen), "every text lies on one page");
        let (weights, groups, dense, unlabelled) = (None, None, Vec::new(), None);
        Self { texts, pages, weights, groups, dense, unlabelled }
    }

    /// The same passages with their weights in training; without them each counts 1.
    ///
    /// # Panics
    /// If there is not a finite weight of at least 0 for each.
    pub fn with_weights(self, weights: Vec<f64>) -> Self {
        assert!(weights.len() == self.len() && weights.iter().all(|w| *w >= 0.0 && w.is_finite()));
        Self { weights: Some(weights), ..self }
    }

    /// The same passages with dense columns beside their texts.
    ///
    /// # Panics
    /// If there is not a row for each.
    pub fn with_dense(self, dense: Vec<Dense>) -> Self {
        assert!(dense.iter().all(|block| block.rows.n_rows() == self.len()));
        Self { dense, ..self }
    }

    /// The same passages with others, which have no labels, to learn from.
    pub fn with_unlabelled(self, unlabelled: Option<Passages<'a>>) -> Self {
        Self { unlabelled: unlabelled.map(Arc::new), ..self }
    }

    /// The passages without labels that are learnt from, too.
    pub fn unlabelled(&self) -> Option<&Self> {
        self.unlabelled.as_deref()
    }

    /// The dense columns, block by block.
    pub fn dense(&self) -> &[Dense] {
        &self.dense
    }

    /// The same passages with the number of each one's group, which no fold should part; texts of one
    /// page are of one group. Without them each page is one.
    pub fn with_groups(self, groups: Vec<usize>) -> Self {
        Self { groups: Some(groups), ..self }
    }

    /// The group of each text, counted from 0.
    pub fn group_numbers(&self) -> Vec<usize> {
        let Some(groups) = &self.groups else { return self.page_numbers() };
        let mut numbers = BTreeMap::new();
        let mut number = |group: &usize| {
            let next = numbers.len();
            *numbers.entry(*group).or_insert(next)
        };
        groups.iter().map(&mut number).collect()
    }

    /// The group of each text, if so many folds can be made of groups and none of these holds more than
    /// half of the texts; else its page.
    pub fn fold_groups(&self, folds: usize) -> Vec<usize> {
        let groups = self.group_numbers();
        if can_be_parted(&groups, folds) { groups } else { self.page_numbers() }
    }

    /// How much a passage counts in training.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// Number of passages.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// The texts, in the order in which they were given.
    pub fn texts(&self) -> &[&'a str] {
        &self.texts
    }

    /// For each page the numbers of its texts, in page order.
    pub fn pages(&self) -> &[Vec<usize>] {
        &self.pages
    }

    /// The page of each text.
    pub fn page_numbers(&self) -> Vec<usize> {
        page_of_rows(&self.pages, self.texts.len())
    }

    /// Some of the passages, in this order, numbered anew; pages without any of them are left out.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let mut numbers = vec![None; self.len()];
        rows.iter().enumerate().for_each(|(i, &row)| numbers[row] = Some(i));
        let pages = self.pages.iter().map(|page| page.iter().filter_map(|&row| numbers[row]));
        Self {
            texts: rows.iter().map(|&row| self.texts[row]).collect(),
            pages: pages
                .map(Iterator::collect)
                .filter(|page: &Vec<usize>| !page.is_empty())
                .collect(),
            weights: self
                .weights
                .as_ref()
                .map(|weights| rows.iter().map(|&row| weights[row]).collect()),
            groups: (self.groups.as_ref())
                .map(|groups| rows.iter().map(|&row| groups[row]).collect()),
            dense: self.dense.iter().map(|block| block.subset(rows)).collect(),
            unlabelled: self.unlabelled.clone(),
        }
    }

    /// Whether some page has more than one passage, so that there are neighbours to look at.
    pub fn has_neighbours(&self) -> bool {
        self.pages.iter().any(|rows| rows.len() > 1)
    }
}

/// The gold labels of one task: one for each passage, or nothing where it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gold {
    /// The task's name.
    pub task: String,
    /// Label of each passage.
    pub labels: Vec<Option<Arc<str>>>,
}

impl Gold {
    /// The number of each passage's label, in alphabetical order.
    pub(crate) fn numbers(&self) -> Vec<Option<usize>> {
        let labels: BTreeSet<&str> = self.labels.iter().flatten().map(AsRef::as_ref).collect();
        let numbers: BTreeMap<&str, usize> = labels.into_iter().zip(0..).collect();
        self.labels.iter().map(|label| Some(numbers[label.as_deref()?])).collect()
    }

    /// The labels of some of the passages, in this order.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let labels = rows.iter().map(|&row| self.labels[row].clone()).collect();
        Self { task: self.task.clone(), labels }
    }

    /// Whether any passage has the label that a setting means by `wanted`: `label`, or `task.label`.
    ///
    /// ```
    /// use standpoint::corpus::Gold;
    /// let gold = Gold { task: "kind".into(), labels: vec![Some("news".into()), None] };
    /// assert!(gold.has("news") && gold.has("kind.news") && !gold.has("stance.news"));
    /// ```
    pub fn has(&self, wanted: &str) -> bool {
        self.labels.iter().flatten().any(|label| is_called(&self.task, label, wanted))
    }

    /// A sentence for each fault of the labels: labels that differ only in case, accents, white space,
    /// punctuation or the order of a list; labels that look like an empty cell, as `NaN`; a label of one passage
    /// alone, which cannot be learnt or is a slip of another.
    ///
    /// ```
    /// use standpoint::corpus::Gold;
    /// let labels = ["news", "news", "opinion", "opinion", "opinon"].map(|label| Some(label.into()));
    /// let gold = Gold { task: "kind".into(), labels: labels.to_vec() };
    /// assert_eq!(gold.doubtful_labels(), [r#"only one passage has the kind label "opinon"; did you mean "opinion"?"#]);
    /// ```
    pub fn doubtful_labels(&self) -> Vec<String> {
        self.doubtful_at(|_| None)
    }

    /// The same, with the line of a row.
    pub(super) fn doubtful_at(&self, line: impl Fn(usize) -> Option<u64>) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for label in self.labels.iter().flatten() {
            *counts.entry(label).or_default() += 1;
        }
        // Each is compared with all others, and a column of so many holds something else than labels.
        if counts.len() > MOST_COMPARED {
            return Vec::new();
        }
        let row = |label: &str| self.labels.iter().position(|own| own.as_deref() == Some(label));
        doubtful(&self.task, &counts, |label| line(row(label)?))
    }
}

/// Labels of which each is compared with all others.
const MOST_COMPARED: usize = 1000;

/// Whether a setting that names `wanted` means this label: by itself or as `task.label`.
pub(crate) fn is_called(task: &str, label: &str, wanted: &str) -> bool {
    let before = wanted.strip_suffix(label);
    before.is_some_and(|before| before.is_empty() || before.strip_suffix('.') == Some(task))
}

/// Whether groups are enough for so many parts, and none of them holds more than half of the passages.
pub(crate) fn can_be_parted(groups: &[usize], parts: usize) -> bool {
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    groups.iter().for_each(|group| *sizes.entry(*group).or_default() += 1);
    let largest = sizes.values().max().copied().unwrap_or(0);
    sizes.len() >= parts && largest * 2 <= groups.len()
}

/// The page of each of `n` rows, numbered from 0; `pages` have the rows of each.
pub(crate) fn page_of_rows<'a>(
    pages: impl IntoIterator<Item = &'a Vec<usize>>,
    n: usize,
) -> Vec<usize> {
    let mut page_of = vec![0; n];
    for (page, rows) in pages.into_iter().enumerate() {
        rows.iter().for_each(|&row| page_of[row] = page);
    }
    page_of
}
