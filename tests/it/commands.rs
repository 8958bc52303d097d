//! The commands: exit code, stdout and stderr of each, as snapshots that somebody read.

use std::{fs, path::PathBuf, process::Stdio};

use insta_cmd::get_cargo_bin;

use crate::process::{Command, assert_cmd_snapshot};
use crate::{file, small_model};

/// A folder with the fixtures in it, in which commands are run.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["small.csv", "page.txt"] {
            fs::copy(file("tests/fixtures").join(name), folder.path().join(name)).unwrap();
        }
        small_model().save(folder.path().join("small.standpoint")).unwrap();
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(get_cargo_bin("standpoint"));
        command.current_dir(self.0.path()).args(arguments.split_whitespace());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env("COLUMNS", "80");
        command
    }
}

/// Every subcommand.
pub const COMMANDS: [&str; 15] = [
    "train",
    "predict",
    "evaluate",
    "compare",
    "sample",
    "estimate",
    "explain",
    "report",
    "inspect",
    "agree",
    "convert",
    "embed",
    "audit",
    "completions",
    "man",
];

#[test]
fn help() {
    let folder = Folder::new();
    assert_cmd_snapshot!(folder.command("--help"));
    for command in COMMANDS {
        let output = folder.command(&format!("{command} --help")).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && help.contains(&format!("Examples:\n  standpoint {command}"))
        );
    }
}

/// What a shell and `man` are told is what the program knows.
#[test]
fn completions_and_manual_pages_name_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = folder.command(&format!("completions {shell}")).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
    }
    let output = folder.command("man").output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(
        page.contains(".TH standpoint") && COMMANDS.iter().all(|command| page.contains(command))
    );
    fs::create_dir(folder.path("man1")).unwrap();
    assert!(folder.command("man man1").output().unwrap().status.success());
    for command in COMMANDS {
        let page = folder.read(&format!("man1/standpoint-{command}.1"));
        assert!(page.contains("Examples:"), "{command}");
    }
}

#[test]
fn predict_a_page_for_people() {
    let folder = Folder::new();
    assert_cmd_snapshot!(folder.command("predict page.txt -m small.standpoint --format text"));
}

#[test]
fn predict_a_page_as_a_table() {
    let folder = Folder::new();
    assert_cmd_snapshot!(folder.command("predict page.txt -m small.standpoint"));
    assert_cmd_snapshot!(folder.command("predict page.txt -m small.standpoint --format jsonl"));
}

#[test]
fn tables_keep_their_columns_rows_and_order() {
    let folder = Folder::new();
    folder.write(
        "in.jsonl",
        "{\"text\":\"Share\",\"n\":18446744073709551616,\"tags\":[\"a\",null]}\n\n{\"text\":null,\"doc\":\"x\"}\n{\"text\":\"Home, \\\"News\\\"\",\"doc\":\"x\",\"ansi\":\"\\u001b[1m\"}\n",
    );
    folder.command("predict in.jsonl -m small.standpoint -o out.jsonl").status().unwrap();
    let rows: Vec<serde_json::Value> =
        folder.read("out.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (&rows[0]["n"], &rows[0]["tags"]),
        (&serde_json::from_str("18446744073709551616").unwrap(), &serde_json::json!(["a", null]))
    );
    assert_eq!((&rows[1]["text"], &rows[1]["doc"]), (&"".into(), &"x".into()));
    assert_eq!(rows[2]["ansi"], "\u{1b}[1m");
    let sum: f64 = ["boilerplate", "comment", "news", "opinion"]
        .iter()
        .map(|label| rows[2][format!("p_kind_{label}")].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-5);

    folder.command("predict in.jsonl -m small.standpoint -o out.csv").status().unwrap();
    let mut reader = csv::Reader::from_path(folder.path("out.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    assert_eq!(header.iter().take(5).collect::<Vec<_>>(), ["text", "n", "tags", "doc", "ansi"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[2][0], &rows[2][4]), (3, "Home, \"News\"", "\u{1b}[1m"));
}

#[test]
fn several_inputs_and_stdin() {
    let folder = Folder::new();
    let output = folder.command("predict page.txt small.csv -m small.standpoint").output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap().lines().count();
    assert_eq!(lines, 1 + 5 + 25);
    let stdin = fs::File::open(folder.path("page.txt")).unwrap();
    let output = folder
        .command("classify - -m small.standpoint")
        .stdin(Stdio::from(stdin))
        .output()
        .unwrap();
    let from_stdin = String::from_utf8(output.stdout).unwrap();
    let output = folder.command("predict page.txt -m small.standpoint").output().unwrap();
    assert_eq!(
        from_stdin.replace("<stdin>", "page.txt"),
        String::from_utf8(output.stdout).unwrap()
    );
}

