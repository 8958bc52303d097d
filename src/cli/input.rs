//! What the commands read: tables and models.

use std::path::{Path, PathBuf};

use standpoint::{
    Corpus, Error, InputFormat, Model, Place, Predictor, ReadSettings, Result,
    corpus::{Blocks, OnError, ReadReport},
    input::Rejects,
    model::{PredictSettings, empty_notice},
    study::AnswerSource,
};

use super::{
    args::{ErrorArgs, InputArgs, ModelArg},
    render,
};

/// Warns of passages without text.
pub fn warn_of_empty(corpus: &Corpus) {
    empty_notice(corpus.empty_texts()).iter().for_each(|notice| render::warn(notice));
}

impl InputArgs {
    /// How inputs are read.
    pub fn settings(&self) -> ReadSettings {
        ReadSettings::new()
            .format(self.from)
            .unit(self.unit)
            .max_passage(self.max_passage)
            .max_page(self.max_page)
            .delimiter(self.delimiter)
            .encoding(self.encoding)
    }

    /// Opens and reads one input.
    pub fn table_of(&self, path: &Path) -> Result<Corpus> {
        table_of(path, &self.settings())
    }

    /// Reads all inputs block by block.
    pub fn blocks(&self, paths: &[PathBuf], bad_rows: BadRows) -> Result<Blocks> {
        let settings = self.settings().on_error(bad_rows.on_error);
        Blocks::open_with_rejects(paths, &settings, bad_rows.rejects)
    }

    /// Reads all inputs into one table.
    pub fn tables(&self, paths: &[PathBuf], bad_rows: &mut BadRows) -> Result<Corpus> {
        let settings = self.settings().on_error(bad_rows.on_error);
        Ok(noted(Corpus::open_all(paths, &settings, &mut bad_rows.rejects)?))
    }

    /// Reads a table of labels or predictions, which need not hold the texts: CSV unless said or
    /// named otherwise.
    pub fn labels(&self, path: &Path) -> Result<Corpus> {
        Ok(noted(Corpus::open_labels(path, &table_settings(path, self.settings())?)?))
    }

    /// Reads a table of labelled passages: CSV unless said or named otherwise.
    pub fn labelled(&self, path: &Path) -> Result<Corpus> {
        self.labelled_with(path, &mut BadRows::default())
    }

    /// The same, with this for rows that cannot be read.
    pub fn labelled_with(&self, path: &Path, bad_rows: &mut BadRows) -> Result<Corpus> {
        let mut settings = self.settings().on_error(bad_rows.on_error);
        if self.from.is_none() {
            settings = table_settings(path, settings)?;
        }
        Ok(noted(Corpus::open_with_rejects(path, &settings, &mut bad_rows.rejects)?))
    }
}

/// Reads a table of labels, CSV unless it is named otherwise.
pub fn labels(path: &Path) -> Result<Corpus> {
    Ok(noted(Corpus::open_labels(path, &table_settings(path, ReadSettings::new())?)?))
}

/// Reads one input.
pub fn table_of(path: &Path, settings: &ReadSettings) -> Result<Corpus> {
    Ok(noted(Corpus::open_with(path, settings)?))
}

/// Settings for what is a table, whatever its name.
fn table_settings(path: &Path, settings: ReadSettings) -> Result<ReadSettings> {
    match settings.format_of(&path.display().to_string())?.is_table() {
        true => Ok(settings),
        false => Ok(settings.format(InputFormat::CSV)),
    }
}

/// Says how a table was read, where that is not as usual.
fn noted(table: Corpus) -> Corpus {
    render::notes(table.notes());
    table
}

/// What happens at rows that cannot be read, and where they go.
#[derive(Default)]
pub struct BadRows {
    pub on_error: OnError,
    pub rejects: Rejects,
}

impl ErrorArgs {
    /// What happens at rows that cannot be read. The file of those that are skipped must be none of the
    /// `others` of the run.
    pub fn open(&self, others: &[&Path]) -> Result<BadRows> {
        let on_error = self.on_error;
        let refused = |problem, help| Err(Error::input(Place::file("--rejects"), problem, help));
        let rejects = match (on_error, &self.rejects) {
            (_, None) => Rejects::default(),
            (OnError::Skip, Some(path)) if path == Path::new("-") => {
                return refused(
                    "rows that are skipped do not go to stdout",
                    "name a file for them",
                );
            }
            (OnError::Skip, Some(path)) => {
                render::refuse_same(path, others)?;
                Rejects::create(path)?
            }
            _ => return refused("no row is skipped", "add --on-error skip"),
        };
        Ok(BadRows { on_error, rejects })
    }

    /// Says how many rows were skipped, and gives the file of them its name.
    pub fn finish(&self, report: ReadReport, rejects: Rejects) -> Result<()> {
        if self.on_error == OnError::Skip {
            let ReadReport { kept, rejected, .. } = report;
            let read = kept + rejected;
            render::note(&format!("read {read} rows: {kept} kept, {rejected} rejected"));
        }
        rejects.finish()
    }
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
