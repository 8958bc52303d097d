//! The terms of passages, what is frequent side by side.

use std::sync::Arc;

use super::Vectoriser;

/// The terms that came up.
pub(super) struct Terms {
    vectoriser: Arc<Vectoriser>,
    matrix: Arc<[f32]>,
    /// The number of each column, 0 if it has none yet; and by number the idf and the row of the matrix.
    /// Number 0 is none.
    numbers: Vec<u32>,
    rows: Vec<f32>,
    width: usize,
}

impl Terms {
    pub fn new(vectoriser: Arc<Vectoriser>, matrix: Arc<[f32]>, width: usize) -> Self {
        let (numbers, rows) = (vec![0; vectoriser.n_terms()], vec![0.0; 1 + width]);
        Self { vectoriser, matrix, numbers, rows, width }
    }

    /// One more than the greatest number.
    pub fn len(&self) -> usize {
        self.rows.len() / (1 + self.width)
    }

    /// The number of the term with this column.
    pub fn number(&mut self, column: Option<u32>) -> u32 {
        let Some(column) = column else { return 0 };
        let known = self.numbers[column as usize];
        if known != 0 {
            return known;
        }
        let number = self.len() as u32;
        self.rows.push(self.vectoriser.idf(column));
        let row = &self.matrix[column as usize * self.width..][..self.width];
        self.rows.extend_from_slice(row);
        self.numbers[column as usize] = number;
        number
    }

    /// Adds a term with this tf, and this square of it, to a sum of squares and products.
    pub fn add(&self, term: u32, tf: f64, square: f64, totals: &mut [f64]) {
        let row = &self.rows[term as usize * (1 + self.width)..][..=self.width];
        let idf = f64::from(row[0]);
        totals[0] += square * idf * idf;
        for (total, &weight) in totals[1..].iter_mut().zip(&row[1..]) {
            *total += tf * idf * f64::from(weight);
        }
    }

    /// Adds each of these terms once.
    pub fn add_all(&self, terms: &[u32], totals: &mut [f64]) {
        // Where the compiler knows how many sums there are, they stay in registers.
        match self.width {
            2 => add_rows::<3>(&self.rows, terms, totals),
            3 => add_rows::<4>(&self.rows, terms, totals),
            4 => add_rows::<5>(&self.rows, terms, totals),
            _ => terms.iter().for_each(|&term| self.add(term, 1.0, 1.0, totals)),
        }
    }
}

/// Adds these rows, each times its first number.
fn add_rows<const N: usize>(rows: &[f32], numbers: &[u32], totals: &mut [f64]) {
    let (rows, _) = rows.as_chunks::<N>();
    let mut own = [0.0; N];
    own.copy_from_slice(totals);
    for &number in numbers {
        let row = rows[number as usize].map(f64::from);
        (0..N).for_each(|i| own[i] += row[0] * row[i]);
    }
    totals.copy_from_slice(&own);
}
