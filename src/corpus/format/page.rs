//! A page that was read whole.

use std::vec;

use super::reader::{Bad, Reader, encoding_note};
use crate::{
    corpus::{cell::cell_text, column_type::ColumnType, row::Row},
    error::Result,
};

/// The columns of a page of text.
pub(super) const TEXT_COLUMNS: [&str; 3] = ["page", "seq", "text"];
/// The columns of a web page.
#[cfg(feature = "html")]
pub(super) const HTML_COLUMNS: [&str; 7] =
    ["page", "seq", "source", "date", "title", "url", "text"];

/// The type of each column of a page: text, except for `seq`.
pub(in crate::corpus) fn page_types(columns: &[String]) -> Vec<ColumnType> {
    let of = |name: &String| match name.as_str() {
        "seq" => ColumnType::Integer,
        _ => ColumnType::Text,
    };
    columns.iter().map(of).collect()
}

/// Hands out a passage that is left out: the last cell of its row.
pub(super) fn leave_out_text(row: Option<&Row>, out: &mut dyn FnMut(&[u8])) {
    if let Some(cell) = row.and_then(|row| row.cells.last()) {
        out(cell_text(cell).as_bytes());
    }
}

/// The passages of a page.
pub(super) struct PageReader {
    columns: Vec<String>,
    rows: vec::IntoIter<Row>,
    notes: Vec<String>,
}

impl PageReader {
    /// Of a page that was read in this encoding.
    pub fn new(name: &str, columns: &[&str], rows: Vec<Row>, encoding: &str) -> Self {
        Self {
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: rows.into_iter(),
            notes: encoding_note(name, encoding).into_iter().collect(),
        }
    }
}

impl Reader for PageReader {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Row>, Bad> {
        Ok(self.rows.next())
    }

    fn leave_out(&mut self, row: Option<&Row>, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        leave_out_text(row, out);
        Ok(())
    }

    fn types(&self) -> Option<Vec<ColumnType>> {
        Some(page_types(&self.columns))
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
