//! What people see in a terminal.

use std::{collections::BTreeSet, fs};

use insta_cmd::get_cargo_bin;
use unicode_width::UnicodeWidthStr;

use crate::process::Command;
use crate::{commands::Folder, file};

/// Texts that do not lie on a grid of ASCII: wide, combining, right to left, long, and commands.
const PAGE: &str = "武器を持つ警官が許可証を返した。彼らは起訴された同僚のためにそうしたと言っている。市民の一部は怒っている。\n\
    “Cafe\u{301} na\u{308}ive cre\u{300}me bru\u{302}le\u{301}e e\u{301}te\u{301}”, said one of them, “and I would hand it in again tomorrow if they asked me to”.\n\
    שלום לכולם and https://example.org/a/very/long/address/that/nobody/can/break/anywhere/at/all/and/goes/on\n\
    👍👍👍 👮 Share this 😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡\n";

fn shown(folder: &Folder, arguments: &str) -> String {
    let output = folder.command(arguments).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The text, and the numbers of all styles in it.
fn apart(styled: &str) -> (String, BTreeSet<u8>) {
    let mut parts = styled.split("\u{1b}[");
    let mut text = parts.next().unwrap().to_owned();
    let mut styles = BTreeSet::new();
    for part in parts {
        let (codes, rest) = part.split_once('m').unwrap();
        styles.extend(codes.split(';').map(|code| code.parse::<u8>().unwrap()));
        text.push_str(rest);
    }
    (text, styles)
}

#[test]
fn whatever_a_page_says_it_fits_80_columns_and_16_colours() {
    let folder = Folder::new();
    folder.write("page.txt", PAGE);
    for arguments in ["predict page.txt --format text", "explain page.txt"] {
        let (text, styles) = apart(&shown(&folder, arguments));
        for line in text.lines() {
            assert!(line.width() <= 80, "{} columns: {line}", line.width());
        }
        // Bold, dimmed, italic, underlined, and the colours that every terminal has.
        let known: BTreeSet<u8> = [0, 1, 2, 3, 4].into_iter().chain(30..38).chain(90..98).collect();
        assert!(styles.is_subset(&known), "{styles:?}");
        // Colours only repeat what is there in words.
        let plain = folder.command(arguments).env("NO_COLOR", "1").output().unwrap();
        assert_eq!(String::from_utf8(plain.stdout).unwrap(), text);
    }
}

#[test]
fn the_kind_stands_in_the_margin() {
    let page = shown(&Folder::new(), &format!("predict {} --format text", example().display()));
    let (text, _) = apart(&page);
    let marks = [("news", '│'), ("opinion", '┃'), ("comment", '>'), ("boilerplate", '·')];
    let mut kind = "";
    let mut seen = BTreeSet::new();
    for line in text.lines().skip(1).take_while(|line| !line.is_empty()) {
        if line.get(..5).is_some_and(|start| start.trim().parse::<u32>().is_ok()) {
            kind = line.split_whitespace().nth(1).unwrap();
            continue;
        }
        let mark = marks.iter().find(|mark| mark.0 == kind).unwrap().1;
        assert!(line.starts_with(&format!("   {mark} ")), "{kind}: {line}");
        seen.insert(kind);
    }
    assert_eq!(seen.len(), 4);
}

fn example() -> std::path::PathBuf {
    file("data/examples/armed-police.txt")
}

/// The pictures of the documents show what is printed today. `STANDPOINT_PICTURES=1` makes them anew.
#[test]
fn pictures_are_true() {
    let page = "data/examples/armed-police.txt";
    for (name, arguments) in [
        ("predict", format!("predict {page} --format text")),
        ("explain", format!("explain {page} --passage 13 --top 6 --tasks stance")),
    ] {
        let output = Command::new(get_cargo_bin("standpoint"))
            .current_dir(file(""))
            .args(arguments.split_whitespace())
            .env_remove("NO_COLOR")
            .envs([("CLICOLOR_FORCE", "1"), ("COLUMNS", "80")])
            .output()
            .unwrap();
        let mut shown = String::from_utf8(output.stdout).unwrap();
        if name == "predict" {
            // Some passages, and what the page amounts to.
            let at = |passage: &str| shown.find(passage).unwrap();
            let (first, last, end) = (at("\n 13  "), at("\n 17  "), shown.find("\n\n").unwrap());
            shown = format!("{}{}", &shown[first + 1..last], &shown[end..]);
        }
        let svg = anstyle_svg::Term::new().palette(anstyle_svg::WIN10_CONSOLE).render_svg(&shown);
        let path = file("docs/pictures").join(name).with_extension("svg");
        if std::env::var_os("STANDPOINT_PICTURES").is_some() {
            fs::write(&path, &svg).unwrap();
        }
        assert!(fs::read_to_string(&path).unwrap() == svg, "{} is another", path.display());
    }
}
