//! Tables of other shapes than CSV and JSON lines, compressed or not.

use std::{io::Write, process::Stdio};

use proptest::prelude::*;
use serde_json::{Value, json};
use standpoint::{Corpus, InputFormat, ReadSettings, input::Source};

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

fn texts(name: &str, text: &str, settings: &ReadSettings) -> Vec<String> {
    let source = Source::from_bytes(name, text.into()).unwrap();
    let table = Corpus::read(&source, settings).unwrap();
    table.texts().map(str::to_owned).collect()
}

#[test]
fn a_delimiter_is_declared_or_found() {
    let expected = ["One; two, \tthree|", "Share"];
    for (name, delimiter, given) in [
        ("t.csv", ',', None),
        ("t.csv", ';', None),
        ("t.csv", '\t', None),
        ("t.csv", '|', None),
        ("t.csv", ':', Some(b':')),
        ("t.tsv", '\t', None),
        ("t.tab", '\t', None),
        ("t.tsv", ';', Some(b';')),
    ] {
        let header = ["page", "\"a,b\"", "text"].join(&delimiter.to_string());
        let rows = ["p", "x", "\"One; two, \tthree|\""].join(&delimiter.to_string());
        let text = format!("{header}\n{rows}\n,,Share\n")
            .replace(",,S", &format!("{delimiter}{delimiter}S"));
        let settings = ReadSettings::new().delimiter(given);
        assert_eq!(texts(name, &text, &settings), expected, "{name} {delimiter:?}");
    }
}

#[test]
fn a_delimiter_that_was_found_is_said() {
    let folder = Folder::new();
    folder.write("t.csv", "page;seq;text\np;1;\"One; two\"\n");
    assert_cmd_snapshot!(folder.command("predict t.csv -m small.standpoint --format csv"));
    let output = folder.command("predict t.csv --delimiter tabs").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("give one character, as ;, or tab"), "{message}");
}

fn value() -> impl Strategy<Value = Value> {
    let text = "[a-z\"\\\\\\]\\[{},: \né]{0,8}";
    prop_oneof![
        text.prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
        proptest::collection::vec(text, 0..3).prop_map(|list| json!({ "a": list })),
    ]
}

proptest! {
    /// An array has the rows that its elements have, a line each, however it is laid out.
    #[test]
    fn an_array_is_its_lines(
        rows in proptest::collection::vec((value(), value()), 1..6),
        pretty: bool,
        space in "[ \n\r\t]{0,3}",
    ) {
        // A text is no object.
        let text = |text: Value| if text.is_object() { Value::Null } else { text };
        let rows: Vec<Value> =
            rows.into_iter().map(|(a, b)| json!({ "text": text(a), "b": b })).collect();
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        let lines = lines.join("\n");
        let element = |row: &Value| match pretty {
            true => serde_json::to_string_pretty(row).unwrap(),
            false => row.to_string(),
        };
        let elements: Vec<String> = rows.iter().map(element).collect();
        let array = format!("{space}[{space}{}{space}]{space}", elements.join(&format!("{space},{space}")));
        let settings = ReadSettings::default();
        let read = |name: &str, text: &str| {
            let source = Source::from_bytes(name, text.into()).unwrap();
            Corpus::read(&source, &settings).unwrap()
        };
        let (of_lines, of_array) = (read("t.jsonl", &lines), read("t.json", &array));
        prop_assert_eq!(of_lines.columns(), of_array.columns());
        for column in ["text", "b"] {
            prop_assert_eq!(of_lines.values(column), of_array.values(column));
        }
        // A file that is called .json and has lines is read by lines.
        let by_lines = read("t.json", &lines);
        prop_assert_eq!(by_lines.values("b"), of_lines.values("b"));
        // Where an element begins is known.
        let at: Vec<Option<u64>> = (0..rows.len()).map(|row| of_array.place(row).line).collect();
        let mut from = 0;
        for (element, line) in elements.iter().zip(at) {
            let start = from + array[from..].find(element.as_str()).unwrap();
            let expected = 1 + array[..start].matches('\n').count() as u64;
            prop_assert_eq!(line, Some(expected));
            from = start + element.len();
        }
    }
}

