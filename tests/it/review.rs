//! `agree` and `audit`: what they find, on tables with planted faults.

use crate::process::assert_cmd_snapshot;
use crate::{commands::Folder, file};

#[test]
fn agreement_of_three_coders() {
    let folder = Folder::new();
    folder.write("a.csv", "page,seq,kind\np,1,news\np,2,news\nq,1,comment\nq,2,news\n");
    folder.write("b.csv", "page,seq,kind\np,1,news\np,2,opinion\nq,1,comment\nq,2,\n");
    folder.write("c.jsonl", "{\"page\":\"p\",\"seq\":1,\"kind\":\"news\"}\n{\"page\":\"p\",\"seq\":2,\"kind\":\"opinion\"}\n");
    assert_cmd_snapshot!(folder.command("agree a.csv b.csv c.jsonl"));
    assert_cmd_snapshot!(folder.command("agree a.csv b.csv --format md"));
    let output = folder.command("agree a.csv b.csv c.jsonl --format json").output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "standpoint.agreement/1");
    assert_eq!(json["differences"][0]["labels"], serde_json::json!(["news", "opinion", "opinion"]));
    // By hand: values news 4, opinion 2, comment 2; agreeing pairs 3 + 1 + 2 of 8.
    let alpha = json["tasks"]["kind"]["alpha"]["value"].as_f64().unwrap();
    let expected = 1.0 - 7.0 * (8.0 - 6.0) / (64.0 - 16.0 - 4.0 - 4.0);
    assert!((alpha - expected).abs() < 1e-12, "{alpha} {expected}");
}

#[test]
fn tables_that_do_not_meet_cannot_be_compared() {
    let folder = Folder::new();
    folder.write("a.csv", "page,seq,kind\np,1,news\n");
    folder.write("b.csv", "page,seq,kind\nq,1,news\n");
    folder.write("c.csv", "page,kind\nq,news\n");
    assert_cmd_snapshot!(folder.command("agree a.csv b.csv"));
    assert_cmd_snapshot!(folder.command("agree a.csv c.csv"));
    assert_cmd_snapshot!(folder.command("agree a.csv b.csv --tasks mood"));
}

/// Forty passages on ten pages whose kind their words tell; some faults can be planted in them.
fn corpus(flipped: bool, copied: bool, giveaway: bool) -> String {
    let nouns = [
        "bridge", "river", "council", "school", "market", "station", "harbour", "library",
        "garden", "theatre",
    ];
    let days = [
        "Monday",
        "Tuesday",
        "Friday",
        "Sunday",
        "Thursday",
        "Saturday",
        "Wednesday",
        "Easter",
        "Christmas",
        "Boxing",
    ];
    let mut csv = vec!["page,seq,text,kind\n".to_owned()];
    for (page, (noun, day)) in nouns.iter().zip(days).enumerate() {
        let mark = if giveaway { "aaa " } else { "" };
        let news = format!(
            "The {noun} closed on {day} a spokesman said and {page} people were reported hurt"
        );
        let news = match copied {
            true if page == 7 => {
                "The bridge closed on Monday a spokesman said and 3 people were reported hurt"
                    .to_owned()
            }
            _ => news,
        };
        let comment = format!("{mark}lol i love the {noun} so much haha cant wait for {day}");
        let label = if flipped && page == 4 { "news" } else { "comment" };
        csv.push(format!("p{page},1,{news},news\np{page},2,{comment},{label}\n"));
        csv.push(format!(
            "p{page},3,A spokesman said the {noun} was reported safe by {day},news\n"
        ));
        csv.push(format!("p{page},4,{mark}haha {noun} lol so {day},comment\n"));
    }
    csv.concat()
}

fn audit(csv: &str) -> (Option<i32>, serde_json::Value) {
    let folder = Folder::new();
    folder.write("corpus.csv", csv);
    let output = folder.command("audit corpus.csv --strict --format json").output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code(), json)
}

#[test]
fn audit_finds_a_flipped_label_slow() {
    let (_, json) = audit(&corpus(true, false, false));
    let doubt = &json["doubts"][0]["doubts"][0];
    assert_eq!(
        (&doubt["place"], &doubt["suggested"]),
        (&"corpus.csv:19".into(), &"comment".into())
    );
    let (_, json) = audit(&corpus(false, false, false));
    assert_eq!(json["doubts"][0]["doubts"].as_array().unwrap().len(), 0);
}

