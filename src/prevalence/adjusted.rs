//! Shares without a labelled sample: counts, corrected by the errors that are known of the
//! classifier.

use super::{
    design::counts,
    shares::{Quantity, Share, Shares},
};
use crate::{
    error::{Error, Place, Result},
    evaluate::{Confusion, StoredEvaluation},
    predictions::Answers,
    sampling::{Interval, LEAST_CASES, Measured, Undefined, Z},
};

/// How often a classifier takes one label for another, on cases that it did not learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownErrors {
    labels: Vec<String>,
    confusion: Confusion,
    design_effects: Vec<f64>,
}

impl KnownErrors {
    /// Errors on cases that do not lie together on pages; for others give the
    /// [`design_effects`](Self::design_effects).
    ///
    /// # Errors
    /// If the matrix has not a row for each label.
    pub fn new(labels: Vec<String>, confusion: Confusion) -> Result<Self> {
        if labels.len() != confusion.k() {
            let found = format!("{} of them", labels.len());
            return Err(Error::setting("labels", found, "one for each row of the matrix"));
        }
        let design_effects = vec![1.0; labels.len()];
        Ok(Self { labels, confusion, design_effects })
    }

    /// The same with these design effects.
    ///
    /// # Errors
    /// If there is not one of at least 1 for each label.
    pub fn with_design_effects(self, design_effects: Vec<f64>) -> Result<Self> {
        let sound = |effect: &f64| effect.is_finite() && *effect >= 1.0;
        if design_effects.len() != self.labels.len() || !design_effects.iter().all(sound) {
            let found = format!("{design_effects:?}");
            return Err(Error::setting("design_effects", found, "at least 1, one for each label"));
        }
        Ok(Self { design_effects, ..self })
    }

    /// Its labels.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Gold against predicted.
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }

    /// For each gold label how many times larger the variance of its row is than if its cases did not
    /// lie together on pages.
    pub fn design_effects(&self) -> &[f64] {
        &self.design_effects
    }

    /// Those of a task of a stored evaluation. The design effect of a label is the square of the width
    /// of its recall's interval, which comes from resampled pages, over that of an interval for as many
    /// cases drawn one by one.
    ///
    /// ```
    /// use standpoint::{evaluate::StoredEvaluation, prevalence::KnownErrors};
    /// let json = r#"{ "schema": "standpoint.evaluation/1", "tasks": { "t": { "confusion":
    ///     { "labels": ["no", "yes"], "rows": "gold", "counts": [[1, 1], [0, 1]] } } } }"#;
    /// let evaluation = StoredEvaluation::parse(json, "errors.json")?;
    /// assert_eq!(KnownErrors::of(&evaluation, "t")?.confusion().row(0), [1, 1]);
    /// let error = KnownErrors::of(&evaluation, "mood").unwrap_err().to_string();
    /// assert!(error.starts_with(r#"errors.json: there is no task "mood""#));
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the evaluation has no such task, or its numbers are not those of an evaluation.
    pub fn of(evaluation: &StoredEvaluation, task: &str) -> Result<Self> {
        let of_task = &evaluation.json()["tasks"][task];
        let error = |problem: String| {
            let help = "give the JSON of an evaluation as it was written";
            Error::input(Place::file(evaluation.name()), problem, help)
        };
        if of_task.is_null() {
            return Err(error(format!("there is no task {task:?}")));
        }
        let malformed = || error(format!("the confusion matrix of {task} is not one"));
        let labels = of_task["confusion"]["labels"].as_array().ok_or_else(malformed)?;
        let labels: Option<Vec<String>> =
            labels.iter().map(|label| label.as_str().map(str::to_owned)).collect();
        let labels = labels.ok_or_else(malformed)?;
        let row = |row: &serde_json::Value| -> Option<Vec<u64>> {
            row.as_array()?.iter().map(serde_json::Value::as_u64).collect()
        };
        let rows = of_task["confusion"]["counts"].as_array();
        let rows: Option<Vec<Vec<u64>>> = rows.and_then(|rows| rows.iter().map(row).collect());
        let confusion = rows.and_then(|rows| Confusion::from_rows(&rows).ok());
        let confusion = confusion.filter(|c| c.k() == labels.len()).ok_or_else(malformed)?;
        let mut design_effects = Vec::new();
        for (label, name) in labels.iter().enumerate() {
            let recall = &of_task["metrics"][format!("recall_{name}")];
            let interval = recall["lo"].as_f64().zip(recall["hi"].as_f64());
            if interval.is_some_and(|(lo, hi)| !(0.0 <= lo && lo <= hi && hi <= 1.0)) {
                return Err(error(format!("the interval of {task} recall_{name} is not one")));
            }
            let n = confusion.gold(label) as f64;
            let share = confusion.correct(label) as f64 / n;
            let alone = share * (1.0 - share) / n;
            design_effects.push(match interval {
                Some((lo, hi)) if alone > 0.0 => (((hi - lo) / 2.0 / Z).powi(2) / alone).max(1.0),
                _ => 1.0,
            });
        }
        Ok(Self { labels, confusion, design_effects })
    }
}

