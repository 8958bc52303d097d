//! The second stage of a task: what turns scores of base classifiers into probabilities. It starts from the
//! calibrated base classifier, and leaves it only where held-out pages say so.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::{Stage, chosen::Chosen, decision::Decision};
use crate::{
    error::Result,
    logistic::{DenseFit, DenseLogistic, Grouped, TiedLogistic, held_out},
    sampling::LEAST_PAGES_TO_JUDGE,
};

/// A stage is free only where there are so many cases for each of its columns.
const CASES_PER_COLUMN: usize = 10;
/// With more labels than these over all tasks no stage is free: its cost grows with their square.
const MOST_FREE_SCORES: usize = 64;

/// Labelled passages of one task, with the columns of the second stage.
pub(super) struct Cases<'a> {
    /// All columns of the context, a row for each case.
    pub columns: Array2<f64>,
    pub y: &'a [usize],
    pub weights: &'a [f64],
    /// Whether a base classifier that knows the case's label scored it; others teach nothing.
    pub taught: &'a [bool],
    pub folds: &'a [usize],
    pub pages: &'a [usize],
    pub k: usize,
    /// Whether the base classifier was fitted with balanced labels, so that it does not know their shares.
    pub balanced: bool,
    /// How many times more each label counted in it.
    pub label_weights: &'a [f64],
}

/// Which stages there are to choose among.
pub(super) struct Forms<'a> {
    /// First column of the task's own scores.
    pub own: usize,
    /// First columns of the task's scores of the neighbours; none where they are not seen.
    pub neighbours: Vec<usize>,
    /// Sets of columns for free stages, the smaller first.
    pub free: Vec<Vec<usize>>,
    /// Their penalties, descending.
    pub penalties: &'a [f64],
    /// Labels of all tasks.
    pub n_scores: usize,
}

/// A second stage and how it came about.
pub(crate) struct StageFit {
    /// Its columns, as numbers among those of its context.
    pub columns: Vec<usize>,
    pub fit: DenseFit,
    pub penalty: Chosen,
    pub decision: Decision,
    /// The cases that it was fitted on, as numbers within the rows of the fit, and for each the
    /// probability that a stage fitted on the other folds gave its label.
    pub held_out: Vec<(usize, f64)>,
}

/// A form of the stage, and what it said of the cases held out.
struct Tried {
    form: Form,
    loss: f64,
    /// Of each case.
    losses: Vec<f64>,
    probabilities: Vec<f64>,
    tried: Vec<(f64, f64)>,
}

enum Form {
    /// By groups of columns, each from its first on.
    Tied(Vec<usize>),
    Free {
        columns: Vec<usize>,
        penalty: f64,
    },
}

