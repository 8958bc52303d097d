//! fastText's lines: `__label__a __label__b the text`.

use std::{
    collections::BTreeSet,
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
/// More words between underscores are a text's own.
const MOST_PREFIXES: usize = 8;

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
        text.starts_with(PREFIX) || !prefixes(text).is_empty()
    }

    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
        let own = prefixes_of(source, drafts);
        let (mut all, mut glued, mut example) = (0, 0, None);
        for (line, text) in (1..).zip(source.text().lines()) {
            if text.trim().is_empty() {
                drafts.leave_out("empty lines");
                continue;
            }
            let mut draft = Draft { line, ..Draft::default() };
            let (labels, text) = parted(text, &own);
            let mut named = Vec::new();
            for (prefix, label) in labels {
                match &drafts.settings.tasks[..] {
                    _ if prefix == PREFIX => draft.unnamed.push(decoded(label)),
                    [task] if own.len() == 1 => named.push((task.clone(), decoded(label))),
                    _ => drafts.add(prefix.trim_matches('_'), vec![decoded(label)], &mut named),
                }
            }
            draft.labels = named;
            draft.fields.insert("text", text.into());
            let labels = || draft.unnamed.iter().chain(draft.labels.iter().map(|(_, label)| label));
            all += labels().count();
            glued += labels().filter(|label| label.contains(',')).count();
            example = example.or_else(|| labels().find(|label| label.contains(',')).cloned());
            drafts.drafts.push(draft);
        }
        if let Some(example) = example {
            drafts.warnings.push(format!(
                "{glued} of {all} labels have a comma in them, as {example:?}: a label ends at white space alone; \
                 if the comma is none of it, put a space in its place"
            ));
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

/// What stands before labels: `__label__`, or what stands in its place where no word has that.
fn prefixes_of(source: &Source, drafts: &mut Drafts<'_>) -> Vec<String> {
    let text = source.text();
    if text
        .split(ends_word)
        .any(|word| word.strip_prefix(PREFIX).is_some_and(|label| !label.is_empty()))
    {
        return vec![PREFIX.to_owned()];
    }
    let found = prefixes(text);
    if found.is_empty() {
        // Texts alone may be meant, to be labelled elsewhere.
        drafts.notes.push(format!(
            "{}: no line has a label ({PREFIX}...); write {PREFIX} before each",
            source.name()
        ));
        return vec![PREFIX.to_owned()];
    }
    let tasks: Vec<&str> = found.iter().map(|prefix| prefix.trim_matches('_')).collect();
    let note = match (&found[..], &drafts.settings.tasks[..]) {
        ([prefix], [task]) => {
            format!("no label begins with {PREFIX}: those with {prefix} are of {task}")
        }
        _ => format!(
            "no label begins with {PREFIX}: those with {} are of {}",
            found.join(", "),
            tasks.join(", ")
        ),
    };
    drafts.notes.push(note);
    found
}

/// Other words than `label` between underscores that begin nearly every line, as in `__stance__favor`.
fn prefixes(text: &str) -> Vec<String> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let (mut lines, mut with) = (0_usize, 0_usize);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let before = found.len();
        let own: Vec<&str> = line.split(ends_word).map_while(prefix).collect();
        lines += 1;
        with += usize::from(!own.is_empty());
        found.extend(own);
        // Each new word that begins a line makes a text of them, and no labels.
        if found.len() > before && found.len() > MOST_PREFIXES {
            return Vec::new();
        }
    }
    match lines > 1 && with * 10 >= lines * 9 {
        true => found.into_iter().map(str::to_owned).collect(),
        false => Vec::new(),
    }
}

/// `__stance__` of `__stance__favor`.
fn prefix(word: &str) -> Option<&str> {
    let end = 2 + word.strip_prefix("__")?.find("__")?;
    let name = &word[2..end];
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    (is_name && word.len() > end + 2).then_some(&word[..end + 2])
}

/// The labels with what stands before them, one of `prefixes`, and what is left: behind labels at the start one
/// space is theirs, too.
fn parted<'a>(line: &'a str, prefixes: &'a [String]) -> (Vec<(&'a str, &'a str)>, String) {
    let (mut labels, mut text, mut rest) = (Vec::new(), String::new(), line);
    while !rest.is_empty() {
        let end = rest.find(ends_word);
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let white = behind.chars().next().map_or(0, char::len_utf8);
        let labelled = |prefix: &'a String| {
            let label = word.strip_prefix(prefix.as_str()).filter(|label| !label.is_empty());
            label.map(|label| (prefix.as_str(), label))
        };
        match prefixes.iter().find_map(labelled) {
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
        let own = [PREFIX.to_owned()];
        let (labels, text) =
            parted("__label__a __label__b%20c  Shame on __label__d them __label__e", &own);
        let labels: Vec<&str> = labels.into_iter().map(|(_, label)| label).collect();
        assert_eq!((labels, text), (vec!["a", "b%20c", "d", "e"], " Shame on them".into()));
        assert_eq!(parted("__label__ is a prefix", &own).0, []);
    }

    #[test]
    fn other_prefixes_are_found_where_every_line_has_one() {
        assert_eq!(prefixes("__a__x __b__y text\n\n__a__z more\n"), ["__a__", "__b__"]);
        for text in
            ["__a__x text\nno label\n", "__init__ and __main__\n__all__ is\n", "Plain\ntext\n"]
        {
            assert_eq!(prefixes(text), [""; 0], "{text}");
        }
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