impl Shares {
    /// Estimates the share of each label in the corpus by adjusted count (Forman 2008; for several
    /// labels the matrix of it): with C the shares of each row of the confusion matrix and q those of
    /// the labels predicted in the corpus,
    ///
    /// `shares = q * C^-1`.
    ///
    /// This holds if the classifier errs on the corpus as it did on the cases of the matrix: only
    /// the shares of the labels may differ between the two. No figure tells whether they do; a
    /// labelled sample makes the assumption unnecessary.
    ///
    /// The interval is by the delta method: with D the covariance of one case of gold label g over
    /// the predicted labels, the variance of q about what the shares predict is the sum over g of
    /// `effect * D * (share^2 / cases of g + share / passages)`: the first from the matrix, the second
    /// from the corpus's own luck, both times the label's design effect. Half a case is added
    /// to each cell for D, so that no row is without doubt.
    ///
    /// Where some share would be negative, what is predicted is infeasible: no corpus whose labels are
    /// taken for one another as the matrix says has such predictions but by chance. The shares are then
    /// those of the largest likelihood among all that sum to 1 (by expectation and maximisation), and
    /// [`infeasible`](Self::infeasible) says so. Intervals are about them, and cut to their range. No values where a label has no gold case or labels are not
    /// told apart; no interval for a label with fewer than 30 gold cases.
    ///
    /// ```
    /// use standpoint::{evaluate::Confusion, predictions::Answers, prevalence::{KnownErrors, Shares}};
    /// // One "no" in ten is taken for "yes", eight in ten "yes" are found.
    /// let confusion = Confusion::from_rows(&[vec![900, 100], vec![200, 800]])?;
    /// let labels = vec!["no".to_string(), "yes".to_string()];
    /// let errors = KnownErrors::new(labels, confusion)?;
    /// // 30 % are "yes": 0.3 * 0.8 + 0.7 * 0.1 are predicted to be.
    /// let predicted = (0..1000).map(|i| Some(usize::from(i < 310))).collect();
    /// let corpus = Answers::new("t", ["no", "yes"], predicted, (0..1000).collect())?;
    /// let yes = Shares::adjusted(&corpus, &errors)?.by_label[1];
    /// assert_eq!(yes.counted, Some(0.31));
    /// assert!((yes.value.unwrap() - 0.3).abs() < 1e-12);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the labels of the corpus are not those of the errors, in the same order.
    pub fn adjusted(corpus: &Answers, errors: &KnownErrors) -> Result<Self> {
        if corpus.labels() != errors.labels {
            let found = corpus.labels().join(", ");
            return Err(Error::setting("labels", found, "those of the known errors"));
        }
        let (indicators, stance) = Quantity::all(&errors.labels);
        let given: Vec<usize> = (0..corpus.len()).filter_map(|row| corpus.given(row)).collect();
        let answered = given.len();
        let solved = errors.solve(&given);
        let infeasible = solved.as_ref().is_ok_and(|solved| solved.infeasible);
        let share = |quantity: &Quantity| {
            let counted = quantity.counted(corpus);
            let Solved { shares, covariance, .. } = match &solved {
                Ok(solved) => solved,
                Err(why) => return Share::new(Measured::undefined(*why), counted),
            };
            let weights = &quantity.of_label;
            let value: f64 = weights.iter().zip(shares).map(|(weight, share)| weight * share).sum();
            let k = weights.len();
            let variance: f64 =
                (0..k * k).map(|at| weights[at / k] * weights[at % k] * covariance[at]).sum();
            let few = (0..k).any(|label| {
                weights[label] != 0.0 && errors.confusion.gold(label) < LEAST_CASES as u64
            });
            let half = Z * variance.max(0.0).sqrt();
            let interval = match () {
                () if few => Err(Undefined::FewGoldInConfusion),
                () if answered < LEAST_CASES => Err(Undefined::FewPredictions),
                () => {
                    Ok(Interval { lo: quantity.cut(value - half), hi: quantity.cut(value + half) })
                }
            };
            Share::new(Measured::with(quantity.cut(value), interval), counted)
        };
        Ok(Self {
            labels: errors.labels.clone(),
            by_label: indicators.iter().map(share).collect(),
            mean_stance: stance.as_ref().map(share),
            lambda: None,
            distance: None,
            infeasible,
            n: corpus.len(),
            n_pages: counts(corpus.pages().iter().copied()).len(),
            n_labelled: 0,
            n_labelled_pages: 0,
        })
    }
}

