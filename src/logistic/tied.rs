//! Few parameters for many labels: one slope for all of them, and a bias for each.

use std::ops::Range;

use super::{
    objective::{Loss, softmax},
    solver::{Convergence, minimise},
};

/// The penalty on how far slopes and biases lie from where they start.
const L2: f64 = 1.0;
/// A passage's own scores never count less than this: with few rows chance alone can turn them round, and
/// a model must at least repeat what it was taught.
const LEAST_OWN: f64 = 0.05;
/// The loss is within rounding of its least.
const TOLERANCE: f64 = 1e-9;
const MOST_ITERATIONS: usize = 100;

/// Columns of n rows, row by row, in groups that have one column for each of the k labels. The first
/// group is the passage's own scores.
#[derive(Clone, Copy)]
pub(crate) struct Grouped<'a> {
    pub columns: &'a [f64],
    pub n_groups: usize,
    pub k: usize,
}

impl<'a> Grouped<'a> {
    /// The groups of one row.
    fn of_row(self, row: usize) -> impl Iterator<Item = &'a [f64]> {
        let width = self.n_groups * self.k;
        self.columns[row * width..][..width].chunks_exact(self.k)
    }

    fn n_rows(self) -> usize {
        self.columns.len() / (self.n_groups * self.k)
    }
}

/// Multinomial logistic regression in which a group of columns has one slope for all labels:
///
/// ```text
/// z_l = sum_g slope_g * x_gl  +  bias_l
/// ```
///
/// With the own scores alone this is temperature scaling with a bias for each label. Slopes are penalised for
/// their distance from 1 for the own scores and 0 for all others, biases for theirs from a start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TiedLogistic {
    pub slopes: Vec<f64>,
    pub bias: Vec<f64>,
    pub convergence: Convergence,
}

impl TiedLogistic {
    /// Where a fit starts: the own scores as they are, and the first of the biases.
    pub fn unmoved(n_groups: usize, bias: Vec<f64>) -> Self {
        let mut slopes = vec![0.0; n_groups];
        slopes[0] = 1.0;
        Self { slopes, bias, convergence: Convergence::at_once() }
    }

    /// Fits the slopes and biases; `y` and `row_weights` are those of the rows.
    pub fn fit(rows: Grouped<'_>, y: &[usize], row_weights: &[f64], bias: &[f64]) -> Self {
        let fit = |own: f64, free: Range<usize>| {
            let mut slopes = vec![0.0; rows.n_groups];
            slopes[0] = own;
            let from = Self { slopes, bias: bias.to_vec(), convergence: Convergence::at_once() };
            let offset = from.scores(rows);
            let loss = TiedLoss { rows, free: free.clone(), y, row_weights, offset: &offset };
            let start = vec![0.0; loss.n_parameters()];
            let (moved, convergence) = minimise(&loss, start, TOLERANCE, MOST_ITERATIONS);
            let (of_slopes, of_bias) = moved.split_at(free.len());
            let mut fitted = Self { convergence, ..from };
            fitted.slopes[free].iter_mut().zip(of_slopes).for_each(|(to, by)| *to += by);
            fitted.bias.iter_mut().zip(of_bias).for_each(|(to, by)| *to += by);
            fitted
        };
        let fitted = fit(1.0, 0..rows.n_groups);
        if fitted.slopes[0] < LEAST_OWN { fit(LEAST_OWN, 1..rows.n_groups) } else { fitted }
    }

    /// The scores of all rows, n * k.
    pub fn scores(&self, rows: Grouped<'_>) -> Vec<f64> {
        let mut scores = Vec::with_capacity(rows.n_rows() * rows.k);
        for row in 0..rows.n_rows() {
            let at = scores.len();
            scores.extend_from_slice(&self.bias);
            let own = &mut scores[at..];
            for (group, slope) in rows.of_row(row).zip(&self.slopes) {
                own.iter_mut().zip(group).for_each(|(score, x)| *score += slope * x);
            }
        }
        scores
    }

