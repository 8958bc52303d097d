//! A gate: rules that say whether metrics are good enough. A rule passes, fails, or cannot be decided.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, ErrorKind, Place, Result},
    evaluate::{
        Comparison, Difference, Estimate, Evaluation, LEAST_PAGES_TO_JUDGE, Metric,
        StoredEvaluation,
    },
    input::Source,
};

mod file;
mod find;
mod rule;
mod verdict;

use find::{Reason, no_interval, no_value, too_few_pages};
pub use rule::{Bound, On, Rule};
use verdict::{Against, Found};
pub use verdict::{GateVerdict, Judgement, Outcome};

/// Rules for the metrics of an evaluation or a comparison. [`Gate::open`] reads them from a TOML file,
/// [`Gate::parse`] from its text:
///
/// ```
/// use standpoint::evaluate::{Evaluation, TaskEvaluation};
/// use standpoint::{gate::{Gate, Outcome}, predictions::{Answers, Scored}};
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
/// let gold: Vec<_> = (0..100).map(|i| Some(i % 2)).collect();
/// let pages = (0..100).map(|i| i / 5).collect();
/// let never_against = Answers::new("stance", ["favor", "against"], vec![Some(0); 100], pages)?;
/// let stance = TaskEvaluation::of(&Scored::new(never_against, &gold)?);
/// let evaluation = Evaluation::from(vec![stance]);
///
/// let verdict = gate.judge(&evaluation);
/// assert_eq!(verdict.outcome(), Outcome::Fails);
/// assert_eq!(
///     verdict.rules[0].message,
///     "stance recall_against is 0.000 (n 50 on 20 pages), below the floor of 0.600"
/// );
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Gate {
    /// The file's name, for messages.
    pub file: String,
    /// The stored evaluation that drops and rises are measured from, as the file names it: a path
    /// relative to the gate file.
    pub baseline: Option<String>,
    /// The rules, one for each bound, in the file's order.
    pub rules: Vec<Rule>,
    stored: Option<StoredEvaluation>,
    paths: Vec<PathBuf>,
}

impl Gate {
    /// Reads a gate, and the baseline that it names, if that is there.
    ///
    /// # Errors
    /// If there is no such gate, or one of the two is wrong.
    pub fn open(path: &Path) -> Result<Self> {
        let Some((name, text)) = found(path)? else {
            return Err(Error::input(
                Place::file(path.display().to_string()),
                "there is no such gate",
                "write one: docs/ci.md has an example",
            ));
        };
        let mut gate = Self::parse(&text, &name)?;
        gate.paths.push(path.to_owned());
        if let Some(baseline) = &gate.baseline {
            let path = path.parent().unwrap_or(Path::new("")).join(baseline);
            let stored = found(&path)?;
            gate.paths.push(path);
            let stored = stored.map(|(name, text)| StoredEvaluation::parse(&text, &name));
            gate.stored = stored.transpose()?;
        }
        Ok(gate)
    }

    /// The same with this baseline.
    pub fn with_baseline(self, stored: StoredEvaluation) -> Self {
        Self { stored: Some(stored), ..self }
    }

    /// The files that it was read from: the gate's, and the baseline's if it names one.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The columns whose slices have rules, each once with the fewest cases that a rule asks for, in
    /// ascending order of these.
    pub fn columns(&self) -> Vec<(&str, usize)> {
        let sliced = self.rules.iter().filter_map(|rule| Some((rule.slice.as_ref()?, rule.min_n)));
        let mut columns: Vec<_> = sliced.map(|((by, _), least)| (by.as_str(), least)).collect();
        columns.sort_by_key(|(_, least)| *least);
        let mut seen = HashSet::new();
        columns.retain(|(by, _)| seen.insert(*by));
        columns
    }
}

