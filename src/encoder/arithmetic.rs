//! What is between the products of matrices: in place, in single precision, with the widest vectors that the
//! processor has. Every sum has one order and nothing is fused, so that the width does not show.

// What is not inlined into the closure of a dispatch is compiled for the plainest processor.
#![allow(clippy::inline_always)]

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result, Tensor, bail};
use pulp::Arch;

/// Sums and maxima run in so many lanes, whatever the processor.
const LANES: usize = 16;

/// What stands between the two products of a feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// x Phi(x), by the error function.
    Gelu,
    /// The same, by a hyperbolic tangent.
    GeluTanh,
    Relu,
}

/// x W + b.
pub(super) struct Linear {
    pub weight: Tensor,
    pub bias: Vec<f32>,
}

/// x = activation(x + bias), row by row.
pub(super) struct BiasThen<'a> {
    pub bias: &'a [f32],
    pub activation: Option<Activation>,
}

/// x = norm(x + bias + other), row by row.
pub(super) struct AddThenNorm<'a> {
    pub bias: &'a [f32],
    pub norm: &'a Norm,
}

/// Layer normalisation.
pub(super) struct Norm {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    pub epsilon: f32,
}

/// x = softmax(scale x + bias), over the last of three dimensions: heads, from, to.
pub(super) struct Softmax<'a> {
    pub scale: f32,
    /// The bias of each head by how far `to` is behind `from`.
    pub distance: Option<&'a Distances>,
    /// The first head of these.
    pub head: usize,
}

/// A number for each head and distance from -reach to +reach.
pub(super) struct Distances {
    pub reach: usize,
    pub of_head: Vec<Vec<f32>>,
}

impl Linear {
    pub fn map(&self, x: &Tensor, activation: Option<Activation>) -> Result<Tensor> {
        let y = x.matmul(&self.weight)?;
        y.inplace_op1(&BiasThen { bias: &self.bias, activation })?;
        Ok(y)
    }
}

impl InplaceOp1 for BiasThen<'_> {
    fn name(&self) -> &'static str {
        "bias"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let x = whole_mut(storage, layout)?;
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for row in x.chunks_exact_mut(self.bias.len()) {
                    match self.activation {
                        None => add(row, self.bias, |x| x),
                        Some(Activation::Gelu) => add(row, self.bias, gelu),
                        Some(Activation::GeluTanh) => add(row, self.bias, gelu_tanh),
                        Some(Activation::Relu) => add(row, self.bias, |x| x.max(0.0)),
                    }
                }
            },
        );
        Ok(())
    }
}

impl InplaceOp2 for AddThenNorm<'_> {
    fn name(&self) -> &'static str {
        "norm"
    }

    fn cpu_fwd(
        &self,
        storage: &mut CpuStorage,
        layout: &Layout,
        other: &CpuStorage,
        other_layout: &Layout,
    ) -> Result<()> {
        let x = whole_mut(storage, layout)?;
        let other = whole(other, other_layout)?;
        let width = self.norm.gamma.len();
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let rows = x.chunks_exact_mut(width).zip(other.chunks_exact(width));
                for (row, other) in rows {
                    for ((x, bias), other) in row.iter_mut().zip(self.bias).zip(other) {
                        *x = (*x + bias) + other;
                    }
                    self.norm.apply(row);
                }
            },
        );
        Ok(())
    }
}

impl InplaceOp1 for Softmax<'_> {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (_, from, to) = layout.shape().dims3()?;
        let x = whole_mut(storage, layout)?;
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (i, row) in x.chunks_exact_mut(to).enumerate() {
                    if let Some(distances) = self.distance {
                        let of_head = &distances.of_head[self.head + i / from];
                        let bias = &of_head[distances.reach - i % from..];
                        for (x, bias) in row.iter_mut().zip(bias) {
                            *x = *x * self.scale + bias;
                        }
                    } else {
                        row.iter_mut().for_each(|x| *x *= self.scale);
                    }
                    softmax(row);
                }
            },
        );
        Ok(())
    }
}

/// The numbers of a tensor that lies in one piece.
fn whole<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) => Ok(&all[from..to]),
        _ => bail!("single precision in one piece is expected"),
    }
}

fn whole_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) => Ok(&mut all[from..to]),
        _ => bail!("single precision in one piece is expected"),
    }
}

