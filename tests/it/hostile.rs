//! Input by somebody who means harm: nothing that is shown commands a terminal or CI, no output replaces
//! another file of the run, and nothing that never ends is read for ever.

use std::{fs, time::Duration, time::Instant};

use serde_json::Value;

use crate::commands::Folder;
use crate::process::Command;

/// Names that would clear the screen, set a title, colour what follows, go back in the line, forge a
/// command of GitHub, turn the direction of the text, or add a line or a cell.
const EVIL: [&str; 8] = [
    "a\u{1B}]0;pwn\u{7}\u{1B}[2J",
    "b\u{9B}31m",
    "c\rd",
    "e\n::error title=forged::pwned",
    "f\u{202E}g\u{2066}",
    "h\u{2028}::warning::i\u{2029}",
    "<img src=x onerror=y>|[j](http://k)",
    "\u{7F}l\u{85}::notice::m",
];

/// What no output may hold.
pub fn is_command(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// A table of two coders' labels and of predictions, with hostile names wherever there is one.
fn evil_table(name: &str, every: usize) -> String {
    let task = quoted(&format!("kind{name}"));
    let predicted = quoted(&format!("pred_kind{name}"));
    let mut csv = format!("page,seq,text,{task},{predicted},source\n");
    for row in 0..120 {
        let label = |at: usize| quoted(if at.is_multiple_of(2) { name } else { "plain" });
        csv.push_str(&format!(
            "{},{},{},{},{},{}\n",
            quoted(&format!("p{}{name}", row / 3)),
            row % 3 + 1,
            quoted(&format!("passage {row} {name}")),
            label(row / every),
            label(row / 2),
            quoted(if row % 4 == 0 { name } else { "paper" }),
        ));
    }
    csv
}

/// The output without our own styles.
fn unstyled(output: &str) -> String {
    let mut text = String::new();
    let mut rest = output;
    while let Some(at) = rest.find("\u{1B}[") {
        let codes = &rest[at + 2..];
        let end = codes.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(codes.len());
        text.push_str(&rest[..at]);
        rest = if codes[end..].starts_with('m') {
            &codes[end + 1..]
        } else {
            text.push_str("\u{1B}[");
            codes
        };
    }
    text + rest
}

fn shown(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|out| String::from_utf8(out).unwrap());
    (output.status.code(), stdout, stderr)
}

