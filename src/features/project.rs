//! From a passage to scores in one go.

use super::{
    Vectoriser,
    fold::Folded,
    memory::Memory,
    ngram::{Block, char_runs, for_each_char_ngram, for_each_word_ngram},
};

/// Multiplies the vectors of passages with a matrix, one passage after the other, without making
/// the vectors: what a term adds to the products follows from its count alone, and the length by
/// which they are divided from the squares summed up beside them.
///
/// The n-grams of a word's characters are looked up and summed up once, as if each stood there
/// once; what is left to do for a passage is to find those that it has more often. Everything about
/// them is kept in the order in which they came up first: what is frequent lies together.
pub(crate) struct Projector<'a> {
    vectoriser: &'a Vectoriser,
    matrix: &'a [f32],
    width: usize,
    /// Columns that every passage may have, whatever its words.
    edges: Vec<u32>,
    /// The keys of some terms, and the columns of those that are known.
    keys: Vec<u64>,
    columns: Vec<u32>,
    words: Repeated,
    /// Of each run of characters, the numbers of its terms.
    memory: Memory<u32>,
    /// For each run in memory the sum of squares, then the products.
    sums: Vec<f64>,
    /// The terms of characters that came up: the number of each column, 0 if it has none yet; and
    /// by number the idf and the row of the matrix. Number 0 is none.
    numbers: Vec<u32>,
    rows: Vec<f32>,
    chars: Repeated,
    /// The numbers of the passage's terms of characters.
    terms: Vec<u32>,
    /// The sum of squares and the products of the passage, of one block.
    totals: Vec<f64>,
}

impl<'a> Projector<'a> {
    pub(super) fn new(vectoriser: &'a Vectoriser, matrix: &'a [f32], width: usize) -> Self {
        let n_words = vectoriser.parts().0.n_words();
        Self {
            vectoriser,
            matrix,
            width,
            edges: vectoriser.edge_columns(),
            keys: Vec::new(),
            columns: Vec::new(),
            words: Repeated::of(n_words),
            memory: Memory::new(),
            sums: Vec::new(),
            numbers: vec![0; vectoriser.n_terms() - n_words],
            rows: vec![0.0; 1 + width],
            chars: Repeated::of(1),
            terms: Vec::new(),
            totals: vec![0.0; 1 + width],
        }
    }

    /// Adds the products of the passage's vector to `products`, `width` of them. Says whether the
    /// passage has a known term other than those of how it begins and ends.
    pub fn project(&mut self, passage: &str, products: &mut [f64]) -> bool {
        let folded = Folded::new(passage, self.vectoriser.settings());
        let has_words = self.project_words(&folded, products);
        let has_chars = self.project_chars(&folded, products);
        has_words || has_chars
    }

    fn project_words(&mut self, folded: &Folded<'_>, products: &mut [f64]) -> bool {
        let Self { vectoriser, matrix, width, edges, keys, columns, words, totals, .. } = self;
        let settings = vectoriser.settings();
        keys.clear();
        for_each_word_ngram(folded, settings, |name, _| keys.push(settings.key(Block::Word, name)));
        columns.clear();
        vectoriser.parts().0.get_all(keys, columns);
        totals.fill(0.0);
        let mut add = |column: u32, tf: f64, square: f64| {
            let row = &matrix[column as usize * *width..][..*width];
            add(totals, vectoriser.idf(column), row, tf, square);
        };
        columns.iter().for_each(|&column| add(column, 1.0, 1.0));
        words.find(columns, |column, count| {
            let (tf, n) = (settings.tf.of(count), count as f64);
            add(column, tf - n, tf * tf - n);
        });
        divide(totals, products);
        columns.iter().any(|column| !edges.contains(column))
    }

