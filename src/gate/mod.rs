//! A gate: rules by which figures are good enough, or not, or cannot be judged. Which figure a rule is
//! about, and what it is compared with.

use std::fmt::Display;

use serde_json::Value;

mod file;
mod verdict;

use verdict::{Against, Found};
pub use verdict::{GateVerdict, Judgement, Outcome};

use crate::{
    error::{Error, Place, Result, nearest},
    evaluate::{Comparison, Difference, Estimate, Evaluation, Metric, SCHEMA, TaskEvaluation},
};

/// Rules that figures must keep. [`Gate::parse`] reads them from TOML:
///
/// ```
/// use standpoint::{evaluate::{Cases, Evaluation, TaskEvaluation}, gate::{Gate, Outcome}};
///
/// let gate = Gate::parse(
///     r#"
///     [[rule]]
///     task = "stance"
///     metric = "recall_against"
///     floor = 0.60
///     "#,
///     "gate.toml",
/// )?;
///
/// let gold: Vec<usize> = (0..100).map(|i| i % 2).collect();
/// let predicted = vec![0; 100]; // never against
/// let pages: Vec<usize> = (0..100).map(|i| i / 5).collect();
/// let cases = Cases { gold: &gold, predicted: &predicted, probabilities: None, pages: &pages };
/// let labels = ["favor".to_string(), "against".to_string()];
/// let stance = TaskEvaluation::of("stance", &labels, cases, 100, 1);
/// let evaluation = Evaluation { tasks: vec![stance], ..Default::default() };
///
/// let verdict = gate.judge(&evaluation, None);
/// assert_eq!(verdict.outcome(), Outcome::Fails);
/// assert_eq!(
///     verdict.rules[0].message,
///     "stance recall_against is 0.000 (n 50 on 20 pages), below the floor of 0.600"
/// );
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The file's name, for messages.
    pub file: String,
    /// The stored evaluation that drops and rises are measured against, as the file names it: a
    /// path relative to the gate file.
    pub baseline: Option<String>,
    /// The rules, one for each bound, in the file's order.
    pub rules: Vec<Rule>,
}

/// One bound on one figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The task.
    pub task: String,
    /// The metric's name in reports, as `f1_against`.
    pub metric: String,
    /// The slice of the data that it is about: a column and its value. Nothing is all of it.
    pub slice: Option<(String, String)>,
    /// What is bounded.
    pub bound: Bound,
    /// The bound.
    pub limit: f64,
    /// For a margin: the guess, as [`BaselineFigures`] name it.
    ///
    /// [`BaselineFigures`]: super::BaselineFigures
    pub beats: Option<String>,
    /// What of the figure is held against the bound.
    pub on: On,
    /// With fewer cases than this the rule cannot be decided.
    pub min_n: usize,
    /// The line of the gate file on which the bound stands, from 1.
    pub line: u64,
}

/// What a rule bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The figure must not be less.
    Floor,
    /// The figure must not be more.
    Ceiling,
    /// The figure must not lie further than this below the one that it is compared with.
    MaxDrop,
    /// The figure must not lie further than this above the one that it is compared with.
    MaxRise,
    /// The figure must lie so far at least above that of a guess that does not read.
    Margin,
}

/// What of a figure is held against a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The value.
    Value,
    /// The lower end of its 95 % interval.
    Lo,
    /// The upper end of its 95 % interval.
    Hi,
}

/// Figures kept from an earlier evaluation: the JSON of [`Evaluation::to_json`].
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline(Value);

