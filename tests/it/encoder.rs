//! Sentence encoders: vectors as Sentence-Transformers gives them, and directories that are not as they should be.

use crate::{commands::Folder, file};

#[cfg(not(feature = "encoder"))]
#[test]
fn without_the_feature_the_way_to_it_is_named() {
    let folder = Folder::new();
    let output = folder.command("embed small.csv --encoder nowhere").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("install it with the feature encoder"), "{message}");
    assert!(file("tests/fixtures/encoder/make.py").exists());
}

#[cfg(feature = "encoder")]
mod with_it {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use serde_json::{Value, json};
    use standpoint::encoder::{Embedded, Encoder};

    use super::{Folder, file};
    use crate::skip::skip;

    const FAMILIES: [&str; 5] = ["bert", "roberta", "xlm-roberta", "distilbert", "mpnet"];

    fn directory(name: &str) -> PathBuf {
        file("tests/fixtures/encoder").join(name)
    }

    fn opened(name: &str) -> Encoder {
        Encoder::open(directory(name)).unwrap()
    }

    /// Texts, and the vectors that Sentence-Transformers gives for them.
    fn reference(name: &str) -> (Vec<String>, Vec<Vec<f64>>) {
        let rows = fs::read(directory(&format!("{name}.json"))).unwrap();
        let rows: Vec<Value> = serde_json::from_slice(&rows).unwrap();
        let text = |row: &Value| row["text"].as_str().unwrap().to_owned();
        let vector = |row: &Value| serde_json::from_value(row["vector"].clone()).unwrap();
        (rows.iter().map(text).collect(), rows.iter().map(vector).collect())
    }

    /// The largest difference between two tables of vectors.
    fn largest_difference(found: &Embedded, expected: &[Vec<f64>]) -> f64 {
        assert_eq!(found.vectors.nrows(), expected.len());
        let rows = found.vectors.rows().into_iter().zip(expected);
        let differences = rows.flat_map(|(row, expected)| {
            assert_eq!(row.len(), expected.len());
            let pairs = row.to_vec().into_iter().zip(expected);
            pairs.map(|(x, y)| (f64::from(x) - y).abs()).collect::<Vec<_>>()
        });
        differences.fold(0.0, f64::max)
    }

    #[test]
    fn vectors_are_those_of_sentence_transformers() {
        for family in FAMILIES {
            let (texts, expected) = reference(family);
            let found = opened(family).embed(&texts).unwrap();
            let difference = largest_difference(&found, &expected);
            assert!(difference < 1e-4, "{family}: {difference:e}");
            // The longest ones are cut.
            assert!(found.cut >= 1, "{family}");
        }
    }

    /// The real thing, where the environment names its directory.
    #[test]
    fn all_minilm_l6_v2_is_as_sentence_transformers_has_it() {
        let Some(directory) = std::env::var_os("STANDPOINT_MINILM") else {
            return skip("STANDPOINT_MINILM names no directory of all-MiniLM-L6-v2");
        };
        let (texts, expected) = reference("minilm");
        let found = Encoder::open(directory).unwrap().embed(&texts).unwrap();
        let difference = largest_difference(&found, &expected);
        assert!(difference < 1e-4, "{difference:e}");
        assert_eq!(found.vectors.ncols(), 384);
        assert!(found.cut >= 1);
    }

    /// The bits of a text's vector do not depend on its neighbours, on their number or on the threads.
    #[test]
    fn a_text_has_one_vector() {
        for family in FAMILIES {
            let encoder = opened(family);
            let (texts, _) = reference(family);
            let all = encoder.embed(&texts).unwrap().vectors;
            for (text, vector) in texts.iter().zip(all.rows()) {
                assert_eq!(
                    encoder.embed(&[text]).unwrap().vectors.row(0),
                    vector,
                    "{family}: {text:?}"
                );
            }
            let reversed: Vec<&String> = texts.iter().rev().chain(&texts).collect();
            let found = encoder.embed(&reversed).unwrap().vectors;
            for (row, vector) in all.rows().into_iter().enumerate() {
                assert_eq!(found.row(texts.len() - 1 - row), vector);
                assert_eq!(found.row(texts.len() + row), vector);
            }
        }
        let none: [&str; 0] = [];
        assert_eq!(opened("bert").embed(&none).unwrap().vectors.dim(), (0, 16));
    }

