//! Which encoding a text is in.

use std::fmt;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs as rs;

use crate::error::{Error, Place, Result, nearest};

/// An encoding of the WHATWG's standard, which has all that web pages and old tables are in.
///
/// Where none is given, a text is in that of its byte order mark, else in UTF-16 if every other byte of
/// its start is NUL, else in UTF-8. If it is not UTF-8, and everything before its first other byte is
/// ASCII, then the encoding is guessed from the next 256 KiB.
/// If these have more characters of UTF-8 than other bytes, or characters of UTF-8 came before, the text
/// is UTF-8 with damage, and that is an error.
///
/// ```
/// use standpoint::input::Encoding;
/// assert_eq!(Encoding::of_label("latin1")?.name(), "windows-1252");
/// assert!(Encoding::of_label("windows-1253x").unwrap_err().to_string().contains("windows-1253"));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Encoding(pub(crate) &'static rs::Encoding);

impl Encoding {
    /// By any of its names in the standard, as `utf-8`, `latin1`, `shift_jis`, `cp1251`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if none has this name; it names the nearest.
    pub fn of_label(label: &str) -> Result<Self> {
        let known = rs::Encoding::for_label_no_replacement(label.as_bytes());
        known.map(Self).ok_or_else(|| {
            let help = match nearest(label, NAMES) {
                Some(name) => format!("did you mean {name}?"),
                None => format!("known are {}", NAMES.join(", ")),
            };
            let problem = format!("no encoding is called {label:?}");
            Error::input(Place::file("encoding"), problem, help)
        })
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What these bytes look like, which are not UTF-8.
    pub(crate) fn detected(bytes: &[u8]) -> Self {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        let guess = detector.guess(None, Utf8Detection::Deny);
        Self(if is_western(bytes, guess) { rs::WINDOWS_1252 } else { guess })
    }

    /// UTF-16 without a byte order mark, if that is what these bytes begin with: of Latin letters, digits
    /// and markup every other byte is NUL.
    pub(crate) fn wide(bytes: &[u8]) -> Option<Self> {
        let pairs = bytes[..bytes.len().min(WIDE)].chunks_exact(2);
        let of = pairs.len();
        let (mut first, mut second) = (0, 0);
        for pair in pairs {
            first += usize::from(pair[0] == 0);
            second += usize::from(pair[1] == 0);
        }
        let most = |nul: usize| of >= 4 && nul * 10 >= of * 7;
        match (first, second) {
            (0, second) if most(second) => Some(Self(rs::UTF_16LE)),
            (first, 0) if most(first) => Some(Self(rs::UTF_16BE)),
            _ => None,
        }
    }
}

/// Bytes that show whether a text is UTF-16.
const WIDE: usize = 512;

/// Whether bytes that look like `guess` are rather English in windows-1252: a few pound signs or quotation
/// marks look like letters of many languages, but of those there would be more, and within words.
fn is_western(bytes: &[u8], guess: &'static rs::Encoding) -> bool {
    if guess == rs::WINDOWS_1252 || !guess.is_single_byte() {
        return false;
    }
    let letter_in = |encoding: &'static rs::Encoding| -> Vec<Option<char>> {
        let of = |byte: u8| encoding.decode_without_bom_handling(&[byte]).0.chars().next();
        (0x80..=0xFF).map(of).collect()
    };
    let (western, guessed) = (letter_in(rs::WINDOWS_1252), letter_in(guess));
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let (mut others, mut letters) = (0, 0);
    for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii()) {
        others += 1;
        let (ours, theirs) = (western[usize::from(byte - 0x80)], guessed[usize::from(byte - 0x80)]);
        if ours == theirs {
            continue;
        }
        letters += usize::from(is_letter(ours));
        // A sign does not touch a letter, where a letter would.
        let touches = |at: Option<usize>| {
            let byte = at.and_then(|at| bytes.get(at));
            byte.is_some_and(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
        };
        if !is_letter(ours)
            && is_letter(theirs)
            && (touches(at.checked_sub(1)) || touches(Some(at + 1)))
        {
            return false;
        }
    }
    others * 50 <= bytes.len() || letters == 0 && others * 5 <= bytes.len()
}

/// How much of some bytes is UTF-8, and how much is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Utf8Evidence {
    /// Characters of two bytes; of these, those behind a letter of ASCII, as in "café".
    pub short: usize,
    #[cfg_attr(not(feature = "html"), allow(dead_code, reason = "only pages declare encodings"))]
    pub joined: usize,
    /// Characters of three and four bytes.
    pub long: usize,
    /// Bytes that are not UTF-8, apart from a character that is cut off at the end; and the bytes of that.
    pub damage: usize,
    pub cut: usize,
}

impl Utf8Evidence {
    pub fn of(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        let mut behind = 0;
        for chunk in bytes.utf8_chunks() {
            let mut before = '\0';
            for c in chunk.valid().chars() {
                match c.len_utf8() {
                    1 => {}
                    2 => {
                        found.short += 1;
                        found.joined += usize::from(before.is_ascii_alphabetic());
                    }
                    _ => found.long += 1,
                }
                before = c;
            }
            behind += chunk.valid().len() + chunk.invalid().len();
            let whole = std::str::from_utf8(chunk.invalid());
            let is_cut = behind == bytes.len() && whole.is_err_and(|e| e.error_len().is_none());
            *(if is_cut { &mut found.cut } else { &mut found.damage }) += chunk.invalid().len();
        }
        found
    }

    /// Characters of UTF-8 that are not ASCII.
    pub fn characters(self) -> usize {
        self.short + self.long
    }

    /// Whether bytes are rather UTF-8 with damage than another encoding.
    pub fn is_damaged(self) -> bool {
        self.characters() > 0 && self.characters() >= self.damage + self.cut
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Those that people write; aliases are known besides.
const NAMES: [&str; 44] = [
    "UTF-8",
    "UTF-16LE",
    "UTF-16BE",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "ISO-8859-1",
    "ISO-8859-2",
    "ISO-8859-3",
    "ISO-8859-4",
    "ISO-8859-5",
    "ISO-8859-6",
    "ISO-8859-7",
    "ISO-8859-8",
    "ISO-8859-9",
    "ISO-8859-10",
    "ISO-8859-13",
    "ISO-8859-14",
    "ISO-8859-15",
    "ISO-8859-16",
    "macintosh",
    "x-mac-cyrillic",
    "KOI8-R",
    "KOI8-U",
    "IBM866",
    "GBK",
    "gb18030",
    "GB2312",
    "Big5",
    "EUC-JP",
    "ISO-2022-JP",
    "Shift_JIS",
    "EUC-KR",
    "latin1",
    "latin2",
    "cp1252",
    "ascii",
];
