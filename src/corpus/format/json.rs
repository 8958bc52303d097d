//! JSON lines, and JSON arrays, to rows.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::records::{Records, Shape};
use crate::{
    corpus::{row::Row, rows::Bad},
    error::{Error, Place},
    input::not_utf8,
};

/// The rows of JSON objects: each has a cell for every column that was there before it or is new in it.
pub(in crate::corpus) struct JsonRows<'a> {
    pub records: Records<'a>,
    pub columns: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl<'a> JsonRows<'a> {
    /// With the columns that are known before.
    pub fn open(records: Records<'a>, columns: Vec<String>) -> Self {
        let numbers = columns.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        Self { records, columns, numbers }
    }

    /// The number of a column, if it has come up.
    pub fn number(&self, column: &str) -> Option<usize> {
        self.numbers.get(column).copied()
    }

    /// The next row.
    pub fn next(&mut self) -> Result<Option<Row>, Bad> {
        loop {
            if !self.records.next().map_err(Bad::Fatal)? {
                return Ok(None);
            }
            if let Some(flaw) = self.records.flaw() {
                return Err(Bad::Row(flaw));
            }
            if !self.records.raw().trim_ascii().is_empty() {
                let object = self.parse().map_err(Bad::Row)?;
                return Ok(Some(self.row(object)));
            }
        }
    }

    fn parse(&self) -> Result<Map<String, Value>, Error> {
        let (raw, line) = (self.records.raw(), self.records.line());
        let place =
            |lines: u64, column: u64| Place::column(&*self.records.name, line + lines, column);
        // Only what may have other bytes is looked at twice.
        if self.records.lenient()
            && let Err(error) = std::str::from_utf8(raw)
        {
            let (before, from) = raw.split_at(error.valid_up_to());
            let lines = memchr::memchr_iter(b'\n', before).count() as u64;
            let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            return Err(not_utf8(place(lines, (before.len() - start) as u64 + 1), from[0]));
        }
        serde_json::from_slice(raw.trim_ascii_end()).map_err(|error| {
            let message = error.to_string();
            // Its lines are counted from the start of the element.
            let message = match message.split(" at line ").next().unwrap_or_default() {
                escape if escape.contains("hex escape") => {
                    r"a \u escape that is cut short, or half of a surrogate pair"
                }
                message => message,
            };
            let what = match self.records.shape {
                Shape::Array => "the element",
                _ => "the line",
            };
            Error::input(
                place((error.line() as u64).saturating_sub(1), error.column() as u64),
                format!("{what} is not a JSON object ({message})"),
                match self.records.shape {
                    Shape::Array => "write the array as [{\"text\": \"...\"}, ...]",
                    _ => "write one object a line, as {\"text\": \"...\"}",
                },
            )
        })
    }

    fn row(&mut self, object: Map<String, Value>) -> Row {
        let mut cells = vec![Value::Null; self.columns.len()];
        for (name, value) in object {
            let at = *self.numbers.entry(name).or_insert_with_key(|name| {
                self.columns.push(name.clone());
                self.columns.len() - 1
            });
            if at >= cells.len() {
                cells.resize(self.columns.len(), Value::Null);
            }
            cells[at] = value;
        }
        Row::new(self.records.name.clone(), self.records.line(), cells)
    }
}
