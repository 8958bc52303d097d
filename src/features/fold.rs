//! Text as the n-grams see it, and the way back to the original bytes.

use std::{array, borrow::Cow, collections::HashSet, ops::Range};
use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::is_combining_mark, is_nfc, is_nfc_quick,
};

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
    /// In the order of `text`, which they cover.
    spans: Vec<Span>,
}

/// Where some folded bytes came from.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// The first of them.
    start: u32,
    /// Where their original begins.
    origin: u32,
    /// How many original bytes all of them came from; nothing if each came from one of its own.
    length: Option<u32>,
}

/// What is left of a folded text, for the next one to be written into.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    text: Vec<u8>,
    spans: Vec<Span>,
}

impl<'a> Folded<'a> {
    pub fn new(original: &'a str, settings: &Settings) -> Self {
        Self::with(Buffers::default(), original, settings)
    }

    pub fn with(buffers: Buffers, original: &'a str, settings: &Settings) -> Self {
        let Buffers { mut text, mut spans } = buffers;
        text.clear();
        text.reserve(original.len() + 2);
        spans.clear();
        let names = if settings.mask_names { names(original) } else { Vec::new() };
        let mut folding = Folding { original, fold_digits: settings.fold_digits, text, spans };
        folding.push(' ', 0..0);
        let mut at = 0;
        for name in names {
            folding.fold(at..name.start);
            folding.push(MASK, name.clone());
            at = name.end;
        }
        folding.fold(at..original.len());
        if folding.text.last() != Some(&b' ') {
            folding.push(' ', original.len()..original.len());
        }
        let text = String::from_utf8(folding.text).expect("characters were appended whole");
        Self { text, passage: original, spans: folding.spans }
    }

    /// Character by character: what [`Folded::new`] makes sooner of a text without masked names.
    fn exact(original: &'a str, settings: &Settings) -> Self {
        let (text, spans) = Default::default();
        let mut folding = Folding { original, fold_digits: settings.fold_digits, text, spans };
        folding.push(' ', 0..0);
        let mut at = 0;
        while at < original.len() {
            at += folding.character(at..original.len());
        }
        if folding.text.last() != Some(&b' ') {
            folding.push(' ', original.len()..original.len());
        }
        let text = String::from_utf8(folding.text).expect("characters were appended whole");
        Self { text, passage: original, spans: folding.spans }
    }

    pub fn into_buffers(self) -> Buffers {
        Buffers { text: self.text.into_bytes(), spans: self.spans }
    }

    /// The runs of characters other than spaces, each with the space on either side: the closing one
    /// of a run opens the next.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut start = 0;
        spaces(self.text.as_bytes()).skip(1).map(move |end| {
            let run = start..end + 1;
            start = end;
            run
        })
    }

    /// Whether the original of this token holds two capitals or more and no small letter.
    pub fn is_all_caps(&self, token: Range<usize>) -> bool {
        let start = self.origin(token.start).start;
        if self.passage.as_bytes()[start].is_ascii_lowercase() {
            return false;
        }
        let letters = &self.passage[start..self.origin(token.end - 1).end];
        !letters.chars().any(char::is_lowercase)
            && letters.chars().filter(|c| c.is_uppercase()).nth(1).is_some()
    }

    /// The original bytes from which these folded bytes came; spaces at its edges are left out.
    pub fn original(&self, folded: Range<usize>) -> Range<usize> {
        let slice = &self.text[folded.clone()];
        let start = folded.start + (slice.len() - slice.trim_start_matches(' ').len());
        let end = folded.end - (slice.len() - slice.trim_end_matches(' ').len());
        self.origin(start).start..self.origin(end - 1).end
    }

    /// The original bytes of the character of which this folded byte is.
    fn origin(&self, at: usize) -> Range<usize> {
        let span = self.spans.partition_point(|span| span.start as usize <= at) - 1;
        let Span { start, origin, length } = self.spans[span];
        let origin = origin as usize;
        match length {
            Some(length) => origin..origin + length as usize,
            None => origin + at - start as usize..origin + at - start as usize + 1,
        }
    }
}

