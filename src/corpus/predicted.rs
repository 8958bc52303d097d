//! Tables of predictions: what `predict` writes, or anybody else in its shape.

use std::{borrow::Cow, collections::HashMap};

use super::{cell::cell_text, table::Corpus};
use crate::error::{Error, Place, Result};

/// What a table says was predicted for one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted<'a> {
    /// Predicted label of each row; nothing where the cell is empty.
    pub labels: Vec<Option<Cow<'a, str>>>,
    /// Labels that have a column of probabilities, in the order of the columns.
    pub names: Vec<String>,
    /// Their probabilities, rows * names; zeros in rows without a label. Empty if there are no such
    /// columns.
    pub probabilities: Vec<f64>,
}

impl Corpus {
    /// The tasks that it has predictions of: every `pred_<task>`, in the order of the columns.
    pub fn predicted_tasks(&self) -> Vec<&str> {
        self.columns.iter().filter_map(|name| name.strip_prefix("pred_")).collect()
    }

    /// What it says was predicted for a task: the column `pred_<task>` and, where there are such,
    /// `p_<task>_<label>`. Nothing if there is no such task.
    ///
    /// ```
    /// use standpoint::{InputFormat, ReadSettings, Source, Corpus};
    /// let csv = "kind,pred_kind,p_kind_news,p_kind_ad\nnews,news,0.75,0.25\nad,,,\n";
    /// let source = Source::from_bytes("a.csv", csv.into())?;
    /// let table = Corpus::read_labels(&source, &ReadSettings::new().format(InputFormat::CSV))?;
    /// let kind = table.predicted("kind")?.unwrap();
    /// assert_eq!((kind.labels[0].as_deref(), kind.labels[1].as_deref()), (Some("news"), None));
    /// assert_eq!((kind.names, &kind.probabilities[..2]), (vec!["news".into(), "ad".into()], &[0.75, 0.25][..]));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] names the first predicted label that has no column of probabilities though
    /// others have, and the first row whose probabilities are not numbers from 0 to 1 that sum to
    /// 1, but for what rounding to two places takes away.
    pub fn predicted(&self, task: &str) -> Result<Option<Predicted<'_>>> {
        let Some(labels) = self.values(&format!("pred_{task}")) else { return Ok(None) };
        let columns = self.probability_columns(task);
        let names: Vec<String> = columns.iter().map(|(_, label)| (*label).to_owned()).collect();
        let mut probabilities = Vec::with_capacity(labels.len() * names.len());
        for (row, label) in labels.iter().enumerate().filter(|_| !names.is_empty()) {
            let Some(label) = label.as_deref() else {
                probabilities.resize(probabilities.len() + names.len(), 0.0);
                continue;
            };
            if !names.iter().any(|name| name == label) {
                let problem = format!(
                    "pred_{task} is {label:?}, and there is no column p_{task}_{label}, though there \
                     is p_{task}_{}",
                    names[0]
                );
                let help = "give the probabilities of all labels, or of none";
                return Err(Error::input(self.place(row), problem, help));
            }
            for &(column, label) in &columns {
                let text = cell_text(&self.rows[row].cells[column]);
                match text.trim().parse::<f64>() {
                    Ok(p) if (0.0..=1.0).contains(&p) => probabilities.push(p),
                    _ => {
                        let place = Place { column: Some(column as u64 + 1), ..self.place(row) };
                        let problem = format!(
                            "p_{task}_{label} is {text:?}, which is not a number from 0 to 1"
                        );
                        let help = "give the probabilities of all labels, or of none";
                        return Err(Error::input(place, problem, help));
                    }
                }
            }
            let sum: f64 = probabilities[probabilities.len() - names.len()..].iter().sum();
            if (sum - 1.0).abs() > 0.005 * names.len() as f64 + 1e-9 {
                let problem = format!("the probabilities p_{task}_... sum to {sum}, not to 1");
                let help = "give the probabilities of all labels, or of none";
                return Err(Error::input(self.place(row), problem, help));
            }
        }
        Ok(Some(Predicted { labels, names, probabilities }))
    }

    /// The columns `p_<task>_<label>`, and their labels. What begins with the name of a longer task
    /// belongs to that one.
    fn probability_columns(&self, task: &str) -> Vec<(usize, &str)> {
        let tasks = self.predicted_tasks();
        let label = |name: &'_ str, task: &str| {
            let rest = name.strip_prefix("p_")?.strip_prefix(task)?.strip_prefix('_')?;
            (!rest.is_empty()).then_some(name.len() - rest.len())
        };
        let of_longer = |name: &str| {
            tasks.iter().any(|other| other.len() > task.len() && label(name, other).is_some())
        };
        let columns = self.columns.iter().enumerate();
        let own = columns.filter_map(|(at, name)| Some((at, &name[label(name, task)?..])));
        own.filter(|(at, _)| !of_longer(&self.columns[*at])).collect()
    }

    /// The row of `other` that each of our rows is: by page and `seq` if all rows of both have
    /// them, else by order. Rows of `other` that we lack are left aside.
    ///
    /// # Errors
    /// [`Error::Input`] if a table has two rows with one page and `seq`; [`Error::Undecidable`]
    /// names our first row that the other table lacks, or has with another text, or says that the
    /// numbers of rows differ.
    pub fn rows_in(&self, other: &Self) -> Result<Vec<usize>> {
        let rows: Vec<usize> = match (self.keys()?, other.keys()?) {
            (Some(ours), Some(theirs)) => {
                let numbers: HashMap<_, usize> = theirs.into_iter().zip(0..).collect();
                let row = |(row, key): (usize, (&str, &str))| {
                    numbers.get(&key).copied().ok_or_else(|| {
                        let ((page, seq), other) = (key, other.place(0).file);
                        let problem = format!(
                            "{}: page {page}, seq {seq} is not in {other}",
                            self.place(row)
                        );
                        unmatched(problem, "give a prediction for every labelled passage")
                    })
                };
                ours.into_iter().enumerate().map(row).collect::<Result<_>>()?
            }
            _ if self.len() == other.len() => (0..self.len()).collect(),
            _ => {
                let (file, n) = (self.place(0).file, self.len());
                let problem = format!(
                    "{file} has {n} rows and {} has {}, and not both have page and seq in every \
                     row to match them by",
                    other.place(0).file,
                    other.len()
                );
                return Err(unmatched(
                    problem,
                    "add these columns, or give the same rows in order",
                ));
            }
        };
        if let (Some(ours), Some(theirs)) = (self.values("text"), other.values("text")) {
            let words = |text: &Option<Cow<'_, str>>| -> Vec<String> {
                text.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
            };
            for (row, &their) in rows.iter().enumerate() {
                if ours[row] != theirs[their] && words(&ours[row]) != words(&theirs[their]) {
                    let (place, other) = (self.place(row), other.place(their));
                    let problem = format!("{place}: the text is another one than at {other}");
                    let help = "give predictions of the same passages, in the same order or \
                                   with page and seq";
                    return Err(unmatched(problem, help));
                }
            }
        }
        Ok(rows)
    }
}

fn unmatched(problem: String, help: &str) -> Error {
    Error::undecidable(problem, help.to_owned())
}
