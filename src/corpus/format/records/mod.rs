//! Where each row of a table begins and ends in its text, well-formed or not.

mod array;
mod swallowed;

use std::{io::BufRead, ops::Range, sync::Arc};

use super::dialect::{Dialect, Quote};
use crate::{
    error::{Error, Place, Result},
    input::TextStream,
};

/// What parts the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::corpus) enum Shape {
    /// Line breaks.
    Lines,
    /// Line breaks outside quotation marks.
    Csv(Dialect),
    /// Commas in a JSON array.
    Array,
}

/// Why a row cannot be read, whatever is in it.
#[derive(Clone, Copy)]
pub(in crate::corpus) enum Flaw {
    /// It goes on behind the limit.
    TooLong,
    /// It goes on to the limit or the end of the file, since the quotation mark that opens at this byte
    /// of it is not closed.
    OpenQuote(usize),
    /// It has several lines, and the quotation mark that opens at this byte of it is closed within a
    /// field: one was forgotten.
    StrayQuote(usize),
    /// The field that begins with the quotation mark at this byte of it has lines that look like rows.
    Swallowed(usize),
    /// A backslash stands before the quotation mark at this byte of it, which so ends a field.
    Backslash(usize),
}

/// What to do about quotation marks with a backslash before them.
const ESCAPED: &str =
    "set `escape` '\\', if a backslash makes a quotation mark text; or double the quotation marks";

/// The rows of a text as they stand there, one after the other; no more of it is in memory than the
/// longest row that is allowed.
pub(in crate::corpus) struct Records<'a> {
    pub name: Arc<str>,
    text: TextStream<'a>,
    pub shape: Shape,
    limit: usize,
    data: Vec<u8>,
    /// The row that was found last.
    row: Range<usize>,
    flaw: Option<Flaw>,
    /// Whether the row has a quotation mark; known of CSV.
    quoted: bool,
    /// Whether a field of the row goes on behind its closing quotation mark.
    stray: bool,
    /// Whether the row has a carriage return that does not end it.
    has_cr: bool,
    /// Whether a carriage return alone ends rows, as it does the header.
    cr_ends: Option<bool>,
    /// The bytes of the row that was found last and the line breaks in it, where they were counted.
    counted: Option<(usize, u64)>,
    /// Line of the row's first byte.
    line: u64,
    ended: bool,
    /// Whether the array is open, and whether it had elements.
    array: Option<bool>,
}

impl<'a> Records<'a> {
    pub fn new(text: TextStream<'a>, shape: Shape, limit: usize) -> Self {
        Self {
            name: text.name().into(),
            text,
            shape,
            limit,
            data: Vec::new(),
            row: 0..0,
            flaw: None,
            quoted: false,
            stray: false,
            has_cr: false,
            cr_ends: None,
            counted: None,
            line: 1,
            ended: false,
            array: None,
        }
    }

