//! What the commands read: tables and models.

use std::path::{Path, PathBuf};

use standpoint::{Error, InputFormat, Model, Place, Result, Source, Table, Unit};

use super::args::{self, InputArgs};

/// The tasks that `train` looks for by default.
pub const TASKS: [&str; 4] = ["kind", "stance", "voice", "sentiment"];

impl InputArgs {
    /// Reads one input.
    pub fn table(&self, source: &Source) -> Result<Table> {
        let format = match self.from {
            Some(args::From::Csv) => InputFormat::Csv,
            Some(args::From::Jsonl) => InputFormat::Jsonl,
            Some(args::From::Text) => InputFormat::Text,
            None => InputFormat::of_name(source.name()),
        };
        let unit = match self.unit {
            args::Unit::Line => Unit::Line,
            args::Unit::Paragraph => Unit::Paragraph,
            args::Unit::Document => Unit::Document,
        };
        Table::read(source, format, unit, self.max_passage)
    }

    /// Reads all inputs into one table.
    pub fn tables(&self, paths: &[PathBuf]) -> Result<Table> {
        let mut all: Option<Table> = None;
        for path in paths {
            let table = self.table(&Source::open(path)?)?;
            match &mut all {
                Some(all) => all.append(table),
                None => all = Some(table),
            }
        }
        Ok(all.expect("clap asks for at least one input"))
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

/// The model of that name, or the built-in one.
pub fn model(path: Option<&Path>) -> Result<Model> {
    path.map_or_else(|| Ok(Model::built_in()), Model::open)
}

/// The tasks asked for, or those of the usual four that the table has.
pub fn tasks(table: &Table, asked: &[String]) -> Result<Vec<String>> {
    check_columns(table, asked)?;
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let usual: Vec<String> =
        TASKS.into_iter().filter(|name| table.has_column(name)).map(str::to_owned).collect();
    if usual.is_empty() {
        return Err(Error::Input {
            place: Place::line(&table.place(0).file, 1),
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
            place: Place::line(&table.place(0).file, 1),
            problem: format!("there is no column {name:?}"),
            way_out: format!("its columns are {}", table.columns().join(", ")),
        }),
    }
}
