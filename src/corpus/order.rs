//! Whether the rows of each page follow each other.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

/// Whether the rows of each page follow each other.
pub(super) struct Order {
    pub follow: bool,
    last: u64,
    /// Hashes of the pages that were seen: two that share one are taken for a page that comes again,
    /// and the file is read whole.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Default for Order {
    fn default() -> Self {
        Self { follow: true, last: 0, seen: HashSet::new(), hasher: RandomState::new() }
    }
}

impl Order {
    pub fn see(&mut self, page: &str) {
        let page = if page.is_empty() { 0 } else { self.hasher.hash_one(page) };
        if page != self.last && page != 0 {
            self.follow &= self.seen.insert(page);
        }
        self.last = page;
    }
}
