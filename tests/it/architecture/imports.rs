//! Which file of a crate uses which other file: a reader of Rust's `mod`, `use` and paths, good enough
//! for this repository.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

type ModulePath = Vec<String>;

/// A file that uses another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: PathBuf,
    pub to: PathBuf,
    /// In code that only tests compile.
    pub in_test: bool,
}

/// The modules of a crate.
#[derive(Default)]
pub struct Crate {
    modules: BTreeMap<ModulePath, Module>,
    /// Every file with the path of its module.
    pub files: BTreeMap<PathBuf, ModulePath>,
}

#[derive(Default)]
struct Module {
    /// Several where a feature decides which file is compiled.
    files: BTreeSet<PathBuf>,
    children: BTreeSet<String>,
    /// The names that `use` brings in, with the paths that they stand for.
    names: BTreeMap<String, ModulePath>,
    paths: Vec<Used>,
}

impl Module {
    fn knows(&self, name: &str) -> bool {
        self.children.contains(name) || self.names.contains_key(name)
    }
}

struct Used {
    path: ModulePath,
    file: PathBuf,
    in_test: bool,
    /// `pub use` of a name from below: the file shows the name and does not use it.
    shows: bool,
}

impl Crate {
    /// Reads all files from the root on, such as `lib.rs`.
    pub fn read(root: &Path) -> Self {
        let mut all = Self::default();
        all.read_file(root, &[], root.parent().unwrap(), false);
        all
    }

    fn read_file(&mut self, file: &Path, module: &[String], folder: &Path, in_test: bool) {
        let text = fs::read_to_string(file).unwrap();
        self.files.insert(file.to_owned(), module.to_vec());
        let tokens = tokens(&text);
        let mut reader = Reader { all: self, file, tokens: &tokens, at: 0 };
        reader.items(module, folder, in_test);
    }

    pub fn imports(&self) -> BTreeSet<Import> {
        let mut found = BTreeSet::new();
        for (path, module) in &self.modules {
            for used in module.paths.iter().filter(|used| !used.shows) {
                for to in self.files_of(path, &used.path, 0) {
                    if to != used.file {
                        let (from, in_test) = (used.file.clone(), used.in_test);
                        found.insert(Import { from, to, in_test });
                    }
                }
            }
        }
        found
    }

    /// The files that define what a path means in a module; none for other crates.
    fn files_of(&self, module: &[String], path: &[String], depth: usize) -> BTreeSet<PathBuf> {
        let mut here = module.to_vec();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => {
                here.clear();
                rest = &path[1..];
            }
            Some("self") => rest = &path[1..],
            Some("super") => {
                while rest.first().is_some_and(|name| name == "super") {
                    here.pop();
                    rest = &rest[1..];
                }
            }
            Some(name) if self.modules.get(module).is_some_and(|module| module.knows(name)) => {}
            _ => return BTreeSet::new(),
        }
        while let Some(name) = rest.first() {
            let Some(module) = self.modules.get(&here) else { break };
            if module.children.contains(name) {
                here.push(name.clone());
                rest = &rest[1..];
            } else if let Some(meant) = module.names.get(name)
                && depth < 9
            {
                let meant: ModulePath = meant.iter().chain(&rest[1..]).cloned().collect();
                return self.files_of(&here, &meant, depth + 1);
            } else {
                break;
            }
        }
        self.modules.get(&here).map(|module| module.files.clone()).unwrap_or_default()
    }
}

