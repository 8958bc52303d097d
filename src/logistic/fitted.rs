//! Settings, fit and fitted model, behind linfa's traits.

use linfa::{
    DatasetBase, ParamGuard,
    traits::{Fit, PredictInplace},
};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{
    objective::{Objective, nb_ratios, row_scores, softmax},
    solver::{Convergence, minimise},
};
use crate::{
    error::{Error, Result},
    matrix::SparseRows,
};

/// How much each class counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClassWeights {
    /// Every row counts 1.
    Equal,
    /// A row of class c counts n / (k * n_c), over the k classes that occur: every class counts
    /// the same in sum. n and n_c are sums of row weights. The default.
    #[default]
    Balanced,
}

impl ClassWeights {
    /// The weight of each row: its own times its class's.
    pub(crate) fn rows(self, y: &[usize], row_weights: &[f64], n_classes: usize) -> Vec<f64> {
        if self == Self::Equal {
            return row_weights.to_vec();
        }
        let mut sums = vec![0.0; n_classes];
        y.iter().zip(row_weights).for_each(|(&class, weight)| sums[class] += weight);
        let present = sums.iter().filter(|&&sum| sum > 0.0).count() as f64;
        let all: f64 = sums.iter().sum();
        let weight = |(&class, own): (&usize, &f64)| match sums[class] {
            0.0 => 0.0,
            sum => own * all / (present * sum),
        };
        y.iter().zip(row_weights).map(weight).collect()
    }
}

/// Settings of a sparse multinomial logistic regression, not yet checked: the builder of linfa's
/// [`Fit`] for [`SparseRows`].
///
/// ```
/// use linfa::{DatasetBase, traits::{Fit, Predict}};
/// use ndarray::array;
/// use standpoint::logistic::{LogisticRegression, SparseRows};
/// let mut rows = SparseRows::new(2);
/// for i in 0..8 {
///     rows.push([(i % 2, 1.0)]);
/// }
/// let data = DatasetBase::new(rows, array![0, 1, 0, 1, 0, 1, 0, 1]);
/// let fitted = LogisticRegression::new().l2(0.1).fit(&data)?;
/// assert_eq!(fitted.predict(&data), array![0, 1, 0, 1, 0, 1, 0, 1]);
/// assert!(LogisticRegression::new().l2(-1.0).fit(&data).is_err());
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogisticRegression(ValidLogisticRegression);

/// Checked settings: what [`LogisticRegression`] becomes once every value is in its range.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidLogisticRegression {
    l2: f64,
    class_weights: ClassWeights,
    nb_ratios: bool,
    tolerance: f64,
    max_iterations: usize,
}

impl Default for ValidLogisticRegression {
    fn default() -> Self {
        Self {
            l2: 1.0,
            class_weights: ClassWeights::Equal,
            nb_ratios: false,
            tolerance: 1e-6,
            max_iterations: 200,
        }
    }
}

impl LogisticRegression {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The penalty on the squared weights, above 0; default 1. The loss is a sum over rows, so
    /// that this is 1 / C of scikit-learn.
    pub fn l2(mut self, l2: f64) -> Self {
        self.0.l2 = l2;
        self
    }

    /// Default: [`ClassWeights::Equal`]. They multiply the row weights of linfa's dataset.
    pub fn class_weights(mut self, class_weights: ClassWeights) -> Self {
        self.0.class_weights = class_weights;
        self
    }

    /// Whether each weight is penalised as a multiple of its log-count ratio, the class against all
    /// others (Wang and Manning 2012); default false.
    pub fn nb_ratios(mut self, nb_ratios: bool) -> Self {
        self.0.nb_ratios = nb_ratios;
        self
    }

    /// Stop when the largest absolute entry of the gradient is this share of what it was at zero
    /// parameters; above 0, default 1e-6.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.tolerance = tolerance;
        self
    }

    /// Newton steps at most; default 200. With 0 the model is all zeros.
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.0.max_iterations = max_iterations;
        self
    }
}

impl ParamGuard for LogisticRegression {
    type Checked = ValidLogisticRegression;
    type Error = Error;

    fn check_ref(&self) -> Result<&Self::Checked> {
        let above_zero = |name, value: f64| {
            if value > 0.0 && value.is_finite() {
                Ok(())
            } else {
                let expected = "a number above 0";
                Err(Error::setting(name, value.to_string(), expected))
            }
        };
        above_zero("l2", self.0.l2)?;
        above_zero("tolerance", self.0.tolerance)?;
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked> {
        self.check_ref()?;
        Ok(self.0)
    }
}

/// Rows with their classes, all below `n_classes`, and weights; and scores that each has beforehand, n * k.
#[derive(Clone, Copy)]
pub(super) struct Labelled<'a> {
    pub x: &'a SparseRows,
    pub y: &'a [usize],
    pub row_weights: &'a [f64],
    pub n_classes: usize,
    pub offset: Option<&'a [f64]>,
}

impl Labelled<'_> {
    /// Parameters that are all 0.
    pub fn zero(&self) -> Vec<f64> {
        vec![0.0; (self.x.n_columns() + 1) * self.n_classes]
    }
}

impl ValidLogisticRegression {
    /// Fits along a path of penalties, each from the optimum of the one before, as long as
    /// `goes_on` says so of the last. All numbers in `y` are below `n_classes`; a class may have no
    /// row. Row weights multiply the class weights.
    pub(crate) fn path(
        &self,
        x: &SparseRows,
        y: &[usize],
        row_weights: &[f64],
        n_classes: usize,
        penalties: &[f64],
        goes_on: impl FnMut(&FittedLogisticRegression) -> bool,
    ) -> Vec<FittedLogisticRegression> {
        let data = Labelled { x, y, row_weights, n_classes, offset: None };
        self.path_from(data, penalties, data.zero(), goes_on)
    }

