//! A fault of one page is that page's: the others are read. And which files a folder or a pattern means.

use standpoint::{
    Corpus, ErrorKind, ReadSettings,
    corpus::{Blocks, OnError},
    input::Rejects,
};

use crate::{commands::Folder, page_encodings::predicted};

const GOOD: &str = "<p>The officers were right.";
const DRAWN: &str = "<title>x</title><div id=root></div><script>draw()</script>";

/// A folder with two good pages and one of each kind that cannot be read, and what is wrong with it.
fn saved(folder: &Folder) -> Vec<(&'static str, &'static str)> {
    std::fs::create_dir(folder.path("saved")).unwrap();
    let faults = [
        (
            "deep.html",
            format!("{}x", "<div>".repeat(12_000)),
            "elements are nested more than 5000 deep",
        ),
        ("drawn.html", DRAWN.to_owned(), "the page has no visible text (drawn by scripts)"),
        ("empty.html", String::new(), "the file is empty"),
        ("empty.txt", "\n \n".to_owned(), "the file is empty"),
        ("image.html", "\u{89}".to_owned(), "this is a PNG image and not text"),
        ("large.txt", "word ".repeat(30_000), "the page is larger than 100000 bytes"),
        (
            "next.html",
            "<meta http-equiv=refresh content='0; url=/'>".to_owned(),
            "(it leads to another page)",
        ),
        ("soup.txt", "<!doctype html><p>x".to_owned(), "this is HTML and not text"),
    ];
    folder.write("saved/a.html", GOOD);
    folder.write("saved/z.txt", "They should answer for it.\n");
    for (name, content, _) in &faults {
        folder.write(&format!("saved/{name}"), content);
    }
    folder.write("saved/image.html", b"\x89PNG\r\n\x1A\n\0\0\0");
    faults.iter().map(|(name, _, fault)| (*name, *fault)).collect()
}

#[test]
fn pages_that_cannot_be_read_are_left_out_and_the_others_are_read() {
    let folder = Folder::new();
    let faults = saved(&folder);
    for run in ["saved", "saved/*"] {
        let (code, texts, said) = predicted(&folder, &format!("{run} --max-page 100000"));
        assert_eq!((code, texts.len()), (Some(0), 2), "{said}");
        for (name, fault) in &faults {
            let fault = fault.replace("the file is empty", "2 files skipped that are empty");
            assert!(
                said.contains(&format!("saved/{name}")) && said.contains(&fault),
                "{name}: {said}"
            );
        }
        assert!(said.contains("2 files skipped that are empty: saved/empty.html, saved/empty.txt"));
    }
    // By whatever command.
    for run in ["report saved", "predict saved --format text"] {
        let line = format!("{run} --max-page 100000 -m small.standpoint -o out");
        let output = folder.command(&line).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("saved/drawn.html: skipped: the page has no visible text"));
    }
    let line = "convert saved/a.html saved/drawn.html saved/empty.html -o out.csv";
    let output = folder.command(line).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("saved/drawn.html") && said.contains("saved/empty.html"), "{said}");
    assert_eq!(folder.read("out.csv").lines().count(), 2);
}

#[test]
fn with_skipping_they_are_rejects() {
    let folder = Folder::new();
    let mut faults = saved(&folder);
    folder.write("saved/bytes.txt", b"Caf\xC3\xA9 and caf\xE9\n");
    faults.push(("bytes.txt", "byte 0xE9 is not UTF-8"));
    // Without it they are left out, with what would help.
    let (code, texts, said) = predicted(&folder, "saved --max-page 100000");
    assert_eq!((code, texts.len()), (Some(0), 2));
    assert!(said.contains("saved/bytes.txt: skipped: byte 0xE9 is not UTF-8; name the encoding"));
    let run = "saved --max-page 100000 --on-error skip --rejects rejects.csv";
    let (code, texts, said) = predicted(&folder, run);
    assert_eq!((code, texts.len()), (Some(0), 2), "{said}");
    assert!(said.contains("read 11 rows: 2 kept, 9 rejected"), "{said}");
    let mut rejects = csv::Reader::from_path(folder.path("rejects.csv")).unwrap();
    let rejects: Vec<_> = rejects.records().map(Result::unwrap).collect();
    for (name, fault) in faults {
        let of = rejects.iter().find(|row| row[0] == format!("saved/{name}"));
        let reason = &of.unwrap_or_else(|| panic!("{name}: {rejects:?}"))[3];
        assert!(reason.contains(fault), "{name}: {reason}");
    }
}

