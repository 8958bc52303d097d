//! Labelled passages and what somebody says of them: a model, or a table of predictions.

use std::{borrow::Cow, collections::BTreeSet, path::Path};

use anyhow::Result;
use standpoint::{
    Abstention, Answering, Corpus, Error, InputFormat, Model, TaskCrossValidation, TaskLabels,
    TaskPredictions,
    evaluate::{Resampling, TaskEvaluation},
    predictions::{Answers, Scored},
};

use super::{answered::moved, answers, args::InputArgs, input, render};

/// Who says what a passage is.
pub enum Judge {
    /// A model, and the target chosen for all passages if there is one.
    Model(Model, Option<String>),
    /// A table with `pred_<task>` and perhaps `p_<task>_<label>`.
    Predictions(Corpus),
    /// The table of the gold labels has the predictions too.
    Beside,
}

/// One task's cases: passages that have a gold label and an answer.
#[derive(Clone)]
pub struct Judged {
    pub task: String,
    pub labels: Vec<String>,
    /// Row of each case in the table of the gold labels.
    pub rows: Vec<usize>,
    pub gold: Vec<usize>,
    pub predicted: Vec<usize>,
    /// Cases * labels, or nothing.
    pub probabilities: Option<Vec<f64>>,
    /// Page of each case, numbered from 0 alike in all tasks.
    pub pages: Vec<usize>,
    /// Rows that have a gold label and no answer.
    pub unanswered: Vec<usize>,
}

impl Judge {
    /// A table of predictions if the name ends as one does, else a model.
    pub fn open(path: &Path, input: &InputArgs) -> Result<Self> {
        Ok(match InputFormat::of_name(&path.display().to_string()) {
            InputFormat::Text => Self::Model(input::models(Some(path))?, None),
            _ => Self::Predictions(input.labels(path)?),
        })
    }

    pub fn models(&self) -> Option<&Model> {
        match self {
            Self::Model(models, _) => Some(models),
            _ => None,
        }
    }

    /// The cases of the tasks asked for, or of all that the judge knows and the table has gold labels
    /// of. Refuses a task that one of the two lacks, and gold labels that a model does not know.
    pub fn judge(&self, table: &Corpus, asked: &[String]) -> Result<Vec<Judged>> {
        input::check_columns(table, asked)?;
        let file = table.place(0).file;
        let known: Vec<&str> = match self {
            Self::Model(models, _) => models.tasks().iter().map(|task| &*task.name).collect(),
            Self::Predictions(predictions) => predictions.predicted_tasks(),
            Self::Beside => table.predicted_tasks(),
        };
        if let Some(name) = asked.iter().find(|name| !known.contains(&name.as_str())) {
            let (problem, help) = match self {
                Self::Model(..) => (
                    format!("the model has no task {name:?}"),
                    "choose others with --tasks; `standpoint inspect` lists them".to_owned(),
                ),
                _ => (
                    format!("{} has no column pred_{name}", self.file(table)),
                    format!("its predictions are of {}", known.join(", ")),
                ),
            };
            return Err(Error::undecidable(problem, help).into());
        }
        let tasks: Vec<&str> = known
            .iter()
            .copied()
            .filter(|name| table.has_column(name))
            .filter(|name| asked.is_empty() || asked.iter().any(|asked| asked == name))
            .collect();
        if tasks.is_empty() {
            let (problem, help) = match self {
                Self::Model(..) => (
                    format!("{file} has no gold column for any task of the model"),
                    format!("the model's tasks are {}", known.join(", ")),
                ),
                _ if known.is_empty() => (
                    format!("{} has no predictions", self.file(table)),
                    "name their columns pred_<task>, as pred_kind".to_owned(),
                ),
                _ => (
                    format!("{file} has no gold column for any task that is predicted"),
                    format!(
                        "the predictions are of {}; give a table that has such a column",
                        known.join(", ")
                    ),
                ),
            };
            return Err(Error::undecidable(problem, help).into());
        }
        let judged = match self {
            Self::Model(models, target) => by_models(models, target.as_deref(), table, &tasks)?,
            Self::Predictions(predictions) => by_table(predictions, table, &tasks)?,
            Self::Beside => by_table(table, table, &tasks)?,
        };
        for of_task in &judged {
            if of_task.rows.is_empty() {
                let task = &of_task.task;
                let problem = match of_task.unanswered.len() {
                    0 => format!("no passage of {file} has a {task} label"),
                    n => format!("none of the {n} passages with a {task} label has a prediction"),
                };
                let help = "fill the column, or choose others with --tasks";
                return Err(Error::undecidable(problem, help).into());
            }
        }
        Ok(judged)
    }

