//! Rows and what was predicted of them, as CSV or JSON lines.

use std::{
    collections::HashSet,
    io::{self, Write},
    path::Path,
};

use serde_json::{Map, Value};

use super::table::{Table, cell_text};
use crate::error::{Error, Place, Result};

/// The shape of an output table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// Comma-separated values with a header row.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl OutputFormat {
    /// By the ending of a path: JSON lines for `.jsonl` and `.ndjson`, CSV for all else.
    pub fn of_path(path: Option<&Path>) -> Self {
        let ending = path.and_then(Path::extension).and_then(|ending| ending.to_str());
        match ending.map(str::to_lowercase).as_deref() {
            Some("jsonl" | "ndjson") => Self::Jsonl,
            _ => Self::Csv,
        }
    }
}

/// A column to write beside those that were read, with a value for each row.
#[derive(Debug, Clone)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// One value a row.
    pub values: Vec<Value>,
}

impl Table {
    /// Checks that none of the new columns' names is taken, by the input or by another of them.
    ///
    /// # Errors
    /// [`Error::Input`] names the first that is.
    pub fn check_new_columns<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let mut seen = HashSet::new();
        for name in names {
            if !seen.insert(name) {
                let place = Place::file(&self.rows[0].place.file);
                let problem = format!("two columns of the output would be named {name:?}");
                return Err(Error::input(
                    place,
                    problem,
                    "give the tasks or their labels other names",
                ));
            }
            if let Some(at) = self.columns.iter().position(|column| column == name) {
                let place = Place::column(&self.rows[0].place.file, 1, at as u64 + 1);
                let problem = format!("the input has a column {name:?} already");
                return Err(Error::input(place, problem, "rename it, or take it out"));
            }
        }
        Ok(())
    }

    /// Writes every row with its own columns and then the new ones: as many rows as were read, in
    /// the same order.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// # Panics
    /// If a new column has not one value for each row.
    pub fn write(
        &self,
        new: &[NewColumn],
        format: OutputFormat,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        assert!(new.iter().all(|column| column.values.len() == self.len()), "rows out = rows in");
        match format {
            OutputFormat::Csv => self.write_csv(new, out),
            OutputFormat::Jsonl => self.write_jsonl(new, out),
        }
    }

    fn write_csv(&self, new: &[NewColumn], out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        let names = self.columns.iter().chain(new.iter().map(|column| &column.name));
        writer.write_record(names).map_err(io_error)?;
        for (i, row) in self.rows.iter().enumerate() {
            for cell in row.cells.iter().chain(new.iter().map(|column| &column.values[i])) {
                writer.write_field(cell_text(cell).as_bytes()).map_err(io_error)?;
            }
            writer.write_record(None::<&[u8]>).map_err(io_error)?;
        }
        writer.flush()
    }

    fn write_jsonl(&self, new: &[NewColumn], out: &mut dyn Write) -> io::Result<()> {
        for (i, row) in self.rows.iter().enumerate() {
            let own = self.columns.iter().cloned().zip(row.cells.iter().cloned());
            let new = new.iter().map(|column| (column.name.clone(), column.values[i].clone()));
            let object: Map<String, Value> = own.chain(new).collect();
            serde_json::to_writer(&mut *out, &object)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The error below the CSV writer's, with its kind: a closed pipe must be known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
