//! Words repeat, and so do the n-grams of their characters.

/// Bytes of the longest run that is remembered: longer ones are rare and seldom come again.
const LONGEST: usize = 15;
/// Values kept at most, over all runs; then everything is forgotten and learnt again.
const MOST_VALUES: usize = 1 << 20;
/// Runs kept at most: half of the slots of the table.
const MOST_RUNS: usize = SLOTS / 2;
const SLOTS: usize = 1 << 16;
/// Slots that are looked at for a run; if all are taken by others it is not remembered.
const PROBES: usize = 32;

/// What was found for each run of characters, kept by one thread: one look at the whole run in
/// place of one at each of its n-grams. It changes no result, only how soon it is there.
pub(super) struct Memory<T> {
    /// Open addressing: part of the hash of a run's key and 1 more than its number, 0 where there is
    /// none. Nothing until a run is remembered.
    slots: Vec<(u32, u32)>,
    /// By number: the key of the run, and the end in `values` of what was found for it.
    runs: Vec<(u128, usize)>,
    /// What was found for all runs remembered, and then for the last one that was not.
    values: Vec<T>,
}

/// What was found for a run.
pub(super) struct Found<'a, T> {
    pub values: &'a [T],
    /// The run's number if it is remembered. They count from 0 on; when 0 is given anew, all runs
    /// before it are forgotten.
    pub number: Option<usize>,
    /// Whether it was found just now.
    pub new: bool,
}

impl<T> Memory<T> {
    pub fn new() -> Self {
        Self { slots: Vec::new(), runs: Vec::new(), values: Vec::new() }
    }

    /// What `find` appends for this run.
    pub fn recall(&mut self, run: &str, find: impl FnOnce(&mut Vec<T>)) -> Found<'_, T> {
        let place = key(run).and_then(|key| Some((key, self.place(key)?)));
        if let Some((_, Place::Taken(number))) = place {
            let start = self.start(number);
            let values = &self.values[start..self.runs[number].1];
            return Found { values, number: Some(number), new: false };
        }
        let known = self.start(self.runs.len());
        self.values.truncate(known);
        find(&mut self.values);
        let number = place.map(|(key, place)| {
            if let Place::Free(slot) = place {
                self.runs.push((key, self.values.len()));
                self.slots[slot] = (tag(hash(key)), self.runs.len() as u32);
            }
            self.runs.len() - 1
        });
        Found { values: &self.values[known..], number, new: true }
    }

    /// Where in `values` begins what was found for the run of this number.
    fn start(&self, number: usize) -> usize {
        if number == 0 { 0 } else { self.runs[number - 1].1 }
    }

    /// Where the run with this key is, or may be.
    fn place(&mut self, key: u128) -> Option<Place> {
        if self.slots.is_empty() {
            self.slots = vec![(0, 0); SLOTS];
        }
        let hash = hash(key);
        let first = hash as usize % SLOTS;
        let mut slots = (0..PROBES).map(|step| (first + step) % SLOTS);
        let place = slots.find_map(|slot| match self.slots[slot] {
            (_, 0) => Some(Place::Free(slot)),
            (seen, number) => {
                let number = number as usize - 1;
                let same = seen == tag(hash) && self.runs[number].0 == key;
                same.then_some(Place::Taken(number))
            }
        })?;
        let full = self.runs.len() == MOST_RUNS || self.start(self.runs.len()) >= MOST_VALUES;
        if full && matches!(place, Place::Free(_)) {
            self.slots.fill((0, 0));
            self.runs.clear();
            return Some(Place::Free(first));
        }
        Some(place)
    }
}

enum Place {
    /// By the run of this number.
    Taken(usize),
    /// This slot.
    Free(usize),
}

/// The bytes of a run and their number, if it is short enough. Read in pieces that overlap, for
/// bytes that are copied one by one cannot be read together at once.
fn key(run: &str) -> Option<u128> {
    let bytes = run.as_bytes();
    let n = bytes.len();
    let u64_at = |at: usize| Some(u64::from_le_bytes(*bytes[at..].first_chunk()?));
    let u32_at = |at: usize| Some(u64::from(u32::from_le_bytes(*bytes[at..].first_chunk()?)));
    let (low, high) = match n {
        0..4 => (bytes.iter().rev().fold(0, |key, &byte| key << 8 | u64::from(byte)), 0),
        4..8 => (u32_at(0)? | u32_at(n - 4)? >> (8 * (8 - n)) << 32, 0),
        8 => (u64_at(0)?, 0),
        9..=LONGEST => (u64_at(0)?, u64_at(n - 8)? >> (8 * (16 - n))),
        _ => return None,
    };
    Some(u128::from(high | (n as u64) << 56) << 64 | u128::from(low))
}

/// The halves multiplied, and both halves of the product mixed.
fn hash(key: u128) -> u64 {
    let low = key as u64 ^ 0x9E37_79B9_7F4A_7C15;
    let high = (key >> 64) as u64 ^ 0xD1B5_4A32_D192_ED03;
    let product = u128::from(low) * u128::from(high);
    (product >> 64) as u64 ^ product as u64
}

/// What a slot keeps of a hash beside what is told by where it is.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recalled_is_what_was_found_before_and_after_forgetting() {
        let mut memory = Memory::new();
        let asked = std::cell::Cell::new(0);
        let mut ask = |run: usize, n: usize| {
            let found = memory.recall(&format!(" {run} "), |found| {
                asked.set(asked.get() + 1);
                found.extend((0..n).map(|i| run * i));
            });
            assert!(found.values.iter().copied().eq((0..n).map(|i| run * i)));
            found.number.is_some_and(|number| number < 1100)
        };
        (0..600).for_each(|run| assert!(ask(run, 1000)));
        // 600,000 values fit, and so nothing is asked for twice.
        (0..600).for_each(|run| assert!(ask(run, 1000)));
        assert_eq!(asked.get(), 600);
        (600..2000).for_each(|run| assert!(ask(run, 1000)));
        assert!(memory.values.len() < MOST_VALUES + 1000);
    }

    #[test]
    fn runs_too_long_to_keep_and_more_runs_than_there_is_room_for_are_found_anew() {
        let mut memory = Memory::new();
        for _ in 0..2 {
            let found = memory.recall("a run of 16 byte", |found| found.push(1));
            assert!(found.new && found.number.is_none() && *found.values == [1]);
        }
        for run in 0..3 * SLOTS {
            let found = memory.recall(&run.to_string(), |found| found.push(run));
            assert_eq!(*found.values, [run]);
        }
        assert!(memory.runs.len() <= MOST_RUNS);
    }

    #[test]
    fn a_key_is_the_bytes_and_their_number() {
        for n in 0..20 {
            let run = &"abcdefghijklmnopqrstuvwxyz"[..n];
            let expected = (n <= LONGEST).then(|| {
                let mut bytes = [0; 16];
                bytes[..n].copy_from_slice(run.as_bytes());
                bytes[LONGEST] = n as u8;
                u128::from_le_bytes(bytes)
            });
            assert_eq!(key(run), expected);
        }
    }

    #[test]
    fn runs_that_end_in_zero_bytes_are_others() {
        let mut memory = Memory::new();
        for run in ["", "\0", "a", "a\0", "\0a"] {
            assert!(memory.recall(run, |found| found.push(run.to_owned())).new);
        }
        assert_eq!(*memory.recall("a\0", |_| ()).values, ["a\0"]);
    }
}
