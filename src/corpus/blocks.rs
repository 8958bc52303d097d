//! Tables of any length, a block of whole pages at a time.

use std::{
    collections::{HashSet, VecDeque},
    fs::Metadata,
    path::{Path, PathBuf},
    sync::Arc,
    vec,
};

use super::{
    OnError, ReadReport, ReadSettings,
    cell::Cell,
    column_type::ColumnType,
    format::page_types,
    left_out::LeftOut,
    order::Order,
    row::{Columns, FILE, Known, Names, Row, nothing_read},
    rows::{Rows, format_of},
    table::Corpus,
};
use crate::{
    error::{Error, ErrorClass, Result},
    input::{Input as Bytes, Rejects, empty, name_of},
};

/// A block ends after so many rows or bytes of cells, when its last page is complete.
const ROWS: usize = 512;
const BYTES: usize = 1 << 18;

/// Several inputs, read block by block: no more of them is in memory than some thousands of rows.
/// All blocks have the same columns, those of all inputs. A block has whole pages. Where the rows of
/// a page do not follow each other in their file, or it cannot be known without reading all of it
/// (standard input with a column of pages, or with JSON lines), the file is one block.
///
/// ```
/// use standpoint::{ReadSettings, corpus::Blocks};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("a.csv");
/// std::fs::write(&path, "page,text\n".to_owned() + &"p,one\nq,two\nq,three\n".repeat(3000)).unwrap();
/// // Pages p and q come again and again: one block.
/// let mut blocks = Blocks::open(&[path.clone()], &ReadSettings::default())?;
/// assert_eq!(blocks.next_block()?.unwrap().len(), 9000);
/// assert!(blocks.next_block()?.is_none());
/// // Each row is a page of its own: several.
/// std::fs::write(&path, "text\n".to_owned() + &"one\ntwo\n".repeat(3000)).unwrap();
/// let mut blocks = Blocks::open(&[path], &ReadSettings::default())?;
/// let mut n = 0;
/// while let Some(block) = blocks.next_block()? {
///     assert!(block.len() < 6000);
///     n += block.len();
/// }
/// assert_eq!(n, 6000);
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct Blocks {
    columns: Columns,
    /// The number of the column that tells pages of several files apart, if there must be one.
    file: Option<usize>,
    types: Vec<ColumnType>,
    /// The name of the first input.
    name: String,
    /// Those that are not yet read.
    inputs: VecDeque<Input>,
    current: Option<Reading>,
    /// The first row of the next block.
    pending: Option<Row>,
    started: usize,
    settings: ReadSettings,
    rejects: Rejects,
    /// Of the inputs that are done.
    report: ReadReport,
    /// Rows after which a block is full.
    most_rows: usize,
    notes: Vec<String>,
    /// Whether several inputs are read, and the pages that were left out of them.
    several: bool,
    left_out: LeftOut,
    ended: bool,
    /// Of all inputs, where that can be known.
    total_bytes: Option<u64>,
}

/// What is known of an input before it is read.
struct Input {
    path: PathBuf,
    columns: Vec<String>,
    known: Known,
    /// The pages of a table as numbers, if they are known.
    pages: HashSet<u64>,
    /// The column of the blocks for each of its own.
    targets: Vec<usize>,
    types: Vec<ColumnType>,
    /// Whether its pages follow each other, so that it may be cut between two of them.
    may_cut: bool,
    opened: Opened,
}

enum Opened {
    /// To be opened when its turn comes.
    Not,
    /// What can be read only once.
    Rows(Box<Rows<'static>>),
    Read(vec::IntoIter<Row>, Vec<String>, ReadReport),
}

/// An input of which rows are read.
struct Reading {
    n_columns: usize,
    /// The column of the block for each of its own, where they differ.
    targets: Option<Vec<usize>>,
    /// The number of the column that has the name of the file, if there must be one.
    file: Option<usize>,
    may_cut: bool,
    rows: Opened,
}

impl Blocks {
    /// Looks at all inputs, `-` being standard input: their columns, and whether their pages follow
    /// each other.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), and what [`Corpus::open`] says of the header of a
    /// table; [`ErrorKind::Setting`](crate::ErrorKind::Setting) if there is no input.
    pub fn open(inputs: &[PathBuf], settings: &ReadSettings) -> Result<Self> {
        Self::open_with_rejects(inputs, settings, Rejects::default())
    }

