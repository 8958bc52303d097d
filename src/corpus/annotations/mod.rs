//! Annotations in the shapes of the tools that people annotate with, to and from our table.

mod doccano;
mod draft;
mod export;
mod fasttext;
mod label_studio;
mod labels;
mod prodigy;

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    str::FromStr,
};

use serde_json::Deserializer;

pub use export::AnnotationExport;

use self::draft::Drafts;
use super::{
    cell::{Cell, cell_text},
    fields::Fields,
    row::Row,
    table::Corpus,
};
use crate::{
    error::{Error, Place, Result},
    input::Source,
};

/// The column that says whose labels a row has.
const ANNOTATOR: &str = "annotator";

/// What a tool's format is, how it is read and how it is written.
trait Tool: Sync {
    /// Its name as a setting, in lower case.
    fn name(&self) -> &'static str;

    /// What the tool calls itself.
    fn title(&self) -> &'static str;

    /// What its files hold, for help.
    fn about(&self) -> &'static str;

    /// The character between a task and its label, where labels of several tasks are in one list.
    fn separator(&self) -> char;

    /// Whether each task has a list of labels of its own.
    fn has_lists_by_task(&self) -> bool {
        false
    }

    /// Whether a text is an export of the tool. `objects` are its first JSON objects.
    fn recognises(&self, text: &str, objects: &[Fields]) -> bool;

    /// Reads an export.
    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()>;

    /// That the format can hold the table; and sentences about what it does not hold.
    fn check(&self, export: &AnnotationExport) -> Result<Vec<String>>;

    /// Writes a table.
    fn write(&self, export: &AnnotationExport, out: &mut dyn Write) -> io::Result<()>;
}

/// All tools, in the order in which help lists them.
static TOOLS: [&dyn Tool; 4] =
    [&label_studio::LabelStudio, &doccano::Doccano, &prodigy::Prodigy, &fasttext::FastText];

/// The format in which a tool exports and imports annotations. Shown and parsed by its name, as
/// `label-studio`.
#[derive(Clone, Copy)]
pub struct AnnotationFormat(&'static dyn Tool);

impl AnnotationFormat {
    /// Label Studio's JSON: tasks with `data`, `annotations` and `predictions`, whose results of type
    /// `choices` are labels of the task that is their `from_name`.
    pub const LABEL_STUDIO: Self = Self(&label_studio::LabelStudio);
    /// doccano's JSON lines for the classification of documents: `text` and a list of labels,
    /// `task:label` where there are several tasks.
    pub const DOCCANO: Self = Self(&doccano::Doccano);
    /// Prodigy's JSON lines: `label` with `answer`, or `options` with `accept`.
    pub const PRODIGY: Self = Self(&prodigy::Prodigy);
    /// fastText's lines: `__label__news`, or `__label__kind=news` where there are several tasks, and
    /// then the text.
    pub const FASTTEXT: Self = Self(&fasttext::FastText);

    /// All formats.
    pub fn all() -> impl Iterator<Item = Self> {
        TOOLS.into_iter().map(Self)
    }

    /// The format of a text by its content; nothing where it could be something else.
    ///
    /// ```
    /// use standpoint::AnnotationFormat;
    /// let of = AnnotationFormat::of_text;
    /// assert_eq!(of("__label__news Permits handed in"), Some(AnnotationFormat::FASTTEXT));
    /// assert_eq!(of(r#"{"text": "Share", "label": ["ad"]}"#), Some(AnnotationFormat::DOCCANO));
    /// assert_eq!(of(r#"{"text": "Share", "label": "ad"}"#), None); // a table of ours has this, too
    /// ```
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let objects = text.strip_prefix('[').unwrap_or(text);
        let objects = match objects.trim_start().starts_with('{') {
            // In a list a comma ends the first object, and nothing is read behind it.
            true => Deserializer::from_str(objects)
                .into_iter::<Fields>()
                .map_while(std::result::Result::ok)
                .take(LOOKED_AT)
                .collect(),
            false => Vec::new(),
        };
        Self::all().find(|format| format.0.recognises(text, &objects))
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.0.name()
    }

    /// What the tool calls itself.
    pub fn title(self) -> &'static str {
        self.0.title()
    }

    /// What its files hold, in a few words.
    pub fn about(self) -> &'static str {
        self.0.about()
    }
}

impl fmt::Display for AnnotationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AnnotationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for AnnotationFormat {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for AnnotationFormat {}

impl FromStr for AnnotationFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::all().find(|format| format.as_str() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::as_str).collect();
            let help = format!("choose one of {}", names.join(", "));
            Error::input(Place::file("format"), format!("{name:?} is none"), help)
        })
    }
}

/// Lines that are looked at to recognise a format: the first may be without labels.
const LOOKED_AT: usize = 100;

