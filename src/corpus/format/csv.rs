//! CSV to rows.

mod header;

pub(super) use header::is_table;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use super::{
    dialect::Dialect,
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

/// The same without cells that a spreadsheet would compute.
pub(super) const SAFE_CSV: Format =
    Format::table("csv", "CSV", open).endings(&["csv"]).written_by(&write::csv::SAFE_CSV);

pub(super) const TSV: Format = Format::table("tsv", "TSV", open_tsv)
    .endings(&["tsv", "tab"])
    .about("The same with tabs")
    .written_by(&write::csv::TSV);

pub(super) const SAFE_TSV: Format = Format::table("tsv", "TSV", open_tsv)
    .endings(&["tsv", "tab"])
    .written_by(&write::csv::SAFE_TSV);

fn open<'a>(input: &Input<'a>, options: &Options, _: Vec<String>) -> Result<Box<dyn Reader + 'a>> {
    open_with(input, options, None)
}

fn open_tsv<'a>(
    input: &Input<'a>,
    options: &Options,
    _: Vec<String>,
) -> Result<Box<dyn Reader + 'a>> {
    open_with(input, options, Some(b'\t'))
}

/// With the delimiter that is usual in such files.
fn open_with<'a>(
    input: &Input<'a>,
    options: &Options,
    usual: Option<u8>,
) -> Result<Box<dyn Reader + 'a>> {
    let text = input.text(options.encoding, options.skip)?;
    let reader = CsvReader::open(text, options, usual)?;
    if reader.columns.iter().all(String::is_empty) {
        return Err(empty(input.name()));
    }
    Ok(Box::new(reader))
}

/// The rows of a CSV table, one after the other.
struct CsvReader<'a> {
    records: Records<'a>,
    columns: Vec<String>,
    dialect: Dialect,
    fill_short_rows: bool,
    /// The numbers of fields that are no columns: they have no name, and are empty.
    left_out: Vec<usize>,
    /// Takes rows with quotation marks apart.
    quoted: csv_core::Reader,
    /// The fields of a row with quotation marks one after the other, without delimiters.
    text: Vec<u8>,
    /// Where each field of a row ends: in `text`, or in the row itself if it has no quotation marks.
    ends: Vec<usize>,
    n_fields: usize,
    notes: Vec<String>,
    /// Rows with fields that are kept as they are, quotation marks and all, and the line of the first.
    with_marks: (u64, u64),
}

impl<'a> CsvReader<'a> {
    /// Reads the header.
    fn open(text: TextStream<'a>, options: &Options, usual: Option<u8>) -> Result<Self> {
        let quote = options.quote;
        let dialect = Dialect { delimiter: b',', quote, escape: options.escape, n_fields: 0 };
        let mut records = Records::new(text, Shape::Lines, options.max_page);
        let name = records.name.clone();
        let mut notes = Vec::new();
        let declared = header::declared(records.first_line()?);
        if let Some(delimiter) = declared {
            // Its line is passed.
            while records.next()? && records.raw().trim_ascii().is_empty() {}
            let shown = header::shown(delimiter);
            notes.push(format!("{name}: its first line says that fields are separated by {shown}"));
        }
        let mut delimiter = options.delimiter.or(declared).or(usual);
        if delimiter.is_none()
            && let Some((found, why)) = header::sniffed(records.first_line()?, quote, &options.text)
        {
            let shown = match found {
                b'\t' => "tabs".to_owned(),
                other => format!("{:?}", char::from(other).to_string()),
            };
            notes.push(format!("{name}: fields are separated by {shown} ({why})"));
            delimiter = Some(found);
        }
        let dialect = Dialect { delimiter: delimiter.unwrap_or(b','), ..dialect };
        records.shape = Shape::Csv(dialect);
        let mut builder = ReaderBuilder::new();
        // A carriage return that does not end a row is text.
        let terminator = Terminator::Any(b'\n');
        builder.delimiter(dialect.delimiter).escape(options.escape).terminator(terminator);
        let quoted = match quote.mark() {
            Some(mark) => builder.quote(mark).build(),
            None => builder.quoting(false).build(),
        };
        let mut rows = Self {
            records,
            columns: Vec::new(),
            dialect,
            fill_short_rows: options.fill_short_rows,
            left_out: Vec::new(),
            quoted,
            text: Vec::new(),
            ends: Vec::new(),
            n_fields: 0,
            notes,
            with_marks: (0, 0),
        };
        if rows.advance().map_err(Bad::into_error)? {
            let names = rows.fields().map_err(Bad::into_error)?;
            rows.columns = names.map(|name| header::bare(name).to_owned()).collect();
            rows.begin()?;
        }
        Ok(rows)
    }

