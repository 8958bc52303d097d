//! Annotations while they are read: a draft for each text and annotator, before there is a table.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        cell::{Cell, cell_text},
        fields::Fields,
        row::{PAGE, Row},
        table::Corpus,
    },
    labels::{self, ANNOTATOR, Naming},
};
use crate::error::{Error, Place, Result};

/// How annotations are read.
#[derive(Debug, Clone, Default)]
pub struct AnnotationSettings {
    /// The tasks; all if there are none. Where labels have no task's name before them, the first
    /// is theirs, by default `label`.
    pub tasks: Vec<String>,
    /// The field with the texts: by default `text`, else the only field of strings.
    pub text: Option<String>,
    /// Who annotated all that does not say so itself.
    pub annotator: Option<String>,
}

/// Annotations that were read, as a table.
#[derive(Debug, Clone)]
pub struct Annotations {
    /// A row for each text and annotator, in order: the tool's other fields, `annotator`, and a column
    /// for each task. What nobody labelled has empty cells; a cell with several labels is a JSON list.
    /// Where there is no `page`, each text is one, known by the tool's number for it.
    pub table: Corpus,
    /// What is not in the table, by kind, and how often it was there.
    pub left_out: Vec<(String, usize)>,
    /// Sentences about what has another name in the table than in the file.
    pub notes: Vec<String>,
    /// Sentences about what is probably wrong.
    pub warnings: Vec<String>,
    /// Rows that have a label.
    pub labelled: usize,
}

/// One annotator's labels of one text.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub line: u64,
    /// The tool's number for the text.
    pub id: Option<String>,
    pub annotator: Option<String>,
    /// The other fields.
    pub fields: Fields,
    /// Task and label.
    pub labels: Vec<(String, String)>,
    /// Labels of which the task is not known yet.
    pub unnamed: Vec<String>,
}

/// All drafts of an input, and counts of what is left out.
pub(super) struct Drafts<'a> {
    file: String,
    pub settings: &'a AnnotationSettings,
    pub drafts: Vec<Draft>,
    /// Before the name of a field whose own name is needed for something else.
    pub prefix: &'static str,
    left_out: BTreeMap<String, usize>,
    pub notes: Vec<String>,
    pub warnings: Vec<String>,
}

