//! `evaluate --gate` and the formats for CI: exit codes, snapshots, and what others' readers demand.

use std::{collections::BTreeMap, fmt::Write, process::Output};

use serde_json::Value;

use crate::process::assert_cmd_snapshot;
use crate::{
    commands::Folder,
    schema::{breach, schema},
};

/// Names and texts that every format must escape.
const HOSTILE: &str = "it's 100% <b>\"bad\"</b>, a|b & c:\\d\u{1}\n::error ::x";

/// 40 passages on 10 pages: `stance` with probabilities, of which `wrong` are wrong, and `mood`
/// without. The text of every fifth passage takes two lines.
pub fn predictions(wrong: usize) -> String {
    predictions_by(4, wrong)
}

fn predictions_by(per_page: usize, wrong: usize) -> String {
    let mut table = String::from(
        "page,seq,text,source,stance,pred_stance,p_stance_favor,p_stance_against,mood,pred_mood\n",
    );
    for i in 0..40 {
        let (page, seq) = (i / per_page, i % per_page);
        let gold = ["favor", "against"][i % 2];
        let predicted = ["favor", "against"][usize::from((i % 2 == 1) != (i < wrong))];
        let p = 0.6 + i as f64 / 200.0;
        let p_favor = if predicted == "favor" { p } else { 1.0 - p };
        let text = if i % 5 == 0 {
            format!("\"{}\"", HOSTILE.replace('"', "\"\""))
        } else {
            format!("Passage {i}")
        };
        let source = ["paper", "tabloid"][page % 2];
        let mood = ["good, or so", "bad"][i / 20];
        writeln!(
            table,
            "p{page},{seq},{text},{source},{gold},{predicted},{p_favor:.3},{:.3},\"{mood}\",\"{mood}\"",
            1.0 - p_favor
        )
        .unwrap();
    }
    table
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("good.csv", predictions(2));
    folder.write("bad.csv", predictions(8));
    folder
}

fn run(folder: &Folder, arguments: &str) -> Output {
    folder.command(arguments).output().unwrap()
}

pub fn rule(lines: &str) -> String {
    format!("[[rule]]\ntask = \"stance\"\n{lines}\n")
}

const GATE: &str = r#"baseline = "baseline.json"
min_n = 20

[[rule]]
task = "stance"
metric = "f1_against"
floor = 0.85
max_drop = 0.05

[[rule]]
task = "stance"
metric = "accuracy"
floor = 0.7
on = "lo"

[[rule]]
task = "stance"
metric = "log_loss"
ceiling = 1

[[rule]]
task = "mood"
metric = "brier"
ceiling = 1
"#;

/// The gate, and the baseline that the good predictions make.
fn gated() -> Folder {
    let folder = folder();
    folder.write("gate.toml", GATE);
    run(&folder, "evaluate --predictions good.csv --format json -o baseline.json");
    folder
}

#[test]
fn every_way_to_an_exit_code() {
    let folder = gated();
    let code = |gate: &str, predictions: &str| {
        folder.write("g.toml", gate);
        let output =
            run(&folder, &format!("evaluate --predictions {predictions}.csv --gate g.toml"));
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), said)
    };
    let floor = rule("metric = 'accuracy'\nfloor = 0.9");
    let drop = rule("metric = 'accuracy'\nmax_drop = 0.1");
    let with_baseline = format!("baseline = 'baseline.json'\n{drop}");
    let passes = [floor.clone(), with_baseline.clone()];
    for gate in &passes {
        assert_eq!(code(gate, "good").0, 0);
        assert_eq!(code(gate, "bad").0, 1);
    }
    let undecided = [
        // No baseline is named; the one named is not there.
        drop.clone(),
        format!("baseline = 'no.json'\n{drop}"),
        // No such task, metric, slice.
        "[[rule]]\ntask = 'stanze'\nmetric = 'accuracy'\nfloor = 0\n".into(),
        rule("metric = 'recall_none'\nfloor = 0"),
        rule("metric = 'accuracy'\nslice = 'source=blog'\nfloor = 0"),
        // Undefined: no probabilities. Too few cases.
        "[[rule]]\ntask = 'mood'\nmetric = 'brier'\nceiling = 2\n".into(),
        rule("metric = 'accuracy'\nfloor = 0\nmin_n = 41"),
    ];
    for gate in undecided {
        let (found, said) = code(&gate, "good");
        assert_eq!(found, 3, "{gate}{said}");
        // It still judges what it can: one failure decides.
        assert_eq!(code(&format!("{gate}{}", rule("metric = 'mcc'\nfloor = 1")), "good").0, 1);
    }
    // On one page there is a value, and no interval.
    folder.write("page.csv", predictions_by(40, 2));
    assert_eq!(code(&floor, "page").0, 0);
    let (found, said) = code(&format!("{floor}on = 'lo'\n"), "page");
    assert!(
        found == 3 && said.contains("an interval over 1 page decides nothing, 8 are needed"),
        "{said}"
    );
}