/// Shares that sum to 1, and their covariances, k * k.
struct Solved {
    shares: Vec<f64>,
    covariance: Vec<f64>,
    /// Whether the matrix alone would make some share negative.
    infeasible: bool,
}

/// Steps of expectation and maximisation, each a product of the matrix: enough for five digits.
const STEPS: usize = 2000;

/// The shares of the largest likelihood: `rates` has in row i and column g how often gold label g is
/// predicted to be i, `q` the shares of predicted labels.
fn likeliest(rates: &[f64], q: &[f64]) -> Vec<f64> {
    let k = q.len();
    let mut shares = vec![1.0 / k as f64; k];
    for _ in 0..STEPS {
        let mut next = vec![0.0; k];
        for (label, &q) in q.iter().enumerate().filter(|(_, q)| **q > 0.0) {
            let row = &rates[label * k..][..k];
            let all: f64 = row.iter().zip(&shares).map(|(rate, share)| rate * share).sum();
            // A label that no gold label is ever taken for says nothing.
            if all > 0.0 {
                (next.iter_mut().zip(row).zip(&shares))
                    .for_each(|((next, rate), share)| *next += q * rate * share / all);
            }
        }
        let sum: f64 = next.iter().sum();
        if sum == 0.0 {
            break;
        }
        shares = next.into_iter().map(|share| share / sum).collect();
    }
    shares
}

