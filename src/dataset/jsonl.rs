//! JSON lines to rows.

use std::{collections::HashMap, io::BufRead, sync::Arc};

use serde_json::{Map, Value};

use super::table::Row;
use crate::error::{Error, Place, Result};

/// The rows of JSON lines: each has a cell for every column that was there before it or is new in it.
pub(super) struct JsonRows<R> {
    name: Arc<str>,
    text: R,
    line: u64,
    buffer: String,
    columns: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl<R: BufRead> JsonRows<R> {
    /// With the columns that are known before.
    pub fn open(name: &str, text: R, columns: &[String]) -> Self {
        let numbers = columns.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        let (name, columns) = (name.into(), columns.to_vec());
        Self { name, text, line: 0, buffer: String::new(), columns, numbers }
    }

    /// All rows, and the columns, of which each row has a cell.
    pub fn read(mut self) -> Result<(Vec<String>, Vec<Row>)> {
        let mut rows = self.by_ref().collect::<Result<Vec<_>>>()?;
        rows.iter_mut().for_each(|row| row.cells.resize(self.columns.len(), Value::Null));
        Ok((self.columns, rows))
    }

    /// The number of a column, if it has come up.
    pub fn number(&self, column: &str) -> Option<usize> {
        self.numbers.get(column).copied()
    }

    /// The columns that have come up.
    pub fn into_columns(self) -> Vec<String> {
        self.columns
    }

    fn parse(&self) -> Result<Map<String, Value>> {
        serde_json::from_str(self.buffer.trim_end_matches(['\n', '\r'])).map_err(|error| {
            let message = error.to_string();
            // The parser counts lines from the start of its text, which is one line.
            let message = message.split(" at line ").next().unwrap_or_default();
            Error::input(
                Place::column(&*self.name, self.line, error.column() as u64),
                format!("the line is not a JSON object ({message})"),
                "write one object a line, as {\"text\": \"...\"}",
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
            cells.resize(self.columns.len(), Value::Null);
            cells[at] = value;
        }
        Row::new(self.name.clone(), self.line, cells)
    }
}

impl<R: BufRead> Iterator for JsonRows<R> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.buffer.clear();
            self.line += 1;
            match self.text.read_line(&mut self.buffer) {
                Ok(0) => return None,
                Ok(_) if self.buffer.trim().is_empty() => {}
                Ok(_) => return Some(self.parse().map(|object| self.row(object))),
                Err(error) => return Some(Err(Error::reading(&self.name, error))),
            }
        }
    }
}
