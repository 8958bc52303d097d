//! The ladder of `evaluate --leakage`: each rung must take away what it says.

use std::fmt::Write;

use serde_json::Value;

use crate::process::assert_cmd_snapshot;
use crate::{
    commands::Folder,
    schema::{breach, schema},
};

/// The macro F1 of each rung.
fn ladder(table: &str, arguments: &str) -> (Vec<(String, f64)>, Value) {
    let folder = Folder::new();
    folder.write("t.csv", table);
    let arguments = format!("evaluate t.csv --leakage --format json {arguments}");
    let output = folder.command(&arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = schema("evaluation-1");
    assert_eq!(breach(&schema, &schema, &json, ""), None);
    let value = |rung: &Value| rung["tasks"]["side"]["macro_f1"]["value"].as_f64();
    let named = |rung: &Value| Some((rung["split"].as_str()?.to_owned(), value(rung)?));
    (json["leakage"].as_array().unwrap().iter().filter_map(named).collect(), json)
}

/// A word that tells nothing.
fn word(number: usize) -> String {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    let n = number.wrapping_mul(7919) % 17_576;
    [letter(n), 'o', letter(n / 26), 'e', letter(n / 676), 'n'].iter().collect()
}

fn noise(number: usize, words: usize) -> String {
    (0..words).map(|i| word(number * 31 + i * 7)).collect::<Vec<_>>().join(" ")
}

/// Sides are dealt by chance, and each passage stands twice, on two pages of one source: whoever
/// has read one copy knows the other, and nobody else knows anything.
#[test]
fn copies_are_worth_nothing_once_they_are_kept_together_slow() {
    let mut csv = "page,seq,text,side,source\n".to_owned();
    for i in 0..56 {
        let side = if word(i).as_bytes()[2].is_multiple_of(2) { "for" } else { "against" };
        for copy in 0..2 {
            let page = (i / 4) * 2 + copy;
            let (seq, source) = (i % 4 + 1, i / 4);
            writeln!(csv, "p{page},{seq},{} {copy}.,{side},s{source}", noise(i, 14)).unwrap();
        }
    }
    let (rungs, json) = ladder(&csv, "--folds 4 --tasks side");
    let names: Vec<&str> = rungs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["random passages", "random passages, near-duplicates together", "by page", "by source"]
    );
    // From "by page" on, pages that share copies are one.
    assert!(rungs[0].1 > 0.68, "{rungs:?}");
    assert!(rungs[1..].iter().all(|rung| rung.1 < 0.62), "{rungs:?}");
    assert_eq!(json["leakage"][2]["groups"], 14);
    // The headline is the strictest rung, and all figures are of it.
    assert_eq!(json["leakage"][3]["headline"], serde_json::json!(["side"]));
    assert_eq!(json["leakage"][1]["groups"], 56);
    let figures = &json["tasks"]["side"]["metrics"]["macro_f1"];
    assert_eq!(*figures, json["leakage"][3]["tasks"]["side"]["macro_f1"]);
}

/// Copies that stand on pages at random join all pages: no split of pages is one, and the strictest that
/// can be made is the headline. `train --cv` says so, and how many passages are copied.
#[test]
fn copies_that_join_all_pages_are_said_slow() {
    let mut rows: Vec<(usize, String)> = Vec::new();
    for i in 0..56 {
        let side = if word(i).as_bytes()[2].is_multiple_of(2) { "for" } else { "against" };
        for (copy, page) in [i % 8, (i * 3 + 1 + i / 8) % 8].into_iter().enumerate() {
            rows.push((page, format!("{} {copy}.,{side}", noise(i, 14))));
        }
    }
    rows.sort();
    let mut csv = "page,seq,text,side\n".to_owned();
    for (seq, (page, rest)) in rows.iter().enumerate() {
        writeln!(csv, "p{page},{seq},{rest}").unwrap();
    }
    let (rungs, json) = ladder(&csv, "--folds 4 --tasks side");
    assert_eq!(rungs.len(), 2, "{rungs:?}");
    assert_eq!(json["leakage"][1]["headline"], serde_json::json!(["side"]));
    let why = "passages that are copied from page to page join all pages";
    assert_eq!(json["leakage"][2]["tasks"]["side"]["reason"], why);
    let folder = Folder::new();
    folder.write("t.csv", &csv);
    let output = folder.command("train t.csv --cv 4 --tasks side").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("passages are nearly the same on several pages: folds part"), "{said}");
}

