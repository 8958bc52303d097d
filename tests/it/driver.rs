//! Random small tables and pages through every command and format: whatever comes in, an answer or a
//! sentence comes out, and what is written is read again.

use std::fs;

use serde_json::Value;
use standpoint::{Corpus, ReadSettings};

use crate::{
    commands::Folder,
    hostile::{assert_even_tables, is_command},
};

/// A few random numbers, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

const LABELS: [&[&str]; 5] = [
    &["news", "comment", "opinion"],
    &["favor", "against", "none"],
    &["a|b", "c_d", "*e*"],
    &["日本", "\u{202E}rtl", "ß"],
    &["<img src=x>", "\"quoted\"", "a\nb"],
];
const TASKS: [&str; 6] = ["kind", "stance", "a b", "t|x", "ünï", "k_a"];
const WORDS: [&str; 16] = [
    "Ministers",
    "said",
    "“No,”",
    "12",
    "officers",
    "Share",
    "!!!",
    "caf\u{e9}",
    "한국",
    "👍🏽",
    "\u{AD}",
    "=1+1",
    "<b>",
    "\u{1B}[31m",
    "don’t",
    "a\tb",
];
const TAGS: [&str; 8] = ["p", "div", "h1", "li", "blockquote", "script", "td", "a"];

fn text(dice: &mut Dice) -> String {
    let n = if dice.once_in(12) { 0 } else { 1 + dice.below(14) };
    (0..n).map(|_| dice.of(&WORDS)).collect::<Vec<_>>().join(" ")
}

/// Columns and rows of a random table of labelled and predicted passages.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    tasks: Vec<String>,
}

fn some_tasks(dice: &mut Dice) -> Vec<String> {
    let mut tasks: Vec<String> = Vec::new();
    for _ in 0..=dice.below(3) {
        let task = dice.of(&TASKS).to_owned();
        if !tasks.contains(&task) {
            tasks.push(task);
        }
    }
    tasks
}

fn table(dice: &mut Dice, tasks: Vec<String>, predicted: bool) -> Table {
    let mut columns: Vec<String> = ["page", "seq", "text"].map(str::to_owned).to_vec();
    columns.extend(tasks.iter().cloned());
    if predicted {
        columns.extend(tasks.iter().map(|task| format!("pred_{task}")));
    }
    columns.push("source".into());
    let labels: Vec<&[&str]> = tasks.iter().map(|_| LABELS[dice.below(LABELS.len())]).collect();
    let per_page = 1 + dice.below(5);
    let mut rows = Vec::new();
    for row in 0..2 + dice.below(60) {
        let label = |dice: &mut Dice, task: usize| match dice.once_in(9) {
            true => String::new(),
            false => dice.of(labels[task]).to_owned(),
        };
        let mut cells =
            vec![format!("p{}", row / per_page), (row % per_page + 1).to_string(), text(dice)];
        for _ in 0..=usize::from(predicted) {
            cells.extend((0..tasks.len()).map(|task| label(dice, task)));
        }
        cells.push(dice.of(&["paper", "<i>x</i>|y", ""]).to_owned());
        rows.push(cells);
    }
    if dice.once_in(6) {
        let again = rows[0].clone();
        rows.push(again);
    }
    // A column that is missing, once in a while.
    if dice.once_in(8) {
        let missing = dice.below(columns.len());
        columns.remove(missing);
        rows.iter_mut().for_each(|row| drop(row.remove(missing)));
    }
    Table { columns, rows, tasks }
}

impl Table {
    fn csv(&self) -> String {
        let line = |cells: &Vec<String>| {
            let cells: Vec<String> =
                cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            cells.join(",") + "\n"
        };
        line(&self.columns) + &self.rows.iter().map(line).collect::<String>()
    }

    fn jsonl(&self) -> String {
        let object = |row: &Vec<String>| {
            let cells = self.columns.iter().zip(row);
            let object: serde_json::Map<String, Value> =
                cells.map(|(name, cell)| (name.clone(), cell.as_str().into())).collect();
            Value::from(object).to_string() + "\n"
        };
        self.rows.iter().map(object).collect()
    }
}

fn page(dice: &mut Dice) -> String {
    let mut html = "<!doctype html><title>T</title>".to_owned();
    for _ in 0..dice.below(12) {
        let tag = dice.of(&TAGS);
        let open = if dice.once_in(4) { " hidden" } else { "" };
        html.push_str(&format!("<{tag}{open}>{}", text(dice)));
        if !dice.once_in(3) {
            html.push_str(&format!("</{tag}>"));
        }
    }
    html
}

