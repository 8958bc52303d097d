//! Parquet and Arrow IPC: the same rows as CSV and JSON have; and what is said where they are not built in.

use crate::{commands::Folder, file};

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_the_way_to_it_is_named() {
    let folder = Folder::new();
    folder.write("t.feather", "ARROW1");
    for arguments in [
        "predict t.feather -m small.standpoint",
        "predict small.csv -m small.standpoint -o t.parquet",
        "predict small.csv -m small.standpoint --format parquet",
        "convert small.csv -o t.parquet",
        "train small.csv --cv 3 --predictions t.parquet",
    ] {
        let output = folder.command(arguments).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(message.contains("install it with the feature parquet"), "{arguments}: {message}");
        assert!(output.stdout.is_empty() && !folder.path("t.parquet").exists());
    }
    assert!(file("tests/fixtures/columnar/make.py").exists());
}

#[cfg(feature = "parquet")]
mod with_it {
    use std::{fs, path::Path, process::Stdio};

    use proptest::prelude::*;
    use serde_json::{Value, json};
    use standpoint::{
        Corpus, InputFormat, ReadSettings,
        corpus::{Blocks, OutputFormat, TableWriter},
        input::Source,
    };

    use super::{Folder, file};

    fn fixture(name: &str) -> std::path::PathBuf {
        file("tests/fixtures/columnar").join(name)
    }