impl Baseline {
    /// Reads what `evaluate --format json` wrote.
    ///
    /// # Errors
    /// [`Error::Input`] if it is something else.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let help = "write it as the JSON of an evaluation";
        let json: Value = serde_json::from_str(text).map_err(|error| {
            let place = Place::column(name, error.line() as u64, error.column() as u64);
            Error::input(place, format!("the baseline is not JSON ({error})"), help)
        })?;
        if json["schema"] != SCHEMA {
            let problem = format!("the baseline is no {SCHEMA} document");
            return Err(Error::input(Place::file(name), problem, help));
        }
        Ok(Self(json))
    }

    /// The figure that a rule is about, and whose it is in words; or why there is none.
    fn find(&self, rule: &Rule) -> Result<(f64, String), String> {
        let of_slice = |(by, value): &(String, String)| {
            let target = || (by == "target").then(|| self.0["targets"].get(value)).flatten();
            self.0["slices"].get(by).and_then(|slices| slices.get(value)).or_else(target)
        };
        let whole = match &rule.slice {
            None => Some(&self.0),
            Some(slice) => of_slice(slice),
        };
        let figure = whole.map(|whole| &whole["tasks"][&rule.task]["metrics"][&rule.metric]);
        match figure {
            Some(figure) if figure.is_object() => {
                let known = figure["value"].as_f64().zip(figure["n"].as_u64());
                let (value, n) = known.ok_or_else(|| {
                    let reason = figure["reason"].as_str().unwrap_or("no reason is given");
                    format!("it is undefined in the baseline ({reason})")
                })?;
                Ok((value, format!("the baseline (n {n})")))
            }
            _ => Err("the baseline does not have it".into()),
        }
    }
}

impl Gate {
    /// Judges figures. Drops and rises are measured against `baseline`; without it they cannot be
    /// decided, and what cannot be decided never passes.
    ///
    /// A rule on [`On::Value`] holds the value against its bound, one on [`On::Lo`] or [`On::Hi`]
    /// the cautious end of the 95 % interval: a floor on the lower end is passed only by figures
    /// that lie above it beyond chance.
    pub fn judge(&self, evaluation: &Evaluation, baseline: Option<&Baseline>) -> GateVerdict {
        self.verdict(|rule| {
            let (task, estimate) = find(evaluation, rule)?;
            let against = match rule.bound {
                Bound::Floor | Bound::Ceiling => None,
                Bound::MaxDrop | Bound::MaxRise => Some(match (baseline, &self.baseline) {
                    (Some(baseline), _) => baseline.find(rule)?,
                    (None, Some(file)) => {
                        return Err(format!(
                            "there is no baseline {file}; write it as the JSON of an evaluation"
                        ));
                    }
                    (None, None) => return Err("the gate names no baseline".into()),
                }),
                Bound::Margin => Some(guess(task, rule)?),
            };
            let interval = estimate.interval.map_err(|reason| format!("no interval: {reason}"));
            let (value, which) = match rule.on {
                On::Value => (estimate.value?, ""),
                On::Lo => (interval?.0, "the lower end of the interval of "),
                On::Hi => (interval?.1, "the upper end of the interval of "),
            };
            let against =
                against.map(|(old, whose)| Against { value: old, change: value - old, whose });
            let Estimate { n, n_pages, .. } = *estimate;
            Ok(Found { which, value, n, n_pages, unanswered: task.unanswered, against })
        })
    }

