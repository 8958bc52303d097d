//! Words repeat, and so does what follows from their characters.

use std::ops::Range;

/// Bytes of the longest run that is remembered: longer ones are rare and seldom come again.
const LONGEST: usize = 15;
/// Runs kept at most: half of the slots of the table.
const MOST_RUNS: usize = SLOTS / 2;
const SLOTS: usize = 1 << 17;
/// Slots that are looked at for a run; if all are taken by others it is not remembered.
const PROBES: usize = 32;
/// Values kept at most, over all runs.
const MOST_VALUES: usize = 1 << 20;
/// What came first stays: it is what comes most. But where there is no room, and this many runs had to
/// be found again, others must have become frequent: then everything is forgotten and learnt again.
const MOST_MISSED: usize = 4 * MOST_RUNS;

/// Numbers runs of characters from 0 on, for one thread, which keeps by number what it found for
/// them: one look at the whole run in place of one at each of its n-grams. It changes no result,
/// only how soon it is there.
pub(super) struct Memory {
    /// Open addressing: part of the hash of a run's key and 1 more than its number, 0 where there is
    /// none. Nothing until a run is remembered.
    slots: Vec<(u32, u32)>,
    /// By number: the key of the run.
    runs: Vec<u128>,
    /// Runs that came since there is no room for more.
    missed: usize,
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
    /// Where each begins; where the last ends.
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> Lists<T> {
    pub fn new() -> Self {
        Self { starts: vec![0], values: Vec::new() }
    }

    /// Whether there is room for no more, lest they grow beyond measure.
    pub fn is_full(&self) -> bool {
        self.values.len() >= MOST_VALUES
    }

    pub fn get(&self, number: usize) -> &[T] {
        &self.values[self.starts[number] as usize..self.starts[number + 1] as usize]
    }

    /// Drops the list of this number and all after it, and makes it what `find` appends.
    pub fn set(&mut self, number: usize, find: impl FnOnce(&mut Vec<T>)) {
        self.starts.truncate(number + 1);
        self.values.truncate(self.starts[number] as usize);
        find(&mut self.values);
        self.starts.push(u32::try_from(self.values.len()).expect("a run is shorter than 4 GiB"));
    }
}

impl Memory {
    pub fn new() -> Self {
        Self { slots: Vec::new(), runs: Vec::new(), missed: 0 }
    }

    /// To be called before each passage: forgets everything where that is due. Numbers hold until then.
    pub fn renew(&mut self) {
        if self.missed > MOST_MISSED {
            self.slots.fill((0, 0));
            self.runs.clear();
            self.missed = 0;
        }
    }

    /// The number of the run that stands there in a text. Where what is kept for runs is `full`, a new
    /// one has its number for this once.
    pub fn recall(&mut self, text: &str, run: Range<usize>, full: impl FnOnce() -> bool) -> Number {
        let next = Number::New(self.runs.len());
        let Some(key) = key(text.as_bytes(), run) else { return next };
        match self.place(key) {
            Some(Place::Taken(number)) => return Number::Known(number),
            Some(Place::Free(_)) if full() || self.runs.len() == MOST_RUNS => self.missed += 1,
            Some(Place::Free(slot)) => {
                self.runs.push(key);
                self.slots[slot] = (tag(hash(key)), self.runs.len() as u32);
            }
            None => {}
        }
        next
    }

    /// Whether this number is kept, or was given for once.
    pub fn keeps(&self, number: usize) -> bool {
        number < self.runs.len()
    }

    /// Where the run with this key is, or may be.
    fn place(&mut self, key: u128) -> Option<Place> {
        if self.slots.is_empty() {
            self.slots = vec![(0, 0); SLOTS];
        }
        let hash = hash(key);
        let mut slot = hash as usize % SLOTS;
        for _ in 0..PROBES {
            let (seen, number) = self.slots[slot];
            let Some(number) = number.checked_sub(1) else { return Some(Place::Free(slot)) };
            if seen == tag(hash) && self.runs[number as usize] == key {
                return Some(Place::Taken(number as usize));
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

enum Place {
    /// By the run of this number.
    Taken(usize),
    /// This slot.
    Free(usize),
}

/// So many of the first bytes.
const FIRST: [u128; LONGEST + 1] = {
    let mut masks = [0; LONGEST + 1];
    let mut n = 1;
    while n <= LONGEST {
        masks[n] = masks[n - 1] << 8 | 0xFF;
        n += 1;
    }
    masks
};

/// The bytes of a run and their number, if it is short enough. Read at once, with what stands behind
/// them or before: how long runs are is hard to foretell, and bytes copied one by one cannot be read
/// together at once.
fn key(text: &[u8], run: Range<usize>) -> Option<u128> {
    let n = run.len();
    if !(1..=LONGEST).contains(&n) {
        return None;
    }
    let bytes = if let Some(behind) = text[run.start..].first_chunk() {
        u128::from_le_bytes(*behind) & FIRST[n]
    } else if let Some(before) = text[..run.end].last_chunk() {
        u128::from_le_bytes(*before) >> (8 * (16 - n))
    } else {
        text[run].iter().rev().fold(0, |key, &byte| key << 8 | u128::from(byte))
    };
    Some(bytes | (n as u128) << (8 * LONGEST))
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

    /// What is kept for a run, found again where it has to be.
    fn ask(memory: &mut Memory, lists: &mut Lists<usize>, run: &str, found: &[usize]) -> bool {
        memory.renew();
        let number = memory.recall(run, 0..run.len(), || lists.is_full());
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
        // One more list at the end, and one that is not kept.
        assert!(lists.values.len() < MOST_VALUES + 2 * 1000);
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
    fn what_came_first_is_kept_until_others_have_become_frequent() {
        let (mut memory, mut lists) = (Memory::new(), Lists::new());
        let mut new = |run: usize| ask(&mut memory, &mut lists, &run.to_string(), &[run]);
        for run in 0..2 * MOST_RUNS {
            new(run);
        }
        assert!(!new(1) && new(MOST_RUNS + 1));
        for run in 0..MOST_MISSED {
            new(MOST_RUNS + run);
        }
        new(MOST_RUNS + 1);
        assert!(!new(MOST_RUNS + 1));
    }

    #[test]
    fn a_key_is_the_bytes_and_their_number_wherever_they_stand() {
        let letters = b"abcdefghijklmnopqrstuvwxyz0123456789";
        for length in [5, 15, 16, 17, 36] {
            for (start, end) in (0..=length).flat_map(|end| (0..end).map(move |start| (start, end)))
            {
                let n = end - start;
                let expected = (n <= LONGEST).then(|| {
                    let mut bytes = [0; 16];
                    bytes[..n].copy_from_slice(&letters[start..end]);
                    bytes[LONGEST] = n as u8;
                    u128::from_le_bytes(bytes)
                });
                assert_eq!(key(&letters[..length], start..end), expected);
            }
        }
    }

    #[test]
    fn runs_that_end_in_zero_bytes_are_others() {
        let (mut memory, mut lists) = (Memory::new(), Lists::new());
        for (i, run) in ["\0", "\0\0", "a", "a\0", "\0a"].into_iter().enumerate() {
            assert!(ask(&mut memory, &mut lists, run, &[i]));
        }
        assert!(!ask(&mut memory, &mut lists, "a\0", &[3]));
    }
}