/// A model that answers only what is easy passes no gate that does not bound its coverage.
#[test]
fn unanswered_cases_pass_no_gate() {
    let folder = folder();
    let row = |i: usize| {
        let label = ["favor", "against"][i % 2];
        let given = match i {
            0 => "against",
            1..200 => label,
            _ => "",
        };
        format!("{},{i},{label},{given}\n", i / 5)
    };
    let rows: String = (0..400).map(row).collect();
    folder.write("half.csv", format!("page,seq,stance,pred_stance\n{rows}"));
    let of = |gate: &str, format: &str| {
        folder.write("g.toml", gate);
        let output = run(
            &folder,
            &format!("evaluate --predictions half.csv --gate g.toml --format {format}"),
        );
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let accuracy = rule("metric = 'accuracy'\nfloor = 0.9");
    for format in ["text", "md", "github", "junit"] {
        let (code, said) = of(&accuracy, format);
        assert!(code == 3 && said.contains("200 cases are unanswered"), "{format}: {said}");
    }
    let (_, said) = of(&accuracy, "openmetrics");
    assert!(said.contains("metric=\"coverage\"} 0.5"), "{said}");
    let coverage = |floor: f64| rule(&format!("metric = 'coverage'\nfloor = {floor}"));
    assert_eq!(of(&format!("{accuracy}{}", coverage(0.5)), "text").0, 0);
    assert_eq!(of(&format!("{accuracy}{}", coverage(0.6)), "text").0, 1);
    // What fails, fails.
    let failing = rule("metric = 'accuracy'\nfloor = 1");
    assert_eq!(of(&failing, "text").0, 1);
}

/// On seven pages an interval decides nothing.
#[test]
fn ends_of_intervals_decide_from_eight_pages_on() {
    let folder = folder();
    let gate = rule("metric = 'accuracy'\nfloor = 0.2\non = 'lo'");
    folder.write("g.toml", &gate);
    for (pages, expected) in [(7, 3), (8, 0)] {
        let row = |i: usize| {
            let label = ["favor", "against"][i % 2];
            format!("{},{i},{label},{label}\n", i % pages)
        };
        let rows: String = (0..60).map(row).collect();
        folder.write("some.csv", format!("page,seq,stance,pred_stance\n{rows}"));
        let output = run(&folder, "evaluate --predictions some.csv --gate g.toml");
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(expected), "{said}");
    }
}

/// A gate that cannot be read costs no work: it is refused though nothing else is there.
#[test]
fn a_wrong_gate_is_refused_before_any_work() {
    let folder = folder();
    folder.write("misspelt.toml", "[[rule]]\ntask = \"stance\"\nmetric = \"f1\"\n");
    folder.write(
        "lost.toml",
        format!("baseline = \"torn.json\"\n{}", rule("metric = 'mcc'\nmax_drop = 0.1")),
    );
    folder.write("torn.json", "{\"schema\":");
    folder.write(
        "other.toml",
        format!("baseline = \"other.json\"\n{}", rule("metric = 'mcc'\nmax_drop = 0.1")),
    );
    folder.write("other.json", "{\"schema\":\"standpoint.agreement/1\"}");
    let mut said = Vec::new();
    for gate in ["missing", "misspelt", "lost", "other"] {
        let arguments = format!("evaluate no.csv -m no.standpoint -o out.txt --gate {gate}.toml");
        let output = run(&folder, &arguments);
        assert!(!folder.path("out.txt").exists());
        let error = String::from_utf8(output.stderr).unwrap();
        said.push(format!("{} {}", output.status.code().unwrap(), error.trim()));
    }
    insta::assert_snapshot!(said.join("\n"));
    // Nor is the baseline written over by the figures that are held against it.
    let folder = gated();
    let before = folder.read("baseline.json");
    let again = "evaluate --predictions bad.csv --gate gate.toml --format json -o baseline.json";
    assert_eq!(run(&folder, again).status.code(), Some(2));
    assert_eq!(folder.read("baseline.json"), before);
}

