//! In which encoding a page was saved.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use crate::input;

/// Bytes in which the standard looks for a declaration.
const START: usize = 1024;

/// The text of a page, and the name of its encoding: the one `given`, else by a byte order mark, else as
/// it was `sent`, else as its `<meta>` says, else UTF-8 if it is that, else a guess from its bytes. A
/// page that says that it is UTF-8 and is not is guessed, too. Bytes without a meaning become U+FFFD.
pub(in crate::corpus) fn decoded(
    bytes: &[u8],
    sent: Option<&'static Encoding>,
    given: Option<input::Encoding>,
) -> (String, &'static str) {
    if let Some(given) = given {
        let (text, _) = given.0.decode_with_bom_removal(bytes);
        return (text.into_owned(), given.name());
    }
    let declared = sent.or_else(|| declared(&bytes[..bytes.len().min(START)]));
    let utf8 = std::str::from_utf8(bytes).is_ok();
    let encoding = match declared {
        Some(encoding) if encoding != UTF_8 || utf8 => encoding,
        _ if utf8 => UTF_8,
        _ => input::Encoding::detected(bytes).0,
    };
    // A byte order mark is stronger than all that.
    let (text, encoding, _) = encoding.decode(bytes);
    (text.into_owned(), encoding.name())
}

/// What `<meta charset>` or `<meta http-equiv content="...; charset=...">` says: the standard's
/// prescan, of which the name behind the first `charset=` within a `<meta>` is what matters.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let start = start.to_ascii_lowercase();
    let mut rest = &start[..];
    while let Some(at) = find(rest, b"<") {
        rest = &rest[at..];
        if rest.starts_with(b"<!--") {
            rest = &rest[find(rest, b"-->")?..];
        } else if rest.starts_with(b"<meta") {
            let end = find(rest, b">").unwrap_or(rest.len());
            if let Some(encoding) = in_meta(&rest[..end]) {
                return Some(encoding);
            }
        }
        rest = &rest[1..];
    }
    None
}

fn in_meta(meta: &[u8]) -> Option<&'static Encoding> {
    let behind = &meta[find(meta, b"charset")? + b"charset".len()..];
    let equals = behind.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let value = behind[equals..].strip_prefix(b"=")?;
    let is_around = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
    let from = value.iter().position(|byte| !is_around(byte))?;
    let ends = |byte: &u8| is_around(byte) || matches!(byte, b';' | b'/');
    let length = value[from..].iter().position(ends).unwrap_or(value.len() - from);
    let encoding = Encoding::for_label(&value[from..from + length])?;
    // By the standard: what could be read so far is none of these.
    Some(match encoding {
        wide if wide == UTF_16BE || wide == UTF_16LE => UTF_8,
        user if user == X_USER_DEFINED => WINDOWS_1252,
        other => other,
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_what_is_declared_unless_the_bytes_say_otherwise() {
        let of = |html: &[u8]| decoded(html, None, None);
        let quote = b"\x93It isn\x92t\x94";
        let meta = |label: &str| [format!("<meta charset={label}>").as_bytes(), quote].concat();
        assert!(of(&meta("iso-8859-1")).0.ends_with("“It isn’t”"));
        assert_eq!(of(&meta("iso-8859-1")).1, "windows-1252");
        assert_eq!(of("<p>café".as_bytes()), ("<p>café".to_owned(), "UTF-8"));
        // It lies.
        assert!(of(&meta("utf-8")).0.ends_with("“It isn’t”"));
        let old = b"<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset = koi8-r'>\xC4\xC1";
        assert_eq!((of(old).0.ends_with("да"), of(old).1), (true, "KOI8-R"));
        // In a comment it says nothing.
        let comment = "<!-- <meta charset=koi8-r> --><p>é".as_bytes();
        assert_eq!(of(comment).1, "UTF-8");
        let (text, name) = of(b"\xFF\xFE<\0p\0>\0h\0i\0");
        assert_eq!((&*text, name), ("<p>hi", "UTF-16LE"));
        // The server knew better.
        assert_eq!(decoded(&meta("koi8-r"), Some(WINDOWS_1252), None).1, "windows-1252");
        assert_eq!(of(b"\xEF\xBB\xBF<meta charset=koi8-r>h").0, "<meta charset=koi8-r>h");
    }
}
