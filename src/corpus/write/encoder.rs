//! What every format of outputs is to the others: how rows are encoded, and blocks of them put together.

use std::{
    any::Any,
    io::{self, Write},
    sync::Arc,
};

use crate::corpus::{column_type::ColumnType, row::Row};

/// How tables are written in a format.
pub(in crate::corpus) trait Encoder: Sync {
    /// A block of rows as a file has them.
    fn encode(&self, block: &Block<'_>) -> io::Result<Box<dyn Any + Send>>;

    /// Puts such blocks into one file.
    fn writer(&self) -> Box<dyn BlockWriter>;
}

/// Puts blocks of rows into one file, one after the other.
pub(in crate::corpus) trait BlockWriter: Send {
    /// Writes rows that the same format has encoded.
    fn write(&mut self, rows: &(dyn Any + Send), out: &mut dyn Write) -> io::Result<()>;

    /// Writes the end of the file.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Rows of a table with new columns.
pub(in crate::corpus) struct Block<'a> {
    pub columns: &'a [String],
    pub rows: &'a [Row],
    pub new: &'a [NewColumn],
    /// The type of each column that was read, for formats that have types.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "text has no types"))]
    pub types: &'a [ColumnType],
}

/// A column to write beside those that were read, with a value for each row.
#[derive(Debug, Clone)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// One value a row.
    pub values: NewValues,
}

/// The values of a [`NewColumn`]; nothing where a cell is empty.
#[derive(Debug, Clone)]
pub enum NewValues {
    /// Text that is one of a few labels.
    Labels {
        /// The labels.
        labels: Arc<[String]>,
        /// The number of each row's label.
        codes: Vec<Option<usize>>,
    },
    /// Numbers, written as shortly as they can be read back.
    Numbers(Vec<Option<f64>>),
    /// Lists of as many numbers in each row: in Parquet lists of single precision, elsewhere JSON.
    Vectors {
        /// Numbers in each list, at least one.
        width: usize,
        /// Those of all rows, one row after the other.
        numbers: Vec<f32>,
    },
}

/// A new value as it is written.
pub(super) enum Value<'a> {
    Text(Option<&'a str>),
    Number(Option<f64>),
    Vector(&'a [f32]),
}

impl NewColumn {
    pub(in crate::corpus) fn len(&self) -> usize {
        match &self.values {
            NewValues::Labels { codes, .. } => codes.len(),
            NewValues::Numbers(values) => values.len(),
            NewValues::Vectors { width, numbers } => numbers.len() / width,
        }
    }

    pub(super) fn value(&self, row: usize) -> Value<'_> {
        match &self.values {
            NewValues::Labels { labels, codes } => {
                Value::Text(codes[row].and_then(|code| labels.get(code)).map(String::as_str))
            }
            NewValues::Numbers(values) => Value::Number(values[row]),
            NewValues::Vectors { width, numbers } => {
                Value::Vector(&numbers[row * width..(row + 1) * width])
            }
        }
    }
}

/// Rows as text: what a file begins with, and then the rows.
pub(super) struct TextRows {
    pub header: Vec<u8>,
    pub rows: Vec<u8>,
}

/// Writes blocks of text: something before the first, between any two, and behind the last.
pub(super) struct TextWriter {
    before: &'static [u8],
    between: &'static [u8],
    behind: &'static [u8],
    begun: bool,
}

impl TextWriter {
    pub fn new(before: &'static [u8], between: &'static [u8], behind: &'static [u8]) -> Self {
        Self { before, between, behind, begun: false }
    }
}

impl BlockWriter for TextWriter {
    fn write(&mut self, rows: &(dyn Any + Send), out: &mut dyn Write) -> io::Result<()> {
        let block = rows.downcast_ref::<TextRows>().expect("the format is the same");
        if self.begun {
            out.write_all(self.between)?;
        } else {
            out.write_all(self.before)?;
            out.write_all(&block.header)?;
        }
        self.begun = true;
        out.write_all(&block.rows)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.begun {
            out.write_all(self.before)?;
        }
        out.write_all(self.behind)
    }
}
