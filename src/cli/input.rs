//! What the commands read: tables and models.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use standpoint::{
    Corpus, Error, ErrorKind, InputFormat, Model, Place, Predictor, ReadSettings, Result,
    corpus::{Blocks, OnError, OutputFormat, ReadReport, TextEncoder},
    input::{Compression, Rejects},
    model::{PredictSettings, empty_notice},
    study::{AnswerSource, USUAL_TASKS},
};

use super::{
    args::{ByEnding, EncoderArg, ErrorArgs, InputArgs, ModelArg, OutputArg, SafeArg, TableArgs},
    render,
};

/// Warns of passages without text.
pub fn warn_of_empty(corpus: &Corpus) {
    empty_notice(corpus.empty_texts()).iter().for_each(|notice| render::warn(notice));
}

impl TableArgs {
    /// How tables are read.
    pub fn settings(&self) -> ReadSettings {
        ReadSettings::new()
            .text(self.text.clone())
            .page(self.page.clone())
            .seq(self.seq.clone())
            .delimiter(self.delimiter)
            .quote(self.quote.unwrap_or_default())
            .escape(self.escape)
            .fill_short_rows(self.fill_short_rows)
            .encoding(self.encoding)
    }

    /// Reads a table of labels, CSV unless it is named otherwise.
    pub fn labels(&self, path: &Path) -> Result<Corpus> {
        Ok(noted(Corpus::open_labels(path, &self.settings().tables(true))?))
    }
}

impl InputArgs {
    /// How inputs are read.
    pub fn settings(&self) -> ReadSettings {
        self.table
            .settings()
            .format(self.from)
            .unit(self.unit)
            .max_passage(self.max_passage)
            .max_page(self.max_page)
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
        Ok(noted(Corpus::open_labels(path, &self.settings().tables(true))?))
    }

    /// Reads a table of labelled passages: CSV unless said or named otherwise.
    pub fn labelled(&self, path: &Path) -> Result<Corpus> {
        self.labelled_with(path, &mut BadRows::default())
    }

    /// The same, with this for rows that cannot be read.
    fn labelled_with(&self, path: &Path, bad_rows: &mut BadRows) -> Result<Corpus> {
        let settings = self.settings().tables(true).on_error(bad_rows.on_error);
        Ok(noted(Corpus::open_with_rejects(path, &settings, &mut bad_rows.rejects)?))
    }

    /// Several tables of labelled passages as one.
    pub fn all_labelled(&self, paths: &[PathBuf], bad_rows: &mut BadRows) -> Result<Corpus> {
        let (first, others) = paths.split_first().expect("clap asks for at least one table");
        let mut all = self.labelled_with(first, bad_rows)?;
        for path in others {
            all.append(self.labelled_with(path, bad_rows)?);
        }
        Ok(all)
    }
}

/// Reads one input.
pub fn table_of(path: &Path, settings: &ReadSettings) -> Result<Corpus> {
    Ok(noted(Corpus::open_with(path, settings)?))
}

/// Says how a table was read, where that is not as usual.
fn noted(table: Corpus) -> Corpus {
    render::notes(table.notes());
    table
}

/// Says which column is taken for a task that is asked for, or for a usual one, where the case differs.
pub fn note_tasks(table: &Corpus, asked: &[String]) {
    let usual = || USUAL_TASKS.into_iter().filter(|_| asked.is_empty());
    let tasks = asked.iter().map(String::as_str).chain(usual());
    tasks.filter_map(|task| table.note_of_case(task)).for_each(|note| render::note(&note));
}

/// What happens at rows that cannot be read, and where they go.
#[derive(Default)]
pub struct BadRows {
    pub on_error: OnError,
    pub rejects: Rejects,
}

impl SafeArg {
    /// The format of a table that is written.
    pub fn format(&self, format: OutputFormat) -> OutputFormat {
        if self.spreadsheet_safe { format.spreadsheet_safe() } else { format }
    }
}

impl ErrorArgs {
    /// What happens at rows that cannot be read. The file of those that are skipped must be none of the
    /// `others` of the run.
    pub fn open(&self, others: &[&Path], safe: &SafeArg) -> Result<BadRows> {
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
                known_ending(path, "the table of rejects", &["csv"])?;
                Rejects::create(path)?.spreadsheet_safe(safe.spreadsheet_safe)
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
    /// The models of those files, or the built-in one.
    fn open(&self) -> Result<Vec<Model>> {
        if self.paths.is_empty() {
            return Ok(vec![Model::built_in()]);
        }
        let twice = |(at, path): &(usize, &PathBuf)| self.paths[..*at].contains(path);
        if let Some((_, path)) = self.paths.iter().enumerate().find(twice) {
            return Err(Error::input(
                Place::file(path.display().to_string()),
                "the model is given twice",
                "leave out one of the two",
            ));
        }
        self.paths.iter().map(|path| model(path)).collect()
    }

    /// The files that are read for it.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path).filter(|path| *path != Path::new(BUILT_IN))
    }

    /// What people call it.
    pub fn name(&self) -> String {
        let name = |path: &PathBuf| match *path == *BUILT_IN {
            true => "the built-in model".to_owned(),
            false => path.display().to_string(),
        };
        match &self.paths[..] {
            [] => "the built-in model".into(),
            paths => paths.iter().map(name).collect::<Vec<_>>().join(" and "),
        }
    }

