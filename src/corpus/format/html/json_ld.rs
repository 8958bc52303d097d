//! JSON-LD as pages have it: JSON with the faults that search engines forgive.

use std::{collections::HashSet, fmt::Write};

use serde_json::Value;

/// The JSON of a script, though it may stand in a comment or in CDATA, have raw line breaks, comments or
/// commas too many, end with a semicolon, or escape what needs no escape; nothing if it is no JSON even so.
pub(in crate::corpus) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&mended(text))).ok()
}

/// The text of an article, of its updates and of its comments, answers too, in their order.
pub(super) fn texts(json: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    add_texts(json, false, &mut texts);
    let mut known = HashSet::new();
    texts.retain(|text| known.insert(*text));
    texts
}

fn add_texts<'a>(json: &'a Value, said: bool, texts: &mut Vec<&'a str>) {
    let thing = match json {
        Value::Array(all) => return all.iter().for_each(|each| add_texts(each, said, texts)),
        Value::Object(thing) => thing,
        _ => return,
    };
    let is_said = |kind: &Value| {
        let said =
            ["Answer", "Comment", "DiscussionForumPosting", "Question", "SocialMediaPosting"];
        kind.as_str().is_some_and(|kind| said.contains(&kind))
    };
    let said = said
        || thing.get("@type").is_some_and(|kind| match kind {
            Value::Array(kinds) => kinds.iter().any(is_said),
            kind => is_said(kind),
        });
    let own = ["articleBody", "text"].into_iter().filter(|key| *key == "articleBody" || said);
    texts.extend(own.filter_map(|key| thing.get(key)?.as_str()));
    for key in ["@graph", "mainEntity", "mainEntityOfPage", "hasPart", "liveBlogUpdate"] {
        thing.get(key).into_iter().for_each(|part| add_texts(part, false, texts));
    }
    for key in ["comment", "comments", "acceptedAnswer", "suggestedAnswer"] {
        thing.get(key).into_iter().for_each(|part| add_texts(part, true, texts));
    }
}

/// Marks around a script that hide it from old browsers and from XML.
const MARKS: [&str; 4] = ["<!--", "-->", "<![CDATA[", "]]>"];

fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Looked for once, so that many comments without an end take no longer than one.
    let last_end = text.rfind("-->").unwrap_or(0);
    while let Some(first) = rest.chars().next() {
        let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
        if first == '"' {
            rest = string(&rest[1..], &mut out);
        } else if let Some(mark) = mark {
            rest = &rest[mark.len()..];
            // A comment that says something is no mark.
            if *mark == "<!--" && !rest.trim_start().starts_with(['{', '[', '/']) {
                let ends = text.len() - rest.len() <= last_end;
                let behind = ends.then(|| rest.split_once("-->")).flatten();
                rest = behind.map_or(rest, |(_, behind)| behind);
            }
        } else if rest.starts_with("//") {
            // What hides a mark from the script hides nothing else.
            let line = rest.trim_start_matches('/').trim_start_matches([' ', '\t']);
            let hidden = MARKS.iter().any(|mark| line.starts_with(mark));
            let end = |text: &str| text.find(['\n', '\r', '\u{2028}', '\u{2029}']);
            rest = if hidden { line } else { &rest[end(rest).unwrap_or(rest.len())..] };
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, behind)| behind);
        } else {
            if matches!(first, '}' | ']') && out.trim_end().ends_with(',') {
                out.truncate(out.trim_end().len() - 1);
            }
            if !matches!(first, ';' | '\u{FEFF}') {
                out.push(if first.is_whitespace() { ' ' } else { first });
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    // Behind the whole, too.
    out.truncate(out.trim_end().trim_end_matches(',').len());
    out
}

/// Writes the string that begins here, and gives what is behind it.
fn string<'a>(text: &'a str, out: &mut String) -> &'a str {
    out.push('"');
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let behind = &rest[character.len_utf8()..];
        rest = behind;
        match character {
            '"' if ends(behind) => break,
            '"' => out.push_str("\\\""),
            '\\' => rest = escape(behind, out),
            control if (control as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
    rest
}

/// Writes what a backslash before this means, and gives what is behind it.
fn escape<'a>(text: &'a str, out: &mut String) -> &'a str {
    let unit = |text: &str| {
        let digits = text.strip_prefix('u')?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = text.chars().next() else { return text };
    let behind = &text[first.len_utf8()..];
    match (first, unit(text)) {
        (_, Some(high)) if (0xD800..0xE000).contains(&high) => {
            let low = text[5..].strip_prefix('\\').and_then(unit);
            let pair = low.filter(|low| high < 0xDC00 && (0xDC00..0xE000).contains(low));
            // Half of a pair is what was left of an emoji where a text was cut.
            let (written, length) = pair.map_or(("ufffd", 5), |_| (&text[..11], 11));
            out.push('\\');
            out.push_str(written);
            &text[length..]
        }
        (_, Some(_)) => {
            out.push('\\');
            out.push_str(&text[..5]);
            &text[5..]
        }
        ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't', _) => {
            out.extend(['\\', first]);
            behind
        }
        // A line that goes on, or a character that needs no escape.
        ('\n', _) => behind,
        _ => text,
    }
}

