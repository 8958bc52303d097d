//! How a model is trained, and how it answers.

use super::{Context, TargetModel, decision::Criterion};
use crate::{
    corpus::DenseSource,
    error::{Error, Result},
    features,
    logistic::ClassWeights,
};

/// Whether the weights of base classifiers are penalised as multiples of log-count ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum NbRatios {
    /// Where cross-validation prefers it, one base classifier at a time. The default.
    #[default]
    Auto,
    /// In every base classifier.
    Always,
    /// In none.
    Never,
}

named!(NbRatios, "nb_ratios": Auto = "auto", Always = "always", Never = "never");

impl NbRatios {
    pub(crate) fn variants(self) -> &'static [bool] {
        match self {
            Self::Auto => &[false, true],
            Self::Always => &[true],
            Self::Never => &[false],
        }
    }
}

/// Settings of a [`Trainer`](crate::Trainer).
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
    /// Columns of numbers that stand beside the text, as upvotes: base classifiers of their own learn from
    /// them, standardised, and each task keeps them if pages held out say so. Empty cells count as the mean.
    /// Default none.
    pub numbers: Vec<String>,
    /// Columns of vectors that stand beside the text, as embeddings: lists of numbers, or `NAME_0`, `NAME_1`
    /// and so on. As `numbers`, each column by itself. Default none.
    pub vectors: Vec<String>,
    /// Whether each weight of a base classifier is penalised as a multiple of its log-count ratio (Wang and
    /// Manning 2012). Default: as the same folds choose.
    pub nb_ratios: NbRatios,
    /// How much each label of a task counts in its base classifier. Default: balanced.
    pub class_weights: ClassWeights,
    /// Labels, or `task.label`, that count so many times more in their base classifiers. Default none.
    pub label_weights: Vec<(String, f64)>,
    /// What the choice of labels serves. Default: macro F1.
    pub criterion: Criterion,
    /// Penalties among which page-grouped cross-validation chooses each base classifier's, in descending
    /// order; those below 1 are left out in each fold once its loss rises. It is 1 unless another loses less by
    /// more than a standard error. Default 10, 3, 1, 0.3, 0.1, 0.03.
    pub penalties: Vec<f64>,
    /// Whether the second stage sees a passage's neighbours and position. Default true; without
    /// effect unless half of the passages lie on pages of two or more, and every label stands on
    /// three such pages.
    pub context: bool,
    /// Penalties among which the same folds choose each second stage's, in descending order, at
    /// least 0.1. Default 100, 30, 10.
    pub stage_penalties: Vec<f64>,
    /// Folds in which the base classifiers' scores are made out-of-fold; at least 2. Default 5. With 0 nothing
    /// is held out and the base classifiers' own probabilities stand, uncalibrated: one fit in place of many,
    /// for which there must be one penalty, no choice of log-count ratios, and the criterion
    /// accuracy (the most probable label); neighbours are left out.
    pub folds: usize,
    /// A base classifier is fitted once the largest entry of its gradient has fallen to this share of what it
    /// was at zero weights; between 0 and 1. Default 1e-6; with 3e-4 the loss is usually within a
    /// ten-thousandth of the least.
    pub tolerance: f64,
    /// Newton steps at most for one base classifier. Default 200.
    pub max_iterations: usize,
    /// Decides which pages share a fold. Default 1.
    pub seed: u64,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            target: String::new(),
            features: features::Settings::default(),
            numbers: Vec::new(),
            vectors: Vec::new(),
            nb_ratios: NbRatios::Auto,
            class_weights: ClassWeights::Balanced,
            label_weights: Vec::new(),
            criterion: Criterion::MacroF1,
            penalties: vec![10.0, 3.0, 1.0, 0.3, 0.1, 0.03],
            context: true,
            stage_penalties: vec![100.0, 30.0, 10.0],
            folds: 5,
            tolerance: 1e-6,
            max_iterations: 200,
            seed: 1,
        }
    }
}

impl TrainSettings {
    /// The settings by which a model was trained, as far as it tells: penalties, which it keeps as
    /// they were chosen and not among which, are the default ones.
    pub fn of(model: &TargetModel) -> Self {
        let training = model.training();
        let defaults = Self::default();
        // Without folds nothing was chosen: the one penalty stands.
        let (nb_ratios, penalties) = match (training.folds, &model.tasks()[0]) {
            (0, task) if task.nb_ratios() => (NbRatios::Always, vec![task.penalty()]),
            (0, task) => (NbRatios::Never, vec![task.penalty()]),
            _ => (defaults.nb_ratios, defaults.penalties.clone()),
        };
        let numbers = model.dense_sources().filter_map(|source| match source {
            DenseSource::Numbers(columns) => Some(columns),
            _ => None,
        });
        let vectors = model.dense_sources().filter_map(|source| match source {
            DenseSource::Vectors(column) => Some(column),
            _ => None,
        });
        Self {
            nb_ratios,
            penalties,
            target: model.target().to_owned(),
            features: model.vectoriser().settings().clone(),
            numbers: numbers.flatten().cloned().collect(),
            vectors: vectors.cloned().collect(),
            class_weights: training.class_weights,
            label_weights: training.label_weights.clone(),
            criterion: training.criterion,
            context: model.context() == Context::Page,
            folds: training.folds,
            seed: training.seed,
            ..defaults
        }
    }

