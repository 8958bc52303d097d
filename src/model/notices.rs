//! What a reader of predictions should know: passages without text or known terms, coverage under an
//! error limit, shares of labels far from those in training.

use std::collections::BTreeMap;

use super::{
    Model, PredictSettings, Predictions, Predictor, TargetModel, TaskLabels, TaskModel,
    new_words::Words,
};
use crate::{
    evaluate::{LEAST_PAGES_TO_JUDGE, NoThreshold, RiskPoint, Standing, least_bound},
    predictions::{Abstention, Answers},
};

/// Predicted shares of fewer passages, or of fewer pages, differ from training by chance.
const LEAST_PASSAGES: usize = 100;
const LEAST_PAGES: usize = 10;
/// Shares that are this far from those in training (total variation) are worth a word.
const FAR: f64 = 0.25;

/// A sentence for a reader of predictions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Something is probably wrong.
    Warning(String),
    /// Something worth knowing.
    Note(String),
}

/// Counts over predictions, block after block, from which [`Notice`]s follow.
///
/// ```
/// use standpoint::{Corpus, Model, model::{Notice, PredictSettings, Seen}};
/// let predictor = Model::built_in().predictor(&PredictSettings::default())?;
/// let mut seen = Seen::default();
/// for text in ["Ministers met on Monday.", ""] {
///     seen.add(&predictor.predict(&Corpus::of_page([text]))?);
/// }
/// let notices = seen.notices(&predictor);
/// assert_eq!(notices[0], Notice::Warning("1 passage has no text; their labels mean nothing".into()));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Seen {
    passages: usize,
    pages: usize,
    empty: usize,
    /// For each model, the words of the pages that its targets read, by the targets' numbers.
    words: Vec<BTreeMap<usize, Words>>,
    tasks: Vec<SeenTask>,
    /// What is to be said of one.
    other_target: Option<String>,
}

#[derive(Debug, Clone)]
struct SeenTask {
    /// Passages whose model knows the task.
    n: usize,
    uncertain: usize,
    unknown: usize,
    /// Sums of the labels' probabilities.
    probabilities: Vec<f64>,
}

impl SeenTask {
    fn of(answers: &Answers) -> Self {
        let mut probabilities = vec![0.0; answers.n_labels()];
        for p in answers.probabilities().unwrap_or_default().chunks_exact(answers.n_labels()) {
            probabilities.iter_mut().zip(p).for_each(|(sum, p)| *sum += p);
        }
        Self {
            n: answers.len() - answers.count(Abstention::NoSuchTask),
            uncertain: answers.count(Abstention::Uncertain),
            unknown: answers.count(Abstention::NoKnownTerm),
            probabilities,
        }
    }

    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.uncertain += other.uncertain;
        self.unknown += other.unknown;
        let sums = self.probabilities.iter_mut().zip(other.probabilities);
        sums.for_each(|(sum, other)| *sum += other);
    }
}

impl Seen {
    /// Counts some predictions.
    pub fn add(&mut self, predictions: &Predictions) {
        self.merge(Self {
            words: predictions.read_by().iter().map(|by| predictions.words(by)).collect(),
            passages: predictions.len(),
            pages: predictions.n_pages(),
            empty: predictions.corpus().empty_texts(),
            tasks: predictions.tasks().iter().map(SeenTask::of).collect(),
            other_target: other_target_notice(predictions),
        });
    }

    /// Adds the counts of other predictions by the same predictor.
    pub fn merge(&mut self, other: Self) {
        self.passages += other.passages;
        self.pages += other.pages;
        self.empty += other.empty;
        self.words.resize_with(other.words.len().max(self.words.len()), BTreeMap::new);
        for (own, other) in self.words.iter_mut().zip(other.words) {
            for (target, words) in other {
                own.entry(target).or_default().add(words);
            }
        }
        self.other_target = self.other_target.take().or(other.other_target);
        if self.tasks.is_empty() {
            self.tasks = other.tasks;
        } else {
            self.tasks.iter_mut().zip(other.tasks).for_each(|(task, other)| task.merge(other));
        }
    }

    /// Passages so far.
    pub fn passages(&self) -> usize {
        self.passages
    }

