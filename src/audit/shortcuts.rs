//! Shortcuts: single features that nearly decide a label alone.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use crate::{
    corpus::{Gold, Passages},
    features::{Settings, tokens},
};

/// From this correlation on a single feature is a shortcut: a model learns it, and not the label.
pub const SHORTCUT: f64 = 0.7;
/// Features on fewer passages are chance.
const LEAST_PASSAGES: usize = 10;

/// A feature that predicts a label alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Feature {
    /// The label.
    pub label: String,
    /// The feature in words: `the word "said"`, `source = forum`, `fewer than 5 words`.
    pub feature: String,
    /// Passages that have the feature.
    pub n: usize,
    /// Correlation of having the feature with having the label (phi, which is Matthews' for two
    /// classes): 1 decides it, 0 says nothing, however frequent the label is.
    pub phi: f64,
}

impl Feature {
    /// Whether it is a shortcut.
    pub fn is_shortcut(&self) -> bool {
        self.phi >= SHORTCUT
    }
}

/// For each label of a task the features that predict it best, at most `most` a label, the best first:
/// single words, values of the given columns, lengths.
pub(super) fn features(
    passages: &Passages<'_>,
    gold: &Gold,
    columns: &[Gold],
    most: usize,
) -> Vec<Feature> {
    let labelled: Vec<usize> =
        (0..passages.len()).filter(|&row| gold.labels[row].is_some()).collect();
    let mut of_rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for &row in &labelled {
        let words: HashSet<String> = tokens(passages.texts()[row], &Settings::default())
            .into_iter()
            .map(|token| token.text)
            .collect();
        for word in words {
            of_rows.entry(format!("the word {word:?}")).or_default().push(row);
        }
        for column in columns {
            if let Some(value) = &column.labels[row] {
                of_rows.entry(format!("{} = {value}", column.task)).or_default().push(row);
            }
        }
        let length = passages.texts()[row].split_whitespace().count();
        for limit in [2, 5, 10, 20, 40, 80] {
            let side = if length < limit { "fewer than" } else { "at least" };
            of_rows.entry(format!("{side} {limit} words")).or_default().push(row);
        }
    }
    let mut rows_of: BTreeMap<&str, HashSet<usize>> = BTreeMap::new();
    for &row in &labelled {
        if let Some(label) = gold.labels[row].as_deref() {
            rows_of.entry(label).or_default().insert(row);
        }
    }
    let mut all = Vec::new();
    for (label, with_label) in rows_of {
        let mut of_label: Vec<Feature> = of_rows
            .iter()
            .filter(|(_, rows)| rows.len() >= LEAST_PASSAGES && rows.len() < labelled.len())
            .map(|(feature, rows)| {
                let both = rows.iter().filter(|row| with_label.contains(row)).count();
                Feature {
                    label: label.to_owned(),
                    feature: feature.clone(),
                    n: rows.len(),
                    phi: phi(both, rows.len(), with_label.len(), labelled.len()),
                }
            })
            .collect();
        of_label.sort_by(|a, b| b.phi.total_cmp(&a.phi).then_with(|| a.feature.cmp(&b.feature)));
        of_label.truncate(most);
        all.extend(of_label);
    }
    all
}

/// (n both - feature label) / sqrt(feature (n - feature) label (n - label))
fn phi(both: usize, feature: usize, label: usize, n: usize) -> f64 {
    let [both, feature, label, n] = [both, feature, label, n].map(|count| count as f64);
    let spread = feature * (n - feature) * label * (n - label);
    if spread == 0.0 { 0.0 } else { (n * both - feature * label) / spread.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phi_is_1_for_a_feature_that_is_the_label_and_0_for_chance() {
        assert!((phi(30, 30, 30, 100) - 1.0).abs() < 1e-12);
        assert!(phi(15, 50, 30, 100).abs() < 1e-12);
        assert!((phi(0, 70, 30, 100) + 1.0).abs() < 1e-12);
    }
}
