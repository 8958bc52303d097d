//! The programs of `examples/` do what they say. Cargo builds them for `cargo test` without a choice of
//! targets.

use std::{env, path::PathBuf};

use crate::process::Command;
use crate::{corpus, file, skip::skip};

const PAGE: &str = "<title>Officers hand in permits</title><body><p>Home | News | Sport
    <p>Officers hand in their firearms permits after a colleague was charged.
    <p>They should be ashamed of themselves!
    <p>Sign up for our newsletter";

/// A folder with some labelled pages and a page to read.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("page.html"), PAGE).unwrap();
        let all = corpus("data/passages.csv");
        let n_rows: usize = all.pages().unwrap()[..12].iter().map(Vec::len).sum();
        let mut reader = csv::Reader::from_path(file("data/passages.csv")).unwrap();
        let mut writer = csv::Writer::from_path(folder.path().join("passages.csv")).unwrap();
        let mut every_seventh = csv::Writer::from_path(folder.path().join("sample.csv")).unwrap();
        for writer in [&mut writer, &mut every_seventh] {
            writer.write_record(reader.headers().unwrap()).unwrap();
        }
        for (number, row) in reader.records().take(n_rows).enumerate() {
            let row = row.unwrap();
            writer.write_record(&row).unwrap();
            if number % 7 == 0 {
                every_seventh.write_record(&row).unwrap();
            }
        }
        Self(folder)
    }

    /// What an example prints, and its exit code; nothing if it is not built.
    #[track_caller]
    fn run(&self, example: &str, arguments: &[&str]) -> Option<(String, Option<i32>)> {
        let tests = env::current_exe().unwrap();
        let built: PathBuf = tests.ancestors().nth(2).unwrap().join("examples").join(example);
        let built = built.with_extension(env::consts::EXE_EXTENSION);
        if !built.exists() {
            skip(&format!("the example {example} is not built; `cargo test` alone builds it"));
            return None;
        }
        let output =
            Command::new(built).args(arguments).current_dir(self.0.path()).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("panicked") && !errors.contains("Error"), "{example}: {errors}");
        Some((String::from_utf8(output.stdout).unwrap(), output.status.code()))
    }
}

#[test]
fn predict_labels_every_passage() {
    let Some((out, code)) = Folder::new().run("predict", &["page.html"]) else { return };
    assert_eq!(code, Some(0));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert!(lines[1].starts_with("news ") && lines[3].ends_with("Sign up for our newsletter"));
}

#[test]
fn explain_shows_the_words_that_decided() {
    let Some((out, code)) = Folder::new().run("explain", &["page.html"]) else { return };
    assert_eq!((code, out.lines().count()), (Some(0), 4), "{out}");
    let words = |line: &str| {
        line.split_once(": ").unwrap().1.split(", ").map(str::to_owned).collect::<Vec<_>>()
    };
    for (line, passage) in out.lines().zip(PAGE.split("<p>").skip(1)) {
        assert!(
            words(line).iter().all(|word| passage.contains(word.as_str())),
            "{line}: {passage}"
        );
    }
}

#[test]
fn evaluate_scores_each_task_and_shows_the_worst_errors() {
    let Some((out, code)) = Folder::new().run("evaluate", &["passages.csv"]) else { return };
    assert_eq!(code, Some(0), "{out}");
    for task in ["kind", "stance", "voice", "sentiment"] {
        assert!(out.contains(&format!("{task}: macro F1 ")), "{out}");
    }
    assert!(out.lines().any(|line| line.starts_with("passages.csv:") && line.contains(", not ")));
}

#[test]
fn gate_says_by_its_exit_code_whether_a_model_passes() {
    let folder = Folder::new();
    for (floor, code, outcome) in [(0.5, 0, "passes"), (0.9999, 1, "fails")] {
        let rule = format!("[[rule]]\ntask = \"kind\"\nmetric = \"macro_f1\"\nfloor = {floor}\n");
        std::fs::write(folder.0.path().join("gate.toml"), rule).unwrap();
        let Some((out, found)) = folder.run("gate", &["passages.csv", "gate.toml"]) else { return };
        assert_eq!((found, out.trim()), (Some(code), outcome));
    }
}

#[test]
fn prevalence_gives_the_share_of_each_label_and_they_sum_to_one() {
    let arguments = ["passages.csv", "sample.csv"];
    let Some((out, code)) = Folder::new().run("prevalence", &arguments) else { return };
    assert_eq!(code, Some(0), "{out}");
    let stance = out.lines().filter_map(|line| line.strip_prefix("stance "));
    let share = |line: &str| -> f64 {
        let value = line.split_once(": ").unwrap().1;
        value.split_whitespace().next().unwrap().parse().unwrap()
    };
    let shares: Vec<f64> = stance.map(share).collect();
    assert!(shares.len() == 3 && (shares.iter().sum::<f64>() - 1.0).abs() < 0.01, "{out}");
}

#[test]
fn train_saves_a_model_that_predict_opens_slow() {
    let folder = Folder::new();
    let arguments = ["passages.csv", "my.standpoint"];
    let Some((out, code)) = folder.run("train", &arguments) else { return };
    assert_eq!(code, Some(0), "{out}");
    for task in ["kind", "stance", "voice", "sentiment"] {
        assert!(out.contains(&format!("{task}: [(")), "{out}");
    }
    let Some((out, code)) = folder.run("predict", &["page.html", "my.standpoint"]) else { return };
    assert_eq!((code, out.lines().count()), (Some(0), 4), "{out}");
}

#[test]
fn tour_goes_all_the_way_slow() {
    let folder = Folder::new();
    let Some((out, code)) = folder.run("tour", &[]) else { return };
    assert_eq!(code, Some(0), "{out}");
    assert!(folder.0.path().join("my.standpoint").exists());
    assert!(
        out.lines().any(|line| line.starts_with("kind boilerplate 0.") && line.ends_with("Sport"))
    );
    // The words of the explanation, then macro F1 with its interval.
    assert!(out.lines().any(|line| line.starts_with(['+', '-']) && line.ends_with(" Sport")));
    let last = out.lines().last().unwrap();
    assert!(last.starts_with("0.") && last.ends_with(')'), "{out}");
}
