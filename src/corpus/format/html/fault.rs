//! Why a page has nothing to read.

use scraper::{Html, Node};

use super::super::sniff;
use crate::{
    error::{Error, Place, Result},
    input::content,
};

/// Why nothing on a page is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blank {
    Redirect,
    Frames,
    Hidden,
    Scripts,
    Nothing,
}

impl Blank {
    /// Of a page on which nothing was seen.
    pub fn of(document: &Html) -> Self {
        let (mut scripts, mut hidden) = (false, false);
        for node in document.tree.root().descendants() {
            match node.value() {
                Node::Element(element) => match element.name() {
                    "frameset" => return Self::Frames,
                    "meta" if is_refresh(element) => return Self::Redirect,
                    "script" => scripts = true,
                    _ => {}
                },
                Node::Text(text) if !hidden && !text.trim().is_empty() => {
                    let mut around = node.ancestors().filter_map(|at| at.value().as_element());
                    hidden = !around.any(|element| NO_TEXT.contains(&element.name()));
                }
                _ => {}
            }
        }
        match (hidden, scripts) {
            (true, _) => Self::Hidden,
            (false, true) => Self::Scripts,
            (false, false) => Self::Nothing,
        }
    }

    pub fn problem(self) -> &'static str {
        match self {
            Self::Redirect => "the page has no visible text (it leads to another page)",
            Self::Frames => "the page has no visible text (only frames)",
            Self::Hidden => "the page has no visible text (all of it is hidden)",
            Self::Scripts => "the page has no visible text (drawn by scripts)",
            Self::Nothing => "the page has no visible text",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            Self::Redirect => "save the page that it leads to",
            Self::Frames => "save the pages in its frames",
            Self::Hidden | Self::Scripts => {
                "save the page from a browser once it has loaded, or its text as .txt"
            }
            Self::Nothing => "save the page again, or leave it out",
        }
    }
}

/// Elements in which text is none of the page's.
const NO_TEXT: [&str; 6] = ["head", "noscript", "script", "style", "template", "title"];

fn is_refresh(element: &scraper::node::Element) -> bool {
    let is = element.attr("http-equiv").is_some_and(|how| how.eq_ignore_ascii_case("refresh"));
    is && element.attr("content").is_some_and(|to| to.to_ascii_lowercase().contains("url"))
}

/// Refuses what is no page: images, documents, feeds.
pub(super) fn refuse(name: &str, bytes: &[u8], given: bool) -> Result<()> {
    if crate::input::Encoding::wide(bytes).is_none()
        && let Some(error) = content::refused(name, bytes, given || is_wide(bytes))
    {
        return Err(error);
    }
    match sniff::Content::of(bytes) {
        Some(sniff::Content::Feed) => {
            Err(Error::page(Place::file(name), sniff::FEED, sniff::FEED_HELP))
        }
        _ => Ok(()),
    }
}

/// Whether a byte order mark says that NULs are part of it.
fn is_wide(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
}
