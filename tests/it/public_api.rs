//! The public API of the library is the list in `docs/public-api.txt`, one line for each name.
#![cfg(unix)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde_json::Value;

use crate::process::Command;
use crate::{file, skip::skip};

/// The version of rustdoc's JSON that this file reads, <https://docs.rs/rustdoc-types>.
const FORMAT: u64 = 57;

const LIST: &str = "docs/public-api.txt";

/// What rustdoc knows of the library, with the features that are on by default.
fn documented() -> Value {
    // JSON is not yet a stable format of rustdoc. Only rustdoc gets the variable that allows it: cargo
    // would compile all dependencies anew.
    let rustdoc = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rustdoc");
    fs::write(&rustdoc, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n").unwrap();
    fs::set_permissions(&rustdoc, PermissionsExt::from_mode(0o755)).unwrap();
    let target = rustdoc.ancestors().nth(2).unwrap();
    let mut command = Command::new(env!("CARGO"));
    command.args(["rustdoc", "--lib", "--locked", "--quiet", "--target-dir"]).arg(target);
    command.args(["--", "-Z", "unstable-options", "--output-format", "json"]);
    command.args(["--cap-lints", "allow"]);
    command.env("RUSTDOC", &rustdoc).env_remove("RUSTDOCFLAGS").current_dir(file(""));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&fs::read(target.join("doc/standpoint.json")).unwrap()).unwrap()
}

struct Api<'a> {
    index: &'a Value,
    /// What the list says of each path.
    paths: BTreeMap<String, Vec<String>>,
    /// The lines of each file that was read.
    sources: BTreeMap<String, Vec<String>>,
    with_lifetime: BTreeSet<String>,
}

