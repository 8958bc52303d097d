//! Near-duplicates: passages that are nearly the same on several pages.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

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
/// Each two passages that share a shingle are compared, if no more than these have it. Of more, each is
/// compared with the first and with the one before it: enough to find a text that stands everywhere,
/// without comparing all that have a set phrase.
const MOST_COMPARED: usize = 50;

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
/// The pairs connect all copies of a passage, but are not all pairs of them: of the same words on
/// many pages, each copy is paired with the first, and nearly the same words are one pair.
///
/// ```
/// use standpoint::{Corpus, study::near_duplicates};
/// let copied = "The force said on Monday that 12 officers had handed in their permits.";
/// let again = "The force said on Monday that 14 officers had handed in their permits!";
/// let pages = Corpus::of_pages([[copied, "Share"], [again, "Share"]]);
/// let found = near_duplicates(&pages)?;
/// assert_eq!((found.len(), found[0].first, found[0].second), (1, 0, 2));
///
/// let everywhere = Corpus::of_pages((0..200).map(|_| [copied]));
/// assert_eq!(near_duplicates(&everywhere)?.len(), 199);
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
    let wordings = wordings(passages);
    // A passage of the wording, and one of another page than that.
    let ends: Vec<(usize, Option<usize>)> = wordings
        .iter()
        .map(|Wording { rows, .. }| {
            let elsewhere = rows.iter().find(|&&row| pages[row] != pages[rows[0]]);
            (rows[0], elsewhere.copied())
        })
        .collect();
    let pair = |a: usize, b: usize, similarity| NearDuplicate {
        first: a.min(b),
        second: a.max(b),
        similarity,
    };
    let mut found: Vec<NearDuplicate> = Vec::new();
    for (Wording { rows, .. }, &(first, elsewhere)) in wordings.iter().zip(&ends) {
        for &row in &rows[1..] {
            let other = if pages[row] == pages[first] { elsewhere } else { Some(first) };
            found.extend(other.map(|other| pair(row, other, 1.0)));
        }
    }
    for (a, b) in proposed(&wordings) {
        let [of_a, of_b] = [a, b].map(|wording| &wordings[wording].shingles);
        let common = common(of_a, of_b);
        let similarity = common as f64 / (of_a.len() + of_b.len() - common) as f64;
        if similarity < NEAR {
            continue;
        }
        let ((a, elsewhere_a), (b, elsewhere_b)) = (ends[a], ends[b]);
        found.extend(match pages[a] == pages[b] {
            false => Some(pair(a, b, similarity)),
            true => match (elsewhere_a, elsewhere_b) {
                (_, Some(other)) => Some(pair(a, other, similarity)),
                (Some(other), None) => Some(pair(other, b, similarity)),
                (None, None) => None,
            },
        });
    }
    found.sort_by_key(|pair| (pair.first, pair.second));
    found
}

/// The same words, wherever they stand.
struct Wording {
    /// The passages, in order.
    rows: Vec<usize>,
    /// The numbers of its distinct shingles, in order.
    shingles: Vec<u32>,
}

/// The wordings of at least [`LEAST_WORDS`] words, in the order of their first passages.
fn wordings(passages: &Passages<'_>) -> Vec<Wording> {
    let mut words: HashMap<String, u32> = HashMap::new();
    let mut shingles: HashMap<[u32; SHINGLE], u32> = HashMap::new();
    let mut known: HashMap<Vec<u32>, usize> = HashMap::new();
    let mut wordings: Vec<Wording> = Vec::new();
    for (row, text) in passages.texts().iter().enumerate() {
        let tokens = tokens(text, &Settings::default());
        if tokens.len() < LEAST_WORDS {
            continue;
        }
        let numbers: Vec<u32> =
            tokens.into_iter().map(|token| number(&mut words, token.text)).collect();
        if let Some(&wording) = known.get(&numbers) {
            wordings[wording].rows.push(row);
            continue;
        }
        let own = numbers.array_windows::<SHINGLE>();
        let own: BTreeSet<u32> = own.map(|shingle| number(&mut shingles, *shingle)).collect();
        known.insert(numbers, wordings.len());
        wordings.push(Wording { rows: vec![row], shingles: own.into_iter().collect() });
    }
    wordings
}

/// The number of a thing, counted from 0 in the order in which they came.
fn number<T: Hash + Eq>(known: &mut HashMap<T, u32>, thing: T) -> u32 {
    let next = u32::try_from(known.len()).expect("a corpus has fewer than 4 G words");
    *known.entry(thing).or_insert(next)
}

/// The pairs of wordings that may be near-duplicates, each once.
fn proposed(wordings: &[Wording]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let shingles = wordings.iter().flat_map(|wording| &wording.shingles).max();
    let mut holders: Vec<Vec<usize>> =
        vec![Vec::new(); shingles.map_or(0, |&last| last as usize + 1)];
    for (number, wording) in wordings.iter().enumerate() {
        wording.shingles.iter().for_each(|&shingle| holders[shingle as usize].push(number));
    }
    let near_in_size = |a: usize, b: usize| {
        let (a, b) = (wordings[a].shingles.len(), wordings[b].shingles.len());
        a.min(b) as f64 >= NEAR * a.max(b) as f64
    };
    wordings.iter().enumerate().flat_map(move |(number, wording)| {
        let mut earlier: Vec<usize> = Vec::new();
        for &shingle in &wording.shingles {
            let holders = &holders[shingle as usize];
            let before = holders.partition_point(|&holder| holder < number);
            let before = &holders[..before];
            if holders.len() <= MOST_COMPARED {
                earlier.extend(before);
            } else {
                earlier.extend(before.iter().take(1).chain(before.last()));
            }
        }
        earlier.sort_unstable();
        earlier.dedup();
        earlier.retain(|&other| near_in_size(number, other));
        earlier.into_iter().map(move |other| (other, number))
    })
}

/// How many numbers both have, each in order.
fn common(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    common
}
