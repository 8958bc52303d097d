//! A page and what it amounts to.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use standpoint::report::{Speaker, Summary};
use textwrap::core::display_width;

use super::{BOLD, DIM, INDENT, Sink, name, padded, printable, width, wrapped};

// Plain blue can hardly be read on black.
const FAVOR: Style = AnsiColor::BrightBlue.on_default();

const AGAINST: Style = AnsiColor::Red.on_default();

/// One passage as it is shown.
pub struct PassageLine<'a> {
    pub text: &'a str,
    /// Task, label, probability.
    pub labels: Vec<(&'a str, &'a str, f64)>,
}

/// A page, passage by passage, and its summary. Its first passage has this number, counted from 1 through
/// all pages: the number that `explain --passage` takes.
pub fn page(
    sink: &mut Sink,
    first: usize,
    id: &str,
    lines: &[PassageLine<'_>],
    summary: &Summary,
    target: &str,
) -> io::Result<()> {
    sink.text(|out| {
        if first > 1 {
            writeln!(out)?;
        }
        write_passages(out, first, id, lines)?;
        write_summary(out, summary, target)
    })
}

fn write_passages(
    out: &mut Vec<u8>,
    first: usize,
    id: &str,
    lines: &[PassageLine<'_>],
) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}", printable(id))?;
    for (i, line) in (first..).zip(lines) {
        let furniture = line.labels.iter().any(|label| label.1 == "boilerplate");
        let base = if furniture { DIM } else { Style::new() };
        write!(out, "{base}{i:>3}{base:#}")?;
        let mut at = INDENT.len() - 2;
        for label in line.labels.iter().map(|label| shown_label(label, furniture)) {
            let n = 2 + display_width(&label);
            if at + n > width() && at >= INDENT.len() {
                write!(out, "\n{:at$}", "", at = INDENT.len() - 2)?;
                at = INDENT.len() - 2;
            }
            write!(out, "  {label}")?;
            at += n;
        }
        writeln!(out)?;
        let quoted = line.labels.iter().any(|label| (label.0, label.1) == ("voice", "quoted"));
        let style = if quoted { base.italic() } else { base };
        let kind = line.labels.iter().find(|label| label.0 == "kind").map(|label| label.1);
        let mark = kind.map_or(' ', margin_mark);
        for row in wrapped(line.text) {
            let text = row.trim_start();
            writeln!(out, "   {DIM}{mark}{DIM:#} {style}{text}{style:#}")?;
        }
    }
    Ok(())
}

/// What stands beside the text, for the eye that runs down the page: news a line, opinion a heavy one,
/// comments as mail quotes what others wrote.
fn margin_mark(kind: &str) -> char {
    match kind {
        "news" => '│',
        "opinion" => '┃',
        "comment" => '>',
        "boilerplate" => '·',
        _ => ' ',
    }
}

fn shown_label(&(task, label, probability): &(&str, &str, f64), furniture: bool) -> String {
    let style = match (furniture, task, label) {
        (true, ..) => DIM,
        (_, "kind", _) => BOLD,
        (_, "stance", "favor") => FAVOR,
        (_, "stance", "against") => AGAINST,
        _ => Style::new(),
    };
    let task = match task {
        "kind" => String::new(),
        // It stands for the name: a page is to be read at 80 columns.
        "stance" if !furniture => format!("{} ", bar(probability)),
        _ => format!("{} ", printable(task)),
    };
    format!("{style}{task}{} {probability:.2}{style:#}", printable(label))
}

/// A probability as a length: four cells, in eighths.
fn bar(probability: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (32.0 * probability).round() as usize;
    let (full, rest) = (eighths / 8, EIGHTHS[eighths % 8]);
    format!("{:░<4}", "█".repeat(full) + rest)
}

fn write_summary(out: &mut Vec<u8>, summary: &Summary, target: &str) -> io::Result<()> {
    writeln!(out)?;
    let plural = if summary.passages == 1 { "" } else { "s" };
    let kinds: Vec<String> =
        summary.kinds.iter().map(|(kind, count)| format!("{count} {}", printable(kind))).collect();
    let colon = if kinds.is_empty() { "" } else { ": " };
    writeln!(out, "{BOLD}{} passage{plural}{BOLD:#}{colon}{}", summary.passages, kinds.join(", "))?;
    let Some(first) = summary.stances.first() else { return Ok(()) };
    let title = match target {
        "" => "stance".to_owned(),
        target => format!("stance toward {}", printable(target)),
    };
    let width = display_width(&title).max(25);
    write!(out, "{}", padded(&title, width))?;
    for (label, _) in &first.counts {
        write!(out, "  {:>7}", name(label))?;
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