impl<'a> Api<'a> {
    fn item(&self, id: &Value) -> Option<&'a Value> {
        self.index.get(id.to_string())
    }

    /// An item's text in its file without comments, attributes and line breaks.
    fn source(&mut self, item: &Value) -> String {
        let span = &item["span"];
        let name = span["filename"].as_str().unwrap();
        let lines = self.sources.entry(name.to_owned()).or_insert_with(|| {
            fs::read_to_string(file(name)).unwrap().lines().map(str::to_owned).collect()
        });
        let number = |end: &str, at: usize| span[end][at].as_u64().unwrap() as usize - 1;
        let (first, last) = (number("begin", 0), number("end", 0));
        let mut words = Vec::new();
        for (number_of, line) in lines.iter().enumerate().take(last + 1).skip(first) {
            let from = if number_of == first { number("begin", 1) } else { 0 };
            let to = if number_of == last { number("end", 1) } else { usize::MAX };
            let part: String = line.chars().take(to).skip(from).collect();
            if !["//", "#["].iter().any(|start| part.trim_start().starts_with(start)) {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        let text = words.join(" ");
        text.replace("( ", "(").replace(", )", ")").replace(" )", ")").replace("pub ", "")
    }

    /// The text before the body.
    fn head(&mut self, item: &Value, ends: &[char]) -> String {
        let text = self.source(item);
        text.split(ends).next().unwrap().trim().to_owned()
    }

    fn add(&mut self, path: &str, text: &str) {
        self.paths.entry(path.to_owned()).or_default().push(text.to_owned());
    }

    fn module(&mut self, module: &Value, path: &str) {
        for id in module["inner"]["module"]["items"].as_array().unwrap() {
            let Some(item) = self.item(id) else { continue };
            let Some(import) = item["inner"].get("use") else {
                self.named(item, &format!("{path}::{}", item["name"].as_str().unwrap()));
                continue;
            };
            let path = format!("{path}::{}", import["name"].as_str().unwrap());
            match self.item(&import["id"]) {
                Some(item) => self.named(item, &path),
                None => self.add(&path, &format!("use {}", import["source"].as_str().unwrap())),
            }
        }
    }

    fn named(&mut self, item: &'a Value, path: &str) {
        let (kind, inner) = item["inner"].as_object().unwrap().iter().next().unwrap();
        match kind.as_str() {
            "module" => {
                self.add(path, "mod");
                self.module(item, path);
            }
            "struct" | "enum" | "union" => {
                let head = self.head(item, &['{', '(', ';']);
                self.add(path, &head);
                let generics = inner["generics"]["params"].as_array().unwrap();
                if generics.iter().any(|of| of["kind"].get("lifetime").is_some()) {
                    self.with_lifetime.insert(path.to_owned());
                }
                self.fields_and_variants(inner, path);
                self.implementations(inner, path);
            }
            "trait" => {
                let head = self.head(item, &['{']);
                self.add(path, &head);
                self.members(&inner["items"], path);
            }
            "function" => {
                let head = self.head(item, &['{', ';']);
                self.add(path, &head);
            }
            // The value of a constant is no part of its type.
            "constant" | "static" | "assoc_const" => {
                let head = self.head(item, &['=', ';']);
                self.add(path, &head);
            }
            _ => {
                let text = self.head(item, &[';']);
                self.add(path, &text);
            }
        }
    }

    fn fields_and_variants(&mut self, inner: &Value, path: &str) {
        let kind = &inner["kind"];
        let fields = kind["plain"]["fields"].as_array().or_else(|| kind["tuple"].as_array());
        let listed = fields.into_iter().chain(inner["variants"].as_array()).flatten();
        // A private field of a tuple is null.
        for id in listed.filter(|id| !id.is_null()) {
            let Some(item) = self.item(id) else { continue };
            let text = self.source(item);
            let name = item["name"].as_str().unwrap();
            self.add(&format!("{path}::{name}"), &text);
        }
        if kind["plain"]["has_stripped_fields"] == true {
            self.add(path, "has private fields");
        }
    }

    fn implementations(&mut self, inner: &Value, path: &str) {
        let mut traits = BTreeSet::new();
        for id in inner["impls"].as_array().unwrap() {
            let Some(item) = self.item(id) else { continue };
            let of = &item["inner"]["impl"];
            if of["is_synthetic"] == true || !of["blanket_impl"].is_null() {
                continue;
            }
            match of["trait"]["path"].as_str() {
                None => self.members(&of["items"], path),
                Some(name) => drop(traits.insert(name.rsplit("::").next().unwrap().to_owned())),
            }
        }
        // The compiler's own.
        traits.remove("StructuralPartialEq");
        if !traits.is_empty() {
            let traits: Vec<String> = traits.into_iter().collect();
            self.add(path, &format!("implements {}", traits.join(", ")));
        }
    }

    fn members(&mut self, ids: &Value, path: &str) {
        for id in ids.as_array().unwrap() {
            if let Some(item) = self.item(id) {
                self.named(item, &format!("{path}::{}", item["name"].as_str().unwrap()));
            }
        }
    }
}

/// The list, with counts at its top.
fn list(documented: &Value) -> String {
    let mut api = Api {
        index: &documented["index"],
        paths: BTreeMap::new(),
        sources: BTreeMap::new(),
        with_lifetime: BTreeSet::new(),
    };
    let root = api.item(&documented["root"]).unwrap();
    api.module(root, "standpoint");
    let at_root = api.paths.keys().filter(|path| path.matches("::").count() == 1);
    let mut text = format!(
        "The public API with the default features; `just public-api` writes this file.\n\
         names at the root: {}\ntypes with a lifetime parameter: {}\n\n",
        at_root.count(),
        api.with_lifetime.len()
    );
    for (path, texts) in &api.paths {
        writeln!(text, "{path}  {}", texts.join("; ")).unwrap();
    }
    text
}

#[test]
fn the_public_api_is_the_listed_one_slow() {
    let documented = documented();
    let version = documented["format_version"].as_u64().unwrap();
    if version != FORMAT {
        return skip(&format!("rustdoc writes version {version} of its JSON, not {FORMAT}"));
    }
    let found = list(&documented);
    if std::env::var_os("STANDPOINT_PUBLIC_API").is_some() {
        fs::write(file(LIST), &found).unwrap();
    }
    let listed = fs::read_to_string(file(LIST)).unwrap_or_default();
    let mut differences = String::new();
    for (sign, lines, others) in [('-', &listed, &found), ('+', &found, &listed)] {
        let others: BTreeSet<&str> = others.lines().collect();
        for line in lines.lines().filter(|line| !others.contains(line)) {
            writeln!(differences, "{sign} {line}").unwrap();
        }
    }
    assert!(
        listed == found,
        "the public API has changed; run `just public-api` to accept it:\n{differences}"
    );
}
