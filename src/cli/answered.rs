//! What is predicted of every passage of a table, labelled or not.

use std::borrow::Cow;

use anyhow::Result;
use standpoint::{Answering, Corpus, Error, Model, predictions};

use super::{answers, args::ModelArg, input, judged::position};

/// Who predicts: a model, or whoever filled the table's columns `pred_<task>`.
pub enum Answerer {
    Model(Model, Option<String>),
    Columns,
}

/// One task's predictions of some passages.
pub struct Answers {
    pub task: String,
    pub labels: Vec<String>,
    pub predicted: Vec<Option<usize>>,
    /// Passages * labels, 0 where nothing is predicted; or nothing.
    pub probabilities: Option<Vec<f64>>,
    /// Page of each passage, where these were asked for.
    pub pages: Vec<usize>,
}

impl Answerer {
    /// The model that was asked for; else the predictions in the table; else the built-in model.
    pub fn of(table: &Corpus, model: &ModelArg) -> Result<Self> {
        if model.path.is_none() && !table.predicted_tasks().is_empty() {
            return Ok(Self::Columns);
        }
        Ok(Self::Model(input::models(model.path.as_deref())?, model.target.clone()))
    }

    /// The tasks asked for, or all that are predicted in `table` and `wanted`; `why` says what it means
    /// that there is none.
    pub fn tasks(
        &self,
        table: &Corpus,
        asked: &[String],
        wanted: &dyn Fn(&str) -> bool,
        why: &str,
    ) -> Result<Vec<String>> {
        let known: Vec<&str> = match self {
            Self::Model(models, _) => models.tasks().iter().map(|task| &*task.name).collect(),
            Self::Columns => table.predicted_tasks(),
        };
        let problem = match asked.iter().find(|name| !known.contains(&name.as_str())) {
            Some(name) => format!("{name} is not predicted"),
            None if asked.is_empty() && !known.iter().any(|task| wanted(task)) => why.to_owned(),
            None if asked.is_empty() => {
                return Ok(known.into_iter().filter(|t| wanted(t)).map(str::to_owned).collect());
            }
            None => return Ok(asked.to_vec()),
        };
        let help = format!("the predictions are of {}", known.join(", "));
        Err(Error::undecidable(problem, help).into())
    }

    /// What is predicted of all rows of a table.
    pub fn answers(&self, table: &Corpus, tasks: &[String]) -> Result<Vec<Answers>> {
        match self {
            Self::Model(models, target) => by_models(models, target.as_deref(), table, tasks),
            Self::Columns => tasks.iter().map(|task| by_columns(table, task)).collect(),
        }
    }
}

fn by_models(
    models: &Model,
    target: Option<&str>,
    table: &Corpus,
    tasks: &[String],
) -> Result<Vec<Answers>> {
    let passages = table.passages()?;
    input::warn_of_empty(&passages);
    let by = answers::routes(models, table, target)?;
    let predictions = models.predictor(&Answering::default())?.predict(&passages, &by);
    let of_task = |name: &String| {
        let mut all = models.tasks().iter().zip(&predictions.tasks);
        let (task, found) = all.find(|(task, _)| task.name == *name).expect("a task of the models");
        let rows = 0..table.len();
        let given = |row: &usize| found.abstained[*row].is_none();
        let p = |row| if given(&row) { found.of(row).to_vec() } else { vec![0.0; found.k] };
        Answers {
            task: task.name.clone(),
            labels: task.labels.clone(),
            predicted: rows.clone().map(|row| given(&row).then_some(found.labels[row])).collect(),
            probabilities: Some(rows.flat_map(p).collect()),
            pages: Vec::new(),
        }
    };
    Ok(tasks.iter().map(of_task).collect())
}

fn by_columns(table: &Corpus, task: &str) -> Result<Answers> {
    let Some(found) = table.predicted(task)? else {
        let problem = format!("{} has no column pred_{task}", table.place(0).file);
        let help = "give predictions of these passages too";
        return Err(Error::undecidable(problem, help).into());
    };
    let mut labels = found.names;
    let closed = !labels.is_empty();
    if !closed {
        labels = found.labels.iter().flatten().map(|label| label.clone().into_owned()).collect();
        labels.sort();
        labels.dedup();
    }
    let number = |label: &Option<Cow<'_, str>>| position(&labels, label.as_deref()?);
    let predicted = found.labels.iter().map(number).collect();
    let probabilities = closed.then_some(found.probabilities);
    Ok(Answers { task: task.to_owned(), labels, predicted, probabilities, pages: Vec::new() })
}

impl Answers {
    /// Those of some passages, on their pages among `pages`.
    pub fn select(&self, rows: &[usize], pages: &[usize]) -> Self {
        let k = self.labels.len();
        let of = |p: &Vec<f64>| rows.iter().flat_map(|&row| p[row * k..][..k].to_vec()).collect();
        Self {
            task: self.task.clone(),
            labels: self.labels.clone(),
            predicted: rows.iter().map(|&row| self.predicted[row]).collect(),
            probabilities: self.probabilities.as_ref().map(of),
            pages: rows.iter().map(|&row| pages[row]).collect(),
        }
    }

    /// The same with labels numbered by `labels`; one that is not among these must not be predicted.
    pub fn relabel(&mut self, labels: &[String]) {
        let at: Vec<Option<usize>> =
            self.labels.iter().map(|label| position(labels, label)).collect();
        self.predicted.iter_mut().for_each(|label| *label = label.and_then(|label| at[label]));
        let moved = self.probabilities.as_ref().map(|p| moved(p, &at, labels.len()));
        self.probabilities = moved;
        self.labels = labels.to_vec();
    }

    /// Whether the same is predicted of two passages.
    pub fn same(&self, a: usize, b: usize) -> bool {
        let k = self.labels.len();
        let p = |row: usize| self.probabilities.as_ref().map(|p| &p[row * k..][..k]);
        self.predicted[a] == self.predicted[b] && p(a) == p(b)
    }

    pub fn as_predictions(&self) -> standpoint::Result<predictions::Answers> {
        let (labels, pages) = (self.labels.clone(), self.pages.clone());
        let answers =
            predictions::Answers::new(&*self.task, labels, self.predicted.clone(), pages)?;
        match &self.probabilities {
            Some(probabilities) => answers.with_probabilities(probabilities.clone()),
            None => Ok(answers),
        }
    }
}

/// Probabilities of rows * labels, each label moved to its place among `k`, if it has one.
pub fn moved(probabilities: &[f64], at: &[Option<usize>], k: usize) -> Vec<f64> {
    let mut all = vec![0.0; probabilities.len() / at.len().max(1) * k];
    for (old, new) in probabilities.chunks(at.len().max(1)).zip(all.chunks_mut(k)) {
        for (p, label) in old.iter().zip(at) {
            label.iter().for_each(|&label| new[label] = *p);
        }
    }
    all
}
