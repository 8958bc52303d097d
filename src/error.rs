//! The one error of the library.

use std::{borrow::Cow, fmt, io, path::PathBuf};

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in the input something is wrong. Shown as `file`, `file:line` or `file:line:column`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file's name as the caller gave it; `<stdin>` for standard input.
    pub file: String,
    /// Line, counted from 1.
    pub line: Option<u64>,
    /// For text: byte in the line; for tables: field in the row. Counted from 1.
    pub column: Option<u64>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }

    /// One line of a file, counted from 1.
    pub fn line(file: impl Into<String>, line: u64) -> Self {
        Self { file: file.into(), line: Some(line), column: None }
    }

    /// A column (text: byte, table: field) of a line, both counted from 1.
    pub fn column(file: impl Into<String>, line: u64, column: u64) -> Self {
        Self { file: file.into(), line: Some(line), column: Some(column) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        Ok(())
    }
}

/// What an error means to a caller that must decide what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The input or a setting is wrong: mend it and try again (exit code 2).
    Input,
    /// Input and model are well-formed, but do not allow an answer (exit code 3).
    Undecidable,
    /// The operating system refused to read or write (exit code 4).
    Io,
}

/// The library's one error: what went wrong ([`kind`](Self::kind)), where ([`place`](Self::place)), and
/// what to do about it ([`help`](Self::help)). It is one pointer wide. Shown, it is one sentence.
///
/// `help` names settings in backticks, by their names in the library (`` `max_page` ``); a program with
/// flags of its own can put those in their place.
///
/// ```
/// use standpoint::{Error, ErrorClass, Place};
/// let error = Error::input(Place::line("a.csv", 3), "the label is empty", "fill it in");
/// assert_eq!(error.to_string(), "a.csv:3: the label is empty; fill it in");
/// assert_eq!(error.help().as_deref(), Some("fill it in"));
/// assert_eq!(error.place().unwrap().line, Some(3));
/// assert_eq!(error.class(), ErrorClass::Input);
/// ```
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Reading or writing failed; the system's answer is the error's source.
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The input is not what it should be.
    Input {
        /// Where.
        place: Place,
        /// What was found.
        problem: String,
        /// What to do about it.
        help: String,
    },
    /// A page that cannot be read as one, as others beside it can: nothing on it is visible, it is too
    /// large or nested too deep, or it is no page at all. Where several are read, it is left out.
    Page {
        /// Where.
        place: Place,
        /// What was found.
        problem: String,
        /// What to do about it.
        help: String,
    },
    /// There is nothing in the input but white space.
    Empty {
        /// The file's name as the caller gave it; `<stdin>` for standard input.
        name: String,
    },
    /// A passage is longer than the limit.
    PassageTooLong {
        /// Where.
        place: Place,
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A setting is out of its range.
    Setting {
        /// The setting's name.
        name: &'static str,
        /// The value given.
        found: String,
        /// The range.
        expected: &'static str,
    },
    /// A gold label that the model does not have.
    UnknownLabel {
        /// Where.
        place: Place,
        /// The task.
        task: String,
        /// The label found.
        found: String,
        /// The labels that the model has.
        known: Vec<String>,
        /// The known label that is spelt most alike.
        nearest: Option<String>,
    },
    /// A task that cannot be learnt since all its passages have one label.
    SingleLabel {
        /// The task.
        task: String,
        /// Its only label.
        label: String,
    },
    /// The file is no standpoint model.
    NotAModel {
        /// The file, as the caller named it.
        path: String,
        /// What gave it away.
        why: String,
    },
    /// The model was written in a format of a later version.
    NewerFormat {
        /// The file, as the caller named it.
        path: String,
        /// Its format.
        found: u64,
        /// The newest format that this version reads.
        newest: u64,
    },
    /// The model's bytes are not those that were saved.
    DamagedModel {
        /// The file, as the caller named it.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Model and data do not fit together, or there are too few cases to answer.
    Undecidable {
        /// What does not match.
        problem: String,
        /// What to do about it.
        help: String,
    },
    /// An error that concerns one of several targets.
    OfTarget {
        /// The target.
        target: String,
        /// The error.
        error: Error,
    },
    /// linfa refused a fit. Training falls back on the project's own solver, so only callers of
    /// linfa's traits see this.
    Linfa(String),
}

impl ErrorKind {
    fn place(&self) -> Option<&Place> {
        match self {
            Self::Input { place, .. }
            | Self::Page { place, .. }
            | Self::PassageTooLong { place, .. }
            | Self::UnknownLabel { place, .. } => Some(place),
            Self::OfTarget { error, .. } => error.place(),
            _ => None,
        }
    }

    /// What was found, without place and help.
    fn problem(&self) -> Cow<'_, str> {
        match self {
            Self::Input { problem, .. }
            | Self::Page { problem, .. }
            | Self::Undecidable { problem, .. } => problem.into(),
            Self::Io { action, path, .. } => format!("cannot {action} {}", path.display()).into(),
            Self::Empty { name } => format!("{name}: the file is empty").into(),
            Self::PassageTooLong { bytes, limit, .. } => {
                format!("the passage is {bytes} bytes long, the limit is {limit}").into()
            }
            Self::Setting { name, found, .. } => format!("{name} is {found}").into(),
            Self::UnknownLabel { task, found, nearest, .. } => {
                let hint = nearest.as_ref().map(|nearest| format!(" (did you mean {nearest:?}?)"));
                format!("unknown {task} label {found:?}{}", hint.unwrap_or_default()).into()
            }
            Self::SingleLabel { task, label } => {
                format!("every labelled passage has the same {task} label, {label:?}").into()
            }
            Self::NotAModel { path, why } => {
                format!("{path} is not a standpoint model ({why})").into()
            }
            Self::NewerFormat { path, found, newest } => format!(
                "{path} is a model of format {found}, this version reads formats up to {newest}"
            )
            .into(),
            Self::DamagedModel { path, why } => format!("{path} is damaged ({why})").into(),
            Self::OfTarget { error, .. } => error.kind().problem(),
            Self::Linfa(why) => format!("linfa: {why}").into(),
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Input { help, .. } | Self::Page { help, .. } | Self::Undecidable { help, .. } => {
                help.into()
            }
            Self::Io { .. } | Self::Linfa(_) => return None,
            Self::Empty { .. } => "give a page with at least one line of text".into(),
            Self::PassageTooLong { .. } => {
                "split it into paragraphs, or raise `max_passage`".into()
            }
            Self::Setting { expected, .. } => format!("it must be {expected}").into(),
            Self::UnknownLabel { known, .. } => {
                format!("correct it or empty the cell: the model knows {}", known.join(", ")).into()
            }
            Self::SingleLabel { .. } => {
                "a task needs at least two labels: add passages, or leave the task out".into()
            }
            Self::NotAModel { .. } => "train one".into(),
            Self::NewerFormat { .. } => {
                "update standpoint, or train the model again with this version".into()
            }
            Self::DamagedModel { .. } => "copy it anew, or train it again".into(),
            Self::OfTarget { error, .. } => return error.help(),
        })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::OfTarget { target, error } = self {
            return write!(f, "target {target:?}: {error}");
        }
        if let Some(place) = self.place() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.problem())?;
        self.help().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<linfa::Error> for Error {
    fn from(error: linfa::Error) -> Self {
        ErrorKind::Linfa(error.to_string()).into()
    }
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// What went wrong, by value.
    pub fn into_kind(self) -> ErrorKind {
        *self.0
    }

    /// Where in the input, if the error is about a place.
    pub fn place(&self) -> Option<&Place> {
        self.kind().place()
    }

    /// What to do about it, where that can be told: a clause without a full stop.
    pub fn help(&self) -> Option<Cow<'_, str>> {
        self.kind().help()
    }

    /// What the error means for the caller; the command line's exit codes follow it.
    pub fn class(&self) -> ErrorClass {
        match self.kind() {
            ErrorKind::Io { .. } => ErrorClass::Io,
            ErrorKind::Undecidable { .. } => ErrorClass::Undecidable,
            ErrorKind::OfTarget { error, .. } => error.class(),
            _ => ErrorClass::Input,
        }
    }

    /// The input is not what it should be.
    pub fn input(place: Place, problem: impl Into<String>, help: impl Into<String>) -> Self {
        ErrorKind::Input { place, problem: problem.into(), help: help.into() }.into()
    }

    /// A page cannot be read, as others beside it can.
    pub(crate) fn page(place: Place, problem: impl Into<String>, help: impl Into<String>) -> Self {
        ErrorKind::Page { place, problem: problem.into(), help: help.into() }.into()
    }

    /// Whether it is of one page alone, so that others beside it are read.
    pub(crate) fn is_of_page(&self) -> bool {
        matches!(self.kind(), ErrorKind::Page { .. } | ErrorKind::Empty { .. })
    }

    /// The input and the model are well-formed, but do not allow an answer.
    pub fn undecidable(problem: impl Into<String>, help: impl Into<String>) -> Self {
        ErrorKind::Undecidable { problem: problem.into(), help: help.into() }.into()
    }

    /// A setting is out of its range.
    pub fn setting(name: &'static str, found: impl Into<String>, expected: &'static str) -> Self {
        ErrorKind::Setting { name, found: found.into(), expected }.into()
    }

    /// Reading or writing `path` failed.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| ErrorKind::Io { action, path, source }.into()
    }

    /// The same, about one of several targets.
    pub(crate) fn of_target(self, target: &str) -> Self {
        ErrorKind::OfTarget { target: target.to_owned(), error: self }.into()
    }

    /// An unknown gold label, with the known label that is spelt most alike.
    ///
    /// ```
    /// use standpoint::{Error, Place};
    /// let known = ["favor".to_string(), "against".to_string()];
    /// let error = Error::unknown_label(Place::line("a.csv", 2), "stance", "favour", &known);
    /// assert!(error.to_string().starts_with(r#"a.csv:2: unknown stance label "favour" (did you mean "favor"?)"#));
    /// ```
    pub fn unknown_label(place: Place, task: &str, found: &str, known: &[String]) -> Self {
        ErrorKind::UnknownLabel {
            place,
            task: task.to_owned(),
            found: found.to_owned(),
            known: known.to_vec(),
            nearest: nearest(found, known.iter().map(String::as_str)).map(str::to_owned),
        }
        .into()
    }

    /// Where a row is wrong, and what is: the message without its place and its help.
    pub(crate) fn place_and_problem(&self) -> (Place, String) {
        match self.kind() {
            ErrorKind::Empty { name } => (Place::file(name), "the file is empty".to_owned()),
            ErrorKind::Io { action, path, source } => {
                (Place::file(path.display().to_string()), format!("cannot {action} it: {source}"))
            }
            kind => (kind.place().cloned().unwrap_or_default(), kind.problem().into_owned()),
        }
    }

    /// What went wrong in reading: an error of ours that a reader passed on, or the system's.
    pub(crate) fn reading(name: &str, error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::io("read", name)(error),
        }
    }
}

/// The known name that is spelt most like `found`, if any is near enough to be meant.
pub(crate) fn nearest<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let found = found.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&found, name), name))
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_place_problem_and_help_whatever_the_labels_are() {
        let place = Place::line("a.csv", 2);
        let error = Error::unknown_label(place.clone(), "kind", "z", &["x; y".to_owned()]);
        assert_eq!(
            error.help().as_deref(),
            Some("correct it or empty the cell: the model knows x; y")
        );
        let (of, problem) = error.place_and_problem();
        assert_eq!(of, place);
        let help = error.help().unwrap_or_default();
        assert_eq!(error.to_string(), format!("{of}: {problem}; {help}"));
    }
}