    /// The notices, of predictions by this predictor.
    pub fn notices(&self, predictor: &Predictor) -> Vec<Notice> {
        let settings = predictor.settings();
        let mut notices: Vec<Notice> =
            predictor.notices().iter().cloned().map(Notice::Warning).collect();
        notices.extend(empty_notice(self.empty).map(Notice::Warning));
        notices.extend(self.other_target.clone().map(Notice::Warning));
        if settings.max_error.is_some() && !settings.prior.is_empty() {
            notices.push(Notice::Warning(
                "the error was cross-validated at the shares of the training data, not at those of \
                 `prior`: check it on labelled passages"
                    .into(),
            ));
        }
        let mut all = predictor.tasks().iter().zip(&self.tasks);
        for ((model, _), words) in predictor.models().zip(&self.words) {
            notices.extend(unlike(model, words).into_iter().map(Notice::Warning));
        }
        for ((model, tasks), words) in predictor.models().zip(&self.words) {
            let own: Vec<(&TaskLabels, &SeenTask)> = all.by_ref().take(tasks.len()).collect();
            self.of_model(model, words, &own, settings, &mut notices);
        }
        notices
    }

    /// The notices on what is taken from one model.
    fn of_model(
        &self,
        model: &Model,
        words: &BTreeMap<usize, Words>,
        tasks: &[(&TaskLabels, &SeenTask)],
        settings: &PredictSettings,
        notices: &mut Vec<Notice>,
    ) {
        let target = only_target(model, words);
        let names: Vec<&str> = tasks.iter().map(|(task, _)| &*task.name).collect();
        let read = words.keys().flat_map(|&number| model.targets()[number].tasks());
        let mut read = read.filter(|task| names.contains(&task.name()));
        if settings.max_error.is_some() && read.any(|task| !task.decision().has_bounds()) {
            notices.push(Notice::Warning(
                "the model was made before version 0.2: the error is the share observed on pages held \
                 out, which other pages exceed about as often as not, and no bound; train it anew"
                    .into(),
            ));
        }
        notices.extend(guessing_notice(target, &names).map(Notice::Warning));
        for (number, (task, seen)) in
            tasks.iter().copied().enumerate().filter(|(_, (_, seen))| seen.n > 0)
        {
            let SeenTask { n, uncertain, unknown, .. } = *seen;
            if let Some(error) = settings.max_error {
                let answered = n - uncertain - unknown;
                notices.push(Notice::Note(format!(
                    "{}: {answered} of {n} passages answered ({:.0} %); {}",
                    task.name,
                    100.0 * answered as f64 / n as f64,
                    promised(target, &task.name, error, settings.confidence)
                )));
            }
            if unknown > 0 && number == 0 {
                let (s, have) = if unknown == 1 { ("", "has") } else { ("s", "have") };
                let of = if self.tasks.len() == names.len() {
                    String::new()
                } else {
                    format!(" ({})", names.join(", "))
                };
                notices.push(Notice::Warning(format!(
                    "{unknown} passage{s} {have} no term that the model{of} knows: no label is given"
                )));
            }
            if settings.prior.is_empty() {
                notices.extend(self.shifted(target, task, seen).map(Notice::Warning));
            }
        }
    }

    /// A warning if the predicted shares of labels are far from those in training.
    fn shifted(
        &self,
        target: Option<&TargetModel>,
        task: &TaskLabels,
        seen: &SeenTask,
    ) -> Option<String> {
        if self.passages < LEAST_PASSAGES || self.pages < LEAST_PAGES {
            return None;
        }
        let own = target?.tasks().iter().find(|known| known.name() == &*task.name)?;
        let mean = |label: &String| {
            let label = task.labels.iter().position(|known| known == label)?;
            Some(seen.probabilities[label] / self.passages as f64)
        };
        let trained = own.shares();
        let found: Vec<f64> = own.labels().iter().filter_map(mean).collect();
        let distance = trained.iter().zip(&found).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0;
        let shown = |shares: &[f64]| {
            let labels = own.labels().iter().zip(shares);
            labels.map(|(label, p)| format!("{label} {p:.2}")).collect::<Vec<_>>().join(", ")
        };
        (distance >= FAR).then(|| {
            format!(
                "{}: the predicted shares ({}) are far from those in training ({}); if you know the \
                 true ones, give them as `prior`",
                task.name,
                shown(&found),
                shown(trained)
            )
        })
    }
}

impl Predictions {
    /// What a reader of the answers should know, a sentence each: passages without text, and a
    /// [`other_target`](Self::other_target).
    pub fn notices(&self) -> Vec<String> {
        let empty = empty_notice(self.corpus().empty_texts());
        empty.into_iter().chain(other_target_notice(self)).collect()
    }
}

