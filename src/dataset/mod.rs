//! Passages in tables: CSV, JSON and pages in; CSV and JSON lines out; annotations in the
//! shapes of other tools both ways.

mod annotations;
#[cfg(feature = "warc")]
mod archive;
#[cfg(not(feature = "warc"))]
#[path = "without_archive.rs"]
mod archive;
mod blocks;
mod column_type;
#[cfg(feature = "parquet")]
mod columnar;
#[cfg(not(feature = "parquet"))]
#[path = "without_columnar.rs"]
mod columnar;
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
pub use column_type::ColumnType;
pub use predicted::Predicted;
pub use table::Table;
pub use write::{EncodedRows, NewColumn, NewValues, OutputFormat, TableWriter};