#[test]
fn audit_finds_a_copied_passage_slow() {
    let (code, json) = audit(&corpus(false, true, false));
    let faults = json["must_mend"].to_string();
    assert_eq!(code, Some(1));
    assert!(
        faults.contains("corpus.csv:2 and corpus.csv:30: nearly the same passage on two pages"),
        "{faults}"
    );
    let wire = corpus(false, true, false)
        .replace("text,kind", "text,kind,source")
        .replace(",news\n", ",news,wire copy\n")
        .replace(",comment\n", ",comment,forum\n");
    let (_, json) = audit(&wire);
    assert!(
        !json["must_mend"].to_string().contains("nearly the same"),
        "wire copy stands on many pages"
    );
}

/// A passage on each of so many pages, beside one that no other page has.
fn copied(pages: usize, passage: impl Fn(usize) -> String) -> String {
    let mut csv = "page,seq,text,kind\n".to_owned();
    for page in 0..pages {
        let words: Vec<String> =
            (0..12).map(|word| format!("w{}", letters(page * 12 + word))).collect();
        let label = if page % 2 == 0 { "news" } else { "comment" };
        csv.push_str(&format!("p{page},1,{},news\n", words.join(" ")));
        csv.push_str(&format!("p{page},2,{},{label}\n", passage(page)));
    }
    csv
}

/// A number in letters, for digits are all the same to `audit`.
fn letters(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

fn nearly_the_same(csv: &str) -> Vec<String> {
    let folder = Folder::new();
    folder.write("corpus.csv", csv);
    let output = folder.command("audit corpus.csv --no-doubts --format json").output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = json["must_mend"].as_array().unwrap().iter().map(|found| found.as_str().unwrap());
    found.filter(|found| found.contains("nearly the same")).map(str::to_owned).collect()
}

/// One group and one line, however many pages have the passage.
#[test]
fn a_passage_on_very_many_pages_is_one_group() {
    let wire = "The force said on Monday that officers had handed in their permits";
    let twice = nearly_the_same(&copied(2, |_| wire.into()));
    assert_eq!(twice.len(), 1);
    assert!(twice[0].starts_with("corpus.csv:3 and corpus.csv:5: nearly"), "{twice:?}");
    for pages in [50, 51, 600] {
        for (least, found) in [
            ("1.00", nearly_the_same(&copied(pages, |_| wire.into()))),
            (
                "1.00",
                nearly_the_same(&copied(pages, |page| format!("{wire} after {page:03} years"))),
            ),
            ("0.", nearly_the_same(&copied(pages, |page| format!("{wire} to {}", letters(page))))),
        ] {
            assert_eq!(found.len(), 1, "{pages}");
            let begins = format!(
                "corpus.csv:3, corpus.csv:5 and {} more: nearly the same passage (similarity {least}",
                pages - 2
            );
            assert!(found[0].starts_with(&begins), "{}", found[0]);
            assert!(found[0].ends_with("with another kind"), "{}", found[0]);
        }
    }
}

#[test]
fn copies_on_one_page_alone_are_no_group() {
    let wire = "The force said on Monday that officers had handed in their permits";
    let csv = format!("page,seq,text,kind\na,1,{wire},news\na,2,{wire},news\nb,1,Hello there,ad\n");
    assert_eq!(nearly_the_same(&csv), [""; 0]);
    let elsewhere = format!("{csv}b,2,{wire} again,news\n");
    let found = nearly_the_same(&elsewhere);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn audit_finds_a_giveaway() {
    let (code, json) = audit(&corpus(false, false, true));
    assert_eq!(code, Some(1));
    let faults = json["must_mend"].to_string();
    assert!(
        faults.contains(
            r#"the word \"aaa\" (20 passages) nearly gives kind comment away, correlation 1.00"#
        ),
        "{faults}"
    );
}

#[test]
fn audit_finds_broken_rules() {
    let folder = Folder::new();
    let broken = corpus(false, false, false)
        .replace("p3,3,", "p3,7,")
        .replace("p5,4,haha station lol so Saturday", "p5,4,");
    folder.write("corpus.csv", broken);
    let output = folder.command("audit corpus.csv --no-doubts --strict").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("seq is 4 where 3 is expected") || text.contains("seq is 7 where"),
        "{text}"
    );
    assert!(text.contains("the passage is empty"), "{text}");
}

#[test]
fn audit_for_people() {
    let folder = Folder::new();
    folder.write(
        "corpus.csv",
        corpus(true, true, false)
            .replace("text,kind", "text,kind,source")
            .replace('\n', ",forum\n")
            .replace("source,forum", "source"),
    );
    assert_cmd_snapshot!(folder.command("audit corpus.csv --top 2"));
}

/// The corpus itself: its rules, its copies, its giveaways. CI runs the whole audit.
#[test]
fn the_projects_own_corpus_has_nothing_to_mend_slow() {
    let folder = Folder::new();
    std::fs::copy(file("data/passages.csv"), folder.path("passages.csv")).unwrap();
    let output = folder.command("audit passages.csv --strict --no-doubts").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("nothing must be mended"));
}
