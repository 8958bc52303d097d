//! The text of an input while it is read.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

use super::{Encoding, content, encoding::Utf8Evidence};
use crate::error::{Error, Place};

/// Bytes that are asked for at a time.
const CHUNK: usize = 1 << 16;
/// Bytes by which an encoding is detected, from the first on that is no UTF-8; and before it.
const WINDOW: usize = 1 << 18;
const BEFORE: usize = 64;
const BOM: &[u8] = "\u{FEFF}".as_bytes();

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

    fn place(&self, name: &str) -> Place {
        Place::column(name, self.lines + 1, self.bytes + 1)
    }
}

/// That a byte at this place is not UTF-8.
pub(crate) fn not_utf8(place: Place, byte: u8) -> Error {
    let problem = format!("byte 0x{byte:02X} is not UTF-8");
    let help = "name the encoding of the file, as in `encoding` windows-1252";
    Error::input(place, problem, help)
}

enum State {
    /// Nothing is read yet.
    Begin,
    Utf8 {
        /// Whether another encoding is looked for: as long as all was ASCII and none was named.
        detect: bool,
    },
    /// What comes is handed out as it is: it was checked, or is checked row by row.
    Unchecked,
    Decoding {
        decoder: Decoder,
        /// Bytes that are not yet decoded.
        raw: Vec<u8>,
        ended: bool,
    },
}

/// The text of an input while it is read: only as much of it is kept as its reader asks for. An error
/// of ours is inside that of the reading.
pub(crate) struct TextStream<'a> {
    name: String,
    input: Box<dyn Read + Send + 'a>,
    state: State,
    given: Option<Encoding>,
    found: &'static str,
    /// Whether damaged UTF-8 is handed out, for its reader to find.
    lenient: bool,
    buffer: Vec<u8>,
    /// How far the buffer was handed out, and how far it is checked. Behind that the first bytes of a
    /// character may wait for the others.
    start: usize,
    checked: usize,
    /// Where in the text the buffer begins.
    position: Position,
    /// The last bytes before the buffer.
    before: Vec<u8>,
}

impl<'a> TextStream<'a> {
    /// Of bytes in this encoding, or in the one that is found.
    pub fn new(name: &str, input: impl Read + Send + 'a, given: Option<Encoding>) -> Self {
        Self {
            name: name.to_owned(),
            input: Box::new(input),
            state: State::Begin,
            given,
            found: UTF_8.name(),
            lenient: false,
            buffer: Vec::new(),
            start: 0,
            checked: 0,
            position: Position::default(),
            before: Vec::new(),
        }
    }

    /// The same stream, which hands out damaged UTF-8 if `lenient`.
    pub fn lenient_if(self, lenient: bool) -> Self {
        Self { lenient, ..self }
    }

    /// Of a text that was checked.
    pub fn of_text(name: &str, text: &'a str) -> Self {
        Self { state: State::Unchecked, ..Self::new(name, text.as_bytes(), None) }
    }

