//! A table of passages: the columns that we know, and the others, kept as they came.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use serde_json::Value;

use super::{
    row::{Known, Row, cell_text, without_rows, without_text},
    rows::Rows,
};
use crate::{
    corpus::{Gold, Passages},
    error::{Error, Place, Result},
    input::{ReadSettings, Source},
};

/// A weight beyond this is a slip, and sums of them would not stay finite.
const MOST_WEIGHT: f64 = 1e6;

/// Passages with all their columns, in the order in which they were read.
#[derive(Debug, Clone)]
pub struct Corpus {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    known: Known,
    n_inputs: usize,
    pub(super) notes: Vec<String>,
    sha256: Option<String>,
}

impl Corpus {
    /// Reads a table or a page, or standard input for `-`, without having more of the file than a row
    /// in memory beside the table.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read. [`Error::Input`] names file, line and column of the first
    /// fault: a missing `text` column, a row with too few or too many fields, JSON that does not parse
    /// (a lone surrogate neither), a `seq` that is no number, bytes that are not in the encoding, a row or
    /// page larger than `max_page`. [`Error::PassageTooLong`] names the first passage that is.
    pub fn open(path: &Path, settings: &ReadSettings) -> Result<Self> {
        Self::of(Rows::open(path, settings, Vec::new(), true)?, true)
    }

    /// As [`Corpus::open`], a table of labels that need not hold the texts: [`Corpus::passages`] of one
    /// without texts fails.
    ///
    /// # Errors
    /// As [`Corpus::open`], but for the texts and `seq`.
    pub fn open_labels(path: &Path, settings: &ReadSettings) -> Result<Self> {
        Self::of(Rows::open(path, settings, Vec::new(), true)?.of_labels(), false)
    }

    /// As [`Corpus::open`], of what is in memory already.
    ///
    /// ```
    /// use standpoint::{InputFormat, ReadSettings, Source, Corpus};
    /// let csv = "page,seq,text,kind,price\np1,2,Share,boilerplate,7\np1,1,A headline,news,8\n";
    /// let source = Source::from_bytes("a.csv", csv.into())?;
    /// let table = Corpus::read(&source, &ReadSettings::default())?;
    /// assert_eq!(table.passages()?.texts(), ["Share", "A headline"]);
    /// assert_eq!(table.passages()?.pages(), [vec![1, 0]]); // page order is by seq
    /// assert_eq!(table.gold("kind").unwrap().labels[0].as_deref(), Some("boilerplate"));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Corpus::open`].
    pub fn read(source: &Source, settings: &ReadSettings) -> Result<Self> {
        let table = Self::of(Rows::of_source(source, settings)?, true)?;
        Ok(Self { sha256: Some(source.sha256().to_owned()), ..table })
    }

    /// As [`Corpus::open_labels`], of what is in memory already.
    ///
    /// # Errors
    /// As [`Corpus::open_labels`].
    pub fn read_labels(source: &Source, settings: &ReadSettings) -> Result<Self> {
        let table = Self::of(Rows::of_source(source, settings)?.of_labels(), false)?;
        Ok(Self { sha256: Some(source.sha256().to_owned()), ..table })
    }

    pub(super) fn of(mut rows: Rows<'_>, texts: bool) -> Result<Self> {
        let n_columns = rows.columns().len();
        if texts && n_columns > 0 {
            rows.known().check_text(rows.name(), rows.columns())?;
        }
        let mut read = rows.by_ref().collect::<Result<Vec<_>>>()?;
        let (known, columns) = (rows.known(), rows.columns().to_vec());
        if texts {
            known.check_text(rows.name(), &columns)?;
        }
        if columns.len() > n_columns {
            // Columns came up while it was read.
            for row in &mut read {
                row.cells.resize(columns.len(), Value::Null);
                known.note(row);
            }
        }
        let (notes, sha256) = (rows.notes(), rows.sha256());
        Ok(Self { columns, rows: read, known, n_inputs: 1, notes, sha256 })
    }

    /// Of rows that were made elsewhere.
    ///
    /// # Errors
    /// If two columns have one name, or there is no row.
    pub(super) fn new(name: &str, columns: Vec<String>, mut rows: Vec<Row>) -> Result<Self> {
        let known = Known::of(name, &columns)?;
        if rows.is_empty() {
            return Err(without_rows(name));
        }
        rows.iter_mut().for_each(|row| known.note(row));
        Ok(Self { known, ..Self::block(columns, rows) })
    }

    /// Of rows in which everything is noted already.
    pub(super) fn block(columns: Vec<String>, rows: Vec<Row>) -> Self {
        let (known, notes) = (Known::among(&columns), Vec::new());
        Self { columns, rows, known, n_inputs: 1, notes, sha256: None }
    }

    /// Appends the rows of another table. Columns that one of the two lacks are empty there.
    pub fn append(&mut self, other: Self) {
        let width = self.columns.len();
        let mut numbers: HashMap<String, usize> =
            self.columns.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        let mut targets = Vec::new();
        for column in other.columns {
            targets.push(*numbers.entry(column).or_insert_with_key(|column| {
                self.columns.push(column.clone());
                self.columns.len() - 1
            }));
        }
        if self.columns.len() > width {
            self.rows.iter_mut().for_each(|row| row.cells.resize(self.columns.len(), Value::Null));
        }
        for row in other.rows {
            let mut cells = vec![Value::Null; self.columns.len()];
            for (cell, &target) in row.cells.into_iter().zip(&targets) {
                cells[target] = cell;
            }
            self.rows.push(Row { cells, input: self.n_inputs + row.input, ..row });
        }
        self.n_inputs += other.n_inputs;
        self.notes.extend(other.notes);
        self.sha256 = None;
    }

