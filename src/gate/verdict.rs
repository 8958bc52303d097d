//! The verdict of a gate: how a metric compares with a bound, in a sentence.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::rule::{Bound, On, Rule};

/// The outcome of a rule, or of the gate; the worst is the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Outcome {
    /// Good enough.
    Passes,
    /// A value that the rule needs is missing.
    Undecided,
    /// Not good enough.
    Fails,
}

named!(Outcome, "the outcome": Passes = "passes", Undecided = "undecided", Fails = "fails");

/// The verdict of a gate.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GateVerdict {
    /// The gate's file.
    pub file: String,
    /// One for each rule, in their order.
    pub rules: Vec<Judgement>,
}

/// The judgement of one rule.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Judgement {
    /// The rule.
    pub rule: Rule,
    /// Its outcome.
    pub outcome: Outcome,
    /// One sentence: the metric, the bound, and the number of cases.
    pub message: String,
    /// The number that was compared with the bound; nothing if there is none.
    pub found: Option<f64>,
    /// The metric compared with, for drops, rises and margins.
    pub reference: Option<f64>,
    /// Cases that the metric is computed from.
    pub n: Option<usize>,
}

impl GateVerdict {
    /// Of the gate: it fails if a rule fails, and passes if every rule passes.
    pub fn outcome(&self) -> Outcome {
        self.rules.iter().map(|rule| rule.outcome).max().unwrap_or(Outcome::Undecided)
    }

    /// How many rules came to this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rules.iter().filter(|rule| rule.outcome == outcome).count()
    }
}

/// What the JSON of `evaluate --gate` has under `gate`.
impl Serialize for GateVerdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("GateVerdict", 3)?;
        json.serialize_field("file", &self.file)?;
        json.serialize_field("outcome", &self.outcome())?;
        json.serialize_field("rules", &self.rules)?;
        json.end()
    }
}

#[derive(Serialize)]
struct SliceJson<'a> {
    by: &'a str,
    value: &'a str,
}

impl Serialize for Judgement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { rule, outcome, message, found, reference, n } = self;
        let slice = rule.slice.as_ref().map(|(by, value)| SliceJson { by, value });
        let mut json = serializer.serialize_struct("Judgement", 13)?;
        json.serialize_field("task", &rule.task)?;
        json.serialize_field("metric", &rule.metric)?;
        json.serialize_field("slice", &slice)?;
        json.serialize_field("bound", &rule.bound)?;
        json.serialize_field("limit", &rule.limit)?;
        json.serialize_field("beats", &rule.beats)?;
        json.serialize_field("on", &rule.on)?;
        json.serialize_field("line", &rule.line)?;
        json.serialize_field("outcome", outcome)?;
        json.serialize_field("message", message)?;
        json.serialize_field("found", found)?;
        json.serialize_field("reference", reference)?;
        json.serialize_field("n", n)?;
        json.end()
    }
}

impl Judgement {
    /// The same where cases are unanswered and nothing bounds how many: then it does not pass.
    pub(super) fn unless_unanswered(mut self, unanswered: usize) -> Self {
        if self.outcome == Outcome::Passes {
            self.outcome = Outcome::Undecided;
            let cases = if unanswered == 1 { "case is" } else { "cases are" };
            self.message = format!(
                "{}: undecided, since {unanswered} {cases} unanswered; add a rule with a floor for the \
                 coverage",
                self.message
            );
        }
        self
    }
}

/// A metric, and what it is compared with.
pub(super) struct Found {
    /// Which end of its interval, in words.
    pub which: &'static str,
    pub value: f64,
    pub n: usize,
    pub n_pages: usize,
    pub unanswered: usize,
    pub against: Option<Against>,
}

pub(super) struct Against {
    pub value: f64,
    /// The metric less that value, or an end of the difference's interval.
    pub change: f64,
    pub whose: String,
}