    /// As [`Source::name`](super::Source::name).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The encoding of what was read so far.
    pub fn encoding(&self) -> &'static str {
        self.found
    }

    /// Appends a chunk to the buffer; the number of its bytes.
    fn fetch(input: &mut dyn Read, buffer: &mut Vec<u8>) -> io::Result<usize> {
        input.take(CHUNK as u64).read_to_end(buffer)
    }

    /// Reads on behind what was handed out.
    fn read_on(&mut self) -> io::Result<()> {
        let done = &self.buffer[..self.checked];
        self.position.pass(done);
        if matches!(self.state, State::Utf8 { detect: true }) {
            self.before.extend_from_slice(&done[done.len().saturating_sub(BEFORE)..]);
            self.before.drain(..self.before.len().saturating_sub(BEFORE));
        }
        self.buffer.drain(..self.checked);
        (self.start, self.checked) = (0, 0);
        loop {
            match &mut self.state {
                State::Begin => self.begin()?,
                State::Unchecked => {
                    Self::fetch(&mut *self.input, &mut self.buffer)?;
                    self.checked = self.buffer.len();
                    return Ok(());
                }
                State::Utf8 { .. } => {
                    let n = Self::fetch(&mut *self.input, &mut self.buffer)?;
                    self.check(n == 0)?;
                    let ended = n == 0 && matches!(self.state, State::Utf8 { .. });
                    if self.checked > 0 || ended {
                        return Ok(());
                    }
                }
                State::Decoding { .. } => {
                    let ended = self.decode()?;
                    if self.checked > 0 || ended {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Looks for a byte order mark, and whether it is text at all.
    fn begin(&mut self) -> io::Result<()> {
        while self.buffer.len() < BOM.len() && Self::fetch(&mut *self.input, &mut self.buffer)? > 0
        {
        }
        let wide = match self.buffer[..] {
            [0xFF, 0xFE, ..] => Some(Encoding(UTF_16LE)),
            [0xFE, 0xFF, ..] => Some(Encoding(UTF_16BE)),
            _ => Encoding::wide(&self.buffer),
        };
        if wide.is_none()
            && let Some(error) = content::refused(&self.name, &self.buffer, self.given.is_some())
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        let marked = self.buffer.starts_with(BOM);
        match self.given.or(wide) {
            Some(encoding) if encoding.0 != UTF_8 => {
                let raw = std::mem::take(&mut self.buffer);
                self.decode_from(encoding, raw);
            }
            given => {
                if marked {
                    self.buffer.drain(..BOM.len());
                }
                self.state = State::Utf8 { detect: given.is_none() && !marked };
            }
        }
        Ok(())
    }

    fn decode_from(&mut self, encoding: Encoding, raw: Vec<u8>) {
        self.found = encoding.name();
        let decoder = encoding.0.new_decoder_with_bom_removal();
        self.state = State::Decoding { decoder, raw, ended: false };
    }

    /// Finds how far the buffer is UTF-8.
    fn check(&mut self, ended: bool) -> io::Result<()> {
        let State::Utf8 { detect } = &mut self.state else { return Ok(()) };
        let (valid, error) = match std::str::from_utf8(&self.buffer) {
            Ok(_) => (self.buffer.len(), None),
            Err(error) if error.error_len().is_none() && !ended => (error.valid_up_to(), None),
            Err(error) => (error.valid_up_to(), Some(error)),
        };
        *detect &= self.buffer[..valid].is_ascii();
        self.checked = valid;
        if error.is_none() {
            return Ok(());
        }
        if *detect {
            let mut raw = self.buffer.split_off(valid);
            let missing = WINDOW.saturating_sub(raw.len()) as u64;
            self.input.by_ref().take(missing).read_to_end(&mut raw)?;
            let window = &raw[..raw.len().min(WINDOW)];
            if !Utf8Evidence::of(window).is_damaged() {
                let mut known = std::mem::take(&mut self.before);
                known.extend_from_slice(&self.buffer[valid.saturating_sub(BEFORE)..]);
                known.drain(..known.len().saturating_sub(BEFORE));
                known.extend_from_slice(window);
                self.decode_from(Encoding::detected(&known), raw);
                return Ok(());
            }
            *detect = false;
            self.buffer.append(&mut raw);
        }
        if self.lenient {
            self.state = State::Unchecked;
            self.checked = self.buffer.len();
        } else if valid == 0 {
            let error = not_utf8(self.position.place(&self.name), self.buffer[0]);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(())
    }

    /// Decodes what is read next; true at the end.
    fn decode(&mut self) -> io::Result<bool> {
        let State::Decoding { decoder, raw, ended } = &mut self.state else { return Ok(false) };
        if *ended {
            return Ok(true);
        }
        if raw.is_empty() {
            *ended = Self::fetch(&mut *self.input, raw)? == 0;
        }
        let room = decoder.max_utf8_buffer_length_without_replacement(raw.len());
        self.buffer.resize(room.unwrap_or(CHUNK), 0);
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(raw, &mut self.buffer, *ended);
        self.buffer.truncate(written);
        self.checked = written;
        if let DecoderResult::Malformed(length, behind) = result {
            self.position.pass(&self.buffer);
            let from = read.saturating_sub(usize::from(length) + usize::from(behind));
            let bytes = &raw[from..read.saturating_sub(usize::from(behind)).max(from)];
            let shown: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            let problem = format!("0x{} has no meaning in {}", shown.concat(), self.found);
            let help = "name the encoding of the file as `encoding`, or mend it there";
            let error = Error::input(self.position.place(&self.name), problem, help);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        raw.drain(..read);
        Ok(*ended)
    }
}

impl BufRead for TextStream<'_> {
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

impl Read for TextStream<'_> {
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
    use proptest::prelude::*;

    use super::*;
    use crate::input::Source;

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
            let mut stream = TextStream::new("t", Trickle(bytes.clone(), step), None);
            let result = stream.read_to_string(&mut streamed);
            match Source::from_bytes("t", bytes) {
                Ok(source) => {
                    prop_assert!(result.is_ok());
                    prop_assert_eq!(source.text(), streamed);
                    prop_assert_eq!(source.encoding(), stream.encoding());
                }
                Err(error) => prop_assert_eq!(result.unwrap_err().to_string(), error.to_string()),
            }
        }

        /// What an encoding can hold comes out of it as it went in, wherever the reading is cut.
        #[test]
        fn a_text_comes_out_of_its_encoding(
            text in "[a-z \n]{0,80}[éèàüö]{1,9}[a-zéßñ \n]{0,80}",
            wide in "\\PC{0,80}",
            step in 1usize..9,
        ) {
            let read = |bytes: Vec<u8>, given: Option<&str>| {
                let given = given.map(|label| Encoding::of_label(label).unwrap());
                let mut stream = TextStream::new("t", Trickle(bytes, step), given);
                let mut text = String::new();
                stream.read_to_string(&mut text).unwrap();
                (text, stream.encoding())
            };
            let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(&text);
            prop_assert!(!lossy);
            let expected = (text.clone(), "windows-1252");
            prop_assert_eq!(&read(bytes.to_vec(), Some("latin1")), &expected);
            let marked = format!("\u{FEFF}{wide}");
            let units = || marked.encode_utf16();
            let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
            for (bytes, name) in [(little, "UTF-16LE"), (big, "UTF-16BE")] {
                prop_assert_eq!(read(bytes.clone(), None), (wide.clone(), name));
                prop_assert_eq!(read(bytes[2..].to_vec(), Some(name)), (wide.clone(), name));
            }
        }
    }
}
