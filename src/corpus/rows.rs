//! The rows of an input in any format, one after the other and checked: the one way in which tables
//! are read.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::{
    cell::cell_text,
    column_type::ColumnType,
    format::{Bad, InputFormat, PageReader, Reader},
    left_out::LeftOut,
    order::Order,
    row::{Known, Names, Row, page_of, without_rows},
    settings::{OnError, ReadReport, ReadSettings},
};
use crate::{
    error::{Error, ErrorClass, Place, Result},
    input::{Input, Rejects, Source, empty},
};

/// What an input holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Table,
    Page,
    /// A crawl, in which there are always other pages.
    Pages,
}

/// Rows that are looked at to tell what columns hold.
const SAMPLE: usize = 50;

/// The format of an input: that which is given or which the ending of its name tells, else that of a table
/// if its content begins as one; and then a sentence about it.
pub(super) fn format_of(
    input: &Input<'_>,
    settings: &ReadSettings,
) -> Result<(InputFormat, Option<String>)> {
    let name = input.name();
    let format = settings.format_of(name)?;
    if settings.format.is_some() || InputFormat::by_ending(name).is_some() {
        return Ok((format, None));
    }
    let options = settings.options();
    let found = InputFormat::of_content(&input.start(settings.encoding)?, &options);
    Ok(match found.filter(|found| *found != format) {
        Some(found) => {
            let note = format!(
                "{name}: read as {}, by its content; `format` names another",
                found.title()
            );
            (found, Some(note))
        }
        None => (format, None),
    })
}

/// The rows of an input.
pub(super) struct Rows<'a> {
    input: Input<'a>,
    reader: Box<dyn Reader + 'a>,
    /// The numbers of the columns that we know, and how many columns there were when they were found.
    known: Known,
    names: Names,
    n_columns: usize,
    /// That the format was found by the content.
    found: Option<String>,
    /// Whether each row is a passage that is read, or labels of one in another file.
    texts: bool,
    /// Whether others are read with it, so that a page without rows is no error; and those pages.
    among_others: bool,
    left_out: LeftOut,
    holds: Holds,
    /// Of a page that was skipped as a whole: why.
    page_fault: Option<Error>,
    max_passage: usize,
    skip: bool,
    ended: bool,
    kept: u64,
    rejected: u64,
    /// The first row that was left out.
    first_left_out: Option<Place>,
    /// The types of columns that are known by their rows alone, of the rows that were visited.
    types: Vec<ColumnType>,
}

impl Rows<'static> {
    /// Opens a file, or standard input for `-`. Of JSON the `columns` may be known from before; the
    /// file's digest is made if it is `digested`.
    pub fn open(
        path: &Path,
        settings: &ReadSettings,
        columns: Vec<String>,
        digested: bool,
    ) -> Result<Self> {
        Rows::of(Input::of_path(path, digested), settings, columns)
    }
}

impl<'a> Rows<'a> {
    /// Of bytes that are in memory.
    pub fn of_bytes(name: &str, bytes: &'a [u8], settings: &ReadSettings) -> Result<Self> {
        Self::of(Input::of_bytes(name, bytes), settings, Vec::new())
    }

    /// Of a text that is in memory.
    pub fn of_source(source: &'a Source, settings: &ReadSettings) -> Result<Self> {
        Self::of(Input::of_source(source), settings, Vec::new())
    }