#[test]
fn names_command_neither_terminal_nor_ci_slow() {
    for (number, name) in EVIL.into_iter().enumerate() {
        let folder = Folder::new();
        let file = format!("{}{number}.csv", name.replace('/', ""));
        folder.write(&file, evil_table(name, 2));
        folder.write("two.csv", evil_table(name, 3));
        let task = format!("kind{name}");
        folder.write(
            "gate.toml",
            format!("[[rule]]\ntask = {}\nmetric = 'accuracy'\nfloor = 0.9\n", Value::from(&*task)),
        );
        let task = [task.as_str()];
        let file = [file.as_str()];
        let runs: [(&str, Vec<&str>, &[&str]); 7] = [
            ("agree two.csv", vec!["--tasks", task[0], file[0]], &["text", "md", "json"]),
            (
                "evaluate --gate gate.toml --by source --predictions",
                vec![file[0], "--tasks", task[0]],
                &["text", "md", "github", "openmetrics", "junit", "json"],
            ),
            (
                "compare two.csv",
                vec![file[0], file[0], "--tasks", task[0]],
                &["text", "md", "github", "openmetrics", "junit", "json"],
            ),
            ("audit --no-doubts", vec![file[0], "--tasks", task[0]], &["text", "md", "json"]),
            ("predict -m small.standpoint", vec![file[0]], &["text"]),
            ("explain -m small.standpoint --passage 3", vec![file[0]], &["text", "json"]),
            ("inspect", vec![file[0]], &["text", "json"]),
        ];
        for (command, arguments, formats) in &runs {
            for format in *formats {
                for styled in [false, true] {
                    if styled && *format != "text" {
                        continue;
                    }
                    let mut run = folder.command(command);
                    run.args(arguments).args(["--format", format]);
                    if styled {
                        run.env("CLICOLOR_FORCE", "1");
                    }
                    let (code, stdout, stderr) = shown(&mut run);
                    let what =
                        format!("{command} {arguments:?} --format {format}: {code:?}\n{stderr}");
                    assert!(code.is_some_and(|code| code < 5), "{what}");
                    for text in [unstyled(&stdout), unstyled(&stderr)] {
                        assert!(!text.contains(is_command), "{what}\n{text:?}");
                        let forged = |line: &str| {
                            line.starts_with("::")
                                && (*format != "github" || line.contains("::pwned"))
                                && !line.contains("title=kind")
                                && !line.contains("%0A")
                        };
                        assert!(!text.lines().any(forged), "{what}\n{text}");
                    }
                    match *format {
                        "json" if !stdout.is_empty() => {
                            let json: Value = serde_json::from_str(&stdout).unwrap();
                            assert!(json.is_object());
                        }
                        "md" => {
                            let bare = stdout.replace(r"\]", "");
                            assert!(
                                !bare.contains("<img") && !bare.contains("](http"),
                                "{what}\n{stdout}"
                            );
                            assert_even_tables(&stdout);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Rows of a table of Markdown have as many cells as its header.
pub fn assert_even_tables(markdown: &str) {
    let cells = |line: &str| line.replace(r"\\", "").replace(r"\|", "").matches('|').count();
    let mut width = None;
    for line in markdown.lines() {
        if line.starts_with('|') {
            assert_eq!(*width.get_or_insert(cells(line)), cells(line), "{line}\n{markdown}");
        } else {
            width = None;
        }
    }
}

#[test]
fn cards_are_text_whatever_the_names() {
    let folder = Folder::new();
    let mut csv = "page,seq,text,\"<b>|kind\"\n".to_owned();
    for row in 0..60 {
        let (label, word) = [("<img src=x>|[a](b)", "share"), ("*plain*", "ministers")][row % 2];
        csv.push_str(&format!(
            "p{},{},{word} number {row} `x` today,{label}\n",
            row / 3,
            row % 3 + 1
        ));
    }
    folder.write("a|<i>.csv", csv);
    let mut train = folder.command("train --cv 3 -o m.standpoint --card card.md");
    let (code, stdout, stderr) = shown(train.args(["a|<i>.csv", "--tasks", "<b>|kind"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let card = folder.read("card.md");
    let body = card.splitn(3, "---\n").nth(2).unwrap();
    let bare = body.replace(r"\]", "");
    assert!(!bare.contains("<img") && !bare.contains("<b>") && !bare.contains("](b)"), "{card}");
    assert_even_tables(body);
}

#[test]
fn wrong_arguments_are_shown_and_not_obeyed() {
    let folder = Folder::new();
    for arguments in [
        vec!["predict", "--\u{1B}]0;pwn\u{7}"],
        vec!["\u{1B}[2J\u{9B}31m"],
        vec!["train", "a.csv", "--optimise", "\u{1B}[2J\u{202E}"],
        vec!["evaluate", "--seed", "1\r2"],
    ] {
        for styled in ["0", "1"] {
            let mut run = folder.command("");
            let (code, stdout, stderr) = shown(run.args(&arguments).env("CLICOLOR_FORCE", styled));
            assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
            let stderr = unstyled(&stderr);
            assert!(!stderr.contains(is_command) && stderr.contains("error:"), "{stderr:?}");
        }
    }
}

#[test]
fn no_output_replaces_another_file_of_the_run() {
    let folder = Folder::new();
    fs::create_dir(folder.path("in")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(".", folder.path("here")).unwrap();
        std::os::unix::fs::symlink("later.csv", folder.path("link.csv")).unwrap();
    }
    fs::hard_link(folder.path("small.csv"), folder.path("same.csv")).unwrap();
    fs::write(folder.path("page.html"), "<p>Share this").unwrap();
    let before = folder.names();
    let mut runs = vec![
        "train small.csv --cv 3 -o q1 --card ./q1",
        "train small.csv --cv 3 -o q1 --predictions in/../q1",
        "predict small.csv -m small.standpoint -o x.csv --on-error skip --rejects ./x.csv",
        "predict small.csv -m small.standpoint -o in/../small.csv",
        "predict small.csv -m small.standpoint -o same.csv",
        "convert small.csv --to label-studio -o c.json --config ./c.json",
        "evaluate -m small.standpoint small.csv -o ./small.standpoint",
        "inspect small.standpoint -o in/../small.standpoint",
        "audit small.csv -o ./small.csv",
        "agree small.csv same.csv -o ./same.csv",
        "explain small.csv -m small.standpoint -o in/../small.csv",
        "report page.html -m small.standpoint -o in/../page.html",
        "estimate small.csv -m small.standpoint --labelled small.csv -o ./small.csv",
    ];
    if cfg!(unix) {
        runs.extend([
            "train small.csv --cv 3 -o q1 --card here/q1",
            "predict small.csv -m small.standpoint -o here/small.csv",
            "predict small.csv -m small.standpoint -o link.csv --on-error skip --rejects later.csv",
            "convert small.csv --to label-studio -o link.csv --config here/later.csv",
        ]);
    }
    let content = [fs::read(folder.path("small.csv")), fs::read(folder.path("small.standpoint"))];
    for arguments in runs {
        let (code, _, stderr) = shown(&mut folder.command(arguments));
        assert_eq!(code, Some(2), "{arguments}: {stderr}");
        assert!(stderr.contains("another output, of the same run"), "{arguments}: {stderr}");
        assert_eq!(folder.names(), before, "{arguments}");
    }
    let after = [fs::read(folder.path("small.csv")), fs::read(folder.path("small.standpoint"))];
    assert_eq!(content.map(Result::unwrap), after.map(Result::unwrap));
}

/// A link whose file is not there yet is where that file is made.
#[cfg(unix)]
#[test]
fn a_dangling_link_keeps_pointing_where_it_points() {
    let folder = Folder::new();
    fs::create_dir(folder.path("out")).unwrap();
    std::os::unix::fs::symlink("out/made.csv", folder.path("link.csv")).unwrap();
    let (code, _, stderr) =
        shown(&mut folder.command("predict page.txt -m small.standpoint -o link.csv"));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(fs::symlink_metadata(folder.path("link.csv")).unwrap().is_symlink());
    assert!(folder.read("out/made.csv").starts_with("page,"));
}

#[cfg(target_os = "linux")]
#[test]
fn what_never_ends_is_not_read_for_ever() {
    let folder = Folder::new();
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    std::os::unix::fs::symlink("pipe", folder.path("link")).unwrap();
    let rule = "[[rule]]\ntask = 'kind'\nmetric = 'accuracy'\nmax_drop = 0.1\n";
    for (number, endless) in ["pipe", "link", "/dev/zero"].into_iter().enumerate() {
        let gate = format!("gate{number}.toml");
        folder.write(&gate, format!("baseline = {endless:?}\n{rule}"));
        for arguments in [
            format!("evaluate -m small.standpoint small.csv --gate {gate}"),
            format!("evaluate -m small.standpoint small.csv --gate {endless}"),
            format!("estimate small.csv -m small.standpoint --confusion {endless}"),
            format!("convert {endless} --from label-studio -o x.csv"),
            format!("convert {endless} -o x.csv"),
            format!("inspect {endless}"),
            format!("predict page.txt -m {endless}"),
        ] {
            let started = Instant::now();
            let (code, _, stderr) = shown(&mut folder.command(&arguments));
            assert_eq!(code, Some(2), "{arguments}: {stderr}");
            let said = ["may never end", "looks like no tool's export"];
            assert!(said.iter().any(|said| stderr.contains(said)), "{arguments}: {stderr}");
            assert!(started.elapsed() < Duration::from_mins(1), "{arguments}");
        }
    }
    // What a shell opens for a program is a file like others.
    let mut piped = Command::new("bash");
    let binary = insta_cmd::get_cargo_bin("standpoint");
    let script = "\"$0\" predict page.txt -m <(cat small.standpoint)";
    piped.args(["-c", script]).arg(binary).current_dir(folder.path(""));
    let output = piped.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn any_number_of_threads_may_be_asked_for() {
    let folder = Folder::new();
    let mut outputs = Vec::new();
    for threads in ["1", "2", "100000", "0", "-1", "x"] {
        let mut run = folder.command("predict page.txt -m small.standpoint");
        let (code, stdout, stderr) = shown(run.env("RAYON_NUM_THREADS", threads));
        assert_eq!(code, Some(0), "{threads}: {stderr}");
        outputs.push(stdout);
    }
    assert!(outputs.iter().all(|output| *output == outputs[0]));
}

#[test]
fn a_gate_of_very_many_rules_is_judged() {
    let folder = Folder::new();
    let rule =
        "[[rule]]\ntask = 'kind'\nmetric = 'accuracy'\nslice = 'source=paper'\nfloor = 0.1\n";
    folder.write("gate.toml", rule.repeat(20_000));
    let mut csv = "page,seq,text,kind,pred_kind,source\n".to_owned();
    (0..60).for_each(|row| {
        csv.push_str(&format!("p{},{},a,x,{},paper\n", row / 3, row % 3 + 1, ["x", "y"][row % 2]));
    });
    folder.write("e.csv", csv);
    let started = Instant::now();
    let (code, stdout, stderr) =
        shown(&mut folder.command("evaluate --predictions e.csv --gate gate.toml --format junit"));
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout.matches("<testcase").count(), 20_000);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn too_many_labels_are_refused_in_a_sentence() {
    let folder = Folder::new();
    let mut csv = "page,seq,text,kind,pred_kind\n".to_owned();
    (0..12_000).for_each(|row| {
        csv.push_str(&format!(
            "p{},{},word{row} here,l{},l{}\n",
            row / 4,
            row % 4 + 1,
            row / 2,
            row / 3
        ));
    });
    folder.write("many.csv", csv);
    for arguments in [
        "evaluate --predictions many.csv",
        "compare many.csv many.csv many.csv --tasks kind",
        "train many.csv --tasks kind --no-calibration -o m.standpoint",
        "train many.csv --tasks kind --cv 3",
    ] {
        let (code, _, stderr) = shown(&mut folder.command(arguments));
        assert_eq!(code, Some(3), "{arguments}: {stderr}");
        assert!(stderr.contains("kind has 6000 labels"), "{arguments}: {stderr}");
    }
}

/// `predict` and `explain` count through all pages.
#[test]
fn the_number_that_predict_shows_is_the_one_that_explain_takes() {
    let folder = Folder::new();
    let csv = "page,seq,text\na,1,Share this\na,2,Ministers must answer for it\n\
               b,1,Sign up now\nb,2,The officers were wrong\n";
    folder.write("t.csv", csv);
    let (_, stdout, _) =
        shown(&mut folder.command("predict t.csv -m small.standpoint --format text"));
    for (number, text) in
        csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap()).enumerate()
    {
        let number = (number + 1).to_string();
        let lines: Vec<&str> = stdout.lines().collect();
        let at = lines.iter().position(|line| line.ends_with(text)).unwrap();
        assert_eq!(lines[at - 1].split_whitespace().next(), Some(&*number), "{stdout}");
        let explain = format!("explain t.csv -m small.standpoint --passage {number} --tasks kind");
        let (_, explained, _) = shown(&mut folder.command(&explain));
        assert!(explained.trim_start().starts_with(&format!("{number}  {text}")), "{explained}");
    }
}

#[test]
fn what_cannot_be_written_is_known_before_the_long_work() {
    let folder = Folder::new();
    let small = folder.read("small.csv");
    let with = |name: &str| {
        let rows = small.lines().enumerate();
        rows.map(|(row, line)| format!("{line},{}\n", if row == 0 { name } else { "" }))
            .collect::<String>()
    };
    let labels: Vec<&str> = vec!["pred_kind", "pred_stance"];
    for name in labels {
        folder.write("taken.csv", with(name));
        let before = folder.names();
        let run = "train taken.csv --tasks kind,stance --cv 3 --predictions p.csv -o m.standpoint";
        let (code, stdout, stderr) = shown(&mut folder.command(run));
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.contains(name), "{stderr}");
        assert_eq!(folder.names(), before);
    }
    // Trained, such a model could never predict.
    let mut csv = "page,seq,text,kind,kind_a\n".to_owned();
    for row in 0..30 {
        let (kind, other) = (["a_b", "c"][row % 2], ["b", "d"][row / 2 % 2]);
        csv.push_str(&format!("p{},{},word{row} here,{kind},{other}\n", row / 3, row % 3 + 1));
    }
    folder.write("collide.csv", csv);
    let (code, _, stderr) =
        shown(&mut folder.command("train collide.csv --tasks kind,kind_a -o m.standpoint"));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("p_kind_a_b"), "{stderr}");
}

#[test]
fn xml_that_cannot_be_is_not_made() {
    let folder = Folder::new();
    folder.write("t.csv", "page,seq,text,kind\na,1,One,\"x\u{1B}y\"\na,2,Two,z\n");
    let run = "convert t.csv --to label-studio --tasks kind -o t.json --config c.xml";
    let (code, _, stderr) = shown(&mut folder.command(run));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("XML cannot hold"), "{stderr}");
    assert!(!folder.path("c.xml").exists() && !folder.path("t.json").exists());
}

/// Text that looks the same is the same: written letter by letter, or with characters that nobody sees.
#[test]
fn invisible_characters_change_no_label() {
    let plain = "The minister’s café reply: “Officers acted wrongly,” 한국 경찰 said.";
    let decomposed: String = unicode_normalization::UnicodeNormalization::nfd(plain).collect();
    let hyphenated = plain.replace("ini", "i\u{AD}ni").replace("wrong", "wr\u{200B}ong");
    let joined = format!("\u{FEFF}{}", plain.replace("said", "sa\u{2060}id\u{200C}"));
    let model = standpoint::Model::built_in();
    let answers = |text: &str| {
        let page = standpoint::Corpus::of_page([text, "Share this", text]);
        model.predict(&page).unwrap().tasks().to_vec()
    };
    let expected = answers(plain);
    for text in [&decomposed, &hyphenated, &joined] {
        assert_ne!(text, plain);
        assert_eq!(answers(text), expected, "{text:?}");
        // Words are still where they are in the text.
        let page = standpoint::Corpus::of_page([text.as_str()]);
        let explained = model.explain(&page, 0).unwrap();
        let words: Vec<&str> =
            explained.tasks[0].words.iter().map(|word| &text[word.range.clone()]).collect();
        let seen = |word: &str| word.contains("ister") || word.contains("ster");
        assert!(words.iter().any(|word| seen(word)), "{words:?}");
    }
}
