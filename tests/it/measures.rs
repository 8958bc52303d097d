//! Results that must be under the right heading, whatever the tables: tasks with holes, pairs of coders
//! that share nothing, many labels, standard input.

use std::process::Output;

use serde_json::Value;

use crate::commands::Folder;

fn run(folder: &Folder, arguments: &str) -> Output {
    folder.command(arguments).output().unwrap()
}

fn stdout(folder: &Folder, arguments: &str) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A task that nobody labelled for one source has no counts there, and those of the others stay where
/// they belong; a label may have a `|`.
#[test]
fn counts_are_in_the_row_of_their_value() {
    let folder = Folder::new();
    let mut csv = String::from("page,seq,text,kind,stance,source\n");
    for row in 0..60 {
        let source = ["a", "b", "c"][row / 20];
        let kind = ["news", "a|b"][row % 2];
        let stance = if source == "a" { "" } else { ["favor", "against"][row % 4 / 3] };
        let (page, seq) = (row / 3, row % 3 + 1);
        csv += &format!("p{page},{seq},Some text number {row} here,{kind},{stance},{source}\n");
    }
    folder.write("holes.csv", csv);
    let md = stdout(&folder, "audit holes.csv --no-doubts --tasks kind,stance --format md");
    let row = |value: &str| md.lines().find(|line| line.starts_with(&format!("| {value} |")));
    assert_eq!(row("source"), Some(r"| source | a\|b | news | against | favor |"), "{md}");
    assert_eq!(row("a"), Some("| a | 10 | 10 | 0 | 0 |"), "{md}");
    assert_eq!(row("b"), Some("| b | 10 | 10 | 5 | 15 |"), "{md}");
}

/// The first and the third coder share no passage: no kappa, and the others under their own heading.
#[test]
fn kappas_are_under_their_pair() {
    let folder = Folder::new();
    folder.write("a.csv", "page,seq,kind\np,1,news\np,2,x|y\n");
    folder.write("b.csv", "page,seq,kind\np,1,news\np,2,x|y\nq,1,news\nq,2,x|y\n");
    folder.write("c.csv", "page,seq,kind\nq,1,news\nq,2,news\n");
    let md = stdout(&folder, "agree a.csv b.csv c.csv --format md");
    let rows: Vec<Vec<String>> = md
        .lines()
        .map(|line| {
            let line = line.replace(r"\|", "!");
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
        })
        .collect();
    assert_eq!(
        rows[0][3..6],
        ["kappa a.csv b.csv", "kappa a.csv c.csv", "kappa b.csv c.csv"],
        "{md}"
    );
    assert!(rows[2][3].starts_with("1.000"), "{md}");
    assert_eq!(rows[2][4], "-", "{md}");
    assert!(rows[2][5].starts_with("0.000"), "{md}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{md}");
}

#[test]
fn a_report_shows_labels_beyond_the_36th() {
    let folder = Folder::new();
    let mut csv = String::from("page,seq,text,pred_topic\n");
    (0..80).for_each(|row| csv += &format!("p,{},Text {row},t{:02}\n", row + 1, row % 40));
    folder.write("many.csv", csv);
    assert!(run(&folder, "report many.csv -o report.html").status.success());
    let html = folder.read("report.html");
    let (_, index) = html.split_once("id=\"index\" type=\"application/json\">").unwrap();
    let index: Value = serde_json::from_str(index.split_once("</script>").unwrap().0).unwrap();
    let (codes, labels) = (index["labels"][0].as_str().unwrap(), &index["tasks"][0]["labels"]);
    for row in 0..80 {
        let label = usize::from_str_radix(&codes[2 * row..][..2], 36).unwrap();
        assert_eq!(labels[label], format!("t{:02}", row % 40));
    }
}

/// GitHub cannot show a line of standard input.
#[test]
fn no_annotation_is_at_standard_input() {
    let folder = Folder::new();
    let gold: String = (0..40).map(|row| format!("p{row},1,{}\n", ["a", "b"][row % 2])).collect();
    folder.write("gold.csv", format!("page,seq,kind\n{gold}"));
    let predicted = |wrong: usize| {
        let row =
            |row: usize| format!("p{row},1,{}\n", ["a", "b"][(row + usize::from(row < wrong)) % 2]);
        format!("page,seq,pred_kind\n{}", (0..40).map(row).collect::<String>())
    };
    folder.write("old.csv", predicted(0));
    folder.write("new.csv", predicted(8));
    let gold = std::fs::File::open(folder.path("gold.csv")).unwrap();
    let output =
        folder.command("compare old.csv new.csv - --format github").stdin(gold).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("no longer right") && !text.contains("<stdin>"), "{text}");
}

/// A gate's own minimum hides no slice that was asked for with a smaller one.
#[test]
fn a_gate_hides_no_slices() {
    let folder = Folder::new();
    let mut csv = String::from("page,seq,kind,pred_kind,source\n");
    for row in 0..60 {
        let source = if row < 45 { "a" } else { "b" };
        csv += &format!("p{row},1,{0},{0},{source}\n", ["x", "y"][row % 2]);
    }
    folder.write("both.csv", csv);
    let rule = "[[rule]]\ntask = 'kind'\nmetric = 'accuracy'\nslice = 'source=a'\nfloor = 0.5\n";
    folder.write("gate.toml", rule);
    let accuracy = |gate: &str| -> Value {
        let arguments = "evaluate --predictions both.csv --by source --min-cases 5 --format json";
        let json = stdout(&folder, &format!("{arguments}{gate}"));
        let json: Value = serde_json::from_str(&json).unwrap();
        json["slices"]["source"]["b"]["tasks"]["kind"]["metrics"]["accuracy"]["value"].clone()
    };
    assert_eq!(accuracy(""), 1.0);
    assert_eq!(accuracy(" --gate gate.toml"), 1.0);
}

/// Weights count in every command that trains: a wrong one is refused by each.
#[test]
fn weights_are_read_wherever_a_model_is_trained() {
    let folder = Folder::new();
    let small = folder.read("small.csv");
    let (header, rows) = small.split_once('\n').unwrap();
    let rows: String = rows.lines().map(|row| format!("{row},-1\n")).collect();
    folder.write("weighted.csv", format!("{header},weight\n{rows}"));
    for arguments in [
        "train weighted.csv --cv 2",
        "audit weighted.csv",
        "report -m small.standpoint --on weighted.csv --learning-curve -o r.html",
    ] {
        let output = run(&folder, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        assert!(said.contains("weight is \"-1\""), "{arguments}: {said}");
    }
}

#[test]
fn known_errors_are_not_trusted() {
    let folder = Folder::new();
    folder.write("corpus.csv", "page,seq,pred_kind\np,1,a\np,2,b\n");
    let estimate = |counts: &str| {
        let confusion = format!(r#"{{ "labels": ["a", "b"], "counts": {counts} }}"#);
        let task = format!(r#"{{ "kind": {{ "confusion": {confusion} }} }}"#);
        folder.write(
            "errors.json",
            format!(r#"{{ "schema": "standpoint.evaluation/1", "tasks": {task} }}"#),
        );
        run(&folder, "estimate corpus.csv --confusion errors.json").status.code()
    };
    assert_eq!(estimate("[[50, 5], [5, 50]]"), Some(0));
    assert_eq!(estimate("[[18446744073709551615, 5], [5, 50]]"), Some(2));
    assert_eq!(estimate("[[50, 5]]"), Some(2));
}
