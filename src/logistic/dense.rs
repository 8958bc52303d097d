//! Free second stages: linfa-logistic on some tens of dense columns.

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::{
    fitted::{FittedLogisticRegression, Labelled, LogisticRegression},
    objective::softmax,
    solver::Convergence,
};
use crate::{error::Result, matrix::SparseRows};

/// Fits that only choose among penalties need no more than this.
const HELD_OUT_TOLERANCE: f64 = 1e-2;

/// A first fold of so many rows alone chooses the penalty that the other folds are fitted with.
pub(crate) const ENOUGH_FOR_A_RACE: usize = 400;

/// Parameters are multiples of this: 2^-20.
const GRID: f64 = 1.0 / (1 << 20) as f64;

/// Multinomial logistic regression on standardised dense columns: linfa's
/// `MultiLogisticRegression`, its result certified by our own objective.
///
/// linfa's loss takes one maximum for the whole matrix, which is wrong once a row's scores lie 34
/// below it; and it does not say that it ran out of iterations. So its parameters are the start
/// from which our own solver walks to the optimum: no step when linfa was right, all of them when
/// it failed. There the result is rounded, so that it is the same on machines whose dense products
/// differ in the last bit.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseLogistic {
    /// Mean of each column in training.
    pub mean: Vec<f64>,
    /// Standard deviation of each column in training; 1 for a constant one.
    pub scale: Vec<f64>,
    /// Weight of each standardised column for each class: n_columns * k, classes side by side.
    pub weights: Vec<f64>,
    /// One intercept a class.
    pub intercept: Vec<f64>,
}

/// What linfa's fit was worth to a [`DenseLogistic`].
#[derive(Debug, Clone, PartialEq)]
pub struct DenseFit {
    /// The model.
    pub model: DenseLogistic,
    /// Whether linfa returned parameters at all.
    pub linfa_converged: bool,
    /// The way from linfa's parameters to the optimum.
    pub convergence: Convergence,
}

impl DenseFit {
    /// What leaves k columns as they are.
    pub(crate) fn identity(k: usize) -> Self {
        let weights = (0..k * k).map(|at| f64::from(u8::from(at / k == at % k))).collect();
        let (mean, scale, intercept) = (vec![0.0; k], vec![1.0; k], vec![0.0; k]);
        Self {
            model: DenseLogistic { mean, scale, weights, intercept },
            linfa_converged: false,
            convergence: Convergence::at_once(),
        }
    }
}

/// What `of_fold` says of each fold's rows from all others, put together: for each of `n_results` the
/// numbers of all rows, equally many for each. It is called with the fold's number, the rows to learn from and
/// the rows held out.
pub(crate) fn held_out(
    folds: &[usize],
    n_results: usize,
    of_fold: impl Fn(usize, &[usize], &[usize]) -> Vec<Vec<f64>> + Sync,
) -> Vec<Vec<f64>> {
    let n_folds = folds.iter().max().map_or(0, |most| most + 1);
    let by_fold: Vec<(Vec<usize>, Vec<Vec<f64>>)> = (0..n_folds)
        .into_par_iter()
        .map(|fold| {
            let (held, kept) = parted(folds, fold);
            let results = of_fold(fold, &kept, &held);
            (held, results)
        })
        .collect();
    let all = |result: usize| {
        let n: usize = by_fold.iter().map(|(_, results)| results[result].len()).sum();
        let k = n / folds.len().max(1);
        let mut all = vec![0.0; n];
        for (held, results) in &by_fold {
            for (&i, own) in held.iter().zip(results[result].chunks_exact(k)) {
                all[i * k..][..k].copy_from_slice(own);
            }
        }
        all
    };
    (0..n_results).map(all).collect()
}

/// The rows of a fold, and all others.
fn parted(folds: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    (0..folds.len()).partition(|&i| folds[i] == fold)
}

impl DenseLogistic {
    /// Fits n rows, `y` below `n_classes`, with the penalty `l2` (at least 0.1: linfa's loss is
    /// exact only while scores stay small). linfa knows no row weights: where they differ our solver
    /// has further to go.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) if `l2` is not above 0.
    pub fn fit(
        columns: ArrayView2<'_, f64>,
        y: &[usize],
        row_weights: &[f64],
        n_classes: usize,
        l2: f64,
    ) -> Result<DenseFit> {
        let toward = Self::zero(columns.ncols(), n_classes);
        Self::fit_toward(columns, y, row_weights, &toward, l2)
    }

