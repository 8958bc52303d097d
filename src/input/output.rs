//! Output files: each appears whole, compressed if its name says so.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

use super::{CompressedWriter, Compression, WholeFile, whole_file::real_path};
use crate::error::{Error, Result};

/// A file being written, compressed if its name ends in `.gz`, `.zst` or `.xz`.
///
/// Until [`finish`](Self::finish) the name holds what it held before: the bytes go to a temporary file in
/// the same folder, which is then renamed. Devices and pipes are written directly. Where the file system
/// allows it (Linux: ext4, XFS, Btrfs, tmpfs), the temporary file has no name until it is complete, so a
/// run that is killed leaves nothing behind, except in the instant in which a complete file replaces
/// another. Then, and elsewhere at any time, it may leave a file `.standpoint-...` beside the output:
/// delete it.
///
/// Create it before long work, so that a place that cannot be written is known at once.
///
/// ```no_run
/// use std::io::Write;
/// let mut out = standpoint::input::OutputFile::create("table.csv.gz".as_ref())?;
/// out.write_all(b"a,b\n").expect("there is room");
/// out.finish()?;
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    name: String,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Plain(BufWriter<WholeFile>),
    Compressed(Box<CompressedWriter<BufWriter<WholeFile>>>),
}

/// Whether both paths lead to one file, there already or not: over `.` and `..`, over links, and on
/// Unix by two names of one file (hard links). Devices and pipes may be shared, and are no such file.
///
/// ```
/// use standpoint::input::same_file;
/// assert!(same_file("out.csv".as_ref(), "./out.csv".as_ref()));
/// assert!(!same_file("out.csv".as_ref(), "out.tsv".as_ref()));
/// ```
pub fn same_file(a: &Path, b: &Path) -> bool {
    let shared = |path: &Path| path.exists() && !path.is_file();
    !shared(a) && !shared(b) && (real_path(a) == real_path(b) || hard_links(a, b))
}

#[cfg(unix)]
fn hard_links(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    identity(a).is_some_and(|of_a| identity(b) == Some(of_a))
}

#[cfg(not(unix))]
fn hard_links(_: &Path, _: &Path) -> bool {
    false
}

impl OutputFile {
    /// Makes sure that the file can be written; it appears later.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the folder does not exist or cannot be written, or
    /// `path` is a folder; [`ErrorKind::Input`](crate::ErrorKind::Input) if it is to be compressed and
    /// the library was built without the feature `compressed`.
    pub fn create(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = BufWriter::new(WholeFile::create(path)?);
        let target = match Compression::of_name(&name).0 {
            Some(compression) => Target::Compressed(Box::new(compression.writer(&name, file)?)),
            None => Target::Plain(file),
        };
        Ok(Self { name, target })
    }

    /// Writes what is left, and gives the file its name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the last bytes cannot be written or the file cannot
    /// be renamed; then the name holds what it held before.
    pub fn finish(self) -> Result<()> {
        let failed = || Error::io("write", &self.name);
        let file = match self.target {
            Target::Plain(file) => file,
            Target::Compressed(file) => file.finish().map_err(failed())?,
        };
        file.into_inner().map_err(|error| failed()(error.into_error()))?.finish()
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Plain(file) => file.write(bytes),
            Target::Compressed(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Plain(file) => file.flush(),
            Target::Compressed(file) => file.flush(),
        }
    }
}
