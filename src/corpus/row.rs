//! A row, and the columns that we know.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    cell::{Cell, cell_text},
    fields::Fields,
};
use crate::error::{Error, ErrorKind, Place, Result, nearest};

/// Columns that are listed where one is missing.
const SHOWN: usize = 40;
/// Names under which the page's id is found; the first is ours.
pub(super) const PAGE: [&str; 3] = ["page", "doc_id", "doc"];

/// One row: its place, and a value for each column.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub file: Arc<str>,
    pub line: u64,
    pub cells: Vec<Cell>,
    /// The number of its input, its page id and its `seq`, from the input's own columns.
    pub input: usize,
    pub page: String,
    pub seq: String,
    /// `seq` as a number: 0 if there is none, NaN if it is no finite number.
    pub order: f64,
}

impl Row {
    pub fn new(file: Arc<str>, line: u64, cells: Vec<Cell>) -> Self {
        Self { file, line, cells, input: 0, page: String::new(), seq: String::new(), order: 0.0 }
    }

    pub fn place(&self) -> Place {
        match self.line {
            0 => Place::file(&*self.file),
            line => Place::line(&*self.file, line),
        }
    }

    /// # Errors
    /// If `seq`, which is this column, is no number.
    pub fn check_order(&self, column: Option<usize>) -> Result<()> {
        if self.order.is_nan() {
            let column = column.map(|column| column as u64 + 1);
            let place = Place { column, ..self.place() };
            let problem = format!("seq is {:?}, which is not a number", self.seq);
            return Err(Error::input(place, problem, "number the passages of a page from 1"));
        }
        Ok(())
    }
}

/// Other columns that have a meaning, under these names alone.
pub(super) const OTHERS: [&str; 7] =
    ["source", "date", "title", "url", "target", "annotator", "weight"];
/// The column that tells pages of several files apart.
pub(super) const FILE: &str = "file";

/// The names of the columns of texts, pages and `seq`, where they are not the usual ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub text: Option<String>,
    pub page: Option<String>,
    pub seq: Option<String>,
}

impl Names {
    /// The name of the column that has the passages.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or("text")
    }

    /// Whether a column of this name may turn out to be that of the pages.
    pub fn may_be_page(&self, column: &str) -> bool {
        match &self.page {
            Some(page) => is_variant(column, page),
            None => PAGE.iter().any(|page| is_variant(column, page)),
        }
    }

    fn page_in(&self, columns: &[String]) -> Option<usize> {
        if let Some(page) = &self.page {
            return find(columns, page);
        }
        let exact = |page: &str| columns.iter().position(|column| column == page);
        let by_case = || PAGE.into_iter().find_map(|page| find(columns, page));
        PAGE.into_iter().find_map(exact).or_else(by_case)
    }
}

/// Whether a column is called so, but for the case of letters.
pub(super) fn is_variant(column: &str, name: &str) -> bool {
    let lowered = || !column.is_ascii() && column.to_lowercase() == name.to_lowercase();
    column.eq_ignore_ascii_case(name) || lowered()
}

