//! The formats of inputs and outputs: a file for each, and the registry that lists them.
//!
//! A new format is a file with a [`Reader`] and a `FORMAT`, and its line in [`FORMATS`].

#[cfg(feature = "warc")]
mod archive;
#[cfg(feature = "parquet")]
mod columnar;
mod csv;
#[cfg(feature = "html")]
pub(crate) mod html;
mod json;
mod page;
mod records;
pub(crate) mod text;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::{fmt, path::Path, str::FromStr};

use super::{ReadSettings, cell::Cell, column_type::ColumnType, row::Row, write::Encoder};
use crate::{
    error::{Error, Place, Result},
    input::{Compression, Input},
};

#[cfg(feature = "warc")]
use archive::FORMAT as WARC;
#[cfg(feature = "parquet")]
use columnar::{ARROW, PARQUET};
#[cfg(feature = "html")]
use html::FORMAT as HTML;
pub(super) use page::page_types;
#[cfg(feature = "xlsx")]
use xlsx::FORMAT as XLSX;

/// All formats, in the order in which help lists them.
static FORMATS: &[Format] =
    &[csv::CSV, csv::TSV, json::JSONL, json::JSON, text::FORMAT, HTML, PARQUET, ARROW, WARC, XLSX];

// What is said of a format that is not built in.
#[cfg(not(feature = "html"))]
const HTML: Format = Format::absent("html", "HTML", &["html", "htm", "xhtml", "mhtml", "mht"])
    .needs("html", "save the page as text, a paragraph a line");
#[cfg(not(feature = "parquet"))]
const PARQUET: Format = Format::absent("parquet", "Parquet", &["parquet"])
    .needs("parquet", "convert the table to CSV or JSONL");
#[cfg(not(feature = "parquet"))]
const ARROW: Format = Format::absent("arrow", "Arrow", &["arrow", "feather", "ipc"])
    .needs("parquet", "convert the table to CSV or JSONL");
#[cfg(not(feature = "warc"))]
const WARC: Format =
    Format::absent("warc", "WARC", &["warc"]).needs("warc", "unpack the pages as HTML");
#[cfg(not(feature = "xlsx"))]
const XLSX: Format = Format::absent("xlsx", "Excel workbooks", &["xlsx"])
    .needs("xlsx", "save the sheet as CSV (UTF-8)");

/// Endings of files that no format reads and that are not text, and what to do with such a file.
const NOT_READ: [(&str, &str); 7] = [
    ("xls", "save the sheet as CSV (UTF-8)"),
    ("ods", "save the sheet as CSV (UTF-8)"),
    ("pdf", "save its text, a paragraph a line (pdftotext), as .txt"),
    ("docx", "save it as text, a paragraph a line, as .txt"),
    ("doc", "save it as text, a paragraph a line, as .txt"),
    ("zip", "unpack it, and name the folder"),
    ("tar", "unpack it, and name the folder"),
];

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

/// The rows of an input, one after the other.
pub(super) trait Reader: Send {
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
fn json_of(columns: &[String], row: &Row) -> String {
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
fn encoding_note(name: &str, encoding: &str) -> Option<String> {
    (encoding != "UTF-8").then(|| format!("{name}: read as {encoding}"))
}

/// Opens an input. Of JSON the columns may be known from before.
pub(super) type Open =
    for<'a> fn(&Input<'a>, &ReadSettings, columns: Vec<String>) -> Result<Box<dyn Reader + 'a>>;

/// What the registry knows of a format.
pub(super) struct Format {
    /// Its name as a setting, in lower case.
    name: &'static str,
    /// Its name in sentences.
    title: &'static str,
    /// Endings of files that hold it. What is compressed has one of [`Compression`] behind it.
    endings: &'static [&'static str],
    /// What it holds, for help.
    about: &'static str,
    /// The columns of a page. A table has columns of its own.
    page: Option<&'static [&'static str]>,
    open: std::result::Result<Open, Absent>,
    encoder: Option<&'static dyn Encoder>,
}

/// What is needed to read a format that is not built in.
#[derive(Clone, Copy)]
struct Absent {
    feature: &'static str,
    instead: &'static str,
}

impl Format {
    /// A table that is read by `open`.
    const fn table(name: &'static str, title: &'static str, open: Open) -> Self {
        Self { name, title, endings: &[], about: "", page: None, open: Ok(open), encoder: None }
    }

