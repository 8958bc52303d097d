//! Near-duplicates: passages that are nearly the same on several pages.

use std::collections::{HashMap, HashSet};

use crate::{
    corpus::{Corpus, Passages},
    error::Result,
    features::{Settings, tokens},
};

/// Passages of fewer words are alike by chance: "Share", "Well said".
const LEAST_WORDS: usize = 8;
/// Words of a shingle.
const SHINGLE: usize = 3;
/// Share of common shingles (Jaccard) from which two passages are near-duplicates.
const NEAR: f64 = 0.6;
/// A shingle on more passages than this is a set phrase and proposes no pairs.
const MOST_PASSAGES: usize = 50;

/// Two passages of different pages that are nearly the same.
#[derive(Debug, Clone, PartialEq)]
pub struct NearDuplicate {
    /// The first passage.
    pub first: usize,
    /// The second, further down.
    pub second: usize,
    /// Share of their word trigrams that they have in common: common / all, 0.6 to 1.
    pub similarity: f64,
}

/// Near-duplicates across pages: passages of at least 8 words that share 60 % of their distinct
/// word trigrams (Broder 1997), case and digits aside.
///
/// ```
/// use standpoint::{Corpus, study::near_duplicates};
/// let copied = "The force said on Monday that 12 officers had handed in their permits.";
/// let again = "The force said on Monday that 14 officers had handed in their permits!";
/// let pages = Corpus::of_pages([[copied, "Share"], [again, "Share"]]);
/// let found = near_duplicates(&pages)?;
/// assert_eq!((found.len(), found[0].first, found[0].second), (1, 0, 2));
/// # Ok::<(), standpoint::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) if the corpus has no texts, or a `seq` is not a number.
pub fn near_duplicates(corpus: &Corpus) -> Result<Vec<NearDuplicate>> {
    corpus.passages().map(|passages| near_duplicates_among(&passages))
}

/// As [`near_duplicates`].
pub(crate) fn near_duplicates_among(passages: &Passages<'_>) -> Vec<NearDuplicate> {
    let pages = passages.page_numbers();
    let mut numbers: HashMap<Vec<String>, usize> = HashMap::new();
    let mut holders: Vec<Vec<usize>> = Vec::new();
    let mut sizes = vec![0usize; passages.len()];
    for (row, text) in passages.texts().iter().enumerate() {
        let words: Vec<String> =
            tokens(text, &Settings::default()).into_iter().map(|token| token.text).collect();
        if words.len() < LEAST_WORDS {
            continue;
        }
        let shingles: HashSet<&[String]> = words.windows(SHINGLE).collect();
        sizes[row] = shingles.len();
        for shingle in shingles {
            let number = *numbers.entry(shingle.to_vec()).or_insert_with(|| {
                holders.push(Vec::new());
                holders.len() - 1
            });
            holders[number].push(row);
        }
    }
    let mut common: HashMap<(usize, usize), usize> = HashMap::new();
    for rows in holders.iter().filter(|rows| rows.len() <= MOST_PASSAGES) {
        for (i, &first) in rows.iter().enumerate() {
            for &second in rows[i + 1..].iter().filter(|&&second| pages[first] != pages[second]) {
                *common.entry((first, second)).or_default() += 1;
            }
        }
    }
    let mut found: Vec<NearDuplicate> = common
        .into_iter()
        .map(|((first, second), common)| NearDuplicate {
            first,
            second,
            similarity: common as f64 / (sizes[first] + sizes[second] - common) as f64,
        })
        .filter(|pair| pair.similarity >= NEAR)
        .collect();
    found.sort_by_key(|pair| (pair.first, pair.second));
    found
}