    /// As [`fit`](Self::fit), with the penalty on the distance from the weights of another model of the
    /// same columns.
    pub(crate) fn fit_toward(
        columns: ArrayView2<'_, f64>,
        y: &[usize],
        row_weights: &[f64],
        toward: &Self,
        l2: f64,
    ) -> Result<DenseFit> {
        let (mean, scale) = mean_and_scale(columns);
        let (k, standardised) = (toward.intercept.len(), standardise(columns, &mean, &scale));
        let toward = toward.with_scale(&mean, &scale);

        let start = linfa_parameters(&standardised, y, k, l2);
        let linfa_converged = start.is_some();
        let mut start = start.unwrap_or_else(|| toward.parameters().copied().collect());
        start.iter_mut().zip(toward.parameters()).for_each(|(start, from)| *start -= from);
        let x = as_rows(&standardised);
        let offset = toward.all_scores(columns);
        let data = Labelled { x: &x, y, row_weights, n_classes: k, offset: Some(&offset) };
        let fitted = settled(data, l2, start)?;
        Ok(DenseFit {
            model: toward.plus(&fitted),
            linfa_converged,
            convergence: fitted.convergence().clone(),
        })
    }

    /// What fits on the other folds say of each fold, rows * k, for each penalty (descending) that all folds
    /// tried: if the first fold is large, only that which loses least on it. `toward` gives for a fold the model, made
    /// from the others, whose distance is penalised.
    pub(crate) fn held_out(
        columns: ArrayView2<'_, f64>,
        y: &[usize],
        row_weights: &[f64],
        folds: &[usize],
        penalties: &[f64],
        toward: impl Fn(usize) -> Self + Sync,
    ) -> Result<Vec<(f64, Vec<f64>)>> {
        let settings = LogisticRegression::new().tolerance(HELD_OUT_TOLERANCE).check()?;
        let of_fold = |penalties: &[f64], fold: usize, kept: &[usize], held: &[usize]| {
            let (held_columns, columns) =
                (columns.select(Axis(0), held), columns.select(Axis(0), kept));
            let (mean, scale) = mean_and_scale(columns.view());
            let x = as_rows(&standardise(columns.view(), &mean, &scale));
            let y: Vec<usize> = kept.iter().map(|&i| y[i]).collect();
            let row_weights: Vec<f64> = kept.iter().map(|&i| row_weights[i]).collect();
            let toward = toward(fold).with_scale(&mean, &scale);
            let offset = toward.all_scores(columns.view());
            let n_classes = toward.intercept.len();
            let data = Labelled {
                x: &x,
                y: &y,
                row_weights: &row_weights,
                n_classes,
                offset: Some(&offset),
            };
            let fits = settings.path_from(data, penalties, data.zero(), |_| true);
            let of_fit = |fit: &FittedLogisticRegression| {
                let mut probabilities = toward.plus(fit).all_scores(held_columns.view());
                probabilities.chunks_exact_mut(n_classes).for_each(softmax);
                probabilities
            };
            fits.iter().map(of_fit).collect::<Vec<Vec<f64>>>()
        };
        let mut penalties = penalties.to_vec();
        let (held, kept) = parted(folds, 0);
        if held.len() >= ENOUGH_FOR_A_RACE {
            let loss = |probabilities: &Vec<f64>| -> f64 {
                let k = probabilities.len() / held.len();
                let of_row = |(p, &i): (&[f64], &usize)| {
                    -row_weights[i] * libm::log(p[y[i]].max(f64::MIN_POSITIVE))
                };
                probabilities.chunks_exact(k).zip(&held).map(of_row).sum()
            };
            let found = of_fold(&penalties, 0, &kept, &held);
            let losses: Vec<f64> = found.iter().map(loss).collect();
            let least = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]));
            penalties = least.map(|at| penalties[at]).into_iter().collect();
        }
        let n = penalties.len();
        let all = held_out(folds, n, |fold, kept, held| of_fold(&penalties, fold, kept, held));
        Ok(penalties.iter().copied().zip(all).collect())
    }

    /// One whose scores are all 0.
    fn zero(n_columns: usize, k: usize) -> Self {
        Self {
            mean: vec![0.0; n_columns],
            scale: vec![1.0; n_columns],
            weights: vec![0.0; n_columns * k],
            intercept: vec![0.0; k],
        }
    }

    /// The same scores by columns that are standardised in another way.
    fn with_scale(&self, mean: &Array1<f64>, scale: &Array1<f64>) -> Self {
        let k = self.intercept.len();
        let (mut weights, mut intercept) = (self.weights.clone(), self.intercept.clone());
        for (i, weights) in weights.chunks_exact_mut(k).enumerate() {
            let moved = (mean[i] - self.mean[i]) / self.scale[i];
            for (weight, intercept) in weights.iter_mut().zip(&mut intercept) {
                *intercept += moved * *weight;
                *weight *= scale[i] / self.scale[i];
            }
        }
        Self { mean: mean.to_vec(), scale: scale.to_vec(), weights, intercept }
    }

    /// Weights and intercepts, as the solver has them.
    fn parameters(&self) -> impl Iterator<Item = &f64> {
        self.weights.iter().chain(&self.intercept)
    }

    /// With the parameters of another one, of the same standardised columns, added.
    fn plus(&self, other: &FittedLogisticRegression) -> Self {
        let sum = |own: &[f64], other: &[f64]| own.iter().zip(other).map(|(a, b)| a + b).collect();
        Self {
            weights: sum(&self.weights, other.weights()),
            intercept: sum(&self.intercept, other.intercept()),
            ..self.clone()
        }
    }

    /// The scores of all rows, n * k.
    fn all_scores(&self, columns: ArrayView2<'_, f64>) -> Vec<f64> {
        let k = self.intercept.len();
        let mut scores = vec![0.0; columns.nrows() * k];
        for (row, scores) in columns.rows().into_iter().zip(scores.chunks_exact_mut(k)) {
            self.write_scores(row.iter().copied(), scores);
        }
        scores
    }

    /// The k scores of a row of columns that are not yet standardised.
    pub fn scores(&self, columns: &[f64]) -> Vec<f64> {
        let mut scores = vec![0.0; self.intercept.len()];
        self.write_scores(columns.iter().copied(), &mut scores);
        scores
    }

    /// The same, written to `scores`.
    pub(crate) fn write_scores(&self, columns: impl Iterator<Item = f64>, scores: &mut [f64]) {
        scores.copy_from_slice(&self.intercept);
        for (i, value) in columns.enumerate() {
            let standardised = (value - self.mean[i]) / self.scale[i];
            let weights = &self.weights[i * scores.len()..][..scores.len()];
            scores.iter_mut().zip(weights).for_each(|(score, w)| *score += standardised * w);
        }
    }
}