    /// The probabilities of all rows, n * k.
    pub fn probabilities(&self, rows: Grouped<'_>) -> Vec<f64> {
        let mut scores = self.scores(rows);
        scores.chunks_exact_mut(rows.k).for_each(softmax);
        scores
    }
}

/// The loss, in the distances of the `free` slopes and of all biases from where they start.
struct TiedLoss<'a> {
    rows: Grouped<'a>,
    free: Range<usize>,
    y: &'a [usize],
    row_weights: &'a [f64],
    offset: &'a [f64],
}

impl Loss for TiedLoss<'_> {
    fn n_parameters(&self) -> usize {
        self.free.len() + self.rows.k
    }

    fn rows(&self) -> (&[usize], &[f64], usize) {
        (self.y, self.row_weights, self.rows.k)
    }

    fn scores(&self, parameters: &[f64]) -> Vec<f64> {
        let (slopes, bias) = parameters.split_at(self.free.len());
        let mut all = vec![0.0; self.rows.n_groups];
        all[self.free.clone()].copy_from_slice(slopes);
        let convergence = Convergence::at_once();
        TiedLogistic { slopes: all, bias: bias.to_vec(), convergence }.scores(self.rows)
    }

    fn offset(&self) -> Option<&[f64]> {
        Some(self.offset)
    }

    fn penalty(&self, parameters: &[f64]) -> f64 {
        0.5 * L2 * parameters.iter().map(|p| p * p).sum::<f64>()
    }

    fn back(&self, rows: &[f64], penalised: &[f64]) -> Vec<f64> {
        let mut result: Vec<f64> = penalised.iter().map(|p| L2 * p).collect();
        let (slopes, bias) = result.split_at_mut(self.free.len());
        for (row, of_row) in rows.chunks_exact(self.rows.k).enumerate() {
            let groups = self.rows.of_row(row).skip(self.free.start);
            for (slope, group) in slopes.iter_mut().zip(groups) {
                *slope += group.iter().zip(of_row).map(|(x, r)| x * r).sum::<f64>();
            }
            bias.iter_mut().zip(of_row).for_each(|(sum, r)| *sum += r);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loss(rows: Grouped<'_>, y: &[usize], start: &[f64], fit: &TiedLogistic) -> f64 {
        let p = fit.probabilities(rows);
        let of_rows: f64 = y.iter().enumerate().map(|(i, &y)| -p[i * rows.k + y].ln()).sum();
        let own = (fit.slopes[0] - 1.0).powi(2);
        let others: f64 = fit.slopes[1..].iter().map(|slope| slope * slope).sum();
        let biases: f64 = fit.bias.iter().zip(start).map(|(b, from)| (b - from).powi(2)).sum();
        of_rows + 0.5 * L2 * (own + others + biases)
    }

    proptest! {
        /// No step along any parameter lowers the loss, written here as the formula has it.
        #[test]
        fn the_fit_is_the_optimum(
            columns in proptest::collection::vec(-3f64..3.0, 20 * 6),
            y in proptest::collection::vec(0usize..3, 20),
        ) {
            let rows = Grouped { columns: &columns, n_groups: 2, k: 3 };
            let start = [0.0, -1.0, 0.5];
            let fit = TiedLogistic::fit(rows, &y, &[1.0; 20], &start);
            let least = loss(rows, &y, &start, &fit);
            for at in 0..5 {
                for step in [-1e-3, 1e-3] {
                    let mut other = fit.clone();
                    match at {
                        0 | 1 => other.slopes[at] += step,
                        _ => other.bias[at - 2] += step,
                    }
                    let in_range = other.slopes[0] >= LEAST_OWN;
                    prop_assert!(!in_range || loss(rows, &y, &start, &other) > least - 1e-9);
                }
            }
            prop_assert!(fit.slopes[0] >= LEAST_OWN);
        }
    }
}
