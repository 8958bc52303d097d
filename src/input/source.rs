//! The text of an input, and the first things that can be wrong with it.

use std::{io::Read, path::Path};

use super::{
    Encoding, InputFormat, ReadSettings, TextStream,
    open::{Digesting, read},
};
use crate::error::{Error, ErrorKind, Result};

/// An input as it was read: its name for messages, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    encoding: &'static str,
    address: Option<String>,
    sha256: String,
}

/// A web page as text.
pub(crate) struct Decoded {
    pub text: String,
    pub encoding: &'static str,
    /// Where it was found, if its file tells.
    pub address: Option<String>,
}

impl Source {
    /// Reads a whole page, or standard input for `-`: as a web page (see [`Source::html_from_bytes`]) if
    /// the settings or its name say so, else as text, in the encoding that the settings tell.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Empty`] if there is nothing in it; [`Error::Input`]
    /// if it is a directory, larger than `max_page`, or not in its encoding.
    pub fn open(path: &Path, settings: &ReadSettings) -> Result<Self> {
        let digest = Digesting::default();
        let (name, bytes) = read(path, settings, &digest)?;
        let (encoding, sha256) = (settings.encoding, digest.hex());
        match settings.format_of(&name) {
            InputFormat::Html => Self::of_html(name, &bytes, encoding, sha256),
            _ => Self::of_text(name, &bytes, encoding, sha256),
        }
    }

    /// From the bytes of a web page, or of a web archive (MHTML), of which the page is read and not its
    /// frames. The encoding is that of a byte order mark, else the one in which it was sent (MHTML), else the one that
    /// its `<meta>` names, else UTF-8 if it is that, else what the bytes look like; a page that calls
    /// itself UTF-8 and is not is taken for what it looks like. Bytes that stand for nothing become
    /// U+FFFD.
    ///
    /// # Errors
    /// [`Error::Empty`] if there is nothing in it; [`Error::Input`] if the library was built without the
    /// feature `html`.
    pub fn html_from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Self> {
        Self::of_html(name.into(), bytes, None, sha256(bytes))
    }

    /// From bytes that the caller has read, a text in whatever encoding: see
    /// [`Encoding`](crate::Encoding).
    ///
    /// # Errors
    /// [`Error::Empty`] if there is nothing in it; [`Error::Input`] if it is UTF-8 with damage.
    #[expect(clippy::needless_pass_by_value, reason = "the bytes are needed no more")]
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        Self::of_text(name.into(), &bytes, None, sha256(&bytes))
    }

    fn of_html(
        name: String,
        bytes: &[u8],
        encoding: Option<Encoding>,
        sha256: String,
    ) -> Result<Self> {
        let Decoded { text, encoding, address } =
            crate::corpus::format::html::decoded(&name, bytes, encoding)?;
        if text.trim().is_empty() {
            return Err(empty(&name));
        }
        Ok(Self { name, text, encoding, address, sha256 })
    }

    /// A web page as it was fetched from an address, of a file that has many.
    #[cfg(feature = "warc")]
    pub(crate) fn captured(
        file: &str,
        address: &str,
        bytes: &[u8],
        charset: Option<Encoding>,
    ) -> Result<Self> {
        let source = Self::of_html(file.to_owned(), bytes, charset, String::new())?;
        Ok(Self { address: Some(address.to_owned()), ..source })
    }

    fn of_text(
        name: String,
        bytes: &[u8],
        encoding: Option<Encoding>,
        sha256: String,
    ) -> Result<Self> {
        let mut text = String::with_capacity(bytes.len());
        let mut stream = TextStream::new(&name, bytes, encoding);
        stream.read_to_string(&mut text).map_err(|error| Error::reading(&name, error))?;
        let encoding = stream.encoding();
        if text.trim().is_empty() {
            return Err(empty(&name));
        }
        Ok(Self { name, text, encoding, address: None, sha256 })
    }

    /// The file's name as given; `<stdin>` for standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The encoding that it was read in, by its WHATWG name.
    pub fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// Where a web page was found, if its file tells.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// SHA-256 of its bytes in lower-case hexadecimal, as `sha256sum` prints it.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

pub(crate) fn empty(name: &str) -> Error {
    Error::from(ErrorKind::Empty { name: name.to_owned() })
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Digesting::default();
    digest.update(bytes);
    digest.hex()
}
