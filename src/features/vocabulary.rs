//! The terms of a model: from n-gram to column, and back to its name.

use super::{Settings, ngram::Block};

/// An exact vocabulary: column numbers by the n-gram's 64-bit key in an open table, names kept
/// beside it. Word n-grams come first, each block in byte order, so that the same terms always
/// have the same columns.
///
/// Two n-grams of one block with the same key would share a column; with a million terms the
/// chance that any two do is about 3 in 10^8.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    /// All names, one after the other.
    names: String,
    /// End of each name in `names`.
    ends: Vec<u32>,
    n_words: usize,
    /// The key of each term.
    keys: Vec<u64>,
    /// Open addressing, linear probing, a power of two of slots, at most two thirds of them taken:
    /// the upper half of a key, and the term's number. A slot is half as long as key and number
    /// would be, for what a look costs is the way to memory.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u32,
    id: u32,
}

const EMPTY: u32 = u32::MAX;

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
        let empty = Slot { tag: 0, id: EMPTY };
        let (keys, slots) = (Vec::with_capacity(ends.len()), vec![empty; capacity]);
        let mut vocabulary = Self { names, ends, n_words, keys, slots };
        let mut steps = 0;
        for id in 0..vocabulary.len() {
            let key = settings.key_of_name(vocabulary.block(id), vocabulary.name(id))?;
            let mut slot = vocabulary.first_slot(key);
            while vocabulary.slots[slot].id != EMPTY {
                slot = vocabulary.next_slot(slot);
                steps += 1;
            }
            if steps > MOST_STEPS * (id + MOST_STEPS) {
                return None;
            }
            let id = u32::try_from(id).expect("fewer than 2^32 terms");
            vocabulary.slots[slot] = Slot { tag: tag(key), id };
            vocabulary.keys.push(key);
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
        let slot = self.first_slot(key);
        self.look(key, slot, self.slots[slot])
    }

    /// Appends to `columns` those of the n-grams that are known, in their order. Faster than one
    /// after the other: no look waits for what the one before it found.
    pub fn get_all(&self, keys: &[u64], columns: &mut Vec<u32>) {
        let mut first = [(0, Slot { tag: 0, id: EMPTY }); AT_ONCE];
        for keys in keys.chunks(AT_ONCE) {
            for (first, &key) in first.iter_mut().zip(keys) {
                let slot = self.first_slot(key);
                *first = (slot, self.slots[slot]);
            }
            let found = keys
                .iter()
                .zip(first)
                .filter_map(|(&key, (slot, seen))| self.look(key, slot, seen));
            columns.extend(found);
        }
    }

    /// Looks from a slot on, in which there is `seen`.
    fn look(&self, key: u64, mut slot: usize, mut seen: Slot) -> Option<u32> {
        while seen.id != EMPTY {
            if seen.tag == tag(key) && self.keys[seen.id as usize] == key {
                return Some(seen.id);
            }
            slot = self.next_slot(slot);
            seen = self.slots[slot];
        }
        None
    }

    fn first_slot(&self, key: u64) -> usize {
        // XXH3 spreads its low bits well enough to be the slot.
        (key & (self.slots.len() as u64 - 1)) as usize
    }

    fn next_slot(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }
}

/// Looks that are on their way to memory together.
const AT_ONCE: usize = 32;

fn tag(key: u64) -> u32 {
    (key >> 32) as u32
}
