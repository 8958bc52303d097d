//! Groups that a split must not part.

use std::collections::{BTreeMap, BTreeSet};

use super::near_duplicates::{NearDuplicate, near_duplicates, near_duplicates_among};
use crate::{
    corpus::{Corpus, Passages, can_be_parted},
    error::{Error, Result},
    sampling::LEAST_PAGES,
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
    let copied: BTreeSet<usize> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
    (with_these_joined(passages, &pairs), copied.len())
}

/// The same passages, pages that share these near-duplicates being one group.
pub(crate) fn with_these_joined<'a>(
    passages: Passages<'a>,
    pairs: &[NearDuplicate],
) -> Passages<'a> {
    if pairs.is_empty() {
        return passages;
    }
    let groups = joined(passages.page_numbers(), pairs);
    passages.with_groups(groups)
}

/// The group of each passage, pages that share these near-duplicates being one.
fn joined(pages: Vec<usize>, pairs: &[NearDuplicate]) -> Vec<usize> {
    let mut groups = Groups::of(pages.iter().max().map_or(0, |last| last + 1));
    pairs.iter().for_each(|pair| groups.join(pages[pair.first], pages[pair.second]));
    let numbers = groups.numbers();
    pages.into_iter().map(|page| numbers[page]).collect()
}

/// The passages of `others` on pages that share no near-duplicate with a page of `passages`.
pub(crate) fn apart_from(passages: &Passages<'_>, others: &Passages<'_>) -> Vec<usize> {
    let n = passages.len();
    let behind = others.pages().iter().map(|page| page.iter().map(|row| n + row).collect());
    let pages = passages.pages().iter().cloned().chain(behind).collect();
    let both = Passages::new([passages.texts(), others.texts()].concat(), pages);
    let of_pages = both.page_numbers();
    let touched: BTreeSet<usize> = near_duplicates_among(&both)
        .iter()
        .filter(|pair| pair.first < n && pair.second >= n)
        .map(|pair| of_pages[pair.second])
        .collect();
    (0..others.len()).filter(|row| !touched.contains(&of_pages[n + row])).collect()
}

/// The page of each passage for intervals: pages that share near-duplicates are one there, too, unless that
/// leaves too few of them.
pub(crate) fn for_intervals(passages: &Passages<'_>) -> Vec<usize> {
    passages.fold_groups(LEAST_PAGES)
}

/// The same, of the passages of a corpus with these pages.
pub(crate) fn joined_for_intervals(corpus: &Corpus, pages: Vec<usize>) -> Result<Vec<usize>> {
    if !corpus.has_column("text") {
        return Ok(pages);
    }
    let joined = joined(pages.clone(), &near_duplicates(corpus)?);
    Ok(if can_be_parted(&joined, LEAST_PAGES) { joined } else { pages })
}

/// The source of each passage: pages that share a value of the column are of one, a page without is one by itself.
/// `rows` are the passages' in the corpus. Nothing if there is no such column.
pub(crate) fn sources(
    corpus: &Corpus,
    passages: &Passages<'_>,
    rows: &[usize],
    column: &str,
) -> Option<Vec<usize>> {
    let values = corpus.values(column)?;
    let pages = passages.page_numbers();
    let mut groups = Groups::of(passages.pages().len());
    let of_row = |(&row, &page): (&usize, &usize)| Some((page, values[row].as_deref()?));
    join_alike(&mut groups, rows.iter().zip(&pages).filter_map(of_row));
    let numbers = groups.numbers();
    Some(pages.iter().map(|&page| numbers[page]).collect())
}

/// Joins pages that have a value in common.
fn join_alike<V: Ord>(groups: &mut Groups, values: impl Iterator<Item = (usize, V)>) {
    let mut first: BTreeMap<V, usize> = BTreeMap::new();
    for (page, value) in values {
        groups.join(page, *first.entry(value).or_insert(page));
    }
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
    join_alike(&mut groups, pages.iter().copied().zip(passages.group_numbers()));
    if let Some(row) = values.iter().position(Option::is_none) {
        let problem = format!("the column {column:?} is empty");
        return Err(Error::input(corpus.place(row), problem, "fill it, or do not group by it"));
    }
    join_alike(&mut groups, pages.iter().copied().zip(values.iter().flatten()));
    let numbers = groups.numbers();
    Ok(pages.iter().map(|&page| numbers[page]).collect())
}
