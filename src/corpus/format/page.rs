//! A page that was read whole.

use std::vec;

use super::reader::{Bad, Reader};
use crate::{
    corpus::{cell::cell_text, column_type::ColumnType, row::Row},
    error::{Error, Result},
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
pub(in crate::corpus) struct PageReader {
    columns: Vec<String>,
    rows: vec::IntoIter<Row>,
    notes: Vec<String>,
    /// Why there are none.
    fault: Option<Error>,
}

impl PageReader {
    /// Of a page about which there are these notes, each with its name.
    pub fn new(columns: &[&str], rows: Vec<Row>, notes: Vec<String>) -> Self {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        Self { columns, rows: rows.into_iter(), notes, fault: None }
    }

    /// Of a page that cannot be read, which is told when its rows are asked for: others may be.
    pub fn faulty(columns: Vec<String>, fault: Error) -> Self {
        Self { columns, rows: Vec::new().into_iter(), notes: Vec::new(), fault: Some(fault) }
    }
}

impl Reader for PageReader {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Row>, Bad> {
        match self.fault.take() {
            Some(fault) => Err(Bad::Row(fault)),
            None => Ok(self.rows.next()),
        }
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