/// The name and the text of a file, or nothing if there is none. An empty file has its reader's error.
fn found(path: &Path) -> Result<Option<(String, String)>> {
    match Source::open(path) {
        Ok(source) => Ok(Some((source.name().to_owned(), source.text().to_owned()))),
        Err(error) => match error.kind() {
            ErrorKind::Empty { name } => Ok(Some((name.clone(), String::new()))),
            ErrorKind::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Ok(None)
            }
            _ => Err(error),
        },
    }
}

impl Gate {
    /// Judges an evaluation. Drops and rises are measured from the baseline; without it they cannot be
    /// decided, and an undecided rule never passes.
    ///
    /// A rule on [`On::Value`] compares the value with its bound, one on [`On::Lo`] or [`On::Hi`] the
    /// cautious end of the 95 % interval: a floor on the lower end passes only values whose interval lies
    /// above it. A margin over a guess is then held against the interval of the
    /// difference, each page left out of both. Of fewer than 8 pages an end decides nothing.
    ///
    /// Where passages with a gold label are unanswered, no rule passes unless the gate bounds the
    /// `coverage` too: a model that answers only what is easy would.
    pub fn judge(&self, evaluation: &Evaluation) -> GateVerdict {
        self.verdict(|rule| {
            let (task, estimate) = find::estimate(evaluation, rule)?;
            if rule.bound == Bound::Margin && rule.on != On::Value {
                return find::ahead(task, estimate, rule);
            }
            let against = match rule.bound {
                Bound::Floor | Bound::Ceiling => None,
                Bound::MaxDrop | Bound::MaxRise => Some(match (&self.stored, &self.baseline) {
                    (Some(baseline), _) => find::stored(baseline, rule)?,
                    (None, Some(file)) => {
                        return Err(Reason(format!(
                            "there is no baseline {file}; write it as the JSON of an evaluation"
                        )));
                    }
                    (None, None) => return Err("the gate names no baseline".into()),
                }),
                Bound::Margin => Some(find::guess(task, rule)?),
            };
            if rule.on != On::Value && estimate.n_pages < LEAST_PAGES_TO_JUDGE {
                return Err(too_few_pages(estimate.n_pages));
            }
            let interval = || estimate.interval.ok_or(no_interval(estimate.why));
            let (value, which) = match rule.on {
                On::Value => (estimate.value.ok_or(no_value(estimate.why))?, ""),
                On::Lo => (interval()?.lo, "the lower end of the interval of "),
                On::Hi => (interval()?.hi, "the upper end of the interval of "),
            };
            let against =
                against.map(|(old, whose)| Against { value: old, change: value - old, whose });
            let Estimate { n, n_pages, .. } = *estimate;
            Ok(Found { which, value, n, n_pages, unanswered: task.unanswered, against })
        })
    }