#[test]
fn text() {
    let folder = gated();
    assert_cmd_snapshot!(folder.command("evaluate --predictions bad.csv --gate gate.toml"));
}

#[test]
fn md() {
    let folder = gated();
    let arguments = "evaluate --predictions bad.csv --gate gate.toml --format md";
    assert_cmd_snapshot!(folder.command(arguments));
}

#[test]
fn junit() {
    let folder = gated();
    let arguments = "evaluate --predictions bad.csv --gate gate.toml --format junit";
    assert_cmd_snapshot!(folder.command(arguments));
    assert_cmd_snapshot!(
        folder.command("evaluate --predictions bad.csv --tasks mood --format junit")
    );
}

#[test]
fn github() {
    let folder = gated();
    let arguments = "evaluate --predictions bad.csv --gate gate.toml --format github";
    assert_cmd_snapshot!(folder.command(arguments));
}

#[test]
fn openmetrics() {
    let folder = gated();
    let arguments =
        "evaluate --predictions bad.csv --gate gate.toml --format openmetrics --tasks mood";
    assert_cmd_snapshot!(folder.command(arguments));
}

/// The slices that a rule is about are made though nobody asks for them with --by.
#[test]
fn rules_of_slices_and_margins_over_guesses() {
    let folder = folder();
    let of = |rules: &str| {
        folder.write("g.toml", format!("min_n = 20\n{rules}"));
        let arguments = "evaluate --predictions bad.csv --gate g.toml --format json --tasks stance";
        let output = run(&folder, &format!("{arguments} --by page"));
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let schema = schema("evaluation-1");
        assert_eq!(breach(&schema, &schema, &json, ""), None);
        (output.status.code().unwrap(), json["gate"]["rules"][0].clone(), json)
    };
    // All that is wrong stands on pages 0 and 1: four of twenty in each source.
    let slice = rule("metric = 'accuracy'\nslice = 'source=paper'\nfloor = 0.8");
    let (code, judged, json) = of(&slice);
    assert_eq!((code, judged["found"].as_f64(), &judged["n"]), (0, Some(0.8), &20.into()));
    assert!(json["slices"]["source"]["tabloid"].is_object() && json["slices"]["page"].is_object());
    assert_eq!(of(&slice.replace("0.8", "0.81")).0, 1);
    let (code, judged, _) = of(&slice.replace("paper", "papers"));
    let message = "stance accuracy of source=papers cannot be judged by its floor 0.8: there is \
                   no source \"papers\" (did you mean \"paper\"?)";
    assert_eq!((code, judged["message"].as_str()), (3, Some(message)));
    // A column that the data does not have, and a part of a date.
    assert_eq!(of(&slice.replace("source", "outlet")).0, 3);
    assert_eq!(of(&slice.replace("source", "date:month")).0, 3);

    let margin = rule("metric = 'accuracy'\nbeats = 'lengths'\nmargin = 0.1");
    let (_, judged, json) = of(&margin);
    let guess = json["tasks"]["stance"]["baselines"]["lengths"]["metrics"]["accuracy"].clone();
    assert_eq!(judged["reference"], guess["value"]);
    let above = 0.8 - guess["value"].as_f64().unwrap();
    assert!(above > 0.1, "what is learnt from lengths tells nothing here: {above}");
    assert_eq!(of(&margin.replace("0.1", &format!("{:.6}", above - 0.001))).0, 0);
    assert_eq!(of(&margin.replace("0.1", &format!("{:.6}", above + 0.001))).0, 1);
    // The difference has an interval of its own: on ten pages it is not known to 0.05.
    let surely = |margin: f64| {
        of(&rule(&format!("metric = 'accuracy'\nbeats = 'lengths'\nmargin = {margin}\non = 'lo'")))
    };
    let (code, judged, _) = surely(0.0);
    let message = judged["message"].as_str().unwrap();
    assert!(code == 0 || message.contains("at the lower end of the interval"), "{message}");
    assert_eq!(surely((above - 0.05).max(0.0)).0, 1);
    assert_eq!(of(&margin.replace("lengths", "length")).0, 3);
    assert_eq!(of(&margin.replace("accuracy", "mcc")).0, 3);
}

