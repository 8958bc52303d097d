//! JSON lines, and JSON arrays.

use std::{any::Any, io};

use super::encoder::{Block, BlockWriter, Encoder, TextRows, TextWriter, Value};

pub(in crate::corpus) static LINES: Objects = Objects { array: false };
pub(in crate::corpus) static ARRAY: Objects = Objects { array: true };

/// An object for each row.
pub(in crate::corpus) struct Objects {
    array: bool,
}

impl Encoder for Objects {
    fn encode(&self, block: &Block<'_>) -> io::Result<Box<dyn Any + Send>> {
        let between: &[u8] = if self.array { b",\n" } else { b"" };
        let names = block.columns.iter().chain(block.new.iter().map(|column| &column.name));
        // `{"first":` and `,"next":`
        let mut keys = Vec::new();
        for name in names {
            let mut key = vec![if keys.is_empty() { b'{' } else { b',' }];
            serde_json::to_writer(&mut key, name)?;
            key.push(b':');
            keys.push(key);
        }
        let mut out = Vec::new();
        for (i, row) in block.rows.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(between);
            }
            let mut keys = keys.iter();
            for (cell, key) in row.cells.iter().zip(&mut keys) {
                out.extend_from_slice(key);
                cell.write_json(&mut out)?;
            }
            for (column, key) in block.new.iter().zip(&mut keys) {
                out.extend_from_slice(key);
                match column.value(i) {
                    Value::Text(text) => serde_json::to_writer(&mut out, &text)?,
                    Value::Number(number) => serde_json::to_writer(&mut out, &number)?,
                    Value::Vector(numbers) => serde_json::to_writer(&mut out, numbers)?,
                }
            }
            out.extend_from_slice(if self.array { b"}" } else { b"}\n" });
        }
        Ok(Box::new(TextRows { header: Vec::new(), rows: out }))
    }

    fn writer(&self) -> Box<dyn BlockWriter> {
        Box::new(match self.array {
            true => TextWriter::new(b"[\n", b",\n", b"\n]\n"),
            false => TextWriter::new(b"", b"", b""),
        })
    }
}
