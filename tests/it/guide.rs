//! Every command that a document shows is run, in the document's order, where its files are; what is
//! quoted below one is printed by it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    process::Output,
};

use crate::process::Command;
use crate::{
    ci::path,
    commands::{COMMANDS, Folder},
    file,
    gate::{predictions, rule},
};

/// The documents that show commands, or speak of flags.
const DOCUMENTS: [&str; 9] = [
    "README.md",
    "docs/guide.md",
    "docs/method.md",
    "docs/faq.md",
    "docs/encoder.md",
    "docs/formats.md",
    "docs/annotation.md",
    "docs/ci.md",
    "notebooks/README.md",
];

/// What commands begin with that are not run here, and why.
const LEFT_OUT: [(&str, &str); 3] = [
    ("cargo test", "it runs this test"),
    ("standpoint embed", "it needs an encoder, and the feature; encoder.rs runs it"),
    ("standpoint train vectors.parquet", "it takes what that writes"),
];

/// What a document may start.
const PROGRAMS: [&str; 7] =
    ["standpoint", "ci/gate.sh", "export", "mkdir", "grep", "awk", "printf"];

/// Cargo's flag that documents speak of by itself.
const FLAG_OF_CARGO: &str = "--features";

/// A block of commands, and what is quoted below it.
#[derive(Default)]
struct Block {
    /// A gate to be written before.
    gate: Option<String>,
    steps: Vec<Step>,
    quoted: Vec<String>,
}

struct Step {
    command: String,
    /// The exit code that the document says, as `# exits 1`.
    code: i32,
}

impl Step {
    fn is_run(&self) -> bool {
        LEFT_OUT.iter().all(|(start, _)| !self.command.starts_with(start))
    }

    fn of(line: &str) -> Self {
        let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
        let said = comment.trim().strip_prefix("exits ").and_then(|code| code.get(..1));
        let mut command = command.trim_end().replace("cargo run --release -- ", "standpoint ");
        // As on the reader's terminal.
        let elsewhere = [" -o ", " --format ", " >", " |"];
        if command.starts_with("standpoint predict")
            && !elsewhere.iter().any(|e| command.contains(e))
        {
            command += " --format text";
        }
        Self { command, code: said.map_or(0, |code| code.parse().unwrap()) }
    }

    /// The programs that it starts.
    fn programs(&self) -> impl Iterator<Item = &str> {
        self.command.split(" | ").filter_map(|part| {
            part.split_whitespace().find(|word| !word.starts_with("STANDPOINT_"))
        })
    }

    fn script(&self) -> String {
        match self.code {
            0 => format!("{}\n", self.command),
            code => format!("if {}\nthen exit 99\nelse test $? -eq {code}\nfi\n", self.command),
        }
    }
}

/// Fenced blocks of a document: language and lines.
fn fenced(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            blocks.push((language, lines.by_ref().take_while(|line| *line != "```").collect()));
        }
    }
    blocks
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = vec![Block::default()];
    for (language, lines) in fenced(text) {
        match language {
            "toml" => {
                let gate = Some(lines.join("\n") + "\n");
                blocks.push(Block { gate, ..Block::default() });
            }
            "sh" => {
                if !blocks.last().unwrap().steps.is_empty() {
                    blocks.push(Block::default());
                }
                let joined = lines.join("\n").replace("\\\n", " ");
                let commands = joined.lines().filter(|line| !line.trim().is_empty());
                blocks.last_mut().unwrap().steps.extend(commands.map(Step::of));
            }
            "text" => {
                blocks.last_mut().unwrap().quoted.extend(lines.iter().map(|&l| l.to_owned()));
            }
            _ => {}
        }
    }
    blocks
}

fn read(document: &str) -> String {
    fs::read_to_string(file(document)).unwrap()
}

