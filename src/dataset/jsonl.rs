//! JSON lines to rows.

use std::{collections::HashMap, io::BufRead, sync::Arc};

use serde_json::{Map, Value};

use super::table::Row;
use crate::error::{Error, Place, Result};

/// The objects of a file of JSON lines, one after the other, each with its line.
pub(super) struct Objects<R> {
    name: Arc<str>,
    text: R,
    line: u64,
    buffer: String,
}

impl<R: BufRead> Objects<R> {
    pub fn open(name: &str, text: R) -> Self {
        Self { name: name.into(), text, line: 0, buffer: String::new() }
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
}

impl<R: BufRead> Iterator for Objects<R> {
    type Item = Result<(u64, Map<String, Value>)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.buffer.clear();
            self.line += 1;
            match self.text.read_line(&mut self.buffer) {
                Ok(0) => return None,
                Ok(_) if self.buffer.trim().is_empty() => {}
                Ok(_) => return Some(self.parse().map(|object| (self.line, object))),
                Err(error) => return Some(Err(Error::reading(&self.name, error))),
            }
        }
    }
}

/// The rows of JSON lines: each has a cell for every column that was there before it or is new in it.
pub(super) struct JsonRows<R> {
    objects: Objects<R>,
    pub columns: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl<R: BufRead> JsonRows<R> {
    /// With the columns that are known before.
    pub fn open(name: &str, text: R, columns: &[String]) -> Self {
        let numbers = columns.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        Self { objects: Objects::open(name, text), columns: columns.to_vec(), numbers }
    }
}

impl<R: BufRead> Iterator for JsonRows<R> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, object) = match self.objects.next()? {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let mut cells = vec![Value::Null; self.columns.len()];
        for (name, value) in object {
            let at = *self.numbers.entry(name).or_insert_with_key(|name| {
                self.columns.push(name.clone());
                self.columns.len() - 1
            });
            cells.resize(self.columns.len(), Value::Null);
            cells[at] = value;
        }
        Some(Ok(Row::new(self.objects.name.clone(), line, cells)))
    }
}
