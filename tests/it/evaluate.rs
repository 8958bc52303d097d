//! `evaluate` of anybody's predictions.

use insta_cmd::assert_cmd_snapshot;
use serde_json::Value;

use crate::commands::Folder;

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
