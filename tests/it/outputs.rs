//! Outputs by their names' endings.

use std::{fs::File, io::Read};

use standpoint::{
    Corpus, ReadSettings,
    corpus::{NewColumn, NewValues, OutputFormat, TableWriter},
    input::{Compression, OutputFile, Source},
};

use crate::commands::Folder;

#[test]
fn an_output_is_compressed_as_its_name_says() {
    let folder = Folder::new();
    let run = |arguments: &str| {
        let output = folder.command(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for plain in ["csv", "jsonl"] {
        let predict = "predict small.csv -m small.standpoint -o";
        assert_eq!(run(&format!("{predict} plain.{plain}")).0, Some(0));
        for compression in Compression::ALL {
            let name = format!("out.{plain}.{}", compression.ending().to_uppercase());
            assert_eq!(run(&format!("{predict} {name}")).0, Some(0), "{name}");
            let file = File::open(folder.path(&name)).unwrap();
            let mut text = String::new();
            compression.reader(&name, file).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, folder.read(&format!("plain.{plain}")), "{name}");
        }
    }
    // Whatever is written by a name: figures too, but no model, for models are not read so.
    assert_eq!(run("inspect small.standpoint -o figures.json.gz --format json").0, Some(0));
    let start = std::fs::read(folder.path("figures.json.gz")).unwrap();
    assert_eq!(Compression::of_bytes(&start), Some(Compression::Gzip));
    let (code, said) = run("train small.csv -o m.gz");
    assert_eq!(code, Some(2));
    assert!(said.starts_with("error: m.gz: models are read as they are"), "{said}");
    assert!(!folder.path("m.gz").exists());
}

/// On a terminal, as `script` makes one: how far it is, and how long it takes; nothing else.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_told_how_far_it_is_and_a_file_is_not() {
    use crate::process::Command;
    use std::process::Stdio;
    let folder = Folder::new();
    folder.write("long.csv", "text\n".to_owned() + &"Officers hand in permits.\n".repeat(60_000));
    let program = insta_cmd::get_cargo_bin("standpoint");
    let predict =
        |input: &str| format!("{} predict {input} --from csv -o out.csv", program.display());
    let on_a_terminal = |line: String| {
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path(""));
        command.env("TERM", "xterm").stdin(Stdio::null()).output()
    };
    let Ok(output) = on_a_terminal(predict("long.csv")) else {
        return crate::skip::skip("`script` is not installed");
    };
    let shown = String::from_utf8_lossy(&output.stdout);
    for part in ["predicting [", " rows, ", " of 1.49 MiB, ", "/s, ", " left"] {
        assert!(shown.contains(part), "{part:?}: {shown:?}");
    }
    let piped = on_a_terminal(format!("cat long.csv | {}", predict("-"))).unwrap();
    let shown = String::from_utf8_lossy(&piped.stdout);
    assert!(shown.contains(" rows, ") && !shown.contains(" left"), "{shown:?}");
    let quiet = folder.command("predict long.csv -o out.csv").output().unwrap();
    assert!(!String::from_utf8(quiet.stderr).unwrap().contains("rows"));
}

fn cells(table: &Corpus) -> Vec<Vec<Option<String>>> {
    let column = |name: &String| table.values(name).unwrap();
    let columns: Vec<_> = table.columns().iter().map(column).collect();
    let cell = |row: usize, column: &Vec<Option<std::borrow::Cow<'_, str>>>| {
        column[row].as_ref().map(ToString::to_string)
    };
    (0..table.len()).map(|row| columns.iter().map(|column| cell(row, column)).collect()).collect()
}

/// In every format, with every ending, compressed or not, block by block or at once.
#[test]
fn an_output_is_read_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let jsonl = concat!(
        "{\"page\":\"p\",\"seq\":1,\"text\":\"One, \\\"two\\\"\\tthree\\nfour\",\"n\":12345678901234567890,",
        "\"x\":1.10,\"l\":[1.50,{\"a\":null}],\"b\":true,\"e\":null}\n",
        "{\"page\":\"p\",\"seq\":2,\"text\":\"Käse; '|\",\"n\":7,\"x\":-0.25,\"l\":null,\"b\":false,\"e\":\"\"}\n",
    );
    let source = Source::from_bytes("t.jsonl", jsonl.into()).unwrap();
    let table = Corpus::read(&source, &ReadSettings::new()).unwrap();
    let labels = ["news", "a, \"b\""].map(str::to_owned);
    let new = [
        NewColumn {
            name: "pred_kind".into(),
            values: NewValues::Labels { labels: labels.into(), codes: vec![Some(1), None] },
        },
        NewColumn {
            name: "p_kind_news".into(),
            values: NewValues::Numbers(vec![Some(0.125), None]),
        },
    ];
    let mut expected = cells(&table);
    expected[0].extend([Some("a, \"b\"".into()), Some("0.125".into())]);
    expected[1].extend([None, None]);
    for format in OutputFormat::all() {
        let compressions = match format.as_str() {
            "parquet" => vec![""],
            _ => vec!["", ".gz"],
        };
        for (ending, compression) in
            format.endings().iter().flat_map(|e| compressions.iter().map(move |c| (e, c)))
        {
            let path = folder.path().join(format!("t.{ending}{compression}"));
            assert_eq!(OutputFormat::of_path(Some(&path)).unwrap(), format);
            assert_eq!(format.to_string().parse::<OutputFormat>().unwrap(), format);
            let mut file = OutputFile::create(&path).unwrap();
            table.write(&new, format, &mut file).unwrap();
            file.finish().unwrap();
            let back = Corpus::open(&path).unwrap();
            let shown = path.display();
            assert_eq!(cells(&back), expected, "{shown}");
            assert_eq!(&back.columns()[..8], table.columns(), "{shown}");
            // Two blocks are one table.
            let mut file = OutputFile::create(&path).unwrap();
            let mut writer = TableWriter::new(&mut file, format);
            for _ in 0..2 {
                let rows = table.encode(&new, format, &table.column_types()).unwrap();
                writer.write(&rows).unwrap();
            }
            writer.finish().unwrap();
            file.finish().unwrap();
            let back = Corpus::open(&path).unwrap();
            assert_eq!(cells(&back), [&expected[..], &expected].concat(), "{shown}");
        }
    }
    let mut lines = Vec::new();
    table.write(&[], OutputFormat::JSONL, &mut lines).unwrap();
    assert_eq!(String::from_utf8(lines).unwrap(), jsonl);
}

/// Before anything is read.
#[test]
fn an_ending_that_cannot_be_written_is_refused() {
    let folder = Folder::new();
    for name in ["x.xlsx", "x.html", "x.feather", "x.pdf.gz", "x.dat"] {
        for command in
            ["predict none.csv -o", "convert none.csv -o", "train none.csv --cv 3 --predictions"]
        {
            let output = folder.command(&format!("{command} {name}")).output().unwrap();
            let message = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{message}");
            assert!(message.contains(".csv, .tsv, .tab, .jsonl, .ndjson, .json"), "{message}");
        }
    }
    // A format that is named goes before the ending.
    folder.write("t.txt", "Share\n");
    let command = "predict t.txt -m small.standpoint --format csv -o x.html";
    assert!(folder.command(command).output().unwrap().status.success());
    assert!(folder.read("x.html").starts_with("page,seq,text,pred_kind,"));
}
