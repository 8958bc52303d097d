//! Where rows go that cannot be read.

use std::{
    io::{self, Write},
    path::Path,
};

use super::OutputFile;
use crate::error::{Error, Result};

/// Where rows go that cannot be read, under [`OnError::Skip`](crate::corpus::OnError::Skip): to a file, to any
/// writer, or nowhere, which is the default.
///
/// They are written as CSV: `file`, `line`, `column`, `reason`, and in `row` the row as it was, except
/// that bytes which are not UTF-8 are written as `\xE9`.
///
/// ```
/// use standpoint::{Corpus, ReadSettings, corpus::OnError, input::Rejects};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("a.csv");
/// std::fs::write(&path, "text,kind\none,news\ntwo\n").unwrap();
/// let settings = ReadSettings::new().on_error(OnError::Skip);
/// let mut rejects = Rejects::create(&folder.path().join("rejects.csv"))?;
/// let corpus = Corpus::open_with_rejects(&path, &settings, &mut rejects)?;
/// rejects.finish()?;
/// assert_eq!((corpus.report().kept, corpus.report().rejected), (1, 1));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Default)]
pub struct Rejects {
    name: String,
    /// Whether no field is one that a spreadsheet would compute.
    safe: bool,
    target: Target,
}

#[derive(Default)]
#[allow(clippy::large_enum_variant, reason = "there is one for each run")]
enum Target {
    #[default]
    Nowhere,
    File(OutputFile),
    Writer(Box<dyn Write + Send>),
}

const HEADER: &[u8] = b"file,line,column,reason,row\n";

impl Rejects {
    /// To a file, compressed if its name says so. It appears when [`finish`](Self::finish) is called.
    ///
    /// # Errors
    /// Those of [`OutputFile::create`].
    pub fn create(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let mut file = OutputFile::create(path)?;
        file.write_all(HEADER).map_err(Error::io("write", path))?;
        Ok(Self { name, safe: false, target: Target::File(file) })
    }

    /// To a writer. `name` is for messages.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the header cannot be written.
    pub fn to(name: impl Into<String>, writer: impl Write + Send + 'static) -> Result<Self> {
        let (name, mut writer) = (name.into(), Box::new(writer));
        writer.write_all(HEADER).map_err(Error::io("write", &name))?;
        Ok(Self { name, safe: false, target: Target::Writer(writer) })
    }

    /// The same without fields that a spreadsheet would compute; see
    /// [`OutputFormat::spreadsheet_safe`](crate::corpus::OutputFormat::spreadsheet_safe).
    #[must_use]
    pub fn spreadsheet_safe(self, safe: bool) -> Self {
        Self { safe, ..self }
    }

    /// Writes what is left; a file gets its name.
    ///
    /// # Errors
    /// Those of [`OutputFile::finish`].
    pub fn finish(self) -> Result<()> {
        match self.target {
            Target::Nowhere => Ok(()),
            Target::File(file) => file.finish(),
            Target::Writer(mut writer) => writer.flush().map_err(Error::io("write", self.name)),
        }
    }

    /// Takes a row that was left out. `raw` hands out its bytes, piece by piece.
    pub(crate) fn take(
        &mut self,
        error: &Error,
        raw: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<()>,
    ) -> Result<()> {
        let out: &mut dyn Write = match &mut self.target {
            Target::Nowhere => return raw(&mut |_| ()),
            Target::File(file) => file,
            Target::Writer(writer) => writer,
        };
        let failed = |error| Error::io("write", &self.name)(error);
        let (place, reason) = error.place_and_problem();
        let number = |number: Option<u64>| number.map_or(String::new(), |n| n.to_string());
        quoted(out, self.safe, place.file.as_bytes()).map_err(failed)?;
        write!(out, ",{},{},", number(place.line), number(place.column)).map_err(failed)?;
        quoted(out, self.safe, reason.as_bytes()).map_err(failed)?;
        out.write_all(b",\"").map_err(failed)?;
        let (mut written, mut safe) = (Ok(()), self.safe);
        raw(&mut |piece| {
            if written.is_ok() {
                // The first piece alone begins the field.
                written = inside(out, std::mem::take(&mut safe), piece);
            }
        })?;
        written.and_then(|()| out.write_all(b"\"\n")).map_err(failed)
    }
}

impl std::fmt::Debug for Rejects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rejects").field("name", &self.name).finish_non_exhaustive()
    }
}

fn quoted(out: &mut dyn Write, safe: bool, text: &[u8]) -> io::Result<()> {
    out.write_all(b"\"")?;
    inside(out, safe, text)?;
    out.write_all(b"\"")
}

/// Writes the inside of a field; if `safe`, as one that is not computed.
fn inside(out: &mut dyn Write, safe: bool, text: &[u8]) -> io::Result<()> {
    if safe && is_computed(text) {
        out.write_all(b"'")?;
    }
    escaped(out, text)
}

/// Whether a spreadsheet would compute a cell with this text: a number stays what it is.
pub(crate) fn is_computed(text: &[u8]) -> bool {
    let begins = matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'));
    let number = || std::str::from_utf8(text).is_ok_and(|text| text.trim().parse::<f64>().is_ok());
    begins && !number()
}

/// Writes these bytes as the inside of a field in quotation marks.
fn escaped(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    for chunk in bytes.utf8_chunks() {
        out.write_all(chunk.valid().replace('"', "\"\"").as_bytes())?;
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02X}")?;
        }
    }
    Ok(())
}
