//! How far do coders agree?

use std::collections::HashMap;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{Codings, Estimate, estimates, metrics::Metric, object::Object};
use crate::{
    predictions::{Answers, Scored},
    sampling::{Interval, Jackknife, Measured, PSEUDO, Scale, Undefined, ends, shown_as_measured},
};

/// The agreement of all coders on one task.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
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
    pub alpha: Coefficient,
    /// Cohen's kappa of each pair of coders that share passages.
    pub kappas: Vec<PairKappa>,
    /// For each label the share of agreement among the values paired with it.
    pub by_label: Vec<Coefficient>,
}

/// Cohen's kappa of two coders.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairKappa {
    /// The numbers of the two, from 0.
    #[serde(skip)]
    pub pair: (usize, usize),
    /// Their names.
    pub coders: [String; 2],
    /// Their kappa.
    pub kappa: Coefficient,
}

/// A coefficient of agreement with its interval. Shown as `0.713 (0.681-0.744)`, with the reason in
/// place of what is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Coefficient {
    /// Its value.
    pub value: Option<f64>,
    /// Its 95 % interval.
    #[serde(flatten, serialize_with = "ends")]
    pub interval: Option<Interval>,
    /// Pairable values that it is computed from.
    pub n: usize,
    /// Why there is no value; where there is one, why it has no interval.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub why: Option<Undefined>,
}

shown_as_measured!(Coefficient);

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

    /// The same without `part`, which is among them.
    fn less(&self, part: &Self) -> Self {
        let counts = self.counts.iter().zip(&part.counts).map(|(all, part)| all - part);
        Self { k: self.k, counts: counts.collect() }
    }

    /// Two pseudo-pages: on the first all coders agree, on the second none do. A label has on each
    /// `share` of what it has on the mean page where it is used.
    fn pseudo_pages(by_page: &[Self], share: f64) -> [Self; 2] {
        let k = by_page.first().map_or(0, |page| page.k);
        let used = |label: usize| by_page.iter().map(move |page| page.of_label(label));
        let uses: Vec<f64> = (0..k).map(|label| used(label).sum()).collect();
        let (mut agreed, mut differing) = (Self::new(k), Self::new(k));
        for label in (0..k).filter(|&label| uses[label] > 0.0) {
            let pages = used(label).filter(|&uses| uses > 0.0).count();
            let cases = share * uses[label] / pages as f64;
            agreed.counts[label * k + label] = cases;
            let others: f64 = (0..k).filter(|&l| l != label).map(|other| uses[other] + 1.0).sum();
            for other in (0..k).filter(|&other| other != label) {
                let half = cases * (uses[other] + 1.0) / others / 2.0;
                differing.counts[label * k + other] += half;
                differing.counts[other * k + label] += half;
            }
        }
        [agreed, differing]
    }

    fn of_label(&self, label: usize) -> f64 {
        self.counts[label * self.k..][..self.k].iter().sum()
    }

    /// alpha = 1 - (n - 1) * sum of o_cd / sum of n_c n_d, both over c != d (Krippendorff 2019,
    /// nominal data, missing values allowed).
    fn alpha(&self) -> Result<f64, Undefined> {
        let totals: Vec<f64> = (0..self.k).map(|label| self.of_label(label)).collect();
        let n: f64 = totals.iter().sum();
        let agreed: f64 = (0..self.k).map(|label| self.counts[label * self.k + label]).sum();
        let expected = n * n - totals.iter().map(|total| total * total).sum::<f64>();
        if n == 0.0 {
            return Err(Undefined::NoSharedPassages);
        }
        if expected == 0.0 {
            return Err(Undefined::OneValueOnly);
        }
        Ok(1.0 - (n - 1.0) * (n - agreed) / expected)
    }

    fn agreement_on(&self, label: usize) -> Result<f64, Undefined> {
        let total = self.of_label(label);
        if total == 0.0 {
            return Err(Undefined::UnusedLabel);
        }
        Ok(self.counts[label * self.k + label] / total)
    }
}