    /// Behind the header it is known how many fields there are.
    fn begin(&mut self) -> Result<()> {
        let n_fields = self.columns.len();
        self.dialect.n_fields = n_fields;
        self.records.shape = Shape::Csv(self.dialect);
        let nameless = |number: &usize| self.columns[*number].is_empty();
        let nameless: Vec<usize> = (0..n_fields).filter(nameless).collect();
        if nameless.is_empty() || nameless.len() == n_fields {
            return Ok(());
        }
        self.left_out = header::empty_fields(self.records.ahead()?, nameless, self.dialect);
        if !self.left_out.is_empty() {
            let mut numbers = 0..n_fields;
            self.columns.retain(|_| numbers.next().is_none_or(|n| !self.left_out.contains(&n)));
            let shown: Vec<String> =
                self.left_out.iter().map(|number| (number + 1).to_string()).collect();
            let (name, shown) = (&self.records.name, shown.join(", "));
            let note = match self.left_out.len() {
                1 => format!("{name}: the column {shown} is left out: it has no name and is empty"),
                _ => {
                    format!("{name}: columns are left out that have no name and are empty: {shown}")
                }
            };
            self.notes.push(note);
        }
        Ok(())
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
        let (n, expected) = (self.n_fields, self.dialect.n_fields);
        if n != expected && expected > 0 && !(n < expected && self.fill_short_rows) {
            return Err(Bad::Row(self.wrong_number()));
        }
        if !self.left_out.is_empty() {
            self.check_left_out()?;
        }
        Ok(true)
    }

    /// That the row has more or fewer fields than the header, and why that may be.
    fn wrong_number(&self) -> Error {
        let (n, expected) = (self.n_fields, self.dialect.n_fields);
        let column = 1 + n.min(expected) as u64;
        let place = Place { column: Some(column), ..self.records.place() };
        let problem = format!("fields in the row: {n}, in the header: {expected}");
        let delimiter = header::shown(self.dialect.delimiter);
        let raw = self.records.raw();
        let help = if self.records.has_cr() {
            "look at the carriage return in the row: rows end with a line feed here".to_owned()
        } else if self.records.is_quoted() && memchr::memchr(b'\n', raw.trim_ascii_end()).is_some()
        {
            "look for a quotation mark too many: the row has several lines; set `quote` none, if \
             quotation marks are only text"
                .to_owned()
        } else if n < expected {
            format!(
                "set `fill_short_rows`, if the fields at its end are missing, as spreadsheets leave out \
                 empty ones; else look for a missing {delimiter}"
            )
        } else {
            format!("look for a stray {delimiter}, or put the field with it into quotation marks")
        };
        Error::input(place, problem, help)
    }

    /// # Errors
    /// If a field has a value that is in none of the columns.
    fn check_left_out(&self) -> Result<(), Bad> {
        for (number, field) in self.fields()?.enumerate() {
            if !field.trim().is_empty() && self.left_out.contains(&number) {
                let place = Place { column: Some(number as u64 + 1), ..self.records.place() };
                let problem = "the column has no name, and was left out as an empty one";
                let help = "give it a name in the header, or empty the field";
                return Err(Bad::Row(Error::input(place, problem, help)));
            }
        }
        Ok(())
    }

    /// Takes the row apart.
    fn split(&mut self) {
        if !self.records.is_quoted() {
            let row = self.records.content();
            self.ends.clear();
            self.ends.extend(memchr::memchr_iter(self.dialect.delimiter, row));
            self.ends.push(row.len());
            self.n_fields = self.ends.len();
            return;
        }
        if self.records.has_stray() {
            self.split_as_it_is();
            return;
        }
        let raw = self.records.content();
        if self.text.len() < raw.len() {
            self.text.resize(raw.len(), 0);
        }
        // What ends the row is not in it, and may be text within it.
        let (mut rest, mut behind) = (raw, &b"\n"[..]);
        let (mut written, mut n_fields) = (0, 0);
        loop {
            if n_fields == self.ends.len() {
                self.ends.resize(2 * n_fields + 16, 0);
            }
            let (result, n_read, n_written, n_ends) = self.quoted.read_record(
                rest,
                &mut self.text[written..],
                &mut self.ends[n_fields..],
            );
            rest = &rest[n_read..];
            written += n_written;
            n_fields += n_ends;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::InputEmpty if rest.is_empty() => {
                    rest = std::mem::take(&mut behind);
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::OutputFull => self.text.push(0),
            }
        }
        self.n_fields = n_fields;
    }

