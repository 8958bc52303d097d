//! In which encoding a page was saved.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use crate::input::{self, Utf8Evidence};

/// Bytes in which the standard looks for a declaration; and those in which a late one is found, if the
/// page is not UTF-8.
const START: usize = 1024;
const LATE: usize = 1 << 16;

/// A page as text.
#[derive(Debug)]
pub(in crate::corpus) struct Decoded {
    pub text: String,
    /// The name of its encoding.
    pub encoding: &'static str,
    /// What a reader should know of it: nothing of UTF-8 without damage that does not claim to be
    /// something else.
    pub note: Option<String>,
}

/// The text of a page. Its encoding is the one `given`, else that of a byte order mark, else UTF-16 if
/// every other byte is NUL, else as it was `sent` or as its `<meta>` says, else UTF-8 if it is that or
/// mostly that, else a guess from its bytes.
///
/// Pages are saved as UTF-8 with their old `<meta>`, so that bytes which are well-formed UTF-8 are believed
/// more than any declaration; and one bad byte does not make mojibake of a thousand good characters.
/// Bytes without a meaning become U+FFFD.
pub(in crate::corpus) fn decoded(
    bytes: &[u8],
    sent: Option<&'static Encoding>,
    given: Option<input::Encoding>,
) -> Decoded {
    if let Some(given) = given {
        let (text, _) = given.0.decode_with_bom_removal(bytes);
        let note = (given.0 != UTF_8).then(|| format!("read as {}", given.name()));
        return Decoded { text: text.into_owned(), encoding: given.name(), note };
    }
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    if let Some(wide) = marked.or_else(|| input::Encoding::wide(bytes).map(|wide| wide.0)) {
        let note = (wide != UTF_8).then(|| format!("read as {}", wide.name()));
        return of(bytes, wide, note);
    }
    let evidence = Utf8Evidence::of(bytes);
    let is_wide = |encoding: &'static Encoding| encoding == UTF_16BE || encoding == UTF_16LE;
    let is_utf8 = evidence.damage + evidence.cut == 0;
    // What has no NUL is hardly UTF-16.
    let sent = sent.filter(|sent| !(is_wide(sent) && is_utf8));
    let declared = sent.or_else(|| declared(&bytes[..bytes.len().min(START)]));
    let says = |declared: &'static Encoding| declared.name();
    match declared {
        Some(other) if other != UTF_8 => match beats(evidence, other, sent.is_some()) {
            true => of(bytes, UTF_8, Some(format!("declared {}, but it is UTF-8", says(other)))),
            false => of(bytes, other, Some(format!("read as {}, as it declares", says(other)))),
        },
        _ if is_utf8 => of(bytes, UTF_8, None),
        Some(_) if evidence.is_damaged() => of(bytes, UTF_8, Some("declared UTF-8".into())),
        None if evidence.is_damaged() => of(bytes, UTF_8, Some("it is UTF-8".into())),
        Some(_) => {
            let found = input::Encoding::detected(bytes).0;
            let note = format!("declared UTF-8, but it is not; read as {}", found.name());
            of(bytes, found, Some(note))
        }
        None => match self::declared(&bytes[..bytes.len().min(LATE)]) {
            Some(late) if late != UTF_8 => {
                of(bytes, late, Some(format!("read as {}, as it declares", late.name())))
            }
            _ => {
                let found = input::Encoding::detected(bytes).0;
                of(bytes, found, Some(format!("read as {}", found.name())))
            }
        },
    }
}

/// Whether bytes are UTF-8 although another encoding was declared. By chance some pairs of an encoding of
/// the Far East are characters of two bytes.
fn beats(evidence: Utf8Evidence, declared: &'static Encoding, sent: bool) -> bool {
    let Utf8Evidence { short, joined, long, damage, .. } = evidence;
    let sure = long > 0 || joined >= 2 || short >= 6;
    let found = sure || declared.is_single_byte() && !sent && short > 0;
    match damage {
        0 => found,
        // A character of three bytes is hardly ever by chance.
        damage => sure && short + 4 * long >= 8 * damage,
    }
}

/// Bytes in this encoding; the note says how many were not.
fn of(bytes: &[u8], encoding: &'static Encoding, note: Option<String>) -> Decoded {
    let (text, encoding, malformed) = encoding.decode(bytes);
    let note = if malformed {
        let bad = match encoding {
            utf8 if utf8 == UTF_8 => {
                let Utf8Evidence { damage, cut, .. } = Utf8Evidence::of(bytes);
                damage + cut
            }
            _ => text.matches('\u{FFFD}').count(),
        };
        let (s, were) = if bad == 1 { ("", "was") } else { ("s", "were") };
        let note = note.unwrap_or_else(|| format!("it is {}", encoding.name()));
        let but = if note.contains("but") { "and" } else { "but" };
        Some(format!("{note}, {but} {bad} byte{s} {were} not and became U+FFFD"))
    } else {
        note
    };
    Decoded { text: text.into_owned(), encoding: encoding.name(), note }
}

/// What `<meta charset>` or `<meta http-equiv content="...; charset=...">` says: the standard's
/// prescan, of which the name behind the first `charset=` within a `<meta>` is what matters; or an XML
/// declaration.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let start = start.to_ascii_lowercase();
    let mut rest = &start[..];
    if rest.trim_ascii_start().starts_with(b"<?xml") {
        let end = find(rest, b"?>").unwrap_or(rest.len());
        if let Some(encoding) = named(&rest[..end], b"encoding") {
            return Some(encoding);
        }
    }
    while let Some(at) = find(rest, b"<") {
        rest = &rest[at..];
        if rest.starts_with(b"<!--") {
            rest = &rest[find(rest, b"-->")?..];
        } else if rest.starts_with(b"<meta") {
            let end = find(rest, b">").unwrap_or(rest.len());
            if let Some(encoding) = named(&rest[..end], b"charset") {
                return Some(encoding);
            }
        }
        rest = &rest[1..];
    }
    None
}