    /// The same. Rows that are skipped go to `rejects`, which [`into_rejects`](Self::into_rejects)
    /// hands back.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_with_rejects(
        inputs: &[PathBuf],
        settings: &ReadSettings,
        mut rejects: Rejects,
    ) -> Result<Self> {
        let Some(first) = inputs.first() else {
            return Err(Error::setting("inputs", "none", "at least one file"));
        };
        let name = name_of(first);
        let length = |path: &PathBuf| {
            let metadata = path.metadata().ok().filter(Metadata::is_file);
            metadata.map(|metadata| metadata.len())
        };
        let total_bytes = inputs.iter().map(length).sum();
        let several = inputs.len() > 1;
        let inputs = inputs.iter().map(|path| Input::look(path, several, settings, &mut rejects));
        let mut inputs = inputs.collect::<Result<VecDeque<_>>>()?;
        let (mut columns, mut types) = (Columns::default(), Vec::new());
        for input in &mut inputs {
            input.targets = columns.add(&input.columns, input.known);
            types.resize(columns.names.len(), ColumnType::Empty);
            for (&number, of) in input.targets.iter().zip(&input.types) {
                types[number] = types[number].and(*of);
            }
        }
        let mut notes = Vec::new();
        let has = |name: &str| columns.names.iter().any(|column| column == name);
        let mut file = None;
        if share_pages(&mut inputs) && !has(FILE) && !has("annotator") {
            file = Some(columns.names.len());
            columns.names.push(FILE.to_owned());
            types.push(ColumnType::Text);
            notes.push(format!(
                "{name}: other inputs have pages of the same ids; the column file tells them apart"
            ));
        }
        Ok(Self {
            total_bytes,
            columns,
            file,
            types,
            name,
            inputs,
            current: None,
            pending: None,
            started: 0,
            settings: settings.clone(),
            rejects,
            report: ReadReport::default(),
            most_rows: ROWS,
            notes,
            several,
            left_out: LeftOut::default(),
            ended: false,
        })
    }

    /// The name of the first input.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The columns of all blocks, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns.names
    }

    /// Bytes of all inputs as they lie there; nothing if one is no file, as standard input is not.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// How much was read so far: bytes as of [`total_bytes`](Self::total_bytes), and rows.
    pub fn report(&self) -> ReadReport {
        let mut report = self.report;
        if let Some(reading) = &self.current {
            report += reading.rows.report();
        }
        report
    }

    /// Where the rows went that were skipped.
    pub fn into_rejects(self) -> Rejects {
        self.rejects
    }

    /// The types that the columns have in all blocks.
    pub fn column_types(&self) -> &[ColumnType] {
        &self.types
    }

    /// As [`Corpus::notes`], of the inputs that were read so far.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The next block; nothing at the end.
    ///
    /// # Errors
    /// Those of [`Corpus::open`], for the rows read.
    pub fn next_block(&mut self) -> Result<Option<Corpus>> {
        let mut rows: Vec<Row> = Vec::new();
        let mut bytes = 0;
        while let Some((row, may_cut)) = self.next_row()? {
            let full = rows.len() >= self.most_rows || bytes >= BYTES;
            let parts = rows.last().is_some_and(|last| {
                last.input != row.input || may_cut && (row.page.is_empty() || last.page != row.page)
            });
            if full && parts {
                self.pending = Some(row);
                break;
            }
            bytes += row.cells.iter().map(|cell| cell.as_str().map_or(8, str::len)).sum::<usize>();
            rows.push(row);
        }
        let Columns { names, known } = &self.columns;
        Ok((!rows.is_empty()).then(|| Corpus::block(names.clone(), *known, rows)))
    }

    /// The next row, and whether there may be a cut before it.
    fn next_row(&mut self) -> Result<Option<(Row, bool)>> {
        loop {
            if self.current.is_none() {
                let Some(input) = self.inputs.pop_front() else {
                    let last = self.pending.take().map(|row| (row, true));
                    if last.is_none() {
                        self.end()?;
                    }
                    return Ok(last);
                };
                let names = &self.columns.names;
                self.current = Some(input.open(names, self.file, &self.settings, self.several)?);
                self.started += 1;
            }
            let Some(reading) = &mut self.current else { continue };
            if let Some(row) = self.pending.take() {
                return Ok(Some((row, reading.may_cut)));
            }
            let Some(row) = reading.rows.next(&mut self.rejects)? else {
                self.notes.extend(reading.rows.notes());
                self.report += reading.rows.report();
                self.left_out.append(reading.rows.take_left_out());
                self.current = None;
                continue;
            };
            let row = reading.placed(row, self.started, self.columns.names.len())?;
            return Ok(Some((row, reading.may_cut)));
        }
    }
}