    /// The name of its first input; `<stdin>` for standard input.
    pub fn name(&self) -> &str {
        self.rows.first().map_or("", |row| &row.file)
    }

    /// What a user should know of how it was read: each sentence names the file. That it was in another
    /// encoding than UTF-8, or had another delimiter than its ending tells.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// SHA-256 of the bytes of its file in lower-case hexadecimal, as `sha256sum` prints it; nothing
    /// for several tables or a block of one.
    pub fn sha256(&self) -> Option<&str> {
        self.sha256.as_deref()
    }

    /// Number of passages.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is a column of this name.
    pub fn has_column(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    /// Whether it has no passage. A table that was read has at least one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The columns' names, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Where a row stands.
    pub fn place(&self, row: usize) -> Place {
        self.rows[row].place()
    }

    /// The gold labels in the column `task`; empty cells are unlabelled. Nothing if there is no
    /// such column.
    pub fn gold(&self, task: &str) -> Option<Gold> {
        // Most labels come again and again: one copy of each is enough.
        let mut seen: HashSet<Arc<str>> = HashSet::new();
        let mut labels = Vec::with_capacity(self.len());
        for value in self.values(task)? {
            labels.push(value.map(|value| {
                let known = seen.get(&*value).cloned();
                known.unwrap_or_else(|| {
                    let label: Arc<str> = value.into();
                    seen.insert(Arc::clone(&label));
                    label
                })
            }));
        }
        Some(Gold { task: task.to_owned(), labels })
    }

    /// For each page its rows in page order: rows of a file with the same page id are one page, by
    /// `seq` where there is such a column, else in the order read. A row without a page id is a
    /// page of its own.
    ///
    /// # Errors
    /// [`Error::Input`] if a `seq` is not a number.
    pub fn pages(&self) -> Result<Vec<Vec<usize>>> {
        let mut numbers: HashMap<(usize, &str), usize> = HashMap::new();
        let mut pages: Vec<Vec<usize>> = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            row.check_order(self.known.seq)?;
            let page = match row.page.as_str() {
                "" => pages.len(),
                id => *numbers.entry((row.input, id)).or_insert(pages.len()),
            };
            match pages.get_mut(page) {
                Some(rows) => rows.push(i),
                None => pages.push(vec![i]),
            }
        }
        let order = |row: usize| self.rows[row].order;
        for page in &mut pages {
            page.sort_by(|&a, &b| order(a).total_cmp(&order(b)));
        }
        Ok(pages)
    }

    /// The passages on their [`pages`](Self::pages).
    ///
    /// # Errors
    /// [`Error::Input`] if a `seq` is not a number, or there is no column `text`.
    pub fn passages(&self) -> Result<Passages<'_>> {
        let pages = self.pages()?;
        let Some(text) = self.known.text else {
            return Err(without_text(&self.rows[0].file, &self.columns));
        };
        let texts = self.rows.iter().map(|row| row.cells[text].as_str().unwrap_or(""));
        Ok(Passages::new(texts.collect(), pages))
    }

    /// How much each passage counts in training, by the column `weight`; empty cells count 1.
    /// Nothing if there is no such column.
    ///
    /// # Errors
    /// [`Error::Input`] names the first that is not a number of at least 0.
    pub fn weights(&self) -> Result<Option<Vec<f64>>> {
        let Some(column) = self.column("weight") else { return Ok(None) };
        let weight = |row: &Row| {
            let text = cell_text(&row.cells[column]);
            match text.trim().parse::<f64>() {
                _ if text.trim().is_empty() => Ok(1.0),
                Ok(weight) if (0.0..=MOST_WEIGHT).contains(&weight) => Ok(weight),
                _ => {
                    let place = Place { column: Some(column as u64 + 1), ..row.place() };
                    let problem =
                        format!("weight is {text:?}, which is not a number from 0 to a million");
                    let help = "say how much the passage counts, 1 being usual";
                    Err(Error::input(place, problem, help))
                }
            }
        };
        self.rows.iter().map(weight).collect::<Result<_>>().map(Some)
    }

    /// The id of a row's page; empty if it has none.
    pub fn page_id(&self, row: usize) -> &str {
        &self.rows[row].page
    }

    /// What identifies each row among several tables: its page id and `seq`. Nothing if a row lacks
    /// one of them.
    ///
    /// # Errors
    /// [`Error::Input`] if two rows have the same.
    pub fn keys(&self) -> Result<Option<Vec<(&str, &str)>>> {
        let mut seen = HashSet::new();
        let mut keys = Vec::with_capacity(self.len());
        for row in &self.rows {
            if row.page.is_empty() || row.seq.is_empty() {
                return Ok(None);
            }
            let key = (row.page.as_str(), row.seq.as_str());
            if !seen.insert(key) {
                let problem = format!("page {} has two passages with seq {}", key.0, key.1);
                let help = "number the passages of a page from 1";
                return Err(Error::input(row.place(), problem, help));
            }
            keys.push(key);
        }
        Ok(Some(keys))
    }

    /// The values of a column, empty cells as nothing.
    pub fn values(&self, column: &str) -> Option<Vec<Option<Cow<'_, str>>>> {
        let column = self.column(column)?;
        let values = self.rows.iter().map(|row| {
            let value = match cell_text(&row.cells[column]) {
                Cow::Borrowed(value) => Cow::Borrowed(value.trim()),
                Cow::Owned(value) => Cow::Owned(value.trim().to_owned()),
            };
            (!value.is_empty()).then_some(value)
        });
        Some(values.collect())
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}