    fn lines(table: &Corpus) -> String {
        let mut bytes = Vec::new();
        table.write(&[], OutputFormat::JSONL, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn opened(path: &Path) -> standpoint::Result<Corpus> {
        Corpus::open_with(path, &ReadSettings::default())
    }

    /// Columns of all kinds, as pyarrow wrote them.
    #[test]
    fn what_pyarrow_wrote_is_read() {
        let parquet = lines(&opened(&fixture("snappy.parquet")).unwrap());
        insta::assert_snapshot!(parquet);
        for name in ["lz4.feather", "stream.arrow"] {
            assert_eq!(lines(&opened(&fixture(name)).unwrap()), parquet, "{name}");
        }
        let texts = |text: &str| -> Vec<Value> {
            let object = |line| serde_json::from_str::<Value>(line).unwrap();
            text.lines()
                .map(object)
                .map(|row| json!([row["page"], row["seq"], row["text"]]))
                .collect()
        };
        for name in ["gzip.parquet", "lz4.parquet"] {
            assert_eq!(texts(&lines(&opened(&fixture(name)).unwrap())), texts(&parquet), "{name}");
        }
        let refused = |name| opened(&fixture(name)).unwrap_err().to_string();
        assert!(
            refused("brotli.parquet")
                .ends_with("write the file with another compression, as snappy")
        );
        if cfg!(feature = "parquet-zstd") {
            assert_eq!(texts(&lines(&opened(&fixture("zstd.parquet")).unwrap())), texts(&parquet));
        } else {
            assert!(refused("zstd.parquet").contains("with the feature parquet-zstd"));
        }
    }

    #[test]
    fn a_table_is_judged_the_same_in_every_shape() {
        let folder = Folder::new();
        let run = |arguments: &str| {
            let output = folder.command(arguments).output().unwrap();
            assert!(
                output.status.success(),
                "{arguments}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            String::from_utf8(output.stdout).unwrap()
        };
        fs::copy(file("data/passages.csv"), folder.path("passages.csv")).unwrap();
        run("convert passages.csv -o t.parquet");
        let expected = run("predict passages.csv -m small.standpoint --format csv");
        assert!(run("predict t.parquet -m small.standpoint --format csv") == expected);
        let stdin = fs::File::open(folder.path("t.parquet")).unwrap();
        let mut command =
            folder.command("predict - --from parquet -m small.standpoint --format csv");
        let output = command.stdin(Stdio::from(stdin)).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap() == expected);
        // Several blocks, written and read again; whatever the threads.
        run("predict passages.csv -m small.standpoint -o out.parquet");
        run("predict t.parquet -m small.standpoint --format parquet --threads 1 -o again.parquet");
        let [out, again] =
            ["out.parquet", "again.parquet"].map(|name| fs::read(folder.path(name)).unwrap());
        assert!(out == again);
        assert!(run("convert out.parquet") == expected);
        run("train t.parquet -o m.standpoint --tasks kind --no-calibration");
    }

    /// A file that is cut off, or of which a byte is another, is read or refused; and nothing else.
    #[test]
    fn damage_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["snappy.parquet", "lz4.feather", "stream.arrow", "gzip.parquet"] {
            let bytes = fs::read(fixture(name)).unwrap();
            let path = folder.path().join(name);
            // All of a small file, some of a large one.
            let step = bytes.len() / 500 + 1;
            for length in (0..bytes.len()).step_by(step) {
                fs::write(&path, &bytes[..length]).unwrap();
                // A stream may end after any batch.
                assert!(opened(&path).is_err() || name == "stream.arrow", "{name} cut at {length}");
            }
            // Arrow's reader believes the sizes that a file claims: see SECURITY.md.
            if !name.ends_with(".parquet") {
                continue;
            }
            for at in (0..bytes.len()).step_by(step) {
                let mut other = bytes.clone();
                other[at] ^= 1 << (at % 8);
                fs::write(&path, &other).unwrap();
                let _ = opened(&path);
            }
        }
    }

    #[test]
    fn a_row_that_is_left_out_is_kept_as_json() {
        let folder = Folder::new();
        folder.write("t.jsonl", "{\"text\":\"long passage\",\"n\":1}\n{\"text\":\"Hi\",\"n\":2}\n");
        let status = folder.command("convert t.jsonl -o t.parquet").status().unwrap();
        assert!(status.success());
        let arguments = "predict t.parquet -m small.standpoint --max-passage 5 --on-error skip \
                         --rejects rejects.csv --format jsonl";
        let output = folder.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
        let rejects = folder.read("rejects.csv");
        assert!(rejects.contains("\"t.parquet\",1,"), "{rejects}");
        assert!(rejects.contains(r#""{""text"":""long passage"",""n"":1}""#), "{rejects}");
    }

    /// A value as it must come back from a column with these values.
    fn as_column(value: &Value, column: &[&Value]) -> Value {
        let all = |is: fn(&Value) -> bool| column.iter().all(|value| value.is_null() || is(value));
        match value {
            Value::Null => Value::Null,
            value if all(Value::is_boolean) || all(|v| v.as_i64().is_some()) => value.clone(),
            value if all(Value::is_number) && all(|v| v.as_u64() != Some(u64::MAX)) => {
                json!(value.as_f64())
            }
            Value::String(text) => json!(text),
            value => json!(value.to_string()),
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            2 => Just(Value::Null),
            1 => any::<bool>().prop_map(Value::from),
            2 => (-1000i64..1000).prop_map(Value::from),
            1 => Just(json!(u64::MAX)),
            2 => (-1e9..1e9f64).prop_map(Value::from),
            2 => "[a\"é\n\0]{0,3}".prop_map(Value::from),
            1 => Just(json!({"a": [1, null]})),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Column by column of one type, or of several; the blocks' ends are nowhere seen.
        #[test]
        fn rows_come_back(
            columns in proptest::collection::vec((value(), proptest::collection::vec(value(), 12), any::<bool>()), 3),
            n in 1usize..12,
        ) {
            let folder = tempfile::tempdir().unwrap();
            // Half of the columns have one value and nulls, so that they have one type.
            let cell = |column: &(Value, Vec<Value>, bool), row: usize| match column {
                (value, others, true) if !others[row].is_null() => value.clone(),
                (_, _, true) => Value::Null,
                (_, others, false) => others[row].clone(),
            };
            let rows: Vec<Vec<Value>> =
                (0..n).map(|row| columns.iter().map(|column| cell(column, row)).collect()).collect();
            let object = |row: &Vec<Value>| json!({"text": "t", "a": row[0], "b": row[1], "c": row[2]});
            let json: String = rows.iter().map(|row| object(row).to_string() + "\n").collect();
            let path = folder.path().join("t.jsonl");
            fs::write(&path, json).unwrap();
            let mut blocks = Blocks::open(&[path.clone(), path], &ReadSettings::default()).unwrap();
            let types = blocks.column_types().to_vec();
            let out = folder.path().join("t.parquet");
            let mut writer = TableWriter::new(fs::File::create(&out).unwrap(), OutputFormat::PARQUET);
            while let Some(block) = blocks.next_block().unwrap() {
                writer.write(&block.encode(&[], OutputFormat::PARQUET, &types).unwrap()).unwrap();
            }
            writer.finish().unwrap();
            let back: Vec<Value> = lines(&opened(&out).unwrap())
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            prop_assert_eq!(back.len(), 2 * n);
            for (number, name) in ["a", "b", "c"].iter().enumerate() {
                let column: Vec<&Value> = rows.iter().map(|row| &row[number]).collect();
                for (row, found) in back.iter().enumerate() {
                    let expected = as_column(column[row % n], &column);
                    let same = match (expected.as_f64(), found[*name].as_f64()) {
                        (Some(expected), Some(found)) => expected == found,
                        _ => expected == found[*name],
                    };
                    prop_assert!(same, "{}: {} for {}", name, found[*name], expected);
                }
            }
        }
    }

    #[test]
    fn text_in_memory_is_none_of_them() {
        let source = Source::from_bytes("t.parquet", b"PAR1".to_vec()).unwrap();
        let error =
            Corpus::read(&source, &ReadSettings::new().format(InputFormat::PARQUET)).unwrap_err();
        assert!(error.to_string().ends_with("open the file by its path, or read its bytes"));
    }
}