impl Blocks {
    /// Says which pages were left out, once; an error if nothing else was read.
    fn end(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.ended, true) {
            return Ok(());
        }
        let left_out = std::mem::take(&mut self.left_out);
        if self.report.kept > 0 {
            self.notes.extend(left_out.notes());
            return Ok(());
        }
        left_out.into_error()?;
        Err(nothing_read(&self.name))
    }
}

fn is_io(error: &Error) -> bool {
    error.class() == ErrorClass::Io
}

impl Opened {
    fn next(&mut self, rejects: &mut Rejects) -> Result<Option<Row>> {
        match self {
            Self::Not => Ok(None),
            Self::Rows(rows) => rows.next(rejects),
            Self::Read(rows, ..) => Ok(rows.next()),
        }
    }

    fn notes(&mut self) -> Vec<String> {
        match self {
            Self::Not => Vec::new(),
            Self::Rows(rows) => rows.notes(),
            Self::Read(_, notes, _) => std::mem::take(notes),
        }
    }

    fn take_left_out(&mut self) -> LeftOut {
        match self {
            Self::Rows(rows) => rows.take_left_out(),
            _ => LeftOut::default(),
        }
    }

    fn report(&self) -> ReadReport {
        match self {
            Self::Not => ReadReport::default(),
            Self::Rows(rows) => rows.report(),
            Self::Read(.., report) => *report,
        }
    }
}

/// Whether pages of two inputs have one id. The ids are not kept.
fn share_pages(inputs: &mut VecDeque<Input>) -> bool {
    let mut all = HashSet::new();
    let mut shared = false;
    for input in inputs {
        let pages = std::mem::take(&mut input.pages);
        shared = shared || pages.into_iter().any(|page| !all.insert(page));
    }
    shared
}

