//! Prediction for a corpus: which target's model reads which passage, and the answers of all tasks.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Model, TaskLabels, new_words::Words, predict::TargetPredictor, settings::PredictSettings,
    task::with_hint,
};
use crate::{
    corpus::{Corpus, DenseSource, Passages, TextEncoder, is_called},
    error::{Error, Place, Result},
    predictions::{Answer, Answers},
};

/// Models that predict one corpus after the other, on all threads: mostly one. They remember words from one
/// corpus to the next, which makes them faster and changes no answer.
///
/// Of several, each task is taken from the first that has it: see [`Predictor::of`].
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
    parts: Vec<Part>,
    tasks: Vec<TaskLabels>,
    settings: PredictSettings,
    encoder: Option<Arc<dyn TextEncoder>>,
    notices: Vec<String>,
}

/// A model, and what is taken from it.
struct Part {
    model: Model,
    /// Its tasks that no model before it has.
    tasks: Vec<TaskLabels>,
    /// One for each target.
    all: Vec<TargetPredictor>,
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
    corpus: Corpus,
    tasks: Vec<Answers>,
    read_by: Vec<ReadBy>,
}

/// How a model of a [`Predictor`] read a corpus.
#[derive(Debug, Clone)]
pub(super) struct ReadBy {
    pub model: Model,
    /// Whether the stance is taken from it.
    pub has_stance: bool,
    /// The number of the target whose model read each passage.
    pub targets: Vec<usize>,
    pub other_target: Option<String>,
    /// Of each passage its words, and those that are new to the model that read it.
    words: Vec<(u32, u32)>,
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
        Predictor::of(std::slice::from_ref(self), settings)
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
    /// One or more models: each task is taken from the first that has it, and comes in the order of the models and
    /// of their own tasks. A `prior` concerns the tasks that are taken, `target` the models that have a part for
    /// each target.
    ///
    /// ```
    /// use standpoint::{Corpus, Model, Predictor, Trainer, model::PredictSettings};
    /// let corpus = Corpus::of_pages([["Free at last", "Sold, alas"], ["At last", "Alas, it is sold"]])
    ///     .with_gold("stance", ["favor", "against"].repeat(2).into_iter().map(Some))?;
    /// let mine = Trainer::new().min_df(1).fit(&corpus)?;
    /// let models = [mine, Model::built_in()];
    /// let predictor = Predictor::of(&models, &PredictSettings::default())?;
    /// let tasks: Vec<&str> = predictor.tasks().iter().map(|task| &*task.name).collect();
    /// assert_eq!(tasks, ["stance", "kind", "voice", "sentiment"]);
    /// assert_eq!(predictor.tasks()[0].labels[..], ["against", "favor"]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if there is no model, or one twice; and those of
    /// [`Model::predictor`].
    pub fn of(models: &[Model], settings: &PredictSettings) -> Result<Self> {
        let mut tasks: Vec<TaskLabels> = Vec::new();
        let mut taken: Vec<(&Model, Vec<TaskLabels>)> = Vec::new();
        let mut notices = Vec::new();
        for (number, model) in models.iter().enumerate() {
            let is_new = |task: &&TaskLabels| tasks.iter().all(|known| known.name != task.name);
            let own: Vec<TaskLabels> = model.tasks().iter().filter(is_new).cloned().collect();
            if own.is_empty() {
                if models[..number].iter().any(|before| before.is_same(model)) {
                    let found = format!("the model of {} twice", names(model.tasks()));
                    return Err(Error::setting("model", found, "each model once"));
                }
                notices.push(format!(
                    "model {} of {} ({}) answers nothing that those before it do not: leave it out, or \
                     give it first",
                    number + 1,
                    models.len(),
                    names(model.tasks())
                ));
                continue;
            }
            tasks.extend(own.iter().cloned());
            taken.push((model, own));
        }
        if taken.is_empty() {
            return Err(Error::setting("model", "none".to_owned(), "one or more"));
        }
        check_prior(&settings.prior, &tasks)?;
        if let Some(target) = &settings.target {
            let per_target = || taken.iter().filter(|(model, _)| model.is_per_target());
            let asked = per_target().next().map_or(taken[0].0, |(model, _)| model);
            asked.number_of_target(target, "`target`")?;
        }
        let part = |(model, tasks): (&Model, Vec<TaskLabels>)| Part::of(model, tasks, settings);
        Ok(Self {
            parts: taken.into_iter().map(part).collect::<Result<_>>()?,
            tasks,
            settings: settings.clone(),
            encoder: None,
            notices,
        })
    }