impl Norm {
    #[inline(always)]
    fn apply(&self, row: &mut [f32]) {
        let n = row.len() as f32;
        let mean = sum(row, |x| x) / n;
        let variance = sum(row, |x| (x - mean) * (x - mean)) / n;
        let scale = 1.0 / (variance + self.epsilon).sqrt();
        for ((x, gamma), beta) in row.iter_mut().zip(&self.gamma).zip(&self.beta) {
            *x = (*x - mean) * scale * gamma + beta;
        }
    }
}

#[inline(always)]
fn add(row: &mut [f32], bias: &[f32], then: impl Fn(f32) -> f32) {
    for (x, bias) in row.iter_mut().zip(bias) {
        *x = then(*x + bias);
    }
}

/// A sum in lanes, which are then added two by two.
#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += of(*x);
        }
    }
    for (lane, x) in lanes.iter_mut().zip(rest) {
        *lane += of(*x);
    }
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0]
}

#[inline(always)]
fn softmax(row: &mut [f32]) {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x > *lane { *x } else { *lane };
        }
    }
    let most = rest.iter().chain(&lanes).fold(f32::NEG_INFINITY, |most, x| x.max(most));
    row.iter_mut().for_each(|x| *x = exp(*x - most));
    let scale = 1.0 / sum(row, |x| x);
    row.iter_mut().for_each(|x| *x *= scale);
}

/// exp(x) to some units in the last place, from about -87 to 87, by Cephes' `expf`.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding it leaves a whole number in the last bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let x = (x - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * x + 1.398_2e-3;
    let p = p * x + 8.333_452e-3;
    let p = p * x + 4.166_579_6e-2;
    let p = p * x + 1.666_666_5e-1;
    let p = p * x + 0.5;
    let p = p * (x * x) + x + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
    p * f32::from_bits(exponent << 23)
}

/// The error function to 4e-7 (six units in the last place below one), as Eigen and XLA have it: a quotient of polynomials.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let y = x * x;
    let p = -2.726_142_3e-10;
    let p = p * y + 2.770_681_4e-8;
    let p = p * y - 2.101_024e-6;
    let p = p * y - 5.692_506_5e-5;
    let p = p * y - 7.349_906_3e-4;
    let p = p * y - 2.954_6e-3;
    let p = p * y - 1.609_603_3e-2;
    let q = -1.456_607_2e-5;
    let q = q * y - 2.133_740_6e-4;
    let q = q * y - 1.682_827e-3;
    let q = q * y - 7.373_329_2e-3;
    let q = q * y - 1.426_473_9e-2;
    x * p / q
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * FRAC_1_SQRT_2))
}

#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    // 1 + tanh(u) = 2 - 2 / (exp(2u) + 1)
    let u = 0.797_884_6 * (x + 0.044_715 * x * x * x);
    x * (1.0 - 1.0 / (exp(2.0 * u) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> impl Iterator<Item = f32> {
        (-80_000..=80_000i32).map(|i| i as f32 * 1e-3)
    }

    /// Against libm, from somebody else's code.
    #[test]
    fn functions_are_those_of_libm() {
        for x in grid() {
            let wide = f64::from(x);
            assert!((f64::from(exp(x)) / libm::exp(wide) - 1.0).abs() < 3e-7, "exp {x}");
            assert!((f64::from(erf(x)) - libm::erf(wide)).abs() < 4e-7, "erf {x}");
            let phi = 0.5 * (1.0 + libm::erf(wide / std::f64::consts::SQRT_2));
            let close = 3e-7 * wide.abs().max(1.0);
            assert!((f64::from(gelu(x)) - wide * phi).abs() < close, "gelu {x}");
            let u = (2.0 / std::f64::consts::PI).sqrt() * (wide + 0.044_715 * wide.powi(3));
            let tanh = 0.5 * wide * (1.0 + libm::tanh(u));
            assert!((f64::from(gelu_tanh(x)) - tanh).abs() < close, "tanh {x}");
        }
    }

    #[test]
    fn a_softmax_sums_to_one_and_keeps_order_at_any_length() {
        for n in 1..70u16 {
            let before: Vec<f32> = (0..n).map(|i| f32::from(i * 37 % 11)).collect();
            let mut row = before.clone();
            softmax(&mut row);
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            let total: f64 = before.iter().map(|&x| f64::from(x).exp()).sum();
            for (x, p) in before.iter().zip(&row) {
                assert!((f64::from(*x).exp() / total - f64::from(*p)).abs() < 1e-6);
            }
        }
    }
}
