//! Which files a user means by a folder or a pattern.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use standpoint::{Error, InputFormat, Place, Result, input::Compression};
use walkdir::WalkDir;

use super::render;

/// The inputs with each folder replaced by its files, in the order of their names: by those in the
/// folder itself, or with `recursive` by all below it; and each pattern (`*`, `?`, `[...]`, `**` for
/// folders) by what it matches. What is left out is said and counted.
pub fn of_inputs(inputs: &[PathBuf], recursive: bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for input in inputs {
        if input.is_dir() {
            of_folder(input, recursive, &mut files)?;
        } else if let Some(pattern) = pattern(input) {
            of_pattern(pattern, &mut files)?;
        } else {
            files.push(input.clone());
        }
    }
    Ok(files)
}

/// What the shell has left to us: a name that no file has, and that can match others.
fn pattern(input: &Path) -> Option<&str> {
    input.to_str().filter(|name| name.contains(['*', '?', '[']) && !input.exists())
}

fn of_pattern(pattern: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let unusable = |problem: String, help: &str| Error::input(Place::file(pattern), problem, help);
    let matches = glob::glob(pattern).map_err(|error| {
        unusable(format!("this is no pattern ({error})"), "write it as pages/**/*.html")
    })?;
    let before = files.len();
    for path in matches {
        let path = path.map_err(|error| {
            let path = error.path().to_owned();
            Error::io("read", path)(error.into())
        })?;
        if path.is_file() {
            files.push(path);
        }
    }
    match files.len() > before {
        true => Ok(()),
        false => Err(unusable("no file matches".into(), "look at the folder and the ending")),
    }
}

fn endings() -> String {
    let known: Vec<String> = InputFormat::all()
        .flat_map(InputFormat::endings)
        .map(|ending| format!(".{ending}"))
        .collect();
    let compressed = Compression::ALL.map(|compression| format!(".{}", compression.ending()));
    format!("{}, or in one of these and {}", known.join(", "), compressed.join(", "))
}

fn of_folder(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<()> {
    let depth = if recursive { usize::MAX } else { 1 };
    let before = files.len();
    let mut folders = 0;
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for entry in WalkDir::new(folder).min_depth(1).max_depth(depth).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            let source = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
            Error::io("read", path)(source)
        })?;
        // What a link leads to is looked at; a folder behind one is not entered, for it may lead back.
        let path = entry.path();
        if path.is_dir() {
            folders += usize::from(!recursive);
            continue;
        }
        // Files of other endings lie beside pages as browsers save them.
        let format = InputFormat::by_ending(&path.to_string_lossy());
        if format.is_some_and(InputFormat::is_built_in) {
            files.push(path.to_owned());
            continue;
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let shown = ending.map_or_else(|| "without ending".into(), |ending| format!(".{ending}"));
        *others.entry(shown).or_default() += 1;
    }
    let name = folder.display().to_string();
    if files.len() == before {
        let inside = if folders > 0 { "; --recursive looks into the folders in it" } else { "" };
        return Err(Error::input(
            Place::file(&name),
            "the folder has no file that can be read",
            format!("what is read ends in {}{inside}", endings()),
        ));
    }
    if !others.is_empty() {
        let counts: Vec<String> =
            others.iter().map(|(ending, n)| format!("{n} {ending}")).collect();
        render::note(&format!("{name}: files left out: {}", counts.join(", ")));
    }
    if folders > 0 {
        let s = if folders == 1 { "" } else { "s" };
        render::note(&format!(
            "{name}: {folders} folder{s} in it left out; --recursive reads them"
        ));
    }
    Ok(())
}