/// A folded text, and for each of its bytes the original ones: in the fast way and in the exact one,
/// for whoever wants to see that they are the same.
#[doc(hidden)]
pub fn folded_both_ways(text: &str, settings: &Settings) -> [(String, Vec<Range<usize>>); 2] {
    [Folded::new(text, settings), Folded::exact(text, settings)].map(|folded| {
        let origins = (0..folded.text.len()).map(|at| folded.origin(at)).collect();
        (folded.text, origins)
    })
}

/// A text as it is folded.
struct Folding<'a> {
    original: &'a str,
    fold_digits: bool,
    text: Vec<u8>,
    spans: Vec<Span>,
}

impl Folding<'_> {
    /// Appends a part of the original that is cut where characters and their marks end.
    fn fold(&mut self, part: Range<usize>) {
        let Range { mut start, end } = part;
        while start < end {
            start += self.plain(start..end);
            if start < end {
                start += self.character(start..end);
            }
        }
    }

    /// Appends the plain characters at the beginning, nearly all of nearly every page: ASCII without
    /// a mark after it, and single spaces. Says how many bytes these were.
    fn plain(&mut self, part: Range<usize>) -> usize {
        let bytes = &self.original.as_bytes()[part.clone()];
        let end = end_of_plain(bytes, self.text.last() == Some(&b' '));
        let n = match end {
            None => bytes.len(),
            // What follows may be a mark of the last one.
            Some(end) if !bytes[end].is_ascii() => end.saturating_sub(1),
            Some(end) => end,
        };
        if n > 0 {
            self.spans.push(Span {
                start: offset(self.text.len()),
                origin: offset(part.start),
                length: None,
            });
            let start = self.text.len();
            self.text.extend_from_slice(&bytes[..n]);
            let own = &mut self.text[start..];
            own.make_ascii_lowercase();
            if self.fold_digits {
                own.iter_mut()
                    .for_each(|byte| *byte = if byte.is_ascii_digit() { b'0' } else { *byte });
            }
        }
        n
    }

    /// Appends the first character with its marks, or the white space at the beginning. Says how
    /// many bytes that was.
    fn character(&mut self, part: Range<usize>) -> usize {
        let text = &self.original[part.clone()];
        let Some(first) = text.chars().next() else { return 0 };
        if first.is_whitespace() {
            let length = text.find(|c: char| !c.is_whitespace()).unwrap_or(text.len());
            if self.text.last() != Some(&b' ') {
                self.push(' ', part.start..part.start + length);
            }
            return length;
        }
        if is_invisible(first) {
            return text.find(|c| !is_invisible(c)).unwrap_or(text.len());
        }
        let after = first.len_utf8();
        let goes_on = |c: char| is_combining_mark(c) || is_invisible(c) || may_compose(c);
        let others = text[after..].find(|c| !goes_on(c));
        let length = others.map_or(text.len(), |others| after + others);
        // Those in a character are part of it, those behind it are not.
        let length = text[..length].trim_end_matches(is_invisible).len();
        let origin = part.start..part.start + length;
        if length == after && first.is_ascii() {
            self.push_folded(first.to_ascii_lowercase(), origin);
        } else {
            let seen = text[..length].chars().filter(|&c| !is_invisible(c));
            for composed in seen.nfc() {
                for lower in composed.to_lowercase() {
                    self.push_folded(lower, origin.clone());
                }
            }
        }
        length
    }

    fn push_folded(&mut self, character: char, origin: Range<usize>) {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{02BC}' => self.push('\'', origin),
            '\u{201C}' | '\u{201D}' => self.push('"', origin),
            // Variation selectors, skin tones.
            '\u{FE0E}' | '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' => {}
            invisible if is_invisible(invisible) => {}
            digit if self.fold_digits && digit.is_numeric() => self.push('0', origin),
            other => self.push(other, origin),
        }
    }

    fn push(&mut self, character: char, origin: Range<usize>) {
        self.spans.push(Span {
            start: offset(self.text.len()),
            origin: offset(origin.start),
            length: Some(offset(origin.len())),
        });
        self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Soft hyphens and characters without width: they say where a line may or may not break, and are no part
/// of any word.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Whether the character may be one with that before it, though it is no mark: the vowels and final
/// consonants of Korean syllables that are written letter by letter, as macOS names files.
fn may_compose(c: char) -> bool {
    !c.is_ascii() && is_nfc_quick(std::iter::once(c)) == IsNormalized::Maybe
}

pub(super) fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// The passage as its look is judged: canonically composed, and without invisible characters, but for those
/// that join emoji.
pub(crate) fn visible(passage: &str) -> Cow<'_, str> {
    // Letters of western Europe, dashes, quotation marks: nearly every passage, and none is the one or the
    // other.
    let usual = |c: char| {
        c < '\u{300}' && c != '\u{AD}' || matches!(c, '\u{2010}'..='\u{2027}' | '\u{20AC}')
    };
    let is_usual = passage.is_ascii() || passage.chars().all(usual);
    if is_usual || is_nfc(passage) && !passage.contains(is_invisible) {
        return Cow::Borrowed(passage);
    }
    let mut before = ' ';
    let mut characters = passage.chars().peekable();
    let seen = std::iter::from_fn(|| {
        loop {
            let c = characters.next()?;
            let mut joins = || {
                let tail = |c: char| matches!(c, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}');
                (is_emoji(before) || tail(before))
                    && characters.peek().is_some_and(|&c| is_emoji(c))
            };
            if !is_invisible(c) || c == '\u{200D}' && joins() {
                before = c;
                return Some(c);
            }
        }
    });
    Cow::Owned(seen.nfc().collect())
}

