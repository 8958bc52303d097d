//! Which encoding a text is in.

use std::fmt;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs as rs;

use crate::error::{Error, Place, Result, nearest};

/// An encoding of the WHATWG's standard, which has all that web pages and old tables are in.
///
/// Where none is given, a text is in that of its byte order mark, else in UTF-8. If it is not UTF-8, and
/// everything before its first other byte is ASCII, then the encoding is guessed from the next 256 KiB.
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
        Self(detector.guess(None, Utf8Detection::Deny))
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
