//! Weights: tf-idf, fitted once and then frozen.

use std::{ops::Range, sync::LazyLock};

use rayon::prelude::*;

use super::{
    Settings, TermFrequency,
    counts::Counts,
    fold::Folded,
    memory::Memory,
    ngram::{Block, EDGE_SHAPES, for_each_ngram, ngrams_with},
    vocabulary::Vocabulary,
};
use crate::{
    error::{Error, Result},
    matrix::SparseRows,
};

/// Passages a thread takes at a time.
pub(super) const BATCH: usize = 64;

/// Turns passages into tf-idf vectors. Nothing changes after [`Vectoriser::fit`]: a passage has
/// the same vector alone and in any batch.
///
/// For term *t* in passage *d*, with *n* training passages of which *df(t)* hold *t*:
///
/// ```text
/// tf(t, d)  = 1 + ln(count of t in d)                       (sublinear; raw: the count; binary: 1)
/// idf(t)    = ln((1 + n) / (1 + df(t))) + 1                 (smooth: as if one more passage held every term)
/// x(t, d)   = tf(t, d) * idf(t) / |d's block|               (L2 norm over word or character terms apart)
/// ```
///
/// Equal to scikit-learn's `TfidfVectorizer(sublinear_tf=True)` on words and on characters
/// (`analyzer="char_wb"`), joined by a `FeatureUnion`.
///
/// ```
/// use standpoint::{FeatureSettings, Vectoriser};
/// let settings = FeatureSettings { min_df: Some(1), char_ngrams: (0, 0), shape: false, ..Default::default() };
/// let vectoriser = Vectoriser::fit(&["a b", "a c"], &settings)?;
/// let (columns, values) = vectoriser.transform("c a?");
/// let names: Vec<_> = columns.iter().map(|&c| vectoriser.term(c as usize)).collect();
/// assert_eq!(names, ["a", "c"]);
/// // idf: 1 for "a", which every passage holds; ln(3/2) + 1 for "c".
/// assert!((values[1] / values[0] - 1.405465).abs() < 1e-6);
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Vectoriser {
    settings: Settings,
    vocabulary: Vocabulary,
    /// Inverse document frequency by column; 1 and above.
    idf: Vec<f32>,
}

impl Vectoriser {
    /// Learns the vocabulary and the document frequencies of `passages`.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if a setting is out of its range, or asks for
    /// `max_terms`: without labels there is nothing to choose by.
    pub fn fit<S: AsRef<str> + Sync>(passages: &[S], settings: &Settings) -> Result<Self> {
        if let Some(most) = settings.max_terms {
            let (name, found) = ("max_terms", most.to_string());
            return Err(Error::Setting { name, found, expected: "none where there are no labels" });
        }
        let counts = Counts::of(passages, settings)?;
        let all: Vec<usize> = (0..passages.len()).collect();
        Ok(counts.named(&counts.weights(&all, &[]), passages).0)
    }

    /// Of terms in the order of their columns, each with its idf.
    pub(super) fn new(settings: Settings, vocabulary: Vocabulary, idf: Vec<f32>) -> Self {
        Self { settings, vocabulary, idf }
    }

    /// From what a model file keeps: term names end to end, their ends, how many of them are of
    /// words, and the idf of each. Nothing if a name is none that terms have under these settings.
    pub(crate) fn from_parts(
        settings: Settings,
        names: String,
        ends: Vec<u32>,
        n_words: usize,
        idf: Vec<f32>,
    ) -> Option<Self> {
        let vocabulary = Vocabulary::from_parts(names, ends, n_words, &settings)?;
        Some(Self { settings, vocabulary, idf })
    }

    pub(crate) fn parts(&self) -> (&Vocabulary, &[f32]) {
        (&self.vocabulary, &self.idf)
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Number of terms, and of columns of its matrices. Never fails.
    pub fn n_terms(&self) -> usize {
        self.vocabulary.len()
    }

    /// The name of the term in `column`: tokens joined by spaces, or the characters themselves; `#`
    /// and a number where terms are hashed.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn term(&self, column: usize) -> &str {
        self.vocabulary.name(column)
    }

    /// Whether the term in `column` is of words or of characters.
    pub fn block(&self, column: usize) -> Block {
        self.vocabulary.block(column)
    }

    /// Columns (ascending) and weights of one passage, both of the same length. Terms that were
    /// not seen in training are left out; a passage without a known term has an empty vector.
    pub fn transform(&self, passage: &str) -> (Vec<u32>, Vec<f32>) {
        ascending(Reader::new(self).row(passage)).into_iter().unzip()
    }

    /// The vectors of many passages: `passages.len()` rows, [`Vectoriser::n_terms`] columns.
    pub fn transform_batch<S: AsRef<str> + Sync>(&self, passages: &[S]) -> SparseRows {
        let mut matrix = SparseRows::new(self.n_terms());
        self.map(passages, ascending).into_iter().for_each(|row| matrix.push(row));
        matrix
    }

    /// What `f` makes of each passage's vector, in the order of the passages: where the vectors
    /// themselves are not needed they are never kept. A vector's columns come in the order in which
    /// the passage has them first.
    pub(crate) fn map<S: AsRef<str> + Sync, T: Send>(
        &self,
        passages: &[S],
        f: impl Fn(&[(u32, f32)]) -> T + Sync,
    ) -> Vec<T> {
        passages
            .par_iter()
            .with_min_len(BATCH)
            .map_init(|| Reader::new(self), |reader, passage| f(reader.row(passage.as_ref())))
            .collect()
    }

