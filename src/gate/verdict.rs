//! What a gate said: how a figure is held against a bound, and the sentence that says it.

use serde_json::{Value, json};

use super::{Bound, On, Rule};

/// What became of a rule, or of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Good enough.
    Passes,
    /// Something that the judgement needs is missing.
    Undecided,
    /// Not good enough.
    Fails,
}

/// What a gate said.
#[derive(Debug, Clone, PartialEq)]
pub struct GateVerdict {
    /// The gate's file.
    pub file: String,
    /// One for each rule, in their order.
    pub rules: Vec<Judgement>,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The rule.
    pub rule: Rule,
    /// What became of it.
    pub outcome: Outcome,
    /// One sentence: the figure, the bound, and the number of cases.
    pub message: String,
    /// What was held against the bound; nothing if it could not be had.
    pub found: Option<f64>,
    /// The figure compared with, for drops, rises and margins.
    pub reference: Option<f64>,
    /// Cases that the figure is computed from.
    pub n: Option<usize>,
}

impl Outcome {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Undecided => "undecided",
            Self::Fails => "fails",
        }
    }
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

    /// What stands under `gate` in the JSON of `evaluate --gate`.
    pub fn to_json(&self) -> Value {
        let rule = |judgement: &Judgement| {
            let Judgement { rule, outcome, message, found, reference, n } = judgement;
            json!({
                "task": rule.task,
                "metric": rule.metric,
                "slice": rule.slice.as_ref().map(|(by, value)| json!({ "by": by, "value": value })),
                "bound": rule.bound.name(),
                "limit": rule.limit,
                "beats": rule.beats,
                "on": rule.on.name(),
                "line": rule.line,
                "outcome": outcome.name(),
                "message": message,
                "found": found,
                "reference": reference,
                "n": n,
            })
        };
        json!({
            "file": self.file,
            "outcome": self.outcome().name(),
            "rules": self.rules.iter().map(rule).collect::<Vec<_>>(),
        })
    }
}

/// A figure, and what it is compared with.
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
    /// The figure less that value, or an end of the difference's interval.
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
        // A judge that skips what is hard must not look good in silence.
        let unanswered = match unanswered {
            0 => String::new(),
            n => format!(", {n} more unanswered"),
        };
        let shown = apart(value, against.as_ref().map_or(self.limit, |against| against.value));
        let cases = format!("n {n} on {}{unanswered}", plural(n_pages, "page"));
        Judgement {
            rule: self.clone(),
            outcome: if passes { Outcome::Passes } else { Outcome::Fails },
            message: format!("{which}{} is {shown} ({cases}), {held}", self.figure()),
            found: Some(value),
            reference: against.map(|against| against.value),
            n: Some(n),
        }
    }

    /// The bound in words, and how a figure or a change came out against it.
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
                self.figure(),
                self.bounds()
            ),
            found: None,
            reference: None,
            n: None,
        }
    }

    /// The figure in words: task, metric, slice.
    pub fn figure(&self) -> String {
        let slice = self.slice.as_ref().map(|(by, value)| format!(" of {by}={value}"));
        format!("{} {}{}", self.task, self.metric, slice.unwrap_or_default())
    }

    /// The rule in words, as `floor 0.6 on lo`.
    pub fn bounds(&self) -> String {
        let on = match self.on {
            On::Value => String::new(),
            on => format!(" on {}", on.name()),
        };
        let over = self.beats.as_ref().map_or_else(String::new, |guess| format!(" over {guess}"));
        format!("{} {}{over}{on}", self.bound.name(), self.limit)
    }
}

/// A difference of two figures that are equal to so many digits is no difference.
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