fn bash(folder: &Folder, script: &str) -> Output {
    let mut command = Command::new("bash");
    command.args(["-euxc", script]).current_dir(folder.path("")).env("PATH", path());
    command.env("COLUMNS", "80").env("NO_COLOR", "1");
    for variable in ["CLICOLOR_FORCE", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_all(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// A folder with the repository's files, copied lest a document write to them, and with what a reader
/// would have: small files by the names that documents use.
fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["data", "models", "ci", "tests/fixtures/annotations"] {
        copy_all(&file(name), &folder.path(name));
    }

    // Pages.
    let page = "<title>A page</title><h1>Officers hand in their permits</h1>\
                <p>Ministers will meet on Monday.</p><p>Ministers should be ashamed.</p>";
    folder.write("page.html", page);
    fs::copy(file("data/examples/hospital-strike.txt"), folder.path("page.txt")).unwrap();
    fs::create_dir(folder.path("pages")).unwrap();
    folder.write("pages/one.html", page);
    folder.write("pages/two.txt", "Officers hand in their permits\nThey should be ashamed.\n");

    // Labelled passages: pages from all over the corpus, each passage cut short for quick fits.
    let mut reader = csv::Reader::from_path(file("data/passages.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (page, text, stance) = (place("page"), place("text"), place("stance"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let write =
        |name: &str, columns: &[&str], rows: &mut dyn Iterator<Item = &csv::StringRecord>| {
            let mut writer = csv::Writer::from_path(folder.path(name)).unwrap();
            writer.write_record(columns).unwrap();
            for row in rows {
                let cell = |name: &&str| match *name {
                    "text" => row[text].chars().take(60).collect(),
                    name => row[place(name)].to_owned(),
                };
                writer.write_record(columns.iter().map(cell)).unwrap();
            }
            writer.flush().unwrap();
        };
    let of_pages =
        |ending: &'static str| rows.iter().filter(move |row| row[page].ends_with(ending));
    for name in ["passages.csv", "million.csv"] {
        let columns = ["page", "seq", "text", "kind", "stance", "source", "topic"];
        write(name, &columns, &mut of_pages("02").step_by(3).take(75));
    }
    write("corpus.csv", &["page", "seq", "text", "source"], &mut of_pages("04"));
    write("sample.csv", &["page", "seq", "stance"], &mut of_pages("04").step_by(4));
    let mut tweets = String::from("text,target,stance\n");
    for (i, row) in rows.iter().filter(|row| &row[stance] != "none").take(60).enumerate() {
        let words: String = row[text].chars().filter(|c| !",\"\n".contains(*c)).take(60).collect();
        writeln!(tweets, "{words},{},{}", ["the strike", "the ban"][i % 2], &row[stance]).unwrap();
    }
    folder.write("tweets.csv", tweets);

    // Gold labels, and what somebody's classifier says: often enough for intervals of slices.
    let table = predictions(2);
    let (header, rows) = table.split_once('\n').unwrap();
    let copy = |number: usize| -> String {
        let line = |line: &str| match line.starts_with('p') {
            true => format!("{number}{line}"),
            false => line.to_owned(),
        };
        rows.split_inclusive('\n').map(line).collect()
    };
    let rows: String = (0..6).map(copy).collect();
    for name in ["gold.csv", "predictions.csv", "theirs.csv"] {
        folder.write(name, format!("{header}\n{rows}"));
    }
    folder.write("gate.toml", rule("metric = 'accuracy'\nfloor = 0.9"));
    folder.write("drops.toml", rule("metric = 'macro_f1'\nmax_drop = 0.02\non = 'lo'"));
    fs::copy(folder.path("small.standpoint"), folder.path("old.standpoint")).unwrap();

    // What annotation tools export, and tables of two coders.
    copy_all(&file("tests/fixtures/annotations"), &folder.path(""));
    fs::copy(folder.path("label_studio.json"), folder.path("export.json")).unwrap();
    for (name, of) in [("coder1.csv", "first_labels.csv"), ("coder2.csv", "second_labels.csv")] {
        fs::copy(file("data").join(of), folder.path(name)).unwrap();
    }
    folder
}

/// Runs a document. How many of its commands ran, and the folder after them.
fn run(document: &str) -> (usize, Folder) {
    let folder = folder();
    let mut steps = 0;
    for block in blocks(&read(document)) {
        if let Some(gate) = &block.gate {
            folder.write("gate.toml", gate);
        }
        let steps_run = || block.steps.iter().filter(|step| step.is_run());
        for program in steps_run().flat_map(Step::programs) {
            assert!(PROGRAMS.contains(&program), "{document}: what is {program}?");
        }
        let script: String = steps_run().map(Step::script).collect();
        let output = bash(&folder, &script);
        let [out, errors] = [&output.stdout, &output.stderr]
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(output.status.success(), "{document}\n{script}\n{errors}");
        for line in &block.quoted {
            let printed = out.lines().chain(errors.lines()).any(|printed| printed == line);
            assert!(printed, "{document}: not printed: {line}\n{script}\n{out}\n{errors}");
        }
        steps += steps_run().count();
    }
    (steps, folder)
}

#[test]
fn readme_slow() {
    let (steps, _) = run("README.md");
    assert!(steps > 15, "{steps}");
}

#[test]
fn guide_slow() {
    let (steps, _) = run("docs/guide.md");
    assert!(steps > 20, "{steps}");
}

#[test]
fn annotation_tools() {
    let (steps, folder) = run("docs/annotation.md");
    assert!(steps > 5, "{steps}");
    for name in ["tasks.json", "interface.xml", "passages.csv", "kind.txt"] {
        assert!(!folder.read(name).is_empty(), "{name}");
    }
}

#[test]
fn continuous_integration_slow() {
    let (steps, folder) = run("docs/ci.md");
    assert!(steps > 4, "{steps}");
    for name in ["junit.xml", "standpoint.metrics", "now.json"] {
        assert!(!folder.read(name).is_empty(), "{name}");
    }
}

#[test]
fn other_documents_slow() {
    for document in ["docs/method.md", "docs/faq.md", "docs/formats.md", "notebooks/README.md"] {
        run(document);
    }
}

#[test]
fn the_guide_shows_every_command() {
    let blocks = blocks(&read("docs/guide.md"));
    let shown: BTreeSet<&str> = blocks
        .iter()
        .flat_map(|block| &block.steps)
        .filter_map(|step| step.command.strip_prefix("standpoint ")?.split(' ').next())
        .collect();
    for command in COMMANDS {
        assert!(shown.contains(command), "{command}");
    }
}

/// A flag in running text is one of the command that it stands with, or of any.
#[test]
fn every_flag_that_is_spoken_of_is_one() {
    let folder = Folder::new();
    let help = |command: &&'static str| {
        let output = folder.command(&format!("{command} --help")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let flags = words.filter(|word| word.starts_with('-')).map(str::to_owned);
        (*command, flags.collect::<BTreeSet<String>>())
    };
    let flags: BTreeMap<&str, BTreeSet<String>> = COMMANDS.iter().map(help).collect();
    let mut seen = 0;
    for document in DOCUMENTS {
        let text = read(document);
        let prose: Vec<&str> = text.split("\n```").step_by(2).collect();
        let prose = prose.join("\n").replace('\n', " ");
        for span in prose.split('`').skip(1).step_by(2) {
            let mut words = span.split_whitespace().peekable();
            if words.next_if_eq(&"standpoint").is_none() && words.peek() == Some(&"cargo") {
                continue;
            }
            let own = words.peek().and_then(|command| flags.get(command));
            for word in words.filter(|word| word.starts_with("--")) {
                let flag = word.split('=').next().unwrap();
                let known = match own {
                    Some(own) => own.contains(flag),
                    None => flags.values().any(|of_any| of_any.contains(flag)),
                };
                assert!(known || flag == FLAG_OF_CARGO, "{document}: {span}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}
