//! What a gate said, for each format.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use standpoint::{
    Place,
    gate::{GateVerdict, Judgement, Outcome},
    report::markdown,
};

use super::{
    BOLD, DIM,
    github::{Annotation, Level},
    junit::{Case, Problem, Suite},
    openmetrics::{Family, Labels, Samples},
    printable,
};

/// The verdict in one line.
pub fn headline(verdict: &GateVerdict) -> String {
    let GateVerdict { file, rules, .. } = verdict;
    let shown = |outcome: Outcome| match (verdict.count(outcome), outcome) {
        (0, _) => None,
        (n, Outcome::Passes) => Some(format!("{n} passed")),
        (n, Outcome::Fails) => Some(format!("{n} failed")),
        (n, _) => Some(format!("{n} undecided")),
    };
    let counts =
        [Outcome::Fails, Outcome::Undecided, Outcome::Passes].into_iter().filter_map(shown);
    let counts: Vec<String> = counts.collect();
    let plural = if rules.len() == 1 { "" } else { "s" };
    format!("{file}: {} ({} rule{plural}: {})", verdict.outcome(), rules.len(), counts.join(", "))
}

/// What did not pass, a sentence each, on stderr.
pub fn reasons(verdict: &GateVerdict) {
    super::note(&headline(verdict));
    for judgement in verdict.rules.iter().filter(|rule| rule.outcome != Outcome::Passes) {
        super::note(&format!(
            "{}:{}: {}: {}",
            verdict.file,
            judgement.rule.line,
            judgement.outcome,
            printable(&judgement.message)
        ));
    }
}

pub fn text(out: &mut Vec<u8>, verdict: &GateVerdict) -> io::Result<()> {
    writeln!(out, "{BOLD}gate{BOLD:#} {}", printable(&headline(verdict)))?;
    for Judgement { outcome, message, .. } in &verdict.rules {
        let style = match outcome {
            Outcome::Passes => Style::new(),
            Outcome::Fails => AnsiColor::Red.on_default().bold(),
            _ => DIM,
        };
        writeln!(out, "  {style}{outcome:<9}{style:#}  {}", printable(message))?;
    }
    Ok(())
}

/// A section, the worst first.
pub fn md(verdict: &GateVerdict) -> String {
    let mut judgements: Vec<&Judgement> = verdict.rules.iter().collect();
    judgements.sort_by_key(|judgement| std::cmp::Reverse(judgement.outcome));
    let mut text =
        format!("## Gate: {}\n\n{}\n\n", verdict.outcome(), markdown(&headline(verdict)));
    text.push_str("| | rule | figure |\n|---|---|---|\n");
    for Judgement { rule, outcome, message, .. } in judgements {
        let shown = match outcome {
            Outcome::Passes => "passes".to_owned(),
            outcome => format!("**{outcome}**"),
        };
        let name = markdown(&format!("{} {}", rule.subject(), rule.bounds()));
        let _ = writeln!(text, "| {shown} | {name} | {} |", markdown(message));
    }
    text
}

/// A suite for each task, those of the evaluation first, with a case for each rule. A task without
/// a rule has one case, which says so.
pub fn suites(verdict: Option<&GateVerdict>, tasks: Vec<(String, String)>) -> Vec<Suite> {
    let rules = verdict.map_or(&[][..], |verdict| &verdict.rules);
    let suite = |(name, output)| Suite { name, cases: Vec::new(), output };
    let mut suites: Vec<Suite> = tasks.into_iter().map(suite).collect();
    let mut numbers: BTreeMap<String, usize> =
        suites.iter().enumerate().map(|(number, suite)| (suite.name.clone(), number)).collect();
    for rule in rules {
        let task = &rule.rule.task;
        let number = *numbers.entry(task.clone()).or_insert_with(|| {
            suites.push(Suite { name: task.clone(), cases: Vec::new(), output: String::new() });
            suites.len() - 1
        });
        suites[number].cases.push(case(rule));
    }
    for suite in suites.iter_mut().filter(|suite| suite.cases.is_empty()) {
        suite.cases.push(Case { name: "no rule".into(), problem: None });
    }
    suites
}

fn case(judgement: &Judgement) -> Case {
    let Judgement { rule, outcome, message, .. } = judgement;
    let slice = rule.slice.as_ref().map(|(by, value)| format!(" of {by}={value}"));
    let (kind, message) = (rule.bound.to_string(), message.clone());
    Case {
        name: format!("{}{} {}", rule.metric, slice.unwrap_or_default(), rule.bounds()),
        problem: match outcome {
            Outcome::Passes => None,
            Outcome::Fails => Some(Problem::Failure { kind, message }),
            _ => Some(Problem::Error { kind, message }),
        },
    }
}

/// An error on the gate's own line for each rule that did not pass, and the verdict.
pub fn annotations(verdict: &GateVerdict) -> Vec<Annotation> {
    let of_rule = |judgement: &Judgement| Annotation {
        level: Level::Error,
        place: Some(Place::line(&verdict.file, judgement.rule.line)),
        title: format!("gate {}: {}", judgement.outcome, judgement.rule.subject()),
        message: judgement.message.clone(),
    };
    let headline = Annotation {
        level: Level::Notice,
        place: None,
        title: format!("gate {}", verdict.outcome()),
        message: headline(verdict),
    };
    let not_passed = verdict.rules.iter().filter(|rule| rule.outcome != Outcome::Passes);
    not_passed.map(of_rule).chain([headline]).collect()
}

pub fn families(verdict: &GateVerdict) -> [Family; 2] {
    let state = |outcome: Outcome| Samples::state(outcome, Outcome::ALL);
    let of_rule = |judgement: &Judgement| {
        let rule = &judgement.rule;
        let mut labels: Labels = vec![
            ("task", rule.task.clone()),
            ("metric", rule.metric.clone()),
            ("rule", rule.bounds()),
        ];
        if let Some((by, value)) = &rule.slice {
            labels.extend([("by", by.clone()), ("value", value.clone())]);
        }
        (labels, state(judgement.outcome))
    };
    [
        Family {
            name: "standpoint_gate",
            help: "What the gate said.",
            samples: vec![(Vec::new(), state(verdict.outcome()))],
        },
        Family {
            name: "standpoint_gate_rule",
            help: "What became of a rule of the gate.",
            samples: verdict.rules.iter().map(of_rule).collect(),
        },
    ]
}