    /// Judges new predictions by old ones: drops and rises are measured from the old ones, on [`On::Lo`]
    /// or [`On::Hi`] by the cautious end of the difference's paired interval. A stored baseline is not
    /// used.
    ///
    /// ```
    /// use standpoint::evaluate::{Comparison, ComparisonSettings};
    /// use standpoint::{gate::{Gate, Outcome}, predictions::{Answers, Scored}};
    /// let gold: Vec<_> = (0..300).map(|i| Some(i % 2)).collect();
    /// let worse: Vec<_> = (0..300).map(|i| Some(if i % 9 == 0 { 1 } else { i % 2 })).collect();
    /// let scored = |predicted: &[Option<usize>]| -> standpoint::Result<Scored> {
    ///     let pages = (0..300).map(|i| i / 5).collect();
    ///     Scored::new(Answers::new("t", ["no", "yes"], predicted.to_vec(), pages)?, &gold)
    /// };
    /// let settings = ComparisonSettings::default();
    /// let comparison = Comparison::of(&scored(&gold)?, &scored(&worse)?, &settings)?;
    /// let gate = "[[rule]]\ntask = 't'\nmetric = 'accuracy'\nmax_drop = 0.06\n";
    /// let judge = |gate: &str| Gate::parse(gate, "g").unwrap().judge_comparisons(&[&comparison]);
    /// assert_eq!(judge(gate).outcome(), Outcome::Passes); // 0.057
    /// assert_eq!(judge(&format!("{gate}on = 'lo'")).outcome(), Outcome::Fails); // 0.08 is not excluded
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    pub fn judge_comparisons(&self, comparisons: &[&Comparison]) -> GateVerdict {
        self.verdict(|rule| {
            if rule.slice.is_some() {
                return Err("a comparison has no slices".into());
            }
            if let Some(guess) = &rule.beats {
                return Err(Reason(format!("a comparison says nothing of {guess}")));
            }
            let of_task = |comparison: &&&Comparison| comparison.task == rule.task;
            let names = || comparisons.iter().map(|comparison| comparison.task.as_str());
            let comparison = comparisons
                .iter()
                .find(of_task)
                .ok_or_else(|| find::absent("task", &rule.task, names()))?;
            let labels = &comparison.labels;
            let named = |difference: &&Difference| difference.metric.name(labels) == rule.metric;
            let difference = comparison.differences.iter().find(named);
            let difference = difference.ok_or_else(|| find::unknown_metric(rule, labels))?;
            let (Some(old), Some(new)) = (difference.old, difference.new) else {
                return Err(no_value(difference.why));
            };
            if rule.on != On::Value && difference.n_pages < LEAST_PAGES_TO_JUDGE {
                return Err(too_few_pages(difference.n_pages));
            }
            let interval = || difference.interval.ok_or(no_interval(difference.why));
            let against = match (rule.bound.is_relative(), rule.on) {
                (false, On::Value) => None,
                (false, _) => {
                    return Err("a comparison has no interval of the figure itself".into());
                }
                (true, on) => {
                    let (change, whose) = match on {
                        On::Value => (new - old, ""),
                        On::Lo => (interval()?.lo, " at the lower end of the interval"),
                        On::Hi => (interval()?.hi, " at the upper end of the interval"),
                    };
                    Some(Against { value: old, change, whose: format!("the old one{whose}") })
                }
            };
            let Difference { n, n_pages, .. } = *difference;
            // Of the coverage the cases are all that have a gold label.
            let coverage = comparison.get(Metric::Coverage);
            let unanswered = coverage
                .map_or(0.0, |coverage| coverage.n as f64 * (1.0 - coverage.new.unwrap_or(1.0)));
            let unanswered = unanswered.round() as usize;
            Ok(Found { which: "", value: new, n, n_pages, unanswered, against })
        })
    }

    /// Whether a rule bounds the coverage of the cases that a rule is about, or of all of the task's.
    fn bounds_coverage_of(&self, rule: &Rule) -> bool {
        let same = |of: &Rule| of.slice.is_none() || of.slice == rule.slice;
        self.rules.iter().any(|of| of.metric == "coverage" && of.task == rule.task && same(of))
    }

