//! Rows and what was predicted of them, as CSV or JSON lines.

use std::{
    collections::HashSet,
    io::{self, Write},
    path::Path,
};

use serde::{Serialize, Serializer};
use serde_json::Value;

#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "without_parquet.rs"]
mod parquet;

use self::parquet::{ParquetRows, ParquetWriter};
use super::{blocks::Blocks, column_type::ColumnType, row::cell_text, table::Corpus};
use crate::{
    error::{Error, Place, Result},
    input::Compression,
};

/// The shape of an output table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// Comma-separated values with a header row.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet, with the feature `parquet`: text, the predictions' probabilities as doubles, and
    /// a column whose values are all whole numbers, numbers or truth values as what they are.
    Parquet,
}

impl OutputFormat {
    /// By the ending of a path, below that of a compressed file: JSON lines for `.jsonl` and
    /// `.ndjson`, Parquet for `.parquet`, CSV for all else.
    ///
    /// ```
    /// use standpoint::OutputFormat;
    /// assert_eq!(OutputFormat::of_path(Some("out.jsonl.zst".as_ref())), OutputFormat::Jsonl);
    /// assert_eq!(OutputFormat::of_path(Some("out.gz".as_ref())), OutputFormat::Csv);
    /// ```
    pub fn of_path(path: Option<&Path>) -> Self {
        let name = path.and_then(Path::to_str).unwrap_or_default();
        let (_, inner) = Compression::of_name(name);
        match inner.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).as_deref() {
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("parquet") => Self::Parquet,
            _ => Self::Csv,
        }
    }

    /// That the file of this name can be written so.
    ///
    /// # Errors
    /// [`Error::Input`] if it is to be Parquet, and the library was built without it.
    pub fn check(self, name: &str) -> Result<()> {
        match self {
            Self::Parquet => parquet::check(name),
            Self::Csv | Self::Jsonl => Ok(()),
        }
    }
}

/// Rows of a table as they stand in a file.
pub struct EncodedRows(Rows);

enum Rows {
    Text(Vec<u8>),
    Parquet(ParquetRows),
}

/// Writes one block of rows after the other into one file.
///
/// ```
/// use standpoint::{OutputFormat, ReadSettings, Source, Corpus, TableWriter};
/// let source = Source::from_bytes("a.csv", b"text\nHi\n".to_vec())?;
/// let table = Corpus::read(&source, &ReadSettings::default())?;
/// let mut bytes = Vec::new();
/// let mut writer = TableWriter::new(&mut bytes, OutputFormat::Jsonl);
/// for _ in 0..2 {
///     writer.write(&table.encode(&[], OutputFormat::Jsonl, false, &table.column_types()).unwrap()).unwrap();
/// }
/// writer.finish().unwrap();
/// assert_eq!(bytes, b"{\"text\":\"Hi\"}\n{\"text\":\"Hi\"}\n");
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct TableWriter<W: Write + Send>(Target<W>);

enum Target<W: Write + Send> {
    Text(W),
    Parquet(Box<ParquetWriter<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Nothing is written yet.
    pub fn new(out: W, format: OutputFormat) -> Self {
        Self(match format {
            OutputFormat::Csv | OutputFormat::Jsonl => Target::Text(out),
            OutputFormat::Parquet => Target::Parquet(Box::new(ParquetWriter::new(out))),
        })
    }

    /// Writes rows that were encoded for the same format, and for Parquet with the same types.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, rows: &EncodedRows) -> io::Result<()> {
        match (&mut self.0, &rows.0) {
            (Target::Text(out), Rows::Text(bytes)) => out.write_all(bytes),
            (Target::Parquet(writer), Rows::Parquet(rows)) => writer.write(rows),
            _ => Err(io::Error::other("the rows were encoded for another format")),
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Target::Text(mut out) => out.flush(),
            Target::Parquet(writer) => writer.finish().map(drop),
        }
    }
}

/// A column to write beside those that were read, with a value for each row.
#[derive(Debug, Clone)]
pub struct NewColumn<'a> {
    /// Its name.
    pub name: String,
    /// One value a row.
    pub values: NewValues<'a>,
}

/// The values of a [`NewColumn`]; nothing where a cell is empty.
#[derive(Debug, Clone)]
pub enum NewValues<'a> {
    /// Text.
    Texts(Vec<Option<&'a str>>),
    /// Numbers, written as shortly as they can be read back.
    Numbers(Vec<Option<f64>>),
}