impl Input {
    /// `several` if it is not the only one.
    fn look(
        path: &Path,
        several: bool,
        settings: &ReadSettings,
        rejects: &mut Rejects,
    ) -> Result<Self> {
        let twice = path != Path::new("-") && path.metadata().is_ok_and(|data| data.is_file());
        let (name, path) = (name_of(path), path.to_owned());
        let skip = settings.on_error == OnError::Skip;
        let bytes = Bytes::of_path(&path, false);
        let format = match format_of(&bytes, settings) {
            // No format reads it: it is left out when its turn comes.
            Err(error) if error.is_of_page() && (several || skip) => {
                let known = Known::among(&[], &Names::default());
                return Ok(Self::of(path, Vec::new(), known, Vec::new(), true, Opened::Not));
            }
            format => format?.0,
        };
        if let Some(columns) = format.page_columns() {
            let (types, known) = (page_types(&columns), Known::among(&columns, &Names::default()));
            let opened = if twice || path != Path::new("-") && !path.exists() {
                // Whether it can be read is better known before the others are.
                match bytes.open() {
                    // What is wrong with this page is told when its turn comes.
                    Err(error) if path.exists() && (skip || several && !is_io(&error)) => {}
                    opened => drop(opened?),
                }
                Opened::Not
            } else {
                let rows = Rows::of(bytes, settings, columns.clone())?;
                Opened::Rows(Box::new(rows.among_others(several)))
            };
            return Ok(Self::of(path, columns, known, types, true, opened));
        }
        let mut rows = Rows::of(bytes, settings, Vec::new())?;
        let of_json = rows.columns().is_empty();
        if !of_json {
            rows.check_columns()?;
        }
        if !twice {
            if of_json || several && rows.known().page.is_some() {
                // Which columns JSON has is known at the end; and so is which pages a table has.
                let table = Corpus::of(rows, rejects)?;
                let (types, report, known) = (table.column_types(), table.report(), table.known());
                let mut order = Order::default();
                (0..table.len()).for_each(|row| order.see(table.page_id(row)));
                let pages = order.into_pages();
                let opened =
                    Opened::Read(Arc::unwrap_or_clone(table.rows).into_iter(), table.notes, report);
                let input = Self::of(path, table.columns, known, types, false, opened);
                return Ok(Self { pages, ..input });
            }
            let (columns, known) = (rows.columns().to_vec(), rows.known());
            let may_cut = known.page.is_none();
            let types = rows.types().unwrap_or_else(|| vec![ColumnType::Text; columns.len()]);
            let opened = Opened::Rows(Box::new(rows));
            return Ok(Self::of(path, columns, known, types, may_cut, opened));
        }
        // Rows that are left out are counted when they are read. Not kept open: there may be more inputs
        // than files may be open.
        let opened = Opened::Not;
        if let (false, None, Some(types)) = (of_json, rows.known().page, rows.types()) {
            let (columns, known) = (rows.columns().to_vec(), rows.known());
            return Ok(Self::of(path, columns, known, types, true, opened));
        }
        let order = rows.pages()?;
        let (columns, known) = (rows.columns().to_vec(), rows.known());
        if columns.is_empty() {
            return Err(empty(&name));
        }
        if of_json {
            // The rows are gone, and the first ones tell what is in the columns.
            Rows::open(&path, settings, columns.clone(), false)?.check_columns()?;
        }
        let types = rows.types().unwrap_or_default();
        let input = Self::of(path, columns, known, types, order.follow, opened);
        let pages = if several { order.into_pages() } else { HashSet::new() };
        Ok(Self { pages, ..input })
    }

    /// One whose pages are not known, and whose columns have no place among all yet.
    fn of(
        path: PathBuf,
        columns: Vec<String>,
        known: Known,
        types: Vec<ColumnType>,
        may_cut: bool,
        opened: Opened,
    ) -> Self {
        let (pages, targets) = (HashSet::new(), Vec::new());
        Self { path, columns, known, pages, targets, types, may_cut, opened }
    }

    fn open(
        self,
        all: &[String],
        file: Option<usize>,
        settings: &ReadSettings,
        several: bool,
    ) -> Result<Reading> {
        let Self { path, columns, targets, may_cut, opened, .. } = self;
        let rows = match opened {
            Opened::Not => {
                let rows = Rows::open(&path, settings, columns.clone(), false)?;
                Opened::Rows(Box::new(rows.among_others(several)))
            }
            opened => opened,
        };
        let targets = (columns != all).then_some(targets);
        Ok(Reading { n_columns: columns.len(), targets, file, may_cut, rows })
    }
}

