//! Bytes to text: files, compression, encodings, limits, rejected rows; and outputs that appear whole.

pub(crate) mod compression;
mod encoding;
mod open;
pub(crate) mod output;
mod rejects;
mod settings;
mod source;
mod stream;

pub use compression::{CompressedWriter, Compression};
pub use encoding::Encoding;
pub use open::BytesRead;
#[cfg(feature = "parquet")]
pub(crate) use open::hexadecimal;
pub(crate) use open::{Digesting, name_of, open};
pub use output::OutputFile;
pub use rejects::Rejects;
pub use settings::{InputFormat, OnError, ReadSettings};
pub(crate) use source::Decoded;
pub use source::Source;
pub(crate) use source::empty;
pub(crate) use stream::{TextStream, not_utf8};
