//! Whose words? Rules of newspaper style that no bag of words can see: what stands between
//! quotation marks, also where a quotation runs over several passages, and who is said to speak.

use std::{borrow::Cow, sync::LazyLock};

use crate::features::REPORTING_VERBS;

/// Stands for a quotation that was left out.
const LEFT_OUT: char = '\u{FFFC}';

/// The columns of [`quotation`].
pub(crate) const QUOTATION: [&str; 6] =
    ["quote_share", "quote_carried", "quote_unclosed", "reports", "names_speaker", "first_person"];

/// The columns of passages that follow each other on a page:
///
/// - `quote_share`: share of the characters that stand between quotation marks;
/// - `quote_carried`: whether the passage goes on with a quotation that an earlier one left open,
///   for which it must begin with a mark of its own;
/// - `quote_unclosed`: whether a quotation is left open at its end;
/// - `reports`: reporting verbs outside quotations, up to 3;
/// - `names_speaker`: whether one of them stands beside a name or a pronoun;
/// - `first_person`: first-person pronouns outside quotations, up to 3.
pub(crate) fn quotation<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> Vec<[f64; QUOTATION.len()]> {
    let mut open = false;
    texts
        .into_iter()
        .map(|text| {
            let begins = text.trim_start().starts_with(['“', '"', '‘', '\'']);
            let carried = open && begins;
            let (outside, quoted) = outside_quotation(text);
            let share = quoted as f64 / text.chars().count().max(1) as f64;
            open = left_open(text);
            let [reports, names_speaker, first_person] = speech(&outside);
            let flag = |is: bool| f64::from(u8::from(is));
            [share, flag(carried), flag(open), reports, names_speaker, first_person]
        })
        .collect()
}

/// A mark of quotation: what it does, and whether it is a double one. Marks of one family do not
/// close quotations of the other: in “the officers’ side” the second is an apostrophe.
#[derive(Clone, Copy)]
struct Mark {
    does: Does,
    double: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Does {
    Open,
    Close,
    Either,
}

/// The marks of a text and where they stand. A single mark inside a word is an apostrophe.
fn marks(text: &str) -> impl Iterator<Item = (usize, Mark)> + '_ {
    // Every mark begins with one of these bytes.
    memchr::memchr3_iter(b'"', b'\'', 0xE2, text.as_bytes()).filter_map(|at| {
        let character = text[at..].chars().next()?;
        let after = text[at + character.len_utf8()..].chars().next().unwrap_or(' ');
        let was = text[..at].chars().next_back().unwrap_or(' ');
        let begins = !was.is_alphanumeric() && !was.is_ascii_punctuation();
        let (does, double) = match character {
            '“' => (Does::Open, true),
            '”' => (Does::Close, true),
            '"' => (Does::Either, true),
            '‘' if after.is_alphanumeric() => (Does::Open, false),
            '\'' if begins && after.is_alphanumeric() => (Does::Open, false),
            '\'' if begins => return None,
            '’' | '\'' if !after.is_alphanumeric() && !was.is_whitespace() => {
                (Does::Close, false)
            }
            _ => return None,
        };
        Some((at, Mark { does, double }))
    })
}

/// The text with quotations left out, and how many characters these have. One that is not closed
/// runs to the end if it was opened by a double mark; a single one was an apostrophe.
fn outside_quotation(text: &str) -> (Cow<'_, str>, usize) {
    let mut outside = String::new();
    let mut quoted = 0;
    let mut done = 0;
    let mut start: Option<(usize, bool)> = None;
    for (at, mark) in marks(text) {
        match start {
            None if mark.does != Does::Close => start = Some((at, mark.double)),
            Some((from, double)) if mark.does != Does::Open && mark.double == double => {
                start = None;
                // "rock 'n' roll"
                if is_apostrophe(&text[from..at]) {
                    continue;
                }
                outside.push_str(&text[done..from]);
                outside.extend([' ', LEFT_OUT, ' ']);
                quoted += text[from..at].chars().count();
                done = at + text[at..].chars().next().map_or(1, char::len_utf8);
            }
            _ => {}
        }
    }
    match start {
        Some((from, true)) => {
            outside.push_str(&text[done..from]);
            quoted += text[from..].chars().count();
        }
        _ if done == 0 => return (Cow::Borrowed(text), quoted),
        _ => outside.push_str(&text[done..]),
    }
    (Cow::Owned(outside), quoted)
}

/// Whether this, up to a closing mark, is one letter between single marks.
fn is_apostrophe(quoted: &str) -> bool {
    quoted.starts_with(['‘', '\'']) && quoted.chars().count() < 3
}

/// Whether the last quotation by double marks is not closed.
fn left_open(text: &str) -> bool {
    marks(text).filter(|(_, mark)| mark.double).fold(false, |open, (_, mark)| match mark.does {
        Does::Open => true,
        Does::Close => false,
        Does::Either => !open,
    })
}

const SPEAKERS: [&str; 5] = ["he", "she", "they", "who", "spokesman"];
/// The shortest first.
const SPEAKERS_ENDS: [&str; 2] = ["spokeswoman", "spokesperson"];
const FIRST_PERSON: [&str; 10] = ["i", "i'm", "i've", "i'd", "i'll", "my", "me", "we", "our", "us"];

