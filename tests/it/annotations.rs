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

/// What converting a text makes of it: exit code, table and what is said.
fn converted(name: &str, export: &str, flags: &str) -> (i32, String, String) {
    let folder = Folder::new();
    folder.write(name, export);
    let output = folder.command(&format!("convert {name} {flags}")).output().unwrap();
    let [out, error] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), out, error)
}

#[test]
fn label_studios_flat_exports_are_read() {
    // JSON-MIN: labels stand between id and annotator.
    let json = r#"[{"body":"The lock is shut","outlet":"Echo","id":5,"view":"against","topics":{"choices":["noise","cost"]},"score":[{"rating":3}],"annotator":1,"annotation_id":9,"created_at":"x","updated_at":"x","lead_time":1.5},
 {"body":"The lock is shut","outlet":"Echo","id":5,"view":"for","topics":"cost","annotator":"ben@example.org","annotation_id":10,"created_at":"x","updated_at":"x","lead_time":1.5}]"#;
    let (code, out, error) = converted("min.json", json, "--text body");
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        out,
        "page,seq,text,outlet,annotator,view,topics,score\n\
         5,1,The lock is shut,Echo,1,against,\"[\"\"cost\"\",\"\"noise\"\"]\",3\n\
         5,1,The lock is shut,Echo,ben@example.org,for,cost,\n"
    );
    // CSV, with its columns as they came and sorted.
    for csv in [
        "text,id,view,annotator,annotation_id,created_at,updated_at,lead_time\nShut again,3,\"{\"\"choices\"\": [\"\"b\"\", \"\"a\"\"]}\",4,1,x,y,2\nOpen,4,a,4,2,x,y,2\n",
        "annotation_id,annotator,created_at,id,lead_time,text,updated_at,view\n1,4,x,3,2,Shut again,y,\"{\"\"choices\"\": [\"\"b\"\", \"\"a\"\"]}\"\n2,4,x,4,2,Open,y,a\n",
    ] {
        let (code, out, error) = converted("min.csv", csv, "");
        assert_eq!(code, 0, "{error}");
        // Saved again by a spreadsheet.
        let semicolons =
            csv.replace("\"\"b\"\", ", "\"\"b\"\"| ").replace(',', ";").replace("| ", ", ");
        assert_eq!(converted("min.csv", &semicolons, "").1, out, "{semicolons}");
        // The same whatever the text is called, and beside other data if the task is named.
        let other = csv.replace(",text,", ",remark,").replace("text,", "remark,");
        assert_eq!(converted("min.csv", &other, "").1, out, "{csv}");
        assert_eq!(converted("min.csv", &other, "--tasks view").1, out, "{csv}");
        let expected = "page,seq,text,annotator,view\n3,1,Shut again,4,\"[\"\"a\"\",\"\"b\"\"]\"\n4,1,Open,4,a\n";
        assert_eq!(out, expected);
    }
}

