//! What the commands read: tables and models.

use std::path::{Path, PathBuf};

use standpoint::{
    Blocks, Compression, Corpus, Error, InputFormat, Model, OnError, OutputFormat, Place,
    Predictor, ReadSettings, Rejects, Result, Unit,
    model::{PredictSettings, empty_notice},
    study::AnswerSource,
};

use super::{
    args::{self, ErrorArgs, InputArgs, ModelArg, OnErrorArg},
    render,
};

/// Warns of passages without text.
pub fn warn_of_empty(corpus: &Corpus) {
    empty_notice(corpus.empty_texts()).iter().for_each(|notice| render::warn(notice));
}

/// Endings of files that are neither the text of a page nor a table that is read, and the way out.
const NOT_READ: [(&str, &str); 8] = [
    ("xlsx", "save the sheet as CSV (UTF-8)"),
    ("xls", "save the sheet as CSV (UTF-8)"),
    ("ods", "save the sheet as CSV (UTF-8)"),
    ("pdf", "save its text, a paragraph a line (pdftotext), as .txt"),
    ("docx", "save it as text, a paragraph a line, as .txt"),
    ("doc", "save it as text, a paragraph a line, as .txt"),
    ("zip", "unpack it, and name the folder"),
    ("tar", "unpack it, and name the folder"),
];

impl InputArgs {
    /// How inputs are read.
    pub fn settings(&self, on_error: OnError) -> ReadSettings {
        ReadSettings {
            format: self.from.map(|from| match from {
                args::From::Csv => InputFormat::Csv,
                args::From::Tsv => InputFormat::Tsv,
                args::From::Jsonl => InputFormat::Jsonl,
                args::From::Json => InputFormat::Json,
                args::From::Text => InputFormat::Text,
                args::From::Html => InputFormat::Html,
                args::From::Parquet => InputFormat::Parquet,
                args::From::Arrow => InputFormat::Arrow,
                args::From::Warc => InputFormat::Warc,
            }),
            unit: match self.unit {
                args::Unit::Line => Unit::Line,
                args::Unit::Paragraph => Unit::Paragraph,
                args::Unit::Document => Unit::Document,
            },
            max_passage: self.max_passage,
            max_page: self.max_page,
            delimiter: self.delimiter,
            encoding: self.encoding,
            on_error,
            ..ReadSettings::default()
        }
    }

    /// Opens and reads one input.
    pub fn table_of(&self, path: &Path) -> Result<Corpus> {
        table_of(path, &self.settings(OnError::Stop))
    }

    /// Reads all inputs block by block.
    pub fn blocks(&self, paths: &[PathBuf], on_error: OnError) -> Result<Blocks> {
        let settings = self.settings(on_error);
        paths.iter().try_for_each(|path| check_ending(path, &settings))?;
        Blocks::open(paths, &settings)
    }

    /// Reads all inputs into one table.
    pub fn tables(&self, paths: &[PathBuf], on_error: &OnError) -> Result<Corpus> {
        let mut all: Option<Corpus> = None;
        for path in paths {
            let table = table_of(path, &self.settings(on_error.clone()))?;
            match &mut all {
                Some(all) => all.append(table),
                None => all = Some(table),
            }
        }
        Ok(all.expect("clap asks for at least one input"))
    }

    /// Reads a table of labels or predictions, which need not hold the texts: CSV unless said or
    /// named otherwise.
    pub fn labels(&self, path: &Path) -> Result<Corpus> {
        let settings = table_settings(path, self.settings(OnError::Stop));
        Ok(noted(Corpus::open_labels(path, &settings)?))
    }

    /// Reads a table of labelled passages: CSV unless said or named otherwise.
    pub fn labelled(&self, path: &Path, on_error: OnError) -> Result<Corpus> {
        let settings = self.settings(on_error);
        let settings = if self.from.is_none() { table_settings(path, settings) } else { settings };
        table_of(path, &settings)
    }
}

/// Reads a table of labels, CSV unless it is named otherwise.
pub fn labels(path: &Path) -> Result<Corpus> {
    Ok(noted(Corpus::open_labels(path, &table_settings(path, ReadSettings::default()))?))
}

