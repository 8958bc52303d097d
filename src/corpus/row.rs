//! A row, and the columns that we know.

use std::{collections::HashSet, sync::Arc};

use super::cell::{Cell, cell_text};
use crate::error::{Error, ErrorKind, Place, Result, nearest};

/// Columns that are listed where one is missing.
const SHOWN: usize = 40;
/// Names under which the page's id is found; the first is ours.
pub(super) const PAGE: [&str; 3] = ["page", "doc_id", "doc"];

/// One row: its place, and a value for each column.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub file: Arc<str>,
    pub line: u64,
    pub cells: Vec<Cell>,
    /// The number of its input, its page id and its `seq`, from the input's own columns.
    pub input: usize,
    pub page: String,
    pub seq: String,
    /// `seq` as a number: 0 if there is none, NaN if it is no finite number.
    pub order: f64,
}

impl Row {
    pub fn new(file: Arc<str>, line: u64, cells: Vec<Cell>) -> Self {
        Self { file, line, cells, input: 0, page: String::new(), seq: String::new(), order: 0.0 }
    }

    pub fn place(&self) -> Place {
        match self.line {
            0 => Place::file(&*self.file),
            line => Place::line(&*self.file, line),
        }
    }

    /// # Errors
    /// If `seq`, which is this column, is no number.
    pub fn check_order(&self, column: Option<usize>) -> Result<()> {
        if self.order.is_nan() {
            let column = column.map(|column| column as u64 + 1);
            let place = Place { column, ..self.place() };
            let problem = format!("seq is {:?}, which is not a number", self.seq);
            return Err(Error::input(place, problem, "number the passages of a page from 1"));
        }
        Ok(())
    }
}

/// Where the columns that we know are among those of an input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub text: Option<usize>,
    pub page: Option<usize>,
    pub seq: Option<usize>,
}

impl Known {
    /// # Errors
    /// If two columns have one name.
    pub fn of(name: &str, columns: &[String]) -> Result<Self> {
        let mut seen = HashSet::with_capacity(columns.len());
        for (i, column) in columns.iter().enumerate() {
            if !seen.insert(column) {
                let problem = format!("two columns are named {column:?}");
                let place = Place::column(name, 1, i as u64 + 1);
                return Err(Error::input(place, problem, "rename one of them"));
            }
        }
        Ok(Self::among(columns))
    }

    pub fn among(columns: &[String]) -> Self {
        let find = |name: &str| columns.iter().position(|column| column == name);
        Self { text: find("text"), page: PAGE.into_iter().find_map(find), seq: find("seq") }
    }

    /// # Errors
    /// If there is no column of texts.
    pub fn check_text(self, name: &str, columns: &[String]) -> Result<()> {
        self.text.map(|_| ()).ok_or_else(|| without_text(name, columns))
    }

    /// Notes in a row what these columns say of it. A row may be shorter than all columns.
    pub fn note(self, row: &mut Row) {
        let text = |column: Option<usize>| {
            let cell = column.and_then(|column| row.cells.get(column));
            cell.map_or(String::new(), |cell| cell_text(cell).trim().to_owned())
        };
        (row.page, row.seq) = (text(self.page), text(self.seq));
        row.order = match row.seq.as_str() {
            "" => 0.0,
            seq => seq.parse().ok().filter(|seq: &f64| seq.is_finite()).unwrap_or(f64::NAN),
        };
        // The text is text, whatever the JSON said.
        if let Some(cell) = self.text.and_then(|text| row.cells.get_mut(text))
            && cell.as_str().is_none()
        {
            *cell = Cell::Text(cell_text(cell).into_owned());
        }
    }

    /// # Errors
    /// [`ErrorKind::PassageTooLong`](crate::ErrorKind::PassageTooLong) if the row's text has more than
    /// `max_bytes`; [`ErrorKind::Input`](crate::ErrorKind::Input) if its `seq` is no number.
    pub fn check(self, row: &Row, max_bytes: usize) -> Result<()> {
        if let Some(text) = self.text.and_then(|text| row.cells.get(text)) {
            check_length(text.as_str().unwrap_or_default(), max_bytes, || row.place())?;
        }
        row.check_order(self.seq)
    }
}

pub(super) fn without_text(name: &str, columns: &[String]) -> Error {
    let like = nearest("text", columns.iter().map(String::as_str))
        .or(columns.iter().map(String::as_str).find(|c| c.eq_ignore_ascii_case("text")));
    let has = |name: &str| columns.iter().any(|column| column == name);
    let exported = has("fields") && has("responses") || has("data") && has("annotations");
    let help = match like {
        _ if exported => {
            "it looks like an annotation tool's export: make a table of it with `standpoint \
                          convert`"
                .to_owned()
        }
        Some(like) => format!("rename the column {like:?} to \"text\""),
        None => "name the column that holds the passages \"text\"".to_owned(),
    };
    let shown: Vec<&str> = columns.iter().take(SHOWN).map(String::as_str).collect();
    let shown = match columns.len() {
        n if n > SHOWN => format!("{} and {} more", shown.join(", "), n - SHOWN),
        _ => shown.join(", "),
    };
    let problem = format!("no column is named \"text\"; there are {shown}");
    Error::input(Place::line(name, 1), problem, help)
}

pub(super) fn without_rows(name: &str) -> Error {
    Error::input(Place::file(name), "the table has no rows", "give at least one passage")
}

/// That all pages were skipped.
pub(super) fn nothing_read(name: &str) -> Error {
    let help = "see what is wrong with it, by stopping there (`on_error` stop)";
    Error::input(Place::file(name), "none of the pages can be read, from this one on", help)
}

/// # Errors
/// [`ErrorKind::PassageTooLong`](crate::ErrorKind::PassageTooLong) if `text` has more than `limit` bytes.
pub(in crate::corpus) fn check_length(
    text: &str,
    limit: usize,
    place: impl FnOnce() -> Place,
) -> Result<()> {
    if text.len() > limit {
        return Err(Error::from(ErrorKind::PassageTooLong {
            place: place(),
            bytes: text.len(),
            limit,
        }));
    }
    Ok(())
}