/// Every command in every format, on `t` and `u`, tables with predictions, `plain`, one without, and
/// `page.html`.
fn runs(tasks: &str) -> Vec<String> {
    let of = |command: &str, formats: &[&str]| -> Vec<String> {
        formats.iter().map(|format| format!("{command} --format {format}")).collect()
    };
    let evaluation = ["text", "json", "md", "github", "junit", "openmetrics"];
    let tasks_of = |command: &str| format!("{command} --tasks {tasks}");
    [
        of("predict plain.csv -m small.standpoint", &["text", "csv", "jsonl", "tsv", "json"]),
        of("predict plain.jsonl -m small.standpoint -o out", &["csv", "jsonl", "tsv", "json"]),
        of("predict page.html -m small.standpoint", &["text", "csv", "jsonl"]),
        of("explain plain.csv -m small.standpoint --tasks kind", &["text", "json"]),
        of("explain page.html -m small.standpoint", &["text", "json"]),
        of(&tasks_of("evaluate --predictions t.csv --by source"), &evaluation),
        of("evaluate -m small.standpoint plain.csv --by source", &evaluation),
        of(&tasks_of("compare t.csv u.csv t.csv"), &evaluation),
        of(&tasks_of("agree t.csv u.csv"), &["text", "json", "md"]),
        of(&tasks_of("audit t.csv --no-doubts"), &["text", "json", "md"]),
        of(&tasks_of("estimate t.csv --labelled u.csv"), &["text", "json", "csv"]),
        of("inspect small.standpoint", &["text", "json"]),
        [
            "convert t.csv -o out.jsonl",
            "convert t.jsonl -o out.csv",
            "convert t.csv --to label-studio -o out.json --config out.xml",
            "convert t.csv --to doccano -o out.jsonl",
            "convert t.csv --to prodigy -o out.jsonl",
            "report t.csv -o out.html",
            "report page.html plain.jsonl -m small.standpoint -o out.html",
        ]
        .map(str::to_owned)
        .to_vec(),
    ]
    .concat()
}

/// Rows that our own reader finds.
fn rows_of(path: &std::path::Path, format: &str) -> Option<usize> {
    let settings = ReadSettings::new().format(Some(format.parse().ok()?));
    Some(Corpus::open_with(path, &settings).unwrap_or_else(|error| panic!("{error}")).len())
}

/// So many random inputs from this seed on, each through so many of the commands.
fn drive(seeds: std::ops::Range<u64>, at_once: usize) {
    for seed in seeds {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.below(2);
        let folder = Folder::new();
        let tasks = some_tasks(&mut dice);
        let others = if dice.once_in(5) { some_tasks(&mut dice) } else { tasks.clone() };
        let first = table(&mut dice, tasks.clone(), true);
        let second = table(&mut dice, others, true);
        let plain = table(&mut dice, tasks, false);
        folder.write("t.csv", first.csv());
        folder.write("t.jsonl", first.jsonl());
        folder.write("plain.csv", plain.csv());
        folder.write("plain.jsonl", plain.jsonl());
        folder.write("u.csv", if dice.once_in(2) { first.csv() } else { second.csv() });
        folder.write("page.html", page(&mut dice));
        // Names with spaces are one argument all the same.
        let tasks = first.tasks.join(",");
        let all = runs("TASKS");
        for number in 0..at_once {
            let run = &all[(seed as usize * at_once + number) % all.len()];
            let start = |n: usize| {
                let mut command = folder.command("");
                let arguments = run.split(' ').map(|part| match part {
                    "TASKS" => tasks.clone(),
                    part if part.starts_with("out") => format!("{n}-{part}"),
                    part => part.to_owned(),
                });
                command.args(arguments).output().unwrap()
            };
            let output = start(1);
            let [stdout, stderr] =
                [&output.stdout, &output.stderr].map(|out| String::from_utf8(out.clone()).unwrap());
            let what = format!("seed {seed}: {run} (tasks {tasks:?})\n{stderr}");
            let code = output.status.code();
            assert!(code.is_some_and(|code| code < 5), "{code:?} {what}");
            assert!(!stderr.contains("panicked"), "{what}");
            assert!(!stderr.contains(is_command), "{what}");
            if code == Some(2) || code == Some(4) {
                assert!(stderr.contains("error: "), "{what}");
                continue;
            }
            let format = run.rsplit_once("--format ").map_or("", |(_, format)| format);
            let is_table = run.starts_with("predict") && format != "text";
            match format {
                "json" if !is_table => {
                    assert!(!stdout.contains(is_command), "{what}");
                    for line in stdout.lines() {
                        let _: Value = serde_json::from_str(line).expect(&what);
                    }
                }
                _ if is_table || format == "csv" || format.is_empty() => {}
                format => {
                    assert!(!stdout.contains(is_command), "{what}{stdout:?}");
                    if format == "md" {
                        assert_even_tables(&stdout);
                    }
                }
            }
            if is_table && code == Some(0) {
                let path = folder.path("read-again");
                match run.contains("-o out") {
                    true => fs::copy(folder.path("1-out"), &path).map(drop).unwrap(),
                    false => fs::write(&path, &output.stdout).unwrap(),
                }
                let rows = rows_of(&path, format).unwrap();
                assert!(run.contains("page.html") || rows == plain.rows.len(), "{rows} {what}");
            }
            // The same again, to the byte.
            let again = start(2);
            assert_eq!(again.stdout, output.stdout, "{what}");
            for name in folder.names().iter().filter_map(|name| name.strip_prefix("1-")) {
                let read = |n: usize| fs::read(folder.path(&format!("{n}-{name}"))).unwrap();
                assert!(read(1) == read(2), "{name} {what}");
            }
            for name in folder.names().iter().filter(|name| name.starts_with(['1', '2'])) {
                fs::remove_file(folder.path(name)).unwrap();
            }
        }
    }
}

#[test]
fn random_inputs_get_an_answer_or_a_sentence() {
    drive(0..4, 3);
}

#[test]
fn many_random_inputs_get_an_answer_or_a_sentence_slow() {
    drive(4..30, 8);
}