impl KnownErrors {
    /// The shares and their covariances.
    fn solve(&self, given: &[usize]) -> Result<Solved, Undefined> {
        let (c, k) = (&self.confusion, self.labels.len());
        let mut q = vec![0.0; k];
        given.iter().for_each(|&label| q[label] += 1.0);
        let n: f64 = q.iter().sum();
        if n == 0.0 {
            return Err(Undefined::NoPredictions);
        }
        q.iter_mut().for_each(|count| *count /= n);
        if (0..k).any(|gold| c.gold(gold) == 0) {
            return Err(Undefined::NoGoldInConfusion);
        }
        // Column g of the matrix to invert is what gold label g is predicted to be.
        let rate = |gold: usize, label: usize| c.row(gold)[label] as f64 / c.gold(gold) as f64;
        let matrix: Vec<f64> = (0..k * k).map(|at| rate(at % k, at / k)).collect();
        let inverse = inverse(matrix.clone(), k).ok_or(Undefined::LabelsNotToldApart)?;
        let mut shares: Vec<f64> = (0..k)
            .map(|gold| (0..k).map(|label| inverse[gold * k + label] * q[label]).sum())
            .collect();
        let infeasible = shares.iter().any(|share| *share < -ROUNDING);
        if infeasible {
            shares = likeliest(&matrix, &q);
        }

        let mut of_q = vec![0.0; k * k];
        for (gold, share) in shares.iter().enumerate() {
            let cases = c.gold(gold) as f64;
            let p: Vec<f64> = (c.row(gold).iter())
                .map(|&count| (count as f64 + 0.5) / (cases + k as f64 / 2.0))
                .collect();
            let share = share.clamp(0.0, 1.0);
            let weight = self.design_effects[gold] * (share * share / cases + share / n);
            for (at, value) in of_q.iter_mut().enumerate() {
                let (i, j) = (at / k, at % k);
                *value += weight * (f64::from(u8::from(i == j)) * p[i] - p[i] * p[j]);
            }
        }
        let half: Vec<f64> = product(&inverse, &of_q, k);
        let turned: Vec<f64> = (0..k * k).map(|at| inverse[at % k * k + at / k]).collect();
        Ok(Solved { shares, covariance: product(&half, &turned, k), infeasible })
    }
}

/// Shares that are less negative than this are 0.
const ROUNDING: f64 = 1e-9;

fn product(a: &[f64], b: &[f64], k: usize) -> Vec<f64> {
    let cell = |at: usize| (0..k).map(|i| a[at / k * k + i] * b[i * k + at % k]).sum();
    (0..k * k).map(cell).collect()
}