    fn verdict(&self, find: impl Fn(&Rule) -> Result<Found, Reason>) -> GateVerdict {
        let judge = |rule: &Rule| match find(rule) {
            Ok(found) if found.n < rule.min_n => {
                rule.undecided(&format!("{} cases are too few, {} are needed", found.n, rule.min_n))
            }
            Ok(found) => match found.unanswered {
                0 => rule.judge(found),
                _ if self.bounds_coverage_of(rule) => rule.judge(found),
                n => rule.judge(found).unless_unanswered(n),
            },
            Err(Reason(reason)) => rule.undecided(&reason),
        };
        GateVerdict { file: self.file.clone(), rules: self.rules.iter().map(judge).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;
    use super::*;
    use crate::{
        evaluate::TaskEvaluation,
        predictions::{Answers, Scored},
    };

    /// 200 cases on 40 pages, the first `right` of them right: recall of `a` and `b` alike.
    fn evaluation(right: usize) -> Evaluation {
        let gold: Vec<Option<usize>> = (0..200).map(|i| Some(i % 2)).collect();
        let predicted = (0..200).map(|i| Some(if i < right { i % 2 } else { 1 - i % 2 })).collect();
        let pages = (0..200).map(|i| i / 5).collect();
        let answers = Answers::new("t", ["a", "b"], predicted, pages).unwrap();
        let scored = Scored::new(answers, &gold).unwrap();
        vec![TaskEvaluation::of(&scored)].into()
    }

    fn baseline(right: usize) -> StoredEvaluation {
        let json = serde_json::to_string(&evaluation(right)).unwrap();
        StoredEvaluation::parse(&json, "baseline.json").unwrap()
    }

    fn judged(
        rule: &str,
        evaluation: &Evaluation,
        baseline: Option<&StoredEvaluation>,
    ) -> (Outcome, String) {
        let task = if rule.contains("task") { "" } else { "task = 't'\n" };
        let gate = format!("baseline = 'baseline.json'\n[[rule]]\n{task}{rule}");
        let gate = Gate::parse(&gate, "gate.toml").unwrap();
        let verdict = match baseline {
            Some(baseline) => gate.with_baseline(baseline.clone()).judge(evaluation),
            None => gate.judge(evaluation),
        };
        (verdict.outcome(), verdict.rules[0].message.clone())
    }

    #[test]
    fn a_bound_that_is_met_exactly_is_met() {
        let evaluation = evaluation(150);
        let of =
            |rule: &str, baseline: Option<&StoredEvaluation>| judged(rule, &evaluation, baseline);
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
        let lo = evaluation.tasks[0].estimates[0].interval.unwrap().lo;
        let between = f64::midpoint(lo, 0.75);
        let rule = format!("metric = 'accuracy'\nfloor = {between}");
        assert_eq!(judged(&rule, &evaluation, None).0, Outcome::Passes);
        assert_eq!(judged(&format!("{rule}\non = 'lo'"), &evaluation, None).0, Outcome::Fails);
    }

    #[test]
    fn what_cannot_be_compared_never_passes() {
        let whole = evaluation(150);
        let baseline = baseline(150);
        let reason = |rule: &str, evaluation: &Evaluation, baseline: Option<&StoredEvaluation>| {
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
        let mut old = serde_json::to_value(&whole).unwrap();
        old["tasks"]["t"]["metrics"]["accuracy"] =
            serde_json::json!({ "value": null, "n": 3, "reason": "why" });
        let old = StoredEvaluation::parse(&old.to_string(), "baseline.json").unwrap();
        assert_eq!(reason(drop, &whole, Some(&old)), "it is undefined in the baseline (why)");
        let empty =
            StoredEvaluation::parse(r#"{"schema": "standpoint.evaluation/1"}"#, "b.json").unwrap();
        assert_eq!(reason(drop, &whole, Some(&empty)), "the baseline does not have it");
        assert_eq!(judged(drop, &whole, Some(&baseline)).0, Outcome::Passes);
    }

    #[test]
    fn one_failure_decides_whatever_cannot_be_decided() {
        let gate = "[[rule]]\ntask = 't'\nmetric = 'brier'\nceiling = 2\n\
                    [[rule]]\ntask = 't'\nmetric = 'accuracy'\nfloor = 0.9\n\
                    [[rule]]\ntask = 't'\nmetric = 'accuracy'\nfloor = 0.1\n";
        let verdict = Gate::parse(gate, "gate.toml").unwrap().judge(&evaluation(150));
        let outcomes: Vec<Outcome> = verdict.rules.iter().map(|rule| rule.outcome).collect();
        assert_eq!(outcomes, [Outcome::Undecided, Outcome::Fails, Outcome::Passes]);
        assert_eq!(verdict.outcome(), Outcome::Fails);
        assert_eq!(verdict.rules[1].rule.line, 8);
    }
}
