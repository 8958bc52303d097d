//! Rows that cannot be read are left out one by one, with their reasons, and nothing else is.

use std::path::Path;

use proptest::prelude::*;
use standpoint::{
    Corpus, ReadSettings,
    corpus::{Blocks, OnError, ReadReport},
    input::{Encoding, Rejects},
};

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

/// Lines of a CSV table with the columns seq, text, kind and é; whether each is good.
const CSV: [(&[u8], bool); 13] = [
    (b"1,plain,news,", true),
    (b"2,\"quoted, with \"\"marks\"\"\",news,x", true),
    (b"3,\"on two\nlines\",,", true),
    ("4,é ü,news,é".as_bytes(), true),
    (b",,,", true),
    (b"1,too few", false),
    (b"1,too,many,fields,here", false),
    (b"one,no number,news,", false),
    (b"1,\"never closed,news,", false),
    (b"1,\xE9 is no UTF-8,news,", false),
    (b"1,a passage that is longer than fifty bytes is refused,news,", false),
    (b"1,short,a row that is longer than the limit of a hundred and twenty bytes is refused even if its passage is much shorter than that is,", false),
    (b"1,\"several\nlines, and a field too many\",news,,", false),
];

/// The same for JSON lines.
const JSON: [(&[u8], bool); 10] = [
    (br#"{"seq": 1, "text": "plain"}"#, true),
    ("{\"text\": \"é\", \"é\": [1, {}]}".as_bytes(), true),
    (b"{}", true),
    (br#"{"seq": 1, "text": "#, false),
    (br#"["no", "object"]"#, false),
    (br#"{"text": "half a pair: \ud83d"}"#, false),
    (br#"{"seq": "one", "text": "no number"}"#, false),
    (b"{\"text\": \"\xE9 is no UTF-8\"}", false),
    (br#"{"text": "a passage that is longer than fifty bytes is refused"}"#, false),
    (br#"{"text": "", "a row that is longer than the limit of a hundred and twenty bytes": "is refused even if its passage is shorter"}"#, false),
];

fn settings() -> ReadSettings {
    ReadSettings::new().max_passage(50).max_page(120).on_error(OnError::Skip)
}

/// Texts and places but for the lines, which differ where lines were left out.
fn rows(tables: &[Corpus]) -> Vec<(String, Vec<Option<String>>)> {
    let mut rows = Vec::new();
    for table in tables {
        let kinds = table.values("é").unwrap_or_else(|| vec![None; table.len()]);
        for (text, kind) in table.texts().zip(kinds) {
            rows.push((text.to_owned(), vec![kind.map(std::borrow::Cow::into_owned)]));
        }
    }
    rows
}

/// What is read at once, or in blocks; and how much of it.
fn read(path: &Path, mut rejects: Rejects, whole: bool) -> (Vec<Corpus>, ReadReport) {
    let mut tables = Vec::new();
    if whole {
        tables.push(Corpus::open_with_rejects(path, &settings(), &mut rejects).unwrap());
        rejects.finish().unwrap();
        let report = tables[0].report();
        return (tables, report);
    }
    let mut blocks = Blocks::open_with_rejects(&[path.to_owned()], &settings(), rejects).unwrap();
    while let Some(table) = blocks.next_block().unwrap() {
        tables.push(table);
    }
    let report = blocks.report();
    blocks.into_rejects().finish().unwrap();
    (tables, report)
}

/// What the file of rejects says: line, reason and the row.
fn rejected(path: &Path) -> Vec<(usize, String, String)> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let columns = ["file", "line", "column", "reason", "row"];
    assert_eq!(reader.headers().unwrap(), &columns[..]);
    let row = |row: csv::StringRecord| (row[1].parse().unwrap(), row[3].into(), row[4].into());
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn check(name: &str, header: &str, lines: &[(&[u8], bool)], end: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let text = |good_only: bool| {
        let mut text = header.as_bytes().to_vec();
        for (line, good) in lines {
            if *good || !good_only {
                text.extend_from_slice(line);
                text.extend_from_slice(end.as_bytes());
            }
        }
        text
    };
    std::fs::write(&path, text(true)).unwrap();
    let n_good = lines.iter().filter(|(_, good)| *good).count();
    let strict = settings().on_error(OnError::Stop);
    let expected = rows(&[Corpus::open_with(&path, &strict).unwrap()]);
    assert_eq!(expected.len(), n_good);

    std::fs::write(&path, text(false)).unwrap();
    let file = folder.path().join("rejects.csv");
    for whole in [true, false] {
        let rejects = Rejects::create(&file).unwrap();
        let (read, report) = read(&path, rejects, whole);
        assert_eq!(rows(&read), expected);
        assert_eq!(report.kept, n_good as u64);
        assert_eq!(report.rejected, (lines.len() - n_good) as u64);
        assert_eq!(report.bytes, path.metadata().unwrap().len());
        let mut line = 1 + header.matches('\n').count();
        let mut bad = Vec::new();
        for (row, good) in lines {
            if !good {
                let shown = String::from_utf8(row.to_vec());
                let shown = shown.unwrap_or_else(|_| {
                    String::from_utf8(row.to_vec().replace_byte(0xE9, b"\\xE9")).unwrap()
                });
                bad.push((line, shown));
            }
            line += 1 + row.iter().filter(|&&byte| byte == b'\n').count();
        }
        let found = rejected(&file);
        assert!(found.iter().all(|(_, reason, _)| !reason.is_empty()));
        let found: Vec<_> = found.into_iter().map(|(line, _, row)| (line, row)).collect();
        assert_eq!(found, bad);
    }
}

trait ReplaceByte {
    fn replace_byte(self, byte: u8, by: &[u8]) -> Self;
}

impl ReplaceByte for Vec<u8> {
    fn replace_byte(self, byte: u8, by: &[u8]) -> Self {
        self.into_iter().flat_map(|b| if b == byte { by.to_vec() } else { vec![b] }).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// For any mixture of good and bad lines: the good ones are read as if they stood alone, in order;
    /// each bad one is in the file of rejects as it stood, with its line.
    #[test]
    fn good_rows_are_kept_and_bad_ones_are_told_slow(
        first in 0usize..5,
        lines in proptest::collection::vec(0usize..13, 0..12),
        crlf: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let chosen = |all: &[(&'static [u8], bool)], n_good: usize| -> Vec<_> {
            let lines = lines.iter().map(|line| line % all.len());
            std::iter::once(first % n_good).chain(lines).map(|line| all[line]).collect()
        };
        check("t.csv", &format!("seq,text,kind,é{end}"), &chosen(&CSV, 5), end);
        let header = format!("{{\"text\": \"\", \"é\": 0}}{end}");
        let lines = chosen(&JSON, 3);
        // The first line says that the file is UTF-8.
        let mut all: Vec<(&[u8], bool)> = vec![(header.trim_end().as_bytes(), true)];
        all.extend(lines);
        check("t.jsonl", "", &all, end);
    }
}

#[test]
fn a_row_without_end_is_kept_whole_in_the_rejects() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rejects.csv");
    let long = "long row ".repeat(100_000);
    for (name, header, good) in [("t.csv", "text,b\n", "a,b"), ("t.jsonl", "", r#"{"text": 1}"#)] {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{header}{good}\n{long}\n{good}\n")).unwrap();
        let mut rejects = Rejects::create(&file).unwrap();
        let settings = settings().max_page(1000);
        let table = Corpus::open_with_rejects(&path, &settings, &mut rejects).unwrap();
        assert_eq!(table.len(), 2);
        rejects.finish().unwrap();
        let found = rejected(&file);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].2, long);
        assert_eq!(found[0].1, "the row is larger than 1000 bytes");
    }
}

const BROKEN: &[u8] =
    "page,seq,text,é\np,1,Share,\np,2\np,three,Share,\np,4,\"They said,\np,5,caf".as_bytes();

fn broken(folder: &Folder) {
    folder.write("t.csv", [BROKEN, b"\xE9,\np,6,Share,\n"].concat());
}

#[test]
fn what_is_skipped_is_counted_and_written() {
    let folder = Folder::new();
    broken(&folder);
    assert_cmd_snapshot!(folder.command(
        "predict t.csv -m small.standpoint --on-error skip --rejects rejects.csv --format csv"
    ));
    insta::assert_snapshot!(folder.read("rejects.csv"));
    // Without a file it is counted alone.
    let output = folder.command("predict t.csv --on-error skip --format csv").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("read 6 rows: 2 kept, 4 rejected\n"), "{message}");
    // Without skipping, the first bad row ends the run.
    let output = folder.command("predict t.csv --encoding utf-8").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("error: t.csv:3:3: fields in the row: 2"), "{message}");
}

#[test]
fn training_goes_on_without_bad_rows() {
    let folder = Folder::new();
    let table = folder.read("small.csv");
    let broken: Vec<&str> = table.lines().flat_map(|line| [line, "a stray line"]).collect();
    folder.write("broken.csv", broken.join("\n"));
    let command = |data: &str, more: &str| {
        let line = format!("train {data} --cv 3 --format json {more}");
        folder.command(&line).output().unwrap()
    };
    let (good, bad) = (command("small.csv", ""), command("broken.csv", "--on-error skip"));
    assert!(good.status.success() && bad.status.success());
    let tasks = |json: Vec<u8>| -> serde_json::Value {
        serde_json::from_slice::<serde_json::Value>(&json).unwrap()["tasks"].take()
    };
    assert_eq!(tasks(good.stdout), tasks(bad.stdout));
    let message = String::from_utf8(bad.stderr).unwrap();
    let n = table.lines().count();
    assert!(message.contains(&format!("{} kept, {n} rejected\n", n - 1)), "{message}");
}

#[test]
fn rejects_are_refused_where_they_could_lose_something() {
    let folder = Folder::new();
    broken(&folder);
    for (arguments, expected) in [
        ("--rejects r.csv", "--rejects: no row is skipped; add --on-error skip"),
        ("--on-error skip --rejects t.csv", "t.csv: this file is an input"),
        ("--on-error skip --rejects o.csv -o o.csv", "o.csv: this file is an input, or another"),
        ("--on-error skip --rejects -", "--rejects: rows that are skipped do not go to stdout"),
        ("--on-error skip --rejects nowhere/r.csv", "cannot write nowhere/r.csv"),
    ] {
        let output = folder.command(&format!("predict t.csv {arguments}")).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(message.starts_with(&format!("error: {expected}")), "{message}");
    }
    // A table of which nothing is left is none.
    folder.write("none.csv", "text,b\na\nb\n");
    let output = folder.command("predict none.csv --on-error skip").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("error: none.csv:2:2: none of the rows can be read"), "{message}");
    // A damaged file is no row.
    let latin = Encoding::of_label("shift_jis").unwrap();
    folder.write("t.csv", b"text\n\x81\xFF\n");
    let settings = settings().encoding(latin);
    let error = Corpus::open_with(&folder.path("t.csv"), &settings).unwrap_err().to_string();
    assert!(error.contains(":2:1: 0x81"), "{error}");
}