/// The optimum, reached from `start`, in numbers that do not tell where it was reached from: the
/// intercepts less their mean (softmax does not see it, and nothing penalises it), and everything
/// rounded to a grid that is coarse beside the solver's error and fine beside any probability.
fn settled(data: Labelled<'_>, l2: f64, start: Vec<f64>) -> Result<FittedLogisticRegression> {
    let settings = LogisticRegression::new().l2(l2).tolerance(1e-13).check()?;
    let mut fitted = settings.path_from(data, &[l2], start, |_| true).remove(0);
    let mean = fitted.intercept().iter().sum::<f64>() / data.n_classes as f64;
    let at = fitted.parameters.len() - data.n_classes;
    fitted.parameters[at..].iter_mut().for_each(|intercept| *intercept -= mean);
    fitted.parameters.iter_mut().for_each(|value| *value = (*value / GRID).round() * GRID);
    Ok(fitted)
}

fn mean_and_scale(columns: ArrayView2<'_, f64>) -> (Array1<f64>, Array1<f64>) {
    let n = columns.nrows() as f64;
    let mean = columns.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(columns.ncols()));
    let scale = columns.axis_iter(Axis(1)).zip(&mean).map(|(column, mean)| {
        let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        if variance > 1e-18 { variance.sqrt() } else { 1.0 }
    });
    let scale = scale.collect();
    (mean, scale)
}

/// Rounded to f32, so that linfa and our solver see the same numbers.
fn standardise(
    columns: ArrayView2<'_, f64>,
    mean: &Array1<f64>,
    scale: &Array1<f64>,
) -> Array2<f64> {
    ((&columns - mean) / scale).mapv(|value| f64::from(value as f32))
}

fn as_rows(standardised: &Array2<f64>) -> SparseRows {
    let mut rows = SparseRows::new(standardised.ncols());
    for row in standardised.rows() {
        rows.push((0u32..).zip(row.iter().map(|&value| value as f32)));
    }
    rows
}