impl Cases<'_> {
    /// The bias of each label by which scores of a base classifier that saw `rows` are calibrated.
    fn bias(&self, rows: &[usize]) -> Vec<f64> {
        let mut sums = vec![0.0; self.k];
        rows.iter().for_each(|&i| sums[self.y[i]] += self.weights[i]);
        let all: f64 = sums.iter().sum();
        // A label without a case has the share of half a case.
        let least = 0.5 / rows.len().max(1) as f64;
        let share = |sum: &f64| if *sum > 0.0 { sum / all } else { least };
        let bias = sums.iter().zip(self.label_weights).map(|(sum, weight)| {
            let share = if self.balanced { libm::log(share(sum)) } else { 0.0 };
            share - libm::log(weight.max(1e-6))
        });
        let bias: Vec<f64> = bias.collect();
        let mean = bias.iter().sum::<f64>() / self.k as f64;
        bias.into_iter().map(|bias| bias - mean).collect()
    }

    /// How much each of `rows` counts when so many are worth one: those that teach nothing 0.
    fn counting(&self, rows: &[usize], design_effect: f64) -> Vec<f64> {
        let weight =
            |&i: &usize| if self.taught[i] { self.weights[i] / design_effect } else { 0.0 };
        rows.iter().map(weight).collect()
    }

    fn labels(&self) -> Vec<usize> {
        (0..self.k).collect()
    }

    /// The tied stage of `rows`, of which so many count as one.
    fn tied(&self, groups: &[usize], rows: &[usize], design_effect: f64) -> TiedLogistic {
        // What the stage is held by is worth a case of mean weight, whatever the unit of weights.
        let unit = self.weights.iter().sum::<f64>() / self.weights.len() as f64;
        let weights = self.counting(rows, design_effect * unit);
        // A label that no case teaches has only cases against it, and its bias would fall with their number: the
        // stage is fitted as if there were no such label, whose bias stays where it starts.
        let teaches =
            |label| rows.iter().zip(&weights).any(|(&i, w)| self.y[i] == label && *w > 0.0);
        let known: Vec<usize> = (0..self.k).filter(|&label| teaches(label)).collect();
        let start = self.bias(rows);
        if known.len() < 2 {
            return TiedLogistic::unmoved(groups.len(), start);
        }
        let of_known: Vec<f64> = known.iter().map(|&label| start[label]).collect();
        let number = |label: usize| known.binary_search(&label).unwrap_or(0);
        let y: Vec<usize> = rows.iter().map(|&i| number(self.y[i])).collect();
        let columns = self.grouped(groups, rows, &known);
        let grouped = Grouped { columns: &columns, n_groups: groups.len(), k: known.len() };
        let mut fitted = TiedLogistic::fit(grouped, &y, &weights, &of_known);
        let mut bias = start;
        known.iter().zip(&fitted.bias).for_each(|(&label, own)| bias[label] = *own);
        fitted.bias = bias;
        fitted
    }

    /// How many cases are worth as much as one would be if cases of one page were no more alike than cases of
    /// different ones: the variance of what the calibrated base classifier leaves unexplained, summed page by page, as
    /// a multiple of what it would be (Kish 1965). It is 1 at least, and of pages enough to judge by it is not asked:
    /// there it changes nothing that held-out pages would notice.
    fn design_effect(&self, own: usize) -> f64 {
        let n_pages = self.n_pages();
        if !(2..LEAST_PAGES_TO_JUDGE).contains(&n_pages) {
            return 1.0;
        }
        let all: Vec<usize> = (0..self.y.len()).collect();
        let columns = self.grouped(&[own], &all, &self.labels());
        let rows = Grouped { columns: &columns, n_groups: 1, k: self.k };
        let mut left = self.tied(&[own], &all, 1.0).probabilities(rows);
        for (i, left) in left.chunks_exact_mut(self.k).enumerate() {
            left.iter_mut().for_each(|p| *p *= -self.weights[i]);
            left[self.y[i]] += self.weights[i];
        }
        let mut of_pages: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (page, left) in self.pages.iter().zip(left.chunks_exact(self.k)) {
            let own = of_pages.entry(*page).or_insert_with(|| vec![0.0; self.k]);
            own.iter_mut().zip(left).for_each(|(sum, left)| *sum += left);
        }
        let squares = |of: &[f64]| of.iter().map(|r| r * r).sum::<f64>();
        let by_page: f64 = of_pages.values().map(|of| squares(of)).sum();
        let by_case = squares(&left).max(f64::MIN_POSITIVE);
        (by_page / by_case * n_pages as f64 / (n_pages - 1) as f64).max(1.0)
    }

    /// Pages with a case that weighs something.
    fn n_pages(&self) -> usize {
        let weigh = self.pages.iter().zip(self.weights).filter(|(_, weight)| **weight > 0.0);
        weigh.map(|(page, _)| page).collect::<BTreeSet<_>>().len()
    }

    /// The columns of some labels in some groups, side by side.
    fn grouped(&self, groups: &[usize], rows: &[usize], labels: &[usize]) -> Vec<f64> {
        let mut columns = Vec::with_capacity(rows.len() * groups.len() * labels.len());
        for &i in rows {
            let row = self.columns.row(i);
            for &group in groups {
                columns.extend(labels.iter().map(|label| row[group + label]));
            }
        }
        columns
    }

    /// The tied stage of the other folds, for each fold.
    fn tied_by_fold(&self, groups: &[usize], design_effect: f64) -> Vec<TiedLogistic> {
        let n_folds = self.folds.iter().max().map_or(0, |most| most + 1);
        let kept = |fold| (0..self.y.len()).filter(move |&i| self.folds[i] != fold).collect();
        let of_fold = |fold| {
            let kept: Vec<usize> = kept(fold);
            self.tied(groups, &kept, design_effect)
        };
        (0..n_folds).into_par_iter().map(of_fold).collect()
    }

    /// What tied stages of the other folds say of each fold.
    fn tied_held_out(&self, groups: &[usize], by_fold: &[TiedLogistic]) -> Vec<f64> {
        let of_fold = |fold: usize, _: &[usize], held: &[usize]| {
            let columns = self.grouped(groups, held, &self.labels());
            let grouped = Grouped { columns: &columns, n_groups: groups.len(), k: self.k };
            vec![by_fold[fold].probabilities(grouped)]
        };
        held_out(self.folds, 1, of_fold).swap_remove(0)
    }

    fn losses(&self, probabilities: &[f64]) -> Vec<f64> {
        let of_case = |(p, &y): (&[f64], &usize)| -libm::log(p[y].max(f64::MIN_POSITIVE));
        probabilities.chunks_exact(self.k).zip(self.y).map(of_case).collect()
    }

    fn mean(&self, losses: &[f64]) -> f64 {
        let sum: f64 = losses.iter().zip(self.weights).map(|(loss, weight)| loss * weight).sum();
        sum / self.weights.iter().sum::<f64>()
    }

    /// The mean of -ln p of the cases held out, by a base classifier with these scores that is calibrated on
    /// the other folds; and that of each case.
    pub fn calibrated_losses(&self) -> (f64, Vec<f64>) {
        self.tied_losses(&[0])
    }

    /// The same by a sum of several classifiers' scores, whose columns begin at `groups`: one slope for each.
    pub fn tied_losses(&self, groups: &[usize]) -> (f64, Vec<f64>) {
        let by_fold = self.tied_by_fold(groups, self.design_effect(groups[0]));
        let losses = self.losses(&self.tied_held_out(groups, &by_fold));
        (self.mean(&losses), losses)
    }

    /// The slopes of that sum, by all cases.
    pub fn tied_slopes(&self, groups: &[usize]) -> Vec<f64> {
        let all: Vec<usize> = (0..self.y.len()).collect();
        self.tied(groups, &all, self.design_effect(groups[0])).slopes
    }

    /// The same by one that is calibrated on the cases themselves.
    pub fn calibrated_here(&self) -> (f64, Vec<f64>) {
        let all: Vec<usize> = (0..self.y.len()).collect();
        let columns = self.grouped(&[0], &all, &self.labels());
        let rows = Grouped { columns: &columns, n_groups: 1, k: self.k };
        let fitted = self.tied(&[0], &all, self.design_effect(0));
        let losses = self.losses(&fitted.probabilities(rows));
        (self.mean(&losses), losses)
    }

    /// A tied stage as a dense one of columns that hold all of its groups.
    fn dense(&self, tied: &TiedLogistic, groups: &[usize], columns: &[usize]) -> DenseLogistic {
        let mut weights = vec![0.0; columns.len() * self.k];
        for (&group, slope) in groups.iter().zip(&tied.slopes) {
            let start = columns.binary_search(&group).expect("a free stage has all tied columns");
            for label in 0..self.k {
                weights[(start + label) * self.k + label] = *slope;
            }
        }
        DenseLogistic {
            mean: vec![0.0; columns.len()],
            scale: vec![1.0; columns.len()],
            weights,
            intercept: tied.bias.clone(),
        }
    }

    fn tried(&self, form: Form, probabilities: Vec<f64>, tried: Vec<(f64, f64)>) -> Tried {
        let losses = self.losses(&probabilities);
        Tried { form, loss: self.mean(&losses), losses, probabilities, tried }
    }

    /// The simplest form that loses no more on held-out pages than the best, but for a standard error: the
    /// calibrated base classifier, one slope for each neighbour, or weights of every column for every
    /// label, drawn toward the one before.
    pub fn choose(
        &self,
        forms: &Forms<'_>,
        decide: impl Fn(&[f64]) -> Decision,
    ) -> Result<StageFit> {
        let all: Vec<usize> = (0..self.y.len()).collect();
        let design_effect = self.design_effect(forms.own);
        let mut groups = vec![forms.own];
        let mut tied_by_fold = self.tied_by_fold(&groups, design_effect);
        let tied = |groups: &Vec<usize>, by_fold: &[TiedLogistic]| {
            let probabilities = self.tied_held_out(groups, by_fold);
            self.tried(Form::Tied(groups.clone()), probabilities, Vec::new())
        };
        let mut tried = vec![tied(&groups, &tied_by_fold)];
        if !forms.neighbours.is_empty() {
            groups.extend(&forms.neighbours);
            tied_by_fold = self.tied_by_fold(&groups, design_effect);
            tried.push(tied(&groups, &tied_by_fold));
        }
        // Nothing holds the intercept of a label that teaches nothing: it would fall for ever.
        let teaches = |label| {
            (0..self.y.len()).any(|i| self.y[i] == label && self.taught[i] && self.weights[i] > 0.0)
        };
        let all_teach = (0..self.k).all(teaches);
        // Of few pages a free stage would learn what stood on them.
        let enough_pages = self.n_pages() >= LEAST_PAGES_TO_JUDGE;
        let can_be_free = |columns: &&Vec<usize>| {
            let enough = self.y.len() >= CASES_PER_COLUMN * columns.len();
            enough_pages && all_teach && enough && forms.n_scores <= MOST_FREE_SCORES
        };
        for columns in forms.free.iter().filter(can_be_free) {
            let toward = |fold: usize| self.dense(&tied_by_fold[fold], &groups, columns);
            let own = self.columns.select(Axis(1), columns);
            let weights = self.counting(&all, 1.0);
            let found = DenseLogistic::held_out(
                own.view(),
                self.y,
                &weights,
                self.folds,
                forms.penalties,
                toward,
            )?;
            let losses = found.iter().map(|(l2, p)| (*l2, self.mean(&self.losses(p)))).collect();
            let penalty = Chosen::among(losses);
            let form = Form::Free { columns: columns.clone(), penalty: penalty.value };
            let chosen = found.into_iter().find(|(l2, _)| *l2 == penalty.value);
            let probabilities = chosen.map(|(_, p)| p).unwrap_or_default();
            tried.push(self.tried(form, probabilities, penalty.tried));
        }
        let best = tried.iter().min_by(|a, b| a.loss.total_cmp(&b.loss)).expect("one at least");
        let near = |tried: &&Tried| {
            tried.loss - best.loss
                <= standard_error(&tried.losses, &best.losses, self.pages, self.weights)
        };
        let chosen = tried.iter().position(|tried| near(&tried)).unwrap_or(0);
        let Tried { form, loss, losses, probabilities, tried } = tried.swap_remove(chosen);
        let (columns, fit, penalty) = match form {
            Form::Tied(groups) => {
                let fitted = self.tied(&groups, &all, design_effect);
                let mut columns: Vec<usize> =
                    groups.iter().flat_map(|&group| group..group + self.k).collect();
                columns.sort_unstable();
                let model = self.dense(&fitted, &groups, &columns);
                let fit =
                    DenseFit { model, linfa_converged: false, convergence: fitted.convergence };
                (columns, fit, Chosen { value: 0.0, tried: vec![(0.0, loss)] })
            }
            Form::Free { columns, penalty } => {
                let toward =
                    self.dense(&self.tied(&groups, &all, design_effect), &groups, &columns);
                let own = self.columns.select(Axis(1), &columns);
                let weights = self.counting(&all, 1.0);
                let fit =
                    DenseLogistic::fit_toward(own.view(), self.y, &weights, &toward, penalty)?;
                (columns, fit, Chosen { value: penalty, tried })
            }
        };
        let held_out = losses.iter().map(|loss| libm::exp(-loss)).enumerate().collect();
        Ok(StageFit { columns, fit, penalty, decision: decide(&probabilities), held_out })
    }
}

