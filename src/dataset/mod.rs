//! Passages in tables: CSV, JSON lines and plain text in; CSV and JSON lines out.

mod csv;
mod jsonl;
mod table;
mod write;

pub use table::{InputFormat, Table};
pub use write::{NewColumn, OutputFormat};
