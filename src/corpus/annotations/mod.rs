//! Annotations in the formats of the tools that people annotate with, to and from our table.
//!
//! A new tool is a file with a `Tool`, and its lines in `formats.rs`.

mod doccano;
mod draft;
mod export;
mod fasttext;
mod formats;
mod json;
mod label_studio;
mod labels;
mod prodigy;
mod tool;

use std::collections::BTreeMap;

pub use draft::{AnnotationSettings, Annotations};
pub use formats::{AnnotationExport, AnnotationFormat};

use self::labels::ANNOTATOR;
use super::{row::Row, table::Corpus};
use crate::error::{Error, Result};

impl Corpus {
    /// The rows of each annotator, by the column `annotator`, in the order in which they first come
    /// up; rows without one are in none. Nothing if there is no such column.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the column is empty.
    pub fn by_annotator(&self) -> Result<Option<Vec<(String, Self)>>> {
        let Some(names) = self.values(ANNOTATOR) else { return Ok(None) };
        let mut numbers = BTreeMap::new();
        let mut parts: Vec<(String, Vec<Row>)> = Vec::new();
        for (name, row) in names.iter().zip(self.rows.iter()) {
            let Some(name) = name else { continue };
            let number = *numbers.entry(name).or_insert(parts.len());
            if number == parts.len() {
                parts.push((name.to_string(), Vec::new()));
            }
            parts[number].1.push(row.clone());
        }
        if parts.is_empty() {
            return Err(Error::undecidable(
                format!("{}: the column {ANNOTATOR} is empty", self.place(0).file),
                "say there whose label each is",
            ));
        }
        let table = |(name, rows)| (name, Self::block(self.columns.clone(), rows));
        Ok(Some(parts.into_iter().map(table).collect()))
    }
}
