//! A table of passages: the columns that we know, and the others, kept as they came.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;

use super::{csv::CsvRows, jsonl::JsonRows};
#[cfg(feature = "html")]
use crate::page::{HtmlPage, Passage};
use crate::{
    error::{Error, Place, Result, nearest},
    page::{Gold, Passages, Source, Unit, check_length, passages},
};

/// A weight beyond this is a slip, and sums of them would not stay finite.
const MOST_WEIGHT: f64 = 1e6;
/// Names under which the page's id is found; the first is ours.
pub(super) const PAGE: [&str; 3] = ["page", "doc_id", "doc"];

/// The shape of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputFormat {
    /// Comma-separated values (RFC 4180) with a header row.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Plain text: one page, cut into passages by [`Unit`].
    Text,
    /// A saved web page, cut into the blocks that a reader sees; its [`Source`] comes from
    /// [`Source::open_html`].
    Html,
}

impl InputFormat {
    /// By the ending of a file's name: `.csv`; `.jsonl` or `.ndjson`; `.html`, `.htm`, `.xhtml`,
    /// `.mhtml` or `.mht`; all others are text.
    pub fn of_name(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).as_deref() {
            Some("csv") => Self::Csv,
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("html" | "htm" | "xhtml" | "mhtml" | "mht") => Self::Html,
            _ => Self::Text,
        }
    }
}

/// Passages with all their columns, in the order in which they were read.
#[derive(Debug, Clone)]
pub struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    known: Known,
    n_inputs: usize,
}

/// One row: where it stands, and a value for each column.
#[derive(Debug, Clone)]
pub(super) struct Row {
    file: Arc<str>,
    line: u64,
    pub cells: Vec<Value>,
    /// Number of the input, page id and `seq`, as the input's own columns say.
    pub input: usize,
    pub page: String,
    seq: String,
}

impl Row {
    pub fn new(file: Arc<str>, line: u64, cells: Vec<Value>) -> Self {
        Self { file, line, cells, input: 0, page: String::new(), seq: String::new() }
    }

    pub fn place(&self) -> Place {
        match self.line {
            0 => Place::file(&*self.file),
            line => Place::line(&*self.file, line),
        }
    }
}

/// Where the columns that we know are among those of an input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    text: Option<usize>,
    pub page: Option<usize>,
    seq: Option<usize>,
}

impl Known {
    /// # Errors
    /// If two columns have one name.
    pub fn of(name: &str, columns: &[String]) -> Result<Self> {
        for (i, column) in columns.iter().enumerate() {
            if columns[..i].contains(column) {
                let problem = format!("two columns are named {column:?}");
                let place = Place::column(name, 1, i as u64 + 1);
                return Err(Error::input(place, problem, "rename one of them"));
            }
        }
        Ok(Self::among(columns))
    }

    fn among(columns: &[String]) -> Self {
        let find = |name: &str| columns.iter().position(|column| column == name);
        Self { text: find("text"), page: PAGE.into_iter().find_map(find), seq: find("seq") }
    }

    /// # Errors
    /// If there is no column of texts.
    pub fn check_text(self, name: &str, columns: &[String]) -> Result<()> {
        self.text.map(|_| ()).ok_or_else(|| without_text(name, columns))
    }

    /// Notes in a row what these columns say of it.
    pub fn note(self, row: &mut Row) {
        let text = |column: Option<usize>| {
            column.map_or(String::new(), |column| cell_text(&row.cells[column]).trim().to_owned())
        };
        (row.page, row.seq) = (text(self.page), text(self.seq));
        // The text is text, whatever the JSON said.
        if let Some(cell) = self.text.map(|text| &mut row.cells[text])
            && !cell.is_string()
        {
            *cell = Value::String(cell_text(cell).into_owned());
        }
    }

    /// # Errors
    /// [`Error::PassageTooLong`] if the row's text has more than `max_bytes`.
    pub fn check_length(self, row: &Row, max_bytes: usize) -> Result<()> {
        match self.text {
            Some(text) => check_length(&cell_text(&row.cells[text]), max_bytes, || row.place()),
            None => Ok(()),
        }
    }
}

