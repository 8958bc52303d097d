//! From a passage to scores in one go.

use std::{ops::Range, sync::Arc};

use super::{
    Settings, Vectoriser,
    fold::{Buffers, Folded},
    memory::{Lists, Memory, Number},
    ngram::{
        Block, EDGE_SHAPES, char_runs, edge_shapes, for_each_char_ngram, for_each_word_ngram,
        is_word_alone,
    },
    repeated::Repeated,
    terms::Terms,
    token::{TokenKind, for_each_token_of_run, token_text},
};

/// Multiplies the vectors of passages with a matrix, one passage after the other, without making
/// the vectors: what a term adds to the products follows from its count alone, and the length by
/// which they are divided from the squares summed up beside them.
///
/// Of each run of characters between two spaces the tokens and their terms are found once. Its
/// n-grams of characters are summed up once too, as if each stood there once; what is left to do for
/// a passage is to find those that it has more often. Terms are numbered in the order in which they came
/// up first, as everything else: what is frequent lies together.
pub(crate) struct Projector {
    vectoriser: Arc<Vectoriser>,
    /// A copy of its own: threads that counted references to the same one would wait for each other.
    settings: Arc<Settings>,
    width: usize,
    terms: Terms,
    /// Those that every passage may have, whatever its words.
    edges: Vec<u32>,
    /// The shape tokens that stand for a word in capitals and for an emoji.
    caps: u32,
    emoji: u32,
    buffers: Buffers,
    memory: Memory,
    /// By the number of a run: its tokens, its terms of characters, and of these the sum of squares,
    /// then the products.
    tokens: Lists<RunToken>,
    chars: Lists<u32>,
    sums: Vec<f64>,
    /// The keys of some terms, and the columns of those that are known.
    keys: Vec<u64>,
    columns: Vec<u32>,
    /// Of the passage: its tokens end to end, a space behind each, and where each begins and the last
    /// ends; its terms of words; and the numbers of its runs, and the terms of characters of those runs
    /// that are not kept.
    joined: Vec<u8>,
    joints: Vec<usize>,
    words: Vec<u32>,
    runs: Vec<u32>,
    other_chars: Vec<u32>,
    repeated: Repeated,
    /// The sum of squares and the products of the passage, of one block.
    totals: Vec<f64>,
    /// Words of the passage that may be terms by themselves, and those that are none.
    read: (u32, u32),
}

/// A token of a run.
#[derive(Clone, Copy)]
struct RunToken {
    kind: TokenKind,
    /// Its bytes in the run.
    start: u32,
    end: u32,
    /// The token alone as a term; 0 if it is none.
    term: u32,
    /// Whether it may be one, and is a word.
    is_word: bool,
}

impl RunToken {
    fn range(self, run: &Range<usize>) -> Range<usize> {
        run.start + self.start as usize..run.start + self.end as usize
    }
}

impl Vectoriser {
    /// What multiplies passages' vectors with a matrix, [`Vectoriser::n_terms`] * `width`, without
    /// making them.
    pub(crate) fn projector(self: &Arc<Self>, matrix: &Arc<[f32]>, width: usize) -> Projector {
        Projector::new(Arc::clone(self), Arc::clone(matrix), width)
    }
}

impl Projector {
    pub(super) fn new(vectoriser: Arc<Vectoriser>, matrix: Arc<[f32]>, width: usize) -> Self {
        let mut terms = Terms::new(Arc::clone(&vectoriser), matrix, width);
        let mut named = |name| terms.number(vectoriser.column(Block::Word, name));
        let edges = EDGE_SHAPES.map(&mut named).to_vec();
        let (caps, emoji) = (named("<caps>"), named("<emoji>"));
        Self {
            settings: Arc::new(vectoriser.settings().clone()),
            vectoriser,
            width,
            edges,
            caps,
            emoji,
            repeated: Repeated::of(terms.len()),
            terms,
            buffers: Buffers::default(),
            memory: Memory::new(),
            tokens: Lists::new(),
            chars: Lists::new(),
            sums: Vec::new(),
            keys: Vec::new(),
            columns: Vec::new(),
            joined: Vec::new(),
            joints: Vec::new(),
            words: Vec::new(),
            runs: Vec::new(),
            other_chars: Vec::new(),
            totals: vec![0.0; 1 + width],
            read: (0, 0),
        }
    }

    /// The words of the last passage, numbers aside, and those of them that are no term; both 0 if words by
    /// themselves are none.
    pub fn words(&self) -> (u32, u32) {
        self.read
    }