    /// Takes a row apart that has fields which go on behind their closing quotation mark: these keep
    /// their marks.
    fn split_as_it_is(&mut self) {
        let (n, first) = self.with_marks;
        self.with_marks = (n + 1, if n == 0 { self.records.line() } else { first });
        let row = self.records.content();
        let Dialect { delimiter, escape, quote, .. } = self.dialect;
        self.text.clear();
        self.ends.clear();
        let mut at = 0;
        loop {
            let begin = at;
            if row.get(at).copied() == quote.mark() && at < row.len() {
                let mark = row[at];
                at += 1;
                while at < row.len() && (row[at] != mark || row.get(at + 1) == Some(&mark)) {
                    let pair = row[at] == mark || escape == Some(row[at]);
                    at += if pair { 2 } else { 1 };
                }
                at = (at + 1).min(row.len());
            }
            let closed = at;
            at += memchr::memchr(delimiter, &row[at..]).unwrap_or(row.len() - at);
            if begin + 1 < closed && closed == at {
                // Nothing is behind the closing mark.
                let mut inside = row[begin + 1..at - 1].iter();
                while let Some(&byte) = inside.next() {
                    let pair = byte == row[begin] || escape == Some(byte);
                    self.text.push(if pair { *inside.next().unwrap_or(&byte) } else { byte });
                }
            } else {
                self.text.extend_from_slice(&row[begin..at]);
            }
            self.ends.push(self.text.len());
            if at >= row.len() {
                break;
            }
            at += 1;
        }
        self.n_fields = self.ends.len();
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

    /// The fields that are columns.
    fn cells(&self) -> Result<Vec<Cell>, Bad> {
        let all = self.fields()?;
        let mut cells: Vec<Cell> = if self.left_out.is_empty() {
            all.map(Cell::from).collect()
        } else {
            let kept = all.enumerate().filter(|(number, _)| !self.left_out.contains(number));
            kept.map(|(_, field)| Cell::from(field)).collect()
        };
        // Fewer only if they are to be filled.
        cells.resize_with(self.columns.len(), || Cell::from(""));
        Ok(cells)
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
        Ok(Some(Row::new(self.records.name.clone(), self.records.line(), self.cells()?)))
    }

    fn leave_out(&mut self, _: Option<&Row>, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.records.leave_out(out)
    }

    fn notes(&self) -> Vec<String> {
        let name = &self.records.name;
        let with_marks = match self.with_marks {
            (0, _) => None,
            (n, line) => Some(format!(
                "{name}: rows with a field that goes on behind its closing quotation mark, and is kept \
                 as it is: {n}, the first on line {line}; set `quote` none, if quotation marks are \
                 only text"
            )),
        };
        let encoding = encoding_note(name, self.records.encoding());
        encoding.into_iter().chain(self.notes.iter().cloned()).chain(with_marks).collect()
    }

    fn for_each_cell(
        &mut self,
        column: usize,
        skip: bool,
        visit: &mut dyn FnMut(&str),
    ) -> Result<bool> {
        let mut kept = (0..self.dialect.n_fields).filter(|number| !self.left_out.contains(number));
        let field = kept.nth(column).unwrap_or(column);
        loop {
            let field = self.advance().and_then(|any| match any {
                // Missing only if it is to be filled.
                true => Ok(Some(self.fields()?.nth(field).unwrap_or(""))),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::corpus::ReadSettings;

    proptest! {
        /// The rows of a text are those that the kept library finds in it, but for quotation marks that
        /// were forgotten, which it does not report, or that close within a field, which it takes out.
        #[test]
        fn rows_are_those_of_csv(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "a", "b", ",", ";", "\"", "\n", "\r\n", "\t", "é",
            ]), 0..40),
            end in "[\n]?",
        ) {
            let text = format!("h{end}{}", pieces.concat());
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let stream = TextStream::of_text("t", &text);
            let settings = ReadSettings::new().delimiter(b',').max_page(1000);
            let mut rows = CsvReader::open(stream, &settings.options(), None);
            let mut found = Vec::new();
            if let Ok(rows) = &mut rows {
                rows.left_out.clear();
                found.push(rows.fields().map_err(Bad::into_error).unwrap().map(str::to_owned).collect());
                rows.dialect.n_fields = 0;
                rows.records.shape = Shape::Csv(rows.dialect);
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
                if rows.with_marks.0 == 0 {
                    prop_assert_eq!(found, expected);
                } else {
                    prop_assert_eq!(found.len(), expected.len());
                }
            }
        }
    }
}
