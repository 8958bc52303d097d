//! The loss, its gradient and its curvature, written once. Knows neither text nor labels.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::matrix::SparseRows;

/// Rows or columns that a thread takes at a time.
const BATCH: usize = 256;

/// L2-regularised multinomial logistic regression over n rows, d columns and k classes:
///
/// ```text
/// z_i   = W' x_i + b                                        (k scores of row i)
/// f     = sum_i  w_i (logsumexp(z_i) - z_i[y_i])  +  l2 / 2 |W|^2
/// ```
///
/// The intercept b is not penalised. A sum, not a mean, over the rows: scikit-learn's `C` is
/// `1 / l2` (for two classes `2 / l2`: its model has one column of weights, ours has two);
/// LIBLINEAR's `C` is the same, but it penalises the bias where one is used.
///
/// With scales R (d * k) the weights are `W = R * V`, entry by entry, and V is penalised in place
/// of W; the parameters are then those of V. [`nb_ratios`] gives the scales of Wang and Manning.
///
/// Parameters and gradients are `(d + 1) * k` numbers: W feature by feature, each with its k
/// classes side by side, then b.
///
/// Every sum is taken in one fixed order, so that the number of threads changes no bit; `exp` and
/// `ln` are computed in software, so that the machine changes none either.
pub(super) struct Objective<'a> {
    x: &'a SparseRows,
    by_column: SparseRows,
    y: &'a [usize],
    row_weights: &'a [f64],
    scales: Option<&'a [f64]>,
    offset: Option<&'a [f64]>,
    k: usize,
    l2: f64,
}

/// A loss of labelled rows whose scores are linear in the parameters, with a quadratic penalty: all that
/// the solver sees.
pub(super) trait Loss: Sync {
    /// Number of parameters.
    fn n_parameters(&self) -> usize;

    /// The class of each row, its weight, and the number of classes k.
    fn rows(&self) -> (&[usize], &[f64], usize);

    /// What the parameters add to the scores of all rows, n * k.
    fn scores(&self, parameters: &[f64]) -> Vec<f64>;

    /// The scores of all rows at zero parameters, n * k; nothing if they are 0.
    fn offset(&self) -> Option<&[f64]> {
        None
    }

    /// The penalty on the parameters.
    fn penalty(&self, parameters: &[f64]) -> f64;

    /// The transpose of [`scores`](Self::scores) times `rows`, plus the gradient of the penalty at
    /// `penalised`.
    fn back(&self, rows: &[f64], penalised: &[f64]) -> Vec<f64>;

    /// The scores of all rows at these parameters.
    fn scores_at(&self, parameters: &[f64]) -> Vec<f64> {
        let mut scores = self.scores(parameters);
        if let Some(offset) = self.offset() {
            scores.iter_mut().zip(offset).for_each(|(score, from)| *score += from);
        }
        scores
    }

    /// The loss, penalty included.
    fn loss(&self, parameters: &[f64], scores: &[f64]) -> f64 {
        let (y, row_weights, k) = self.rows();
        let mut loss = 0.0;
        for ((scores, &y), &weight) in scores.chunks_exact(k).zip(y).zip(row_weights) {
            loss += weight * (log_sum_exp(scores) - scores[y]);
        }
        loss + self.penalty(parameters)
    }

    /// The probabilities of all rows, n * k.
    fn probabilities(&self, scores: &[f64]) -> Vec<f64> {
        let mut probabilities = scores.to_vec();
        probabilities.par_chunks_mut(self.rows().2).with_min_len(BATCH).for_each(softmax);
        probabilities
    }

    /// The gradient of the loss.
    fn gradient(&self, parameters: &[f64], probabilities: &[f64]) -> Vec<f64> {
        let (y, row_weights, k) = self.rows();
        let mut residuals = probabilities.to_vec();
        for ((row, &y), &weight) in residuals.chunks_exact_mut(k).zip(y).zip(row_weights) {
            row[y] -= 1.0;
            row.iter_mut().for_each(|r| *r *= weight);
        }
        self.back(&residuals, parameters)
    }

    /// The Hessian times `direction`.
    fn curvature(&self, direction: &[f64], probabilities: &[f64]) -> Vec<f64> {
        let (_, row_weights, k) = self.rows();
        let mut rows = self.scores(direction);
        rows.par_chunks_mut(k)
            .zip(probabilities.par_chunks(k))
            .zip(row_weights)
            .with_min_len(BATCH)
            .for_each(|((z, p), &weight)| {
                let mean: f64 = z.iter().zip(p).map(|(z, p)| z * p).sum();
                z.iter_mut().zip(p).for_each(|(z, p)| *z = weight * p * (*z - mean));
            });
        self.back(&rows, direction)
    }
}