    /// The models from which a task is taken, each with the names of those tasks.
    pub fn models(&self) -> impl ExactSizeIterator<Item = (&Model, Vec<&str>)> {
        self.parts
            .iter()
            .map(|part| (&part.model, part.tasks.iter().map(|task| &*task.name).collect()))
    }

    /// The tasks, each with all its labels: those of the first model, then those that the next one has beside them.
    pub fn tasks(&self) -> &[TaskLabels] {
        &self.tasks
    }

    /// Whether one of the models was [trained](Model::was_trained_on) on a file with this digest.
    pub fn was_trained_on(&self, sha256: Option<&str>) -> bool {
        self.parts.iter().any(|part| part.model.was_trained_on(sha256))
    }

    /// Whether both take the same from the same models.
    pub fn is_same(&self, other: &Self) -> bool {
        let pairs = || self.parts.iter().zip(&other.parts);
        self.parts.len() == other.parts.len() && pairs().all(|(a, b)| a.model.is_same(&b.model))
    }

    /// What whoever chose the models should know: that one of them answers nothing.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// How it predicts.
    pub fn settings(&self) -> &PredictSettings {
        &self.settings
    }

    /// As [`Model::predict`].
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn predict(&self, corpus: &Corpus) -> Result<Predictions> {
        let passages = self.passages(corpus)?;
        let mut predictions =
            Predictions { corpus: corpus.clone(), tasks: Vec::new(), read_by: Vec::new() };
        for (part, route) in self.parts.iter().zip(self.routes(corpus)?) {
            let Route { model, targets, other_target, .. } = route;
            let (answers, words) = part.answers(&passages, &targets);
            predictions.tasks.extend(answers);
            let (model, has_stance) = (model.clone(), part.has_stance());
            predictions.read_by.push(ReadBy { model, has_stance, targets, other_target, words });
        }
        Ok(predictions)
    }

    /// With an encoder of texts, for a model that was trained with one.
    pub fn with_encoder(self, encoder: Arc<dyn TextEncoder>) -> Self {
        Self { encoder: Some(encoder), ..self }
    }

    /// The passages of a corpus with all columns that the models read beside the texts.
    pub(super) fn passages<'a>(&self, corpus: &'a Corpus) -> Result<Passages<'a>> {
        let mut sources: Vec<DenseSource> = Vec::new();
        let targets = self.parts.iter().flat_map(|part| part.model.targets());
        for source in targets.flat_map(super::TargetModel::dense_sources) {
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

    /// Which target of each model reads which row.
    pub(crate) fn routes(&self, corpus: &Corpus) -> Result<Vec<Route<'_>>> {
        let of_part = |part| Route::of(part, corpus, self.settings.target.as_deref());
        self.parts.iter().map(of_part).collect()
    }

    /// Whom the stance of all passages of a corpus is toward, if it is one target, and has a name: by the model from
    /// which the stance is taken, else by the first.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn only_target(&self, corpus: &Corpus) -> Result<Option<String>> {
        let part = self.parts.iter().find(|part| part.has_stance()).unwrap_or(&self.parts[0]);
        let by = Route::of(part, corpus, self.settings.target.as_deref())?.targets;
        let mut names = by.iter().map(|&number| part.model.targets()[number].target());
        let first = names.next().filter(|name| !name.is_empty());
        Ok(first.filter(|first| names.all(|name| name == *first)).map(str::to_owned))
    }
}

/// Which target of a model reads which row.
pub(crate) struct Route<'a> {
    pub model: &'a Model,
    /// The tasks that are taken from the model.
    pub tasks: &'a [TaskLabels],
    /// The number of the target of each row.
    pub targets: Vec<usize>,
    other_target: Option<String>,
    /// The part of each target.
    pub(super) all: &'a [TargetPredictor],
}

impl<'a> Route<'a> {
    fn of(part: &'a Part, corpus: &Corpus, asked: Option<&str>) -> Result<Self> {
        let Part { model, tasks, all } = part;
        let (targets, other) = model.route(corpus, asked.filter(|_| model.is_per_target()))?;
        let other_target = other.filter(|_| part.has_stance());
        Ok(Self { model, tasks, targets, other_target, all })
    }
}

impl Part {
    fn of(model: &Model, tasks: Vec<TaskLabels>, settings: &PredictSettings) -> Result<Self> {
        let of_target = |number: usize| {
            let target = &model.targets()[number];
            let own =
                target.tasks.iter().filter(|own| tasks.iter().any(|task| *task.name == own.name));
            let own: Vec<TaskLabels> = own.map(TaskLabels::from).collect();
            // A label that only others know is left out here.
            let concerns = |(label, _): &&(String, f64)| is_known(&own, label);
            let settings = PredictSettings {
                prior: settings.prior.iter().filter(concerns).cloned().collect(),
                ..settings.clone()
            };
            TargetPredictor::new(model, number, &settings)
        };
        let all = (0..model.targets().len()).map(of_target).collect::<Result<_>>()?;
        Ok(Self { model: model.clone(), tasks, all })
    }

