//! The formats of outputs, a file each.

pub(super) mod csv;
mod encoder;
pub(super) mod json;
#[cfg(feature = "parquet")]
pub(super) mod parquet;

pub(super) use encoder::{Block, BlockWriter, Encoder};
pub use encoder::{NewColumn, NewValues};