impl<'a> Drafts<'a> {
    pub fn new(file: &str, settings: &'a AnnotationSettings) -> Self {
        Self {
            file: file.to_owned(),
            settings,
            drafts: Vec::new(),
            prefix: "meta",
            left_out: BTreeMap::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Counts something that is left out.
    pub fn leave_out(&mut self, what: impl Into<String>) {
        *self.left_out.entry(what.into()).or_default() += 1;
    }

    /// Adds labels of a task, if it is asked for.
    pub fn add(&mut self, task: &str, labels: Vec<String>, to: &mut Vec<(String, String)>) {
        match labels::is_asked(task, &self.settings.tasks) {
            true => to.extend(labels.into_iter().map(|label| (task.to_owned(), label))),
            false => labels.iter().for_each(|_| self.leave_out(format!("labels of {task}"))),
        }
    }

    /// An error at a line, or in the item of that number where lines are not known.
    pub fn wrong(&self, line: u64, number: usize, problem: &str, help: &str) -> Error {
        match line {
            0 => {
                let problem = format!("item {number} of the list: {problem}");
                Error::input(Place::file(&self.file), problem, help)
            }
            line => Error::input(Place::line(&self.file, line), problem, help),
        }
    }

    /// Finds the task of each label in lists that do not name it.
    pub fn name_labels(&mut self, separator: char) -> Result<()> {
        let asked = &self.settings.tasks;
        let all = self.drafts.iter().flat_map(|draft| draft.unnamed.iter().map(String::as_str));
        let naming = Naming::of_read(&all.collect::<Vec<_>>(), separator, asked);
        let mut others: BTreeMap<String, usize> = BTreeMap::new();
        for draft in &mut self.drafts {
            for text in std::mem::take(&mut draft.unnamed) {
                let Some((task, label)) = naming.parted(&text) else {
                    let problem = format!("the label {text:?} has no task before it");
                    let help = format!("write {}{separator}{text}", asked[0]);
                    let place = Place::line(&self.file, draft.line);
                    return Err(Error::input(place, problem, help));
                };
                if labels::is_asked(task, asked) {
                    draft.labels.push((task.to_owned(), label.to_owned()));
                } else {
                    *others.entry(format!("labels of {task}")).or_default() += 1;
                }
            }
        }
        self.left_out.extend(others);
        Ok(())
    }

    pub fn finish(mut self) -> Result<Annotations> {
        let mut tasks = self.settings.tasks.clone();
        for (task, _) in self.drafts.iter().flat_map(|draft| &draft.labels) {
            if !tasks.contains(task) {
                tasks.push(task.clone());
            }
        }
        self.take_annotator();
        let annotated = self.drafts.iter().any(|draft| draft.annotator.is_some());
        self.find_text()?;
        let taken: Vec<&str> = annotated
            .then_some(ANNOTATOR)
            .into_iter()
            .chain(tasks.iter().map(String::as_str))
            .collect();
        let names = self.names(&taken);
        let numbered = self.drafts.iter().all(|draft| draft.id.is_some())
            && !names.iter().any(|(_, name)| PAGE.contains(&name.as_str()));
        let own = numbered.then_some("page");
        let with_seq = numbered && !names.iter().any(|(_, name)| name == "seq");
        let columns = own.into_iter().chain(with_seq.then_some("seq")).map(str::to_owned);
        let columns = columns.chain(names.iter().map(|(_, name)| name.clone()));
        let columns = columns.chain(taken.iter().map(|&name| name.to_owned())).collect();
        for task in &tasks {
            let several = |draft: &&Draft| {
                let mut labels = draft.labels.iter().filter(|(of, _)| of == task).map(|l| &l.1);
                labels.next().is_some_and(|first| labels.any(|label| label != first))
            };
            let n = self.drafts.iter().filter(several).count();
            if n > 0 {
                let note = format!(
                    "{task}: cells with several labels, as a JSON list: {n}; `train` takes such a list \
                     for one label"
                );
                self.notes.push(note);
            }
        }
        let row = |mut draft: Draft| {
            let mut cells = Vec::new();
            if numbered {
                cells.push(draft.id.into());
            }
            if with_seq {
                cells.push(1.into());
            }
            cells.extend(names.iter().map(|(field, _)| draft.fields.take(field)));
            if annotated {
                cells.push(draft.annotator.into());
            }
            for task in &tasks {
                let mut of_task: Vec<String> = Vec::new();
                for (_, label) in draft.labels.iter().filter(|(of, _)| of == task) {
                    if !of_task.contains(label) {
                        of_task.push(label.clone());
                    }
                }
                // Several are a set, in whatever order they were chosen.
                of_task.sort();
                cells.push(labels::cell(of_task));
            }
            Row::new(self.file.as_str().into(), draft.line, cells)
        };
        let labelled = self.drafts.iter().filter(|draft| !draft.labels.is_empty()).count();
        let rows = self.drafts.into_iter().map(row).collect();
        Ok(Annotations {
            table: Corpus::new(&self.file, columns, rows)?,
            left_out: self.left_out.into_iter().collect(),
            notes: self.notes,
            warnings: self.warnings,
            labelled,
        })
    }

    /// Sets the annotator of all where no name is given.
    fn take_annotator(&mut self) {
        let said = |draft: &Draft| draft.annotator.is_some() || draft.fields.contains(ANNOTATOR);
        if let Some(annotator) = &self.settings.annotator
            && !self.drafts.iter().any(said)
        {
            let labelled = self.drafts.iter_mut().filter(|draft| !draft.labels.is_empty());
            labelled.for_each(|draft| draft.annotator = Some(annotator.clone()));
        }
    }

    /// Gives the field with the texts its name.
    fn find_text(&mut self) -> Result<()> {
        let drafts = &self.drafts;
        let fields: BTreeSet<&str> =
            drafts.iter().flat_map(|draft| draft.fields.names().map(String::as_str)).collect();
        let strings = || {
            let all_strings = |field: &&str| {
                let mut values = drafts.iter().filter_map(|draft| draft.fields.get(field));
                values.all(|value| value.as_str().is_some())
            };
            let found: Vec<&str> = fields.iter().copied().filter(all_strings).collect();
            <[&str; 1]>::try_from(found).ok().map(|[field]| field)
        };
        let found = match self.settings.text.as_deref() {
            Some(asked) => fields.get(asked).copied(),
            // What doccano called the text in some of its versions.
            None => fields.get("text").copied().or_else(strings).or(fields.get("data").copied()),
        };
        let Some(field) = found.map(str::to_owned) else {
            let shown: Vec<&str> = fields.into_iter().collect();
            let problem = format!(
                "no field is named {:?}; there are {}",
                self.settings.text.as_deref().unwrap_or("text"),
                shown.join(", ")
            );
            let help = "name the column of the passages in `text`";
            return Err(Error::input(Place::file(&self.file), problem, help));
        };
        if field != "text" {
            self.notes.push(format!("the passages are those of the field {field:?}"));
            for draft in &mut self.drafts {
                let before = std::mem::take(&mut draft.fields);
                draft.fields = before
                    .into_iter()
                    .map(|(name, value)| match name {
                        name if name == field => ("text".to_owned(), value),
                        name if name == "text" => (format!("{}_text", self.prefix), value),
                        name => (name, value),
                    })
                    .collect();
            }
        }
        Ok(())
    }

    /// The fields in the order in which they come up, and the names of their columns.
    fn names(&mut self, taken: &[&str]) -> Vec<(String, String)> {
        let mut seen = BTreeSet::new();
        let fields = self.drafts.iter().flat_map(|draft| draft.fields.names());
        let fields: Vec<String> = fields.filter(|field| seen.insert(*field)).cloned().collect();
        let mut names: Vec<(String, String)> = Vec::new();
        for field in &fields {
            let mut name = field.clone();
            while taken.contains(&name.as_str())
                || name != *field && (fields.contains(&name) || names.iter().any(|n| n.1 == name))
            {
                name = format!("{}_{name}", self.prefix);
            }
            if name != *field {
                self.notes.push(format!("the field {field:?} is the column {name:?}"));
            }
            names.push((field.clone(), name));
        }
        names
    }
}

/// Text and numbers that are an annotator's name.
pub(super) fn annotator(value: Option<&Cell>) -> Option<String> {
    let value = value?;
    let text = match Fields::of(value) {
        Some(user) => ["email", "username", "id"]
            .iter()
            .find_map(|key| user.get(key).and_then(labels::name_of))
            .unwrap_or_default(),
        None => cell_text(value).into_owned(),
    };
    Some(text).filter(|text| !text.trim().is_empty())
}
