//! Passages with their columns: tables, pages and annotation exports in; tables out.

mod align;
mod annotations;
mod blocks;
mod column_type;
pub(crate) mod format;
mod order;
mod passages;
mod predicted;
mod row;
mod rows;
mod table;
mod write;

pub(crate) use align::rows_of_sample;
pub use annotations::{AnnotationExport, AnnotationFormat, AnnotationSettings, Annotations};
pub use blocks::Blocks;
pub use column_type::ColumnType;
#[cfg(feature = "html")]
pub use format::html::HtmlPage;
pub(crate) use format::text::check_length;
pub use format::text::{Passage, Unit, passages};
pub(crate) use passages::is_called;
pub use passages::{Gold, Passages};
pub use predicted::{answer_columns, column_names};
pub use table::Corpus;
pub use write::{EncodedRows, NewColumn, NewValues, OutputFormat, TableWriter};
