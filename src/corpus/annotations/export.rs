//! Our table as a tool imports it.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    super::{
        cell::{Cell, cell_text},
        fields::Fields,
        table::Corpus,
    },
    labels::{self, ANNOTATOR, Naming},
};
use crate::{
    corpus::row::find,
    error::{Error, Place, Result},
    predictions::{Answer, Answers},
};

/// A table on its way to an annotation tool. Gold labels become annotations, predictions what the tool
/// shows before anybody has annotated; all other columns go along, where the tool has a place for them.
pub(super) struct Export {
    table: Corpus,
    pub tasks: Vec<WrittenTask>,
    pub model_version: String,
    pub naming: Naming,
    /// Columns that go along.
    fields: Vec<usize>,
    annotator: Option<usize>,
}

/// A task whose labels are written.
pub(super) struct WrittenTask {
    pub name: String,
    /// All labels: those with a column of probabilities in its order, then the others by name.
    pub labels: Vec<String>,
    /// Whether some passage has more than one.
    pub several: bool,
    gold: Option<usize>,
    predicted: Option<Answers>,
}

impl Export {
    /// Of the labels in the columns `tasks`; `separator` is the tool's.
    pub fn new(
        table: Corpus,
        tasks: &[String],
        model_version: &str,
        separator: char,
    ) -> Result<Self> {
        let file = table.place(0).file;
        if !table.has_column("text") {
            let problem = format!("there is no column \"text\" among {}", table.columns.join(", "));
            let help = "give the passages, too";
            return Err(Error::input(Place::line(file, 1), problem, help));
        }
        let tasks =
            tasks.iter().map(|name| table.written_task(name)).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = tasks.iter().map(|task| task.name.clone()).collect();
        let all = tasks.iter().flat_map(|task| task.labels.iter().map(String::as_str));
        let naming = Naming::of_written(&names, all, separator);
        let annotator = table.columns.iter().position(|column| column == ANNOTATOR);
        let of_tasks: Vec<usize> = tasks.iter().filter_map(|task| task.gold).collect();
        let own = |column: &usize| of_tasks.contains(column) || annotator == Some(*column);
        let fields = (0..table.columns.len()).filter(|column| !own(column)).collect();
        let model_version = model_version.to_owned();
        Ok(Self { table, tasks, model_version, naming, fields, annotator })
    }
}

impl Corpus {
    fn written_task(&self, name: &str) -> Result<WrittenTask> {
        let gold = find(&self.columns, name);
        let predicted = self.answers(name)?;
        if gold.is_none() && predicted.is_none() {
            let problem = format!("there is no column {name:?} or \"pred_{name}\"");
            let help = format!("its columns are {}", self.columns.join(", "));
            return Err(Error::input(Place::line(self.place(0).file, 1), problem, help));
        }
        let with_probabilities = predicted.as_ref().filter(|p| p.probabilities().is_some());
        let mut labels = with_probabilities.map_or_else(Vec::new, |p| p.labels().to_vec());
        let (mut others, mut several) = (BTreeSet::new(), false);
        for row in self.rows.iter() {
            let given = gold.map_or_else(Vec::new, |column| labels::of_cell(&row.cells[column]));
            several |= given.len() > 1;
            others.extend(given);
        }
        let guessed = predicted.iter().flat_map(|p| p.iter().map(Answer::label));
        others.extend(guessed.filter(|label| !label.is_empty()).map(str::to_owned));
        labels
            .extend(others.into_iter().filter(|label| !labels.contains(label)).collect::<Vec<_>>());
        Ok(WrittenTask { name: name.to_owned(), labels, several, gold, predicted })
    }
}

impl WrittenTask {
    /// The predicted label and its probability.
    pub fn predicted(&self, row: usize) -> Option<(&str, Option<f64>)> {
        let predicted = self.predicted.as_ref()?;
        Some((predicted.label(row)?, predicted.probability(row)))
    }
}

impl Export {
    /// That predicted labels are written as if they were gold, in formats that cannot tell the two apart.
    pub(super) fn notes_of_predicted(&self) -> Vec<String> {
        let tasks = self.tasks.iter().filter(|task| task.gold.is_none());
        tasks
            .map(|task| format!("{}: the predicted labels are written as labels", task.name))
            .collect()
    }

    pub(super) fn file(&self) -> String {
        self.table.place(0).file
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn place(&self, row: usize) -> Place {
        self.table.place(row)
    }

    pub(super) fn text(&self, row: usize) -> Cow<'_, str> {
        let at = self.table.known().text;
        at.map_or(Cow::Borrowed(""), |at| cell_text(&self.table.rows[row].cells[at]))
    }

    /// Names of the columns that are neither texts nor labels.
    pub(super) fn others(&self) -> Vec<&str> {
        let fields = self.fields.iter().chain(&self.annotator);
        let names = fields.map(|&column| self.table.columns[column].as_str());
        names.filter(|name| *name != "text").collect()
    }

    /// The columns that go along.
    pub(super) fn fields(&self, row: usize) -> Fields {
        let cells = &self.table.rows[row].cells;
        let field = |&at: &usize| (self.table.columns[at].clone(), cells[at].clone());
        self.fields.iter().map(field).collect()
    }

    pub(super) fn annotator(&self, row: usize) -> Option<String> {
        labels::name_of(&self.table.rows[row].cells[self.annotator?])
    }

    /// Adds who annotated the row, if that is known.
    pub(super) fn insert_annotator(&self, row: usize, line: &mut Fields) {
        if let Some(name) = self.annotator(row) {
            line.insert(ANNOTATOR, Cell::Text(name));
        }
    }

    /// The gold labels of a row.
    pub(super) fn gold(&self, task: &WrittenTask, row: usize) -> Vec<String> {
        task.gold.map_or_else(Vec::new, |at| labels::of_cell(&self.table.rows[row].cells[at]))
    }

    pub(super) fn is_labelled(&self, row: usize) -> bool {
        self.tasks.iter().any(|task| !self.gold(task, row).is_empty())
    }

    /// Whether the row was annotated.
    pub(super) fn is_annotated(&self, row: usize) -> bool {
        self.annotator(row).is_some() || self.is_labelled(row)
    }

    /// The gold labels of all tasks in one list.
    pub(super) fn given(&self, row: usize) -> Vec<String> {
        let of_task = |task| {
            let labels = self.gold(task, row).into_iter();
            labels.map(|label| self.naming.written(&task.name, &label)).collect::<Vec<_>>()
        };
        self.tasks.iter().flat_map(of_task).collect()
    }

    /// The predicted labels of all tasks in one list.
    pub(super) fn suggested(&self, row: usize) -> Vec<String> {
        let of_task =
            |task: &WrittenTask| Some(self.naming.written(&task.name, task.predicted(row)?.0));
        self.tasks.iter().filter_map(of_task).collect()
    }

    /// The gold labels in one list, and the predicted ones of tasks that have no gold.
    pub(super) fn given_or_suggested(&self, row: usize) -> Vec<String> {
        let mut labels = self.given(row);
        for task in self.tasks.iter().filter(|task| task.gold.is_none()) {
            let label = task.predicted(row).map(|(label, _)| label);
            labels.extend(label.map(|label| self.naming.written(&task.name, label)));
        }
        labels
    }

    /// All labels, as they stand in a list.
    pub(super) fn all_labels(&self) -> Vec<String> {
        let of_task = |task: &WrittenTask| -> Vec<String> {
            task.labels.iter().map(|label| self.naming.written(&task.name, label)).collect()
        };
        self.tasks.iter().flat_map(of_task).collect()
    }
}
