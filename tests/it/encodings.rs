//! Texts in other encodings than UTF-8 are read as what they are, and said to be.

use standpoint::{
    Corpus, ReadSettings,
    corpus::Blocks,
    input::{Encoding, Source},
};

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

/// In windows-1252, with the marks that only it has.
fn latin(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        '“' => 0x93,
        '”' => 0x94,
        '’' => 0x92,
        c => u8::try_from(u32::from(c)).unwrap(),
    };
    text.chars().map(byte).collect()
}

const TABLE: &str = "page,seq,text,Büro\np,1,“It isn’t café society”,x\np,2,Straße nach Köln,ö\n";

fn cells(path: &std::path::Path, settings: &ReadSettings) -> Vec<String> {
    let table = Corpus::open_with(path, settings).unwrap();
    let mut whole: Vec<String> = table.columns().to_vec();
    whole.extend(table.texts().map(str::to_owned));
    let mut blocks = Blocks::open(&[path.to_owned()], settings).unwrap();
    let mut cut: Vec<String> = blocks.columns().to_vec();
    while let Some(block) = blocks.next_block().unwrap() {
        cut.extend(block.texts().map(str::to_owned));
    }
    assert_eq!(whole, cut);
    whole
}

#[test]
fn a_table_is_the_same_in_every_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, TABLE).unwrap();
    let expected = cells(&path, &ReadSettings::default());
    assert_eq!(expected[4], "“It isn’t café society”");
    let units: Vec<u16> = "\u{FEFF}".encode_utf16().chain(TABLE.encode_utf16()).collect();
    let ways = [
        (latin(TABLE), None, "windows-1252"),
        (latin(TABLE), Some("cp1252"), "windows-1252"),
        ([b"\xEF\xBB\xBF", TABLE.as_bytes()].concat(), None, "UTF-8"),
        (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), None, "UTF-16LE"),
        (units.iter().flat_map(|unit| unit.to_be_bytes()).collect(), None, "UTF-16BE"),
    ];
    for (bytes, given, name) in ways {
        std::fs::write(&path, &bytes).unwrap();
        let encoding = given.map(|label| Encoding::of_label(label).unwrap());
        let settings = ReadSettings::new().encoding(encoding);
        assert_eq!(cells(&path, &settings), expected, "{name}");
        let notes = Corpus::open_with(&path, &settings).unwrap().notes().concat();
        assert_eq!(notes.ends_with(&format!("t.csv: read as {name}")), name != "UTF-8", "{notes}");
    }
}

/// An encoding that shows itself late is found, as long as nothing was said of it before.
#[test]
fn a_late_byte_decides_only_what_was_open() {
    let ascii = "An ordinary line of some sixty bytes, as many pages have them.\n".repeat(10_000);
    let read = |late: &[u8]| Source::from_bytes("t", [ascii.as_bytes(), late].concat());
    let source = read(b"caf\xE9 society\n").unwrap();
    assert_eq!(source.encoding(), "windows-1252");
    assert!(source.text().ends_with("café society\n"));
    // UTF-8 before, or mostly UTF-8 behind, is UTF-8 with damage.
    for (late, column) in
        [(&b"\xC3\xA9\ncaf\xE9\n"[..], "10002:4"), (b"\xE9 \xC3\xA9 \xC3\xA9", "10001:1")]
    {
        let error = read(late).unwrap_err().to_string();
        let expected = format!("t:{column}: byte 0xE9 is not UTF-8; name the encoding of the file");
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn what_is_no_utf8_is_said_once() {
    let folder = Folder::new();
    let rows = "p,1,Café society,news\n".repeat(3);
    folder.write("t.csv", latin(&format!("page,seq,text,kind\n{rows}")));
    folder.write("page.txt", latin("Café society\n"));
    assert_cmd_snapshot!(folder.command("predict t.csv page.txt -m small.standpoint --format csv"));
}

#[test]
fn damage_is_told_and_the_way_out_works() {
    let folder = Folder::new();
    folder.write("t.csv", b"text\nCaf\xC3\xA9\nCaf\xE9\n");
    assert_cmd_snapshot!(folder.command("predict t.csv -m small.standpoint"));
    let line = "predict t.csv -m small.standpoint --encoding windows-1252 --format jsonl";
    let output = folder.command(line).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains(r#""text":"Café""#));
}

#[test]
fn an_unknown_encoding_names_its_nearest() {
    let folder = Folder::new();
    assert_cmd_snapshot!(folder.command("predict page.txt --encoding windows-1525"));
}

/// NUL, writing from right to left, combining marks, what no font has: as it came.
#[test]
fn strange_characters_pass_through() {
    let folder = Folder::new();
    let text = "nul \0 bell \u{7} שלום مرحبا \u{202E}abc\u{202C} e\u{301}\u{327} 👩\u{200D}👧 \u{10FFFF} \u{FEFF}";
    folder.write("t.csv", format!("text,{text}\n{text},x\n\u{FEFF}first,y\n"));
    for format in ["csv", "jsonl"] {
        let line = format!("predict t.csv -m small.standpoint --format {format}");
        let output = folder.command(&line).output().unwrap();
        assert!(output.status.success());
        let out = String::from_utf8(output.stdout).unwrap();
        let texts: Vec<String> = match format {
            "csv" => csv::Reader::from_reader(out.as_bytes())
                .records()
                .map(|row| row.unwrap()[0].to_owned())
                .collect(),
            _ => out
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
                .map(|row| row["text"].as_str().unwrap().to_owned())
                .collect(),
        };
        assert_eq!(texts, [text, "\u{FEFF}first"], "{format}");
    }
}
