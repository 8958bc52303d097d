//! Saved web pages to passages: every block of visible text, in order. Menus and footers are kept: the
//! model tells boilerplate from the rest.

mod address;
mod encoding;
mod fault;
mod head;
mod http;
mod json_ld;
mod mhtml;
mod tree;

use std::sync::Arc;

use scraper::{Node, node::Element};

use super::{
    page::{HTML_COLUMNS, PageReader},
    reader::{Format, Options, Reader},
    text::Passage,
};
use crate::{
    corpus::{cell::Cell, row::Row},
    error::{Error, Place, Result},
    input::{Encoding, Input, empty},
};
use encoding::Decoded;
use head::Head;

pub(super) const FORMAT: Format = Format::page("html", "HTML", &HTML_COLUMNS, open)
    .endings(&["html", "htm", "xhtml", "mhtml", "mht"])
    .about("A saved web page");

fn open<'a>(input: &Input<'a>, options: &Options, _: Vec<String>) -> Result<Box<dyn Reader + 'a>> {
    let bytes = input.read(options.max_page)?;
    let encoding = input.encoding().or(options.encoding);
    let page = HtmlPage::from_bytes(input.name(), &bytes, encoding)?;
    if let Some(blank) = &page.blank {
        return Err(Error::page(Place::file(&**input.name()), blank.problem(), blank.help()));
    }
    let notes = page.notes(input.name());
    let rows = page.into_rows(input.name(), input.name());
    Ok(Box::new(PageReader::new(&HTML_COLUMNS, rows, notes)))
}

/// A page as it was saved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HtmlPage {
    /// Its visible text, block by block. `line` is 0: a block's line is not known.
    pub passages: Vec<Passage>,
    /// What its head says of it: `og:title`, else the headline of its JSON-LD, else `<title>`; none that
    /// is the site's name, and no headline that has no word in common with `<title>` and `<h1>`.
    pub title: Option<String>,
    /// Its canonical address: `<link rel=canonical>`, else `og:url`, else where a web archive or a
    /// comment of the browser that saved it says that it was found. It is absolute: a relative one is
    /// resolved by `<base>`, the archive or `og:url`, or left out; that of a copy in the Wayback Machine
    /// is the address of the page copied.
    pub url: Option<String>,
    /// When it was published, as it is written there: `article:published_time`, else JSON-LD, else
    /// other `<meta>` that tell it, else what is marked as it (`itemprop=datePublished`, `pubdate`, classes
    /// as `published`), else the first `<time>` in the article. Dates of comments, teasers and mastheads
    /// are not taken.
    pub date: Option<String>,
    /// Who published it: `og:site_name`, else the publisher of its JSON-LD, else the host of its
    /// address.
    pub source: Option<String>,
    /// The encoding that it was read in, by its WHATWG name.
    pub encoding: &'static str,
    /// What a user should know of how it was read, without the name of the file: another encoding than
    /// UTF-8, damage, what was skipped in front of it.
    pub notes: Vec<String>,
    /// Why it has no passages, if it has none.
    blank: Option<fault::Blank>,
}

impl HtmlPage {
    /// Reads HTML by the rules of the standard, so that no text is wrong enough to fail.
    ///
    /// A passage is what a reader sees as one block: paragraphs, headings, list items, table cells,
    /// captions, and text between them. A `<br>` ends a passage as it ends a line on the screen,
    /// unless it is alone and the text goes on in lower case. Text inside of inline elements (links,
    /// emphasis) belongs to the block around them.
    /// What is not shown is left out: scripts, styles, templates, comments, `hidden` elements, and
    /// those whose own `style` says `display: none` or `visibility: hidden`. White space is
    /// collapsed but in `<pre>` and `<textarea>`, of which each paragraph is a passage.
    ///
    /// A web archive (MHTML) is read as its page, without its frames. HTTP headers in front of a page are
    /// skipped. The encoding is the one given, else that of a byte order mark, else UTF-16 if every other
    /// byte is NUL, else UTF-8 if nearly everything that is not ASCII is well-formed in it, else the one in
    /// which it was sent (MHTML, HTTP), else the one that its `<meta>` names, else a guess from the bytes.
    /// Bytes that have no meaning in it become U+FFFD, and are counted in [`notes`](Self::notes).
    ///
    /// ```
    /// use standpoint::corpus::HtmlPage;
    /// let html = "<title>Permits</title><nav><li>News<li>Sport</nav>\
    ///     <p>They handed them <b>in</b>.<br>All &amp; sundry.<script>x()</script>";
    /// let page = HtmlPage::from_bytes("a.html", html.as_bytes(), None)?;
    /// let texts: Vec<&str> = page.passages.iter().map(|passage| passage.text.as_str()).collect();
    /// assert_eq!(texts, ["News", "Sport", "They handed them in.", "All & sundry."]);
    /// assert_eq!(page.title.as_deref(), Some("Permits"));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Empty`](crate::ErrorKind::Empty) if there is nothing in it;
    /// [`ErrorKind::Page`](crate::ErrorKind::Page) if elements are nested more than 5,000 deep, which
    /// no reader could see, if the page would have 100,000 elements and texts more than it has bytes, or
    /// if it is no page: an image, a PDF, a feed.
    pub fn from_bytes(name: &str, bytes: &[u8], encoding: Option<Encoding>) -> Result<Self> {
        Self::of_address(name, bytes, encoding, None)
    }

