//! Counted once, weighed for each fold.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use rayon::prelude::*;

use super::{
    Settings, Vectoriser,
    fold::Folded,
    memory::{Lists, Memory, Number},
    ngram::{Block, char_runs, for_each_char_ngram, for_each_word_ngram, hashed_name},
    select::most_telling,
    tfidf::{BATCH, Weigher},
    vocabulary::Vocabulary,
};
use crate::{error::Result, matrix::SparseRows};

/// Passages of which everything is kept twice for a while.
const AT_ONCE: usize = 8192;

/// The n-gram counts of a set of passages, from which the weights of any subset of them follow
/// without reading the text again: each fold of a cross-validation has its own document
/// frequencies and its own vocabulary, and learns nothing from the passages held out.
#[derive(Debug)]
pub(crate) struct Counts {
    settings: Settings,
    /// Key and block of every n-gram of every passage, in the order of their first passage.
    ngrams: Vec<(u64, Block)>,
    /// Per passage: n-gram number and count, in ascending order of the number.
    rows: Vec<Box<[(u32, u32)]>>,
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
        let keyed = |(memory, of_runs): &mut (Memory, Lists<_>), passage: &S| -> Vec<_> {
            let folded = Folded::new(passage.as_ref(), &settings);
            let mut keys = Vec::new();
            memory.renew();
            for_each_word_ngram(&folded, &settings, |name, _| {
                keys.push((settings.key(Block::Word, name), Block::Word));
            });
            for run in char_runs(&folded, &settings) {
                let number = memory.recall(&folded.text, run.clone(), || of_runs.is_full());
                if let Number::New(number) = number {
                    of_runs.set(number, |keys| {
                        for_each_char_ngram(&folded.text[run], &settings, |name, _| {
                            keys.push((settings.key(Block::Char, name), Block::Char));
                        });
                    });
                }
                let (Number::Known(number) | Number::New(number)) = number;
                keys.extend_from_slice(of_runs.get(number));
            }
            keys.sort_unstable();
            keys.chunk_by(|a, b| a.0 == b.0)
                .map(|run| (run[0].0, run[0].1, run.len() as u32))
                .collect()
        };
        let mut numbers: HashMap<u64, u32, BuildHasherDefault<KeyHasher>> = HashMap::default();
        let mut ngrams = Vec::new();
        let mut rows = Vec::with_capacity(passages.len());
        for passages in passages.chunks(AT_ONCE) {
            let keyed: Vec<_> = passages
                .par_iter()
                .with_min_len(BATCH)
                .map_init(|| (Memory::new(), Lists::new()), keyed)
                .collect();
            for row in keyed {
                let numbered = row.iter().map(|&(key, block, count)| {
                    let number = *numbers.entry(key).or_insert_with(|| {
                        ngrams.push((key, block));
                        u32::try_from(ngrams.len() - 1).expect("fewer than 2^32 n-grams")
                    });
                    (number, count)
                });
                let mut row: Box<[(u32, u32)]> = numbered.collect();
                row.sort_unstable();
                rows.push(row);
            }
        }
        Ok(Self { settings, ngrams, rows })
    }

    /// Vocabulary and idf of the passages `fit_on`. `labels` has for each task the label number of
    /// every passage of these counts, where it has one; they decide which terms stay if there is a
    /// limit to their number.
    pub fn weights(&self, fit_on: &[usize], labels: &[&[Option<usize>]]) -> Weights {
        let mut frequencies = vec![0usize; self.ngrams.len()];
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

    /// The vectors of the passages `rows`, by the weights fitted on these or on others.
    pub fn transform(&self, weights: &Weights, rows: &[usize]) -> SparseRows {
        let weigh = |weigher: &mut Weigher, &row: &usize| -> Vec<(u32, f32)> {
            let terms = self.rows[row].iter().filter_map(|&(ngram, count)| {
                let (column, idf) = weights.columns[ngram as usize]?;
                Some((column, self.ngrams[ngram as usize].1, count as usize, idf))
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
    pub fn named<S: AsRef<str> + Sync>(
        &self,
        weights: &Weights,
        passages: &[S],
    ) -> (Vectoriser, Vec<u32>) {
        let kept: HashMap<u64, (u32, f32), BuildHasherDefault<KeyHasher>> = self
            .ngrams
            .iter()
            .zip(&weights.columns)
            .filter_map(|((key, _), column)| column.map(|column| (*key, column)))
            .collect();
        let by_hash = |(key, block): &(u64, Block)| {
            kept.contains_key(key).then(|| (*key, (*block, hashed_name(*key))))
        };
        let names: HashMap<u64, (Block, String), BuildHasherDefault<KeyHasher>> =
            match self.settings.hash_bits {
                Some(_) => self.ngrams.iter().filter_map(by_hash).collect(),
                None => passages
                    .par_iter()
                    .with_min_len(BATCH)
                    .fold(
                        || (HashMap::default(), Memory::new()),
                        |(mut names, mut memory): (HashMap<_, _, _>, _), passage| {
                            let mut note = |block: Block, name: &str| {
                                let key = self.settings.key(block, name);
                                if kept.contains_key(&key) {
                                    names.entry(key).or_insert_with(|| (block, name.to_owned()));
                                }
                            };
                            let folded = Folded::new(passage.as_ref(), &self.settings);
                            for_each_word_ngram(&folded, &self.settings, |name, _| {
                                note(Block::Word, name);
                            });
                            memory.renew();
                            for run in char_runs(&folded, &self.settings) {
                                // Those of a run that was here before are noted.
                                let number = memory.recall(&folded.text, run.clone(), || false);
                                if let Number::New(_) = number {
                                    let run = &folded.text[run];
                                    for_each_char_ngram(run, &self.settings, |name, _| {
                                        note(Block::Char, name);
                                    });
                                }
                            }
                            (names, memory)
                        },
                    )
                    .map(|(names, _)| names)
                    .reduce(HashMap::default, |mut all, some| {
                        all.extend(some);
                        all
                    }),
            };
        let mut terms: Vec<(Block, String, u32, f32)> = names
            .into_iter()
            .map(|(key, (block, name))| (block, name, kept[&key].0, kept[&key].1))
            .collect();
        terms.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let n_words = terms.partition_point(|term| term.0 == Block::Word);
        let names = terms.iter().map(|term| term.1.as_str());
        let vocabulary = Vocabulary::new(names, n_words, &self.settings);
        let idf = terms.iter().map(|term| term.3).collect();
        let vectoriser = Vectoriser::new(self.settings.clone(), vocabulary, idf);
        (vectoriser, terms.into_iter().map(|term| term.2).collect())
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
            let (named, old_columns) = counts.named(&weights, &texts);
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
