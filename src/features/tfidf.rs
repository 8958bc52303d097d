//! Weights: tf-idf, fitted once and then frozen.

use std::{ops::Range, sync::LazyLock};

use rayon::prelude::*;

use super::{
    Settings, TermFrequency,
    fold::Folded,
    ngram::{Block, char_runs, for_each_char_ngram, for_each_word_ngram},
    vocabulary::Vocabulary,
};
use crate::matrix::SparseRows;

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
/// use standpoint::features::{FeatureSettings, Vectoriser};
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
    /// Of terms in the order of their columns, each with its idf.
    pub(super) fn new(settings: Settings, vocabulary: Vocabulary, idf: Vec<f32>) -> Self {
        Self { settings, vocabulary, idf }
    }

    /// From what a model file keeps: term names end to end, their ends, how many of them are of
    /// words, and the idf of each. Nothing where [`Vocabulary::from_parts`] makes nothing of them.
    pub(crate) fn from_parts(
        settings: Settings,
        names: String,
        ends: Vec<u32>,
        n_words: usize,
        idf: Vec<f32>,
    ) -> Option<Self> {
        let vocabulary = Vocabulary::from_parts(names, ends, n_words, &settings)?;
        Some(Self::new(settings, vocabulary, idf))
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
        self.weights(passage).into_iter().map(|(column, weight)| (column, weight as f32)).unzip()
    }

    /// The vectors of many passages: `passages.len()` rows, [`Vectoriser::n_terms`] columns.
    pub fn transform_batch<S: AsRef<str> + Sync>(&self, passages: &[S]) -> SparseRows {
        let rows: Vec<_> = passages
            .par_iter()
            .with_min_len(BATCH)
            .map(|passage| self.weights(passage.as_ref()))
            .collect();
        let mut matrix = SparseRows::new(self.n_terms());
        for row in rows {
            matrix.push(row.into_iter().map(|(column, weight)| (column, weight as f32)));
        }
        matrix
    }

    /// As [`Vectoriser::transform`], not rounded to f32.
    pub(crate) fn weights(&self, passage: &str) -> Vec<(u32, f64)> {
        let mut columns: Vec<u32> =
            self.occurrences(passage).into_iter().map(|(column, _)| column).collect();
        columns.sort_unstable();
        let terms = columns.chunk_by(|a, b| a == b).map(|same| {
            let column = same[0];
            (column, self.block(column as usize), same.len(), self.idf[column as usize])
        });
        Weigher::default().weigh(terms, self.settings.tf).collect()
    }

    /// Where each known term stands in the passage: its column and its bytes, once per
    /// occurrence. A shape token stands where the shape is.
    pub fn occurrences(&self, passage: &str) -> Vec<(u32, Range<usize>)> {
        let mut found = Vec::new();
        let folded = Folded::new(passage, &self.settings);
        for_each_word_ngram(&folded, &self.settings, |name, range| {
            let column = self.column(Block::Word, name);
            found.extend(column.map(|column| (column, folded.original(range))));
        });
        for run in char_runs(&folded, &self.settings) {
            for_each_char_ngram(&folded.text[run.clone()], &self.settings, |name, range| {
                let range = run.start + range.start..run.start + range.end;
                let column = self.column(Block::Char, name);
                found.extend(column.map(|column| (column, folded.original(range))));
            });
        }
        found
    }

    /// The column of the term with this name.
    pub(super) fn column(&self, block: Block, name: &str) -> Option<u32> {
        self.vocabulary.get(self.settings.key(block, name))
    }

    /// The inverse document frequency of a column.
    pub(super) fn idf(&self, column: u32) -> f32 {
        self.idf[column as usize]
    }
}

impl TermFrequency {
    /// What a term counts that the passage has so many times.
    pub(super) fn of(self, count: usize) -> f64 {
        match self {
            Self::Sublinear => SUBLINEAR.get(count).copied().unwrap_or_else(|| sublinear(count)),
            Self::Raw => count as f64,
            Self::Binary => 1.0,
        }
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
}

impl Weigher {
    pub fn weigh(
        &mut self,
        terms: impl Iterator<Item = (u32, Block, usize, f32)>,
        tf: TermFrequency,
    ) -> impl Iterator<Item = (u32, f64)> {
        let mut squares = [0.0f64; 2];
        self.weights.clear();
        self.weights.extend(terms.map(|(column, block, count, idf)| {
            let weight = tf.of(count) * f64::from(idf);
            squares[block as usize] += weight * weight;
            (column, block, weight)
        }));
        let norms = squares.map(f64::sqrt);
        self.weights
            .iter()
            .map(move |&(column, block, weight)| (column, weight / norms[block as usize]))
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
