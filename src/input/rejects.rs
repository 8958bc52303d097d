//! Rows that were left out, and why.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    error::{Error, Result},
    input::OutputFile,
    input::{CompressedWriter, Compression},
};

/// Counts the rows that were kept and those that were left out, and writes the latter to a file where
/// one is given. Clones count together.
///
/// The file is CSV: `file`, `line`, `column`, `reason`, and in `row` the row as it stood, but that bytes
/// that are no UTF-8 are written as `\xE9`. It appears when all is done, by [`finish`](Self::finish).
///
/// ```
/// use standpoint::{InputFormat, OnError, ReadSettings, Rejects, Source, Corpus};
/// let rejects = Rejects::default();
/// let settings = ReadSettings {
///     on_error: OnError::Skip(rejects.clone()),
///     ..ReadSettings::of(InputFormat::Csv)
/// };
/// let source = Source::from_bytes("a.csv", b"text,kind\none,news\ntwo\n".to_vec())?;
/// assert_eq!(Corpus::read(&source, &settings)?.len(), 1);
/// assert_eq!((rejects.kept(), rejects.rejected()), (1, 1));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Rejects(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    kept: u64,
    rejected: u64,
    file: Option<(PathBuf, Target)>,
}

#[derive(Debug)]
enum Target {
    Plain(BufWriter<OutputFile>),
    Compressed(CompressedWriter<BufWriter<OutputFile>>),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Compressed(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Compressed(file) => file.flush(),
        }
    }
}

impl Rejects {
    /// With a file that the rows left out are written to; compressed if its name ends so.
    ///
    /// # Errors
    /// Those of [`OutputFile::create`].
    pub fn create(path: &Path) -> Result<Self> {
        let (name, file) = (path.display().to_string(), BufWriter::new(OutputFile::create(path)?));
        let mut file = match Compression::of_name(&name).0 {
            Some(compression) => Target::Compressed(compression.writer(&name, file)?),
            None => Target::Plain(file),
        };
        file.write_all(b"file,line,column,reason,row\n").map_err(Error::io("write", path))?;
        let file = Some((path.to_owned(), file));
        Ok(Self(Arc::new(Mutex::new(Counted { file, ..Counted::default() }))))
    }

    /// Rows that were read and kept.
    pub fn kept(&self) -> u64 {
        self.counted().kept
    }

    /// Rows that were left out.
    pub fn rejected(&self) -> u64 {
        self.counted().rejected
    }

    /// Gives the file its name, if there is one.
    ///
    /// # Errors
    /// Those of [`OutputFile::finish`].
    pub fn finish(self) -> Result<()> {
        let Some((path, file)) = self.counted().file.take() else { return Ok(()) };
        let file = match file {
            Target::Plain(file) => Ok(file),
            Target::Compressed(file) => file.finish(),
        };
        let file = file.and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error));
        file.map_err(Error::io("write", path))?.finish()
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keep(&self) {
        self.counted().kept += 1;
    }

    /// Counts a row that was left out. `raw` hands out its bytes, piece by piece.
    pub(crate) fn reject(
        &self,
        error: &Error,
        raw: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<()>,
    ) -> Result<()> {
        let mut counted = self.counted();
        counted.rejected += 1;
        let Some((path, file)) = &mut counted.file else { return raw(&mut |_| ()) };
        let failed = |error| Error::io("write", &*path)(error);
        let (place, reason) = error.place_and_problem();
        let number = |number: Option<u64>| number.map_or(String::new(), |n| n.to_string());
        quoted(file, place.file.as_bytes()).map_err(failed)?;
        write!(file, ",{},{},", number(place.line), number(place.column)).map_err(failed)?;
        quoted(file, reason.as_bytes()).map_err(failed)?;
        file.write_all(b",\"").map_err(failed)?;
        let mut written = Ok(());
        raw(&mut |piece| {
            if written.is_ok() {
                written = escaped(file, piece);
            }
        })?;
        written.and_then(|()| file.write_all(b"\"\n")).map_err(failed)
    }
}

fn quoted(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    out.write_all(b"\"")?;
    escaped(out, text)?;
    out.write_all(b"\"")
}

/// What stands between quotation marks for these bytes.
fn escaped(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    for chunk in bytes.utf8_chunks() {
        out.write_all(chunk.valid().replace('"', "\"\"").as_bytes())?;
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02X}")?;
        }
    }
    Ok(())
}
