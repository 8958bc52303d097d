//! Whether the rows of each page follow each other, and which pages there are.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

/// One for all, so that the pages of several inputs can be compared.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Whether the rows of each page follow each other.
pub(super) struct Order {
    pub follow: bool,
    last: u64,
    /// Hashes of the pages that were seen: two that share one are taken for a page that comes again,
    /// and the file is read whole.
    seen: HashSet<u64>,
}

impl Default for Order {
    fn default() -> Self {
        Self { follow: true, last: 0, seen: HashSet::new() }
    }
}

impl Order {
    pub fn see(&mut self, page: &str) {
        let page = if page.is_empty() { 0 } else { HASHER.hash_one(page) };
        if page != self.last && page != 0 {
            self.follow &= self.seen.insert(page);
        }
        self.last = page;
    }

    /// The pages, each as a number of its own.
    pub fn into_pages(self) -> HashSet<u64> {
        self.seen
    }
}
