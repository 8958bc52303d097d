//! CSV to rows.

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::{
    reader::{Bad, Format, Options, Reader, encoding_note},
    records::{Records, Shape},
};
use crate::{
    corpus::{cell::Cell, row::Row, write},
    error::{Error, Place, Result},
    input::{Input, TextStream, empty, not_utf8},
};

pub(super) const CSV: Format = Format::table("csv", "CSV", open)
    .endings(&["csv"])
    .about("A table with a header row")
    .written_by(&write::csv::CSV);

pub(super) const TSV: Format = Format::table("tsv", "TSV", open_tsv)
    .endings(&["tsv", "tab"])
    .about("The same with tabs")
    .written_by(&write::csv::TSV);

fn open<'a>(input: &Input<'a>, options: &Options, _: Vec<String>) -> Result<Box<dyn Reader + 'a>> {
    let text = input.text(options.encoding, options.skip)?;
    let reader = CsvReader::open(text, options.delimiter, options.max_page)?;
    if reader.columns.iter().all(String::is_empty) {
        return Err(empty(input.name()));
    }
    Ok(Box::new(reader))
}

fn open_tsv<'a>(
    input: &Input<'a>,
    options: &Options,
    columns: Vec<String>,
) -> Result<Box<dyn Reader + 'a>> {
    let delimiter = options.delimiter.or(Some(b'\t'));
    open(input, &Options { delimiter, ..options.clone() }, columns)
}

/// Delimiters that a header without commas may have.
const DELIMITERS: [u8; 3] = [b';', b'\t', b'|'];

/// The rows of a CSV table, one after the other.
struct CsvReader<'a> {
    records: Records<'a>,
    columns: Vec<String>,
    /// The delimiter, if it was found and not given.
    found: Option<u8>,
    delimiter: u8,
    /// Takes rows with quotation marks apart.
    quoted: csv_core::Reader,
    /// The fields of a row with quotation marks one after the other, without delimiters.
    text: Vec<u8>,
    /// Where each field of a row ends: in `text`, or in the row itself if it has no quotation marks.
    ends: Vec<usize>,
    n_fields: usize,
}

impl<'a> CsvReader<'a> {
    /// Reads the header.
    fn open(text: TextStream<'a>, delimiter: Option<u8>, limit: usize) -> Result<Self> {
        let shape = Shape::Csv { delimiter: delimiter.unwrap_or(b',') };
        let mut records = Records::new(text, shape, limit);
        let mut found = None;
        if delimiter.is_none() {
            found = sniffed(records.first_line()?);
            records.shape = Shape::Csv { delimiter: found.unwrap_or(b',') };
        }
        let Shape::Csv { delimiter } = records.shape else { unreachable!("it is CSV") };
        let quoted = ReaderBuilder::new().delimiter(delimiter).build();
        let (columns, text, ends) = (Vec::new(), Vec::new(), Vec::new());
        let mut rows = Self { records, columns, found, delimiter, quoted, text, ends, n_fields: 0 };
        if rows.advance().map_err(Bad::into_error)? {
            let names = rows.fields().map_err(Bad::into_error)?;
            rows.columns = names.map(|name| bare(name).to_owned()).collect();
        }
        Ok(rows)
    }

    /// Goes on to the next row; false if there is none.
    fn advance(&mut self) -> Result<bool, Bad> {
        if !self.records.next().map_err(Bad::Fatal)? {
            return Ok(false);
        }
        if let Some(flaw) = self.records.flaw() {
            return Err(Bad::Row(flaw));
        }
        self.split();
        let (len, expected_len) = (self.n_fields, self.columns.len());
        if len != expected_len && expected_len > 0 {
            let column = 1 + len.min(expected_len) as u64;
            let place = Place { column: Some(column), ..self.records.place() };
            let problem = format!("fields in the row: {len}, in the header: {expected_len}");
            let help = "look for a missing or stray comma, or a quotation mark that never closes";
            return Err(Bad::Row(Error::input(place, problem, help)));
        }
        Ok(true)
    }

    /// Takes the row apart.
    fn split(&mut self) {
        if !self.records.is_quoted() {
            let row = self.records.content();
            self.ends.clear();
            self.ends.extend(memchr::memchr_iter(self.delimiter, row));
            self.ends.push(row.len());
            self.n_fields = self.ends.len();
            return;
        }
        let raw = self.records.raw();
        if self.text.len() < raw.len() {
            self.text.resize(raw.len(), 0);
        }
        let (mut read, mut written, mut n_fields) = (0, 0, 0);
        loop {
            if n_fields == self.ends.len() {
                self.ends.resize(2 * n_fields + 16, 0);
            }
            let (result, n_read, n_written, n_ends) = self.quoted.read_record(
                &raw[read..],
                &mut self.text[written..],
                &mut self.ends[n_fields..],
            );
            read += n_read;
            written += n_written;
            n_fields += n_ends;
            match result {
                // What is left is at most the second byte of a line's end.
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::OutputFull => self.text.push(0),
            }
        }
        self.n_fields = n_fields;
    }

