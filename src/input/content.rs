//! What bytes hold that are no text, by how they begin.

use crate::error::{Error, Place};

/// Bytes of the start that are looked at.
const START: usize = 1 << 16;

/// What begins with these bytes, and what to do with it.
const KNOWN: [(&[u8], &str, &str); 25] = [
    (b"\x89PNG\r\n", "a PNG image", IMAGE),
    (b"\xFF\xD8\xFF", "a JPEG image", IMAGE),
    (b"GIF87a", "a GIF image", IMAGE),
    (b"GIF89a", "a GIF image", IMAGE),
    (b"II*\0", "a TIFF image", IMAGE),
    (b"MM\0*", "a TIFF image", IMAGE),
    (b"\0\0\x01\0", "an icon", IMAGE),
    (b"wOFF\0", "a font", "leave it out"),
    (b"wOF2\0", "a font", "leave it out"),
    (b"%PDF-", "a PDF", "save its text, a paragraph a line (pdftotext), as .txt"),
    (b"{\\rtf", "an RTF document", DOCUMENT),
    (b"\xD0\xCF\x11\xE0", "an old Office document", "save it as text (.txt), or a sheet as CSV"),
    (b"bplist00", "a web archive of Safari", SAFARI),
    (
        b"PAR1\x15",
        "a Parquet table",
        "give its name the ending .parquet, or set `format` to parquet",
    ),
    (b"ARROW1\0", "an Arrow table", "give its name the ending .arrow, or set `format` to arrow"),
    (b"WARC/", "a crawl (WARC)", "give its name the ending .warc, or set `format` to warc"),
    (b"SQLite format 3\0", "a database", "export its table as CSV (UTF-8)"),
    (b"7z\xBC\xAF", "a 7z archive", UNPACK),
    (b"Rar!\x1A", "a RAR archive", UNPACK),
    (b"BZh9", "compressed by bzip2", "decompress it, or compress it with gzip, zstd or xz"),
    (b"\x7FELF", "a program", "leave it out"),
    (b"\0asm", "a program", "leave it out"),
    (b"OggS", "sound or video", "leave it out"),
    (b"ID3\x03", "sound", "leave it out"),
    (b"ID3\x04", "sound", "leave it out"),
];

const IMAGE: &str = "text in images is not read";
const DOCUMENT: &str = "save it as text, a paragraph a line, as .txt";
const SAFARI: &str = "save the page as HTML, from a browser";
const UNPACK: &str = "unpack it, and name the folder";

/// What is in a ZIP file that names this within its first bytes.
const IN_ZIP: [(&[u8], &str, &str); 6] = [
    (b"application/epub+zip", "an EPUB book", "unpack it (unzip), and read its .xhtml files"),
    (
        b"application/vnd.oasis.opendocument",
        "an OpenDocument file",
        "save it as .txt or as CSV (UTF-8)",
    ),
    (b"word/", "a Word document", DOCUMENT),
    (
        b"xl/",
        "an Excel workbook",
        "give its name the ending .xlsx, or save the sheet as CSV (UTF-8)",
    ),
    (b"ppt/", "a presentation", DOCUMENT),
    (b"index.rdf", "a web archive of Firefox (MAFF)", "unpack it (unzip), and name the folder"),
];

/// Why these bytes are no text; nothing if they may be. Of a text in a `given` encoding NUL is no sign, for
/// that may be UTF-16.
pub(crate) fn refused(name: &str, bytes: &[u8], given: bool) -> Option<Error> {
    let start = &bytes[..bytes.len().min(START)];
    let (what, help) =
        known(start).or_else(|| (!given && is_binary(start)).then_some(("binary data", BINARY)))?;
    Some(Error::page(Place::file(name), format!("this is {what} and not text"), help))
}

const BINARY: &str = "leave it out, or if it is text set its encoding as `encoding`";

fn known(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let has = |what: &[u8]| memchr::memmem::find(start, what).is_some();
    if start.starts_with(b"PK\x03\x04") {
        let inside = IN_ZIP.iter().find(|(sign, ..)| has(sign));
        return Some(inside.map_or(("a ZIP archive", UNPACK), |(_, what, help)| (what, help)));
    }
    if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP") {
        return Some(("a WebP image", IMAGE));
    }
    if start.first() == Some(&0) && start.get(4..8) == Some(b"ftyp") {
        return Some(("an image or video", IMAGE));
    }
    if start.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", UNPACK));
    }
    let known = KNOWN.iter().find(|(sign, ..)| start.starts_with(sign));
    known.map(|(_, what, help)| (*what, *help))
}

/// No text has many control characters, and what is not UTF-8 either has no NUL.
fn is_binary(start: &[u8]) -> bool {
    let is_control = |byte: &&u8| **byte < 0x20 && !b"\t\n\r\x0C\x1B".contains(byte);
    let controls = start.iter().filter(is_control).count();
    let other = |error: std::str::Utf8Error| error.error_len().is_some();
    let is_utf8 = !std::str::from_utf8(start).is_err_and(other);
    match is_utf8 {
        true => controls >= 8 && controls * 4 > start.len(),
        false => start.contains(&0) || controls >= 4 && controls * 25 > start.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Option<String> {
        refused("t", bytes, false).map(|error| error.to_string())
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, what) in [
            (&b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"[..], "a PNG image"),
            (b"PK\x03\x04\x14\0\0\0\0\0mimetypeapplication/epub+zip", "an EPUB book"),
            (b"PK\x03\x04\x14\0\x06\0word/document.xml", "a Word document"),
            (b"PK\x03\x04\x14\0\x06\0a.html", "a ZIP archive"),
            (b"bplist00\xD1\x01\x02_", "a web archive of Safari"),
            (b"%PDF-1.4\n%\xE2\xE3", "a PDF"),
            (b"\xA7\0\x93q\xFE\x01zz", "binary data"),
            (b"\x01\x02\x03\x9A\xFF\x05\x06\x07", "binary data"),
        ] {
            let message = of(bytes).unwrap();
            assert!(message.starts_with(&format!("t: this is {what} and not text; ")), "{message}");
        }
    }

    #[test]
    fn what_may_be_text_is_none_of_it() {
        for bytes in [
            &b""[..],
            b"text\nnul \0 and bell \x07 in it\n",
            b"Caf\xE9 society",
            "Größe \u{1b}[1m".as_bytes(),
            "PK means pub kitchen".as_bytes(),
            &"é".as_bytes()[..1],
        ] {
            assert_eq!(of(bytes), None, "{bytes:?}");
        }
        // UTF-16 in an alphabet without NULs, whose encoding was named.
        assert!(refused("t", b"\x12\x04\0\x20\xFF\x04", true).is_none());
    }
}
