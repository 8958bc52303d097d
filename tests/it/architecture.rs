//! The imports between the files of `src/`: the table in ARCHITECTURE.md holds, and files of one folder
//! do not use each other in circles.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::file;
use imports::{Crate, Import};

mod imports;

/// The row of ARCHITECTURE.md that belongs to a module, and the rows that it may use besides `error`.
type Table = BTreeMap<String, BTreeSet<String>>;

/// Reads lines such as `| row | module | other, another |`, names in backquotes. A name may be that of
/// a nested module, such as `model::file`: that row is then apart from the row `model`.
fn table(text: &str) -> Table {
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        cells.first()?.parse::<u32>().ok()?;
        let names = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        Some((names(cells[1]).into_iter().next()?, names(cells[2]).into_iter().collect()))
    });
    rows.collect()
}

/// The row of a module: the longest name that the module's path begins with.
fn row<'t>(table: &'t Table, module: &[String]) -> Option<&'t str> {
    let lengths = (1..=module.len()).rev();
    let mut names = lengths.map(|length| module[..length].join("::"));
    names.find_map(|name| table.get_key_value(&name)).map(|(name, _)| name.as_str())
}

/// All rows that a row uses, by others too.
fn below<'t>(table: &'t Table, row: &str) -> BTreeSet<&'t str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = vec![row];
    while let Some(name) = open.pop() {
        for used in table.get(name).into_iter().flatten() {
            if found.insert(used.as_str()) {
                open.push(used);
            }
        }
    }
    found
}

/// The rows that a row uses and that use it, by others too; none where it is in no circle.
fn circle_of<'t>(table: &'t Table, row: &str) -> Vec<&'t str> {
    below(table, row).into_iter().filter(|other| below(table, other).contains(row)).collect()
}

/// A sentence for each thing that is wrong with the table.
fn faults_of(table: &Table, library: &Crate) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, uses) in table {
        if !circle_of(table, name).is_empty() {
            faults.push(format!("`{name}` may use itself by way of other rows; break the circle"));
        }
        for unknown in uses.iter().filter(|used| !table.contains_key(*used)) {
            faults.push(format!("`{name}` may use `{unknown}`, which has no row"));
        }
    }
    let mut used_by_row: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut rows_with_files = BTreeSet::new();
    for (file, module) in library.files.iter().filter(|(_, module)| !module.is_empty()) {
        match row(table, module) {
            Some(name) => drop(rows_with_files.insert(name)),
            None => faults.push(format!("{} has no row", file.display())),
        }
    }
    for Import { from, to, in_test } in library.imports() {
        let [own, used] = [&from, &to].map(|file| row(table, &library.files[file]));
        let (Some(own), Some(used)) = (own, used) else { continue };
        if own == used || used == "error" {
            continue;
        }
        let (from, to) = (from.display(), to.display());
        if !in_test {
            used_by_row.entry(own).or_default().insert(used);
            if !table[own].contains(used) {
                faults.push(format!("{from} uses {to}, but `{own}` may not use `{used}`"));
            }
        } else if !below(table, own).contains(used) {
            faults.push(format!("a test in {from} uses {to}, but `{used}` is not below `{own}`"));
        }
    }
    for (name, uses) in table {
        if !rows_with_files.contains(name.as_str()) {
            faults.push(format!("no file belongs to the row `{name}`; remove it"));
        }
        let used = used_by_row.get(name.as_str());
        for stale in
            uses.iter().filter(|other| !used.is_some_and(|set| set.contains(other.as_str())))
        {
            faults.push(format!("`{name}` does not use `{stale}`; remove it from the row"));
        }
    }
    faults
}

/// Folder and names of files, or of folders inside, that use each other in a circle.
type Circle = (String, Vec<String>);

