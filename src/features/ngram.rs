//! Word and character n-grams of a folded text.

use std::ops::Range;

use super::{
    Settings,
    fold::Folded,
    lexicon::{is_negation, lists_with},
    memory::Memory,
    token::{TokenKind, for_each_token, token_text},
};

/// Begins the name of a negated word. No token has an underscore.
const NEGATED: &str = "not_";

/// The two blocks of features, each L2-normalised by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// Word n-grams and shape tokens.
    Word,
    /// Character n-grams.
    Char,
}

impl Block {
    /// The stable 64-bit hash of an n-gram: XXH3-64 of its UTF-8 bytes, with a seed for each block.
    /// Models on disk rely on it.
    ///
    /// The seeds lie far apart: XXH3 mixes the seed into short inputs by mere addition, so that
    /// under seeds 0 and 1 the word "abc" would have the key of the characters "abb".
    pub(crate) fn hash(self, ngram: &str) -> u64 {
        let seed = match self {
            Self::Word => 0,
            Self::Char => 0x9E37_79B9_7F4A_7C15,
        };
        xxhash_rust::xxh3::xxh3_64_with_seed(ngram.as_bytes(), seed)
    }
}

impl Settings {
    /// By what a term is known: its hash, or as much of it as `hash_bits` leaves, blocks apart.
    pub(super) fn key(&self, block: Block, ngram: &str) -> u64 {
        let hash = block.hash(ngram);
        self.hash_bits.map_or(hash, |bits| (hash & ((1 << bits) - 1)) | (block as u64) << bits)
    }

    /// The key of the term with this name, which is `#` and the key itself where terms are hashed.
    /// Nothing if no term is named so.
    pub(super) fn key_of_name(&self, block: Block, name: &str) -> Option<u64> {
        let Some(bits) = self.hash_bits else { return Some(self.key(block, name)) };
        let key = u64::from_str_radix(name.strip_prefix('#')?, 16).ok()?;
        (key >> bits == block as u64 && name == hashed_name(key)).then_some(key)
    }
}

/// The name of a term that is known by its hash alone. Names are in the order of their keys.
pub(super) fn hashed_name(key: u64) -> String {
    format!("#{key:08x}")
}

/// Calls `visit` with every occurrence of an n-gram: its block, its name, and its bytes in the
/// folded text.
///
/// Word n-grams are tokens joined by one space. Character n-grams within words are those of each
/// run of non-space characters padded with one space on either side, a run shorter than `n` counted
/// once: scikit-learn's `analyzer="char_wb"`. Across words they are those of the folded text with
/// its space at either end.
pub(super) fn for_each_ngram(
    folded: &Folded<'_>,
    settings: &Settings,
    visit: &mut impl FnMut(Block, &str, Range<usize>),
) {
    word_ngrams(folded, settings, visit);
    match settings.char_ngrams {
        (_, 0) => {}
        lengths if settings.chars_across => char_ngrams_across(folded, lengths, visit),
        lengths => {
            for run in runs(&folded.text) {
                char_ngrams_within(&folded.text[run.clone()], lengths, &mut |name, range| {
                    visit(Block::Char, name, run.start + range.start..run.start + range.end);
                });
            }
        }
    }
}

/// Appends to `found` what `find` gives for every occurrence of an n-gram, in the order of
/// [`for_each_ngram`].
pub(super) fn ngrams_with<T: Copy>(
    folded: &Folded<'_>,
    settings: &Settings,
    memory: &mut Memory<T>,
    found: &mut Vec<T>,
    mut find: impl FnMut(Block, &str) -> Option<T>,
) {
    word_ngrams(folded, settings, &mut |block, name, _| found.extend(find(block, name)));
    match settings.char_ngrams {
        (_, 0) => {}
        lengths if settings.chars_across => {
            char_ngrams_across(folded, lengths, &mut |block, name, _| {
                found.extend(find(block, name));
            });
        }
        lengths => {
            for run in runs(&folded.text) {
                let run = &folded.text[run];
                memory.recall(run, found, |found| {
                    char_ngrams_within(run, lengths, &mut |name, _| {
                        found.extend(find(Block::Char, name));
                    });
                });
            }
        }
    }
}

