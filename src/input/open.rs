//! An input before it is read: a file, standard input, or bytes in memory.

use std::{
    fs,
    io::{self, BufRead, Cursor, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{Compression, Encoding, Source, TextStream, digest::Digest};
use crate::error::{Error, Place, Result};

/// The name of standard input.
const STDIN: &str = "<stdin>";
/// What is read whole may not be larger: 1 GiB.
const MOST_WHOLE: usize = 1 << 30;
/// Bytes that tell how a file is compressed.
const MAGIC: usize = 6;
/// Bytes that tell what an input holds.
const START: usize = 1 << 16;

/// How many bytes of a file were read, before decompression. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    /// So far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, n: usize) {
        self.0.fetch_add(n as u64, Ordering::Relaxed);
    }
}

/// Counts and digests what is read.
struct Watched<R> {
    inner: R,
    count: BytesRead,
    digest: Option<Digest>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.count.add(n);
        if let Some(digest) = &self.digest {
            digest.update(&out[..n]);
        }
        Ok(n)
    }
}

/// The name that messages have for a path, and pages in its file. Bytes that are not UTF-8 are written as
/// `\xE9`, so that two files never have one name.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        return STDIN.to_owned();
    }
    let mut name = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        name.push_str(chunk.valid());
        name.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    name
}

