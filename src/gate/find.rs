//! The metrics that rules are about, and what they are compared with.

use std::fmt::Display;

use super::{
    rule::Rule,
    verdict::{Against, Found},
};
use crate::{
    error::nearest,
    evaluate::{
        BaselineResult, Difference, Estimate, Evaluation, LEAST_PAGES_TO_JUDGE, Metric,
        StoredEvaluation, TaskEvaluation, Undefined,
    },
};

/// Why a rule cannot be decided.
#[derive(Debug)]
pub(super) struct Reason(pub String);

impl From<&str> for Reason {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

pub(super) fn no_value(why: Option<Undefined>) -> Reason {
    Reason(why.map_or_else(|| "no value".to_owned(), |why| why.to_string()))
}

pub(super) fn no_interval(why: Option<Undefined>) -> Reason {
    Reason(why.map_or_else(|| "no interval".to_owned(), |why| format!("no interval: {why}")))
}

pub(super) fn too_few_pages(n: usize) -> Reason {
    let pages = if n == 1 { "page" } else { "pages" };
    Reason(format!(
        "an interval over {n} {pages} decides nothing, {LEAST_PAGES_TO_JUDGE} are needed"
    ))
}

/// The metric that a rule is about.
pub(super) fn estimate<'a>(
    evaluation: &'a Evaluation,
    rule: &Rule,
) -> Result<(&'a TaskEvaluation, &'a Estimate), Reason> {
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

/// The guess that does not read the text which a rule is about.
fn guess_of<'a>(task: &'a TaskEvaluation, rule: &Rule) -> Result<&'a BaselineResult, Reason> {
    let name = rule.beats.as_deref().unwrap_or_default();
    let names = task.baselines.iter().map(|guess| guess.name.as_str());
    let guess = task.baselines.iter().find(|guess| guess.name == name);
    guess.ok_or_else(|| absent("guess", name, names))
}

/// The lower end of the interval by which the figure lies above that of a guess.
pub(super) fn ahead(
    task: &TaskEvaluation,
    estimate: &Estimate,
    rule: &Rule,
) -> Result<Found, Reason> {
    let (old, whose) = guess(task, rule)?;
    let of_metric = |ahead: &&Difference| ahead.metric == estimate.metric;
    let ahead = guess_of(task, rule)?.ahead.iter().find(of_metric);
    let ahead = ahead.ok_or_else(|| no_interval(None))?;
    if ahead.n_pages < LEAST_PAGES_TO_JUDGE {
        return Err(too_few_pages(ahead.n_pages));
    }
    let change = ahead.interval.ok_or_else(|| no_interval(ahead.why))?.lo;
    let whose = format!("{whose} at the lower end of the interval");
    Ok(Found {
        which: "",
        value: estimate.value.ok_or_else(|| no_value(estimate.why))?,
        n: estimate.n,
        n_pages: estimate.n_pages,
        unanswered: task.unanswered,
        against: Some(Against { value: old, change, whose }),
    })
}

/// The metric of a guess that does not read the text, and whose it is in words.
pub(super) fn guess(task: &TaskEvaluation, rule: &Rule) -> Result<(f64, String), Reason> {
    let guess = guess_of(task, rule)?;
    let name = &guess.name;
    let undefined = |why: Reason| Reason(format!("{name}: {}", why.0));
    let estimates = guess.estimates.as_ref().map_err(|why| undefined(no_value(Some(*why))))?;
    let named = |estimate: &&Estimate| estimate.metric.name(&task.labels) == rule.metric;
    let estimate = estimates.iter().find(named);
    let estimate = estimate.ok_or_else(|| Reason(format!("{name} has no {}", rule.metric)))?;
    let value = estimate.value.ok_or_else(|| undefined(no_value(estimate.why)))?;
    Ok((value, format!("{name} (n {})", estimate.n)))
}

pub(super) fn unknown_metric(rule: &Rule, labels: &[String]) -> Reason {
    let names: Vec<String> =
        Metric::all(labels).into_iter().map(|metric| metric.name(labels)).collect();
    let absent = absent("metric", &rule.metric, names.iter().map(String::as_str));
    match rule.metric.as_str() {
        "f_avg" => Reason(format!(
            "{}: it is the mean F1 of favor and against, and {} has the labels {}",
            absent.0,
            rule.task,
            labels.join(", ")
        )),
        _ => absent,
    }
}

fn slice<'a>(
    evaluation: &'a Evaluation,
    by: &str,
    value: &str,
) -> Result<&'a Vec<TaskEvaluation>, Reason> {
    let of_column = evaluation.slices.iter().filter(|slice| slice.by == by);
    let mut found: Vec<(&str, &Vec<TaskEvaluation>)> =
        of_column.map(|slice| (slice.value.as_str(), &slice.tasks)).collect();
    if by == "target" {
        found.extend(evaluation.targets.iter().map(|(target, tasks)| (target.as_str(), tasks)));
    }
    let named = found.iter().find(|(name, _)| *name == value);
    named.map(|(_, tasks)| *tasks).ok_or_else(|| match found.as_slice() {
        [] => Reason(format!("the evaluation has no slices by {by:?}")),
        found => absent(by, value, found.iter().map(|(name, _)| *name)),
    })
}

pub(super) fn absent<'a>(
    what: impl Display,
    found: &str,
    known: impl Iterator<Item = &'a str>,
) -> Reason {
    let near = nearest(found, known).map(|near| format!(" (did you mean {near:?}?)"));
    Reason(format!("there is no {what} {found:?}{}", near.unwrap_or_default()))
}

/// The metric in a stored evaluation, and whose it is in words.
pub(super) fn stored(baseline: &StoredEvaluation, rule: &Rule) -> Result<(f64, String), Reason> {
    let json = baseline.json();
    let of_slice = |(by, value): &(String, String)| {
        let target = || (by == "target").then(|| json["targets"].get(value)).flatten();
        json["slices"].get(by).and_then(|slices| slices.get(value)).or_else(target)
    };
    let whole = match &rule.slice {
        None => Some(json),
        Some(slice) => of_slice(slice),
    };
    let found = whole.map(|whole| &whole["tasks"][&rule.task]["metrics"][&rule.metric]);
    match found {
        Some(found) if found.is_object() => {
            let known = found["value"].as_f64().zip(found["n"].as_u64());
            let (value, n) = known.ok_or_else(|| {
                let reason = found["reason"].as_str().unwrap_or("no reason is given");
                Reason(format!("it is undefined in the baseline ({reason})"))
            })?;
            Ok((value, format!("the baseline (n {n})")))
        }
        _ => Err("the baseline does not have it".into()),
    }
}
