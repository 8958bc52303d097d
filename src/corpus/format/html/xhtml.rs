//! XHTML, which closes elements that HTML leaves open, as HTML.

use std::borrow::Cow;

use memchr::memmem;

/// The namespace of XHTML.
const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Elements that have no end tag in HTML.
const VOID: [&str; 17] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "keygen", "link", "meta", "param", "source", "wbr",
];

/// Elements whose text HTML takes as it is.
const RAW: [&str; 2] = ["script", "style"];

/// The same page in HTML: `<p/>` is `<p></p>`, and CDATA is text. A page is XHTML if its name ends so,
/// or if it says so itself, and its tags are well-formed up to where it ends; all others stay.
pub(super) fn as_html<'a>(name: &str, text: &'a str) -> Cow<'a, str> {
    let closes = memmem::find(text.as_bytes(), b"/>").is_some();
    let cdata = memmem::find(text.as_bytes(), b"<![CDATA[").is_some();
    match (closes || cdata) && (is_named(name) || says_so(text)) {
        true => rewritten(text).map_or(Cow::Borrowed(text), Cow::Owned),
        false => Cow::Borrowed(text),
    }
}

fn is_named(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = [".gz", ".zst", ".xz"].iter().find_map(|ending| name.strip_suffix(ending));
    let name = plain.unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "xhtml" | "xht"))
}

/// By an XML declaration, or by the namespace of its first element.
fn says_so(text: &str) -> bool {
    let start = text.trim_start_matches('\u{FEFF}').trim_start();
    if start.starts_with("<?xml") {
        return true;
    }
    let mut rest = start;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            let Some((_, behind)) = comment.split_once("-->") else { return false };
            rest = behind;
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Tag::of(rest).is_some_and(|tag| tag.attributes.contains(NAMESPACE));
        } else {
            rest = &rest[1..];
        }
    }
    false
}

/// A start tag.
struct Tag<'a> {
    name: &'a str,
    /// All between name and end.
    attributes: &'a str,
    closed: bool,
    behind: &'a str,
}

impl<'a> Tag<'a> {
    /// The tag that begins here, if it is one of XML: with quotation marks around each value.
    fn of(text: &'a str) -> Option<Self> {
        let ends =
            |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '<' | '=' | '"' | '\'');
        let text = text.strip_prefix('<')?;
        let (name, inside) = text.split_at(text.find(ends)?);
        let mut rest = inside;
        loop {
            let at = rest.trim_ascii_start();
            let closed = at.starts_with("/>");
            if closed || at.starts_with('>') {
                let attributes = &inside[..inside.len() - at.len()];
                let behind = &at[1 + usize::from(closed)..];
                return Some(Self { name, attributes, closed, behind });
            }
            // An attribute has white space before it.
            let length = at.find(ends).filter(|length| *length > 0 && at.len() < rest.len())?;
            let value = at[length..].trim_ascii_start().strip_prefix('=')?.trim_ascii_start();
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            rest = value[1..].split_once(quote)?.1;
        }
    }
}

/// Nothing if it is not well-formed.
fn rewritten(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let raw = open.last().filter(|name| RAW.contains(name));
        // Scripts that were written for HTML have this in them; nothing else in them is a tag.
        if raw.is_some_and(|name| {
            let ends = rest.strip_prefix("</").is_some_and(|end| end.starts_with(name));
            !ends && !rest.starts_with("<!--") && !rest.starts_with("<![CDATA[")
        }) {
            out.push('<');
            rest = &rest[1..];
            continue;
        }
        let raw = raw.is_some();
        if let Some(comment) = rest.strip_prefix("<!--") {
            let (comment, behind) = comment.split_once("-->").unwrap_or((comment, ""));
            // Within a script HTML has no comments. One that ends early there would show its rest.
            if raw {
                out.push_str(&comment.replace("</", "<\\/"));
            }
            rest = behind;
        } else if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let (data, behind) = data.split_once("]]>").unwrap_or((data, ""));
            if raw {
                out.push_str(&data.replace("</", "<\\/"));
            } else {
                out.push_str(&data.replace('&', "&amp;").replace('<', "&lt;"));
            }
            rest = behind;
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            rest = instruction.split_once("?>").map_or("", |(_, behind)| behind);
        } else if rest.starts_with("<!") {
            out.push_str("<!DOCTYPE html>");
            rest = behind_doctype(rest)?;
        } else if let Some(end) = rest.strip_prefix("</") {
            let (name, behind) = end.split_once('>')?;
            let name = name.trim_ascii_end();
            if open.pop()? != name {
                return None;
            }
            if !VOID.contains(&name) {
                out.extend(["</", name, ">"]);
            }
            rest = behind;
        } else {
            let Some(tag) = Tag::of(rest) else {
                // It may have been cut here.
                return (!rest.contains('>')).then_some(out);
            };
            let Tag { name, attributes, closed, behind } = tag;
            if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                return None;
            }
            out.extend(["<", name, attributes, ">"]);
            if !closed {
                open.push(name);
            } else if !VOID.contains(&name) {
                out.extend(["</", name, ">"]);
            }
            rest = behind;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// What is behind a declaration, and behind the entities in it.
fn behind_doctype(text: &str) -> Option<&str> {
    let end = text.find(['>', '['])?;
    match text[end..].strip_prefix('[') {
        Some(subset) => Some(subset.split_once(']')?.1.split_once('>')?.1),
        None => Some(&text[end + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xhtml_closes_is_closed_in_html() {
        for (xhtml, html) in [
            ("<p/>", "<p></p>"),
            ("<script src='a>b.js' />x", "<script src='a>b.js' ></script>x"),
            ("<br/><br></br><img alt=\"/>\"/>", "<br><br><img alt=\"/>\">"),
            ("<!-- <p/> --><p>x<!-- > --></p>", "<p>x</p>"),
            ("<p><![CDATA[a < b & <i>]]></p>", "<p>a &lt; b &amp; &lt;i></p>"),
            (
                "<script><![CDATA[if (a < b) '</script>']]></script>",
                "<script>if (a < b) '<\\/script>'</script>",
            ),
            ("<script>if (a < b) '<b>'</script><p/>", "<script>if (a < b) '<b>'</script><p></p>"),
            ("<!DOCTYPE html [<!ENTITY a \"b\">]><p/>", "<!DOCTYPE html><p></p>"),
            ("<?xml version='1.0'?><title/><p>cut", "<title></title><p>cut"),
            ("<p/><p class=\"cu", "<p></p>"),
            ("<a:b c:d='e'/>", "<a:b c:d='e'></a:b>"),
        ] {
            assert_eq!(as_html("t.xhtml", xhtml), html);
        }
    }

    #[test]
    fn what_is_no_xhtml_stays_as_it_is() {
        for html in [
            "<p/><div></p>",
            "<p/><br>x</p>",
            "<p/><a href=b>c</a>",
            "<p/><input checked>",
            "<p/></p>",
            "<p/>a <1> b",
        ] {
            assert_eq!(as_html("t.xhtml", html), html);
        }
        let of = |text: &str| as_html("t.html", text).contains("</p>");
        assert!(!of("<html><p/></html>") && !of("<!-- http://www.w3.org/1999/xhtml --><p/>"));
        assert!(of(
            "<!DOCTYPE html PUBLIC 'x'>\n<!-- c --><html lang='en' xmlns='http://www.w3.org/1999/xhtml'><p/></html>"
        ));
        assert!(of("<?xml version='1.0'?><html><p/></html>"));
        assert!(as_html("t.XHTML.gz", "<p/>").contains("</p>"));
    }
}
