//! Parquet and Arrow IPC to rows.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
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
use serde_json::Value;

use crate::{
    corpus::{column_type::ColumnType, row::Row},
    error::{Error, Place, Result},
    input::Compression,
    input::{BytesRead, Digesting, empty, hexadecimal, name_of, open},
};

/// Rows that are decoded at a time.
const ROWS: usize = 1024;

/// The rows of a file, one after the other: no more of it is in memory than what its writer put
/// together, a row group of Parquet's pages or a batch of Arrow's.
pub(in crate::corpus) struct ColumnarRows {
    name: Arc<str>,
    pub columns: Vec<String>,
    pub types: Vec<ColumnType>,
    batches: Batches,
    rows: vec::IntoIter<Row>,
    /// Rows that were read.
    n: u64,
    what: &'static str,
    /// The row that was read last, if it is left out.
    pub left_out: String,
}

type Batches = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>> + Send>;

impl ColumnarRows {
    /// Reads Parquet, or Arrow IPC as a file or as a stream: which of them is known by its first bytes.
    ///
    /// Standard input is put into a temporary file: what is where stands at a file's end.
    pub fn open(path: &Path, digest: Option<&Digesting>) -> Result<Self> {
        let name = name_of(path);
        let name = name.as_str();
        if Compression::of_name(name).0.is_some() {
            let help = "decompress it: Parquet and Arrow are compressed inside";
            return Err(Error::input(Place::file(name), "it is compressed as a whole", help));
        }
        let mut file = file_of(path, digest)?;
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
            left_out: String::new(),
        })
    }

    fn decode(&self, batch: &RecordBatch) -> Result<Vec<Row>, ArrowError> {
        let n = batch.num_rows();
        let mut rows: Vec<Vec<Value>> = Vec::new();
        rows.resize_with(n, || Vec::with_capacity(self.columns.len()));
        let options = EncoderOptions::default()
            .with_explicit_nulls(true)
            .with_encoder_factory(Arc::new(InUtc));
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let mut put = |cells: &mut dyn Iterator<Item = Value>| {
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
                    put(&mut array.as_primitive::<Float64Type>().iter().map(Value::from));
                }
                DataType::Float32 => {
                    put(&mut array.as_primitive::<Float32Type>().iter().map(Value::from));
                }
                _ => {
                    let mut encoder = make_encoder(field, array, &options)?;
                    let mut json = Vec::new();
                    put(&mut (0..n).map(|row| {
                        if encoder.is_null(row) {
                            return Value::Null;
                        }
                        json.clear();
                        encoder.encode(row, &mut json);
                        serde_json::from_slice(&json).unwrap_or_else(|_| {
                            Value::String(String::from_utf8_lossy(&json).into_owned())
                        })
                    }));
                }
            }
        }
        let row = |(at, cells)| Row::new(self.name.clone(), self.n + at + 1, cells);
        Ok((0..).zip(rows).map(row).collect())
    }
}

impl Iterator for ColumnarRows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            // The library is not proof against everything that a damaged file can say.
            let decoded = catch_unwind(AssertUnwindSafe(|| {
                let batch = self.batches.next()?;
                Some(batch.and_then(|batch| self.decode(&batch)))
            }));
            let decoded = decoded.unwrap_or_else(|_| Some(Err(damaged())))?;
            match decoded {
                Ok(rows) => {
                    self.n += rows.len() as u64;
                    self.rows = rows.into_iter();
                }
                Err(error) => return Some(Err(wrong(&self.name, self.what, self.n + 1, &error))),
            }
        }
    }
}

/// The file, or a copy of standard input.
fn file_of(path: &Path, digest: Option<&Digesting>) -> Result<File> {
    let failed = || Error::io("read", path);
    let stdin = path == Path::new("-");
    let mut input = open(path, &BytesRead::default(), digest)?;
    if stdin {
        let mut file = tempfile::tempfile().map_err(failed())?;
        io::copy(&mut input, &mut file).map_err(failed())?;
        file.seek(SeekFrom::Start(0)).map_err(failed())?;
        return Ok(file);
    }
    if digest.is_some() {
        io::copy(&mut input, &mut io::sink()).map_err(failed())?;
    }
    File::open(path).map_err(failed())
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

fn text(cell: Option<&str>) -> Value {
    cell.map_or(Value::Null, |text| Value::String(text.to_owned()))
}

/// Some writers do not say that text is text; what is none is hexadecimal.
fn bytes(cell: Option<&[u8]>) -> Value {
    let Some(bytes) = cell else { return Value::Null };
    Value::String(str::from_utf8(bytes).map_or_else(|_| hexadecimal(bytes), str::to_owned))
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
        "write it anew, or convert it to CSV or JSONL"
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