#[test]
fn compare_holds_new_against_old() {
    let folder = gated();
    let code = |rules: &str, files: &str| {
        folder.write("g.toml", rules);
        let output = run(&folder, &format!("compare {files} --gate g.toml"));
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), said)
    };
    // 0.95 to 0.80; the stored baseline plays no part, not even if it is not there.
    let drop = format!("baseline = 'no.json'\n{}", rule("metric = 'accuracy'\nmax_drop = 0.15"));
    assert_eq!(code(&drop, "good.csv bad.csv").0, 0);
    assert_eq!(code(&drop.replace("0.15", "0.149"), "good.csv bad.csv").0, 1);
    assert_eq!(code(&drop.replace("0.15", "0"), "bad.csv good.csv").0, 0);
    // So large a drop might be more by chance.
    assert_eq!(code(&format!("{drop}on = 'lo'\n"), "good.csv bad.csv").0, 1);
    assert_eq!(code(&rule("metric = 'accuracy'\nfloor = 0.8"), "good.csv bad.csv").0, 0);
    assert_eq!(code(&rule("metric = 'accuracy'\nfloor = 0.81"), "good.csv bad.csv").0, 1);
    for rules in [
        rule("metric = 'accuracy'\nfloor = 0\non = 'lo'"),
        rule("metric = 'accuracy'\nfloor = 0\nslice = 'source=paper'"),
        rule("metric = 'accuracy'\nmargin = 0\nbeats = 'majority'"),
        rule("metric = 'f1_none'\nmax_drop = 1"),
        rule("metric = 'f1_favor'\nmax_drop = 1\nmin_n = 30"),
        "[[rule]]\ntask = 'kind'\nmetric = 'accuracy'\nmax_drop = 1\n".into(),
        "[[rule]]\ntask = 'mood'\nmetric = 'brier'\nmax_rise = 1\n".into(),
    ] {
        let (found, said) = code(&rules, "good.csv bad.csv");
        assert_eq!(found, 3, "{rules}{said}");
    }
    let missing = run(&folder, "compare no.csv no.csv --gate missing.toml");
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("there is no such gate"));
}

#[test]
fn compare_in_every_format() {
    let folder = gated();
    let arguments = "compare good.csv bad.csv --tasks stance --gate gate.toml --flips 3 --format";
    for format in ["text", "md", "junit", "github", "openmetrics"] {
        assert_cmd_snapshot!(
            format!("compare_{format}"),
            folder.command(&format!("{arguments} {format}"))
        );
    }
    let output = run(&folder, &format!("{arguments} json"));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = schema("comparison-1");
    assert_eq!(breach(&schema, &schema, &json, ""), None);
    assert_eq!(json["gate"]["outcome"], "fails");
}

/// A reader of XML gets back what was said, in the attribute and in the body, and counts what the
/// suite counts.
#[test]
fn junit_says_what_the_json_says() {
    let folder = Folder::new();
    // Labels that hold all that XML reserves, and what it cannot say.
    let label = "a \"b\" <c> & 'd'\t\u{1}\u{FFFF}]]>";
    let quoted = label.replace('"', "\"\"");
    let rows = format!("\"{quoted}\",\"{quoted}\"\nother,other\n").repeat(20);
    folder.write("hostile.csv", format!("\"t <1>\",\"pred_t <1>\"\n{rows}"));
    let key = format!("recall_{}", label.replace('\u{1}', "\\u0001"))
        .replace('"', "\\\"")
        .replace('\t', "\\t");
    folder.write(
        "gate.toml",
        format!(
            "[[rule]]\ntask = \"t <1>\"\nmetric = \"{key}\"\nfloor = 1\non = \"lo\"\nmin_n = 20\n\
                 [[rule]]\ntask = \"t <1>\"\nmetric = \"accuracy\"\nfloor = 1\n\
                 [[rule]]\ntask = \"gone\"\nmetric = \"accuracy\"\nfloor = 1\n"
        ),
    );
    let of = |format: &str| {
        let output = run(
            &folder,
            &format!("evaluate --predictions hostile.csv --gate gate.toml --format {format}"),
        );
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&of("json")).unwrap();
    let said = |rule: usize| {
        json["gate"]["rules"][rule]["message"]
            .as_str()
            .unwrap()
            .replace(['\u{1}', '\u{FFFF}'], "\u{FFFD}")
    };
    let xml = of("junit");
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suites: Vec<_> =
        document.root_element().children().filter(roxmltree::Node::is_element).collect();
    assert_eq!(
        suites.iter().map(|suite| suite.attribute("name").unwrap()).collect::<Vec<_>>(),
        ["t <1>", "gone"]
    );
    for (suite, counts) in suites.iter().zip([("2", "0", "1"), ("1", "0", "1")]) {
        let count = |name| suite.attribute(name).unwrap();
        assert_eq!((count("tests"), count("failures"), count("errors")), counts);
    }
    let errors: Vec<_> = document.descendants().filter(|node| node.has_tag_name("error")).collect();
    for (error, rule) in errors.iter().zip([0, 2]) {
        assert_eq!(error.attribute("message").unwrap(), said(rule));
        assert_eq!(error.text().unwrap(), said(rule));
    }
    assert!(said(0).contains("20 cases") || said(0).contains("fewer than 30 cases"), "{}", said(0));
}

