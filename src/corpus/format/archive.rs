//! Crawls (WARC) to rows: every web page that was fetched, block by block.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read},
    sync::Arc,
    vec,
};

use warc::{RecordType, WarcHeader, WarcReader};

use super::{
    html::HtmlPage,
    page::{HTML_COLUMNS, leave_out_text, page_types},
    reader::{Bad, Format, Options, Reader},
};
use crate::{
    corpus::{column_type::ColumnType, row::Row},
    error::{Error, ErrorKind, Place, Result},
    input::{Compression, Encoding, Input},
};

pub(super) const FORMAT: Format = Format::page("warc", "WARC", &HTML_COLUMNS, open)
    .endings(&["warc"])
    .about("A crawl with all its web pages");

fn open<'a>(input: &Input<'a>, options: &Options, _: Vec<String>) -> Result<Box<dyn Reader + 'a>> {
    Ok(Box::new(ArchiveReader {
        name: input.name().clone(),
        reader: BufReader::with_capacity(1 << 16, input.open()?),
        max_page: options.max_page as u64,
        columns: HTML_COLUMNS.map(str::to_owned).to_vec(),
        page: Vec::new().into_iter(),
        seen: HashMap::new(),
        others: 0,
        read: (Vec::new(), 0),
        bad_page: String::new(),
    }))
}

/// Bytes that the headers of a record and those of the answer in it may have.
const HEADERS: u64 = 1 << 16;
/// Header lines of an answer at most.
const LINES: usize = 256;
/// Pages of which it is said how they were read.
const MOST_NOTES: usize = 10;
/// The end of each record.
const END: &[u8; 4] = b"\r\n\r\n";

/// The rows of a crawl, one after the other.
struct ArchiveReader<'a> {
    name: Arc<str>,
    reader: BufReader<Box<dyn Read + Send + 'a>>,
    max_page: u64,
    columns: Vec<String>,
    /// Rows of the page that is read.
    page: vec::IntoIter<Row>,
    /// How often each address came up.
    seen: HashMap<String, usize>,
    /// Answers that are no web page.
    others: usize,
    /// What to say of pages that were read in their own way, up to [`MOST_NOTES`]; and of how many there was.
    read: (Vec<String>, usize),
    /// The page that was tried last: all of it is left out if it cannot be read.
    bad_page: String,
}

/// A page as it was fetched.
struct Captured {
    address: String,
    body: Vec<u8>,
    charset: Option<Encoding>,
}

impl Reader for ArchiveReader<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Row>, Bad> {
        loop {
            if let Some(row) = self.page.next() {
                return Ok(Some(row));
            }
            let Some(page) = self.next_page()? else { return Ok(None) };
            let Captured { address, body, charset } = page;
            let times = self.seen.entry(address.clone()).or_default();
            *times += 1;
            // Fetched again it is another page.
            let id = if *times > 1 { format!("{address} ({times})") } else { address.clone() };
            self.bad_page.clone_from(&id);
            match HtmlPage::of_address(&self.name_of(&id), &body, charset, Some(&address)) {
                Ok(page) => {
                    self.note(&id, &page.notes);
                    self.page = page.into_rows(&self.name, &id).into_iter();
                }
                // Nothing is seen on it.
                Err(error) if matches!(error.kind(), ErrorKind::Empty { .. }) => {}
                Err(error) => return Err(Bad::Row(error)),
            }
        }
    }

    fn leave_out(&mut self, row: Option<&Row>, out: &mut dyn FnMut(&[u8])) -> Result<()> {
        match row {
            Some(row) => leave_out_text(Some(row), out),
            None => out(self.bad_page.as_bytes()),
        }
        Ok(())
    }

    fn types(&self) -> Option<Vec<ColumnType>> {
        Some(page_types(&self.columns))
    }

    fn notes(&self) -> Vec<String> {
        let Self { name, others, read: (read, n_read), .. } = self;
        let note = || match others {
            1 => format!("{name}: 1 response left out that is not a web page"),
            n => format!("{name}: {n} responses left out that are not web pages"),
        };
        let more = n_read - read.len();
        let rest = || match more {
            1 => format!("{name}: 1 more page has notes like these"),
            n => format!("{name}: {n} more pages have notes like these"),
        };
        let mut notes: Vec<String> = (*others > 0).then(note).into_iter().collect();
        notes.extend(read.iter().cloned().chain((more > 0).then(rest)));
        notes
    }
}

