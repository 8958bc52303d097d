//! Outputs by their names' endings.

use std::{fs::File, io::Read};

use standpoint::input::Compression;

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
