//! The annotation tools that there are, and how callers read and write their formats.

use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
};

use serde_json::Deserializer;

use super::{
    argilla, doccano,
    draft::{AnnotationSettings, Annotations, Drafts},
    export::Export,
    fasttext, json, label_studio,
    labels::Naming,
    prodigy, spacy,
    tool::Tool,
};
use crate::{
    corpus::{cell::Cell, fields::Fields, table::Corpus},
    error::{Error, Place, Result},
    input::Source,
};

/// All tools, in the order in which help lists them.
static TOOLS: [&dyn Tool; 6] = [
    &label_studio::LabelStudio,
    &doccano::Doccano,
    &prodigy::Prodigy,
    &fasttext::FastText,
    &spacy::Spacy,
    &argilla::Argilla,
];

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

    /// spaCy's training data: a text and its `cats`, each with a score. It is read alone.
    pub const SPACY: Self = Self(&spacy::Spacy);
    /// Argilla's records: `fields` and `responses`, flattened or not. They are read alone.
    pub const ARGILLA: Self = Self(&argilla::Argilla);

    /// All formats.
    pub fn all() -> impl Iterator<Item = Self> {
        TOOLS.into_iter().map(Self)
    }

    /// The format of a text by its content; nothing where it could be something else.
    ///
    /// ```
    /// use standpoint::corpus::AnnotationFormat;
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
            false if json::is_json(text) => Vec::new(),
            false => rows(text),
        };
        Self::all().find(|format| format.0.recognises(text, &objects))
    }

    /// Whether tables are written in it, too.
    pub fn is_written(self) -> bool {
        self.0.is_written()
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

/// The first rows of a table, if the text is one, with the delimiter that its first line has most of.
fn rows(text: &str) -> Vec<Fields> {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let Ok(columns) = reader.headers().cloned() else { return Vec::new() };
    let row = |row: csv::StringRecord| -> Fields {
        columns.iter().map(str::to_owned).zip(row.iter().map(Cell::from)).collect()
    };
    reader.records().map_while(std::result::Result::ok).take(LOOKED_AT).map(row).collect()
}

impl Annotations {
    /// Reads an export.
    ///
    /// ```
    /// use standpoint::{corpus::{AnnotationFormat, AnnotationSettings, Annotations}, input::Source};
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
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names the first place that is not in the format,
    /// or says that no field holds the texts.
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

/// A table on its way to an annotation tool: checked, and not yet written. Gold labels become
/// annotations, predictions what the tool shows before anybody has annotated; all other columns go
/// along, where the tool has a place for them.
///
/// ```
/// use standpoint::{Corpus, ReadSettings, corpus::AnnotationFormat, input::Source};
/// let csv = "text,kind,stance\nPermits handed in,news,none\nShame on them,comment,\n";
/// let table = Corpus::read_labels(&Source::from_bytes("a.csv", csv.into())?, &ReadSettings::default())?;
/// let tasks = ["kind".to_owned(), "stance".to_owned()];
/// let mut lines = Vec::new();
/// table.annotations(AnnotationFormat::FASTTEXT, &tasks, "")?.write(&mut lines).unwrap();
/// let expected = "__label__kind=news __label__stance=none Permits handed in\n\
///                 __label__kind=comment Shame on them\n";
/// assert_eq!(String::from_utf8(lines).unwrap(), expected);
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct AnnotationExport {
    export: Export,
    format: AnnotationFormat,
    notes: Vec<String>,
}

impl Corpus {
    /// The table as the tool imports it: with the gold labels in the columns `tasks`, and the predictions
    /// in `pred_<task>` and `p_<task>_<label>` as those of `model_version`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names what the format cannot hold, a column of
    /// probabilities that is none, or a task of which there is no column.
    pub fn annotations(
        mut self,
        format: AnnotationFormat,
        tasks: &[String],
        model_version: &str,
    ) -> Result<AnnotationExport> {
        // The tools call it so.
        self.name_text();
        let export = Export::new(self, tasks, model_version, format.0.separator())?;
        let mut export = AnnotationExport { export, format, notes: Vec::new() };
        export.check()?;
        Ok(export)
    }
}

impl AnnotationExport {
    /// Sentences about what the format does not hold of the table.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Writes it, a task, or a line, for each row. In Label Studio's JSON rows that differ in annotator
    /// and labels alone are one task.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.format.0.write(&self.export, out)
    }

    /// Label Studio's labelling interface for these tasks, as XML: a choice among the labels of each.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the table has no label of a task,
    /// or there is no task.
    pub fn label_studio_config(&self) -> Result<String> {
        let lacking = self.export.tasks.iter().find(|task| task.labels.is_empty());
        if let (Some(_), _) | (None, true) = (lacking, self.export.tasks.is_empty()) {
            let of = lacking.map_or_else(String::new, |task| format!(" of {}", task.name));
            return Err(Error::undecidable(
                format!("{}: no label{of} is known", self.export.file()),
                "predict the passages first, or label some",
            ));
        }
        let names =
            self.export.tasks.iter().flat_map(|task| task.labels.iter().chain([&task.name]));
        if let Some(name) = names.into_iter().find(|name| !label_studio::is_xml(name)) {
            let problem = format!("{name:?} has a character that XML cannot hold");
            return Err(Error::input(Place::file(self.export.file()), problem, "rename it"));
        }
        Ok(label_studio::config(&self.export.tasks))
    }

    /// That the format can hold the table, and what will be missing.
    fn check(&mut self) -> Result<()> {
        let file = self.export.file();
        if !self.format.is_written() {
            let problem = format!("the format of {} is read and not written", self.format.title());
            return Err(Error::input(Place::file("format"), problem, "choose another to write"));
        }
        if let (false, Naming::Prefixed(separator)) =
            (self.format.0.has_lists_by_task(), &self.export.naming)
            && let Some(task) = self.export.tasks.iter().find(|task| task.name.contains(*separator))
        {
            let problem = format!(
                "the column {:?} has a {separator:?} in its name, which is between a task and its \
                 label in {}'s format",
                task.name,
                self.format.title()
            );
            return Err(Error::input(Place::line(file, 1), problem, "rename it"));
        }
        self.notes = self.format.0.check(&self.export)?;
        Ok(())
    }
}
