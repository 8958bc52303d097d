//! Addresses of pages, as pages and archives give them.

/// An address that can be looked up: `href` as it stands in a page, which is at `base`. Nothing for what
/// leads nowhere on the web, and where a relative one has no base. Copies in web archives have the address of
/// what they are copies of.
pub(super) fn resolved(href: &str, base: Option<&str>) -> Option<String> {
    let href = href.trim();
    if let Some(original) = archived(href) {
        return Some(original);
    }
    let (scheme, rest) = match scheme_of(href) {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if href.starts_with("//") => return joined(href, base.unwrap_or_default()),
        None => return joined(href, base?),
    };
    let leads = ["http", "https"].contains(&&*scheme)
        && rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    leads.then(|| href.to_owned())
}

/// The scheme of an absolute address, and what is behind its colon.
fn scheme_of(href: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = href.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some((scheme, rest))
}

/// A relative address on a page at `base`.
fn joined(href: &str, base: &str) -> Option<String> {
    if let Some(rest) = href.strip_prefix("//") {
        let scheme = scheme_of(base).map_or("https", |(scheme, _)| scheme);
        return (!rest.is_empty()).then(|| format!("{scheme}://{rest}"));
    }
    let (scheme, rest) = base.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if href.is_empty() || authority.is_empty() {
        return None;
    }
    let (path, query) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    let path = if path.is_empty() { "/" } else { path };
    let tail = href.find(['?', '#']).unwrap_or(href.len());
    let (own, behind) = href.split_at(tail);
    if own.is_empty() {
        let query = if behind.starts_with('#') { query.split('#').next()? } else { "" };
        return Some(format!("{scheme}://{authority}{path}{query}{behind}"));
    }
    let folder = &path[..=path.rfind('/')?];
    let whole = if own.starts_with('/') { own.to_owned() } else { format!("{folder}{own}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/').skip(1) {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    if whole.ends_with("/.") || whole.ends_with("/..") {
        parts.push("");
    }
    Some(format!("{scheme}://{authority}/{}{behind}", parts.join("/")))
}

/// Hosts that keep copies of pages, under addresses that end in the page's own.
const ARCHIVES: [&str; 7] = [
    "archive.org/web/",
    "archive.ph/",
    "archive.today/",
    "archive.is/",
    "archive.md/",
    "archive.fo/",
    "archive.vn/",
];

/// The address of what this is a copy of, be it that of a copy.
fn archived(href: &str) -> Option<String> {
    let from = |at: usize| -> Option<&str> {
        // The time of the copy, as 20230926120000 or 2023id_.
        let (time, page) = href[at..].split_once('/')?;
        let is_time = time.starts_with(|c: char| c.is_ascii_digit())
            && time.chars().all(|c| c.is_ascii_alphanumeric() || "_-*.".contains(c));
        is_time.then_some(page)
    };
    let start = if href.starts_with("/web/") {
        "/web/".len()
    } else {
        let (_, rest) = href.split_once("//")?;
        let name = ARCHIVES.iter().find_map(|name| {
            let at = rest.find(name)?;
            let is_host = !rest[..at].contains('/') && (at == 0 || rest[..at].ends_with('.'));
            is_host.then_some(at + name.len())
        })?;
        href.len() - rest.len() + name
    };
    let page = from(start)?;
    let (scheme, rest) = scheme_of(page)?;
    let rest = rest.trim_start_matches('/');
    let scheme = scheme.to_ascii_lowercase();
    (["http", "https"].contains(&&*scheme) && !rest.is_empty())
        .then(|| format!("{scheme}://{rest}"))
}

/// Where a page was saved from, as a comment in it says: those of browsers ("saved from url="), of SingleFile,
/// monolith and HTTrack.
pub(super) fn saved_from(comment: &str) -> Option<String> {
    let comment = comment.trim();
    let word_behind = |mark: &str| {
        let at = comment.find(mark)? + mark.len();
        comment[at..].split_whitespace().next()
    };
    if let Some(rest) = comment.strip_prefix("saved from url=(") {
        return resolved(rest.split_once(')')?.1, None);
    }
    if comment.starts_with("Page saved with SingleFile") {
        return resolved(word_behind("url:")?, None);
    }
    if comment.starts_with("Saved from ") && comment.contains("monolith") {
        return resolved(word_behind("Saved from ")?, None);
    }
    if comment.contains("by HTTrack") {
        let from = word_behind("Mirrored from ")?;
        return resolved(from, None).or_else(|| resolved(&format!("https://{from}"), None));
    }
    None
}

/// The host of an address, without `www.`.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whole_or_none() {
        let base = Some("https://www.a.example/news/2023/index.html?x=1#top");
        for (href, expected) in [
            ("https://b.example/x", Some("https://b.example/x")),
            ("//b.example/x", Some("https://b.example/x")),
            ("/permits?y=2", Some("https://www.a.example/permits?y=2")),
            ("permits.html", Some("https://www.a.example/news/2023/permits.html")),
            ("../permits/", Some("https://www.a.example/news/permits/")),
            ("./.././../../x", Some("https://www.a.example/x")),
            ("?page=2", Some("https://www.a.example/news/2023/index.html?page=2")),
            ("a:b", None),
            ("javascript:void(0)", None),
            ("file:///home/x.html", None),
            ("about:blank", None),
            ("https://", None),
        ] {
            assert_eq!(resolved(href, base).as_deref(), expected, "{href}");
        }
        for href in ["/x", "x.html", ""] {
            assert_eq!(resolved(href, None), None, "{href}");
        }
        assert_eq!(resolved("x", Some("http://a.example")).as_deref(), Some("http://a.example/x"));
    }

    #[test]
    fn a_copy_has_the_address_of_its_page() {
        for href in [
            "https://web.archive.org/web/20230926120000/https://a.example/x?y=1",
            "http://web.archive.org/web/2023id_/https://a.example/x?y=1",
            "//web.archive.org/web/20230926/https:/a.example/x?y=1",
            "/web/20230926120000/https://a.example/x?y=1",
            "https://archive.ph/2023.09.26-120000/https://a.example/x?y=1",
        ] {
            assert_eq!(resolved(href, None).as_deref(), Some("https://a.example/x?y=1"), "{href}");
        }
        let own = "https://archive.org/details/x";
        assert_eq!(resolved(own, None).as_deref(), Some(own));
    }

    #[test]
    fn comments_say_where_a_page_was_saved_from() {
        let expected = Some("https://a.example/x");
        for comment in [
            " saved from url=(0019)https://a.example/x ",
            "\n Page saved with SingleFile \n url: https://a.example/x \n saved date: Tue Sep 26 2023\n",
            " Saved from https://a.example/x at 2023-09-26T12:00:00Z using monolith v2.7.0 ",
            " Mirrored from a.example/x by HTTrack Website Copier/3.x [XR&CO'2014], Tue ",
        ] {
            assert_eq!(saved_from(comment).as_deref(), expected, "{comment}");
        }
        for comment in [" saved from url=(0014)about:internet ", " url: https://a.example/x ", ""] {
            assert_eq!(saved_from(comment), None, "{comment}");
        }
    }
}
