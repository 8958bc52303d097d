//! Tables of any length, a block of whole pages at a time.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    vec,
};

use serde_json::Value;

use super::{
    csv::CsvRows,
    jsonl::JsonRows,
    table::{
        HTML_COLUMNS, InputFormat, Known, PAGE, Row, TEXT_COLUMNS, Table, cell_text, html_rows,
        text_rows, without_rows,
    },
};
use crate::{
    error::{Error, Result},
    page::{STDIN, Source, TextStream, Unit, empty},
};

/// A block ends after so many rows or bytes of cells, when its last page is complete.
const ROWS: usize = 2048;
const BYTES: usize = 1 << 20;

/// Several inputs, read block by block: no more of them is in memory than some thousands of rows.
/// All blocks have the same columns, those of all inputs. A block has whole pages. Where the rows of
/// a page do not follow each other in their file, or it cannot be known without reading all of it
/// (standard input with a column of pages, or with JSON lines), the file is one block.
///
/// ```
/// use standpoint::{Blocks, InputFormat, Unit};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("a.csv");
/// std::fs::write(&path, "page,text\n".to_owned() + &"p,one\nq,two\nq,three\n".repeat(3000)).unwrap();
/// // Pages p and q come again and again: one block.
/// let mut blocks = Blocks::open(&[(path.clone(), InputFormat::Csv)], Unit::Line, 1 << 20)?;
/// assert_eq!(blocks.next_block()?.unwrap().len(), 9000);
/// assert!(blocks.next_block()?.is_none());
/// // Each row is a page of its own: several.
/// std::fs::write(&path, "text\n".to_owned() + &"one\ntwo\n".repeat(3000)).unwrap();
/// let mut blocks = Blocks::open(&[(path, InputFormat::Csv)], Unit::Line, 1 << 20)?;
/// let mut n = 0;
/// while let Some(block) = blocks.next_block()? {
///     assert!(block.len() < 6000);
///     n += block.len();
/// }
/// assert_eq!(n, 6000);
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct Blocks {
    /// Of the first input.
    name: String,
    columns: Vec<String>,
    /// Those that are not yet read.
    inputs: VecDeque<Input>,
    current: Option<Reading>,
    /// The first row of the next block.
    pending: Option<Row>,
    started: usize,
    unit: Unit,
    max_bytes: usize,
    /// Rows after which a block is full.
    most_rows: usize,
    /// Inputs that were read in another encoding than UTF-8, and in which.
    recoded: Vec<(String, &'static str)>,
}

/// What is known of an input before it is read.
struct Input {
    path: PathBuf,
    columns: Vec<String>,
    /// Whether its pages follow each other, so that it may be cut between two of them.
    may_cut: bool,
    opened: Opened,
}

enum Opened {
    /// To be opened when its turn comes.
    Not(InputFormat),
    /// What can be read only once.
    Csv(Box<CsvRows<TextStream>>),
    Read(Vec<Row>),
}

/// An input of which rows are read.
struct Reading {
    name: String,
    known: Known,
    n_columns: usize,
    /// The column of the block for each of its own, where they differ.
    targets: Option<Vec<usize>>,
    may_cut: bool,
    rows: Rows,
    any: bool,
}

enum Rows {
    Csv(Box<CsvRows<TextStream>>),
    Jsonl(Box<JsonRows<TextStream>>),
    Read(vec::IntoIter<Row>),
}

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Jsonl(rows) => rows.next(),
            Self::Read(rows) => rows.next().map(Ok),
        }
    }
}

impl Blocks {
    /// Looks at all inputs, `-` being standard input: their columns, and whether their pages follow
    /// each other. `unit` matters for text alone.
    ///
    /// # Errors
    /// [`Error::Io`], and what [`Table::read`] says of the header of a table.
    ///
    /// # Panics
    /// If there is no input.
    pub fn open(inputs: &[(PathBuf, InputFormat)], unit: Unit, max_bytes: usize) -> Result<Self> {
        assert!(!inputs.is_empty(), "at least one input");
        let inputs = inputs.iter().map(|(path, format)| Input::look(path, *format));
        let inputs = inputs.collect::<Result<VecDeque<_>>>()?;
        let mut columns: Vec<String> = Vec::new();
        for column in inputs.iter().flat_map(|input| &input.columns) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        let (name, current, pending) = (inputs[0].name(), None, None);
        Ok(Self {
            name,
            columns,
            inputs,
            current,
            pending,
            started: 0,
            unit,
            max_bytes,
            most_rows: ROWS,
            recoded: Vec::new(),
        })
    }

