//! Words, and what stands between them that tells something.

use std::ops::Range;

use super::{
    Settings,
    fold::{Folded, MASK, is_emoji},
};
use unicode_normalization::char::is_combining_mark;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenKind {
    /// Letters, digits and marks, apostrophes inside; a number with its inner separators.
    Word,
    /// A web address; its text is always `<link>`.
    Link,
    /// An `@name`; its text is always `<name>`.
    Name,
    /// One emoji.
    Emoji,
    /// A capitalised word whose name is masked; its text is always `<proper>`.
    Proper,
}

/// A token of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Its text as the word n-grams see it: lower case, composed, apostrophes straight, and with
    /// `fold_digits` every digit `0`.
    pub text: String,
    /// Bytes of the original passage, start included, end excluded.
    pub range: Range<usize>,
}

/// The tokens of a passage, in order, without overlap.
///
/// ```
/// use standpoint::features::{FeatureSettings, tokens};
/// let text = "“They’re heroes,” she wrote at 10:45";
/// let tokens = tokens(text, &FeatureSettings::default());
/// let words: Vec<_> = tokens.iter().map(|t| t.text.as_str()).collect();
/// assert_eq!(words, ["they're", "heroes", "she", "wrote", "at", "00:00"]);
/// assert_eq!(&text[tokens[0].range.clone()], "They’re");
/// ```
pub fn tokens(passage: &str, settings: &Settings) -> Vec<Token> {
    let folded = Folded::new(passage, settings);
    let mut tokens = Vec::new();
    for_each_token(&folded, |kind, range| {
        tokens.push(Token {
            kind,
            text: token_text(&folded.text, kind, range.clone()).to_owned(),
            range: folded.original(range),
        });
    });
    tokens
}

/// The text of a token that stands there in a folded text.
pub(super) fn token_text(folded: &str, kind: TokenKind, range: Range<usize>) -> &str {
    kind.text().unwrap_or_else(|| &folded[range])
}

impl TokenKind {
    /// The text of all tokens of this kind, if they have the same.
    pub(super) fn text(self) -> Option<&'static str> {
        match self {
            Self::Word | Self::Emoji => None,
            Self::Link => Some("<link>"),
            Self::Name => Some("<name>"),
            Self::Proper => Some("<proper>"),
        }
    }
}

/// Calls `visit` with each token's kind and its bytes in the folded text.
pub(super) fn for_each_token(folded: &Folded<'_>, mut visit: impl FnMut(TokenKind, Range<usize>)) {
    for run in folded.runs() {
        for_each_token_of_run(&folded.text[run.clone()], |kind, range| {
            visit(kind, run.start + range.start..run.start + range.end);
        });
    }
}

/// Calls `visit` with the kind of each token of a run, and its bytes in the run: no token reaches
/// across a space, and none depends on what stands behind one.
pub(super) fn for_each_token_of_run(run: &str, mut visit: impl FnMut(TokenKind, Range<usize>)) {
    let mut at = 0;
    let mut before = ' ';
    while let Some(character) = run[at..].chars().next() {
        let rest = &run[at..];
        let (kind, length) = if !is_word(before) && starts_link(rest) {
            let link = &rest[..rest.find(' ').unwrap_or(rest.len())];
            let trimmed = link.trim_end_matches(|c: char| !is_word(c) && c != '/');
            (Some(TokenKind::Link), trimmed.len())
        } else if character == '@' && !is_word(before) && rest[1..].starts_with(is_handle) {
            let name = rest[1..].find(|c| !is_handle(c)).unwrap_or(rest.len() - 1);
            (Some(TokenKind::Name), 1 + name)
        } else if begins_word(character) {
            (Some(TokenKind::Word), word_length(rest))
        } else if character == MASK {
            (Some(TokenKind::Proper), character.len_utf8())
        } else if is_emoji(character) {
            (Some(TokenKind::Emoji), character.len_utf8())
        } else {
            (None, character.len_utf8())
        };
        if let Some(kind) = kind {
            visit(kind, at..at + length);
        }
        before = run[at..at + length].chars().next_back().unwrap_or(' ');
        at += length;
    }
}

