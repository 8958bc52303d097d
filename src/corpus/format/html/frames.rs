//! The documents in a page's frames, as far as its file has them.

use mail_parser::decoders::base64::base64_decode;
use scraper::node::Element;

use super::{
    encoding,
    mhtml::{Archive, percent_decoded},
};

/// Where documents of frames may be, beside the frame itself.
#[derive(Default)]
pub(super) struct Frames<'a> {
    pub archive: Option<&'a Archive<'a>>,
}

/// What a frame shows.
pub(super) enum Document {
    Text {
        html: String,
        address: Option<String>,
    },
    /// A document that is elsewhere; what it is called.
    Missing(String),
    Nothing,
}

impl Frames<'_> {
    /// The document in a frame of a document that was found at `base`.
    pub fn document(&self, frame: &Element, base: Option<&str>) -> Document {
        if let Some(html) = frame.attr("srcdoc") {
            return Document::Text { html: html.to_owned(), address: None };
        }
        // Of pictures, films and documents nothing is read.
        let other = matches!(frame.name(), "object" | "embed");
        let Some(source) = frame.attr("src").or(frame.attr("data")).map(str::trim) else {
            return Document::Nothing;
        };
        if let Some(html) = of_data(source) {
            return Document::Text { html, address: None };
        }
        if let Some(part) = self.archive.and_then(|archive| archive.frame(source, base)) {
            let html = encoding::decoded(&part.html, part.charset, None).text;
            return Document::Text { html, address: part.address };
        }
        let is_page = !source.is_empty()
            && !source.starts_with("about:")
            && !source.starts_with("javascript:");
        if other || !is_page {
            return Document::Nothing;
        }
        let named = ["title", "name", "id"].iter().filter_map(|name| frame.attr(name));
        let mut names = named.map(str::trim).filter(|name| !name.is_empty());
        let comments = |name: &&str| is_comments(name);
        let name = names.clone().find(comments).or_else(|| is_comments(source).then_some(source));
        let name = name.or_else(|| names.next()).unwrap_or(source);
        Document::Missing(name.chars().take(60).collect())
    }
}

/// Whether a frame by this name or address holds the comments of readers.
pub(super) fn is_comments(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "comment",
        "disqus",
        "discussion",
        "coral",
        "hyvor",
        "spot.im",
        "openweb",
        "viafoura",
        "livefyre",
    ]
    .iter()
    .any(|known| name.contains(known))
}

/// The document in an address that holds it (RFC 2397).
fn of_data(source: &str) -> Option<String> {
    let scheme = source.get(..5)?;
    let (kind, data) = source.get(5..)?.split_once(',')?;
    let kind = kind.to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let is_html = matches!(parts.next(), Some("text/html" | "application/xhtml+xml"));
    if !scheme.eq_ignore_ascii_case("data:") || !is_html {
        return None;
    }
    let is_base64 = kind.ends_with("base64");
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    let charset = charset.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let bytes = percent_decoded(data);
    let bytes = if is_base64 { base64_decode(&bytes)?.into() } else { bytes };
    Some(encoding::decoded(&bytes, charset, None).text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_hold_its_document() {
        for (address, expected) in [
            ("data:text/html,<p>caf%C3%A9", Some("<p>café")),
            ("DATA:text/html;charset=utf-8,%3Cp%3E100%", Some("<p>100%")),
            ("data:text/html;charset=windows-1252,%93no%94", Some("“no”")),
            ("data:text/html;charset=utf-8;base64,PHA+aGk=", Some("<p>hi")),
            ("data:text/html;base64,PHA%2BaGk%3D", Some("<p>hi")),
            ("data:image/png;base64,PHA+aGk=", None),
            ("data:,text", None),
            ("https://a.example/,", None),
            ("dat", None),
        ] {
            assert_eq!(of_data(address).as_deref(), expected, "{address}");
        }
    }
}