    /// Adds the products of the passage's vector to `products`, `width` of them. Says whether the
    /// passage has a known term other than those of how it begins and ends.
    pub fn project(&mut self, passage: &str, products: &mut [f64]) -> bool {
        let settings = &*Arc::clone(&self.settings);
        let folded = Folded::with(std::mem::take(&mut self.buffers), passage, settings);
        self.words.clear();
        self.runs.clear();
        self.other_chars.clear();
        self.totals.fill(0.0);
        self.read = (0, 0);
        self.memory.renew();
        // What a word is may depend on those before it, and n-grams of characters on all.
        if settings.negation || settings.lexicon || settings.chars_across {
            self.keys.clear();
            let alone = settings.word_ngrams.0 == 1;
            for_each_word_ngram(&folded, settings, |name, _| {
                self.keys.push(settings.key(Block::Word, name));
                if alone && is_word_alone(name) {
                    self.read.0 += 1;
                    self.read.1 += u32::from(self.vectoriser.column(Block::Word, name).is_none());
                }
            });
            self.find_words();
            for run in char_runs(&folded, settings) {
                self.add_run(&folded.text, run);
            }
        } else {
            self.joints.clear();
            self.joints.push(0);
            for run in folded.runs() {
                let number = self.add_run(&folded.text, run.clone());
                self.join_tokens(&folded, &run, number);
            }
            self.find_joined(&folded);
        }
        let any_chars = self.totals[0] > 0.0;
        self.sum_chars(products);
        self.sum_words(products);
        self.buffers = folded.into_buffers();
        any_chars || self.words.iter().any(|term| !self.edges.contains(term))
    }

    /// Adds what is known of a run's characters, found before or now; says the run's number.
    fn add_run(&mut self, text: &str, run: Range<usize>) -> usize {
        let full = || self.chars.is_full() || self.tokens.is_full();
        let number = match self.memory.recall(text, run.clone(), full) {
            Number::Known(number) => number,
            Number::New(number) => {
                self.learn(&text[run], number);
                number
            }
        };
        if self.vectoriser.settings().char_ngrams.1 > 0 {
            let sums = &self.sums[number * (1 + self.width)..][..=self.width];
            self.totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            let chars = self.chars.get(number);
            self.repeated.note(chars);
            match self.memory.keeps(number) {
                true => self.runs.push(number as u32),
                false => self.other_chars.extend_from_slice(chars),
            }
        }
        number
    }

    /// Finds the tokens of a run and its n-grams of characters, and keeps them under this number.
    fn learn(&mut self, run: &str, number: usize) {
        let Self { vectoriser, terms, keys, columns, .. } = self;
        let settings = vectoriser.settings();
        self.tokens.set(number, |tokens| {
            for_each_token_of_run(run, |kind, range| {
                let alone = settings.word_ngrams.0 <= 1 && settings.word_ngrams.1 >= 1;
                let text = token_text(run, kind, range.clone());
                let column = || vectoriser.column(Block::Word, text);
                let term = terms.number(alone.then(column).flatten());
                tokens.push(RunToken {
                    kind,
                    start: range.start as u32,
                    end: range.end as u32,
                    term,
                    is_word: alone && kind == TokenKind::Word && is_word_alone(text),
                });
            });
        });
        if settings.char_ngrams.1 > 0 {
            keys.clear();
            for_each_char_ngram(run, settings, |name, _| {
                keys.push(settings.key(Block::Char, name));
            });
            columns.clear();
            vectoriser.parts().0.get_all(keys, columns);
            self.chars.set(number, |chars| {
                chars.extend(columns.iter().map(|&column| terms.number(Some(column))));
            });
            let start = number * (1 + self.width);
            self.sums.truncate(start);
            self.sums.resize(start + 1 + self.width, 0.0);
            terms.add_all(self.chars.get(number), &mut self.sums[start..]);
        }
        self.repeated.make_room(terms.len());
    }

    /// Appends a run's tokens to those of the passage, and those that are terms by themselves or by
    /// their shape.
    fn join_tokens(&mut self, folded: &Folded<'_>, run: &Range<usize>, number: usize) {
        let shape = self.vectoriser.settings().shape;
        let text = folded.text.as_bytes();
        let mut end = self.joints.last().copied().unwrap_or(0);
        let known = |term| (term != 0).then_some(term);
        for &token in self.tokens.get(number) {
            end = match token.kind.text() {
                Some(name) => append(&mut self.joined, end, name.as_bytes(), 0..name.len()),
                None => append(&mut self.joined, end, text, token.range(run)),
            };
            self.joints.push(end);
            self.words.extend(known(token.term));
            self.read.0 += u32::from(token.is_word);
            self.read.1 += u32::from(token.is_word && token.term == 0);
            if shape {
                self.words.extend(match token.kind {
                    TokenKind::Emoji => known(self.emoji),
                    TokenKind::Word if folded.is_all_caps(token.range(run)) => known(self.caps),
                    _ => None,
                });
            }
        }
    }

