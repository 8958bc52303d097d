//! Annotations in the formats of the tools that people annotate with, to and from our table.
//!
//! A new tool is a file with a `Tool`, and its lines in `formats.rs`.

mod argilla;
mod doccano;
mod draft;
mod export;
mod fasttext;
mod formats;
mod json;
mod label_studio;
mod labels;
mod prodigy;
mod spacy;
mod tool;

use std::collections::BTreeMap;

pub use draft::{AnnotationSettings, Annotations};
pub use formats::{AnnotationExport, AnnotationFormat};

use self::labels::ANNOTATOR;
use super::{align::plain, row::Row, table::Corpus};
use crate::error::{Error, Result};

/// Names of columns that say whose labels a row has: letters and digits alone, the likeliest first.
const CODERS: [&str; 22] = [
    "annotator",
    "annotatorid",
    "annotatorname",
    "coder",
    "coderid",
    "codername",
    "rater",
    "raterid",
    "ratername",
    "worker",
    "workerid",
    "labeler",
    "labeller",
    "judge",
    "judgeid",
    "reviewer",
    "annotatedby",
    "codedby",
    "ratedby",
    "labeledby",
    "labelledby",
    "completedby",
];

impl Corpus {
    /// The rows of each annotator, by the column `annotator`, in the order in which they first come
    /// up; rows without one are in none. Nothing if there is no such column.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the column is empty.
    pub fn by_annotator(&self) -> Result<Option<Vec<(String, Self)>>> {
        match self.has_column(ANNOTATOR) {
            true => self.by_coder(ANNOTATOR).map(Some),
            false => Ok(None),
        }
    }

    /// The column that says whose labels a row has: `annotator`, `coder`, `rater`, `worker_id` and the like.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings, input::Source};
    /// let csv = "page,Rater_ID,kind\np1,7,news\n";
    /// let source = Source::from_bytes("a.csv", csv.into())?;
    /// let table = Corpus::read_labels(&source, &ReadSettings::default())?;
    /// assert_eq!(table.coder_column(), Some("Rater_ID"));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn coder_column(&self) -> Option<&str> {
        let plain: Vec<String> = self.columns.iter().map(|name| plain(name)).collect();
        let at = CODERS.iter().find_map(|name| plain.iter().position(|column| column == name))?;
        Some(&self.columns[at])
    }

    /// As [`by_annotator`](Self::by_annotator), by a column of any name.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if there is no such column;
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if it is empty.
    pub fn by_coder(&self, column: &str) -> Result<Vec<(String, Self)>> {
        let names = self.require(column)?;
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
                format!("{}: the column {column} is empty", self.place(0).file),
                "say there whose label each is",
            ));
        }
        let table = |(name, rows)| (name, Self::block(self.columns.clone(), self.known(), rows));
        Ok(parts.into_iter().map(table).collect())
    }

    /// The same rows with one of the columns under another name; a column that has it already is `other_` of it.
    pub(crate) fn with_column_as(&self, column: &str, name: &str) -> Self {
        let renamed = |own: &String| match own.as_str() {
            own if own == column => name.to_owned(),
            own if own == name => format!("other_{name}"),
            own => own.to_owned(),
        };
        let mut table = self.clone();
        table.columns = self.columns.iter().map(renamed).collect();
        table
    }
}