/// Warnings of pages with more new words than those in training let expect.
fn unlike(model: &Model, words: &BTreeMap<usize, Words>) -> Vec<String> {
    let of_target = |(&number, &words): (&usize, &Words)| {
        let target = &model.targets()[number];
        let new_words = target.training().new_words.as_ref()?;
        let unlike = new_words.judge(words)?;
        let [found, usual, most] = [unlike.share, unlike.usual, unlike.most].map(percent);
        let subject = match model.is_per_target() {
            true => format!("{}: these pages", target.target()),
            false => "these pages".into(),
        };
        let others = if new_words.by_source { "pages of other sources" } else { "other pages" };
        Some(format!(
            "{subject} look unlike those that the model learnt from: {found} of their words are new to it \
             ({others} of the kind it learnt from: about {usual}, rarely over {most}). Its figures may \
             not hold here: label some passages and run `standpoint evaluate`"
        ))
    };
    words.iter().filter_map(of_target).collect()
}

/// The tasks whose labels were no better than a guess on pages held out.
fn guessing_notice(target: Option<&TargetModel>, tasks: &[&str]) -> Option<String> {
    let guessing = |task: &&TaskModel| {
        tasks.contains(&task.name())
            && task.decision().standing == Some(Standing::NoBetterThanGuessing)
    };
    let names: Vec<&str> = target?.tasks().iter().filter(guessing).map(TaskModel::name).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{}: on pages held out in training this model was {}; do not rely on these labels",
            names.join(", "),
            Standing::NoBetterThanGuessing.words()
        )
    })
}

/// What is promised under this error limit, or why nothing is, where one model reads all passages.
fn promised(target: Option<&TargetModel>, task: &str, error: f64, confidence: f64) -> String {
    let Some(target) = target else {
        return "each target's model kept to the error by itself".into();
    };
    let Some(task) = target.tasks().iter().find(|known| known.name() == task) else {
        return "the model does not know the task".into();
    };
    let sure = format!("with {} % confidence", shown(100.0 * confidence));
    let pages = task.decision().risk.last().and_then(|all| all.evidence).map_or(0, |all| all.pages);
    match task.decision().answering(error, confidence) {
        Ok(point) => {
            let RiskPoint { confidence: least, coverage, error, .. } = point;
            let bound = point.upper_bound(confidence);
            let bound =
                bound.map(|bound| format!(", on other pages like these at most {bound:.3} {sure}"));
            format!(
                "from a probability of {least:.3} on, which {:.0} % have on pages held out, {error:.3} of \
                 these wrong{}",
                100.0 * coverage,
                bound.unwrap_or_default()
            )
        }
        Err(NoThreshold::FewPages) if pages < LEAST_PAGES_TO_JUDGE => format!(
            "{pages} labelled page{} cannot promise any error, {LEAST_PAGES_TO_JUDGE} are needed",
            if pages == 1 { "" } else { "s" }
        ),
        Err(NoThreshold::FewPages) => format!(
            "{pages} labelled pages cannot promise an error of {error}: without a single wrong label on \
             them it would be {:.3} {sure}",
            least_bound(pages, confidence)
        ),
        Err(_) if pages == 0 => {
            format!("on pages held out more than {error} were wrong everywhere")
        }
        Err(_) => format!(
            "on {pages} labelled pages an error of {error} cannot be promised {sure}, not even of the \
             most certain labels"
        ),
    }
}

fn percent(share: f64) -> String {
    let digits = usize::from(share < 0.1);
    format!("{:.digits$} %", 100.0 * share)
}

/// A number to two decimals, without zeros at the end.
fn shown(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// That some passages have no text: they are labelled like all others, for rows out = rows in.
pub fn empty_notice(n: usize) -> Option<String> {
    let (s, have) = if n == 1 { ("", "has") } else { ("s", "have") };
    (n > 0).then(|| format!("{n} passage{s} {have} no text; their labels mean nothing"))
}

/// That the only target of a model is not the one that the corpus names.
fn other_target_notice(predictions: &Predictions) -> Option<String> {
    let by = predictions.read_by().iter().find(|by| by.other_target.is_some())?;
    let other = by.other_target.as_deref()?;
    Some(format!(
        "the model's stance is toward {}; toward {other:?}, as the column \"target\" has it, it means \
         nothing",
        by.model.targets()[0].target()
    ))
}

/// The part of a model that read all passages, if it was one.
fn only_target<'a>(model: &'a Model, words: &BTreeMap<usize, Words>) -> Option<&'a TargetModel> {
    let mut numbers = words.keys();
    let (first, None) = (numbers.next()?, numbers.next()) else { return None };
    Some(&model.targets()[*first])
}