    /// The same of a page that was found at this address.
    pub(super) fn of_address(
        name: &str,
        bytes: &[u8],
        encoding: Option<Encoding>,
        address: Option<&str>,
    ) -> Result<Self> {
        let answer = http::Answer::of(bytes);
        let archived = mhtml::page(answer.body);
        let (html, sent) = match &archived {
            Some(page) => (&*page.html, page.charset),
            None => (answer.body, answer.charset),
        };
        fault::refuse(name, html, encoding.is_some())?;
        let Decoded { text, encoding, note } = encoding::decoded(html, sent, encoding);
        if text.trim().is_empty() {
            return Err(empty(name));
        }
        let notes = answer.note().into_iter().chain(note).collect();
        let address = address.map(str::to_owned).or(archived.and_then(|page| page.address));
        let document = tree::parse(&text).map_err(|problem| {
            let help = "save the page as text, a paragraph a line";
            Error::page(Place::file(name), problem.to_string(), help)
        })?;
        let mut blocks = Blocks::default();
        // By hand and not by recursion: pages may be nested ten thousand deep.
        let mut node = Some(document.tree.root());
        while let Some(at) = node {
            match at.value() {
                Node::Text(text) => blocks.text(text),
                Node::Element(element) => blocks.open(element),
                _ => {}
            }
            node = at.first_child();
            let mut done = at;
            while node.is_none() {
                if let Some(element) = done.value().as_element() {
                    blocks.close(element);
                }
                let Some(parent) = done.parent() else { break };
                node = done.next_sibling();
                done = parent;
            }
        }
        blocks.end();
        let Head { title, url, date, source } = Head::of(&document, address.as_deref());
        let passages: Vec<Passage> =
            blocks.done.into_iter().map(|text| Passage { text, line: 0 }).collect();
        let blank = passages.is_empty().then(|| fault::Blank::of(&document));
        Ok(Self { passages, title, url, date, source, encoding, notes, blank })
    }

    /// Its notes with the name of its file.
    pub(super) fn notes(&self, name: &str) -> Vec<String> {
        self.notes.iter().map(|note| format!("{name}: {note}")).collect()
    }

    /// A row for each passage, with what the page says of itself. `id` is the page's id.
    pub(super) fn into_rows(self, file: &Arc<str>, id: &str) -> Vec<Row> {
        let of_page = [Some(id.to_owned()), self.source, self.date, self.title, self.url];
        let of_page = of_page.map(Cell::from);
        let row = |(i, passage): (usize, Passage)| {
            let [id, source, date, title, url] = of_page.clone();
            let cells = vec![id, (i + 1).into(), source, date, title, url, passage.text.into()];
            Row::new(file.clone(), passage.line, cells)
        };
        self.passages.into_iter().enumerate().map(row).collect()
    }
}

/// Elements of which a reader sees nothing.
const UNSEEN: [&str; 23] = [
    "annotation",
    "annotation-xml",
    "audio",
    "canvas",
    "datalist",
    "embed",
    "head",
    "iframe",
    "link",
    "meta",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "param",
    "rp",
    "script",
    "source",
    "style",
    "svg",
    "template",
    "title",
    "video",
];

/// Elements that begin and end a block; all others, unknown ones too, stand inside of a line.
const BLOCKS: [&str; 62] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "button",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "html",
    "input",
    "legend",
    "li",
    "listing",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "plaintext",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "xmp",
    "isindex",
    "marquee",
];

