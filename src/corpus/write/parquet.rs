//! Rows to Parquet.

use std::{
    any::Any,
    io::{self, Write},
    ops::Range,
    sync::Arc,
};

use arrow_array::{
    ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Float64Array, Int64Array,
    RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field, FieldRef, Schema};
use parquet::{
    arrow::ArrowWriter, basic::Compression, errors::ParquetError,
    file::properties::WriterProperties,
};

use super::encoder::{Block, BlockWriter, Encoder, NewValues, Value};
use crate::corpus::{
    cell::{Cell, cell_text},
    column_type::ColumnType,
    row::Row,
};

pub(in crate::corpus) static PARQUET: Parquet = Parquet;

pub(in crate::corpus) struct Parquet;

/// Rows and bytes of a row group, which is held in memory until it is written.
const GROUP: usize = 1 << 16;
const GROUP_BYTES: usize = 1 << 25;
/// Rows and bytes that are put together at a time: offsets of texts have 31 bits.
const ROWS: usize = 1024;
const BYTES: usize = 1 << 26;

/// Writes rows as a Parquet file, block after block: a row group every 65,536 rows or 32 MiB,
/// compressed with Snappy.
#[derive(Default)]
struct Groups(Option<ArrowWriter<Vec<u8>>>);

/// Rows that are put together.
struct Batches(Vec<RecordBatch>);

impl BlockWriter for Groups {
    fn write(&mut self, rows: &(dyn Any + Send), out: &mut dyn Write) -> io::Result<()> {
        let Batches(batches) = rows.downcast_ref().expect("the format is the same");
        for batch in batches {
            if self.0.is_none() {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_max_row_group_row_count(Some(GROUP))
                    .set_max_row_group_bytes(Some(GROUP_BYTES))
                    .build();
                let writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties));
                self.0 = Some(writer.map_err(io_error)?);
            }
            if let Some(writer) = &mut self.0 {
                writer.write(batch).map_err(io_error)?;
                // Places in the file are counted apart from this buffer.
                out.write_all(&std::mem::take(writer.inner_mut()))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.0.take() {
            Some(writer) => out.write_all(&writer.into_inner().map_err(io_error)?),
            None => Ok(()),
        }
    }
}

impl Encoder for Parquet {
    fn encode(&self, block: &Block<'_>) -> io::Result<Box<dyn Any + Send>> {
        batches(block).map(|batches| Box::new(batches) as _)
    }

    fn writer(&self) -> Box<dyn BlockWriter> {
        Box::new(Groups::default())
    }
}

/// The rows of a table with the new columns, as Parquet has them: numbers and truth values where `types`
/// says so of a column, everything else as text.
fn batches(block: &Block<'_>) -> io::Result<Batches> {
    let Block { columns, rows: all, new, types } = *block;
    let data_type = |of: &ColumnType| match of {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Integer | ColumnType::Long => DataType::Int64,
        ColumnType::Double => DataType::Float64,
        ColumnType::Empty | ColumnType::Text => DataType::Utf8,
    };
    let own = columns.iter().zip(types);
    let mut fields: Vec<Field> =
        own.map(|(name, of)| Field::new(name, data_type(of), true)).collect();
    for column in new {
        let of = match column.values {
            NewValues::Labels { .. } => DataType::Utf8,
            NewValues::Numbers(_) => DataType::Float64,
            NewValues::Vectors { width, .. } => {
                DataType::FixedSizeList(item(), width.cast_signed() as i32)
            }
        };
        fields.push(Field::new(&column.name, of, true));
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = |rows: Range<usize>| {
        let own = types.iter().enumerate().map(|(at, of)| array(&all[rows.clone()], at, *of));
        let new = new.iter().map(|column| -> ArrayRef {
            match &column.values {
                NewValues::Labels { .. } => {
                    let label = |row| match column.value(row) {
                        Value::Text(label) => label,
                        _ => None,
                    };
                    Arc::new(rows.clone().map(label).collect::<StringArray>())
                }
                NewValues::Numbers(numbers) => {
                    Arc::new(numbers[rows.clone()].iter().collect::<Float64Array>())
                }
                NewValues::Vectors { width, numbers } => {
                    let own = &numbers[rows.start * width..rows.end * width];
                    let own = Arc::new(Float32Array::from(own.to_vec()));
                    Arc::new(FixedSizeListArray::new(item(), width.cast_signed() as i32, own, None))
                }
            }
        });
        let columns = own.chain(new.map(Ok)).collect::<io::Result<_>>()?;
        RecordBatch::try_new(schema.clone(), columns).map_err(io::Error::other)
    };
    parts(all).into_iter().map(batch).collect::<io::Result<_>>().map(Batches)
}

/// What a list of numbers has.
fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Float32, false))
}

fn array(rows: &[Row], column: usize, of: ColumnType) -> io::Result<ArrayRef> {
    let cells = rows.iter().map(|row| &row.cells[column]);
    Ok(match of {
        ColumnType::Boolean => Arc::new(typed(cells, truth).collect::<io::Result<BooleanArray>>()?),
        ColumnType::Integer | ColumnType::Long => {
            Arc::new(typed(cells, number::<i64>).collect::<io::Result<Int64Array>>()?)
        }
        ColumnType::Double => {
            Arc::new(typed(cells, number::<f64>).collect::<io::Result<Float64Array>>()?)
        }
        ColumnType::Empty | ColumnType::Text => {
            let text = |cell| (!Cell::is_null(cell)).then(|| cell_text(cell));
            Arc::new(cells.map(text).collect::<StringArray>())
        }
    })
}

/// Rows that are put together.
fn parts(rows: &[Row]) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, row) in rows.iter().enumerate() {
        let size: usize = row.cells.iter().map(|cell| cell_text(cell).len()).sum();
        if at > start && (at - start >= ROWS || bytes + size > BYTES) {
            parts.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += size;
    }
    parts.push(start..rows.len());
    parts
}

fn truth(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Bool(value) => Some(*value),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(cell: &Cell) -> Option<T> {
    match cell {
        Cell::Number(number) => number.parse().ok(),
        _ => None,
    }
}

/// The values of cells that are empty, or what `of` finds in them.
fn typed<'a, T>(
    cells: impl Iterator<Item = &'a Cell>,
    of: impl Fn(&Cell) -> Option<T>,
) -> impl Iterator<Item = io::Result<Option<T>>> {
    cells.map(move |cell| match of(cell) {
        None if !cell.is_null() => Err(io::Error::other(format!(
            "{} is not of its column's type: the input has changed",
            cell_text(cell)
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
