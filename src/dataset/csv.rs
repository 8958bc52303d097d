//! CSV to rows.

use serde_json::Value;

use super::table::Row;
use crate::{
    error::{Error, Place, Result},
    page::Source,
};

pub(super) fn read(source: &Source) -> Result<(Vec<String>, Vec<Row>)> {
    let mut reader = csv::ReaderBuilder::new().from_reader(source.text().as_bytes());
    let name = source.name();
    let columns: Vec<String> = reader
        .headers()
        .map_err(|error| wrong(name, &error))?
        .iter()
        .map(|column| column.trim().to_owned())
        .collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(name, &error))?;
        let place = Place::line(name, record.position().map_or(0, csv::Position::line));
        let cells = record.iter().map(|cell| Value::String(cell.to_owned()));
        rows.push(Row::new(place, cells.collect()));
    }
    Ok((columns, rows))
}

fn wrong(name: &str, error: &csv::Error) -> Error {
    let mut place = Place { file: name.to_owned(), line: None, column: None };
    place.line = error.position().map(csv::Position::line);
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        place.column = Some(1 + (*len).min(*expected_len));
        let problem = format!("fields in the row: {len}, in the header: {expected_len}");
        let way_out = "look for a missing or stray comma, or a quotation mark that never closes";
        return Error::input(place, problem, way_out);
    }
    Error::input(place, error.to_string(), "save the table as CSV (RFC 4180) in UTF-8")
}
