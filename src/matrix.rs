//! Rows of numbers: the shape in which passages reach the classifiers.

/// A sparse matrix by rows (CSR): f32 values, u32 column numbers, ascending within a row.
///
/// ```
/// use standpoint::logistic::SparseRows;
/// let mut rows = SparseRows::new(3);
/// rows.push([(0, 1.0), (2, 0.5)]);
/// rows.push([]);
/// assert_eq!((rows.n_rows(), rows.n_columns(), rows.n_values()), (2, 3, 2));
/// assert_eq!(rows.row(0), (&[0, 2][..], &[1.0, 0.5][..]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows {
    n_columns: usize,
    /// `n_rows + 1` offsets into `columns` and `values`.
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl SparseRows {
    /// A matrix of `n_columns` columns and no row yet.
    pub fn new(n_columns: usize) -> Self {
        Self { n_columns, starts: vec![0], columns: Vec::new(), values: Vec::new() }
    }

    /// Appends a row.
    ///
    /// # Panics
    /// If the column numbers do not ascend or reach `n_columns`: the caller's bug, not its input's.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        let start = self.columns.len();
        for (column, value) in row {
            let ascends =
                self.columns.len() == start || self.columns[self.columns.len() - 1] < column;
            assert!(
                ascends && (column as usize) < self.n_columns,
                "columns ascend and stay in range"
            );
            self.columns.push(column);
            self.values.push(value);
        }
        self.starts.push(self.columns.len());
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Number of stored values.
    pub fn n_values(&self) -> usize {
        self.values.len()
    }

    /// Column numbers and values of row `i`, both of the same length.
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// The same matrix by columns, as the rows of its transpose.
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0; self.n_columns + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for i in 0..self.n_columns {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.values.len()];
        for i in 0..self.n_rows() {
            let (row_columns, row_values) = self.row(i);
            for (&column, &value) in row_columns.iter().zip(row_values) {
                let at = next[column as usize];
                columns[at] = u32::try_from(i).expect("fewer than 2^32 rows");
                values[at] = value;
                next[column as usize] += 1;
            }
        }
        Self { n_columns: self.n_rows(), starts, columns, values }
    }
}

/// A dense matrix by rows; NaN where a number is missing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DenseRows {
    n_columns: usize,
    values: Vec<f32>,
}

impl DenseRows {
    /// # Panics
    /// If the values are not whole rows.
    pub fn new(n_columns: usize, values: Vec<f32>) -> Self {
        assert!(values.len().is_multiple_of(n_columns.max(1)), "rows are whole");
        Self { n_columns, values }
    }

    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_columns.max(1)
    }

    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.n_columns..][..self.n_columns]
    }

    /// Some of the rows, in this order.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let values = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Self { n_columns: self.n_columns, values }
    }
}

/// Lets linfa's `Dataset` and its traits take sparse rows.
impl linfa::dataset::Records for SparseRows {
    type Elem = f32;

    fn nsamples(&self) -> usize {
        self.n_rows()
    }

    fn nfeatures(&self) -> usize {
        self.n_columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_matrix() -> impl Strategy<Value = SparseRows> {
        (1usize..8).prop_flat_map(|n_columns| {
            let row =
                proptest::collection::btree_map(0..n_columns as u32, -9f32..9., 0..=n_columns);
            proptest::collection::vec(row, 0..9).prop_map(move |rows| {
                let mut matrix = SparseRows::new(n_columns);
                rows.into_iter().for_each(|row| matrix.push(row));
                matrix
            })
        })
    }

    proptest! {
        #[test]
        fn transposing_exchanges_the_indices_and_twice_is_nothing(matrix in any_matrix()) {
            let transposed = matrix.transposed();
            for i in 0..matrix.n_rows() {
                let (columns, values) = matrix.row(i);
                for (&column, value) in columns.iter().zip(values) {
                    let (rows, column_values) = transposed.row(column as usize);
                    let at = rows.binary_search(&(i as u32)).expect("the value is there");
                    prop_assert_eq!(&column_values[at], value);
                }
            }
            prop_assert_eq!(transposed.n_values(), matrix.n_values());
            prop_assert_eq!(transposed.transposed(), matrix);
        }
    }
}
