//! fastText's lines: `__label__a __label__b the text`.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use super::{
    draft::{Draft, Drafts},
    export::Export,
    tool::Tool,
};
use crate::{
    corpus::fields::Fields,
    error::{Error, Result},
    input::Source,
};

/// Before a label, anywhere in the line.
const PREFIX: &str = "__label__";

/// What fastText takes for the end of a word.
fn ends_word(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\0')
}

pub(super) struct FastText;

impl Tool for FastText {
    fn name(&self) -> &'static str {
        "fasttext"
    }

    fn title(&self) -> &'static str {
        "fastText"
    }

    fn about(&self) -> &'static str {
        "Lines of `__label__<label> text`"
    }

    fn separator(&self) -> char {
        '='
    }

    fn recognises(&self, text: &str, _: &[Fields]) -> bool {
        text.starts_with(PREFIX)
    }

    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
        for (line, text) in (1..).zip(source.text().lines()) {
            if text.trim().is_empty() {
                drafts.leave_out("empty lines");
                continue;
            }
            let (labels, text) = parted(text);
            let mut draft = Draft { line, ..Draft::default() };
            draft.fields.insert("text", text.into());
            draft.unnamed = labels.iter().map(|label| decoded(label)).collect();
            drafts.drafts.push(draft);
        }
        drafts.name_labels(self.separator())
    }

    fn check(&self, export: &Export) -> Result<Vec<String>> {
        let (mut broken, mut empty, mut notes) = (0, 0, export.notes_of_predicted());
        for row in 0..export.len() {
            let text = export.text(row);
            if text.contains(PREFIX) && text.split(ends_word).any(|word| word.starts_with(PREFIX)) {
                let problem =
                    format!("a word of the text begins with {PREFIX}, as labels do in fastText");
                let help = "change it, or leave the row out";
                return Err(Error::input(export.place(row), problem, help));
            }
            broken += usize::from(text.contains(['\n', '\r']));
            empty += usize::from(is_nothing(export, row));
        }
        let others = export.others();
        if !others.is_empty() {
            let others = others.join(", ");
            notes.push(format!("left out, for fastText has no place for them: {others}"));
        }
        if broken > 0 {
            notes.push(format!("passages with line breaks, written as spaces: {broken}"));
        }
        if empty > 0 {
            notes.push(format!("left out: {empty} passages without text and labels"));
        }
        Ok(notes)
    }

    fn write(&self, export: &Export, out: &mut dyn Write) -> io::Result<()> {
        for row in (0..export.len()).filter(|row| !is_nothing(export, *row)) {
            for label in export.given_or_suggested(row) {
                write!(out, "{PREFIX}{} ", encoded(&label))?;
            }
            writeln!(out, "{}", export.text(row).replace(['\n', '\r'], " "))?;
        }
        Ok(())
    }
}

/// The labels, and what is left: behind labels at the start one space is theirs, too.
fn parted(line: &str) -> (Vec<&str>, String) {
    let (mut labels, mut text, mut rest) = (Vec::new(), String::new(), line);
    while !rest.is_empty() {
        let end = rest.find(ends_word);
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let white = behind.chars().next().map_or(0, char::len_utf8);
        match word.strip_prefix(PREFIX).filter(|label| !label.is_empty()) {
            Some(label) => {
                labels.push(label);
                // What stood between the text and its last label goes with it.
                if white == 0 {
                    text.pop();
                }
            }
            None => text += &rest[..word.len() + white],
        }
        rest = &behind[white..];
    }
    (labels, text)
}

/// Whether its line would be empty.
fn is_nothing(export: &Export, row: usize) -> bool {
    export.text(row).trim().is_empty() && export.given_or_suggested(row).is_empty()
}

/// A label in one word: white space as `%20` and the like, and so a `%` that would be taken for one.
fn encoded(label: &str) -> String {
    let mut word = String::with_capacity(label.len());
    for (at, c) in label.char_indices() {
        if c.is_whitespace() || ends_word(c) || c == '%' && byte(&label[at..]).is_some() {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                write!(word, "%{byte:02X}").expect("a string takes all");
            }
        } else {
            word.push(c);
        }
    }
    word
}

/// As it was before [`encoded`].
fn decoded(word: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), word);
    while let Some(at) = rest.find('%') {
        bytes.extend(rest[..at].bytes());
        let found = byte(&rest[at..]);
        bytes.push(found.unwrap_or(b'%'));
        rest = &rest[at + if found.is_some() { 3 } else { 1 }..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap_or_else(|_| word.to_owned())
}

/// The byte that is written as `%20`.
fn byte(text: &str) -> Option<u8> {
    let digits = text.get(1..3)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_are_found_wherever_they_stand() {
        let (labels, text) =
            parted("__label__a __label__b%20c  Shame on __label__d them __label__e");
        assert_eq!((labels, text), (vec!["a", "b%20c", "d", "e"], " Shame on them".into()));
        assert_eq!(parted("__label__ is a prefix").0, [""; 0]);
    }

    proptest! {
        #[test]
        fn a_label_is_one_word_and_survives(label in "[a%20 \t\u{a0}é=F]{1,8}") {
            let word = encoded(&label);
            prop_assert!(!word.contains(char::is_whitespace));
            prop_assert_eq!(decoded(&word), label);
        }
    }
}
