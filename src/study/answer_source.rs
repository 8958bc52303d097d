//! Where predictions come from.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::joined_for_intervals;
use crate::{
    corpus::{Corpus, mismatch, spellings},
    error::{Error, Result},
    evaluate::labels_without_probability,
    model::{Model, PredictSettings, Predictor},
    predictions::{Answers, Scored, position},
};

/// Where the predictions of a corpus come from.
pub enum AnswerSource {
    /// A model, or several.
    Model(Box<Predictor>),
    /// A table of predictions: columns `pred_<task>` and perhaps `p_<task>_<label>`.
    Table(Corpus),
    /// Such columns of the corpus itself.
    Columns,
}

/// Predictions, and what a reader of them should know: a sentence each.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WithNotices<T> {
    /// The predictions.
    pub found: T,
    /// Passages without text or without a prediction, targets that the model is not about.
    pub notices: Vec<String>,
}

impl AnswerSource {
    /// A model with its default settings.
    ///
    /// # Errors
    /// None: the settings are the default ones.
    pub fn model(model: &Model) -> Result<Self> {
        Ok(Self::Model(Box::new(model.predictor(&PredictSettings::default())?)))
    }

    /// What predicts, if it is a model.
    pub fn predictor(&self) -> Option<&Predictor> {
        match self {
            Self::Model(predictor) => Some(predictor),
            Self::Table(_) | Self::Columns => None,
        }
    }

    /// The tasks that are predicted.
    pub fn known_tasks(&self, corpus: &Corpus) -> Vec<String> {
        match self {
            Self::Model(predictor) => {
                predictor.tasks().iter().map(|task| task.name.to_string()).collect()
            }
            Self::Table(table) => owned(table.predicted_tasks()),
            Self::Columns => owned(corpus.predicted_tasks()),
        }
    }

    /// The tasks that are asked for, or all that are predicted and `wanted`; `why` is the error if there
    /// are none.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if a task is not predicted.
    pub fn tasks(
        &self,
        corpus: &Corpus,
        asked: &[String],
        wanted: impl Fn(&str) -> bool,
        why: &str,
    ) -> Result<Vec<String>> {
        let known = self.known_tasks(corpus);
        let problem = match asked.iter().find(|name| !known.contains(name)) {
            Some(name) => format!("{name} is not predicted"),
            None if asked.is_empty() && !known.iter().any(|task| wanted(task)) => why.to_owned(),
            None if asked.is_empty() => {
                return Ok(known.into_iter().filter(|task| wanted(task)).collect());
            }
            None => return Ok(asked.to_vec()),
        };
        Err(Error::undecidable(problem, format!("the predictions are of {}", known.join(", "))))
    }

    /// The predictions of all rows for these tasks, which must be predicted.
    ///
    /// # Errors
    /// Those of [`Model::predict`](crate::Model::predict) and [`Corpus::answers`].
    pub fn answers(&self, corpus: &Corpus, tasks: &[String]) -> Result<WithNotices<Vec<Answers>>> {
        match self {
            Self::Model(predictor) => {
                let predictions = predictor.predict(corpus)?;
                let of = |name: &String| predictions.task(name).cloned();
                Ok(WithNotices {
                    found: tasks.iter().map(of).collect::<Result<_>>()?,
                    notices: [predictor.notices(), &predictions.notices()].concat(),
                })
            }
            Self::Table(table) => of_columns(table, tasks),
            Self::Columns => of_columns(corpus, tasks),
        }
    }

    /// The cases of the tasks that are asked for, or of all that are predicted and that the corpus has
    /// gold labels of.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if a task has no predictions or no gold
    /// labels; [`ErrorKind::UnknownLabel`](crate::ErrorKind::UnknownLabel) if a model does not know a gold
    /// label; and those of [`Corpus::rows_in`] and [`answers`](Self::answers).
    pub fn score(&self, corpus: &Corpus, asked: &[String]) -> Result<WithNotices<Vec<Scored>>> {
        asked.iter().try_for_each(|name| corpus.require(name).map(drop))?;
        let known = self.known_tasks(corpus);
        self.check_asked(corpus, asked, &known)?;
        let tasks: Vec<String> = known
            .iter()
            .filter(|name| corpus.has_column(name))
            .filter(|name| asked.is_empty() || asked.contains(name))
            .cloned()
            .collect();
        if tasks.is_empty() {
            return Err(self.nothing_to_score(corpus, &known));
        }
        let scored = match self {
            Self::Model(predictor) => by_model(predictor, corpus, &tasks)?,
            Self::Table(table) => by_table(table, corpus, &tasks)?,
            Self::Columns => by_table(corpus, corpus, &tasks)?,
        };
        if let Some(task) = scored.found.iter().find(|task| task.is_empty()) {
            let name = task.task();
            let problem = match task.unanswered().len() {
                0 => format!("no passage of {} has a {name} label", corpus.name()),
                n => format!("none of the {n} passages with a {name} label has a prediction"),
            };
            let help = "fill the column, or choose others in `tasks`";
            return Err(Error::undecidable(problem, help));
        }
        Ok(scored)
    }

    fn check_asked(&self, corpus: &Corpus, asked: &[String], known: &[String]) -> Result<()> {
        let Some(name) = asked.iter().find(|name| !known.contains(name)) else { return Ok(()) };
        Err(match self {
            Self::Model(_) => Error::undecidable(
                format!("the model has no task {name:?}"),
                format!("its tasks are {}", known.join(", ")),
            ),
            _ => Error::undecidable(
                format!("{} has no column pred_{name}", self.name(corpus)),
                format!("its predictions are of {}", known.join(", ")),
            ),
        })
    }

