//! How often each label occurs, by the values of a column.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{corpus::Gold, evaluate::Object};

/// Passages of each label of a task, by the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// The task.
    pub task: String,
    /// The column.
    pub column: String,
    /// The task's labels, sorted.
    pub labels: Vec<String>,
    /// For each value of the column, in order, a count for each label. Values without a labelled
    /// passage are left out.
    pub rows: Vec<(String, Vec<usize>)>,
}

impl Counts {
    /// Counts the labels of passages that have both a label and a value.
    pub fn of(gold: &Gold, column: &Gold) -> Self {
        let labels: BTreeSet<&str> = gold.labels.iter().flatten().map(AsRef::as_ref).collect();
        let numbers: BTreeMap<&str, usize> = labels.iter().copied().zip(0..).collect();
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (label, value) in gold.labels.iter().zip(&column.labels) {
            if let (Some(label), Some(value)) = (label, value) {
                let counts = rows.entry(value).or_insert_with(|| vec![0; labels.len()]);
                counts[numbers[&**label]] += 1;
            }
        }
        Self {
            task: gold.task.clone(),
            column: column.task.clone(),
            labels: labels.into_iter().map(str::to_owned).collect(),
            rows: rows.into_iter().map(|(value, counts)| (value.to_owned(), counts)).collect(),
        }
    }

    /// The counts of a value, none where it has no labelled passage.
    pub fn of_value(&self, value: &str) -> Vec<usize> {
        let row = self.rows.iter().find(|(known, _)| known == value);
        row.map_or_else(|| vec![0; self.labels.len()], |(_, counts)| counts.clone())
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_value = |(value, counts): &'_ (String, Vec<usize>)| {
            let counts = self.labels.iter().cloned().zip(counts.clone()).collect::<Vec<_>>();
            (value.clone(), Object(move || counts.clone()))
        };
        let mut json = serializer.serialize_struct("Counts", 3)?;
        json.serialize_field("task", &self.task)?;
        json.serialize_field("column", &self.column)?;
        json.serialize_field("counts", &Object(|| self.rows.iter().map(of_value)))?;
        json.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_labelled_passages_has_no_counts() {
        let gold = |task: &str, labels: [Option<&str>; 4]| Gold {
            task: task.to_owned(),
            labels: labels.map(|label| label.map(Into::into)).to_vec(),
        };
        let counts = Counts::of(
            &gold("kind", [Some("news"), Some("ad"), Some("news"), None]),
            &gold("source", [Some("b"), Some("b"), Some("b"), Some("a")]),
        );
        assert_eq!(counts.labels, ["ad", "news"]);
        assert_eq!(counts.rows, [("b".to_owned(), vec![1, 2])]);
        assert_eq!((counts.of_value("b"), counts.of_value("a")), (vec![1, 2], vec![0, 0]));
    }
}
