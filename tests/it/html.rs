//! Saved web pages on the command line.

use crate::commands::Folder;
use crate::process::assert_cmd_snapshot;

/// As a browser saves it, in an old encoding.
const PAGE: &[u8] = b"<!DOCTYPE html><html><head><meta charset=iso-8859-1><title>Guns | The Echo</title>
<link rel=canonical href='https://www.echo.example/guns'>
<meta property='article:published_time' content='2023-09-25T09:30:00+01:00'></head><body>
<nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav>
<article><h1>Officers hand in their permits</h1><p>\x93We have <b>had enough</b>,\x94 one said &mdash; and went home.
<p style='display:none'>Subscribe now</article>
<div class=comment><span>Ann</span><br>Good for them.<br>Or not?</div><script>track('no')</script>";

#[test]
fn a_saved_page_is_read_block_by_block_with_what_it_says_of_itself() {
    let folder = Folder::new();
    folder.write("page.html", PAGE);
    assert_cmd_snapshot!(folder.command("predict page.html -m small.standpoint"));
    assert_cmd_snapshot!(
        folder.command("explain page.html -m small.standpoint --passage 4 --tasks kind --top 2")
    );
}

#[test]
fn pages_of_html_and_text_make_one_table() {
    let folder = Folder::new();
    folder.write("page.html", PAGE);
    folder.write("other.htm", "<p>One<p>Two");
    let output = folder
        .command("predict other.htm page.html page.txt -m small.standpoint")
        .output()
        .unwrap();
    let mut rows = csv::Reader::from_reader(&output.stdout[..]);
    let header = rows.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let of = |page: &str, column: &str| -> Vec<String> {
        let own = rows.iter().filter(|row| &row[at("page")] == page);
        own.map(|row| row[at(column)].to_owned()).collect()
    };
    assert_eq!(of("other.htm", "text"), ["One", "Two"]);
    assert_eq!(of("page.html", "seq"), ["1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(of("page.html", "title"), ["Guns | The Echo"; 7]);
    assert_eq!(of("page.html", "source"), ["echo.example"; 7]);
    assert!(
        of("page.txt", "title").iter().all(String::is_empty) && !of("page.txt", "text").is_empty()
    );
}

#[test]
fn a_page_comes_from_stdin_too() {
    let folder = Folder::new();
    folder.write("saved", PAGE);
    let saved = std::fs::File::open(folder.path("saved")).unwrap();
    let mut command = folder.command("predict - --from html -m small.standpoint");
    let output = command.stdin(saved).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("<stdin>: read as windows-1252"), "{said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 8);
}

#[test]
fn a_folder_is_its_files_in_the_order_of_their_names() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("saved/b_files")).unwrap();
    for (name, text) in [
        ("b.html", "<p>Two<p>Three"),
        ("a.txt", "One"),
        ("B.HTM", "<p>Zero"),
        ("b_files/c.html", "<p>Advertisement"),
    ] {
        folder.write(&format!("saved/{name}"), text);
    }
    folder.write("saved/photo.JPG", b"\xff\xd8");
    folder.write("saved/README", "no page");
    let run = |arguments: &str| {
        let output =
            folder.command(&format!("predict {arguments} -m small.standpoint")).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let texts = |csv: &str| -> Vec<String> {
        let mut rows = csv::Reader::from_reader(csv.as_bytes());
        let at = rows.headers().unwrap().iter().position(|column| column == "text").unwrap();
        rows.records().map(|row| row.unwrap()[at].to_owned()).collect()
    };
    let (code, out, said) = run("saved");
    assert_eq!(
        (code, texts(&out)),
        (Some(0), ["Zero", "One", "Two", "Three"].map(str::to_owned).to_vec())
    );
    assert!(said.contains("saved: files left out: 1 .jpg, 1 without ending"), "{said}");
    assert!(said.contains("1 folder in it left out"), "{said}");
    let (_, out, said) = run("saved --recursive");
    assert_eq!(texts(&out), ["Zero", "One", "Two", "Three", "Advertisement"]);
    assert!(!said.contains("folder"), "{said}");
    // What would be written over is an input, by whatever way it came in.
    assert_eq!(run("saved -o saved/a.txt").0, Some(2));
    std::fs::create_dir(folder.path("empty")).unwrap();
    let (code, _, said) = run("empty");
    assert!(code == Some(2) && said.contains("the folder has no file that can be read"), "{said}");
}

/// The shell of a user may leave patterns to us, and has none for folders in folders.
#[test]
fn a_pattern_is_what_it_matches() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("saved/deep")).unwrap();
    for name in ["saved/b1.html", "saved/a2.html", "saved/deep/a1.html", "saved/[odd].html"] {
        folder.write(name, b"<p>One");
    }
    let pages = |pattern: &str| -> Vec<String> {
        let command = format!("predict {pattern} -m small.standpoint");
        let output = folder.command(&command).output().unwrap();
        let mut rows = csv::Reader::from_reader(&output.stdout[..]);
        rows.records().map(|row| row.unwrap()[0].to_owned()).collect()
    };
    assert_eq!(pages("saved/a*.html"), ["saved/a2.html"]);
    assert_eq!(pages("saved/**/a?.html"), ["saved/a2.html", "saved/deep/a1.html"]);
    assert_eq!(pages("saved/[odd].html"), ["saved/[odd].html"]);
    let output = folder.command("predict saved/*.txt -m small.standpoint").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("saved/*.txt: no file matches"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_web_archive_is_its_page() {
    let folder = Folder::new();
    let archive = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\n\
        Content-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\
        Content-Location: https://www.echo.example/guns\r\n\r\n<title>Guns</title><p>=93Enough=94\r\n--b\r\n\
        Content-Type: image/png\r\n\r\n\x01\x02\r\n--b--\r\n";
    folder.write("page.mhtml", archive.as_bytes());
    let output = folder.command("predict page.mhtml -m small.standpoint").output().unwrap();
    assert!(output.status.success());
    let rows = String::from_utf8(output.stdout).unwrap();
    let row = "\npage.mhtml,1,echo.example,,Guns,https://www.echo.example/guns,“Enough”,";
    assert!(rows.contains(row) && rows.lines().count() == 2, "{rows}");
}
