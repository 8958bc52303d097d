//! The formats of inputs and outputs: a file for each, and the registry that lists them.
//!
//! A new format is a file with a `Reader` and a `FORMAT`, and its lines in `registry.rs`.

#[cfg(feature = "warc")]
mod archive;
#[cfg(feature = "parquet")]
mod columnar;
mod csv;
mod dialect;
#[cfg(feature = "html")]
pub(crate) mod html;
mod json;
mod page;
mod reader;
mod records;
mod registry;
mod sniff;
pub(crate) mod text;
mod unit;
#[cfg(feature = "xlsx")]
mod xlsx;

pub use dialect::Quote;
pub(super) use page::{PageReader, page_types};
pub(super) use reader::{Bad, Options, Reader};
pub use registry::{InputFormat, OutputFormat};
pub use unit::Unit;