    pub fn of(input: Input<'a>, settings: &ReadSettings, columns: Vec<String>) -> Result<Self> {
        let found = format_of(&input, settings);
        let page_columns = match &found {
            Ok((format, _)) => format.page_columns(),
            // Files that no format reads have no columns.
            Err(error) => error.is_of_page().then(Vec::new),
        };
        let holds = match &found {
            Ok((format, _)) if *format == InputFormat::WARC => Holds::Pages,
            _ if page_columns.is_some() => Holds::Page,
            _ => Holds::Table,
        };
        let mut note = None;
        let opened = found.and_then(|(format, found)| {
            note = found;
            format.open(&input, &settings.options(), columns)
        });
        let reader: Box<dyn Reader + 'a> = match (opened, page_columns) {
            (Err(fault), Some(columns)) => Box::new(PageReader::faulty(columns, fault)),
            (opened, _) => opened?,
        };
        let names = if holds == Holds::Table { settings.names() } else { Names::default() };
        let known = Known::of(input.name(), reader.columns(), &names)?;
        let n_columns = reader.columns().len();
        Ok(Self {
            input,
            reader,
            known,
            names,
            n_columns,
            found: note,
            texts: true,
            among_others: false,
            left_out: LeftOut::default(),
            holds,
            page_fault: None,
            max_passage: settings.max_passage,
            skip: settings.on_error == OnError::Skip,
            ended: false,
            kept: 0,
            rejected: 0,
            first_left_out: None,
            types: Vec::new(),
        })
    }

    /// The same as rows of labels, which need no text.
    pub fn of_labels(self) -> Self {
        Self { texts: false, ..self }
    }

    /// The same as one input of several, of which a page that cannot be read is left out.
    pub fn among_others(self, among_others: bool) -> Self {
        Self { among_others, ..self }
    }

    /// The pages that were left out.
    pub fn take_left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }

    pub fn name(&self) -> &Arc<str> {
        self.input.name()
    }

    /// The columns that have come up.
    pub fn columns(&self) -> &[String] {
        self.reader.columns()
    }

    /// SHA-256 of the bytes of a file that is read to its end, if it was to be made.
    pub fn sha256(&self) -> Option<String> {
        self.input.sha256()
    }

    /// The columns that we know among those that have come up.
    pub fn known(&self) -> Known {
        self.known
    }

    /// Sentences about how this was read.
    pub fn notes(&self) -> Vec<String> {
        let found = self.found.clone().into_iter();
        let names = self.known.notes(self.name(), self.columns(), &self.names);
        found.chain(self.reader.notes()).chain(names).collect()
    }

    /// # Errors
    /// If there is no column of texts, where there must be one, or none of a name that was given.
    pub fn check_columns(&mut self) -> Result<()> {
        let (known, names, texts) = (self.known, self.names.clone(), self.texts);
        let (name, columns) = (self.name().clone(), self.columns().to_vec());
        known.check(&name, &columns, &names, texts, || self.sample())
    }

    /// The same of all columns, of which these are rows.
    pub fn check_columns_of(&self, rows: &[Row]) -> Result<()> {
        let sample = || rows.iter().take(SAMPLE).cloned().collect();
        self.known.check(self.name(), self.columns(), &self.names, self.texts, sample)
    }

    /// The next rows, to tell what their columns hold.
    fn sample(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        while let (true, Ok(Some(row))) = (rows.len() < SAMPLE, self.reader.next()) {
            rows.push(row);
        }
        rows
    }

    /// How much was read so far.
    pub fn report(&self) -> ReadReport {
        ReadReport { bytes: self.input.bytes_read(), kept: self.kept, rejected: self.rejected }
    }

    /// The type of each column in all rows; nothing if it is known only when the pages were visited.
    pub fn types(&self) -> Option<Vec<ColumnType>> {
        let visited = || (!self.types.is_empty()).then(|| self.types.clone());
        let mut types = self.reader.types().or_else(visited)?;
        // Texts are made text, whatever they were.
        if let Some(of) = self.known.text.and_then(|text| types.get_mut(text)) {
            *of = ColumnType::Text;
        }
        Some(types)
    }

    /// Reads on to the end; whether the rows of each page follow each other. Faster than to read the rows,
    /// where the format allows it. Rows that are wrong are skipped uncounted.
    pub fn pages(&mut self) -> Result<Order> {
        let mut order = Order::default();
        if let (Some(page), None) = (self.known.page, self.known.file) {
            let visit = &mut |id: &str| order.see(id.trim());
            if self.reader.for_each_cell(page, self.skip, visit)? {
                return Ok(order);
            }
        }
        let by_rows = self.reader.types().is_none();
        // Which column is that of the pages may be known at the end alone.
        let mut orders: BTreeMap<usize, Order> = BTreeMap::new();
        let mut candidates = Vec::new();
        let mut n_columns = 0;
        while let Some(row) = self.next(&mut Rejects::default())? {
            if by_rows {
                self.types.resize(self.types.len().max(row.cells.len()), ColumnType::Empty);
                for (of, cell) in self.types.iter_mut().zip(&row.cells) {
                    *of = of.and(ColumnType::of_cell(cell));
                }
            }
            let columns = self.reader.columns();
            for (at, column) in columns.iter().enumerate().skip(n_columns) {
                if self.names.may_be_page(column) {
                    candidates.push(at);
                }
            }
            n_columns = columns.len();
            let file = self.known.file.and_then(|file| row.cells.get(file)).map(cell_text);
            for &at in &candidates {
                let cell = row.cells.get(at).map(cell_text).unwrap_or_default();
                let order = orders.entry(at).or_default();
                match file.as_deref() {
                    Some(file) => order.see(&page_of(file, &cell)),
                    None => order.see(cell.trim()),
                }
            }
        }
        Ok(self.known.page.and_then(|page| orders.remove(&page)).unwrap_or_default())
    }

    /// The next row; nothing at the end. Rows that cannot be read go to `rejects` if they are skipped.
    pub fn next(&mut self, rejects: &mut Rejects) -> Result<Option<Row>> {
        loop {
            let (error, row) = match self.reader.next() {
                Ok(Some(row)) => match self.checked(row) {
                    Ok(row) => {
                        self.kept += 1;
                        return Ok(Some(row));
                    }
                    Err((error, row)) => (error, Some(row)),
                },
                Ok(None) if self.kept > 0 || self.ended => return Ok(None),
                Ok(None) => {
                    // Once is enough.
                    self.ended = true;
                    if self.is_left_out() {
                        return Ok(None);
                    }
                    self.take_left_out().into_error()?;
                    return Err(self.page_fault.take().unwrap_or_else(|| self.without_rows()));
                }
                Err(Bad::Row(error)) => (error, None),
                Err(Bad::Fatal(error)) => return Err(error),
            };
            if !self.skip {
                // That a file cannot be opened at all is mended rather than passed over.
                let others = match self.holds {
                    Holds::Table => false,
                    Holds::Page => self.among_others && error.class() != ErrorClass::Io,
                    Holds::Pages => error.is_of_page(),
                };
                if others && row.is_none() {
                    self.left_out.push(error);
                    continue;
                }
                return Err(error);
            }
            self.rejected += 1;
            rejects.take(&error, |out| self.reader.leave_out(row.as_ref(), out))?;
            self.first_left_out.get_or_insert_with(|| error.place_and_problem().0);
            if row.is_none() && self.holds == Holds::Page {
                self.page_fault = Some(error);
            }
        }
    }

    /// Whether all of it is a page that was left out.
    fn is_left_out(&self) -> bool {
        self.among_others
            && self.holds != Holds::Table
            && (!self.left_out.is_empty() || self.rejected > 0)
    }

    /// All rows that are left.
    pub fn read(&mut self, rejects: &mut Rejects) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        while let Some(row) = self.next(rejects)? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// The row with its page and `seq`; or what is wrong with it.
    fn checked(&mut self, mut row: Row) -> Result<Row, (Error, Row)> {
        if self.columns().len() > self.n_columns {
            self.n_columns = self.columns().len();
            self.known = Known::among(self.columns(), &self.names);
        }
        if let (true, Err(error)) = (self.texts, self.known.check_text(&row)) {
            return Err((error, row));
        }
        self.known.note(&mut row);
        match self.texts.then(|| self.known.check_row(&row, self.max_passage)) {
            Some(Err(error)) => Err((error, row)),
            _ => Ok(row),
        }
    }

    fn without_rows(&self) -> Error {
        if let Some(place) = &self.first_left_out {
            let problem = "none of the rows can be read, from this one on";
            let help = "see what is wrong with it, by stopping there (`on_error` stop)";
            return Error::input(place.clone(), problem, help);
        }
        if self.columns().is_empty() {
            return empty(self.name());
        }
        without_rows(self.name())
    }
}
