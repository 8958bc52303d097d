//! What users ask of learning on the command line: a model for each target, a search, held-out
//! predictions, abstaining, other shares of labels.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::Value;
use standpoint::Model;

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

/// Remarks on two targets; "splendid" is for the one and against the other.
fn targets() -> String {
    let mut csv = String::from("page,text,target,stance\n");
    for i in 0..40 {
        let (target, word) = (["trams", "tolls"][i % 2], ["splendid", "dreadful"][i / 2 % 2]);
        let favor = (word == "splendid") == (target == "trams");
        let stance = if favor { "favor" } else { "against" };
        writeln!(csv, "p{i},what a {word} thing number {i} is,{target},{stance}").unwrap();
    }
    csv
}

fn run(folder: &Folder, arguments: &str) -> (Option<i32>, String, String) {
    let output = folder.command(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn csv_rows(csv: &str) -> Vec<std::collections::HashMap<String, String>> {
    csv::Reader::from_reader(csv.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[test]
fn each_target_has_its_own_model() {
    let folder = Folder::new();
    folder.write("t.csv", targets());
    let (code, ..) = run(&folder, "train t.csv --tasks stance --per-target -o t.standpoint");
    assert_eq!(code, Some(0));
    folder.write("new.csv", "text,target\nhow splendid,trams\nhow splendid,tolls\n");
    let (_, out, _) = run(&folder, "predict new.csv -m t.standpoint");
    let labels: Vec<String> = csv_rows(&out).iter().map(|row| row["pred_stance"].clone()).collect();
    assert_eq!(labels, ["favor", "against"]);

    // The file holds what the models were, byte for byte.
    let bytes = std::fs::read(folder.path("t.standpoint")).unwrap();
    let models = Model::from_bytes("t", &bytes).unwrap();
    assert_eq!(
        models.targets().iter().map(standpoint::model::TargetModel::target).collect::<Vec<_>>(),
        ["tolls", "trams"]
    );
    assert!(models.to_bytes() == bytes);

    // And says of each target what its own model says.
    let (_, json, _) = run(&folder, "evaluate t.csv -m t.standpoint --format json");
    let json: Value = serde_json::from_str(&json).unwrap();
    let targets: Vec<&String> = json["targets"].as_object().unwrap().keys().collect();
    assert_eq!(targets, ["tolls", "trams"]);
    assert_eq!(json["targets"]["trams"]["tasks"]["stance"]["metrics"]["accuracy"]["n"], 20);
    assert_eq!(json["tasks"]["stance"]["metrics"]["accuracy"]["n"], 40);
}

#[test]
fn an_unseen_target_is_refused() {
    let folder = Folder::new();
    folder.write("t.csv", targets());
    run(&folder, "train t.csv --tasks stance --per-target -o t.standpoint");
    folder.write("new.csv", "text,target\nhow splendid,trams\nhow splendid,buses\n");
    assert_cmd_snapshot!(folder.command("predict new.csv -m t.standpoint"));
    assert_cmd_snapshot!(folder.command("predict page.txt -m t.standpoint"));
    assert_cmd_snapshot!(folder.command("predict page.txt -m t.standpoint --target buses"));
    assert_cmd_snapshot!(folder.command("predict page.txt -m small.standpoint --target trams"));
    let (code, ..) = run(&folder, "predict page.txt -m t.standpoint --target trams");
    assert_eq!(code, Some(0));
}

#[test]
fn every_bit_of_a_file_of_several_models_is_checked() {
    let folder = Folder::new();
    folder.write("t.csv", targets());
    run(&folder, "train t.csv --tasks stance --per-target --char-ngrams 0-0 -o t.standpoint");
    let bytes = std::fs::read(folder.path("t.standpoint")).unwrap();
    for at in (0..bytes.len()).step_by(97) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(Model::from_bytes("t", &flipped).is_err(), "bit of byte {at}");
        assert!(Model::from_bytes("t", &bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_target_has_the_label_weights_of_its_own_labels_and_needs_a_label() {
    let folder = Folder::new();
    let other = "text,target,stance\nsoup is fine,soup,favor\nsoup is vile,soup,none\n\
                 fine soup,soup,favor\nvile soup,soup,none\n\
                 good roads,roads,favor\nbad roads,roads,against\n\
                 roads are good,roads,favor\nroads are bad,roads,against\n";
    folder.write("t.csv", other);
    let flags = "--tasks stance --per-target -o t.standpoint --class-weights";
    for search in ["", "--search"] {
        let (code, _, err) = run(&folder, &format!("train t.csv {flags} against=2 {search}"));
        assert_eq!(code, Some(0), "{err}");
    }
    let (code, _, err) = run(&folder, &format!("train t.csv {flags} agianst=2"));
    assert_eq!(code, Some(2));
    assert!(err.contains("--class-weights is agianst (did you mean \"against\"?)"), "{err}");
    folder.write("t.csv", format!("{other}a cup,tea,\n"));
    let (code, _, err) = run(&folder, &format!("train t.csv {flags} balanced"));
    assert_eq!(code, Some(2));
    assert!(err.contains("t.csv:10: no passage of the target \"tea\" has a label"), "{err}");
    folder.write("t.csv", format!("{other}a cup,tea,favor\nthe cup,tea,favor\n"));
    let (_, _, err) = run(&folder, &format!("train t.csv {flags} balanced --search"));
    assert!(err.contains("target \"tea\": ") && err.contains("favor"), "{err}");
}

#[test]
fn a_search_says_what_it_tried_and_the_card_keeps_it() {
    let folder = Folder::new();
    folder.write("t.csv", targets());
    let flags = "--tasks stance --per-target --search --cv 3 --card t.md -o t.standpoint";
    let (code, _, err) = run(&folder, &format!("train t.csv {flags}"));
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("* chosen") && err.contains("a little too good"), "{err}");
    let card = folder.read("t.md");
    // Two targets, four rounds each, one choice a round.
    assert_eq!(card.lines().filter(|line| line.ends_with("| yes |")).count(), 8);
    let bytes = std::fs::read(folder.path("t.standpoint")).unwrap();
    let models = Model::from_bytes("t", &bytes).unwrap();
    assert!(models.targets().iter().all(|model| model.training().search.len() == 4));
}

#[test]
fn held_out_predictions_stand_beside_their_rows() {
    let folder = Folder::new();
    let rows = targets().replace("p3,", "p3,UNLABELLED ").replace(
        "UNLABELLED what a dreadful thing number 3 is,tolls,favor",
        "what a dreadful thing number 3 is,tolls,",
    );
    folder.write("t.csv", &rows);
    let flags = "--tasks stance --per-target --cv 4 --predictions out.csv";
    let (code, _, err) = run(&folder, &format!("train t.csv {flags}"));
    assert_eq!(code, Some(0), "{err}");
    let (before, after) = (csv_rows(&rows), csv_rows(&folder.read("out.csv")));
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert!(before.iter().all(|(column, value)| &after[column] == value));
        assert_eq!(after["pred_stance"].is_empty(), before["stance"].is_empty());
    }
}

#[test]
fn groups_are_never_parted_and_lower_the_number_of_folds() {
    let folder = Folder::new();
    // Each source has a word of its own, and one label only: told from the same source it is easy,
    // from others impossible.
    let mut csv = String::from("page,text,source,side\n");
    for i in 0..36 {
        let source = i % 6;
        let word = ["ash", "birch", "cedar", "elm", "fir", "hazel"][source];
        writeln!(csv, "p{i},{word} {word},s{source},{}", ["left", "right"][source % 2]).unwrap();
    }
    folder.write("g.csv", csv);
    let accuracy = |flags: &str| {
        let command = format!("train g.csv --tasks side --char-ngrams 0-0 --format json {flags}");
        let (code, json, err) = run(&folder, &command);
        assert_eq!(code, Some(0), "{err}");
        let json: Value = serde_json::from_str(&json).unwrap();
        json["tasks"]["side"]["metrics"]["accuracy"]["value"].as_f64().unwrap()
    };
    assert_eq!(accuracy("--cv 3"), 1.0);
    assert!(accuracy("--cv 99 --group source") <= 0.5);
    assert_cmd_snapshot!(folder.command("train g.csv --tasks side --cv 3 --group sauce"));
}

#[test]
fn a_lower_error_answers_fewer_and_loses_no_row() {
    let folder = Folder::new();
    let answered = |flags: &str| {
        let (code, out, err) =
            run(&folder, &format!("predict small.csv -m small.standpoint {flags}"));
        assert_eq!(code, Some(0), "{err}");
        let rows = csv_rows(&out);
        assert_eq!(rows.len(), csv_rows(&folder.read("small.csv")).len());
        let given = |row: &&std::collections::HashMap<String, String>| {
            let label = &row["pred_kind"];
            let reason = row.get("abstained_kind").map_or("", String::as_str);
            assert!(flags.is_empty() || label.is_empty() != reason.is_empty());
            !label.is_empty()
        };
        rows.iter().filter(given).count()
    };
    let (all, some, none) = (answered(""), answered("--max-error 0.2"), answered("--max-error 0"));
    assert!(none <= some && some <= all, "{none} {some} {all}");
    assert_eq!(answered("--max-error 1"), all);
}

#[test]
fn a_passage_without_a_known_term_gets_no_label() {
    let folder = Folder::new();
    folder.write("greek.csv", "text\nμῆνιν ἄειδε θεά\nThe officers\n");
    let (_, out, err) = run(&folder, "predict greek.csv -m small.standpoint --max-error 1");
    let rows = csv_rows(&out);
    assert_eq!(
        (rows[0]["pred_kind"].as_str(), rows[0]["abstained_kind"].as_str()),
        ("", "no known term")
    );
    assert!(!rows[1]["pred_kind"].is_empty());
    assert!(err.contains("1 passage has no term that the model knows"), "{err}");
}

#[test]
fn a_prior_moves_probabilities_and_unknown_labels_are_refused() {
    let folder = Folder::new();
    let mean = |flags: &str| {
        let (code, out, err) =
            run(&folder, &format!("predict small.csv -m small.standpoint {flags}"));
        assert_eq!(code, Some(0), "{err}");
        let rows = csv_rows(&out);
        let p = |row: &std::collections::HashMap<String, String>| {
            row["p_stance_favor"].parse::<f64>().unwrap()
        };
        rows.iter().map(p).sum::<f64>() / rows.len() as f64
    };
    let (less, plain, more) =
        (mean("--prior favor=0.01"), mean(""), mean("--prior stance.favor=0.9"));
    assert!(less < plain && plain < more, "{less} {plain} {more}");
    for prior in ["favour=0.2", "favor=1.2", "favor=0.5,against=0.5", "favor"] {
        let prior = format!("predict small.csv -m small.standpoint --prior {prior}");
        assert_cmd_snapshot!(folder.command(&prior));
    }
}

#[test]
fn names_of_new_columns_are_each_once() {
    let folder = Folder::new();
    let (_, out, _) = run(&folder, "predict small.csv -m small.standpoint --max-error 0.1");
    let header: Vec<&str> = out.lines().next().unwrap().split(',').collect();
    assert_eq!(header.iter().collect::<BTreeSet<_>>().len(), header.len());
}

#[test]
fn a_model_without_calibration_answers_and_knows_no_error() {
    let folder = Folder::new();
    folder.write("t.csv", targets());
    let (code, _, said) = run(&folder, "train t.csv --no-calibration -o t.standpoint");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("not calibrated"), "{said}");
    let (code, out, _) = run(&folder, "predict t.csv -m t.standpoint");
    assert_eq!((code, csv_rows(&out).len()), (Some(0), 40));
    assert_cmd_snapshot!(folder.command("predict t.csv -m t.standpoint --max-error 0.1"));
    assert_cmd_snapshot!(folder.command("train t.csv --no-calibration --l2 1,0.1 -o t.standpoint"));
    assert_cmd_snapshot!(folder.command("train t.csv --no-calibration --search -o t.standpoint"));
}