/// Every annotation is one line, names the line on which its passage begins, and of each level
/// there are no more than GitHub shows.
#[test]
fn annotations_point_to_the_lines_of_their_passages() {
    let folder = folder();
    folder.write("many.csv", predictions(30));
    let rules: String = (0..15).map(|_| rule("metric = 'accuracy'\nfloor = 1")).collect();
    folder.write("gate.toml", &rules);
    let output = run(&folder, "evaluate --predictions many.csv --gate gate.toml --format github");
    let table = folder.read("many.csv");
    let lines: Vec<&str> = table.lines().collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (command, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = command.split_once(' ').unwrap();
        *counts.entry(level.to_owned()).or_default() += 1;
        let properties: BTreeMap<&str, &str> =
            properties.split(',').map(|property| property.split_once('=').unwrap()).collect();
        let Some(number) = properties.get("line") else { continue };
        let at: usize = number.parse().unwrap();
        if properties["file"] == "gate.toml" {
            assert_eq!(rules.lines().nth(at - 1), Some("floor = 1"));
        } else {
            assert_eq!(properties["file"], "many.csv");
            let text = message.split(": ").last().unwrap().replace("%25", "%");
            let start: String = text.chars().take(10).collect();
            assert!(lines[at - 1].starts_with('p'), "{line}");
            assert!(lines[at - 1].contains(&start), "{line}\n{}", lines[at - 1]);
        }
    }
    assert_eq!(counts["error"], 10);
    assert_eq!(counts["warning"], 10);
}

/// GitHub drops a summary of more than a mebibyte.
#[test]
fn a_summary_is_cut_where_github_would_drop_it() {
    let folder = Folder::new();
    let label = |i: usize| format!("{i}{}", "-".repeat(10_000));
    let rows: Vec<String> = (0..40).map(|i| format!("{0},{0}\n", label(i))).collect();
    folder.write("many.csv", format!("t,pred_t\n{}", rows.concat()));
    let output = run(&folder, "evaluate --predictions many.csv --format md");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.len() <= 1 << 20 && shown.len() > 1_000_000, "{}", shown.len());
    assert!(shown.ends_with("lines more do not fit here: `--format json` has everything.**\n"));
}

#[test]
fn json_keeps_to_its_schema_slow() {
    let folder = gated();
    let targets = predictions(2)
        .replacen("text", "target,text", 1)
        .replace(",Pass", ",one,Pass")
        .replace(",\"it's", ",two,\"it's");
    folder.write("targets.csv", targets);
    let schema = schema("evaluation-1");
    let train = "train small.csv --cv 3 --format json";
    for arguments in [
        "evaluate --predictions bad.csv --gate gate.toml --format json",
        "evaluate --predictions bad.csv --tasks mood --format json",
        "evaluate small.csv -m small.standpoint --format json",
        &format!("{train} --learning-curve"),
        train,
    ] {
        let output = run(&folder, arguments);
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{arguments}: {}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(breach(&schema, &schema, &json, ""), None, "{arguments}");
        // The schema sees what is wrong: one undescribed key, one null without a reason.
        let mut wrong = json.clone();
        wrong["tasks"]["t"] = serde_json::json!({ "metrics": {}, "confusion": {} });
        assert!(breach(&schema, &schema, &wrong, "").is_some());
        let mut wrong = json.clone();
        wrong["more"] = 1.into();
        assert_eq!(breach(&schema, &schema, &wrong, "").unwrap(), "/more is not described");
    }
}