    /// The name of the first input.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The columns of all blocks, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Names of the inputs that were so far read in another encoding than UTF-8, and in which.
    pub fn recoded(&self) -> &[(String, &'static str)] {
        &self.recoded
    }

    /// The next block; nothing at the end.
    ///
    /// # Errors
    /// Those of [`Table::read`], for the rows read.
    pub fn next_block(&mut self) -> Result<Option<Table>> {
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
        Ok((!rows.is_empty()).then(|| Table::block(self.columns.clone(), rows)))
    }

    /// The next row, and whether there may be a cut before it.
    fn next_row(&mut self) -> Result<Option<(Row, bool)>> {
        loop {
            if self.current.is_none() {
                let Some(input) = self.inputs.pop_front() else {
                    return Ok(self.pending.take().map(|row| (row, true)));
                };
                let Self { columns, unit, max_bytes, recoded, .. } = self;
                self.current = Some(input.open(columns, *unit, *max_bytes, recoded)?);
                self.started += 1;
            }
            let Some(reading) = &mut self.current else { continue };
            if let Some(row) = self.pending.take() {
                return Ok(Some((row, reading.may_cut)));
            }
            let Some(row) = reading.rows.next() else {
                if !reading.any {
                    return Err(without_rows(&reading.name));
                }
                self.current = None;
                continue;
            };
            let row = reading.finish(row?, self.started, self.max_bytes, self.columns.len())?;
            return Ok(Some((row, reading.may_cut)));
        }
    }
}

impl Input {
    fn look(path: &Path, format: InputFormat) -> Result<Self> {
        let twice = path != Path::new("-") && path.metadata().is_ok_and(|data| data.is_file());
        let path = path.to_owned();
        match format {
            InputFormat::Text | InputFormat::Html => {
                // Whether it can be read is better known before the others are.
                if twice || !path.exists() {
                    TextStream::open(&path)?;
                }
                let columns: &[&str] = match format {
                    InputFormat::Html => &HTML_COLUMNS,
                    _ => &TEXT_COLUMNS,
                };
                let columns = columns.iter().map(|&column| column.to_owned()).collect();
                Ok(Self { path, columns, may_cut: true, opened: Opened::Not(format) })
            }
            InputFormat::Csv => {
                let (name, columns, mut rows) = open_csv(&path)?;
                let known = Known::of(&name, &columns)?;
                known.check_text(&name, &columns)?;
                if !twice {
                    let may_cut = known.page.is_none();
                    return Ok(Self { path, columns, may_cut, opened: Opened::Csv(rows) });
                }
                let mut order = Order::default();
                if let Some(page) = known.page {
                    rows.for_each_field(page, |id| order.see(id.trim()))?;
                }
                // Not kept open: there may be more inputs than files may be open.
                let opened = Opened::Not(format);
                Ok(Self { path, columns, may_cut: order.follow, opened })
            }
            InputFormat::Jsonl => {
                let text = TextStream::open(&path)?;
                let name = text.name().to_owned();
                let mut rows = JsonRows::open(&name, text, &[]);
                if !twice {
                    let (columns, read) = rows.read()?;
                    check(&name, &columns)?;
                    return Ok(Self { path, columns, may_cut: false, opened: Opened::Read(read) });
                }
                // Which of the columns has the pages is known at the end.
                let mut orders = PAGE.map(|_| Order::default());
                while let Some(row) = rows.next() {
                    let row = row?;
                    for (column, order) in PAGE.iter().zip(&mut orders) {
                        let cell = rows.number(column).map_or(&Value::Null, |at| &row.cells[at]);
                        order.see(cell_text(cell).trim());
                    }
                }
                let columns = rows.into_columns();
                check(&name, &columns)?;
                let pages = PAGE.iter().position(|page| columns.iter().any(|name| name == page));
                let may_cut = pages.is_none_or(|pages| orders[pages].follow);
                Ok(Self { path, columns, may_cut, opened: Opened::Not(format) })
            }
        }
    }

    fn name(&self) -> String {
        match self.path == Path::new("-") {
            true => STDIN.to_owned(),
            false => self.path.display().to_string(),
        }
    }