#[test]
fn with_skipping_a_text_without_a_row_that_can_be_read_is_left_out() {
    let folder = Folder::new();
    folder.write("a.html", GOOD);
    folder.write("long.txt", "word ".repeat(300_000));
    for line in ["a.html long.txt", "long.txt a.html"] {
        let (code, texts, said) = predicted(&folder, &format!("{line} --on-error skip"));
        assert_eq!((code, texts.len()), (Some(0), 1), "{said}");
        assert!(said.contains("read 2 rows: 1 kept, 1 rejected"), "{said}");
    }
    // Alone it is an error, as it is for tables, which nobody means to be empty.
    folder.write("long.csv", format!("text\n{}\n", "word ".repeat(300_000)));
    folder.write("short.csv", "text\nThe officers were right.\n");
    for line in ["long.txt", "short.csv long.csv"] {
        let (code, _, said) = predicted(&folder, &format!("{line} --on-error skip"));
        assert!(code == Some(2) && said.contains("none of the rows can be read"), "{said}");
    }
}

#[test]
fn the_only_page_says_what_it_is_and_what_to_do() {
    let folder = Folder::new();
    for (content, fault) in [
        (
            DRAWN,
            "the page has no visible text (drawn by scripts); save the page from a browser once it has loaded",
        ),
        ("<p>\u{A0}<img src=x>", "the page has no visible text; "),
        (
            "<meta http-equiv=Refresh content='0;URL=/x'>",
            "the page has no visible text (it leads to another page); ",
        ),
        ("<frameset><frame src=a.html></frameset>", "the page has no visible text (only frames); "),
        (" \n", "the file is empty; "),
    ] {
        folder.write("page.html", content);
        std::fs::create_dir_all(folder.path("one")).unwrap();
        folder.write("one/page.html", content);
        for command in ["predict page.html", "explain page.html", "report page.html", "predict one"]
        {
            for more in ["", " --on-error skip"] {
                if !more.is_empty() && !command.starts_with("predict") {
                    continue;
                }
                let line = format!("{command} -m small.standpoint{more}");
                let output = folder.command(&line).output().unwrap();
                let said = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(2), "{line}: {said}");
                assert!(said.contains(&format!("page.html: {fault}")), "{line}: {said}");
            }
        }
    }
    // All of several.
    let (code, _, said) = predicted(&folder, "page.html one/page.html");
    assert!(code == Some(2) && said.contains("none of the 2 pages can be read"), "{said}");
}

#[test]
fn the_library_leaves_them_out_in_blocks_and_in_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let [good, drawn] = ["good.html", "drawn.html"].map(|name| folder.path().join(name));
    std::fs::write(&good, GOOD).unwrap();
    std::fs::write(&drawn, DRAWN).unwrap();
    let settings = ReadSettings::default();
    let error = Corpus::open(&drawn).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Page { .. }), "{error:?}");
    let both = [drawn.clone(), good];
    let all = Corpus::open_all(&both, &settings, &mut Rejects::default()).unwrap();
    assert_eq!((all.len(), all.notes().len()), (1, 1));
    let mut blocks = Blocks::open(&both, &settings).unwrap();
    assert_eq!(blocks.next_block().unwrap().unwrap().len(), 1);
    assert!(blocks.next_block().unwrap().is_none() && blocks.next_block().unwrap().is_none());
    assert_eq!(blocks.notes(), all.notes());
    let mut blocks = Blocks::open(&both, &settings.on_error(OnError::Skip)).unwrap();
    while blocks.next_block().unwrap().is_some() {}
    assert_eq!((blocks.report().kept, blocks.report().rejected), (1, 1));
    assert!(Blocks::open(&[drawn], &ReadSettings::default()).unwrap().next_block().is_err());
}

