//! The rows of an input of any shape, one after the other and checked: the one way in which tables
//! are read.

use std::{path::Path, sync::Arc, vec};

use serde_json::Value;

use crate::{
    error::{Error, Place, Result},
    input::{
        Digesting, InputFormat, OnError, ReadSettings, Rejects, Source, TextStream, empty, name_of,
    },
};

use super::{
    column_type::ColumnType,
    format::{
        archive::ArchiveRows,
        columnar::ColumnarRows,
        csv::CsvRows,
        json::JsonRows,
        pages::{page_types, passages_of},
        records::{Records, Shape},
    },
    row::{Known, PAGE, Row, cell_text, without_rows},
};

/// Why a row is not read.
pub(super) enum Bad {
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

/// The rows of an input.
pub(super) struct Rows<'a> {
    name: Arc<str>,
    inner: Inner<'a>,
    /// Where the first columns are that we know, and the number of columns among which they were found.
    known: Known,
    n_columns: usize,
    /// Whether each row is a passage that is read, or labels of one that lies elsewhere.
    texts: bool,
    max_passage: usize,
    skip: Option<Rejects>,
    any: bool,
    /// The first row that was left out.
    first_left_out: Option<Place>,
    digest: Option<Digesting>,
    /// The types that the columns of JSON have, as far as their pages were visited.
    types: Vec<ColumnType>,
}

enum Inner<'a> {
    Csv(Box<CsvRows<'a>>),
    Json(Box<JsonRows<'a>>),
    Columnar(Box<ColumnarRows>),
    Archive(Box<ArchiveRows>),
    /// Of a page that was read whole.
    Page(Page),
}

struct Page {
    columns: Vec<String>,
    rows: vec::IntoIter<Row>,
    encoding: &'static str,
    sha256: String,
    /// The passage that was read last, if it is left out.
    left_out: String,
}

impl Rows<'static> {
    /// Opens a file, or standard input for `-`. Of JSON the `columns` may be known from before; the
    /// file's digest is made if it is `digested`.
    pub fn open(
        path: &Path,
        settings: &ReadSettings,
        columns: Vec<String>,
        digested: bool,
    ) -> Result<Self> {
        let name = name_of(path);
        match settings.format_of(&name) {
            InputFormat::Text | InputFormat::Html => {
                Rows::of_page(&Source::open(path, settings)?, settings)
            }
            InputFormat::Parquet | InputFormat::Arrow => {
                let digest = digested.then(Digesting::default);
                let rows = ColumnarRows::open(path, digest.as_ref())?;
                Ok(Self { digest, ..Self::new(&name, Inner::Columnar(Box::new(rows)), settings)? })
            }
            InputFormat::Warc => {
                let digest = digested.then(Digesting::default);
                let rows = ArchiveRows::open(path, settings, digest.as_ref())?;
                Ok(Self { digest, ..Self::new(&name, Inner::Archive(Box::new(rows)), settings)? })
            }
            format => {
                let digest = digested.then(Digesting::default);
                let text = TextStream::open(path, settings, digest.as_ref())?;
                let rows = Self::of_table(text, format, settings, columns)?;
                Ok(Self { digest, ..rows })
            }
        }
    }

    fn of_page(source: &Source, settings: &ReadSettings) -> Result<Self> {
        let (columns, rows) = passages_of(source, settings)?;
        let page = Page {
            columns,
            rows: rows.into_iter(),
            encoding: source.encoding(),
            sha256: source.sha256().to_owned(),
            left_out: String::new(),
        };
        Self::new(source.name(), Inner::Page(page), settings)
    }
}

impl<'a> Rows<'a> {
    /// Of a source that is read already.
    pub fn of_source(source: &'a Source, settings: &ReadSettings) -> Result<Self> {
        match settings.format_of(source.name()) {
            InputFormat::Text | InputFormat::Html => Rows::of_page(source, settings),
            InputFormat::Parquet | InputFormat::Arrow | InputFormat::Warc => {
                let problem = "Parquet, Arrow and WARC are no text";
                Err(Error::input(Place::file(source.name()), problem, "open the file by its path"))
            }
            format => {
                let text = TextStream::of_text(source.name(), source.text());
                Self::of_table(text, format, settings, Vec::new())
            }
        }
    }

