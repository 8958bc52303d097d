//! Web archives as browsers save them (RFC 2557): a page, and the documents in its frames, are parts of HTML
//! of a message.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use encoding_rs::Encoding;
use mail_parser::{
    Encoding as Transfer, HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType,
    decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode},
};

/// A document in an archive.
pub(in crate::corpus) struct Archived<'a> {
    pub html: Cow<'a, [u8]>,
    /// In which encoding it was sent.
    pub charset: Option<&'static Encoding>,
    /// Where it was found.
    pub address: Option<String>,
}

/// An archive.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    message: Message<'a>,
    /// The part that is the page.
    root: usize,
    /// The first part of HTML with each id, and at each place.
    ids: HashMap<Vec<u8>, usize>,
    places: HashMap<String, usize>,
    /// Parts that were read: each is read once, so that frames may not multiply.
    read: RefCell<HashSet<usize>>,
}

impl<'a> Archive<'a> {
    /// The archive in these bytes, if they are one that has a page.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        if !begins_with_headers(bytes) {
            return None;
        }
        let message = MessageParser::default().parse(bytes)?;
        let root = root(&message)?;
        let (mut ids, mut places) = (HashMap::new(), HashMap::new());
        for (at, part) in message.parts.iter().enumerate().filter(|(_, part)| is_html(part)) {
            if let Some(id) = part.content_id() {
                ids.entry(id.trim_matches(['<', '>', ' ']).into()).or_insert(at);
            }
            if let Some(place) = part.content_location() {
                let place = place.trim().split('#').next().unwrap_or_default();
                places.entry(place.to_owned()).or_insert(at);
            }
        }
        Some(Self { bytes, message, root, ids, places, read: RefCell::default() })
    }

    /// Its page.
    pub fn page(&self) -> Option<Archived<'_>> {
        let page = self.document(self.root)?;
        Some(Archived { address: page.address.or_else(|| snapshot_of(&self.message)), ..page })
    }

    /// The document that a frame names: by its id (`cid:`), or by where it was found, which may be
    /// relative to `base`. Each is there once.
    pub fn frame(&self, source: &str, base: Option<&str>) -> Option<Archived<'_>> {
        let source = source.split('#').next().filter(|source| !source.is_empty())?;
        let start = source.get(..4).unwrap_or_default();
        let id = start.eq_ignore_ascii_case("cid:").then(|| percent_decoded(&source[4..]));
        let absolute = base.and_then(|base| resolved(base, source));
        let by_id = id.and_then(|id| self.ids.get(&*id));
        let place = |place: &str| self.places.get(place);
        let by_place = [place(source), absolute.as_deref().and_then(place)];
        let at = *by_id.into_iter().chain(by_place.into_iter().flatten()).min()?;
        (at != self.root && self.read.borrow_mut().insert(at)).then(|| self.document(at))?
    }

    fn document(&self, at: usize) -> Option<Archived<'_>> {
        let part = self.message.parts.get(at)?;
        let body = self.bytes.get(part.offset_body as usize..part.offset_end as usize)?;
        let html = match part.encoding {
            Transfer::None => Cow::Borrowed(body),
            Transfer::QuotedPrintable => quoted_printable_decode(body)?.into(),
            Transfer::Base64 => base64_decode(body)?.into(),
        };
        let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
        let charset = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
        Some(Archived { html, charset, address: part.content_location().map(str::to_owned) })
    }

    /// Forgets which documents of frames were read.
    pub fn again(&self) {
        self.read.borrow_mut().clear();
    }
}

/// The part that is the page: the one that the whole names as its `start` (RFC 2387), else the one of
/// which it says that it was saved, else the first one of the `type` that it names, else the first of HTML.
fn root(message: &Message<'_>) -> Option<usize> {
    let parts = &message.parts;
    let of = |name| {
        let wholes = parts.iter().filter(|part| matches!(part.body, PartType::Multipart(_)));
        wholes.filter_map(|part| part.content_type()).find_map(|kind| kind.attribute(name))
    };
    let find = |is: &dyn Fn(&MessagePart<'_>) -> bool| {
        parts.iter().position(|part| is_html(part) && is(part))
    };
    let start = of("start").map(|start| start.trim_matches(['<', '>', ' '])).and_then(|start| {
        let mut at = parts.iter().position(|part| {
            part.content_id().is_some_and(|id| id.trim_matches(['<', '>', ' ']) == start)
        })?;
        // It may be one text in several formats.
        while let PartType::Multipart(parts_in) = &parts[at].body {
            let html = |at: &&u32| parts.get(**at as usize).is_some_and(is_html);
            at = *parts_in
                .iter()
                .find(html)
                .or(parts_in.first())
                .filter(|next| **next as usize > at)? as usize;
        }
        is_html(&parts[at]).then_some(at)
    });
    let saved = snapshot_of(message);
    let by_place = || find(&|part| saved.is_some() && part.content_location() == saved.as_deref());
    let kind = of("type").map(str::to_ascii_lowercase);
    let by_type = || find(&|part| kind.is_some() && kind == kind_of(part));
    start.or_else(by_place).or_else(by_type).or_else(|| find(&|_| true))
}

fn kind_of(part: &MessagePart<'_>) -> Option<String> {
    let kind = part.content_type()?;
    Some(format!("{}/{}", kind.ctype(), kind.subtype()?).to_ascii_lowercase())
}

