//! Annotations of other tools: what both can hold survives, and what is left out is counted.

use std::fs;

use insta::assert_snapshot;
use proptest::prelude::*;
use standpoint::{
    Corpus, ReadSettings,
    corpus::{AnnotationFormat, AnnotationSettings, Annotations, OutputFormat},
    input::Source,
};

use crate::{commands::Folder, file};

/// A folder with the exports.
fn folder() -> Folder {
    let folder = Folder::new();
    for entry in fs::read_dir(file("tests/fixtures/annotations")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        folder.write(&name, fs::read(entry.path()).unwrap());
    }
    folder
}

/// What a command prints on both, and its exit code.
fn said(folder: &Folder, arguments: &str) -> String {
    let output = folder.command(arguments).output().unwrap();
    let [out, error] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    format!("$ {arguments}\n{out}--- {}\n{error}", output.status.code().unwrap())
}

#[test]
fn exports_become_tables() {
    let folder = folder();
    let inputs = [
        "label_studio.json",
        "label_studio.json --tasks kind",
        "admin.jsonl anna.jsonl",
        "admin.jsonl --format jsonl",
        "prodigy_textcat.jsonl --tasks kind",
        "prodigy_choice.jsonl",
        "fasttext.txt --tasks kind",
    ];
    let inputs = inputs.map(|input| input.replace("--format", "--to"));
    let all: Vec<String> =
        inputs.iter().map(|input| said(&folder, &format!("convert {input}"))).collect();
    assert_snapshot!(all.join("\n"));
}

#[test]
fn coders_of_one_table_are_compared() {
    let folder = folder();
    said(&folder, "convert admin.jsonl anna.jsonl -o both.csv");
    let agreed = said(&folder, "agree both.csv");
    for name in ["admin.jsonl", "anna.jsonl"] {
        let stem = name.trim_end_matches(".jsonl");
        said(&folder, &format!("convert {name} --tasks kind,stance -o {stem}"));
        let table = folder.read(stem);
        folder.write(stem, table);
    }
    // The same figures as from a table for each.
    let apart = said(&folder, "agree admin anna");
    assert_eq!(agreed.split_once('\n').unwrap().1, apart.split_once('\n').unwrap().1);
    assert!(agreed.contains("--- 0"), "{agreed}");
    assert!(said(&folder, "agree small.csv").contains("no column annotator"));
}

/// Gold and predictions, several annotators, and cells of every kind.
const TABLE: &str =
    "page,seq,text,source,annotator,kind,stance,pred_kind,p_kind_news,p_kind_comment
p,1,\"Permits, handed in\",Lamp,1,news,none,news,0.9,0.1
p,1,\"Permits, handed in\",Lamp,anna@example.org,comment,,news,0.9,0.1
p,2,\"Shame on
them \"\"all\"\"\",,1,\"[\"\"comment\"\",\"\"news\"\"]\",against,comment,0.25,0.75
q,1,__label Share,Lamp,,,,,,
q,2,  100% of <them> & more,Lamp,ben,,none,news,0.6,0.4
";

#[test]
fn a_table_becomes_what_each_tool_imports() {
    let folder = Folder::new();
    folder.write("t.csv", TABLE);
    let mut all = Vec::new();
    for tool in
        ["label-studio --config i.xml", "doccano", "prodigy", "fasttext", "fasttext --tasks kind"]
    {
        all.push(said(&folder, &format!("convert t.csv --to {tool}")));
    }
    all.push(folder.read("i.xml"));
    assert_snapshot!(all.join("\n"));
}

#[test]
fn what_is_no_export_is_refused_with_the_way_out() {
    let folder = Folder::new();
    folder.write("min.json", "[{\"id\": 1, \"text\": \"Share\", \"kind\": \"news\"}]");
    folder.write("cut.json", "[{\"data\": {\"text\": \"Share\"},\n \"annotations\": [");
    folder.write("spans.jsonl", "{\"text\": \"Share\", \"label\": [[0, 5, \"x\"]]}\n");
    folder.write(
        "mixed.jsonl",
        "{\"text\": \"a\", \"label\": [\"kind:x\"]}\n{\"text\": \"b\", \"label\": [\"x\"]}\n",
    );
    folder.write("fields.jsonl", "{\"title\": \"a\", \"body\": \"b\", \"label\": [\"x\"]}\n");
    folder.write("accept.jsonl", "{\"text\": \"a\", \"accept\": 3, \"answer\": \"accept\"}\n");
    folder.write("t.csv", "text,kind,label\n__label__x,a,b\n");
    folder.write("export.dat", "A line\n");
    folder.write("colon.csv", "text,a:b,c\nx,y,z\n");
    let all = [
        "min.json --from label-studio",
        "min.json",
        "cut.json --from label-studio",
        "spans.jsonl --from doccano",
        "mixed.jsonl --tasks kind,stance",
        "fields.jsonl",
        "accept.jsonl",
        "export.dat",
        "-",
        "t.csv --to fasttext",
        "t.csv --to doccano",
        "t.csv --to prodigy --tasks mood",
        "t.csv --config i.xml",
        "small.csv --to label-studio --tasks outlet -o t.csv --config t.csv",
        "colon.csv --to prodigy --tasks a:b,c",
    ];
    let all: Vec<String> =
        all.iter().map(|input| said(&folder, &format!("convert {input}"))).collect();
    assert_snapshot!(all.join("\n"));
    assert!(!folder.path("i.xml").exists());
}

