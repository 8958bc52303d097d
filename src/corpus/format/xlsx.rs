//! Excel workbooks to rows: the first visible sheet, with a header row.

use std::{
    collections::{BTreeSet, VecDeque},
    io::{self, Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::reader::{Bad, Format, Options, Reader, json_of};
use crate::{
    corpus::{
        cell::{Cell, cell_text},
        column_type::ColumnType,
        row::Row,
    },
    error::{Error, Place, Result},
    input::{Input, empty},
};

pub(super) const FORMAT: Format = Format::table("xlsx", "Excel workbooks", open)
    .endings(&["xlsx"])
    .about("An Excel workbook: its first sheet, with a header row");

/// A workbook is in memory while it is read: unpacked it may have so many times the bytes of a page.
const UNPACKED: u64 = 16;

/// The filled cells of a row, with the numbers of row and columns in the sheet.
struct SheetRow {
    number: u32,
    cells: Vec<(u32, Cell)>,
}

/// The rows of a sheet that was read whole.
struct SheetReader {
    name: Arc<str>,
    columns: Vec<String>,
    /// The number in the sheet of each column.
    numbers: Vec<u32>,
    rows: VecDeque<SheetRow>,
    /// The row that cannot be read, as text.
    bad: String,
    notes: Vec<String>,
}

fn open<'a>(input: &Input<'a>, options: &Options, _: Vec<String>) -> Result<Box<dyn Reader + 'a>> {
    let name = input.name();
    let limit = options.max_page as u64;
    let too_large = |what: &str, limit: u64| {
        let problem = format!("the workbook has more than {limit} bytes{what}");
        let help = "raise `max_page`, or save the sheet as CSV (UTF-8)";
        Error::input(Place::file(&**name), problem, help)
    };
    let mut bytes = Vec::new();
    let read = input.open()?.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Error::reading(name, error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large("", limit));
    }
    if bytes.is_empty() {
        return Err(empty(name));
    }
    let unpacked = limit.saturating_mul(UNPACKED);
    if unpacked_size(&bytes, unpacked).map_err(|error| damaged(name, 0, &error))? > unpacked {
        return Err(too_large(" unpacked", unpacked));
    }
    // The library is not proof against everything that a damaged file can say.
    let sheet = catch_unwind(AssertUnwindSafe(|| read_sheet(name, bytes)));
    let (mut rows, notes) =
        sheet.unwrap_or_else(|_| Err(damaged(name, 0, &"it is inconsistent")))?;
    let Some(header) = rows.pop_front() else { return Err(empty(name)) };
    let (Some((first, _)), Some((last, _))) = (header.cells.first(), header.cells.last()) else {
        return Err(empty(name));
    };
    // One without a name and without a value is none.
    let filled: BTreeSet<u32> =
        rows.iter().flat_map(|row| &row.cells).map(|(column, _)| *column).collect();
    let named = |number: u32| header.cells.iter().find(|(column, _)| *column == number);
    let numbers =
        (*first..=*last).filter(|number| named(*number).is_some() || filled.contains(number));
    let numbers: Vec<u32> = numbers.collect();
    let column = |number: &u32| {
        named(*number).map_or_else(String::new, |(_, cell)| cell_text(cell).trim().to_owned())
    };
    let columns = numbers.iter().map(column).collect();
    let (name, bad) = (name.clone(), String::new());
    Ok(Box::new(SheetReader { name, columns, numbers, rows, bad, notes }))
}

/// The bytes of all parts of a workbook, counted up to the limit: what it says of itself may be wrong.
fn unpacked_size(bytes: &[u8], limit: u64) -> io::Result<u64> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(io::Error::other)?;
    let mut size = 0;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(io::Error::other)?;
        size += io::copy(&mut part.take((limit + 1).saturating_sub(size)), &mut io::sink())?;
    }
    Ok(size)
}

