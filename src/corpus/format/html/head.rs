//! What a page says of itself.

use scraper::node::Element;
use serde_json::Value;

/// Title, address, date and source of a page, as far as they were found.
#[derive(Debug, Default)]
pub(in crate::corpus) struct Head {
    title: Best,
    url: Best,
    date: Best,
    source: Best,
}

/// The first value of the best rank; 0 is the best.
#[derive(Debug, Default)]
struct Best(Option<(usize, String)>);

impl Best {
    fn offer(&mut self, rank: usize, value: &str) {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let better = self.0.as_ref().is_none_or(|(known, _)| rank < *known);
        if better && !value.is_empty() {
            self.0 = Some((rank, value));
        }
    }
}

/// Ranks of what JSON-LD says: behind OpenGraph, ahead of all else.
const JSON_LD: usize = 1;

impl Head {
    /// Notes an element; `text` is its own text.
    pub fn note(&mut self, element: &Element, text: impl Fn() -> String) {
        let attr = |name| element.attr(name).unwrap_or_default();
        match element.name() {
            "title" => self.title.offer(2, &text()),
            "link" if attr("rel").split_ascii_whitespace().any(|rel| rel == "canonical") => {
                self.url.offer(0, attr("href"));
            }
            "time" => self.date.offer(3, attr("datetime")),
            "script" if attr("type").eq_ignore_ascii_case("application/ld+json") => {
                // What does not parse says nothing.
                if let Ok(json) = serde_json::from_str(&text()) {
                    self.json_ld(&json);
                }
            }
            "meta" => {
                let name = element.attr("property").or(element.attr("name"));
                let name = name.or(element.attr("itemprop")).unwrap_or_default();
                let content = attr("content");
                match &*name.to_ascii_lowercase() {
                    "og:title" => self.title.offer(0, content),
                    "og:url" => self.url.offer(1, content),
                    "og:site_name" => self.source.offer(0, content),
                    "article:published_time" => self.date.offer(0, content),
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
                    | "originalpublicationdate" => {
                        self.date.offer(2, content);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// The first thing in it that has a headline, be it alone, in a list or in a graph.
    fn json_ld(&mut self, json: &Value) {
        match json {
            Value::Array(all) => all.iter().for_each(|each| self.json_ld(each)),
            Value::Object(thing) => {
                if let Some(graph) = thing.get("@graph") {
                    self.json_ld(graph);
                }
                let Some(headline) = json["headline"].as_str() else { return };
                self.title.offer(JSON_LD, headline);
                self.date.offer(JSON_LD, json["datePublished"].as_str().unwrap_or_default());
                let publisher = match &json["publisher"] {
                    Value::Array(several) => several.first().unwrap_or(&Value::Null),
                    other => other,
                };
                let name = publisher.as_str().or(publisher["name"].as_str());
                self.source.offer(JSON_LD, name.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Title, address, date, source; `address` is where the page was found.
    pub fn found(self, address: Option<&str>) -> [Option<String>; 4] {
        let of = |best: Best| best.0.map(|(_, value)| value);
        let url = of(self.url).or_else(|| address.map(str::to_owned));
        let source = of(self.source).or_else(|| host(url.as_deref()?).map(str::to_owned));
        [of(self.title), url, of(self.date), source]
    }
}

/// The host of an address, without `www.`.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty()).then_some(host)
}