#[test]
fn what_is_wrong_in_json_is_found_where_it_stands() {
    for (text, expected) in [
        (
            "[\n {\"text\": \"a\"},\n {\"text\":\n  nul}]",
            "t.json:4:6: the element is not a JSON object",
        ),
        (
            "[{\"text\": \"a\"} {\"text\": \"b\"}]",
            "t.json:1: a comma or ] is expected in the JSON array, not '{'",
        ),
        ("[{\"text\": \"a\"},\n]", "t.json:2: an object is expected in the JSON array, not ']'"),
        ("[{\"text\": \"a\"}]\nx", "t.json:2: nothing more is expected in the JSON array, not 'x'"),
        (
            "[{\"text\": \"a\"}\n",
            "t.json:2: a comma or ] is expected in the JSON array, not the end",
        ),
        ("[{\"text\": \"a]\n", "t.json:1: the JSON array ends within an element"),
        ("[\n1]", "t.json:2:1: the element is not a JSON object"),
        ("[]", "t.json: the list holds no rows; write each passage as"),
        (" [ ]\n", "t.json: the list holds no rows"),
        ("{}", "t.json: the object has no fields"),
        ("[{}]", "t.json: the object has no fields"),
        ("[{}, {}]", "t.json: the objects have no fields"),
        (
            "[{\"text\": \"\\ud83d\"}]",
            "t.json:1:17: the element is not a JSON object (a \\u escape that is cut short, or half of",
        ),
        (
            "{\"text\": \"\\ude00 \"}",
            "t.json:1:16: the line is not a JSON object (a \\u escape that is cut short, or half of",
        ),
    ] {
        let source = Source::from_bytes("t.json", text.into()).unwrap();
        let error = Corpus::read(&source, &ReadSettings::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let whole = texts("t.json", "[{\"text\": \"\\ud83d\\ude00\"}]", &ReadSettings::default());
    assert_eq!(whole, ["😀"]);
}

#[cfg(feature = "compressed")]
#[test]
fn what_is_compressed_is_read_as_what_it_holds() {
    use standpoint::input::Compression;

    let folder = Folder::new();
    let predicted = |input: &str, stdin: Option<Vec<u8>>| {
        let mut command =
            folder.command(&format!("predict {input} -m small.standpoint --format csv"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(&stdin.unwrap_or_default()).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let json = r#"[{"page": "p", "text": "Share"}, {"page": "q", "text": "Hi"}]"#;
    let files = [
        ("t.csv", folder.read("small.csv")),
        ("t.json", json.to_owned()),
        ("t.txt", "One\ntwo\n".into()),
    ];
    for (name, content) in files {
        folder.write(name, &content);
        let plain = predicted(name, None);
        for compression in Compression::ALL {
            let mut writer = compression.writer(name, Vec::new()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
            let bytes = writer.finish().unwrap();
            let compressed = format!("{name}.{}", compression.ending());
            folder.write(&compressed, &bytes);
            // The name of a page is in its rows.
            assert_eq!(
                predicted(&compressed, None).replace(&compressed, name),
                plain,
                "{compressed}"
            );
            if name == "t.csv" {
                assert_eq!(predicted("- --from csv", Some(bytes)), plain, "{compression} on stdin");
            }
        }
    }
    folder.write("cut.csv.gz", &std::fs::read(folder.path("t.csv.gz")).unwrap()[..200]);
    assert_cmd_snapshot!(folder.command("predict cut.csv.gz -m small.standpoint"));
}

#[test]
fn endings_are_known_in_one_place() {
    let endings = |format: InputFormat| format.endings().iter().map(move |e| (e, format));
    for (ending, format) in InputFormat::all().flat_map(endings) {
        assert_eq!(InputFormat::of_name(&format!("a.b.{ending}")).unwrap(), format);
        assert_eq!(
            InputFormat::by_ending(&format!("A.{}.GZ", ending.to_uppercase())),
            Some(format)
        );
    }
    assert_eq!(InputFormat::of_name("<stdin>").unwrap(), InputFormat::TEXT);
    let folder = Folder::new();
    for name in ["t.ods", "t.xls.gz", "t.pdf", "t.docx"] {
        folder.write(name, "PK");
        let output = folder.command(&format!("predict {name}")).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(message.contains("are not read; save "), "{message}");
    }
}
