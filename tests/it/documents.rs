//! What the documents say is true.

use std::{fs, path::Path};

use crate::file;

const DOCUMENTS: [&str; 15] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/annotation.md",
    "docs/ci.md",
    "docs/faq.md",
    "docs/formats.md",
    "docs/guide.md",
    "docs/method.md",
    "data/README.md",
    "data/CODEBOOK.md",
    "notebooks/README.md",
    "models/FORMAT.md",
    "models/default.md",
];

#[test]
fn links_lead_somewhere() {
    for name in DOCUMENTS {
        let text = fs::read_to_string(file(name)).unwrap();
        let folder = Path::new(name).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let target = link.split('#').next().unwrap();
            assert!(file("").join(folder).join(target).exists(), "{name} links to {link}");
        }
    }
}

/// Every figure with an interval that README quotes stands in the model's card.
#[test]
fn readmes_figures_are_those_of_the_card() {
    let readme = fs::read_to_string(file("README.md")).unwrap();
    let card = fs::read_to_string(file("models/default.md")).unwrap();
    let mut seen = 0;
    for (at, _) in readme.match_indices('(') {
        // 0.123 (0.100-0.150)
        let Some(figure) = readme.get(at.saturating_sub(6)..at + 13) else { continue };
        let shape: String =
            figure.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        if shape == "9.999 (9.999-9.999)" {
            assert!(card.contains(figure), "{figure} is not in models/default.md");
            seen += 1;
        }
    }
    assert!(seen >= 4, "README quotes a figure for each task");
}

fn printed_by(arguments: &[&str]) -> String {
    let program = insta_cmd::get_cargo_bin("standpoint");
    let output = crate::process::Command::new(program)
        .current_dir(file(""))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The datasheet's tables are those that the commands print today.
#[test]
fn the_datasheet_is_true_slow() {
    let datasheet = fs::read_to_string(file("data/README.md")).unwrap();
    let counts = printed_by(&["audit", "data/passages.csv", "--no-doubts", "--format", "md"]);
    for table in counts.split("\n\n") {
        assert!(datasheet.contains(table.trim()), "not in data/README.md:\n{table}");
    }
    let agreement =
        printed_by(&["agree", "data/first_labels.csv", "data/second_labels.csv", "--format", "md"]);
    assert!(datasheet.contains(agreement.trim()), "not in data/README.md:\n{agreement}");
    let counts = printed_by(&["audit", "data/passages_2.csv", "--no-doubts", "--format", "md"]);
    let shown = |table: &&str| {
        ["kind", "source", "writer"]
            .iter()
            .any(|column| table.starts_with(&format!("| {column} |")))
    };
    let tables: Vec<&str> = counts.split("\n\n").map(str::trim).filter(shown).collect();
    assert_eq!(tables.len(), 3);
    for table in tables {
        assert!(datasheet.contains(table), "not in data/README.md:\n{table}");
    }
    let labels = ["data/first_labels_2.csv", "data/second_labels_2.csv"];
    let agreement = printed_by(&["agree", labels[0], labels[1], "--format", "md"]);
    assert!(datasheet.contains(agreement.trim()), "not in data/README.md:\n{agreement}");
    for table in ["data/passages.csv", "data/passages_2.csv"] {
        let corpus = crate::corpus(table);
        let sha256 = corpus.sha256().unwrap();
        assert!(datasheet.contains(sha256), "SHA-256 of {table} is {sha256}");
        let pages = corpus.pages().unwrap().len();
        let sizes = format!("{} passages on {pages} pages", corpus.len());
        assert!(datasheet.contains(&sizes), "{table}: {sizes}");
    }
}
