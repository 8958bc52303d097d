//! Parquet and Arrow IPC to rows.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    vec,
};

use arrow_array::{
    Array, PrimitiveArray, RecordBatch,
    cast::AsArray,
    temporal_conversions::as_datetime,
    types::{
        ArrowTimestampType, Float32Type, Float64Type, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    },
};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_json::{
    Encoder, EncoderFactory, EncoderOptions,
    writer::{NullableEncoder, make_encoder},
};
use arrow_schema::{ArrowError, DataType, FieldRef, Schema, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::reader::{Bad, Format, Options, Reader};
use crate::{
    corpus::{cell::Cell, column_type::ColumnType, row::Row, write},
    error::{Error, Place, Result},
    input::{Compression, Input, empty, hexadecimal},
};

pub(super) const PARQUET: Format = Format::table("parquet", "Parquet", open)
    .endings(&["parquet"])
    .about("Apache Parquet")
    .written_by(&write::parquet::PARQUET);

pub(super) const ARROW: Format = Format::table("arrow", "Arrow", open)
    .endings(&["arrow", "feather", "ipc"])
    .about("Arrow IPC, a file or a stream");

/// Rows that are decoded at a time.
const ROWS: usize = 1024;

/// The rows of a file, one after the other: no more of it is in memory than what its writer put
/// together, a row group of Parquet's pages or a batch of Arrow's.
struct ColumnarReader {
    name: Arc<str>,
    columns: Vec<String>,
    types: Vec<ColumnType>,
    batches: Batches,
    rows: vec::IntoIter<Row>,
    /// Rows that were read.
    n: u64,
    what: &'static str,
}

type Batches = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>> + Send>;

/// Reads Parquet, or Arrow IPC as a file or as a stream: which of them is known by its first bytes.
fn open<'a>(input: &Input<'a>, _: &Options, _: Vec<String>) -> Result<Box<dyn Reader + 'a>> {
    Ok(Box::new(ColumnarReader::open(input)?))
}

impl ColumnarReader {
    fn open(input: &Input<'_>) -> Result<Self> {
        let name = &**input.name();
        if Compression::of_name(name).0.is_some() {
            let help = "decompress it: Parquet and Arrow are compressed inside";
            return Err(Error::input(Place::file(name), "it is compressed as a whole", help));
        }
        let mut file = input.file()?;
        let mut magic = [0; 6];
        let n = read_up_to(&mut file, &mut magic).map_err(Error::io("read", name))?;
        file.seek(SeekFrom::Start(0)).map_err(Error::io("read", name))?;
        let what = if magic.starts_with(b"PAR1") { "Parquet" } else { "Arrow IPC" };
        if n == 0 {
            return Err(empty(name));
        }
        let opened = catch_unwind(|| match &magic[..n] {
            [b'P', b'A', b'R', b'1', ..] => parquet(file),
            b"ARROW1" => arrow(FileReader::try_new(BufReader::new(file), None), FileReader::schema),
            _ => arrow(StreamReader::try_new(BufReader::new(file), None), StreamReader::schema),
        });
        let opened = opened.unwrap_or_else(|_| Err(damaged()));
        let (schema, batches) = opened.map_err(|error| wrong(name, what, 0, &error))?;
        let fields = schema.fields();
        Ok(Self {
            name: name.into(),
            columns: fields.iter().map(|field| field.name().trim().to_owned()).collect(),
            types: fields.iter().map(|field| type_of(field.data_type())).collect(),
            batches,
            rows: Vec::new().into_iter(),
            n: 0,
            what,
        })
    }

    fn decode(&self, batch: &RecordBatch) -> Result<Vec<Row>, ArrowError> {
        let n = batch.num_rows();
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        rows.resize_with(n, || Vec::with_capacity(self.columns.len()));
        let options = EncoderOptions::default()
            .with_explicit_nulls(true)
            .with_encoder_factory(Arc::new(InUtc));
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let mut put = |cells: &mut dyn Iterator<Item = Cell>| {
                rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(cell));
            };
            match array.data_type() {
                DataType::Utf8 => put(&mut array.as_string::<i32>().iter().map(text)),
                DataType::LargeUtf8 => put(&mut array.as_string::<i64>().iter().map(text)),
                DataType::Utf8View => put(&mut array.as_string_view().iter().map(text)),
                DataType::Binary => put(&mut array.as_binary::<i32>().iter().map(bytes)),
                DataType::LargeBinary => put(&mut array.as_binary::<i64>().iter().map(bytes)),
                DataType::BinaryView => put(&mut array.as_binary_view().iter().map(bytes)),
                // As numbers are written elsewhere, too.
                DataType::Float64 => {
                    put(&mut array.as_primitive::<Float64Type>().iter().map(number));
                }
                DataType::Float32 => {
                    put(&mut array.as_primitive::<Float32Type>().iter().map(number));
                }
                _ => {
                    let mut encoder = make_encoder(field, array, &options)?;
                    let mut json = Vec::new();
                    put(&mut (0..n).map(|row| {
                        if encoder.is_null(row) {
                            return Cell::Null;
                        }
                        json.clear();
                        encoder.encode(row, &mut json);
                        serde_json::from_slice(&json).unwrap_or_else(|_| {
                            Cell::Text(String::from_utf8_lossy(&json).into_owned())
                        })
                    }));
                }
            }
        }
        let row = |(at, cells)| Row::new(self.name.clone(), self.n + at + 1, cells);
        Ok((0..).zip(rows).map(row).collect())
    }
}

