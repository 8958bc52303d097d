//! How far do coders agree?

use serde_json::{Value, json};

use super::{
    interval::{Cases, estimates},
    metrics::Metric,
};
use crate::sampling::{Interval, interval, resample};

/// One task as several coders labelled it.
#[derive(Debug, Clone, Copy)]
pub struct Codings<'a> {
    /// For each passage one label a coder, by number; `None` where a coder gave none.
    pub units: &'a [Vec<Option<usize>>],
    /// Page of each passage, numbered from 0.
    pub pages: &'a [usize],
}

/// The agreement of all coders on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// The task.
    pub task: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Passages that two coders or more labelled.
    pub n: usize,
    /// Pages on which they lie.
    pub n_pages: usize,
    /// Krippendorff's alpha.
    pub alpha: Figure,
    /// Cohen's kappa for each pair of coders that share passages, by their numbers.
    pub kappas: Vec<(usize, usize, Figure)>,
    /// For each label: of the values that say it, the share of their partners that say it too.
    pub by_label: Vec<Figure>,
}

/// A figure, its interval, and the values that it is computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The value, or why there is none.
    pub value: Result<f64, &'static str>,
    /// The 95 % interval, or why there is none.
    pub interval: Interval,
    /// Pairable values.
    pub n: usize,
}

/// Krippendorff's coincidences: how often value c meets value d within a unit, every unit's pairs
/// weighted by 1 / (its values - 1).
#[derive(Debug, Clone)]
struct Coincidences {
    k: usize,
    counts: Vec<f64>,
}

impl Coincidences {
    fn new(k: usize) -> Self {
        Self { k, counts: vec![0.0; k * k] }
    }

    fn add(&mut self, unit: &[Option<usize>]) {
        let values: Vec<usize> = unit.iter().copied().flatten().collect();
        for (i, &c) in values.iter().enumerate() {
            for (j, &d) in values.iter().enumerate() {
                if i != j {
                    self.counts[c * self.k + d] += 1.0 / (values.len() - 1) as f64;
                }
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
    }

    fn of_label(&self, label: usize) -> f64 {
        self.counts[label * self.k..][..self.k].iter().sum()
    }

    /// alpha = 1 - (n - 1) * sum of o_cd / sum of n_c n_d, both over c != d (Krippendorff 2019,
    /// nominal data, missing values allowed).
    fn alpha(&self) -> Result<f64, &'static str> {
        let totals: Vec<f64> = (0..self.k).map(|label| self.of_label(label)).collect();
        let n: f64 = totals.iter().sum();
        let agreed: f64 = (0..self.k).map(|label| self.counts[label * self.k + label]).sum();
        let expected = n * n - totals.iter().map(|total| total * total).sum::<f64>();
        if n == 0.0 {
            return Err("no passage that two coders labelled");
        }
        if expected == 0.0 {
            return Err("all values are the same");
        }
        Ok(1.0 - (n - 1.0) * (n - agreed) / expected)
    }

    fn agreement_on(&self, label: usize) -> Result<f64, &'static str> {
        let total = self.of_label(label);
        if total == 0.0 {
            return Err("nobody used it");
        }
        Ok(self.counts[label * self.k + label] / total)
    }
}

