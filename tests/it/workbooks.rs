//! Excel workbooks are read as the tables that people see in them.

use std::io::{Cursor, Write};

use standpoint::{
    Corpus, InputFormat, ReadSettings,
    corpus::{Blocks, OnError, OutputFormat},
    input::Rejects,
};

use crate::file;

fn lines(table: &Corpus) -> String {
    let mut bytes = Vec::new();
    table.write(&[], OutputFormat::JSONL, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A workbook with these rows of a sheet, as small as one may be.
fn workbook(rows: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let packages = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let link = |kind: &str, target: &str| {
        format!(
            r#"<Relationships xmlns="{packages}"><Relationship Id="r1" Type="{office}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("_rels/.rels", link("officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", link("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#),
        ),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn cell(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// The first visible sheet: whole numbers without a point, dates by ISO 8601, what a formula came to.
#[test]
fn a_sheet_is_read_as_excel_shows_it() {
    let path = file("tests/fixtures/workbook/page.xlsx");
    let table = Corpus::open(&path).unwrap();
    insta::assert_snapshot!(lines(&table));
    assert_eq!(table.place(1).line, Some(4));
    let note = "the sheet \"Passages\" is read, the first of 2";
    assert!(table.notes().concat().ends_with(note), "{:?}", table.notes());
    let bytes = std::fs::read(&path).unwrap();
    let settings = ReadSettings::new().format("xlsx".parse::<InputFormat>().unwrap());
    assert_eq!(lines(&Corpus::from_bytes("t", &bytes, &settings).unwrap()), lines(&table));
    let mut blocks = Blocks::open(&[path], &ReadSettings::new()).unwrap();
    let types = format!("{:?}", blocks.column_types());
    assert_eq!(types, "[Text, Integer, Text, Text, Double, Boolean, Text]");
    assert_eq!(lines(&blocks.next_block().unwrap().unwrap()), lines(&table));
}

#[test]
fn a_cell_beside_the_header_is_an_error_with_its_row() {
    let header = cell("B2", "text");
    let rows = [
        format!(r#"<row r="2">{header}</row>"#),
        format!(r#"<row r="4">{}</row>"#, cell("B4", "One")),
        r#"<row r="5"><c r="B5"><f>1+1</f><v>2</v></c></row>"#.to_owned(),
        format!(r#"<row r="7">{}{}</row>"#, cell("B7", "Two"), cell("D7", "stray")),
    ];
    let bytes = workbook(&rows.concat());
    let settings = ReadSettings::new();
    let error = Corpus::from_bytes("t.xlsx", &bytes, &settings).unwrap_err().to_string();
    assert!(error.starts_with("t.xlsx:7:4: the cell is beside the columns"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.xlsx");
    std::fs::write(&path, &bytes).unwrap();
    let mut rejects = Rejects::create(&folder.path().join("rejects.csv")).unwrap();
    let settings = settings.on_error(OnError::Skip);
    let table = Corpus::open_with_rejects(&path, &settings, &mut rejects).unwrap();
    rejects.finish().unwrap();
    assert_eq!(lines(&table), "{\"text\":\"One\"}\n{\"text\":\"2\"}\n");
    let rejects = std::fs::read_to_string(folder.path().join("rejects.csv")).unwrap();
    assert!(rejects.ends_with("\"Two\tstray\"\n"), "{rejects}");
}

#[test]
fn what_is_too_large_or_no_workbook_is_refused() {
    let refused = |name: &str, bytes: &[u8], settings: &ReadSettings| {
        Corpus::from_bytes(name, bytes, settings).unwrap_err().to_string()
    };
    let settings = ReadSettings::new();
    for (bytes, expected) in [
        (&b""[..], "t.xlsx: the file is empty"),
        (b"PK", "t.xlsx: this cannot be read as an Excel workbook ("),
        (b"text\nShare\n", "t.xlsx: this cannot be read as an Excel workbook ("),
        (&workbook(""), "t.xlsx: the file is empty"),
        (&workbook(r#"<row r="1"><c r="A1"><v>"#), "t.xlsx: this cannot be read"),
    ] {
        let error = refused("t.xlsx", bytes, &settings);
        assert!(error.starts_with(expected), "{error}");
    }
    // Small as a file, large when it is unpacked.
    let bomb = workbook(&format!(
        r#"<row r="1">{}</row><row r="2">{}</row>"#,
        cell("A1", "text"),
        cell("A2", &"long ".repeat(1 << 16))
    ));
    assert!(bomb.len() < 10_000);
    let error = refused("t.xlsx", &bomb, &ReadSettings::new().max_page(10_000));
    assert!(error.contains("more than 160000 bytes unpacked; raise `max_page`"), "{error}");
    let error = refused("t.xlsx", &bomb, &ReadSettings::new().max_page(1000));
    assert!(error.contains("more than 1000 bytes; raise `max_page`"), "{error}");
    assert_eq!(Corpus::from_bytes("t.xlsx", &bomb, &settings).unwrap().len(), 1);
    // A cell far away takes no memory for those between.
    let far = workbook(&format!(
        r#"<row r="1">{}</row><row r="1048576">{}</row>"#,
        cell("A1", "text"),
        cell("A1048576", "Share")
    ));
    let table = Corpus::from_bytes("t.xlsx", &far, &settings).unwrap();
    assert_eq!(table.place(0).line, Some(1_048_576));
    // Every bit of a file may be wrong.
    let page = std::fs::read(file("tests/fixtures/workbook/page.xlsx")).unwrap();
    for at in (0..page.len()).step_by(7) {
        let mut damaged = page.clone();
        damaged[at] ^= 0x55;
        let _ = Corpus::from_bytes("t.xlsx", &damaged, &settings);
    }
}
