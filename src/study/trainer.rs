//! Training with everything around it: [`Trainer`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use super::{
    CrossValidation, Search, cross_validate, encoding::Remembering, groups, references::References,
    search,
};
use crate::{
    corpus::{Corpus, Dense, DenseSource, Gold, Passages, TextEncoder},
    error::{Error, Result},
    evaluate::{Evaluation, Metric, TaskEvaluation, estimates},
    model::{
        Context, Criterion, Model, Step, TargetModel, TrainReport, TrainSettings, Tried, train,
    },
    predictions::{Answers, Scored},
};

/// The tasks that are looked for where none are named.
pub const USUAL_TASKS: [&str; 4] = ["kind", "stance", "voice", "sentiment"];

/// The column that says whence pages are.
const SOURCE: &str = "source";

/// Trains models on labelled passages, and measures how good they are.
///
/// A corpus is labelled in columns named like the tasks; its column `weight` says how much each passage
/// counts. The same corpus, settings and seed give the same model, bit for bit, on any number of threads.
///
/// ```
/// use standpoint::{Corpus, Trainer};
/// let page = ["Share this page", "He should resign"];
/// let other = ["Sign up", "They must act"];
/// let corpus = Corpus::of_pages([page, other, page, other])
///     .with_gold("kind", ["boilerplate", "opinion"].repeat(4).into_iter().map(Some))?;
/// let trainer = Trainer::new().tasks(["kind"]).min_df(1);
/// let model = trainer.fit(&corpus)?;
/// assert_eq!(model.tasks()[0].labels[..], ["boilerplate", "opinion"]);
/// let validated = trainer.cross_validate(&corpus, 2)?;
/// assert_eq!(validated.task("kind")?.labels.len(), 2);
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Trainer {
    settings: TrainSettings,
    tasks: Vec<String>,
    per_target: bool,
    group_by: Option<String>,
    search: Vec<Vec<Tried>>,
    encoder: Option<Arc<Remembering>>,
    unlabelled: Option<Corpus>,
    progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl fmt::Debug for Trainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("settings", &self.settings)
            .field("tasks", &self.tasks)
            .field("per_target", &self.per_target)
            .field("group_by", &self.group_by)
            .finish_non_exhaustive()
    }
}

/// How far a trainer has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What it is doing.
    pub work: Work,
    /// Fits done.
    pub done: usize,
    /// Fits in all.
    pub of: usize,
}

/// What a trainer is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// Making vectors of the texts.
    Encoding,
    /// Searching for features.
    Search,
    /// Cross-validating.
    CrossValidation,
    /// Training the final model.
    Training,
    /// Cross-validating with fewer pages.
    LearningCurve,
    /// Cross-validating under this split, to measure leakage.
    Split(String),
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Encoding => "encoding",
            Self::Search => "searching",
            Self::CrossValidation => "cross-validating",
            Self::Training => "training",
            Self::LearningCurve => "learning curve",
            Self::Split(name) => name,
        })
    }
}

/// A trained model, and how its training went.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// The report of each target's training; one alone unless each target has a model of its own.
    pub reports: Vec<TrainReport>,
    /// Whether neighbours were asked for and left out, for each of these: too few passages, or too few
    /// pages of some label, have neighbours to learn from.
    pub without_neighbours: Vec<bool>,
}

/// What cross-validation found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CrossValidated {
    /// Metrics of each task, baselines beside them, and of each target that has a model of its own.
    pub evaluation: Evaluation,
    /// Each task's predictions of the labelled passages by models that have not seen their pages.
    pub tasks: Vec<Scored>,
    /// Folds: as many as were asked for, or as there are groups.
    pub folds: usize,
    /// What a reader of the figures should know: passages that are copied from page to page, labels on
    /// fewer pages than there are folds.
    pub notices: Vec<String>,
    n_rows: usize,
    pub(super) asked_folds: usize,
    pub(super) parts: Vec<(Vec<usize>, CrossValidation)>,
}

impl CrossValidated {
    /// The metrics of one task.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if it was not cross-validated.
    pub fn task(&self, name: &str) -> Result<&TaskEvaluation> {
        let found = self.evaluation.tasks.iter().find(|task| task.task == name);
        found.ok_or_else(|| {
            crate::model::no_task(name, self.evaluation.tasks.iter().map(|task| task.task.as_str()))
        })
    }

