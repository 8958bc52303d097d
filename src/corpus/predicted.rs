//! Predictions in tables: columns `pred_<task>` and `p_<task>_<label>`, read and written.

use std::{borrow::Cow, sync::Arc};

use super::{NewColumn, NewValues, table::Corpus};
use crate::{
    error::{Error, Place, Result},
    predictions::{Abstention, Answers, position},
};

const HELP: &str = "give the probabilities of all labels, or of none";

impl Corpus {
    /// The tasks that it has predictions of: every `pred_<task>`, in the order of the columns.
    pub fn predicted_tasks(&self) -> Vec<&str> {
        self.columns().iter().filter_map(|name| name.strip_prefix("pred_")).collect()
    }

    /// The same without predictions: the columns `pred_<task>`, `p_<task>_<label>` and `abstained_<task>` of
    /// every predicted task.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings, input::Source};
    /// let csv = "text,pred_kind,p_kind_ad,p_kind_news,p\nHi,ad,1,0,7\n";
    /// let corpus = Corpus::read(&Source::from_bytes("a.csv", csv.into())?, &ReadSettings::new())?;
    /// let bare = corpus.without_predictions();
    /// assert_eq!((bare.columns(), bare.text(0)), (&["text".into(), "p".into()][..], "Hi"));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    #[must_use]
    pub fn without_predictions(&self) -> Self {
        let tasks = self.predicted_tasks();
        let is_prediction = |name: &str| {
            tasks.iter().any(|task| {
                ["pred_", "abstained_"].iter().any(|head| name.strip_prefix(head) == Some(task))
                    || name.starts_with(&format!("p_{task}_"))
            })
        };
        self.with_columns(|name| !is_prediction(name))
    }

    /// The predictions that it has of a task: the column `pred_<task>` and, if there are any, the columns
    /// `p_<task>_<label>`, whose order is that of the labels. Without them labels are in alphabetical
    /// order. Nothing if there is no such task.
    ///
    /// ```
    /// use standpoint::{Corpus, InputFormat, ReadSettings, input::Source};
    /// let csv = "kind,pred_kind,p_kind_news,p_kind_ad\nnews,news,0.75,0.25\nad,,,\n";
    /// let source = Source::from_bytes("a.csv", csv.into())?;
    /// let corpus = Corpus::read_labels(&source, &ReadSettings::new().format(InputFormat::CSV))?;
    /// let kind = corpus.answers("kind")?.unwrap();
    /// assert_eq!((kind.label(0), kind.label(1)), (Some("news"), None));
    /// assert_eq!(kind.probabilities_of(0), Some(&[0.75, 0.25][..]));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names the first predicted label that has no column
    /// of probabilities though others have one, and the first row whose probabilities are not numbers
    /// from 0 to 1 that sum to 1, but for rounding to two places; or a `seq` that is no number.
    pub fn answers(&self, task: &str) -> Result<Option<Answers>> {
        let Some(given) = self.values(&format!("pred_{task}")) else { return Ok(None) };
        let columns = self.probability_columns(task);
        let mut labels: Vec<String> =
            columns.iter().map(|(_, label)| (*label).to_owned()).collect();
        let probabilities = match labels.is_empty() {
            true => None,
            false => Some(self.read_probabilities(task, &given, &columns, &labels)?),
        };
        if probabilities.is_none() {
            labels = given.iter().flatten().map(|label| label.clone().into_owned()).collect();
            labels.sort();
            labels.dedup();
        }
        let number = |label: &Option<Cow<'_, str>>| position(&labels, label.as_deref()?);
        let numbers = given.iter().map(number).collect();
        let answers = Answers::new(task, labels.iter(), numbers, self.page_numbers()?)?;
        match probabilities {
            Some(probabilities) => answers.with_probabilities(probabilities).map(Some),
            None => Ok(Some(answers)),
        }
    }

