//! Counted once, weighed for each fold.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, Hasher},
    ops::Range,
};

use rayon::prelude::*;

use super::{
    Settings, Vectoriser,
    fold::Folded,
    memory::{Lists, Memory, Number},
    ngram::{
        Block, char_runs, for_each_char_ngram, for_each_word_ngram, hashed_name, is_word_alone,
    },
    select::most_telling,
    tfidf::{BATCH, Weigher},
    vocabulary::Vocabulary,
};
use crate::{
    error::{Error, Result},
    matrix::SparseRows,
};

/// Passages of which everything is kept twice for a while.
const AT_ONCE: usize = 8192;

/// The n-gram counts of a set of passages, from which the weights of any subset of them follow
/// without reading the text again: each fold of a cross-validation has its own document
/// frequencies and its own vocabulary, and learns nothing from the passages held out.
#[derive(Debug)]
pub(crate) struct Counts {
    settings: Settings,
    ngrams: Ngrams,
    /// Per passage: n-gram number and count, in ascending order of the number.
    rows: Vec<Box<[(u32, u32)]>>,
}

/// Every n-gram of every passage, numbered in the order of their first passage.
#[derive(Debug, Default)]
struct Ngrams {
    /// Key and block.
    keys: Vec<(u64, Block)>,
    /// Their names, one after the other, and where each ends; none where they are known by their hash.
    names: String,
    ends: Vec<usize>,
}

impl Ngrams {
    fn name(&self, number: usize) -> Cow<'_, str> {
        match self.ends.get(number) {
            Some(&end) => {
                let start = if number == 0 { 0 } else { self.ends[number - 1] };
                Cow::Borrowed(&self.names[start..end])
            }
            None => Cow::Owned(hashed_name(self.keys[number].0)),
        }
    }
}

/// Column and idf of each n-gram of a [`Counts`], fitted on some of its passages.
#[derive(Debug)]
pub(crate) struct Weights {
    /// By n-gram number; `None` below the document-frequency floor.
    columns: Vec<Option<(u32, f32)>>,
    n_columns: usize,
}

impl Weights {
    /// Number of terms above the floor.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }
}

