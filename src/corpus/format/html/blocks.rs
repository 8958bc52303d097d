//! The blocks of a page as they are found.

use super::{
    elements::Class,
    style::Lines,
    touch::{Edges, Gap},
};

#[derive(Default)]
pub(super) struct Blocks {
    pub done: Vec<String>,
    /// What there is of the block that is open.
    open: String,
    /// White space follows that is not yet written.
    space: bool,
    /// Lines that ended since the last text.
    breaks: usize,
    /// Where in `open` the text behind the last edge of an inline element begins.
    piece: usize,
    edges: Edges,
    /// Characters that were written.
    written: usize,
}

/// What an inline element is to the text around it.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub class: Class,
    pub raised: bool,
    /// Of a link, where it leads.
    pub link: u64,
}

/// An inline element that is open.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    edge: Edge,
    before: Edges,
    written: usize,
}

impl Blocks {
    /// Text within a page; `code` is text of which nothing is a word of its own.
    pub fn text(&mut self, text: &str, lines: Lines, code: bool) {
        if lines == Lines::Collapsed {
            return self.inline(text, lines, code);
        }
        let ends = ['\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];
        let mut rest = text;
        while let Some(at) = rest.find(ends) {
            self.inline(&rest[..at], lines, code);
            self.line_ends();
            rest = &rest[at..];
            let end = rest.chars().next().map_or(0, char::len_utf8);
            rest = rest.strip_prefix("\r\n").unwrap_or(&rest[end..]);
        }
        self.inline(rest, lines, code);
    }

    fn inline(&mut self, text: &str, lines: Lines, code: bool) {
        for (at, character) in text.char_indices() {
            if character.is_whitespace() {
                self.space = true;
                continue;
            }
            // A line that goes on in lower case was broken to be short.
            let goes_on =
                self.breaks == 1 && (lines == Lines::Verbatim || character.is_lowercase());
            if self.breaks > 0 && !goes_on {
                self.end();
            }
            if !self.edges.are_none() {
                self.cross(&text[at..], code);
            }
            if self.space && !self.open.is_empty() {
                self.open.push(' ');
            }
            (self.space, self.breaks) = (false, 0);
            self.open.push(character);
            self.written += 1;
        }
    }

    /// Goes over the edges between the text so far and this.
    fn cross(&mut self, behind: &str, code: bool) {
        let edges = std::mem::take(&mut self.edges);
        if !self.space && !code {
            match edges.gap(&self.open[self.piece..], behind) {
                Gap::None => {}
                Gap::Space => self.space = true,
                Gap::Block => self.end(),
            }
        }
        self.piece = self.open.len() + usize::from(self.space && !self.open.is_empty());
    }

    pub fn line_ends(&mut self) {
        self.space = true;
        self.breaks += 1;
    }

    pub fn enter(&mut self, edge: Edge) -> Inside {
        let before = self.edges;
        self.edges.opened = self.edges.opened.max(edge.class);
        self.edges.raised |= edge.raised;
        if edge.class == Class::Link {
            self.edges.links[1] = edge.link;
        }
        Inside { edge, before, written: self.written }
    }

    pub fn leave(&mut self, inside: Inside) {
        let Inside { edge, before, written } = inside;
        if written == self.written {
            // There was nothing in it, and it parts nothing.
            self.edges = before;
            return;
        }
        self.edges.closed = self.edges.closed.max(edge.class);
        self.edges.raised |= edge.raised;
        if edge.class == Class::Link {
            self.edges.links[0] = edge.link;
        }
    }

    pub fn end(&mut self) {
        if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open));
        }
        (self.space, self.breaks, self.piece) = (false, 0, 0);
        self.edges = Edges::default();
    }
}
