//! What the commands read: tables and models.

use std::path::{Path, PathBuf};

use standpoint::{
    Blocks, Compression, Corpus, Error, InputFormat, Model, OnError, OutputFormat, Passages, Place,
    ReadSettings, Rejects, Result, TargetModel, Unit,
};

use super::{
    args::{self, ErrorArgs, InputArgs, OnErrorArg},
    render,
};

/// Says how many passages are empty: they are labelled like all others, for rows out = rows in.
pub fn warn_of_empty(passages: &Passages<'_>) {
    warn_of_n_empty(n_empty(passages));
}

/// Passages without text.
pub fn n_empty(passages: &Passages<'_>) -> usize {
    passages.texts().iter().filter(|text| text.trim().is_empty()).count()
}

/// As [`warn_of_empty`], of so many.
pub fn warn_of_n_empty(n: usize) {
    if n > 0 {
        let (s, have) = if n == 1 { ("", "has") } else { ("s", "have") };
        render::warn(&format!("{n} passage{s} {have} no text; their labels mean nothing"));
    }
}

/// The tasks that `train` looks for by default.
pub const TASKS: [&str; 4] = ["kind", "stance", "voice", "sentiment"];

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

/// The models of that file, or the built-in one.
pub fn models(path: Option<&Path>) -> Result<Model> {
    path.map_or_else(|| Ok(TargetModel::built_in().into()), Model::open)
}

/// The tasks asked for, or those of the usual four that the table has.
pub fn tasks(table: &Corpus, asked: &[String]) -> Result<Vec<String>> {
    check_columns(table, asked)?;
    if let Some(twice) = asked.iter().enumerate().find(|(i, name)| asked[..*i].contains(name)) {
        return Err(Error::input(
            Place::file("--tasks"),
            format!("{:?} is named twice", twice.1),
            "name each column once",
        ));
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let usual: Vec<String> =
        TASKS.into_iter().filter(|name| table.has_column(name)).map(str::to_owned).collect();
    if usual.is_empty() {
        return Err(Error::input(
            Place::line(table.place(0).file, 1),
            format!("none of the columns is named {}", TASKS.join(", ")),
            format!("name the label columns with --tasks: {}", table.columns().join(", ")),
        ));
    }
    Ok(usual)
}

/// That the table has every column asked for.
pub fn check_columns(table: &Corpus, names: &[String]) -> Result<()> {
    match names.iter().find(|name| !table.has_column(name)) {
        None => Ok(()),
        Some(name) => Err(Error::input(
            Place::line(table.place(0).file, 1),
            format!("there is no column {name:?}"),
            format!("its columns are {}", table.columns().join(", ")),
        )),
    }
}
