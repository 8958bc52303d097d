//! The registry of formats, and the handles that callers have of them.

use std::{fmt, path::Path, str::FromStr};

#[cfg(feature = "warc")]
use super::archive::FORMAT as WARC;
#[cfg(feature = "parquet")]
use super::columnar::{ARROW, PARQUET};
#[cfg(feature = "html")]
use super::html::FORMAT as HTML;
#[cfg(feature = "xlsx")]
use super::xlsx::FORMAT as XLSX;
use super::{
    csv, json,
    reader::{Format, Options, Reader},
    sniff::Content,
    text,
};
use crate::{
    corpus::write::Encoder,
    error::{Error, Place, Result},
    input::{Compression, Input},
};

/// All formats, in the order in which help lists them.
static FORMATS: &[Format] =
    &[csv::CSV, csv::TSV, json::JSONL, json::JSON, text::FORMAT, HTML, PARQUET, ARROW, WARC, XLSX];

// Formats that are not built in.
#[cfg(not(feature = "html"))]
const HTML: Format = Format::absent("html", "HTML", &["html", "htm", "xhtml", "mhtml", "mht"])
    .needs("html", "save the page as text, a paragraph a line");
#[cfg(not(feature = "parquet"))]
const PARQUET: Format = Format::absent("parquet", "Parquet", &["parquet"])
    .needs("parquet", "convert the table to CSV or JSONL")
    .and_written();
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
const NOT_READ: [(&[&str], &str); 8] = [
    (&["xls", "xlsb", "ods", "numbers"], "save the sheet as CSV (UTF-8)"),
    (&["pdf"], "save its text, a paragraph a line (pdftotext), as .txt"),
    (
        &["docx", "doc", "odt", "rtf", "pages", "pptx"],
        "save it as text, a paragraph a line, as .txt",
    ),
    (&["zip", "tar", "7z", "rar", "bz2"], "unpack it, and name the folder"),
    (&["epub", "maff"], "unpack it (unzip), and name its .html or .xhtml files"),
    (&["webarchive"], "save the page as HTML, from a browser"),
    (&["eml", "mbox", "msg"], "save the mail as HTML or text"),
    (
        &[
            "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "tif", "tiff", "mp3", "mp4", "css",
            "js",
        ],
        "leave it out: no page is in it",
    ),
];

/// Endings of pages that a server made, and saved files have too.
const SERVED: [&str; 12] =
    ["php", "php3", "php5", "phtml", "asp", "aspx", "jsp", "jspx", "shtml", "cgi", "do", "cfm"];

