//! Compressed files: known by their names' endings, read and written as streams.

#[cfg(feature = "compressed")]
mod codecs;
use std::{
    fmt,
    io::{self, Read, Write},
};

use crate::error::{Error, Place, Result};

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// xz.
    Xz,
}

impl Compression {
    /// All, in the order in which messages name them.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Zstd, Self::Xz];

    /// By the ending of a file's name, and the name without it: what is inside is named by the ending
    /// before.
    ///
    /// ```
    /// use standpoint::input::Compression;
    /// assert_eq!(Compression::of_name("a.csv.gz"), (Some(Compression::Gzip), "a.csv"));
    /// assert_eq!(Compression::of_name("a.csv"), (None, "a.csv"));
    /// ```
    pub fn of_name(name: &str) -> (Option<Self>, &str) {
        let known = |ending: &str| {
            Self::ALL.into_iter().find(|known| known.ending().eq_ignore_ascii_case(ending))
        };
        match name.rsplit_once('.') {
            Some((inner, ending)) if known(ending).is_some() => (known(ending), inner),
            _ => (None, name),
        }
    }

    /// By how a file begins: six bytes are enough.
    pub fn of_bytes(start: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|known| {
            start.starts_with(match known {
                // The third byte is the method; there has only ever been one.
                Self::Gzip => b"\x1F\x8B\x08",
                Self::Zstd => b"\x28\xB5\x2F\xFD",
                Self::Xz => b"\xFD7zXZ\0",
            })
        })
    }

    /// The ending of its files' names: `gz`, `zst`, `xz`.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
            Self::Xz => "xz",
        }
    }

    /// Decompresses while it is read, all parts of a file that has several. `name` is for messages.
    /// The window is limited to 128 MiB, which the programs' own settings stay below.
    ///
    /// Reading fails with an [`io::Error`] that holds an [`Error::Input`] where the bytes are not what
    /// they should be, or end too early.
    ///
    /// # Errors
    /// [`Error::Input`] if the library was built without the feature `compressed`.
    pub fn reader<'a>(
        self,
        name: &str,
        input: impl Read + Send + 'a,
    ) -> Result<Box<dyn Read + Send + 'a>> {
        let inner = codecs::reader(self, input).ok_or_else(|| self.missing(name))?;
        Ok(Box::new(Checked { name: name.to_owned(), compression: self, inner }))
    }

    /// Compresses what is written. The same bytes in give the same bytes out: no time and no name is
    /// stored. Nothing is complete before [`CompressedWriter::finish`].
    ///
    /// ```
    /// # #[cfg(feature = "compressed")] {
    /// use std::io::{Read, Write};
    /// use standpoint::input::Compression;
    /// for compression in Compression::ALL {
    ///     let mut writer = compression.writer("a", Vec::new())?;
    ///     writer.write_all(b"text\n").unwrap();
    ///     let bytes = writer.finish().unwrap();
    ///     assert_eq!(Compression::of_bytes(&bytes), Some(compression));
    ///     let mut text = String::new();
    ///     compression.reader("a", std::io::Cursor::new(bytes))?.read_to_string(&mut text).unwrap();
    ///     assert_eq!(text, "text\n");
    /// }
    /// # }
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] if the library was built without the feature `compressed`.
    pub fn writer<W: Write>(self, name: &str, output: W) -> Result<CompressedWriter<W>> {
        codecs::Writer::new(self, output).map(CompressedWriter).ok_or_else(|| self.missing(name))
    }

    fn missing(self, name: &str) -> Error {
        let problem = format!("this build of standpoint has no {self}");
        let help = "build it with the feature compressed, or compress outside of it";
        Error::input(Place::file(name), problem, help)
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
        })
    }
}

/// Compresses what is written to it: see [`Compression::writer`].
pub struct CompressedWriter<W: Write>(codecs::Writer<W>);

impl<W: Write> CompressedWriter<W> {
    /// Writes what is left, and hands back what was written to.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> fmt::Debug for CompressedWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompressedWriter").finish_non_exhaustive()
    }
}

impl<W: Write> Write for CompressedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Does nothing: what comes out does not depend on where somebody flushed.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In place of `codecs` where the library is built without them: there is nothing to read or to write.
#[cfg(not(feature = "compressed"))]
mod codecs {
    use std::{
        convert::Infallible,
        io::{self, Read, Write},
        marker::PhantomData,
    };

    pub(super) fn reader(_: super::Compression, _: impl Read) -> Option<io::Empty> {
        None
    }

    pub(super) struct Writer<W>(Infallible, PhantomData<W>);

    impl<W: Write> Writer<W> {
        pub fn new(_: super::Compression, _: W) -> Option<Self> {
            None
        }

        pub fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            match self.0 {}
        }

        pub fn finish(self) -> io::Result<W> {
            match self.0 {}
        }
    }
}

/// Tells damaged files from what the system refuses.
struct Checked<R> {
    name: String,
    compression: Compression,
    inner: R,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.inner.read(out).map_err(|error| {
            let ours = matches!(error.get_ref(), Some(inner) if inner.is::<Error>());
            if ours || error.raw_os_error().is_some() || error.kind() == io::ErrorKind::Interrupted
            {
                return error;
            }
            let problem = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the file ends too early".to_owned(),
                _ => format!("the file is not {}, or damaged", self.compression),
            };
            let help = "copy it anew, or give it the ending of what it holds";
            io::Error::new(
                io::ErrorKind::InvalidData,
                Error::input(Place::file(&self.name), problem, help),
            )
        })
    }
}
