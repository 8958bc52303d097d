//! The sampling design: how a labelled sample was drawn from its corpus.

use std::collections::BTreeMap;

/// How a sample was drawn from its corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Drawn {
    /// Passage by passage, whatever page it is on.
    Passages,
    /// Page by page, each with all of its passages.
    Pages,
    /// Page by page, some passages of each.
    PartsOfPages,
}

impl Drawn {
    /// What the rows look like: whole pages; or passages of as many pages as passages drawn one by
    /// one would lie on; or of far fewer, by more than four standard deviations.
    ///
    /// ```
    /// use standpoint::prevalence::Drawn;
    /// let pages: Vec<usize> = (0..400).map(|row| row / 4).collect();
    /// let all = |n: usize| (0..n).collect::<Vec<_>>();
    /// assert_eq!(Drawn::guess(&all(40), &pages), Drawn::Pages); // ten pages, whole
    /// let spread: Vec<usize> = (0..40).map(|i| i * 397 % 400).collect();
    /// assert_eq!(Drawn::guess(&spread, &pages), Drawn::Passages);
    /// let halves: Vec<usize> = all(80).into_iter().filter(|row| row % 4 < 2).collect();
    /// assert_eq!(Drawn::guess(&halves, &pages), Drawn::PartsOfPages);
    /// ```
    pub fn guess(rows: &[usize], pages: &[usize]) -> Self {
        let sizes = counts(pages.iter().copied());
        let drawn = counts(rows.iter().map(|&row| pages[row]));
        let (n, most) = (rows.len() as f64, pages.len() as f64);
        // A page of b passages is met with 1 - (1 - n/N)^b if each passage is drawn with n/N; that
        // the drawn ones are n then takes away the part of the variance that n explains.
        let (mut expected, mut variance, mut with_n) = (0.0, 0.0, 0.0);
        for &size in sizes.values() {
            let missed = (1.0 - n / most).powf(size as f64);
            expected += 1.0 - missed;
            variance += missed * (1.0 - missed);
            with_n += size as f64 * n / most * missed;
        }
        let variance = (variance - with_n * with_n / (n * (1.0 - n / most))).max(0.0);
        if sizes.values().all(|&size| size == 1)
            || (drawn.len() as f64) >= expected - 4.0 * variance.sqrt()
        {
            Self::Passages
        } else {
            Self::by_page(rows, pages)
        }
    }

    /// How many pairs of passages of one page a random sample would have, if the rows have none although
    /// about five or more are to be expected: one passage was drawn of each page, then.
    pub(crate) fn one_of_each_page(rows: &[usize], pages: &[usize]) -> Option<f64> {
        let pairs = |counts: BTreeMap<usize, usize>| -> f64 {
            counts.values().map(|&n| n as f64 * (n as f64 - 1.0) / 2.0).sum()
        };
        let (n, all) = (rows.len() as f64, pages.len() as f64);
        let drawn = n * (n - 1.0) / (all * (all - 1.0)).max(1.0);
        let expected = pairs(counts(pages.iter().copied())) * drawn;
        let found = pairs(counts(rows.iter().map(|&row| pages[row])));
        (found == 0.0 && expected >= 5.0).then_some(expected)
    }

    /// Page by page, whichever of the two it is.
    pub fn by_page(rows: &[usize], pages: &[usize]) -> Self {
        let sizes = counts(pages.iter().copied());
        let drawn = counts(rows.iter().map(|&row| pages[row]));
        if drawn.iter().all(|(page, n)| sizes[page] == *n) {
            Self::Pages
        } else {
            Self::PartsOfPages
        }
    }
}

named!(Drawn, "the way a sample was drawn":
    Passages = "passages",
    Pages = "pages",
    PartsOfPages = "parts of pages",
);

/// How often each page occurs.
pub(super) fn counts(pages: impl Iterator<Item = usize>) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    pages.for_each(|page| *counts.entry(page).or_default() += 1);
    counts
}
