//! Files that appear whole or not at all.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// A file that keeps what it held before until [`WholeFile::finish`]: see
/// [`OutputFile`](super::OutputFile), which compresses too.
#[derive(Debug)]
pub(crate) struct WholeFile {
    path: PathBuf,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// Made at the first write: a run that is interrupted before leaves nothing behind.
    Temporary(Option<Temporary>),
    Direct(File),
}

#[derive(Debug)]
enum Temporary {
    Unnamed(File),
    Sibling(NamedTempFile),
}

impl WholeFile {
    /// Makes sure that the temporary file can be made.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the folder does not exist or cannot be written, or
    /// `path` is a folder.
    pub fn create(path: &Path) -> Result<Self> {
        let failed = || Error::io("write", path);
        let target = match path.metadata() {
            // A folder is refused here, in the system's own words.
            Ok(metadata) if !metadata.is_file() => {
                Target::Direct(OpenOptions::new().write(true).open(path).map_err(failed())?)
            }
            _ => {
                // A link keeps pointing where it points: its target is what is replaced, or made.
                let real = match path.symlink_metadata() {
                    Ok(_) => real_path(path),
                    Err(_) => path.to_owned(),
                };
                folder_of(&real).metadata().map_err(failed())?;
                drop(Temporary::beside(&real).map_err(failed())?);
                return Ok(Self { path: real, target: Target::Temporary(None) });
            }
        };
        Ok(Self { path: path.to_owned(), target })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the last bytes cannot be written or the file cannot
    /// be renamed; then the name holds what it held before.
    pub fn finish(self) -> Result<()> {
        let done = match self.target {
            Target::Temporary(file) => file
                .map_or_else(|| Temporary::beside(&self.path), Ok)
                .and_then(|file| file.persist(&self.path)),
            Target::Direct(mut file) => file.flush(),
        };
        done.map_err(Error::io("write", &self.path))
    }
}

impl Temporary {
    /// In the folder of `path`, with the permissions of the file that it will replace, or else those
    /// of any new file.
    fn beside(path: &Path) -> io::Result<Self> {
        let file = match unnamed(folder_of(path)) {
            Some(file) => Self::Unnamed(file),
            None => Self::Sibling(sibling(path)?),
        };
        if let Ok(metadata) = path.metadata() {
            file.file().set_permissions(metadata.permissions())?;
        }
        Ok(file)
    }

    fn file(&self) -> &File {
        match self {
            Self::Unnamed(file) => file,
            Self::Sibling(file) => file.as_file(),
        }
    }

    fn persist(self, path: &Path) -> io::Result<()> {
        self.file().sync_all()?;
        match self {
            Self::Unnamed(file) => link(file, path),
            Self::Sibling(file) => file.persist(path).map(drop).map_err(|error| error.error),
        }
    }
}

/// Links in a path that are followed, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// Where a file is, or would be: all links are followed, those too whose file is not there yet.
pub(super) fn real_path(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(real) = path.canonicalize() {
            return real;
        }
        let Ok(target) = path.read_link() else { break };
        path = folder_of(&path).join(target);
    }
    match (folder_of(&path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn names() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".standpoint-");
    builder
}

fn sibling(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = names();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The temporary name would only puzzle: the error keeps its kind alone.
    builder.tempfile_in(folder_of(path)).map_err(|error| io::Error::from(error.kind()))
}

/// A file in this folder that no name leads to, if there can be one.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    open(folder, flags, Mode::from_raw_mode(0o666)).ok().map(File::from)
}

/// Gives an unnamed file this name. What has it already can only be replaced by a rename, and so the
/// file has another name for an instant.
#[cfg(target_os = "linux")]
fn link(file: File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link = |name: &Path| Ok(linkat(CWD, &open, CWD, name, AtFlags::SYMLINK_FOLLOW)?);
    if link(path).is_ok() {
        return Ok(());
    }
    let named = names().make_in(folder_of(path), link);
    match named {
        Ok(named) => named.into_temp_path().persist(path).map_err(|error| error.error),
        // There may be no /proc.
        Err(error) => copy(file, path).or(Err(error)),
    }
}

#[cfg(target_os = "linux")]
fn copy(mut file: File, path: &Path) -> io::Result<()> {
    use std::io::Seek;
    let mut copy = sibling(path)?;
    file.rewind()?;
    io::copy(&mut file, &mut copy)?;
    copy.as_file().set_permissions(file.metadata()?.permissions())?;
    copy.as_file().sync_all()?;
    copy.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn link(_: File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Temporary(Some(file)) => file.file().write(bytes),
            Target::Temporary(none) => {
                none.insert(Temporary::beside(&self.path)?).file().write(bytes)
            }
            Target::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            // Nothing is held back.
            Target::Temporary(_) => Ok(()),
            Target::Direct(file) => file.flush(),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_name_with_or_without_proc() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        for (number, give) in [link, copy].into_iter().enumerate() {
            let text = format!("text {number}");
            let Some(mut file) = unnamed(folder.path()) else { return };
            file.write_all(text.as_bytes()).unwrap();
            assert_eq!(path.exists(), number > 0);
            give(file, &path).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