#[test]
fn label_studios_labels_of_whole_texts_are_read_whatever_their_tag() {
    let task = |result: &str| {
        format!(
            r#"[{{"id":1,"data":{{"text":"Shut"}},"annotations":[{{"completed_by":7,"result":[{{"from_name":"q",{result}}}]}}]}}]"#
        )
    };
    for (result, label) in [
        (r#""type":"labels","value":{"labels":["bad"]}"#, "bad"),
        (r#""type":"taxonomy","value":{"taxonomy":[["news","local"]]}"#, "news/local"),
        (
            r#""type":"taxonomy","value":{"taxonomy":[["b"],["a","c"]]}"#,
            "\"[\"\"a/c\"\",\"\"b\"\"]\"",
        ),
        (r#""type":"rating","value":{"rating":4}"#, "4"),
        (r#""type":"number","value":{"number":2.5}"#, "2.5"),
        (r#""type":"choices","value":{"choices":["z","y"]}"#, "\"[\"\"y\"\",\"\"z\"\"]\""),
    ] {
        let (code, out, error) = converted("t.json", &task(result), "");
        assert_eq!(
            (code, out.as_str()),
            (0, &*format!("page,seq,text,annotator,q\n1,1,Shut,7,{label}\n")),
            "{error}"
        );
    }
    // What is about a part, or no label, leaves nothing to write.
    for (result, left) in [
        (
            r#""type":"labels","value":{"start":0,"end":2,"labels":["bad"]}"#,
            "results of type labels: 1",
        ),
        (r#""type":"textarea","value":{"text":["So it is"]}"#, "results of type textarea: 1"),
        (
            r#""type":"choices","value":{"start":0,"end":2,"choices":["bad"]}"#,
            "choices for a part of the text: 1",
        ),
    ] {
        let (code, out, error) = converted("t.json", &task(result), "");
        assert_eq!((code, out.as_str()), (3, ""), "{error}");
        assert!(error.contains("no label of a whole text") && error.contains(left), "{error}");
        // The texts go on to a tool all the same.
        assert_eq!(converted("t.json", &task(result), "--to prodigy").0, 0);
    }
}

#[test]
fn doccanos_csv_is_a_set_for_each_row() {
    let csv = "id,text,label\n1,Shut,b#a\n2,Open,a\n3,Issue #4,C#\n4,Late,\n";
    let expected = "page,seq,id,text,label\n1,1,1,Shut,\"[\"\"a\"\",\"\"b\"\"]\"\n2,1,2,Open,a\n3,1,3,Issue #4,C#\n4,1,4,Late,\n";
    for flags in ["", "--from doccano"] {
        let (code, out, error) = converted("t.csv", csv, flags);
        assert_eq!((code, out.as_str()), (0, expected), "{error}");
    }
    let data = csv.replace("text", "data").replace("label\n", "label,Comments\n");
    let data = data
        .replace("#a\n", "#a,\n")
        .replace(",a\n", ",a,\n")
        .replace("C#\n", "C#,\n")
        .replace("Late,\n", "Late,,\n");
    assert!(
        converted("t.csv", &data, "")
            .1
            .starts_with("page,seq,id,text,Comments,label\n1,1,1,Shut,,\"[")
    );
    // A table of ours is one.
    let ours = "id,text,label\n1,Shut,C#\n2,Open,a # b\n";
    let (_, out, error) = converted("t.csv", ours, "");
    assert_eq!((out.as_str(), error.as_str()), (ours, ""));
}

#[test]
fn a_reject_of_the_only_label_is_its_opposite() {
    let line = |text: &str, label: &str, answer: &str, who: &str| {
        format!(
            "{{\"text\":\"{text}\",\"label\":\"{label}\",\"answer\":\"{answer}\",\"_annotator_id\":\"{who}\"}}\n"
        )
    };
    let one = [
        line("Shut", "RUDE", "reject", "a"),
        line("Shut", "RUDE", "accept", "b"),
        line("Open", "RUDE", "ignore", "a"),
        line("Late", "RUDE", "reject", "a"),
    ];
    let (code, out, error) = converted("p.jsonl", &one.concat(), "");
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        out,
        "text,annotator,label\nShut,a,not RUDE\nShut,b,RUDE\nOpen,,\nLate,a,not RUDE\n"
    );
    assert!(
        error.contains("only label asked about") && error.contains("ignored lines: 1"),
        "{error}"
    );
    // Of several labels a reject leaves the others open.
    let two = [line("Shut", "RUDE", "reject", "a"), line("Open", "KIND", "accept", "a")];
    let (_, out, error) = converted("p.jsonl", &two.concat(), "");
    assert_eq!(out, "text,annotator,label\nShut,,\nOpen,a,KIND\n");
    assert!(error.contains("rejected labels: 1"), "{error}");
}

#[test]
fn fasttext_with_other_prefixes_and_with_commas() {
    let lines = "__topic__noise The lock is loud\n__topic__cost __topic__noise Dear and loud\n";
    for (flags, task) in [("", "topic"), ("--tasks kind", "kind"), ("--from fasttext", "topic")] {
        let (code, out, error) = converted("f.txt", lines, flags);
        let expected = format!(
            "text,{task}\nThe lock is loud,noise\nDear and loud,\"[\"\"cost\"\",\"\"noise\"\"]\"\n"
        );
        assert_eq!((code, out), (0, expected), "{error}");
        assert!(error.contains("__topic__"), "{error}");
    }
    let (code, out, error) = converted("f.txt", "noise The lock\ncost Dear\n", "--from fasttext");
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(error.contains("no line has a label (__label__...)"), "{error}");
    let (_, _, error) = converted("f.txt", "__label__noise, Loud\n__label__noise Loud again\n", "");
    assert!(
        error.contains("warning: 1 of 2 labels have a comma in them, as \"noise,\""),
        "{error}"
    );
}

#[test]
fn spacys_cats_are_labels() {
    for (name, export) in [
        (
            "s.jsonl",
            "{\"text\":\"Shut\",\"cats\":{\"A\":1.0,\"B\":0.0}}\n{\"text\":\"Open\",\"cats\":{\"A\":0.2,\"B\":0.7}}\n{\"text\":\"Late\",\"cats\":{\"A\":true,\"B\":true}}\n{\"text\":\"Low\",\"cats\":{\"A\":0.3,\"B\":0.4}}\n",
        ),
        (
            "s.json",
            "[[\"Shut\",{\"cats\":{\"A\":1,\"B\":0}}],[\"Open\",{\"cats\":{\"A\":0.2,\"B\":0.7}}],[\"Late\",{\"cats\":{\"A\":1,\"B\":1}}],[\"Low\",{\"cats\":{\"A\":0.3,\"B\":0.4}}]]",
        ),
        (
            "pairs.jsonl",
            "[\"Shut\",{\"cats\":{\"A\":1,\"B\":0}}]\n[\"Open\",{\"cats\":{\"A\":0.2,\"B\":0.7}}]\n[\"Late\",{\"cats\":{\"A\":1,\"B\":1}}]\n[\"Low\",{\"cats\":{\"A\":0.3,\"B\":0.4}}]\n",
        ),
    ] {
        let (code, out, error) = converted(name, export, "");
        assert_eq!(code, 0, "{error}");
        assert_eq!(
            out, "text,label\nShut,A\nOpen,B\nLate,\"[\"\"A\"\",\"\"B\"\"]\"\nLow,\n",
            "{name}"
        );
        assert!(error.contains("cats of which none reaches 0.5: 1"), "{error}");
    }
    let binary = "{\"text\":\"Shut\",\"cats\":{\"RUDE\":1.0}}\n{\"text\":\"Open\",\"cats\":{\"RUDE\":0.0}}\n";
    assert_eq!(converted("s.jsonl", binary, "").1, "text,label\nShut,RUDE\nOpen,not RUDE\n");
    let (code, _, error) = converted("s.jsonl", binary, "--to spacy");
    assert!(code == 2 && error.contains("spacy"), "{error}");
}

#[test]
fn argillas_records_are_read_flat_or_not() {
    let nested = r#"[{"id":"r","fields":{"text":"Shut"},"metadata":{"outlet":"Echo"},"responses":{"view":[{"value":"for","user_id":"u","status":"submitted"},{"value":"against","user_id":"v","status":"discarded"}],"topics":[{"value":["b","a"],"user_id":"u"}]},"suggestions":{"view":{"value":"none","score":0.4}},"status":"completed","vectors":{}}]"#;
    let (code, out, error) = converted("a.json", nested, "");
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        out,
        "page,seq,text,outlet,pred_view,annotator,view,topics\nr,1,Shut,Echo,none,u,for,\"[\"\"a\"\",\"\"b\"\"]\"\n"
    );
    assert!(error.contains("discarded responses: 1"), "{error}");
    for (name, export) in [
        (
            "first.jsonl",
            r#"{"fields":{"text":"Shut"},"responses":[{"user_id":"u","status":"submitted","values":{"view":{"value":"for"}}}],"suggestions":[]}"#,
        ),
        (
            "flat.jsonl",
            r#"{"_server_id":"s","text":"Shut","status":"completed","view.responses":["for"],"view.responses.users":["u"],"view.responses.status":["submitted"],"view.suggestion":null}"#,
        ),
        (
            "flat.csv",
            "text,view.responses,view.responses.users,view.responses.status,status\nShut,['for'],['u'],['submitted'],completed\n",
        ),
        (
            "hub.jsonl",
            r#"{"text":"Shut","view":[{"user_id":"u","value":"for","status":"submitted"}],"view-suggestion":null,"external_id":null}"#,
        ),
    ] {
        let (code, out, error) = converted(name, export, "");
        assert_eq!(
            (code, out.as_str()),
            (0, "text,annotator,view\nShut,u,for\n"),
            "{name}: {error}"
        );
    }
    let older = r#"{"text":"Shut","inputs":{"text":"Shut"},"prediction":null,"annotation":"for","annotation_agent":"u","multi_label":false,"status":"Validated"}"#;
    assert_eq!(converted("o.jsonl", older, "").1, "text,annotator,label\nShut,u,for\n");
    let folder = Folder::new();
    folder.write("a.json", nested);
    assert!(said(&folder, "train a.json --tasks view -o m").contains("standpoint convert"));
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