/// Elements whose line breaks are seen.
const VERBATIM: [&str; 5] = ["listing", "plaintext", "pre", "textarea", "xmp"];

fn is_shown(element: &Element) -> bool {
    let name = element.name();
    if UNSEEN.contains(&name) || name == "dialog" && element.attr("open").is_none() {
        return false;
    }
    let hidden = element.attr("hidden").is_some_and(|how| !how.eq_ignore_ascii_case("until-found"));
    let by_style = element.attr("style").is_some_and(|style| {
        style.split(';').filter_map(|rule| rule.split_once(':')).any(|(property, value)| {
            let value = value.trim().trim_end_matches("!important").trim_end();
            let is = |p: &str, v: &str| {
                property.trim().eq_ignore_ascii_case(p) && value.eq_ignore_ascii_case(v)
            };
            is("display", "none") || is("visibility", "hidden")
        })
    });
    !hidden && !by_style
}

/// The blocks of a page as they are found.
#[derive(Default)]
struct Blocks {
    done: Vec<String>,
    /// What there is of the block that is open.
    open: String,
    /// White space follows that is not yet written.
    space: bool,
    /// Lines that ended since the last text.
    breaks: usize,
    /// Elements around of which nothing is seen.
    unseen: usize,
    /// Elements around whose line breaks are seen.
    verbatim: usize,
}

impl Blocks {
    fn text(&mut self, text: &str) {
        if self.unseen > 0 {
            return;
        }
        if self.verbatim > 0 {
            for line in text.split_inclusive('\n') {
                self.inline(line);
                if line.ends_with('\n') {
                    self.line_ends();
                }
            }
        } else {
            self.inline(text);
        }
    }

