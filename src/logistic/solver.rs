//! Truncated Newton: conjugate gradients for the step, halving for its length.

use serde::{Deserialize, Serialize};

use super::objective::Loss;

/// Why a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// The gradient fell below the tolerance: the optimum, for this loss is convex.
    Converged,
    /// The iterations ran out first.
    MaxIterations,
    /// No step lowered the loss any more: the limit of floating point.
    NoProgress,
}

/// How a fit ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Why.
    pub stop: Stop,
    /// Newton steps.
    pub iterations: usize,
    /// Conjugate-gradient steps, in all.
    pub inner_iterations: usize,
    /// The loss at the end, penalty included.
    pub loss: f64,
    /// Largest absolute entry of the gradient at the end, as a share of that at zero parameters.
    pub relative_gradient: f64,
}

impl Convergence {
    /// Where there was nothing to minimise.
    pub(super) fn at_once() -> Self {
        Self {
            stop: Stop::Converged,
            iterations: 0,
            inner_iterations: 0,
            loss: f64::NAN,
            relative_gradient: 0.0,
        }
    }
}

/// Minimises the objective from `start`.
pub(super) fn minimise(
    objective: &impl Loss,
    start: Vec<f64>,
    tolerance: f64,
    max_iterations: usize,
) -> (Vec<f64>, Convergence) {
    let zero = vec![0.0; objective.n_parameters()];
    let scores_of_zero = objective.scores_at(&zero);
    let first = largest(&objective.gradient(&zero, &objective.probabilities(&scores_of_zero)));
    // Where zero is the optimum the gradient there is rounding, and no measure: following it leads
    // astray along the one direction that the loss doesn't see, all intercepts alike.
    let rounding = 1e-14 * objective.loss(&zero, &scores_of_zero);
    let measure = if first > rounding { first } else { rounding / tolerance };
    let mut parameters = start;
    let mut scores = objective.scores_at(&parameters);
    let mut loss = objective.loss(&parameters, &scores);
    let mut inner_iterations = 0;
    let mut iterations = 0;
    let (stop, relative_gradient) = loop {
        let probabilities = objective.probabilities(&scores);
        let gradient = objective.gradient(&parameters, &probabilities);
        let relative = if measure > 0.0 { largest(&gradient) / measure } else { 0.0 };
        if relative <= tolerance {
            break (Stop::Converged, relative);
        }
        if iterations == max_iterations {
            break (Stop::MaxIterations, relative);
        }
        let (step, used) = newton_step(objective, &gradient, &probabilities, relative);
        inner_iterations += used;
        let slope = dot(&gradient, &step);
        let step_scores = objective.scores(&step);
        // Near the optimum the decrease drowns in rounding; allow for that much.
        let rounding = 1e-14 * loss.abs();
        let found = (0..40).map(|halvings| 0.5f64.powi(halvings)).find_map(|length| {
            let trial = along(&parameters, &step, length);
            let trial_scores = along(&scores, &step_scores, length);
            let trial_loss = objective.loss(&trial, &trial_scores);
            (trial_loss <= loss + 1e-4 * length * slope + rounding).then_some((
                trial,
                trial_scores,
                trial_loss,
            ))
        });
        let Some((next, next_scores, next_loss)) = found else {
            break (Stop::NoProgress, relative);
        };
        (parameters, scores, loss) = (next, next_scores, next_loss);
        iterations += 1;
    };
    (parameters, Convergence { stop, iterations, inner_iterations, loss, relative_gradient })
}