    fn read_probabilities(
        &self,
        task: &str,
        given: &[Option<Cow<'_, str>>],
        columns: &[(usize, &str)],
        labels: &[String],
    ) -> Result<Vec<f64>> {
        let mut probabilities = Vec::with_capacity(given.len() * labels.len());
        for (row, label) in given.iter().enumerate() {
            let Some(label) = label.as_deref() else {
                probabilities.resize(probabilities.len() + labels.len(), 0.0);
                continue;
            };
            if position(labels, label).is_none() {
                let problem = format!(
                    "pred_{task} is {label:?}, and there is no column p_{task}_{label}, though there \
                     is p_{task}_{}",
                    labels[0]
                );
                return Err(Error::input(self.place(row), problem, HELP));
            }
            for &(column, label) in columns {
                let text = self.cell(row, column);
                match text.trim().parse::<f64>() {
                    Ok(p) if (0.0..=1.0).contains(&p) => probabilities.push(p),
                    _ => {
                        let place = Place { column: Some(column as u64 + 1), ..self.place(row) };
                        let problem = format!(
                            "p_{task}_{label} is {text:?}, which is not a number from 0 to 1"
                        );
                        return Err(Error::input(place, problem, HELP));
                    }
                }
            }
            let sum: f64 = probabilities[probabilities.len() - labels.len()..].iter().sum();
            if (sum - 1.0).abs() > 0.005 * labels.len() as f64 + 1e-9 {
                let problem = format!("the probabilities p_{task}_... sum to {sum}, not to 1");
                return Err(Error::input(self.place(row), problem, HELP));
            }
        }
        Ok(probabilities)
    }

    /// The columns `p_<task>_<label>`, and their labels. A column that begins with the name of a longer
    /// task belongs to that one.
    fn probability_columns(&self, task: &str) -> Vec<(usize, &str)> {
        let tasks = self.predicted_tasks();
        let label = |name: &'_ str, task: &str| {
            let rest = name.strip_prefix("p_")?.strip_prefix(task)?.strip_prefix('_')?;
            (!rest.is_empty()).then_some(name.len() - rest.len())
        };
        let of_longer = |name: &str| {
            tasks.iter().any(|other| other.len() > task.len() && label(name, other).is_some())
        };
        let columns = self.columns().iter().enumerate();
        let own = columns.filter_map(|(at, name)| Some((at, &name[label(name, task)?..])));
        own.filter(|(at, _)| !of_longer(&self.columns()[*at])).collect()
    }
}

/// The names of the columns that predictions of a task fill: `pred_<task>`, then `p_<task>_<label>` in
/// the order of the labels; with `reasons` also `abstained_<task>`.
pub fn column_names(task: &str, labels: &[String], reasons: bool) -> Vec<String> {
    let probabilities = labels.iter().map(|label| format!("p_{task}_{label}"));
    let reason = reasons.then(|| format!("abstained_{task}"));
    std::iter::once(format!("pred_{task}")).chain(probabilities).chain(reason).collect()
}

/// The columns of [`column_names`] for each task, with probabilities rounded to six places. A task's
/// columns are empty in rows without a prediction; the label is empty where it is withheld.
pub fn answer_columns(tasks: &[Answers], reasons: bool) -> Vec<NewColumn> {
    let all_reasons: Arc<[String]> = Abstention::ALL.iter().map(ToString::to_string).collect();
    let mut all = Vec::new();
    for answers in tasks {
        let rows = || 0..answers.len();
        let mut values = vec![NewValues::Labels {
            labels: answers.shared_labels(),
            codes: rows().map(|row| answers.given(row)).collect(),
        }];
        for label in 0..answers.n_labels() {
            let rounded = |row: usize| {
                let p = answers.best(row).and_then(|_| answers.probabilities_of(row))?[label];
                Some((p * 1e6).round() / 1e6)
            };
            values.push(NewValues::Numbers(rows().map(rounded).collect()));
        }
        if reasons {
            let number = |reason| Abstention::ALL.iter().position(|known| *known == reason);
            let codes = rows().map(|row| answers.abstention(row).and_then(number)).collect();
            values.push(NewValues::Labels { labels: Arc::clone(&all_reasons), codes });
        }
        let names = column_names(answers.task(), answers.labels(), reasons);
        all.extend(names.into_iter().zip(values).map(|(name, values)| NewColumn { name, values }));
    }
    all
}