/// Length in bytes of the word at the start of `text`.
fn word_length(text: &str) -> usize {
    // Nearly every word: plain letters up to what can be inside of none.
    let plain = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    match text.as_bytes().get(plain) {
        None => return plain,
        Some(next) if next.is_ascii() && !b"'.,:/-".contains(next) => return plain,
        _ => {}
    }
    let mut characters = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, character)) = characters.next() {
        let inner = match character {
            '\'' => true,
            '.' | ',' | ':' | '/' | '-' => before.is_numeric(),
            _ => false,
        };
        let goes_on = is_word(character)
            || inner
                && characters.peek().is_some_and(|(_, next)| {
                    if character == '\'' { is_word(*next) } else { next.is_numeric() }
                });
        if !goes_on {
            return at;
        }
        before = character;
    }
    text.len()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || !character.is_ascii() && is_combining_mark(character)
}

/// Some marks count as letters, and yet belong to the character before, whatever it is.
fn begins_word(character: char) -> bool {
    character.is_alphanumeric() && (character.is_ascii() || !is_combining_mark(character))
}

fn is_handle(character: char) -> bool {
    is_word(character) || character == '_'
}

fn starts_link(text: &str) -> bool {
    text.starts_with(['h', 'w'])
        && ["http://", "https://", "www."].iter().any(|start| {
            text.strip_prefix(start).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(passage: &str) -> Vec<String> {
        tokens(passage, &Settings::default()).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_links_names_emoji_and_numbers() {
        assert_eq!(
            texts("See https://a.uk/x?y=1, or (www.b.com)."),
            ["see", "<link>", "or", "<link>"]
        );
        assert_eq!(texts("@met_police mail me@x.org"), ["<name>", "mail", "me", "x", "org"]);
        assert_eq!(texts("👍🏽❤️ nice"), ["👍", "❤", "nice"]);
        assert_eq!(
            texts("NX121 paid £2,500.50 on 25/09/2023."),
            ["nx000", "paid", "0,000.00", "on", "00/00/0000"]
        );
        assert_eq!(texts("don't 'quote' rock'n'roll o'"), ["don't", "quote", "rock'n'roll", "o"]);
        assert_eq!(texts("24-year-old"), ["00", "year", "old"]);
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_word() {
        assert_eq!(texts("CAFE\u{301}"), texts("café"));
        assert_eq!(texts("co\u{AD}operate"), ["cooperate"]);
        assert_eq!(texts("👍\u{65C} nice"), ["👍", "nice"]);
    }

    #[test]
    fn names_are_masked_inside_a_sentence_and_where_the_same_word_begins_one() {
        let settings = Settings { mask_names: true, ..Settings::default() };
        let masked = |text: &str| -> Vec<String> {
            tokens(text, &settings).into_iter().map(|token| token.text).collect()
        };
        assert_eq!(
            masked("Braverman backed them. The NPCC said Mrs Braverman, I’m told, is wrong."),
            "<proper> backed them the npcc said <proper> <proper> i'm told is wrong"
                .split(' ')
                .collect::<Vec<_>>()
        );
        let headline = masked("Armed Police Hand In Permits");
        assert_eq!(headline, ["armed", "police", "hand", "in", "permits"]);
    }

    proptest! {
        /// The ranges rebuild the text: in order, apart, and each folds to its token alone.
        #[test]
        fn ranges_rebuild_the_text(text in "(?s).{0,60}|[a-zA-Z0-9 '’@.,:/…“”é\u{301}\u{AD}İßﬁ👍🏽\n]{0,60}") {
            let mut end = 0;
            let settings = Settings::default();
            for token in tokens(&text, &settings) {
                prop_assert!(token.range.start >= end && token.range.start < token.range.end);
                let between = &text[end..token.range.start];
                prop_assert!(!between.chars().any(|c| c.is_ascii_alphanumeric()), "lost: {between:?}");
                if token.kind == TokenKind::Word {
                    let alone = tokens(&text[token.range.clone()], &settings);
                    prop_assert_eq!(&alone[0].text, &token.text);
                }
                end = token.range.end;
            }
            prop_assert!(!text[end..].chars().any(|c| c.is_ascii_alphanumeric()));
        }
    }
}
