//! What a page says of itself.

use std::collections::HashSet;

use ego_tree::{NodeId, NodeRef};
use scraper::{Html, Node, node::Element};
use serde_json::Value;

use super::{
    address::{host, resolved, saved_from},
    json_ld,
};

/// Title, address, date and source of a page, as far as they were found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::corpus) struct Head {
    pub title: Option<String>,
    pub url: Option<String>,
    pub date: Option<String>,
    pub source: Option<String>,
}

/// The first value of the best rank; 0 is the best.
#[derive(Debug, Default)]
struct Best(Option<(usize, String)>);

impl Best {
    fn offer(&mut self, rank: usize, value: &str) {
        let value = one_line(value);
        let better = self.0.as_ref().is_none_or(|(known, _)| rank < *known);
        if better && !value.is_empty() {
            self.0 = Some((rank, value));
        }
    }

    fn value(self) -> Option<String> {
        self.0.map(|(_, value)| value)
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ranks of what says a date. JSON-LD says it of an article, or of the page.
mod rank {
    pub const OPEN_GRAPH: usize = 0;
    pub const ARTICLE: usize = 1;
    pub const PAGE: usize = 2;
    pub const META: usize = 3;
    /// Elements that say that it is the date: those in the article, and others.
    pub const MARKED: usize = 4;
    pub const MARKED_OUTSIDE: usize = 5;
    pub const TIME: usize = 6;
}

/// Elements that may say a date, at most: what is far behind is a list of something else.
const MOST_DATES: usize = 200;
/// Bytes of a text that is looked at.
const LONGEST: usize = 4096;
/// Headings that are looked at.
const MOST_HEADINGS: usize = 32;

impl Head {
    /// What this page says; `address` is where it was found.
    pub fn of(document: &Html, address: Option<&str>) -> Self {
        let mut said = Said::default();
        for node in document.tree.root().descendants() {
            match node.value() {
                Node::Element(element) if is_html(element) => said.note(node, element),
                Node::Comment(comment) if said.saved_from.is_none() => {
                    said.saved_from = saved_from(comment);
                }
                _ => {}
            }
        }
        said.find_date();
        let title = said.title();
        let url = said.url(address);
        let source = said.site_name.value().or(said.publisher.value());
        let source = source.or_else(|| host(url.as_deref()?).map(str::to_owned));
        Self { title, url, date: said.date.value(), source }
    }
}

/// Whether it is none of SVG or MathML.
fn is_html(element: &Element) -> bool {
    &*element.name.ns == "http://www.w3.org/1999/xhtml"
}

/// Everything that is said, also where others know better.
#[derive(Default)]
struct Said<'a> {
    title: Best,
    open_graph_titles: Vec<String>,
    headline: Best,
    /// The name of the thing that has the headline, and of the page.
    name: Best,
    headings: Vec<(NodeRef<'a, Node>, String)>,
    /// How many were looked at, empty ones too.
    n_headings: usize,
    canonical: Vec<String>,
    open_graph_url: Best,
    base: Best,
    saved_from: Option<String>,
    date: Best,
    /// Elements that may say the date; whether they say that it is.
    dates: Vec<(NodeRef<'a, Node>, bool)>,
    site_name: Best,
    publisher: Best,
    articles: Vec<NodeRef<'a, Node>>,
    main: Option<NodeRef<'a, Node>>,
}

impl<'a> Said<'a> {
    fn note(&mut self, node: NodeRef<'a, Node>, element: &'a Element) {
        let attr = |name| element.attr(name).unwrap_or_default();
        match element.name() {
            "title" => self.title.offer(0, &text_of(node)),
            "h1" if self.n_headings < MOST_HEADINGS => {
                self.n_headings += 1;
                let text = one_line(&text_of(node));
                if !text.is_empty() {
                    self.headings.push((node, text));
                }
            }
            "article" if self.articles.len() < MOST_DATES => self.articles.push(node),
            "main" => self.main = self.main.or(Some(node)),
            "base" => self.base.offer(0, attr("href")),
            "link" if attr("rel").split_ascii_whitespace().any(|rel| rel == "canonical") => {
                self.canonical.push(attr("href").to_owned());
            }
            "script" if attr("type").trim().eq_ignore_ascii_case("application/ld+json") => {
                let own = node.children().filter_map(|child| child.value().as_text());
                // What does not parse says nothing.
                let text: String = own.map(|text| &**text).collect();
                if let Some(json) = json_ld::parse(&text) {
                    self.json_ld(&json);
                }
            }
            "meta" => self.meta(element),
            _ => {}
        }
        let marked = is_marked(element);
        if (marked || element.name() == "time") && self.dates.len() < MOST_DATES {
            self.dates.push((node, marked));
        }
    }

    fn meta(&mut self, element: &Element) {
        let name = element.attr("property").or(element.attr("name")).unwrap_or_default();
        let content = element.attr("content").unwrap_or_default();
        match &*name.trim().to_ascii_lowercase() {
            "og:title" => self.open_graph_titles.push(one_line(content)),
            "og:url" => self.open_graph_url.offer(0, content),
            "og:site_name" => self.site_name.offer(0, content),
            "article:published_time" => self.date.offer(rank::OPEN_GRAPH, content),
            "date"
            | "pubdate"
            | "publishdate"
            | "publish-date"
            | "datepublished"
            | "dc.date"
            | "dc.date.issued"
            | "dcterms.date"
            | "dcterms.created"
            | "parsely-pub-date"
            | "sailthru.date"
            | "originalpublicationdate" => self.date.offer(rank::META, content),
            _ => {}
        }
    }

    /// What the things in it say, be they alone, in a list, in a graph or in one another.
    fn json_ld(&mut self, json: &Value) {
        let thing = match json {
            Value::Array(all) => return all.iter().for_each(|each| self.json_ld(each)),
            Value::Object(thing) => thing,
            _ => return,
        };
        let types: Vec<&str> = match thing.get("@type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let is = |ends: &[&str]| types.iter().any(|of| ends.iter().any(|end| of.ends_with(end)));
        if is(&["Comment", "Comments", "Person", "Organization", "ItemList", "BreadcrumbList"]) {
            return;
        }
        for inside in ["@graph", "mainEntity", "mainEntityOfPage"] {
            if let Some(inside) = thing.get(inside) {
                self.json_ld(inside);
            }
        }
        let text = |key: &str| thing.get(key).and_then(Value::as_str).map(plain);
        let headline = text("headline").filter(|headline| !headline.trim().is_empty());
        let is_article = headline.is_some() || is(&["Article", "Posting", "Report"]);
        let is_page = is(&["Page", "WebSite"]) || types.is_empty();
        if !is_article && !is_page {
            return;
        }
        let rank = if is_article { rank::ARTICLE } else { rank::PAGE };
        self.headline.offer(rank, &headline.unwrap_or_default());
        if !is(&["WebSite"]) {
            self.name.offer(rank, &text("name").unwrap_or_default());
            self.date.offer(rank, &text("datePublished").unwrap_or_default());
        }
        if is_article {
            let publisher = match thing.get("publisher") {
                Some(Value::Array(several)) => several.first(),
                other => other,
            };
            let name = publisher.and_then(|of| of.as_str().or(of["name"].as_str()));
            self.publisher.offer(0, &plain(name.unwrap_or_default()));
        }
    }

    /// The title: OpenGraph's, the headline, the name beside it, `<title>`; but not the site's name, and no
    /// headline that has nothing of what the page calls itself.
    fn title(&self) -> Option<String> {
        let of = |best: &Best| best.0.as_ref().map(|(_, value)| value.clone());
        let (title, heading) = (of(&self.title), self.heading().map(|(_, text)| text.clone()));
        let sites = [of(&self.site_name), of(&self.publisher)];
        let is_site = |text: &String| {
            let is = |site: &String| site.to_lowercase() == text.to_lowercase();
            // "Story - Site" over a heading "Story".
            let parts = parts(title.as_deref().unwrap_or_default());
            let heads = |text: &str| heading.as_deref().is_some_and(|heading| share(heading, text));
            sites.iter().flatten().any(is)
                || !heads(text)
                    && parts.contains(text)
                    && parts.iter().any(|part| part != text && heads(part))
        };
        let named: Vec<&String> =
            self.open_graph_titles.iter().filter(|title| !title.is_empty()).collect();
        let better: Vec<&String> = named.iter().copied().filter(|title| !is_site(title)).collect();
        let fits = |text: &String| {
            let known = [&title, &heading];
            let mut known = known.iter().copied().flatten().peekable();
            known.peek().is_none() || known.any(|known| share(known, text))
        };
        let best = better.iter().copied().find(|title| heading.as_ref() == Some(title));
        best.or(better.first().copied())
            .cloned()
            .or_else(|| of(&self.headline).filter(fits))
            .or_else(|| of(&self.name).filter(|name| self.headline.0.is_some() && fits(name)))
            .or_else(|| title.clone())
            .or_else(|| of(&self.name))
            .or_else(|| named.first().map(|&title| title.clone()))
    }

    /// Where the page is: its canonical address, OpenGraph's, where an archive found it, or where it was saved
    /// from.
    fn url(&self, address: Option<&str>) -> Option<String> {
        let of = |best: &Best| best.0.as_ref().map(|(_, value)| value.clone());
        let found = address.and_then(|address| resolved(address, None));
        let found = found.or_else(|| self.saved_from.clone());
        let named = of(&self.open_graph_url);
        let whole = named.as_deref().and_then(|url| resolved(url, None));
        let known = found.clone().or_else(|| whole.clone());
        let base = of(&self.base).and_then(|base| resolved(&base, known.as_deref())).or(known);
        let mut canonical = self.canonical.iter();
        canonical
            .find_map(|href| resolved(href, base.as_deref()).filter(|_| !href.trim().is_empty()))
            .or_else(|| resolved(&named?, base.as_deref()))
            .or(found)
    }

    /// The heading of the article, else the first.
    fn heading(&self) -> Option<&(NodeRef<'a, Node>, String)> {
        let in_article =
            |(node, _): &&(NodeRef<'a, Node>, String)| inside(*node, &["article"]).is_some();
        self.headings.iter().find(in_article).or(self.headings.first())
    }

    /// Looks for a date in the article, and never in a comment, a teaser, or what stands on every page: no
    /// date is better than another's.
    fn find_date(&mut self) {
        let heading = self.heading().map(|(node, _)| *node);
        let around: HashSet<NodeId> =
            heading.iter().flat_map(NodeRef::ancestors).map(|at| at.id()).collect();
        let article = self.articles.iter().copied();
        let article = article
            .clone()
            .find(|article| around.contains(&article.id()))
            .or_else(|| article.clone().find(|article| !is_apart(*article, &around)));
        let container = article.or_else(|| container_of(heading?)).or(self.main);
        let beside = heading.and_then(|heading| heading.parent()).filter(is_part);
        for &(node, marked) in &self.dates {
            let Some(element) = node.value().as_element() else { continue };
            let Some(value) = date_of(node, element) else { continue };
            // Articles in an article are comments, those beside it teasers.
            let own = inside(node, &["article"]);
            if is_apart(node, &around) || own.is_some() && own != article {
                continue;
            }
            let is_in = |part: Option<NodeRef<'a, Node>>| {
                part.is_some_and(|part| node.ancestors().any(|at| at == part))
            };
            let in_article = match (container, heading) {
                (None, Some(heading)) => is_below(node, heading),
                _ => is_in(container) || is_in(beside),
            };
            let in_masthead = inside(node, &["header"]).is_some_and(|header| {
                !around.contains(&header.id())
                    && inside(header, &["article", "main", "section"]).is_none()
            });
            let rank = match (marked, in_article) {
                (true, _) if element.name() == "meta" => rank::META,
                (true, true) => rank::MARKED,
                (true, false) => rank::MARKED_OUTSIDE,
                (false, true) if !in_masthead => rank::TIME,
                _ => continue,
            };
            self.date.offer(rank, &value);
        }
    }
}

/// What parts a page's title from its site's.
const SEPARATORS: [&str; 8] = ["|", "-", "–", "—", "::", "»", "·", "•"];

/// The parts of a page's title.
fn parts(title: &str) -> Vec<String> {
    let words: Vec<&str> = title.split(' ').collect();
    words.split(|word| SEPARATORS.contains(word)).map(|part| part.join(" ")).collect()
}

/// A text of JSON-LD, in which many sites write what HTML would decode.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..2 {
        if !text.contains('&') || text.len() > LONGEST {
            break;
        }
        let html = Html::parse_fragment(&text.replace('<', "&lt;"));
        let decoded: String = html.root_element().text().collect();
        if decoded == text {
            break;
        }
        text = decoded;
    }
    text
}

/// The text in an element, as far as it is looked at.
fn text_of(node: NodeRef<'_, Node>) -> String {
    let mut text = String::new();
    // Of what is deep inside, too: headings may be nested in each other.
    for part in node.descendants().take(LONGEST).filter_map(|child| child.value().as_text()) {
        if text.len() + part.len() > LONGEST {
            break;
        }
        text.push_str(part);
    }
    text
}

/// Words of three letters and more that are in all kinds of sentences.
const EVERYWHERE: [&str; 26] = [
    "about", "and", "are", "but", "das", "del", "der", "des", "die", "for", "from", "has", "his",
    "les", "los", "not", "over", "que", "that", "the", "this", "und", "une", "von", "was", "with",
];

/// Whether two texts have a word in common, or of writing without spaces two characters.
fn share(one: &str, other: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        let text = text.to_lowercase();
        let runs = text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
        let mut words = HashSet::new();
        for run in runs {
            let letters: Vec<char> = run.chars().collect();
            if !run.is_ascii() {
                words.extend(letters.windows(2).map(String::from_iter));
            }
            let says = letters.len() > 2 && !EVERYWHERE.contains(&run);
            if says || letters.iter().any(char::is_ascii_digit) {
                words.insert(run.to_owned());
            }
        }
        words
    };
    let same = one.to_lowercase() == other.to_lowercase();
    same || !words(one).is_disjoint(&words(other))
}

/// The nearest element around a node that has one of these names.
fn inside<'a>(node: NodeRef<'a, Node>, names: &[&str]) -> Option<NodeRef<'a, Node>> {
    node.ancestors().find(|at| name_of(*at).is_some_and(|name| names.contains(&name)))
}

