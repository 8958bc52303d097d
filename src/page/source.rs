//! The bytes of an input, and the first things that can be wrong with them.

use std::{
    fs,
    io::{self, BufRead, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::error::{Error, Place, Result};

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
pub(super) struct Decoded {
    pub text: String,
    pub encoding: &'static str,
    /// Where it was found, if its file tells.
    pub address: Option<String>,
}

impl Source {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Empty`] if there is nothing in it; [`Error::Input`]
    /// if it is a directory or not UTF-8 (a byte order mark is tolerated and left out).
    pub fn open(path: &Path) -> Result<Self> {
        let (name, bytes) = read(path)?;
        Self::from_bytes(name, bytes)
    }

    /// Reads a saved web page in whatever encoding it has, or standard input for `-`: see
    /// [`Source::html_from_bytes`].
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Empty`] if there is nothing in it; [`Error::Input`]
    /// if it is a directory, or the library was built without the feature `html`.
    pub fn open_html(path: &Path) -> Result<Self> {
        let (name, bytes) = read(path)?;
        Self::html_from_bytes(name, &bytes)
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
        let name = name.into();
        let sha256 = hex(&Sha256::digest(bytes));
        let Decoded { text, encoding, address } = super::html::decoded(&name, bytes)?;
        if text.trim().is_empty() {
            return Err(empty(&name));
        }
        Ok(Self { name, text, encoding, address, sha256 })
    }

    /// From bytes that the caller has read.
    ///
    /// # Errors
    /// [`Error::Empty`] if there is nothing in it; [`Error::Input`] if it is not UTF-8.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        let name = name.into();
        let sha256 = hex(&Sha256::digest(&bytes));
        let mut text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(not_utf8(&name, &error)),
        };
        if text.starts_with('\u{FEFF}') {
            text.drain(..'\u{FEFF}'.len_utf8());
        }
        if text.trim().is_empty() {
            return Err(empty(&name));
        }
        Ok(Self { name, text, encoding: "UTF-8", address: None, sha256 })
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn directory(name: &str) -> Error {
    let way_out = format!("name the files in it, as {}/*", name.trim_end_matches('/'));
    Error::input(Place::file(name), "this is a directory", way_out)
}

pub(crate) fn empty(name: &str) -> Error {
    Error::Empty { name: name.to_owned() }
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Error {
    let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
    let mut position = Position::default();
    position.pass(&bytes[..at]);
    position.not_utf8(name, &bytes[at..], bytes)
}

/// The name and the bytes of a file, or of standard input for `-`.
fn read(path: &Path) -> Result<(String, Vec<u8>)> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(Error::io("read", STDIN))?;
        return Ok((STDIN.to_owned(), bytes));
    }
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(directory(&name));
    }
    let bytes = fs::read(path).map_err(Error::io("read", path))?;
    Ok((name, bytes))
}

/// A place in a text as it is read.
#[derive(Default)]
struct Position {
    /// Line breaks and, since the last of them, bytes that were passed.
    lines: u64,
    bytes: u64,
}

impl Position {
    fn pass(&mut self, bytes: &[u8]) {
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => self.bytes = (bytes.len() - last - 1) as u64,
            None => self.bytes += bytes.len() as u64,
        }
    }

    /// That the bytes `at` this place are not UTF-8; `start` is how the file begins.
    fn not_utf8(&self, name: &str, at: &[u8], start: &[u8]) -> Error {
        let encoding = match start {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16",
            _ => "WINDOWS-1252",
        };
        let place = Place::column(name, self.lines + 1, self.bytes + 1);
        let problem = format!("byte 0x{:02X} is not UTF-8", at[0]);
        let file = if name == STDIN { "FILE" } else { name };
        Error::input(place, problem, format!("convert it, as: iconv -f {encoding} -t UTF-8 {file}"))
    }
}

