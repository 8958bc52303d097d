//! HTML to a tree, by a parser whose work grows with depth, and which makes much of little where a page
//! was made for it.

use html5ever::{driver, tendril::TendrilSink};
use scraper::{Html, HtmlTreeSink, Node};

use super::attributes::{self, Attributes};

/// A browser goes no deeper than 512 elements. The parser looks through all that are open at nearly
/// every tag, so that without a bound a page of a megabyte could take minutes.
const DEEPEST: usize = 5000;

/// Nodes that any page may have, and one more for each of its bytes. Elements for style that are never
/// closed are opened again in every paragraph behind: without a bound a page of 100 kilobytes could fill
/// the memory.
const MOST_NODES: usize = 100_000;

/// Bytes between two looks at depth and number: so many can make it only some hundred deeper.
const STEP: usize = 512;

/// Bytes of which nothing came up in the tree, from where on they may be a tag of many attributes.
const LONG_TAG: usize = 4 * STEP;

/// What no page that people read is like.
#[derive(Debug, thiserror::Error)]
pub(in crate::corpus) enum Monstrous {
    #[error("elements are nested more than {DEEPEST} deep")]
    TooDeep,
    #[error("elements that are never closed make more of it than it has bytes")]
    NeverClosed,
    #[error("an element has more than {} attributes", attributes::MOST)]
    TooManyAttributes,
}

/// The tree of a page.
pub(in crate::corpus) fn parse(html: &str) -> Result<Html, Monstrous> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = driver::parse_document(sink, driver::ParseOpts::default());
    let mut rest = html;
    let mut size = (0, 0);
    // What may be the tag that is read, and how much of it was looked through.
    let (mut tag, mut attributes, mut counted) = (0, Attributes::default(), 0);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary(STEP));
        parser.process(piece.into());
        let tree = &parser.tokenizer.sink.sink.0.borrow().tree;
        let length = |node: &Node| node.as_text().map_or(0, |text| text.len());
        let grown =
            (tree.nodes().len(), tree.nodes().next_back().map_or(0, |node| length(node.value())));
        let at = html.len() - behind.len();
        if grown != size {
            (size, tag) = (grown, at - piece.len());
            (attributes, counted) = (Attributes::default(), tag);
        } else if at - tag > LONG_TAG {
            if attributes.are_too_many(&html.as_bytes()[counted..at]) {
                return Err(Monstrous::TooManyAttributes);
            }
            counted = at;
        }
        // The node that was made last is where the parser is.
        if tree.nodes().next_back().is_some_and(|node| node.ancestors().count() > DEEPEST) {
            return Err(Monstrous::TooDeep);
        }
        if tree.nodes().len() > MOST_NODES + html.len() {
            return Err(Monstrous::NeverClosed);
        }
        rest = behind;
    }
    Ok(parser.finish())
}