fn name_of(node: NodeRef<'_, Node>) -> Option<&str> {
    node.value().as_element().map(Element::name)
}

/// Whether it is less than the whole page.
fn is_part(node: &NodeRef<'_, Node>) -> bool {
    name_of(*node).is_some_and(|name| !["html", "body"].contains(&name))
}

/// What holds a heading and the paragraphs below it, unless that is the whole page.
fn container_of(heading: NodeRef<'_, Node>) -> Option<NodeRef<'_, Node>> {
    if let Some(main) = inside(heading, &["main"]) {
        return Some(main);
    }
    let has_text =
        |at: &NodeRef<'_, Node>| at.descendants().any(|inner| name_of(inner) == Some("p"));
    heading.ancestors().take_while(is_part).take(64).find(has_text)
}

/// Whether a node stands below a heading, before its second paragraph.
fn is_below(node: NodeRef<'_, Node>, heading: NodeRef<'_, Node>) -> bool {
    let around: HashSet<NodeId> = node.ancestors().map(|at| at.id()).collect();
    let mut paragraphs = 0;
    let mut at = Some(heading);
    while let Some(part) = at {
        let mut next = part.next_sibling();
        let mut parent = part.parent();
        while next.is_none() {
            let Some(above) = parent.filter(is_part) else { return false };
            next = above.next_sibling();
            parent = above.parent();
        }
        at = next;
        let Some(part) = next else { return false };
        if part == node || around.contains(&part.id()) {
            return true;
        }
        paragraphs += usize::from(name_of(part) == Some("p"));
        if paragraphs > 1 {
            return false;
        }
    }
    false
}

/// Whether an element says that it is the date of publication.
fn is_marked(element: &Element) -> bool {
    let is = |name: &str, known: &[&str]| {
        let words = element.attr(name).unwrap_or_default().split_ascii_whitespace();
        words.map(str::to_ascii_lowercase).any(|word| known.contains(&&*word))
    };
    element.attr("pubdate").is_some()
        || is("itemprop", &["datepublished"])
        || is("class", &PUBLISHED) && element.name() != "meta"
}

/// Classes of what is the date of publication.
const PUBLISHED: [&str; 11] = [
    "published",
    "entry-date",
    "post-date",
    "pubdate",
    "pub-date",
    "publish-date",
    "published-date",
    "publication-date",
    "date-published",
    "article-date",
    "dt-published",
];

/// The date that an element says, if it is one.
fn date_of(node: NodeRef<'_, Node>, element: &Element) -> Option<String> {
    let is_date = |text: &String| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        digits >= 4 && text.len() < 100
    };
    let attr = |name: &str| element.attr(name).map(one_line).filter(|text| !text.is_empty());
    let said = attr("content").or_else(|| attr("datetime"));
    said.or_else(|| attr("title").filter(is_date))
        .or_else(|| {
            let mut inner = node.descendants().filter_map(|inner| inner.value().as_element());
            inner.find_map(|inner| inner.attr("datetime").map(one_line).filter(is_date))
        })
        .or_else(|| Some(one_line(&text_of(node))).filter(is_date))
}