    /// A page with these columns.
    const fn page(
        name: &'static str,
        title: &'static str,
        columns: &'static [&'static str],
        open: Open,
    ) -> Self {
        Self { page: Some(columns), ..Self::table(name, title, open) }
    }

    const fn endings(self, endings: &'static [&'static str]) -> Self {
        Self { endings, ..self }
    }

    const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// A format that is written, too.
    const fn written_by(self, encoder: &'static dyn Encoder) -> Self {
        Self { encoder: Some(encoder), ..self }
    }

    #[allow(dead_code, reason = "all formats may be built in")]
    const fn absent(
        name: &'static str,
        title: &'static str,
        endings: &'static [&'static str],
    ) -> Self {
        let open = Err(Absent { feature: "", instead: "" });
        Self { name, title, endings, about: "not built in", page: None, open, encoder: None }
    }

    #[allow(dead_code, reason = "all formats may be built in")]
    const fn needs(self, feature: &'static str, instead: &'static str) -> Self {
        Self { open: Err(Absent { feature, instead }), ..self }
    }

    fn missing(&self, verb: &str, absent: Absent) -> (String, String) {
        let problem = format!("this build of standpoint does not {verb} {}", self.title);
        (problem, format!("install it with the feature {}, or {}", absent.feature, absent.instead))
    }
}

/// The ending of a file's name, in lower case and below that of a compressed file.
fn ending_of(name: &str) -> Option<String> {
    let file = Path::new(Compression::of_name(name).1);
    Some(file.extension()?.to_string_lossy().to_lowercase())
}

/// A format that inputs have. Shown and parsed by its name, as `csv`.
///
/// ```
/// use standpoint::InputFormat;
/// let format: InputFormat = "jsonl".parse()?;
/// assert_eq!(format, InputFormat::JSONL);
/// assert_eq!(format.endings(), ["jsonl", "ndjson"]);
/// assert!("pdf".parse::<InputFormat>().unwrap_err().to_string().contains("csv, tsv, jsonl"));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct InputFormat(&'static Format);

impl InputFormat {
    /// Comma-separated values (RFC 4180) with a header row; other delimiters are found, or given by
    /// [`ReadSettings::delimiter`].
    pub const CSV: Self = Self(&csv::CSV);
    /// The same with tabs.
    pub const TSV: Self = Self(&csv::TSV);
    /// One JSON object a line.
    pub const JSONL: Self = Self(&json::JSONL);
    /// A JSON array of objects; one object a line is read too.
    pub const JSON: Self = Self(&json::JSON);
    /// Plain text: one page, cut into passages by [`Unit`](crate::Unit).
    pub const TEXT: Self = Self(&text::FORMAT);
    /// A saved web page, cut into the blocks that a reader sees.
    pub const HTML: Self = Self(&HTML);
    /// Apache Parquet, with the feature `parquet`.
    pub const PARQUET: Self = Self(&PARQUET);
    /// Arrow IPC, as a file or as a stream, with the feature `parquet`.
    pub const ARROW: Self = Self(&ARROW);
    /// A crawl (ISO 28500) with all its web pages, with the feature `warc`.
    pub const WARC: Self = Self(&WARC);

    /// All formats, also those that this build does not read.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.iter().map(Self)
    }

    /// The format of a file by the ending of its name; nothing for an ending that none has.
    ///
    /// ```
    /// use standpoint::InputFormat;
    /// assert_eq!(InputFormat::by_ending("a.CSV.gz"), Some(InputFormat::CSV));
    /// assert_eq!(InputFormat::by_ending("a.pdf"), None);
    /// ```
    pub fn by_ending(name: &str) -> Option<Self> {
        let ending = ending_of(name)?;
        Self::all().find(|format| format.0.endings.contains(&ending.as_str()))
    }

    /// As [`by_ending`](Self::by_ending); a file with an unknown ending holds text.
    ///
    /// # Errors
    /// [`Error::Input`] for an ending of files that are not text, as `.pdf`.
    pub fn of_name(name: &str) -> Result<Self> {
        if let Some(format) = Self::by_ending(name) {
            return Ok(format);
        }
        let ending = ending_of(name).unwrap_or_default();
        match NOT_READ.iter().find(|(known, _)| *known == ending) {
            None => Ok(Self::TEXT),
            Some((_, instead)) => Err(Error::input(
                Place::file(name),
                format!("files ending in .{ending} are not read"),
                format!("{instead}, or name the format that it has as `format`"),
            )),
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// The endings of files that hold it, without the dot.
    pub fn endings(self) -> &'static [&'static str] {
        self.0.endings
    }

    /// What it holds, in a few words.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// Whether this build reads it.
    pub fn is_built_in(self) -> bool {
        self.0.open.is_ok()
    }

    /// Whether it holds tables, which have columns of their own; else it holds pages.
    pub fn is_table(self) -> bool {
        self.0.page.is_none()
    }

    /// The columns of a page, which are known before it is read.
    pub(super) fn page_columns(self) -> Option<Vec<String>> {
        self.0.page.map(|columns| columns.iter().map(|&column| column.to_owned()).collect())
    }

    /// Opens an input in this format.
    pub(super) fn open<'a>(
        self,
        input: &Input<'a>,
        settings: &ReadSettings,
        columns: Vec<String>,
    ) -> Result<Box<dyn Reader + 'a>> {
        let open = self.0.open.map_err(|absent| {
            let (problem, help) = self.0.missing("read", absent);
            Error::input(Place::file(&**input.name()), problem, help)
        });
        open?(input, settings, columns)
    }
}

