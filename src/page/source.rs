//! The bytes of an input, and the first things that can be wrong with them.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::error::{Error, Place, Result};

/// An input as it was read: its name for messages, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    sha256: String,
}

impl Source {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Input`] if it is a directory, empty, or not
    /// UTF-8 (a byte order mark is tolerated and left out).
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map_err(Error::io("read", "<stdin>"))?;
            return Self::from_bytes("<stdin>", bytes);
        }
        let name = path.display().to_string();
        if path.is_dir() {
            let way_out = format!("name the files in it, as {}/*", name.trim_end_matches('/'));
            return Err(Error::input(Place::file(name), "this is a directory", way_out));
        }
        let bytes = fs::read(path).map_err(Error::io("read", path))?;
        Self::from_bytes(name, bytes)
    }

    /// From bytes that the caller has read.
    ///
    /// # Errors
    /// [`Error::Input`] if they are empty or not UTF-8.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        let name = name.into();
        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        let mut text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(not_utf8(&name, &error)),
        };
        if text.starts_with('\u{FEFF}') {
            text.drain(..'\u{FEFF}'.len_utf8());
        }
        if text.trim().is_empty() {
            let way_out = "give a page with at least one line of text";
            return Err(Error::input(Place::file(name), "the file is empty", way_out));
        }
        Ok(Self { name, text, sha256 })
    }

    /// The file's name as given; `<stdin>` for standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of its bytes in lower-case hexadecimal, as `sha256sum` prints it.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Error {
    let bytes = error.as_bytes();
    let at = error.utf8_error().valid_up_to();
    let encoding = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16",
        _ => "WINDOWS-1252",
    };
    let line_start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |i| i + 1);
    let line = 1 + bytes[..line_start].iter().filter(|&&byte| byte == b'\n').count();
    let place = Place::column(name, line as u64, (at - line_start + 1) as u64);
    let problem = format!("byte 0x{:02X} is not UTF-8", bytes[at]);
    let file = if name == "<stdin>" { "FILE" } else { name };
    Error::input(place, problem, format!("convert it, as: iconv -f {encoding} -t UTF-8 {file}"))
}
