//! Which files a user means by a folder or a pattern.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use glob::{MatchOptions, Pattern};
use standpoint::{Error, InputFormat, Place, Result, input::Compression};
use walkdir::{DirEntry, WalkDir};

use super::render;

/// The inputs with each folder replaced by its files, in the order of their names: by those in the
/// folder itself, or with `recursive` by all below it; and each pattern (`*`, `?`, `[...]`, `**` for
/// folders) by what it matches. `from` is the format that they are said to have. What is left out is said and
/// counted.
pub fn of_inputs(
    inputs: &[PathBuf],
    recursive: bool,
    from: Option<InputFormat>,
) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for input in inputs {
        if input.is_dir() {
            of_folder(input, recursive, from, &mut files)?;
        } else if let Some(pattern) = pattern(input) {
            of_pattern(&pattern, &mut files)?;
        } else {
            files.push(input.clone());
        }
    }
    Ok(files)
}

/// What the shell has left to us: a name that no file has, and that can match others.
fn pattern(input: &Path) -> Option<String> {
    let name = input.to_string_lossy();
    // An address may have a question mark.
    let is_pattern = name.contains(['*', '?', '[']) && !name.contains("://");
    (is_pattern && !input.exists()).then(|| name.into_owned())
}

/// The files below a folder to this depth, in order. Links to files are files; those to folders are not entered,
/// for they may lead back, nor out of what was named; and what is no file is not opened, for it may never end.
fn walk(folder: &Path, depth: usize, left_out: &mut LeftOut) -> Result<Vec<DirEntry>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).max_depth(depth).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            let source = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
            Error::io("read", path)(source)
        })?;
        let path = entry.path();
        if path.is_file() {
            files.push(entry);
        } else if path.is_dir() {
            if entry.path_is_symlink() {
                left_out.links.push(entry);
            } else if entry.depth() == depth {
                left_out.folders.push(entry);
            }
        } else {
            left_out.no_files.push(entry);
        }
    }
    Ok(files)
}

/// What a walk came by.
#[derive(Default)]
struct LeftOut {
    folders: Vec<DirEntry>,
    links: Vec<DirEntry>,
    no_files: Vec<DirEntry>,
}

impl LeftOut {
    /// Says what of it was meant.
    fn say(&self, name: &str, is_meant: impl Fn(&DirEntry) -> bool) {
        let meant =
            |of: &[DirEntry]| shown(of.iter().filter(|entry| is_meant(entry)).map(DirEntry::path));
        if let Some(links) = meant(&self.links) {
            render::note(&format!(
                "{name}: links to folders left out; name the folders themselves: {links}"
            ));
        }
        if let Some(no_files) = meant(&self.no_files) {
            render::note(&format!(
                "{name}: left out because they are not regular files (but pipes, devices, sockets, or \
                 links to nothing): {no_files}"
            ));
        }
    }
}

/// The names of files, the first ten of them; nothing if there are none.
fn shown<'a>(paths: impl Iterator<Item = &'a Path>) -> Option<String> {
    let names: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    let more = match names.len().saturating_sub(10) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| names[..names.len().min(10)].join(", ") + &more)
}

/// As a shell has it, but that a star may stand for a dot at the start.
const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

fn of_pattern(pattern: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let unusable = |problem: String, help: &str| Error::input(Place::file(pattern), problem, help);
    // What is before the first sign is a folder.
    let sign = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    let (folder, rest) = pattern.split_at(pattern[..sign].rfind('/').map_or(0, |at| at + 1));
    let compiled = Pattern::new(rest).map_err(|error| {
        unusable(format!("this is no pattern ({error})"), "write it as pages/**/*.html")
    })?;
    let root = Path::new(if folder.is_empty() { "." } else { folder });
    let deep = rest.split('/').any(|part| part == "**");
    let depth = if deep { usize::MAX } else { rest.split('/').filter(|p| !p.is_empty()).count() };
    // Bytes that are no UTF-8 are matched by what stands for any character.
    let below =
        |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    let is_meant = |entry: &DirEntry| compiled.matches_with(&below(entry.path()), MATCHING);
    let before = files.len();
    if root.is_dir() {
        let mut left_out = LeftOut::default();
        for entry in walk(root, depth, &mut left_out)? {
            if is_meant(&entry) {
                let path = entry.into_path();
                let named = path.strip_prefix(root).ok().filter(|_| folder.is_empty());
                files.push(named.map_or_else(|| path.clone(), Path::to_owned));
            }
        }
        // Below a link there might be what is meant.
        left_out.say(pattern, |entry| deep && entry.path_is_symlink() || is_meant(entry));
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

/// Whether a file in a folder is read, and whether it is a table: by its ending, or by the format that it is
/// said to have.
fn table_in_folder(path: &Path, from: Option<InputFormat>) -> Option<bool> {
    let name = path.to_string_lossy();
    let format = InputFormat::by_ending(&name).filter(|format| format.is_built_in());
    match from {
        // Pages as servers and crawlers name them.
        Some(from) if from == InputFormat::HTML && InputFormat::may_be_page(&name) => Some(false),
        Some(from) => format.filter(|of| of.is_table() == from.is_table()).map(|_| from.is_table()),
        None => format.map(InputFormat::is_table),
    }
}

fn of_folder(
    folder: &Path,
    recursive: bool,
    from: Option<InputFormat>,
    files: &mut Vec<PathBuf>,
) -> Result<()> {
    let depth = if recursive { usize::MAX } else { 1 };
    let (mut pages, mut tables) = (Vec::new(), Vec::new());
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    let mut may_be_pages = false;
    let mut left_out = LeftOut::default();
    for entry in walk(folder, depth, &mut left_out)? {
        let path = entry.into_path();
        // Files of other endings lie beside pages as browsers save them.
        match table_in_folder(&path, from) {
            Some(false) => pages.push(path),
            Some(true) => tables.push(path),
            None => {
                let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
                let shown =
                    ending.map_or_else(|| "without ending".into(), |ending| format!(".{ending}"));
                *others.entry(shown).or_default() += 1;
                may_be_pages |= from.is_none() && InputFormat::may_be_page(&path.to_string_lossy());
            }
        }
    }
    let name = folder.display().to_string();
    let folders = left_out.folders.len();
    if pages.is_empty() && tables.is_empty() {
        let inside = if folders > 0 { "; --recursive looks into the folders in it" } else { "" };
        return Err(Error::input(
            Place::file(&name),
            "the folder has no file that can be read",
            format!("what is read ends in {}{inside}", endings()),
        ));
    }
    if pages.is_empty() {
        files.append(&mut tables);
    } else if let Some(tables) = shown(tables.iter().map(AsRef::as_ref)) {
        // Tables of what was found lie beside pages, too.
        render::note(&format!(
            "{name}: tables left out, since pages are in it; name them to read them: {tables}"
        ));
    }
    files.append(&mut pages);
    if !others.is_empty() {
        let counts: Vec<String> =
            others.iter().map(|(ending, n)| format!("{n} {ending}")).collect();
        let help = if may_be_pages {
            "; --from html reads pages of servers and without an ending"
        } else {
            ""
        };
        render::note(&format!("{name}: files left out: {}{help}", counts.join(", ")));
    }
    if folders > 0 {
        let s = if folders == 1 { "" } else { "s" };
        render::note(&format!(
            "{name}: {folders} folder{s} in it left out; --recursive reads them"
        ));
    }
    left_out.say(&name, |_| true);
    Ok(())
}