/// The encoding whose name is behind this attribute.
fn named(tag: &[u8], attribute: &[u8]) -> Option<&'static Encoding> {
    let behind = &tag[find(tag, attribute)? + attribute.len()..];
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

    fn of(html: &[u8]) -> (String, &'static str) {
        let Decoded { text, encoding, .. } = decoded(html, None, None);
        (text, encoding)
    }

    fn meta(label: &str, text: &[u8]) -> Vec<u8> {
        [format!("<meta charset={label}>").as_bytes(), text].concat()
    }

    fn note(html: &[u8]) -> String {
        decoded(html, None, None).note.unwrap_or_default()
    }

    #[test]
    fn an_encoding_is_what_is_declared_unless_the_bytes_say_otherwise() {
        let quote = b"\x93It isn\x92t\x94";
        let meta = |label: &str| meta(label, quote);
        assert!(of(&meta("iso-8859-1")).0.ends_with("“It isn’t”"));
        assert_eq!(of(&meta("iso-8859-1")).1, "windows-1252");
        assert_eq!(of("<p>café".as_bytes()), ("<p>café".to_owned(), "UTF-8"));
        // It lies.
        assert!(of(&meta("utf-8")).0.ends_with("“It isn’t”"));
        let old = b"<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset = koi8-r'>\xC4\xC1";
        assert_eq!((of(old).0.ends_with("да"), of(old).1), (true, "KOI8-R"));
        let xml = b"<?xml version='1.0' encoding='koi8-r'?><p>\xC4\xC1";
        assert_eq!(of(xml).1, "KOI8-R");
        // In a comment it says nothing.
        let comment = "<!-- <meta charset=koi8-r> --><p>é".as_bytes();
        assert_eq!(of(comment).1, "UTF-8");
        let (text, name) = of(b"\xFF\xFE<\0p\0>\0h\0i\0");
        assert_eq!((&*text, name), ("<p>hi", "UTF-16LE"));
        // The server knew better.
        assert_eq!(decoded(&meta("koi8-r"), Some(WINDOWS_1252), None).encoding, "windows-1252");
        assert_eq!(of(b"\xEF\xBB\xBF<meta charset=koi8-r>h").0, "<meta charset=koi8-r>h");
        // Behind where browsers look it is better than a guess.
        let late = [" ".repeat(2000).as_bytes(), b"<meta charset=koi8-r>\xC4"].concat();
        assert_eq!(of(&late).1, "KOI8-R");
    }

    #[test]
    fn well_formed_utf8_beats_a_stale_declaration() {
        let text = "“It isn’t” — café";
        for label in ["iso-8859-1", "windows-1251", "gb2312", "big5", "euc-kr", "shift_jis"] {
            let page = meta(label, text.as_bytes());
            assert!(of(&page).0.ends_with(text), "{label}");
            assert!(note(&page).ends_with("but it is UTF-8"), "{}", note(&page));
            let sent = Encoding::for_label(label.as_bytes());
            assert_eq!(decoded(text.as_bytes(), sent, None).encoding, "UTF-8", "{label}");
        }
        // One pair is enough against an encoding in which it would be nonsense.
        assert_eq!(of(&meta("latin1", "Málaga".as_bytes())).1, "UTF-8");
        // Two syllables of Korean that are characters of UTF-8, too, are Korean.
        let korean = meta("euc-kr", b"\xC5\xAB \xC6\xBB");
        assert_eq!(of(&korean).1, "EUC-KR");
        // Nearly all of it is UTF-8.
        for label in ["latin1", "big5"] {
            let page = meta(label, &[text.as_bytes(), b" \xA9 2023"].concat());
            assert_eq!(of(&page).1, "UTF-8");
            assert!(note(&page).contains("1 byte was not"), "{}", note(&page));
        }
    }

    #[test]
    fn a_bad_byte_is_one_mark_of_damage() {
        let text = "<p>“It isn’t” — café".as_bytes();
        for (page, bad) in [
            (meta("utf-8", &[text, b"\xA9 2023"].concat()), "declared UTF-8, but 1 byte was not"),
            ([text, b"\xA9 2023 \xFF"].concat(), "it is UTF-8, but 2 bytes were not"),
            // Cut off within a character.
            ([text, &"”".as_bytes()[..2]].concat(), "it is UTF-8, but 2 bytes were not"),
        ] {
            let (text, name) = of(&page);
            assert!(name == "UTF-8" && text.contains("“It isn’t” — café"), "{text}");
            assert!(text.contains('\u{FFFD}'), "{text}");
            assert!(note(&page).starts_with(bad), "{}", note(&page));
        }
        assert_eq!(note(&meta("latin1", b"caf\xE9")), "read as windows-1252, as it declares");
        let lies = note(&meta("utf-8", b"\x93caf\xE9\x94"));
        assert_eq!(lies, "declared UTF-8, but it is not; read as windows-1252");
    }

    #[test]
    fn utf16_needs_no_mark() {
        let html = "<meta charset=utf-8><p>“It isn’t”";
        let little: Vec<u8> = html.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = html.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(of(&little), (html.to_owned(), "UTF-16LE"));
        assert_eq!(of(&big), (html.to_owned(), "UTF-16BE"));
        // Said of what is not.
        assert_eq!(decoded(b"<p>plain", Some(UTF_16LE), None).text, "<p>plain");
    }
}