/// linfa's optimum in our order of parameters, or nothing if it has none to give.
fn linfa_parameters(
    standardised: &Array2<f64>,
    y: &[usize],
    n_classes: usize,
    l2: f64,
) -> Option<Vec<f64>> {
    let data = DatasetBase::new(standardised.clone(), Array1::from_vec(y.to_vec()));
    let fitted = MultiLogisticRegression::default()
        .alpha(l2)
        .max_iterations(200)
        .gradient_tolerance(1e-7 * y.len() as f64)
        .fit(&data)
        .ok()?;
    // A class without a row keeps zeros: linfa does not know of it.
    let n_columns = standardised.ncols();
    let mut parameters = vec![0.0; (n_columns + 1) * n_classes];
    for (at, &class) in fitted.classes().iter().enumerate() {
        for (column, weights) in fitted.params().rows().into_iter().enumerate() {
            parameters[column * n_classes + class] = weights[at];
        }
        parameters[n_columns * n_classes + class] = fitted.intercept()[at];
    }
    parameters.iter().all(|value| value.is_finite()).then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logistic::objective::{Loss, Objective};
    use proptest::prelude::*;

    fn loss(x: &SparseRows, y: &[usize], parameters: &[f64]) -> f64 {
        let weights = vec![1.0; y.len()];
        let objective = Objective::new(x, y, &weights, 3, 0.5);
        objective.loss(parameters, &objective.scores(parameters))
    }

    /// Folds are dealt for all tasks together: one may hold none of this task's rows.
    #[test]
    fn an_empty_fold_says_nothing_and_breaks_nothing() {
        let n = 2400;
        let value = |(i, j): (usize, usize)| ((i * 7 + j * 3) % 11) as f64;
        let columns = Array2::from_shape_fn((n, 2), value);
        let (y, folds): (Vec<usize>, Vec<usize>) = (0..n).map(|i| (i % 2, 1 + i % 3)).unzip();
        let zero = |_| DenseLogistic::zero(2, 2);
        let found =
            DenseLogistic::held_out(columns.view(), &y, &vec![1.0; n], &folds, &[10.0, 1.0], zero);
        let found = found.unwrap();
        assert!(found.len() == 2 && found.iter().all(|(_, p)| p.len() == 2 * n));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// The two routes agree: linfa's L-BFGS and our Newton-CG reach the same loss.
        #[test]
        fn linfa_and_our_solver_reach_the_same_optimum(
            values in proptest::collection::vec(-2f32..2.0, 40 * 4),
            y in proptest::collection::vec(0usize..3, 37),
        ) {
            let y: Vec<usize> = [0, 1, 2].into_iter().chain(y).collect();
            let dense = Array2::from_shape_vec((40, 4), values).unwrap();
            let mut rows = SparseRows::new(4);
            dense.rows().into_iter().for_each(|row| rows.push((0u32..).zip(row.iter().copied())));
            let linfa = linfa_parameters(&dense.mapv(f64::from), &y, 3, 0.5).expect("linfa converges here");
            let ours = LogisticRegression::new().l2(0.5).tolerance(1e-9).check().unwrap();
            let ours = ours.path(&rows, &y, &vec![1.0; y.len()], 3, &[0.5], |_| true).remove(0);
            let (linfa, ours) = (loss(&rows, &y, &linfa), loss(&rows, &y, &ours.parameters));
            prop_assert!((linfa - ours).abs() <= 1e-8 * ours, "linfa {linfa}, ours {ours}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// Wherever the way begins, it ends in the same bits: linfa's last digits do not matter.
        #[test]
        fn the_result_does_not_tell_where_the_solver_began(
            values in proptest::collection::vec(-2f32..2.0, 60 * 4),
            y in proptest::collection::vec(0usize..3, 57),
            start in proptest::collection::vec(-3f64..3.0, 15),
        ) {
            let y: Vec<usize> = [0, 1, 2].into_iter().chain(y).collect();
            let dense = Array2::from_shape_vec((60, 4), values).unwrap();
            let rows = as_rows(&dense.mapv(f64::from));
            let row_weights = [1.0; 60];
            let data =
                Labelled { x: &rows, y: &y, row_weights: &row_weights, n_classes: 3, offset: None };
            let from = |start: Vec<f64>| settled(data, 1.0, start).unwrap();
            let (zero, other) = (from(vec![0.0; 15]), from(start));
            prop_assert_eq!(zero.parameters, other.parameters);
        }
    }

    #[test]
    fn reaches_the_optimum_where_linfas_own_loss_is_wrong() {
        // Two per cent of the rows lie far out: scores differ by more than 34 between rows.
        let n = 300;
        let columns = Array2::from_shape_fn((n, 3), |(i, j)| {
            let far = if i % 50 == 0 { 100.0 } else { 1.0 };
            far * ((i * (j + 2) + j * j) as f64).sin()
        });
        let y: Vec<usize> = (0..n).map(|i| (i * 7 / 3) % 3).collect();
        let fit = DenseLogistic::fit(columns.view(), &y, &vec![1.0; n], 3, 0.1).unwrap();
        assert!(fit.convergence.relative_gradient < 1e-9, "{:?}", fit.convergence);
    }
}