impl Rule {
    pub(super) fn judge(&self, found: Found) -> Judgement {
        let Found { which, value, n, n_pages, unanswered, against } = found;
        let change = against.as_ref().map_or(0.0, |against| against.change);
        let passes = match self.bound {
            Bound::Floor => value >= self.limit,
            Bound::Ceiling => value <= self.limit,
            Bound::MaxDrop => -change <= self.limit + ROUNDING,
            Bound::MaxRise => change <= self.limit + ROUNDING,
            Bound::Margin => change >= self.limit - ROUNDING,
        };
        let held = match &against {
            None => self.held(value, passes),
            Some(Against { value: old, change, whose }) => {
                let old = apart(*old, value);
                let from = match *change {
                    0.0 => format!("equal to the {old} of {whose}"),
                    change => {
                        let side = if change < 0.0 { "below" } else { "above" };
                        format!("{} {side} the {old} of {whose}", apart(change.abs(), self.limit))
                    }
                };
                format!("{from}, {}", self.held(change.abs(), passes))
            }
        };
        // Selective answering inflates metrics: say how many are unanswered.
        let unanswered = match unanswered {
            0 => String::new(),
            n => format!(", {n} more unanswered"),
        };
        let shown = apart(value, against.as_ref().map_or(self.limit, |against| against.value));
        let cases = format!("n {n} on {}{unanswered}", plural(n_pages, "page"));
        Judgement {
            rule: self.clone(),
            outcome: if passes { Outcome::Passes } else { Outcome::Fails },
            message: format!("{which}{} is {shown} ({cases}), {held}", self.subject()),
            found: Some(value),
            reference: against.map(|against| against.value),
            n: Some(n),
        }
    }

    /// The bound, and how a value or a change compares with it, in words.
    fn held(&self, number: f64, passes: bool) -> String {
        let limit = apart(self.limit, number);
        match (self.bound, passes) {
            (Bound::Floor, true) => format!("not below the floor of {limit}"),
            (Bound::Floor, false) => format!("below the floor of {limit}"),
            (Bound::Ceiling, true) => format!("not above the ceiling of {limit}"),
            (Bound::Ceiling, false) => format!("above the ceiling of {limit}"),
            (Bound::MaxDrop, true) => format!("within the drop of {limit} allowed"),
            (Bound::MaxDrop, false) => format!("more than the drop of {limit} allowed"),
            (Bound::MaxRise, true) => format!("within the rise of {limit} allowed"),
            (Bound::MaxRise, false) => format!("more than the rise of {limit} allowed"),
            (Bound::Margin, true) => format!("no less than the margin of {limit} asked for"),
            (Bound::Margin, false) => format!("not by the margin of {limit} asked for"),
        }
    }

    pub(super) fn undecided(&self, reason: &str) -> Judgement {
        Judgement {
            rule: self.clone(),
            outcome: Outcome::Undecided,
            message: format!(
                "{} cannot be judged by its {}: {reason}",
                self.subject(),
                self.bounds()
            ),
            found: None,
            reference: None,
            n: None,
        }
    }

    /// Its task, metric and slice in words.
    pub fn subject(&self) -> String {
        let slice = self.slice.as_ref().map(|(by, value)| format!(" of {by}={value}"));
        format!("{} {}{}", self.task, self.metric, slice.unwrap_or_default())
    }

    /// The rule in words, as `floor 0.6 on lo`.
    pub fn bounds(&self) -> String {
        let on = match self.on {
            On::Value => String::new(),
            on => format!(" on {on}"),
        };
        let over = self.beats.as_ref().map_or_else(String::new, |guess| format!(" over {guess}"));
        format!("{} {}{over}{on}", self.bound, self.limit)
    }
}

/// Values that are equal to so many digits do not differ.
const ROUNDING: f64 = 1e-9;

fn plural(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A number to three decimals, or to as many as tell it from `other`.
fn apart(number: f64, other: f64) -> String {
    let alike = |decimals: &usize| {
        number != other && format!("{number:.decimals$}") == format!("{other:.decimals$}")
    };
    let decimals = (3..9).find(|decimals| !alike(decimals)).unwrap_or(9);
    format!("{number:.decimals$}")
}
