//! Workflow commands of GitHub Actions, which it shows as annotations of lines.

use std::{
    fmt::{self, Display},
    io::{self, Write},
};

use standpoint::Place;

/// GitHub shows so many annotations of each level for a step, and drops the rest unsaid.
pub const MOST: usize = 10;

/// The library's name of standard input, which is no file that GitHub could show.
const STDIN: &str = "<stdin>";

/// How bad it is.
#[derive(Clone, Copy)]
pub enum Level {
    Error,
    Warning,
    Notice,
}

/// What is said of a line, or of no line.
pub struct Annotation {
    pub level: Level,
    pub place: Option<Place>,
    pub title: String,
    pub message: String,
}

/// Writes annotations: of each level as many as are shown, the last one saying how many more
/// there would have been.
pub fn write(out: &mut Vec<u8>, annotations: &[Annotation]) -> io::Result<()> {
    for wanted in ["error", "warning", "notice"] {
        let all: Vec<&Annotation> =
            annotations.iter().filter(|annotation| annotation.level.name() == wanted).collect();
        let shown = if all.len() > MOST { MOST - 1 } else { all.len() };
        for Annotation { place, title, message, .. } in &all[..shown] {
            write!(out, "::{wanted} ")?;
            if let Some(Place { file, line, .. }) = place.as_ref().filter(|p| p.file != STDIN) {
                write!(out, "file={},", property(file))?;
                if let Some(line) = line {
                    write!(out, "line={line},")?;
                }
            }
            writeln!(out, "title={}::{}", property(title), data(message))?;
        }
        if shown < all.len() {
            let more = all.len() - shown;
            writeln!(out, "::{wanted} title=standpoint::{more} more: see the other formats")?;
        }
    }
    Ok(())
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// A message, by the rules of actions/toolkit (`escapeData`).
fn data(text: &str) -> impl Display + '_ {
    escaped(text, "%\r\n")
}

/// A property, by the rules of actions/toolkit (`escapeProperty`).
fn property(text: &str) -> impl Display + '_ {
    escaped(text, "%\r\n:,")
}

fn escaped<'a>(text: &'a str, special: &'a str) -> impl Display + 'a {
    fmt::from_fn(move |f| {
        text.chars().try_for_each(|c| match c {
            c if special.contains(c) => write!(f, "%{:02X}", u32::from(c)),
            c => write!(f, "{c}"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_the_toolkit() {
        // packages/core/__tests__/core.test.ts: the only special characters, and no other.
        assert_eq!(
            data("%25 %0D %0A %3A %2C\r\n:,").to_string(),
            "%2525 %250D %250A %253A %252C%0D%0A:,"
        );
        assert_eq!(property("a:b,c\r\n%").to_string(), "a%3Ab%2Cc%0D%0A%25");
        assert_eq!(data("naïve; \"x\"=1 ::").to_string(), "naïve; \"x\"=1 ::");
    }
}