impl<'a> Objective<'a> {
    pub fn new(
        x: &'a SparseRows,
        y: &'a [usize],
        row_weights: &'a [f64],
        k: usize,
        l2: f64,
    ) -> Self {
        debug_assert!(y.len() == x.n_rows() && row_weights.len() == y.len());
        Self { x, by_column: x.transposed(), y, row_weights, scales: None, offset: None, k, l2 }
    }

    /// The same data with weights that are scaled, or not.
    pub fn with_scales(self, scales: Option<&'a [f64]>) -> Self {
        Self { scales, ..self }
    }

    /// The same data with scores of all rows, n * k, to which those of the parameters are added.
    pub fn with_offset(self, offset: Option<&'a [f64]>) -> Self {
        Self { offset, ..self }
    }

    /// The same data under another penalty.
    pub fn with_l2(self, l2: f64) -> Self {
        Self { l2, ..self }
    }

    /// The weights and intercepts that these parameters stand for.
    pub fn unscaled<'p>(&self, parameters: &'p [f64]) -> Cow<'p, [f64]> {
        let Some(scales) = self.scales else { return Cow::Borrowed(parameters) };
        let mut weights = parameters.to_vec();
        weights.iter_mut().zip(scales).for_each(|(weight, scale)| *weight *= scale);
        Cow::Owned(weights)
    }
}

impl Loss for Objective<'_> {
    fn n_parameters(&self) -> usize {
        (self.x.n_columns() + 1) * self.k
    }

    fn rows(&self) -> (&[usize], &[f64], usize) {
        (self.y, self.row_weights, self.k)
    }

    fn scores(&self, parameters: &[f64]) -> Vec<f64> {
        let k = self.k;
        let parameters = self.unscaled(parameters);
        let mut scores = vec![0.0; self.x.n_rows() * k];
        scores.par_chunks_mut(k).with_min_len(BATCH).enumerate().for_each(|(i, scores)| {
            row_scores(self.x.row(i), &parameters, scores);
        });
        scores
    }

    fn offset(&self) -> Option<&[f64]> {
        self.offset
    }

    fn penalty(&self, parameters: &[f64]) -> f64 {
        let weights = &parameters[..self.x.n_columns() * self.k];
        0.5 * self.l2 * weights.iter().map(|w| w * w).sum::<f64>()
    }

    /// `X' rows + l2 * penalised`, and for the intercept the sum of the rows.
    fn back(&self, rows: &[f64], penalised: &[f64]) -> Vec<f64> {
        let k = self.k;
        let mut result = vec![0.0; self.n_parameters()];
        let (weights, intercept) = result.split_at_mut(self.x.n_columns() * k);
        weights.par_chunks_mut(k).with_min_len(BATCH).enumerate().for_each(|(column, sums)| {
            add_multiples(self.by_column.row(column), rows, sums);
            let of_column = column * k..(column + 1) * k;
            if let Some(scales) = self.scales {
                let scales = &scales[of_column.clone()];
                sums.iter_mut().zip(scales).for_each(|(sum, scale)| *sum *= scale);
            }
            let penalised = &penalised[of_column];
            sums.iter_mut().zip(penalised).for_each(|(sum, w)| *sum += self.l2 * w);
        });
        for row in rows.chunks_exact(k) {
            intercept.iter_mut().zip(row).for_each(|(sum, r)| *sum += r);
        }
        result
    }
}

/// The log-count ratios of Wang and Manning (2012), each class against all others, d * k:
///
/// ```text
/// r(t, c) = ln( (1 + n(t, c)) / sum_t (1 + n(t, c)) )  -  the same over the rows of other classes
/// ```
///
/// n(t, c) counts the rows of class c that hold term t, by their weights.
pub(super) fn nb_ratios(x: &SparseRows, y: &[usize], row_weights: &[f64], k: usize) -> Vec<f64> {
    let mut counts = vec![0.0; x.n_columns() * k];
    for (i, (&class, &weight)) in y.iter().zip(row_weights).enumerate() {
        x.row(i).0.iter().for_each(|&column| counts[column as usize * k + class] += weight);
    }
    let mut totals = vec![x.n_columns() as f64; k];
    let mut others = totals.clone();
    for of_term in counts.chunks_exact(k) {
        let all: f64 = of_term.iter().sum();
        for class in 0..k {
            totals[class] += of_term[class];
            others[class] += all - of_term[class];
        }
    }
    let mut ratios = counts;
    for of_term in ratios.chunks_exact_mut(k) {
        let all: f64 = of_term.iter().sum();
        for class in 0..k {
            let (own, other) = (1.0 + of_term[class], 1.0 + all - of_term[class]);
            of_term[class] = libm::log(own / totals[class]) - libm::log(other / others[class]);
        }
    }
    ratios
}