/// Whether a quotation mark ends its string, by what is behind it.
fn ends(behind: &str) -> bool {
    let behind = behind.trim_start();
    match behind.strip_prefix(',') {
        Some(next) => {
            let next = next.trim_start();
            next.is_empty()
                || next.starts_with(['"', '{', '[', '}', ']', '-', '/'])
                || next.starts_with(|c: char| c.is_ascii_digit())
                || ["true", "false", "null"].iter().any(|word| next.starts_with(word))
        }
        None => behind.is_empty() || behind.starts_with([':', '}', ']', '/', ';', '<']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_of_pages_is_read_with_its_usual_faults() {
        let good = json!({"headline": "Permits", "tags": ["a", "b"]});
        for text in [
            r#"{"headline": "Permits", "tags": ["a", "b"]}"#,
            r#" {"headline": "Permits", "tags": ["a", "b",],}; "#,
            "<!--\n{\"headline\": \"Permits\", \"tags\": [\"a\", \"b\"]}\n-->",
            "<!-- by a plugin -->{\"headline\": \"Permits\", \"tags\": [\"a\", \"b\"]}",
            "//<![CDATA[\n{\"headline\": \"Permits\", \"tags\": [\"a\", \"b\"]}\n//]]>",
            "// <![CDATA[ {\"headline\": \"Permits\", \"tags\": [\"a\", \"b\"]} // ]]>",
            "/*<![CDATA[*/{\"headline\": \"Permits\", /* two */ \"tags\": [\"a\", \"b\"]}/*]]>*/",
            "<![CDATA[{\"headline\": \"Permits\", // one\n \"tags\": [\"a\", \"b\" , ]}]]>",
            "\u{FEFF}{\"headline\":\u{A0}\"Permits\", \"tags\": [\"a\", \"b\"]}",
        ] {
            assert_eq!(parse(text), Some(good.clone()), "{text}");
        }
    }

    #[test]
    fn texts_are_those_of_articles_and_comments() {
        let json = json!([{"@type": "WebSite", "text": "no"}, {"@graph": [{
            "@type": ["NewsArticle"], "articleBody": "The article.", "description": "no",
            "liveBlogUpdate": [{"articleBody": "An update."}],
            "comment": [{"text": "First.", "comment": {"text": "A reply."}}, {"text": "First."}],
        }, {"mainEntity": {"@type": "Question", "text": "Why?", "acceptedAnswer": {"text": "So."}}}]}]);
        assert_eq!(
            texts(&json),
            ["The article.", "An update.", "First.", "A reply.", "Why?", "So."]
        );
    }

    #[test]
    fn comments_without_an_end_and_very_many_texts_are_read_in_no_time() {
        for comment in ["<!-- ", "//<!--", "// <!-- "] {
            let text = format!("{{\"a\": 1}}{}", comment.repeat(200_000));
            assert_eq!(parse(&text), Some(json!({"a": 1})), "{comment}");
        }
        let comments: Vec<_> = (0..50_000).map(|n| json!({"text": n.to_string()})).collect();
        assert_eq!(texts(&json!({"@type": "Article", "comment": comments})).len(), 50_000);
    }

    #[test]
    fn strings_keep_what_they_say() {
        let of =
            |text: &str| parse(&format!("{{\"a\": \"{text}\"}}")).map(|json| json["a"].clone());
        for (written, means) in [
            ("two\nlines\tand\u{B}", "two\nlines\tand\u{B}"),
            (
                "https://a.example/x <!-- no --> /* no */ ,}",
                "https://a.example/x <!-- no --> /* no */ ,}",
            ),
            ("it\\'s\n", "it's\n"),
            ("he said \"no\" to it\n", "he said \"no\" to it\n"),
            ("\\u00e9\\ud83d\\ude44 \\ud83d\n", "\u{e9}\u{1F644} \u{FFFD}\n"),
            ("\\\"quoted\\\"\n\\\\", "\"quoted\"\n\\"),
        ] {
            assert_eq!(of(written), Some(means.into()), "{written}");
        }
    }

    #[test]
    fn what_is_no_json_says_nothing() {
        for text in
            ["", "var x = 1", "{\"a\": ", "{{ json }}", "<p>", "\\", "\"\\", "{\"\\u12\u{e9}\""]
        {
            assert!(parse(text).is_none() || text == "\"\\", "{text}");
        }
    }
}
