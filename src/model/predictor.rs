//! Prediction for a corpus: which target's model reads which passage, and the answers of all tasks.

use std::sync::Arc;

use super::{Model, TaskLabels, predict::TargetPredictor, settings::PredictSettings};
use crate::{
    corpus::{Corpus, DenseSource, Passages, TextEncoder, is_called},
    error::{Error, Place, Result},
    predictions::{Answer, Answers},
};

/// A model that predicts one corpus after the other, on all threads. It remembers words from one
/// corpus to the next, which makes it faster and changes no answer.
///
/// ```
/// use standpoint::{Corpus, Model, model::PredictSettings};
/// let predictor = Model::built_in().predictor(&PredictSettings::default())?;
/// let page = Corpus::of_page(["Sign up for our newsletter", "Ministers met on Monday."]);
/// let first = predictor.predict(&page)?;
/// assert_eq!(first.task("kind")?.label(0), Some("boilerplate"));
/// assert_eq!(predictor.predict(&page)?.tasks(), first.tasks());
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct Predictor {
    model: Model,
    target: Option<String>,
    all: Vec<TargetPredictor>,
    encoder: Option<Arc<dyn TextEncoder>>,
}

/// The answers to all tasks for the passages of a corpus, which it holds.
///
/// ```
/// use standpoint::{Corpus, Model};
/// let page = Corpus::of_page(["Sign up for our newsletter", "Ministers met on Monday."]);
/// let predictions = Model::built_in().predict(&page)?;
/// for passage in &predictions {
///     for answer in passage.answers().filter(|answer| !answer.abstains()) {
///         println!("{} {} {:.2}  {}", answer.task(), answer.label(), answer.probability(), passage.text());
///     }
/// }
/// assert_eq!(predictions.task("kind")?.label(0), Some("boilerplate"));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Predictions {
    model: Model,
    corpus: Corpus,
    tasks: Vec<Answers>,
    targets: Vec<usize>,
    other_target: Option<String>,
}

/// One passage of [`Predictions`].
#[derive(Debug, Clone, Copy)]
pub struct PredictedPassage<'a> {
    predictions: &'a Predictions,
    row: usize,
}

impl Model {
    /// Predicts every task for every passage. A passage is read with its page: the same text may get
    /// another label elsewhere, unless the model has no context.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if the corpus has no texts;
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the model has several targets and the
    /// corpus does not say which, or names another.
    pub fn predict(&self, corpus: &Corpus) -> Result<Predictions> {
        self.predictor(&PredictSettings::default())?.predict(corpus)
    }

    /// This model with settings, to predict one corpus after the other.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if the error is not between 0 and 1, or the prior
    /// names a label that no task has, or a task's shares do not stay above 0 and sum to 1;
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if an error is given and the model was
    /// trained without calibration, or the target is none of the model's.
    pub fn predictor(&self, settings: &PredictSettings) -> Result<Predictor> {
        if let Some(target) = &settings.target {
            self.number_of_target(target, "`target`")?;
        }
        let known = |targets: &[super::TargetModel], wanted: &str| {
            let mut tasks = targets.iter().flat_map(|target| &target.tasks);
            tasks.any(|task| task.labels.iter().any(|label| is_called(&task.name, label, wanted)))
        };
        let of_target = |number: usize| {
            let own = std::slice::from_ref(&self.targets()[number]);
            // A label that no target knows is refused; one that only others know is left out here.
            let concerns =
                |(label, _): &&(String, f64)| known(own, label) || !known(self.targets(), label);
            let settings = PredictSettings {
                prior: settings.prior.iter().filter(concerns).cloned().collect(),
                ..settings.clone()
            };
            TargetPredictor::new(self, number, &settings)
        };
        Ok(Predictor {
            target: settings.target.clone(),
            all: (0..self.targets().len()).map(of_target).collect::<Result<_>>()?,
            model: self.clone(),
            encoder: None,
        })
    }

    /// The number of the target whose model reads each row: the one that is asked for, or by the column
    /// `target`. With it the first target in the column that the only model is not about, if it has a
    /// stance.
    pub(crate) fn route(
        &self,
        corpus: &Corpus,
        asked: Option<&str>,
    ) -> Result<(Vec<usize>, Option<String>)> {
        if let Some(target) = asked {
            return Ok((vec![self.number_of_target(target, "`target`")?; corpus.len()], None));
        }
        let column = corpus.values("target");
        if !self.is_per_target() {
            let has_stance = self.tasks().iter().any(|task| &*task.name == "stance");
            let own = self.targets()[0].target();
            let mut targets = column.iter().flatten().flatten();
            let other = targets.find(|target| has_stance && !own.is_empty() && *target != own);
            return Ok((vec![0; corpus.len()], other.map(|other| other.clone().into_owned())));
        }
        let Some(column) = column else {
            return Err(Error::undecidable(
                "the model has a part for each target, and the input has no column \"target\"",
                format!("add it, or choose as `target`: {}", self.target_names()),
            ));
        };
        let number = |(row, target): (usize, Option<std::borrow::Cow<'_, str>>)| {
            let place = || corpus.place(row).to_string();
            self.target_at(&target.unwrap_or_default(), place)
        };
        Ok((column.into_iter().enumerate().map(number).collect::<Result<_>>()?, None))
    }

    fn number_of_target(&self, target: &str, place: &str) -> Result<usize> {
        if !self.is_per_target() {
            return Err(Error::input(
                Place::file(place),
                "the model is one for all targets",
                "leave out `target`, or train a model for each target",
            ));
        }
        self.target_at(target, || place.to_owned())
    }

