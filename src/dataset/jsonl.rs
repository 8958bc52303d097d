//! JSON lines to rows.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::table::Row;
use crate::{
    error::{Error, Place, Result},
    page::Source,
};

pub(super) fn read(source: &Source) -> Result<(Vec<String>, Vec<Row>)> {
    let mut columns: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut rows = Vec::new();
    for (line, text) in (1u64..).zip(source.text().lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            // The parser counts lines from the start of its text, which is one line.
            let message = message.split(" at line ").next().unwrap_or_default();
            Error::input(
                Place::column(source.name(), line, error.column() as u64),
                format!("the line is not a JSON object ({message})"),
                "write one object a line, as {\"text\": \"...\"}",
            )
        })?;
        let mut cells = vec![Value::Null; columns.len()];
        for (name, value) in object {
            let at = *numbers.entry(name).or_insert_with_key(|name| {
                columns.push(name.clone());
                columns.len() - 1
            });
            cells.resize(columns.len(), Value::Null);
            cells[at] = value;
        }
        rows.push(Row::new(Place::line(source.name(), line), cells));
    }
    rows.iter_mut().for_each(|row| row.cells.resize(columns.len(), Value::Null));
    Ok((columns, rows))
}