/// A label on fewer pages than there are folds is said, with what follows.
#[test]
fn labels_on_fewer_pages_than_folds_are_said_slow() {
    let mut csv = "page,seq,text,side\n".to_owned();
    for i in 0..60 {
        let side = if i == 7 { "odd" } else { ["for", "against"][i % 2] };
        writeln!(csv, "p{},{i},{} {side},{side}", i / 6, noise(i, 9)).unwrap();
    }
    let folder = Folder::new();
    folder.write("t.csv", &csv);
    let output = folder.command("train t.csv --cv 5 --tasks side").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("fewer pages than the 5 folds have \"odd\" (1)"), "{said}");
}

/// With the only topic that takes sides held out there is nothing to learn from: the rung says so, and
/// the others stand.
#[test]
fn a_split_that_leaves_nothing_to_learn_is_said_slow() {
    let mut csv = "page,text,side,topic\n".to_owned();
    for i in 0..40 {
        let (side, topic) =
            if i < 20 { ("none", "tea") } else { (["for", "none"][i % 2], "permits") };
        writeln!(csv, "p{i},{} {side}s,{side},{topic}", noise(i, 6)).unwrap();
    }
    let (rungs, json) = ladder(&csv, "--folds 4 --tasks side");
    assert_eq!(rungs.last().unwrap().0, "by page");
    let by_topic = json["leakage"].as_array().unwrap().last().unwrap();
    assert_eq!(by_topic["split"], "by topic");
    assert!(
        by_topic["tasks"]["side"].to_string().contains("one label to learn from"),
        "{by_topic}"
    );
}

/// The word that is for one side comes to be for the other with the last month.
#[test]
fn by_time_nothing_is_learnt_from_what_comes_later_slow() {
    let mut csv = "page,text,side,date\n".to_owned();
    for i in 0..120 {
        let (late, second) = (i >= 90, i % 2 == 0);
        let side = if late == second { "for" } else { "against" };
        let mark = if second { "yea" } else { "nay" };
        let date = if late { "2024-03-01" } else { ["2024-01-05", "2024-02-05"][i % 2] };
        writeln!(csv, "p{i},{mark} {},{side},{date}", noise(i, 6)).unwrap();
    }
    csv += "undated,nothing,for,\n";
    let (rungs, json) = ladder(&csv, "--folds 4 --tasks side");
    let (name, by_time) = rungs.last().unwrap();
    assert_eq!(name, "by time, the latest judged");
    assert!(*by_time < 0.1 && rungs[0].1 > 0.6, "{rungs:?}");
    assert_eq!(json["tasks"]["side"]["metrics"]["accuracy"]["n"], 30);
}

#[test]
fn the_ladder_for_people_slow() {
    let folder = Folder::new();
    let table = folder.read("small.csv");
    let mut rows: Vec<String> = table.lines().map(|row| format!("{row},herald,2024-01")).collect();
    rows[0] = rows[0].replace("herald,2024-01", "source,date");
    folder.write("one.csv", rows.join("\n"));
    assert_cmd_snapshot!(folder.command("evaluate one.csv --leakage --tasks kind --folds 3"));
    let md =
        folder.command("evaluate one.csv --leakage --tasks kind --folds 3 --format md").output();
    insta::assert_snapshot!(
        String::from_utf8(md.unwrap().stdout)
            .unwrap()
            .lines()
            .take(14)
            .collect::<Vec<_>>()
            .join("\n")
    );
    folder.write("page.csv", "page,text,kind\np,Share,ad\np,Gone,news\np,Home,ad\np,Far,news\n");
    assert_cmd_snapshot!(folder.command("evaluate page.csv --leakage -m small.standpoint"));
}

/// Where a split leaves a task one label, the task falls back on the split before, and alone.
#[test]
fn a_task_that_a_split_makes_unlearnable_keeps_the_last_one() {
    let mut csv = "page,text,side,mood,topic\n".to_owned();
    for i in 0..60 {
        let (side, mark) = if i % 2 == 0 { ("for", "yea") } else { ("against", "nay") };
        let topic = if i < 30 { "strike" } else { "weather" };
        let mood = if i % 3 == 0 && i < 30 { "angry" } else { "calm" };
        writeln!(csv, "p{i},{mark} {mood}ly {},{side},{mood},{topic}", noise(i, 5)).unwrap();
    }
    let (rungs, json) = ladder(&csv, "--folds 2 --tasks side,mood");
    assert_eq!(rungs.last().unwrap().0, "by topic");
    let headline = |rung: usize| json["leakage"][rung]["headline"].clone();
    assert_eq!(headline(3), serde_json::json!(["side"]));
    assert_eq!(headline(2), serde_json::json!(["mood"]));
    let mood = &json["leakage"][3]["tasks"]["mood"];
    assert!(mood["macro_f1"].is_null() && mood["reason"].is_string());
    assert_eq!(
        json["tasks"]["mood"]["metrics"]["macro_f1"],
        json["leakage"][2]["tasks"]["mood"]["macro_f1"]
    );
}
