//! What CI runs: the script behind the action, the GitLab template and the hook, the keys of
//! docs/ci.md, and the gate of the default model.

use std::{env, ffi::OsString, fs, path::Path, process::Output};

use insta_cmd::get_cargo_bin;
use serde_json::Value;

use crate::process::Command;
use crate::{
    commands::Folder,
    file,
    gate::{predictions, rule},
};

/// The path, with the binary's folder first.
pub fn path() -> OsString {
    let binary = get_cargo_bin("standpoint");
    let own = binary.parent().map(Path::to_owned).into_iter();
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.chain(env::split_paths(&others))).unwrap()
}

fn script(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new("bash");
    command.arg(file("ci/gate.sh")).args(arguments).current_dir(folder.path(""));
    for variable in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"] {
        command.env_remove(variable);
    }
    command.env("PATH", path()).envs(variables.iter().copied()).output().unwrap()
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("good predictions.csv", predictions(2));
    folder.write("bad.csv", predictions(8));
    folder.write("gate.toml", rule("metric = 'accuracy'\nfloor = 0.9"));
    folder.write("lost.toml", rule("metric = 'accuracy'\nmax_drop = 0.1"));
    folder
}

#[test]
fn the_script_writes_every_format_and_keeps_the_exit_code() {
    let folder = folder();
    for (predictions, gate, code) in [
        ("good predictions.csv", "gate.toml", 0),
        ("bad.csv", "gate.toml", 1),
        ("bad.csv", "lost.toml", 3),
    ] {
        folder.write("summary.md", "before\n");
        let output = script(
            &folder,
            &["--tasks", "stance"],
            &[
                ("STANDPOINT_PREDICTIONS", predictions),
                ("STANDPOINT_GATE", gate),
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_STEP_SUMMARY", "summary.md"),
                ("STANDPOINT_JUNIT", "junit.xml"),
                ("STANDPOINT_METRICS", "a.metrics"),
                ("STANDPOINT_JSON", "a.json"),
            ],
        );
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        // Annotations go to the log, and the summary keeps what other steps wrote.
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.lines().all(|line| line.starts_with("::")), "{said}");
        assert_eq!(said.contains("::error file="), code != 0);
        let outcome = ["passes", "fails", "", "undecided"][code as usize];
        assert!(folder.read("summary.md").starts_with(&format!("before\n## Gate: {outcome}\n")));
        let xml = folder.read("junit.xml");
        let suite = roxmltree::Document::parse(&xml).unwrap();
        let suite = suite.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
        let counts = ["failures", "errors"].map(|name| suite.attribute(name).unwrap());
        assert_eq!(counts, [["0", "0"], ["1", "0"], ["", ""], ["0", "1"]][code as usize]);
        assert!(folder.read("a.metrics").ends_with("# EOF\n"));
        let json: Value = serde_json::from_str(&folder.read("a.json")).unwrap();
        assert_eq!(json["gate"]["outcome"], outcome);
        assert!(json["tasks"]["mood"].is_null(), "arguments are passed on");
    }
}