impl Reader for ColumnarReader {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Row>, Bad> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            // The library is not proof against everything that a damaged file can say.
            let decoded = catch_unwind(AssertUnwindSafe(|| {
                let batch = self.batches.next()?;
                Some(batch.and_then(|batch| self.decode(&batch)))
            }));
            match decoded.unwrap_or_else(|_| Some(Err(damaged()))) {
                None => return Ok(None),
                Some(Ok(rows)) => {
                    self.n += rows.len() as u64;
                    self.rows = rows.into_iter();
                }
                Some(Err(error)) => {
                    return Err(Bad::Fatal(wrong(&self.name, self.what, self.n + 1, &error)));
                }
            }
        }
    }

    fn types(&self) -> Option<Vec<ColumnType>> {
        Some(self.types.clone())
    }
}

fn damaged() -> ArrowError {
    ArrowError::ParseError("it is damaged".to_owned())
}

/// Writes instants in UTC: names of time zones would need a table of them.
#[derive(Debug)]
struct InUtc;

struct Timestamps<'a, T: ArrowTimestampType>(&'a PrimitiveArray<T>);

impl EncoderFactory for InUtc {
    fn make_default_encoder<'a>(
        &self,
        _: &'a FieldRef,
        array: &'a dyn Array,
        _: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let DataType::Timestamp(unit, Some(_)) = array.data_type() else { return Ok(None) };
        let encoder: Box<dyn Encoder> = match unit {
            TimeUnit::Second => Box::new(Timestamps::<TimestampSecondType>(array.as_primitive())),
            TimeUnit::Millisecond => {
                Box::new(Timestamps::<TimestampMillisecondType>(array.as_primitive()))
            }
            TimeUnit::Microsecond => {
                Box::new(Timestamps::<TimestampMicrosecondType>(array.as_primitive()))
            }
            TimeUnit::Nanosecond => {
                Box::new(Timestamps::<TimestampNanosecondType>(array.as_primitive()))
            }
        };
        Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())))
    }
}

impl<T: ArrowTimestampType> Encoder for Timestamps<'_, T> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let text = match as_datetime::<T>(self.0.value(row)) {
            Some(instant) => format!("\"{instant:?}Z\""),
            None => "null".to_owned(),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

fn text(cell: Option<&str>) -> Cell {
    cell.map_or(Cell::Null, Cell::from)
}

fn number(cell: Option<impl serde::Serialize>) -> Cell {
    cell.map_or(Cell::Null, Cell::of_number)
}

/// Some writers do not say that text is text; what is none is hexadecimal.
fn bytes(cell: Option<&[u8]>) -> Cell {
    let Some(bytes) = cell else { return Cell::Null };
    Cell::Text(str::from_utf8(bytes).map_or_else(|_| hexadecimal(bytes), str::to_owned))
}

fn parquet(file: File) -> Result<(Arc<Schema>, Batches), ArrowError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(ROWS);
    let schema = builder.schema().clone();
    Ok((schema, Box::new(builder.build()?)))
}

fn arrow<R>(
    opened: Result<R, ArrowError>,
    schema: impl Fn(&R) -> Arc<Schema>,
) -> Result<(Arc<Schema>, Batches), ArrowError>
where
    R: Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
{
    let reader = opened?;
    Ok((schema(&reader), Box::new(reader)))
}

/// What a column of this type has in all rows.
fn type_of(data: &DataType) -> ColumnType {
    match data {
        DataType::Boolean => ColumnType::Boolean,
        DataType::UInt64 => ColumnType::Text,
        data if data.is_integer() => ColumnType::Integer,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnType::Double,
        _ => ColumnType::Text,
    }
}

/// What is wrong with a file, at a row if that is known.
fn wrong(name: &str, what: &str, row: u64, error: &ArrowError) -> Error {
    let message = error.to_string();
    let place = if row == 0 { Place::file(name) } else { Place::line(name, row) };
    let help = if message.contains("zstd") {
        "install standpoint with the feature parquet-zstd, or write the file with snappy"
    } else if message.contains("Disabled feature") {
        "write the file with another compression, as snappy"
    } else {
        "write it again, or convert it to CSV or JSONL"
    };
    Error::input(place, format!("this cannot be read as {what} ({message})"), help)
}

/// Fills the buffer, or as much of it as there is.
fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut start = Vec::new();
    file.take(buffer.len() as u64).read_to_end(&mut start)?;
    buffer[..start.len()].copy_from_slice(&start);
    Ok(start.len())
}
