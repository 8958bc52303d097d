//! Files that appear whole or not at all.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// A file being written. Until [`OutputFile::finish`] the name holds what it held before: the
/// bytes go to a temporary sibling, which is then renamed. Devices and pipes are written directly.
///
/// Create it before a long work, so that a place that cannot be written is known at once.
///
/// ```no_run
/// use std::io::Write;
/// let mut out = standpoint::OutputFile::create("table.csv".as_ref())?;
/// out.write_all(b"a,b\n").expect("there is room");
/// out.finish()?;
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// Made at the first write: a run that is interrupted before leaves nothing behind.
    Sibling(Option<NamedTempFile>),
    Direct(File),
}

impl OutputFile {
    /// Makes sure that the temporary sibling can be made.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder does not exist or cannot be written, or `path` is a folder.
    pub fn create(path: &Path) -> Result<Self> {
        let failed = || Error::io("write", path);
        let target = match path.metadata() {
            // A folder is refused here, in the system's own words.
            Ok(metadata) if !metadata.is_file() => {
                Target::Direct(OpenOptions::new().write(true).open(path).map_err(failed())?)
            }
            _ => {
                // A link keeps pointing where it points: its target is what is replaced.
                let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
                folder_of(&real).metadata().map_err(failed())?;
                drop(sibling(&real).map_err(failed())?);
                return Ok(Self { path: real, target: Target::Sibling(None) });
            }
        };
        Ok(Self { path: path.to_owned(), target })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`Error::Io`] if the last bytes cannot be written or the file cannot be renamed; then the
    /// name holds what it held before.
    pub fn finish(self) -> Result<()> {
        let done = match self.target {
            Target::Sibling(file) => {
                file.map_or_else(|| sibling(&self.path), Ok).and_then(|file| {
                    file.as_file().sync_all()?;
                    file.persist(&self.path).map(drop).map_err(|error| error.error)
                })
            }
            Target::Direct(mut file) => file.flush(),
        };
        done.map_err(Error::io("write", &self.path))
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A temporary file in the folder of `path`, with the permissions of the file that it will
/// replace, or else those of any new file.
fn sibling(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".standpoint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The temporary name would only puzzle: the error keeps its kind alone.
    let file =
        builder.tempfile_in(folder_of(path)).map_err(|error| io::Error::from(error.kind()))?;
    if let Ok(metadata) = path.metadata() {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    Ok(file)
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Sibling(file) => {
                if file.is_none() {
                    *file = Some(sibling(&self.path)?);
                }
                file.as_mut().map_or(Ok(0), |file| file.write(bytes))
            }
            Target::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Sibling(file) => file.as_mut().map_or(Ok(()), Write::flush),
            Target::Direct(file) => file.flush(),
        }
    }
}
