//! How inputs are read.

use super::format::{InputFormat, Options, Unit};
use crate::{
    error::Result,
    input::{Encoding, Input},
};

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
    /// The format of all inputs. Default: by the ending of each file's name.
    pub format: Option<InputFormat>,
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
            unit: Unit::Line,
            max_passage: 1 << 20,
            max_page: 16 << 20,
            delimiter: None,
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
            encoding: self.encoding,
            skip: self.on_error == OnError::Skip,
        }
    }

    /// The format in which this input is read.
    ///
    /// # Errors
    /// Those of [`InputFormat::of_input`].
    pub(super) fn format_of_input(&self, input: &Input<'_>) -> Result<InputFormat> {
        self.format.map_or_else(|| InputFormat::of_input(input), Ok)
    }

    /// The format in which the input of this name is read.
    ///
    /// # Errors
    /// Those of [`InputFormat::of_name`].
    pub fn format_of(&self, name: &str) -> Result<InputFormat> {
        self.format.map_or_else(|| InputFormat::of_name(name), Ok)
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