    #[test]
    fn what_is_behind_the_limit_is_not_in_the_vector() {
        for family in FAMILIES {
            let encoder = opened(family);
            let most = encoder.max_tokens();
            let long = "a ".repeat(most);
            let found = encoder.embed(&[long.clone(), long + "the police", "a".into()]).unwrap();
            assert_eq!(found.cut, 2, "{family}");
            assert_eq!(found.vectors.row(0), found.vectors.row(1), "{family}");
            assert_ne!(found.vectors.row(0), found.vectors.row(2), "{family}");
        }
    }

    /// Without what the tokenizer puts before and behind it, an empty text has no token.
    #[test]
    fn a_text_without_tokens_has_a_vector_of_zeros() {
        let folder = copied("bert");
        edit(folder.path(), "tokenizer.json", |tokenizer| {
            tokenizer["post_processor"] = Value::Null;
        });
        let encoder = Encoder::open(folder.path()).unwrap();
        let found = encoder.embed(&["", "a", " "]).unwrap().vectors;
        assert!(found.row(0).iter().chain(found.row(2)).all(|x| *x == 0.0));
        assert_eq!(found.row(1), encoder.embed(&["a"]).unwrap().vectors.row(0));
        assert_eq!(encoder.embed(&[""]).unwrap().vectors.dim(), (1, 16));
    }

    /// A directory of its own, to be damaged.
    fn copied(name: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files(&directory(name)) {
            let to = folder.path().join(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, bytes).unwrap();
        }
        folder
    }

    fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
        let all = entries.filter(|entry| entry.file_type().is_file());
        all.map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap().to_owned();
            (path, fs::read(entry.path()).unwrap())
        })
        .collect()
    }

    /// Changes what a file of JSON says.
    fn edit(folder: &Path, name: &str, change: impl FnOnce(&mut Value)) {
        let path = folder.join(name);
        let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(path, value.to_string()).unwrap();
    }

    /// A safetensors file with another header over the same numbers.
    fn reheaded(folder: &Path, change: impl FnOnce(&mut Value)) {
        let path = folder.join("model.safetensors");
        let bytes = fs::read(&path).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let mut header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        change(&mut header);
        let header = header.to_string();
        let mut changed = (header.len() as u64).to_le_bytes().to_vec();
        changed.extend(header.as_bytes());
        changed.extend(&bytes[8 + length..]);
        fs::write(path, changed).unwrap();
    }

    fn refused(folder: &Path) -> String {
        Encoder::open(folder).unwrap_err().to_string()
    }

    #[test]
    fn the_digest_is_of_all_that_decides_vectors_and_of_nothing_else() {
        let digest = |folder: &Path| Encoder::open(folder).unwrap().sha256().to_owned();
        let folder = copied("bert");
        let before = opened("bert").sha256().to_owned();
        assert_eq!(before.len(), 64);
        // Another folder, another file in it, another version that saved it.
        fs::write(folder.path().join("README.md"), "words").unwrap();
        edit(folder.path(), "config.json", |config| config["transformers_version"] = "9".into());
        assert_eq!(digest(folder.path()), before);
        let mut seen = vec![before];
        let mut differs = |change: &dyn Fn(&Path)| {
            let folder = copied("bert");
            change(folder.path());
            let digest = digest(folder.path());
            assert!(!seen.contains(&digest));
            seen.push(digest);
        };
        differs(&|path| {
            let weights = path.join("model.safetensors");
            let mut bytes = fs::read(&weights).unwrap();
            *bytes.iter_mut().nth_back(2).unwrap() ^= 1;
            fs::write(weights, bytes).unwrap();
        });
        differs(&|path| {
            edit(path, "tokenizer.json", |t| t["normalizer"]["strip_accents"] = true.into());
        });
        differs(&|path| {
            edit(path, "tokenizer_config.json", |config| config["do_lower_case"] = false.into());
        });
        differs(&|path| edit(path, "config.json", |config| config["hidden_act"] = "relu".into()));
        differs(&|path| edit(path, "config.json", |config| config["layer_norm_eps"] = 1e-5.into()));
        differs(&|path| {
            edit(path, "config.json", |config| config["num_attention_heads"] = 2.into());
        });
        differs(&|path| {
            edit(path, "sentence_bert_config.json", |config| config["max_seq_length"] = 39.into());
        });
        differs(&|path| {
            edit(path, "1_Pooling/config.json", |config| config["pooling_mode"] = "cls".into());
        });
        differs(&|path| {
            edit(path, "modules.json", |modules| drop(modules.as_array_mut().unwrap().pop()));
        });
    }

    /// What is missing or not supported is named, with what to do.
    #[test]
    fn what_is_missing_or_not_supported_is_named() {
        type Change<'a> = (&'a str, &'a dyn Fn(&Path));
        let remove = |path: &Path, name: &str| fs::remove_file(path.join(name)).unwrap();
        let config = |path: &Path, name: &str, value: Value| {
            edit(path, "config.json", |config| config[name] = value);
        };
        let changes: [Change<'_>; 19] = [
            ("modules.json: the file is missing", &|path| remove(path, "modules.json")),
            ("tokenizer.json: the file is missing", &|path| remove(path, "tokenizer.json")),
            ("config.json: the file is missing", &|path| remove(path, "config.json")),
            ("Pooling/config.json: the file is missing", &|path| {
                remove(path, "1_Pooling/config.json");
            }),
            ("there is no model.safetensors", &|path| remove(path, "model.safetensors")),
            ("pytorch_model.bin alone", &|path| {
                let to = path.join("pytorch_model.bin");
                fs::rename(path.join("model.safetensors"), to).unwrap();
            }),
            ("a dense layer", &|path| {
                edit(path, "modules.json", |modules| {
                    modules[2]["type"] = "sentence_transformers.models.Dense".into();
                });
            }),
            ("not below the model's own", &|path| {
                edit(path, "modules.json", |modules| modules[1]["path"] = "../other".into());
            }),
            ("the encoder's modules are none", &|path| {
                fs::write(path.join("modules.json"), "{}").unwrap();
            }),
            ("the family \"t5\"", &|path| config(path, "model_type", "t5".into())),
            ("hidden_act is \"silu\"", &|path| config(path, "hidden_act", "silu".into())),
            ("relative positions", &|path| {
                config(path, "position_embedding_type", "relative_key".into());
            }),
            ("no multiple of 5 heads", &|path| config(path, "num_attention_heads", 5.into())),
            ("num_hidden_layers is -1", &|path| config(path, "num_hidden_layers", json!(-1))),
            ("vocab_size is missing", &|path| config(path, "vocab_size", Value::Null)),
            ("layer_norm_eps is", &|path| config(path, "layer_norm_eps", (-1).into())),
            ("the pooling is lasttoken", &|path| {
                edit(path, "1_Pooling/config.json", |pooling| {
                    pooling["pooling_mode"] = "lasttoken".into();
                });
            }),
            ("puts a prompt before every text", &|path| {
                edit(path, "config_sentence_transformers.json", |config| {
                    *config =
                        json!({"prompts": {"query": "query: "}, "default_prompt_name": "query"});
                });
            }),
            ("2 tokens leave none for a text", &|path| {
                edit(path, "sentence_bert_config.json", |config| {
                    config["max_seq_length"] = 2.into();
                });
            }),
        ];
        for (expected, change) in changes {
            let folder = copied("bert");
            change(folder.path());
            let message = refused(folder.path());
            assert!(message.contains(expected), "{expected}: {message}");
            assert!(message.contains("; "), "no remedy: {message}");
        }
        let nowhere = refused(Path::new("nowhere/at/all"));
        assert!(nowhere.contains("this is no directory of a sentence encoder"), "{nowhere}");
    }

    /// Sizes that lie are found before anything is allocated by them.
    #[test]
    fn weights_that_lie_are_refused() {
        type Change<'a> = (&'a str, &'a dyn Fn(&Path));
        let words = "embeddings.word_embeddings.weight";
        let config = |path: &Path, name: &str, value: Value| {
            edit(path, "config.json", |config| config[name] = value);
        };
        let cut = |path: &Path, bytes: usize| {
            let path = path.join("model.safetensors");
            let whole = fs::read(&path).unwrap();
            fs::write(path, &whole[..bytes.min(whole.len() - 1)]).unwrap();
        };
        let changes: [Change<'_>; 12] = [
            ("the file is damaged", &|path| cut(path, 0)),
            ("the file is damaged", &|path| cut(path, 7)),
            ("the file is damaged", &|path| cut(path, 5000)),
            ("the file is damaged", &|path| cut(path, usize::MAX)),
            ("the file is damaged", &|path| {
                fs::write(path.join("model.safetensors"), u64::MAX.to_le_bytes()).unwrap();
            }),
            ("the file is damaged", &|path| {
                reheaded(path, |header| header[words]["shape"] = json!([1u64 << 40, 1u64 << 40]));
            }),
            ("the file is damaged", &|path| {
                reheaded(path, |header| header[words]["data_offsets"] = json!([0, 1u64 << 50]));
            }),
            ("has numbers of the type I32", &|path| {
                reheaded(path, |header| header[words]["dtype"] = "I32".into());
            }),
            ("is missing", &|path| {
                reheaded(path, |header| {
                    let header = header.as_object_mut().unwrap();
                    let moved = header.remove("encoder.layer.1.output.dense.bias").unwrap();
                    header.insert("other".into(), moved);
                });
            }),
            ("config.json says", &|path| config(path, "vocab_size", (1u64 << 40).into())),
            ("config.json says", &|path| {
                config(path, "max_position_embeddings", (1u64 << 40).into());
            }),
            ("is missing", &|path| config(path, "num_hidden_layers", (1u64 << 40).into())),
        ];
        for (expected, change) in changes {
            let folder = copied("bert");
            change(folder.path());
            let message = refused(folder.path());
            assert!(message.contains(expected), "{expected}: {message}");
        }
        let folder = copied("mpnet");
        edit(folder.path(), "config.json", |config| {
            config["relative_attention_num_buckets"] = (1u64 << 40).into();
        });
        assert!(refused(folder.path()).contains("config.json says"));
        let folder = copied("bert");
        edit(folder.path(), "config.json", |config| config["vocab_size"] = 5.into());
        assert!(refused(folder.path()).contains("config.json only 5"));
    }

    #[test]
    fn weights_that_are_no_numbers_give_no_vectors() {
        let folder = copied("bert");
        let path = folder.path().join("model.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        let end = bytes.len();
        bytes[end - 2000..].copy_from_slice(&f32::NAN.to_le_bytes().repeat(500));
        fs::write(path, bytes).unwrap();
        let error = match Encoder::open(folder.path()) {
            Ok(encoder) => encoder.embed(&["a"]).unwrap_err(),
            Err(error) => error,
        };
        assert!(error.to_string().contains("no numbers"), "{error}");
    }

    /// Every file of JSON cut off, or of other values in any place, is read or refused: no panic.
    #[test]
    fn hostile_json_is_an_error_or_an_encoder() {
        let values = [
            json!(null),
            json!(-1),
            json!(1e300),
            json!(u64::MAX),
            json!([]),
            json!({}),
            json!("x"),
            json!(0),
        ];
        let folder = copied("mpnet");
        for (name, bytes) in files(&directory("mpnet")) {
            if name.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let path = folder.path().join(&name);
            for hostile in
                [&b""[..], b"{", b"\xff", &b"[".repeat(100_000), &bytes[..bytes.len() / 2]]
            {
                fs::write(&path, hostile).unwrap();
                let _ = Encoder::open(folder.path());
            }
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            let mut pointers = Vec::new();
            places(&value, String::new(), &mut pointers);
            // The vocabulary is long.
            for pointer in pointers.iter().filter(|pointer| !pointer.contains("/vocab/")) {
                for hostile in &values {
                    let mut changed = value.clone();
                    *changed.pointer_mut(pointer).unwrap() = hostile.clone();
                    fs::write(&path, changed.to_string()).unwrap();
                    if let Ok(encoder) = Encoder::open(folder.path()) {
                        let _ = encoder.embed(&["the police", ""]);
                    }
                }
            }
            fs::write(path, bytes).unwrap();
        }
        assert!(Encoder::open(folder.path()).is_ok());
    }

    fn places(value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    places(value, format!("{at}/{key}"), found);
                }
            }
            Value::Array(items) => {
                for (number, value) in items.iter().enumerate().take(3) {
                    places(value, format!("{at}/{number}"), found);
                }
            }
            _ => {}
        }
        found.push(at);
    }

    fn run(folder: &Folder, arguments: &str) -> String {
        let encoder = directory("bert");
        let mut command = folder.command(arguments);
        if arguments.starts_with("embed") {
            command.arg("--encoder").arg(encoder);
        }
        let output = command.output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments}: {message}");
        message
    }

    /// The table with one more column, in every shape the same; and a model learns from it.
    #[test]
    fn a_table_with_vectors_is_what_training_takes() {
        let folder = Folder::new();
        let said = run(&folder, "embed small.csv -o v.jsonl");
        assert!(said.contains("vectors of 16 numbers; SHA-256"), "{said}");
        let corpus = crate::corpus("tests/fixtures/small.csv");
        let vectors = opened("bert").embed(&corpus.texts().collect::<Vec<_>>()).unwrap().vectors;
        let lines = folder.read("v.jsonl");
        assert_eq!(lines.lines().count(), corpus.len());
        for (line, vector) in lines.lines().zip(vectors.rows()) {
            let row: Value = serde_json::from_str(line).unwrap();
            let found: Vec<f32> = serde_json::from_value(row["vectors"].clone()).unwrap();
            assert_eq!(found, vector.to_vec());
            assert!(row["kind"].is_string() && row["stance"].is_string());
        }
        run(&folder, "embed small.csv -o again.jsonl --threads 1");
        assert_eq!(folder.read("again.jsonl"), lines);
        run(&folder, "embed small.csv -o v.csv --column e");
        let mut tables = vec![("v.jsonl", "vectors"), ("v.csv", "e")];
        if cfg!(feature = "parquet") {
            run(&folder, "embed small.csv -o v.parquet");
            tables.push(("v.parquet", "vectors"));
        }
        let predictions = |(table, column): &(&str, &str)| {
            let train = format!("train {table} --vectors {column} --tasks kind -o m.standpoint");
            run(&folder, &train);
            run(&folder, &format!("predict {table} -m m.standpoint --format jsonl -o p.jsonl"));
            let rows = folder.read("p.jsonl");
            let row = |line| serde_json::from_str::<Value>(line).unwrap();
            rows.lines().map(row).map(|row| row["p_kind_news"].clone()).collect::<Vec<_>>()
        };
        let found: Vec<_> = tables.iter().map(predictions).collect();
        assert!(found[0].iter().all(Value::is_number));
        assert!(found.iter().all(|other| *other == found[0]));
    }

    #[test]
    fn what_is_cut_or_empty_is_said() {
        let folder = Folder::new();
        folder.write("t.csv", format!("id,text\n1,{}\n2,\n3,a\n", "a ".repeat(99)));
        let said = run(&folder, "embed t.csv -o v.jsonl");
        assert!(said.contains("1 passage has no text; their vectors say nothing"), "{said}");
        assert!(said.contains("1 of 3 texts have more than the 40 tokens"), "{said}");
        let mut again = folder.command("embed v.jsonl -o w.jsonl --encoder");
        let output = again.arg(directory("bert")).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("the input has a column \"vectors\" already"), "{said}");
        assert!(!folder.path("w.jsonl").exists());
    }
}
