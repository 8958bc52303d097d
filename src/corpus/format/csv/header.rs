//! What the first lines of a CSV table tell: its delimiter, and columns without a name.

use crate::corpus::{
    format::{
        dialect::{Dialect, Quote},
        reader::Options,
    },
    row::is_variant,
};

/// Delimiters that a header without commas may have.
pub(super) const DELIMITERS: [u8; 3] = [b';', b'\t', b'|'];

/// A delimiter in words.
pub(super) fn shown(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tab".to_owned(),
        b',' => "comma".to_owned(),
        other => char::from(other).to_string(),
    }
}

/// The delimiter in the line `sep=;`, which Excel writes and reads before the header.
pub(super) fn declared(line: &[u8]) -> Option<u8> {
    // Spaces may be the delimiter.
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', delimiter]
            if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && delimiter.is_ascii() =>
        {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// The delimiter of a header without commas, or of one that has a column `text` by another delimiter
/// alone; and why.
pub(super) fn sniffed(header: &[u8], quote: Quote, text: &str) -> Option<(u8, String)> {
    let mut quoted = false;
    let outside: Vec<u8> = header
        .iter()
        .map(|byte| {
            quoted ^= quote.mark() == Some(*byte);
            // No delimiter.
            if quoted { b'"' } else { *byte }
        })
        .collect();
    let count = |delimiter: u8| outside.iter().filter(|byte| **byte == delimiter).count();
    if count(b',') == 0 {
        let most = DELIMITERS.into_iter().rev().max_by_key(|delimiter| count(*delimiter));
        let found = most.filter(|delimiter| count(*delimiter) > 0)?;
        return Some((found, "no comma in the header".to_owned()));
    }
    let header = String::from_utf8_lossy(header);
    let has_text = |delimiter: &u8| {
        let mut names = header.split(char::from(*delimiter));
        names.any(|name| is_variant(bare(name).trim_matches('"'), text))
    };
    let found = DELIMITERS.into_iter().find(has_text).filter(|_| !has_text(&b','))?;
    Some((found, format!("which gives the header a column {text}")))
}

/// Whether a text begins as a table does: with a header in which a column has the passages, and rows that
/// have as many fields.
pub(in crate::corpus::format) fn is_table(start: &str, options: &Options) -> bool {
    let start = start.trim_start_matches(['\r', '\n']);
    // A row may be cut off.
    let whole = &start[..start.rfind('\n').map_or(start.len(), |end| end + 1)];
    let Some(header) = whole.lines().next() else { return false };
    if declared(header.as_bytes()).is_some() {
        return true;
    }
    let given =
        options.delimiter.or(match sniffed(header.as_bytes(), options.quote, &options.text) {
            Some((found, _)) => Some(found),
            None => Some(b','),
        });
    let Some(delimiter) = given else { return false };
    let dialect = Dialect { delimiter, quote: options.quote, escape: options.escape, n_fields: 0 };
    let mut rows = reader(whole.as_bytes(), dialect).into_byte_records().map_while(Result::ok);
    let Some(header) = rows.next() else { return false };
    let named = |field: &[u8]| {
        let name = bare(std::str::from_utf8(field).unwrap_or_default()).to_owned();
        is_variant(&name, &options.text)
    };
    let exact = header.len() > 1 || header.get(0) == Some(options.text.as_bytes());
    let mut rows = rows.take(10).peekable();
    exact
        && header.iter().any(named)
        && rows.peek().is_some()
        && rows.all(|row| row.len() == header.len())
}

fn reader(rows: &[u8], dialect: Dialect) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter)
        .quoting(dialect.quote.mark().is_some())
        .quote(dialect.quote.mark().unwrap_or(b'"'))
        .escape(dialect.escape)
        .has_headers(false)
        .flexible(true)
        .from_reader(rows)
}

/// Those of these fields that are empty in all of the rows.
pub(super) fn empty_fields(rows: &[u8], mut fields: Vec<usize>, dialect: Dialect) -> Vec<usize> {
    for row in reader(rows, dialect).byte_records().map_while(Result::ok) {
        fields.retain(|&number| row.get(number).is_none_or(|cell| cell.trim_ascii().is_empty()));
    }
    fields
}

/// A column's name without white space around it and byte order marks, of which files that were put
/// together have several: one in front of a table that is written would be taken for the file's own.
pub(super) fn bare(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
}
