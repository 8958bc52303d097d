//! Everything that is printed: data to the sink, all else to stderr.

use std::{
    borrow::Cow,
    fmt::{self, Display},
    io::{self, BufWriter, IsTerminal, Write},
    path::Path,
};

use anstream::{AutoStream, ColorChoice, adapter::strip_bytes};
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use standpoint::{
    Block, Context, Explanation, Model, OutputFile, TrainReport,
    evaluate::{Evaluation, Metric, TaskEvaluation},
    report::{Speaker, Summary, estimate},
};

use super::args::FiguresFormat;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const FAVOR: Style = AnsiColor::Blue.on_default();
const AGAINST: Style = AnsiColor::Red.on_default();
/// Lines longer than this are hard to read, however wide the terminal.
const MOST_WIDTH: usize = 100;
const INDENT: &str = "     ";

/// Where the data goes: stdout, or a file that appears when it is complete.
pub struct Sink {
    name: String,
    target: Target,
    styled: bool,
}

enum Target {
    Stdout(BufWriter<io::Stdout>),
    File(BufWriter<OutputFile>),
}

impl Sink {
    /// Opens it before the work begins; `-` is stdout.
    pub fn open(path: Option<&Path>) -> standpoint::Result<Self> {
        Ok(match path.filter(|path| *path != Path::new("-")) {
            None => Self {
                name: "stdout".into(),
                styled: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
                target: Target::Stdout(BufWriter::new(io::stdout())),
            },
            Some(path) => Self {
                name: path.display().to_string(),
                styled: false,
                target: Target::File(BufWriter::new(OutputFile::create(path)?)),
            },
        })
    }

    pub fn is_terminal(&self) -> bool {
        matches!(self.target, Target::Stdout(_)) && io::stdout().is_terminal()
    }

    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        if let Target::File(file) = self.target {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
        }
        Ok(())
    }

    /// Text for people: styled where that is wanted. Tables and JSON are written as they are.
    fn text(&mut self, render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        let mut text = Vec::new();
        render(&mut text)?;
        if self.styled {
            self.write_all(&text)
        } else {
            self.write_all(&strip_bytes(&text).into_vec())
        }
    }

    fn named(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", self.name))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Target::Stdout(out) => out.write(bytes),
            Target::File(out) => out.write(bytes),
        };
        written.map_err(|error| self.named(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.target {
            Target::Stdout(out) => out.flush(),
            Target::File(out) => out.flush(),
        };
        flushed.map_err(|error| self.named(&error))
    }
}

pub fn error(error: &anyhow::Error) {
    // A closed stderr is no reason to panic.
    let red = AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {error:#}");
}

pub fn warn(warning: &str) {
    let yellow = AnsiColor::Yellow.on_default().bold();
    let _ = writeln!(anstream::stderr(), "{yellow}warning:{yellow:#} {warning}");
}

/// A bar on stderr when that is a terminal, nothing otherwise.
pub struct Progress(ProgressBar);

impl Progress {
    pub fn new(what: &'static str) -> Self {
        let bar = ProgressBar::no_length().with_message(what);
        let style = "{msg} [{bar:30}] {pos}/{len} fits, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is well-formed"));
        Self(bar)
    }

    pub fn step(&self, done: usize, of: usize) {
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// One passage as it is shown.
pub struct PassageLine<'a> {
    pub text: &'a str,
    /// Task, label, probability.
    pub labels: Vec<(&'a str, &'a str, f64)>,
}

