//! Splits that keep a page together.

use super::random::shuffled;

/// Assigns every case to one of `folds` folds so that a page's cases are never parted: pages in
/// random order, each to the fold that has the fewest cases yet. Returns the fold of each case.
///
/// Pages are numbered from 0. With fewer pages than folds some folds stay empty.
///
/// ```
/// use standpoint::evaluate::page_folds;
/// let folds = page_folds(&[0, 0, 1, 1, 2, 2], 3, 1);
/// assert_eq!(folds[0], folds[1]);
/// assert_ne!(folds[0], folds[2]);
/// assert_eq!(folds, page_folds(&[0, 0, 1, 1, 2, 2], 3, 1)); // the seed decides
/// ```
pub fn page_folds(pages: &[usize], folds: usize, seed: u64) -> Vec<usize> {
    let n_pages = pages.iter().max().map_or(0, |most| most + 1);
    let mut sizes = vec![0usize; n_pages];
    pages.iter().for_each(|&page| sizes[page] += 1);
    let folds = folds.max(1);
    let mut fold_sizes = vec![0usize; folds];
    let mut fold_of_page = vec![0; n_pages];
    for page in shuffled(n_pages, seed) {
        let smallest = (0..folds).min_by_key(|&fold| fold_sizes[fold]).unwrap_or(0);
        fold_of_page[page] = smallest;
        fold_sizes[smallest] += sizes[page];
    }
    pages.iter().map(|&page| fold_of_page[page]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_page_is_never_parted_and_folds_are_even(
            pages in proptest::collection::vec(0usize..12, 1..80), folds in 2usize..6, seed: u64,
        ) {
            let assigned = page_folds(&pages, folds, seed);
            let mut sizes = vec![0usize; folds];
            let mut largest_page = 0;
            for (i, &page) in pages.iter().enumerate() {
                sizes[assigned[i]] += 1;
                largest_page = largest_page.max(pages.iter().filter(|&&p| p == page).count());
                for (j, &other) in pages.iter().enumerate() {
                    prop_assert!(page != other || assigned[i] == assigned[j]);
                }
            }
            let (most, least) = (sizes.iter().max().unwrap(), sizes.iter().min().unwrap());
            prop_assert!(most - least <= largest_page);
        }
    }
}