/// The standard error of the difference of two mean losses of cases on these pages, with these weights: from page
/// to page, and no less than from case to case, for two or three pages may agree by chance.
pub(super) fn standard_error(a: &[f64], b: &[f64], pages: &[usize], weights: &[f64]) -> f64 {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let by_case = deviation(differences.iter().copied().zip(weights.iter().copied()));
    let n_pages = pages.iter().max().map_or(0, |most| most + 1);
    let mut sums = vec![(0.0, 0.0); n_pages];
    for ((&page, difference), weight) in pages.iter().zip(&differences).zip(weights) {
        sums[page].0 += weight * difference;
        sums[page].1 += weight;
    }
    let by_page = sums.into_iter().filter(|(_, weight)| *weight > 0.0);
    by_case.max(deviation(by_page.map(|(sum, weight)| (sum / weight, weight))))
}

/// The standard error of the weighted mean of some values, each with its weight.
fn deviation(values: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    let all: f64 = values.clone().map(|(_, weight)| weight).sum();
    let mean = values.clone().map(|(value, weight)| value * weight).sum::<f64>() / all;
    let squares: f64 = values.map(|(value, weight)| (weight * (value - mean)).powi(2)).sum();
    (squares * n / (n - 1.0).max(1.0)).sqrt() / all
}