/// Bytes that are looked at together.
const AT_ONCE: usize = 64;

/// Where plain characters end: ASCII without white space but single spaces, behind a `space` or not.
/// Nothing if they do not end. Looks at many bytes at once as long as it can.
fn end_of_plain(bytes: &[u8], space: bool) -> Option<usize> {
    let is_plain = |byte: u8| byte.is_ascii() && !matches!(byte, b'\t'..=b'\r');
    let mut before = if space { b' ' } else { b'.' };
    let mut done = 0;
    let mut padded = [b'.'; AT_ONCE];
    for part in bytes.chunks(AT_ONCE) {
        let follows = std::iter::once(&before).chain(part).zip(part);
        // A number of bytes that is known, and sums, not the first of them: so many are looked at
        // together.
        let all: &[u8; AT_ONCE] = part.try_into().unwrap_or_else(|_| {
            padded[..part.len()].copy_from_slice(part);
            padded[part.len()..].fill(b'.');
            &padded
        });
        let pairs = all[1..].iter().zip(&all[..AT_ONCE - 1]);
        let twice = pairs.map(|(&a, &b)| u8::from(a == b' ' && b == b' ')).sum::<u8>() > 0;
        let others = all.iter().map(|&byte| u8::from(!is_plain(byte))).sum::<u8>() > 0;
        if others || twice || before == b' ' && part[0] == b' ' {
            let ends =
                |(before, byte): (&u8, &u8)| !is_plain(*byte) || *before == b' ' && *byte == b' ';
            return follows.map(ends).position(|ends| ends).map(|at| done + at);
        }
        before = part[part.len() - 1];
        done += part.len();
    }
    None
}

/// Where the spaces are. They stand close together: sooner found eight bytes at a time than each by a
/// search of its own.
fn spaces(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    const LOW: u64 = u64::from_ne_bytes([0x7F; 8]);
    let mut at = 0;
    // The highest bit of each byte that is a space, of the eight before `at`.
    let mut found = 0u64;
    std::iter::from_fn(move || {
        while found == 0 {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let eight = match rest.first_chunk() {
                Some(eight) => *eight,
                None => array::from_fn(|i| rest.get(i).copied().unwrap_or(0)),
            };
            // 0 where there is a space.
            let other = u64::from_le_bytes(eight) ^ u64::from_ne_bytes([b' '; 8]);
            found = !(((other & LOW) + LOW) | other | LOW);
            at += 8;
        }
        let space = at - 8 + found.trailing_zeros() as usize / 8;
        found &= found - 1;
        Some(space)
    })
}