    fn open(
        self,
        all: &[String],
        unit: Unit,
        max_bytes: usize,
        recoded: &mut Vec<(String, &'static str)>,
    ) -> Result<Reading> {
        let name = self.name();
        let Self { path, columns, may_cut, opened } = self;
        let rows = match opened {
            Opened::Csv(rows) => Rows::Csv(rows),
            Opened::Read(rows) => Rows::Read(rows.into_iter()),
            Opened::Not(InputFormat::Csv) => Rows::Csv(open_csv(&path)?.2),
            Opened::Not(InputFormat::Jsonl) => {
                let rows = JsonRows::open(&name, TextStream::open(&path)?, &columns);
                Rows::Jsonl(Box::new(rows))
            }
            Opened::Not(InputFormat::Text) => {
                let rows = text_rows(&Source::open(&path)?, unit, max_bytes)?.1;
                Rows::Read(rows.into_iter())
            }
            Opened::Not(InputFormat::Html) => {
                let source = Source::open_html(&path)?;
                let encoding = source.encoding();
                recoded.extend((encoding != "UTF-8").then(|| (name.clone(), encoding)));
                Rows::Read(html_rows(&source)?.1.into_iter())
            }
        };
        let at = |column| all.iter().position(|known| known == column);
        let targets: Vec<usize> = columns.iter().filter_map(at).collect();
        let same = targets.iter().copied().eq(0..all.len());
        Ok(Reading {
            known: Known::of(&name, &columns)?,
            name,
            n_columns: columns.len(),
            targets: (!same).then_some(targets),
            may_cut,
            rows,
            any: false,
        })
    }
}

impl Reading {
    /// A row as a block has it.
    fn finish(&mut self, mut row: Row, input: usize, max_bytes: usize, n: usize) -> Result<Row> {
        self.any = true;
        if row.cells.len() != self.n_columns {
            let problem = "the file changed while it was read";
            return Err(Error::input(row.place(), problem, "run the command again"));
        }
        row.input = input;
        self.known.note(&mut row);
        self.known.check_length(&row, max_bytes)?;
        if let Some(targets) = &self.targets {
            let mut cells = vec![Value::Null; n];
            for (cell, &target) in row.cells.into_iter().zip(targets) {
                cells[target] = cell;
            }
            row.cells = cells;
        }
        Ok(row)
    }
}

fn open_csv(path: &Path) -> Result<(String, Vec<String>, Box<CsvRows<TextStream>>)> {
    let text = TextStream::open(path)?;
    let name = text.name().to_owned();
    let (columns, rows) = CsvRows::open(&name, text)?;
    if columns.iter().all(String::is_empty) {
        return Err(empty(&name));
    }
    Ok((name, columns, Box::new(rows)))
}

/// That rows with these columns can be read.
fn check(name: &str, columns: &[String]) -> Result<()> {
    if columns.is_empty() {
        return Err(empty(name));
    }
    Known::of(name, columns)?.check_text(name, columns)
}

/// Whether the rows of each page follow each other.
struct Order {
    follow: bool,
    last: u64,
    /// Hashes of the pages that were seen: two that share one are taken for a page that comes again,
    /// and the file is read whole.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Default for Order {
    fn default() -> Self {
        Self { follow: true, last: 0, seen: HashSet::new(), hasher: RandomState::new() }
    }
}

impl Order {
    fn see(&mut self, page: &str) {
        let page = if page.is_empty() { 0 } else { self.hasher.hash_one(page) };
        if page != self.last && page != 0 {
            self.follow &= self.seen.insert(page);
        }
        self.last = page;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The pages as lists of the numbers of their rows, in order.
    fn pages(table: &Table, first: usize) -> Vec<Vec<usize>> {
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
        let mut blocks = Blocks::open(&[(path, InputFormat::Jsonl)], Unit::Line, 1000).unwrap();
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
            let a = ("page,seq,text\n".to_owned() + &rows.collect::<String>(), InputFormat::Csv);
            let rows = jsonl.iter().enumerate().map(|(i, page)| match id(*page) {
                "" => format!("{{\"text\": {i}}}\n\n"),
                id => format!("{{\"text\": \"t\", \"n\": {i}, \"doc\": \"{id}\"}}\n"),
            });
            let b = (rows.collect::<String>(), InputFormat::Jsonl);
            let (mut whole, mut inputs) = (None, Vec::new());
            for (name, (text, format)) in ["a", "b"].into_iter().zip([a, b]) {
                let path = folder.path().join(name);
                std::fs::write(&path, &text).unwrap();
                let source = Source::from_bytes(path.display().to_string(), text.into()).unwrap();
                let table = Table::read(&source, format, Unit::Line, 1000).unwrap();
                inputs.push((path, format));
                match &mut whole {
                    None => whole = Some(table),
                    Some(all) => all.append(table),
                }
            }
            let whole = whole.unwrap();
            let mut blocks = Blocks::open(&inputs, Unit::Line, 1000).unwrap();
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
