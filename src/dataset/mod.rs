//! Passages in tables: CSV, JSON and pages in; CSV and JSON lines out; annotations in the
//! shapes of other tools both ways.

mod annotations;
mod blocks;
mod csv;
mod json;
mod order;
mod pages;
mod predicted;
mod records;
mod row;
mod rows;
mod table;
mod write;

pub use annotations::{AnnotationExport, AnnotationFormat, AnnotationSettings, Annotations};
pub use blocks::Blocks;
pub use predicted::Predicted;
pub use table::Table;
pub use write::{NewColumn, NewValues, OutputFormat};