    pub fn encoding(&self) -> &'static str {
        self.text.encoding()
    }

    /// The row that was found last, with what ends it.
    pub fn raw(&self) -> &[u8] {
        &self.data[self.row.clone()]
    }

    /// The same without what ends it.
    pub fn content(&self) -> &[u8] {
        let raw = self.raw();
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        raw.strip_suffix(b"\r").unwrap_or(raw)
    }

    /// Whether the row of a CSV table has a quotation mark.
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Whether a field of the row begins with a quotation mark and goes on behind the closing one.
    pub fn has_stray(&self) -> bool {
        self.stray
    }

    /// Whether the row has a carriage return that does not end it, as no other row ends so.
    pub fn has_cr(&self) -> bool {
        self.has_cr
    }

    pub fn line(&self) -> u64 {
        self.line
    }

    pub fn place(&self) -> Place {
        Place::line(&*self.name, self.line)
    }

    /// Goes on to the next row; false if there is none. [`Err`] ends the reading; a row that is wrong in
    /// itself is found, with its [flaw](Self::flaw).
    pub fn next(&mut self) -> Result<bool> {
        self.pass(self.row.end);
        self.flaw = None;
        match self.shape {
            Shape::Lines => self.find_line(),
            Shape::Csv(dialect) => self.find_csv(dialect),
            Shape::Array => self.find_element(),
        }
    }

    /// What is wrong with the row that was found last.
    pub fn flaw(&self) -> Option<Error> {
        let limit = self.limit;
        let of = |at: usize| {
            let before = &self.data[self.row.start..self.row.start + at];
            let line = self.line + count_lines(before);
            let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            (line, (at - start) as u64 + 1)
        };
        let escaped = memchr::memmem::find(self.raw(), b"\\\"").is_some();
        let quote = match escaped {
            true => ESCAPED,
            false => {
                "double the quotation marks within a field and put it into quotation marks; or set \
                 `quote` none, if they are only text"
            }
        };
        Some(match self.flaw? {
            Flaw::TooLong => Error::input(
                self.place(),
                format!("the row is larger than {limit} bytes"),
                "look for line breaks that are missing, or raise `max_page`",
            ),
            Flaw::OpenQuote(at) => {
                let (line, byte) = of(at);
                let problem = match self.ended {
                    true => {
                        format!("the quotation mark at byte {byte} of line {line} never closes")
                    }
                    false => format!(
                        "the quotation mark at byte {byte} of line {line} does not close within {limit} \
                         bytes"
                    ),
                };
                Error::input(self.place(), problem, quote)
            }
            Flaw::StrayQuote(at) => {
                let (line, byte) = of(at);
                let problem = format!(
                    "the quotation mark at byte {byte} of line {line} is closed in the middle of a \
                     field, lines later"
                );
                Error::input(self.place(), problem, quote)
            }
            Flaw::Swallowed(at) => {
                let (line, byte) = of(at);
                let problem = format!(
                    "the field that begins with the quotation mark at byte {byte} of line {line} has \
                     lines that look like rows"
                );
                let help = "set `quote` none, if quotation marks are only text; or `quote` '\"', if \
                            these are lines of the field";
                Error::input(self.place(), problem, help)
            }
            Flaw::Backslash(at) => {
                let (line, byte) = of(at);
                let problem = format!(
                    "a backslash stands before the quotation mark at byte {byte} of line {line}"
                );
                Error::input(self.place(), problem, ESCAPED)
            }
        })
    }

    /// Hands out the bytes of a row that is left out, without what ends it. Of a row with a quotation
    /// mark too many that is the first line alone: the next row begins behind it.
    pub fn leave_out(&mut self, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        let line_end = memchr::memchr(b'\n', self.raw()).map(|at| self.row.start + at + 1);
        match (self.flaw, line_end) {
            (
                Some(
                    Flaw::OpenQuote(_)
                    | Flaw::StrayQuote(_)
                    | Flaw::Swallowed(_)
                    | Flaw::Backslash(_),
                ),
                Some(end),
            ) => self.row.end = end,
            (Some(Flaw::TooLong | Flaw::OpenQuote(_)), None) => {
                // To the end of the line, piece by piece.
                while !self.ended && memchr::memchr(b'\n', self.raw()).is_none() {
                    out(self.raw());
                    self.pass(self.row.end);
                    self.more()?;
                    let end = memchr::memchr(b'\n', &self.data);
                    self.row = 0..end.map_or(self.data.len(), |at| at + 1);
                }
            }
            _ => {}
        }
        out(self.content());
        Ok(())
    }

    /// Whether the first byte that is no white space is this one.
    pub fn begins_with(&mut self, byte: u8) -> Result<bool> {
        loop {
            if let Some(first) = self.data.iter().find(|byte| !byte.is_ascii_whitespace()) {
                return Ok(*first == byte);
            }
            if self.ended || self.data.len() > self.limit {
                return Ok(false);
            }
            self.more()?;
        }
    }

    /// The first line that is not empty.
    pub fn first_line(&mut self) -> Result<&[u8]> {
        let end = loop {
            let from = self.data.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
            let from = from.unwrap_or(self.data.len());
            match memchr::memchr2(b'\n', b'\r', &self.data[from..]) {
                Some(at) => break from + at,
                None if self.ended || self.data.len() > self.limit => break self.data.len(),
                None => self.more()?,
            }
        };
        Ok(&self.data[..end])
    }

    /// What is in memory behind the row that was found last, to the end of a line: one at least.
    pub fn ahead(&mut self) -> Result<&[u8]> {
        let end = loop {
            match memchr::memrchr2(b'\n', b'\r', &self.data[self.row.end..]) {
                Some(end) => break self.row.end + end,
                None if self.ended || !self.may_grow() => break self.data.len(),
                None => self.more()?,
            }
        };
        Ok(&self.data[self.row.end..end])
    }

    /// Forgets what lies before this byte.
    fn pass(&mut self, to: usize) {
        let passed = &self.data[self.row.start..to];
        self.line += match self.counted.take() {
            Some((len, lines)) if len == passed.len() => lines,
            _ => count_lines(passed),
        };
        self.row = to..to;
    }

    /// Reads on; moves what is left to the front.
    fn more(&mut self) -> Result<()> {
        self.data.drain(..self.row.start);
        self.row = 0..self.row.end - self.row.start;
        let name = &self.name;
        let text = self.text.fill_buf().map_err(|error| Error::reading(name, error))?;
        let n = text.len();
        self.data.extend_from_slice(text);
        self.text.consume(n);
        self.ended = n == 0;
        Ok(())
    }

    /// Where the row begins is fixed by now; false if more of it than is allowed is in memory.
    fn may_grow(&self) -> bool {
        self.data.len() - self.row.start <= self.limit
    }

    fn find_line(&mut self) -> Result<bool> {
        let mut at = 0;
        loop {
            let found = memchr::memchr(b'\n', &self.data[self.row.start + at..]);
            let end = found.map_or(self.data.len(), |found| self.row.start + at + found + 1);
            at = end - self.row.start;
            if found.is_some() || self.ended || !self.may_grow() {
                self.row.end = end;
                self.flaw = (at > self.limit.saturating_add(2)).then_some(Flaw::TooLong);
                return Ok(at > 0);
            }
            self.more()?;
        }
    }

    fn find_csv(&mut self, dialect: Dialect) -> Result<bool> {
        // Empty lines are no rows.
        loop {
            let rest = &self.data[self.row.start..];
            let empty = rest.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
            self.pass(self.row.start + empty.unwrap_or(rest.len()));
            if empty.is_some() {
                break;
            }
            if self.ended {
                return Ok(false);
            }
            self.more()?;
        }
        let Dialect { delimiter, quote, escape, .. } = dialect;
        // Without marks another line break: nothing is looked for twice.
        let mark = quote.mark().unwrap_or(b'\n');
        let is_mark = |byte: u8| byte == mark && mark != b'\n';
        let (mut at, mut open, mut stray) = (0, None, None);
        (self.quoted, self.stray, self.has_cr) = (false, false, false);
        loop {
            let row = &self.data[self.row.start..];
            // The next byte decides.
            let known = |at: usize| at + 1 < row.len() || self.ended;
            let found = match (open, escape) {
                (Some(_), None) => memchr::memchr(mark, &row[at..]),
                (Some(_), Some(escape)) => memchr::memchr2(mark, escape, &row[at..]),
                (None, _) => memchr::memchr3(mark, b'\n', b'\r', &row[at..]),
            };
            match found.map(|found| at + found) {
                Some(found) if known(found) => {
                    let next = row.get(found + 1).copied();
                    at = found + 1;
                    match (row[found], open) {
                        (byte, Some(_)) if !is_mark(byte) => at = (at + 1).min(row.len()),
                        (byte, opened) if is_mark(byte) => {
                            self.quoted = true;
                            let begins = || found == 0 || row[found - 1] == delimiter;
                            match opened {
                                Some(_) if next == Some(mark) => at += 1,
                                Some(opened) => {
                                    open = None;
                                    let ends = [delimiter, b'\n', b'\r'];
                                    if next.is_some_and(|next| !ends.contains(&next)) {
                                        stray = stray.or(Some((opened, found)));
                                    }
                                }
                                None if begins() => open = Some(found),
                                None => {}
                            }
                        }
                        (b'\r', _) if next != Some(b'\n') && self.cr_ends == Some(false) => {
                            self.has_cr = true;
                        }
                        (byte, _) => {
                            let pair = byte == b'\r' && next == Some(b'\n');
                            at += usize::from(pair);
                            self.cr_ends.get_or_insert(byte == b'\r' && !pair);
                            self.judge(at, self.limit.saturating_add(2), stray, dialect);
                            break;
                        }
                    }
                    continue;
                }
                Some(found) => at = found,
                None => at = row.len(),
            }
            if self.ended || !self.may_grow() {
                at = self.data.len() - self.row.start;
                match open {
                    Some(opened) => self.flaw = Some(Flaw::OpenQuote(opened)),
                    None => self.judge(at, self.limit, stray, dialect),
                }
                break;
            }
            self.more()?;
        }
        self.row.end = self.row.start + at;
        Ok(true)
    }

    /// Looks for what is wrong with the row of so many bytes, which may have `limit`. `stray` is where a
    /// field begins and where its quotation mark closes, if it goes on behind that.
    fn judge(&mut self, len: usize, limit: usize, stray: Option<(usize, usize)>, dialect: Dialect) {
        let row = &self.data[self.row.start..self.row.start + len];
        let lines = match self.quoted {
            true => count_lines(row),
            false => u64::from(row.last() == Some(&b'\n')),
        };
        self.counted = Some((len, lines));
        let several = lines > u64::from(row.last() == Some(&b'\n'));
        self.flaw = match stray {
            Some((_, closed)) if closed > 0 && row[closed - 1] == b'\\' => {
                Some(Flaw::Backslash(closed))
            }
            Some((opened, _)) if several => Some(Flaw::StrayQuote(opened)),
            _ if len > limit => Some(Flaw::TooLong),
            None if several && dialect.quote == Quote::Checked => {
                swallowed::mark_before_rows(row, dialect).map(Flaw::Swallowed)
            }
            _ => None,
        };
        self.stray = stray.is_some();
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