    fn has_stance(&self) -> bool {
        self.tasks.iter().any(|task| &*task.name == "stance")
    }

    /// One for each task that is taken, and the words of each passage, as [`TargetPredictor::predict`] has them; each
    /// passage is read by the target whose number `by` gives. A label that its model does not know has probability 0.
    fn answers(&self, passages: &Passages<'_>, by: &[usize]) -> (Vec<Answers>, Vec<(u32, u32)>) {
        if let [only] = &self.all[..] {
            let (mut tasks, words) = only.predict(passages);
            tasks.retain(|own| self.tasks.iter().any(|task| *task.name == *own.task()));
            return (tasks, words);
        }
        let pages: Arc<[usize]> = passages.page_numbers().into();
        let empty = |task: &TaskLabels| Answers::empty(&task.name, &task.labels, &pages);
        let mut tasks: Vec<Answers> = self.tasks.iter().map(empty).collect();
        let mut words = vec![(0, 0); by.len()];
        for (number, predictor) in self.all.iter().enumerate() {
            let rows: Vec<usize> = (0..by.len()).filter(|&row| by[row] == number).collect();
            if rows.is_empty() {
                continue;
            }
            let (answers, read) = predictor.predict(&passages.subset(&rows));
            rows.iter().zip(read).for_each(|(&row, read)| words[row] = read);
            for found in answers {
                if let Some(own) = tasks.iter_mut().find(|task| task.task() == found.task()) {
                    own.set(&rows, &found);
                }
            }
        }
        (tasks, words)
    }
}

/// Whether one of the tasks has the label that a setting calls so.
fn is_known(tasks: &[TaskLabels], wanted: &str) -> bool {
    let is_own =
        |task: &TaskLabels| task.labels.iter().any(|label| is_called(&task.name, label, wanted));
    tasks.iter().any(is_own)
}

/// Refuses a prior of labels that no task has.
fn check_prior(prior: &[(String, f64)], tasks: &[TaskLabels]) -> Result<()> {
    match prior.iter().find(|(wanted, _)| !is_known(tasks, wanted)) {
        None => Ok(()),
        Some((wanted, _)) => {
            let labels = tasks.iter().flat_map(|task| task.labels.iter());
            Err(Error::setting("prior", with_hint(wanted, labels), "a label of the model"))
        }
    }
}

fn names(tasks: &[TaskLabels]) -> String {
    tasks.iter().map(|task| &*task.name).collect::<Vec<_>>().join(", ")
}

impl Predictions {
    /// The answers, task by task, in the order of [`Predictor::tasks`].
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

    /// The corpus.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// Number of passages.
    pub fn len(&self) -> usize {
        self.corpus.len()
    }

    /// Whether there is no passage.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of pages.
    pub fn n_pages(&self) -> usize {
        let pages = self.tasks.first().map_or(&[][..], Answers::pages);
        pages.iter().max().map_or(0, |most| most + 1)
    }

    /// Whom or what the stance of a passage is toward, as the model says from which the stance is taken, else the
    /// first; empty if it claims no target.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn target(&self, row: usize) -> &str {
        let by = self.read_by.iter().find(|by| by.has_stance).unwrap_or(&self.read_by[0]);
        by.model.targets()[by.targets[row]].target()
    }

    /// A target that the corpus names in its column `target` and that a model with a stance is not
    /// about: its stance means nothing there.
    pub fn other_target(&self) -> Option<&str> {
        self.read_by.iter().find_map(|by| by.other_target.as_deref())
    }

    pub(super) fn read_by(&self) -> &[ReadBy] {
        &self.read_by
    }

    /// The words that each target of one of the models read: of all targets that read something.
    pub(super) fn words(&self, by: &ReadBy) -> BTreeMap<usize, Words> {
        let mut of_pages: BTreeMap<(usize, usize), (u64, u64)> = BTreeMap::new();
        let pages = self.tasks.first().map_or(&[][..], Answers::pages);
        for ((&target, &page), &(all, new)) in by.targets.iter().zip(pages).zip(&by.words) {
            let sum = of_pages.entry((target, page)).or_default();
            (sum.0, sum.1) = (sum.0 + u64::from(all), sum.1 + u64::from(new));
        }
        let mut found: BTreeMap<usize, Words> = BTreeMap::new();
        for ((target, _), (all, new)) in of_pages {
            found.entry(target).or_default().add(Words::of_page(all, new));
        }
        found
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
