//! HTML to a tree, by a parser whose work grows with depth.

use html5ever::{driver, tendril::TendrilSink};
use scraper::{Html, HtmlTreeSink};

/// A browser goes no deeper than 512 elements. The parser looks through all that are open at nearly
/// every tag, so that without a bound a page of a megabyte could take minutes.
pub(super) const DEEPEST: usize = 5000;

/// Bytes between two looks at the depth: so many can make it only some thousand deeper.
const STEP: usize = 4096;

/// The tree of a page, unless it is nested too deep.
pub(super) fn parse(html: &str) -> Option<Html> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = driver::parse_document(sink, driver::ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary(STEP));
        parser.process(piece.into());
        let tree = &parser.tokenizer.sink.sink.0.borrow().tree;
        // What was made last stands where the parser is.
        if tree.nodes().next_back().is_some_and(|node| node.ancestors().count() > DEEPEST) {
            return None;
        }
        rest = behind;
    }
    Some(parser.finish())
}
