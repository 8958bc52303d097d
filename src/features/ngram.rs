//! Word and character n-grams of a folded text.

use std::ops::Range;

use super::{
    Settings,
    fold::Folded,
    lexicon::{is_negation, lists_with},
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
    /// Model on disk rely on it.
    ///
    /// The seeds lie far apart: XXH3 mixes the seed into short inputs by mere addition, so that
    /// under seeds 0 and 1 the word "abc" would have the key of the characters "abb".
    pub(crate) fn hash(self, ngram: impl AsRef<[u8]>) -> u64 {
        let seed = match self {
            Self::Word => 0,
            Self::Char => 0x9E37_79B9_7F4A_7C15,
        };
        xxhash_rust::xxh3::xxh3_64_with_seed(ngram.as_ref(), seed)
    }
}

impl Settings {
    /// By what a term is known: its hash, or as much of it as `hash_bits` leaves, blocks apart.
    pub(super) fn key(&self, block: Block, ngram: impl AsRef<[u8]>) -> u64 {
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

/// Calls `visit` with every occurrence of a term of the word block: its name, and its bytes in the
/// folded text. Word n-grams are tokens joined by one space.
pub(super) fn for_each_word_ngram(
    folded: &Folded<'_>,
    settings: &Settings,
    mut visit: impl FnMut(&str, Range<usize>),
) {
    let mut tokens = Vec::with_capacity(folded.text.len() / 4);
    // All tokens' texts, each after a space.
    let mut joined = String::with_capacity(folded.text.len() + 32);
    let mut negated = false;
    let mut end = 0;
    for_each_token(folded, |kind, range| {
        let text = token_text(&folded.text, kind, range.clone());
        if settings.negation {
            let clause_ends =
                folded.text[end..range.start].contains(['.', ',', ':', ';', '!', '?', '…']);
            negated &= !clause_ends && text != "but";
            end = range.end;
        }
        joined.push(' ');
        let start = joined.len();
        if negated {
            joined.push_str(NEGATED);
        }
        joined.push_str(text);
        tokens.push((start..joined.len(), range, kind));
        negated |= settings.negation && is_negation(text);
    });
    let (low, high) = settings.word_ngrams;
    for i in 0..tokens.len() {
        let (first, range, _) = &tokens[i];
        for n in 1..=high.min(tokens.len() - i) {
            let (last, last_range, _) = &tokens[i + n - 1];
            let name = &joined[first.start..last.end];
            if n >= low {
                visit(name, range.start..last_range.end);
            }
        }
    }
    let text = |range: &Range<usize>, kind| token_text(&folded.text, kind, range.clone());
    if settings.lexicon {
        for (_, range, kind) in &tokens {
            lists_with(text(range, *kind)).for_each(|list| visit(list, range.clone()));
        }
    }
    if settings.shape {
        for (_, range, kind) in tokens {
            let name = match kind {
                TokenKind::Emoji => "<emoji>",
                TokenKind::Word if folded.is_all_caps(range.clone()) => "<caps>",
                _ => continue,
            };
            visit(name, range);
        }
        edge_shapes(folded, visit);
    }
}

/// Whether a term of the word block is a word by itself: no number, no sign, no shape, and not several words.
pub(super) fn is_word_alone(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && !name.contains(' ')
}

/// The shape tokens of [`edge_shapes`] and that of capitals: all that a passage has of which no word was
/// seen in training.
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
pub(super) fn edge_shapes(folded: &Folded<'_>, mut visit: impl FnMut(&str, Range<usize>)) {
    let text = folded.text.trim_matches(' ');
    let Some(first) = text.chars().next() else { return };
    let end = 1 + text.len();
    if matches!(first, '"' | '\'') {
        visit("<opens-quote>", 1..2);
    }
    let unquoted = text.trim_end_matches(['"', '\'', ')', ']', ' ']);
    if unquoted.len() < text.len() && text.ends_with(['"', '\'']) {
        visit("<closes-quote>", end - 1..end);
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
    visit(name, at..at + last.len_utf8());
}

/// The parts of the folded text within which character n-grams lie: its runs, or the text as a whole
/// where they reach across words.
pub(super) fn char_runs(
    folded: &Folded<'_>,
    settings: &Settings,
) -> impl Iterator<Item = Range<usize>> {
    let across = settings.chars_across.then_some(0..folded.text.len());
    let within = if settings.chars_across { None } else { Some(folded.runs()) };
    let any = settings.char_ngrams.1 > 0;
    across.into_iter().chain(within.into_iter().flatten()).filter(move |_| any)
}

/// Calls `visit` with every character n-gram of a run, and its bytes in the run. Within words a run
/// shorter than `n` counts once: scikit-learn's `analyzer="char_wb"`.
pub(super) fn for_each_char_ngram(
    run: &str,
    settings: &Settings,
    mut visit: impl FnMut(&str, Range<usize>),
) {
    let (low, high) = settings.char_ngrams;
    // Nothing where every byte is a character.
    let boundaries: Vec<usize> = match run.is_ascii() {
        true => Vec::new(),
        false => run.char_indices().map(|(at, _)| at).chain([run.len()]).collect(),
    };
    let boundary = |i: usize| boundaries.get(i).copied().unwrap_or(i);
    let characters = if boundaries.is_empty() { run.len() } else { boundaries.len() - 1 };
    for n in low..=high {
        let n = match settings.chars_across {
            true if characters < n => break,
            true => n,
            false => n.min(characters),
        };
        for i in 0..=characters - n {
            let range = boundary(i)..boundary(i + n);
            let shown = match (&run[range.clone()], settings.chars_across) {
                // Across words it says nothing, and stands nowhere that could be shown; within them
                // it stands where the run is that it belongs to.
                (" ", true) => continue,
                (" ", false) => 1..run.len() - 1,
                _ => range.clone(),
            };
            visit(&run[range], shown);
        }
        if n == characters {
            break;
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