struct Reader<'a> {
    all: &'a mut Crate,
    file: &'a Path,
    tokens: &'a [String],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }

    /// Reads up to the brace that closes the module, or to the end of the file.
    fn items(&mut self, module: &[String], folder: &Path, in_test: bool) {
        let entry = self.all.modules.entry(module.to_vec()).or_default();
        entry.files.insert(self.file.to_owned());
        let mut depth = 0;
        // The test code ends before the token with this number.
        let mut test_until = if in_test { usize::MAX } else { 0 };
        let mut path_attribute = None;
        let mut public = false;
        while self.at < self.tokens.len() {
            let in_test = self.at < test_until;
            match self.peek(0) {
                "#" => {
                    let end = self.closing(self.at + 1 + usize::from(self.peek(1) == "!"));
                    let attribute = &self.tokens[self.at..end];
                    let has = |word: &str| attribute.iter().any(|token| token == word);
                    if has("cfg") && has("test") && !has("not") {
                        test_until = test_until.max(self.end_of_item(end));
                    }
                    if attribute.get(2).is_some_and(|token| token == "path") {
                        path_attribute =
                            attribute.get(4).map(|text| text.trim_matches('"').to_owned());
                    }
                    self.at = end;
                }
                "pub" => {
                    public = true;
                    self.at += 1;
                    if self.peek(0) == "("
                        && ["in", "crate", "super", "self"].contains(&self.peek(1))
                    {
                        self.at = self.closing(self.at);
                    }
                }
                "mod" if self.peek(2) == ";" => {
                    let name = self.peek(1).to_owned();
                    let own = path_attribute.take();
                    self.child(module, &name, folder, own.as_deref(), in_test);
                    self.at += 3;
                    public = false;
                }
                "mod" if self.peek(2) == "{" => {
                    let name = self.peek(1).to_owned();
                    self.at += 3;
                    self.all.modules.get_mut(module).unwrap().children.insert(name.clone());
                    let inner = [module, std::slice::from_ref(&name)].concat();
                    self.items(&inner, &folder.join(&name), in_test);
                    public = false;
                }
                "use" => {
                    self.at += 1;
                    let mut tree = Vec::new();
                    self.use_tree(&[], &mut tree);
                    let known = self.all.modules.get_mut(module).unwrap();
                    for (name, path) in tree {
                        let below = known.children.contains(&path[0]) || path[0] == "self";
                        let shows = public && below;
                        let file = self.file.to_owned();
                        known.names.entry(name).or_insert_with(|| path.clone());
                        known.paths.push(Used { path, file, in_test, shows });
                    }
                    public = false;
                }
                "{" => {
                    depth += 1;
                    self.at += 1;
                }
                "}" if depth == 0 => {
                    self.at += 1;
                    return;
                }
                "}" => {
                    depth -= 1;
                    self.at += 1;
                }
                token if is_name(token) && self.peek(1) == "::" => {
                    let mut path = vec![token.to_owned()];
                    self.at += 1;
                    while self.peek(0) == "::" && is_name(self.peek(1)) {
                        path.push(self.peek(1).to_owned());
                        self.at += 2;
                    }
                    let file = self.file.to_owned();
                    let used = Used { path, file, in_test, shows: false };
                    self.all.modules.get_mut(module).unwrap().paths.push(used);
                    public = false;
                }
                _ => {
                    self.at += 1;
                    public = false;
                }
            }
        }
    }

    /// A module in a file of its own.
    fn child(
        &mut self,
        module: &[String],
        name: &str,
        folder: &Path,
        own: Option<&str>,
        in_test: bool,
    ) {
        self.all.modules.get_mut(module).unwrap().children.insert(name.to_owned());
        let inner = [module, &[name.to_owned()]].concat();
        // A file that is named by an attribute lies beside this one.
        let file = match own {
            Some(own) => self.file.parent().unwrap().join(own),
            None => folder.join(format!("{name}.rs")),
        };
        let folder = folder.join(name);
        let file = if file.exists() { file } else { folder.join("mod.rs") };
        self.all.read_file(&file, &inner, &folder, in_test);
    }

    /// The number of the token after the bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth -= 1;
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// The number of the token after the item, statement or field that begins at `at`.
    fn end_of_item(&self, mut at: usize) -> usize {
        while let Some(token) = self.tokens.get(at) {
            match token.as_str() {
                "#" => at = self.closing(at + 1),
                "(" | "[" => at = self.closing(at),
                // A list in braces is not the end of a `use`.
                "{" => {
                    at = self.closing(at);
                    return at + usize::from(self.tokens.get(at).is_some_and(|next| next == ";"));
                }
                ";" | "," => return at + 1,
                "}" => return at,
                _ => at += 1,
            }
        }
        at
    }

    /// The names that a `use` brings in, each with its path; stops after the `;`, `,` or `}`.
    fn use_tree(&mut self, before: &[String], found: &mut Vec<(String, ModulePath)>) {
        let mut path = before.to_vec();
        loop {
            match self.peek(0) {
                "" => return,
                "{" => {
                    self.at += 1;
                    while !["}", ""].contains(&self.peek(0)) {
                        self.use_tree(&path, found);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    path.clear();
                }
                "::" => self.at += 1,
                "as" => {
                    let name = self.peek(1).to_owned();
                    found.push((name, std::mem::take(&mut path)));
                    self.at += 2;
                }
                ";" | "," | "}" => {
                    // `use a::{self}` means `a`.
                    if path.len() > 1 && path.last().is_some_and(|name| name == "self") {
                        path.pop();
                    }
                    if let Some(name) = path.last().cloned() {
                        found.push((name, path));
                    }
                    if self.peek(0) == ";" {
                        self.at += 1;
                    }
                    return;
                }
                name => {
                    path.push(name.to_owned());
                    self.at += 1;
                }
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, literals, `::`, and all other characters one by one. Comments are left out, and the content
/// of all strings but those that stand by themselves in quotes, as paths do.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_string(rest) {
            tokens.push("\"\"".to_owned());
            length
        } else if first == '"' {
            let length = 1 + quoted(&rest[1..], '"');
            tokens.push(rest[..length].to_owned());
            length
        } else if let Some(length) = character(rest) {
            tokens.push("''".to_owned());
            length
        } else if is_name(rest) || first.is_numeric() {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let length = end.unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length up to and with the quotation mark that ends a text.
fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == mark && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// The length of `r"…"`, `r#"…"#` or `br"…"` at the start of a text.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    body[hashes..].strip_prefix('"')?;
    let start = text.len() - body.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text[start..].find(&end).map_or(text.len(), |at| start + at + end.len()))
}

/// The length of a character in quotes at the start of a text; none for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    let closed = inner[first.len_utf8()..].starts_with('\'');
    (first == '\\' || closed).then(|| 1 + quoted(inner, '\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes files into a folder and returns the imports between them as `from > to`.
    fn imports_of(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let local = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
        let imports = Crate::read(&folder.path().join("lib.rs")).imports();
        let shown = imports.iter().map(|import| {
            let test = if import.in_test { " in a test" } else { "" };
            format!("{} > {}{test}", local(&import.from), local(&import.to))
        });
        shown.collect()
    }

    const ROOT: (&str, &str) = ("lib.rs", "mod a; pub mod b; pub use b::Shown;");
    const FOLDER: (&str, &str) =
        ("b/mod.rs", "mod c;\nmod d;\npub use c::Shown;\npub(crate) use self::d::{E as F, g};");
    const C: (&str, &str) = ("b/c.rs", "pub struct Shown;");
    const D: (&str, &str) = ("b/d.rs", "pub struct E; pub fn g() {}");

    #[test]
    fn a_name_leads_to_the_file_that_defines_it() {
        for (code, expected) in [
            ("use crate::b::Shown;", "b/c.rs"),
            ("use crate::Shown;", "b/c.rs"),
            ("use super::b::F;", "b/d.rs"),
            ("use crate::{b::{F as G}};", "b/d.rs"),
            ("use crate::b;\n", "b/mod.rs"),
            ("use crate::b::{self};", "b/mod.rs"),
            ("use crate::b::Defined;", "b/mod.rs"),
            ("fn f() { let _ = crate::b::c::Shown; }", "b/c.rs"),
            ("fn f(x: &[super::b::g::<u8>]) {}", "b/d.rs"),
            ("mod inner { use super::super::b::F; }", "b/d.rs"),
            ("#[cfg(test)] fn f() {} use crate::b::F;", "b/d.rs"),
            ("#[cfg(test)] use std::{x, y};\nuse crate::b::F;", "b/d.rs"),
        ] {
            let imports = imports_of(&[ROOT, ("a.rs", code), FOLDER, C, D]);
            assert_eq!(imports, [format!("a.rs > {expected}")], "{code}");
        }
    }

    #[test]
    fn comments_strings_visibility_and_other_crates_are_no_imports() {
        for code in [
            "// use crate::b::F;",
            "/* crate::b::F */",
            r##"const A: &str = r#"crate::b::F"#; const B: char = '"'; const C: &str = "\"crate::b";"##,
            "pub(in crate::b) struct A;",
            "use std::b::F; fn f<'a>(x: &'a str) {}",
        ] {
            assert!(imports_of(&[ROOT, ("a.rs", code), FOLDER, C, D]).is_empty(), "{code}");
        }
    }

    #[test]
    fn code_for_tests_is_marked() {
        for code in [
            "#[cfg(test)] mod tests { use crate::b::F; }",
            "#[cfg(all(test, unix))]\n#[allow(x)]\nuse crate::b::{F};",
            "#[cfg(test)] impl A { fn f() { crate::b::g() } }\n use std::b;",
        ] {
            let imports = imports_of(&[ROOT, ("a.rs", code), FOLDER, C, D]);
            assert_eq!(imports, ["a.rs > b/d.rs in a test"], "{code}");
        }
    }

    #[test]
    fn a_file_that_an_attribute_names_is_read() {
        let a = "#[cfg(x)] mod y;\n#[cfg(not(x))]\n#[path = \"without.rs\"]\nmod y;\nuse y::Y;";
        let files = [ROOT, ("a/mod.rs", a), ("a/y.rs", "use crate::Shown;"), FOLDER, C, D];
        let without = ("a/without.rs", "use super::super::b::g;");
        let imports = imports_of(&[&files[..], &[without]].concat());
        let expected = ["a/mod.rs > a/without.rs", "a/mod.rs > a/y.rs", "a/without.rs > b/d.rs"];
        assert_eq!(imports, [&expected[..], &["a/y.rs > b/c.rs"]].concat());
    }
}