/// Two files may number their pages alike.
#[test]
fn pages_of_two_files_stay_apart() {
    let folder = Folder::new();
    folder.write("a.csv", "page,text\np,Share\np,They must answer for it.\n");
    folder.write("b.csv", "page,text\np,Sign up to our app\n");
    let run = |arguments: &str| {
        let output = folder.command(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let alone = run("predict a.csv -m small.standpoint");
    // The column `file` keeps them apart for whoever reads the output.
    let both = run("predict a.csv b.csv -m small.standpoint").replace(",file,pred", ",pred");
    assert!(both.replace(",a.csv,", ",").starts_with(&alone), "{both}");
    // Each input's own columns say where its pages are, whatever the first one's are called; the
    // output has one column for them.
    folder.write("c.csv", "doc_id,text\np,Share\n");
    let text = |arguments: &str| -> Vec<String> {
        let rows = run(arguments);
        let rows =
            rows.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        rows.filter(|row| row["page"] == "page.txt" || row["doc_id"] == "page.txt")
            .map(|row| row["p_kind_news"].to_string())
            .collect()
    };
    let alone = text("predict page.txt -m small.standpoint --format jsonl");
    assert_eq!(text("predict c.csv page.txt -m small.standpoint --format jsonl"), alone);
    assert_eq!(alone.len(), 5);
}

/// What `predict` numbers 1 is what `explain --passage 1` explains.
#[test]
fn explain_counts_as_predict_does() {
    let folder = Folder::new();
    folder.write("t.csv", "page,seq,text\np,2,Second\np,1,First\n");
    let output = folder.command("explain t.csv -m small.standpoint --passage 1").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("  1  First"));
}

#[test]
fn a_closed_pipe_is_success() {
    let folder = Folder::new();
    folder.write("long.txt", "Share this page\n".repeat(20_000));
    let mut child = folder
        .command("predict long.txt -m small.standpoint --format csv")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn control_characters_of_a_page_do_not_reach_the_terminal() {
    let folder = Folder::new();
    folder.write("evil.txt", "\u{1b}[2JShare\u{7} this\u{9b}31m\n");
    let output = folder
        .command("predict evil.txt -m small.standpoint --format text")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains('\u{1b}'), "styled");
    assert!(!shown.contains("\u{1b}[2J") && !shown.contains('\u{7}') && !shown.contains('\u{9b}'));
}

#[test]
fn train_then_evaluate() {
    let folder = Folder::new();
    assert_cmd_snapshot!(folder.command("train small.csv -o new.standpoint"));
    assert_cmd_snapshot!(folder.command("evaluate small.csv -m new.standpoint --tasks kind"));
    let output = folder.command("eval small.csv -m new.standpoint --format json").output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "standpoint.evaluation/1");
    for task in ["kind", "stance"] {
        let metrics = &json["tasks"][task]["metrics"];
        let accuracy = &metrics["accuracy"];
        assert!(accuracy["value"].is_f64() && accuracy["n"] == 25 && accuracy["n_pages"] == 6);
        let names = [
            "balanced_accuracy",
            "macro_f1",
            "weighted_f1",
            "mcc",
            "kappa",
            "log_loss",
            "brier",
            "ece",
        ];
        assert!(names.iter().all(|name| metrics[name]["value"].is_f64()), "{metrics}");
        assert_eq!(json["tasks"][task]["confusion"]["rows"], "gold");
    }
    assert!(json["tasks"]["stance"]["metrics"]["f_avg"]["value"].is_f64());
}

#[test]
fn cross_validation_prints_figures_and_writes_a_card_slow() {
    let folder = Folder::new();
    assert_cmd_snapshot!(folder.command("train small.csv --tasks kind --cv 3"));
    let arguments = "train small.csv --cv 3 --format json -o new.standpoint --card card.md";
    let output = folder.command(arguments).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["tasks"]["kind"]["without_context"]["metrics"]["macro_f1"]["value"].is_f64());
    let value = json["tasks"]["kind"]["metrics"]["accuracy"]["value"].as_f64().unwrap();
    let card = folder.read("card.md");
    assert!(card.contains(&format!("- accuracy {value:.3} (")));
    // Model hubs read the lines above the card.
    let above = card.strip_prefix("---\n").unwrap().split("\n---\n").next().unwrap();
    assert!(above.contains(&format!("name: accuracy\n      value: {value:.3}\n")), "{above}");
    assert_eq!(above.matches("\n      name: \"kind\"\n").count(), 1);
}

#[test]
fn explain() {
    let folder = Folder::new();
    let arguments = "explain page.txt -m small.standpoint --passage 3 --top 4";
    assert_cmd_snapshot!(folder.command(arguments));
    let output = folder.command(&format!("{arguments} --format json")).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for task in json["tasks"].as_array().unwrap() {
        let number = |value: &serde_json::Value| value.as_f64().unwrap();
        let words: f64 = task["words"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| number(&word["contribution"]))
            .sum();
        let parts = ["neighbours", "position", "shape", "intercept"];
        let sum = words + parts.iter().map(|part| number(&task[*part])).sum::<f64>();
        assert!((sum - number(&task["score"])).abs() < 1e-9);
        let word = &task["words"][1];
        let text = json["text"].as_str().unwrap();
        let range = number(&word["start"]) as usize..number(&word["end"]) as usize;
        assert_eq!(&text[range], word["text"].as_str().unwrap());
    }
}

#[test]
fn inspect() {
    let folder = Folder::new();
    assert_cmd_snapshot!(folder.command("inspect small.standpoint --top 3"));
    let output = folder.command("inspect --format json").output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["target"], &json["tasks"][1]["task"]),
        (&"the officers".into(), &"stance".into())
    );
}

#[test]
fn threads_change_nothing() {
    let folder = Folder::new();
    let run = |arguments: &str| folder.command(arguments).output().unwrap().stdout;
    let one = run("predict small.csv -m small.standpoint --threads 1 --format jsonl");
    assert!(one == run("predict small.csv -m small.standpoint --threads 3 --format jsonl"));
}
