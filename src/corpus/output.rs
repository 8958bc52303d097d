//! Tables to files: the rows that were read, with the columns that were predicted.

use std::{
    any::Any,
    collections::HashSet,
    io::{self, Write},
};

use super::{
    blocks::Blocks,
    column_type::ColumnType,
    format::OutputFormat,
    table::Corpus,
    write::{Block, BlockWriter, NewColumn},
};
use crate::error::{Error, Place, Result};

/// Rows of a table as a file has them.
pub struct EncodedRows {
    format: OutputFormat,
    rows: Box<dyn Any + Send>,
}

/// Writes one block of rows after the other into one file.
///
/// ```
/// use standpoint::{Corpus, ReadSettings, corpus::{OutputFormat, TableWriter}, input::Source};
/// let source = Source::from_bytes("a.csv", b"text\nHi\n".to_vec())?;
/// let table = Corpus::read(&source, &ReadSettings::default())?;
/// let mut bytes = Vec::new();
/// let mut writer = TableWriter::new(&mut bytes, OutputFormat::JSONL);
/// for _ in 0..2 {
///     writer.write(&table.encode(&[], OutputFormat::JSONL, &table.column_types()).unwrap()).unwrap();
/// }
/// writer.finish().unwrap();
/// assert_eq!(bytes, b"{\"text\":\"Hi\"}\n{\"text\":\"Hi\"}\n");
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct TableWriter<W: Write> {
    out: W,
    format: OutputFormat,
    writer: Box<dyn BlockWriter>,
}

impl<W: Write> TableWriter<W> {
    /// Nothing is written yet.
    pub fn new(out: W, format: OutputFormat) -> Self {
        Self { out, format, writer: format.encoder().writer() }
    }

    /// Writes rows that were encoded for the same format, and for Parquet with the same types.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, rows: &EncodedRows) -> io::Result<()> {
        if rows.format != self.format {
            return Err(io::Error::other("the rows were encoded for another format"));
        }
        self.writer.write(&*rows.rows, &mut self.out)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.finish(&mut self.out)?;
        self.out.flush()
    }
}

/// Checks that none of the new columns' names is taken, by these columns of a file or by another of
/// the new ones.
fn check_new_columns<'a>(
    file: &str,
    columns: &[String],
    names: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            let problem = format!("two columns of the output would be named {name:?}");
            let help = "give the tasks or their labels other names";
            return Err(Error::input(Place::file(file), problem, help));
        }
        if let Some(at) = columns.iter().position(|column| column == name) {
            let place = Place::column(file, 1, at as u64 + 1);
            let problem = format!("the input has a column {name:?} already");
            return Err(Error::input(place, problem, "rename it, or take it out"));
        }
    }
    Ok(())
}

impl Blocks {
    /// As [`Corpus::check_new_columns`].
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names the first that is taken.
    pub fn check_new_columns<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        check_new_columns(self.name(), self.columns(), names)
    }
}

impl Corpus {
    /// Checks that none of the new columns' names is taken, by the input or by another of them.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names the first that is.
    pub fn check_new_columns<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        check_new_columns(&self.place(0).file, &self.columns, names)
    }

    /// Every row with its own columns and then the new ones, as a [`TableWriter`] takes it. Parquet
    /// needs the columns' `types` in all blocks.
    ///
    /// # Errors
    /// If a value is not of its column's type.
    ///
    /// # Panics
    /// If a new column has not one value for each row, or there is not a type for each column.
    pub fn encode(
        &self,
        new: &[NewColumn],
        format: OutputFormat,
        types: &[ColumnType],
    ) -> io::Result<EncodedRows> {
        assert!(new.iter().all(|column| column.len() == self.len()), "rows out = rows in");
        assert_eq!(types.len(), self.columns.len(), "a type for each column");
        let rows = format.encoder().encode(&Block {
            columns: &self.columns,
            rows: &self.rows,
            new,
            types,
        })?;
        Ok(EncodedRows { format, rows })
    }

    /// The type of each column, as far as these rows go.
    pub fn column_types(&self) -> Vec<ColumnType> {
        let of = |column| ColumnType::of(self.rows.iter().map(|row| &row.cells[column]));
        (0..self.columns.len()).map(of).collect()
    }

    /// Writes every row with its own columns and then the new ones as a whole file: as many rows as
    /// were read, in the same order.
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
        let mut writer = TableWriter::new(out, format);
        writer.write(&self.encode(new, format, &self.column_types())?)?;
        writer.finish()
    }
}
