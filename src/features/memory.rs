//! Words repeat, and so does what follows from their characters.

/// Bytes of the longest run that is remembered: longer ones are rare and seldom come again.
const LONGEST: usize = 15;
/// Runs kept at most: half of the slots of the table.
const MOST_RUNS: usize = SLOTS / 2;
const SLOTS: usize = 1 << 17;
/// Slots that are looked at for a run; if all are taken by others it is not remembered.
const PROBES: usize = 32;
/// Values kept at most, over all runs; then everything is forgotten and learnt again.
const MOST_VALUES: usize = 1 << 20;

/// Numbers runs of characters from 0 on, for one thread, which keeps by number what it found for
/// them: one look at the whole run in place of one at each of its n-grams. It changes no result,
/// only how soon it is there.
pub(super) struct Memory {
    /// Open addressing: part of the hash of a run's key and 1 more than its number, 0 where there is
    /// none. Nothing until a run is remembered.
    slots: Vec<(u32, u32)>,
    /// By number: the key of the run.
    runs: Vec<u128>,
}

/// A run's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// It has had this one, and what was kept for it holds.
    Known(usize),
    /// It has this one from now on, or for this once: what was kept for this number, or for a
    /// greater one, does not hold any more.
    New(usize),
}

/// Lists of values by number.
pub(super) struct Lists<T> {
    ends: Vec<usize>,
    values: Vec<T>,
}

impl<T> Lists<T> {
    pub fn new() -> Self {
        Self { ends: Vec::new(), values: Vec::new() }
    }

    /// Whether to forget them all, lest they grow beyond measure.
    pub fn is_full(&self) -> bool {
        self.values.len() >= MOST_VALUES
    }

    pub fn get(&self, number: usize) -> &[T] {
        &self.values[self.start(number)..self.ends[number]]
    }

    /// Drops the list of this number and all after it, and makes it what `find` appends.
    pub fn set(&mut self, number: usize, find: impl FnOnce(&mut Vec<T>)) {
        self.values.truncate(self.start(number));
        self.ends.truncate(number);
        find(&mut self.values);
        self.ends.push(self.values.len());
    }

    fn start(&self, number: usize) -> usize {
        if number == 0 { 0 } else { self.ends[number - 1] }
    }
}

impl Memory {
    pub fn new() -> Self {
        Self { slots: Vec::new(), runs: Vec::new() }
    }

    /// The number of this run. With `forget` all runs are forgotten before a new one is numbered.
    pub fn recall(&mut self, run: &str, forget: bool) -> Number {
        let Some(key) = key(run) else { return Number::New(self.runs.len()) };
        match self.place(key, forget) {
            Some(Place::Taken(number)) => Number::Known(number),
            Some(Place::Free(slot)) => {
                self.runs.push(key);
                self.slots[slot] = (tag(hash(key)), self.runs.len() as u32);
                Number::New(self.runs.len() - 1)
            }
            None => Number::New(self.runs.len()),
        }
    }

    /// Where the run with this key is, or may be.
    fn place(&mut self, key: u128, forget: bool) -> Option<Place> {
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
                let same = seen == tag(hash) && self.runs[number] == key;
                same.then_some(Place::Taken(number))
            }
        })?;
        let full = forget || self.runs.len() == MOST_RUNS;
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

    /// What is kept for a run, found anew where it has to be.
    fn ask(memory: &mut Memory, lists: &mut Lists<usize>, run: &str, found: &[usize]) -> bool {
        let number = memory.recall(run, lists.is_full());
        let (Number::Known(n) | Number::New(n)) = number;
        if number == Number::New(n) {
            lists.set(n, |values| values.extend(found));
        }
        assert_eq!(lists.get(n), found);
        number == Number::New(n)
    }

    #[test]
    fn what_is_recalled_is_what_was_found_before_and_after_forgetting() {
        let (mut memory, mut lists) = (Memory::new(), Lists::new());
        let mut new = |run: usize| {
            let values: Vec<usize> = (0..1000).map(|i| run * i).collect();
            ask(&mut memory, &mut lists, &format!(" {run} "), &values)
        };
        assert!((0..600).all(&mut new));
        // 600,000 values fit, and so nothing is asked for twice.
        assert!(!(0..600).any(&mut new));
        assert!((600..2000).all(&mut new));
        assert!(lists.values.len() < MOST_VALUES + 1000);
    }

    #[test]
    fn runs_too_long_to_keep_and_more_runs_than_there_is_room_for_are_found_anew() {
        let (mut memory, mut lists) = (Memory::new(), Lists::new());
        for i in 0..2 {
            assert!(ask(&mut memory, &mut lists, "a run of 16 byte", &[i]));
        }
        for run in 0..3 * SLOTS {
            ask(&mut memory, &mut lists, &run.to_string(), &[run]);
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
        let (mut memory, mut lists) = (Memory::new(), Lists::new());
        for (i, run) in ["", "\0", "a", "a\0", "\0a"].into_iter().enumerate() {
            assert!(ask(&mut memory, &mut lists, run, &[i]));
        }
        assert!(!ask(&mut memory, &mut lists, "a\0", &[3]));
    }
}