    fn inline(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_whitespace() {
                self.space = true;
                continue;
            }
            // A line that goes on in lower case was broken to be short.
            let goes_on = self.breaks == 1 && (self.verbatim > 0 || character.is_lowercase());
            if self.breaks > 0 && !goes_on {
                self.end();
            }
            if self.space && !self.open.is_empty() {
                self.open.push(' ');
            }
            (self.space, self.breaks) = (false, 0);
            self.open.push(character);
        }
    }

    fn line_ends(&mut self) {
        self.space = true;
        self.breaks += 1;
    }

    fn open(&mut self, element: &Element) {
        let name = element.name();
        self.unseen += usize::from(!is_shown(element));
        if self.unseen > 0 {
            return;
        }
        if name == "br" {
            self.line_ends();
        } else if BLOCKS.contains(&name) {
            self.end();
            self.verbatim += usize::from(VERBATIM.contains(&name));
        }
        // A button's label is text like any other.
        if name == "input" {
            let kind = element.attr("type").unwrap_or("text").to_ascii_lowercase();
            if matches!(&*kind, "button" | "reset" | "submit") {
                self.inline(element.attr("value").unwrap_or_default());
            }
        }
    }

    fn close(&mut self, element: &Element) {
        let name = element.name();
        if self.unseen > 0 {
            self.unseen -= usize::from(!is_shown(element));
        } else if BLOCKS.contains(&name) {
            self.end();
            self.verbatim -= usize::from(VERBATIM.contains(&name));
        }
    }

    fn end(&mut self) {
        if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open));
        }
        (self.space, self.breaks) = (false, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(html: &str) -> Result<HtmlPage> {
        HtmlPage::from_bytes("t", format!("<!doctype html>{html}").as_bytes(), None)
    }

    fn texts(html: &str) -> Vec<String> {
        read(html).unwrap().passages.into_iter().map(|passage| passage.text).collect()
    }

    #[test]
    fn blocks_are_what_a_reader_sees_as_such() {
        let html = "<h1>Head<em>line</em></h1>Bare\n  text<p>First line<br>second&nbsp;line<br><br/>
            third.<br>Fourth<table><caption>Caption</caption><tr><td>Left<td>Right</table>
            <ul><li>One<ul><li><div>nested</div></ul></ul><a href=#><button>Reply</button></a>
            <input type=hidden value=no><input type=submit value=Send><input value=typed>
            <pre>code\n   in two\n\nA second paragraph.</pre><dl><dt>Term<dd>What it is</dl> <b>last</b>";
        let expected = "Headline|Bare text|First line second line|third.|Fourth|Caption|Left|Right|One|nested|Reply|\
            Send|code in two|A second paragraph.|Term|What it is|last";
        assert_eq!(texts(html).join("|"), expected);
    }

    #[test]
    fn what_nobody_sees_is_left_out() {
        let html = "<head><title>t</title><style>p{}</style></head><p>seen<!-- not -->
            <script>var x = '<p>not</p>';</script><template><p>not</template><noscript>not</noscript>
            <p hidden>not<p style='color: red; DISPLAY:none !important'>not
            <div style='visibility: hidden'><p>not</div><dialog>not</dialog><dialog open>asks</dialog>
            <svg><title>not</title></svg><textarea>typed in</textarea><p style='display: block'>too";
        assert_eq!(texts(html), ["seen", "asks", "typed in", "too"]);
    }

    #[test]
    fn a_page_says_when_and_where_it_was_published() {
        let html = r#"<title>Site | Story</title><link rel="canonical" href="https://www.a.example/x">
            <meta name=date content="2023-09-26"><time datetime="2020-01-01">then</time>
            <script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "no"},
            {"headline": "The  story", "datePublished": "2023-09-25T08:00:00Z"}]}</script>"#;
        let page = read(html).unwrap();
        assert_eq!(page.title.as_deref(), Some("The story"));
        assert_eq!(page.url.as_deref(), Some("https://www.a.example/x"));
        assert_eq!(page.date.as_deref(), Some("2023-09-25T08:00:00Z"));
        assert_eq!(page.source.as_deref(), Some("a.example"));
        let og = "<meta property=og:title content=Better><meta property=og:site_name content='The Gazette'>";
        let page = read(&format!("{og}{html}")).unwrap();
        assert_eq!(
            (page.title.as_deref(), page.source.as_deref()),
            (Some("Better"), Some("The Gazette"))
        );
        assert_eq!(read("<p>x").unwrap().date, None);
    }

    /// The parser would take minutes over the second page.
    #[test]
    fn nesting_has_a_limit_far_from_what_a_reader_sees() {
        let nested = |tags: &str, deep: usize| format!("{}x", tags.repeat(deep));
        assert_eq!(texts(&nested("<div>", 4000)), ["x"]);
        let error = read(&nested("<div><b>", 200_000)).unwrap_err().to_string();
        assert!(error.starts_with("t: elements are nested more than 5000 deep"), "{error}");
    }

    /// Each paragraph would hold all of them: six gigabytes for the second page.
    #[test]
    fn elements_that_are_never_closed_have_a_limit_too_slow() {
        let page = |styles: usize, paragraphs: usize| {
            // Three of a kind are closed by the standard's own rules.
            let styles: Vec<String> = (0..styles).map(|i| format!("<b id={i}>")).collect();
            format!("<p>{}{}", styles.concat(), "<p>x".repeat(paragraphs))
        };
        assert_eq!(texts(&page(40, 1000)).len(), 1000);
        let error = read(&page(4000, 20_000)).unwrap_err().to_string();
        assert!(error.starts_with("t: elements that are never closed"), "{error}");
    }

    #[test]
    fn a_formula_is_read_once() {
        let html = "<p>So <math><semantics><mrow><mi>x</mi><mo>=</mo><mn>2</mn></mrow>
            <annotation encoding=application/x-tex>x=2</annotation></semantics></math> holds.";
        assert_eq!(texts(html), ["So x=2 holds."]);
    }

    proptest! {
        /// Whatever the tags, the visible letters come out once each and in their order.
        #[test]
        fn no_visible_letter_is_lost(
            parts in proptest::collection::vec(("[a-z]{0,4}", "[ \n]{0,2}", proptest::sample::select(vec![
                "<p>", "</p>", "<b>", "</b>", "<br>", "<div>", "</div>", "<li>", "<ul>", "</ul>", "<td>",
                "<table>", "</table>", "<h2>", "<pre>", "</pre>", "<a>", "&amp;", "<!--c-->", "<hr>", "</x>",
            ])), 0..20),
        ) {
            let mut html = String::new();
            parts.iter().for_each(|(text, space, tag)| html.extend([&**text, &**space, *tag]));
            let mut found: Vec<char> = texts(&html).concat().chars().filter(char::is_ascii_lowercase).collect();
            let mut letters: Vec<char> = parts.iter().flat_map(|(a, ..)| a.chars()).collect();
            // By the standard text inside of a table, but outside of its cells, comes before it.
            if html.contains("<table>") {
                found.sort_unstable();
                letters.sort_unstable();
            }
            prop_assert_eq!(found, letters);
            for text in texts(&html) {
                prop_assert!(!text.is_empty() && text.trim() == text);
            }
        }
    }
}