    fn target_at(&self, target: &str, place: impl Fn() -> String) -> Result<usize> {
        let number = self.targets().iter().position(|known| known.target() == target);
        number.ok_or_else(|| {
            Error::undecidable(
                format!("{}: the model does not know the target {target:?}", place()),
                format!(
                    "it was trained on {}; leave other targets out, or train with them",
                    self.target_names()
                ),
            )
        })
    }

    fn target_names(&self) -> String {
        self.targets().iter().map(super::TargetModel::target).collect::<Vec<_>>().join(", ")
    }
}

impl Predictor {
    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// As [`Model::predict`].
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn predict(&self, corpus: &Corpus) -> Result<Predictions> {
        let passages = self.passages(corpus)?;
        let (targets, other_target) = self.model.route(corpus, self.target.as_deref())?;
        let tasks = self.answers(&passages, &targets);
        Ok(Predictions {
            model: self.model.clone(),
            corpus: corpus.clone(),
            tasks,
            targets,
            other_target,
        })
    }

    /// With an encoder of texts, for a model that was trained with one.
    pub fn with_encoder(self, encoder: Arc<dyn TextEncoder>) -> Self {
        Self { encoder: Some(encoder), ..self }
    }

    /// The passages of a corpus with all columns that the model reads beside the texts.
    pub(super) fn passages<'a>(&self, corpus: &'a Corpus) -> Result<Passages<'a>> {
        let mut sources: Vec<DenseSource> = Vec::new();
        for source in self.model.targets().iter().flat_map(super::TargetModel::dense_sources) {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
        if let Some(missing) = sources.iter().find_map(|source| corpus.missing(source)) {
            return Err(Error::input(
                corpus.header_place(),
                format!("there is no column {missing:?}, which the model reads beside the text"),
                "add it, or train a model without it",
            ));
        }
        let dense = corpus.dense(&sources, self.encoder.as_deref())?;
        Ok(corpus.passages()?.with_dense(dense))
    }

    pub(super) fn asked_target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    pub(super) fn of_target(&self, number: usize) -> &TargetPredictor {
        &self.all[number]
    }

    /// The target whose model reads all passages of a corpus, if it is one, and has a name.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn only_target(&self, corpus: &Corpus) -> Result<Option<String>> {
        let (by, _) = self.model.route(corpus, self.target.as_deref())?;
        let mut names = by.iter().map(|&number| self.model.targets()[number].target());
        let first = names.next().filter(|name| !name.is_empty());
        Ok(first.filter(|first| names.all(|name| name == *first)).map(str::to_owned))
    }

    /// One for each task of the model; each passage is read by the target whose number `by` gives. A
    /// label that its model does not know has probability 0.
    fn answers(&self, passages: &Passages<'_>, by: &[usize]) -> Vec<Answers> {
        if let [only] = &self.all[..] {
            return only.predict(passages);
        }
        let pages: Arc<[usize]> = passages.page_numbers().into();
        let empty = |task: &TaskLabels| Answers::empty(&task.name, &task.labels, &pages);
        let mut tasks: Vec<Answers> = self.model.tasks().iter().map(empty).collect();
        for (number, predictor) in self.all.iter().enumerate() {
            let rows: Vec<usize> = (0..by.len()).filter(|&row| by[row] == number).collect();
            if rows.is_empty() {
                continue;
            }
            for found in predictor.predict(&passages.subset(&rows)) {
                let own = tasks.iter_mut().find(|task| task.task() == found.task());
                own.expect("all tasks of all targets are known").set(&rows, &found);
            }
        }
        tasks
    }
}

impl Predictions {
    /// The answers, task by task, in the order of the model.
    pub fn tasks(&self) -> &[Answers] {
        &self.tasks
    }

    /// The answers to one task.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the model does not have it.
    pub fn task(&self, name: &str) -> Result<&Answers> {
        let found = self.tasks.iter().find(|answers| answers.task() == name);
        found.ok_or_else(|| no_task(name, self.tasks.iter().map(Answers::task)))
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The corpus.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// Number of passages.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is no passage.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Number of pages.
    pub fn n_pages(&self) -> usize {
        let pages = self.tasks.first().map_or(&[][..], Answers::pages);
        pages.iter().max().map_or(0, |most| most + 1)
    }

    /// The number, among [`Model::targets`], of the target whose model read each passage.
    pub fn targets(&self) -> &[usize] {
        &self.targets
    }

    /// A target that the corpus names in its column `target` and that a model with a stance is not
    /// about: its stance means nothing there.
    pub fn other_target(&self) -> Option<&str> {
        self.other_target.as_deref()
    }

    /// The passages in the order of the corpus.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = PredictedPassage<'_>> {
        (0..self.len()).map(|row| PredictedPassage { predictions: self, row })
    }
}

impl<'a> IntoIterator for &'a Predictions {
    type Item = PredictedPassage<'a>;
    type IntoIter = Box<dyn ExactSizeIterator<Item = PredictedPassage<'a>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl<'a> PredictedPassage<'a> {
    /// Its text.
    pub fn text(self) -> &'a str {
        self.predictions.corpus.text(self.row)
    }

    /// The answers to all tasks.
    pub fn answers(self) -> impl Iterator<Item = Answer<'a>> {
        self.predictions.tasks.iter().map(move |task| task.get(self.row))
    }
}

/// That a model or an explanation has no such task.
pub(crate) fn no_task<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.collect();
    Error::undecidable(
        format!("there is no task {name:?}"),
        format!("its tasks are {}", known.join(", ")),
    )
}
