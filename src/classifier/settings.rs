//! How a model is trained.

use crate::{
    error::{Error, Result},
    features,
    logistic::ClassWeights,
};

/// Settings of [`train`](super::train) and [`cross_validate`](super::cross_validate).
///
/// ```
/// use standpoint::TrainSettings;
/// let settings = TrainSettings { target: "the nurses".into(), ..Default::default() };
/// assert!(settings.check().is_ok());
/// assert!(TrainSettings { folds: 1, ..settings }.check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TrainSettings {
    /// Whom or what the stance is toward. Shown, and written into the model; it changes no number.
    pub target: String,
    /// Which features a passage is turned into.
    pub features: features::Settings,
    /// How much each label of a task counts in its head. Default: balanced.
    pub class_weights: ClassWeights,
    /// Penalties among which page-grouped cross-validation chooses each head's, in descending
    /// order. Default 10, 3, 1, 0.3, 0.1.
    pub penalties: Vec<f64>,
    /// Whether the deciding stage sees a passage's neighbours and position. Default true; without
    /// effect unless half of the passages lie on pages of two or more, and every label stands on
    /// three such pages.
    pub context: bool,
    /// Penalties among which the same folds choose each deciding stage's, in descending order, at
    /// least 0.1. Default 100, 30, 10, 3, 1.
    pub stage_penalties: Vec<f64>,
    /// Folds in which the heads' scores are made out of fold; at least 2. Default 5.
    pub folds: usize,
    /// Newton steps at most for one head. Default 200.
    pub max_iterations: usize,
    /// Decides which pages share a fold. Default 1.
    pub seed: u64,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            target: "the officers".into(),
            features: features::Settings::default(),
            class_weights: ClassWeights::Balanced,
            penalties: vec![10.0, 3.0, 1.0, 0.3, 0.1],
            context: true,
            stage_penalties: vec![100.0, 30.0, 10.0, 3.0, 1.0],
            folds: 5,
            max_iterations: 200,
            seed: 1,
        }
    }
}

impl TrainSettings {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`Error::Setting`] names the first one out of range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, found: String, expected| Err(Error::Setting { name, found, expected });
        self.features.check()?;
        if self.target.chars().any(char::is_control) {
            let found = format!("{:?}", self.target);
            return refuse("target", found, "without control characters");
        }
        let path = |name, penalties: &[f64], least: f64, expected| {
            let descending = penalties.windows(2).all(|pair| pair[0] > pair[1]);
            let in_range = penalties.iter().all(|&l2| l2 >= least && l2.is_finite());
            if penalties.is_empty() || !descending || !in_range {
                return refuse(name, format!("{penalties:?}"), expected);
            }
            Ok(())
        };
        let expected = "one or more numbers above 0, in descending order";
        path("penalties", &self.penalties, f64::MIN_POSITIVE, expected)?;
        let expected = "one or more numbers of at least 0.1, in descending order";
        path("stage_penalties", &self.stage_penalties, 0.1, expected)?;
        if self.folds < 2 {
            return refuse("folds", self.folds.to_string(), "at least 2");
        }
        Ok(())
    }
}
