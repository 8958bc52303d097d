//! What of a page is read: what a reader sees, and where that is nothing, what was meant to be seen.

use scraper::Html;

use super::{
    frames::{self, Frames},
    json_ld,
    mhtml::Archive,
    tree::Monstrous,
    walk::{self, Found, Rules, words},
};

/// The passages of a page, and what to say of them.
pub(super) struct Seen {
    pub texts: Vec<String>,
    pub notes: Vec<String>,
}

/// A page on which so few words are seen shows no more than that it is loading.
const LOADING: usize = 10;

/// And so few are no page, if many times as many are hidden.
const LITTLE: usize = 100;

/// Words that are left out and worth a note, and of comments.
const MANY: usize = 20;
const SOME: usize = 10;

pub(super) fn read(
    document: &Html,
    base: Option<&str>,
    frames: &Frames<'_>,
) -> Result<Seen, Monstrous> {
    let read = |rules| {
        frames.archive.into_iter().for_each(Archive::again);
        walk::read(document, base, frames, rules)
    };
    let count = |found: &Found| found.blocks.done.iter().map(|text| words(text)).sum::<usize>();
    let outweighs = |n: usize, seen: usize| n > 0 && seen < LOADING && n >= 5 * seen;
    let mut notes = Vec::new();
    let mut rules = Rules::default();
    let mut found = read(rules)?;
    let mut seen = count(&found);
    let waits = found.hidden >= 20 * seen && seen < LITTLE && found.hidden > 0;
    if waits || outweighs(found.hidden, seen) {
        rules.hidden = true;
        notes.push(
            "almost nothing else is visible, so text that is hidden until scripts run was read"
                .to_owned(),
        );
        found = read(rules)?;
        seen = count(&found);
    }
    let mut scriptless = 0;
    // Most pages have some for counters and pictures: it takes more bytes to outweigh what is seen.
    if found.noscript > 3 * seen {
        let with = read(Rules { noscript: true, ..rules })?;
        let n = with.noscript;
        if n > seen {
            let is_frameset =
                |element: &scraper::node::Element| matches!(element.name(), "frameset");
            let mut elements =
                document.tree.root().descendants().filter_map(|node| node.value().as_element());
            let whose = match elements.any(is_frameset) {
                true => "frames (`<noframes>`)",
                false => "scripts (`<noscript>`)",
            };
            notes.push(format!(
                "little else is visible, so the text for browsers without {whose} was read"
            ));
            seen += n;
            found = with;
        } else {
            scriptless = n;
        }
    }
    if seen < LOADING {
        let mut own = Found::default();
        for json in scripts(document) {
            for text in json_ld::texts(&json) {
                walk::of_text(text, &mut own)?;
            }
        }
        if outweighs(count(&own), seen) {
            notes.push(
                "almost nothing else is visible, so article and comments were read from its JSON-LD"
                    .to_owned(),
            );
            found.blocks.done.append(&mut own.blocks.done);
            seen = count(&found);
        }
    }
    notes.extend(left_out(&found, scriptless, seen));
    Ok(Seen { texts: found.blocks.done, notes })
}

/// The JSON-LD of a page.
fn scripts(document: &Html) -> impl Iterator<Item = serde_json::Value> {
    let scripts = document.tree.root().descendants().filter(|node| {
        node.value().as_element().is_some_and(|element| {
            let kind = element.attr("type").unwrap_or_default();
            element.name() == "script" && kind.trim().eq_ignore_ascii_case("application/ld+json")
        })
    });
    scripts.filter_map(|script| {
        let text = script.children().filter_map(|child| child.value().as_text());
        json_ld::parse(&text.map(|text| &**text).collect::<String>())
    })
}

/// What was left out, where it is much or what people read.
fn left_out(found: &Found, scriptless: usize, seen: usize) -> Option<String> {
    let mut parts = Vec::new();
    if found.hidden >= MANY && found.hidden * 3 >= seen || found.hidden_comments >= SOME {
        let comments = if found.hidden_comments >= SOME { ", comments among them" } else { "" };
        parts.push(format!("{} words that its own style hides{comments}", found.hidden));
    }
    if scriptless >= MANY && scriptless * 3 >= seen {
        parts.push(format!("{scriptless} words for browsers without scripts"));
    }
    // Nearly all pages have frames of advertisements and films.
    let told = |name: &&String| frames::is_comments(name) || seen < 5 * LOADING;
    let missing: Vec<&str> = found.missing.iter().filter(told).map(String::as_str).collect();
    if !missing.is_empty() {
        let (n, s) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
        let more = if n > 3 { ", …" } else { "" };
        let names = missing.iter().take(3).copied().collect::<Vec<_>>().join(", ");
        parts.push(format!("{n} frame{s} whose text is not in the file ({names}{more})"));
    }
    (!parts.is_empty()).then(|| format!("left out: {}", parts.join("; ")))
}
