//! Crawls: WARC files, as archives of the web keep them.

use std::io::Write;

use crate::commands::Folder;

fn record(kind: &str, address: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{:032x}>\r\nWARC-Date: 2023-09-25T08:30:00Z\r\n\
         WARC-Target-URI: {address}\r\nContent-Type: application/http; msgtype={kind}\r\nContent-Length: {}\r\n\r\n",
        address.len() + content.len(),
        content.len()
    );
    [head.as_bytes(), content, b"\r\n\r\n"].concat()
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// As a crawler writes it: a member of gzip for each record.
fn crawl() -> Vec<Vec<u8>> {
    let chunked = b"c\r\n<p>In two <b\r\n8;x=y\r\n>chunks.\r\n0\r\n\r\n";
    let html = "200 OK\r\nContent-Type: text/html; charset=windows-1252";
    vec![
        record("warcinfo", "", b"software: x\r\n"),
        record("request", "https://a.example/1", b"GET /1 HTTP/1.1\r\n\r\n"),
        record(
            "response",
            "https://a.example/1",
            &answer(html, b"<title>One</title><p>caf\xe9<p>Two"),
        ),
        record(
            "response",
            "https://a.example/i",
            &answer("200 OK\r\nContent-Type: image/png", b"\x89PNG"),
        ),
        record(
            "response",
            "https://www.b.example/2",
            &answer("200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked", chunked),
        ),
        record(
            "response",
            "https://a.example/3",
            &answer(
                "200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip",
                &gzipped("<p>Packed “twice”".as_bytes()),
            ),
        ),
        record(
            "response",
            "https://a.example/gone",
            &answer("404 Not Found\r\nContent-Type: text/html", b"<p>Gone"),
        ),
        // Fetched again.
        record("response", "https://a.example/1", &answer(html, b"<p>Changed")),
    ]
}

fn rows(csv: &[u8]) -> Vec<Vec<String>> {
    let mut rows = csv::Reader::from_reader(csv);
    rows.records().map(|row| row.unwrap().iter().take(7).map(str::to_owned).collect()).collect()
}

#[test]
fn the_pages_of_a_crawl_are_read_one_by_one() {
    let folder = Folder::new();
    folder.write("a.warc", crawl().concat());
    folder
        .write("b.warc.gz", crawl().iter().flat_map(|record| gzipped(record)).collect::<Vec<u8>>());
    let run = |name: &str| {
        let output =
            folder.command(&format!("predict {name} -m small.standpoint")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        (rows(&output.stdout), said)
    };
    let (found, said) = run("a.warc");
    let one = "https://a.example/1";
    let expected = [
        [one, "1", "a.example", "", "One", one, "café"],
        [one, "2", "a.example", "", "One", one, "Two"],
        [
            "https://www.b.example/2",
            "1",
            "b.example",
            "",
            "",
            "https://www.b.example/2",
            "In two chunks.",
        ],
        ["https://a.example/3", "1", "a.example", "", "", "https://a.example/3", "Packed “twice”"],
        ["https://a.example/1 (2)", "1", "a.example", "", "", one, "Changed"],
    ];
    assert_eq!(found, expected);
    assert!(said.contains("a.warc: 2 responses left out that are not web pages"), "{said}");
    assert_eq!(run("b.warc.gz").0, expected);
}

/// Wherever it is cut, what comes is an error or the records before; nothing panics or is made up.
#[test]
fn a_crawl_that_is_cut_short_says_so() {
    let folder = Folder::new();
    let whole = crawl().concat();
    for end in (1..whole.len()).step_by(97) {
        folder.write("cut.warc", &whole[..end]);
        let output = folder.command("predict cut.warc -m small.standpoint").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let at_a_record = (1..=crawl().len()).any(|n| crawl()[..n].concat().len() == end);
        assert_eq!(output.status.code(), Some(if at_a_record { 0 } else { 2 }), "{end}: {said}");
        assert!(at_a_record || said.contains("cut.warc"), "{end}: {said}");
    }
}

#[test]
fn a_page_that_is_too_large_is_left_out_by_its_address() {
    let folder = Folder::new();
    let large = answer("200 OK\r\nContent-Type: text/html", &vec![b'x'; 300_000]);
    let packed = answer(
        "200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip",
        &gzipped(&vec![b'x'; 300_000]),
    );
    let records = [
        record("response", "https://a.example/large", &large),
        record("response", "https://a.example/bomb", &packed),
        crawl().swap_remove(2),
    ];
    folder.write("a.warc", records.concat());
    let command = "predict a.warc -m small.standpoint --max-page 100000";
    let said = String::from_utf8(folder.command(command).output().unwrap().stderr).unwrap();
    assert!(said.contains("a.warc: https://a.example/large: skipped: the page has 300"), "{said}");
    let skip = format!("{command} --on-error skip --rejects rejects.csv");
    let output = folder.command(&skip).output().unwrap();
    assert_eq!(rows(&output.stdout).len(), 2);
    let rejects = folder.read("rejects.csv");
    assert!(
        rejects.contains("https://a.example/large") && rejects.contains("https://a.example/bomb"),
        "{rejects}"
    );
    // Pages of which none is read are not all that is read.
    folder.write("b.warc", records[..2].concat());
    folder.write("c.html", "<p>The officers were right.");
    let line = "predict b.warc c.html -m small.standpoint --max-page 100000 --on-error skip";
    let output = folder.command(line).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), rows(&output.stdout).len()), (Some(0), 1), "{said}");
}