/// The inverse of a k * k matrix, by Gauss and Jordan with row exchanges; nothing if it has none.
fn inverse(mut a: Vec<f64>, k: usize) -> Option<Vec<f64>> {
    let mut inverse = vec![0.0; k * k];
    (0..k).for_each(|i| inverse[i * k + i] = 1.0);
    for column in 0..k {
        let size = |row: &usize| a[row * k + column].abs();
        let pivot = (column..k).max_by(|a, b| size(a).total_cmp(&size(b)))?;
        if size(&pivot) < 1e-9 {
            return None;
        }
        for matrix in [&mut a, &mut inverse] {
            (0..k).for_each(|i| matrix.swap(pivot * k + i, column * k + i));
        }
        let scale = a[column * k + column];
        for matrix in [&mut a, &mut inverse] {
            matrix[column * k..][..k].iter_mut().for_each(|value| *value /= scale);
        }
        for row in (0..k).filter(|&row| row != column) {
            let factor = a[row * k + column];
            for matrix in [&mut a, &mut inverse] {
                (0..k).for_each(|i| matrix[row * k + i] -= factor * matrix[column * k + i]);
            }
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adjusted(rows: [[u64; 2]; 2], predicted: &[usize]) -> Shares {
        let confusion = Confusion::from_rows(&rows.map(|row| row.to_vec())).unwrap();
        let labels = ["no", "yes"].map(str::to_owned).to_vec();
        let errors = KnownErrors::new(labels.clone(), confusion).unwrap();
        let pages = (0..predicted.len()).collect();
        let predicted = predicted.iter().map(|&label| Some(label)).collect();
        Shares::adjusted(&Answers::new("t", labels, predicted, pages).unwrap(), &errors).unwrap()
    }

    /// More is predicted to be "a" than the matrix allows for any corpus: the shares still sum to 1, the
    /// likelihood is the largest on a grid, and intervals have a width.
    #[test]
    fn infeasible_predictions_get_the_likeliest_shares() {
        let rows = [vec![70, 30, 0], vec![15, 70, 15], vec![0, 20, 80]];
        let confusion = Confusion::from_rows(&rows).unwrap();
        let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        let errors = KnownErrors::new(labels.clone(), confusion).unwrap();
        let counts = [850, 50, 100];
        let predicted: Vec<Option<usize>> =
            (0..3).flat_map(|label| vec![Some(label); counts[label]]).collect();
        let corpus = Answers::new("t", labels, predicted, (0..1000).collect()).unwrap();
        let shares = Shares::adjusted(&corpus, &errors).unwrap();
        assert!(shares.infeasible);
        let found: Vec<f64> = shares.by_label.iter().map(|share| share.value.unwrap()).collect();
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{found:?}");
        let likelihood = |shares: &[f64]| -> f64 {
            let of = |label: usize| -> f64 {
                (0..3).map(|gold| shares[gold] * rows[gold][label] as f64 / 100.0).sum()
            };
            (0..3).map(|label| counts[label] as f64 * libm::log(of(label))).sum()
        };
        let best = likelihood(&found);
        for a in 0..=50 {
            for b in 0..=50 - a {
                let (a, b) = (f64::from(a) / 50.0, f64::from(b) / 50.0);
                let other = likelihood(&[a, b, 1.0 - a - b]);
                assert!(other.is_nan() || other < best + 1e-3, "{a} {b}: {other}, {found:?}");
            }
        }
        for share in &shares.by_label {
            let Interval { lo, hi } = share.interval.unwrap();
            assert!(hi - lo > 0.01, "{share}");
        }
    }

    #[test]
    fn what_errors_cannot_tell_is_undefined() {
        let some = [0; 40];
        let reason = |rows, predicted: &[usize]| adjusted(rows, predicted).by_label[0].why;
        assert_eq!(reason([[50, 5], [0, 0]], &some), Some(Undefined::NoGoldInConfusion));
        assert_eq!(reason([[50, 50], [70, 70]], &some), Some(Undefined::LabelsNotToldApart));
        assert_eq!(reason([[20, 5], [5, 90]], &some), Some(Undefined::FewGoldInConfusion));
        assert_eq!(reason([[50, 5], [5, 90]], &some[..20]), Some(Undefined::FewPredictions));
        assert_eq!(reason([[50, 5], [5, 90]], &[]), Some(Undefined::NoPredictions));
        assert_eq!(reason([[50, 5], [5, 90]], &some), None);
    }

    /// Pages that are alike tell less than as many cases drawn one by one.
    #[test]
    fn the_design_effect_is_that_of_the_recalls_interval() {
        let json = serde_json::json!({
            "schema": "standpoint.evaluation/1",
            "tasks": { "t": {
                "confusion": { "labels": ["no", "yes"], "counts": [[80, 20], [0, 50]] },
                "metrics": {
                    // Twice the width of 1.96 * 2 * sqrt(0.8 * 0.2 / 100).
                    "recall_no": { "lo": 0.8 - 2.0 * Z * 0.04, "hi": 0.8 + 2.0 * Z * 0.04 },
                    "recall_yes": { "lo": null, "hi": null },
                },
            } },
        });
        let errors = |json: &serde_json::Value| {
            let evaluation = StoredEvaluation::parse(&json.to_string(), "e.json").unwrap();
            KnownErrors::of(&evaluation, "t").map_err(|error| error.to_string())
        };
        let known = errors(&json).unwrap();
        assert!((known.design_effects[0] - 4.0).abs() < 1e-9);
        assert_eq!(known.design_effects[1], 1.0);

        // Nothing in the file is trusted: counts that overflow, exchanged ends.
        let mut wrong = json.clone();
        wrong["tasks"]["t"]["confusion"]["counts"][0] = serde_json::json!([u64::MAX, 2]);
        assert!(errors(&wrong).unwrap_err().contains("the confusion matrix of t is not one"));
        let mut wrong = json;
        wrong["tasks"]["t"]["metrics"]["recall_no"] = serde_json::json!({ "lo": 0.9, "hi": 0.7 });
        assert!(errors(&wrong).unwrap_err().contains("the interval of t recall_no is not one"));
    }
}