/// Calls `visit` with the words of a text without the marks around them, left-out quotations among
/// them.
fn for_each_word(text: &str, mut visit: impl FnMut(&str)) {
    if !text.is_ascii() {
        let inner = |c: char| c.is_alphanumeric() || c == LEFT_OUT;
        let parts = text.split_whitespace().map(|part| part.trim_matches(|c| !inner(c)));
        parts.filter(|word| !word.is_empty()).for_each(visit);
        return;
    }
    // Of plain text bytes need not be made characters.
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let start = at;
        let mut end = at;
        while at < bytes.len() && !matches!(bytes[at], b'\t'..=b'\r' | b' ') {
            at += 1;
            if bytes[at - 1].is_ascii_alphanumeric() {
                end = at;
            }
        }
        visit(&text[start..end]);
    }
}

/// Words of the lists here by their beginning and length: nearly every other word is told by these
/// to be in none.
static LISTED: LazyLock<[bool; 1 << 12]> = LazyLock::new(|| {
    let mut listed = [false; 1 << 12];
    for word in REPORTING_VERBS.iter().chain(&SPEAKERS).chain(&FIRST_PERSON) {
        listed[look(word.as_bytes())] = true;
    }
    listed
});

/// The first three letters, whatever their case, and the length, mixed.
fn look(word: &[u8]) -> usize {
    let letter = |at: usize| word.get(at).map_or(0, |byte| usize::from(byte | 0x20));
    (((letter(0) * 37 + letter(1)) * 37 + letter(2)) * 37 + word.len()) % (1 << 12)
}

/// Whether a word may be in one of the lists, or may end as one that speaks.
fn may_be_listed(word: &str) -> bool {
    word.len() >= SPEAKERS_ENDS[0].len() || LISTED[look(word.as_bytes())] || !word.is_ascii()
}

/// Reporting verbs, whether a speaker stands beside one, and first-person pronouns.
fn speech(outside: &str) -> [f64; 3] {
    let (mut verbs, mut firsts, mut named) = (0, 0, false);
    // Of the word before.
    let (mut was_verb, mut was_speaker) = (false, false);
    let mut lower = String::new();
    for_each_word(outside, |word| {
        let (mut verb, mut speaker) = (false, word.starts_with(char::is_uppercase));
        if may_be_listed(word) {
            lower.clear();
            let straight = word.chars().map(|c| if c == '’' { '\'' } else { c });
            lower.extend(straight.flat_map(char::to_lowercase));
            verb = REPORTING_VERBS.binary_search(&&lower[..]).is_ok();
            speaker = speaker && lower != "i"
                || SPEAKERS.contains(&&lower[..])
                || SPEAKERS_ENDS.iter().any(|end| lower.ends_with(end));
            firsts += usize::from(FIRST_PERSON.contains(&&lower[..]));
        }
        verbs += usize::from(verb);
        named |= verb && was_speaker || was_verb && speaker;
        (was_verb, was_speaker) = (verb, speaker);
    });
    [verbs.min(3) as f64, f64::from(u8::from(named)), firsts.min(3) as f64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Read as bytes, plain text has the words that it has read as characters.
        #[test]
        fn the_words_of_plain_text_are_those_of_any(text in "[a-cA-C0-9 \t\n'\"().-]{0,30}") {
            let words = |text: &str| {
                let mut words = Vec::new();
                for_each_word(text, |word| words.push(word.to_owned()));
                words
            };
            let mut expected = words(&format!("{text} é"));
            let last = expected.pop();
            prop_assert_eq!(last.as_deref(), Some("é"));
            prop_assert_eq!(words(&text), expected);
        }
    }

    fn of(text: &str) -> [f64; 6] {
        quotation([text])[0]
    }

    #[test]
    fn a_quotation_runs_over_passages_that_begin_with_a_mark() {
        let rows =
            quotation(["She said: “We waited.", "“Nobody came.”", "The force said nothing."]);
        let carried: Vec<f64> = rows.iter().map(|row| row[1]).collect();
        let unclosed: Vec<f64> = rows.iter().map(|row| row[2]).collect();
        assert_eq!(carried, [0.0, 1.0, 0.0]);
        assert_eq!(unclosed, [1.0, 0.0, 0.0]);
        assert_eq!(quotation(["“We waited.", "The force said nothing."])[1][1], 0.0);
    }

    #[test]
    fn apostrophes_are_no_quotation() {
        for text in ["They’re the officers’ permits", "rock 'n' roll isn't", "o' the dogs' dinner"]
        {
            assert_eq!(of(text)[0], 0.0, "{text}");
        }
        assert!(of("‘It isn’t right,’ he said")[0] > 0.5);
        assert!(of("'It isn't right,' he said")[0] > 0.5);
        assert!((of("\"all\"")[0] - 0.8).abs() < 1e-12);
    }

    #[test]
    fn speakers_and_first_persons_count_outside_quotations_alone() {
        let [_, _, _, reports, named, first] = of("“I said no,” said Ms Bright.");
        assert_eq!((reports, named, first), (1.0, 1.0, 0.0));
        let [share, _, _, reports, _, first] =
            of("“They took the officers’ side and I said we agree,” Bright said.");
        assert_eq!((reports, first), (1.0, 0.0));
        assert!(share > 0.75);
        let [_, _, _, reports, named, first] = of("I think we should thank them.");
        assert_eq!((reports, named, first), (0.0, 0.0, 2.0));
    }
}
