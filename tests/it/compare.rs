//! `compare`: two models, or anybody's predictions, on the same passages.

use std::fmt::Write;

use serde_json::Value;

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

fn json(folder: &Folder, arguments: &str) -> Value {
    let output = folder.command(&format!("{arguments} --format json")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A hundred passages on twenty pages. Old is wrong in every fourth, new in every tenth that old
/// has right, and in every eighth that old has wrong: they differ on both sides.
fn write_tables(folder: &Folder) {
    let mut tables = [
        "page,seq,text,kind\n".to_owned(),
        "page,seq,pred_kind,p_kind_ad,p_kind_news\n".to_owned(),
        "page,seq,pred_kind,p_kind_ad,p_kind_news\n".to_owned(),
    ];
    for i in 0..100 {
        let gold = usize::from(i % 3 == 0);
        let wrong = [i % 4 == 0, if i % 4 == 0 { i % 8 == 0 } else { i % 10 == 0 }];
        let key = format!("p{},{}", i / 5, i % 5 + 1);
        let name = |label: usize| ["ad", "news"][label];
        writeln!(tables[0], "{key},Passage {i} of the kind {},{}", name(gold), name(gold)).unwrap();
        for (table, wrong) in tables[1..].iter_mut().zip(wrong) {
            let label = if wrong { 1 - gold } else { gold };
            let p = 0.6 + f64::from(i % 40) / 100.0;
            let ad = if label == 0 { p } else { 1.0 - p };
            writeln!(table, "{key},{},{ad:.2},{:.2}", name(label), 1.0 - ad).unwrap();
        }
    }
    for (name, table) in ["gold.csv", "old.csv", "new.csv"].iter().zip(tables) {
        folder.write(name, table);
    }
}

#[test]
fn new_predictions_against_old_ones() {
    let folder = Folder::new();
    write_tables(&folder);
    assert_cmd_snapshot!(folder.command("compare old.csv new.csv gold.csv --flips 2"));
    let json = json(&folder, "compare old.csv new.csv gold.csv");
    let kind = &json["tasks"]["kind"];
    // Old is wrong in 25, new in the 13 of these that 8 divides and in five others.
    assert_eq!(kind["mcnemar"]["only_new"], 12);
    assert_eq!(kind["mcnemar"]["only_old"], 5);
    let accuracy = &kind["metrics"]["accuracy"];
    assert!((accuracy["value"].as_f64().unwrap() - 0.07).abs() < 1e-12);
    assert!(accuracy["lo"].as_f64().unwrap() > 0.0 && accuracy["verdict"] == "better");
    // Each flip's line is the gold label's, and they come the most certain first.
    let lines: Vec<&str> = folder.read("gold.csv").leak().lines().collect();
    for (side, n) in [("harm", 5), ("help", 12)] {
        let flips = kind["flips"][side].as_array().unwrap();
        assert_eq!(flips.len(), n);
        for flip in flips {
            let line = lines[flip["line"].as_u64().unwrap() as usize - 1];
            assert!(line.contains(flip["text"].as_str().unwrap()));
            assert!(line.ends_with(flip["gold"].as_str().unwrap()));
            assert_eq!(flip["new"] == flip["gold"], side == "help");
        }
        let certain = |flip: &Value| flip["probability"].as_f64().unwrap();
        assert!(flips.is_sorted_by(|a, b| certain(a) >= certain(b)));
    }
}

#[test]
fn the_sides_can_be_exchanged() {
    let folder = Folder::new();
    write_tables(&folder);
    let there = json(&folder, "compare old.csv new.csv gold.csv --margin 0.001");
    let back = json(&folder, "compare new.csv old.csv gold.csv --margin 0.001");
    for (name, there) in there["tasks"]["kind"]["metrics"].as_object().unwrap() {
        let back = &back["tasks"]["kind"]["metrics"][name];
        let number = |value: &Value| value.as_f64().unwrap();
        // Figures of calibration have no interval.
        let ends = [("value", "value"), ("lo", "hi"), ("hi", "lo")];
        for (a, b) in ends.into_iter().filter(|(a, _)| !there[*a].is_null()) {
            assert!((number(&there[a]) + number(&back[b])).abs() < 1e-12, "{name} {a}");
        }
        let turned = match there["verdict"].as_str().unwrap() {
            "better" => "worse",
            "worse" => "better",
            same => same,
        };
        assert_eq!(back["verdict"], turned, "{name}");
    }
}

/// A script is told what people read; without being asked it is no verdict.
#[test]
fn a_verdict_becomes_an_exit_code_where_that_is_asked_for() {
    let folder = Folder::new();
    write_tables(&folder);
    let code = |arguments: &str| {
        let output = folder.command(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), said)
    };
    assert_eq!(code("compare new.csv old.csv gold.csv").0, 0);
    assert_eq!(code("compare new.csv old.csv gold.csv --check").0, 1);
    assert_eq!(code("compare old.csv new.csv gold.csv --check").0, 0);
    let (code, said) = code("compare old.csv old.csv gold.csv --check");
    assert!(code == 3 && said.contains("no passage changed its label"), "{code} {said}");
}

/// A loss that falls is better.
#[test]
fn what_should_be_small_is_better_when_smaller() {
    let folder = Folder::new();
    write_tables(&folder);
    let right =
        folder.read("gold.csv").replace("text,kind", "text,pred_kind,p_kind_ad,p_kind_news");
    let right = right.replace(",news\n", ",news,0.01,0.99\n").replace(",ad\n", ",ad,0.99,0.01\n");
    folder.write("right.csv", right);
    let json = json(&folder, "compare old.csv right.csv gold.csv");
    for metric in ["accuracy", "macro_f1", "log_loss", "brier"] {
        let difference = &json["tasks"]["kind"]["metrics"][metric];
        assert_eq!(difference["verdict"], "better", "{metric}: {difference}");
    }
}

/// What changed nowhere may change elsewhere: that it hardly does takes pages to say.
#[test]
fn the_same_predictions_are_equivalent_on_many_pages() {
    let folder = Folder::new();
    write_tables(&folder);
    let same = |old: &str, data: &str| {
        let json = json(&folder, &format!("compare {old} {old} {data}"));
        assert_eq!(json["tasks"]["kind"]["flips"], serde_json::json!({ "harm": [], "help": [] }));
        json["tasks"]["kind"]["metrics"]["accuracy"].clone()
    };
    for (old, data) in [("old.csv", "gold.csv"), ("small.standpoint", "small.csv")] {
        assert_eq!(same(old, data)["verdict"], "cannot tell", "{old}");
    }
    let table = |name: &str, column: &str, pages: usize| {
        let row = |i: usize| format!("{},{i},{}\n", i / 4, ["ad", "news"][i % 2]);
        let rows: String = (0..4 * pages).map(row).collect();
        folder.write(name, format!("page,seq,{column}\n{rows}"));
    };
    table("many.csv", "pred_kind", 300);
    table("many-gold.csv", "kind", 300);
    let accuracy = same("many.csv", "many-gold.csv");
    assert_eq!(accuracy["verdict"], "equivalent", "{accuracy}");
    assert!(accuracy["hi"].as_f64().unwrap() > 0.003, "{accuracy}");
}

/// Who refuses what is hard is not as good, and not better: `coverage` says it.
#[test]
fn refusals_improve_no_verdict() {
    let folder = Folder::new();
    let table = |name: &str, column: &str, label: &dyn Fn(usize) -> &'static str| {
        let row = |i: usize| format!("{},{i},{}\n", i / 5, label(i));
        let rows: String = (0..1000).map(row).collect();
        folder.write(name, format!("page,seq,{column}\n{rows}"));
    };
    table("gold.csv", "kind", &|i| ["ad", "news"][i % 2]);
    // The old one is wrong in what the new one refuses.
    table("old.csv", "pred_kind", &|i| if i % 4 == 0 { "news" } else { ["ad", "news"][i % 2] });
    table("new.csv", "pred_kind", &|i| if i % 4 == 0 { "" } else { ["ad", "news"][i % 2] });
    let there = json(&folder, "compare old.csv new.csv gold.csv");
    let metrics = &there["tasks"]["kind"]["metrics"];
    assert_eq!(metrics["accuracy"]["verdict"], "cannot tell");
    assert_eq!(metrics["accuracy"]["reason"], "unanswered cases");
    assert_eq!(metrics["coverage"]["verdict"], "worse");
    assert_eq!(metrics["coverage"]["new"], 0.75);
    let back = json(&folder, "compare new.csv old.csv gold.csv");
    assert_eq!(back["tasks"]["kind"]["metrics"]["coverage"]["verdict"], "better");
}

