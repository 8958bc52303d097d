//! Outputs by their names' endings.

use std::{fs::File, io::Read};

use standpoint::Compression;

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
