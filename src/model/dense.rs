//! Base classifiers of dense columns: numbers and vectors that stand beside the text.

use crate::{
    corpus::{Dense, DenseSource, Passages},
    matrix::{DenseRows, SparseRows},
};

/// A number that lies further from the mean than so many standard deviations counts as if it lay there: one page
/// that went around the world decides nothing.
const MOST_DEVIATIONS: f32 = 5.0;

/// How the columns of a block are brought to one scale: `(value - mean) * scale`. A missing number is the mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scaling {
    pub mean: Vec<f32>,
    pub scale: Vec<f32>,
    /// No value is further from 0 than this.
    pub most: f32,
}

impl Scaling {
    /// From some rows of a block. Rows have a mean square of 1 then, as rows of tf-idf have. Numbers are measured
    /// in their own standard deviations; the columns of a vector keep what they are to each other.
    pub fn of(block: &Dense, rows: &[usize]) -> Self {
        let width = block.rows.n_columns();
        let moments: Vec<(f64, f64)> =
            (0..width).map(|column| moments(&block.rows, rows, column)).collect();
        let inverse = |of: f64| if of > 0.0 { (1.0 / of) as f32 } else { 0.0 };
        let (scale, most) = match block.source {
            DenseSource::Numbers(_) => {
                let root = (width as f64).sqrt();
                let scale = moments.iter().map(|(_, variance)| inverse(variance.sqrt() * root));
                (scale.collect(), MOST_DEVIATIONS / root as f32)
            }
            DenseSource::Vectors(_) | DenseSource::Encoder(_) => {
                let all: f64 = moments.iter().map(|(_, variance)| variance).sum();
                (vec![inverse(all.sqrt()); width], MOST_DEVIATIONS)
            }
        };
        Self { mean: moments.iter().map(|(mean, _)| *mean as f32).collect(), scale, most }
    }

    /// The values of a row that are not 0, by column.
    pub fn values<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = (u32, f32)> + 'a {
        let of_column = move |(column, value): (usize, &f32)| {
            let scaled = (value - self.mean[column]) * self.scale[column];
            // What is missing, NaN, is kept out as 0 is.
            let scaled = scaled.clamp(-self.most, self.most);
            (scaled.abs() > 0.0).then_some((column as u32, scaled))
        };
        row.iter().enumerate().filter_map(of_column)
    }

    /// Some rows of a block.
    pub fn rows(&self, block: &Dense, rows: &[usize]) -> SparseRows {
        let mut scaled = SparseRows::new(self.mean.len());
        rows.iter().for_each(|&row| scaled.push(self.values(block.rows.row(row))));
        scaled
    }
}

/// Mean and variance of what is not missing.
fn moments(of: &DenseRows, rows: &[usize], column: usize) -> (f64, f64) {
    let values = || {
        let values = rows.iter().map(|&row| f64::from(of.row(row)[column]));
        values.filter(|value| !value.is_nan())
    };
    let n = values().count().max(1) as f64;
    let mean = values().sum::<f64>() / n;
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    // What differs by rounding alone does not differ.
    let rounding = f64::from(f32::EPSILON) * mean.abs();
    (mean, if variance.sqrt() > rounding { variance } else { 0.0 })
}

/// The base classifiers of all tasks of one block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DenseClassifiers {
    pub source: DenseSource,
    pub scaling: Scaling,
    /// `n_columns * n_scores`, a column's weights side by side; 0 for the labels of tasks that do without.
    pub weights: Vec<f32>,
}

impl DenseClassifiers {
    /// The weights of one column.
    pub fn of_column(&self, column: u32) -> &[f32] {
        let n_scores = self.weights.len() / self.scaling.mean.len();
        &self.weights[column as usize * n_scores..][..n_scores]
    }

    /// Adds what a row says to the scores of all tasks. Whether it says anything.
    pub fn add(&self, row: &[f32], scores: &mut [f64]) -> bool {
        let mut any = false;
        for (column, value) in self.scaling.values(row) {
            any = true;
            for (score, &weight) in scores.iter_mut().zip(self.of_column(column)) {
                *score += f64::from(value) * f64::from(weight);
            }
        }
        any
    }
}

/// Adds what stands beside a passage's text to the scores of all tasks. Whether anything does.
pub(crate) fn add_dense(
    classifiers: &[DenseClassifiers],
    passages: &Passages<'_>,
    row: usize,
    scores: &mut [f64],
) -> bool {
    let mut any = false;
    for own in classifiers {
        let block = passages.dense().iter().find(|block| block.source == own.source);
        any |= block.is_some_and(|block| own.add(block.rows.row(row), scores));
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(source: DenseSource, width: usize, values: &[f32]) -> Dense {
        Dense { source, rows: DenseRows::new(width, values.to_vec()) }
    }

    #[test]
    fn numbers_are_measured_in_their_own_deviations() {
        let source = DenseSource::Numbers(vec!["a".into(), "b".into()]);
        let block = block(source, 2, &[1.0, 100.0, 3.0, 300.0, f32::NAN, 1e9]);
        let scaling = Scaling::of(&block, &[0, 1]);
        let root = 0.5f32.sqrt();
        let row = |row| scaling.values(block.rows.row(row)).collect::<Vec<_>>();
        assert_eq!(row(0), [(0, -root), (1, -root)]);
        assert_eq!(row(1), [(0, root), (1, root)]);
        // Missing, and beyond all that was seen.
        assert_eq!(row(2), [(1, MOST_DEVIATIONS / 2f32.sqrt())]);
    }

    #[test]
    fn vectors_keep_their_proportions_and_constants_say_nothing() {
        let block = block(DenseSource::Vectors("v".into()), 3, &[2.0, 0.1, 7.0, -2.0, -0.1, 7.0]);
        let rows = Scaling::of(&block, &[0, 1]).rows(&block, &[0, 1]);
        let (columns, values) = rows.row(0);
        assert_eq!(columns, [0, 1]);
        assert!((values[0] / values[1] - 20.0).abs() < 1e-4);
        let square: f32 = values.iter().map(|value| value * value).sum();
        assert!((square - 1.0).abs() < 1e-5);
    }
}