/// Gold labels beside both predictions, the rows of one of them in another order.
#[test]
fn gold_labels_may_stand_beside_the_predictions() {
    let folder = Folder::new();
    write_tables(&folder);
    let gold = folder.read("gold.csv");
    for name in ["old.csv", "new.csv"] {
        let predictions = folder.read(name);
        let mut rows: Vec<String> = gold
            .lines()
            .zip(predictions.lines())
            .map(|(gold, predicted)| {
                let predicted = predicted.splitn(3, ',').nth(2).unwrap();
                format!("{gold},{predicted}")
            })
            .collect();
        if name == "new.csv" {
            rows[1..].reverse();
        }
        folder.write(&format!("beside-{name}"), rows.join("\n"));
    }
    let apart = json(&folder, "compare old.csv new.csv gold.csv");
    for arguments in
        ["beside-old.csv beside-new.csv", "old.csv beside-new.csv", "beside-old.csv new.csv"]
    {
        let beside = json(&folder, &format!("compare {arguments}"));
        let (ours, theirs) = (&apart["tasks"]["kind"], &beside["tasks"]["kind"]);
        assert_eq!(ours["mcnemar"], theirs["mcnemar"], "{arguments}");
        let value = |json: &Value| json["metrics"]["macro_f1"]["value"].as_f64().unwrap();
        assert!((value(ours) - value(theirs)).abs() < 1e-12, "{arguments}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = Folder::new();
    write_tables(&folder);
    let gold = folder.read("gold.csv");
    let mut said = Vec::new();
    let mut refused = |arguments: &str| {
        let output = folder.command(&format!("compare {arguments}")).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.stdout.is_empty());
        said.push(format!("{} {}", output.status.code().unwrap(), error.trim()));
    };
    folder.write(
        "labels.csv",
        folder.read("new.csv").replace("p_kind_ad", "p_kind_advert").replace(",ad,", ",advert,"),
    );
    refused("old.csv labels.csv gold.csv");
    folder
        .write("short.csv", folder.read("new.csv").lines().take(90).collect::<Vec<_>>().join("\n"));
    refused("old.csv short.csv gold.csv");
    folder.write("mood.csv", folder.read("new.csv").replace("kind", "mood"));
    refused("old.csv mood.csv gold.csv");
    refused("old.csv new.csv");
    refused("small.standpoint new.csv");
    folder.write("a.csv", "text,kind,pred_kind\nOne,news,news\nTwo,ad,ad\n");
    folder.write("b.csv", "text,kind,pred_kind\nOne,news,news\nTwo,news,ad\n");
    refused("a.csv b.csv");
    folder.write("half-a.csv", "text,pred_kind\nOne,news\nTwo,\n");
    folder.write("half-b.csv", "text,pred_kind\nOne,\nTwo,ad\n");
    refused("half-a.csv half-b.csv a.csv");
    refused("old.csv new.csv gold.csv --margin 2");
    refused("old.csv new.csv gold.csv -o old.csv");
    refused("old.csv missing.csv gold.csv");
    assert_eq!(folder.read("gold.csv"), gold);
    insta::assert_snapshot!(said.join("\n"));
}

/// A passage without a label on one side is none to compare, and both sides say how many.
#[test]
fn passages_without_a_label_are_counted_and_left_out() {
    let folder = Folder::new();
    folder.write("gold.csv", "text,kind\nOne,news\nTwo,ad\nThree,ad\nFour,ad\n");
    folder.write("a.csv", "text,pred_kind\nOne,news\nTwo,\nThree,ad\nFour,\n");
    folder.write("b.csv", "text,pred_kind\nOne,news\nTwo,ad\nThree,news\nFour,\n");
    let json = json(&folder, "compare a.csv b.csv gold.csv");
    let kind = &json["tasks"]["kind"];
    assert_eq!(
        (&kind["n"], &kind["unanswered"]),
        (&2.into(), &serde_json::json!({"old": 2, "new": 1}))
    );
    assert_eq!(kind["metrics"]["accuracy"]["reason"], "fewer than 30 cases");
    assert_eq!(kind["metrics"]["log_loss"]["reason"], "no probabilities");
}
