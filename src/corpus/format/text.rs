//! Plain text to passages.

use super::{
    page::{PageReader, TEXT_COLUMNS},
    reader::{Format, Options, Reader, encoding_note},
    sniff::{self, Content},
    unit::Unit,
};
use crate::{
    corpus::{
        cell::Cell,
        row::{Row, check_length},
    },
    error::{Error, Place, Result},
    input::{Input, Source},
};

pub(super) const FORMAT: Format =
    Format::page("text", "text", &TEXT_COLUMNS, open).endings(&["txt"]).about("The text of a page");

fn open<'a>(input: &Input<'a>, options: &Options, _: Vec<String>) -> Result<Box<dyn Reader + 'a>> {
    let source = input.source(options.encoding, options.max_page)?;
    let row = |(i, passage): (usize, Passage)| {
        let cells = vec![source.name().into(), Cell::from(i + 1), passage.text.into()];
        Row::new(input.name().clone(), passage.line, cells)
    };
    // The length of each is checked row by row, as in tables.
    let passages = passages(&source, options.unit, usize::MAX)?;
    let rows = passages.into_iter().enumerate().map(row).collect();
    let notes = encoding_note(source.name(), source.encoding()).into_iter().collect();
    Ok(Box::new(PageReader::new(&TEXT_COLUMNS, rows, notes)))
}

/// A passage of a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Its text; white space at its ends is left out.
    pub text: String,
    /// The line on which it begins, counted from 1.
    pub line: u64,
}

/// Cuts a text into passages: everything that is not white space is in one of them, in order.
///
/// ```
/// use standpoint::{corpus::{Unit, passages}, input::Source};
/// let source = Source::from_bytes("a.txt", b"One\nand two.\n\nThree".to_vec())?;
/// let texts = |unit| -> Vec<String> {
///     passages(&source, unit, 1000).unwrap().into_iter().map(|p| p.text).collect()
/// };
/// assert_eq!(texts(Unit::Line), ["One", "and two.", "Three"]);
/// assert_eq!(texts(Unit::Paragraph), ["One and two.", "Three"]);
/// # Ok::<(), standpoint::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::PassageTooLong`](crate::ErrorKind::PassageTooLong) names the first passage of more than
/// `max_bytes`; [`ErrorKind::Page`](crate::ErrorKind::Page) if the file is a web page's source and
/// not its text, or a feed.
pub fn passages(source: &Source, unit: Unit, max_bytes: usize) -> Result<Vec<Passage>> {
    refuse_markup(source)?;
    let mut passages: Vec<Passage> = Vec::new();
    let mut open = false;
    for (line, text) in (1u64..).zip(lines(source.text())) {
        let text = text.trim();
        match (unit, open, passages.last_mut()) {
            (Unit::Line | Unit::Paragraph, ..) if text.is_empty() => open = false,
            (Unit::Document, _, None) if text.is_empty() => {}
            (Unit::Paragraph, true, Some(last)) => {
                last.text.push(' ');
                last.text.push_str(text);
            }
            (Unit::Document, _, Some(last)) => {
                last.text.push('\n');
                last.text.push_str(text);
            }
            _ => {
                passages.push(Passage { text: text.to_owned(), line });
                open = true;
            }
        }
    }
    if let (Unit::Document, Some(last)) = (unit, passages.last_mut()) {
        last.text.truncate(last.text.trim_end().len());
    }
    for passage in &passages {
        check_length(&passage.text, max_bytes, || Place::line(source.name(), passage.line))?;
    }
    Ok(passages)
}

/// The lines of a text, whichever way they end: some old programs write a carriage return alone, and some
/// that mend line ends write two before the line feed.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\r', b'\n', text.as_bytes()) else {
            rest = None;
            return (!text.is_empty()).then_some(text);
        };
        let behind = &text[end..];
        let next = behind.trim_start_matches('\r').strip_prefix('\n');
        rest = Some(next.unwrap_or(&behind[1..]));
        Some(&text[..end])
    })
}

fn refuse_markup(source: &Source) -> Result<()> {
    let Some(content) = Content::of(source.text().as_bytes()) else { return Ok(()) };
    let (problem, help) = match content {
        Content::Html => {
            ("this is HTML and not text", "give its name the ending .html, or set `format` to html")
        }
        Content::Mime => (
            "this is a web archive or a mail and not text",
            "give its name the ending .mhtml, or set `format` to html",
        ),
        Content::Feed => (sniff::FEED, sniff::FEED_HELP),
        Content::Xml => (
            "this is XML and not text",
            "save its text, a paragraph a line; if it is a web page, set `format` to html",
        ),
    };
    Err(Error::page(Place::file(source.name()), problem, help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_end_as_on_any_system() {
        let of = |text: &str| lines(text).map(str::to_owned).collect::<Vec<_>>();
        for text in ["a\n\nb", "a\r\n\r\nb", "a\r\rb\r", "a\r\r\n\nb\n", "a\r\n\rb"] {
            assert_eq!(of(text), ["a", "", "b"], "{text:?}");
        }
        assert!(of("").is_empty());
    }

    proptest! {
        #[test]
        fn no_word_is_lost_whatever_the_unit(text in "[ab\n\r\t \u{a0}é]{0,60}x") {
            let source = Source::from_bytes("t", text.clone().into_bytes()).unwrap();
            for unit in [Unit::Line, Unit::Paragraph, Unit::Document] {
                let cut = passages(&source, unit, 1000).unwrap();
                let words: Vec<&str> = cut.iter().flat_map(|p| p.text.split_whitespace()).collect();
                prop_assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
                for passage in &cut {
                    prop_assert!(!passage.text.trim().is_empty());
                    let line = lines(&text).nth(passage.line as usize - 1).unwrap();
                    let first = passage.text.split_whitespace().next().unwrap();
                    prop_assert!(line.trim_start().starts_with(first));
                }
            }
        }
    }

    #[test]
    fn lines_end_in_every_way() {
        for (text, expected) in [
            ("a\rb\rc\r", "a|b|c"),
            ("a\r\nb\nc\rd", "a|b|c|d"),
            ("a\r\r\nb\r\r\n", "a|b"),
            ("a\r\rb", "a||b"),
            ("\n\na\n", "||a"),
            ("", ""),
        ] {
            assert_eq!(lines(text).collect::<Vec<_>>().join("|"), expected, "{text:?}");
        }
    }
}
