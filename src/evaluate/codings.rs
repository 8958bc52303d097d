//! Labels of several coders, passage by passage.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::{
    corpus::{Corpus, RowKey, keys_of_all, same_words, spellings},
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
    /// Its page, or another id by which it was matched.
    pub page: String,
    /// Its place on the page; empty where it was matched without.
    pub seq: String,
    /// The task.
    pub task: String,
    /// One label a coder; nothing where a coder gave none.
    pub labels: Vec<Option<String>>,
}

/// Tables of several coders, their rows matched by page and `seq`, or by an id.
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
    /// What identifies each passage.
    keys: Vec<RowKey>,
    pages: Vec<usize>,
    /// The row of each passage in each table.
    rows: Vec<Vec<Option<usize>>>,
    notes: Vec<String>,
}

impl Coders {
    /// Matches the rows of each coder's table: by page and `seq`; else by the page, by another column of ids
    /// or by the text, if no coder has two rows with the same.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if the tables have nothing of that in common;
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if no passage is in two of them, or one has
    /// different texts there, white space aside.
    pub fn matched(coders: Vec<(String, Corpus)>) -> Result<Self> {
        let (names, tables): (Vec<String>, Vec<Corpus>) = coders.into_iter().unzip();
        if tables.is_empty() {
            return Err(Error::undecidable("there is no coder", "give two tables or more"));
        }
        let Some((of_tables, note)) = keys_of_all(&tables)? else {
            return Err(not_matched(&tables));
        };
        let mut numbers: HashMap<&RowKey, usize> = HashMap::new();
        let mut page_numbers: HashMap<&str, usize> = HashMap::new();
        let (mut keys, mut pages) = (Vec::new(), Vec::new());
        let mut rows = Vec::<Vec<Option<usize>>>::new();
        // The first table and row with the text of each passage.
        let mut texts: HashMap<usize, (&Corpus, usize)> = HashMap::new();
        for (coder, (own, table)) in of_tables.iter().zip(&tables).enumerate() {
            for (row, key) in own.iter().enumerate() {
                let number = *numbers.entry(key).or_insert(keys.len());
                if number == keys.len() {
                    let page = match table.page_id(row) {
                        "" => key.0.as_str(),
                        page => page,
                    };
                    let next = page_numbers.len();
                    pages.push(*page_numbers.entry(page).or_insert(next));
                    keys.push(key.clone());
                    rows.push(vec![None; tables.len()]);
                }
                rows[number][coder] = Some(row);
                if table.has_texts() {
                    let (first, at) = *texts.entry(number).or_insert((table, row));
                    if !same_words(first.text(at), table.text(row)) {
                        return Err(other_text((table, row), (first, at)));
                    }
                }
            }
        }
        if !rows.iter().any(|rows| rows.iter().flatten().count() > 1) {
            return Err(Error::undecidable(
                "no passage is in two of the tables",
                "rows are matched by the columns page and seq, else by an id",
            ));
        }
        let notes = note.into_iter().collect();
        Ok(Self { names, tables, keys, pages, rows, notes })
    }

    /// Takes a table apart by its column `annotator`, or another that by its name says whose labels a row has
    /// ([`Corpus::coder_column`]).
    ///
    /// # Errors
    /// If it has no such column or one annotator only; and as [`matched`](Self::matched).
    pub fn annotators(name: &str, table: &Corpus) -> Result<Self> {
        let Some(column) = table.coder_column() else {
            return Err(Error::input(
                Place::file(name),
                "there is no column annotator",
                "give a table for each coder, or name the column that says whose labels a row has in \
                 `coder`, or the coders' own columns in `columns`",
            ));
        };
        let mut coders = Self::by_column(name, table, column)?;
        if column != "annotator" {
            coders.notes.insert(0, format!("the coders are those of the column {column:?}"));
        }
        Ok(coders)
    }

    /// Takes a table apart by a column that says whose labels a row has.
    ///
    /// # Errors
    /// If it has no such column or one coder only; and as [`matched`](Self::matched).
    pub fn by_column(name: &str, table: &Corpus, column: &str) -> Result<Self> {
        let parts = table.by_coder(column)?;
        if let [(coder, _)] = &parts[..] {
            let problem = format!("{coder} is the only {column}");
            let help = "give a table for each coder, or one with a column annotator";
            return Err(Error::input(Place::file(name), problem, help));
        }
        Self::matched(parts)
    }