impl Table {
    /// Reads a source in the given format. `unit` matters for text alone.
    ///
    /// ```
    /// use standpoint::{InputFormat, Source, Table, Unit};
    /// let csv = "page,seq,text,kind,price\np1,2,Share,boilerplate,7\np1,1,A headline,news,8\n";
    /// let source = Source::from_bytes("a.csv", csv.into())?;
    /// let table = Table::read(&source, InputFormat::Csv, Unit::Line, 1 << 20)?;
    /// assert_eq!(table.passages()?.texts(), ["Share", "A headline"]);
    /// assert_eq!(table.passages()?.pages(), [vec![1, 0]]); // page order is by seq
    /// assert_eq!(table.gold("kind").unwrap().labels[0].as_deref(), Some("boilerplate"));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] names file, line and column of the first fault: a missing `text` column, a
    /// row with too few or too many fields, JSON that does not parse. [`Error::PassageTooLong`]
    /// names the first passage of more than `max_bytes`.
    pub fn read(
        source: &Source,
        format: InputFormat,
        unit: Unit,
        max_bytes: usize,
    ) -> Result<Self> {
        let (columns, rows) = match format {
            InputFormat::Csv => csv_rows(source)?,
            InputFormat::Jsonl => json_rows(source)?,
            InputFormat::Text => text_rows(source, unit, max_bytes)?,
            InputFormat::Html => html_rows(source)?,
        };
        let table = Self::new(source.name(), columns, rows)?;
        table.known.check_text(source.name(), &table.columns)?;
        table.rows.iter().try_for_each(|row| table.known.check_length(row, max_bytes))?;
        Ok(table)
    }

    /// Reads a CSV or JSONL table of labels, which need not hold the texts. [`Table::passages`] of
    /// a table without texts fails.
    ///
    /// # Errors
    /// As [`Table::read`], but for the texts.
    pub fn read_labels(source: &Source, format: InputFormat) -> Result<Self> {
        let (columns, rows) = match format {
            InputFormat::Jsonl => json_rows(source)?,
            InputFormat::Csv | InputFormat::Text | InputFormat::Html => csv_rows(source)?,
        };
        Self::new(source.name(), columns, rows)
    }

    pub(super) fn new(name: &str, columns: Vec<String>, mut rows: Vec<Row>) -> Result<Self> {
        let known = Known::of(name, &columns)?;
        if rows.is_empty() {
            return Err(without_rows(name));
        }
        rows.iter_mut().for_each(|row| known.note(row));
        Ok(Self { columns, rows, known, n_inputs: 1 })
    }

    /// Of rows in which everything is noted already.
    pub(super) fn block(columns: Vec<String>, rows: Vec<Row>) -> Self {
        Self { known: Known::among(&columns), columns, rows, n_inputs: 1 }
    }

    /// Appends the rows of another table. Columns that one of the two lacks are empty there.
    pub fn append(&mut self, other: Self) {
        let width = self.columns.len();
        let mut targets = Vec::new();
        for column in other.columns {
            let at = self.columns.iter().position(|own| *own == column);
            targets.push(at.unwrap_or_else(|| {
                self.columns.push(column);
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
    pub fn gold(&self, task: &str) -> Option<Gold<'_>> {
        let column = self.column(task)?;
        let labels = self.rows.iter().map(|row| {
            let label = match cell_text(&row.cells[column]) {
                Cow::Borrowed(label) => Cow::Borrowed(label.trim()),
                Cow::Owned(label) => Cow::Owned(label.trim().to_owned()),
            };
            (!label.is_empty()).then_some(label)
        });
        let labels = labels.collect();
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
        let mut pages: Vec<Vec<(f64, usize)>> = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            let seq = self.seq_of(row)?;
            let page = match row.page.as_str() {
                "" => pages.len(),
                id => *numbers.entry((row.input, id)).or_insert(pages.len()),
            };
            if page == pages.len() {
                pages.push(Vec::new());
            }
            pages[page].push((seq, i));
        }
        let pages = pages.into_iter().map(|mut rows| {
            rows.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows.into_iter().map(|(_, row)| row).collect()
        });
        Ok(pages.collect())
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
                    let way_out = "say how much the passage counts, 1 being usual";
                    Err(Error::input(place, problem, way_out))
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
                let way_out = "number the passages of a page from 1";
                return Err(Error::input(row.place(), problem, way_out));
            }
            keys.push(key);
        }
        Ok(Some(keys))
    }

    /// The values of a column, empty cells as nothing.
    pub fn values(&self, column: &str) -> Option<Vec<Option<Cow<'_, str>>>> {
        self.gold(column).map(|gold| gold.labels)
    }

