//! The way through a page as a browser shows it: with shadow trees and their slots, and with the documents
//! in its frames.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    vec,
};

use ego_tree::{NodeId, NodeRef, iter};
use scraper::{Html, Node, node::Element};

use super::{
    blocks::{Blocks, Edge, Inside},
    elements::{Class, Kind, is_emoji, kind},
    frames::{Document, Frames},
    style::{Display, Lines, Style},
    tree::{self, Monstrous},
};

/// What is read beside what is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// Text that is hidden by the own style of an element, or by `hidden`.
    pub hidden: bool,
    /// Text for where scripts do not run.
    pub noscript: bool,
}

/// What was found on a page.
#[derive(Default)]
pub(super) struct Found {
    pub blocks: Blocks,
    /// Words that are hidden.
    pub hidden: usize,
    /// Of those, words of comments.
    pub hidden_comments: usize,
    /// Words in `<noscript>`, if that is read; else the bytes of it.
    pub noscript: usize,
    /// Frames whose document is not there, by what they are called.
    pub missing: Vec<String>,
}

/// Frames in frames at most.
const MOST_FRAMES: usize = 8;

/// Words of a text; a character of a script without spaces is one.
pub(super) fn words(text: &str) -> usize {
    let is_word = |word: &&str| word.contains(char::is_alphanumeric);
    let wide = |c: &char| matches!(c, '\u{3040}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}');
    text.split_whitespace().filter(is_word).count() + text.chars().filter(wide).count()
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sight {
    #[default]
    Seen,
    /// Hidden, but what is in it may be made visible again.
    Invisible,
    Hidden,
}

/// What an element hands on to what is in it.
#[derive(Clone, Copy, Default)]
struct Around {
    sight: Sight,
    lines: Lines,
    code: bool,
    /// Each child is a block.
    items: bool,
    /// The comments of readers.
    comments: bool,
    /// The shadow tree; 0 is none.
    scope: usize,
}

/// What is left to do for an element that is open.
#[derive(Clone, Copy)]
enum End {
    Nothing,
    Block,
    Inline(Inside),
}

enum Children<'a> {
    Own(iter::Children<'a, Node>),
    Slotted(vec::IntoIter<NodeRef<'a, Node>>),
}

impl<'a> Iterator for Children<'a> {
    type Item = NodeRef<'a, Node>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Own(own) => own.next(),
            Self::Slotted(nodes) => nodes.next(),
        }
    }
}

/// A shadow tree that is shown.
#[derive(Default)]
struct Scope<'a> {
    outer: usize,
    /// What stands at which slot.
    slots: HashMap<&'a str, Vec<NodeRef<'a, Node>>>,
}

struct Walk<'a, 'f> {
    rules: Rules,
    found: &'f mut Found,
    frames: &'f Frames<'f>,
    /// Where this document was found, and in how many frames it is.
    base: Option<&'f str>,
    deep: usize,
    shadows: HashMap<NodeId, NodeRef<'a, Node>>,
    scopes: Vec<Scope<'a>>,
}

/// Reads a document, and those in its frames.
pub(super) fn read(
    document: &Html,
    base: Option<&str>,
    frames: &Frames<'_>,
    rules: Rules,
) -> Result<Found, Monstrous> {
    let mut found = Found::default();
    walk(document, Lines::default(), base, 0, frames, rules, &mut found)?;
    Ok(found)
}

fn walk(
    document: &Html,
    lines: Lines,
    base: Option<&str>,
    deep: usize,
    frames: &Frames<'_>,
    rules: Rules,
    found: &mut Found,
) -> Result<(), Monstrous> {
    let (shadows, scopes) = (shadows(document), vec![Scope::default()]);
    let mut walk = Walk { rules, found, frames, base, deep, shadows, scopes };
    // By hand and not by recursion: pages may be nested thousands deep.
    let root = document.tree.root();
    let mut open =
        vec![(Children::Own(root.children()), Around { lines, ..Around::default() }, End::Nothing)];
    while let Some((children, around, _)) = open.last_mut() {
        let around = *around;
        match children.next() {
            None => {
                if let Some((.., end)) = open.pop() {
                    walk.close(end);
                }
            }
            Some(node) => match node.value() {
                Node::Text(text) => walk.text(text, around),
                Node::Element(element) => open.extend(walk.open(node, element, around)?),
                _ => {}
            },
        }
    }
    walk.found.blocks.end();
    Ok(())
}