    /// The predictions of all passages of the corpus; none for those without a gold label.
    pub fn answers(&self) -> Vec<Answers> {
        self.tasks.iter().map(|task| task.answers_of_all(self.n_rows)).collect()
    }
}

/// What one model is trained on: all passages, or those of a target.
pub(super) struct Part<'a> {
    pub rows: Vec<usize>,
    pub passages: Passages<'a>,
    pub gold: Vec<Gold>,
    pub settings: TrainSettings,
}

impl Trainer {
    /// With the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these settings.
    pub fn with(settings: TrainSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// The columns to learn. Default: those of [`USUAL_TASKS`] that the corpus has.
    pub fn tasks(self, tasks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { tasks: tasks.into_iter().map(Into::into).collect(), ..self }
    }

    /// Whom or what the stance is toward. Default: nothing is claimed.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.settings.target = target.into();
        self
    }

    /// Makes a model for each value of the column `target`. Default: one for all passages.
    pub fn per_target(self, per_target: bool) -> Self {
        Self { per_target, ..self }
    }

    /// Columns of numbers to learn from beside the text: see [`TrainSettings::numbers`]. Default none.
    pub fn numbers(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.numbers = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Columns of vectors to learn from beside the text: see [`TrainSettings::vectors`]. Default none.
    pub fn vectors(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.vectors = columns.into_iter().map(Into::into).collect();
        self
    }

    /// An encoder whose vectors of the texts are learnt from beside the text; each text is encoded once, however often
    /// this trainer reads it. Default none.
    pub fn encoder(self, encoder: Arc<dyn TextEncoder>) -> Self {
        Self { encoder: Some(Arc::new(Remembering::new(encoder))), ..self }
    }

    /// Passages without labels to learn from, too. A model of the labelled passages, by all that these have (columns
    /// beside the text and an encoder among it), says of each how probable every label is; the model that is kept
    /// learns from both, and from the words alone. Pages that share passages with labelled ones are left out, so that
    /// nothing that is held out is learnt from. Default none.
    ///
    /// ```
    /// use standpoint::{Corpus, Trainer};
    /// let page = ["Share this page", "He should resign"];
    /// let other = ["Sign up", "They must act"];
    /// let corpus = Corpus::of_pages([page, other, page, other])
    ///     .with_gold("kind", ["boilerplate", "opinion"].repeat(4).into_iter().map(Some))?;
    /// let more = Corpus::of_pages([["Sign in", "Somebody should act, and must"]]);
    /// let model = Trainer::new().tasks(["kind"]).min_df(1).unlabelled(more).fit(&corpus)?;
    /// let unlabelled = model.targets()[0].training().unlabelled.as_ref().unwrap();
    /// assert_eq!(unlabelled.passages, 2);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn unlabelled(self, corpus: Corpus) -> Self {
        Self { unlabelled: Some(corpus), ..self }
    }

