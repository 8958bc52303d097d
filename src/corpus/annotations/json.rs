//! The JSON that tools export.

use serde_json::Deserializer;

use crate::{
    corpus::cell::{Cell, json_problem},
    error::{Error, Place, Result},
    input::Source,
};

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