    fn nothing_to_score(&self, corpus: &Corpus, known: &[String]) -> Error {
        let file = corpus.name();
        match self {
            Self::Model(_) => Error::undecidable(
                format!("{file} has no gold column for any task of the model"),
                format!("the model's tasks are {}", known.join(", ")),
            ),
            _ if known.is_empty() => Error::undecidable(
                format!("{} has no predictions", self.name(corpus)),
                "name their columns pred_<task>, as in pred_kind",
            ),
            _ => Error::undecidable(
                format!("{file} has no gold column for any task that is predicted"),
                format!(
                    "the predictions are of {}; give a table that has such a column",
                    known.join(", ")
                ),
            ),
        }
    }

    /// The name of the table that has the predictions.
    fn name(&self, corpus: &Corpus) -> String {
        match self {
            Self::Table(table) => table.name().to_owned(),
            _ => corpus.name().to_owned(),
        }
    }
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn of_columns(table: &Corpus, tasks: &[String]) -> Result<WithNotices<Vec<Answers>>> {
    let of = |task: &String| {
        table.answers(task)?.ok_or_else(|| {
            Error::undecidable(
                format!("{} has no column pred_{task}", table.name()),
                "give predictions of these passages too",
            )
        })
    };
    let found = tasks.iter().map(of).collect::<Result<_>>()?;
    Ok(WithNotices { found, notices: Vec::new() })
}

fn by_model(
    predictor: &Predictor,
    corpus: &Corpus,
    tasks: &[String],
) -> Result<WithNotices<Vec<Scored>>> {
    let predictions = predictor.predict(corpus)?;
    let pages = joined_for_intervals(corpus, corpus.page_numbers()?)?;
    let of_task = |answers: &Answers| {
        let gold = corpus.require(answers.task())?;
        let number = |(row, label): (usize, &Option<std::borrow::Cow<'_, str>>)| {
            let Some(label) = label.as_deref() else { return Ok(None) };
            let labels = answers.labels();
            position(labels, label).map(Some).ok_or_else(|| {
                Error::unknown_label(corpus.place(row), answers.task(), label, labels)
            })
        };
        let gold: Vec<Option<usize>> =
            gold.iter().enumerate().map(number).collect::<Result<_>>()?;
        Scored::new(answers.clone().on_pages(&pages), &gold)
    };
    let wanted = predictions.tasks().iter().filter(|task| tasks.iter().any(|t| t == task.task()));
    Ok(WithNotices {
        found: wanted.map(of_task).collect::<Result<_>>()?,
        notices: [predictor.notices(), &predictions.notices()].concat(),
    })
}

/// Sentences about labels in several spellings and about marks of missing values.
fn doubts<'a>(of: &str, labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    spellings(of, &counts, &mut BTreeSet::new())
}

fn by_table(table: &Corpus, corpus: &Corpus, tasks: &[String]) -> Result<WithNotices<Vec<Scored>>> {
    let row_of = match std::ptr::eq(table, corpus) {
        true => (0..corpus.len()).collect(),
        false => corpus.rows_in(table)?,
    };
    let pages = match (0..corpus.len()).all(|row| corpus.page_id(row).is_empty()) {
        // Gold labels matched by order may leave it to the predictions to say which page a row is on.
        true => {
            let pages = table.page_numbers()?;
            row_of.iter().map(|&row| pages[row]).collect()
        }
        false => corpus.page_numbers()?,
    };
    let pages = joined_for_intervals(corpus, pages)?;
    let mut notices = Vec::new();
    if !std::ptr::eq(table, corpus) {
        notices.extend(corpus.order_note(table)?);
    }
    let mut found = Vec::new();
    for task in tasks {
        let answers = table.answers(task)?.expect("the column was found").select(&row_of);
        let gold = corpus.require(task)?;
        let mut labels = match answers.probabilities() {
            Some(_) => answers.labels().to_vec(),
            None => Vec::new(),
        };
        // A label that only gold labels, or only predictions of labelled rows, have is one of the task.
        let labelled = || (0..gold.len()).filter(|&row| gold[row].is_some());
        let of_gold: BTreeSet<&str> = gold.iter().flatten().map(AsRef::as_ref).collect();
        let predicted: BTreeSet<&str> = labelled().filter_map(|row| answers.label(row)).collect();
        notices.extend(doubts(&format!("gold {task}"), gold.iter().flatten().map(AsRef::as_ref)));
        let given = labelled().filter_map(|row| answers.label(row));
        notices.extend(doubts(&format!("predicted {task}"), given));
        notices.extend(mismatch(task, &of_gold, &predicted));
        for &label in of_gold.union(&predicted) {
            if position(&labels, label).is_none() {
                labels.push(label.to_owned());
            }
        }
        let answers = answers.relabel(&labels).on_pages(&pages);
        let number =
            |label: &Option<std::borrow::Cow<'_, str>>| position(&labels, label.as_deref()?);
        let gold: Vec<Option<usize>> = gold.iter().map(number).collect();
        let scored = Scored::new(answers, &gold)?;
        for label in labels_without_probability(&scored) {
            let label = &scored.labels()[label];
            notices.push(format!(
                "{} has no column p_{task}_{label}, and {label:?} is a gold {task} label: the log loss is \
                 not defined, and brier takes its probability for 0",
                table.name()
            ));
        }
        let (n, all) = (scored.unanswered().len(), scored.unanswered().len() + scored.len());
        if n > 0 && n < all {
            notices.push(format!(
                "{n} of {all} passages with a {task} label got no prediction; the figures speak of \
                 the others"
            ));
        }
        found.push(scored);
    }
    Ok(WithNotices { found, notices })
}
