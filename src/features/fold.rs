//! Text as the n-grams see it, and the way back to the original bytes.

use std::{collections::HashSet, ops::Range};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Settings;

/// Stands for a name in a folded text whose names are masked: a character of private use, which no
/// page has.
pub(super) const MASK: char = '\u{E000}';

/// A folded text: lower case, canonically composed (NFC), curly quotes straightened, runs of
/// white space made one space, invisible characters dropped, one space put at either end; with
/// `fold_digits` every digit is `0`, so that a date is learnt by its shape and not by its day; with
/// `mask_names` every name is [`MASK`].
#[derive(Debug)]
pub(super) struct Folded<'a> {
    pub text: String,
    passage: &'a str,
    /// For every byte of `text`, the original bytes of the character that it came from.
    origin: Vec<(u32, u32)>,
}

impl<'a> Folded<'a> {
    pub fn new(original: &'a str, settings: &Settings) -> Self {
        let fold_digits = settings.fold_digits;
        let masks = settings.mask_names;
        let names = if masks { names(original) } else { Vec::new() };
        let mut names = names.into_iter().peekable();
        let mut folded = Self {
            text: String::with_capacity(original.len() + 2),
            passage: original,
            origin: Vec::with_capacity(original.len() + 2),
        };
        folded.push(' ', 0..0);
        let mut characters = original.char_indices().peekable();
        let bytes = original.as_bytes();
        while let Some((start, first)) = characters.next() {
            // Nearly every character of nearly every page: ASCII without a mark after it, in no name.
            let plain = first.is_ascii_alphanumeric() || matches!(first, '.' | ',' | '\'');
            if plain && !masks && bytes.get(start + 1).is_none_or(u8::is_ascii) {
                let digit = fold_digits && first.is_ascii_digit();
                folded.text.push(if digit { '0' } else { first.to_ascii_lowercase() });
                folded.origin.push((offset(start), offset(start + 1)));
                continue;
            }
            if let Some(name) = names.next_if(|name| name.start == start) {
                while characters.next_if(|(at, _)| *at < name.end).is_some() {}
                folded.push(MASK, name);
                continue;
            }
            if first.is_whitespace() {
                let mut end = start + first.len_utf8();
                while let Some((at, next)) = characters.next_if(|(_, next)| next.is_whitespace()) {
                    end = at + next.len_utf8();
                }
                if !folded.text.ends_with(' ') {
                    folded.push(' ', start..end);
                }
                continue;
            }
            let mut end = start + first.len_utf8();
            while let Some((at, mark)) = characters.next_if(|(_, next)| is_combining_mark(*next)) {
                end = at + mark.len_utf8();
            }
            if end == start + first.len_utf8() && first.is_ascii() {
                folded.push_folded(first.to_ascii_lowercase(), start..end, fold_digits);
            } else {
                for composed in original[start..end].nfc() {
                    for lower in composed.to_lowercase() {
                        folded.push_folded(lower, start..end, fold_digits);
                    }
                }
            }
        }
        if !folded.text.ends_with(' ') {
            folded.push(' ', original.len()..original.len());
        }
        folded
    }

    fn push_folded(&mut self, character: char, origin: Range<usize>, fold_digits: bool) {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{02BC}' => self.push('\'', origin),
            '\u{201C}' | '\u{201D}' => self.push('"', origin),
            // Soft hyphen, zero-width characters, variation selectors, skin tones.
            '\u{AD}'
            | '\u{200B}'..='\u{200D}'
            | '\u{2060}'
            | '\u{FEFF}'
            | '\u{FE0E}'
            | '\u{FE0F}'
            | '\u{1F3FB}'..='\u{1F3FF}' => {}
            digit if fold_digits && digit.is_numeric() => self.push('0', origin),
            other => self.push(other, origin),
        }
    }

    fn push(&mut self, character: char, origin: Range<usize>) {
        self.text.push(character);
        let origin = (offset(origin.start), offset(origin.end));
        self.origin.extend(std::iter::repeat_n(origin, character.len_utf8()));
    }

    /// Whether these original bytes hold two capitals or more and no small letter.
    pub fn is_all_caps(&self, original: Range<usize>) -> bool {
        let letters = &self.passage[original];
        letters.chars().filter(|c| c.is_uppercase()).nth(1).is_some()
            && !letters.chars().any(char::is_lowercase)
    }

    /// The original bytes from which these folded bytes came; spaces at its edges are left out.
    pub fn original(&self, folded: Range<usize>) -> Range<usize> {
        let slice = &self.text[folded.clone()];
        let start = folded.start + (slice.len() - slice.trim_start_matches(' ').len());
        let end = folded.end - (slice.len() - slice.trim_end_matches(' ').len());
        self.origin[start].0 as usize..self.origin[end - 1].1 as usize
    }
}

/// The capitalised words that are names, as far as spelling shows it: those inside a sentence, and
/// the same words where they begin one. Words in capitals throughout are left, and so is all of a
/// passage most of whose longer words are capitalised: a headline or a menu.
fn names(passage: &str) -> Vec<Range<usize>> {
    let mut inside: HashSet<&str> = HashSet::new();
    let mut candidates = Vec::new();
    let (mut long, mut long_capitalised) = (0, 0);
    let mut end = 0;
    for word in words(passage) {
        let text = &passage[word.clone()];
        let mut letters = text.chars();
        let capitalised = letters.next().is_some_and(char::is_uppercase)
            && letters.clone().any(char::is_lowercase)
            && !text.starts_with("I'")
            && !text.starts_with("I’");
        if text.len() > 3 {
            long += 1;
            long_capitalised += usize::from(capitalised);
        }
        let between = &passage[end..word.start];
        let begins = end == 0 || between.contains(['.', '!', '?', ':', '…', '|', '“', '"', '‘']);
        end = word.end;
        if capitalised {
            if !begins {
                inside.insert(text);
            }
            candidates.push(word);
        }
    }
    if 2 * long_capitalised > long {
        return Vec::new();
    }
    candidates.retain(|word| inside.contains(&passage[word.clone()]));
    candidates
}

/// Runs of letters, digits, marks and apostrophes between them.
fn words(passage: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let inner = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '\'' || c == '’';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + passage[at..].find(char::is_alphanumeric)?;
        let length = passage[start..].find(|c| !inner(c)).unwrap_or(passage.len() - start);
        let word = passage[start..start + length].trim_end_matches(['\'', '’']);
        at = start + length;
        Some(start..start + word.len())
    })
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("passages are shorter than 4 GiB")
}