    /// The sources of dense columns.
    pub(crate) fn dense_sources(&self) -> Vec<DenseSource> {
        let numbers =
            (!self.numbers.is_empty()).then(|| DenseSource::Numbers(self.numbers.clone()));
        let vectors = self.vectors.iter().cloned().map(DenseSource::Vectors);
        numbers.into_iter().chain(vectors).collect()
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) names the first one out of range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, found: String, expected| Err(Error::setting(name, found, expected));
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
        if let Some((label, weight)) =
            self.label_weights.iter().find(|(_, weight)| !(*weight > 0.0 && weight.is_finite()))
        {
            let found = format!("{label}={weight}");
            return refuse("label_weights", found, "a number above 0 for each label");
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return refuse("tolerance", self.tolerance.to_string(), "between 0 and 1");
        }
        if self.folds == 1 {
            return refuse("folds", self.folds.to_string(), "at least 2, or 0 to hold nothing out");
        }
        for (name, columns) in [("numbers", &self.numbers), ("vectors", &self.vectors)] {
            let twice = columns.iter().enumerate().find(|(at, own)| columns[..*at].contains(own));
            if let Some((_, twice)) = twice {
                return refuse(
                    name,
                    format!("{twice:?} twice"),
                    "a list that names each column once",
                );
            }
            if self.folds == 0 && !columns.is_empty() {
                let found = columns.join(", ");
                return refuse(
                    name,
                    found,
                    "none where no pages are held out to say what they are worth",
                );
            }
        }
        if self.folds == 0 && self.penalties.len() > 1 {
            let found = format!("{:?}", self.penalties);
            return refuse("penalties", found, "one alone where no pages are held out");
        }
        if self.folds == 0 && self.nb_ratios == NbRatios::Auto {
            let found = "auto".into();
            return refuse("nb_ratios", found, "always or never where no pages are held out");
        }
        if self.folds == 0 && self.criterion != Criterion::Accuracy {
            let found = self.criterion.to_string();
            return refuse("criterion", found, "accuracy where no pages are held out");
        }
        Ok(())
    }
}

/// How a model answers. Build it from [`PredictSettings::default`].
///
/// ```
/// use standpoint::model::PredictSettings;
/// let settings = PredictSettings::default().max_error(0.05).prior("comment", 0.6);
/// assert_eq!((settings.max_error, settings.confidence), (Some(0.05), 0.95));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PredictSettings {
    /// Abstain so that the share of errors among the answered passages is at most this on pages like
    /// those of training, by an upper bound ([`answering`](crate::evaluate::answering)). Where no threshold
    /// can promise it nothing is answered. Above 0 to 1. Default: answer always.
    pub max_error: Option<f64>,
    /// The confidence of that bound, 0.5 to below 1: the share of training sets of which the promise is
    /// kept. Default: 0.95.
    pub confidence: f64,
    /// Shares of labels, or of `task.label`, in the corpus, where they are known to differ from those in
    /// training: probabilities are reweighted by the ratio (Saerens, Latinne and Decaestecker 2002).
    /// A task's other labels divide the rest as in training.
    pub prior: Vec<(String, f64)>,
    /// The target of all passages, for a model that has several. Default: the column `target` of the
    /// corpus.
    pub target: Option<String>,
}

impl Default for PredictSettings {
    fn default() -> Self {
        Self { max_error: None, confidence: 0.95, prior: Vec::new(), target: None }
    }
}

impl PredictSettings {
    /// With this [`max_error`](Self::max_error).
    pub fn max_error(self, share: f64) -> Self {
        Self { max_error: Some(share), ..self }
    }

    /// With this [`confidence`](Self::confidence).
    pub fn confidence(self, confidence: f64) -> Self {
        Self { confidence, ..self }
    }

    /// With one more [`prior`](Self::prior).
    pub fn prior(mut self, label: impl Into<String>, share: f64) -> Self {
        self.prior.push((label.into(), share));
        self
    }

    /// With this [`target`](Self::target).
    pub fn target(self, target: impl Into<String>) -> Self {
        Self { target: Some(target.into()), ..self }
    }
}