    fn fields(&self) -> Result<impl Iterator<Item = &str>, Bad> {
        let ends = &self.ends[..self.n_fields];
        let (bytes, between) = match self.records.is_quoted() {
            true => (&self.text[..ends.last().copied().unwrap_or(0)], 0),
            false => (self.records.content(), 1),
        };
        let text = std::str::from_utf8(bytes).map_err(|_| self.not_utf8())?;
        let starts = std::iter::once(0).chain(ends.iter().map(move |end| end + between));
        // A delimiter is ASCII, so that no character is cut.
        Ok(starts.zip(ends).map(move |(start, &end)| text.get(start..end).unwrap_or_default()))
    }

    fn not_utf8(&self) -> Bad {
        let raw = self.records.raw();
        let at = std::str::from_utf8(raw).map_or_else(|error| error.valid_up_to(), |_| 0);
        let line = self.records.line() + memchr::memchr_iter(b'\n', &raw[..at]).count() as u64;
        let start = memchr::memrchr(b'\n', &raw[..at]).map_or(0, |end| end + 1);
        let place = Place::column(&*self.records.name, line, (at - start) as u64 + 1);
        Bad::Row(not_utf8(place, raw.get(at).copied().unwrap_or(0)))
    }
}

impl Reader for CsvReader<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Row>, Bad> {
        if !self.advance()? {
            return Ok(None);
        }
        let cells = self.fields()?.map(Cell::from).collect();
        Ok(Some(Row::new(self.records.name.clone(), self.records.line(), cells)))
    }

    fn leave_out(&mut self, _: Option<&Row>, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.records.leave_out(out)
    }

    fn notes(&self) -> Vec<String> {
        let name = &self.records.name;
        let delimiter = self.found.map(|delimiter| {
            let shown = match delimiter {
                b'\t' => "tab".to_owned(),
                other => char::from(other).to_string(),
            };
            format!("{name}: its delimiter is {shown}, as the header has no comma")
        });
        encoding_note(name, self.records.encoding()).into_iter().chain(delimiter).collect()
    }

    fn for_each_cell(
        &mut self,
        column: usize,
        skip: bool,
        visit: &mut dyn FnMut(&str),
    ) -> Result<bool> {
        loop {
            let field = self.advance().and_then(|any| match any {
                true => Ok(self.fields()?.nth(column)),
                false => Ok(None),
            });
            match field {
                Ok(Some(field)) => visit(field),
                Ok(None) => return Ok(true),
                Err(Bad::Row(_)) if skip => self.records.leave_out(&mut |_| ())?,
                Err(bad) => return Err(bad.into_error()),
            }
        }
    }
}

/// The delimiter in a header without commas, outside quotation marks.
fn sniffed(header: &[u8]) -> Option<u8> {
    let mut quoted = false;
    let outside: Vec<u8> = header
        .iter()
        .copied()
        .filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted
        })
        .collect();
    let count = |delimiter: u8| outside.iter().filter(|byte| **byte == delimiter).count();
    if count(b',') > 0 {
        return None;
    }
    let most = DELIMITERS.into_iter().rev().max_by_key(|delimiter| count(*delimiter));
    most.filter(|delimiter| count(*delimiter) > 0)
}

/// A column's name without white space around it and byte order marks, of which files that were put
/// together have several: one in front of a table that is written would be taken for the file's own.
fn bare(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The rows of a text are those that the kept library finds in it, but for quotation marks that
        /// were forgotten, which it does not report.
        #[test]
        fn rows_are_those_of_csv(text in "[ab,;\"\n\r\té]{0,40}", end in "[\n]?") {
            let text = format!("h{end}{text}");
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let stream = TextStream::of_text("t", &text);
            let mut rows = CsvReader::open(stream, Some(b','), 1000);
            let mut found = Vec::new();
            if let Ok(rows) = &mut rows {
                found.push(rows.fields().map_err(Bad::into_error).unwrap().map(str::to_owned).collect());
                rows.columns.clear();
                loop {
                    match rows.advance() {
                        Ok(true) => {
                            let fields = rows.fields().map_err(Bad::into_error).unwrap();
                            found.push(fields.map(str::to_owned).collect::<Vec<_>>());
                        }
                        Ok(false) => break,
                        Err(bad) => {
                            let error = bad.into_error().to_string();
                            prop_assert!(error.contains("quotation mark"), "{}", error);
                            return Ok(());
                        }
                    }
                }
                prop_assert_eq!(found, expected);
            }
        }
    }
}
