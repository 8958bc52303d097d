//! Word and character n-grams of a folded text.

use std::ops::Range;

use super::{
    Settings,
    fold::Folded,
    token::{TokenKind, for_each_token, token_text},
};

/// The two blocks of features, each L2-normalised by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// Word n-grams and shape tokens.
    Word,
    /// Character n-grams.
    Char,
}

impl Block {
    /// The stable 64-bit key of an n-gram: XXH3-64 of its UTF-8 bytes, with a seed for each block.
    /// Models on disk rely on it.
    ///
    /// The seeds lie far apart: XXH3 mixes the seed into short inputs by mere addition, so that
    /// under seeds 0 and 1 the word "abc" would have the key of the characters "abb".
    pub(crate) fn key(self, ngram: &str) -> u64 {
        let seed = match self {
            Self::Word => 0,
            Self::Char => 0x9E37_79B9_7F4A_7C15,
        };
        xxhash_rust::xxh3::xxh3_64_with_seed(ngram.as_bytes(), seed)
    }
}

/// Calls `visit` with every occurrence of an n-gram: its block, its name, and its bytes in the
/// original passage.
///
/// Word n-grams are tokens joined by one space. Character n-grams are those of each run of
/// non-space characters padded with one space on either side, a run shorter than `n` counted once:
/// scikit-learn's `analyzer="char_wb"`.
pub(super) fn for_each_ngram(
    folded: &Folded<'_>,
    settings: &Settings,
    visit: &mut impl FnMut(Block, &str, Range<usize>),
) {
    word_ngrams(folded, settings, visit);
    if settings.char_ngrams.1 > 0 {
        char_ngrams(folded, settings.char_ngrams, visit);
    }
}

fn word_ngrams(
    folded: &Folded<'_>,
    settings: &Settings,
    visit: &mut impl FnMut(Block, &str, Range<usize>),
) {
    let mut tokens = Vec::new();
    for_each_token(folded, |kind, range| {
        tokens.push((token_text(folded, kind, range.clone()), folded.original(range), kind));
    });
    let (low, high) = settings.word_ngrams;
    let mut name = String::new();
    for i in 0..tokens.len() {
        name.clear();
        for n in 1..=high.min(tokens.len() - i) {
            if n > 1 {
                name.push(' ');
            }
            name.push_str(tokens[i + n - 1].0);
            if n >= low {
                visit(Block::Word, &name, tokens[i].1.start..tokens[i + n - 1].1.end);
            }
        }
    }
    if settings.shape {
        for (_, range, kind) in tokens {
            match kind {
                TokenKind::Emoji => visit(Block::Word, "<emoji>", range),
                TokenKind::Word if folded.is_all_caps(range.clone()) => {
                    visit(Block::Word, "<caps>", range);
                }
                _ => {}
            }
        }
        edge_shapes(folded, visit);
    }
}

/// What the passage begins and ends with, closing quotation marks and brackets aside.
fn edge_shapes(folded: &Folded<'_>, visit: &mut impl FnMut(Block, &str, Range<usize>)) {
    let text = folded.text.trim_matches(' ');
    let Some(first) = text.chars().next() else { return };
    let end = 1 + text.len();
    if matches!(first, '"' | '\'') {
        visit(Block::Word, "<opens-quote>", folded.original(1..2));
    }
    let unquoted = text.trim_end_matches(['"', '\'', ')', ']', ' ']);
    if unquoted.len() < text.len() && text.ends_with(['"', '\'']) {
        visit(Block::Word, "<closes-quote>", folded.original(end - 1..end));
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
    visit(Block::Word, name, folded.original(at..at + last.len_utf8()));
}

fn char_ngrams(
    folded: &Folded<'_>,
    (low, high): (usize, usize),
    visit: &mut impl FnMut(Block, &str, Range<usize>),
) {
    let text = folded.text.as_str();
    let mut boundaries: Vec<usize> = Vec::new();
    let mut start = 0;
    while let Some(length) = text[start + 1..].find(' ') {
        // Both spaces belong to the run; the closing one opens the next.
        let end = start + 1 + length;
        boundaries.clear();
        boundaries.extend(text[start..=end].char_indices().map(|(at, _)| start + at));
        boundaries.push(end + 1);
        let characters = boundaries.len() - 1;
        for n in low..=high {
            let n_or_all = n.min(characters);
            for i in 0..=characters - n_or_all {
                let range = boundaries[i]..boundaries[i + n_or_all];
                if range.len() == 1 && &text[range.clone()] == " " {
                    visit(Block::Char, " ", folded.original(start + 1..end));
                } else {
                    visit(Block::Char, &text[range.clone()], folded.original(range));
                }
            }
            if characters <= n {
                break;
            }
        }
        start = end;
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
        let keys = |block: Block| ngrams.iter().map(move |ngram| block.key(ngram));
        let all: HashSet<u64> = keys(Block::Word).chain(keys(Block::Char)).collect();
        assert_eq!(all.len(), 2 * ngrams.len());
    }
}
