//! Annotations in the shapes of the tools that people annotate with, to and from our table.

mod doccano;
mod draft;
mod export;
mod fasttext;
mod label_studio;
mod labels;
mod prodigy;

use std::collections::BTreeMap;

use serde_json::{Deserializer, Value};

pub use export::AnnotationExport;

use self::draft::Drafts;
use super::{
    row::{Row, cell_text},
    table::Corpus,
};
use crate::{
    error::{Error, Place, Result},
    input::Source,
};

/// The column that says whose labels a row has.
const ANNOTATOR: &str = "annotator";

/// The shape in which a tool exports and imports annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnnotationFormat {
    /// Label Studio's JSON: tasks with `data`, `annotations` and `predictions`, whose results of type
    /// `choices` are labels of the task that is their `from_name`.
    LabelStudio,
    /// doccano's JSON lines for the classification of documents: `text` and a list of labels,
    /// `task:label` where there are several tasks.
    Doccano,
    /// Prodigy's JSON lines: `label` with `answer`, or `options` with `accept`.
    Prodigy,
    /// fastText's lines: `__label__news`, or `__label__kind=news` where there are several tasks, and
    /// then the text.
    FastText,
}

impl AnnotationFormat {
    /// The format that a file has by its content; nothing where that could be something else.
    ///
    /// ```
    /// use standpoint::AnnotationFormat;
    /// let of = AnnotationFormat::of_text;
    /// assert_eq!(of("__label__news Permits handed in"), Some(AnnotationFormat::FastText));
    /// assert_eq!(of(r#"{"text": "Share", "label": ["ad"]}"#), Some(AnnotationFormat::Doccano));
    /// assert_eq!(of(r#"{"text": "Share", "label": "ad"}"#), None); // a table of ours has this, too
    /// ```
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim_start();
        if text.starts_with(fasttext::PREFIX) {
            return Some(Self::FastText);
        }
        let objects = text.strip_prefix('[').unwrap_or(text);
        if !objects.trim_start().starts_with('{') {
            return None;
        }
        // In a list a comma ends the first object, and nothing is read behind it.
        let objects = Deserializer::from_str(objects).into_iter::<Value>();
        objects.map_while(std::result::Result::ok).take(LOOKED_AT).find_map(|object| {
            if label_studio::is(&object) {
                Some(Self::LabelStudio)
            } else if prodigy::is(&object) {
                Some(Self::Prodigy)
            } else {
                doccano::is(&object).then_some(Self::Doccano)
            }
        })
    }

    /// What the tool calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::LabelStudio => "Label Studio",
            Self::Doccano => "doccano",
            Self::Prodigy => "Prodigy",
            Self::FastText => "fastText",
        }
    }
}

/// Lines that are looked at to recognise a format: the first may be without labels.
const LOOKED_AT: usize = 100;

/// What is to be read of annotations.
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
    /// let read = Annotations::read(&source, AnnotationFormat::LabelStudio, &settings)?;
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
        match format {
            AnnotationFormat::LabelStudio => label_studio::read(source, &mut drafts)?,
            AnnotationFormat::Doccano => doccano::read(source, &mut drafts)?,
            AnnotationFormat::Prodigy => prodigy::read(source, &mut drafts)?,
            AnnotationFormat::FastText => fasttext::read(source, &mut drafts)?,
        }
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

/// The objects of JSON lines, each with the line in which it begins; of a list, if the text is one.
fn objects(source: &Source) -> impl Iterator<Item = Result<(u64, Value)>> + '_ {
    let mut stream = Deserializer::from_str(source.text()).into_iter::<Value>();
    let (mut line, mut counted) = (1, 0);
    let wrong = |error: &serde_json::Error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        let place = Place::column(source.name(), error.line() as u64, error.column() as u64);
        let help = "export it again as JSON, or JSON lines, in UTF-8";
        Error::input(place, format!("this is not JSON ({message})"), help)
    };
    std::iter::from_fn(move || {
        let before = stream.byte_offset();
        let white = source.text()[before..].len() - source.text()[before..].trim_start().len();
        line += memchr::memchr_iter(b'\n', &source.text().as_bytes()[counted..before + white])
            .count() as u64;
        counted = before + white;
        let found = stream.next()?.map_err(|error| wrong(&error));
        Some(match found {
            // A list is not read bit by bit: its items have no lines.
            Ok(Value::Array(items)) => items.into_iter().map(|item| Ok((0, item))).collect(),
            found => vec![found.map(|value| (line, value))],
        })
    })
    .flatten()
}

/// Text of a value that names something: nothing for null and empty ones.
fn name_of(value: &Value) -> Option<String> {
    let text = cell_text(value);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