/// How annotations are read.
#[derive(Debug, Clone, Default)]
pub struct AnnotationSettings {
    /// The tasks; all if there are none. Where labels have no task's name before them, the first
    /// is theirs, by default `label`.
    pub tasks: Vec<String>,
    /// The field with the texts: by default `text`, else the only field of strings.
    pub text: Option<String>,
    /// Who annotated all that does not say so itself.
    pub annotator: Option<String>,
}

/// Annotations that were read, as a table.
#[derive(Debug, Clone)]
pub struct Annotations {
    /// A row for each text and annotator, in order: the tool's other fields, `annotator`, and a column
    /// for each task. What nobody labelled has empty cells; a cell with several labels is a JSON list.
    /// Where there is no `page`, each text is one, known by the tool's number for it.
    pub table: Corpus,
    /// What is not in the table, by kind, and how often it was there.
    pub left_out: Vec<(String, usize)>,
    /// Sentences about what has another name in the table than in the file.
    pub notes: Vec<String>,
}

impl Annotations {
    /// Reads an export.
    ///
    /// ```
    /// use standpoint::{AnnotationFormat, AnnotationSettings, Annotations, Source};
    /// let json = r#"[{"id": 7, "data": {"text": "Permits handed in"}, "annotations": [
    ///     {"completed_by": 1, "was_cancelled": true, "result": []},
    ///     {"completed_by": 2, "was_cancelled": false, "result": [{"from_name": "kind",
    ///         "to_name": "text", "type": "choices", "value": {"choices": ["news"]}}]}]}]"#;
    /// let source = Source::from_bytes("export.json", json.into())?;
    /// let settings = AnnotationSettings::default();
    /// let read = Annotations::read(&source, AnnotationFormat::LABEL_STUDIO, &settings)?;
    /// assert_eq!(read.table.columns(), ["page", "seq", "text", "annotator", "kind"]);
    /// assert_eq!(read.table.gold("kind").unwrap().labels, [Some("news".into())]);
    /// assert_eq!(read.left_out, [("cancelled annotations".to_owned(), 1)]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] names the first place that is not in the format, or says that no field
    /// holds the texts.
    pub fn read(
        source: &Source,
        format: AnnotationFormat,
        settings: &AnnotationSettings,
    ) -> Result<Self> {
        let mut drafts = Drafts::new(source.name(), settings);
        format.0.read(source, &mut drafts)?;
        drafts.finish()
    }
}

impl Corpus {
    /// The rows of each annotator, by the column `annotator`, in the order in which they first come
    /// up; rows without one are in none. Nothing if there is no such column.
    ///
    /// # Errors
    /// [`Error::Undecidable`] if the column is empty.
    pub fn by_annotator(&self) -> Result<Option<Vec<(String, Self)>>> {
        let Some(names) = self.values(ANNOTATOR) else { return Ok(None) };
        let mut numbers = BTreeMap::new();
        let mut parts: Vec<(String, Vec<Row>)> = Vec::new();
        for (name, row) in names.iter().zip(self.rows.iter()) {
            let Some(name) = name else { continue };
            let number = *numbers.entry(name).or_insert(parts.len());
            if number == parts.len() {
                parts.push((name.to_string(), Vec::new()));
            }
            parts[number].1.push(row.clone());
        }
        if parts.is_empty() {
            return Err(Error::undecidable(
                format!("{}: the column {ANNOTATOR} is empty", self.place(0).file),
                "say there whose label each is",
            ));
        }
        let table = |(name, rows)| (name, Self::block(self.columns.clone(), rows));
        Ok(Some(parts.into_iter().map(table).collect()))
    }
}

/// The values of JSON lines, each with the line in which it begins; of a list, if the text is one.
fn values(source: &Source) -> impl Iterator<Item = Result<(u64, Cell)>> + '_ {
    let mut stream = Deserializer::from_str(source.text()).into_iter::<Cell>();
    let (mut line, mut counted) = (1, 0);
    std::iter::from_fn(move || {
        let before = stream.byte_offset();
        let white = source.text()[before..].len() - source.text()[before..].trim_start().len();
        line += memchr::memchr_iter(b'\n', &source.text().as_bytes()[counted..before + white])
            .count() as u64;
        counted = before + white;
        let found = stream.next()?.map_err(|error| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            let place = match error.line() {
                0 => Place::line(source.name(), line),
                line => Place::column(source.name(), line as u64, error.column() as u64),
            };
            let help = "export it again as JSON, or JSON lines, in UTF-8";
            Error::input(place, format!("this is not JSON ({message})"), help)
        });
        Some(match found.map(|cell| (cell.as_list(), cell)) {
            // A list is not read bit by bit: its items have no lines.
            Ok((Some(items), _)) => items.into_iter().map(|item| Ok((0, item))).collect(),
            Ok((None, cell)) => vec![Ok((line, cell))],
            Err(error) => vec![Err(error)],
        })
    })
    .flatten()
}

/// Text of a value that names something: nothing for null and empty ones.
fn name_of(value: &Cell) -> Option<String> {
    let text = cell_text(value);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