/// The shadow trees of a document, by the elements that have them.
fn shadows(document: &Html) -> HashMap<NodeId, NodeRef<'_, Node>> {
    let mut shadows = HashMap::new();
    for node in document.tree.root().descendants() {
        let Some(template) = node.value().as_element() else { continue };
        if template.name() == "template"
            && is_shadow(template)
            && let (Some(host), Some(shadow)) = (node.parent(), node.first_child())
        {
            shadows.entry(host.id()).or_insert(shadow);
        }
    }
    shadows
}

/// By the standard, as Chromium writes it into archives, and as it was before the standard.
fn is_shadow(template: &Element) -> bool {
    ["shadowrootmode", "shadowmode", "shadowroot"].iter().any(|name| {
        let mode = template.attr(name).unwrap_or_default();
        ["open", "closed"].iter().any(|known| mode.eq_ignore_ascii_case(known))
    })
}

/// Whether a shadow tree has a slot of its own.
fn has_slot(shadow: NodeRef<'_, Node>) -> bool {
    let mut open = vec![shadow.children()];
    while let Some(children) = open.last_mut() {
        match children.next() {
            None => drop(open.pop()),
            Some(node) => match node.value().as_element().map(Element::name) {
                Some("slot") => return true,
                Some("template") => {}
                _ => open.push(node.children()),
            },
        }
    }
    false
}