    fn of_table(
        text: TextStream<'a>,
        format: InputFormat,
        settings: &ReadSettings,
        columns: Vec<String>,
    ) -> Result<Self> {
        let (name, limit) = (text.name().to_owned(), settings.max_page);
        let inner = match format {
            InputFormat::Csv | InputFormat::Tsv => {
                let tab = (format == InputFormat::Tsv).then_some(b'\t');
                let rows = CsvRows::open(text, settings.delimiter.or(tab), limit)?;
                if rows.columns.iter().all(String::is_empty) {
                    return Err(empty(&name));
                }
                Inner::Csv(Box::new(rows))
            }
            _ => {
                let mut records = Records::new(text, Shape::Lines, limit);
                if format == InputFormat::Json && records.begins_with(b'[')? {
                    records.shape = Shape::Array;
                }
                Inner::Json(Box::new(JsonRows::open(records, columns)))
            }
        };
        Self::new(&name, inner, settings)
    }

    fn new(name: &str, inner: Inner<'a>, settings: &ReadSettings) -> Result<Self> {
        let skip = match &settings.on_error {
            OnError::Stop => None,
            OnError::Skip(rejects) => Some(rejects.clone()),
        };
        let mut rows = Self {
            name: name.into(),
            inner,
            known: Known::default(),
            n_columns: 0,
            texts: true,
            max_passage: settings.max_passage,
            skip,
            any: false,
            first_left_out: None,
            digest: None,
            types: Vec::new(),
        };
        rows.known = Known::of(&rows.name, rows.columns())?;
        rows.n_columns = rows.columns().len();
        Ok(rows)
    }

