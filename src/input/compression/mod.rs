//! Compressed files: known by their names' endings, read and written as streams.

#[cfg(feature = "compressed")]
mod codecs;
mod kind;
use std::{
    fmt,
    io::{self, Read, Write},
};

pub use kind::Compression;

use crate::error::{Error, Place, Result};

impl Compression {
    /// Decompresses while it is read, all parts of a file that has several. `name` is for messages.
    /// The window is limited to 128 MiB, which the programs' own settings stay below.
    ///
    /// Reading fails with an [`io::Error`] that holds an [`ErrorKind::Input`](crate::ErrorKind::Input)
    /// where the bytes are not what they should be, or end too early.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if the library was built without the feature
    /// `compressed`.
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
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if the library was built without the feature
    /// `compressed`.
    pub fn writer<W: Write>(self, name: &str, output: W) -> Result<CompressedWriter<W>> {
        codecs::Writer::new(self, output).map(CompressedWriter).ok_or_else(|| self.missing(name))
    }

    fn missing(self, name: &str) -> Error {
        let problem = format!("this build of standpoint has no {self}");
        let help = "build it with the feature compressed, or compress outside of it";
        Error::input(Place::file(name), problem, help)
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

    pub(super) fn reader(_: super::kind::Compression, _: impl Read) -> Option<io::Empty> {
        None
    }

    pub(super) struct Writer<W>(Infallible, PhantomData<W>);

    impl<W: Write> Writer<W> {
        pub fn new(_: super::kind::Compression, _: W) -> Option<Self> {
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
            let help = "copy it again, or give it the ending of its own format";
            io::Error::new(
                io::ErrorKind::InvalidData,
                Error::input(Place::file(&self.name), problem, help),
            )
        })
    }
}