    fn file(&self, table: &Corpus) -> String {
        match self {
            Self::Predictions(predictions) => predictions.place(0).file,
            _ => table.place(0).file,
        }
    }
}

impl Judged {
    pub fn scored(&self) -> standpoint::Result<Scored> {
        let given = self.predicted.iter().map(|&label| Some(label)).collect();
        let mut answers =
            Answers::new(&*self.task, self.labels.clone(), given, self.pages.clone())?;
        if let Some(probabilities) = &self.probabilities {
            answers = answers.with_probabilities(probabilities.clone())?;
        }
        Scored::new(answers, &self.gold.iter().map(|&label| Some(label)).collect::<Vec<_>>())
    }

    /// What a cross-validation says of passages, each by the model that has not seen its page.
    pub fn held_out(task: &TaskCrossValidation) -> Self {
        Self {
            task: task.task.clone(),
            labels: task.labels.clone(),
            rows: task.rows.clone(),
            gold: task.gold.clone(),
            predicted: task.predicted.labels.clone(),
            probabilities: Some(task.predicted.probabilities.clone()),
            pages: task.pages.clone(),
            unanswered: Vec::new(),
        }
    }

    /// Some of the cases, by their numbers.
    pub fn select(&self, cases: &[usize]) -> Self {
        let k = self.labels.len();
        let of = |values: &[usize]| cases.iter().map(|&case| values[case]).collect();
        Self {
            task: self.task.clone(),
            labels: self.labels.clone(),
            rows: of(&self.rows),
            gold: of(&self.gold),
            predicted: of(&self.predicted),
            probabilities: self.probabilities.as_ref().map(|p| {
                cases.iter().flat_map(|&case| p[case * k..][..k].iter().copied()).collect()
            }),
            pages: of(&self.pages),
            unanswered: Vec::new(),
        }
    }

    /// The same cases with their labels numbered by `labels`, which has all of them.
    pub fn relabel(&mut self, labels: &[String]) {
        let at: Vec<Option<usize>> =
            self.labels.iter().map(|label| position(labels, label)).collect();
        let number = |label: usize| at[label].expect("a label of all");
        self.gold.iter_mut().chain(&mut self.predicted).for_each(|label| *label = number(*label));
        let moved = self.probabilities.as_ref().map(|p| moved(p, &at, labels.len()));
        self.probabilities = moved;
        self.labels = labels.to_vec();
    }

    /// The figures, or the counts alone if there are fewer than `least` cases.
    pub fn evaluate_from(&self, least: usize, seed: u64) -> Result<TaskEvaluation> {
        match self.rows.len() < least {
            true => {
                let none = Resampling::default().resamples(0);
                Ok(TaskEvaluation::of(&self.scored()?, none).withheld())
            }
            false => self.evaluate(seed),
        }
    }

    pub fn evaluate(&self, seed: u64) -> Result<TaskEvaluation> {
        let of = TaskEvaluation::of(&self.scored()?, Resampling::default().seed(seed));
        Ok(of.with_unanswered(self.unanswered.len()))
    }
}

fn by_models(
    models: &Model,
    target: Option<&str>,
    table: &Corpus,
    tasks: &[&str],
) -> Result<Vec<Judged>> {
    let passages = table.passages()?;
    input::warn_of_empty(&passages);
    let by = answers::routes(models, table, target)?;
    let predictions = models.predictor(&Answering::default())?.predict(&passages, &by);
    let pages = passages.page_numbers();
    let wanted = models.tasks().iter().zip(&predictions.tasks);
    let wanted = wanted.filter(|(task, _)| tasks.contains(&task.name.as_str()));
    let judged = |(task, predicted): (&TaskLabels, &TaskPredictions)| {
        let gold = gold(table, &task.name);
        let number = |row: usize, label: &str| {
            let unknown =
                || Error::unknown_label(table.place(row), &task.name, label, &task.labels);
            position(&task.labels, label).ok_or_else(unknown)
        };
        let mut judged = Judged::new(&task.name, task.labels.clone());
        for (row, label) in labelled(&gold) {
            let gold = number(row, label)?;
            if predicted.abstained[row] == Some(Abstention::NoSuchTask) {
                judged.unanswered.push(row);
            } else {
                judged.push(row, pages[row], gold, predicted.labels[row]);
            }
        }
        judged.probabilities = Some(predicted.select(&judged.rows).probabilities);
        Ok(judged)
    };
    wanted.map(judged).collect()
}

