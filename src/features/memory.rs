//! Words repeat, and so do the n-grams of their characters.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    ops::Range,
};

/// Values kept at most, over all runs; then everything is forgotten and learnt again.
const MOST: usize = 1 << 20;

/// What was found for each run of characters, kept by one thread: one look at the whole run in
/// place of one at each of its n-grams. It changes no result, only how soon it is there.
pub(super) struct Memory<T> {
    runs: HashMap<u64, (Box<str>, Range<usize>), BuildHasherDefault<KeyHasher>>,
    values: Vec<T>,
}

impl<T: Copy> Memory<T> {
    pub fn new() -> Self {
        Self { runs: HashMap::default(), values: Vec::new() }
    }

    /// Appends to `out` what `find` appends for this run.
    pub fn recall(&mut self, run: &str, out: &mut Vec<T>, find: impl FnOnce(&mut Vec<T>)) {
        let hash = xxhash_rust::xxh3::xxh3_64(run.as_bytes());
        match self.runs.get(&hash) {
            Some((known, values)) if **known == *run => {
                out.extend_from_slice(&self.values[values.clone()]);
            }
            known => {
                // Of two runs with one hash the first is kept.
                let forget = known.is_some();
                let start = out.len();
                find(out);
                if forget {
                    return;
                }
                if self.values.len() >= MOST {
                    self.runs.clear();
                    self.values.clear();
                }
                let at = self.values.len();
                self.values.extend_from_slice(&out[start..]);
                self.runs.insert(hash, (run.into(), at..self.values.len()));
            }
        }
    }
}

/// For keys that are hashes already.
#[derive(Default)]
pub(super) struct KeyHasher(u64);

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

    #[test]
    fn what_is_recalled_is_what_was_found_before_and_after_forgetting() {
        let mut memory = Memory::new();
        for round in 0..2 {
            for run in 0..600 {
                let name = run.to_string();
                let mut found = vec![7];
                let mut asked = false;
                memory.recall(&name, &mut found, |found| {
                    asked = true;
                    found.extend((0..1000).map(|i| run * i));
                });
                assert_eq!(found[0], 7);
                assert!((0..1000).zip(&found[1..]).all(|(i, &value)| value == run * i));
                assert!(asked || round == 1);
            }
        }
        // 600,000 values fit, and so nothing was asked for twice.
        memory.recall("5", &mut Vec::new(), |_| panic!("5 is known"));
        for run in 600..1200 {
            memory.recall(&run.to_string(), &mut Vec::new(), |found| found.extend([0; 1000]));
        }
        assert!(memory.values.len() <= MOST + 1000);
    }
}
