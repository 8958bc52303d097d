//! CSV, and the same with tabs.

use std::{any::Any, borrow::Cow, io};

use super::encoder::{Block, BlockWriter, Encoder, TextRows, TextWriter, Value};
use crate::{corpus::cell::cell_text, input::is_computed};

pub(in crate::corpus) static CSV: Delimited = Delimited { delimiter: b',', safe: false };
pub(in crate::corpus) static TSV: Delimited = Delimited { delimiter: b'\t', safe: false };
pub(in crate::corpus) static SAFE_CSV: Delimited = Delimited { delimiter: b',', safe: true };
pub(in crate::corpus) static SAFE_TSV: Delimited = Delimited { delimiter: b'\t', safe: true };

/// A table with this delimiter.
pub(in crate::corpus) struct Delimited {
    delimiter: u8,
    /// Whether no cell is one that a spreadsheet would compute.
    safe: bool,
}

impl Delimited {
    fn writer(&self) -> csv::Writer<Vec<u8>> {
        csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(Vec::new())
    }

    /// The text as a cell that is not computed, where that is wanted.
    fn cell<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        match self.safe && is_computed(text.as_bytes()) {
            true => Cow::Owned([b"'", text.as_bytes()].concat()),
            false => Cow::Borrowed(text.as_bytes()),
        }
    }
}

impl Encoder for Delimited {
    fn encode(&self, block: &Block<'_>) -> io::Result<Box<dyn Any + Send>> {
        let mut header = self.writer();
        let names = block.columns.iter().chain(block.new.iter().map(|column| &column.name));
        header.write_record(names.map(|name| self.cell(name))).map_err(io_error)?;
        let mut rows = self.writer();
        let mut json = Vec::new();
        for (i, row) in block.rows.iter().enumerate() {
            for cell in &row.cells {
                rows.write_field(self.cell(&cell_text(cell))).map_err(io_error)?;
            }
            for column in block.new {
                json.clear();
                let field = match column.value(i) {
                    Value::Text(text) => self.cell(text.unwrap_or("")),
                    Value::Number(None) => Cow::Borrowed(&b""[..]),
                    Value::Number(Some(value)) => {
                        serde_json::to_writer(&mut json, &value)?;
                        Cow::Borrowed(&json[..])
                    }
                    Value::Vector(numbers) => {
                        serde_json::to_writer(&mut json, numbers)?;
                        Cow::Borrowed(&json[..])
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
