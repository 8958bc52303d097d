//! What stands in a passage more than once.

/// Finds the terms that a passage has more than once.
pub(super) struct Repeated {
    /// 1 for each term that the passage has; all 0 between passages. Bits would be fewer bytes, but terms
    /// that follow each other often lie side by side, and one would wait for the other.
    seen: Vec<u8>,
    /// First its terms that were seen before, so many.
    again: Vec<u32>,
    n_again: usize,
    /// How often each was seen again; all 0 between passages.
    counts: Vec<u32>,
}

impl Repeated {
    pub fn of(n: usize) -> Self {
        let mut all = Self { seen: Vec::new(), again: Vec::new(), n_again: 0, counts: Vec::new() };
        all.make_room(n);
        all
    }

    pub fn make_room(&mut self, n: usize) {
        self.seen.resize(n, 0);
        self.counts.resize(n, 0);
    }

    /// That the passage has these terms.
    pub fn note(&mut self, terms: &[u32]) {
        let Self { seen, again, n_again, .. } = self;
        if again.len() < *n_again + terms.len() {
            again.resize(2 * (*n_again + terms.len()), 0);
        }
        let again = &mut again[*n_again..][..terms.len()];
        let mut n = 0;
        // No branch depends on what is found, for nothing foretells it.
        for &term in terms {
            again[n] = term;
            n += usize::from(std::mem::replace(&mut seen[term as usize], 1));
        }
        *n_again += n;
    }

    /// Calls `visit` with each of the terms that is there more than once, and how often.
    pub fn find(&mut self, mut visit: impl FnMut(u32, usize)) {
        let Self { again, n_again, counts, .. } = self;
        let again = &again[..std::mem::take(n_again)];
        again.iter().for_each(|&term| counts[term as usize] += 1);
        for &term in again {
            let more = std::mem::take(&mut counts[term as usize]) as usize;
            if more > 0 {
                visit(term, 1 + more);
            }
        }
    }

    /// That the next passage does not have these terms by itself.
    pub fn forget(&mut self, terms: &[u32]) {
        terms.iter().for_each(|&term| self.seen[term as usize] = 0);
    }
}
