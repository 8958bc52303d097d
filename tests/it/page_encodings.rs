//! In which encoding pages and tables are read, where their declarations and their bytes disagree.

use crate::commands::Folder;

/// Exit code, the column of texts, and what was said.
pub fn predicted(folder: &Folder, arguments: &str) -> (Option<i32>, Vec<String>, String) {
    let output =
        folder.command(&format!("predict {arguments} -m small.standpoint")).output().unwrap();
    let mut rows = csv::Reader::from_reader(&output.stdout[..]);
    let at = rows.headers().unwrap().iter().position(|column| column == "text");
    let texts = rows.records().filter_map(|row| Some(row.unwrap()[at?].to_owned())).collect();
    (output.status.code(), texts, String::from_utf8(output.stderr).unwrap())
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

const TEXT: &str = "“They’re brave”, the café’s owner said — twice.";

#[test]
fn bytes_are_believed_more_than_a_declaration() {
    let folder = Folder::new();
    let page = |meta: &str, bad: &[u8]| [format!("{meta}<p>{TEXT}").as_bytes(), bad].concat();
    let old = "<meta http-equiv=Content-Type content='text/html; charset=iso-8859-15'>";
    for (name, content, texts, said) in [
        ("stale.html", page(old, b""), vec![TEXT], "declared ISO-8859-15, but it is UTF-8"),
        (
            "chinese.html",
            page("<meta charset=gbk>", b""),
            vec![TEXT],
            "declared GBK, but it is UTF-8",
        ),
        (
            "xml.xhtml",
            page("<?xml version='1.0' encoding='latin1'?>", b""),
            vec![TEXT],
            "but it is UTF-8",
        ),
        (
            "damaged.html",
            page("<meta charset=utf-8>", b"<p>\xA9 2023"),
            vec![TEXT, "\u{FFFD} 2023"],
            "declared UTF-8, but 1 byte was not and became U+FFFD",
        ),
        ("cut.html", page("", b"<p>x\xE2\x80"), vec![TEXT, "x\u{FFFD}"], "2 bytes were not"),
        (
            "honest.html",
            b"<meta charset=latin1><p>Caf\xE9 \x96 \x93open\x94".to_vec(),
            vec!["Café – “open”"],
            "honest.html: read as windows-1252, as it declares",
        ),
        (
            "lying.html",
            b"<meta charset=utf-8><p>Caf\xE9 \x96 \x93open\x94".to_vec(),
            vec!["Café – “open”"],
            "declared UTF-8, but it is not; read as windows-1252",
        ),
        ("wide.html", utf16(&format!("<p>{TEXT}"), true), vec![TEXT], "read as UTF-16LE"),
        ("wider.htm", utf16(&format!("<p>{TEXT}"), false), vec![TEXT], "read as UTF-16BE"),
    ] {
        folder.write(name, content);
        let (code, found, notes) = predicted(&folder, name);
        assert_eq!(
            (code, found),
            (Some(0), texts.iter().map(ToString::to_string).collect()),
            "{name}"
        );
        assert!(notes.contains(said), "{name}: {notes}");
    }
}

#[test]
fn what_an_archive_was_sent_in_beats_its_page() {
    let folder = Folder::new();
    let archive = |charset: &str, text: &[u8]| {
        let head = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/html; charset={charset}\r\n\r\n\
             <meta charset=koi8-r><p>"
        );
        [head.as_bytes(), text].concat()
    };
    folder.write("sent.mht", archive("windows-1252", b"Caf\xE9"));
    assert_eq!(predicted(&folder, "sent.mht").1, ["Café"]);
    folder.write("stale.mht", archive("windows-1252", TEXT.as_bytes()));
    assert_eq!(predicted(&folder, "stale.mht").1, [TEXT]);
}

#[test]
fn texts_and_tables_are_found_to_be_utf16_too() {
    let folder = Folder::new();
    for little in [true, false] {
        folder.write("t.csv", utf16(&format!("text,n\n\"{TEXT}\",1\n"), little));
        folder.write("t.txt", utf16(&format!("{TEXT}\nSecond.\n"), little));
        let (code, found, said) = predicted(&folder, "t.csv t.txt");
        assert_eq!((code, found), (Some(0), [TEXT, TEXT, "Second."].map(str::to_owned).to_vec()));
        assert!(said.contains("t.csv: read as UTF-16"), "{said}");
    }
}

/// A pound sign is a letter in the encodings of other languages.
#[test]
fn english_with_a_sign_is_no_other_language() {
    let folder = Folder::new();
    let english = |sign: &[u8]| {
        let text = "The permits were handed in on Monday, and nobody said what it had cost: ";
        [text.repeat(3).as_bytes(), sign, b"500 or so.\n"].concat()
    };
    for (sign, shown) in [(0xA3, '£'), (0x80, '€'), (0xA9, '©'), (0xB0, '°')] {
        folder.write("t.txt", english(&[sign]));
        let (_, texts, said) = predicted(&folder, "t.txt");
        assert!(texts[0].ends_with(&format!("{shown}500 or so.")), "{texts:?}");
        assert!(said.contains("read as windows-1252"), "{said}");
    }
    // Polish stays Polish, and Russian Russian.
    folder.write(
        "t.txt",
        b"Za\xBF\xF3\xB3\xE6 g\xEA\x9Cl\xB9 ja\x9F\xF1, powiedzia\xB3 burmistrz.\n",
    );
    assert!(predicted(&folder, "t.txt").1[0].starts_with("Zażółć"));
    folder.write(
        "t.txt",
        b"\xCF\xEE\xEB\xE8\xF6\xE8\xFF \xF1\xE4\xE0\xEB\xE0 \xEE\xF0\xF3\xE6\xE8\xE5\n",
    );
    assert!(predicted(&folder, "t.txt").1[0].starts_with("Полиция"));
}

/// Of many honest pages there is one line, so that the damaged one is seen.
#[test]
fn many_pages_in_an_old_encoding_are_said_in_one_line() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("saved")).unwrap();
    for n in 0..12 {
        folder.write(&format!("saved/{n:02}.html"), b"<meta charset=latin1><p>Caf\xE9");
    }
    folder.write("saved/bad.html", [format!("<p>{TEXT}").as_bytes(), b"\xFF"].concat());
    let (code, texts, said) = predicted(&folder, "saved");
    assert_eq!((code, texts.len()), (Some(0), 13));
    let expected = "12 files: read as windows-1252, as it declares: saved/00.html, ";
    assert!(said.contains(expected) && said.contains("saved/09.html and 2 more\n"), "{said}");
    assert!(said.contains("saved/bad.html: it is UTF-8, but 1 byte was not"), "{said}");
}