/// Solves `H step = -gradient` by conjugate gradients, the more exactly the nearer the optimum.
fn newton_step(
    objective: &impl Loss,
    gradient: &[f64],
    probabilities: &[f64],
    relative_gradient: f64,
) -> (Vec<f64>, usize) {
    let enough = dot(gradient, gradient).sqrt() * relative_gradient.sqrt().min(0.25);
    let mut step = vec![0.0; gradient.len()];
    let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut direction = residual.clone();
    let mut square = dot(&residual, &residual);
    let mut used = 0;
    while square.sqrt() > enough && used < 500 {
        let curved = objective.curvature(&direction, probabilities);
        let bend = dot(&direction, &curved);
        if bend <= f64::MIN_POSITIVE {
            break;
        }
        let length = square / bend;
        // In one go: each of them is longer than what the processor keeps close.
        let mut next_square = 0.0;
        for i in 0..step.len() {
            step[i] += length * direction[i];
            residual[i] -= length * curved[i];
            next_square += residual[i] * residual[i];
        }
        let ratio = next_square / square;
        direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + ratio * *d);
        square = next_square;
        used += 1;
    }
    (step, used)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn along(from: &[f64], step: &[f64], length: f64) -> Vec<f64> {
    from.iter().zip(step).map(|(x, s)| x + length * s).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use linfa::ParamGuard;
    use proptest::prelude::*;

    use crate::{
        logistic::{ClassWeights, LogisticRegression, objective::nb_ratios},
        matrix::SparseRows,
    };

    const COLUMNS: usize = 4;

    /// The problem as a textbook has it: dense rows, one loop after the other, nothing of
    /// `Objective`.
    #[derive(Debug, Clone)]
    struct Plain {
        x: Vec<[f32; COLUMNS]>,
        y: Vec<usize>,
        row_weights: Vec<f64>,
        k: usize,
        l2: f64,
    }

    impl Plain {
        /// The loss at these parameters of the scaled weights, and its gradient.
        fn at(&self, parameters: &[f64], scales: &[f64]) -> (f64, Vec<f64>) {
            let k = self.k;
            let mut loss = 0.0;
            let mut gradient = vec![0.0; parameters.len()];
            for ((x, &y), weight) in self.x.iter().zip(&self.y).zip(&self.row_weights) {
                let score = |class: usize| {
                    let of_column = |j: usize| {
                        f64::from(x[j]) * scales[j * k + class] * parameters[j * k + class]
                    };
                    parameters[COLUMNS * k + class] + (0..COLUMNS).map(of_column).sum::<f64>()
                };
                let powers: Vec<f64> = (0..k).map(|class| score(class).exp()).collect();
                let sum: f64 = powers.iter().sum();
                loss -= weight * (powers[y] / sum).ln();
                for class in 0..k {
                    let residual = powers[class] / sum - f64::from(u8::from(class == y));
                    for j in 0..COLUMNS {
                        gradient[j * k + class] +=
                            weight * residual * f64::from(x[j]) * scales[j * k + class];
                    }
                    gradient[COLUMNS * k + class] += weight * residual;
                }
            }
            for i in 0..COLUMNS * k {
                loss += 0.5 * self.l2 * parameters[i] * parameters[i];
                gradient[i] += self.l2 * parameters[i];
            }
            (loss, gradient)
        }

        /// Gradient descent, each step halved until it is worth half of what its slope promises.
        fn least_loss(&self, scales: &[f64]) -> f64 {
            let mut parameters = vec![0.0; (COLUMNS + 1) * self.k];
            let (mut loss, mut gradient) = self.at(&parameters, scales);
            let square = |gradient: &[f64]| gradient.iter().map(|g| g * g).sum::<f64>();
            let enough = 1e-12 * square(&gradient);
            let mut length = 1.0;
            for _ in 0..500_000 {
                if square(&gradient) <= enough {
                    return loss;
                }
                length *= 2.0;
                (parameters, (loss, gradient)) = loop {
                    let next: Vec<f64> =
                        parameters.iter().zip(&gradient).map(|(p, g)| p - length * g).collect();
                    let found = self.at(&next, scales);
                    if found.0 <= loss - 0.5 * length * square(&gradient) + 1e-14 * loss {
                        break (next, found);
                    }
                    length /= 2.0;
                };
            }
            panic!("the slow way did not arrive");
        }

        fn rows(&self) -> SparseRows {
            let mut rows = SparseRows::new(COLUMNS);
            for x in &self.x {
                rows.push((0u32..).zip(x.iter().copied()).filter(|(_, value)| *value != 0.0));
            }
            rows
        }
    }

    /// Every class has a row: the intercept of one without would fall for ever.
    fn problem() -> impl Strategy<Value = Plain> {
        let value = prop_oneof![Just(0f32), -2f32..2.0];
        let row = (proptest::array::uniform4(value), 0usize..60, 0.1f64..3.0);
        (2usize..=5, proptest::collection::vec(row, 5..25), 0.3f64..3.0).prop_map(
            |(k, rows, l2)| Plain {
                x: rows.iter().map(|row| row.0).collect(),
                y: rows
                    .iter()
                    .enumerate()
                    .map(|(i, row)| if i < k { i } else { row.1 % k })
                    .collect(),
                row_weights: rows.iter().map(|row| row.2).collect(),
                k,
                l2,
            },
        )
    }

    proptest! {
        /// Nothing tells the classes apart, so that each is as probable as its weight.
        #[test]
        fn rows_without_a_value_tell_nothing(counts in proptest::array::uniform3(1usize..12)) {
            let y: Vec<usize> = (0..3).flat_map(|class| vec![class; counts[class]]).collect();
            let mut rows = SparseRows::new(COLUMNS);
            y.iter().for_each(|_| rows.push([]));
            let settings = LogisticRegression::new().class_weights(ClassWeights::Balanced);
            let settings = settings.tolerance(1e-10).check().unwrap();
            let fit = settings.path(&rows, &y, &vec![1.0; y.len()], 3, &[1.0], |_| true).remove(0);
            for p in fit.probabilities(rows.row(0)) {
                prop_assert!((p - 1.0 / 3.0).abs() < 1e-9, "{:?}", fit.convergence());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn newton_and_plain_gradient_descent_reach_the_same_loss(
            plain in problem(),
            with_ratios in any::<bool>(),
        ) {
            let (rows, k) = (plain.rows(), plain.k);
            let scales = match with_ratios {
                true => nb_ratios(&rows, &plain.y, &plain.row_weights, k),
                false => vec![1.0; COLUMNS * k],
            };
            let settings = LogisticRegression::new().nb_ratios(with_ratios).check().unwrap();
            let fit = settings
                .path(&rows, &plain.y, &plain.row_weights, k, &[plain.l2], |_| true)
                .remove(0);
            let slow = plain.least_loss(&scales);
            let fast = fit.convergence().loss;
            prop_assert!((fast - slow).abs() <= 1e-8 * slow, "fast {fast}, slow {slow}");

            // And its weights are those of that loss.
            let ratios = scales.iter().chain(std::iter::repeat(&1.0));
            let unscaled = |(w, scale): (&f64, &f64)| if *scale == 0.0 { 0.0 } else { w / scale };
            let parameters: Vec<f64> = fit.parameters.iter().zip(ratios).map(unscaled).collect();
            let (of_weights, _) = plain.at(&parameters, &scales);
            prop_assert!((of_weights - fast).abs() <= 1e-12 * fast, "{of_weights}, said {fast}");
        }
    }
}
