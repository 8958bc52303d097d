//! Groups that a split must not part.

use std::collections::{BTreeMap, BTreeSet};

use super::near_duplicates::near_duplicates_among;
use crate::{
    corpus::{Corpus, Passages},
    error::{Error, Result},
};

/// Things that are joined to groups (a union-find).
pub(crate) struct Groups {
    /// Each points to an earlier member of its group, the first member to itself.
    toward: Vec<usize>,
}

impl Groups {
    /// Every thing a group of its own.
    pub fn of(n: usize) -> Self {
        Self { toward: (0..n).collect() }
    }

    /// Joins the groups of the two.
    pub fn join(&mut self, a: usize, b: usize) {
        let (first_a, first_b) = (self.first(a), self.first(b));
        let first = first_a.min(first_b);
        // The two themselves too: so no way to a first member gets long.
        for thing in [a, b, first_a, first_b] {
            self.toward[thing] = first;
        }
    }

    /// The first member of a thing's group.
    pub fn first(&self, mut thing: usize) -> usize {
        while self.toward[thing] != thing {
            thing = self.toward[thing];
        }
        thing
    }

    /// The number of each thing's group, counted from 0 in the order of their first members.
    pub fn numbers(&self) -> Vec<usize> {
        let mut numbers: Vec<usize> = Vec::with_capacity(self.toward.len());
        let mut groups = 0;
        for (thing, &toward) in self.toward.iter().enumerate() {
            let number = if toward == thing { groups } else { numbers[toward] };
            groups += usize::from(toward == thing);
            numbers.push(number);
        }
        numbers
    }
}

/// The same passages, pages that share near-duplicates being one group, and how many passages are nearly
/// the same on several pages.
pub(crate) fn with_copies_joined(passages: Passages<'_>) -> (Passages<'_>, usize) {
    let pairs = near_duplicates_among(&passages);
    let pages = passages.page_numbers();
    let mut groups = Groups::of(passages.pages().len());
    let mut copied = BTreeSet::new();
    for pair in pairs {
        groups.join(pages[pair.first], pages[pair.second]);
        copied.extend([pair.first, pair.second]);
    }
    if copied.is_empty() {
        return (passages, 0);
    }
    let numbers = groups.numbers();
    let of_rows = pages.iter().map(|&page| numbers[page]).collect();
    (passages.with_groups(of_rows), copied.len())
}

/// The number of each passage's group, counted from 0. Pages that share a value of the column are one
/// group; so are pages that each share one with a third page.
pub(crate) fn by_column(
    corpus: &Corpus,
    passages: &Passages<'_>,
    column: &str,
) -> Result<Vec<usize>> {
    let values = corpus.require(column)?;
    let pages = passages.page_numbers();
    let mut groups = Groups::of(passages.pages().len());
    // Copies join pages, too.
    let mut first_of_group: BTreeMap<usize, usize> = BTreeMap::new();
    for (row, group) in passages.group_numbers().into_iter().enumerate() {
        groups.join(pages[row], *first_of_group.entry(group).or_insert(pages[row]));
    }
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        let Some(value) = value.as_deref() else {
            let problem = format!("the column {column:?} is empty");
            return Err(Error::input(corpus.place(row), problem, "fill it, or do not group by it"));
        };
        groups.join(pages[row], *first.entry(value).or_insert(pages[row]));
    }
    let numbers = groups.numbers();
    Ok(pages.iter().map(|&page| numbers[page]).collect())
}