/// A cell as it is written.
#[derive(Serialize)]
#[serde(untagged)]
enum Cell<'a> {
    Read(&'a Value),
    Text(Option<&'a str>),
    Number(Option<f64>),
}

impl NewColumn<'_> {
    pub(super) fn len(&self) -> usize {
        match &self.values {
            NewValues::Texts(values) => values.len(),
            NewValues::Numbers(values) => values.len(),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match &self.values {
            NewValues::Texts(values) => Cell::Text(values[row]),
            NewValues::Numbers(values) => Cell::Number(values[row]),
        }
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
    /// [`Error::Input`] names the first that is taken.
    pub fn check_new_columns<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        check_new_columns(self.name(), self.columns(), names)
    }
}

impl Corpus {
    /// Checks that none of the new columns' names is taken, by the input or by another of them.
    ///
    /// # Errors
    /// [`Error::Input`] names the first that is.
    pub fn check_new_columns<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        check_new_columns(&self.place(0).file, &self.columns, names)
    }

    /// Every row with its own columns and then the new ones as a [`TableWriter`] takes it: CSV with
    /// the columns' names first if `header`, Parquet with the columns' `types`.
    ///
    /// # Errors
    /// If the format is Parquet, and the library was built without it.
    ///
    /// # Panics
    /// If a new column has not one value for each row, or there is not a type for each column.
    pub fn encode(
        &self,
        new: &[NewColumn<'_>],
        format: OutputFormat,
        header: bool,
        types: &[ColumnType],
    ) -> io::Result<EncodedRows> {
        if format == OutputFormat::Parquet {
            assert!(new.iter().all(|column| column.len() == self.len()), "rows out = rows in");
            return parquet::rows(self, types, new).map(|rows| EncodedRows(Rows::Parquet(rows)));
        }
        let mut bytes = Vec::new();
        self.write(new, format, header, &mut bytes)?;
        Ok(EncodedRows(Rows::Text(bytes)))
    }

    /// The type of each column, as far as these rows go.
    pub fn column_types(&self) -> Vec<ColumnType> {
        let of = |column| ColumnType::of(self.rows.iter().map(|row| &row.cells[column]));
        (0..self.columns.len()).map(of).collect()
    }

    /// Writes every row with its own columns and then the new ones: as many rows as were read, in
    /// the same order. CSV has the columns' names first if `header`; Parquet is a whole file.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// # Panics
    /// If a new column has not one value for each row.
    pub fn write(
        &self,
        new: &[NewColumn<'_>],
        format: OutputFormat,
        header: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        assert!(new.iter().all(|column| column.len() == self.len()), "rows out = rows in");
        match format {
            OutputFormat::Csv => self.write_csv(new, header, out),
            OutputFormat::Jsonl => self.write_jsonl(new, out),
            OutputFormat::Parquet => {
                let mut writer = ParquetWriter::new(Vec::new());
                writer.write(&parquet::rows(self, &self.column_types(), new)?)?;
                out.write_all(&writer.finish()?)
            }
        }
    }

    fn write_csv(
        &self,
        new: &[NewColumn<'_>],
        header: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        if header {
            let names = self.columns.iter().chain(new.iter().map(|column| &column.name));
            writer.write_record(names).map_err(io_error)?;
        }
        let mut number = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            for cell in &row.cells {
                writer.write_field(cell_text(cell).as_bytes()).map_err(io_error)?;
            }
            for column in new {
                let field = match column.cell(i) {
                    Cell::Text(text) => text.unwrap_or("").as_bytes(),
                    Cell::Number(None) => b"",
                    cell => {
                        number.clear();
                        serde_json::to_writer(&mut number, &cell)?;
                        &number
                    }
                };
                writer.write_field(field).map_err(io_error)?;
            }
            writer.write_record(None::<&[u8]>).map_err(io_error)?;
        }
        writer.flush()
    }

    fn write_jsonl(&self, new: &[NewColumn<'_>], out: &mut dyn Write) -> io::Result<()> {
        for (i, row) in self.rows.iter().enumerate() {
            let own = self.columns.iter().zip(row.cells.iter().map(Cell::Read));
            let new = new.iter().map(|column| (&column.name, column.cell(i)));
            serde_json::Serializer::new(&mut *out).collect_map(own.chain(new))?;
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
