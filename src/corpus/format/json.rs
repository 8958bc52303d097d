//! JSON lines, and JSON arrays, to rows.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    reader::{Bad, Format, Options, Reader, encoding_note},
    records::{Records, Shape},
};
use crate::{
    corpus::{
        cell::{Cell, json_problem},
        column_type::ColumnType,
        row::Row,
        write,
    },
    error::{Error, Place, Result},
    input::{Input, not_utf8},
};

pub(super) const JSONL: Format = Format::table("jsonl", "JSON lines", open)
    .endings(&["jsonl", "ndjson"])
    .about("An object a line")
    .written_by(&write::json::LINES);

pub(super) const JSON: Format = Format::table("json", "JSON", open_array)
    .endings(&["json"])
    .about("An array of objects")
    .written_by(&write::json::ARRAY);

fn open<'a>(
    input: &Input<'a>,
    options: &Options,
    columns: Vec<String>,
) -> Result<Box<dyn Reader + 'a>> {
    Ok(Box::new(JsonReader::new(records(input, options)?, columns)))
}

/// One object a line is read too.
fn open_array<'a>(
    input: &Input<'a>,
    options: &Options,
    columns: Vec<String>,
) -> Result<Box<dyn Reader + 'a>> {
    let mut records = records(input, options)?;
    if records.begins_with(b'[')? {
        records.shape = Shape::Array;
    }
    Ok(Box::new(JsonReader::new(records, columns)))
}

fn records<'a>(input: &Input<'a>, options: &Options) -> Result<Records<'a>> {
    let text = input.text(options.encoding, options.skip)?;
    Ok(Records::new(text, Shape::Lines, options.max_page))
}

/// The rows of JSON objects: each has a cell for every column that came up before it or in it.
struct JsonReader<'a> {
    records: Records<'a>,
    columns: Vec<String>,
    numbers: HashMap<String, usize>,
}

/// The members of an object, in order. Values are their text: a number is more than a double.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

/// A name, which is copied only if it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> JsonReader<'a> {
    /// With the columns that are known from before.
    fn new(records: Records<'a>, columns: Vec<String>) -> Self {
        let numbers = columns.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        Self { records, columns, numbers }
    }

    /// The cells of the row that was found last.
    fn cells(&mut self) -> Result<Vec<Cell>> {
        let raw = self.records.raw().trim_ascii_end();
        let text = std::str::from_utf8(raw).map_err(|error| {
            not_utf8(self.place(raw, error.valid_up_to()), raw[error.valid_up_to()])
        })?;
        let members: Members<'_> = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line().saturating_sub(1), error.column());
            // Its lines are counted from the start of the element.
            let line = self.records.line() + line as u64;
            self.wrong(&error, Place::column(&*self.records.name, line, column as u64))
        })?;
        let mut cells = vec![Cell::Null; self.columns.len()];
        for (name, value) in members.0 {
            let cell = Cell::of_json(value.get()).map_err(|error| {
                let at = value.get().as_ptr() as usize - raw.as_ptr() as usize;
                self.wrong(&error, self.place(raw, (at + error.column()).saturating_sub(1)))
            })?;
            let at = if let Some(&at) = self.numbers.get(&*name) {
                at
            } else {
                let at = self.columns.len();
                self.columns.push(name.clone().into_owned());
                self.numbers.insert(name.into_owned(), at);
                cells.resize(at + 1, Cell::Null);
                at
            };
            cells[at] = cell;
        }
        Ok(cells)
    }

    /// The place of this byte of the row.
    fn place(&self, raw: &[u8], at: usize) -> Place {
        let before = &raw[..at.min(raw.len())];
        let lines = memchr::memchr_iter(b'\n', before).count() as u64;
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let column = (before.len() - start) as u64 + 1;
        Place::column(&*self.records.name, self.records.line() + lines, column)
    }

    fn wrong(&self, error: &serde_json::Error, place: Place) -> Error {
        let problem = json_problem(error);
        let message = match problem.as_str() {
            escape if escape.contains("hex escape") => {
                r"a \u escape that is cut short, or half of a surrogate pair"
            }
            message => message,
        };
        let (what, help) = match self.records.shape {
            Shape::Array => ("the element", "write the array as [{\"text\": \"...\"}, ...]"),
            _ => ("the line", "write one object a line, as {\"text\": \"...\"}"),
        };
        Error::input(place, format!("{what} is not a JSON object ({message})"), help)
    }
}

impl Reader for JsonReader<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Row>, Bad> {
        loop {
            if !self.records.next().map_err(Bad::Fatal)? {
                return Ok(None);
            }
            if let Some(flaw) = self.records.flaw() {
                return Err(Bad::Row(flaw));
            }
            if !self.records.raw().trim_ascii().is_empty() {
                let cells = self.cells().map_err(Bad::Row)?;
                return Ok(Some(Row::new(self.records.name.clone(), self.records.line(), cells)));
            }
        }
    }

    fn leave_out(&mut self, _: Option<&Row>, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.records.leave_out(out)
    }

    fn types(&self) -> Option<Vec<ColumnType>> {
        None
    }

    fn notes(&self) -> Vec<String> {
        encoding_note(&self.records.name, self.records.encoding()).into_iter().collect()
    }
}
