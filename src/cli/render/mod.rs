//! Everything that is printed: data to the sink, all else to stderr.

mod breakdown;
mod comparison;
mod estimates;
mod evaluation;
mod explanation;
mod figures;
mod github;
mod junit;
mod md;
mod model;
mod openmetrics;
mod page;
mod review;
mod sampling;
mod shown;
mod verdict;

use std::{
    borrow::Cow,
    fmt::{self, Display, Write as _},
    io::{self, BufWriter, IsTerminal, Write},
    ops::Range,
    path::Path,
    sync::{Mutex, PoisonError},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde::Serialize;
use standpoint::{
    Error, Place, Trainer,
    gate::GateVerdict,
    input::{OutputFile, same_file},
    model::Notice,
    study::{self, WithNotices, Work},
};
use textwrap::core::display_width;

pub use comparison::{Compared, ComparedTasks, FlipLine, comparison};
pub use estimates::{Estimates, estimates};
pub use evaluation::{Evaluated, evaluated};
pub use explanation::explanations;
pub use figures::{evaluation, searched, trained, written};
pub use model::model;
pub use page::{PassageLine, page};
pub use review::{agreement, audit};
pub use sampling::{SizesOf, drawn, sizes};
use shown::{name, printable};
pub use verdict::reasons;

use super::flags::with_flags;

const DIM: Style = Style::new().dimmed();

const BOLD: Style = Style::new().bold();

/// Lines longer than this are hard to read, however wide the terminal.
const MOST_WIDTH: usize = 100;

/// Columns shown of a text that is only to be recognised.
const SHOWN: usize = 70;

const INDENT: &str = "     ";

/// Where the data goes: stdout, or a file that appears when it is complete, compressed if its name says
/// so.
pub struct Sink {
    name: String,
    target: Target,
    styled: bool,
}

enum Target {
    Stdout(BufWriter<io::Stdout>),
    File(OutputFile),
}

impl Sink {
    /// Opens it before the work begins; `-` is stdout. Refuses to write over one of `others`: what
    /// the run reads, and what else it writes.
    pub fn open(path: Option<&Path>, others: &[&Path]) -> standpoint::Result<Self> {
        Ok(match path.filter(|path| *path != Path::new("-")) {
            None => Self {
                name: "stdout".into(),
                styled: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
                target: Target::Stdout(BufWriter::new(io::stdout())),
            },
            Some(path) => {
                refuse_same(path, others)?;
                let name = path.display().to_string();
                Self { name, styled: false, target: Target::File(OutputFile::create(path)?) }
            }
        })
    }

    pub fn is_stdout(&self) -> bool {
        matches!(self.target, Target::Stdout(_))
    }

    pub fn is_terminal(&self) -> bool {
        self.is_stdout() && io::stdout().is_terminal()
    }

    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        match self.target {
            Target::Stdout(_) => Ok(()),
            Target::File(file) => Ok(file.finish()?),
        }
    }

    /// Text for people and CI: styled where that is wanted, and nothing in it commands a terminal.
    /// Tables and JSON do not come this way.
    pub fn text(&mut self, render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        let mut text = Vec::new();
        render(&mut text)?;
        let text = shown::lines(&String::from_utf8_lossy(&text), self.styled);
        self.write_all(text.as_bytes())
    }

    fn named(name: &str, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("cannot write {name}: {error}"))
    }
}

/// Refuses to write over one of `others`.
pub fn refuse_same(path: &Path, others: &[&Path]) -> standpoint::Result<()> {
    if others.iter().any(|other| same_file(path, other)) {
        return Err(Error::input(
            Place::file(path.display().to_string()),
            "this file is an input, or another output, of the same run",
            "write to another file",
        ));
    }
    Ok(())
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Target::Stdout(out) => out.write(bytes),
            Target::File(out) => out.write(bytes),
        };
        written.map_err(|error| Self::named(&self.name, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.target {
            Target::Stdout(out) => out.flush(),
            Target::File(out) => out.flush(),
        };
        flushed.map_err(|error| Self::named(&self.name, &error))
    }
}

