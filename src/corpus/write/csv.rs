//! CSV, and the same with tabs.

use std::{any::Any, io};

use super::encoder::{Block, BlockWriter, Encoder, TextRows, TextWriter, Value};
use crate::corpus::cell::cell_text;

pub(in crate::corpus) static CSV: Delimited = Delimited(b',');
pub(in crate::corpus) static TSV: Delimited = Delimited(b'\t');

/// A table with this delimiter.
pub(in crate::corpus) struct Delimited(u8);

impl Delimited {
    fn writer(&self) -> csv::Writer<Vec<u8>> {
        csv::WriterBuilder::new().delimiter(self.0).from_writer(Vec::new())
    }
}

impl Encoder for Delimited {
    fn encode(&self, block: &Block<'_>) -> io::Result<Box<dyn Any + Send>> {
        let mut header = self.writer();
        let names = block.columns.iter().chain(block.new.iter().map(|column| &column.name));
        header.write_record(names).map_err(io_error)?;
        let mut rows = self.writer();
        let mut number = Vec::new();
        for (i, row) in block.rows.iter().enumerate() {
            for cell in &row.cells {
                rows.write_field(cell_text(cell).as_bytes()).map_err(io_error)?;
            }
            for column in block.new {
                let field = match column.value(i) {
                    Value::Text(text) => text.unwrap_or("").as_bytes(),
                    Value::Number(None) => b"",
                    Value::Number(Some(value)) => {
                        number.clear();
                        serde_json::to_writer(&mut number, &value)?;
                        &number
                    }
                };
                rows.write_field(field).map_err(io_error)?;
            }
            rows.write_record(None::<&[u8]>).map_err(io_error)?;
        }
        let bytes = |writer: csv::Writer<Vec<u8>>| {
            writer.into_inner().map_err(csv::IntoInnerError::into_error)
        };
        Ok(Box::new(TextRows { header: bytes(header)?, rows: bytes(rows)? }))
    }

    fn writer(&self) -> Box<dyn BlockWriter> {
        Box::new(TextWriter::new(b"", b"", b""))
    }
}

/// The error below the CSV writer's, with its kind: a closed pipe must be known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
