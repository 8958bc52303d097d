//! Passages in tables: CSV, JSON lines and plain text in; CSV and JSON lines out.

mod blocks;
mod csv;
mod jsonl;
mod predicted;
mod table;
mod write;

pub use blocks::Blocks;
pub use predicted::Predicted;
pub use table::{InputFormat, Table};
pub use write::{NewColumn, NewValues, OutputFormat};