impl<'a> Walk<'a, '_> {
    fn text(&mut self, text: &str, around: Around) {
        if around.sight == Sight::Seen {
            self.found.blocks.text(text, around.lines, around.code);
        } else {
            let words = words(text);
            self.found.hidden += words;
            self.found.hidden_comments += if around.comments { words } else { 0 };
        }
    }

    /// What of an element is to be read; nothing if none of it is seen.
    #[allow(clippy::type_complexity, reason = "it has no name elsewhere")]
    fn open(
        &mut self,
        node: NodeRef<'a, Node>,
        element: &'a Element,
        around: Around,
    ) -> Result<Option<(Children<'a>, Around, End)>, Monstrous> {
        let name = element.name();
        let kind = kind(name);
        if matches!(kind, Kind::Unseen | Kind::Template) {
            return Ok(None);
        }
        let style = element.attr("style").map(Style::of).unwrap_or_default();
        let closed_dialog = name == "dialog" && element.attr("open").is_none();
        if closed_dialog && matches!(style.display, None | Some(Display::None)) {
            return Ok(None);
        }
        let mut inner = Around { sight: self.sight(element, style, around.sight), ..around };
        inner.comments |= inner.sight != Sight::Seen && (around.comments || is_comments(element));
        let native = matches!(kind, Kind::Block | Kind::Control | Kind::Verbatim);
        let contents = style.display == Some(Display::Contents) || kind == Kind::Slot;
        inner.items = style.display == Some(Display::Items) || contents && around.items;
        inner.code |= matches!(kind, Kind::Code | Kind::Verbatim);
        inner.lines = match style.lines {
            _ if kind == Kind::Verbatim => Lines::Verbatim,
            Some(Lines::Breaks) if around.lines == Lines::Verbatim => Lines::Verbatim,
            Some(own) => own,
            None => around.lines,
        };
        let children = match self.shadows.get(&node.id()) {
            Some(&shadow) => self.host(node, shadow, &mut inner),
            None if kind == Kind::Head => {
                // Without tags of their own, what a page has before its text is in here.
                let is_noscript = |node: &NodeRef<'_, Node>| {
                    node.value().as_element().is_some_and(|element| element.name() == "noscript")
                };
                let own: Vec<_> = node.children().filter(is_noscript).collect();
                Children::Slotted(own.into_iter())
            }
            None if kind == Kind::Slot => self.slot(node, element, &mut inner),
            None => Children::Own(node.children()),
        };
        if inner.sight != Sight::Seen {
            return Ok(Some((children, inner, End::Nothing)));
        }
        match kind {
            Kind::Break => {
                self.found.blocks.line_ends();
                return Ok(None);
            }
            Kind::Image => {
                if let Some(alt) = element.attr("alt").filter(|alt| is_emoji(alt)) {
                    self.found.blocks.text(alt, Lines::Collapsed, true);
                }
                return Ok(None);
            }
            Kind::Frame => {
                self.frame(element)?;
                return Ok(None);
            }
            Kind::Noscript => {
                self.noscript(node)?;
                return Ok(None);
            }
            _ => {}
        }
        let is_block = match style.display {
            _ if kind == Kind::Control || kind == Kind::Verbatim => true,
            _ if contents => false,
            _ if around.items => true,
            // A letter that floats is an initial.
            Some(Display::Block | Display::Items) => native || !style.floats,
            // An item of a list is one on whatever line; and nothing that floats is in a line.
            Some(Display::Inline) => native && (style.floats || is_item(name)),
            _ => native || kind == Kind::Inline(Class::Custom) && is_row(node),
        };
        let end = if is_block {
            self.found.blocks.end();
            End::Block
        } else {
            let class = match kind {
                _ if contents => Class::None,
                Kind::Inline(class) => class,
                Kind::Code => Class::Format,
                _ => Class::Inlined,
            };
            End::Inline(self.found.blocks.enter(edge(element, class)))
        };
        // A button's label is text like any other.
        if name == "input" {
            let kind = element.attr("type").unwrap_or("text").to_ascii_lowercase();
            if matches!(&*kind, "button" | "reset" | "submit") {
                let value = element.attr("value").unwrap_or_default();
                self.found.blocks.text(value, Lines::Collapsed, true);
            }
        }
        Ok(Some((children, inner, end)))
    }

    fn close(&mut self, end: End) {
        match end {
            End::Nothing => {}
            End::Block => self.found.blocks.end(),
            End::Inline(inside) => self.found.blocks.leave(inside),
        }
    }

    fn sight(&self, element: &Element, style: Style, around: Sight) -> Sight {
        let until_found = |how: &str| how.eq_ignore_ascii_case("until-found");
        let hidden = element.attr("hidden").is_some_and(|how| !until_found(how));
        if self.rules.hidden {
            Sight::Seen
        } else if around == Sight::Hidden || hidden || style.display == Some(Display::None) {
            Sight::Hidden
        } else {
            match style.visible {
                Some(true) => Sight::Seen,
                Some(false) => Sight::Invisible,
                None => around,
            }
        }
    }

    /// What is shown of an element that has a shadow tree: that tree, with the element's own children at
    /// its slots; if it has none, behind it.
    fn host(
        &mut self,
        node: NodeRef<'a, Node>,
        shadow: NodeRef<'a, Node>,
        inner: &mut Around,
    ) -> Children<'a> {
        let mut slots: HashMap<&str, Vec<NodeRef<'_, Node>>> = HashMap::new();
        let mut own = Vec::new();
        for child in node.children() {
            let slot = match child.value() {
                Node::Element(element) => element.attr("slot").unwrap_or_default(),
                Node::Text(_) => "",
                _ => continue,
            };
            own.push(child);
            slots.entry(slot).or_default().push(child);
        }
        if !has_slot(shadow) {
            return Children::Slotted(shadow.children().chain(own).collect::<Vec<_>>().into_iter());
        }
        self.scopes.push(Scope { outer: inner.scope, slots });
        inner.scope = self.scopes.len() - 1;
        Children::Own(shadow.children())
    }

    /// What stands at a slot: what is meant for it, else what is in it.
    fn slot(
        &mut self,
        node: NodeRef<'a, Node>,
        slot: &Element,
        inner: &mut Around,
    ) -> Children<'a> {
        let scope = &mut self.scopes[inner.scope];
        match scope.slots.remove(slot.attr("name").unwrap_or_default()) {
            Some(nodes) => {
                inner.scope = scope.outer;
                Children::Slotted(nodes.into_iter())
            }
            None => Children::Own(node.children()),
        }
    }

    /// Reads the document in a frame.
    fn frame(&mut self, element: &Element) -> Result<(), Monstrous> {
        let tiny = |name| {
            let size = element.attr(name).map(|size| size.trim().trim_end_matches("px"));
            matches!(size, Some("0" | "1"))
        };
        if tiny("width") || tiny("height") {
            return Ok(());
        }
        let found = (self.deep < MOST_FRAMES).then(|| self.frames.document(element, self.base));
        match found {
            Some(Document::Text { html, address }) => {
                let document = tree::parse(&html)?;
                self.found.blocks.end();
                let base = address.as_deref().or(self.base);
                let (frames, rules, deep) = (self.frames, self.rules, self.deep + 1);
                walk(&document, Lines::default(), base, deep, frames, rules, self.found)
            }
            Some(Document::Missing(name)) => {
                self.found.missing.push(name);
                Ok(())
            }
            Some(Document::Nothing) | None => Ok(()),
        }
    }

    /// Reads what stands where no scripts run, but for the request to let them run.
    fn noscript(&mut self, node: NodeRef<'a, Node>) -> Result<(), Monstrous> {
        let text: String =
            node.children().filter_map(|child| child.value().as_text()).map(|t| &**t).collect();
        if !self.rules.noscript {
            self.found.noscript += text.len();
            return Ok(());
        }
        let document = tree::parse(&text)?;
        let mut inner = Found::default();
        // In there nobody waits for scripts, nor does a frame show more than the page; and one in another is
        // not read, or they could be nested without end.
        let rules = Rules { noscript: false, ..self.rules };
        walk(&document, Lines::default(), None, MOST_FRAMES, self.frames, rules, &mut inner)?;
        self.found.blocks.end();
        for block in inner.blocks.done {
            let n = words(&block);
            let lower = block.to_lowercase();
            if n < 40 && ["javascript", "java script"].iter().any(|name| lower.contains(name)) {
                continue;
            }
            self.found.noscript += n;
            self.found.blocks.done.push(block);
        }
        Ok(())
    }
}

