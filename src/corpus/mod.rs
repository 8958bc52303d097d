//! Passages with their columns: tables, pages and annotation exports in; tables out.

mod align;
mod annotations;
mod blocks;
mod cell;
mod column_type;
mod columns;
mod dense;
mod fields;
mod format;
mod left_out;
mod likeness;
mod order;
mod output;
mod passages;
mod predicted;
mod row;
mod rows;
mod settings;
mod table;
mod write;

pub(crate) use align::{RowKey, keys_of_all, rows_of_sample, same_words};
pub use annotations::{AnnotationExport, AnnotationFormat, AnnotationSettings, Annotations};
pub use blocks::Blocks;
pub use column_type::ColumnType;
pub(crate) use dense::Dense;
pub use dense::{DenseSource, TextEncoder};
#[cfg(feature = "html")]
pub use format::html::HtmlPage;
pub use format::text::{Passage, passages};
pub use format::{InputFormat, OutputFormat, Quote, Unit};
pub(crate) use likeness::{mismatch, spellings};
pub use output::{EncodedRows, TableWriter};
pub use passages::Gold;
pub(crate) use passages::{Passages, can_be_parted, is_called, page_of_rows};
pub use predicted::{answer_columns, column_names};
pub use settings::{OnError, ReadReport, ReadSettings};
pub use table::Corpus;
pub use write::{NewColumn, NewValues};