/// A relative address at an absolute one.
fn resolved(base: &str, address: &str) -> Option<String> {
    if address.split(['/', '?']).next().is_some_and(|start| start.contains(':')) {
        return Some(address.to_owned());
    }
    let (scheme, rest) = base.split_once("://")?;
    if address.starts_with("//") {
        return Some(format!("{scheme}:{address}"));
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let folder = if address.starts_with('/') {
        ""
    } else {
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    };
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let (way, query) = address.split_at(address.find('?').unwrap_or(address.len()));
    for part in way.trim_start_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(format!("{scheme}://{host}/{}{query}", parts.join("/")))
}

/// Undoes `%E9`.
pub(super) fn percent_decoded(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return text.as_bytes().into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.filter(|_| first == b'%').and_then(|two| str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        rest = if byte.is_some() { &behind[2..] } else { behind };
        bytes.push(byte.unwrap_or(first));
    }
    bytes.into()
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
        let archive = Archive::of(CHROMIUM.as_bytes()).unwrap();
        let page = archive.page().unwrap();
        let html = String::from_utf8(page.html.into_owned()).unwrap();
        assert_eq!(html.trim_end(), "<!DOCTYPE html><p>They’ve handed them in.</p>");
        assert_eq!(page.address.as_deref(), Some("https://a.example/y"));
        let without = CHROMIUM.replace("Content-Location: https://a.example/y\r\n", "");
        let address = Archive::of(without.as_bytes()).unwrap().page().unwrap().address;
        assert_eq!(address.as_deref(), Some("https://a.example/x"));
    }

    #[test]
    fn an_old_archive_says_its_encoding_and_may_have_one_part() {
        let html = "MIME-Version: 1.0\nContent-Type: text/html; charset=\"windows-1252\"\n\
            Content-Transfer-Encoding: base64\n\nPHA+Y2Fm6Q==\n";
        let archive = Archive::of(html.as_bytes()).unwrap();
        let page = archive.page().unwrap();
        assert_eq!(&*page.html, b"<p>caf\xE9");
        assert_eq!(page.charset, Some(encoding_rs::WINDOWS_1252));
    }

    #[test]
    fn what_is_no_archive_is_left_alone() {
        let article = "Update: the officers\n\nContent-Type: is a header of mail";
        for text in
            ["", "<p>x", "Content-Type: text/html", "<p>a: b\n\ncontent-type: text/html", article]
        {
            assert!(Archive::of(text.as_bytes()).is_none(), "{text}");
        }
    }

    /// Of parts with a kind, an id, a place and a text each.
    fn archive(whole: &str, parts: &[(&str, &str, &str, &str)]) -> String {
        let mut archive =
            format!("MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b; {whole}\n\n");
        archive.extend(parts.iter().map(|(kind, id, place, text)| {
            format!("--b\nContent-Type: {kind}\nContent-ID: <{id}>\nContent-Location: {place}\n\n{text}\n")
        }));
        archive + "--b--\n"
    }

    #[test]
    fn the_page_is_the_part_that_the_whole_names() {
        let parts = [
            ("text/html", "ad@x", "https://ads.example/", "<p>ad"),
            ("application/xhtml+xml", "root@x", "https://a.example/x", "<p>page"),
            ("text/plain", "plain@x", "https://a.example/y", "plain"),
        ];
        for (whole, expected) in [
            ("start=\"<root@x>\"; type=\"text/html\"", "<p>page"),
            ("start=root@x", "<p>page"),
            ("type=\"application/xhtml+xml\"", "<p>page"),
            ("type=\"text/html\"", "<p>ad"),
            ("start=\"<plain@x>\"", "<p>ad"),
            ("start=\"<none@x>\"", "<p>ad"),
            ("charset=utf-8", "<p>ad"),
        ] {
            let archive = archive(whole, &parts);
            let archive = Archive::of(archive.as_bytes()).unwrap();
            let page = archive.page().unwrap();
            assert_eq!(String::from_utf8_lossy(&page.html).trim_end(), expected, "{whole}");
        }
    }

    #[test]
    fn only_two_digits_are_a_byte() {
        for (text, expected) in [
            ("%41%4a%4A", "AJJ"),
            ("%+5", "%+5"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%%41%é", "%A%é"),
        ] {
            assert_eq!(String::from_utf8_lossy(&percent_decoded(text)), expected);
        }
    }

    #[test]
    fn very_many_frames_are_found_in_no_time() {
        let names: Vec<String> = (0..20_000).map(|n| format!("https://a.example/{n}")).collect();
        let parts: Vec<_> = names.iter().map(|at| ("text/html", "", &**at, "<p>x")).collect();
        let archive = archive("type=\"text/html\"", &parts);
        let archive = Archive::of(archive.as_bytes()).unwrap();
        let found = names.iter().filter(|name| archive.frame(name, None).is_some()).count();
        assert_eq!(found, names.len() - 1);
    }

    #[test]
    fn a_frame_is_found_by_its_id_and_by_its_place() {
        let parts = [
            ("text/html", "root@x", "https://a.example/news/x", "<p>page"),
            ("text/html", "f 1@x", "https://a.example/frames/f.html?n=1", "<p>frame"),
            ("image/png", "p@x", "https://a.example/p.png", "x"),
        ];
        let archive = archive("type=\"text/html\"", &parts);
        let archive = Archive::of(archive.as_bytes()).unwrap();
        let base = Some("https://a.example/news/x?q");
        for source in [
            "cid:f%201@x",
            "https://a.example/frames/f.html?n=1",
            "//a.example/frames/f.html?n=1#top",
            "/frames/f.html?n=1",
            "../frames/./f.html?n=1",
        ] {
            let frame = archive.frame(source, base).expect(source);
            assert_eq!(frame.html.trim_ascii(), b"<p>frame");
            assert!(archive.frame(source, base).is_none());
            archive.again();
        }
        for other in
            ["", "#a", "cid:root@x", "cid:p@x", "cid:", "f.html", "https://a.example/p.png"]
        {
            assert!(archive.frame(other, base).is_none(), "{other}");
        }
    }
}
