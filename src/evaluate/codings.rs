//! Labels of several coders, passage by passage.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::{
    corpus::Corpus,
    error::{Error, Place, Result},
};

/// One task as several coders labelled it.
#[derive(Debug, Clone, PartialEq)]
pub struct Codings {
    task: String,
    labels: Vec<String>,
    coders: Vec<String>,
    units: Vec<Vec<Option<usize>>>,
    pages: Vec<usize>,
}

impl Codings {
    /// For each passage one label a coder, by number, or nothing where a coder gave none; and its page.
    ///
    /// # Errors
    /// If there is not one page for each passage, or a number is no label's.
    pub fn new(
        task: &str,
        labels: Vec<String>,
        units: Vec<Vec<Option<usize>>>,
        pages: Vec<usize>,
    ) -> Result<Self> {
        let n_coders = units.iter().map(Vec::len).max().unwrap_or(0);
        let coders = (1..=n_coders).map(|coder| coder.to_string()).collect();
        if pages.len() != units.len() {
            let problem = format!("{} passages have {} pages", units.len(), pages.len());
            return Err(Error::undecidable(problem, "give one page for each passage"));
        }
        if let Some(label) = units.iter().flatten().flatten().find(|&&label| label >= labels.len())
        {
            let problem = format!("the {task} label {label} is none of {}", labels.len());
            return Err(Error::undecidable(problem, "number the labels from 0"));
        }
        Ok(Self { task: task.to_owned(), labels, coders, units, pages })
    }

    /// The task.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// Its labels.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The coders' names.
    pub fn coders(&self) -> &[String] {
        &self.coders
    }

    /// For each passage one label a coder.
    pub fn units(&self) -> &[Vec<Option<usize>>] {
        &self.units
    }

    /// Page of each passage, numbered from 0.
    pub fn pages(&self) -> &[usize] {
        &self.pages
    }
}

/// A passage to which coders gave different labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Disagreement {
    /// Its page.
    pub page: String,
    /// Its place on the page.
    pub seq: String,
    /// The task.
    pub task: String,
    /// One label a coder; nothing where a coder gave none.
    pub labels: Vec<Option<String>>,
}

/// Tables of several coders, their rows matched by page and `seq`.
///
/// ```
/// use standpoint::{Corpus, ReadSettings, evaluate::Coders, input::Source};
/// let table = |name: &str, labels: [&str; 2]| -> standpoint::Result<(String, Corpus)> {
///     let csv = format!("page,seq,kind\np,1,{}\np,2,{}\n", labels[0], labels[1]);
///     let source = Source::from_bytes(name, csv.into())?;
///     Ok((name.to_owned(), Corpus::read_labels(&source, &ReadSettings::default())?))
/// };
/// let coders = vec![table("a.csv", ["news", "news"])?, table("b.csv", ["news", "comment"])?];
/// let coders = Coders::matched(coders)?;
/// let codings = coders.codings("kind")?;
/// assert_eq!(codings.labels(), ["comment", "news"]);
/// assert_eq!(coders.disagreements(&codings)[0].seq, "2");
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Coders {
    names: Vec<String>,
    tables: Vec<Corpus>,
    /// Page and seq of each passage.
    keys: Vec<(String, String)>,
    pages: Vec<usize>,
    /// The row of each passage in each table.
    rows: Vec<Vec<Option<usize>>>,
}