/// The capitalised words that are names, as far as spelling shows it: those inside a sentence, and
/// the same words where they begin one. Words in capitals throughout are left, and so is all of a
/// passage most of whose longer words are capitalised: a headline or a menu.
fn names(passage: &str) -> Vec<Range<usize>> {
    let mut inside: HashSet<Cow<'_, str>> = HashSet::new();
    let mut candidates = Vec::new();
    let (mut long, mut long_capitalised) = (0, 0);
    let mut end = 0;
    for word in words(passage) {
        let text = visible(&passage[word.clone()]);
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
    candidates.retain(|word| inside.contains(&visible(&passage[word.clone()])));
    candidates
}

/// Runs of letters, digits, marks and apostrophes between them.
fn words(passage: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let inner = |c: char| {
        c.is_alphanumeric() || is_combining_mark(c) || is_invisible(c) || c == '\'' || c == '’'
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + passage[at..].find(char::is_alphanumeric)?;
        let length = passage[start..].find(|c| !inner(c)).unwrap_or(passage.len() - start);
        let word = passage[start..start + length]
            .trim_end_matches(|c| c == '\'' || c == '’' || is_invisible(c));
        at = start + length;
        Some(start..start + word.len())
    })
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("passages are shorter than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Folded, with the original bytes of each character that is no space.
    fn folded(text: &str) -> (String, Vec<(char, String)>) {
        let folded = Folded::new(text, &Settings::default());
        let seen = folded.text.char_indices().filter(|(_, c)| *c != ' ');
        let origins = seen.map(|(at, c)| (c, text[folded.origin(at)].to_owned())).collect();
        (folded.text, origins)
    }

    #[test]
    fn korean_is_the_same_letter_by_letter() {
        let (nfc, nfd) = ("한국 경찰a", "한국 경찰a".nfd().collect::<String>());
        assert_ne!(nfc, nfd);
        assert_eq!(folded(nfc).0, folded(&nfd).0);
        let (_, origins) = folded(&nfd);
        assert_eq!(origins[0], ('한', "\u{1112}\u{1161}\u{11AB}".to_owned()));
        // Letters that make no syllable stay what they are.
        assert_eq!(folded("\u{1161}\u{11A8}").0, " \u{1161}\u{11A8} ");
    }

    #[test]
    fn invisible_characters_are_not_there() {
        for (with, without) in [
            ("hy\u{AD}phen", "hyphen"),
            ("\u{FEFF}a\u{200B} \u{200B}b\u{2060}", "a b"),
            ("e\u{AD}\u{301}", "e\u{301}"),
            ("\u{1112}\u{200B}\u{1161}\u{200C}\u{11AB}", "한"),
            ("\u{AD}\u{AD}", ""),
        ] {
            assert_eq!(folded(with).0, folded(without).0, "{with:?}");
            assert_eq!(visible(with).nfc().collect::<String>(), without.nfc().collect::<String>());
        }
        let (_, origins) = folded("x\u{AD}\u{AD} e\u{AD}\u{301}\u{200B}y");
        let shown: Vec<&str> = origins.iter().map(|(_, origin)| origin.as_str()).collect();
        assert_eq!(shown, ["x", "e\u{AD}\u{301}", "y"]);
        let family = "👨\u{200D}👩\u{200D}👧 a\u{200D}b";
        assert_eq!(visible(family), "👨\u{200D}👩\u{200D}👧 ab");
        // A long run of them takes no time.
        let long = format!("a{}b", "\u{AD}".repeat(300_000));
        assert_eq!(folded(&long).0, " ab ");
    }

    proptest! {
        #[test]
        fn every_space_is_found(text in "[ !a\u{A0}\u{1}\0]{0,40}") {
            let expected: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
            prop_assert_eq!(spaces(text.as_bytes()).collect::<Vec<_>>(), expected);
        }

        /// Plain characters taken together are what they are one by one, and come from where they
        /// came from.
        #[test]
        fn the_fast_way_is_the_exact_one(
            text in "[a-cA-C0-9 \t\n'.“”’é\u{301}\u{AD}\u{A0}İßﬁ👍🏽가\u{1100}\u{1161}\u{11A8}\u{200D}]{0,40}|(?s).{0,20}",
            fold_digits: bool,
        ) {
            let settings = Settings { fold_digits, ..Settings::default() };
            let (fast, exact) = (Folded::new(&text, &settings), Folded::exact(&text, &settings));
            prop_assert_eq!(&fast.text, &exact.text);
            for (at, byte) in fast.text.bytes().enumerate() {
                // Of several spaces the first or all may be named: they are left out where shown.
                if byte != b' ' {
                    prop_assert_eq!(fast.origin(at), exact.origin(at));
                }
            }
        }
    }
}
