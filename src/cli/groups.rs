//! What a split must not part.

use std::collections::BTreeMap;

use anyhow::Result;
use standpoint::{Corpus, Error, Passages};

use super::input;

/// Things that are joined to groups.
pub struct Groups {
    /// Each points to one of its group, the first of a group to itself.
    towards: Vec<usize>,
}

impl Groups {
    /// Every thing a group of its own.
    pub fn of(n: usize) -> Self {
        Self { towards: (0..n).collect() }
    }

    /// Makes the groups of the two one.
    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.towards[a.max(b)] = a.min(b);
    }

    /// The first of a thing's group.
    pub fn first(&self, mut thing: usize) -> usize {
        while self.towards[thing] != thing {
            thing = self.towards[thing];
        }
        thing
    }

    /// The number of each thing's group, counted from 0 as they come up.
    pub fn numbers(&self) -> Vec<usize> {
        let mut numbers = BTreeMap::new();
        let number = |thing| {
            let next = numbers.len();
            *numbers.entry(self.first(thing)).or_insert(next)
        };
        (0..self.towards.len()).map(number).collect()
    }
}

/// The number of each passage's group, counted from 0. Pages that share a value of the column are one
/// group, and pages that share one with the same other page too.
pub fn by_column(table: &Corpus, passages: &Passages<'_>, column: &str) -> Result<Vec<usize>> {
    input::check_columns(table, &[column.to_owned()])?;
    let values = table.values(column).expect("the column is there");
    let pages = passages.page_numbers();
    let mut groups = Groups::of(passages.pages().len());
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        let Some(value) = value.as_deref() else {
            return Err(Error::input(
                table.place(row),
                format!("the column {column:?} is empty"),
                "fill it, or do not group by it",
            )
            .into());
        };
        groups.join(pages[row], *first.entry(value).or_insert(pages[row]));
    }
    let numbers = groups.numbers();
    Ok(pages.iter().map(|&page| numbers[page]).collect())
}
