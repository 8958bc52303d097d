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
    use std::{fs, path::PathBuf};

    use serde_json::Value;
    use standpoint::encoder::{Embedded, Encoder};

    use super::{Folder, file};

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
}