    /// Judges new predictions against old ones: drops and rises are those from the old ones, and on
    /// [`On::Lo`] or [`On::Hi`] the cautious end of the difference's paired interval is what counts.
    /// A stored baseline plays no part.
    ///
    /// ```
    /// use standpoint::{evaluate::{Cases, Comparison}, gate::{Gate, Outcome}};
    /// let gold: Vec<usize> = (0..300).map(|i| i % 2).collect();
    /// let worse: Vec<usize> = (0..300).map(|i| if i % 9 == 0 { 1 } else { i % 2 }).collect();
    /// let pages: Vec<usize> = (0..300).map(|i| i / 5).collect();
    /// let cases = |predicted| Cases { gold: &gold, predicted, probabilities: None, pages: &pages };
    /// let labels = ["no".to_string(), "yes".to_string()];
    /// let comparison = Comparison::of("t", &labels, cases(&gold), cases(&worse), 0.01, 1000, 1);
    /// let gate = "[[rule]]\ntask = 't'\nmetric = 'accuracy'\nmax_drop = 0.06\n";
    /// let judge = |gate: &str| Gate::parse(gate, "g").unwrap().judge_comparisons(&[&comparison]);
    /// assert_eq!(judge(gate).outcome(), Outcome::Passes); // 0.057
    /// assert_eq!(judge(&format!("{gate}on = 'lo'")).outcome(), Outcome::Fails); // 0.08 is not excluded
    /// ```
    pub fn judge_comparisons(&self, comparisons: &[&Comparison]) -> GateVerdict {
        self.verdict(|rule| {
            if rule.slice.is_some() {
                return Err("a comparison has no slices".into());
            }
            if let Some(guess) = &rule.beats {
                return Err(format!("a comparison says nothing of {guess}"));
            }
            let of_task = |comparison: &&&Comparison| comparison.task == rule.task;
            let names = || comparisons.iter().map(|comparison| comparison.task.as_str());
            let comparison = comparisons
                .iter()
                .find(of_task)
                .ok_or_else(|| absent("task", &rule.task, names()))?;
            let labels = &comparison.labels;
            let named = |difference: &&Difference| difference.metric.name(labels) == rule.metric;
            let difference = comparison.differences.iter().find(named);
            let difference = difference.ok_or_else(|| unknown_metric(rule, labels))?;
            let (old, new) = (difference.old?, difference.new?);
            let end = || difference.interval.map_err(|reason| format!("no interval: {reason}"));
            let against = match (rule.bound.is_relative(), rule.on) {
                (false, On::Value) => None,
                (false, _) => {
                    return Err("a comparison has no interval of the figure itself".into());
                }
                (true, on) => {
                    let (change, whose) = match on {
                        On::Value => (difference.value?, ""),
                        On::Lo => (end()?.0, " at the lower end of the interval"),
                        On::Hi => (end()?.1, " at the upper end of the interval"),
                    };
                    Some(Against { value: old, change, whose: format!("the old one{whose}") })
                }
            };
            let Difference { n, n_pages, .. } = *difference;
            Ok(Found { which: "", value: new, n, n_pages, unanswered: 0, against })
        })
    }

    fn verdict(&self, find: impl Fn(&Rule) -> Result<Found, String>) -> GateVerdict {
        let judge = |rule: &Rule| match find(rule) {
            Ok(found) if found.n < rule.min_n => {
                rule.undecided(&format!("{} cases are too few, {} are needed", found.n, rule.min_n))
            }
            Ok(found) => rule.judge(found),
            Err(reason) => rule.undecided(&reason),
        };
        GateVerdict { file: self.file.clone(), rules: self.rules.iter().map(judge).collect() }
    }
}

impl Bound {
    /// Its key in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::MaxDrop => "max_drop",
            Self::MaxRise => "max_rise",
            Self::Margin => "margin",
        }
    }

    /// Whether it bounds how far one figure lies from another.
    pub fn is_relative(self) -> bool {
        matches!(self, Self::MaxDrop | Self::MaxRise | Self::Margin)
    }
}

impl On {
    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Lo => "lo",
            Self::Hi => "hi",
        }
    }
}

/// The figure that a rule is about, or why there is none.
fn find<'a>(
    evaluation: &'a Evaluation,
    rule: &Rule,
) -> Result<(&'a TaskEvaluation, &'a Estimate), String> {
    let tasks = match &rule.slice {
        None => &evaluation.tasks,
        Some((by, value)) => slice(evaluation, by, value)?,
    };
    let names = || tasks.iter().map(|task| task.task.as_str());
    let task = tasks
        .iter()
        .find(|task| task.task == rule.task)
        .ok_or_else(|| absent("task", &rule.task, names()))?;
    let named = |estimate: &&Estimate| estimate.metric.name(&task.labels) == rule.metric;
    let estimate = task.estimates.iter().find(named);
    estimate.map(|estimate| (task, estimate)).ok_or_else(|| unknown_metric(rule, &task.labels))
}

