//! Saved web pages to passages: every block of visible text, in order. Menus and footers are kept: the
//! model tells boilerplate from the rest.

mod address;
mod attributes;
mod blocks;
mod elements;
mod encoding;
mod fault;
mod frames;
mod head;
mod http;
mod json_ld;
mod mhtml;
mod seen;
mod style;
mod touch;
mod tree;
mod walk;
mod xhtml;

use std::sync::Arc;

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
use frames::Frames;
use head::Head;
use mhtml::Archive;

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
    /// UTF-8, damage, what is read though a reader does not see it, what was left out; a sentence each.
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
    /// emphasis) belongs to the block around them. Of styles only an element's own (`style="..."`) is read:
    /// - `display`: block, flex, grid, list-item and table values make a block of any element, and each child
    ///   of a flex or grid container is one; inline values and `contents` make a block element part of
    ///   the line, except for items of lists, cells of tables, controls of forms, `<pre>`, and what floats.
    /// - `display: none`, `visibility: hidden` and the attribute `hidden` leave text out;
    ///   `visibility: visible` within `visibility: hidden` brings it back.
    /// - `white-space`: pre-wrap, pre-line and break-spaces make a line break a `<br>`.
    ///
    /// Scripts, styles, templates, comments and closed dialogs are left out, too. White space is collapsed
    /// but in `<pre>`, `<textarea>` and `white-space: pre`, of which each paragraph is a passage. An
    /// image whose `alt` is nothing but emoji is that text.
    ///
    /// A template with `shadowrootmode` or `shadowmode` is a shadow tree and read in place of its host's own
    /// children, which stand at its slots; without a slot they follow it. The documents in frames are read at
    /// their place, if they are in `srcdoc`, in a `data:` address or in the same web archive.
    ///
    /// Inline elements that touch without white space: between two links, beside a `<time>`, `<cite>` or
    /// `<label>`, and between a link and a `<span>`, words get a space, except for endings of up to three
    /// letters (`officer` and `s`). Between spans they get one where capitals or digits tell two words
    /// (`Home` and `UK`, not `un` and `able`), and where a sentence or a label with a colon ends. Emphasis
    /// alone parts no word, nor does an element after a single letter (an initial that is drawn large),
    /// `<sup>`, `<sub>`, `<code>` and `<pre>`. Elements of the page's own making (with a hyphen in their name)
    /// that touch, or stand in a row without text between them, are blocks.
    ///
    /// Where fewer than ten words are visible and five times as many are hidden, or fewer than a hundred and
    /// twenty times as many, those are read too; where
    /// `<noscript>` has more words than all that is visible, it is read, except for requests to turn scripts on; and
    /// where there is still next to nothing, the article and the comments of its JSON-LD (`articleBody`,
    /// `comment`). `notes` says so, and what was left out, if it is much.
    ///
    /// XHTML (by its name's ending `.xhtml`, its XML declaration or its namespace) is read by the rules of XML as
    /// to self-closing tags and CDATA, if its tags are well-formed. Of a web archive (MHTML) the page is the part
    /// that its `start` names, else the one that it says was saved, else the first of its `type`, else the first
    /// of HTML.
    ///
    /// HTTP headers in front of a page are
    /// skipped. The encoding is the one given, else that of a byte order mark, else UTF-16 if every other
    /// byte is NUL, else UTF-8 if nearly everything that is not ASCII is well-formed in it, else the one in
    /// which it was sent (MHTML, HTTP), else the one that its `<meta>` names, else a guess from the bytes.
    /// Bytes that have no meaning in it become U+FFFD, and are counted in `notes`.
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
    /// no reader could see, if an element has more than 1,000 attributes, if the page would have 100,000 elements and texts more than it has bytes, or
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
        let archive = Archive::of(answer.body);
        let archived = archive.as_ref().and_then(Archive::page);
        let (html, sent) = match &archived {
            Some(page) => (&*page.html, page.charset),
            None => (answer.body, answer.charset),
        };
        fault::refuse(name, html, encoding.is_some())?;
        let Decoded { text, encoding, note } = encoding::decoded(html, sent, encoding);
        if text.trim().is_empty() {
            return Err(empty(name));
        }
        let mut notes: Vec<String> = answer.note().into_iter().chain(note).collect();
        let address = address.map(str::to_owned).or(archived.and_then(|page| page.address));
        let monstrous = |problem: tree::Monstrous| {
            let help = "save the page as text, a paragraph a line";
            Error::page(Place::file(name), problem.to_string(), help)
        };
        let document = tree::parse(&xhtml::as_html(name, &text)).map_err(monstrous)?;
        let Head { title, url, date, source } = Head::of(&document, address.as_deref());
        let frames = Frames { archive: archive.as_ref() };
        let seen = seen::read(&document, address.as_deref(), &frames).map_err(monstrous)?;
        let passages: Vec<Passage> =
            seen.texts.into_iter().map(|text| Passage { text, line: 0 }).collect();
        notes.extend(seen.notes);
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

    /// Each is text to the parser, so that its own limit says nothing of them.
    #[test]
    fn what_is_for_browsers_without_scripts_is_not_read_in_itself() {
        for tag in ["<noscript>", "<noframes>", "<noscript><noframes>"] {
            assert_eq!(texts(&(tag.repeat(50_000) + "x")), Vec::<String>::new(), "{tag}");
        }
        assert_eq!(texts("<noscript><p>The officers were right.</noscript>").len(), 1);
        let text = "<p>The officers were right.";
        for (html, whose) in [
            (format!("<noscript>{text}</noscript>"), "without scripts (`<noscript>`) was read"),
            (
                format!("<frameset><noframes>{text}</noframes>"),
                "without frames (`<noframes>`) was read",
            ),
        ] {
            let notes = read(&html).unwrap().notes;
            assert!(notes.iter().any(|note| note.contains(whose)), "{notes:?}");
        }
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
                "<span>", "</span>", "</a>", "<time>", "</time>", "<x-y>", "</x-y>", "<slot>", "<img alt=🙄>",
                "<span style=display:block>", "<div style=display:inline>", "<div style=display:flex>",
                "<p style=white-space:pre-line>", "<x-y><template shadowrootmode=open>S<slot></slot></template>",
                "<iframe srcdoc='<p>F'></iframe>", "<sup>", "</sup>", "<code>", "</code>",
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