impl StageFit {
    /// A stage that leaves the scores in these columns as they are.
    pub fn that_passes_on(columns: std::ops::Range<usize>) -> Self {
        Self {
            fit: DenseFit::identity(columns.len()),
            columns: columns.collect(),
            penalty: Chosen { value: 0.0, tried: Vec::new() },
            decision: Decision { tau: 0.0, risk: Vec::new(), standing: None },
            held_out: Vec::new(),
        }
    }

    /// The stage itself.
    pub fn stage(&self) -> Stage {
        Stage {
            columns: self.columns.clone(),
            model: self.fit.model.clone(),
            penalty: self.penalty.value,
            decision: self.decision.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many pages of ten cases with two labels; what a page's label is, its cases' are: all, or one in two.
    fn cases_of<R>(n_pages: usize, alike: bool, f: impl FnOnce(&Cases<'_>) -> R) -> R {
        let n = 10 * n_pages;
        let pages: Vec<usize> = (0..n).map(|i| i / 10).collect();
        let y: Vec<usize> = (0..n).map(|i| if alike { i / 10 % 2 } else { i % 2 }).collect();
        let (weights, taught) = (vec![1.0; n], vec![true; n]);
        f(&Cases {
            columns: Array2::zeros((n, 2)),
            y: &y,
            weights: &weights,
            taught: &taught,
            folds: &pages,
            pages: &pages,
            k: 2,
            balanced: true,
            label_weights: &[1.0, 1.0],
        })
    }

    #[test]
    fn cases_of_few_pages_count_as_many_as_they_are_worth() {
        // Ten times the same thing, on four pages of which the mean takes one.
        let effect = cases_of(4, true, |cases| cases.design_effect(0));
        assert!((effect - 10.0 * 4.0 / 3.0).abs() < 1e-9, "{effect}");
        assert!((cases_of(4, false, |cases| cases.design_effect(0)) - 1.0).abs() < 1e-9);
        assert!((cases_of(8, true, |cases| cases.design_effect(0)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_label_without_a_case_keeps_its_bias_however_many_cases_there_are() {
        let bias = |n_pages| {
            cases_of(n_pages, false, |cases| {
                let n = cases.y.len();
                let three = Cases {
                    columns: Array2::zeros((n, 3)),
                    k: 3,
                    label_weights: &[1.0; 3],
                    ..*cases
                };
                three.tied(&[0], &(0..n).collect::<Vec<_>>(), 1.0).bias[2]
                    - three.bias(&(0..n).collect::<Vec<_>>())[2]
            })
        };
        assert_eq!((bias(2), bias(200)), (0.0, 0.0));
    }
}