/// What a guess that does not read scores, and whose that is in words.
fn guess(task: &TaskEvaluation, rule: &Rule) -> Result<(f64, String), String> {
    let name = rule.beats.as_deref().unwrap_or_default();
    let names = task.baselines.iter().map(|guess| guess.name.as_str());
    let guess = task.baselines.iter().find(|guess| guess.name == name);
    let guess = guess.ok_or_else(|| absent("guess", name, names))?;
    let estimates = guess.estimates.as_ref().map_err(|reason| format!("{name}: {reason}"))?;
    let named = |estimate: &&Estimate| estimate.metric.name(&task.labels) == rule.metric;
    let estimate = estimates.iter().find(named);
    let estimate = estimate.ok_or_else(|| format!("{name} has no {}", rule.metric))?;
    let value = estimate.value.map_err(|reason| format!("{name}: {reason}"))?;
    Ok((value, format!("{name} (n {})", estimate.n)))
}

fn unknown_metric(rule: &Rule, labels: &[String]) -> String {
    let names: Vec<String> =
        Metric::all(labels).into_iter().map(|metric| metric.name(labels)).collect();
    absent("metric", &rule.metric, names.iter().map(String::as_str))
}

fn slice<'a>(
    evaluation: &'a Evaluation,
    by: &str,
    value: &str,
) -> Result<&'a Vec<TaskEvaluation>, String> {
    let of_column = evaluation.slices.iter().filter(|slice| slice.by == by);
    let mut found: Vec<(&str, &Vec<TaskEvaluation>)> =
        of_column.map(|slice| (slice.value.as_str(), &slice.tasks)).collect();
    if by == "target" {
        found.extend(evaluation.targets.iter().map(|(target, tasks)| (target.as_str(), tasks)));
    }
    let named = found.iter().find(|(name, _)| *name == value);
    named.map(|(_, tasks)| *tasks).ok_or_else(|| match found.as_slice() {
        [] => format!("the evaluation has no slices by {by:?}"),
        found => absent(by, value, found.iter().map(|(name, _)| *name)),
    })
}

