//! What a text is by how it begins, whatever its name.

/// What is no plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// HTML, maybe behind HTTP headers.
    Html,
    /// A web archive or a mail.
    Mime,
    /// A list of pages.
    Feed,
    Xml,
}

pub(super) const FEED: &str = "this is a feed (RSS or Atom) and not a page";
pub(super) const FEED_HELP: &str = "save the pages that it links to";

/// Elements that pages begin with, and hardly any text.
const ELEMENTS: [&[u8]; 27] = [
    b"html",
    b"head",
    b"body",
    b"meta",
    b"title",
    b"link",
    b"base",
    b"script",
    b"style",
    b"noscript",
    b"div",
    b"table",
    b"article",
    b"section",
    b"main",
    b"header",
    b"nav",
    b"form",
    b"iframe",
    b"center",
    b"h1",
    b"h2",
    b"p",
    b"ul",
    b"ol",
    b"frameset",
    b"template",
];

impl Content {
    /// What begins with these bytes; nothing if it may be plain text.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
        if let Some((_, body)) = http_headers(rest) {
            return (Self::of(body) == Some(Self::Html)).then_some(Self::Html);
        }
        if is_mime(rest) {
            return Some(Self::Mime);
        }
        let mut is_xml = false;
        loop {
            let begins = |what: &[u8]| {
                rest.get(..what.len()).is_some_and(|start| start.eq_ignore_ascii_case(what))
            };
            let end: &[u8] = if begins(b"<!--") {
                b"-->"
            } else if begins(b"<?") {
                is_xml |= begins(b"<?xml");
                b"?>"
            } else if begins(b"<!doctype html") {
                return Some(Self::Html);
            } else if begins(b"<!doctype") {
                b">"
            } else {
                break;
            };
            let at = memchr::memmem::find(rest, end)? + end.len();
            rest = rest[at..].trim_ascii_start();
        }
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b":-_".contains(byte);
        let tag = rest.strip_prefix(b"<")?;
        let name = tag[..tag.iter().take_while(|byte| is_name(byte)).count()].to_ascii_lowercase();
        let ends = tag
            .get(name.len())
            .is_some_and(|byte| byte.is_ascii_whitespace() || b">/".contains(byte));
        match &*name {
            _ if !ends => None,
            b"rss" | b"feed" | b"rdf:rdf" => Some(Self::Feed),
            name if ELEMENTS.contains(&name) => Some(Self::Html),
            _ if is_xml => Some(Self::Xml),
            _ => None,
        }
    }
}

/// The headers of an answer from a web server that these bytes begin with, and what is behind them.
pub(super) fn http_headers(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let version = bytes.strip_prefix(b"HTTP/")?;
    let (version, rest) = version.split_at(version.iter().position(|byte| *byte == b' ')?);
    if !["1.0", "1.1", "2", "2.0", "3"].iter().any(|known| known.as_bytes() == version)
        || !rest.get(1..4)?.iter().all(u8::is_ascii_digit)
    {
        return None;
    }
    let ends: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    let end = ends.iter().filter_map(|end| Some((memchr::memmem::find(bytes, end)?, end.len())));
    let (at, length) = end.min()?;
    Some((&bytes[..at], &bytes[at + length..]))
}

/// Whether these are the headers of a mail, which web archives have too.
fn is_mime(bytes: &[u8]) -> bool {
    let end = memchr::memmem::find(bytes, b"\n\n").or(memchr::memmem::find(bytes, b"\r\n\r\n"));
    let headers = bytes[..end.unwrap_or(0)].to_ascii_lowercase();
    let has = |name: &[u8]| headers.split(|byte| *byte == b'\n').any(|line| line.starts_with(name));
    has(b"mime-version:") && has(b"content-type:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_known_by_its_first_element() {
        for (text, expected) in [
            ("<!DOCTYPE html><p>x", Some(Content::Html)),
            ("\u{FEFF}\n <!-- saved --> <!-- > --><HTML lang=en>", Some(Content::Html)),
            ("<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'>", Some(Content::Html)),
            ("<?xml version='1.0'?><html xmlns='x'>", Some(Content::Html)),
            ("<?php include 'x'; ?>\n<head>", Some(Content::Html)),
            ("<meta charset=utf-8><p>x", Some(Content::Html)),
            ("<div\nclass=a>x", Some(Content::Html)),
            ("<script>x</script>", Some(Content::Html)),
            ("<?xml version='1.0'?><rss version='2.0'>", Some(Content::Feed)),
            ("<feed xmlns='http://www.w3.org/2005/Atom'>", Some(Content::Feed)),
            ("<?xml version='1.0'?><TEI>", Some(Content::Xml)),
            (
                "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: x\r\n\r\n",
                Some(Content::Mime),
            ),
            ("HTTP/1.1 200 OK\nServer: x\n\n<html>", Some(Content::Html)),
            ("HTTP/1.1 200 OK\nServer: x\n\nplain", None),
            ("", None),
            ("<3 this", None),
            ("<b>bold</b> words", None),
            ("<divine> words", None),
            ("<!-- never closed", None),
            ("if a <div> is open", None),
            ("MIME-Version: what is it\n\nContent-Type: x", None),
        ] {
            assert_eq!(Content::of(text.as_bytes()), expected, "{text}");
        }
    }
}
