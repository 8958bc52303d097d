//! The bytes of a file, decompressed.

use std::{
    fs,
    io::{self, Cursor, Read},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest, Sha256};

use super::ReadSettings;
use crate::{
    error::{Error, Place, Result},
    input::Compression,
};

/// The name of standard input.
pub(crate) const STDIN: &str = "<stdin>";
/// Bytes that tell how a file is compressed.
const MAGIC: usize = 6;

/// Two digits for each byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// SHA-256 of the bytes of a file, as they are read.
#[derive(Clone, Default)]
pub(crate) struct Digesting(Arc<Mutex<Sha256>>);

impl Digesting {
    /// Of all that was read, in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        let digest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hexadecimal(&digest.finalize())
    }

    pub fn update(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }
}

/// How many bytes of files were read, compressed ones counted as they lie there. Clones count together.
///
/// ```
/// use standpoint::{ReadSettings, Corpus};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("a.csv");
/// std::fs::write(&path, "text\nShare\n").unwrap();
/// let settings = ReadSettings::default();
/// Corpus::open(&path, &settings)?;
/// assert_eq!(settings.bytes_read.get(), 11);
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    /// So far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Begins anew.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

struct Counted<R>(R, BytesRead);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(out)?;
        self.1.0.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

struct Digested<R>(R, Digesting);

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(out)?;
        self.1.update(&out[..n]);
        Ok(n)
    }
}

/// The name that messages have for a path.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") { STDIN.to_owned() } else { path.display().to_string() }
}

/// Opens a file, or standard input for `-`. What is compressed is known by the name's ending, else by
/// its first bytes.
///
/// # Errors
/// [`Error::Io`] if it cannot be opened; [`Error::Input`] if it is a directory.
pub(crate) fn open(
    path: &Path,
    count: &BytesRead,
    digest: Option<&Digesting>,
) -> Result<Box<dyn Read + Send>> {
    let name = name_of(path);
    let file: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else if path.is_dir() {
        let help = format!("name the files in it, as {}/*", name.trim_end_matches('/'));
        return Err(Error::input(Place::file(name), "this is a directory", help));
    } else {
        Box::new(fs::File::open(path).map_err(Error::io("read", path))?)
    };
    let file = Counted(file, count.clone());
    let mut file: Box<dyn Read + Send> = match digest {
        Some(digest) => Box::new(Digested(file, digest.clone())),
        None => Box::new(file),
    };
    if let (Some(compression), _) = Compression::of_name(&name) {
        return compression.reader(&name, file);
    }
    let mut start = Vec::new();
    file.by_ref().take(MAGIC as u64).read_to_end(&mut start).map_err(Error::io("read", path))?;
    let compression = Compression::of_bytes(&start);
    let file = Cursor::new(start).chain(file);
    match compression {
        Some(compression) => compression.reader(&name, file),
        None => Ok(Box::new(file)),
    }
}

/// Reads all of a page, but no more of it than the settings allow.
///
/// # Errors
/// Those of [`open`]; [`Error::Input`] if there are more.
pub(crate) fn read(
    path: &Path,
    settings: &ReadSettings,
    digest: &Digesting,
) -> Result<(String, Vec<u8>)> {
    let name = name_of(path);
    let mut bytes = Vec::new();
    let limit = settings.max_page;
    let mut limited =
        open(path, &settings.bytes_read, Some(digest))?.take((limit as u64).saturating_add(1));
    limited.read_to_end(&mut bytes).map_err(|error| Error::reading(&name, error))?;
    if bytes.len() > limit {
        let problem = format!("the page is larger than {limit} bytes");
        let help = "raise `max_page`, or read it as a table (`format` csv, jsonl)";
        return Err(Error::input(Place::file(name), problem, help));
    }
    Ok((name, bytes))
}