/// A page, passage by passage, and its summary.
pub fn page(
    sink: &mut Sink,
    number: usize,
    id: &str,
    lines: &[PassageLine<'_>],
    summary: &Summary,
    target: &str,
) -> io::Result<()> {
    sink.text(|out| {
        if number > 0 {
            writeln!(out)?;
        }
        write_passages(out, id, lines)?;
        write_summary(out, summary, target)
    })
}

fn write_passages(out: &mut Vec<u8>, id: &str, lines: &[PassageLine<'_>]) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}", printable(id))?;
    for (i, line) in (1..).zip(lines) {
        let furniture = line.labels.iter().any(|label| label.1 == "boilerplate");
        let base = if furniture { DIM } else { Style::new() };
        let labels = line.labels.iter().map(|label| shown_label(label, furniture));
        let labels: Vec<String> = labels.collect();
        writeln!(out, "{base}{i:>3}{base:#}  {}", labels.join("  "))?;
        for row in wrapped(line.text) {
            writeln!(out, "{base}{row}{base:#}")?;
        }
    }
    Ok(())
}

fn shown_label(&(task, label, probability): &(&str, &str, f64), furniture: bool) -> String {
    let style = match (furniture, task, label) {
        (true, ..) => DIM,
        (_, "kind", _) => BOLD,
        (_, "stance", "favor") => FAVOR,
        (_, "stance", "against") => AGAINST,
        _ => Style::new(),
    };
    let task = if task == "kind" { String::new() } else { format!("{task} ") };
    format!("{style}{task}{} {probability:.2}{style:#}", printable(label))
}

fn write_summary(out: &mut Vec<u8>, summary: &Summary, target: &str) -> io::Result<()> {
    writeln!(out)?;
    let plural = if summary.passages == 1 { "" } else { "s" };
    let kinds: Vec<String> =
        summary.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let colon = if kinds.is_empty() { "" } else { ": " };
    writeln!(out, "{BOLD}{} passage{plural}{BOLD:#}{colon}{}", summary.passages, kinds.join(", "))?;
    let Some(first) = summary.stances.first() else { return Ok(()) };
    let title = format!("stance toward {target}");
    let width = title.chars().count().max(25);
    write!(out, "{title:<width$}")?;
    for (label, _) in &first.counts {
        write!(out, "  {label:>7}")?;
    }
    writeln!(out, "     mean")?;
    for stance in &summary.stances {
        let speaker = match stance.speaker {
            Speaker::Publication => "the publication's own",
            Speaker::Quoted => "quoted voices",
            Speaker::Readers => "readers' comments",
            _ => "all passages",
        };
        write!(out, "  {speaker:<0$}", width - 2)?;
        for (_, count) in &stance.counts {
            write!(out, "  {count:>7}")?;
        }
        writeln!(
            out,
            "  {}",
            stance.mean.map_or("      -".into(), |mean| format!("{mean:>+7.2}"))
        )?;
    }
    Ok(())
}

/// Figures of some tasks.
pub fn evaluation(
    sink: &mut Sink,
    evaluation: &Evaluation,
    format: FiguresFormat,
) -> io::Result<()> {
    if format == FiguresFormat::Json {
        return json_line(sink, &evaluation.to_json());
    }
    sink.text(|out| {
        for (number, task) in evaluation.tasks.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            let pages = task.get(Metric::Accuracy).map_or(0, |accuracy| accuracy.n_pages);
            let n = task.confusion.total();
            writeln!(out, "{BOLD}{}{BOLD:#}: {n} passages on {pages} pages", task.task)?;
            figures(out, task)?;
        }
        Ok(())
    })
}

fn figures(out: &mut Vec<u8>, task: &TaskEvaluation) -> io::Result<()> {
    let width = task.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(5);
    writeln!(
        out,
        "  {:<width$}  {:>6}  {:<22}  {:<22}  F1",
        "label", "gold", "precision", "recall"
    )?;
    for (label, name) in task.labels.iter().enumerate() {
        let cell = |metric| task.get(metric).map_or_else(String::new, estimate);
        writeln!(
            out,
            "  {name:<width$}  {:>6}  {:<22}  {:<22}  {}",
            task.confusion.gold(label),
            cell(Metric::Precision(label)),
            cell(Metric::Recall(label)),
            cell(Metric::F1(label)),
        )?;
    }
    for of_task in task.estimates.iter().filter(|of_task| of_task.metric.label().is_none()) {
        writeln!(out, "  {:<17}  {}", of_task.metric.name(&task.labels), estimate(of_task))?;
    }
    if let Some(without) = &task.without_context {
        let macro_f1 = without.iter().find(|estimate| estimate.metric == Metric::MacroF1);
        let shown = macro_f1.map_or_else(String::new, estimate);
        writeln!(out, "  {:<17}  {shown} without neighbours and position", "macro_f1")?;
    }
    writeln!(out, "  {:<width$}  predicted", "gold")?;
    let columns: Vec<usize> =
        task.labels.iter().map(|label| label.chars().count().max(6)).collect();
    write!(out, "  {:<width$}", "")?;
    for (name, column) in task.labels.iter().zip(&columns) {
        write!(out, "  {name:>column$}")?;
    }
    writeln!(out)?;
    for (gold, name) in task.labels.iter().enumerate() {
        write!(out, "  {name:<width$}")?;
        for (count, column) in task.confusion.row(gold).iter().zip(&columns) {
            write!(out, "  {count:>column$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What training did, on stderr.
pub fn trained(report: &TrainReport, path: &Path, bytes: usize) {
    let mut err = anstream::stderr();
    for task in &report.tasks {
        let labels: Vec<String> =
            task.counts.iter().map(|(label, count)| format!("{count} {label}")).collect();
        let (name, labels) = (&task.task, labels.join(", "));
        let (head, stage) = (task.penalty.value, task.stage_penalty.value);
        let _ = writeln!(err, "{name}: {labels}; L2 {head}, deciding stage {stage}");
    }
    let _ = writeln!(err, "wrote {} ({bytes} bytes)", path.display());
}

/// Why a passage got its labels.
pub fn explanations(
    sink: &mut Sink,
    row: usize,
    text: &str,
    explanations: &[Explanation],
    top: usize,
    format: FiguresFormat,
) -> io::Result<()> {
    if format == FiguresFormat::Json {
        return json_line(sink, &explanations_json(row, text, explanations, top));
    }
    sink.text(|out| write_explanations(out, row, text, explanations, top))
}

fn write_explanations(
    out: &mut Vec<u8>,
    row: usize,
    text: &str,
    explanations: &[Explanation],
    top: usize,
) -> io::Result<()> {
    if row > 0 {
        writeln!(out)?;
    }
    let rows = wrapped(text);
    let first = rows.first().map_or("", |row| row.trim_start());
    writeln!(out, "{:>3}  {first}", row + 1)?;
    rows.iter().skip(1).try_for_each(|row| writeln!(out, "{row}"))?;
    for explanation in explanations {
        let Explanation { task, label, probability, score, .. } = explanation;
        writeln!(out)?;
        writeln!(
            out,
            "{INDENT}{BOLD}{task}: {label}{BOLD:#}, probability {probability:.2}, score {score:+.3}"
        )?;
        let words = strongest_words(text, explanation);
        let shown: f64 = words.iter().take(top).map(|(_, contribution)| contribution).sum();
        let all: f64 = words.iter().map(|(_, contribution)| contribution).sum();
        let mut line =
            |value: f64, what: &dyn Display| writeln!(out, "{INDENT}{value:>+8.3}  {what}");
        for (word, contribution) in words.iter().take(top) {
            line(*contribution, &printable(word))?;
        }
        if words.len() > top {
            line(all - shown, &format_args!("({} other words)", words.len() - top))?;
        }
        line(explanation.neighbours, &"(neighbours on the page)")?;
        line(explanation.position, &"(position on the page)")?;
        line(explanation.shape, &"(length and look)")?;
        line(explanation.intercept, &"(intercept)")?;
        line(explanation.sum(), &"= score")?;
    }
    Ok(())
}

/// The same word summed up, the strongest first.
fn strongest_words<'a>(text: &'a str, explanation: &Explanation) -> Vec<(&'a str, f64)> {
    let mut words: Vec<(&str, f64)> = Vec::new();
    for word in &explanation.words {
        let shown = &text[word.range.clone()];
        match words.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, contribution)) => *contribution += word.contribution,
            None => words.push((shown, word.contribution)),
        }
    }
    words.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    words
}

fn explanations_json(row: usize, text: &str, explanations: &[Explanation], top: usize) -> Value {
    let tasks = explanations.iter().map(|e| {
        json!({
            "task": e.task,
            "label": e.label,
            "probability": e.probability,
            "score": e.score,
            "neighbours": e.neighbours,
            "position": e.position,
            "shape": e.shape,
            "intercept": e.intercept,
            "words": e.words.iter().map(|word| json!({
                "start": word.range.start,
                "end": word.range.end,
                "text": &text[word.range.clone()],
                "contribution": word.contribution,
            })).collect::<Vec<_>>(),
            "terms": e.terms.iter().take(top).map(|term| json!({
                "term": term.name,
                "block": block(term.block),
                "value": term.value,
                "contribution": term.contribution,
            })).collect::<Vec<_>>(),
        })
    });
    let tasks: Vec<Value> = tasks.collect();
    json!({ "schema": "standpoint.explanation/1", "passage": row + 1, "text": text, "tasks": tasks })
}

/// What is inside a model.
pub fn model(sink: &mut Sink, model: &Model, top: usize, format: FiguresFormat) -> io::Result<()> {
    match format {
        FiguresFormat::Json => json_line(sink, &model_json(model, top)),
        FiguresFormat::Text => sink.text(|out| write_model(out, model, top)),
    }
}

fn model_json(model: &Model, top: usize) -> Value {
    let tasks = model.tasks().iter().enumerate().map(|(number, task)| {
        let labels = task.labels().iter().enumerate().map(|(label, name)| {
            let terms = |kind| {
                let terms = model.strongest_terms(number, label, kind, top).into_iter();
                let shown = terms.map(|(term, weight)| {
                    json!({ "term": model.vectoriser().term(term), "weight": weight })
                });
                shown.collect::<Vec<_>>()
            };
            json!({
                "label": name,
                "passages": task.counts()[label],
                "words": terms(Block::Word),
                "characters": terms(Block::Char),
            })
        });
        let labels: Vec<Value> = labels.collect();
        json!({
            "task": task.name(),
            "penalty": task.penalty(),
            "stage_penalty": task.stage_penalty(),
            "labels": labels,
        })
    });
    let tasks: Vec<Value> = tasks.collect();
    json!({
        "schema": "standpoint.model/1",
        "target": model.target(),
        "terms": model.vectoriser().n_terms(),
        "features": model.vectoriser().settings(),
        "context": model.context(),
        "training": model.training(),
        "tasks": tasks,
    })
}

fn write_model(out: &mut Vec<u8>, model: &Model, top: usize) -> io::Result<()> {
    let training = model.training();
    let features = model.vectoriser().settings();
    let ngrams = |(low, high): (usize, usize)| format!("{low}-{high}");
    let context = match model.context() {
        Context::Page => "neighbours and position on the page",
        Context::Passage => "none",
    };
    writeln!(out, "target      {}", printable(model.target()))?;
    writeln!(
        out,
        "features    {} terms: word {}-grams, character {}-grams within words, in {} passages or more",
        model.vectoriser().n_terms(),
        ngrams(features.word_ngrams),
        ngrams(features.char_ngrams),
        features.min_df
    )?;
    writeln!(out, "context     {context}")?;
    writeln!(out, "trained on  {} passages, {} pages", training.passages, training.pages)?;
    let sha256 = training.data_sha256.as_deref().unwrap_or("not recorded");
    writeln!(out, "data        SHA-256 {}", printable(sha256))?;
    writeln!(out, "folds       {}, seed {}", training.folds, training.seed)?;
    for (number, task) in model.tasks().iter().enumerate() {
        writeln!(out)?;
        let (head, stage) = (task.penalty(), task.stage_penalty());
        writeln!(
            out,
            "{BOLD}{}{BOLD:#}, L2 {head}, deciding stage {stage}",
            printable(task.name())
        )?;
        for (label, name) in task.labels().iter().enumerate() {
            let name = printable(name);
            writeln!(out, "  {BOLD}{name}{BOLD:#}, {} passages", task.counts()[label])?;
            for (kind, title) in [(Block::Word, "words"), (Block::Char, "characters")] {
                let terms = model.strongest_terms(number, label, kind, top).into_iter();
                let terms: Vec<String> = terms
                    .map(|(term, weight)| {
                        // Spaces are part of a character n-gram: make them seen.
                        let name = model.vectoriser().term(term);
                        let seen = if kind == Block::Char { "_" } else { " " };
                        format!("{} {weight:+.2}", name.replace(' ', seen))
                    })
                    .collect();
                if !terms.is_empty() {
                    for row in wrapped(&format!("{title}: {}", terms.join(", "))) {
                        writeln!(out, "{row}")?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn block(block: Block) -> &'static str {
    match block {
        Block::Word => "word",
        Block::Char => "char",
    }
}

fn json_line(out: &mut Sink, value: &Value) -> io::Result<()> {
    writeln!(out, "{value}")
}

/// Text in lines of the terminal's width, indented.
fn wrapped(text: &str) -> Vec<String> {
    let width = textwrap::termwidth().clamp(40, MOST_WIDTH);
    let options = textwrap::Options::new(width).initial_indent(INDENT).subsequent_indent(INDENT);
    let text = printable(text).to_string();
    textwrap::wrap(&text, options).into_iter().map(Cow::into_owned).collect()
}

/// Text whose control characters cannot command the terminal.
fn printable(text: &str) -> impl Display + '_ {
    fmt::from_fn(move |f| {
        text.chars().try_for_each(|c| match c {
            '\n' | '\t' => f.write_str(" "),
            c if c.is_control() => f.write_str("\u{FFFD}"),
            c => write!(f, "{c}"),
        })
    })
}
