//! How inputs are read.

use super::{
    format::{InputFormat, Options, Quote, Unit},
    row::Names,
};
use crate::{error::Result, input::Encoding};

/// How inputs are read: their format, the limits, and what happens to rows that cannot be read.
///
/// ```
/// use standpoint::{InputFormat, ReadSettings};
/// let settings = ReadSettings::new().format(InputFormat::CSV).delimiter(b';');
/// assert_eq!((settings.max_passage, settings.max_page), (1 << 20, 16 << 20));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReadSettings {
    /// The format of all inputs. Default: by the ending of each file's name; where that tells nothing, as
    /// for standard input, CSV or JSON if the content begins as a table does, else text.
    pub format: Option<InputFormat>,
    /// Whether all inputs are tables: one whose name is no table's is CSV. Default: false.
    pub tables: bool,
    /// The column of tables that has the passages. Default: `text`. Of this and the other names another
    /// case will do, as `Text`, if one column alone is named so.
    pub text: Option<String>,
    /// The column that says which page a row is of. Default: `page`, `doc_id` or `doc`.
    pub page: Option<String>,
    /// The column that numbers the passages of a page. Default: `seq`.
    pub seq: Option<String>,
    /// How a text file is cut into passages. Default: a line is a passage.
    pub unit: Unit,
    /// Most bytes of a passage. Default: 1 MiB.
    pub max_passage: usize,
    /// Most bytes of a page of text or HTML, and of a row of a table, after decompression. Default:
    /// 16 MiB. Not much more than this is ever in memory at once.
    pub max_page: usize,
    /// The delimiter of CSV. Default: a tab in TSV; in CSV a comma or, if the header has none outside
    /// quotation marks, whichever of `;`, tab and `|` is in it most often.
    pub delimiter: Option<u8>,
    /// What quotation marks mean in CSV. Default: [`Quote::Checked`].
    pub quote: Quote,
    /// The character of CSV that makes the next one text within quotation marks, as the backslash of MySQL
    /// and Spark. Default: none; quotation marks are doubled.
    pub escape: Option<u8>,
    /// Whether fields that are missing at the end of a row of CSV are empty ones. Default: false, and such
    /// a row is an error.
    pub fill_short_rows: bool,
    /// The encoding of all inputs. Default: that of a byte order mark, else UTF-8, else a guess from
    /// the bytes. See [`Encoding`].
    pub encoding: Option<Encoding>,
    /// What happens at a row that cannot be read. Default: the reading stops with an error.
    pub on_error: OnError,
}

/// What happens at a row that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnError {
    /// The reading stops with an error.
    #[default]
    Stop,
    /// The row is left out and counted; see [`Rejects`](crate::input::Rejects) for how to keep it.
    Skip,
}

named!(OnError, "on_error": Stop = "stop", Skip = "skip");

impl Default for ReadSettings {
    fn default() -> Self {
        Self {
            format: None,
            tables: false,
            text: None,
            page: None,
            seq: None,
            unit: Unit::Line,
            max_passage: 1 << 20,
            max_page: 16 << 20,
            delimiter: None,
            quote: Quote::Checked,
            escape: None,
            fill_short_rows: false,
            encoding: None,
            on_error: OnError::Stop,
        }
    }
}

impl ReadSettings {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads all inputs in this format, whatever their names.
    pub fn format(self, format: impl Into<Option<InputFormat>>) -> Self {
        Self { format: format.into(), ..self }
    }

    /// Sets [`tables`](Self::tables).
    pub fn tables(self, tables: bool) -> Self {
        Self { tables, ..self }
    }

    /// Sets [`text`](Self::text).
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings};
    /// let settings = ReadSettings::new().text("tweet".to_owned());
    /// let corpus = Corpus::from_bytes("a.csv", b"tweet,likes\nShame on them,3\n", &settings)?;
    /// assert_eq!((corpus.text(0), corpus.columns()), ("Shame on them", &["tweet", "likes"].map(String::from)[..]));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn text(self, column: impl Into<Option<String>>) -> Self {
        Self { text: column.into(), ..self }
    }

    /// Sets [`page`](Self::page).
    pub fn page(self, column: impl Into<Option<String>>) -> Self {
        Self { page: column.into(), ..self }
    }

    /// Sets [`seq`](Self::seq).
    pub fn seq(self, column: impl Into<Option<String>>) -> Self {
        Self { seq: column.into(), ..self }
    }

    /// Sets [`unit`](Self::unit).
    pub fn unit(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    /// Sets [`max_passage`](Self::max_passage).
    pub fn max_passage(self, bytes: usize) -> Self {
        Self { max_passage: bytes, ..self }
    }

    /// Sets [`max_page`](Self::max_page).
    pub fn max_page(self, bytes: usize) -> Self {
        Self { max_page: bytes, ..self }
    }

    /// Sets [`delimiter`](Self::delimiter).
    pub fn delimiter(self, delimiter: impl Into<Option<u8>>) -> Self {
        Self { delimiter: delimiter.into(), ..self }
    }

    /// Sets [`quote`](Self::quote).
    pub fn quote(self, quote: Quote) -> Self {
        Self { quote, ..self }
    }

    /// Sets [`escape`](Self::escape).
    pub fn escape(self, escape: impl Into<Option<u8>>) -> Self {
        Self { escape: escape.into(), ..self }
    }

    /// Sets [`fill_short_rows`](Self::fill_short_rows).
    pub fn fill_short_rows(self, fill: bool) -> Self {
        Self { fill_short_rows: fill, ..self }
    }

    /// Sets [`encoding`](Self::encoding).
    pub fn encoding(self, encoding: impl Into<Option<Encoding>>) -> Self {
        Self { encoding: encoding.into(), ..self }
    }

    /// Sets [`on_error`](Self::on_error).
    pub fn on_error(self, on_error: OnError) -> Self {
        Self { on_error, ..self }
    }

    pub(super) fn options(&self) -> Options {
        Options {
            unit: self.unit,
            max_page: self.max_page,
            delimiter: self.delimiter,
            quote: self.quote,
            escape: self.escape,
            fill_short_rows: self.fill_short_rows,
            text: self.names().text().to_owned(),
            encoding: self.encoding,
            skip: self.on_error == OnError::Skip,
        }
    }

    /// The names of the columns that we know.
    pub(super) fn names(&self) -> Names {
        Names { text: self.text.clone(), page: self.page.clone(), seq: self.seq.clone() }
    }

    /// The format in which the input of this name is read, if its content does not tell another.
    ///
    /// # Errors
    /// Those of [`InputFormat::of_name`].
    pub fn format_of(&self, name: &str) -> Result<InputFormat> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let format = InputFormat::of_name(name)?;
        Ok(if self.tables && !format.is_table() { InputFormat::CSV } else { format })
    }
}

/// How much was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ReadReport {
    /// Bytes of the files, counted as they are stored, before decompression.
    pub bytes: u64,
    /// Rows that were kept.
    pub kept: u64,
    /// Rows that were left out, which happens only under [`OnError::Skip`].
    pub rejected: u64,
}

impl std::ops::AddAssign for ReadReport {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.kept += other.kept;
        self.rejected += other.rejected;
    }
}