    /// The same as rows of labels, which need no text.
    pub fn of_labels(self) -> Self {
        Self { texts: false, ..self }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns that have come up.
    pub fn columns(&self) -> &[String] {
        match &self.inner {
            Inner::Csv(rows) => &rows.columns,
            Inner::Json(rows) => &rows.columns,
            Inner::Columnar(rows) => &rows.columns,
            Inner::Archive(rows) => &rows.columns,
            Inner::Page(page) => &page.columns,
        }
    }

    /// SHA-256 of the bytes of a file that is read to its end, if it was to be made.
    pub fn sha256(&self) -> Option<String> {
        match &self.inner {
            Inner::Page(page) => Some(page.sha256.clone()),
            _ => self.digest.as_ref().map(Digesting::hex),
        }
    }

    /// What is known of the columns that have come up.
    pub fn known(&self) -> Known {
        self.known
    }

    /// What a user should know of how this was read.
    pub fn notes(&self) -> Vec<String> {
        let (encoding, delimiter) = match &self.inner {
            Inner::Csv(rows) => (rows.records.encoding(), rows.found),
            Inner::Json(rows) => (rows.records.encoding(), None),
            Inner::Columnar(_) | Inner::Archive(_) => ("UTF-8", None),
            Inner::Page(page) => (page.encoding, None),
        };
        let mut notes = Vec::new();
        if let Inner::Archive(rows) = &self.inner {
            notes.extend(rows.note());
        }
        if encoding != "UTF-8" {
            notes.push(format!("{}: read as {encoding}", self.name));
        }
        if let Some(delimiter) = delimiter {
            let shown = match delimiter {
                b'\t' => "tab".to_owned(),
                other => char::from(other).to_string(),
            };
            let name = &self.name;
            notes.push(format!("{name}: its delimiter is {shown}, as the header has no comma"));
        }
        notes
    }

    /// The type of each column in all rows; of JSON it is known when the pages were visited.
    pub fn types(&self) -> Vec<ColumnType> {
        let columns = self.columns();
        let mut types = match &self.inner {
            Inner::Csv(_) => vec![ColumnType::Text; columns.len()],
            Inner::Json(_) => self.types.clone(),
            Inner::Columnar(rows) => rows.types.clone(),
            Inner::Archive(_) | Inner::Page(_) => page_types(columns),
        };
        // Texts are made text, whatever they were.
        if let Some(of) = self.known.text.and_then(|text| types.get_mut(text)) {
            *of = ColumnType::Text;
        }
        types
    }

    /// Calls `visit` with the page of each row, under each of the names that it may have; quicker than
    /// to read the rows.
    pub fn for_each_page(&mut self, mut visit: impl FnMut([&str; 3])) -> Result<()> {
        if let (Inner::Csv(rows), Some(page)) = (&mut self.inner, self.known.page) {
            return rows.for_each_field(page, self.skip.is_some(), |id| visit([id.trim(); 3]));
        }
        while let Some(row) = self.next() {
            let row = row?;
            let Inner::Json(rows) = &self.inner else {
                visit([&row.page; 3]);
                continue;
            };
            self.types.resize(self.types.len().max(row.cells.len()), ColumnType::Empty);
            for (of, cell) in self.types.iter_mut().zip(&row.cells) {
                *of = of.and(ColumnType::of_value(cell));
            }
            let cells = PAGE.map(|name| {
                let cell = rows.number(name).and_then(|at| row.cells.get(at));
                cell_text(cell.unwrap_or(&Value::Null))
            });
            visit([cells[0].trim(), cells[1].trim(), cells[2].trim()]);
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Row>, Bad> {
        let row = match &mut self.inner {
            Inner::Csv(rows) => rows.next()?,
            Inner::Json(rows) => rows.next()?,
            Inner::Columnar(rows) => rows.next().transpose().map_err(Bad::Fatal)?,
            Inner::Archive(rows) => rows.next()?,
            Inner::Page(page) => page.rows.next(),
        };
        let Some(mut row) = row else { return Ok(None) };
        if self.columns().len() > self.n_columns {
            self.n_columns = self.columns().len();
            self.known = Known::among(self.columns());
        }
        self.known.note(&mut row);
        if self.texts
            && let Err(error) = self.known.check(&row, self.max_passage)
        {
            match (&mut self.inner, self.known.text) {
                (Inner::Page(page), Some(text)) => {
                    page.left_out = cell_text(&row.cells[text]).into_owned();
                }
                (Inner::Archive(rows), Some(text)) => {
                    rows.left_out = cell_text(&row.cells[text]).into_owned();
                }
                (Inner::Columnar(rows), _) => {
                    let cells = rows.columns.iter().cloned().zip(row.cells).collect();
                    rows.left_out = Value::Object(cells).to_string();
                }
                _ => {}
            }
            return Err(Bad::Row(error));
        }
        Ok(Some(row))
    }

    /// Leaves out the row that was read last.
    fn leave_out(&mut self, rejects: &Rejects, error: &Error) -> Result<()> {
        rejects.reject(error, |out| match &mut self.inner {
            Inner::Csv(rows) => rows.records.leave_out(out),
            Inner::Json(rows) => rows.records.leave_out(out),
            Inner::Archive(rows) => {
                out(rows.left_out.as_bytes());
                Ok(())
            }
            Inner::Columnar(rows) => {
                out(rows.left_out.as_bytes());
                Ok(())
            }
            Inner::Page(page) => {
                out(page.left_out.as_bytes());
                Ok(())
            }
        })
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let error = match self.read() {
                Ok(Some(row)) => {
                    self.any = true;
                    if let Some(rejects) = &self.skip {
                        rejects.keep();
                    }
                    return Some(Ok(row));
                }
                Ok(None) if self.any => return None,
                Ok(None) => {
                    // Once is enough.
                    self.any = true;
                    return Some(Err(self.without_rows()));
                }
                Err(Bad::Row(error)) => error,
                Err(Bad::Fatal(error)) => return Some(Err(error)),
            };
            let Some(rejects) = self.skip.clone() else { return Some(Err(error)) };
            if let Err(error) = self.leave_out(&rejects, &error) {
                return Some(Err(error));
            }
            self.first_left_out.get_or_insert_with(|| error.place_and_problem().0);
        }
    }
}

impl Rows<'_> {
    fn without_rows(&self) -> Error {
        if let Some(place) = &self.first_left_out {
            let problem = "none of the rows can be read, from this one on";
            let help = "see what is wrong with it, by stopping there (`on_error` stop)";
            return Error::input(place.clone(), problem, help);
        }
        if self.columns().is_empty() {
            return empty(&self.name);
        }
        without_rows(&self.name)
    }
}
