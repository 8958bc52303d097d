//! `evaluate` of anybody's predictions.

use serde_json::Value;

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

fn json(folder: &Folder, arguments: &str) -> Value {
    let output = folder.command(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a model says is judged the same whether the model or the file that it wrote is asked, in
/// whatever order its rows stand and wherever the gold labels are.
#[test]
fn a_file_of_predictions_is_judged_as_the_model_that_made_it() {
    let folder = Folder::new();
    folder.command("predict small.csv -m small.standpoint -o beside.csv").status().unwrap();
    let table = folder.read("beside.csv");
    let mut rows: Vec<&str> = table.lines().collect();
    rows[1..].reverse();
    folder.write("reversed.csv", rows.join("\n"));
    let of_model = json(&folder, "evaluate small.csv -m small.standpoint --format json");
    for arguments in [
        "--predictions beside.csv",
        "--predictions beside.csv --gold small.csv",
        "--predictions reversed.csv --gold small.csv",
        "small.csv --predictions reversed.csv",
    ] {
        let of_file = json(&folder, &format!("evaluate {arguments} --format json"));
        for task in ["kind", "stance"] {
            let (ours, theirs) = (&of_model["tasks"][task], &of_file["tasks"][task]);
            assert_eq!(ours["confusion"], theirs["confusion"]);
            for (name, metric) in ours["metrics"].as_object().unwrap() {
                for end in ["value", "lo", "hi"] {
                    let (a, b) = (&metric[end], &theirs["metrics"][name][end]);
                    // Probabilities are written to six places.
                    let close = || (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-4;
                    assert!(a == b || close(), "{arguments}: {task} {name} {end}: {a} {b}");
                }
            }
        }
    }
}

#[test]
fn predictions_without_probabilities_pages_or_some_of_the_labels() {
    let folder = Folder::new();
    folder.write("gold.csv", "id,mood\n1,good\n2,bad\n3,\n4,odd\n5,good\n");
    folder.write("theirs.csv", "id,pred_mood\n1,good\n2,good\n3,bad\n4,bad\n5,\n");
    assert_cmd_snapshot!(folder.command("evaluate --predictions theirs.csv --gold gold.csv"));
}

/// A gold label of which nobody gave probabilities is no reason for a loss of 36 a case.
#[test]
fn a_gold_label_without_its_column_is_named() {
    let folder = Folder::new();
    let row = |i: usize| {
        let gold = if i.is_multiple_of(9) { "mixed" } else { ["bad", "good"][i % 2] };
        format!("p{},{i},{gold},{},0.6,0.4\n", i / 5, ["bad", "good"][i % 2])
    };
    let rows: String = (0..60).map(row).collect();
    folder.write("t.csv", format!("page,seq,mood,pred_mood,p_mood_bad,p_mood_good\n{rows}"));
    let output = folder.command("evaluate --predictions t.csv --format json").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("t.csv has no column p_mood_mixed"), "{said}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let metrics = &json["tasks"]["mood"]["metrics"];
    for name in ["log_loss", "calibration_slope"] {
        assert_eq!(metrics[name]["reason"], "a gold label has no probabilities", "{name}");
    }
    assert!(metrics["brier"]["value"].is_number() && metrics["ece"]["if_calibrated"].is_number());
}

#[test]
fn predictions_that_do_not_fit_are_refused_with_their_place() {
    let folder = Folder::new();
    folder.write("gold.csv", "page,seq,text,kind\np,1,One,news\np,2,Two,ad\n");
    folder.write("short.csv", "pred_kind\nnews\n");
    folder.write("other.csv", "text,pred_kind\nOne,news\nThree,ad\n");
    folder.write("gap.csv", "page,seq,pred_kind\np,1,news\nq,2,ad\n");
    folder.write("twice.csv", "page,seq,pred_kind\np,1,news\np,1,ad\n");
    folder.write("sum.csv", "pred_kind,p_kind_news,p_kind_ad\nnews,0.9,0.1\nad,0.9,0.9\n");
    folder.write("text.csv", "pred_kind,p_kind_news,p_kind_ad\nnews,0.9,0.1\nad,0.1,high\n");
    folder.write("part.csv", "pred_kind,p_kind_news\nnews,1\nad,1\n");
    folder.write("none.csv", "kind\nnews\nad\n");
    folder.write("mood.csv", "pred_mood\ngood\nbad\n");
    let mut said = Vec::new();
    for name in ["short", "other", "gap", "twice", "sum", "text", "part", "none", "mood", "missing"]
    {
        let arguments = format!("evaluate --predictions {name}.csv --gold gold.csv");
        let output = folder.command(&arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        said.push(format!("{} {}", output.status.code().unwrap(), error.trim()));
    }
    insta::assert_snapshot!(said.join("\n"));
}

/// 96 passages on 24 pages: two sources, two months, a mood that the month tells a little of, and
/// predictions that are wrong on every fifth.
fn monthly() -> String {
    let mut csv = vec!["page,seq,text,source,date,mood,pred_mood\n".to_owned()];
    for i in 0..96 {
        let (page, seq) = (i / 4, i % 4 + 1);
        let source = ["herald", "forum", ""][page % 3];
        let date = ["2023-09-25", "2023-10-01T08:00", ""][(page / 8) % 3];
        let mood = ["good", "bad", "good", "odd"][(i + page) % 4];
        let guess = if i % 5 == 0 { "good" } else { mood };
        let text = "word ".repeat(1 + i % 7 + usize::from(mood == "bad") * 10);
        csv.push(format!("p{page},{seq},{text},{source},{date},{mood},{guess}\n"));
    }
    csv.concat()
}

#[test]
fn baselines_and_slices_stand_beside_the_figures() {
    let folder = Folder::new();
    folder.write("monthly.csv", monthly());
    folder.write("second.csv", "page,seq,mood\np0,1,good\np0,2,good\np1,1,bad\nelsewhere,1,bad\n");
    assert_cmd_snapshot!(folder.command(
        "evaluate --predictions monthly.csv --second-labels second.csv --by source,date:month,mood"
    ));
    let arguments =
        "evaluate --predictions monthly.csv --by source,seq --min-cases 25 --format json";
    let json = json(&folder, arguments);
    let slices = json["slices"].as_object().unwrap();
    for (by, n, least) in [("source", 32, 25), ("seq", 24, 25)] {
        for slice in slices[by].as_object().unwrap().values() {
            for metric in slice["tasks"]["mood"]["metrics"].as_object().unwrap().values() {
                assert_eq!(
                    metric["value"].is_null() && metric["reason"] == "too few cases",
                    n < least
                );
            }
            assert_eq!(slice["tasks"]["mood"]["metrics"]["accuracy"]["n"], n);
        }
    }
    // Slices of a column are all passages: their confusions sum to the whole.
    for by in ["source", "seq"] {
        let sum: u64 = slices[by]
            .as_object()
            .unwrap()
            .values()
            .map(|s| s["tasks"]["mood"]["confusion"]["counts"][0][0].as_u64().unwrap())
            .sum();
        assert_eq!(sum, json["tasks"]["mood"]["confusion"]["counts"][0][0].as_u64().unwrap());
    }
    assert!(json["tasks"]["mood"]["baselines"]["lengths"]["metrics"]["macro_f1"]["value"].is_f64());
}

#[test]
fn slices_and_second_labels_that_cannot_be_made_are_refused() {
    let folder = Folder::new();
    folder
        .write("a.csv", "page,seq,date,kind,pred_kind\np,1,25/9/2023,news,news\np,2,2023,ad,ad\n");
    folder.write("b.csv", "page,seq,kind\nq,1,news\n");
    folder.write("c.csv", "kind\nnews\nad\n");
    let mut said = Vec::new();
    for arguments in [
        "--by outlet",
        "--by date:week",
        "--by date:month",
        "--by kind:month",
        "--min-cases 5",
        "--second-labels b.csv",
        "--second-labels c.csv",
    ] {
        let output =
            folder.command(&format!("evaluate --predictions a.csv {arguments}")).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        let error = error.lines().next().unwrap().to_owned();
        said.push(format!("{} {error}", output.status.code().unwrap()));
    }
    insta::assert_snapshot!(said.join("\n"));
}
