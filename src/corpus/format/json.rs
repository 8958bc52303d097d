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
    /// How many columns there may be, once a row is read.
    most_columns: Option<usize>,
    /// Rows with NaN or infinity.
    not_numbers: u64,
    /// Rows that could be read, and whether others could not.
    read: u64,
    flawed: bool,
}

/// Keys that may come up behind the first row: each is a cell in all rows of the output.
const LATE_KEYS: usize = 1000;

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
        let numbers: HashMap<_, _> =
            columns.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        let most_columns = (!columns.is_empty()).then_some(columns.len() + LATE_KEYS);
        Self { records, columns, numbers, most_columns, not_numbers: 0, read: 0, flawed: false }
    }

    /// The cells of the row that was found last.
    fn cells(&mut self) -> Result<Vec<Cell>> {
        let raw = self.records.raw().trim_ascii_end();
        let text = std::str::from_utf8(raw).map_err(|error| {
            not_utf8(self.place(raw, error.valid_up_to()), raw[error.valid_up_to()])
        })?;
        let (mut mended, mut parsed) = (None, serde_json::from_str(text));
        if parsed.is_err() && mended.insert(without_nan(text)) != text {
            parsed = serde_json::from_str(mended.as_deref().unwrap_or(text));
            self.not_numbers += u64::from(parsed.is_ok());
        }
        let members: Members<'_> = parsed.map_err(|error| {
            let (line, column) = (error.line().saturating_sub(1), error.column());
            // Its lines are counted from the start of the element.
            let line = self.records.line() + line as u64;
            self.wrong(&error, Place::column(&*self.records.name, line, column as u64))
        })?;
        let mut cells = vec![Cell::Null; self.columns.len()];
        for (name, value) in members.0 {
            let cell = Cell::of_json(value.get()).map_err(|error| {
                let from = mended.as_deref().map_or(raw.as_ptr(), str::as_ptr);
                let at = value.get().as_ptr() as usize - from as usize;
                self.wrong(&error, self.place(raw, (at + error.column()).saturating_sub(1)))
            })?;
            let at = if let Some(&at) = self.numbers.get(&*name) {
                at
            } else {
                let at = self.columns.len();
                if self.most_columns.is_some_and(|most| at >= most) {
                    let place = Place::line(&*self.records.name, self.records.line());
                    let problem = format!(
                        "the key {name:?} is one of more than {LATE_KEYS} that the first row lacks"
                    );
                    let help = "write what differs from row to row as one object or list";
                    return Err(Error::input(place, problem, help));
                }
                self.columns.push(name.clone().into_owned());
                self.numbers.insert(name.into_owned(), at);
                cells.resize(at + 1, Cell::Null);
                at
            };
            cells[at] = cell;
        }
        self.most_columns.get_or_insert(self.columns.len() + LATE_KEYS);
        Ok(cells)
    }

    /// At the end: that there was nothing in it, though it is no empty file.
    fn nothing(&self) -> Option<Error> {
        let problem = match (self.read, self.records.shape) {
            (0, Shape::Array) if !self.flawed => "the list holds no rows",
            (1, _) if self.columns.is_empty() => "the object has no fields",
            (2.., _) if self.columns.is_empty() => "the objects have no fields",
            _ => return None,
        };
        let help = "write each passage as {\"text\": \"...\"}";
        Some(Error::input(Place::file(&*self.records.name), problem, help))
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
                return self.nothing().map_or(Ok(None), |nothing| Err(Bad::Fatal(nothing)));
            }
            if let Some(flaw) = self.records.flaw() {
                self.flawed = true;
                return Err(Bad::Row(flaw));
            }
            if !self.records.raw().trim_ascii().is_empty() {
                let cells = self.cells();
                self.flawed |= cells.is_err();
                self.read += u64::from(cells.is_ok());
                let cells = cells.map_err(Bad::Row)?;
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
        let name = &self.records.name;
        let not_numbers = (self.not_numbers > 0).then(|| {
            let n = self.not_numbers;
            format!("{name}: NaN and Infinity, which JSON lacks, are read as empty: in {n} rows")
        });
        encoding_note(name, self.records.encoding()).into_iter().chain(not_numbers).collect()
    }
}

/// Whether a text begins with a JSON object on a line of its own, or in a list.
pub(super) fn begins_with_object(start: &str) -> bool {
    let start = start.trim_start();
    let (in_list, object) = match start.strip_prefix('[') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, start),
    };
    if !object.starts_with('{') {
        return false;
    }
    let mut objects = serde_json::Deserializer::from_str(object).into_iter::<Members<'_>>();
    match objects.next() {
        Some(Ok(Members(members))) => {
            let end = objects.byte_offset();
            !members.is_empty() && (in_list || !object[..end].contains('\n'))
        }
        // The first one may be longer than what is known of it.
        Some(Err(error)) => error.is_eof() && object.starts_with("{\"") && object.len() > 1 << 15,
        None => false,
    }
}

/// JSON with null for NaN and the infinities, which Python and others write.
fn without_nan(json: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(json.len()), json);
    let mut text = false;
    while !rest.is_empty() {
        let word = ["NaN", "-Infinity", "Infinity"].into_iter().find(|word| rest.starts_with(word));
        let len = match (text, word) {
            (false, Some(word)) => {
                out += "null";
                rest = &rest[word.len()..];
                continue;
            }
            (true, _) if rest.starts_with('\\') => {
                1 + rest[1..].chars().next().map_or(0, char::len_utf8)
            }
            _ => rest.chars().next().map_or(0, char::len_utf8),
        };
        text ^= rest.starts_with('"');
        out += &rest[..len];
        rest = &rest[len..];
    }
    out
}