    /// The columns of how a passage begins and ends and of its capitals: all that a passage has of
    /// which no word was seen in training.
    pub(crate) fn edge_columns(&self) -> Vec<u32> {
        let column = |name: &&str| self.vocabulary.get(self.settings.key(Block::Word, name));
        EDGE_SHAPES.iter().filter_map(column).collect()
    }

    /// Where each known term stands in the passage: its column and its bytes, once per
    /// occurrence. A shape token stands where the shape is.
    pub fn occurrences(&self, passage: &str) -> Vec<(u32, Range<usize>)> {
        let mut found = Vec::new();
        let folded = Folded::new(passage, &self.settings);
        for_each_ngram(&folded, &self.settings, &mut |block, name, range| {
            if let Some(id) = self.vocabulary.get(self.settings.key(block, name)) {
                found.push((id, folded.original(range)));
            }
        });
        found
    }
}

/// What one thread reads passages with, one after the other.
struct Reader<'a> {
    vectoriser: &'a Vectoriser,
    memory: Memory<u32>,
    ids: Vec<u32>,
    /// How often the passage has each term, and which ones it has; all 0 and none in between.
    counts: Vec<u32>,
    distinct: Vec<u32>,
    weigher: Weigher,
}

/// The same vector, its columns in ascending order.
fn ascending(row: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut row = row.to_vec();
    row.sort_unstable_by_key(|term| term.0);
    row
}

impl<'a> Reader<'a> {
    fn new(vectoriser: &'a Vectoriser) -> Self {
        Self {
            vectoriser,
            memory: Memory::new(),
            ids: Vec::new(),
            counts: vec![0; vectoriser.n_terms()],
            distinct: Vec::new(),
            weigher: Weigher::default(),
        }
    }

    /// Columns and weights of a passage.
    fn row(&mut self, passage: &str) -> &[(u32, f32)] {
        let Vectoriser { settings, vocabulary, idf } = self.vectoriser;
        let folded = Folded::new(passage, settings);
        self.ids.clear();
        ngrams_with(&folded, settings, &mut self.memory, &mut self.ids, |block, name| {
            vocabulary.get(settings.key(block, name))
        });
        self.distinct.clear();
        for &id in &self.ids {
            let count = &mut self.counts[id as usize];
            if *count == 0 {
                self.distinct.push(id);
            }
            *count += 1;
        }
        let terms = self.distinct.iter().map(|&column| {
            let id = column as usize;
            let count = std::mem::take(&mut self.counts[id]) as usize;
            (column, vocabulary.block(id), count, idf[id])
        });
        self.weigher.weigh(terms, settings.tf)
    }
}

fn sublinear(count: usize) -> f64 {
    1.0 + libm::log(count as f64)
}

/// For the counts that are frequent.
static SUBLINEAR: LazyLock<Vec<f64>> = LazyLock::new(|| (0..64).map(sublinear).collect());

/// The formula of [`Vectoriser`]: from counts and idf to the normalised weights of one passage.
#[derive(Default)]
pub(super) struct Weigher {
    weights: Vec<(u32, Block, f64)>,
    row: Vec<(u32, f32)>,
}

impl Weigher {
    pub fn weigh(
        &mut self,
        terms: impl Iterator<Item = (u32, Block, usize, f32)>,
        tf: TermFrequency,
    ) -> &[(u32, f32)] {
        let mut squares = [0.0f64; 2];
        self.weights.clear();
        self.weights.extend(terms.map(|(column, block, count, idf)| {
            let tf = match tf {
                TermFrequency::Sublinear => {
                    SUBLINEAR.get(count).copied().unwrap_or_else(|| sublinear(count))
                }
                TermFrequency::Raw => count as f64,
                TermFrequency::Binary => 1.0,
            };
            let weight = tf * f64::from(idf);
            squares[block as usize] += weight * weight;
            (column, block, weight)
        }));
        let norms = squares.map(f64::sqrt);
        self.row.clear();
        let normalised = |&(column, block, weight): &(u32, Block, f64)| {
            (column, (weight / norms[block as usize]) as f32)
        };
        self.row.extend(self.weights.iter().map(normalised));
        &self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settings() -> Settings {
        Settings { min_df: Some(1), ..Settings::default() }
    }

    proptest! {
        #[test]
        fn a_passage_has_the_same_vector_alone_and_in_any_batch(
            texts in proptest::collection::vec("[a-dA-D é0-9'!?\"👍\n]{0,40}", 1..12),
            others in proptest::collection::vec("[a-f ]{0,20}", 0..5),
        ) {
            let vectoriser = Vectoriser::fit(&texts, &settings()).unwrap();
            let batch: Vec<&String> = others.iter().chain(&texts).collect();
            let rows = vectoriser.transform_batch(&batch);
            for (i, text) in batch.iter().enumerate() {
                let (columns, values) = vectoriser.transform(text);
                prop_assert_eq!(rows.row(i), (&columns[..], &values[..]));
            }
        }

        /// Each block of a non-empty vector has length 1.
        #[test]
        fn blocks_are_normalised(text in "[a-d !]{1,30}") {
            let vectoriser = Vectoriser::fit(&[&text], &settings()).unwrap();
            let (columns, values) = vectoriser.transform(&text);
            for block in [Block::Word, Block::Char] {
                let norm: f32 = columns.iter().zip(&values)
                    .filter(|(c, _)| vectoriser.block(**c as usize) == block)
                    .map(|(_, v)| v * v).sum();
                prop_assert!(norm == 0.0 || (norm - 1.0).abs() < 1e-5);
            }
        }
    }
}
