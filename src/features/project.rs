//! From a passage to scores in one go.

use std::ops::Range;

use super::{
    Settings, Vectoriser,
    fold::{Buffers, Folded},
    memory::{Lists, Memory, Number},
    ngram::{Block, char_runs, edge_shapes, for_each_char_ngram, for_each_word_ngram},
    token::{TokenKind, for_each_token_of_run, token_text},
};

/// Multiplies the vectors of passages with a matrix, one passage after the other, without making
/// the vectors: what a term adds to the products follows from its count alone, and the length by
/// which they are divided from the squares summed up beside them.
///
/// Of each run of characters between two spaces the tokens and their columns are found once. Its
/// n-grams of characters are summed up once too, as if each stood there once; what is left to do for
/// a passage is to find those that it has more often. Everything about them is kept in the order in
/// which they came up first: what is frequent lies together.
pub(crate) struct Projector<'a> {
    vectoriser: &'a Vectoriser,
    matrix: &'a [f32],
    width: usize,
    /// Columns that every passage may have, whatever its words.
    edges: Vec<u32>,
    /// Columns of the shape tokens that stand for a word in capitals and for an emoji.
    caps: Option<u32>,
    emoji: Option<u32>,
    buffers: Buffers,
    memory: Memory,
    /// By the number of a run: its tokens, the numbers of its terms of characters, and of these the
    /// sum of squares, then the products.
    tokens: Lists<RunToken>,
    terms: Lists<u32>,
    sums: Vec<f64>,
    /// The terms of characters that came up: the number of each column, 0 if it has none yet; and
    /// by number the idf and the row of the matrix. Number 0 is none.
    numbers: Vec<u32>,
    rows: Vec<f32>,
    /// The keys of some terms, and the columns of those that are known.
    keys: Vec<u64>,
    columns: Vec<u32>,
    /// Of the passage: its tokens end to end, each after a space, and where each begins and ends;
    /// the columns of its terms of words, and the numbers of those of characters.
    joined: String,
    joints: Vec<Range<usize>>,
    word_columns: Vec<u32>,
    char_numbers: Vec<u32>,
    words: Repeated,
    chars: Repeated,
    /// The sum of squares and the products of the passage, of one block.
    totals: Vec<f64>,
}

/// A token of a run.
#[derive(Clone, Copy)]
struct RunToken {
    kind: TokenKind,
    /// Its bytes in the run.
    start: u32,
    end: u32,
    /// The column of the token alone, if that is a term.
    column: Option<u32>,
}

impl RunToken {
    fn range(self, run: &Range<usize>) -> Range<usize> {
        run.start + self.start as usize..run.start + self.end as usize
    }
}

impl<'a> Projector<'a> {
    pub(super) fn new(vectoriser: &'a Vectoriser, matrix: &'a [f32], width: usize) -> Self {
        let n_words = vectoriser.parts().0.n_words();
        Self {
            vectoriser,
            matrix,
            width,
            edges: vectoriser.edge_columns(),
            caps: vectoriser.column(Block::Word, "<caps>"),
            emoji: vectoriser.column(Block::Word, "<emoji>"),
            buffers: Buffers::default(),
            memory: Memory::new(),
            tokens: Lists::new(),
            terms: Lists::new(),
            sums: Vec::new(),
            numbers: vec![0; vectoriser.n_terms() - n_words],
            rows: vec![0.0; 1 + width],
            keys: Vec::new(),
            columns: Vec::new(),
            joined: String::new(),
            joints: Vec::new(),
            word_columns: Vec::new(),
            char_numbers: Vec::new(),
            words: Repeated::of(n_words),
            chars: Repeated::of(1),
            totals: vec![0.0; 1 + width],
        }
    }