fn absent<'a>(what: impl Display, found: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = nearest(found, known).map(|near| format!(" (did you mean {near:?}?)"));
    format!("there is no {what} {found:?}{}", near.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Outcome;
    use super::*;
    use crate::evaluate::Cases;

    /// 200 cases on 40 pages, the first `right` of them right: recall of `a` and `b` alike.
    fn evaluation(right: usize) -> Evaluation {
        let gold: Vec<usize> = (0..200).map(|i| i % 2).collect();
        let predicted: Vec<usize> = gold
            .iter()
            .enumerate()
            .map(|(i, &gold)| if i < right { gold } else { 1 - gold })
            .collect();
        let pages: Vec<usize> = (0..200).map(|i| i / 5).collect();
        let cases =
            Cases { gold: &gold, predicted: &predicted, probabilities: None, pages: &pages };
        let labels = ["a".to_owned(), "b".to_owned()];
        let tasks = vec![TaskEvaluation::of("t", &labels, cases, 200, 1)];
        Evaluation { tasks, ..Default::default() }
    }

    fn baseline(right: usize) -> Baseline {
        Baseline::parse(&evaluation(right).to_json().to_string(), "baseline.json").unwrap()
    }

    fn judged(
        rule: &str,
        evaluation: &Evaluation,
        baseline: Option<&Baseline>,
    ) -> (Outcome, String) {
        let task = if rule.contains("task") { "" } else { "task = 't'\n" };
        let gate = format!("baseline = 'baseline.json'\n[[rule]]\n{task}{rule}");
        let verdict = Gate::parse(&gate, "gate.toml").unwrap().judge(evaluation, baseline);
        (verdict.outcome(), verdict.rules[0].message.clone())
    }

    #[test]
    fn a_bound_that_is_met_exactly_is_met() {
        let evaluation = evaluation(150);
        let of = |rule: &str, baseline: Option<&Baseline>| judged(rule, &evaluation, baseline);
        assert_eq!(of("metric = 'accuracy'\nfloor = 0.75", None).0, Outcome::Passes);
        let (outcome, message) = of("metric = 'accuracy'\nfloor = 0.7500001", None);
        assert_eq!(outcome, Outcome::Fails);
        // What is told apart is shown apart.
        assert!(
            message.contains("is 0.7500000") && message.contains("floor of 0.7500001"),
            "{message}"
        );
        // 0.80 - 0.75 is a little more than 0.05 in binary.
        let drop = "metric = 'accuracy'\nmax_drop = 0.05";
        assert_eq!(of(drop, Some(&baseline(160))).0, Outcome::Passes);
        assert_eq!(of(drop, Some(&baseline(161))).0, Outcome::Fails);
        assert_eq!(
            of("metric = 'accuracy'\nmax_drop = 0", Some(&baseline(150))).0,
            Outcome::Passes
        );
        // Better is no drop, however far.
        assert_eq!(of(drop, Some(&baseline(20))).0, Outcome::Passes);
    }

    #[test]
    fn the_lower_end_is_a_stricter_judge() {
        let evaluation = evaluation(150);
        let (lo, _) = evaluation.tasks[0].estimates[0].interval.unwrap();
        let between = f64::midpoint(lo, 0.75);
        let rule = format!("metric = 'accuracy'\nfloor = {between}");
        assert_eq!(judged(&rule, &evaluation, None).0, Outcome::Passes);
        assert_eq!(judged(&format!("{rule}\non = 'lo'"), &evaluation, None).0, Outcome::Fails);
    }

    #[test]
    fn what_cannot_be_compared_never_passes() {
        let whole = evaluation(150);
        let baseline = baseline(150);
        let reason = |rule: &str, evaluation: &Evaluation, baseline: Option<&Baseline>| {
            let (outcome, message) = judged(rule, evaluation, baseline);
            assert_eq!(outcome, Outcome::Undecided, "{message}");
            message.split_once(": ").unwrap().1.to_owned()
        };
        let drop = "metric = 'accuracy'\nmax_drop = 1";
        assert_eq!(
            reason(drop, &whole, None),
            "there is no baseline baseline.json; write it as the JSON of an evaluation"
        );
        let floor = "metric = 'accuracy'\nfloor = 0";
        assert_eq!(
            reason(&format!("task = 'tt'\n{floor}"), &whole, None),
            "there is no task \"tt\" (did you mean \"t\"?)"
        );
        assert_eq!(
            reason("metric = 'recall_c'\nfloor = 0", &whole, None),
            "there is no metric \"recall_c\" (did you mean \"recall_a\"?)"
        );
        assert_eq!(reason("metric = 'brier'\nceiling = 2", &whole, None), "no probabilities");
        assert_eq!(
            reason(&format!("{floor}\nmin_n = 201"), &whole, None),
            "200 cases are too few, 201 are needed"
        );
        // The baseline lacks what is asked for, or had no value.
        let mut old = whole.to_json();
        old["tasks"]["t"]["metrics"]["accuracy"] =
            serde_json::json!({ "value": null, "n": 3, "reason": "why" });
        let old = Baseline::parse(&old.to_string(), "baseline.json").unwrap();
        assert_eq!(reason(drop, &whole, Some(&old)), "it is undefined in the baseline (why)");
        let empty = Baseline::parse(r#"{"schema": "standpoint.evaluation/1"}"#, "b.json").unwrap();
        assert_eq!(reason(drop, &whole, Some(&empty)), "the baseline does not have it");
        assert_eq!(judged(drop, &whole, Some(&baseline)).0, Outcome::Passes);
    }

    #[test]
    fn one_failure_decides_whatever_cannot_be_decided() {
        let gate = "[[rule]]\ntask = 't'\nmetric = 'brier'\nceiling = 2\n\
                    [[rule]]\ntask = 't'\nmetric = 'accuracy'\nfloor = 0.9\n\
                    [[rule]]\ntask = 't'\nmetric = 'accuracy'\nfloor = 0.1\n";
        let verdict = Gate::parse(gate, "gate.toml").unwrap().judge(&evaluation(150), None);
        let outcomes: Vec<Outcome> = verdict.rules.iter().map(|rule| rule.outcome).collect();
        assert_eq!(outcomes, [Outcome::Undecided, Outcome::Fails, Outcome::Passes]);
        assert_eq!(verdict.outcome(), Outcome::Fails);
        assert_eq!(verdict.rules[1].rule.line, 8);
    }
}