fn circles(root: &Path, imports: impl Iterator<Item = Import>) -> BTreeSet<Circle> {
    // For each folder: which of its entries uses which.
    let mut folders: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for import in imports.filter(|import| !import.in_test) {
        let [from, to] = [&import.from, &import.to]
            .map(|file| file.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap()))
            .map(Iterator::collect::<Vec<_>>);
        let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
        let edge = (from[same].to_owned(), to[same].to_owned());
        folders.entry(from[..same].join("/")).or_default().insert(edge);
    }
    let mut found = BTreeSet::new();
    for (folder, edges) in folders {
        let table: Table = edges.iter().fold(Table::new(), |mut table, (from, to)| {
            table.entry(from.clone()).or_default().insert(to.clone());
            table
        });
        for circle in table.keys().map(|name| circle_of(&table, name)) {
            if !circle.is_empty() {
                found.insert((folder.clone(), circle.into_iter().map(str::to_owned).collect()));
            }
        }
    }
    found
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let table = table(&fs::read_to_string(file("ARCHITECTURE.md")).unwrap());
    let faults = faults_of(&table, &Crate::read(&file("src/lib.rs")));
    assert!(
        faults.is_empty(),
        "the table in ARCHITECTURE.md and src/ differ:\n{}",
        faults.join("\n")
    );
}

#[test]
fn files_of_a_folder_do_not_use_each_other_in_circles() {
    let roots = ["src/lib.rs", "src/main.rs"].map(|root| Crate::read(&file(root)));
    let imports = roots.iter().flat_map(Crate::imports);
    let found = circles(&file("src"), imports);
    assert!(found.is_empty(), "files use each other in a circle: {found:#?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_table_gets_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("lib.rs", "mod a; mod b; mod c; mod d; mod error;");
        write("a.rs", "use crate::{b::B, error::E};\n#[cfg(test)] mod tests { use crate::c::C; }");
        write("b.rs", "pub struct B(crate::c::C);");
        write("c.rs", "pub struct C; mod inner { }\n#[cfg(test)] mod tests { use crate::a::A; }");
        write("d.rs", "fn f() { crate::a::f() }");
        write("error.rs", "pub struct E;");
        let library = Crate::read(&folder.path().join("lib.rs"));
        let faults = |rows: &str| -> Vec<String> {
            let lines = rows.split(", ").map(|row| {
                let (name, uses) = row.split_once(" > ").unwrap_or((row, ""));
                let uses: Vec<String> = uses.split_whitespace().map(|u| format!("`{u}`")).collect();
                format!("| 1 | `{name}` | {} |\n", uses.join(", "))
            });
            let faults = faults_of(&table(&lines.collect::<String>()), &library);
            let folder = format!("{}/", folder.path().display());
            faults.into_iter().map(|fault| fault.replace(&folder, "")).collect()
        };
        let upward = "a test in c.rs uses a.rs, but `a` is not below `c`";
        assert_eq!(faults("a > b, b > c, c, d > a, error"), [upward]);
        let rows = "a > b c, b > c, c > a x, d, e, error";
        let circle =
            |name: &str| format!("`{name}` may use itself by way of other rows; break the circle");
        let expected = [
            circle("a"),
            circle("b"),
            circle("c"),
            "`c` may use `x`, which has no row".to_owned(),
            "d.rs uses a.rs, but `d` may not use `a`".to_owned(),
            "`a` does not use `c`; remove it from the row".to_owned(),
            "`c` does not use `a`; remove it from the row".to_owned(),
            "`c` does not use `x`; remove it from the row".to_owned(),
            "no file belongs to the row `e`; remove it".to_owned(),
        ];
        assert_eq!(faults(rows), expected);
        assert_eq!(faults("a > b, b > c, c > a, error")[3], "d.rs has no row");
    }

    #[test]
    fn a_nested_module_can_have_a_row_of_its_own() {
        let table = table("| 2 | `model::file` | `model` |\n| 1 | `model` | |");
        let row = |path: &str| {
            let path: Vec<String> = path.split("::").map(str::to_owned).collect();
            row(&table, &path)
        };
        assert_eq!(row("model::file::set"), Some("model::file"));
        assert_eq!(row("model::filed"), Some("model"));
        assert_eq!(row("other"), None);
    }

    #[test]
    fn a_circle_names_the_entries_of_the_folder_in_which_it_closes() {
        let import = |from: &str, to: &str, in_test| Import {
            from: Path::new("src").join(from),
            to: Path::new("src").join(to),
            in_test,
        };
        let imports = [
            import("m/a.rs", "m/b.rs", false),
            import("m/b.rs", "m/c/d.rs", false),
            import("m/c/e.rs", "m/a.rs", false),
            import("m/f.rs", "m/a.rs", false),
            import("m/a.rs", "m/f.rs", true),
        ];
        let names = ["a.rs", "b.rs", "c"].map(str::to_owned).to_vec();
        assert_eq!(circles(Path::new("src"), imports.into_iter()), [("m".into(), names)].into());
    }
}