fn by_table(predictions: &Corpus, table: &Corpus, tasks: &[&str]) -> Result<Vec<Judged>> {
    let beside = std::ptr::eq(predictions, table);
    let row_of = match beside {
        true => (0..table.len()).collect(),
        false => table.rows_in(predictions)?,
    };
    let pages = match (0..table.len()).all(|row| table.page_id(row).is_empty()) {
        // Gold labels matched by order may leave it to the predictions to say what a page is.
        true => {
            let pages = page_numbers(predictions)?;
            row_of.iter().map(|&row| pages[row]).collect()
        }
        false => page_numbers(table)?,
    };
    let judged = |task: &&str| {
        let predicted = predictions.predicted(task)?.expect("the column was found");
        let gold = gold(table, task);
        let mut labels = predicted.names.clone();
        let answer = |row: usize| predicted.labels[row_of[row]].as_deref();
        let both = |(row, label)| [Some(label), answer(row)];
        let all: BTreeSet<&str> = labelled(&gold).flat_map(both).flatten().collect();
        for label in all {
            if position(&labels, label).is_none() {
                labels.push(label.to_owned());
            }
        }
        let number = |label: &str| position(&labels, label).expect("all labels are known");
        let mut judged = Judged::new(task, labels.clone());
        let (k, given) = (labels.len(), predicted.names.len());
        let mut probabilities = Vec::new();
        for (row, label) in labelled(&gold) {
            let Some(answer) = answer(row) else {
                judged.unanswered.push(row);
                continue;
            };
            judged.push(row, pages[row], number(label), number(answer));
            if given > 0 {
                // A label without a column was never thought possible.
                probabilities.extend(&predicted.probabilities[row_of[row] * given..][..given]);
                probabilities.resize(judged.rows.len() * k, 0.0);
            }
        }
        judged.probabilities = (given > 0).then_some(probabilities);
        let (n, all) = (judged.unanswered.len(), judged.unanswered.len() + judged.rows.len());
        if n > 0 && n < all {
            render::warn(&format!(
                "{n} of {all} passages with a {task} label got no prediction; the figures speak of \
                 the others"
            ));
        }
        Ok(judged)
    };
    tasks.iter().map(judged).collect()
}

impl Judged {
    fn new(task: &str, labels: Vec<String>) -> Self {
        Self {
            task: task.to_owned(),
            labels,
            rows: Vec::new(),
            gold: Vec::new(),
            predicted: Vec::new(),
            probabilities: None,
            pages: Vec::new(),
            unanswered: Vec::new(),
        }
    }

    fn push(&mut self, row: usize, page: usize, gold: usize, predicted: usize) {
        self.rows.push(row);
        self.pages.push(page);
        self.gold.push(gold);
        self.predicted.push(predicted);
    }
}

fn gold<'a>(table: &'a Corpus, task: &str) -> Vec<Option<Cow<'a, str>>> {
    table.values(task).expect("the column is there")
}

fn labelled<'a>(gold: &'a [Option<Cow<'_, str>>]) -> impl Iterator<Item = (usize, &'a str)> {
    gold.iter().enumerate().filter_map(|(row, label)| Some((row, label.as_deref()?)))
}

pub fn position(labels: &[String], label: &str) -> Option<usize> {
    labels.iter().position(|known| known == label)
}

pub fn page_numbers(table: &Corpus) -> Result<Vec<usize>> {
    let mut numbers = vec![0; table.len()];
    for (page, rows) in table.pages()?.iter().enumerate() {
        rows.iter().for_each(|&row| numbers[row] = page);
    }
    Ok(numbers)
}
