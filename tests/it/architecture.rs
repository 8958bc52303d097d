//! The import table of ARCHITECTURE.md, enforced.

use std::{collections::BTreeMap, fs, path::Path};

use crate::file;

/// What each module of the library may use besides itself and `error`.
fn allowed() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(file("ARCHITECTURE.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        // | row | `module` | `used`, `used` |
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        cells.first()?.parse::<u32>().ok()?;
        let names = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        Some((names(cells[1]).into_iter().next()?, names(cells[2])))
    });
    rows.collect()
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let allowed = allowed();
    let src = file("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for path in files {
        let local = path.strip_prefix(&src).unwrap();
        let module = local.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if ["lib", "main", "cli"].contains(&module) {
            continue;
        }
        let may =
            allowed.get(module).unwrap_or_else(|| panic!("{module} is not in ARCHITECTURE.md"));
        let text = fs::read_to_string(&path).unwrap();
        for used in uses(&text) {
            let fine = used == module || used == "error" || may.contains(&used);
            assert!(fine, "{} uses {used}", local.display());
        }
    }
}

/// The modules named after `crate::`, in `use` lines, in nested braces and in paths.
fn uses(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let text: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let group = rest.strip_prefix('{').map(|rest| rest.split(';').next().unwrap());
        let names: Vec<&str> = match group {
            None => vec![rest],
            Some(group) => {
                let mut depth = 0;
                group
                    .split(|c| {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        c == ',' && depth == 0
                    })
                    .collect()
            }
        };
        let name = |text: &str| -> String {
            text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        found.extend(names.into_iter().map(name).filter(|name| !name.is_empty()));
    }
    found
}

#[test]
fn the_reader_of_imports_sees_nested_ones() {
    let text = "use crate::{\n  error::{A, B},\n  page::C,\n};\nlet x = crate::features::D;";
    assert_eq!(uses(text), ["error", "page", "features"]);
}