/// Tables in which every column is one that the tools can hold: two tasks, with names and labels that
/// are hard on separators.
fn rows() -> impl Strategy<Value = Vec<[String; 6]>> {
    let label = "|news|a b|a:b=c|100%20|\\[x\\]|\\[\"x\",\"y\"\\]|<&\">|é";
    let row = ("[ab]", "[0-9]", "[a-c ,\"'<&é\u{5d0}]{1,9}", "[xy\" ]{0,2}", label, label);
    let row =
        row.prop_map(|(page, seq, text, source, kind, mood)| [page, seq, text, source, kind, mood]);
    proptest::collection::vec(row, 1..7)
}

fn table(columns: &[&str], rows: &[Vec<String>]) -> Corpus {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    let source = Source::from_bytes("t.csv", writer.into_inner().unwrap()).unwrap();
    Corpus::read_labels(&source, &ReadSettings::default()).unwrap()
}

/// Names and cells of the columns, row by row; an empty column is none.
fn cells(table: &Corpus) -> Vec<Vec<(String, String)>> {
    let filled = table.columns().iter().filter_map(|name| {
        let mut bytes = Vec::new();
        table.write(&[], OutputFormat::CSV, &mut bytes).unwrap();
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let at = reader.headers().unwrap().iter().position(|column| column == name).unwrap();
        let cells: Vec<String> = reader.records().map(|row| row.unwrap()[at].to_owned()).collect();
        cells.iter().any(|cell| !cell.is_empty()).then(|| (name.clone(), cells))
    });
    let filled: Vec<(String, Vec<String>)> = filled.collect();
    let row = |row: usize| {
        let mut cells: Vec<_> =
            filled.iter().map(|(name, cells)| (name.clone(), cells[row].clone())).collect();
        cells.sort();
        cells
    };
    (0..table.len()).map(row).collect()
}

/// The table through a tool's format.
fn there_and_back(table: &Corpus, format: AnnotationFormat, tasks: &[String]) -> Corpus {
    let mut bytes = Vec::new();
    table.clone().annotations(format, tasks, "m").unwrap().write(&mut bytes).unwrap();
    let source = Source::from_bytes("export", bytes).unwrap();
    let settings = AnnotationSettings { tasks: tasks.to_vec(), ..Default::default() };
    let read = Annotations::read(&source, format, &settings).unwrap();
    assert_eq!(read.left_out, []);
    read.table
}

proptest! {
    /// Label by label, cell by cell; annotations of one task come together.
    #[test]
    fn what_a_tool_can_hold_comes_back(
        rows in rows(),
        annotators in proptest::collection::vec("|1|anna|b@c|007", 7),
        both: bool,
    ) {
        let tasks: Vec<String> = if both { vec!["kind".into(), "how so".into()] } else { vec!["kind".into()] };
        let columns = ["page", "seq", "text", "source", "kind", "how so", "annotator"];
        let rows: Vec<Vec<String>> = rows.into_iter().zip(annotators).map(|(row, annotator)| {
            row.into_iter().chain([annotator]).collect()
        }).collect();
        let given = table(&columns, &rows);
        for format in [AnnotationFormat::LABEL_STUDIO, AnnotationFormat::DOCCANO, AnnotationFormat::PRODIGY] {
            let back = there_and_back(&given, format, &tasks);
            let [mut expected, mut found] = [cells(&given), cells(&back)];
            if format == AnnotationFormat::LABEL_STUDIO {
                expected.sort();
                found.sort();
            }
            prop_assert_eq!(found, expected, "{:?}", format);
        }
        // fastText's lines hold texts and labels.
        let own: Vec<Vec<String>> = rows
            .into_iter()
            .filter(|row| !row[2].trim().is_empty())
            .map(|row| vec![row[2].clone(), row[4].clone(), row[5].clone()])
            .collect();
        if !own.is_empty() {
            let given = if both {
                table(&["text", "kind", "how so"], &own)
            } else {
                table(&["text", "kind"], &own.iter().map(|row| row[..2].to_vec()).collect::<Vec<_>>())
            };
            let back = there_and_back(&given, AnnotationFormat::FASTTEXT, &tasks);
            prop_assert_eq!(cells(&back), cells(&given));
        }
    }
}
