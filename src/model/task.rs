//! A task's gold labels as numbers.

use std::collections::BTreeSet;

use crate::{
    corpus::{Gold, Passages, is_called},
    error::{Error, ErrorKind, Result, nearest},
    predictions::check_labels,
};

/// A task's gold labels as numbers into its sorted labels.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub name: String,
    pub labels: Vec<String>,
    pub y: Vec<Option<usize>>,
    /// How many times more each label counts.
    label_weights: Vec<f64>,
}

impl Task {
    /// All tasks; a weight is for a label, or for `task.label`.
    pub fn all(gold: &[Gold], label_weights: &[(String, f64)]) -> Result<Vec<Self>> {
        let mut tasks = gold.iter().map(Self::encode).collect::<Result<Vec<_>>>()?;
        for (wanted, weight) in label_weights {
            let mut found = false;
            for task in &mut tasks {
                for (label, own) in task.labels.iter().zip(&mut task.label_weights) {
                    if is_called(&task.name, label, wanted) {
                        *own *= weight;
                        found = true;
                    }
                }
            }
            if !found {
                let found = with_hint(wanted, tasks.iter().flat_map(|task| &task.labels));
                let (name, expected) = ("label_weights", "a label of the tasks");
                return Err(Error::setting(name, found, expected));
            }
        }
        Ok(tasks)
    }

    fn encode(gold: &Gold) -> Result<Self> {
        let labels: BTreeSet<&str> = gold.labels.iter().flatten().map(AsRef::as_ref).collect();
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        if let Some(label) = labels.iter().find(|label| label.chars().any(char::is_control)) {
            let (name, found) = ("a label", format!("{label:?}"));
            return Err(Error::setting(name, found, "without control characters"));
        }
        match labels.as_slice() {
            [] => Err(Error::undecidable(
                format!("no passage has a {} label", gold.task),
                format!("fill the column, or leave {} out of `tasks`", gold.task),
            )),
            [label] => Err(Error::from(ErrorKind::SingleLabel {
                task: gold.task.clone(),
                label: label.clone(),
            })),
            _ => {
                check_labels(&gold.task, labels.len())?;
                let number =
                    |label: &str| labels.binary_search_by(|known| known.as_str().cmp(label)).ok();
                let y = gold.labels.iter().map(|label| label.as_deref().and_then(number)).collect();
                let label_weights = vec![1.0; labels.len()];
                Ok(Self { name: gold.task.clone(), y, labels, label_weights })
            }
        }
    }

    /// The numbers (within `rows`) of the passages that have a label, and their labels.
    pub fn labelled(&self, rows: &[usize]) -> (Vec<usize>, Vec<usize>) {
        rows.iter().enumerate().filter_map(|(i, &row)| self.y[row].map(|y| (i, y))).unzip()
    }

    /// Refuses a label all of whose passages have weight 0: nothing would be learnt of it.
    pub fn check_weights(&self, passages: &Passages<'_>) -> Result<()> {
        let mut sums = vec![0.0; self.labels.len()];
        let labelled = self.y.iter().enumerate().filter_map(|(row, y)| y.map(|y| (row, y)));
        labelled.for_each(|(row, y)| sums[y] += passages.weight(row));
        match sums.iter().position(|sum| *sum == 0.0) {
            None => Ok(()),
            Some(label) => Err(Error::undecidable(
                format!(
                    "every passage with the {} label {:?} has weight 0",
                    self.name, self.labels[label]
                ),
                "give one of them a weight, or take the label out",
            )),
        }
    }

    /// How many times more each of these labels counts.
    pub fn label_weights(&self, y: &[usize]) -> Vec<f64> {
        y.iter().map(|&label| self.label_weights[label]).collect()
    }

    /// How many times more each label counts.
    pub fn all_label_weights(&self) -> &[f64] {
        &self.label_weights
    }

    /// The share of each label among the labelled of `rows`, by the passages' weights; one without
    /// a passage has that of all of them: it is not rare, it is unknown, and no choice of labels is to look
    /// for it.
    pub fn shares(&self, rows: &[usize], passages: &Passages<'_>) -> Vec<f64> {
        let mut sums = vec![0.0; self.labels.len()];
        let (labelled, y) = self.labelled(rows);
        let weights = labelled.iter().map(|&i| passages.weight(rows[i]));
        y.iter().zip(weights).for_each(|(&label, weight)| sums[label] += weight);
        let all: f64 = sums.iter().sum();
        sums.iter().map(|sum| if *sum > 0.0 { sum / all } else { 1.0 }).collect()
    }
}

/// A name that no label has, with the nearest that one has.
pub(crate) fn with_hint<'a>(wanted: &str, labels: impl Iterator<Item = &'a String>) -> String {
    match nearest(wanted, labels.map(String::as_str)) {
        Some(like) => format!("{wanted} (did you mean {like:?}?)"),
        None => wanted.to_owned(),
    }
}