fn edge(element: &Element, class: Class) -> Edge {
    let link = match class {
        Class::Link => {
            let mut hasher = DefaultHasher::new();
            element.attr("href").hash(&mut hasher);
            hasher.finish()
        }
        _ => 0,
    };
    Edge { class, raised: matches!(element.name(), "sup" | "sub"), link }
}

fn is_item(name: &str) -> bool {
    matches!(name, "caption" | "dd" | "dt" | "li" | "td" | "th" | "tr")
}

/// Whether an element of the page's own making stands in a row of such, with no text between them.
fn is_row(node: NodeRef<'_, Node>) -> bool {
    let is_custom = |node: &NodeRef<'_, Node>| {
        let name = node.value().as_element().map(Element::name);
        name.is_some_and(|name| kind(name) == Kind::Inline(Class::Custom))
    };
    let shows = |node: &NodeRef<'_, Node>| match node.value() {
        Node::Text(text) => !text.trim().is_empty(),
        Node::Element(_) => true,
        _ => false,
    };
    let beside = [node.prev_siblings().find(shows), node.next_siblings().find(shows)];
    beside.iter().flatten().any(is_custom)
        && beside.iter().flatten().all(|node| node.value().is_element())
}

/// Whether an element calls itself the comments of a page.
fn is_comments(element: &Element) -> bool {
    let names = ["id", "class", "itemprop"];
    names.iter().filter_map(|name| element.attr(name)).any(|name| {
        let name = name.to_ascii_lowercase();
        ["comment", "discussion", "replies", "disqus"].iter().any(|known| name.contains(known))
    })
}

/// The passages of a text that may be HTML, each line one.
pub(super) fn of_text(text: &str, found: &mut Found) -> Result<(), Monstrous> {
    let document = tree::parse(text)?;
    let frames = Frames::default();
    walk(&document, Lines::Breaks, None, MOST_FRAMES, &frames, Rules::default(), found)
}