impl Agreement {
    /// Measures the agreement; intervals from `resamples` resamples of the pages, decided by
    /// `seed`.
    ///
    /// ```
    /// use standpoint::evaluate::{Agreement, Codings};
    /// // Coders 0100000010 and 1110010000 (Krippendorff 2011): alpha 0.095.
    /// let coder = |text: &str| text.chars().map(|c| (c == '1') as usize).collect::<Vec<_>>();
    /// let (a, b) = (coder("0100000010"), coder("1110010000"));
    /// let units: Vec<_> = a.iter().zip(&b).map(|(&a, &b)| vec![Some(a), Some(b)]).collect();
    /// let pages: Vec<usize> = (0..10).collect();
    /// let codings = Codings { units: &units, pages: &pages };
    /// let agreement = Agreement::of("t", &["0".into(), "1".into()], codings, 100, 1);
    /// assert!((agreement.alpha.value.unwrap() - 0.095238).abs() < 1e-6);
    /// ```
    pub fn of(
        task: &str,
        labels: &[String],
        codings: Codings<'_>,
        resamples: usize,
        seed: u64,
    ) -> Self {
        let k = labels.len();
        let n_coders = codings.units.iter().map(Vec::len).max().unwrap_or(0);
        let shared = |unit: &&Vec<Option<usize>>| unit.iter().flatten().count() > 1;
        let mut by_page: Vec<Coincidences> = Vec::new();
        let mut page_numbers = std::collections::HashMap::new();
        for (unit, page) in codings.units.iter().zip(codings.pages) {
            if shared(&unit) {
                let at = *page_numbers.entry(page).or_insert_with(|| {
                    by_page.push(Coincidences::new(k));
                    by_page.len() - 1
                });
                by_page[at].add(unit);
            }
        }
        let sum = |pages: &mut dyn Iterator<Item = usize>| {
            pages.fold(Coincidences::new(k), |mut sum, page| {
                sum.merge(&by_page[page]);
                sum
            })
        };
        let whole = sum(&mut (0..by_page.len()));
        let resampled =
            resample(by_page.len(), resamples, seed, |drawn| sum(&mut drawn.iter().copied()));
        let figure = |n: f64, value: &dyn Fn(&Coincidences) -> Result<f64, &'static str>| {
            let of_whole = value(&whole);
            let n = n.round() as usize;
            let values = resampled.iter().filter_map(|part| value(part).ok());
            let interval = interval(of_whole, n, by_page.len(), values);
            Figure { value: of_whole, interval, n }
        };
        let pairs = (0..n_coders).flat_map(|a| (a + 1..n_coders).map(move |b| (a, b)));
        Self {
            task: task.to_owned(),
            labels: labels.to_vec(),
            n: codings.units.iter().filter(shared).count(),
            n_pages: by_page.len(),
            alpha: figure(whole.counts.iter().sum(), &Coincidences::alpha),
            kappas: pairs
                .filter_map(|(a, b)| Some((a, b, kappa(codings, k, (a, b), resamples, seed)?)))
                .collect(),
            by_label: (0..k)
                .map(|label| figure(whole.of_label(label), &|part| part.agreement_on(label)))
                .collect(),
        }
    }

    /// The JSON of `agree --format json`; `coders` are the names of the files.
    pub fn to_json(&self, coders: &[String]) -> Value {
        let figure = |figure: &Figure| {
            let (lo, hi) = figure.interval.ok().unzip();
            let mut json = json!({ "value": figure.value.ok(), "lo": lo, "hi": hi, "n": figure.n });
            if let Err(reason) = figure.value.and(figure.interval) {
                json["reason"] = reason.into();
            }
            json
        };
        let kappas = self.kappas.iter().map(
            |(a, b, kappa)| json!({ "coders": [coders[*a], coders[*b]], "kappa": figure(kappa) }),
        );
        let by_label = self.labels.iter().zip(&self.by_label);
        let by_label = by_label.map(|(label, of)| (label.clone(), figure(of)));
        json!({
            "n": self.n,
            "n_pages": self.n_pages,
            "alpha": figure(&self.alpha),
            "kappas": kappas.collect::<Vec<_>>(),
            "agreement_by_label": by_label.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// Cohen's kappa of two coders; nothing if they share no passage.
fn kappa(
    codings: Codings<'_>,
    k: usize,
    (a, b): (usize, usize),
    resamples: usize,
    seed: u64,
) -> Option<Figure> {
    let mut gold = Vec::new();
    let mut predicted = Vec::new();
    let mut pages = Vec::new();
    for (unit, &page) in codings.units.iter().zip(codings.pages) {
        if let (Some(Some(a)), Some(Some(b))) = (unit.get(a), unit.get(b)) {
            gold.push(*a);
            predicted.push(*b);
            pages.push(page);
        }
    }
    if gold.is_empty() {
        return None;
    }
    let cases = Cases { gold: &gold, predicted: &predicted, probabilities: None, pages: &pages };
    let labels: Vec<String> = (0..k).map(|label| label.to_string()).collect();
    let estimates = estimates(cases, &labels, resamples, seed);
    let kappa = estimates.into_iter().find(|estimate| estimate.metric == Metric::Kappa)?;
    Some(Figure { value: kappa.value, interval: kappa.interval, n: kappa.n })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alpha(coders: &[&str]) -> f64 {
        let n = coders[0].len();
        let unit = |i: usize| {
            let value = |coder: &&str| {
                let value = coder.as_bytes()[i];
                (value != b'*').then(|| usize::from(value) % 8)
            };
            coders.iter().map(value).collect()
        };
        let units: Vec<Vec<Option<usize>>> = (0..n).map(unit).collect();
        let pages: Vec<usize> = (0..n).collect();
        let labels: Vec<String> = (0..8).map(|label| label.to_string()).collect();
        let codings = Codings { units: &units, pages: &pages };
        Agreement::of("t", &labels, codings, 0, 1).alpha.value.unwrap()
    }

    /// Values from Krippendorff, "Computing Krippendorff's alpha-reliability" (2011).
    #[test]
    fn alpha_has_its_known_values() {
        assert!((alpha(&["0100000010", "1110010000"]) - 0.095_238).abs() < 1e-6);
        assert!((alpha(&["aabbdcccedda", "babbbccceddd"]) - 0.691_964).abs() < 1e-6);
        let four = ["123321412***", "1233224125*3", "*3332342251*", "12332441251*"];
        assert!((alpha(&four) - 0.743_421).abs() < 1e-6);
    }

    #[test]
    fn coders_who_agree_have_alpha_1_and_their_order_does_not_matter() {
        assert_eq!(alpha(&["abcabc", "abcabc"]), 1.0);
        let (ab, ba) = (alpha(&["aabbd", "babbd"]), alpha(&["babbd", "aabbd"]));
        assert!((ab - ba).abs() < 1e-15);
    }

    #[test]
    fn what_one_coder_alone_labelled_changes_nothing() {
        assert_eq!(alpha(&["aabbd", "babbd"]), alpha(&["aabbdcc", "babbd**"]));
    }
}
