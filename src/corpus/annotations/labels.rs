//! The labels of a cell, and those of several tasks in one list.

use crate::corpus::{
    cell::{Cell, cell_text},
    fields::Fields,
    likeness::list_of,
};

/// The column with the annotator of each row's labels.
pub(super) const ANNOTATOR: &str = "annotator";

/// Text of a value that names something: nothing for null and empty ones.
pub(super) fn name_of(value: &Cell) -> Option<String> {
    let text = cell_text(value);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The labels of a cell: one, none, or those of a JSON list of two or more.
pub(super) fn of_cell(cell: &Cell) -> Vec<String> {
    let listed = match cell {
        Cell::Json(json) => serde_json::from_str::<Vec<String>>(json).ok(),
        // In CSV the list is text. What is not written as we write it is a label that looks so.
        Cell::Text(text) if text.starts_with('[') => serde_json::from_str::<Vec<String>>(text)
            .ok()
            .filter(|labels| labels.len() > 1)
            .filter(|labels| serde_json::to_string(labels).is_ok_and(|written| written == *text)),
        _ => None,
    };
    listed.unwrap_or_else(|| name_of(cell).into_iter().collect())
}

/// The cell that holds these labels.
pub(super) fn cell(mut labels: Vec<String>) -> Cell {
    match labels.len() {
        0 => Cell::Null,
        1 => Cell::Text(labels.remove(0)),
        _ => list(&labels),
    }
}

/// A JSON list of texts.
pub(super) fn list(texts: &[String]) -> Cell {
    Cell::Json(serde_json::to_string(texts).expect("a list of texts is JSON").into())
}

/// How a list of labels says which task each is of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Naming {
    /// All are of this one.
    One(String),
    /// The task's name comes before the label, with this between them.
    Prefixed(char),
}

impl Naming {
    /// How it is in a file with these labels, of which these tasks are asked for.
    pub fn of_read(labels: &[&str], separator: char, asked: &[String]) -> Self {
        let prefixed = Self::Prefixed(separator);
        let known =
            |label: &&str| prefixed.parted(label).is_some_and(|(task, _)| is_asked(task, asked));
        match asked {
            [_, _, ..] => prefixed,
            _ if !labels.is_empty() && labels.iter().all(known) => prefixed,
            _ => Self::One(asked.first().map_or_else(|| "label".to_owned(), Clone::clone)),
        }
    }

    /// How these labels of tasks are written: with their names only where they would be missed.
    pub fn of_written<'a>(
        tasks: &[String],
        mut labels: impl Iterator<Item = &'a str>,
        separator: char,
    ) -> Self {
        match tasks {
            [task] if !labels.any(|label| label.contains(separator)) => Self::One(task.clone()),
            _ => Self::Prefixed(separator),
        }
    }

    /// The task and the label; nothing where there is no name before it.
    pub fn parted<'a>(&'a self, text: &'a str) -> Option<(&'a str, &'a str)> {
        match self {
            Self::One(task) => Some((task, text)),
            Self::Prefixed(separator) => {
                let (task, label) = text.split_once(*separator)?;
                let fine = |text: &str| !text.is_empty() && text.trim().len() == text.len();
                (fine(task) && fine(label)).then_some((task, label))
            }
        }
    }

    /// The label as a list has it.
    pub fn written(&self, task: &str, label: &str) -> String {
        match self {
            Self::One(_) => label.to_owned(),
            Self::Prefixed(separator) => format!("{task}{separator}{label}"),
        }
    }
}

/// The label of what was asked about and denied.
pub(super) fn denied(label: &str) -> String {
    format!("not {label}")
}

/// The labels of a value as tools write them: a name or number, a list of those, `{"choices": [...]}` and its
/// like, paths of nested choices as `news/local`. Nothing if it is about a part of the text, or no label.
pub(super) fn of_value(value: &Cell) -> Option<Vec<String>> {
    if let Some(object) = Fields::of(value) {
        if PARTS.iter().any(|part| object.contains(part)) {
            return None;
        }
        return KEYS.iter().find_map(|key| object.get(key)).and_then(of_value);
    }
    let Some(items) = value.as_list() else {
        let listed = value.as_str().and_then(list_of);
        return Some(listed.unwrap_or_else(|| name_of(value).into_iter().collect()));
    };
    let mut found = Vec::new();
    for item in items {
        match listed(&item) {
            Some(path) => found.push(path.join("/")),
            None if item.as_list().is_some() => return None,
            None => found.extend(of_value(&item)?),
        }
    }
    found.retain(|label| !label.is_empty());
    Some(found)
}

/// What Label Studio calls the labels of a result, by its type.
pub(super) const KEYS: [&str; 5] = ["choices", "labels", "taxonomy", "rating", "number"];
/// What a result about a part of the text, or of something else, has.
pub(super) const PARTS: [&str; 5] = ["start", "startOffset", "ranges", "x", "points"];

/// Whether labels of this task are to be read.
pub(super) fn is_asked(task: &str, asked: &[String]) -> bool {
    asked.is_empty() || asked.iter().any(|name| name == task)
}

/// The items of a JSON list as labels; nothing if it is none, or holds anything but text and numbers.
pub(super) fn listed(value: &Cell) -> Option<Vec<String>> {
    let label = |item: &Cell| match item {
        Cell::Text(_) | Cell::Number(_) => Some(cell_text(item).trim().to_owned()),
        _ => None,
    };
    value.as_list()?.iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_label_that_looks_like_a_list_stays_a_label() {
        for text in ["[a]", "[\"a\"]", "[\"a\", \"b\"]", "[1,2]"] {
            assert_eq!(of_cell(&text.into()), [text]);
        }
        assert_eq!(of_cell(&"[\"a\",\"b\"]".into()), ["a", "b"]);
    }

    proptest! {
        /// As JSON or as the text that CSV makes of it.
        #[test]
        fn labels_survive_their_cell(labels in proptest::collection::vec("[a-c\"\\[,\\]]{1,4}", 0..4)) {
            let cell = cell(labels.clone());
            let text = Cell::Text(cell_text(&cell).into_owned());
            prop_assert_eq!(of_cell(&cell), labels.clone());
            if labels.len() != 1 {
                prop_assert_eq!(of_cell(&text), labels);
            }
        }

        #[test]
        fn what_is_named_is_found_again(
            labels in proptest::collection::vec(("[ab]{1,2}", "[a:=]{1,3}"), 1..6),
        ) {
            let tasks: std::collections::BTreeSet<String> = labels.iter().map(|l| l.0.clone()).collect();
            let tasks: Vec<String> = tasks.into_iter().collect();
            let naming = Naming::of_written(&tasks, labels.iter().map(|l| l.1.as_str()), ':');
            let written: Vec<String> = labels.iter().map(|(t, l)| naming.written(t, l)).collect();
            let read = Naming::of_read(&written.iter().map(String::as_str).collect::<Vec<_>>(), ':', &tasks);
            for ((task, label), written) in labels.iter().zip(&written) {
                prop_assert_eq!(read.parted(written), Some((task.as_str(), label.as_str())));
            }
        }
    }
}
