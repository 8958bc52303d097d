//! Parquet and Arrow IPC.

mod read;
mod write;

pub(super) use read::ColumnarRows;
pub(super) use write::{ParquetRows, ParquetWriter, rows};

use crate::error::Result;

/// That a file of this name can be read and written.
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
pub(super) fn check(_: &str) -> Result<()> {
    Ok(())
}