/// The ending of a file's name, in lower case, below that of a compressed file and before what was asked
/// of a server, as in `index.html?id=12`.
fn ending_of(name: &str) -> Option<String> {
    let file = Path::new(Compression::of_name(name).1).file_name()?.to_string_lossy();
    let file = file.split_once('?').map_or(&*file, |(file, _)| file);
    Some(Path::new(file).extension()?.to_string_lossy().to_lowercase())
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
    /// [`ReadSettings::delimiter`](crate::ReadSettings::delimiter).
    pub const CSV: Self = Self(&csv::CSV);
    /// The same with tabs.
    pub const TSV: Self = Self(&csv::TSV);
    /// One JSON object a line.
    pub const JSONL: Self = Self(&json::JSONL);
    /// A JSON array of objects; one object a line is read too.
    pub const JSON: Self = Self(&json::JSON);
    /// Plain text: one page, cut into passages by [`Unit`](crate::corpus::Unit).
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

    /// Whether a file's name is one that web pages have which say no format: without an ending, or with one
    /// of those of programs on servers, as `.php`. Given by its name such a file is read as HTML if it begins
    /// as that does.
    ///
    /// ```
    /// use standpoint::InputFormat;
    /// assert!(InputFormat::may_be_page("news/permits-66912345"));
    /// assert!(InputFormat::may_be_page("story.php?id=12"));
    /// assert!(!InputFormat::may_be_page("story.html") && !InputFormat::may_be_page("photo.jpg"));
    /// ```
    pub fn may_be_page(name: &str) -> bool {
        ending_of(name).is_none_or(|ending| SERVED.contains(&&*ending))
            // What a server was asked may have a dot in it, and so may a title.
            || name.contains('?') && Self::by_ending(name).is_none() && Self::of_name(name).is_ok()
    }

    /// As [`by_ending`](Self::by_ending); a file with an unknown ending holds text.
    ///
    /// # Errors
    /// [`ErrorKind::Page`](crate::ErrorKind::Page) for an ending of files that are not text, as `.pdf`.
    pub fn of_name(name: &str) -> Result<Self> {
        if let Some(format) = Self::by_ending(name) {
            return Ok(format);
        }
        let ending = ending_of(name).unwrap_or_default();
        match NOT_READ.iter().find(|(known, _)| known.contains(&&*ending)) {
            None => Ok(Self::TEXT),
            Some((_, instead)) => Err(Error::page(
                Place::file(name),
                format!("files ending in .{ending} are not read"),
                format!("{instead}, or name the format that it has as `format`"),
            )),
        }
    }

    /// The format that a text begins as, where that is sure enough.
    pub(in crate::corpus) fn of_content(start: &str, options: &Options) -> Option<Self> {
        if let Some(Content::Html | Content::Mime) = Content::of(start.as_bytes()) {
            return Some(Self::HTML);
        }
        if json::begins_with_object(start) {
            let array = start.trim_start().starts_with('[');
            return Some(if array { Self::JSON } else { Self::JSONL });
        }
        csv::is_table(start, options).then_some(Self::CSV)
    }

    /// Its name in sentences.
    pub(in crate::corpus) fn title(self) -> &'static str {
        self.0.title
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
    pub(in crate::corpus) fn page_columns(self) -> Option<Vec<String>> {
        self.0.page.map(|columns| columns.iter().map(|&column| column.to_owned()).collect())
    }

    /// Opens an input in this format.
    pub(in crate::corpus) fn open<'a>(
        self,
        input: &Input<'a>,
        options: &Options,
        columns: Vec<String>,
    ) -> Result<Box<dyn Reader + 'a>> {
        let open = self.0.open.map_err(|absent| {
            let (problem, help) = self.0.not_read(absent);
            Error::input(Place::file(&**input.name()), problem, help)
        });
        open?(input, options, columns)
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
    /// use standpoint::corpus::OutputFormat;
    /// assert_eq!(OutputFormat::of_path(Some("out.jsonl.zst".as_ref()))?, OutputFormat::JSONL);
    /// assert_eq!(OutputFormat::of_path(Some("out.gz".as_ref()))?, OutputFormat::CSV);
    /// assert!(OutputFormat::of_path(Some("out.html".as_ref())).is_err());
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if no table is written in files with this ending.
    pub fn of_path(path: Option<&Path>) -> Result<Self> {
        let name = path.map_or_else(String::new, |path| path.display().to_string());
        let Some(ending) = ending_of(&name) else { return Ok(Self::CSV) };
        if let Some(format) = Self::all().find(|f| f.0.endings.contains(&ending.as_str())) {
            return Ok(format);
        }
        let known = FORMATS.iter().find(|format| format.endings.contains(&ending.as_str()));
        let (problem, help) = known.and_then(Format::not_written).unwrap_or_else(|| {
            let endings = Self::all().flat_map(Self::endings).map(|ending| format!(".{ending}"));
            let endings: Vec<String> = endings.collect();
            let help = format!("give the file one of the endings {}", endings.join(", "));
            (format!("tables are not written as .{ending}"), help)
        });
        Err(Error::input(Place::file(name), problem, help))
    }

    /// The same format without cells that a spreadsheet would compute: text that begins with `=`, `+`, `-`, `@`,
    /// a tab or a carriage return, and is no number, has an apostrophe before it. Of CSV and TSV; others have
    /// types, and are what they were.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings, corpus::OutputFormat};
    /// let corpus = Corpus::from_bytes("a.csv", b"text,n\n=1+2,-3\n", &ReadSettings::new())?;
    /// let mut bytes = Vec::new();
    /// corpus.write(&[], OutputFormat::CSV.spreadsheet_safe(), &mut bytes).unwrap();
    /// assert_eq!(bytes, b"text,n\n'=1+2,-3\n");
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    #[must_use]
    pub fn spreadsheet_safe(self) -> Self {
        match self.0.name {
            "csv" => Self(&csv::SAFE_CSV),
            "tsv" => Self(&csv::SAFE_TSV),
            _ => self,
        }
    }

    pub(in crate::corpus) fn encoder(self) -> &'static dyn Encoder {
        self.0.encoder.expect("only a format with an encoder is an output format")
    }
}

/// What both have in common: they are shown, compared and parsed by their names.
macro_rules! named_format {
    ($format:ident) => {
        impl $format {
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
        }

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
                let (problem, help) = known.and_then(Format::not_written).unwrap_or_else(|| {
                    let names: Vec<&str> = Self::all().map(Self::as_str).collect();
                    (format!("{name:?} is none"), format!("choose one of {}", names.join(", ")))
                });
                Err(Error::input(Place::file("format"), problem, help))
            }
        }
    };
}

named_format!(InputFormat);
named_format!(OutputFormat);
