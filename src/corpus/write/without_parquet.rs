//! In the place of `parquet`: what is said of Parquet where it is not built in.

use std::{
    convert::Infallible,
    io::{self, Write},
    marker::PhantomData,
};

use super::NewColumn;
use crate::{
    corpus::{column_type::ColumnType, format::columnar::without, table::Corpus},
    error::Result,
};

/// That a file of this name cannot be read or written.
pub(super) fn check(name: &str) -> Result<()> {
    Err(without(name))
}

/// There are none.
pub(super) struct ParquetRows(Infallible);

/// Writes nothing.
pub(super) struct ParquetWriter<W>(PhantomData<W>);

impl<W: Write + Send> ParquetWriter<W> {
    pub fn new(_: W) -> Self {
        Self(PhantomData)
    }

    #[allow(clippy::unused_self, reason = "with the feature it is used")]
    pub fn write(&mut self, rows: &ParquetRows) -> io::Result<()> {
        match rows.0 {}
    }

    #[allow(clippy::unused_self, reason = "with the feature it is used")]
    pub fn finish(self) -> io::Result<W> {
        Err(unsupported())
    }
}

pub(super) fn rows(_: &Corpus, _: &[ColumnType], _: &[NewColumn<'_>]) -> io::Result<ParquetRows> {
    Err(unsupported())
}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "built without the feature parquet")
}
