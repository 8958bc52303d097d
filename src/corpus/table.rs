//! A table of passages: the columns that we know, and the others, kept as they came.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use super::{
    ReadReport, ReadSettings,
    cell::{Cell, cell_text},
    fields::Fields,
    left_out::LeftOut,
    likeness::as_set,
    row::{
        Columns, FILE, Known, Names, OTHERS, Row, find, nothing_read, without_rows, without_text,
    },
    rows::Rows,
};
use crate::{
    corpus::{Gold, Passages, page_of_rows},
    error::{Error, Place, Result, nearest},
    input::{Rejects, Source, name_of},
};

/// A weight beyond this is a slip, and sums of them would not stay finite.
const MOST_WEIGHT: f64 = 1e6;

/// Passages with all their columns, in the order in which they were read.
#[derive(Debug, Clone)]
pub struct Corpus {
    pub(super) columns: Vec<String>,
    pub(super) rows: Arc<Vec<Row>>,
    known: Known,
    n_inputs: usize,
    pub(super) notes: Vec<String>,
    sha256: Option<String>,
    report: ReadReport,
}

impl Corpus {
    /// Reads a table or a page, or standard input for `-`: what it is follows from its name's ending.
    ///
    /// # Errors
    /// Those of [`Corpus::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path.as_ref(), &ReadSettings::default())
    }

    /// Reads a table or a page, or standard input for `-`, without having more of the file than a row
    /// in memory beside the table.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be read.
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names file, line and column of the first fault: a
    /// missing `text` column, a row with too few or too many fields, JSON that does not parse (a lone
    /// surrogate neither), a `seq` that is no number, bytes that are not in the encoding, a row or page
    /// larger than `max_page`. [`ErrorKind::PassageTooLong`](crate::ErrorKind::PassageTooLong) names
    /// the first passage that is.
    pub fn open_with(path: &Path, settings: &ReadSettings) -> Result<Self> {
        Self::open_with_rejects(path, settings, &mut Rejects::default())
    }

    /// As [`Corpus::open_with`]. Rows that are skipped go to `rejects`.
    ///
    /// # Errors
    /// Those of [`Corpus::open_with`], and of writing.
    pub fn open_with_rejects(
        path: &Path,
        settings: &ReadSettings,
        rejects: &mut Rejects,
    ) -> Result<Self> {
        Self::of(Rows::open(path, settings, Vec::new(), true)?, rejects)
    }

    /// Reads several tables and pages as one table, with all their columns: as [`Corpus::open_with_rejects`],
    /// but that a page which cannot be read is left out if others are read. That is a page without visible
    /// text, an empty, too large or damaged one, or one that is no page; [`notes`](Self::notes) name them. If
    /// rows are skipped, such a page is a row that is rejected. That the system does not let it be read is
    /// an error.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings, input::Rejects};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let [one, two] = ["one.txt", "two.txt"].map(|name| folder.path().join(name));
    /// std::fs::write(&one, "The officers were right.").unwrap();
    /// std::fs::write(&two, "").unwrap();
    /// let settings = ReadSettings::default();
    /// let all = Corpus::open_all(&[&one, &two], &settings, &mut Rejects::default())?;
    /// assert_eq!(all.len(), 1);
    /// assert!(all.notes()[0].contains("two.txt: skipped: the file is empty"));
    /// assert!(Corpus::open(&two).is_err());
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Corpus::open_with_rejects`]; [`ErrorKind::Setting`](crate::ErrorKind::Setting) if there is
    /// no input.
    pub fn open_all(
        paths: &[impl AsRef<Path>],
        settings: &ReadSettings,
        rejects: &mut Rejects,
    ) -> Result<Self> {
        let mut all: Option<Self> = None;
        let mut left_out = LeftOut::default();
        for path in paths {
            let rows = Rows::open(path.as_ref(), settings, Vec::new(), true)?;
            let mut rows = rows.among_others(paths.len() > 1);
            let table = Self::of_rows(&mut rows, rejects)?;
            left_out.append(rows.take_left_out());
            match &mut all {
                Some(all) => all.append(table),
                None => all = Some(table),
            }
        }
        let mut all = all.ok_or_else(|| Error::setting("inputs", "none", "at least one file"))?;
        if all.is_empty() {
            left_out.into_error()?;
            return Err(nothing_read(&name_of(paths[0].as_ref())));
        }
        all.notes.extend(left_out.notes());
        Ok(all)
    }

    /// As [`Corpus::open_with`], of the bytes of a file in any format. Without a format in the settings, the
    /// ending of `name` decides.
    ///
    /// # Errors
    /// As [`Corpus::open_with`].
    pub fn from_bytes(name: &str, bytes: &[u8], settings: &ReadSettings) -> Result<Self> {
        Self::of(Rows::of_bytes(name, bytes, settings)?, &mut Rejects::default())
    }

    /// As [`Corpus::open_with`], a table of labels that need not have the texts: a model cannot read one
    /// without.
    ///
    /// # Errors
    /// As [`Corpus::open_with`], but for the texts and `seq`.
    pub fn open_labels(path: &Path, settings: &ReadSettings) -> Result<Self> {
        let rows = Rows::open(path, settings, Vec::new(), true)?.of_labels();
        Self::of(rows, &mut Rejects::default())
    }

    /// As [`Corpus::open_with`], of what is in memory already.
    ///
    /// ```
    /// use standpoint::{Corpus, InputFormat, ReadSettings, input::Source};
    /// let csv = "page,seq,text,kind,price\np1,2,Share,boilerplate,7\np1,1,A headline,news,8\n";
    /// let source = Source::from_bytes("a.csv", csv.into())?;
    /// let table = Corpus::read(&source, &ReadSettings::default())?;
    /// assert_eq!(table.text(0), "Share");
    /// assert_eq!(table.pages()?, [[1, 0]]); // page order is by seq
    /// assert_eq!(table.gold("kind").unwrap().labels[0].as_deref(), Some("boilerplate"));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Corpus::open_with`].
    pub fn read(source: &Source, settings: &ReadSettings) -> Result<Self> {
        Self::of(Rows::of_source(source, settings)?, &mut Rejects::default())
    }

    /// As [`Corpus::open_labels`], of what is in memory already.
    ///
    /// # Errors
    /// As [`Corpus::open_labels`].
    pub fn read_labels(source: &Source, settings: &ReadSettings) -> Result<Self> {
        let rows = Rows::of_source(source, settings)?.of_labels();
        Self::of(rows, &mut Rejects::default())
    }

    pub(super) fn of(mut rows: Rows<'_>, rejects: &mut Rejects) -> Result<Self> {
        let mut corpus = Self::of_rows(&mut rows, rejects)?;
        corpus.notes.extend(rows.take_left_out().notes());
        Ok(corpus)
    }

    fn of_rows(rows: &mut Rows<'_>, rejects: &mut Rejects) -> Result<Self> {
        let n_columns = rows.columns().len();
        if n_columns > 0 {
            rows.check_columns()?;
        }
        let mut read = rows.read(rejects)?;
        if !read.is_empty() {
            rows.check_columns_of(&read)?;
        }
        let (known, columns) = (rows.known(), rows.columns().to_vec());
        if columns.len() > n_columns {
            // Columns came up while it was read.
            for row in &mut read {
                row.cells.resize(columns.len(), Cell::Null);
                known.note(row);
            }
        }
        let (notes, sha256, report) = (rows.notes(), rows.sha256(), rows.report());
        Ok(Self { columns, rows: Arc::new(read), known, n_inputs: 1, notes, sha256, report })
    }

    /// One page with these passages, in this order.
    ///
    /// ```
    /// use standpoint::Corpus;
    /// let page = Corpus::of_page(["A headline", "Share"]);
    /// assert_eq!((page.len(), page.text(1)), (2, "Share"));
    /// assert_eq!(page.pages()?, [[0, 1]]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn of_page(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::of_pages([texts])
    }

    /// Pages with these passages, in this order. Pages are named `1`, `2` and so on.
    pub fn of_pages(
        pages: impl IntoIterator<Item = impl IntoIterator<Item = impl Into<String>>>,
    ) -> Self {
        let columns = ["page", "seq", "text"].map(str::to_owned).to_vec();
        let known = Known::among(&columns, &Names::default());
        let file: Arc<str> = "<memory>".into();
        let mut rows = Vec::new();
        for (page, texts) in (1_u64..).zip(pages) {
            for (seq, text) in (1_u64..).zip(texts) {
                let id = Cell::Text(page.to_string());
                let cells = vec![id, Cell::Number(seq.to_string().into()), Cell::Text(text.into())];
                let mut row = Row::new(Arc::clone(&file), 1 + rows.len() as u64, cells);
                known.note(&mut row);
                rows.push(row);
            }
        }
        Self::block(columns, known, rows)
    }

    /// The same with a column of labels, one for each row; nothing where a row is not labelled.
    ///
    /// ```
    /// use standpoint::Corpus;
    /// let page = Corpus::of_page(["A headline", "Share"])
    ///     .with_gold("kind", [Some("news"), None])?;
    /// assert_eq!(page.gold("kind").unwrap().labels, [Some("news".into()), None]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if there are more or fewer labels than rows, or
    /// there is such a column.
    pub fn with_gold(
        mut self,
        task: &str,
        labels: impl IntoIterator<Item = Option<impl Into<String>>>,
    ) -> Result<Self> {
        let labels: Vec<Option<String>> =
            labels.into_iter().map(|label| label.map(Into::into)).collect();
        if labels.len() != self.len() {
            let found = format!("{} for {} rows", labels.len(), self.len());
            return Err(Error::setting("labels", found, "one for each row"));
        }
        if self.has_column(task) {
            return Err(Error::setting(
                "task",
                format!("{task:?}"),
                "a column that is not there yet",
            ));
        }
        self.columns.push(task.to_owned());
        for (row, label) in Arc::make_mut(&mut self.rows).iter_mut().zip(labels) {
            row.cells.push(label.map_or(Cell::Null, Cell::Text));
        }
        Ok(self)
    }

    /// Of rows that were made elsewhere.
    ///
    /// # Errors
    /// If two columns have one name, or there is no row.
    pub(super) fn new(name: &str, columns: Vec<String>, mut rows: Vec<Row>) -> Result<Self> {
        let known = Known::of(name, &columns, &Names::default())?;
        if rows.is_empty() {
            return Err(without_rows(name));
        }
        rows.iter_mut().for_each(|row| known.note(row));
        Ok(Self::block(columns, known, rows))
    }

    /// Of rows in which everything is noted already.
    pub(super) fn block(columns: Vec<String>, known: Known, rows: Vec<Row>) -> Self {
        let notes = Vec::new();
        let (rows, report) = (Arc::new(rows), ReadReport::default());
        Self { columns, rows, known, n_inputs: 1, notes, sha256: None, report }
    }

    /// Some of the rows, in this order, with all columns: a random half of the pages, say.
    ///
    /// ```
    /// use standpoint::Corpus;
    /// let pages = Corpus::of_pages([["A headline", "Share"], ["Sign up", "Ministers met"]]);
    /// let second = pages.select(&pages.pages()?[1]);
    /// assert_eq!(second.texts().collect::<Vec<_>>(), ["Sign up", "Ministers met"]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Panics
    /// If there is no such row, as with a slice.
    pub fn select(&self, rows: &[usize]) -> Self {
        let rows = rows.iter().map(|&row| self.rows[row].clone()).collect();
        Self { rows: Arc::new(rows), sha256: None, ..self.clone() }
    }

    /// The same with some of its columns; that of texts, pages and `seq` are known as before.
    pub(super) fn with_columns(&self, is_kept: impl Fn(&str) -> bool) -> Self {
        let kept: Vec<usize> =
            (0..self.columns.len()).filter(|&at| is_kept(&self.columns[at])).collect();
        let place = |old: Option<usize>| kept.iter().position(|&at| Some(at) == old);
        let Known { text, page, seq, file } = self.known;
        let known =
            Known { text: place(text), page: place(page), seq: place(seq), file: place(file) };
        let of_row = |row: &Row| {
            let cells = kept.iter().map(|&at| row.cells[at].clone()).collect();
            Row { cells, ..row.clone() }
        };
        let rows = Arc::new(self.rows.iter().map(of_row).collect());
        let columns = kept.iter().map(|&at| self.columns[at].clone()).collect();
        Self { columns, rows, known, sha256: None, ..self.clone() }
    }

    /// Appends the rows of another table. Columns that one of the two lacks are empty there; those of the
    /// texts are one, whatever they are called, and so are those of pages and of `seq`.
    pub fn append(&mut self, other: Self) {
        let width = self.columns.len();
        let mut all = Columns { names: std::mem::take(&mut self.columns), known: self.known };
        let targets = all.add(&other.columns, other.known);
        (self.columns, self.known) = (all.names, all.known);
        let rows = Arc::make_mut(&mut self.rows);
        if self.columns.len() > width {
            rows.iter_mut().for_each(|row| row.cells.resize(self.columns.len(), Cell::Null));
        }
        for row in Arc::unwrap_or_clone(other.rows) {
            let mut cells = vec![Cell::Null; self.columns.len()];
            for (cell, &target) in row.cells.into_iter().zip(&targets) {
                cells[target] = cell;
            }
            rows.push(Row { cells, input: self.n_inputs + row.input, ..row });
        }
        self.n_inputs += other.n_inputs;
        self.notes.extend(other.notes);
        self.report += other.report;
        let both = self.sha256.take().zip(other.sha256);
        self.sha256 = both.map(|(mut own, other)| {
            own.push(' ');
            own.push_str(&other);
            own
        });
    }

    /// Adds a column `file` with the name of each row's input, if pages of several inputs have one id:
    /// whoever reads the table when it is written would take them for one page. Whether it was added.
    /// Not where rows of one page are several annotators', or a column `file` is there.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings};
    /// let read = |name| Corpus::from_bytes(name, b"page,text\n1,Share\n", &ReadSettings::new());
    /// let mut both = read("a.csv")?;
    /// both.append(read("b.csv")?);
    /// assert!(both.tell_files_apart());
    /// assert_eq!(both.values("file").unwrap(), [Some("a.csv".into()), Some("b.csv".into())]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn tell_files_apart(&mut self) -> bool {
        let mut inputs: HashMap<&str, usize> = HashMap::new();
        let shared = self
            .rows
            .iter()
            .filter(|row| !row.page.is_empty())
            .any(|row| *inputs.entry(&row.page).or_insert(row.input) != row.input);
        if !shared || self.has_column(FILE) || self.has_column("annotator") {
            return false;
        }
        self.known.file = Some(self.columns.len());
        self.columns.push(FILE.to_owned());
        for row in Arc::make_mut(&mut self.rows) {
            row.cells.push(Cell::Text(row.file.to_string()));
        }
        true
    }

    /// The name of its first input; `<stdin>` for standard input.
    pub fn name(&self) -> &str {
        self.rows.first().map_or("", |row| &row.file)
    }

    /// What a user should know of how it was read: each sentence names the file. That it was in another
    /// encoding than UTF-8, or had another delimiter than its ending tells, or that a page was left out.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How much was read for it; zeros for a block.
    pub fn report(&self) -> ReadReport {
        self.report
    }

    /// SHA-256 of the bytes of its file in lower-case hexadecimal, as `sha256sum` prints it; of several files
    /// that of each, with spaces between them; nothing for a block or a part of a table.
    pub fn sha256(&self) -> Option<&str> {
        self.sha256.as_deref()
    }

    /// Number of passages.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is a column of this name, or one alone that differs from it in case alone.
    pub fn has_column(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    /// Whether it has no passage. A table that was read has at least one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The columns that have a meaning.
    pub(super) fn known(&self) -> Known {
        self.known
    }

    /// Calls the column of the texts `text`, if no other is called so.
    pub(super) fn name_text(&mut self) {
        if let Some(text) = self.known.text
            && !self.columns.iter().any(|column| column == "text")
        {
            "text".clone_into(&mut self.columns[text]);
        }
    }

    /// A cell as text.
    pub(crate) fn cell(&self, row: usize, column: usize) -> Cow<'_, str> {
        cell_text(&self.rows[row].cells[column])
    }

    /// The page of each row, numbered from 0.
    ///
    /// # Errors
    /// Those of [`pages`](Self::pages).
    pub fn page_numbers(&self) -> Result<Vec<usize>> {
        Ok(page_of_rows(&self.pages()?, self.len()))
    }

    /// Rows whose text is empty.
    pub fn empty_texts(&self) -> usize {
        (0..self.len()).filter(|&row| self.text(row).trim().is_empty()).count()
    }

    /// The passages, each with its weight.
    pub(crate) fn weighted_passages(&self) -> Result<Passages<'_>> {
        let passages = self.passages()?;
        Ok(match self.weights()? {
            Some(weights) => passages.with_weights(weights),
            None => passages,
        })
    }

    /// A sentence if the column of this name is one whose name differs in case.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings, input::Source};
    /// let source = Source::from_bytes("t.csv", b"text,Stance\nNo bridge,against\n".to_vec())?;
    /// let corpus = Corpus::read(&source, &ReadSettings::default())?;
    /// assert_eq!(corpus.note_of_case("stance").unwrap(), "t.csv: the column \"Stance\" is read as \"stance\"");
    /// assert_eq!(corpus.note_of_case("Stance"), None);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn note_of_case(&self, name: &str) -> Option<String> {
        let own = &self.columns[find(&self.columns, name)?];
        let file = self.name();
        // How the table was read says it of columns that have a meaning.
        let new = own != name && !OTHERS.contains(&name);
        new.then(|| format!("{file}: the column {own:?} is read as {name:?}"))
    }

    /// The values of a column that must be there, empty cells as nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if it is not.
    pub fn require(&self, column: &str) -> Result<Vec<Option<Cow<'_, str>>>> {
        self.values(column).ok_or_else(|| {
            let like = nearest(column, self.columns.iter().map(String::as_str));
            let like = like.map(|like| format!(" (did you mean {like:?}?)")).unwrap_or_default();
            Error::input(
                self.header_place(),
                format!("there is no column {column:?}{like}"),
                format!("its columns are {}", self.columns.join(", ")),
            )
        })
    }

    /// The place of its columns' names.
    pub(crate) fn header_place(&self) -> Place {
        Place::line(self.name(), 1)
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

    /// The faults of the gold labels in the column `task`, as [`Gold::doubtful_labels`] tells them, with the line
    /// of a label that one passage alone has. None if there is no such column.
    pub fn doubtful_labels(&self, task: &str) -> Vec<String> {
        let gold = self.gold(task);
        gold.map_or_else(Vec::new, |gold| gold.doubtful_at(|row| self.place(row).line))
    }

    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names the first label of the column that is none: an
    /// object, or text with a line break or another control character.
    pub(crate) fn check_labels(&self, task: &str) -> Result<()> {
        let Some(column) = self.column(task) else { return Ok(()) };
        for row in self.rows.iter() {
            let place = || Place { column: Some(column as u64 + 1), ..row.place() };
            // Label Studio writes several choices as an object, which is read as a set.
            let fields = Fields::of(&row.cells[column]).filter(|of| !of.names().eq(["choices"]));
            if let Some(fields) = fields {
                let numbers: Vec<(f64, String)> = fields
                    .into_iter()
                    .filter_map(|(name, cell)| Some((cell_text(&cell).parse().ok()?, name)))
                    .collect();
                let best = numbers.iter().max_by(|a, b| a.0.total_cmp(&b.0));
                let help = match best {
                    Some((_, best)) => format!(
                        "these are scores, as spaCy's cats: write the label that has the highest one, as \
                         {best:?}"
                    ),
                    None => "write one label in each row".to_owned(),
                };
                let problem = format!("the {task} label is an object and not text");
                return Err(Error::input(place(), problem, help));
            }
            let label = cell_text(&row.cells[column]);
            let label = label.trim();
            if let Some(control) = label.chars().find(|c| c.is_control()) {
                let what = match control {
                    '\n' | '\r' => "line break",
                    '\t' => "tab",
                    _ => "control character",
                };
                let problem = format!("the {task} label {label:?} has a {what} in it");
                return Err(Error::input(place(), problem, "write labels on one line"));
            }
        }
        Ok(())
    }

    /// For each page its rows in page order: rows of a file with the same page id are one page, by
    /// `seq` where there is such a column, else in the order read. A row without a page id is a
    /// page of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a `seq` is not a number.
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
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a `seq` is not a number, or there is no column
    /// `text`.
    pub(crate) fn passages(&self) -> Result<Passages<'_>> {
        let pages = self.pages()?;
        let Some(text) = self.known.text else {
            let rows = &self.rows[..self.len().min(50)];
            return Err(without_text(&self.rows[0].file, &self.columns, "text", rows));
        };
        let texts = self.rows.iter().map(|row| row.cells[text].as_str().unwrap_or(""));
        Ok(Passages::new(texts.collect(), pages))
    }

    /// How much each passage counts in training, by the column `weight`; empty cells count 1.
    /// Nothing if there is no such column.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names the first that is not a number of at least 0.
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

    /// The text of a row; empty if there is no column of texts.
    ///
    /// # Panics
    /// If there is no such row, as with a slice.
    pub fn text(&self, row: usize) -> &str {
        let text = self.known.text.and_then(|text| self.rows[row].cells[text].as_str());
        text.unwrap_or_default()
    }

    /// The text of each row.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|row| self.text(row))
    }

    /// The name of the column of texts, if there is one.
    pub(super) fn text_column(&self) -> Option<&String> {
        self.known.text.map(|text| &self.columns[text])
    }

    /// Whether there is a column of texts.
    pub(crate) fn has_texts(&self) -> bool {
        self.known.text.is_some()
    }

    /// The texts, empty cells as nothing; nothing if there is no column of texts.
    pub(super) fn text_values(&self) -> Option<Vec<Option<Cow<'_, str>>>> {
        self.values(self.text_column()?)
    }

    /// The id of a row's page; empty if it has none.
    pub fn page_id(&self, row: usize) -> &str {
        &self.rows[row].page
    }

    /// What identifies each row among several tables: its page id and `seq`. Nothing if a row lacks
    /// one of them.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if two rows have the same.
    pub fn keys(&self) -> Result<Option<Vec<(&str, &str)>>> {
        let mut seen = HashSet::new();
        let mut keys = Vec::with_capacity(self.len());
        for row in self.rows.iter() {
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

    /// The values of a column, empty cells as nothing. A list of labels is a set: it is sorted.
    pub fn values(&self, column: &str) -> Option<Vec<Option<Cow<'_, str>>>> {
        let column = self.column(column)?;
        let is_text = self.known.text == Some(column);
        let values = self.rows.iter().map(|row| {
            let value = match cell_text(&row.cells[column]) {
                Cow::Borrowed(value) => Cow::Borrowed(value.trim()),
                Cow::Owned(value) => Cow::Owned(value.trim().to_owned()),
            };
            (!value.is_empty()).then(|| if is_text { value } else { as_set(value) })
        });
        Some(values.collect())
    }

    /// The number of the column that is called so, or that means the same.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        match name {
            "text" => self.known.text,
            "seq" => self.known.seq,
            other => find(&self.columns, other),
        }
    }
}