    /// Adds the products of the passage's vector to `products`, `width` of them. Says whether the
    /// passage has a known term other than those of how it begins and ends.
    pub fn project(&mut self, passage: &str, products: &mut [f64]) -> bool {
        let settings = self.vectoriser.settings();
        let folded = Folded::with(std::mem::take(&mut self.buffers), passage, settings);
        self.word_columns.clear();
        self.char_numbers.clear();
        self.totals.fill(0.0);
        // What a word is may depend on those before it, and n-grams of characters on all.
        if settings.negation || settings.lexicon || settings.chars_across {
            self.keys.clear();
            for_each_word_ngram(&folded, settings, |name, _| {
                self.keys.push(settings.key(Block::Word, name));
            });
            self.vectoriser.parts().0.get_all(&self.keys, &mut self.word_columns);
            for run in char_runs(&folded, settings) {
                self.add_run(&folded.text[run]);
            }
        } else {
            self.joined.clear();
            self.joints.clear();
            for run in folded.runs() {
                let number = self.add_run(&folded.text[run.clone()]);
                self.join_tokens(&folded, &run, number);
            }
            self.find_joined(&folded);
        }
        self.sum_chars(products);
        self.sum_words(products);
        self.buffers = folded.into_buffers();
        let mut words = self.word_columns.iter();
        !self.char_numbers.is_empty() || words.any(|column| !self.edges.contains(column))
    }

    /// Adds what is known of a run's characters, found before or now; says the run's number.
    fn add_run(&mut self, run: &str) -> usize {
        let full = self.terms.is_full() || self.tokens.is_full();
        let number = match self.memory.recall(run, full) {
            Number::Known(number) => number,
            Number::New(number) => {
                self.learn(run, number);
                number
            }
        };
        if self.vectoriser.settings().char_ngrams.1 > 0 {
            let sums = &self.sums[number * (1 + self.width)..][..=self.width];
            self.totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            self.char_numbers.extend_from_slice(self.terms.get(number));
        }
        number
    }

    /// Finds the tokens of a run and its n-grams of characters, and keeps them under this number.
    fn learn(&mut self, run: &str, number: usize) {
        let Self { vectoriser, matrix, keys, columns, numbers, rows, width, .. } = self;
        let (settings, vocabulary) = (vectoriser.settings(), vectoriser.parts().0);
        self.tokens.set(number, |tokens| {
            for_each_token_of_run(run, |kind, range| {
                let alone = settings.word_ngrams.0 <= 1 && settings.word_ngrams.1 >= 1;
                let text = token_text(run, kind, range.clone());
                let column = || vectoriser.column(Block::Word, text);
                tokens.push(RunToken {
                    kind,
                    start: range.start as u32,
                    end: range.end as u32,
                    column: alone.then(column).flatten(),
                });
            });
        });
        if settings.char_ngrams.1 == 0 {
            return;
        }
        self.terms.set(number, |terms| {
            keys.clear();
            for_each_char_ngram(run, settings, |name, _| {
                keys.push(settings.key(Block::Char, name));
            });
            columns.clear();
            vocabulary.get_all(keys, columns);
            for &column in &*columns {
                let number = &mut numbers[column as usize - vocabulary.n_words()];
                if *number == 0 {
                    *number = (rows.len() / (1 + *width)) as u32;
                    rows.push(vectoriser.idf(column));
                    rows.extend_from_slice(&matrix[column as usize * *width..][..*width]);
                }
                terms.push(*number);
            }
        });
        let start = number * (1 + *width);
        self.sums.truncate(start);
        self.sums.resize(start + 1 + *width, 0.0);
        for &number in self.terms.get(number) {
            let (idf, row) = row(rows, number, *width);
            add(&mut self.sums[start..], idf, row, 1.0, 1.0);
        }
    }

    /// Appends a run's tokens to those of the passage, and the columns of those that are terms by
    /// themselves or by their shape.
    fn join_tokens(&mut self, folded: &Folded<'_>, run: &Range<usize>, number: usize) {
        let shape = self.vectoriser.settings().shape;
        for &token in self.tokens.get(number) {
            self.joined.push(' ');
            let start = self.joined.len();
            self.joined.push_str(token_text(&folded.text, token.kind, token.range(run)));
            self.joints.push(start..self.joined.len());
            self.word_columns.extend(token.column);
            if shape {
                self.word_columns.extend(match token.kind {
                    TokenKind::Emoji => self.emoji,
                    TokenKind::Word if folded.is_all_caps(token.range(run)) => self.caps,
                    _ => None,
                });
            }
        }
    }