#[test]
fn the_script_says_once_what_stops_it() {
    let folder = folder();
    let gate = ("STANDPOINT_GATE", "no.toml");
    let summary = ("GITHUB_STEP_SUMMARY", "summary.md");
    let output = script(&folder, &["--predictions", "bad.csv"], &[gate, summary]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap().matches("error:").count(), 1);
    assert!(!folder.path("summary.md").exists());
    // People read text, and nothing is written that was not asked for.
    let before = folder.names();
    let output = script(&folder, &["--predictions", "bad.csv", "--gate", "gate.toml"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("\ngate gate.toml: fails"));
    assert_eq!(folder.names(), before);
    // A file that cannot be written is no verdict.
    let nowhere = ("STANDPOINT_JSON", "no/such/folder.json");
    let arguments = ["--predictions", "good predictions.csv", "--gate", "gate.toml"];
    assert_eq!(script(&folder, &arguments, &[nowhere]).status.code(), Some(4));
}

/// The variables that the action and the template set are those that the script reads, and every
/// input of the action gets there.
#[test]
fn the_action_and_the_template_speak_to_the_script() {
    let script = fs::read_to_string(file("ci/gate.sh")).unwrap();
    let read = |variable: &str| {
        let name = variable.trim_start_matches("STANDPOINT_").to_lowercase();
        let looped = script.lines().find(|line| line.starts_with("for name in")).unwrap();
        script.contains(&format!("${{{variable}:-}}"))
            || looped.split([' ', ';']).any(|word| word == name)
    };
    let action = fs::read_to_string(file("action.yml")).unwrap();
    let (inputs, steps) = action.split_once("runs:").unwrap();
    let inputs: Vec<&str> = inputs
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .collect();
    assert_eq!(inputs.len(), 8);
    for name in inputs {
        let variable = format!("STANDPOINT_{}", name.to_uppercase());
        assert!(steps.contains(&format!("{variable}: ${{{{ inputs.{name} }}}}")), "{name}");
        assert!(read(&variable), "{variable}");
    }
    let template = fs::read_to_string(file("ci/gitlab.yml")).unwrap();
    for file in ["standpoint.xml", "standpoint.metrics"] {
        assert_eq!(template.matches(file).count(), 2, "what is written is what is reported");
    }
    for variable in ["STANDPOINT_JUNIT", "STANDPOINT_METRICS", "STANDPOINT_GATE"] {
        assert!(template.contains(variable) && read(variable));
    }
    assert!(!read("STANDPOINT_OTHER"));
}

#[test]
fn the_hook_is_a_command() {
    let folder = folder();
    let hooks = fs::read_to_string(file(".pre-commit-hooks.yaml")).unwrap();
    let entry = hooks.lines().find_map(|line| line.trim().strip_prefix("entry: ")).unwrap();
    let mut words = entry.split_whitespace();
    let mut command = Command::new(words.next().unwrap());
    command.env("PATH", path()).current_dir(folder.path("")).args(words);
    let output =
        command.args(["--predictions", "bad.csv", "--gate", "gate.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

/// docs/ci.md: every key that is described is one, and every key that there is is described.
#[test]
fn the_documentation_knows_every_key() {
    let folder = Folder::new();
    folder.write("gold.csv", predictions(2));
    let text = fs::read_to_string(file("docs/ci.md")).unwrap();
    let error = {
        folder.write("gate.toml", "[[rule]]\nx = 1\n");
        let output = folder.command("evaluate gold.csv --gate gate.toml").output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let keys = error.trim().rsplit_once("its keys are ").unwrap().1;
    for key in keys.split(", ") {
        assert!(text.contains(&format!("`{key}`")), "{key}");
    }
}

/// What a gate is for: labels of one page in ten, shuffled before training, fail it with the reason in
/// plain words; the same training on sound labels passes.
#[test]
fn a_spoilt_model_fails_the_gate_slow() {
    let folder = Folder::new();
    let mut reader = csv::Reader::from_path(file("data/passages.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let kind = header.iter().position(|name| name == "kind").unwrap();
    let mut pages: Vec<Vec<csv::StringRecord>> = Vec::new();
    for row in reader.records().map(Result::unwrap) {
        match pages.last_mut() {
            Some(page) if page[0][0] == row[0] => page.push(row),
            _ => pages.push(vec![row]),
        }
    }
    let pages: Vec<_> = pages.into_iter().step_by(6).take(40).collect();
    let write = |name: &str, spoilt: usize| {
        let mut writer = csv::Writer::from_path(folder.path(name)).unwrap();
        writer.write_record(&header).unwrap();
        for (number, page) in pages.iter().enumerate() {
            for (i, row) in page.iter().enumerate() {
                // The label of the passage half a page further on.
                let other = &page[(i + page.len() / 2) % page.len()];
                let label = if number < spoilt { &other[kind] } else { &row[kind] };
                let cell = |(column, cell)| if column == kind { label } else { cell };
                writer.write_record(row.iter().enumerate().map(cell)).unwrap();
            }
        }
        writer.flush().unwrap();
    };
    write("gold.csv", 0);
    write("spoilt.csv", 4);
    let train = |name: &str| {
        let features = "--tasks kind --word-ngrams 1-1 --char-ngrams 0-0";
        let arguments = format!("train {name}.csv --cv 3 {features} --predictions {name}-out.csv");
        assert!(folder.command(&arguments).output().unwrap().status.success());
    };
    train("gold");
    train("spoilt");
    let evaluate = |name: &str, more: &str| {
        let files = format!("--predictions {name}-out.csv --gold gold.csv --tasks kind");
        folder.command(&format!("evaluate {files} {more}")).output().unwrap()
    };
    evaluate("gold", "--format json -o baseline.json");
    folder.write(
        "gate.toml",
        "baseline = \"baseline.json\"\n[[rule]]\ntask = \"kind\"\nmetric = \"log_loss\"\nmax_rise = 0.02\n",
    );
    assert_eq!(evaluate("gold", "--gate gate.toml").status.code(), Some(0));
    let failed = evaluate("spoilt", "--gate gate.toml --format json");
    assert_eq!(failed.status.code(), Some(1));
    let why = String::from_utf8(failed.stderr).unwrap();
    assert!(why.contains("gate.toml:5: fails: kind log_loss is 0."), "{why}");
    assert!(why.contains("more than the rise of 0.020 allowed"), "{why}");
}

/// The gate of the default model fits its baseline, with room left for nothing but chance: it
/// passes the figures that it was made of, and no figure that is better may fail it.
#[test]
fn the_gate_of_the_default_model_passes_its_own_baseline() {
    use standpoint::{
        evaluate::StoredEvaluation,
        gate::{Bound, Gate},
    };
    let gate = fs::read_to_string(file("models/gate.toml")).unwrap();
    let gate = Gate::parse(&gate, "models/gate.toml").unwrap();
    let text = fs::read_to_string(file("models/baseline.json")).unwrap();
    StoredEvaluation::parse(&text, "models/baseline.json").unwrap();
    assert_eq!(gate.baseline.as_deref(), Some("baseline.json"));
    let json: Value = serde_json::from_str(&text).unwrap();
    for task in ["kind", "stance", "voice", "sentiment"] {
        let relative = |rule: &&standpoint::gate::Rule| {
            rule.task == task && rule.bound == Bound::MaxDrop && rule.metric == "macro_f1"
        };
        assert!(gate.rules.iter().any(|rule| relative(&rule)), "{task}");
    }
    for rule in &gate.rules {
        let figure = &json["tasks"][&rule.task]["metrics"][&rule.metric];
        let of = |end: &str| figure[end].as_f64().unwrap();
        let fine = match rule.bound {
            Bound::Floor => of("value") >= rule.limit,
            Bound::Ceiling => of(&rule.on.to_string()) <= rule.limit,
            _ => (0.0..0.05).contains(&rule.limit),
        };
        assert!(fine, "{} {}", rule.subject(), rule.bounds());
    }
}
