//! What others wrote, so that it is text and nothing else: the one place that decides which characters
//! are shown as they are.

use std::{
    fmt::{self, Display},
    io,
};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// Whether the character could command a terminal, break a line, or turn the direction of the text
/// around it, so that what is read is not what is there.
pub fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Text in one line that cannot command the terminal.
pub fn printable(text: &str) -> impl Display + '_ {
    fmt::from_fn(move |f| {
        text.chars().try_for_each(|c| match c {
            '\n' | '\t' => f.write_str(" "),
            c if is_command(c) => f.write_str("\u{FFFD}"),
            c => write!(f, "{c}"),
        })
    })
}

/// The same as a text of its own.
pub fn name(text: &str) -> String {
    printable(text).to_string()
}

/// Lines that were rendered for people or CI, as they may be written: with our styles if `styled`, and
/// without whatever else could command a terminal, in case that a renderer let it through.
pub fn lines(rendered: &str, styled: bool) -> String {
    let mut shown = String::with_capacity(rendered.len());
    let mut rest = rendered;
    while let Some(at) = rest.find(|c| is_command(c) && !matches!(c, '\n' | '\t')) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(style) = style(rest) {
            shown.push_str(if styled { &rest[..style] } else { "" });
            rest = &rest[style..];
        } else {
            shown.push('\u{FFFD}');
            let mut after = rest.chars();
            after.next();
            rest = after.as_str();
        }
    }
    shown + rest
}

/// The bytes of the style at the beginning, if there is one: colours and weights, which command nothing.
fn style(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1B}[")?;
    let end = codes.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    (codes[end..].starts_with('m')).then_some(2 + end + 1)
}

/// As JSON on one line, of which every character can be printed: what commands a terminal is escaped.
pub fn json(out: impl io::Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Escaped(CompactFormatter));
    Ok(value.serialize(&mut serializer)?)
}

struct Escaped(CompactFormatter);

impl Formatter for Escaped {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_command) {
            out.write_all(&rest.as_bytes()[..at])?;
            let command = rest[at..].chars().next().unwrap_or_default();
            // All of them have 16 bits.
            write!(out, "\\u{:04x}", u32::from(command))?;
            rest = &rest[at + command.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str =
        "a\u{1B}]0;pwn\u{7}\u{1B}[2J\u{1B}[31mb\u{9B}31m\r\nc\u{202E}d\u{2028}e\u{7F}f\u{2066}é👍";

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(
            name(HOSTILE),
            "a\u{FFFD}]0;pwn\u{FFFD}\u{FFFD}[2J\u{FFFD}[31mb\u{FFFD}31m\u{FFFD} c\u{FFFD}d\u{FFFD}e\u{FFFD}f\u{FFFD}é👍"
        );
        let shown = lines(HOSTILE, false);
        assert!(!shown.contains(|c| is_command(c) && c != '\n'), "{shown:?}");
        assert_eq!(shown.matches("31m").count(), 1, "a style is left out whole");
        assert_eq!(lines("\u{1B}[1ma\u{1B}[0m\tb\n", true), "\u{1B}[1ma\u{1B}[0m\tb\n");
        assert_eq!(lines("\u{1B}[1ma\u{1B}[0m\tb\n", false), "a\tb\n");
        for cut in ["\u{1B}", "\u{1B}[", "\u{1B}[1", "\u{1B}[1;", "\u{1B}[1K"] {
            assert!(!lines(cut, true).contains('\u{1B}'), "{cut:?}");
        }
    }

    #[test]
    fn json_says_the_same_in_characters_that_can_be_printed() {
        let mut out = Vec::new();
        json(&mut out, &[HOSTILE, "plain \"é\" \\"]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(is_command), "{text}");
        let back: Vec<String> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, [HOSTILE, "plain \"é\" \\"]);
    }
}
