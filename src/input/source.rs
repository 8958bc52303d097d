//! A text that is read whole.

use std::io::Read;

use super::{Encoding, TextStream, digest::Digest};
use crate::error::{Error, ErrorKind, Result};

/// A text that was read whole, and the name that messages have for it.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    encoding: &'static str,
    sha256: String,
}

impl Source {
    /// From bytes that the caller has read, in an encoding that is found.
    ///
    /// # Errors
    /// [`ErrorKind::Empty`](crate::ErrorKind::Empty) if there is nothing in it;
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if it is UTF-8 with damage.
    #[expect(clippy::needless_pass_by_value, reason = "the bytes are needed no more")]
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        let digest = Digest::default();
        digest.update(&bytes);
        Self::new(&name.into(), &bytes, None, digest.hex())
    }

    pub(super) fn new(
        name: &str,
        bytes: &[u8],
        encoding: Option<Encoding>,
        sha256: String,
    ) -> Result<Self> {
        let mut text = String::with_capacity(bytes.len());
        let mut stream = TextStream::new(name, bytes, encoding);
        stream.read_to_string(&mut text).map_err(|error| Error::reading(name, error))?;
        let encoding = stream.encoding();
        if text.trim().is_empty() {
            return Err(empty(name));
        }
        Ok(Self { name: name.to_owned(), text, encoding, sha256 })
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

    /// SHA-256 of its bytes in lower-case hexadecimal, as `sha256sum` prints it.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

pub(crate) fn empty(name: &str) -> Error {
    Error::from(ErrorKind::Empty { name: name.to_owned() })
}