    fn project_chars(&mut self, folded: &Folded<'_>, products: &mut [f64]) -> bool {
        let Self { vectoriser, matrix, keys, columns, memory, sums, numbers, rows, .. } = self;
        let (terms, totals, width) = (&mut self.terms, &mut self.totals, self.width);
        let settings = vectoriser.settings();
        let n_words = vectoriser.parts().0.n_words();
        terms.clear();
        totals.fill(0.0);
        for run in char_runs(folded, settings) {
            let run = &folded.text[run];
            let found = memory.recall(run, |terms| {
                keys.clear();
                for_each_char_ngram(run, settings, |name, _| {
                    keys.push(settings.key(Block::Char, name));
                });
                columns.clear();
                vectoriser.parts().0.get_all(keys, columns);
                for &column in &*columns {
                    let number = &mut numbers[column as usize - n_words];
                    if *number == 0 {
                        *number = (rows.len() / (1 + width)) as u32;
                        rows.push(vectoriser.idf(column));
                        rows.extend_from_slice(&matrix[column as usize * width..][..width]);
                    }
                    terms.push(*number);
                }
            });
            // Of a run that is not remembered the sums lie behind those of all others.
            let start = found.number.map_or(sums.len(), |number| number * (1 + width));
            if found.new {
                sums.truncate(start);
                sums.resize(start + 1 + width, 0.0);
                for &number in found.values {
                    let (idf, row) = row(rows, number, width);
                    add(&mut sums[start..], idf, row, 1.0, 1.0);
                }
            }
            totals.iter_mut().zip(&sums[start..]).for_each(|(total, sum)| *total += sum);
            if found.number.is_none() {
                sums.truncate(start);
            }
            terms.extend_from_slice(found.values);
        }
        self.chars.counts.resize(rows.len() / (1 + width), 0);
        self.chars.find(terms, |number, count| {
            let (idf, row) = row(rows, number, width);
            let (tf, n) = (settings.tf.of(count), count as f64);
            add(totals, idf, row, tf - n, tf * tf - n);
        });
        divide(totals, products);
        !terms.is_empty()
    }
}

/// The idf and the row of the matrix of the term with this number.
fn row(rows: &[f32], number: u32, width: usize) -> (f32, &[f32]) {
    let start = number as usize * (1 + width);
    (rows[start], &rows[start + 1..][..width])
}

/// Adds a term with this tf, and this square of it, to a sum of squares and products.
fn add(totals: &mut [f64], idf: f32, row: &[f32], tf: f64, square: f64) {
    let idf = f64::from(idf);
    totals[0] += square * idf * idf;
    for (total, &weight) in totals[1..].iter_mut().zip(row) {
        *total += tf * idf * f64::from(weight);
    }
}

/// Adds a block's products, each vector of length 1.
fn divide(totals: &[f64], products: &mut [f64]) {
    if totals[0] > 0.0 {
        let norm = totals[0].sqrt();
        products.iter_mut().zip(&totals[1..]).for_each(|(product, total)| *product += total / norm);
    }
}

/// Finds the terms that a passage has more than once.
struct Repeated {
    /// How often the passage has each term; all 0 between passages.
    counts: Vec<u32>,
    /// Its terms that were counted before.
    again: Vec<u32>,
}

impl Repeated {
    fn of(n: usize) -> Self {
        Self { counts: vec![0; n], again: Vec::new() }
    }

    /// Calls `visit` with each of the terms that is there more than once, and how often.
    fn find(&mut self, terms: &[u32], mut visit: impl FnMut(u32, usize)) {
        let Self { counts, again } = self;
        again.resize(terms.len(), 0);
        let mut n = 0;
        // No branch depends on what is found, for nothing foretells it.
        for &term in terms {
            let count = &mut counts[term as usize];
            *count += 1;
            again[n] = term;
            n += usize::from(*count > 1);
        }
        for &term in &again[..n] {
            let count = std::mem::take(&mut counts[term as usize]) as usize;
            if count > 0 {
                visit(term, count);
            }
        }
        terms.iter().for_each(|&term| counts[term as usize] = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{Settings, TermFrequency};
    use proptest::prelude::*;

    proptest! {
        /// What the vector's definition gives, whatever was read before.
        #[test]
        fn products_are_those_of_the_vectors(
            texts in proptest::collection::vec("[a-d]{1,9}( [a-dé]{1,20}){0,30}|[ab ]{0,20}", 1..8),
            chars_across: bool,
            tf in proptest::sample::select(vec![
                TermFrequency::Sublinear, TermFrequency::Raw, TermFrequency::Binary,
            ]),
        ) {
            let settings = Settings { min_df: Some(1), chars_across, tf, ..Settings::default() };
            let vectoriser = Vectoriser::fit(&texts[..texts.len().div_ceil(2)], &settings).unwrap();
            let width = 2;
            let weight = |i: usize| ((i * 37 % 19) as f32 - 9.0) / 7.0;
            let matrix: Vec<f32> = (0..vectoriser.n_terms() * width).map(weight).collect();
            let mut projector = vectoriser.projector(&matrix, width);
            for text in texts.iter().chain(&texts) {
                let mut products = [0.5, -0.5];
                let known = projector.project(text, &mut products);
                let vector = vectoriser.weights(text);
                for (i, product) in products.into_iter().enumerate() {
                    let expected: f64 = vector
                        .iter()
                        .map(|&(column, x)| x * f64::from(matrix[column as usize * width + i]))
                        .sum();
                    let start = [0.5, -0.5][i];
                    prop_assert!((product - start - expected).abs() < 1e-9);
                }
                let edges = vectoriser.edge_columns();
                prop_assert_eq!(known, vector.iter().any(|(column, _)| !edges.contains(column)));
            }
        }
    }
}
