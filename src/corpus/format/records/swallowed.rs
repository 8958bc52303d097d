//! Rows inside of a field in quotation marks: where the marks are only text, one that begins a field
//! swallows the rows up to the next one that ends a field.

use crate::corpus::format::dialect::Dialect;

/// The quotation mark that begins the first field with several lines, if the lines of the row look like
/// rows themselves: the first has as many delimiters as a row, and so have most of the others, one
/// of whose other fields is a single word. With commas, which texts have too, two of the others at least.
pub(super) fn mark_before_rows(row: &[u8], dialect: Dialect) -> Option<usize> {
    let Dialect { delimiter, n_fields, .. } = dialect;
    let (mark, field) = first_long_field(row, dialect)?;
    let mut lines = row.trim_ascii_end().split(|byte| *byte == b'\n');
    let fields = |line: &[u8]| 1 + memchr::memchr_iter(delimiter, line).count();
    if n_fields < 2 || fields(lines.next()?) != n_fields {
        return None;
    }
    let is_word = |cell: &[u8]| !cell.is_empty() && !cell.iter().any(u8::is_ascii_whitespace);
    let (mut n, mut alike) = (0, 0);
    for line in lines {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut others = line.split(|byte| *byte == delimiter).enumerate();
        n += 1;
        alike += usize::from(
            fields(line) == n_fields
                && others.any(|(number, cell)| number != field && is_word(cell)),
        );
    }
    let enough = if delimiter == b',' { 2 } else { 1 };
    (alike >= enough && 2 * alike > n).then_some(mark)
}

/// Where the first field with several lines begins, and its number.
fn first_long_field(row: &[u8], dialect: Dialect) -> Option<(usize, usize)> {
    let mark = dialect.quote.mark()?;
    let (mut field, mut begin, mut quoted, mut escaped) = (0, 0, false, false);
    for (at, &byte) in row.iter().enumerate() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match byte {
            _ if quoted && dialect.escape == Some(byte) => escaped = true,
            // A doubled mark closes and opens again.
            _ if byte == mark
                && (quoted || at == begin || row[begin] == mark && row[at - 1] == mark) =>
            {
                quoted = !quoted;
            }
            b'\n' if quoted => return Some((begin, field)),
            _ if !quoted && byte == dialect.delimiter => (field, begin) = (field + 1, at + 1),
            _ => {}
        }
    }
    None
}
