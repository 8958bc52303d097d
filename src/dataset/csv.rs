//! CSV to rows.

use std::{io::BufRead, sync::Arc};

use csv::{Reader, StringRecord};
use serde_json::Value;

use super::table::Row;
use crate::error::{Error, Place, Result};

/// The rows of a CSV table, one after the other.
pub(super) struct CsvRows<R> {
    name: Arc<str>,
    reader: Reader<R>,
    record: StringRecord,
    /// By how much the lines of rows are more than the reader says: it lets a row begin between the
    /// two characters that end the line before.
    behind: u64,
}

impl<R: BufRead> CsvRows<R> {
    /// The columns' names, and the rows.
    pub fn open(name: &str, mut text: R) -> Result<(Vec<String>, Self)> {
        let start = text.fill_buf().map_err(|error| Error::reading(name, error))?;
        let first_end = start.iter().position(|&byte| byte == b'\n');
        let behind = u64::from(first_end.is_some_and(|at| at > 0 && start[at - 1] == b'\r'));
        let mut reader = csv::ReaderBuilder::new().from_reader(text);
        let columns = match reader.headers() {
            Ok(columns) => columns.iter().map(|column| column.trim().to_owned()).collect(),
            Err(error) => return Err(wrong(name, 0, error)),
        };
        Ok((columns, Self { name: name.into(), reader, record: StringRecord::new(), behind }))
    }

    /// Calls `visit` with one field of each row that is left.
    pub fn for_each_field(&mut self, column: usize, mut visit: impl FnMut(&str)) -> Result<()> {
        let Self { name, reader, record, behind } = self;
        while reader.read_record(record).map_err(|error| wrong(name, *behind, error))? {
            visit(&record[column]);
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for CsvRows<R> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line) + self.behind;
                let cells = self.record.iter().map(|cell| Value::String(cell.to_owned()));
                Some(Ok(Row::new(self.name.clone(), line, cells.collect())))
            }
            Err(error) => Some(Err(wrong(&self.name, self.behind, error))),
        }
    }
}

fn wrong(name: &str, behind: u64, error: csv::Error) -> Error {
    let mut place = Place { file: name.to_owned(), line: None, column: None };
    place.line = error.position().map(|position| position.line() + behind);
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        place.column = Some(1 + (*len).min(*expected_len));
        let problem = format!("fields in the row: {len}, in the header: {expected_len}");
        let way_out = "look for a missing or stray comma, or a quotation mark that never closes";
        return Error::input(place, problem, way_out);
    }
    let problem = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::reading(name, error),
        _ => Error::input(place, problem, "save the table as CSV (RFC 4180) in UTF-8"),
    }
}