/// The rows of the first visible sheet that are not empty.
fn read_sheet(name: &str, bytes: Vec<u8>) -> Result<(VecDeque<SheetRow>, Vec<String>)> {
    let wrong = |row: u32, error: XlsxError| damaged(name, row, &error);
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| wrong(0, error))?;
    let sheets = || {
        let sheets = book.sheets_metadata().iter();
        sheets.filter(|sheet| {
            sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
        })
    };
    let n = sheets().count();
    let Some(sheet) = sheets().next().map(|sheet| sheet.name.clone()) else {
        return Err(empty(name));
    };
    let note = || format!("{name}: the sheet {sheet:?} is read, the first of {n}");
    let notes = (n > 1).then(note).into_iter().collect();
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|error| wrong(0, error))?;
    let mut rows: VecDeque<SheetRow> = VecDeque::new();
    loop {
        let row = rows.back().map_or(0, |row| row.number + 1);
        let Some(found) = cells.next_cell().map_err(|error| wrong(row, error))? else { break };
        let (number, column) = found.get_position();
        let cell = cell_of(found.get_value());
        if cell_text(&cell).is_empty() {
            continue;
        }
        match rows.back_mut() {
            Some(row) if row.number == number => row.cells.push((column, cell)),
            _ => rows.push_back(SheetRow { number, cells: vec![(column, cell)] }),
        }
    }
    rows.iter_mut().for_each(|row| row.cells.sort_by_key(|(column, _)| *column));
    Ok((rows, notes))
}

/// A value as Excel shows it without a format of its own.
fn cell_of(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Null,
        DataRef::Int(number) => Cell::of_number(number),
        DataRef::Float(number) => number_of(*number),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.as_str().into()
        }
        DataRef::SharedString(text) => (*text).into(),
        DataRef::DateTime(time) => time_of(time).into(),
        DataRef::Error(error) => error.to_string().into(),
    }
}

/// Excel shows 15 digits: 5 and not 5.0, 0.3 and not 0.30000000000000004.
fn number_of(number: f64) -> Cell {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    if rounded.fract() == 0.0 && rounded.abs() < 1e15 {
        return Cell::of_number(rounded as i64);
    }
    Cell::of_number(rounded)
}

/// A date, a time of day, or both, by ISO 8601; a duration as hours, minutes and seconds.
fn time_of(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let fraction = if milli > 0 { format!(".{milli:03}") } else { String::new() };
    if time.is_duration() {
        let hours = time.as_f64().abs().trunc() as u64 * 24 + u64::from(hour);
        return format!("{hours}:{minute:02}:{second:02}{fraction}");
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let of_day = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    match time.as_f64() {
        value if (0.0..1.0).contains(&value) => of_day,
        _ if of_day == "00:00:00" => date,
        _ => format!("{date}T{of_day}"),
    }
}

fn damaged(name: &str, row: u32, error: &dyn std::fmt::Display) -> Error {
    let place = match row {
        0 => Place::file(name),
        row => Place::line(name, u64::from(row) + 1),
    };
    let problem = format!("this cannot be read as an Excel workbook ({error})");
    Error::input(place, problem, "save it again in Excel, or as CSV (UTF-8)")
}

impl Reader for SheetReader {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Row>, Bad> {
        let Some(row) = self.rows.pop_front() else { return Ok(None) };
        let line = u64::from(row.number) + 1;
        let mut cells = vec![Cell::Null; self.columns.len()];
        let outside = |column: &u32| self.numbers.binary_search(column).is_err();
        if let Some((column, _)) = row.cells.iter().find(|(column, _)| outside(column)) {
            let place = Place::column(&*self.name, line, u64::from(*column) + 1);
            let texts: Vec<_> = row.cells.iter().map(|(_, cell)| cell_text(cell)).collect();
            self.bad = texts.join("\t");
            let problem = "the cell is beside the columns of the header";
            let help = "give its column a name in the first row, or empty the cell";
            return Err(Bad::Row(Error::input(place, problem, help)));
        }
        for (column, cell) in row.cells {
            if let Ok(at) = self.numbers.binary_search(&column) {
                cells[at] = cell;
            }
        }
        Ok(Some(Row::new(self.name.clone(), line, cells)))
    }

    fn leave_out(&mut self, row: Option<&Row>, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        match row {
            Some(row) => out(json_of(&self.columns, row).as_bytes()),
            None => out(self.bad.as_bytes()),
        }
        Ok(())
    }

    fn types(&self) -> Option<Vec<ColumnType>> {
        None
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