    /// As [`path`](Self::path), from `start` on.
    pub(super) fn path_from(
        &self,
        data: Labelled<'_>,
        penalties: &[f64],
        start: Vec<f64>,
        mut goes_on: impl FnMut(&FittedLogisticRegression) -> bool,
    ) -> Vec<FittedLogisticRegression> {
        let Labelled { x, y, row_weights, n_classes, offset } = data;
        let row_weights = self.class_weights.rows(y, row_weights, n_classes);
        let ratios = self.nb_ratios.then(|| nb_ratios(x, y, &row_weights, n_classes));
        let mut objective = Objective::new(x, y, &row_weights, n_classes, self.l2)
            .with_scales(ratios.as_deref())
            .with_offset(offset);
        let mut parameters = start;
        let mut fits = Vec::with_capacity(penalties.len());
        for &l2 in penalties {
            objective = objective.with_l2(l2);
            let convergence;
            (parameters, convergence) =
                minimise(&objective, parameters, self.tolerance, self.max_iterations);
            let fit = FittedLogisticRegression {
                n_classes,
                parameters: objective.unscaled(&parameters).into_owned(),
                convergence,
            };
            let last = !goes_on(&fit);
            fits.push(fit);
            if last {
                break;
            }
        }
        fits
    }
}

impl Fit<SparseRows, Array1<usize>, Error> for ValidLogisticRegression {
    type Object = FittedLogisticRegression;

    /// Classes are 0 to the largest target; row weights are the dataset's.
    fn fit(&self, data: &DatasetBase<SparseRows, Array1<usize>>) -> Result<Self::Object> {
        let y = data.targets.to_vec();
        if y.len() != data.records.n_rows() || y.is_empty() {
            return Err(linfa::Error::MismatchedShapes(data.records.n_rows(), y.len()).into());
        }
        let n_classes = y.iter().max().map_or(0, |most| most + 1).max(2);
        let row_weights: Vec<f64> = match data.weights() {
            Some(weights) => weights.iter().map(|&weight| f64::from(weight)).collect(),
            None => vec![1.0; y.len()],
        };
        let mut fits = self.path(&data.records, &y, &row_weights, n_classes, &[self.l2], |_| true);
        Ok(fits.remove(0))
    }
}

/// A fitted multinomial logistic regression over sparse rows.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedLogisticRegression {
    pub(super) n_classes: usize,
    pub(super) parameters: Vec<f64>,
    pub(super) convergence: Convergence,
}

impl FittedLogisticRegression {
    /// Number of classes k.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// One that knows nothing: all its scores are 0.
    pub(crate) fn zero(n_columns: usize, n_classes: usize) -> Self {
        let parameters = vec![0.0; (n_columns + 1) * n_classes];
        Self { n_classes, parameters, convergence: Convergence::at_once() }
    }

    /// The same among `n_classes` classes, of which its own are `classes`, ascending. All others have the mean of
    /// its scores: they change nothing between its own, and nothing speaks for or against them.
    pub(crate) fn among(self, classes: &[usize], n_classes: usize) -> Self {
        if self.n_classes == n_classes {
            return self;
        }
        let mut parameters = Vec::with_capacity(self.parameters.len() / self.n_classes * n_classes);
        for own in self.parameters.chunks_exact(self.n_classes) {
            let start = parameters.len();
            parameters.resize(start + n_classes, own.iter().sum::<f64>() / own.len() as f64);
            classes.iter().zip(own).for_each(|(&class, value)| parameters[start + class] = *value);
        }
        Self { n_classes, parameters, ..self }
    }

    /// One whose scores are `slope` times its own, and `add` for each class.
    pub(crate) fn scaled(self, slope: f64, add: &[f64]) -> Self {
        let mut parameters: Vec<f64> = self.parameters.iter().map(|of| slope * of).collect();
        let at = parameters.len() - self.n_classes;
        parameters[at..].iter_mut().zip(add).for_each(|(own, add)| *own += add);
        Self { parameters, ..self }
    }

    /// The weights, n_columns * k: column by column, its k classes side by side.
    pub fn weights(&self) -> &[f64] {
        &self.parameters[..self.parameters.len() - self.n_classes]
    }

    /// The k intercepts. They are not penalised.
    pub fn intercept(&self) -> &[f64] {
        &self.parameters[self.parameters.len() - self.n_classes..]
    }

    /// How the fit ended.
    pub fn convergence(&self) -> &Convergence {
        &self.convergence
    }

    /// The k scores of a row: weights times values, plus the intercept.
    pub fn scores(&self, row: (&[u32], &[f32])) -> Vec<f64> {
        let mut scores = vec![0.0; self.n_classes];
        row_scores(row, &self.parameters, &mut scores);
        scores
    }

    /// The k probabilities of a row; they sum to 1.
    pub fn probabilities(&self, row: (&[u32], &[f32])) -> Vec<f64> {
        let mut scores = self.scores(row);
        softmax(&mut scores);
        scores
    }
}

impl PredictInplace<SparseRows, Array1<usize>> for FittedLogisticRegression {
    fn predict_inplace<'a>(&'a self, x: &'a SparseRows, y: &mut Array1<usize>) {
        for (i, class) in y.iter_mut().enumerate() {
            *class = super::argmax(&self.scores(x.row(i)));
        }
    }

    fn default_target(&self, x: &SparseRows) -> Array1<usize> {
        Array1::zeros(x.n_rows())
    }
}
