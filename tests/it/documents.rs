//! What the documents say is true.

use std::{fs, path::Path};

use crate::file;

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "data/README.md",
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

#[test]
fn readmes_commands_are_ones_that_the_program_knows() {
    let readme = fs::read_to_string(file("README.md")).unwrap();
    let first = "cargo run --release -- predict data/examples/armed-police.txt";
    assert!(readme.contains(first) && readme.contains("\ncargo test\n"));
    for line in readme.lines().filter_map(|line| line.strip_prefix("standpoint ")) {
        let command = line.split_whitespace().next().unwrap();
        let known = ["train", "predict", "evaluate", "explain", "inspect"];
        assert!(known.contains(&command), "{line}");
    }
}