/// Refuses what a file that is read whole cannot be: a device, and a pipe with a name, of which nobody
/// knows whether anything will ever be written to it. A pipe that a shell has opened is a file like others.
pub(crate) fn refuse_endless(path: &Path) -> Result<()> {
    #[cfg(unix)]
    if let Ok(metadata) = path.metadata() {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        let named = || path.canonicalize().is_ok();
        let what = match (kind.is_fifo() && named(), kind.is_char_device()) {
            (true, _) => "a named pipe",
            (_, true) if path != Path::new("/dev/null") && path != Path::new("/dev/stdin") => {
                "a device"
            }
            _ if kind.is_block_device() => "a device",
            _ => return Ok(()),
        };
        let (problem, help) = (format!("this is {what}, and may never end"), "give a file");
        return Err(Error::input(Place::file(name_of(path)), problem, help));
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// An input before it is read. Clones count their bytes together.
#[derive(Clone)]
pub(crate) struct Input<'a> {
    name: Arc<str>,
    origin: Origin<'a>,
    count: BytesRead,
    digest: Option<Digest>,
    ahead: Ahead,
}

/// What was read of an input before it is opened, with all that is behind it.
type Ahead = Arc<Mutex<Option<(Vec<u8>, Box<dyn Read + Send>)>>>;

#[derive(Clone)]
enum Origin<'a> {
    Stdin,
    File(PathBuf),
    Bytes(&'a [u8]),
    Text(&'a Source),
}

impl Input<'static> {
    /// A file, or standard input for `-`; `digested` if its SHA-256 is wanted.
    pub fn of_path(path: &Path, digested: bool) -> Self {
        let origin = match path == Path::new("-") {
            true => Origin::Stdin,
            false => Origin::File(path.to_owned()),
        };
        let digest = digested.then(Digest::default);
        let (count, ahead) = (BytesRead::default(), Ahead::default());
        Self { name: name_of(path).into(), origin, count, digest, ahead }
    }
}

impl<'a> Input<'a> {
    /// Bytes that the caller has read.
    pub fn of_bytes(name: &str, bytes: &'a [u8]) -> Self {
        let (count, digest) = (BytesRead::default(), Some(Digest::default()));
        let (origin, ahead) = (Origin::Bytes(bytes), Ahead::default());
        Self { name: name.into(), origin, count, digest, ahead }
    }

    /// A text that is read already.
    pub fn of_source(source: &'a Source) -> Self {
        let (count, ahead) = (BytesRead::default(), Ahead::default());
        let name = source.name().into();
        Self { name, origin: Origin::Text(source), count, digest: None, ahead }
    }

    /// The name that messages have for it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// How many bytes were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.count.get()
    }

    /// SHA-256 of the bytes that were read, if it is made or known.
    pub fn sha256(&self) -> Option<String> {
        match self.origin {
            Origin::Text(source) => Some(source.sha256().to_owned()),
            _ => self.digest.as_ref().map(Digest::hex),
        }
    }

    /// Opens it. A compressed file is known by the ending of its name, else by its first bytes, and
    /// decompressed.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be opened;
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if it is a directory.
    pub fn open(&self) -> Result<Box<dyn Read + Send + 'a>> {
        let ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take();
        let inner: Box<dyn Read + Send + 'a> = match &self.origin {
            _ if ahead.is_some() => {
                let (start, rest) = ahead.unwrap_or_else(|| (Vec::new(), Box::new(io::empty())));
                Box::new(Cursor::new(start).chain(rest))
            }
            Origin::Stdin => Box::new(io::stdin()),
            Origin::File(path) => Box::new(self.open_file(path)?),
            Origin::Bytes(bytes) => Box::new(*bytes),
            // Decompressed and decoded already.
            Origin::Text(source) => return Ok(Box::new(source.text().as_bytes())),
        };
        let mut watched = self.watched(inner);
        if let (Some(compression), _) = Compression::of_name(&self.name) {
            return compression.reader(&self.name, watched);
        }
        let mut start = Vec::new();
        let read = watched.by_ref().take(MAGIC as u64).read_to_end(&mut start);
        read.map_err(Error::io("read", &*self.name))?;
        let compression = Compression::of_bytes(&start);
        let whole = Cursor::new(start).chain(watched);
        match compression {
            Some(compression) => compression.reader(&self.name, whole),
            None => Ok(Box::new(whole)),
        }
    }

    /// The text that it begins with, some lines in most cases. What can be read only once is kept for
    /// whoever opens it.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn start(&self, encoding: Option<Encoding>) -> Result<String> {
        let bytes = match &self.origin {
            // Decompressed and decoded already, whatever its name ends in.
            Origin::Text(source) => {
                let text = source.text();
                return Ok(text[..text.floor_char_boundary(START)].to_owned());
            }
            Origin::Bytes(bytes) => bytes[..bytes.len().min(START)].to_vec(),
            Origin::Stdin | Origin::File(_) => {
                let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
                if ahead.is_none() {
                    let mut rest: Box<dyn Read + Send> = match &self.origin {
                        Origin::File(path) => Box::new(self.open_file(path)?),
                        _ => Box::new(io::stdin()),
                    };
                    let mut start = Vec::new();
                    let read = rest.by_ref().take(START as u64).read_to_end(&mut start);
                    read.map_err(Error::io("read", &*self.name))?;
                    *ahead = Some((start, rest));
                }
                ahead.as_ref().map_or_else(Vec::new, |(start, _)| start.clone())
            }
        };
        let bytes = match Compression::of_name(&self.name).0.or(Compression::of_bytes(&bytes)) {
            Some(compression) => {
                let mut unpacked = Vec::new();
                let reader = compression.reader(&self.name, Cursor::new(bytes))?;
                // It is cut off, which is no fault.
                let _ = reader.take(START as u64).read_to_end(&mut unpacked);
                unpacked
            }
            None => bytes,
        };
        let mut stream = TextStream::new(&self.name, Cursor::new(bytes), encoding).lenient_if(true);
        let mut text = Vec::new();
        while let Ok(piece @ [_, ..]) = stream.fill_buf() {
            let n = piece.len();
            text.extend_from_slice(piece);
            stream.consume(n);
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn watched<R>(&self, inner: R) -> Watched<R> {
        Watched { inner, count: self.count.clone(), digest: self.digest.clone() }
    }

    fn open_file(&self, path: &Path) -> Result<fs::File> {
        let is_address = ["http://", "https://"].iter().any(|scheme| self.name.starts_with(scheme));
        if is_address && !path.exists() {
            let help = "save the page from a browser, or with curl -L -o page.html ADDRESS, and name \
                        the file";
            let problem = "this is an address, and nothing is fetched from the web";
            return Err(Error::input(Place::file(&*self.name), problem, help));
        }
        if path.is_dir() {
            let help = format!("name the files in it, as {}/*", self.name.trim_end_matches('/'));
            return Err(Error::input(Place::file(&*self.name), "this is a directory", help));
        }
        fs::File::open(path).map_err(Error::io("read", path))
    }

    /// The whole of it, decompressed.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); [`ErrorKind::Input`](crate::ErrorKind::Input) if there are more
    /// than `limit` bytes.
    pub fn read(&self, limit: usize) -> Result<Vec<u8>> {
        self.at_most(limit)?.ok_or_else(|| {
            let problem = format!("the page is larger than {limit} bytes");
            let help = "raise `max_page`, or read it as a table (`format` csv, jsonl)";
            Error::page(Place::file(&*self.name), problem, help)
        })
    }

    /// The whole of it, decompressed, or nothing if it is longer.
    fn at_most(&self, limit: usize) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut limited = self.open()?.take((limit as u64).saturating_add(1));
        limited.read_to_end(&mut bytes).map_err(|error| Error::reading(&self.name, error))?;
        Ok((bytes.len() <= limit).then_some(bytes))
    }

    /// Its text, to be read piece by piece: in this encoding, or in the one that is found. A `lenient`
    /// stream hands out damaged UTF-8 for its reader to find.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn text(&self, encoding: Option<Encoding>, lenient: bool) -> Result<TextStream<'a>> {
        match self.origin {
            Origin::Text(source) => Ok(TextStream::of_text(source.name(), source.text())),
            _ => Ok(TextStream::new(&self.name, self.open()?, encoding).lenient_if(lenient)),
        }
    }

    /// Its whole text.
    ///
    /// # Errors
    /// Those of [`read`](Self::read) and of [`Source::from_bytes`].
    pub fn source(&self, encoding: Option<Encoding>, limit: usize) -> Result<Source> {
        if let Origin::Text(source) = self.origin {
            return Ok(source.clone());
        }
        let bytes = self.read(limit)?;
        Source::new(&self.name, &bytes, encoding, self.sha256().unwrap_or_default())
    }

    /// The encoding of its bytes, if it is settled: a text that was read already is UTF-8.
    #[cfg(feature = "html")]
    pub fn encoding(&self) -> Option<Encoding> {
        matches!(self.origin, Origin::Text(_)).then(|| Encoding(encoding_rs::UTF_8))
    }

    /// It as a file that can be read from any place: standard input and bytes in memory are copied to a
    /// temporary one. Nothing is decompressed.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    #[cfg(feature = "parquet")]
    pub fn file(&self) -> Result<fs::File> {
        use std::io::{Seek, SeekFrom};
        let failed = || Error::io("read", &*self.name);
        let inner: Box<dyn Read + '_> = match &self.origin {
            Origin::File(path) => {
                let file = self.open_file(path)?;
                if self.digest.is_some() {
                    io::copy(&mut self.watched(file), &mut io::sink()).map_err(failed())?;
                }
                return self.open_file(path);
            }
            Origin::Stdin => Box::new(io::stdin()),
            Origin::Bytes(bytes) => Box::new(*bytes),
            Origin::Text(_) => {
                let problem = "this format is not text";
                let help = "open the file by its path, or read its bytes";
                return Err(Error::input(Place::file(&*self.name), problem, help));
            }
        };
        let inner: Box<dyn Read + '_> =
            match self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some((start, rest)) => Box::new(Cursor::new(start).chain(rest)),
                None => inner,
            };
        let mut file = tempfile::tempfile().map_err(failed())?;
        io::copy(&mut self.watched(inner), &mut file).map_err(failed())?;
        file.seek(SeekFrom::Start(0)).map_err(failed())?;
        Ok(file)
    }
}

impl Source {
    /// Reads the whole text of a file, or of standard input for `-`, up to 1 GiB; compressed
    /// files are decompressed. Devices and named pipes, which may never end, are refused. The encoding is found: see [`Encoding`](crate::input::Encoding).
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be read;
    /// [`ErrorKind::Empty`](crate::ErrorKind::Empty) if there is nothing in it;
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if it is a directory, a device or a
    /// named pipe, too large, or not in its encoding.
    pub fn open(path: &Path) -> Result<Self> {
        refuse_endless(path)?;
        let input = Input::of_path(path, true);
        let bytes = input.at_most(MOST_WHOLE)?.ok_or_else(|| {
            let place = Place::file(&*input.name);
            Error::input(place, "the file is larger than 1 GiB", "split it, and give its parts")
        })?;
        Self::new(&input.name, &bytes, None, input.sha256().unwrap_or_default())
    }
}
