//! Splits that keep a page together, and spread each label over the folds.

use super::random::shuffled;

/// Assigns every case to one of `folds` folds so that a page's cases are never parted and each label is
/// spread over the folds as evenly as pages allow: pages that weigh most first, pages of one weight in
/// random order, each to the fold that has least of what the page has (the greedy idea of
/// scikit-learn's `StratifiedGroupKFold`, with squares for standard deviations). Returns the fold of each
/// case.
///
/// Pages are numbered from 0. `labels` has, for each task, the number of each case's label; nothing where a
/// case has none. Without tasks folds have as many cases, as far as pages allow. With fewer pages than
/// folds some folds stay empty.
///
/// ```
/// use standpoint::evaluate::page_folds;
/// let (pages, labels) = ([0, 0, 1, 1, 2, 2, 3, 3], [0, 0, 0, 0, 1, 1, 1, 1].map(Some));
/// let folds = page_folds(&pages, &[&labels], 2, 1);
/// assert_eq!(folds[0], folds[1]); // one page
/// assert_ne!(folds[0], folds[2]); // one label
/// assert_ne!(folds[4], folds[6]); // the other
/// assert_eq!(folds, page_folds(&pages, &[&labels], 2, 1)); // the seed decides
/// ```
pub fn page_folds(
    pages: &[usize],
    labels: &[&[Option<usize>]],
    folds: usize,
    seed: u64,
) -> Vec<usize> {
    let folds = folds.max(1);
    let all = counted(pages, labels);
    let mut totals = vec![0.0f64; all.n_columns];
    all.of_page.iter().flatten().for_each(|&(column, n)| totals[column] += n);
    // The share of all of its label that a page holds: a rare label weighs as much as a frequent one.
    let shares =
        |page: usize| all.of_page[page].iter().map(|&(column, n)| (column, n / totals[column]));
    let weights: Vec<f64> = (0..all.of_page.len())
        .map(|page| shares(page).map(|(_, share)| share * share).sum())
        .collect();
    let mut order = shuffled(all.of_page.len(), seed);
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    let mut held = vec![vec![0.0f64; all.n_columns]; folds];
    let mut fold_of_page = vec![0; all.of_page.len()];
    for page in order {
        // The sum of squares of what folds hold grows least there.
        let growth = |fold: usize| -> f64 {
            shares(page).map(|(column, share)| held[fold][column] * share).sum()
        };
        let least = |a: &usize, b: &usize| {
            let cases = |fold: usize| held[fold][0];
            growth(*a).total_cmp(&growth(*b)).then(cases(*a).total_cmp(&cases(*b)))
        };
        let fold = (0..folds).min_by(least).unwrap_or(0);
        shares(page).for_each(|(column, share)| held[fold][column] += share);
        fold_of_page[page] = fold;
    }
    pages.iter().map(|&page| fold_of_page[page]).collect()
}

/// How often each label occurs on each page, labels of all tasks being columns; column 0 counts cases.
struct Counted {
    of_page: Vec<Vec<(usize, f64)>>,
    n_columns: usize,
}

fn counted(pages: &[usize], labels: &[&[Option<usize>]]) -> Counted {
    let n_pages = pages.iter().max().map_or(0, |most| most + 1);
    let mut of_page: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n_pages];
    let mut add = |page: usize, column: usize| {
        let own: &mut Vec<(usize, f64)> = &mut of_page[page];
        match own.iter_mut().find(|(known, _)| *known == column) {
            Some((_, n)) => *n += 1.0,
            None => own.push((column, 1.0)),
        }
    };
    pages.iter().for_each(|&page| add(page, 0));
    let mut n_columns = 1;
    for task in labels {
        for (&page, label) in pages.iter().zip(*task) {
            if let Some(label) = label {
                add(page, n_columns + label);
            }
        }
        n_columns += task.iter().flatten().max().map_or(0, |most| most + 1);
    }
    Counted { of_page, n_columns }
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
            let assigned = page_folds(&pages, &[], folds, seed);
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

        /// A label on as many pages as there are folds is in every fold, and what folds hold of any
        /// label differs by no more than the pages that hold most of it.
        #[test]
        fn a_rare_label_is_in_every_fold(
            folds in 2usize..6, n_pages in 20usize..60, size in 1usize..9, seed: u64,
        ) {
            let pages: Vec<usize> = (0..n_pages * size).map(|case| case / size).collect();
            // One case on each of the first pages; all others are of two labels, whole pages.
            let label = |case: usize| match (case / size, case % size) {
                (page, 0) if page < folds => 2,
                (page, _) => page % 2,
            };
            let labels: Vec<Option<usize>> = (0..pages.len()).map(|case| Some(label(case))).collect();
            let assigned = page_folds(&pages, &[&labels], folds, seed);
            for fold in 0..folds {
                let has = (0..pages.len()).any(|case| assigned[case] == fold && labels[case] == Some(2));
                prop_assert!(has, "fold {fold} of {folds}: {assigned:?}");
            }
        }
    }
}