#[test]
fn tables_beside_pages_are_left_out_and_named() {
    let folder = Folder::new();
    for (name, content) in [
        ("saved/a.html", GOOD),
        ("saved/list.csv", "url\nhttps://echo.example\n"),
        ("saved/meta.json", "[{\"url\": 1}]"),
        ("tables/a.csv", "text\nOne.\n"),
        ("tables/b.jsonl", "{\"text\": \"Two.\"}\n"),
    ] {
        std::fs::create_dir_all(folder.path(name).parent().unwrap()).unwrap();
        folder.write(name, content);
    }
    let (code, texts, said) = predicted(&folder, "saved");
    assert_eq!((code, texts), (Some(0), vec!["The officers were right.".to_owned()]));
    assert!(
        said.contains("saved: tables left out") && said.contains("saved/list.csv, saved/meta.json")
    );
    assert_eq!(predicted(&folder, "tables").1, ["One.", "Two."]);
}

#[test]
fn a_format_that_is_given_brings_in_the_pages_of_servers() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("site")).unwrap();
    for name in ["a.php", "b", "c.html", "d.aspx?id=1", "e.shtml", "f.html?x=2", "g.CGI", "h?p=1.5"]
    {
        folder.write(&format!("site/{name}"), GOOD);
    }
    folder.write("site/photo.jpg", b"\xFF\xD8\xFF\0");
    folder.write("site/style.css?v=3", "p{}");
    let (code, texts, said) = predicted(&folder, "site --from html");
    assert_eq!((code, texts.len()), (Some(0), 8), "{said}");
    // Without it, those whose ending says it.
    assert_eq!(predicted(&folder, "site").1.len(), 2);
}

#[cfg(unix)]
#[test]
fn only_files_are_opened_and_links_to_folders_not_entered() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("saved/deep")).unwrap();
    std::fs::create_dir(folder.path("outside")).unwrap();
    for name in ["saved/a.html", "saved/deep/b.html", "outside/c.html"] {
        folder.write(name, GOOD);
    }
    symlink(".", folder.path("saved/loop")).unwrap();
    symlink("..", folder.path("saved/deep/up")).unwrap();
    symlink("../outside", folder.path("saved/out")).unwrap();
    symlink("../outside/c.html", folder.path("saved/linked.html")).unwrap();
    symlink("nowhere.html", folder.path("saved/broken.html")).unwrap();
    let pipe = folder.path("saved/pipe.html");
    let made = crate::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let socket = folder.path("saved/socket.txt");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for run in ["saved -r", "saved/**/*.html", "saved/**", "./saved/**/*"] {
        let (code, texts, said) = predicted(&folder, run);
        assert_eq!((code, texts.len()), (Some(0), 3), "{run}: {said}");
        assert!(
            said.contains("links to folders left out") && said.contains("saved/loop"),
            "{said}"
        );
        assert!(
            said.contains("are not regular files") && said.contains("saved/pipe.html"),
            "{said}"
        );
        assert!(said.contains("saved/broken.html"), "{said}");
    }
    // The folder itself may be a link.
    symlink("saved", folder.path("link")).unwrap();
    assert_eq!(predicted(&folder, "link/a*.html").1.len(), 1);
    assert_eq!(predicted(&folder, "link").1.len(), 2);
}

/// Names are bytes: those that are no UTF-8 are read, each as a page of its own.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_pages_too() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let folder = Folder::new();
    std::fs::create_dir(folder.path("saved")).unwrap();
    for name in [&b"a\xFF.txt"[..], b"a\xFE.txt", b"a.txt"] {
        std::fs::write(folder.path("saved").join(OsStr::from_bytes(name)), "One.\nTwo.\n").unwrap();
    }
    for run in ["saved", "saved/*.txt", "saved/**/a*"] {
        let output =
            folder.command(&format!("predict {run} -m small.standpoint")).output().unwrap();
        let mut rows = csv::Reader::from_reader(&output.stdout[..]);
        let pages: Vec<String> = rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
        let expected = [r"saved/a.txt", r"saved/a\xFE.txt", r"saved/a\xFF.txt"];
        assert_eq!(pages, expected.map(|page| [page; 2]).concat(), "{run}");
    }
}