    /// A table with a column for each coder, all of whose labels are of one task.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings, evaluate::Coders, input::Source};
    /// let csv = "text,anna,ben\nShare,ad,ad\nPermits handed in,news,ad\n";
    /// let source = Source::from_bytes("both.csv", csv.into())?;
    /// let table = Corpus::read_labels(&source, &ReadSettings::default())?;
    /// let coders = Coders::of_columns(&table, &["anna".to_owned(), "ben".to_owned()], "kind")?;
    /// assert_eq!(coders.codings("kind")?.units(), [[Some(0), Some(0)], [Some(1), Some(0)]]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such column, or fewer than two are named.
    pub fn of_columns(table: &Corpus, columns: &[String], task: &str) -> Result<Self> {
        columns.iter().try_for_each(|column| table.require(column).map(drop))?;
        let twice = columns.iter().enumerate().any(|(at, name)| columns[..at].contains(name));
        if columns.len() < 2 || twice {
            let found = columns.join(", ");
            return Err(Error::setting("columns", found, "two columns or more, each a coder's"));
        }
        let seqs = table.values("seq");
        let named = |row: usize| match (table.page_id(row), &seqs) {
            ("", _) => (table.place(row).to_string(), String::new()),
            (page, Some(seqs)) => {
                (page.to_owned(), seqs[row].as_deref().unwrap_or_default().to_owned())
            }
            (page, None) => (page.to_owned(), String::new()),
        };
        Ok(Self {
            names: columns.to_vec(),
            tables: columns.iter().map(|column| table.with_column_as(column, task)).collect(),
            keys: (0..table.len()).map(named).collect(),
            pages: table.page_numbers()?,
            rows: (0..table.len()).map(|row| vec![Some(row); columns.len()]).collect(),
            notes: Vec::new(),
        })
    }

    /// Sentences about how the rows were matched, where that was not by page and `seq` or the page.
    pub fn notes(&self) -> &[String] {
        &self.notes
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

    /// Sentences about labels that are probably not meant, over all coders: those that differ only in spelling, marks
    /// of missing values; and that lists of labels are compared as sets.
    pub fn notices(&self, codings: &Codings) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for &label in codings.units.iter().flatten().flatten() {
            *counts.entry(&codings.labels[label]).or_default() += 1;
        }
        let mut notices = spellings(&codings.task, &counts, &mut BTreeSet::new());
        let n: usize = counts.values().sum();
        let lists: usize = counts
            .iter()
            .filter(|(label, _)| label.starts_with('[') && label.contains(','))
            .map(|(_, n)| n)
            .sum();
        if lists > 0 {
            notices.push(format!(
                "{}: {lists} of {n} labels are lists; each is compared as a whole, whatever its order, and a \
                 label in common does not count as agreement",
                codings.task
            ));
        }
        notices
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

/// That two tables have different texts of what they call the same passage.
fn other_text((table, row): (&Corpus, usize), (first, at): (&Corpus, usize)) -> Error {
    Error::undecidable(
        format!("{}: the text differs from the one at {}", table.place(row), first.place(at)),
        "give labels of the same passages, each with the same page and seq, or the same id, in all tables",
    )
}

/// That there is nothing by which the rows of all tables can be matched.
fn not_matched(tables: &[Corpus]) -> Error {
    let all = |has: &dyn Fn(&Corpus) -> bool| tables.iter().all(has);
    let paged = |table: &Corpus| (0..table.len()).any(|row| !table.page_id(row).is_empty());
    let lacking = tables.iter().find(|table| !paged(table));
    let table = lacking.unwrap_or(&tables[0]);
    let place = Place::line(table.name(), 1);
    let columns = table.columns().join(", ");
    match all(&paged) {
        true => Error::input(
            place,
            "a coder has several rows of one page, and not all tables have a seq in every row to tell them \
             apart",
            format!("number the passages of a page in a column seq; its columns are {columns}"),
        ),
        false => Error::input(
            place,
            "there are no columns page and seq to match rows by, nor an id that each row has once",
            format!(
                "rename the column that says which passage a row is to page; its columns are {columns}"
            ),
        ),
    }
}