    /// The only file that is asked for, or `None` for the built-in model.
    ///
    /// # Errors
    /// If several models are asked for; `what` is of one.
    pub fn only(&self, what: &str) -> Result<Option<&Path>> {
        match &self.paths[..] {
            [] => Ok(None),
            [path] => Ok(Some(path)),
            [_, second, ..] => Err(Error::input(
                Place::file(second.display().to_string()),
                format!("{what} is of one model, and this is another one"),
                "give -m once",
            )),
        }
    }

    /// How it predicts.
    pub fn settings(&self) -> PredictSettings {
        let settings = PredictSettings::default();
        match &self.target {
            Some(target) => settings.target(target),
            None => settings,
        }
    }

    /// An error about labels that the model lacks, with what to do if it was not meant.
    pub fn explained(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::UnknownLabel { place, task, found, .. } if self.files().next().is_none() => {
                let problem = format!("the built-in model has no {task} label {found:?}");
                let help = error.help().unwrap_or_default();
                Error::input(place.clone(), problem, format!("give yours with -m; {help}"))
            }
            _ => error,
        }
    }

    /// The models, ready to predict.
    pub fn predictor(&self) -> Result<Predictor> {
        self.predictor_with(&self.settings())
    }

    /// The same with other settings.
    pub fn predictor_with(&self, settings: &PredictSettings) -> Result<Predictor> {
        self.encoder.beside(Predictor::of(&self.open()?, settings)?, Predictor::with_encoder)
    }

    /// The model as a source of predictions.
    pub fn source(&self) -> Result<AnswerSource> {
        Ok(AnswerSource::Model(Box::new(self.predictor()?)))
    }

    /// The model that is asked for; else the predictions in the table; else the built-in model.
    pub fn source_for(&self, corpus: &Corpus) -> Result<AnswerSource> {
        match self.paths.is_empty() && !corpus.predicted_tasks().is_empty() {
            true => Ok(AnswerSource::Columns),
            false => self.source(),
        }
    }
}

impl EncoderArg {
    /// Gives the encoder to what learns or predicts, if one was asked for.
    ///
    /// # Errors
    /// If it cannot be read, or this program was built without encoders.
    pub fn beside<T>(&self, of: T, with: impl FnOnce(T, Arc<dyn TextEncoder>) -> T) -> Result<T> {
        let Some(path) = &self.path else { return Ok(of) };
        Ok(with(of, encoder(path)?))
    }
}

#[cfg(feature = "encoder")]
fn encoder(path: &Path) -> Result<Arc<dyn TextEncoder>> {
    Ok(Arc::new(standpoint::encoder::Encoder::open(path)?))
}

#[cfg(not(feature = "encoder"))]
fn encoder(path: &Path) -> Result<Arc<dyn TextEncoder>> {
    Err(without_encoders(path))
}

/// What a program without encoders says to one.
#[cfg(not(feature = "encoder"))]
pub fn without_encoders(path: &Path) -> Error {
    Error::input(
        Place::file(path.display().to_string()),
        "this program was built without sentence encoders",
        "install it with the feature encoder (cargo install --path . --features encoder)",
    )
}

impl OutputArg {
    /// The format that is asked for, else that of the output's ending.
    ///
    /// # Errors
    /// If the ending is that of something else.
    pub fn format<F: ByEnding>(&self, asked: Option<F>) -> Result<F> {
        let (_, usual) = F::ENDINGS[0];
        let Some(path) = self.path.as_deref().filter(|_| asked.is_none()) else {
            return Ok(asked.unwrap_or(usual));
        };
        let endings: Vec<&str> = F::ENDINGS.iter().map(|(ending, _)| *ending).collect();
        let found = known_ending(path, "this", &endings)?;
        let format = F::ENDINGS.iter().find(|(ending, _)| Some(*ending) == found.as_deref());
        Ok(format.map_or(usual, |(_, format)| *format))
    }
}

/// The ending of an output's name, below that of a compressed file, if it is one of these.
///
/// # Errors
/// If it is one by which people and programs know something else.
pub fn known_ending(path: &Path, what: &str, endings: &[&str]) -> Result<Option<String>> {
    let name = path.display().to_string();
    let file = Path::new(Compression::of_name(&name).1);
    let Some(ending) = file.extension().map(|ending| ending.to_string_lossy().to_lowercase())
    else {
        return Ok(None);
    };
    if endings.contains(&ending.as_str()) {
        return Ok(Some(ending));
    }
    let other = InputFormat::by_ending(&name).is_some_and(|format| format != InputFormat::TEXT)
        || InputFormat::of_name(&name).is_err()
        || ["md", "xml"].contains(&ending.as_str());
    match other {
        false => Ok(None),
        true => Err(Error::input(
            Place::file(name),
            format!("{what} is not written as .{ending}"),
            match endings {
                [] => "give it a name without this ending".to_owned(),
                _ => format!("give the file the ending .{}", endings.join(", .")),
            },
        )),
    }
}

/// What is said in place of a file for the model that comes with the program.
const BUILT_IN: &str = "built-in";

/// The model of that file, or the built-in one if that is asked for.
pub fn model(path: &Path) -> Result<Model> {
    if path == Path::new(BUILT_IN) { Ok(Model::built_in()) } else { Model::open(path) }
}