/// The k scores of one sparse row.
pub(super) fn row_scores(row: (&[u32], &[f32]), parameters: &[f64], out: &mut [f64]) {
    out.copy_from_slice(&parameters[parameters.len() - out.len()..]);
    add_multiples(row, parameters, out);
}

/// Adds to the k sums each value times the k numbers that lie at its index in `dense`.
fn add_multiples(sparse: (&[u32], &[f32]), dense: &[f64], sums: &mut [f64]) {
    // Where k is known to the compiler the sums stay in registers: half the time.
    match sums.len() {
        2 => add_multiples_of::<2>(sparse, dense, sums),
        3 => add_multiples_of::<3>(sparse, dense, sums),
        4 => add_multiples_of::<4>(sparse, dense, sums),
        k => {
            for (&at, &value) in sparse.0.iter().zip(sparse.1) {
                let entry = &dense[at as usize * k..][..k];
                sums.iter_mut().zip(entry).for_each(|(sum, x)| *sum += f64::from(value) * x);
            }
        }
    }
}

fn add_multiples_of<const K: usize>(
    (indices, values): (&[u32], &[f32]),
    dense: &[f64],
    sums: &mut [f64],
) {
    let (entries, _) = dense.as_chunks::<K>();
    let mut own = [0.0; K];
    own.copy_from_slice(sums);
    for (&at, &value) in indices.iter().zip(values) {
        let (entry, value) = (&entries[at as usize], f64::from(value));
        for class in 0..K {
            own[class] += value * entry[class];
        }
    }
    sums.copy_from_slice(&own);
}

/// ln of the sum of exponentials, safe for scores of any size: the row's own maximum is taken out.
fn log_sum_exp(scores: &[f64]) -> f64 {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + libm::log(scores.iter().map(|&z| libm::exp(z - most)).sum())
}