/// The name of standard input.
pub(crate) const STDIN: &str = "<stdin>";
/// Bytes that are asked for at a time.
const CHUNK: usize = 1 << 16;
const BOM: &[u8] = "\u{FEFF}".as_bytes();

/// The text of an input while it is read: only as much of it is kept as its reader asks for. Checked
/// as a [`Source`] is; the error is inside that of the reading.
pub(crate) struct TextStream {
    name: String,
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// How far the buffer was handed out, and how far it is checked. Behind that the first bytes of a
    /// character may wait for the others.
    start: usize,
    checked: usize,
    /// Where in the text the buffer begins.
    position: Position,
    begun: bool,
}

impl TextStream {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be opened; [`Error::Input`] if it is a directory.
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::new(STDIN, Box::new(io::stdin())));
        }
        let name = path.display().to_string();
        if path.is_dir() {
            return Err(directory(&name));
        }
        let file = fs::File::open(path).map_err(Error::io("read", path))?;
        Ok(Self::new(&name, Box::new(file)))
    }

    fn new(name: &str, input: Box<dyn Read + Send>) -> Self {
        let (buffer, position) = (Vec::new(), Position::default());
        Self { name: name.into(), input, buffer, start: 0, checked: 0, position, begun: false }
    }

    /// As [`Source::name`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads on behind what was handed out.
    fn read_on(&mut self) -> io::Result<()> {
        self.position.pass(&self.buffer[..self.checked]);
        self.buffer.drain(..self.checked);
        (self.start, self.checked) = (0, 0);
        loop {
            let before = self.buffer.len();
            let n = self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.buffer)?;
            let ended = n == 0;
            if !self.begun && (self.buffer.len() >= BOM.len() || ended) {
                self.begun = true;
                if self.buffer.starts_with(BOM) {
                    self.buffer.drain(..BOM.len());
                }
            }
            let start = self.position.lines == 0 && self.position.bytes == 0;
            let start = if start { &self.buffer[..] } else { &[] };
            self.checked = match std::str::from_utf8(&self.buffer) {
                Ok(_) => self.buffer.len(),
                Err(error) if error.error_len().is_none() && !ended => error.valid_up_to(),
                Err(error) => {
                    let at = error.valid_up_to();
                    self.position.pass(&self.buffer[..at]);
                    let error = self.position.not_utf8(&self.name, &self.buffer[at..], start);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            };
            if self.checked > 0 || ended {
                return Ok(());
            }
            debug_assert!(self.buffer.len() > before, "an incomplete character grows");
        }
    }
}

impl BufRead for TextStream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.checked {
            self.read_on()?;
        }
        Ok(&self.buffer[self.start..self.checked])
    }

    fn consume(&mut self, n: usize) {
        self.start += n;
    }
}

impl Read for TextStream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let n = text.len().min(out.len());
        out[..n].copy_from_slice(&text[..n]);
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A few bytes at a time.
    struct Trickle(Vec<u8>, usize);

    impl Read for Trickle {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(out.len()).min(self.0.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0.drain(..n);
            Ok(n)
        }
    }

    proptest! {
        /// Read bit by bit the text is the same as read at once, and so is what is wrong with it.
        #[test]
        fn a_stream_is_its_source(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                &b"a"[..], b"\n", "é".as_bytes(), "👍".as_bytes(), BOM, b"\xC3", b"\xFF\xFE",
            ]), 0..40),
            step in 1usize..9,
        ) {
            let bytes = [b"x", &pieces.concat()[..]].concat();
            let mut streamed = String::new();
            let mut stream = TextStream::new("t", Box::new(Trickle(bytes.clone(), step)));
            let result = stream.read_to_string(&mut streamed);
            match Source::from_bytes("t", bytes) {
                Ok(source) => {
                    prop_assert!(result.is_ok());
                    prop_assert_eq!(source.text(), streamed);
                }
                Err(error) => prop_assert_eq!(result.unwrap_err().to_string(), error.to_string()),
            }
        }
    }
}
