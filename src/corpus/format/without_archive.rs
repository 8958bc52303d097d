//! In the place of `archive`: what is said of crawls where they are not built in.

use std::{convert::Infallible, path::Path};

use crate::{
    corpus::{row::Row, rows::Bad},
    error::{Error, Place, Result},
    input::{Digesting, ReadSettings, name_of},
};

/// There are none.
pub(in crate::corpus) struct ArchiveRows {
    pub columns: Vec<String>,
    pub left_out: String,
    never: Infallible,
}

impl ArchiveRows {
    pub fn open(path: &Path, _: &ReadSettings, _: Option<&Digesting>) -> Result<Self> {
        let problem = "this standpoint is built without WARC";
        let help = "install it with the feature warc, or unpack the pages as HTML";
        Err(Error::input(Place::file(name_of(path)), problem, help))
    }

    pub fn note(&self) -> Option<String> {
        match self.never {}
    }

    pub fn next(&mut self) -> Result<Option<Row>, Bad> {
        match self.never {}
    }
}
