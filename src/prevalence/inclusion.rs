//! With what probability passages came into a sample.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};

/// With what probability each labelled passage came into a sample, and from which stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct Inclusion {
    probabilities: Vec<f64>,
    weights: Vec<f64>,
    strata: Vec<usize>,
    /// Labelled units of each stratum.
    units: Vec<usize>,
}

impl Inclusion {
    /// The probability of each labelled passage (above 0, 1 at most), the number of its stratum (any;
    /// the same where there is only one) and that of what was drawn at once: of its page, or its own. Each passage counts for 1 /
    /// probability of them.
    ///
    /// ```
    /// use standpoint::{predictions::Answers, prevalence::{Drawn, Inclusion, Sample, Shares}};
    /// // All 40 "yes" are labelled, and 60 of 960 "no", of which every tenth is a "yes".
    /// let predicted = (0..1000).map(|i| Some(usize::from(i < 40))).collect();
    /// let corpus = Answers::new("t", ["no", "yes"], predicted, (0..1000).collect())?;
    /// let rows: Vec<usize> = (0..100).collect();
    /// let gold = rows.iter().map(|i| usize::from(*i < 40 || i % 10 == 0)).collect();
    /// let p = rows.iter().map(|i| if *i < 40 { 1.0 } else { 60.0 / 960.0 }).collect();
    /// let strata = rows.iter().map(|i| usize::from(*i < 40)).collect();
    /// let inclusion = Inclusion::new(p, strata, &rows)?;
    /// let sample = Sample::part(rows, gold, Drawn::Passages).with_inclusion(inclusion)?;
    /// let yes = Shares::corrected(&corpus, &sample)?.by_label[1];
    /// assert!((yes.value.unwrap() - (40.0 + 96.0) / 1000.0).abs() < 1e-12);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a probability is not one, or there is not a stratum and a unit for each.
    pub fn new(probabilities: Vec<f64>, mut strata: Vec<usize>, units: &[usize]) -> Result<Self> {
        let n = probabilities.len();
        if strata.len() != n || units.len() != n {
            let found = format!("{} and {} for {n} passages", strata.len(), units.len());
            return Err(Error::setting("strata", found, "a stratum and a unit for each"));
        }
        if let Some(p) = probabilities.iter().find(|p| !(**p > 0.0 && **p <= 1.0)) {
            return Err(Error::setting("inclusion", p.to_string(), "above 0, and 1 at most"));
        }
        // Without gaps: nobody says how large the numbers are.
        let mut numbers: BTreeMap<usize, usize> =
            strata.iter().map(|&stratum| (stratum, 0)).collect();
        numbers.values_mut().enumerate().for_each(|(number, value)| *value = number);
        strata.iter_mut().for_each(|stratum| *stratum = numbers[stratum]);
        let pairs: BTreeSet<(usize, usize)> =
            strata.iter().copied().zip(units.iter().copied()).collect();
        let mut of_strata = vec![0; numbers.len()];
        pairs.iter().for_each(|(stratum, _)| of_strata[*stratum] += 1);
        let weights = probabilities.iter().map(|p| 1.0 / p).collect();
        Ok(Self { probabilities, weights, strata, units: of_strata })
    }

    /// The same, each passage counting for so many times as many: where a page lacks labels, the others
    /// stand for those without.
    pub(crate) fn times(mut self, factors: impl Iterator<Item = f64>) -> Self {
        self.weights.iter_mut().zip(factors).for_each(|(weight, factor)| *weight *= factor);
        self
    }

    /// Those of some passages, by their numbers; strata keep their size.
    pub(crate) fn select(&self, cases: &[usize]) -> Self {
        let of = |values: &[f64]| cases.iter().map(|&case| values[case]).collect();
        Self {
            probabilities: of(&self.probabilities),
            weights: of(&self.weights),
            strata: cases.iter().map(|&case| self.strata[case]).collect(),
            units: self.units.clone(),
        }
    }

    /// How many passages it has.
    pub fn len(&self) -> usize {
        self.probabilities.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.probabilities.is_empty()
    }

    pub(super) fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(super) fn strata(&self) -> &[usize] {
        &self.strata
    }

    pub(super) fn units(&self) -> &[usize] {
        &self.units
    }
}
