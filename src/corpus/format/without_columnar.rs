//! In the place of `columnar`: what is said of Parquet and Arrow IPC where they are not built in.

use std::{convert::Infallible, path::Path};

use crate::{
    corpus::{column_type::ColumnType, row::Row},
    error::{Error, Place, Result},
    input::{Digesting, name_of},
};

pub(in crate::corpus) fn without(name: &str) -> Error {
    let problem = "this standpoint is built without Parquet and Arrow";
    let help = "install it with the feature parquet, or convert the table to CSV or JSONL";
    Error::input(Place::file(name), problem, help)
}

/// There are none.
pub(in crate::corpus) struct ColumnarRows {
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
