//! Passages in tables: CSV, JSON lines and plain text in; CSV and JSON lines out; annotations in the
//! shapes of other tools both ways.

mod annotations;
mod blocks;
mod csv;
mod jsonl;
mod predicted;
mod table;
mod write;

pub use annotations::{AnnotationExport, AnnotationFormat, AnnotationSettings, Annotations};
pub use blocks::Blocks;
pub use predicted::Predicted;
pub use table::{InputFormat, Table};
pub use write::{NewColumn, NewValues, OutputFormat};
