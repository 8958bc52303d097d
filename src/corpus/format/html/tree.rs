//! HTML to a tree, by a parser whose work grows with depth, and which makes much of little where a page
//! was made for it.

use html5ever::{driver, tendril::TendrilSink};
use scraper::{Html, HtmlTreeSink};

/// A browser goes no deeper than 512 elements. The parser looks through all that are open at nearly
/// every tag, so that without a bound a page of a megabyte could take minutes.
const DEEPEST: usize = 5000;

/// Nodes that any page may have, and one more for each of its bytes. Elements for style that are never
/// closed are opened again in every paragraph behind: without a bound a page of 100 kilobytes could fill
/// the memory.
const MOST_NODES: usize = 100_000;

/// Bytes between two looks at depth and number: so many can make it only some hundred deeper.
const STEP: usize = 512;

/// What no page that people read is like.
#[derive(Debug, thiserror::Error)]
pub(in crate::corpus) enum Monstrous {
    #[error("elements are nested more than {DEEPEST} deep")]
    TooDeep,
    #[error("elements that are never closed make more of it than it has bytes")]
    NeverClosed,
}

/// The tree of a page.
pub(in crate::corpus) fn parse(html: &str) -> Result<Html, Monstrous> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = driver::parse_document(sink, driver::ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary(STEP));
        parser.process(piece.into());
        let tree = &parser.tokenizer.sink.sink.0.borrow().tree;
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