impl Counts {
    pub fn of<S: AsRef<str> + Sync>(passages: &[S], settings: &Settings) -> Result<Self> {
        settings.check()?;
        let settings = settings.resolved(passages.len());
        let mut numbering = Numbering::new(&settings);
        let mut rows = Vec::with_capacity(passages.len());
        for passages in passages.chunks(AT_ONCE) {
            let passages = passages.par_iter().with_min_len(BATCH);
            let folded: Vec<Folded<'_>> =
                passages.map(|passage| Folded::new(passage.as_ref(), &settings)).collect();
            let numbers: Vec<Vec<u32>> =
                folded.iter().map(|folded| numbering.numbers(folded)).collect();
            let count = |mut numbers: Vec<u32>| -> Box<[(u32, u32)]> {
                numbers.sort_unstable();
                numbers.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)).collect()
            };
            rows.par_extend(numbers.into_par_iter().with_min_len(BATCH).map(count));
        }
        let ngrams = numbering.ngrams;
        Ok(Self { settings, ngrams, rows })
    }

    /// Vocabulary and idf of the passages `fit_on`. `labels` has for each task the label number of
    /// every passage of these counts, where it has one; they decide which terms stay if there is a
    /// limit to their number.
    pub fn weights(&self, fit_on: &[usize], labels: &[&[Option<usize>]]) -> Weights {
        let mut frequencies = vec![0usize; self.ngrams.keys.len()];
        for &row in fit_on {
            for &(ngram, _) in &self.rows[row] {
                frequencies[ngram as usize] += 1;
            }
        }
        let floor = self.settings.min_df.unwrap_or(1);
        let mut kept: Vec<bool> = frequencies.iter().map(|&df| df >= floor).collect();
        if let Some(most) = self.settings.max_terms {
            most_telling(most, &mut kept, &self.rows, fit_on, labels);
        }
        let mut n_columns = 0;
        let columns = frequencies
            .into_iter()
            .zip(kept)
            .map(|(df, kept)| {
                kept.then(|| {
                    n_columns += 1;
                    let idf = libm::log((1 + fit_on.len()) as f64 / (1 + df) as f64) + 1.0;
                    (n_columns - 1, idf as f32)
                })
            })
            .collect();
        Weights { columns, n_columns: n_columns as usize }
    }

    /// Of each of the first passages, whose groups these are: its words, and those of them that a vocabulary of all
    /// other groups, and of the passages `behind`, would lack. Nothing where not every frequent word is a term.
    pub fn new_words(&self, groups: &[usize], behind: Range<usize>) -> Option<Vec<(u64, u64)>> {
        let Settings { hash_bits, max_terms, word_ngrams, .. } = self.settings;
        if hash_bits.is_some() || max_terms.is_some() || word_ngrams.0 != 1 {
            return None;
        }
        let is_word: Vec<bool> = (self.ngrams.keys.iter().enumerate())
            .map(|(number, key)| key.1 == Block::Word && is_word_alone(&self.ngrams.name(number)))
            .collect();
        let words = |row: usize| {
            self.rows[row].iter().copied().filter(|&(ngram, _)| is_word[ngram as usize])
        };
        let mut frequencies = vec![0usize; is_word.len()];
        for (ngram, _) in (0..groups.len()).chain(behind).flat_map(words) {
            frequencies[ngram as usize] += 1;
        }
        let mut of_group: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (row, &group) in groups.iter().enumerate() {
            of_group.entry(group).or_default().push(row);
        }
        let floor = self.settings.min_df.unwrap_or(1);
        let mut found = vec![(0, 0); groups.len()];
        for rows in of_group.values() {
            let of_rows = || rows.iter().copied().flat_map(words);
            of_rows().for_each(|(ngram, _)| frequencies[ngram as usize] -= 1);
            for &row in rows {
                for (ngram, count) in words(row) {
                    found[row].0 += u64::from(count);
                    if frequencies[ngram as usize] < floor {
                        found[row].1 += u64::from(count);
                    }
                }
            }
            of_rows().for_each(|(ngram, _)| frequencies[ngram as usize] += 1);
        }
        Some(found)
    }

    /// The vectors of the passages `rows`, by the weights fitted on these or on others.
    pub fn transform(&self, weights: &Weights, rows: &[usize]) -> SparseRows {
        let weigh = |weigher: &mut Weigher, &row: &usize| -> Vec<(u32, f32)> {
            let terms = self.rows[row].iter().filter_map(|&(ngram, count)| {
                let (column, idf) = weights.columns[ngram as usize]?;
                Some((column, self.ngrams.keys[ngram as usize].1, count as usize, idf))
            });
            let row = weigher.weigh(terms, self.settings.tf);
            row.map(|(column, weight)| (column, weight as f32)).collect()
        };
        let mut matrix = SparseRows::new(weights.n_columns);
        for rows in rows.chunks(AT_ONCE) {
            let weighed: Vec<_> =
                rows.par_iter().with_min_len(BATCH).map_init(Weigher::default, weigh).collect();
            weighed.into_iter().for_each(|row| matrix.push(row));
        }
        matrix
    }

    /// The vectoriser with these weights, its columns in order of their names; and for each of
    /// its columns the column that the term has in `weights`.
    pub fn named(&self, weights: &Weights) -> (Vectoriser, Vec<u32>) {
        let kept = weights.columns.iter().enumerate();
        let mut terms: Vec<(Block, Cow<'_, str>, u32, f32)> = kept
            .filter_map(|(number, column)| {
                let (column, idf) = (*column)?;
                Some((self.ngrams.keys[number].1, self.ngrams.name(number), column, idf))
            })
            .collect();
        terms.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let n_words = terms.partition_point(|term| term.0 == Block::Word);
        let names = terms.iter().map(|term| &*term.1);
        let vocabulary = Vocabulary::new(names, n_words, &self.settings);
        let idf = terms.iter().map(|term| term.3).collect();
        let vectoriser = Vectoriser::new(self.settings.clone(), vocabulary, idf);
        (vectoriser, terms.into_iter().map(|term| term.2).collect())
    }
}

impl Vectoriser {
    /// Learns the vocabulary and the document frequencies of `passages`.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if a setting is out of its range, or asks for
    /// `max_terms`: without labels there is nothing to choose by.
    pub fn fit<S: AsRef<str> + Sync>(passages: &[S], settings: &Settings) -> Result<Self> {
        if let Some(most) = settings.max_terms {
            let (name, found) = ("max_terms", most.to_string());
            return Err(Error::setting(name, found, "none where there are no labels"));
        }
        let counts = Counts::of(passages, settings)?;
        let all: Vec<usize> = (0..passages.len()).collect();
        Ok(counts.named(&counts.weights(&all, &[])).0)
    }
}

/// Numbers n-grams, those that a passage is the first to have in the order of their keys.
struct Numbering<'s> {
    settings: &'s Settings,
    ngrams: Ngrams,
    numbers: HashMap<u64, u32, BuildHasherDefault<KeyHasher>>,
    memory: Memory,
    /// By the number of a run: the numbers of its n-grams of characters.
    of_runs: Lists<u32>,
    /// Of a passage: the keys of its n-grams of words, then of those of characters of runs found again,
    /// each with its number or with [`UNKNOWN`]; and those without, each with its name among `names`.
    found: Vec<(u64, u32)>,
    unknown: Vec<(u64, Block, Range<usize>)>,
    names: String,
}

/// The number of an n-gram that has none yet.
const UNKNOWN: u32 = u32::MAX;