    fn seq_of(&self, row: &Row) -> Result<f64> {
        match row.seq.parse::<f64>() {
            _ if row.seq.is_empty() => Ok(0.0),
            Ok(seq) if seq.is_finite() => Ok(seq),
            _ => {
                let column = self.column("seq").map(|column| column as u64 + 1);
                let place = Place { column, ..row.place() };
                let problem = format!("seq is {:?}, which is not a number", row.seq);
                Err(Error::input(place, problem, "number the passages of a page from 1"))
            }
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

fn without_text(name: &str, columns: &[String]) -> Error {
    let like = nearest("text", columns.iter().map(String::as_str))
        .or(columns.iter().map(String::as_str).find(|c| c.eq_ignore_ascii_case("text")));
    let way_out = match like {
        Some(like) => format!("rename the column {like:?} to \"text\""),
        None => "name the column that holds the passages \"text\"".to_owned(),
    };
    let problem = format!("no column is named \"text\"; there are {}", columns.join(", "));
    Error::input(Place::line(name, 1), problem, way_out)
}

/// A value as text: strings as they are, nothing for null, other JSON as it is written.
pub(super) fn cell_text(cell: &Value) -> Cow<'_, str> {
    match cell {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

pub(super) fn without_rows(name: &str) -> Error {
    Error::input(Place::file(name), "the table has no rows", "give at least one passage")
}

fn csv_rows(source: &Source) -> Result<(Vec<String>, Vec<Row>)> {
    let (columns, rows) = CsvRows::open(source.name(), source.text().as_bytes())?;
    Ok((columns, rows.collect::<Result<_>>()?))
}

fn json_rows(source: &Source) -> Result<(Vec<String>, Vec<Row>)> {
    JsonRows::open(source.name(), source.text().as_bytes(), &[]).read()
}

pub(super) fn text_rows(
    source: &Source,
    unit: Unit,
    max_bytes: usize,
) -> Result<(Vec<String>, Vec<Row>)> {
    let file: Arc<str> = source.name().into();
    let rows = passages(source, unit, max_bytes)?
        .into_iter()
        .enumerate()
        .map(|(i, passage)| {
            let page = Value::String(source.name().to_owned());
            let cells = vec![page, Value::from(i + 1), Value::String(passage.text)];
            Row::new(file.clone(), passage.line, cells)
        })
        .collect();
    Ok((TEXT_COLUMNS.map(str::to_owned).to_vec(), rows))
}

/// The blocks of a web page, each with what the page says of itself.
#[cfg(feature = "html")]
pub(super) fn html_rows(source: &Source) -> Result<(Vec<String>, Vec<Row>)> {
    let file: Arc<str> = source.name().into();
    let page = HtmlPage::read(source)?;
    let of_page = [Some(source.name().to_owned()), page.source, page.date, page.title, page.url];
    let of_page = of_page.map(|value| value.map_or(Value::Null, Value::String));
    let row = |(i, passage): (usize, Passage)| {
        let [id, source, date, title, url] = of_page.clone();
        let (seq, text) = (Value::from(i + 1), Value::String(passage.text));
        Row::new(file.clone(), passage.line, vec![id, seq, source, date, title, url, text])
    };
    let rows = page.passages.into_iter().enumerate().map(row).collect();
    Ok((HTML_COLUMNS.map(str::to_owned).to_vec(), rows))
}

#[cfg(not(feature = "html"))]
pub(super) fn html_rows(source: &Source) -> Result<(Vec<String>, Vec<Row>)> {
    Err(crate::page::without_html(source.name()))
}

/// The columns of a web page.
pub(super) const HTML_COLUMNS: [&str; 7] =
    ["page", "seq", "source", "date", "title", "url", "text"];

/// The columns of a page of text.
pub(super) const TEXT_COLUMNS: [&str; 3] = ["page", "seq", "text"];