impl Coders {
    /// Matches the rows of each coder's table.
    ///
    /// # Errors
    /// If a table lacks page or `seq` in some row, or no passage is in two of the tables.
    pub fn matched(coders: Vec<(String, Corpus)>) -> Result<Self> {
        let (names, tables): (Vec<String>, Vec<Corpus>) = coders.into_iter().unzip();
        let mut keys: Vec<(&str, &str)> = Vec::new();
        let (mut pages, mut rows) = (Vec::new(), Vec::<Vec<Option<usize>>>::new());
        let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
        let mut page_numbers: HashMap<&str, usize> = HashMap::new();
        for (coder, table) in tables.iter().enumerate() {
            let Some(own) = table.keys()? else {
                return Err(Error::input(
                    Place::line(table.name(), 1),
                    "there are no columns page and seq to match rows by",
                    format!("its columns are {}", table.columns().join(", ")),
                ));
            };
            for (row, key) in own.into_iter().enumerate() {
                let number = *numbers.entry(key).or_insert(keys.len());
                if number == keys.len() {
                    let next = page_numbers.len();
                    pages.push(*page_numbers.entry(key.0).or_insert(next));
                    keys.push(key);
                    rows.push(vec![None; tables.len()]);
                }
                rows[number][coder] = Some(row);
            }
        }
        if !rows.iter().any(|rows| rows.iter().flatten().count() > 1) {
            return Err(Error::undecidable(
                "no passage is in two of the tables",
                "rows are matched by the columns page and seq",
            ));
        }
        let keys = keys.into_iter().map(|(page, seq)| (page.to_owned(), seq.to_owned())).collect();
        Ok(Self { names, tables, keys, pages, rows })
    }

    /// Takes a table apart by its column `annotator`.
    ///
    /// # Errors
    /// If it has no such column or one annotator only; and as [`matched`](Self::matched).
    pub fn annotators(name: &str, table: &Corpus) -> Result<Self> {
        match table.by_annotator()? {
            Some(parts) if parts.len() > 1 => Self::matched(parts),
            parts => {
                let problem = match parts.as_deref() {
                    Some([(annotator, _)]) => format!("{annotator} is the only annotator"),
                    _ => "there is no column annotator".to_owned(),
                };
                let help = "give a table for each coder, or one with a column annotator";
                Err(Error::input(Place::file(name), problem, help))
            }
        }
    }

    /// The coders' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether every coder's table has this column.
    pub fn have_column(&self, name: &str) -> bool {
        self.tables.iter().all(|table| table.has_column(name))
    }

    /// What the coders say of a task; its labels are all that anybody gave, sorted.
    ///
    /// # Errors
    /// If a table has no column of this name.
    pub fn codings(&self, task: &str) -> Result<Codings> {
        let column = |table: &'_ Corpus| {
            table.values(task).map(|values| {
                values.into_iter().map(|value| value.map(std::borrow::Cow::into_owned)).collect()
            })
        };
        let mut values: Vec<Vec<Option<String>>> = Vec::new();
        for table in &self.tables {
            values.push(column(table).ok_or_else(|| {
                let problem = format!("there is no column {task:?}");
                let help = format!("its columns are {}", table.columns().join(", "));
                Error::input(Place::line(table.name(), 1), problem, help)
            })?);
        }
        let labels: BTreeSet<&String> = values.iter().flatten().flatten().collect();
        let numbers: HashMap<&String, usize> = labels.iter().copied().zip(0..).collect();
        let unit = |rows: &Vec<Option<usize>>| {
            let label = |(coder, row): (usize, &Option<usize>)| {
                values[coder][(*row)?].as_ref().map(|label| numbers[label])
            };
            rows.iter().enumerate().map(label).collect()
        };
        Ok(Codings {
            task: task.to_owned(),
            labels: labels.iter().copied().cloned().collect(),
            coders: self.names.clone(),
            units: self.rows.iter().map(unit).collect(),
            pages: self.pages.clone(),
        })
    }

    /// The passages on whose label coders differ.
    pub fn disagreements(&self, codings: &Codings) -> Vec<Disagreement> {
        let differ = |(unit, (page, seq)): (&Vec<Option<usize>>, &(String, String))| {
            let given: BTreeSet<usize> = unit.iter().flatten().copied().collect();
            (given.len() > 1).then(|| Disagreement {
                page: page.clone(),
                seq: seq.clone(),
                task: codings.task.clone(),
                labels: unit
                    .iter()
                    .map(|label| label.and_then(|label| codings.labels.get(label).cloned()))
                    .collect(),
            })
        };
        codings.units.iter().zip(&self.keys).filter_map(differ).collect()
    }
}
