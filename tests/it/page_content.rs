//! Files are what they hold, whatever their names; and what holds no text is refused by its name.

use std::process::Stdio;

use crate::{commands::Folder, page_encodings::predicted};

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

#[test]
fn a_page_with_another_ending_is_read_as_html() {
    let folder = Folder::new();
    for (name, start) in [
        ("story.php", "<!-- made by a server -->\n<!DOCTYPE html>"),
        ("story.aspx", "\u{FEFF}<?xml version='1.0'?>\n<html>"),
        ("story.jsp", "\n\n<head><title>x</title></head>"),
        ("permits-66912345", "<meta charset=utf-8>"),
        ("story.cgi?id=3", "<div>"),
        ("v1.2", "<script>x()</script><body>"),
        ("saved", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n<!doctype html>"),
    ] {
        folder.write(name, format!("{start}<p>One.<p>Two."));
        let (code, texts, said) = predicted(&folder, name);
        assert_eq!((code, texts), (Some(0), strings(["One.", "Two."])), "{name}: {said}");
        assert!(said.contains(&format!("{name}: read as HTML, by its content")), "{said}");
    }
    // The ending is known, before what was asked of the server.
    folder.write("index.html?id=12", "<p>One.<p>Two.");
    assert_eq!(predicted(&folder, "index.html?id=12").1, ["One.", "Two."]);
    // Text is text.
    folder.write("notes", "One.\n<3 Two.\n");
    assert_eq!(predicted(&folder, "notes").1, ["One.", "<3 Two."]);
    // All commands know it.
    let explained = folder.command("explain story.php -m small.standpoint").output().unwrap();
    assert!(explained.status.success());
    assert!(String::from_utf8(explained.stderr).unwrap().contains("story.php: read as HTML"));
}

#[test]
fn a_text_that_is_html_is_refused_with_the_way_out() {
    let folder = Folder::new();
    for start in
        ["<!doctype html>", "<!-- x -->\n<HTML>", "<div class=a>", "<?xml version='1.0'?><html>"]
    {
        folder.write("t.txt", format!("{start}<p>x"));
        let (code, _, said) = predicted(&folder, "t.txt");
        let expected = "error: t.txt: this is HTML and not text; give its name the ending .html, or set --from";
        assert!(code == Some(2) && said.starts_with(expected), "{said}");
        assert_eq!(predicted(&folder, "t.txt --from html").1, ["x"]);
    }
    for (start, what) in [
        ("<?xml version='1.0'?>\n<rss version='2.0'><channel>", "this is a feed"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "this is a feed"),
        ("<?xml version='1.0'?><TEI>", "this is XML and not text"),
        ("MIME-Version: 1.0\nContent-Type: text/html\n\n<p>x", "this is a web archive or a mail"),
    ] {
        for name in ["feed.xml", "t.txt"] {
            folder.write(name, start);
            let (code, _, said) = predicted(&folder, name);
            let is_read = name == "feed.xml" && what.ends_with("mail");
            assert!(is_read || code == Some(2) && said.contains(what), "{name}: {said}");
        }
    }
    folder.write("feed.html", "<rss version='2.0'><channel><item>x</item></channel></rss>");
    assert!(predicted(&folder, "feed.html").2.contains("this is a feed"));
}

#[test]
fn http_headers_in_front_of_a_page_are_left_out_and_known() {
    let folder = Folder::new();
    folder.write(
        "a.html",
        b"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\nHTTP/1.1 200 OK\r\n\
          content-type: text/html; charset=windows-1251\r\n\r\n<meta charset=utf-8><p>\xCF\xEE\xEB",
    );
    let (code, texts, said) = predicted(&folder, "a.html");
    assert_eq!((code, texts), (Some(0), strings(["Пол"])));
    assert!(said.contains("a.html: HTTP headers in front of the page are left out"), "{said}");
}

#[test]
fn what_holds_no_text_is_refused_by_its_name_and_by_its_content() {
    let folder = Folder::new();
    let noise: Vec<u8> =
        (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (name, content, said) in [
        (
            "a.webarchive",
            &b"bplist00\xD1"[..],
            "files ending in .webarchive are not read; save the page as HTML",
        ),
        ("a.epub", b"PK\x03\x04", "files ending in .epub are not read; unpack it"),
        (
            "a.eml",
            b"From: x\n\nx",
            "files ending in .eml are not read; save the mail as HTML or text",
        ),
        ("a.maff", b"PK\x03\x04", "files ending in .maff are not read"),
        ("a.docx", b"PK\x03\x04", "files ending in .docx are not read"),
        ("a.JPG", b"\xFF\xD8\xFF", "files ending in .jpg are not read"),
        ("png.txt", b"\x89PNG\r\n\x1A\n\0\0\0", "this is a PNG image and not text"),
        ("png.html", b"\x89PNG\r\n\x1A\n\0\0\0", "this is a PNG image and not text"),
        (
            "word.html",
            b"PK\x03\x04\0\0\0\0word/document.xml",
            "this is a Word document and not text",
        ),
        ("safari.html", b"bplist00\xD1\x01\x02_\x10\x0FWebMain", "this is a web archive of Safari"),
        ("safari", b"bplist00\xD1\x01\x02_\x10\x0FWebMain", "this is a web archive of Safari"),
        ("pdf.txt", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3", "this is a PDF and not text"),
        ("noise.txt", &noise, "this is binary data and not text"),
        ("noise.html", &noise, "this is binary data and not text"),
        ("noise.csv", &noise, "this is binary data and not text"),
    ] {
        folder.write(name, content);
        let (code, texts, error) = predicted(&folder, name);
        assert!(code == Some(2) && texts.is_empty(), "{name}: {error}");
        assert!(error.starts_with(&format!("error: {name}: {said}")), "{name}: {error}");
        if said.starts_with("this is") && name != "noise.csv" {
            for format in ["text", "html"] {
                let mut command =
                    folder.command(&format!("predict - --from {format} -m small.standpoint"));
                let input = std::fs::File::open(folder.path(name)).unwrap();
                let output = command.stdin(Stdio::from(input)).output().unwrap();
                let error = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(2));
                assert!(error.starts_with(&format!("error: <stdin>: {said}")), "{name}: {error}");
            }
        }
    }
}

#[test]
fn an_address_is_not_fetched() {
    let folder = Folder::new();
    for command in ["predict", "explain", "report"] {
        for address in ["https://echo.example/news?id=1", "http://echo.example/a.html"] {
            let line = format!("{command} {address} -m small.standpoint");
            let output = folder.command(&line).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            let expected = format!("error: {address}: this is an address, and nothing is fetched");
            assert!(said.starts_with(&expected) && said.contains("save the page"), "{said}");
            assert_eq!(output.status.code(), Some(2));
        }
    }
}

#[test]
fn lines_of_old_macs_are_passages() {
    let folder = Folder::new();
    folder.write("mac.txt", "First.\rSecond.\r\rThird.\r");
    assert_eq!(predicted(&folder, "mac.txt").1, ["First.", "Second.", "Third."]);
    assert_eq!(predicted(&folder, "mac.txt --unit paragraph").1, ["First. Second.", "Third."]);
    folder.write("mixed.txt", "First.\r\nSecond.\rThird.\nFourth.\r\r\nFifth.");
    let five = ["First.", "Second.", "Third.", "Fourth.", "Fifth."];
    assert_eq!(predicted(&folder, "mixed.txt").1, five);
}