    /// The passages without labels, but for pages that share some with the labelled ones.
    fn unlabelled_beside<'a>(
        &'a self,
        labelled: &Passages<'a>,
        sources: &[DenseSource],
    ) -> Result<Option<Passages<'a>>> {
        let Some(corpus) = &self.unlabelled else { return Ok(None) };
        if self.per_target {
            let expected = "none with a model for each target";
            return Err(Error::setting("unlabelled", corpus.name().to_owned(), expected));
        }
        if self.settings.folds == 0 {
            let expected = "none without calibration: labels would be too certain to learn from";
            return Err(Error::setting("unlabelled", corpus.name().to_owned(), expected));
        }
        let dense = self.dense(corpus, sources)?;
        let passages = corpus.passages()?.with_dense(dense);
        let apart = groups::apart_from(labelled, &passages);
        if apart.is_empty() {
            return Err(Error::undecidable(
                format!("all pages of {} share passages with the labelled ones", corpus.name()),
                "give other pages as `unlabelled`",
            ));
        }
        Ok(Some(passages.subset(&apart)))
    }

    /// The columns beside the texts.
    fn dense(&self, corpus: &Corpus, sources: &[DenseSource]) -> Result<Vec<Dense>> {
        let progress = self.report_progress(Work::Encoding, 0, 1);
        let report = |done, of| progress(Step { done, of });
        let encoder = self.encoder.as_ref().map(|encoder| encoder.reporting(report));
        corpus.dense(sources, encoder.as_ref().map(|encoder| encoder as &dyn TextEncoder))
    }

    fn dense_sources(&self) -> Vec<DenseSource> {
        let encoder = self.encoder.iter().map(|own| DenseSource::Encoder(own.sha256().to_owned()));
        self.settings.dense_sources().into_iter().chain(encoder).collect()
    }

    /// Keeps pages that share a value of this column in one fold of the cross-validation.
    pub fn group_by(self, column: impl Into<String>) -> Self {
        Self { group_by: Some(column.into()), ..self }
    }

    /// Passages that a term must be in. Default: 2, or 1 in small corpora.
    pub fn min_df(mut self, passages: usize) -> Self {
        self.settings.features.min_df = Some(passages);
        self
    }

    /// The seed of the folds. Default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Takes over the features that a search found; models remember how.
    pub fn with_search(mut self, found: &Search) -> Self {
        self.settings.features.clone_from(&found.features);
        self.search.clone_from(&found.rounds);
        self
    }

    /// Calls this as work goes on, from any thread.
    pub fn on_progress(self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { progress: Some(Arc::new(report)), ..self }
    }

    /// All other settings.
    pub fn settings(&self) -> &TrainSettings {
        &self.settings
    }

    /// Trains a model.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if a setting is out of its range;
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a column is missing, or a weight or `seq` is not a
    /// number; [`ErrorKind::SingleLabel`](crate::ErrorKind::SingleLabel) if a task has one label only;
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if it has none, or there are fewer than
    /// two pages. With a model for each target, the error names it.
    pub fn fit(&self, corpus: &Corpus) -> Result<Model> {
        self.fit_reported(corpus).map(|trained| trained.model)
    }

    /// As [`fit`](Self::fit), with a report.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    pub fn fit_reported(&self, corpus: &Corpus) -> Result<Trained> {
        let parts = self.parts(corpus)?;
        let mut models: Vec<TargetModel> = Vec::new();
        let (mut reports, mut without_neighbours) = (Vec::new(), Vec::new());
        for (number, part) in parts.iter().enumerate() {
            let progress = self.report_progress(Work::Training, number, parts.len());
            let column = self.group_by.as_deref().unwrap_or(SOURCE);
            let sources = groups::sources(corpus, &part.passages, &part.rows, column);
            let Part { passages, gold, settings, .. } = part;
            let fitted = train(passages, gold, settings, sources.as_deref(), &progress);
            let (mut model, report) = self.named(part, fitted)?;
            model.set_data_sha256(corpus.sha256().unwrap_or_default());
            model.set_search(self.search.clone());
            if let Some(more) = &self.unlabelled {
                model.set_unlabelled(more.pages()?.len(), more.sha256());
            }
            let asked = part.settings.context && part.passages.has_neighbours();
            without_neighbours.push(asked && model.context() == Context::Passage);
            models.push(model);
            reports.push(report);
        }
        let model = match self.per_target {
            true => Model::per_target(models)?,
            false => models.swap_remove(0).into(),
        };
        Ok(Trained { model, reports, without_neighbours })
    }

    /// Cross-validates: pages, or groups of them, are dealt to folds, and for each fold everything is
    /// trained on the other folds, vocabulary, penalties and second stage included.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit); [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if there are
    /// fewer pages than folds, or the column makes one group of all pages.
    pub fn cross_validate(&self, corpus: &Corpus, folds: usize) -> Result<CrossValidated> {
        let parts = self.parts(corpus)?;
        let (passages, _) = groups::with_copies_joined(corpus.passages()?);
        let groups = self.column_groups(corpus, &passages)?;
        let mut validations = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let progress = self.report_progress(Work::CrossValidation, number, parts.len());
            let (folds, own) = part.folds(folds, groups.as_deref());
            let validation = cross_validate(
                &part.passages,
                &part.gold,
                &part.settings,
                folds,
                own.as_deref(),
                &progress,
            );
            validations.push((part.rows.clone(), self.named(part, validation)?));
        }
        let pooled = CrossValidation::pool(&validations, &groups::for_intervals(&passages));
        let mut evaluation = self.evaluated(corpus, &pooled, &parts, &validations)?;
        let copies: Vec<Copies> =
            parts.iter().map(|part| Copies::of(part, folds, groups.is_some())).collect();
        let parted = copies.iter().filter(|copies| copies.are_parted);
        let parted: usize = parted.map(|copies| copies.passages).sum();
        // Of a few the figures are hardly better.
        if parted * 10 > corpus.len() {
            let why = format!("folds part {parted} passages from their copies on other pages");
            evaluation.tasks.iter_mut().for_each(|task| task.too_good = Some(why.clone()));
        }
        Ok(CrossValidated {
            evaluation,
            tasks: pooled.tasks,
            folds: pooled.folds,
            notices: notices(&parts, &copies, folds),
            n_rows: corpus.len(),
            asked_folds: folds,
            parts: validations,
        })
    }

    /// The group of each passage by the column that pages are grouped by, if there is one.
    pub(super) fn column_groups(
        &self,
        corpus: &Corpus,
        passages: &Passages<'_>,
    ) -> Result<Option<Vec<usize>>> {
        let Some(column) = &self.group_by else { return Ok(None) };
        let groups = groups::by_column(corpus, passages, column)?;
        match groups.iter().all(|group| *group == groups[0]) {
            true => Err(Error::undecidable(
                format!("grouping by {column} makes one group of all pages"),
                "group by a column that tells pages apart, or do not group",
            )),
            false => Ok(Some(groups)),
        }
    }

    /// Searches for the features that label held-out pages best. With a model for each target, all of
    /// them get the same.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    pub fn search(&self, corpus: &Corpus) -> Result<Search> {
        let mut parts = self.parts(corpus)?;
        for part in &mut parts {
            // What is best for a model of the labels is best for one that it teaches.
            part.passages = part.passages.clone().with_unlabelled(None);
        }
        let all: Vec<_> =
            parts.iter().map(|part| (&part.passages, &part.gold[..], &part.settings)).collect();
        let progress = self.report_progress(Work::Search, 0, 1);
        search(&all, &progress, &|number, error| match self.per_target {
            true => error.of_target(&parts[number].settings.target),
            false => error,
        })
    }

    /// The gold labels of the tasks.
    pub(crate) fn gold(&self, corpus: &Corpus) -> Result<Vec<Gold>> {
        let tasks = self.task_names(corpus)?;
        Ok(tasks.iter().filter_map(|name| corpus.gold(name)).collect())
    }

    /// The tasks that are asked for, or the usual ones that the corpus has.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a column is missing, or none is found.
    pub fn task_names(&self, corpus: &Corpus) -> Result<Vec<String>> {
        tasks_of(corpus, &self.tasks)
    }

    pub(super) fn parts<'a>(&'a self, corpus: &'a Corpus) -> Result<Vec<Part<'a>>> {
        self.settings.check()?;
        let gold = self.gold(corpus)?;
        self.check_criterion(corpus, &gold)?;
        let (passages, _) = groups::with_copies_joined(corpus.weighted_passages()?);
        let sources = self.dense_sources();
        let dense = self.dense(corpus, &sources)?;
        let unlabelled = self.unlabelled_beside(&passages, &sources)?;
        let passages = passages.with_dense(dense).with_unlabelled(unlabelled);
        let settings = self.settings.clone();
        if !self.per_target {
            let rows = (0..passages.len()).collect();
            return Ok(vec![Part { rows, passages, gold, settings }]);
        }
        let targets = corpus.require("target")?;
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, target) in targets.iter().enumerate() {
            let Some(target) = target else {
                return Err(Error::input(
                    corpus.place(row),
                    "the column \"target\" is empty",
                    "fill it, or train one model for all targets",
                ));
            };
            rows.entry(target).or_default().push(row);
        }
        let part = |(target, rows): (&str, Vec<usize>)| {
            // A task that nobody labelled for this target is not learnt for it.
            let labelled = |gold: &Gold| gold.labels.iter().any(Option::is_some);
            let own: Vec<Gold> =
                gold.iter().map(|gold| gold.subset(&rows)).filter(labelled).collect();
            if own.is_empty() {
                return Err(Error::input(
                    corpus.place(rows[0]),
                    format!("no passage of the target {target:?} has a label"),
                    "label some, or take its rows out",
                ));
            }
            let mut settings = TrainSettings { target: target.to_owned(), ..settings.clone() };
            // A label that only other targets have is none of this one's.
            let has = |gold: &[Gold], wanted: &str| gold.iter().any(|gold| gold.has(wanted));
            settings.label_weights.retain(|(wanted, _)| has(&own, wanted) || !has(&gold, wanted));
            let passages = passages.subset(&rows);
            Ok(Part { rows, passages, gold: own, settings })
        };
        rows.into_iter().map(part).collect()
    }

    /// That some task has the labels that the criterion speaks of.
    fn check_criterion(&self, corpus: &Corpus, gold: &[Gold]) -> Result<()> {
        let labels = |gold: &Gold| -> Vec<String> {
            let all: BTreeSet<&str> = gold.labels.iter().flatten().map(AsRef::as_ref).collect();
            all.into_iter().map(str::to_owned).collect()
        };
        let has = |gold: &Gold| Metric::f_avg(&labels(gold)).is_some();
        if self.settings.criterion != Criterion::FAvg || gold.iter().any(has) {
            return Ok(());
        }
        let shown = |gold: &Gold| format!("{} has {}", gold.task, labels(gold).join(", "));
        Err(Error::input(
            corpus.header_place(),
            format!(
                "f_avg is the mean F1 of favor and against, and no task has both labels: {}",
                gold.iter().map(shown).collect::<Vec<_>>().join("; ")
            ),
            "choose another metric in `criterion`, or rename the labels",
        ))
    }

    /// An error that concerns one target of several names it.
    fn named<T>(&self, part: &Part<'_>, result: Result<T>) -> Result<T> {
        result.map_err(|error| match self.per_target {
            true => error.of_target(&part.settings.target),
            false => error,
        })
    }

    /// Progress of one part of several.
    pub(crate) fn report_progress(
        &self,
        work: Work,
        part: usize,
        parts: usize,
    ) -> impl Fn(Step) + Sync + '_ {
        move |step: Step| {
            if let Some(report) = &self.progress {
                let (done, of) = (part * step.of + step.done, parts * step.of);
                report(Progress { work: work.clone(), done, of });
            }
        }
    }

    fn evaluated(
        &self,
        corpus: &Corpus,
        pooled: &CrossValidation,
        parts: &[Part<'_>],
        validations: &[(Vec<usize>, CrossValidation)],
    ) -> Result<Evaluation> {
        let seed = self.settings.seed;
        let references = References::of(corpus, None, seed)?;
        let with_references = |mut task: TaskEvaluation| {
            let scored = pooled.tasks.iter().find(|scored| scored.task() == task.task);
            task.baselines = references.of_task(scored.expect("it was evaluated"))?;
            Ok(task)
        };
        let tasks = evaluations(pooled).into_iter().map(with_references);
        let mut evaluation = Evaluation::from(tasks.collect::<Result<Vec<_>>>()?);
        if self.per_target {
            let of_part = |(part, (_, validation)): (&Part<'_>, &(Vec<usize>, CrossValidation))| {
                (part.settings.target.clone(), evaluations(validation))
            };
            evaluation.targets = parts.iter().zip(validations).map(of_part).collect();
        }
        Ok(evaluation)
    }
}

