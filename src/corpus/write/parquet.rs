//! Rows to Parquet.

use std::{
    io::{self, Write},
    ops::Range,
    sync::Arc,
};

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::{
    arrow::ArrowWriter, basic::Compression, errors::ParquetError,
    file::properties::WriterProperties,
};
use serde_json::Value;

use super::{NewColumn, NewValues};
use crate::{
    corpus::{column_type::ColumnType, row::cell_text, table::Corpus},
    error::Result,
};

/// That a file of this name can be written.
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
pub(super) fn check(_: &str) -> Result<()> {
    Ok(())
}

/// Rows and bytes of a row group, which is held in memory until it is written.
const GROUP: usize = 1 << 16;
const GROUP_BYTES: usize = 1 << 25;
/// Rows and bytes that are put together at a time: offsets of texts have 31 bits.
const ROWS: usize = 1024;
const BYTES: usize = 1 << 26;

/// Writes rows as a Parquet file, block after block: a row group every 65,536 rows or 32 MiB,
/// compressed with Snappy. The file is complete when [`finish`](Self::finish) is done.
pub(in crate::corpus) struct ParquetWriter<W: Write + Send> {
    out: Option<W>,
    writer: Option<ArrowWriter<W>>,
}

/// Rows of a table as they are written by a [`ParquetWriter`].
pub(in crate::corpus) struct ParquetRows(Vec<RecordBatch>);

impl<W: Write + Send> ParquetWriter<W> {
    /// Nothing is written before the first rows.
    pub fn new(out: W) -> Self {
        Self { out: Some(out), writer: None }
    }

    /// Writes rows of the same columns, of the same types, as all before.
    pub fn write(&mut self, rows: &ParquetRows) -> io::Result<()> {
        for batch in &rows.0 {
            if let Some(out) = self.out.take() {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_max_row_group_row_count(Some(GROUP))
                    .set_max_row_group_bytes(Some(GROUP_BYTES))
                    .build();
                let writer = ArrowWriter::try_new(out, batch.schema(), Some(properties));
                self.writer = Some(writer.map_err(io_error)?);
            }
            if let Some(writer) = &mut self.writer {
                writer.write(batch).map_err(io_error)?;
            }
        }
        Ok(())
    }

    /// Writes what is left, and what the file holds where.
    pub fn finish(self) -> io::Result<W> {
        match (self.writer, self.out) {
            (Some(writer), _) => writer.into_inner().map_err(io_error),
            (None, Some(out)) => Ok(out),
            (None, None) => Err(io::Error::other("the file could not be begun")),
        }
    }
}

/// The rows of a table with the new columns, as Parquet has them: numbers and truth values where `types`
/// says so of a column, everything else as text.
pub(in crate::corpus) fn rows(
    table: &Corpus,
    types: &[ColumnType],
    new: &[NewColumn<'_>],
) -> io::Result<ParquetRows> {
    assert_eq!(types.len(), table.columns.len(), "a type for each column");
    let data_type = |of: &ColumnType| match of {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Integer | ColumnType::Long => DataType::Int64,
        ColumnType::Double => DataType::Float64,
        ColumnType::Empty | ColumnType::Text => DataType::Utf8,
    };
    let own = table.columns.iter().zip(types);
    let mut fields: Vec<Field> =
        own.map(|(name, of)| Field::new(name, data_type(of), true)).collect();
    for column in new {
        let of = match column.values {
            NewValues::Texts(_) => DataType::Utf8,
            NewValues::Numbers(_) => DataType::Float64,
        };
        fields.push(Field::new(&column.name, of, true));
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = |rows: Range<usize>| {
        let own = types.iter().enumerate().map(|(at, of)| table.array(at, *of, rows.clone()));
        let new = new.iter().map(|column| -> ArrayRef {
            match &column.values {
                NewValues::Texts(texts) => {
                    Arc::new(texts[rows.clone()].iter().collect::<StringArray>())
                }
                NewValues::Numbers(numbers) => {
                    Arc::new(numbers[rows.clone()].iter().collect::<Float64Array>())
                }
            }
        });
        let columns = own.chain(new.map(Ok)).collect::<io::Result<_>>()?;
        RecordBatch::try_new(schema.clone(), columns).map_err(io::Error::other)
    };
    table.parts().into_iter().map(batch).collect::<io::Result<_>>().map(ParquetRows)
}

impl Corpus {
    fn array(&self, column: usize, of: ColumnType, rows: Range<usize>) -> io::Result<ArrayRef> {
        let cells = self.rows[rows].iter().map(|row| &row.cells[column]);
        Ok(match of {
            ColumnType::Boolean => {
                Arc::new(typed(cells, Value::as_bool).collect::<io::Result<BooleanArray>>()?)
            }
            ColumnType::Integer | ColumnType::Long => {
                Arc::new(typed(cells, Value::as_i64).collect::<io::Result<Int64Array>>()?)
            }
            ColumnType::Double => {
                Arc::new(typed(cells, Value::as_f64).collect::<io::Result<Float64Array>>()?)
            }
            ColumnType::Empty | ColumnType::Text => {
                let text = |cell| (!Value::is_null(cell)).then(|| cell_text(cell));
                Arc::new(cells.map(text).collect::<StringArray>())
            }
        })
    }

    /// Rows that are put together.
    fn parts(&self) -> Vec<Range<usize>> {
        let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
        for (at, row) in self.rows.iter().enumerate() {
            let size: usize = row.cells.iter().map(|cell| cell_text(cell).len()).sum();
            if at > start && (at - start >= ROWS || bytes + size > BYTES) {
                parts.push(start..at);
                (start, bytes) = (at, 0);
            }
            bytes += size;
        }
        parts.push(start..self.len());
        parts
    }
}

/// The values of cells that are empty, or what `of` finds in them.
fn typed<'a, T>(
    cells: impl Iterator<Item = &'a Value>,
    of: impl Fn(&Value) -> Option<T>,
) -> impl Iterator<Item = io::Result<Option<T>>> {
    cells.map(move |cell| match of(cell) {
        None if !cell.is_null() => Err(io::Error::other(format!(
            "{cell} is not of its column's type: the input has changed"
        ))),
        value => Ok(value),
    })
}

/// The error below the Parquet writer's, with its kind: a closed pipe must be known as one.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error.to_string()),
        },
        other => io::Error::other(other.to_string()),
    }
}