/// A message of the parser of arguments: help to stdout, what is wrong with them to stderr.
pub fn usage(message: &clap::Error) {
    let shown = shown::lines(&message.render().ansi().to_string(), true);
    let _ = match message.use_stderr() {
        true => write!(anstream::stderr(), "{shown}"),
        false => write!(anstream::stdout(), "{shown}"),
    };
}

pub fn error(error: &str) {
    // A closed stderr is no reason to panic.
    let red = AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {}", printable(error));
}

pub fn warn(warning: &str) {
    let yellow = AnsiColor::Yellow.on_default().bold();
    let _ = writeln!(anstream::stderr(), "{yellow}warning:{yellow:#} {}", printable(warning));
}

/// Something worth knowing, on stderr.
pub fn note(note: &str) {
    let _ = writeln!(anstream::stderr(), "{}", printable(note));
}

/// Files that one sentence is said of, from which on they are said in one line; and names in it.
const SAME: usize = 4;
const NAMES: usize = 10;

/// What the library says of how inputs were read, with flags in place of settings. What it says of many files
/// is one line.
pub fn notes(notes: &[String]) {
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for sentence in notes {
        let (name, rest) = sentence.split_once(": ").unwrap_or(("", sentence));
        match said.iter_mut().find(|(known, _)| *known == rest) {
            Some((_, names)) => names.push(name),
            None => said.push((rest, vec![name])),
        }
    }
    for (sentence, names) in said {
        if names.len() >= SAME {
            let more = match names.len().saturating_sub(NAMES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let shown = names[..names.len().min(NAMES)].join(", ");
            note(&with_flags(&format!("{} files: {sentence}: {shown}{more}", names.len())));
        } else {
            for name in names {
                let colon = if name.is_empty() { "" } else { ": " };
                note(&with_flags(&format!("{name}{colon}{sentence}")));
            }
        }
    }
}

/// A bar on stderr when that is a terminal, nothing otherwise.
pub struct Progress(ProgressBar);

impl Progress {
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        let bar = ProgressBar::no_length().with_message(what);
        let style = "{msg} [{bar:30}] {pos} of {len}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is well-formed"));
        Self(bar)
    }

    /// Of rows, however many there will be, in inputs of so many bytes; only where the data does not
    /// go to the terminal too.
    pub fn of_rows(what: &'static str, total_bytes: Option<u64>, sink: &Sink) -> Self {
        if sink.is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let (bar, style) = match total_bytes {
            Some(total) => (
                ProgressBar::new(total),
                "{prefix} [{bar:30}] {msg}, {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            ),
            None => (ProgressBar::no_length(), "{prefix}: {msg}, {bytes}, {bytes_per_sec}"),
        };
        let style = ProgressStyle::with_template(style).expect("the template is well-formed");
        Self(bar.with_prefix(what).with_message("0 rows").with_style(style))
    }

    pub fn add(&self, more: usize) {
        self.0.inc(more as u64);
    }

    /// So many rows are done, and bytes read.
    pub fn rows(&self, rows: usize, bytes: u64) {
        self.0.set_message(format!("{} rows", HumanCount(rows as u64)));
        self.0.set_position(bytes);
    }

    pub fn step(&self, done: usize, of: usize) {
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// A warning or a note, with flags in place of settings.
pub fn notice(notice: &Notice) {
    match notice {
        Notice::Warning(sentence) => warn(&with_flags(sentence)),
        Notice::Note(sentence) => note(&with_flags(sentence)),
        _ => {}
    }
}

/// Shows the notices, and hands on what was found.
pub fn noticed<T>(with: WithNotices<T>) -> T {
    with.notices.iter().for_each(|notice| warn(&with_flags(notice)));
    with.found
}

/// The same trainer, with a bar for each kind of its work.
pub fn progress_of(trainer: Trainer) -> Trainer {
    let shown: Mutex<Option<(Work, Progress)>> = Mutex::new(None);
    trainer.on_progress(move |progress: study::Progress| {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|(work, _)| *work != progress.work) {
            shown.iter().for_each(|(_, bar)| bar.finish());
            let bar = Progress::new(name(&progress.work.to_string()));
            *shown = Some((progress.work.clone(), bar));
        }
        shown.iter().for_each(|(_, bar)| bar.step(progress.done, progress.of));
        if progress.done == progress.of {
            shown.iter().for_each(|(_, bar)| bar.finish());
            *shown = None;
        }
    })
}

/// A result, and the gate's verdict beside its fields.
#[derive(Serialize)]
struct WithGate<'a, T> {
    #[serde(flatten)]
    result: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<&'a GateVerdict>,
}