/// A format that tables are written in. Shown and parsed by its name, as `jsonl`.
#[derive(Clone, Copy)]
pub struct OutputFormat(&'static Format);

impl OutputFormat {
    /// Comma-separated values with a header row.
    pub const CSV: Self = Self(&csv::CSV);
    /// The same with tabs.
    pub const TSV: Self = Self(&csv::TSV);
    /// One JSON object a line.
    pub const JSONL: Self = Self(&json::JSONL);
    /// A JSON array of objects.
    pub const JSON: Self = Self(&json::JSON);
    /// Apache Parquet: text, the predictions' probabilities as doubles, and a column whose values are
    /// all whole numbers, numbers or truth values as what they are.
    #[cfg(feature = "parquet")]
    pub const PARQUET: Self = Self(&PARQUET);

    /// All formats that this build writes.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.iter().filter(|format| format.encoder.is_some()).map(Self)
    }

    /// The format of a file by the ending of its name, below that of a compressed file; CSV for a name
    /// without an ending, and for standard output, which is nothing or `-`.
    ///
    /// ```
    /// use standpoint::OutputFormat;
    /// assert_eq!(OutputFormat::of_path(Some("out.jsonl.zst".as_ref()))?, OutputFormat::JSONL);
    /// assert_eq!(OutputFormat::of_path(Some("out.gz".as_ref()))?, OutputFormat::CSV);
    /// assert!(OutputFormat::of_path(Some("out.html".as_ref())).is_err());
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] if no table is written in files with this ending.
    pub fn of_path(path: Option<&Path>) -> Result<Self> {
        let name = path.map_or_else(String::new, |path| path.display().to_string());
        let Some(ending) = ending_of(&name) else { return Ok(Self::CSV) };
        if let Some(format) = Self::all().find(|f| f.0.endings.contains(&ending.as_str())) {
            return Ok(format);
        }
        let known = FORMATS.iter().find(|format| format.endings.contains(&ending.as_str()));
        let (problem, help) = match known.map(|format| (format, format.open)) {
            Some((format, Err(absent))) => format.missing("write", absent),
            _ => {
                let endings: Vec<String> = Self::all()
                    .flat_map(|format| format.endings())
                    .map(|ending| format!(".{ending}"))
                    .collect();
                let help = format!("give the file one of the endings {}", endings.join(", "));
                (format!("tables are not written as .{ending}"), help)
            }
        };
        Err(Error::input(Place::file(name), problem, help))
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// The endings of files that hold it, without the dot.
    pub fn endings(self) -> &'static [&'static str] {
        self.0.endings
    }

    /// What it holds, in a few words.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    pub(super) fn encoder(self) -> &'static dyn Encoder {
        self.0.encoder.expect("only a format with an encoder is an output format")
    }
}

/// What both have in common: they are shown, compared and parsed by their names.
macro_rules! named {
    ($format:ident) => {
        impl fmt::Display for $format {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.0.name)
            }
        }

        impl fmt::Debug for $format {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0.name)
            }
        }

        impl PartialEq for $format {
            fn eq(&self, other: &Self) -> bool {
                self.0.name == other.0.name
            }
        }

        impl Eq for $format {}

        impl std::hash::Hash for $format {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.0.name.hash(state);
            }
        }

        impl FromStr for $format {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self> {
                if let Some(format) = Self::all().find(|format| format.0.name == name) {
                    return Ok(format);
                }
                let known = FORMATS.iter().find(|format| format.name == name);
                let (problem, help) = match known.map(|format| (format, format.open)) {
                    Some((format, Err(absent))) => format.missing("write", absent),
                    _ => {
                        let names: Vec<&str> = Self::all().map(Self::as_str).collect();
                        (format!("{name:?} is none"), format!("choose one of {}", names.join(", ")))
                    }
                };
                Err(Error::input(Place::file("format"), problem, help))
            }
        }
    };
}

named!(InputFormat);
named!(OutputFormat);