impl Reading {
    /// A row as a block of `n` columns has it.
    fn placed(&mut self, mut row: Row, input: usize, n: usize) -> Result<Row> {
        if row.cells.len() != self.n_columns {
            let problem = "the file changed while it was read";
            return Err(Error::input(row.place(), problem, "run the command again"));
        }
        row.input = input;
        if let Some(targets) = &self.targets {
            let mut cells = vec![Cell::Null; n];
            for (cell, &target) in row.cells.into_iter().zip(targets) {
                cells[target] = cell;
            }
            row.cells = cells;
        }
        if let Some(file) = self.file {
            row.cells[file] = Cell::Text(row.file.to_string());
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::Source;

    /// The pages as lists of the numbers of their rows, in order.
    fn pages(table: &Corpus, first: usize) -> Vec<Vec<usize>> {
        let passages = table.passages().unwrap();
        let moved = |page: &Vec<usize>| page.iter().map(|row| first + row).collect();
        passages.pages().iter().map(moved).collect()
    }

    /// Where the column of pages comes up late, what other columns say of pages is not asked.
    #[test]
    fn a_page_stays_whole_beside_rows_with_another_id() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let lines = [r#""page": "p""#, r#""doc": "p""#, r#""page": "p""#];
        let text: String = lines.map(|id| format!("{{\"text\": \"t\", {id}}}\n")).concat();
        std::fs::write(&path, text).unwrap();
        let mut blocks = Blocks::open(&[path], &ReadSettings::default()).unwrap();
        blocks.most_rows = 1;
        let block = blocks.next_block().unwrap().unwrap();
        assert_eq!(pages(&block, 0), [vec![0, 2], vec![1]]);
    }

    proptest! {
        /// Block after block has the rows and the pages that the tables have as a whole.
        #[test]
        fn blocks_are_the_tables_cut_between_pages(
            csv in proptest::collection::vec((0usize..6, 0usize..3), 1..20),
            jsonl in proptest::collection::vec(0usize..6, 1..20),
            sorted: bool,
            most_rows in 1usize..5,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let id = |page: usize| ["", "p", "q", "r", "s", "t"][page];
            let mut csv = csv;
            if sorted {
                csv.sort_unstable();
            }
            let rows = csv.iter().enumerate().map(|(i, (page, seq))| {
                format!("{},{seq},text {i}\n", id(*page))
            });
            let a = "page,seq,text\n".to_owned() + &rows.collect::<String>();
            let rows = jsonl.iter().enumerate().map(|(i, page)| match id(*page) {
                "" => format!("{{\"text\": {i}}}\n\n"),
                id => format!("{{\"text\": \"t\", \"n\": {i}, \"doc\": \"{id}\"}}\n"),
            });
            let b = rows.collect::<String>();
            let (mut whole, mut inputs) = (None::<Corpus>, Vec::new());
            for (name, text) in [("a.csv", a), ("b.jsonl", b)] {
                let path = folder.path().join(name);
                std::fs::write(&path, &text).unwrap();
                let source = Source::from_bytes(path.display().to_string(), text.into()).unwrap();
                let table = Corpus::read(&source, &ReadSettings::default()).unwrap();
                inputs.push(path);
                match &mut whole {
                    None => whole = Some(table),
                    Some(all) => all.append(table),
                }
            }
            let mut whole: Corpus = whole.unwrap();
            whole.tell_files_apart();
            let mut blocks = Blocks::open(&inputs, &ReadSettings::default()).unwrap();
            blocks.most_rows = most_rows;
            let (mut n, mut found, mut n_blocks) = (0, Vec::new(), 0);
            prop_assert_eq!(blocks.columns(), whole.columns());
            while let Some(block) = blocks.next_block().unwrap() {
                for row in 0..block.len() {
                    prop_assert_eq!(&block.rows[row].cells, &whole.rows[n + row].cells);
                    prop_assert_eq!(block.place(row), whole.place(n + row));
                }
                found.extend(pages(&block, n));
                n += block.len();
                n_blocks += 1;
            }
            prop_assert_eq!(n, whole.len());
            let mut expected = pages(&whole, 0);
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
            // Pages in order are cut wherever they can be.
            if sorted && most_rows == 1 {
                let n_pages = csv.chunk_by(|a, b| a.0 == b.0 && a.0 > 0).count();
                prop_assert!(n_blocks > n_pages);
            }
        }
    }
}
