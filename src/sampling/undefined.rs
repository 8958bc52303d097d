//! Why a result has no value, or no interval.

/// Why a result has no value, or a value and no interval. Shown, and in JSON, it is a short sentence.
///
/// ```
/// use standpoint::evaluate::Undefined;
/// assert_eq!(Undefined::FewCases.to_string(), "fewer than 30 cases");
/// assert_eq!("no cases".parse::<Undefined>()?, Undefined::NoCases);
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Undefined {
    /// There are no cases.
    NoCases,
    /// Passages that the other side answers were left unanswered.
    Unanswered,
    /// There are fewer cases than were asked for.
    TooFewCases,
    /// An interval needs 30 cases.
    FewCases,
    /// There is one page only.
    OnePage,
    /// An interval needs five pages.
    FewPages,
    /// No case has the label as its gold label.
    NoGold,
    /// Some label is no case's gold label.
    LabelWithoutGold,
    /// No case is predicted to have the label.
    NeverPredicted,
    /// The label is neither gold nor predicted.
    AbsentLabel,
    /// Gold labels, or predicted ones, are all the same.
    OneLabelOnly,
    /// Gold and predicted labels are all one and the same.
    SameLabelOnly,
    /// The predictions have no probabilities.
    NoProbabilities,
    /// No slope makes the gold labels most likely: everything is right, or nothing, or all
    /// probabilities are alike.
    NoSlope,
    /// A gold label has no probability in any case: there is no column of it.
    NoProbabilityOfGold,
    /// Old and new predictions are the same.
    NothingChanged,
    /// A figure of calibration has no difference that is better or worse.
    NotCompared,
    /// There are no passages.
    NoPassages,
    /// No label is predicted.
    NoPredictions,
    /// Adjusted counts need 30 predicted labels.
    FewPredictions,
    /// No passage is labelled.
    NoLabelled,
    /// A sample needs 30 labelled passages.
    FewLabelled,
    /// A sample of pages needs five.
    FewLabelledPages,
    /// A row of the confusion matrix is empty.
    NoGoldInConfusion,
    /// An interval needs 30 cases in each row of the confusion matrix.
    FewGoldInConfusion,
    /// The confusion matrix has no inverse: two labels are predicted alike.
    LabelsNotToldApart,
    /// No passage has labels of two coders.
    NoSharedPassages,
    /// All coders gave one label to everything.
    OneValueOnly,
    /// No coder used the label.
    UnusedLabel,
    /// The column from which labels are guessed has one value.
    ConstantColumn,
    /// The second coder did not label the task.
    NoSecondCoder,
}

named!(Undefined, "the reason":
    NoCases = "no cases",
    Unanswered = "unanswered cases",
    TooFewCases = "too few cases",
    FewCases = "fewer than 30 cases",
    OnePage = "one page only",
    FewPages = "fewer than 5 pages",
    NoGold = "no gold case",
    LabelWithoutGold = "a label has no gold case",
    NeverPredicted = "never predicted",
    AbsentLabel = "neither a gold case nor predicted",
    OneLabelOnly = "gold or predicted is one label only",
    SameLabelOnly = "gold and predicted are the same label only",
    NoProbabilities = "no probabilities",
    NoSlope = "no slope fits best",
    NoProbabilityOfGold = "a gold label has no probabilities",
    NothingChanged = "no passage changed",
    NotCompared = "judge by log_loss",
    NoPassages = "no passage",
    NoPredictions = "no predicted label",
    FewPredictions = "fewer than 30 predicted labels",
    NoLabelled = "no labelled passage",
    FewLabelled = "fewer than 30 labelled passages",
    FewLabelledPages = "fewer than 5 labelled pages",
    NoGoldInConfusion = "a label has no gold case in the confusion matrix",
    FewGoldInConfusion = "fewer than 30 gold cases in the confusion matrix",
    LabelsNotToldApart = "the labels are not told apart",
    NoSharedPassages = "no passage that two coders labelled",
    OneValueOnly = "all values are the same",
    UnusedLabel = "nobody used it",
    ConstantColumn = "one value only",
    NoSecondCoder = "not labelled by the second coder",
);