impl Part<'_> {
    /// Its folds, as many as there are groups at most, and the groups of its own pages where `groups` of all
    /// passages are given.
    pub(super) fn folds(
        &self,
        folds: usize,
        groups: Option<&[usize]>,
    ) -> (usize, Option<Vec<usize>>) {
        let own = groups.map(|groups| self.groups(groups));
        let n_groups = own.iter().flatten().max().map_or(usize::MAX, |most| most + 1);
        (folds.min(n_groups), own)
    }

    /// Groups of the part's own pages, numbered without gaps.
    fn groups(&self, groups: &[usize]) -> Vec<usize> {
        let first = |page: &Vec<usize>| groups[self.rows[page[0]]];
        let of_pages: Vec<usize> = self.passages.pages().iter().map(first).collect();
        let all: BTreeSet<usize> = of_pages.iter().copied().collect();
        let numbers: BTreeMap<usize, usize> = all.into_iter().zip(0..).collect();
        of_pages.iter().map(|group| numbers[group]).collect()
    }
}

/// Passages of a part that are nearly the same on several pages.
struct Copies {
    passages: usize,
    /// Whether folds part pages that share some: then a model has seen some of what it judges.
    are_parted: bool,
}

impl Copies {
    /// `by_column`: whether a column says which pages are together, and their copies with them.
    fn of(part: &Part<'_>, folds: usize, by_column: bool) -> Self {
        let passages = &part.passages;
        Self {
            passages: groups::with_copies_joined(passages.clone()).1,
            are_parted: !by_column && passages.fold_groups(folds) != passages.group_numbers(),
        }
    }
}