/// Reads one input.
pub fn table_of(path: &Path, settings: &ReadSettings) -> Result<Corpus> {
    check_ending(path, settings)?;
    Ok(noted(Corpus::open(path, settings)?))
}

/// Settings for what is a table, whatever its name.
fn table_settings(path: &Path, settings: ReadSettings) -> ReadSettings {
    match settings.format_of(&path.display().to_string()) {
        InputFormat::Text | InputFormat::Html => {
            ReadSettings { format: Some(InputFormat::Csv), ..settings }
        }
        _ => settings,
    }
}

/// That a table can be written so, before the work begins.
pub fn check_output(format: OutputFormat, path: Option<&Path>) -> Result<()> {
    format.check(&path.map_or_else(|| "--format parquet".into(), |path| path.display().to_string()))
}

/// Settings for what is read whole and as it is, by other readers than those of tables.
pub fn whole() -> ReadSettings {
    ReadSettings { max_page: usize::MAX, ..ReadSettings::of(InputFormat::Text) }
}

/// Refuses what would be taken for text and is none.
fn check_ending(path: &Path, settings: &ReadSettings) -> Result<()> {
    let name = path.display().to_string();
    let (_, inner) = Compression::of_name(&name);
    let ending = inner.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_lowercase());
    match NOT_READ.iter().find(|(known, _)| *known == ending) {
        Some((_, help)) if settings.format.is_none() => Err(Error::input(
            Place::file(&name),
            format!("files ending in .{ending} are not read"),
            format!("{help}, or say what it holds with --from"),
        )),
        _ => Ok(()),
    }
}

/// Says how a table was read, where that is not as usual.
fn noted(table: Corpus) -> Corpus {
    table.notes().iter().for_each(|note| render::note(note));
    table
}

impl ErrorArgs {
    /// What happens at rows that cannot be read. The file of those that are skipped must be none of the
    /// `others` of the run.
    pub fn open(&self, others: &[&Path]) -> Result<OnError> {
        match (self.on_error, &self.rejects) {
            (OnErrorArg::Stop, None) => Ok(OnError::Stop),
            (OnErrorArg::Stop, Some(_)) => Err(Error::input(
                Place::file("--rejects"),
                "no row is skipped",
                "add --on-error skip",
            )),
            (OnErrorArg::Skip, None) => Ok(OnError::Skip(Rejects::default())),
            (OnErrorArg::Skip, Some(path)) if path == Path::new("-") => Err(Error::input(
                Place::file("--rejects"),
                "rows that are skipped do not go to stdout",
                "name a file for them",
            )),
            (OnErrorArg::Skip, Some(path)) => {
                render::refuse_same(path, others)?;
                Ok(OnError::Skip(Rejects::create(path)?))
            }
        }
    }
}

/// Says how many rows were skipped, and gives the file of them its name.
pub fn finish_rejects(on_error: OnError) -> Result<()> {
    let OnError::Skip(rejects) = on_error else { return Ok(()) };
    let (kept, rejected) = (rejects.kept(), rejects.rejected());
    render::note(&format!("read {} rows: {kept} kept, {rejected} rejected", kept + rejected));
    rejects.finish()
}

impl ModelArg {
    /// The model of that file, or the built-in one.
    pub fn open(&self) -> Result<Model> {
        models(self.path.as_deref())
    }

    /// How it predicts.
    pub fn settings(&self) -> PredictSettings {
        let settings = PredictSettings::default();
        match &self.target {
            Some(target) => settings.target(target),
            None => settings,
        }
    }

    /// The model, ready to predict.
    pub fn predictor(&self) -> Result<Predictor> {
        self.open()?.predictor(&self.settings())
    }

    /// The model as a source of predictions.
    pub fn source(&self) -> Result<AnswerSource> {
        Ok(AnswerSource::Model(Box::new(self.predictor()?)))
    }

    /// The model that is asked for; else the predictions in the table; else the built-in model.
    pub fn source_for(&self, corpus: &Corpus) -> Result<AnswerSource> {
        match self.path.is_none() && !corpus.predicted_tasks().is_empty() {
            true => Ok(AnswerSource::Columns),
            false => self.source(),
        }
    }
}

/// The model of that file, or the built-in one.
pub fn models(path: Option<&Path>) -> Result<Model> {
    path.map_or_else(|| Ok(Model::built_in()), Model::open)
}