/// How many passages on how many pages.
fn passages_on(passages: impl Display, pages: impl Display) -> String {
    let counted = |n: String, one: &str| format!("{n} {one}{}", if n == "1" { "" } else { "s" });
    format!(
        "{} on {}",
        counted(passages.to_string(), "passage"),
        counted(pages.to_string(), "page")
    )
}

fn json_line(out: &mut Sink, value: &impl Serialize) -> io::Result<()> {
    shown::json(&mut *out, value)?;
    writeln!(out)
}

/// Rows of cells under each other, indented; a row may end early, and its last cell stick out.
fn aligned(out: &mut Vec<u8>, rows: &[Vec<String>]) -> io::Result<()> {
    let cells = |row: &Vec<String>| row.iter().map(|cell| name(cell)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let width = |column: usize| {
        let inner = rows.iter().filter(|row| column + 1 < row.len());
        inner.map(|row| display_width(&row[column])).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows.iter().map(Vec::len).max().unwrap_or(0)).map(width).collect();
    for row in &rows {
        for (number, (cell, width)) in row.iter().zip(&widths).enumerate() {
            match number + 1 == row.len() {
                true => writeln!(out, "  {cell}")?,
                false => write!(out, "  {}", padded(cell, *width))?,
            }
        }
    }
    Ok(())
}

/// The cell with spaces behind it, to so many columns of the terminal.
fn padded(cell: &str, width: usize) -> impl Display + '_ {
    let missing = width.saturating_sub(display_width(cell));
    fmt::from_fn(move |f| write!(f, "{cell}{:missing$}", ""))
}

/// Columns that are written to.
fn width() -> usize {
    textwrap::termwidth().clamp(40, MOST_WIDTH)
}

/// Text in lines of the terminal's width, indented.
fn wrapped(text: &str) -> Vec<String> {
    wrapped_with(text, &[], Style::new())
}

/// The same with a style for the words in these ranges, each of which holds no space.
fn wrapped_with(text: &str, words: &[Range<usize>], style: Style) -> Vec<String> {
    let mut styled = String::new();
    let mut at = 0;
    for word in words {
        let _ = write!(styled, "{}", printable(&text[at..word.start]));
        let _ = write!(styled, "{style}{}{style:#}", printable(&text[word.clone()]));
        at = word.end;
    }
    let _ = write!(styled, "{}", printable(&text[at..]));
    let options = textwrap::Options::new(width()).initial_indent(INDENT).subsequent_indent(INDENT);
    // A style that goes on in the next line would show on its indent.
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(&styled, options).into_iter().map(Cow::into_owned).collect()
}

/// The beginning of a text, in one line.
fn start(text: &str) -> String {
    cut(text, SHOWN)
}

/// The text in one line, its beginning if it is wider than so many columns.
fn cut(text: &str, columns: usize) -> String {
    let mut left = columns;
    let mut fits = |c: char| {
        let wide = display_width(c.encode_utf8(&mut [0; 4]));
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    };
    let shown = printable(text).to_string();
    match shown.find(|c| !fits(c)) {
        None => shown,
        Some(end) => format!("{}...", &shown[..end]),
    }
}

/// Text that was written for the terminal, without its styles.
fn unstyled(text: &[u8]) -> String {
    shown::lines(&String::from_utf8_lossy(text), false)
}
