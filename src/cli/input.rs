//! What the commands read: tables and models.

use std::path::{Path, PathBuf};

use standpoint::{
    Blocks, Error, InputFormat, Model, Models, Passages, Place, Result, Source, Table, Unit,
};

use super::{
    args::{self, InputArgs},
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

/// Endings of files that are neither the text of a page nor a table that is read.
const NOT_TEXT: [&str; 9] = ["json", "tsv", "xlsx", "parquet", "pdf", "docx", "gz", "zst", "xz"];

impl InputArgs {
    /// Opens and reads one input.
    pub fn table_of(&self, path: &Path) -> Result<Table> {
        let source = match self.format(&path.display().to_string())? {
            InputFormat::Html => Source::open_html(path)?,
            _ => Source::open(path)?,
        };
        note_encoding(source.name(), source.encoding());
        self.table(&source)
    }

    /// Reads one input.
    pub fn table(&self, source: &Source) -> Result<Table> {
        Table::read(source, self.format(source.name())?, self.unit(), self.max_passage)
    }

    /// Reads all inputs block by block.
    pub fn blocks(&self, paths: &[PathBuf]) -> Result<Blocks> {
        let with_format =
            |path: &PathBuf| Ok((path.clone(), self.format(&path.display().to_string())?));
        let inputs: Vec<_> = paths.iter().map(with_format).collect::<Result<_>>()?;
        Blocks::open(&inputs, self.unit(), self.max_passage)
    }

    /// What the input of this name holds.
    fn format(&self, name: &str) -> Result<InputFormat> {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if self.from.is_none() && NOT_TEXT.contains(&ending.to_lowercase().as_str()) {
            return Err(Error::Input {
                place: Place::file(name),
                problem: format!("files ending in .{ending} are not read yet"),
                way_out: "convert it to CSV or JSONL, or say what it holds with --from".into(),
            });
        }
        Ok(match self.from {
            Some(args::From::Csv) => InputFormat::Csv,
            Some(args::From::Jsonl) => InputFormat::Jsonl,
            Some(args::From::Text) => InputFormat::Text,
            Some(args::From::Html) => InputFormat::Html,
            None => InputFormat::of_name(name),
        })
    }

    fn unit(&self) -> Unit {
        match self.unit {
            args::Unit::Line => Unit::Line,
            args::Unit::Paragraph => Unit::Paragraph,
            args::Unit::Document => Unit::Document,
        }
    }

    /// Reads all inputs into one table.
    pub fn tables(&self, paths: &[PathBuf]) -> Result<Table> {
        let mut all: Option<Table> = None;
        for path in paths {
            let table = self.table_of(path)?;
            match &mut all {
                Some(all) => all.append(table),
                None => all = Some(table),
            }
        }
        Ok(all.expect("clap asks for at least one input"))
    }

    /// Reads a table of labels or predictions, which need not hold the texts: CSV unless said or
    /// named otherwise.
    pub fn labels(&self, path: &Path) -> Result<Table> {
        self.labels_of(&Source::open(path)?)
    }

    /// As [`InputArgs::labels`], of what is open already.
    pub fn labels_of(&self, source: &Source) -> Result<Table> {
        let format = match self.from {
            Some(args::From::Jsonl) => InputFormat::Jsonl,
            Some(args::From::Csv | args::From::Text | args::From::Html) => InputFormat::Csv,
            None => InputFormat::of_name(source.name()),
        };
        Table::read_labels(source, format)
    }

    /// Reads a table of labelled passages: CSV unless said or named otherwise.
    pub fn labelled(&self, path: &Path) -> Result<(Source, Table)> {
        let source = Source::open(path)?;
        let table = match (self.from, InputFormat::of_name(source.name())) {
            (None, InputFormat::Text) => {
                Table::read(&source, InputFormat::Csv, Unit::Line, self.max_passage)?
            }
            _ => self.table(&source)?,
        };
        Ok((source, table))
    }
}

/// Says in which encoding an input was read, if that was not UTF-8.
pub fn note_encoding(name: &str, encoding: &str) {
    if encoding != "UTF-8" {
        render::note(&format!("{name}: read as {encoding}"));
    }
}

/// The models of that file, or the built-in one.
pub fn models(path: Option<&Path>) -> Result<Models> {
    path.map_or_else(|| Ok(Model::built_in().into()), Models::open)
}

/// The tasks asked for, or those of the usual four that the table has.
pub fn tasks(table: &Table, asked: &[String]) -> Result<Vec<String>> {
    check_columns(table, asked)?;
    if let Some(twice) = asked.iter().enumerate().find(|(i, name)| asked[..*i].contains(name)) {
        return Err(Error::Input {
            place: Place::file("--tasks"),
            problem: format!("{:?} is named twice", twice.1),
            way_out: "name each column once".into(),
        });
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let usual: Vec<String> =
        TASKS.into_iter().filter(|name| table.has_column(name)).map(str::to_owned).collect();
    if usual.is_empty() {
        return Err(Error::Input {
            place: Place::line(table.place(0).file, 1),
            problem: format!("none of the columns is named {}", TASKS.join(", ")),
            way_out: format!("name the label columns with --tasks: {}", table.columns().join(", ")),
        });
    }
    Ok(usual)
}

/// That the table has every column asked for.
pub fn check_columns(table: &Table, names: &[String]) -> Result<()> {
    match names.iter().find(|name| !table.has_column(name)) {
        None => Ok(()),
        Some(name) => Err(Error::Input {
            place: Place::line(table.place(0).file, 1),
            problem: format!("there is no column {name:?}"),
            way_out: format!("its columns are {}", table.columns().join(", ")),
        }),
    }
}