/// Words in the names of classes of what is about other pages.
const TEASERS: [&str; 12] = [
    "related",
    "recommend",
    "teaser",
    "most-read",
    "mostread",
    "popular",
    "sidebar",
    "promo",
    "trending",
    "more-stories",
    "read-next",
    "newsletter",
];
/// Classes of what readers wrote that have no "comment" in them.
const READERS: [&str; 8] = [
    "replies",
    "reply",
    "responses",
    "respond",
    "discussion",
    "disqus",
    "disqus_thread",
    "guestbook",
];

/// Whether a node stands in comments, teasers or menus, and not in what is `around` the heading.
fn is_apart(node: NodeRef<'_, Node>, around: &HashSet<NodeId>) -> bool {
    std::iter::once(node).chain(node.ancestors()).filter(|at| !around.contains(&at.id())).any(
        |at| {
            let Some(element) = at.value().as_element() else { return false };
            match element.name() {
                "html" | "body" | "main" => return false,
                "nav" | "aside" => return true,
                "footer" if inside(at, &["article"]).is_none() => return true,
                _ => {}
            }
            let attr = |name: &str| element.attr(name).unwrap_or_default().to_ascii_lowercase();
            let is_of_reader = attr("itemprop").split_ascii_whitespace().any(|of| of == "comment")
                || attr("itemtype").ends_with("comment")
                || attr("itemtype").ends_with("usercomments");
            is_of_reader
                || format!("{} {}", attr("class"), attr("id")).split_ascii_whitespace().any(
                    |word| {
                        let is_comment = word.contains("comment")
                            && !["no-", "has-", "with-"]
                                .iter()
                                .any(|start| word.starts_with(start))
                            && !["-open", "-closed", "-off"].iter().any(|end| word.ends_with(end));
                        is_comment
                            || READERS.contains(&word)
                            || TEASERS.iter().any(|known| word.contains(known))
                    },
                )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Head {
        Head::of(&Html::parse_document(html), None)
    }

    fn date(html: &str) -> Option<String> {
        of(html).date
    }

    fn title(html: &str) -> Option<String> {
        of(html).title
    }

    fn ld(json: &str) -> String {
        format!("<script type='application/ld+json'>{json}</script>")
    }

    #[test]
    fn the_date_is_the_articles() {
        let own = "<time datetime=2023-09-25>Monday</time>";
        let other = "<time datetime=2019-01-01>then</time>";
        for html in [
            format!(
                "<header>{other}</header><aside>{other}</aside><article><h1>A</h1>{own}</article>"
            ),
            format!(
                "<article><h1>A</h1><p>x</p>{own}<section id=comments>{other}</section></article>"
            ),
            format!("<nav>{other}</nav><h1>A</h1><p>{own}</p><p>x</p>{other}"),
            format!("<div><h1>A</h1><p>By x, {own}</p></div><div class=post>{other}</div>"),
            format!("<main><div><h1>A</h1></div><div>{own}</div></main><footer>{other}</footer>"),
            format!(
                "<body class=comments-open><header><h1>A</h1>{own}</header><article>x</article>"
            ),
            format!("<div class=related-posts>{other}</div><article><h2>A</h2>{own}</article>"),
            format!("<article class=teaser>{other}</article><article><h1>A</h1>{own}</article>"),
            format!("<article><h1>A</h1><article>{other}</article>{own}</article>"),
            format!("<h1>A</h1>{other}<p><span itemprop=datePublished content=2023-09-25>x</span>"),
            format!("<article>{other}<time pubdate datetime=2023-09-25>x</time></article>"),
            format!(
                "<article>{other}<abbr class=published title=2023-09-25T06:30>x</abbr></article>"
            ),
            format!("<article>{other}<p class='meta entry-date'>{own}</p></article>"),
            format!("<meta itemprop=datePublished content=2023-09-25><article>{other}</article>"),
            format!("<article><h1>A</h1><footer>{own}</footer></article>"),
        ] {
            let found = date(&html).unwrap_or_default();
            assert!(found.starts_with("2023-09-25"), "{found}: {html}");
        }
    }

    #[test]
    fn no_date_is_better_than_anothers() {
        let other = "<time datetime=2019-01-01>then</time>";
        let marked = "<b itemprop=datePublished>1 January 2019</b>";
        for html in [
            format!("<article><h1>A</h1><p>x</article><ol class=comments><li>{other}</ol>"),
            format!("<article><h1>A</h1><div class=comment-list>{other}{marked}</div></article>"),
            format!("<h1>A</h1><p>x<p>y<div itemtype='https://schema.org/Comment'>{marked}</div>"),
            format!(
                "<header>{other}</header><h1>A</h1><p>x<p>y<div id=disqus_thread>{other}</div>"
            ),
            format!("<aside>{marked}</aside><p>x"),
            format!("<article><h1>A</h1></article><article>{marked}</article>"),
            "<article><h1>A</h1><time>3 hours ago</time></article>".to_owned(),
        ] {
            assert_eq!(date(&html), None, "{html}");
        }
    }

    #[test]
    fn a_date_is_what_stands_there() {
        assert_eq!(date("<h1>A</h1><time>25 September 2023</time>").unwrap(), "25 September 2023");
        let marked = "<p itemprop='datePublished dateModified'>25.09.2023</p>";
        assert_eq!(date(marked).unwrap(), "25.09.2023");
    }

    #[test]
    fn json_ld_says_it_of_pages_and_of_what_is_in_them() {
        for json in [
            r#"{"@type": "WebPage", "name": "A", "datePublished": "2023-09-25"}"#,
            r#"{"@type": ["WebPage", "ItemPage"], "datePublished": "2023-09-25"}"#,
            r#"{"@type": "WebPage", "mainEntity": {"@type": "NewsArticle", "headline": "A story",
                "datePublished": "2023-09-25"}}"#,
            r#"{"@graph": [{"@type": "WebSite", "datePublished": "1999"}, {"@type": "BlogPosting",
                "name": "A story", "datePublished": "2023-09-25"}]}"#,
            r#"[{"@type": "Comment", "headline": "No", "datePublished": "2024"}, {"@type": "WebPage",
                "datePublished": "2024", "mainEntityOfPage": {"@type": "Article", "datePublished": "2023-09-25"}}]"#,
        ] {
            let html = format!("{}<header><time datetime=2025>x</time></header>", ld(json));
            assert_eq!(date(&html).as_deref(), Some("2023-09-25"), "{json}");
        }
        let html = ld(r#"{"headline": "Officers&#8217; permits &amp; &lt;them&gt;",
            "publisher": {"name": "The B&ouml;rse"}}"#);
        assert_eq!(title(&html).as_deref(), Some("Officers’ permits & <them>"));
        assert_eq!(of(&html).source.as_deref(), Some("The Börse"));
        let page = ld(r#"{"@type": "WebPage", "name": "Of the page"}"#);
        assert_eq!(title(&format!("<title>Title</title>{page}")).as_deref(), Some("Title"));
        assert_eq!(title(&page).as_deref(), Some("Of the page"));
    }

    #[test]
    fn a_title_is_of_the_page_and_not_of_its_site_or_an_icon() {
        let og = |title: &str| format!("<meta property=og:title content='{title}'>");
        let heading = "<h1>Permits row</h1>";
        for (html, expected) in [
            (
                format!(
                    "{}<title>Permits row - Post</title>{}{heading}",
                    og("Post"),
                    og("Permits row")
                ),
                "Permits row",
            ),
            (
                format!("{}<title>Permits row - Post</title>{heading}", og("Post")),
                "Permits row - Post",
            ),
            (
                format!("{}<title>Permits row - Post</title>{heading}", og("Permits row")),
                "Permits row",
            ),
            (
                format!(
                    "<meta property=og:site_name content=Post>{}<title>Permits</title>",
                    og("Post")
                ),
                "Permits",
            ),
            (og("Post"), "Post"),
            (
                format!(
                    "{}<title>Permits row - Wiki</title>{heading}",
                    ld(r#"{"headline": "dispute about police in a city", "name": "Permits row"}"#)
                ),
                "Permits row",
            ),
            (
                format!("{}<title>Permits</title>", ld(r#"{"headline": "dispute of the police"}"#)),
                "Permits",
            ),
            (ld(r#"{"headline": "dispute of the police"}"#), "dispute of the police"),
            (
                format!("{}<title>北京的新闻_网</title>", ld(r#"{"headline": "今天北京"}"#)),
                "今天北京",
            ),
        ] {
            assert_eq!(title(&html).as_deref(), Some(expected), "{html}");
        }
        assert_eq!(title("<svg><title>Share icon</title></svg><p>x"), None);
    }

    #[test]
    fn headings_that_are_empty_or_nested_take_no_time() {
        let empty =
            "<h1><img></h1>".repeat(10) + "<h1>Permits row</h1><title>Permits - Post</title>";
        let document = Html::parse_document(&empty);
        let mut said = Said::default();
        for node in document.tree.root().descendants() {
            node.value().as_element().into_iter().for_each(|element| said.note(node, element));
        }
        assert_eq!(said.heading().map(|(_, text)| text.as_str()), Some("Permits row"));
        let nested = "<h1><div>".repeat(2000) + &"<br>".repeat(200_000);
        let document = Html::parse_document(&nested);
        assert_eq!(Head::of(&document, None).title, None);
    }

    #[test]
    fn an_address_is_whole_and_the_pages_own() {
        let canonical = |href: &str| format!("<link rel=canonical href='{href}'>");
        let og = "<meta property=og:url content=https://www.a.example/og>";
        let comment = "<!-- saved from url=(0028)https://www.a.example/saved -->";
        for (html, address, expected) in [
            (
                canonical("/x") + "<base href=https://b.example/y/>",
                None,
                Some("https://b.example/x"),
            ),
            (canonical("/x") + og, None, Some("https://www.a.example/x")),
            (canonical("x"), Some("https://c.example/y/z"), Some("https://c.example/y/x")),
            (canonical("/x"), None, None),
            (canonical("") + og, None, Some("https://www.a.example/og")),
            (canonical("//www.d.example/x"), None, Some("https://www.d.example/x")),
            (comment.to_owned() + "<p>x", None, Some("https://www.a.example/saved")),
            (
                format!("{comment}{}", canonical("https://e.example/")),
                None,
                Some("https://e.example/"),
            ),
            (
                canonical("https://web.archive.org/web/2023/https://www.f.example/x"),
                None,
                Some("https://www.f.example/x"),
            ),
            (String::new(), Some("cid:frame-1@mhtml.blink"), None),
        ] {
            let head = Head::of(&Html::parse_document(&html), address);
            assert_eq!(head.url.as_deref(), expected, "{html}");
            let source = expected.and_then(host);
            assert_eq!(head.source.as_deref(), source, "{html}");
        }
    }
}
