//! Tables as people have them: other names, other dialects, and what spreadsheets and scripts leave in them.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use standpoint::{
    Corpus, ReadSettings,
    corpus::{OnError, OutputFormat, Quote},
    input::Rejects,
};

use crate::commands::Folder;

fn read(name: &str, table: &str, settings: &ReadSettings) -> Corpus {
    Corpus::from_bytes(name, table.as_bytes(), settings).unwrap()
}

fn texts(name: &str, table: &str, settings: &ReadSettings) -> Vec<String> {
    read(name, table, settings).texts().map(str::to_owned).collect()
}

fn refused(name: &str, table: &str, settings: &ReadSettings) -> String {
    let read = Corpus::from_bytes(name, table.as_bytes(), settings);
    read.map(|corpus| corpus.len()).unwrap_err().to_string()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a run with this on standard input wrote.
fn piped(folder: &Folder, arguments: &str, input: &[u8]) -> Output {
    let mut command = folder.command(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn default() -> ReadSettings {
    ReadSettings::new()
}

// Names of columns

#[test]
fn the_column_of_the_passages_has_any_name_and_keeps_it() {
    let folder = Folder::new();
    folder.write("t.csv", "tweet,thread,no\nShare this,a,1\nShame on them,a,2\n");
    let flags = "--text tweet --page thread --seq no -m small.standpoint";
    let run = |input: &str, output: &str| {
        let output = folder.command(&format!("predict {input} {flags} -o {output}")).output();
        assert!(output.as_ref().unwrap().status.success(), "{}", stderr(&output.unwrap()));
    };
    run("t.csv", "out.csv");
    let written = folder.read("out.csv");
    assert!(written.starts_with("tweet,thread,no,pred_kind,"), "{written}");
    // What was written is read with the same flags by whoever is next.
    let report = format!("report out.csv {flags} -o report.html");
    assert!(folder.command(&report).status().unwrap().success());
    let settings = default().text("tweet".to_owned()).page("thread".to_owned());
    let settings = settings.seq("no".to_owned());
    for name in ["t.csv", "t.jsonl"] {
        let table = match name {
            "t.csv" => folder.read("t.csv"),
            _ => r#"{"tweet": "Share this", "thread": "a", "no": 2}
                {"tweet": "Shame on them", "thread": "a", "no": 1}"#
                .to_owned(),
        };
        let corpus = read(name, &table, &settings);
        assert_eq!(corpus.values("text").unwrap()[0].as_deref(), Some("Share this"));
        assert_eq!(corpus.pages().unwrap().len(), 1);
    }
    folder.write("labels.csv", "tweet,mood\nShare this,good\nShame on them,bad\nA fine day,good\n");
    for command in [
        "audit labels.csv --text tweet --label mood --no-doubts",
        "explain labels.csv --text tweet --passage 2 -m small.standpoint",
        "convert labels.csv --text tweet --tasks mood --to doccano -o out.jsonl",
        "convert labels.csv --text tweet -o out.tsv",
        "report labels.csv --text tweet -m small.standpoint -o report.html",
    ] {
        let output = folder.command(command).output().unwrap();
        assert!(output.status.success(), "{command}: {}", stderr(&output));
    }
    assert!(folder.read("out.jsonl").starts_with(r#"{"text":"Share this""#));
    assert!(folder.read("out.tsv").starts_with("tweet\tmood\n"));
}

#[test]
fn another_case_is_taken_with_a_note() {
    let corpus = read("t.csv", "PAGE,Text,SEQ,Target,n\np,one,2,x,1\np,two,1,x,2\n", &default());
    assert_eq!(corpus.texts().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(corpus.pages().unwrap(), [[1, 0]]);
    assert_eq!(corpus.values("target").unwrap()[0].as_deref(), Some("x"));
    let notes = corpus.notes().join("\n");
    for column in ["\"Text\" is read as \"text\"", "\"PAGE\"", "\"SEQ\"", "\"Target\""] {
        assert!(notes.contains(column), "{notes}");
    }
    assert_eq!(corpus.columns(), ["PAGE", "Text", "SEQ", "Target", "n"]);
    // The exact name comes first, and of two others none is taken.
    assert_eq!(texts("t.csv", "Text,text\na,b\n", &default()), ["b"]);
    assert!(read("t.csv", "Text,text\na,b\n", &default()).notes().is_empty());
    assert!(refused("t.csv", "Text,TEXT\na,b\n", &default()).contains("no column is named"));
    let json = "{\"TEXT\": \"a\"}\n{\"TEXT\": \"b\", \"Page\": 1}\n";
    assert_eq!(texts("t.jsonl", json, &default()), ["a", "b"]);
    // A page stays whole in blocks, too.
    let folder = Folder::new();
    folder.write("t.jsonl", "{\"Text\": \"Share\", \"Page\": 1}\n".repeat(3));
    let output = folder.command("predict t.jsonl -m small.standpoint").output().unwrap();
    assert!(stderr(&output).contains("the column \"Page\" is read as \"page\""), "{output:?}");
}

#[test]
fn a_table_without_text_is_told_which_column_that_is() {
    for (table, like) in [
        ("id,tweet,label\n1,Shame on all of them,a\n2,A fine day,b\n", "tweet"),
        ("id,Comment Body,n\n1,Shame on all of them,a\n", "\"Comment Body\""),
        ("id,q7,note\n1,Shame on all of them and theirs,a b\n", "q7"),
        ("id,review_text,summary\n1,Good one,Shame on all of them\n", "review_text"),
        ("id,txt\n1,Fine\n", "txt"),
    ] {
        let error = refused("t.csv", table, &default());
        let expected = format!("perhaps by `text` {like}");
        assert!(error.ends_with(&expected), "{error}");
        let header = table.lines().next().unwrap().replace(',', ", ");
        assert!(error.contains(&format!("there are {header}; ")), "{error}");
    }
    let error = refused("t.csv", "a,b\n1,2\n", &default());
    assert!(error.ends_with("name the column that has the passages by `text`"), "{error}");
    let error = refused("t.csv", "text,b\n1,2\n", &default().text("txet".to_owned()));
    assert!(error.contains("no column is named \"txet\"; there are text, b; "), "{error}");
    let error = refused("t.csv", "text,b\n1,2\n", &default().page("thread".to_owned()));
    assert!(error.contains("no column is named \"thread\"") && error.contains("`page`"), "{error}");
    let json = r#"{"tweet": "Shame on them all", "id": 1}"#;
    assert!(refused("t.jsonl", json, &default()).ends_with("`text` tweet"));
    let folder = Folder::new();
    folder.write("t.csv", "id,tweet\n1,Shame on all of them\n");
    for command in ["predict t.csv", "train t.csv -o m", "evaluate t.csv", "audit t.csv"] {
        let output = folder.command(command).output().unwrap();
        assert!(stderr(&output).ends_with("perhaps by --text tweet\n"), "{}", stderr(&output));
    }
}

#[test]
fn records_of_annotation_tools_are_told_apart_from_tables() {
    let argilla = r#"{"id": "1", "fields": {"text": "Shame on them"}, "responses": {}}"#;
    let error = refused("t.jsonl", argilla, &default());
    assert!(error.contains("the passages are inside, as fields.text"), "{error}");
    let folder = Folder::new();
    let cats = |a: f32| {
        let b = 1.0 - a;
        format!("{{\"text\": \"Shame on them\", \"cats\": {{\"AGAINST\": {a}, \"FAVOR\": {b}}}}}\n")
    };
    folder.write("t.jsonl", cats(0.9) + &cats(0.2));
    let output = folder.command("train t.jsonl --tasks cats -o m").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.starts_with("error: t.jsonl:1:2: the cats label is an object"), "{said}");
    assert!(said.contains("\"AGAINST\""), "{said}");
}

// Standard input

#[test]
fn a_table_on_standard_input_is_a_table() {
    let folder = Folder::new();
    let predict = "predict - -m small.standpoint --format jsonl";
    let rows = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap().lines().count();
    for (table, n, title) in [
        ("id,text\n1,Share this\n2,\"Shame, on\nthem\"\n", 2, "CSV"),
        ("id;text;n\n1;Share this;\n2;Shame on them;3\n", 2, "CSV"),
        ("id\tText\n1\tShare this\n", 1, "CSV"),
        ("text\nShare this\n\"Shame, on them\"\n", 2, "CSV"),
        ("sep=;\r\nid;text\r\n1;Share\r\n", 1, "CSV"),
        ("{\"text\": \"Share this\"}\n{\"text\": \"Shame\"}\n", 2, "JSON lines"),
        ("[{\"text\": \"Share this\"},\n {\"text\": \"Shame\"}]", 2, "JSON"),
    ] {
        let output = piped(&folder, predict, table.as_bytes());
        assert_eq!(rows(&output), n, "{table}: {}", stderr(&output));
        let note = format!("<stdin>: read as {title}, by its content; --from names another\n");
        assert!(stderr(&output).contains(&note), "{}", stderr(&output));
    }
    let table = "id,text\n1,Share this\n";
    assert_eq!(rows(&piped(&folder, &format!("{predict} --from text"), table.as_bytes())), 2);
    // What is like a table only at first sight is a page.
    for page in [
        "Some, text, and more\nA line\n",
        "The text\nis here\n",
        "{\nShame\n",
        "text, he said, is good\nShare this\n",
        "He sent a text, text\n",
        "",
    ] {
        let output = piped(&folder, predict, page.as_bytes());
        assert!(!stderr(&output).contains("read as"), "{page}: {}", stderr(&output));
        assert_eq!(rows(&output), page.lines().count(), "{page}");
    }
    let utf16: Vec<u8> =
        "\u{FEFF}id\ttext\n1\tShare\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(rows(&piped(&folder, predict, &utf16)), 1);
    // Where labels are wanted, JSON lines are too.
    let json: String = folder
        .read("small.csv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','))
        .map(|(text, kind)| format!("{}\n", serde_json::json!({ "text": text, "kind": kind })))
        .collect();
    let output = piped(&folder, "audit - --no-doubts --tasks kind", json.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
}

#[cfg(feature = "compressed")]
#[test]
fn a_compressed_table_on_standard_input_is_a_table() {
    use standpoint::input::Compression;
    let folder = Folder::new();
    for compression in Compression::ALL {
        let mut writer = compression.writer("t", Vec::new()).unwrap();
        let rows = "1,Share this with all\n".repeat(9000);
        writer.write_all(format!("id,text\n{rows}").as_bytes()).unwrap();
        let bytes = writer.finish().unwrap();
        let output = piped(&folder, "predict - -m small.standpoint", &bytes);
        let written = String::from_utf8(output.stdout).unwrap();
        assert_eq!(written.lines().count(), 9001, "{compression:?}");
    }
}

#[test]
fn labels_are_read_in_the_format_that_is_named() {
    let folder = Folder::new();
    folder.write("p.dat", "text,kind,pred_kind\nShare,news,news\nShame,comment,news\n");
    let evaluate = "evaluate --predictions p.dat";
    assert!(folder.command(evaluate).output().unwrap().status.success());
    let output = folder.command(&format!("{evaluate} --from text")).output().unwrap();
    assert!(!output.status.success(), "a page of text has no labels");
}

// Quotation marks

/// Rows of which the third begins its text with a quotation mark, and the sixth ends with one.
fn bare_marks(delimiter: char, end: &str) -> String {
    let rows = [
        ["id", "text", "stance"],
        ["0", "good that they build it", "favor"],
        ["1", "stop it now", "against"],
        ["2", "\"nobody asked for it", "against"],
        ["3", "twelve stops are planned", "none"],
        ["4", "clean and quick", "favor"],
        ["5", "he called it \"a waste\"", "against"],
        ["6", "a map hangs there", "none"],
    ];
    rows.map(|row| row.join(&delimiter.to_string()) + end).concat()
}

#[test]
fn a_quotation_mark_swallows_no_rows() {
    for (name, delimiter) in [("t.tsv", '\t'), ("t.csv", ','), ("t.csv", ';'), ("t.csv", '|')] {
        for end in ["\n", "\r\n"] {
            let table = bare_marks(delimiter, end);
            let error = refused(name, &table, &default());
            assert!(error.starts_with(&format!("{name}:4: ")), "{error}");
            assert!(error.contains("line 4") && error.contains("`quote` none"), "{error}");
            let plain = texts(name, &table, &default().quote(Quote::None));
            assert_eq!(plain.len(), 7);
            assert_eq!(
                (&*plain[2], &*plain[5]),
                ("\"nobody asked for it", "he called it \"a waste\"")
            );
            // Left out is one line, and no row behind it.
            let corpus = read(name, &table, &default().on_error(OnError::Skip));
            assert_eq!((corpus.len(), corpus.report().rejected), (6, 1));
        }
    }
    // At the end of the file.
    let table = "id\ttext\n1\tone\n2\t\"two\n3\tthree\n";
    let error = refused("t.tsv", table, &default());
    assert!(error.contains("line 3 never closes") && error.contains("`quote` none"), "{error}");
    // One row, where a text has no tabs.
    let error = refused("t.tsv", "id\ttext\n1\t\"two\n2\tthree\"\n", &default());
    assert!(error.contains("look like rows"), "{error}");
    let folder = Folder::new();
    folder.write("t.tsv", bare_marks('\t', "\n"));
    folder.write("t.csv", folder.read("t.tsv"));
    for command in [
        "predict t.tsv --quote none -o out.tsv",
        "predict t.csv --quote none --delimiter tab -o out.csv",
        "audit t.tsv --quote none --tasks stance --no-doubts",
        "convert t.tsv --quote none -o out.jsonl",
        "agree t.tsv t.tsv --quote none --page id --label stance",
    ] {
        let output = folder.command(command).output().unwrap();
        assert!(!stderr(&output).contains("quotation mark"), "{command}: {}", stderr(&output));
    }
    assert_eq!(folder.read("out.tsv").lines().count(), 8);
    assert_eq!(folder.read("out.jsonl").lines().count(), 7);
}

#[test]
fn fields_of_several_lines_are_read_as_they_were() {
    let long = "id,text,stance\n1,\"Dear all,\n\nI think, and so do you, that\nit is, well, late.\",none\n\
                2,\"a\nb\",none\n";
    assert_eq!(texts("t.csv", long, &default()).len(), 2);
    let last = "stance,text\nfavor,\"Dear all\nI think, so\nHowever, no\"\nnone,b\n";
    assert_eq!(texts("t.csv", last, &default())[0], "Dear all\nI think, so\nHowever, no");
    let tabs = "id\ttext\n1\t\"a list:\n\tone\n\ttwo words\"\n2\tb\n";
    assert_eq!(texts("t.tsv", tabs, &default()).len(), 2);
    // Who says that marks are marks is believed.
    let rows = "id,text\n1,\"two\n2,three\n3,four\"\n";
    assert!(refused("t.csv", rows, &default()).contains("`quote` '\"'"));
    let trusted = default().quote(Quote::Mark(b'"'));
    assert_eq!(texts("t.csv", rows, &trusted), ["two\n2,three\n3,four"]);
    let other = default().quote(Quote::Mark(b'\''));
    assert_eq!(texts("t.csv", "id,text\n1,'a, ''b'''\n2,\"c\"\n", &other), ["a, 'b'", "\"c\""]);
}

#[test]
fn a_field_that_goes_on_behind_its_quotation_mark_keeps_its_marks() {
    let table = "text,n\n\"Enough\" the tram,1\n\"Enough, \"\"we\"\" say\" the tram,2\n\"a, \"\"b\"\"\",3\n";
    let corpus = read("t.csv", table, &default());
    let expected = ["\"Enough\" the tram", "\"Enough, \"\"we\"\" say\" the tram", "a, \"b\""];
    assert_eq!(corpus.texts().collect::<Vec<_>>(), expected);
    assert_eq!(corpus.values("n").unwrap()[1].as_deref(), Some("2"));
    let notes = corpus.notes().join("\n");
    assert!(
        notes.contains(": 2, the first on line 2") && notes.contains("`quote` none"),
        "{notes}"
    );
    assert_eq!(
        texts("t.tsv", "n\ttext\n1\t\"Enough\" he said\n", &default()),
        ["\"Enough\" he said"]
    );
}

#[test]
fn backslashes_before_quotation_marks_are_named_and_read() {
    let table = "text,n\n\"she said \\\"no\\\" to it, again\",1\n\"a \\\\ b\",2\n";
    let error = refused("t.csv", table, &default());
    assert!(error.starts_with("t.csv:2: a backslash stands before the quotation mark"), "{error}");
    assert!(error.contains("`escape` '\\'"), "{error}");
    let settings = default().escape(b'\\');
    assert_eq!(texts("t.csv", table, &settings), ["she said \"no\" to it, again", "a \\ b"]);
    // At the end of a field the mark seems to be doubled.
    let table = "text,n\n\"she said \\\"no\\\"\",1\n\"b\",2\n";
    assert!(refused("t.csv", table, &default()).contains("`escape` '\\'"));
    assert_eq!(texts("t.csv", table, &settings), ["she said \"no\"", "b"]);
    let lines = "text;n\n\"a \\\"b\\\"\nc\";1\n";
    assert_eq!(texts("t.csv", lines, &settings), ["a \"b\"\nc"]);
    let folder = Folder::new();
    folder.write("t.csv", table);
    let output = folder.command("predict t.csv --escape \\").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

// Rows and headers

#[test]
fn a_wrong_number_of_fields_is_explained() {
    let short = refused("t.csv", "a,text,b\n1,x,\n2,y\n", &default());
    assert!(short.starts_with("t.csv:3:3: fields in the row: 2, in the header: 3; "), "{short}");
    assert!(short.contains("`fill_short_rows`") && short.contains("a missing comma"), "{short}");
    for (name, table, delimiter) in [
        ("t.tsv", "a\ttext\n1\tx\ty\n", "tab"),
        ("t.csv", "a;text\n1;x;y\n", ";"),
        ("t.csv", "a|text\n1|x|y\n", "|"),
        ("t.csv", "a,text\n1,x,y\n", "comma"),
    ] {
        let error = refused(name, table, &default());
        assert!(error.contains(&format!("look for a stray {delimiter}, ")), "{error}");
        assert!(delimiter == "comma" || !error.contains("comma"), "{error}");
    }
    let filled = default().fill_short_rows(true);
    let corpus = read("t.csv", "text,b,c\nx\ny,1\n\"z\",1,2\n", &filled);
    assert_eq!(corpus.values("c").unwrap(), [None, None, Some("2".into())]);
    let folder = Folder::new();
    // With pages, which are looked at first: a row may end before them.
    folder.write("t.csv", "text,page,c\nShare,p,1\nShame\nShare,p\n");
    let output = folder.command("predict t.csv --fill-short-rows -m small.standpoint").output();
    let written = String::from_utf8(output.unwrap().stdout).unwrap();
    assert_eq!(written.lines().count(), 4);
    assert!(written.contains("\nShame,,,"), "{written}");
    let long = refused("t.csv", "text,b\nx,1,2\n", &filled);
    assert!(long.contains("fields in the row: 3"), "{long}");
}

#[test]
fn a_carriage_return_alone_is_text_where_lines_end_otherwise() {
    for end in ["\n", "\r\n"] {
        let table = ["id,text", "5,lone\rcr", "6,\"a \"\"b\"\"\rc\"", "7,d", ""].join(end);
        assert_eq!(texts("t.csv", &table, &default()), ["lone\rcr", "a \"b\"\rc", "d"]);
        let table = ["id,text", "5,x", "6,y\r7,z", ""].join(end);
        let error = refused("t.csv", &table, &default());
        assert!(error.starts_with("t.csv:3:3: ") && error.contains("carriage return"), "{error}");
    }
    // Old ones end rows with it.
    assert_eq!(texts("t.csv", "id,text\r1,a\r2,\"b\"\r", &default()), ["a", "b"]);
}

#[test]
fn the_line_that_tells_excel_the_delimiter_is_taken() {
    for (line, delimiter) in
        [("sep=;", ';'), ("\u{FEFF}sep=,", ','), ("SEP=\t", '\t'), ("\"sep=|\"", '|')]
    {
        for end in ["\n", "\r\n"] {
            let rows = [["a", "text"], ["1", "x"]].map(|row| row.join(&delimiter.to_string()));
            let table = [line, &rows[0], &rows[1], ""].join(end);
            for name in ["t.csv", "t.tsv"] {
                let corpus = read(name, &table, &default());
                assert_eq!(corpus.texts().collect::<Vec<_>>(), ["x"], "{line} {name}");
                assert!(corpus.notes()[0].contains("its first line says"), "{:?}", corpus.notes());
                assert_eq!(corpus.place(0).line, Some(3));
            }
        }
    }
    // A column may be called so.
    assert_eq!(read("t.csv", "sep=,text\n1,x\n", &default()).columns(), ["sep=", "text"]);
}

#[test]
fn empty_columns_without_a_name_are_left_out() {
    for (header, row) in
        [("text,stance,,", "x,a,,"), (",text,,stance", ",x,,a"), ("text,stance,", "x,a,")]
    {
        let corpus = read("t.csv", &format!("{header}\n{row}\n{row}\n"), &default());
        assert_eq!(corpus.columns(), ["text", "stance"]);
        assert_eq!(corpus.texts().collect::<Vec<_>>(), ["x", "x"]);
        assert_eq!(corpus.values("stance").unwrap()[1].as_deref(), Some("a"));
        assert!(corpus.notes()[0].contains("left out"), "{:?}", corpus.notes());
    }
    // One that has something in it, as an index of rows, stays.
    let corpus = read("t.csv", ",text,\n0,x,\n1,y,\n", &default());
    assert_eq!(corpus.columns(), ["", "text"]);
    assert_eq!(corpus.texts().collect::<Vec<_>>(), ["x", "y"]);
    let error = refused("t.csv", "text,,\nx,1,2\n", &default());
    assert!(error.starts_with("t.csv:1:3: two columns have no name; "), "{error}");
    // Far behind, what is in such a column is not lost silently.
    let table = format!("text,,\n{}y,,z\n", "some words,,\n".repeat(20_000));
    let error = refused("t.csv", &table, &default());
    assert!(error.starts_with("t.csv:20002:3: the column has no name"), "{error}");
    let folder = Folder::new();
    folder.write("t.csv", "page,text,,\np,Share,,\np,Shame,,\n");
    let output = folder.command("predict t.csv -m small.standpoint").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("page,text,pred_kind,"));
}

#[test]
fn a_header_with_a_comma_and_another_delimiter_is_read_by_its_text() {
    let table = "id;text;note, if any\n0;Good, I say;a\n";
    let corpus = read("t.csv", table, &default());
    assert_eq!(corpus.texts().collect::<Vec<_>>(), ["Good, I say"]);
    assert!(corpus.notes()[0].contains("separated by \";\""), "{:?}", corpus.notes());
    let tweets = table.replace("text", "tweet");
    let named = default().text("tweet".to_owned());
    assert_eq!(texts("t.csv", &tweets, &named), ["Good, I say"]);
    let error = refused("t.csv", &tweets, &default());
    assert!(error.contains("`delimiter`"), "{error}");
}

// JSON

#[test]
fn nan_of_python_is_an_empty_cell() {
    let lines = "{\"text\": \"NaN and -Infinity\", \"label\": NaN}\n{\"text\": NaN, \"label\": \"a\"}\n\
                 {\"text\": \"b \\\"NaN\", \"label\": \"c\", \"x\": [-Infinity, 1]}\n";
    for (name, table) in [
        ("t.jsonl", lines.to_owned()),
        ("t.json", format!("[{}]", lines.trim().replace('\n', ","))),
    ] {
        let corpus = read(name, &table, &default());
        assert_eq!(corpus.texts().collect::<Vec<_>>(), ["NaN and -Infinity", "", "b \"NaN"]);
        assert_eq!(corpus.values("label").unwrap()[0], None);
        assert_eq!(corpus.values("x").unwrap()[2].as_deref(), Some("[null,1]"));
        assert!(corpus.notes()[0].contains("NaN") && corpus.notes()[0].ends_with("in 3 rows"));
    }
    assert!(refused("t.jsonl", "{\"text\": nan}\n", &default()).contains("not a JSON object"));
}

#[test]
fn a_new_key_in_each_row_is_refused() {
    let folder = Folder::new();
    let rows = |n: usize| -> String {
        (0..n).map(|i| format!("{{\"text\": \"Share\", \"k{i}\": 1}}\n")).collect()
    };
    folder.write("t.jsonl", rows(3000));
    let output =
        folder.command("predict t.jsonl -m small.standpoint -o out.jsonl").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.starts_with("error: t.jsonl:1002: the key \"k1001\" is one of more than"),
        "{said}"
    );
    assert_eq!(read("t.jsonl", &rows(900), &default()).columns().len(), 901);
    // A wide table has its keys in all rows.
    let wide: Vec<String> = (0..1500).map(|i| format!("\"e{i}\": 1")).collect();
    let wide = format!("{{\"text\": \"a\", {}}}\n", wide.join(", "));
    assert_eq!(read("t.jsonl", &wide.repeat(2), &default()).columns().len(), 1501);
}

// Outputs

#[test]
fn pages_of_several_files_stay_apart() {
    let folder = Folder::new();
    folder.write("a.csv", "page,seq,text\n1,1,Share\n1,2,Shame\n2,1,Share\n");
    folder.write("b.csv", "page,seq,text\n1,1,Share\n1,2,Shame\n3,1,Share\n");
    folder.write("c.jsonl", "{\"doc\": 7, \"text\": \"Share\"}\n");
    let run = |arguments: &str| {
        let output = folder.command(&format!("{arguments} -m small.standpoint")).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    };
    let said = run("predict a.csv b.csv -o out.csv");
    assert!(said.contains("the column file tells them apart"), "{said}");
    let corpus = Corpus::open(folder.path("out.csv")).unwrap();
    assert_eq!(corpus.columns()[..4], ["page", "seq", "text", "file"]);
    assert_eq!(corpus.pages().unwrap(), [vec![0, 1], vec![2], vec![3, 4], vec![5]]);
    assert!(corpus.keys().unwrap().is_some());
    // Read back and written again it is the same.
    run("report out.csv -o report.html");
    // Nothing is added where nothing is wrong.
    let said = run("predict b.csv c.jsonl -o other.csv");
    assert!(!said.contains("file tells"), "{said}");
    assert!(folder.read("other.csv").starts_with("page,seq,text,pred_kind,"));
    let output = folder.command("convert a.csv b.csv -o both.jsonl").output().unwrap();
    assert!(stderr(&output).contains("the column file tells them apart"));
    assert!(folder.read("both.jsonl").contains(r#""file":"b.csv""#));
    // Two annotators' rows of a page are of one page.
    folder.write("x.csv", "page,seq,text,annotator,kind\n1,1,Share,x,news\n");
    folder.write("y.csv", "page,seq,text,annotator,kind\n1,1,Share,y,news\n");
    assert!(folder.command("convert x.csv y.csv -o both.csv").status().unwrap().success());
    assert!(folder.read("both.csv").starts_with("page,seq,text,annotator,kind\n"));
}

#[test]
fn tables_of_other_names_are_one_table() {
    let folder = Folder::new();
    folder.write("a.csv", "page,text\np,Share\n");
    folder.write("b.csv", "Text,doc_id,n\nShame,q,1\n");
    let output = folder.command("predict a.csv b.csv -m small.standpoint").output().unwrap();
    let written = String::from_utf8(output.stdout).unwrap();
    assert!(written.starts_with("page,text,n,pred_kind,"), "{written}");
    assert!(written.contains("\nq,Shame,1,"), "{written}");
    let mut both = Corpus::open(folder.path("a.csv")).unwrap();
    both.append(Corpus::open(folder.path("b.csv")).unwrap());
    assert_eq!(both.columns(), ["page", "text", "n"]);
    assert_eq!(both.texts().collect::<Vec<_>>(), ["Share", "Shame"]);
    // A name that means something else there is not mixed up.
    let settings = default();
    let mut mixed = read("a.csv", "Text\na\n", &settings);
    mixed.append(read("b.csv", "text,Text\nb,c\n", &settings));
    assert_eq!(mixed.texts().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(mixed.columns(), ["Text", "Text (2)"]);
}

#[test]
fn the_ending_of_an_output_decides_or_is_refused() {
    let folder = Folder::new();
    let run = |arguments: &str| {
        let output = folder.command(arguments).output().unwrap();
        (output.status.code(), stderr(&output))
    };
    let begins = |name: &str, start: &str| assert!(folder.read(name).starts_with(start), "{name}");
    assert_eq!(run("evaluate small.csv -m small.standpoint -o e.json").0, Some(0));
    begins("e.json", "{\"");
    assert_eq!(run("evaluate small.csv -m small.standpoint -o e.md").0, Some(0));
    begins("e.md", "#");
    assert_eq!(run("inspect small.standpoint -o i.json").0, Some(0));
    begins("i.json", "{\"");
    assert_eq!(run("audit small.csv --no-doubts -o a.md").0, Some(0));
    assert_eq!(run("explain page.txt -m small.standpoint -o x.out").0, Some(0));
    assert_eq!(run("train small.csv --cv 3 --predictions p.tsv").0, Some(0));
    assert!(folder.read("p.tsv").lines().next().unwrap().contains('\t'));
    for refused in [
        "evaluate small.csv -m small.standpoint -o e.csv",
        "inspect small.standpoint -o i.html",
        "explain page.txt -m small.standpoint -o x.xlsx",
        "audit small.csv --no-doubts -o a.tsv",
        "train small.csv -o m.csv",
        "train small.csv --cv 3 --predictions p.xlsx",
        "train small.csv --cv 3 -o m.standpoint --card card.html",
        "predict small.csv -m small.standpoint -o p.html",
        "predict small.csv -m small.standpoint --on-error skip --rejects r.jsonl",
        "convert small.csv -o c.xlsx",
        "convert small.csv --to label-studio -o c.csv",
    ] {
        let (code, said) = run(refused);
        assert_eq!(code, Some(2), "{refused}: {said}");
        assert!(said.contains("written as ."), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    #[cfg(feature = "report")]
    assert_eq!(run("report page.txt -m small.standpoint -o r.csv").0, Some(2));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf_8_keeps_its_ending() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let name = OsStr::from_bytes(b"caf\xE9.jsonl.gz");
    let format = OutputFormat::of_path(Some(name.as_ref())).unwrap();
    assert_eq!(format, OutputFormat::JSONL);
}

#[test]
fn cells_that_a_spreadsheet_would_compute_are_defused_if_asked() {
    let folder = Folder::new();
    let table = "text,=n,note\n=HYPERLINK(\"x\"),-3,@a\n+1 for this,1,-\nShare = good,-1e3,'x\n";
    folder.write("=t.csv", table.replace("HYPERLINK(\"x\")", "HYPERLINK(1)"));
    folder.write("bad.csv", "text,n\nx,1\n=1+1\n");
    let run = |arguments: &str| {
        let output = folder.command(&format!("{arguments} -m small.standpoint")).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    run("predict =t.csv --spreadsheet-safe -o out.csv");
    let written = folder.read("out.csv");
    assert!(written.starts_with("text,'=n,note,pred_kind"), "{written}");
    for row in ["\n'=HYPERLINK(1),-3,'@a,", "\n'+1 for this,1,'-,", "\nShare = good,-1e3,'x,"] {
        assert!(written.contains(row), "{written}");
    }
    run("predict =t.csv -o plain.csv");
    assert!(folder.read("plain.csv").contains("\n=HYPERLINK(1),-3,@a,"));
    run("predict =t.csv --spreadsheet-safe -o out.jsonl");
    assert!(folder.read("out.jsonl").contains("\"=HYPERLINK(1)\""));
    let skip = "predict bad.csv --on-error skip --rejects r.csv --spreadsheet-safe -o o.csv";
    run(skip);
    assert!(folder.read("r.csv").contains(",\"'=1+1\"\n"), "{}", folder.read("r.csv"));
    let convert = "convert =t.csv --spreadsheet-safe -o out.tsv";
    assert!(folder.command(convert).status().unwrap().success());
    assert!(folder.read("out.tsv").contains("\n'=HYPERLINK(1)\t-3\t'@a\n"));
}

// Slips

#[test]
fn what_is_missing_is_said() {
    let folder = Folder::new();
    let run = |arguments: &str| {
        let output = folder.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        stderr(&output)
    };
    let said = run("train small.csv");
    assert!(said.contains("--output <FILE>") && said.contains("--cv <K>"), "{said}");
    folder.write("t.csv", "text,stance\nShame,mixed\nShare,favor\n");
    let said = run("evaluate t.csv");
    let expected =
        "error: t.csv:2: the built-in model has no stance label \"mixed\"; give yours with -m; ";
    assert!(said.starts_with(expected), "{said}");
    folder.write("t.csv", "text,my task\nShame,a\nShare,\"b:\nc\"\nFine,a\n");
    for command in ["train t.csv -o m", "audit t.csv"] {
        let output = folder.command(command).arg("--tasks").arg("my task").output().unwrap();
        let said = stderr(&output);
        assert!(
            said.starts_with("error: t.csv:3:2: the my task label \"b:\\nc\" has a line break"),
            "{said}"
        );
    }
}

#[cfg(all(target_os = "linux", feature = "report"))]
#[test]
fn a_report_does_not_go_to_a_terminal() {
    use crate::process::Command;
    let folder = Folder::new();
    let line = format!(
        "{} report page.txt -m small.standpoint",
        insta_cmd::get_cargo_bin("standpoint").display()
    );
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path("")).stdin(Stdio::null());
    let Ok(output) = command.output() else {
        return crate::skip::skip("`script` is not installed");
    };
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("-o report.html") && !shown.contains("<html"), "{shown}");
}

/// Whatever is longer than a row may be is not in memory, whatever the quotation marks.
#[test]
fn a_row_stays_within_its_limit() {
    let long = format!("id,text\n1,{}\n2,b\n", "x".repeat(5000));
    for quote in [Quote::Checked, Quote::None, Quote::Mark(b'\'')] {
        let settings = default().max_page(1000).quote(quote).escape(b'\\');
        let error = refused("t.csv", &long, &settings);
        assert!(error.starts_with("t.csv:2: the row is larger than 1000 bytes"), "{error}");
        let skip = settings.clone().on_error(OnError::Skip);
        assert_eq!(texts("t.csv", &long, &skip), ["b"]);
        let open = format!("id,text\n1,\"{}\n2,b\n", "x\\\"\r ".repeat(5000));
        let mut kept = Rejects::default();
        let folder = Folder::new();
        folder.write("t.csv", open);
        let corpus = Corpus::open_with_rejects(&folder.path("t.csv"), &skip, &mut kept).unwrap();
        assert_eq!(corpus.texts().collect::<Vec<_>>(), ["b"]);
    }
}
