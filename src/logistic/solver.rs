//! Truncated Newton: conjugate gradients for the step, halving for its length.

use serde::{Deserialize, Serialize};

use super::objective::Objective;

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

/// Minimises the objective from `start`.
pub(super) fn minimise(
    objective: &Objective<'_>,
    start: Vec<f64>,
    tolerance: f64,
    max_iterations: usize,
) -> (Vec<f64>, Convergence) {
    let zero = vec![0.0; objective.n_parameters()];
    let first =
        largest(&objective.gradient(&zero, &objective.probabilities(&objective.scores(&zero))));
    let mut parameters = start;
    let mut scores = objective.scores(&parameters);
    let mut loss = objective.loss(&parameters, &scores);
    let mut inner_iterations = 0;
    let mut iterations = 0;
    let (stop, relative_gradient) = loop {
        let probabilities = objective.probabilities(&scores);
        let gradient = objective.gradient(&parameters, &probabilities);
        let relative = if first > 0.0 { largest(&gradient) / first } else { 0.0 };
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
    objective: &Objective<'_>,
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
        for i in 0..step.len() {
            step[i] += length * direction[i];
            residual[i] -= length * curved[i];
        }
        let next_square = dot(&residual, &residual);
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
