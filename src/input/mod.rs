//! Bytes to text: files, compression, encodings, rejected rows; and files that appear whole.

pub(crate) mod compression;
pub(crate) mod content;
mod digest;
mod encoding;
mod open;
mod output;
mod rejects;
mod source;
mod stream;
mod whole_file;

pub use compression::{CompressedWriter, Compression};
#[cfg(any(feature = "encoder", feature = "parquet"))]
pub(crate) use digest::hexadecimal;
pub use encoding::Encoding;
#[cfg(feature = "html")]
pub(crate) use encoding::Utf8Evidence;
pub(crate) use open::{Input, name_of, refuse_endless};
pub use output::{OutputFile, same_file};
pub use rejects::Rejects;
pub(crate) use rejects::is_computed;
pub use source::Source;
pub(crate) use source::empty;
pub(crate) use stream::{TextStream, not_utf8};
pub(crate) use whole_file::WholeFile;