/// What the reader of figures by folds should know of their passages.
fn notices(parts: &[Part<'_>], copies: &[Copies], folds: usize) -> Vec<String> {
    let mut all = Vec::new();
    for (Part { passages, gold, settings, .. }, copies) in parts.iter().zip(copies) {
        let target = match parts.len() {
            1 => String::new(),
            _ => format!("{}: ", settings.target),
        };
        if copies.passages > 0 {
            let then = match copies.are_parted {
                false => "pages that share copies are kept together",
                true => {
                    "folds part pages that share copies, so that these figures are too good; `audit` \
                     lists the copies, `evaluate --leakage` says what they make"
                }
            };
            all.push(format!(
                "{target}{} passages are nearly the same on several pages: {then}",
                copies.passages
            ));
        }
        let groups = passages.fold_groups(folds);
        for gold in gold {
            let mut on: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
            for (label, group) in gold.labels.iter().zip(&groups) {
                if let Some(label) = label {
                    on.entry(label).or_default().insert(*group);
                }
            }
            let few = on.iter().filter(|(_, groups)| groups.len() < folds);
            let few: Vec<String> =
                few.map(|(label, groups)| format!("{label:?} ({})", groups.len())).collect();
            if !few.is_empty() {
                all.push(format!(
                    "{target}{}: fewer pages than the {folds} folds have {}: some folds cannot test such a \
                     label, and one on a single page is never learnt when that page is tested; label \
                     more pages with it, or leave it out",
                    gold.task,
                    few.join(", ")
                ));
            }
        }
    }
    all
}

/// The metrics of each task, with those without context beside them.
fn evaluations(validation: &CrossValidation) -> Vec<TaskEvaluation> {
    let mut without = validation.without_context.iter();
    let of_task = |scored: &Scored| {
        let evaluation = TaskEvaluation::of(scored);
        match without.next() {
            Some(without) => evaluation.with_metrics_without_context(estimates(without)),
            None => evaluation,
        }
    };
    validation.tasks.iter().map(of_task).collect()
}

/// The tasks that are asked for, or those of [`USUAL_TASKS`] that the corpus has.
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) if a column is missing, or none is found.
pub fn tasks_of(corpus: &Corpus, asked: &[String]) -> Result<Vec<String>> {
    let tasks = named_tasks(corpus, asked)?;
    tasks.iter().try_for_each(|task| corpus.check_labels(task))?;
    Ok(tasks)
}

fn named_tasks(corpus: &Corpus, asked: &[String]) -> Result<Vec<String>> {
    for name in asked {
        corpus.require(name)?;
        if ["text", "page", "seq"].contains(&name.as_str()) {
            return Err(Error::input(
                corpus.header_place(),
                format!("the column {name:?} has no labels: it says what the passages are"),
                format!("name label columns in `tasks`; there are {}", corpus.columns().join(", ")),
            ));
        }
    }
    if let Some((_, twice)) = asked.iter().enumerate().find(|(i, name)| asked[..*i].contains(name))
    {
        let found = format!("{twice:?} twice");
        return Err(Error::setting("tasks", found, "a list that names each column once"));
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let usual: Vec<String> =
        USUAL_TASKS.into_iter().filter(|name| corpus.has_column(name)).map(str::to_owned).collect();
    if usual.is_empty() {
        return Err(Error::input(
            corpus.header_place(),
            format!("none of the columns is named {}", USUAL_TASKS.join(", ")),
            format!("name the label columns in `tasks`; there are {}", corpus.columns().join(", ")),
        ));
    }
    Ok(usual)
}
