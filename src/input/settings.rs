//! How inputs are read.

use super::{BytesRead, Encoding, Rejects};
use crate::corpus::Unit;
use crate::input::Compression;

/// The shape of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputFormat {
    /// Comma-separated values (RFC 4180) with a header row; other delimiters are found, or given by
    /// [`ReadSettings::delimiter`].
    Csv,
    /// The same with tabs.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// A JSON array of objects; one object a line is read too.
    Json,
    /// Plain text: one page, cut into passages by [`Unit`].
    Text,
    /// A saved web page, cut into the blocks that a reader sees.
    Html,
    /// Apache Parquet, with the feature `parquet`.
    Parquet,
    /// Arrow IPC, as a file or as a stream, with the feature `parquet`.
    Arrow,
    /// A crawl (ISO 28500) with all its web pages, with the feature `warc`.
    Warc,
}

impl InputFormat {
    /// Every ending of a file's name that tells what the file holds. What is compressed has one of
    /// [`Compression`] behind it.
    pub const ENDINGS: [(&'static str, Self); 17] = [
        ("csv", Self::Csv),
        ("tsv", Self::Tsv),
        ("tab", Self::Tsv),
        ("jsonl", Self::Jsonl),
        ("ndjson", Self::Jsonl),
        ("json", Self::Json),
        ("txt", Self::Text),
        ("html", Self::Html),
        ("htm", Self::Html),
        ("xhtml", Self::Html),
        ("mhtml", Self::Html),
        ("mht", Self::Html),
        ("parquet", Self::Parquet),
        ("arrow", Self::Arrow),
        ("feather", Self::Arrow),
        ("ipc", Self::Arrow),
        ("warc", Self::Warc),
    ];

    /// By the ending of a file's name, as [`ENDINGS`](Self::ENDINGS) says; nothing for another ending.
    ///
    /// ```
    /// use standpoint::InputFormat;
    /// assert_eq!(InputFormat::by_ending("a.CSV.gz"), Some(InputFormat::Csv));
    /// assert_eq!(InputFormat::by_ending("a.pdf"), None);
    /// ```
    pub fn by_ending(name: &str) -> Option<Self> {
        let (_, ending) = Compression::of_name(name).1.rsplit_once('.')?;
        let is = |(known, _): &&(&str, Self)| known.eq_ignore_ascii_case(ending);
        Self::ENDINGS.iter().find(is).map(|(_, format)| *format)
    }

    /// As [`by_ending`](Self::by_ending); text for all others.
    pub fn of_name(name: &str) -> Self {
        Self::by_ending(name).unwrap_or(Self::Text)
    }
}

/// How inputs are read: their shape, the limits, and what happens to rows that cannot be read.
///
/// ```
/// use standpoint::{InputFormat, ReadSettings};
/// let settings = ReadSettings { delimiter: Some(b';'), ..ReadSettings::of(InputFormat::Csv) };
/// assert_eq!((settings.max_passage, settings.max_page), (1 << 20, 16 << 20));
/// ```
#[derive(Debug, Clone)]
pub struct ReadSettings {
    /// The shape of all inputs; by each file's ending if there is none, which is the default.
    pub format: Option<InputFormat>,
    /// What counts as a passage of a text file. Default: a line.
    pub unit: Unit,
    /// Bytes of a passage at most. Default: 1 MiB.
    pub max_passage: usize,
    /// Bytes at most of a page of text or HTML, and of a row of a table, as they are after
    /// decompression. Default: 16 MiB. More than a little above this is never in memory.
    pub max_page: usize,
    /// What stands between the fields of CSV. Default: a tab in TSV; in CSV a comma or, if the header
    /// has none outside quotation marks, that of `;`, tab and `|` which it has most of.
    pub delimiter: Option<u8>,
    /// The encoding of all inputs. By default that of a byte order mark, else UTF-8, else what the
    /// bytes look like. See [`Encoding`].
    pub encoding: Option<Encoding>,
    /// What happens at a row that cannot be read. Default: an error.
    pub on_error: OnError,
    /// Counts what is read with these settings, for who waits for it.
    pub bytes_read: BytesRead,
}

/// What happens at a row that cannot be read.
#[derive(Debug, Clone, Default)]
pub enum OnError {
    /// It is an error.
    #[default]
    Stop,
    /// It is left out, and counted here.
    Skip(Rejects),
}

impl Default for ReadSettings {
    fn default() -> Self {
        Self {
            format: None,
            unit: Unit::Line,
            max_passage: 1 << 20,
            max_page: 16 << 20,
            delimiter: None,
            encoding: None,
            on_error: OnError::Stop,
            bytes_read: BytesRead::default(),
        }
    }
}

impl ReadSettings {
    /// The default ones, for inputs of this shape.
    pub fn of(format: InputFormat) -> Self {
        Self { format: Some(format), ..Self::default() }
    }

    /// The shape of the input of this name.
    pub fn format_of(&self, name: &str) -> InputFormat {
        self.format.unwrap_or_else(|| InputFormat::of_name(name))
    }
}