fn word_ngrams(
    folded: &Folded<'_>,
    settings: &Settings,
    visit: &mut impl FnMut(Block, &str, Range<usize>),
) {
    let mut tokens = Vec::with_capacity(folded.text.len() / 4);
    let mut negated = false;
    let mut end = 0;
    for_each_token(folded, |kind, range| {
        let text = token_text(folded, kind, range.clone());
        if settings.negation {
            let clause_ends =
                folded.text[end..range.start].contains(['.', ',', ':', ';', '!', '?', '…']);
            negated &= !clause_ends && text != "but";
            end = range.end;
        }
        tokens.push((text, negated, range, kind));
        negated |= settings.negation && is_negation(text);
    });
    let (low, high) = settings.word_ngrams;
    let mut name = String::with_capacity(64);
    for i in 0..tokens.len() {
        name.clear();
        for n in 1..=high.min(tokens.len() - i) {
            if n > 1 {
                name.push(' ');
            }
            let (text, negated, ref range, _) = tokens[i + n - 1];
            if negated {
                name.push_str(NEGATED);
            }
            name.push_str(text);
            if n >= low {
                visit(Block::Word, &name, tokens[i].2.start..range.end);
            }
        }
    }
    if settings.lexicon {
        for (text, _, range, _) in &tokens {
            lists_with(text).for_each(|list| visit(Block::Word, list, range.clone()));
        }
    }
    if settings.shape {
        for (_, _, range, kind) in tokens {
            match kind {
                TokenKind::Emoji => visit(Block::Word, "<emoji>", range),
                TokenKind::Word if folded.is_all_caps(folded.original(range.clone())) => {
                    visit(Block::Word, "<caps>", range);
                }
                _ => {}
            }
        }
        edge_shapes(folded, visit);
    }
}

/// The shape tokens of [`edge_shapes`]: every passage has some, in whatever language it is.
pub(super) const EDGE_SHAPES: [&str; 9] = [
    "<opens-quote>",
    "<closes-quote>",
    "<ends-.>",
    "<ends-?>",
    "<ends-!>",
    "<ends-:>",
    "<ends-…>",
    "<ends-bare>",
    "<caps>",
];

/// What the passage begins and ends with, closing quotation marks and brackets aside.
fn edge_shapes(folded: &Folded<'_>, visit: &mut impl FnMut(Block, &str, Range<usize>)) {
    let text = folded.text.trim_matches(' ');
    let Some(first) = text.chars().next() else { return };
    let end = 1 + text.len();
    if matches!(first, '"' | '\'') {
        visit(Block::Word, "<opens-quote>", 1..2);
    }
    let unquoted = text.trim_end_matches(['"', '\'', ')', ']', ' ']);
    if unquoted.len() < text.len() && text.ends_with(['"', '\'']) {
        visit(Block::Word, "<closes-quote>", end - 1..end);
    }
    let last = unquoted.chars().next_back().unwrap_or(first);
    let name = match last {
        '.' => "<ends-.>",
        '?' => "<ends-?>",
        '!' => "<ends-!>",
        ':' => "<ends-:>",
        '…' => "<ends-…>",
        _ if last.is_alphanumeric() => "<ends-bare>",
        _ => return,
    };
    let at = 1 + unquoted.len() - last.len_utf8();
    visit(Block::Word, name, at..at + last.len_utf8());
}

/// The runs of characters other than spaces, with the space on either side: the closing one of a
/// run opens the next.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let end = start + 1 + text[start + 1..].find(' ')?;
        let run = start..end + 1;
        start = end;
        Some(run)
    })
}

/// Those of one run, with their bytes in it.
fn char_ngrams_within(
    run: &str,
    (low, high): (usize, usize),
    visit: &mut impl FnMut(&str, Range<usize>),
) {
    let mut boundaries: Vec<usize> = run.char_indices().map(|(at, _)| at).collect();
    boundaries.push(run.len());
    let characters = boundaries.len() - 1;
    for n in low..=high {
        let n_or_all = n.min(characters);
        for i in 0..=characters - n_or_all {
            let range = boundaries[i]..boundaries[i + n_or_all];
            // A lone space stands where the run is that it belongs to.
            let shown = if &run[range.clone()] == " " { 1..run.len() - 1 } else { range.clone() };
            visit(&run[range], shown);
        }
        if characters <= n {
            break;
        }
    }
}

fn char_ngrams_across(
    folded: &Folded<'_>,
    (low, high): (usize, usize),
    visit: &mut impl FnMut(Block, &str, Range<usize>),
) {
    let text = folded.text.as_str();
    let mut boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    boundaries.push(text.len());
    for i in 0..boundaries.len() {
        for n in low..=high.min(boundaries.len() - 1 - i) {
            let range = boundaries[i]..boundaries[i + n];
            // A space alone says nothing, and stands nowhere that could be shown.
            if &text[range.clone()] != " " {
                visit(Block::Char, &text[range.clone()], range);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn short_ngrams_have_keys_of_their_own_in_either_block() {
        let letters = "etaoinshrdlu'.!?01 é";
        let mut ngrams: Vec<String> = letters.chars().map(String::from).collect();
        for _ in 0..3 {
            let longer =
                ngrams.iter().flat_map(|ngram| letters.chars().map(move |c| format!("{ngram}{c}")));
            let all: HashSet<String> = longer.chain(ngrams.iter().cloned()).collect();
            ngrams = all.into_iter().collect();
        }
        let keys = |block: Block| ngrams.iter().map(move |ngram| block.hash(ngram));
        let all: HashSet<u64> = keys(Block::Word).chain(keys(Block::Char)).collect();
        assert_eq!(all.len(), 2 * ngrams.len());
    }
}