    /// Appends the n-grams of several tokens, and how the passage begins and ends.
    fn find_joined(&mut self, folded: &Folded<'_>) {
        let Self { joined, joints, keys, .. } = self;
        let settings: &Settings = self.vectoriser.settings();
        let (low, high) = settings.word_ngrams;
        keys.clear();
        for first in 0..joints.len() - 1 {
            for last in first + low.max(2)..=(first + high).min(joints.len() - 1) {
                let ngram = &joined[joints[first]..joints[last] - 1];
                keys.push(settings.key(Block::Word, ngram));
            }
        }
        if settings.shape {
            edge_shapes(folded, |name, _| keys.push(settings.key(Block::Word, name)));
        }
        self.find_words();
    }

    /// Appends the terms of words with the keys found last.
    fn find_words(&mut self) {
        let Self { terms, keys, columns, .. } = self;
        columns.clear();
        self.vectoriser.parts().0.get_all(keys, columns);
        self.words.extend(columns.iter().map(|&column| terms.number(Some(column))));
        self.repeated.make_room(terms.len());
    }

    fn sum_chars(&mut self, products: &mut [f64]) {
        self.sum_repeated();
        let of_runs = self.runs.iter().map(|&number| self.chars.get(number as usize));
        of_runs.chain([&self.other_chars[..]]).for_each(|terms| self.repeated.forget(terms));
        divide(&self.totals, products);
    }

    fn sum_words(&mut self, products: &mut [f64]) {
        self.totals.fill(0.0);
        self.terms.add_all(&self.words, &mut self.totals);
        self.repeated.note(&self.words);
        self.sum_repeated();
        self.repeated.forget(&self.words);
        divide(&self.totals, products);
    }

    /// Adds what the terms that the passage has more than once add to what each adds once.
    fn sum_repeated(&mut self) {
        let Self { terms, totals, .. } = self;
        let tf = self.vectoriser.settings().tf;
        self.repeated.find(|term, count| {
            let (tf, n) = (tf.of(count), count as f64);
            terms.add(term, tf - n, tf * tf - n, totals);
        });
    }
}

/// Writes a part of a text and a space behind what ends there, and says where they end. A short part is
/// copied with what stands behind it: where the length is known, that is a single step.
fn append(to: &mut Vec<u8>, end: usize, text: &[u8], part: Range<usize>) -> usize {
    const SHORT: usize = 16;
    let next = end + part.len();
    if to.len() < next + SHORT {
        to.resize(2 * (next + SHORT), 0);
    }
    match text[part.start..].first_chunk::<SHORT>() {
        Some(all) if part.len() <= SHORT => to[end..end + SHORT].copy_from_slice(all),
        _ => to[end..next].copy_from_slice(&text[part]),
    }
    to[next] = b' ';
    next + 1
}

/// Adds a block's products, each vector of length 1.
fn divide(totals: &[f64], products: &mut [f64]) {
    if totals[0] > 0.0 {
        let norm = totals[0].sqrt();
        products.iter_mut().zip(&totals[1..]).for_each(|(product, total)| *product += total / norm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{Counts, Settings, TermFrequency, tokens};
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
            width in 1usize..6,
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
            let texts_fitted = &texts[..texts.len().div_ceil(2)];
            let vectoriser = Arc::new(Vectoriser::fit(texts_fitted, &settings).unwrap());
            let weight = |i: usize| ((i * 37 % 19) as f32 - 9.0) / 7.0;
            let matrix: Arc<[f32]> = (0..vectoriser.n_terms() * width).map(weight).collect();
            let mut projector = vectoriser.projector(&matrix, width);
            for text in texts.iter().chain(&texts) {
                let mut products = vec![0.5; width];
                let known = projector.project(text, &mut products);
                let vector = vectoriser.weights(text);
                for (i, product) in products.into_iter().enumerate() {
                    let expected: f64 = vector
                        .iter()
                        .map(|&(column, x)| x * f64::from(matrix[column as usize * width + i]))
                        .sum();
                    prop_assert!((product - 0.5 - expected).abs() < 1e-9);
                }
                let is_edge = |column: u32| EDGE_SHAPES.contains(&vectoriser.term(column as usize));
                let counts = Counts::of(&[text], &settings).unwrap();
                // What is in the vocabulary is so by the text that it was fitted on.
                let of_text = counts.new_words(&[0], 0..0).map_or(0, |words| words[0].0);
                let (words, new) = projector.words();
                let new_ones = |text: &String| {
                    let tokens = tokens(text, &settings);
                    let plain = tokens.iter().filter(|token| is_word_alone(&token.text));
                    plain.filter(|token| vectoriser.column(Block::Word, &token.text).is_none()).count()
                };
                prop_assert_eq!(u64::from(words), of_text);
                prop_assert!(negation || of_text == 0 || new as usize == new_ones(text));
                prop_assert_eq!(known, vector.iter().any(|(column, _)| !is_edge(*column)));
            }
        }
    }
}
