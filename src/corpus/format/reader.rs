//! What every format is to the others: how it is opened, and how its rows are read.

use super::{dialect::Quote, unit::Unit};
use crate::{
    corpus::{cell::Cell, column_type::ColumnType, row::Row, write::Encoder},
    error::{Error, Result},
    input::{Encoding, Input},
};

/// How an input is read, as far as its format is concerned.
#[derive(Debug, Clone)]
pub(in crate::corpus) struct Options {
    pub unit: Unit,
    pub max_page: usize,
    pub delimiter: Option<u8>,
    pub quote: Quote,
    pub escape: Option<u8>,
    pub fill_short_rows: bool,
    /// What the column of the passages is called.
    pub text: String,
    pub encoding: Option<Encoding>,
    /// Whether rows that cannot be read are left out.
    pub skip: bool,
}

/// Why a row is not read.
pub(in crate::corpus) enum Bad {
    /// It is wrong; those behind it can be read.
    Row(Error),
    /// Nothing more can be read.
    Fatal(Error),
}

impl Bad {
    pub fn into_error(self) -> Error {
        match self {
            Self::Row(error) | Self::Fatal(error) => error,
        }
    }
}

/// The rows of an input, one after the other.
pub(in crate::corpus) trait Reader: Send {
    /// The columns that have come up so far.
    fn columns(&self) -> &[String];

    /// The next row; nothing at the end. A row may be shorter than all columns.
    fn next(&mut self) -> Result<Option<Row>, Bad>;

    /// Hands out the bytes of the row that was read last, which is left out; and goes on behind it.
    /// `row` is that row, if it could be read and was found wrong later. By default a row is handed out
    /// as JSON.
    fn leave_out(&mut self, row: Option<&Row>, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(row) = row {
            out(json_of(self.columns(), row).as_bytes());
        }
        Ok(())
    }

    /// The type of each column in all rows; nothing if they are known by the rows alone.
    fn types(&self) -> Option<Vec<ColumnType>> {
        Some(vec![ColumnType::Text; self.columns().len()])
    }

    /// Sentences about how the input was read, each with its name.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// A faster way to visit the cells of one column in all rows that are left; with `skip` rows that
    /// are wrong are left out. False if there is none, and nothing was read.
    fn for_each_cell(
        &mut self,
        _column: usize,
        _skip: bool,
        _visit: &mut dyn FnMut(&str),
    ) -> Result<bool> {
        Ok(false)
    }
}

/// A row as a JSON object.
pub(super) fn json_of(columns: &[String], row: &Row) -> String {
    let mut json = Vec::new();
    for (name, cell) in columns.iter().zip(&row.cells) {
        json.push(if json.is_empty() { b'{' } else { b',' });
        let written = Cell::from(name.as_str()).write_json(&mut json).and_then(|()| {
            json.push(b':');
            cell.write_json(&mut json)
        });
        written.expect("memory takes all");
    }
    json.push(b'}');
    String::from_utf8_lossy(&json).into_owned()
}

/// That an input was read in another encoding than UTF-8.
pub(super) fn encoding_note(name: &str, encoding: &str) -> Option<String> {
    (encoding != "UTF-8").then(|| format!("{name}: read as {encoding}"))
}

/// Opens an input. Of JSON the columns may be known from before.
pub(super) type Open =
    for<'a> fn(&Input<'a>, &Options, columns: Vec<String>) -> Result<Box<dyn Reader + 'a>>;

/// What the registry knows of a format.
pub(super) struct Format {
    /// Its name as a setting, in lower case.
    pub name: &'static str,
    /// Its name in sentences.
    pub title: &'static str,
    /// Endings of files that hold it. What is compressed has one of [`Compression`] behind it.
    pub endings: &'static [&'static str],
    /// What it holds, for help.
    pub about: &'static str,
    /// The columns of a page. A table has columns of its own.
    pub page: Option<&'static [&'static str]>,
    pub open: std::result::Result<Open, Absent>,
    pub encoder: Option<&'static dyn Encoder>,
}

/// What is needed to read a format that is not built in.
#[derive(Clone, Copy)]
pub(super) struct Absent {
    feature: &'static str,
    instead: &'static str,
    /// Whether it could be written, too.
    written: bool,
}

impl Format {
    /// A table that is read by `open`.
    pub const fn table(name: &'static str, title: &'static str, open: Open) -> Self {
        Self { name, title, endings: &[], about: "", page: None, open: Ok(open), encoder: None }
    }

    /// A page with these columns.
    pub const fn page(
        name: &'static str,
        title: &'static str,
        columns: &'static [&'static str],
        open: Open,
    ) -> Self {
        Self { page: Some(columns), ..Self::table(name, title, open) }
    }

    pub const fn endings(self, endings: &'static [&'static str]) -> Self {
        Self { endings, ..self }
    }

    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// A format that is written, too.
    pub const fn written_by(self, encoder: &'static dyn Encoder) -> Self {
        Self { encoder: Some(encoder), ..self }
    }

    #[allow(dead_code, reason = "all formats may be built in")]
    pub const fn absent(
        name: &'static str,
        title: &'static str,
        endings: &'static [&'static str],
    ) -> Self {
        let open = Err(Absent { feature: "", instead: "", written: false });
        Self { name, title, endings, about: "not built in", page: None, open, encoder: None }
    }

    #[allow(dead_code, reason = "all formats may be built in")]
    pub const fn needs(self, feature: &'static str, instead: &'static str) -> Self {
        Self { open: Err(Absent { feature, instead, written: false }), ..self }
    }

    /// A format that would be written, too.
    #[allow(dead_code, reason = "all formats may be built in")]
    pub const fn and_written(self) -> Self {
        match self.open {
            Err(absent) => Self { open: Err(Absent { written: true, ..absent }), ..self },
            Ok(_) => self,
        }
    }

    /// Problem and help where it is read and not built in.
    pub fn not_read(&self, absent: Absent) -> (String, String) {
        let problem = format!("this build of standpoint does not read {}", self.title);
        (problem, format!("install it with the feature {}, or {}", absent.feature, absent.instead))
    }

    /// Problem and help where it is to be written, would it be if it was built in.
    pub fn not_written(&self) -> Option<(String, String)> {
        let absent = self.open.err().filter(|absent| absent.written)?;
        let problem = format!("this build of standpoint does not write {}", self.title);
        Some((
            problem,
            format!("install it with the feature {}, or write CSV or JSONL", absent.feature),
        ))
    }
}
