//! A rule: one bound on one metric.

/// One bound on one metric.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// The task.
    pub task: String,
    /// The metric's name in reports, as `f1_against`.
    pub metric: String,
    /// The slice of the data: a column and its value. Nothing for all of it.
    pub slice: Option<(String, String)>,
    /// What is bounded.
    pub bound: Bound,
    /// The bound.
    pub limit: f64,
    /// For a margin: the guess, by its name in [`TaskEvaluation::baselines`](crate::evaluate::TaskEvaluation::baselines).
    pub beats: Option<String>,
    /// Whether the value or an end of its interval is compared with the bound.
    pub on: On,
    /// With fewer cases than this the rule cannot be decided.
    pub min_n: usize,
    /// The line of the gate file on which the bound stands, from 1.
    pub line: u64,
}

/// What a rule bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bound {
    /// The metric must not be less.
    Floor,
    /// The metric must not be more.
    Ceiling,
    /// The metric must not lie further than this below the baseline's.
    MaxDrop,
    /// The metric must not lie further than this above the baseline's.
    MaxRise,
    /// The metric must lie at least this far above that of a guess that does not read.
    Margin,
}

/// The number that is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum On {
    /// The value.
    Value,
    /// The lower end of its 95 % interval.
    Lo,
    /// The upper end of its 95 % interval.
    Hi,
}

named!(Bound, "the bound":
    Floor = "floor",
    Ceiling = "ceiling",
    MaxDrop = "max_drop",
    MaxRise = "max_rise",
    Margin = "margin",
);

named!(On, "`on`": Value = "value", Lo = "lo", Hi = "hi");

impl Bound {
    /// Whether it bounds the distance from another value.
    pub fn is_relative(self) -> bool {
        matches!(self, Self::MaxDrop | Self::MaxRise | Self::Margin)
    }
}
