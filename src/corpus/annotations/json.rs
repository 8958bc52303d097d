//! The JSON that tools export, and their CSV.

use serde::de::IgnoredAny;
use serde_json::Deserializer;

use crate::{
    corpus::{
        InputFormat, ReadSettings,
        cell::{Cell, cell_text, json_problem},
        fields::Fields,
        table::Corpus,
    },
    error::{Error, Place, Result},
    input::Source,
};

/// Whether a text is JSON, or JSON lines; else it is CSV.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The values of JSON, JSON lines or CSV, each with the line in which it begins, or 0. A row of CSV is an
/// object, and lists and objects in its cells are what they say.
pub(super) fn records(source: &Source) -> Result<Vec<(u64, Cell)>> {
    if is_json(source.text()) {
        return values(source).collect();
    }
    let settings = ReadSettings::new().max_passage(usize::MAX);
    let settings = match settings.format_of(source.name()) {
        Ok(format) if format == InputFormat::TSV => settings.format(format),
        _ => settings.format(InputFormat::CSV),
    };
    let table = Corpus::read_labels(source, &settings)?;
    let cell = |cell: &Cell| match cell_text(cell).trim() {
        "" => Cell::Null,
        text if is_json(text) => match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => Cell::of_json(text).unwrap_or_else(|_| cell.clone()),
            Err(_) => cell.clone(),
        },
        _ => cell.clone(),
    };
    let record = |row: &crate::corpus::row::Row| {
        let cells = table.columns().iter().cloned().zip(row.cells.iter().map(cell));
        (row.line, Cell::Json(cells.collect::<Fields>().to_json().into()))
    };
    Ok(table.rows.iter().map(record).collect())
}

/// The values of JSON lines, each with the line in which it begins; of a list, if the text is one.
pub(super) fn values(source: &Source) -> impl Iterator<Item = Result<(u64, Cell)>> + '_ {
    let mut stream = Deserializer::from_str(source.text()).into_iter::<Cell>();
    let (mut line, mut counted) = (1, 0);
    std::iter::from_fn(move || {
        let before = stream.byte_offset();
        let white = source.text()[before..].len() - source.text()[before..].trim_start().len();
        line += memchr::memchr_iter(b'\n', &source.text().as_bytes()[counted..before + white])
            .count() as u64;
        counted = before + white;
        let found = stream.next()?.map_err(|error| {
            let place = match error.line() {
                0 => Place::line(source.name(), line),
                line => Place::column(source.name(), line as u64, error.column() as u64),
            };
            let help = "export it again as JSON, or JSON lines, in UTF-8";
            Error::input(place, format!("this is not JSON ({})", json_problem(&error)), help)
        });
        Some(match found.map(|cell| (cell.as_list(), cell)) {
            // A list is not read bit by bit: its items have no lines.
            Ok((Some(items), _)) => items.into_iter().map(|item| Ok((0, item))).collect(),
            Ok((None, cell)) => vec![Ok((line, cell))],
            Err(error) => vec![Err(error)],
        })
    })
    .flatten()
}