/// The column of this name, or the only one whose name differs in the case of letters alone.
pub(super) fn find(columns: &[String], name: &str) -> Option<usize> {
    columns.iter().position(|column| column == name).or_else(|| {
        let mut alike = (0..columns.len()).filter(|&at| is_variant(&columns[at], name));
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// The page of a row that is from this file, and has this id.
pub(super) fn page_of(file: &str, id: &str) -> String {
    match (file.trim(), id.trim()) {
        ("", id) | (_, id @ "") => id.to_owned(),
        (file, id) => format!("{file}: {id}"),
    }
}

/// The columns of several inputs. Those of the texts are one column, whatever they are called, and so are
/// those of pages and of `seq`.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub names: Vec<String>,
    pub known: Known,
}

impl Columns {
    /// Adds the columns of another input; the number of each among all.
    pub fn add(&mut self, names: &[String], known: Known) -> Vec<usize> {
        let numbers: HashMap<String, usize> = self.names.iter().cloned().zip(0..).collect();
        let mut all = Vec::with_capacity(names.len());
        let mut taken = HashSet::new();
        let roles = [
            (known.text, self.known.text),
            (known.page, self.known.page),
            (known.seq, self.known.seq),
        ];
        let of_role = |at: usize| {
            let same =
                |(own, ours): &(Option<usize>, Option<usize>)| ours.filter(|_| *own == Some(at));
            roles.iter().find_map(same)
        };
        taken.extend((0..names.len()).filter_map(of_role));
        for (at, name) in names.iter().enumerate() {
            let number = match (of_role(at), numbers.get(name)) {
                (Some(number), _) => number,
                (None, Some(&number)) if taken.insert(number) => number,
                (None, other) => {
                    let mut name = name.clone();
                    // Its name is that of a column which means something else.
                    while other.is_some() && self.names.contains(&name) {
                        name += " (2)";
                    }
                    self.names.push(name);
                    self.names.len() - 1
                }
            };
            all.push(number);
        }
        let number = |own: Option<usize>| own.map(|own| all[own]);
        self.known = Known {
            text: self.known.text.or(number(known.text)),
            page: self.known.page.or(number(known.page)),
            seq: self.known.seq.or(number(known.seq)),
            file: self.known.file.or(number(known.file)),
        };
        all
    }
}

/// Where the columns that we know are among those of an input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub text: Option<usize>,
    pub page: Option<usize>,
    pub seq: Option<usize>,
    pub file: Option<usize>,
}

impl Known {
    /// # Errors
    /// If two columns have one name.
    pub fn of(file: &str, columns: &[String], names: &Names) -> Result<Self> {
        let mut seen = HashSet::with_capacity(columns.len());
        for (i, column) in columns.iter().enumerate() {
            if !seen.insert(column) {
                let (problem, help) = match column.is_empty() {
                    true => (
                        "two columns have no name".to_owned(),
                        "name them, or take out what is in them",
                    ),
                    false => (format!("two columns are named {column:?}"), "rename one of them"),
                };
                let place = Place::column(file, 1, i as u64 + 1);
                return Err(Error::input(place, problem, help));
            }
        }
        Ok(Self::among(columns, names))
    }

    pub fn among(columns: &[String], names: &Names) -> Self {
        let page = names.page_in(columns);
        let file = columns.iter().position(|column| column == FILE).filter(|at| Some(*at) != page);
        Self {
            text: find(columns, names.text()),
            page,
            seq: find(columns, names.seq.as_deref().unwrap_or("seq")),
            file: page.and(file),
        }
    }

    /// A sentence for each column that is read under a name which differs in the case of letters.
    pub fn notes(self, file: &str, columns: &[String], names: &Names) -> Vec<String> {
        let page = |at: usize| {
            names.page.as_deref().or(PAGE.into_iter().find(|page| is_variant(&columns[at], page)))
        };
        let known = [
            self.text.map(|at| (at, names.text())),
            self.page.and_then(|at| Some((at, page(at)?))),
            self.seq.map(|at| (at, names.seq.as_deref().unwrap_or("seq"))),
        ];
        let others = OTHERS.into_iter().filter_map(|name| Some((find(columns, name)?, name)));
        let all = known.into_iter().flatten().chain(others);
        all.filter(|(at, name)| columns[*at] != *name)
            .map(|(at, name)| format!("{file}: the column {:?} is read as {name:?}", columns[at]))
            .collect()
    }

    /// # Errors
    /// If there is no column of texts, where there must be one, or none of a name that was given.
    pub fn check(
        self,
        file: &str,
        columns: &[String],
        names: &Names,
        texts: bool,
        rows: impl FnOnce() -> Vec<Row>,
    ) -> Result<()> {
        let given = [("page", &names.page, self.page), ("seq", &names.seq, self.seq)];
        for (setting, name, found) in given {
            if let (Some(name), None) = (name, found) {
                let problem = format!("no column is named {name:?}; there are {}", listed(columns));
                let help = format!("name one of them in `{setting}`");
                return Err(Error::input(Place::line(file, 1), problem, help));
            }
        }
        match self.text {
            None if texts => Err(without_text(file, columns, names.text(), &rows())),
            _ => Ok(()),
        }
    }

    /// Notes in a row what these columns say of it. A row may be shorter than all columns.
    pub fn note(self, row: &mut Row) {
        let text = |column: Option<usize>| {
            let cell = column.and_then(|column| row.cells.get(column));
            cell.map_or(Cow::Borrowed(""), cell_text)
        };
        let page = page_of(&text(self.file), &text(self.page));
        (row.page, row.seq) = (page, text(self.seq).trim().to_owned());
        row.order = match row.seq.as_str() {
            "" => 0.0,
            seq => seq.parse().ok().filter(|seq: &f64| seq.is_finite()).unwrap_or(f64::NAN),
        };
        // The text is text, whatever the JSON said.
        if let Some(cell) = self.text.and_then(|text| row.cells.get_mut(text))
            && cell.as_str().is_none()
        {
            *cell = Cell::Text(cell_text(cell).into_owned());
        }
    }

    /// That the text is none of JSON's objects and lists, before it is made text.
    pub fn check_text(self, row: &Row) -> Result<()> {
        let Some(Cell::Json(json)) = self.text.and_then(|text| row.cells.get(text)) else {
            return Ok(());
        };
        let what = if json.starts_with('[') { "a JSON list" } else { "a JSON object" };
        Err(Error::input(
            row.place(),
            format!("the text is {what} and not a string"),
            "write an object for each passage, with its text as a string, as pandas does with \
             to_json(orient=\"records\")",
        ))
    }

    /// # Errors
    /// [`ErrorKind::PassageTooLong`](crate::ErrorKind::PassageTooLong) if the row's text has more than
    /// `max_bytes`; [`ErrorKind::Input`](crate::ErrorKind::Input) if its `seq` is no number.
    pub fn check_row(self, row: &Row, max_bytes: usize) -> Result<()> {
        if let Some(text) = self.text.and_then(|text| row.cells.get(text)) {
            check_length(text.as_str().unwrap_or_default(), max_bytes, || row.place())?;
        }
        row.check_order(self.seq)
    }
}

/// Words that columns of passages are called by.
const TEXT_WORDS: [&str; 17] = [
    "text",
    "txt",
    "body",
    "content",
    "comment",
    "tweet",
    "message",
    "data",
    "passage",
    "sentence",
    "post",
    "review",
    "answer",
    "response",
    "description",
    "paragraph",
    "headline",
];

/// That no column has this name, and which one may have the passages, judging by these rows.
pub(super) fn without_text(file: &str, columns: &[String], name: &str, rows: &[Row]) -> Error {
    let place = Place::line(file, 1);
    let problem = format!("no column is named {name:?}; there are {}", listed(columns));
    let nested = |(at, column): (usize, &String)| {
        let cell = rows.first()?.cells.get(at)?;
        let text = Fields::of(cell)?.names().find(|n| *n == name)?.clone();
        Some(format!("{column}.{text}"))
    };
    if let Some(path) = columns.iter().enumerate().find_map(nested) {
        let help = format!(
            "the passages are inside, as {path}: make a table of an annotation tool's export with \
             `standpoint convert`, or write text and labels beside each other in each row"
        );
        return Error::input(place, problem, help);
    }
    let has = |name: &str| columns.iter().any(|column| column == name);
    if has("data") && has("annotations") {
        let help = "make a table of an annotation tool's export with `standpoint convert`";
        return Error::input(place, problem, help);
    }
    let mut help = match likely_text(columns, name, rows) {
        Some(like) => {
            let plain = |c: char| c.is_alphanumeric() || "_-.".contains(c);
            let shown = if like.chars().all(plain) { like.clone() } else { format!("{like:?}") };
            format!("name the column that has the passages, perhaps by `text` {shown}")
        }
        None => "name the column that has the passages by `text`".to_owned(),
    };
    if columns.iter().any(|column| column.contains([';', '\t', '|'])) {
        help += "; or what is between the columns by `delimiter`";
    }
    Error::input(place, problem, help)
}

/// The column that is most like one of passages: by its cells, which have several words, by its name, and
/// by how long they are.
fn likely_text<'a>(columns: &'a [String], name: &str, rows: &[Row]) -> Option<&'a String> {
    let named = |column: &str| {
        let column = column.to_lowercase();
        let mut words = column.split(|c: char| !c.is_alphanumeric());
        is_variant(&column, name)
            || words.any(|word| TEXT_WORDS.contains(&word.strip_suffix('s').unwrap_or(word)))
    };
    let texts = |at: usize| {
        let cells = rows.iter().filter_map(move |row| row.cells.get(at));
        cells.map(cell_text).filter(|cell| !cell.trim().is_empty())
    };
    let score = |at: usize| {
        let (n, bytes) = texts(at).fold((0, 0), |(n, bytes), cell| (n + 1, bytes + cell.len()));
        let of_words = texts(at).filter(|cell| cell.trim().contains(' ')).count();
        (2 * of_words > n).then(|| (named(&columns[at]), bytes / n.max(1)))
    };
    let best = (0..columns.len()).filter_map(|at| Some((score(at)?, at))).max_by_key(|(s, _)| *s);
    best.map(|(_, at)| &columns[at])
        .or_else(|| {
            let like = nearest(name, columns.iter().map(String::as_str))?;
            columns.iter().find(|column| *column == like)
        })
        .or_else(|| columns.iter().find(|column| named(column)))
}

fn listed(columns: &[String]) -> String {
    let shown: Vec<&str> = columns.iter().take(SHOWN).map(String::as_str).collect();
    match columns.len() {
        n if n > SHOWN => format!("{} and {} more", shown.join(", "), n - SHOWN),
        _ => shown.join(", "),
    }
}

pub(super) fn without_rows(name: &str) -> Error {
    Error::input(Place::file(name), "the table has no rows", "give at least one passage")
}

/// That all pages were skipped.
pub(super) fn nothing_read(name: &str) -> Error {
    let help = "see what is wrong with it, by stopping there (`on_error` stop)";
    Error::input(Place::file(name), "none of the pages can be read, from this one on", help)
}

/// # Errors
/// [`ErrorKind::PassageTooLong`](crate::ErrorKind::PassageTooLong) if `text` has more than `limit` bytes.
pub(in crate::corpus) fn check_length(
    text: &str,
    limit: usize,
    place: impl FnOnce() -> Place,
) -> Result<()> {
    if text.len() > limit {
        return Err(Error::from(ErrorKind::PassageTooLong {
            place: place(),
            bytes: text.len(),
            limit,
        }));
    }
    Ok(())
}
