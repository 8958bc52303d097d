//! The terms of a model: from n-gram to column, and back to its name.

use super::{Settings, ngram::Block};

/// An exact vocabulary: column numbers by the n-gram's 64-bit key in an open table, names kept
/// beside it. Word n-grams come first, each block in byte order, so that the same terms always
/// have the same columns.
///
/// Two n-grams whose keys differ in no bit that a slot keeps, and whose slots are neighbours, would
/// share a column; with a million terms the chance that any two do is about 1 in 10^7.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    /// All names, one after the other.
    names: String,
    /// End of each name in `names`.
    ends: Vec<u32>,
    n_words: usize,
    /// Open addressing, linear probing, a power of two of slots, at most two thirds of them taken: a
    /// key [mixed](mixed), its low bits, which say where its slot is, replaced by the term's number. So
    /// a slot holds all that a look has to read, in as few bytes as can be: what it costs is the way to
    /// memory.
    slots: Vec<u64>,
}

/// No slot is so: the number of its term would be that of the slots.
const EMPTY: u64 = u64::MAX;

/// Steps to a free slot that a term takes at the most, on average: by chance it takes one.
const MOST_STEPS: usize = 64;

impl Vocabulary {
    /// From names in column order, the first `n_words` of them word n-grams.
    pub fn new<'a>(
        terms: impl Iterator<Item = &'a str>,
        n_words: usize,
        settings: &Settings,
    ) -> Self {
        let mut names = String::new();
        let ends = terms
            .map(|term| {
                names.push_str(term);
                u32::try_from(names.len()).expect("the names of a vocabulary stay under 4 GiB")
            })
            .collect();
        Self::from_parts(names, ends, n_words, settings).expect("these names are our own")
    }

    /// From the parts that a model file keeps. `ends` ascends, ends at `names.len()` and falls on
    /// character boundaries. Nothing if a name is none that terms have under these settings, or if so
    /// many of their keys share a slot that they must have been chosen to.
    pub fn from_parts(
        names: String,
        ends: Vec<u32>,
        n_words: usize,
        settings: &Settings,
    ) -> Option<Self> {
        let capacity = (ends.len() * 3 / 2 + 1).next_power_of_two();
        let mut vocabulary = Self { names, ends, n_words, slots: vec![EMPTY; capacity] };
        let mut steps = 0;
        for id in 0..vocabulary.len() {
            let key = settings.key_of_name(vocabulary.block(id), vocabulary.name(id))?;
            let key = mixed(key);
            let mut slot = vocabulary.first_slot(key);
            while vocabulary.slots[slot] != EMPTY {
                slot = vocabulary.next_slot(slot);
                steps += 1;
            }
            if steps > MOST_STEPS * (id + MOST_STEPS) {
                return None;
            }
            vocabulary.slots[slot] = key & !vocabulary.low_bits() | id as u64;
        }
        Some(vocabulary)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn n_words(&self) -> usize {
        self.n_words
    }

    pub fn block(&self, id: usize) -> Block {
        if id < self.n_words { Block::Word } else { Block::Char }
    }

    pub fn name(&self, id: usize) -> &str {
        let start = if id == 0 { 0 } else { self.ends[id - 1] as usize };
        &self.names[start..self.ends[id] as usize]
    }

    /// Names and their ends, as a model file keeps them.
    pub fn parts(&self) -> (&str, &[u32]) {
        (&self.names, &self.ends)
    }

    /// The column of the n-gram with this key.
    pub fn get(&self, key: u64) -> Option<u32> {
        let key = mixed(key);
        let slot = self.first_slot(key);
        self.look(key, slot, self.slots[slot])
    }

    /// Appends to `columns` those of the n-grams that are known, in their order. Faster than one
    /// after the other: no look waits for what the one before it found.
    pub fn get_all(&self, keys: &[u64], columns: &mut Vec<u32>) {
        let mut first = [(0, 0, EMPTY); AT_ONCE];
        for keys in keys.chunks(AT_ONCE) {
            for (first, &key) in first.iter_mut().zip(keys) {
                let key = mixed(key);
                let slot = self.first_slot(key);
                *first = (key, slot, self.slots[slot]);
            }
            let first = &first[..keys.len()];
            columns
                .extend(first.iter().filter_map(|&(key, slot, seen)| self.look(key, slot, seen)));
        }
    }

    /// Looks for a mixed key from a slot on, in which there is `seen`.
    fn look(&self, key: u64, mut slot: usize, mut seen: u64) -> Option<u32> {
        while seen != EMPTY {
            if (seen ^ key) & !self.low_bits() == 0 {
                return Some((seen & self.low_bits()) as u32);
            }
            slot = self.next_slot(slot);
            seen = self.slots[slot];
        }
        None
    }

    /// Those of a key that say where its slot is.
    fn low_bits(&self) -> u64 {
        self.slots.len() as u64 - 1
    }

    fn first_slot(&self, key: u64) -> usize {
        (key & self.low_bits()) as usize
    }

    fn next_slot(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }
}

/// Looks that are on their way to memory together.
const AT_ONCE: usize = 32;

/// A key whose high bits tell it from all near it, even where terms are known by few bits of their hash:
/// multiples of the golden ratio lie as far apart as can be. No two keys become one.
fn mixed(key: u64) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::ngram::hashed_name;

    /// Keys of few bits, of which no other than their slots' bits are left unless they are mixed.
    #[test]
    fn every_term_is_found_and_no_other_however_few_bits_keys_have() {
        for bits in [10, 18, 28] {
            let settings = Settings { hash_bits: Some(bits), ..Settings::default() };
            let taken = |key: u64| key.is_multiple_of(3) || (40..60).contains(&key);
            let all: Vec<u64> = (0..1 << bits.min(16)).collect();
            let terms: Vec<u64> = all.iter().copied().filter(|key| taken(*key)).collect();
            let names: Vec<String> = terms.iter().map(|&key| hashed_name(key)).collect();
            let vocabulary =
                Vocabulary::new(names.iter().map(String::as_str), terms.len(), &settings);
            let mut found = Vec::new();
            vocabulary.get_all(&all, &mut found);
            assert_eq!(found, (0..terms.len() as u32).collect::<Vec<_>>());
            for key in all {
                assert_eq!(vocabulary.get(key).is_some(), taken(key), "{key} of {bits} bits");
            }
        }
    }
}
