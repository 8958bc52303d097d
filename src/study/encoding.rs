//! Vectors of texts, made once however often a corpus is trained on.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use xxhash_rust::xxh3::xxh3_128;

use crate::{corpus::TextEncoder, error::Result};

/// Texts that are encoded between two reports of progress.
const STEP: usize = 256;

/// An encoder that remembers what it made of which text.
#[derive(Debug)]
pub(super) struct Remembering {
    encoder: Arc<dyn TextEncoder>,
    known: Mutex<HashMap<u128, Box<[f32]>>>,
}

impl Remembering {
    pub fn new(encoder: Arc<dyn TextEncoder>) -> Self {
        Self { encoder, known: Mutex::default() }
    }

    pub fn sha256(&self) -> &str {
        self.encoder.sha256()
    }

    /// The same encoder, which says how many texts it has done, of how many that are new to it.
    pub fn reporting<F: Fn(usize, usize) + Send + Sync>(&self, report: F) -> Reporting<'_, F> {
        Reporting { by: self, report }
    }
}

pub(super) struct Reporting<'a, F> {
    by: &'a Remembering,
    report: F,
}

impl<F> fmt::Debug for Reporting<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.by.fmt(f)
    }
}

impl<F: Fn(usize, usize) + Send + Sync> TextEncoder for Reporting<'_, F> {
    fn sha256(&self) -> &str {
        self.by.sha256()
    }

    fn dimension(&self) -> usize {
        self.by.encoder.dimension()
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<f32>> {
        let mut known = self.by.known.lock().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<u128> = texts.iter().map(|text| xxh3_128(text.as_bytes())).collect();
        let mut asked = HashSet::new();
        let is_new = |&i: &usize| !known.contains_key(&keys[i]) && asked.insert(keys[i]);
        let new: Vec<usize> = (0..texts.len()).filter(is_new).collect();
        let width = self.dimension();
        for (number, some) in new.chunks(STEP).enumerate() {
            let own: Vec<&str> = some.iter().map(|&i| texts[i]).collect();
            let vectors = self.by.encoder.encode(&own)?;
            for (&i, vector) in some.iter().zip(vectors.chunks_exact(width)) {
                known.insert(keys[i], vector.into());
            }
            (self.report)((number * STEP + some.len()).min(new.len()), new.len());
        }
        Ok(keys.iter().flat_map(|key| &known[key]).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// The length of a text and its number of spaces; counts what it was asked.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl TextEncoder for Counting {
        fn sha256(&self) -> &'static str {
            "00"
        }

        fn dimension(&self) -> usize {
            2
        }

        fn encode(&self, texts: &[&str]) -> Result<Vec<f32>> {
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            let of = |text: &&str| [text.len() as f32, text.matches(' ').count() as f32];
            Ok(texts.iter().flat_map(of).collect())
        }
    }

    #[test]
    fn texts_are_encoded_once_and_in_their_order() {
        let counting = Arc::new(Counting::default());
        let own: Arc<dyn TextEncoder> = counting.clone();
        let remembering = Remembering::new(own);
        let last = Mutex::new((0, 0));
        let reporting = remembering.reporting(|done, of| *last.lock().unwrap() = (done, of));
        let long: Vec<String> = (0..700).map(|n| "a ".repeat(n)).collect();
        let mut texts: Vec<&str> = long.iter().map(String::as_str).collect();
        let first = reporting.encode(&texts).unwrap();
        assert_eq!(*last.lock().unwrap(), (700, 700));
        assert_eq!(first, counting.encode(&texts).unwrap());
        let asked = counting.0.load(Ordering::Relaxed);
        texts.reverse();
        texts.extend(["new", "new"]);
        assert_eq!(reporting.encode(&texts).unwrap()[..2], [1398.0, 699.0]);
        assert_eq!(counting.0.load(Ordering::Relaxed), asked + 1);
    }
}
