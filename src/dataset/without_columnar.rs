//! In the place of `columnar`: what is said of Parquet and Arrow IPC where they are not built in.

use std::{
    convert::Infallible,
    io::{self, Write},
    marker::PhantomData,
    path::Path,
};

use super::{column_type::ColumnType, row::Row, table::Table, write::NewColumn};
use crate::{
    error::{Error, Place, Result},
    page::{Digesting, name_of},
};

/// That a file of this name cannot be read or written.
pub(super) fn check(name: &str) -> Result<()> {
    Err(without(name))
}

fn without(name: &str) -> Error {
    let problem = "this standpoint is built without Parquet and Arrow";
    let way_out = "install it with --features parquet, or convert the table to CSV or JSONL";
    Error::input(Place::file(name), problem, way_out)
}

/// There are none.
pub(super) struct ColumnarRows {
    pub columns: Vec<String>,
    pub types: Vec<ColumnType>,
    pub left_out: String,
    never: Infallible,
}

impl ColumnarRows {
    pub fn open(path: &Path, _: Option<&Digesting>) -> Result<Self> {
        Err(without(&name_of(path)))
    }
}

impl Iterator for ColumnarRows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.never {}
    }
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

pub(super) fn rows(_: &Table, _: &[ColumnType], _: &[NewColumn<'_>]) -> io::Result<ParquetRows> {
    Err(unsupported())
}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "built without the feature parquet")
}