    /// Appends the columns of the n-grams of several tokens, and of how the passage begins and ends.
    fn find_joined(&mut self, folded: &Folded<'_>) {
        let Self { joined, joints, keys, .. } = self;
        let settings: &Settings = self.vectoriser.settings();
        let (low, high) = settings.word_ngrams;
        keys.clear();
        for (i, first) in joints.iter().enumerate() {
            let lasts = joints[i..].iter().take(high).skip(low.max(2) - 1);
            keys.extend(
                lasts.map(|last| settings.key(Block::Word, &joined[first.start..last.end])),
            );
        }
        if settings.shape {
            edge_shapes(folded, |name, _| keys.push(settings.key(Block::Word, name)));
        }
        self.vectoriser.parts().0.get_all(keys, &mut self.word_columns);
    }

    fn sum_chars(&mut self, products: &mut [f64]) {
        let Self { rows, totals, width, .. } = self;
        let tf = self.vectoriser.settings().tf;
        self.chars.make_room(rows.len() / (1 + *width));
        self.chars.find(&self.char_numbers, |number, count| {
            let (idf, row) = row(rows, number, *width);
            let (tf, n) = (tf.of(count), count as f64);
            add(totals, idf, row, tf - n, tf * tf - n);
        });
        divide(totals, products);
    }

    fn sum_words(&mut self, products: &mut [f64]) {
        let Self { vectoriser, matrix, width, totals, .. } = self;
        let tf = vectoriser.settings().tf;
        totals.fill(0.0);
        let mut add = |column: u32, tf: f64, square: f64| {
            let row = &matrix[column as usize * *width..][..*width];
            add(totals, vectoriser.idf(column), row, tf, square);
        };
        self.word_columns.iter().for_each(|&column| add(column, 1.0, 1.0));
        self.words.find(&self.word_columns, |column, count| {
            let (tf, n) = (tf.of(count), count as f64);
            add(column, tf - n, tf * tf - n);
        });
        divide(totals, products);
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
    /// A bit for each term that the passage has; all 0 between passages. So few bytes stay close.
    seen: Vec<u64>,
    /// Its terms that were seen before.
    again: Vec<u32>,
    /// How often each was seen again; all 0 between passages.
    counts: Vec<u32>,
}

impl Repeated {
    fn of(n: usize) -> Self {
        let mut all = Self { seen: Vec::new(), again: Vec::new(), counts: Vec::new() };
        all.make_room(n);
        all
    }

    fn make_room(&mut self, n: usize) {
        self.seen.resize(n.div_ceil(64), 0);
        self.counts.resize(n, 0);
    }

    /// Calls `visit` with each of the terms that is there more than once, and how often.
    fn find(&mut self, terms: &[u32], mut visit: impl FnMut(u32, usize)) {
        let Self { seen, again, counts } = self;
        if again.len() < terms.len() {
            again.resize(terms.len(), 0);
        }
        let mut n = 0;
        // No branch depends on what is found, for nothing foretells it.
        for &term in terms {
            let bits = &mut seen[term as usize / 64];
            again[n] = term;
            n += (*bits >> (term % 64) & 1) as usize;
            *bits |= 1 << (term % 64);
        }
        again[..n].iter().for_each(|&term| counts[term as usize] += 1);
        for &term in &again[..n] {
            let more = std::mem::take(&mut counts[term as usize]) as usize;
            if more > 0 {
                visit(term, 1 + more);
            }
        }
        terms.iter().for_each(|&term| seen[term as usize / 64] = 0);
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
            texts in proptest::collection::vec(
                "[a-d]{1,9}( [a-dé]{1,20}){0,30}|[ab ]{0,20}|\
                 ([“']?([A-C]{1,4}|[a-c0-9]{1,3}[-/'.,@][a-c0-9]{1,3}|@[a-c]{1,3}|www[.][a-c]{1,3}|👍|not)\
                 [.!?” ]{1,2}){0,20}",
                1..8,
            ),
            word_ngrams in proptest::sample::select(vec![(0, 0), (1, 1), (1, 3), (2, 3)]),
            char_ngrams in proptest::sample::select(vec![(0, 0), (2, 5)]),
            [chars_across, shape, negation, lexicon]: [bool; 4],
            tf in proptest::sample::select(vec![
                TermFrequency::Sublinear, TermFrequency::Raw, TermFrequency::Binary,
            ]),
        ) {
            prop_assume!(word_ngrams != char_ngrams);
            let settings = Settings {
                min_df: Some(1),
                word_ngrams,
                char_ngrams,
                chars_across,
                shape,
                negation,
                lexicon,
                tf,
                ..Settings::default()
            };
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
