//! Web archives as browsers save them (RFC 2557): the page is the first part of HTML of a message.

use std::borrow::Cow;

use encoding_rs::Encoding;
use mail_parser::{
    Encoding as Transfer, HeaderName, Message, MessageParser, MessagePart, MimeHeaders,
    decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode},
};

/// The page in an archive.
pub(in crate::corpus) struct Archived<'a> {
    pub html: Cow<'a, [u8]>,
    /// In which encoding it was sent.
    pub charset: Option<&'static Encoding>,
    /// Where it was found.
    pub address: Option<String>,
}

/// The page in these bytes, if they are an archive that has one.
pub(in crate::corpus) fn page(bytes: &[u8]) -> Option<Archived<'_>> {
    if !begins_with_headers(bytes) {
        return None;
    }
    let message = MessageParser::default().parse(bytes)?;
    let part = message.parts.iter().find(|part| is_html(part))?;
    let body = bytes.get(part.offset_body as usize..part.offset_end as usize)?;
    let html = match part.encoding {
        Transfer::None => Cow::Borrowed(body),
        Transfer::QuotedPrintable => quoted_printable_decode(body)?.into(),
        Transfer::Base64 => base64_decode(body)?.into(),
    };
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    let charset = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let address = part.content_location().map(str::to_owned).or_else(|| snapshot_of(&message));
    Some(Archived { html, charset, address })
}

/// A message begins with lines `Name: value`, one of which says what it holds; HTML begins with a tag.
fn begins_with_headers(bytes: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let start = bytes.trim_ascii_start();
    let name = start.iter().take_while(|byte| is_name(byte)).count();
    let end = memchr::memmem::find(start, b"\n\n").or(memchr::memmem::find(start, b"\r\n\r\n"));
    let headers = start[..end.unwrap_or(0)].to_ascii_lowercase();
    let says = |field: &[u8]| memchr::memmem::find(&headers, field).is_some();
    start.get(name) == Some(&b':') && says(b"content-type:")
}

fn is_html(part: &MessagePart<'_>) -> bool {
    part.content_type().is_some_and(|kind| {
        let is = |name: &str, known: &str| name.eq_ignore_ascii_case(known);
        let subtype = kind.subtype().unwrap_or_default();
        is(kind.ctype(), "text") && is(subtype, "html") || is(subtype, "xhtml+xml")
    })
}

/// What Chromium says of the whole.
fn snapshot_of(message: &Message<'_>) -> Option<String> {
    let name = HeaderName::Other("Snapshot-Content-Location".into());
    Some(message.header_raw(name)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROMIUM: &str = "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example/x\r\n\
        Subject: Permits\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\
        \tboundary=\"----B----\"\r\n\r\n\r\n------B----\r\nContent-Type: text/html\r\n\
        Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://a.example/y\r\n\r\n\
        <!DOCTYPE html><p>They=E2=80=99ve handed them =\r\nin.</p>\r\n------B----\r\n\
        Content-Type: text/html\r\nContent-Location: cid:frame\r\n\r\n<p>A frame\r\n------B------\r\n";

    #[test]
    fn the_page_is_the_first_part_of_html() {
        let page = page(CHROMIUM.as_bytes()).unwrap();
        let html = String::from_utf8(page.html.into_owned()).unwrap();
        assert_eq!(html.trim_end(), "<!DOCTYPE html><p>They’ve handed them in.</p>");
        assert_eq!(page.address.as_deref(), Some("https://a.example/y"));
        let without = CHROMIUM.replace("Content-Location: https://a.example/y\r\n", "");
        let address = super::page(without.as_bytes()).unwrap().address;
        assert_eq!(address.as_deref(), Some("https://a.example/x"));
    }

    #[test]
    fn an_old_archive_says_its_encoding_and_may_have_one_part() {
        let html = "MIME-Version: 1.0\nContent-Type: text/html; charset=\"windows-1252\"\n\
            Content-Transfer-Encoding: base64\n\nPHA+Y2Fm6Q==\n";
        let page = page(html.as_bytes()).unwrap();
        assert_eq!(&*page.html, b"<p>caf\xE9");
        assert_eq!(page.charset, Some(encoding_rs::WINDOWS_1252));
    }

    #[test]
    fn what_is_no_archive_is_left_alone() {
        let article = "Update: the officers\n\nContent-Type: is a header of mail";
        for text in
            ["", "<p>x", "Content-Type: text/html", "<p>a: b\n\ncontent-type: text/html", article]
        {
            assert!(page(text.as_bytes()).is_none(), "{text}");
        }
    }
}