impl Agreement {
    /// Measures the agreement.
    ///
    /// ```
    /// use standpoint::evaluate::{Agreement, Codings};
    /// // Coders 0100000010 and 1110010000 (Krippendorff 2011): alpha 0.095.
    /// let coder = |text: &str| text.chars().map(|c| (c == '1') as usize).collect::<Vec<_>>();
    /// let (a, b) = (coder("0100000010"), coder("1110010000"));
    /// let units = a.iter().zip(&b).map(|(&a, &b)| vec![Some(a), Some(b)]).collect();
    /// let codings = Codings::new("t", vec!["0".into(), "1".into()], units, (0..10).collect())?;
    /// let agreement = Agreement::of(&codings);
    /// assert!((agreement.alpha.value.unwrap() - 0.095238).abs() < 1e-6);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn of(codings: &Codings) -> Self {
        let (k, n_coders) = (codings.labels().len(), codings.coders().len());
        let shared = |unit: &&Vec<Option<usize>>| unit.iter().flatten().count() > 1;
        let mut by_page: Vec<Coincidences> = Vec::new();
        let mut page_numbers = HashMap::new();
        for (unit, page) in codings.units().iter().zip(codings.pages()) {
            if shared(&unit) {
                let at = *page_numbers.entry(page).or_insert_with(|| {
                    by_page.push(Coincidences::new(k));
                    by_page.len() - 1
                });
                by_page[at].add(unit);
            }
        }
        let mut whole = Coincidences::new(k);
        by_page.iter().for_each(|page| whole.merge(page));
        let added = Coincidences::pseudo_pages(&by_page, PSEUDO);
        let coefficient = |n: f64,
                           least: f64,
                           value: &dyn Fn(&Coincidences) -> Result<f64, Undefined>,
                           own: &dyn Fn(&Coincidences) -> bool| {
            let own: Vec<&Coincidences> = by_page.iter().filter(|page| own(page)).collect();
            let interval = |measured: f64| {
                let jackknife = |added: &Coincidences| {
                    let mut all = whole.clone();
                    all.merge(added);
                    let without = own.iter().map(|page| value(&all.less(page)));
                    let without_page = without.collect::<Result<_, _>>()?;
                    Ok(Jackknife { whole: value(&all)?, without_page })
                };
                let [agreed, differing] = added.each_ref().map(jackknife);
                Ok(Jackknife::interval(measured, [agreed?, differing?], Scale::Between(least, 1.0)))
            };
            let n = n.round() as usize;
            let Measured { value, interval, why } =
                Measured::new(value(&whole), n, own.len(), interval);
            Coefficient { value, interval, n, why }
        };
        let of_label = |label: usize| {
            let agreement = |part: &Coincidences| part.agreement_on(label);
            coefficient(whole.of_label(label), 0.0, &agreement, &|part| part.of_label(label) > 0.0)
        };
        let pairs = (0..n_coders).flat_map(|a| (a + 1..n_coders).map(move |b| (a, b)));
        Self {
            task: codings.task().to_owned(),
            labels: codings.labels().to_vec(),
            n: codings.units().iter().filter(shared).count(),
            n_pages: by_page.len(),
            alpha: coefficient(whole.counts.iter().sum(), -1.0, &Coincidences::alpha, &|_| true),
            kappas: pairs.filter_map(|pair| kappa(codings, pair)).collect(),
            by_label: (0..k).map(of_label).collect(),
        }
    }
}

/// A task's part of the JSON of `agree`.
impl Serialize for Agreement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Agreement", 5)?;
        json.serialize_field("n", &self.n)?;
        json.serialize_field("n_pages", &self.n_pages)?;
        json.serialize_field("alpha", &self.alpha)?;
        json.serialize_field("kappas", &self.kappas)?;
        let by_label = Object(|| self.labels.iter().zip(&self.by_label));
        json.serialize_field("agreement_by_label", &by_label)?;
        json.end()
    }
}

/// Nothing if the two share no passage.
fn kappa(codings: &Codings, (a, b): (usize, usize)) -> Option<PairKappa> {
    let label = |coder: usize| codings.units().iter().map(move |unit| *unit.get(coder)?);
    let given = label(b).collect();
    let answers = Answers::new(codings.task(), codings.labels(), given, codings.pages().to_vec());
    let scored = Scored::new(answers.ok()?, &label(a).collect::<Vec<_>>()).ok()?;
    if scored.is_empty() {
        return None;
    }
    let estimates = estimates(&scored);
    let kappa = estimates.into_iter().find(|estimate| estimate.metric == Metric::Kappa)?;
    let Estimate { value, interval, n, why, .. } = kappa;
    // Neither coder is the gold one.
    let why = why.map(|why| match why {
        Undefined::SameLabelOnly => Undefined::OneValueOnly,
        why => why,
    });
    Some(PairKappa {
        pair: (a, b),
        coders: [a, b].map(|coder| codings.coders()[coder].clone()),
        kappa: Coefficient { value, interval, n, why },
    })
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
        let codings = Codings::new("t", labels, units, pages).unwrap();
        Agreement::of(&codings).alpha.value.unwrap()
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