impl<'s> Numbering<'s> {
    fn new(settings: &'s Settings) -> Self {
        Self {
            settings,
            ngrams: Ngrams::default(),
            numbers: HashMap::default(),
            memory: Memory::new(),
            of_runs: Lists::new(),
            found: Vec::new(),
            unknown: Vec::new(),
            names: String::new(),
        }
    }

    /// The numbers of a passage's n-grams, each as often as it stands there.
    fn numbers(&mut self, folded: &Folded<'_>) -> Vec<u32> {
        self.found.clear();
        self.memory.renew();
        for_each_word_ngram(folded, self.settings, |name, _| self.find(Block::Word, name));
        let n_words = self.found.len();
        // Runs whose n-grams are known, by now or when this passage's are numbered; and the number of
        // each that is found again, whether it is kept, and its part of what is found.
        let (mut runs, mut learnt) = (Vec::new(), Vec::new());
        for run in char_runs(folded, self.settings) {
            let full = || self.of_runs.is_full();
            match self.memory.recall(&folded.text, run.clone(), full) {
                Number::Known(number) => runs.push(number),
                Number::New(number) => {
                    let start = self.found.len();
                    for_each_char_ngram(&folded.text[run], self.settings, |name, _| {
                        self.find(Block::Char, name);
                    });
                    let kept = self.memory.keeps(number);
                    runs.extend(kept.then_some(number));
                    learnt.push((number, kept, start..self.found.len()));
                }
            }
        }
        self.number_unknown();
        let mut all: Vec<u32> = self.found[..n_words].iter().map(|found| found.1).collect();
        for (number, kept, part) in learnt {
            let numbers = self.found[part].iter().map(|found| found.1);
            match kept {
                true => self.of_runs.set(number, |own| own.extend(numbers)),
                false => all.extend(numbers),
            }
        }
        runs.into_iter().for_each(|number| all.extend_from_slice(self.of_runs.get(number)));
        all
    }

    fn find(&mut self, block: Block, name: &str) {
        let key = self.settings.key(block, name);
        let number = self.numbers.get(&key).copied().unwrap_or(UNKNOWN);
        self.found.push((key, number));
        if number == UNKNOWN {
            let start = self.names.len();
            if self.settings.hash_bits.is_none() {
                self.names.push_str(name);
            }
            self.unknown.push((key, block, start..self.names.len()));
        }
    }

    fn number_unknown(&mut self) {
        if self.unknown.is_empty() {
            return;
        }
        self.unknown.sort_unstable_by_key(|(key, block, _)| (*key, *block));
        self.unknown.dedup_by_key(|(key, ..)| *key);
        for (key, block, name) in self.unknown.drain(..) {
            let number = u32::try_from(self.ngrams.keys.len()).expect("fewer than 2^32 n-grams");
            self.numbers.insert(key, number);
            self.ngrams.keys.push((key, block));
            if self.settings.hash_bits.is_none() {
                self.ngrams.names.push_str(&self.names[name]);
                self.ngrams.ends.push(self.ngrams.names.len());
            }
        }
        self.names.clear();
        let unknown = self.found.iter_mut().filter(|found| found.1 == UNKNOWN);
        unknown.for_each(|(key, number)| *number = self.numbers[key]);
    }
}

/// For keys that are hashes already.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only u64 keys are hashed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Counting once and weighing per fold gives what fitting on the fold's texts gives.
        #[test]
        fn a_fold_knows_only_its_own_passages(
            texts in proptest::collection::vec("[a-c ]{0,12}", 2..10),
            split in 1usize..9,
        ) {
            let settings = Settings { min_df: Some(2), ..Settings::default() };
            let split = split.min(texts.len() - 1);
            let counts = Counts::of(&texts, &settings).unwrap();
            let fold: Vec<usize> = (0..split).collect();
            let weights = counts.weights(&fold, &[]);
            let (named, old_columns) = counts.named(&weights);
            let alone = Vectoriser::fit(&texts[..split], &settings).unwrap();
            prop_assert_eq!(named.parts().0.parts(), alone.parts().0.parts());
            prop_assert_eq!(named.parts().1, alone.parts().1);
            let all: Vec<usize> = (0..texts.len()).collect();
            let rows = counts.transform(&weights, &all);
            for (i, text) in texts.iter().enumerate() {
                let (columns, values) = alone.transform(text);
                let mut expected: Vec<(u32, f32)> =
                    columns.iter().map(|&c| old_columns[c as usize]).zip(values).collect();
                expected.sort_unstable_by_key(|term| term.0);
                let (columns, values) = rows.row(i);
                for (term, (&column, &value)) in expected.iter().zip(columns.iter().zip(values)) {
                    prop_assert_eq!(term.0, column);
                    prop_assert!((term.1 - value).abs() < 1e-6);
                }
                prop_assert_eq!(expected.len(), columns.len());
            }
        }
    }
}