/// Scores to probabilities, in place: exp(z - max) / sum. Never fails; sums to 1.
pub(crate) fn softmax(scores: &mut [f64]) {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for z in scores.iter_mut() {
        *z = libm::exp(*z - most);
        sum += *z;
    }
    scores.iter_mut().for_each(|p| *p /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows, classes and weights of a small problem, and a point in its parameter space.
    fn problem() -> impl Strategy<Value = (SparseRows, Vec<usize>, Vec<f64>, Vec<f64>)> {
        let row = proptest::collection::btree_map(0u32..4, -2f32..2., 0..4);
        let rows = proptest::collection::vec((row, 0usize..3, 0.1f64..3.0), 1..8);
        (rows, proptest::collection::vec(-2.0..2.0, 15)).prop_map(|(rows, point)| {
            let mut x = SparseRows::new(4);
            let (mut y, mut weights) = (Vec::new(), Vec::new());
            for (row, class, weight) in rows {
                x.push(row);
                y.push(class);
                weights.push(weight);
            }
            (x, y, weights, point)
        })
    }

    fn loss_at(f: &Objective<'_>, point: &[f64]) -> f64 {
        f.loss(point, &f.scores(point))
    }

    fn gradient_at(f: &Objective<'_>, point: &[f64]) -> Vec<f64> {
        f.gradient(point, &f.probabilities(&f.scores(point)))
    }

    fn moved(point: &[f64], direction: &[f64], step: f64) -> Vec<f64> {
        point.iter().zip(direction).map(|(p, d)| p + step * d).collect()
    }

    proptest! {
        #[test]
        fn gradient_equals_finite_differences((x, y, weights, point) in problem()) {
            let f = Objective::new(&x, &y, &weights, 3, 0.7);
            let gradient = gradient_at(&f, &point);
            for i in 0..point.len() {
                let mut axis = vec![0.0; point.len()];
                axis[i] = 1.0;
                let difference =
                    (loss_at(&f, &moved(&point, &axis, 1e-5)) - loss_at(&f, &moved(&point, &axis, -1e-5))) / 2e-5;
                prop_assert!((gradient[i] - difference).abs() < 1e-6 * (1.0 + difference.abs()));
            }
        }

        #[test]
        fn curvature_equals_differences_of_the_gradient((x, y, weights, point) in problem()) {
            let f = Objective::new(&x, &y, &weights, 3, 0.7);
            let direction: Vec<f64> = (0..point.len()).map(|i| (i as f64 * 0.9).sin()).collect();
            let curvature = f.curvature(&direction, &f.probabilities(&f.scores(&point)));
            let (ahead, behind) =
                (gradient_at(&f, &moved(&point, &direction, 1e-5)), gradient_at(&f, &moved(&point, &direction, -1e-5)));
            for i in 0..point.len() {
                let difference = (ahead[i] - behind[i]) / 2e-5;
                prop_assert!((curvature[i] - difference).abs() < 1e-6 * (1.0 + difference.abs()));
            }
        }

        /// A row of weight 2 is the row twice.
        #[test]
        fn weight_two_equals_two_copies((x, y, weights, point) in problem()) {
            let mut twice = SparseRows::new(4);
            let mut classes = Vec::new();
            for i in (0..x.n_rows()).chain(0..x.n_rows()) {
                let (columns, values) = x.row(i);
                twice.push(columns.iter().copied().zip(values.iter().copied()));
                classes.push(y[i]);
            }
            let copies: Vec<f64> = weights.iter().chain(&weights).copied().collect();
            let doubled: Vec<f64> = weights.iter().map(|w| 2.0 * w).collect();
            let one = loss_at(&Objective::new(&x, &y, &doubled, 3, 0.7), &point);
            let two = loss_at(&Objective::new(&twice, &classes, &copies, 3, 0.7), &point);
            prop_assert!((one - two).abs() < 1e-9 * (1.0 + one.abs()));
        }
    }

    proptest! {
        /// The loops for 2, 3 and 4 classes and the one for any number take the same sums: one class
        /// more, of zeros, changes none of the others.
        #[test]
        fn a_class_of_zeros_changes_no_sum(
            values in proptest::collection::btree_map(0u32..6, -2f32..2., 0..6),
            dense in proptest::collection::vec(-2f64..2.0, 6 * 5),
            start in proptest::collection::vec(-2f64..2.0, 5),
        ) {
            let (columns, values): (Vec<u32>, Vec<f32>) = values.into_iter().unzip();
            let sums_of = |k: usize, of_zeros: usize| {
                let padded = |entry: &[f64]| {
                    entry[..k].iter().copied().chain(std::iter::repeat_n(0.0, of_zeros)).collect()
                };
                let dense: Vec<Vec<f64>> = dense.chunks_exact(5).map(padded).collect();
                let mut sums: Vec<f64> = padded(&start);
                add_multiples((&columns, &values), &dense.concat(), &mut sums);
                sums.truncate(k);
                sums
            };
            for k in 1..5 {
                prop_assert_eq!(sums_of(k, 0), sums_of(k, 1));
                prop_assert_eq!(sums_of(k, 0), sums_of(k, 5 - k));
            }
        }
    }

    #[derive(serde::Deserialize)]
    struct Reference {
        x: Vec<Vec<f32>>,
        y: Vec<usize>,
        row_weights: Vec<f64>,
        n_classes: usize,
        ratios: Vec<Vec<f64>>,
    }

    /// Made by tests/fixtures/reference/make.py.
    #[test]
    fn log_count_ratios_equal_numpys() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reference/nb_logistic.json");
        let cases: Vec<Reference> =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for case in cases {
            let mut rows = SparseRows::new(case.ratios.len());
            for row in &case.x {
                rows.push((0u32..).zip(row.iter().copied()).filter(|(_, value)| *value != 0.0));
            }
            let found = nb_ratios(&rows, &case.y, &case.row_weights, case.n_classes);
            let expected = case.ratios.concat();
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
        }
    }

    #[test]
    fn rows_far_below_the_largest_score_keep_their_loss() {
        // One maximum for the whole matrix would lose the second row.
        assert!(
            (log_sum_exp(&[-1000.0, -1001.0]) - (-1000.0 + (1.0 + (-1f64).exp()).ln())).abs()
                < 1e-12
        );
        let mut row = [-1000.0, -1001.0];
        softmax(&mut row);
        assert!((row[0] - 1.0 / (1.0 + (-1f64).exp())).abs() < 1e-12);
    }
}