impl ArchiveReader<'_> {
    fn note(&mut self, page: &str, notes: &[String]) {
        let (read, n_read) = &mut self.read;
        if !notes.is_empty() {
            *n_read += 1;
            if read.len() < MOST_NOTES {
                read.push(format!("{}: {page}: {}", self.name, notes.join("; ")));
            }
        }
    }

    /// The next answer that is a web page.
    fn next_page(&mut self) -> Result<Option<Captured>, Bad> {
        loop {
            let fatal = |problem: String| {
                let help = "copy the file again, or leave it out";
                Bad::Fatal(Error::input(Place::file(&*self.name), problem, help))
            };
            let read = |error| Bad::Fatal(Error::reading(&self.name, error));
            if self.reader.fill_buf().map_err(read)?.is_empty() {
                return Ok(None);
            }
            let mut limited = self.reader.by_ref().take(HEADERS);
            let mut records = WarcReader::new(&mut limited);
            let (kind, address, length) = match records.stream_records().next_item() {
                None => return Err(fatal("this is not a WARC file, or it is cut short".into())),
                Some(Err(error)) => {
                    return Err(fatal(format!(
                        "this is not a WARC file, or it is damaged ({error})"
                    )));
                }
                Some(Ok(record)) => {
                    let address = record.header(WarcHeader::TargetURI).unwrap_or_default();
                    (record.warc_type().clone(), address.into_owned(), record.content_length())
                }
            };
            let mut body = self.reader.by_ref().take(length);
            let too_large = length > self.max_page.saturating_add(HEADERS);
            let mut bytes = Vec::new();
            if kind == RecordType::Response && !too_large {
                body.read_to_end(&mut bytes).map_err(read)?;
            }
            io::copy(&mut body, &mut io::sink()).map_err(read)?;
            let mut end = [0; END.len()];
            if body.limit() > 0 || self.reader.read_exact(&mut end).is_err() || end != *END {
                return Err(fatal("a record is cut short".into()));
            }
            if kind != RecordType::Response {
                continue;
            }
            self.bad_page.clone_from(&address);
            if too_large {
                return Err(Bad::Row(self.larger(&address, length)));
            }
            match self.page_of(address, &bytes).map_err(Bad::Row)? {
                Some(page) => return Ok(Some(page)),
                None => self.others += 1,
            }
        }
    }

    /// The page in an answer; nothing if it holds something else.
    fn page_of(&self, address: String, answer: &[u8]) -> Result<Option<Captured>> {
        let mut lines = [httparse::EMPTY_HEADER; LINES];
        let mut head = httparse::Response::new(&mut lines);
        let Ok(httparse::Status::Complete(start)) = head.parse(answer) else { return Ok(None) };
        let header = |name: &str| {
            let line = head.headers.iter().find(|line| line.name.eq_ignore_ascii_case(name));
            line.map_or_else(String::new, |line| String::from_utf8_lossy(line.value).to_lowercase())
        };
        let kind = header("content-type");
        if head.code != Some(200)
            || !["text/html", "application/xhtml"].iter().any(|k| kind.contains(k))
        {
            return Ok(None);
        }
        let mut body = answer[start..].to_vec();
        if header("transfer-encoding").contains("chunked") {
            // Archives that took the chunks apart often kept the line that speaks of them.
            body = joined(&body).unwrap_or(body);
        }
        let coding = header("content-encoding");
        let compression = match coding.trim() {
            "" | "identity" => None,
            "gzip" | "x-gzip" => Some(Compression::Gzip),
            "zstd" => Some(Compression::Zstd),
            _ => return Ok(None),
        };
        if let Some(compression) =
            compression.filter(|known| Compression::of_bytes(&body) == Some(*known))
        {
            let reader = compression.reader(&self.name, io::Cursor::new(body))?;
            body = Vec::new();
            let read = reader.take(self.max_page.saturating_add(1)).read_to_end(&mut body);
            read.map_err(|error| Error::reading(&self.name, error))?;
        }
        if body.len() as u64 > self.max_page {
            return Err(self.larger(&address, body.len() as u64));
        }
        let charset =
            kind.split_once("charset=").map(|(_, name)| name.trim_matches([' ', '"', ';', '\'']));
        let charset = charset.and_then(|name| Encoding::of_label(name).ok());
        Ok(Some(Captured { address, body, charset }))
    }

    fn larger(&self, address: &str, bytes: u64) -> Error {
        let problem = format!("the page has {bytes} bytes or more, the limit is {}", self.max_page);
        Error::page(Place::file(self.name_of(address)), problem, "raise `max_page`")
    }

    /// What messages call a page.
    fn name_of(&self, page: &str) -> String {
        format!("{}: {page}", self.name)
    }
}

/// Chunks (RFC 9112, 7.1) put together; nothing if they are none.
fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(chunks)
        else {
            return None;
        };
        if length == 0 {
            return Some(body);
        }
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        body.extend_from_slice(chunks.get(start..end)?);
        chunks = chunks.get(end..)?.strip_prefix(b"\r\n")?;
    }
}
