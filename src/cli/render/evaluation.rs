//! An evaluation in every format.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use standpoint::{
    evaluate::{Estimate, Evaluation, Metric, Slice, TaskEvaluation},
    gate::GateVerdict,
    report::{self, markdown},
    study::WrongCase,
};

use super::{
    Sink, WithGate, breakdown, figures,
    github::{self, Annotation, Level},
    json_line, junit, md,
    openmetrics::{self, Family, Labels, Samples},
    start, unstyled, verdict,
};
use crate::cli::args::EvaluationFormat;

/// What `evaluate` found.
pub struct Evaluated<'a> {
    pub evaluation: &'a Evaluation,
    pub gate: Option<&'a GateVerdict>,
    /// The cases that were wrong and most certain of it, the worst first.
    pub worst: &'a [WrongCase],
    /// For text: the tables of reliability and risk too.
    pub calibration: bool,
}

pub fn evaluated(
    sink: &mut Sink,
    found: &Evaluated<'_>,
    format: EvaluationFormat,
) -> io::Result<()> {
    let Evaluated { evaluation, gate, worst, calibration } = found;
    match format {
        EvaluationFormat::Text => sink.text(|out| {
            figures::text(out, evaluation, *calibration)?;
            let Some(gate) = gate else { return Ok(()) };
            writeln!(out)?;
            verdict::text(out, gate)
        }),
        EvaluationFormat::Json => json_line(sink, &WithGate { result: *evaluation, gate: *gate }),
        EvaluationFormat::Md => sink.text(|out| md::write(out, &markdown_of(found))),
        EvaluationFormat::Junit => {
            let of_task = |task: &TaskEvaluation| {
                let mut shown = Vec::new();
                figures::of_task(&mut shown, task)?;
                Ok((task.task.clone(), unstyled(&shown)))
            };
            let tasks = evaluation.tasks.iter().map(of_task).collect::<io::Result<_>>()?;
            sink.text(|out| junit::write(out, &verdict::suites(*gate, tasks)))
        }
        EvaluationFormat::Github => {
            let mut annotations = gate.map_or_else(Vec::new, verdict::annotations);
            annotations.extend(worst.iter().take(github::MOST).map(annotation));
            annotations.extend(evaluation.tasks.iter().map(headline));
            sink.text(|out| github::write(out, &annotations))
        }
        EvaluationFormat::Openmetrics => {
            let mut families = families(evaluation);
            families.extend(gate.map(verdict::families).into_iter().flatten());
            sink.text(|out| openmetrics::write(out, &families))
        }
    }
}

fn annotation(case: &WrongCase) -> Annotation {
    let WrongCase { place, task, gold, predicted, probability, text } = case;
    Annotation {
        // The gate decides whether anything is an error.
        level: Level::Warning,
        place: Some(place.clone()),
        title: format!("{task}: {predicted}, gold {gold}"),
        message: format!("predicted {predicted} ({probability:.2}), gold {gold}: {}", start(text)),
    }
}

/// The figures of a task in one line.
fn headline(task: &TaskEvaluation) -> Annotation {
    let shown = |wanted: Metric| {
        let found = task.get(wanted).map_or_else(|| "-".into(), ToString::to_string);
        format!("{} {found}", wanted.name(&task.labels))
    };
    Annotation {
        level: Level::Notice,
        place: None,
        title: task.task.clone(),
        message: format!(
            "{}, {} (n {}): {}",
            shown(Metric::MacroF1),
            shown(Metric::Accuracy),
            task.confusion.total(),
            task.verdict()
        ),
    }
}

fn markdown_of(found: &Evaluated<'_>) -> String {
    let Evaluated { evaluation, gate, worst, .. } = found;
    let mut text = String::new();
    if let Some(gate) = gate {
        text.push_str(&verdict::md(gate));
    }
    let ladder = breakdown::ladder(evaluation);
    if !ladder.is_empty() {
        let between = if text.is_empty() { "" } else { "\n" };
        let _ = write!(text, "{between}## {}\n\n{}\n", breakdown::LADDER, md::table(&ladder));
        for line in breakdown::headlines(evaluation) {
            let _ = writeln!(text, "- {}", markdown(&line));
        }
    }
    for task in &evaluation.tasks {
        let between = if text.is_empty() { "" } else { "\n" };
        let _ = write!(text, "{between}## {}: {}\n\n", markdown(&task.task), figures::cases(task));
        let _ = write!(text, "In words: {}.\n\n", markdown(&task.verdict().to_string()));
        text.push_str(&report::metrics(task));
        for rows in [confusion(task), breakdown::baseline_rows(task)] {
            if !rows.is_empty() {
                text.push('\n');
                text.push_str(&md::table(&rows));
            }
        }
    }
    let by_target =
        evaluation.tasks.iter().filter_map(|task| figures::target_table(evaluation, task));
    let by_target = by_target.map(|(title, rows)| {
        let header = ["target", ""].map(str::to_owned).to_vec();
        (title, [header].into_iter().chain(rows).collect())
    });
    for (title, rows) in by_target.chain(breakdown::slice_tables(evaluation)) {
        let _ = write!(text, "\n## {}\n\n{}", markdown(&title), md::table(&rows));
    }
    if !worst.is_empty() {
        let header = ["place", "task", "gold", "predicted", "passage"].map(str::to_owned);
        let row = |case: &WrongCase| {
            let WrongCase { place, task, gold, predicted, probability, text } = case;
            let predicted = format!("{predicted} {probability:.2}");
            vec![place.to_string(), task.clone(), gold.clone(), predicted, start(text)]
        };
        let rows: Vec<_> = [header.to_vec()].into_iter().chain(worst.iter().map(row)).collect();
        let _ = write!(text, "\n## Wrong, and most certain of it\n\n{}", md::table(&rows));
    }
    text
}

/// Counts, rows gold.
fn confusion(task: &TaskEvaluation) -> Vec<Vec<String>> {
    let header = [r"gold \ predicted".to_owned()].into_iter().chain(task.labels.iter().cloned());
    let row = |(gold, name): (usize, &String)| {
        let counts = task.confusion.row(gold).iter().map(ToString::to_string);
        [name.clone()].into_iter().chain(counts).collect()
    };
    let rows = task.labels.iter().enumerate().map(row);
    [header.collect()].into_iter().chain(rows).collect()
}

/// The figures as gauges; an undefined one has no sample.
fn families<'a>(evaluation: &'a Evaluation) -> Vec<Family> {
    let of_tasks = |tasks: &'a [TaskEvaluation], part: Labels| {
        tasks.iter().flat_map(move |task| {
            let part = part.clone();
            task.estimates.iter().map(move |estimate| {
                let mut labels = openmetrics::figure(&task.task, estimate.metric, &task.labels);
                labels.extend(part.iter().cloned());
                (labels, estimate)
            })
        })
    };
    let part = |by: &str, value: &str| vec![("by", by.to_owned()), ("value", value.to_owned())];
    let mut estimates: Vec<(Labels, &Estimate)> = of_tasks(&evaluation.tasks, Vec::new()).collect();
    for Slice { by, value, tasks } in &evaluation.slices {
        estimates.extend(of_tasks(tasks, part(by, value)));
    }
    // A target may be a slice too: one sample is enough.
    let sliced = evaluation.slices.iter().any(|slice| slice.by == "target");
    for (target, tasks) in evaluation.targets.iter().filter(|_| !sliced) {
        estimates.extend(of_tasks(tasks, part("target", target)));
    }
    let gauge = |name, help, value: fn(&Estimate) -> Option<f64>| {
        let sample = |(labels, estimate): &(Labels, &Estimate)| {
            Some((labels.clone(), Samples::Gauge(value(estimate)?)))
        };
        Family { name, help, samples: estimates.iter().filter_map(sample).collect() }
    };
    vec![
        gauge("standpoint_metric", "Value of a metric.", |e| e.value),
        gauge("standpoint_metric_lower", "Lower end of its 95 % interval.", |e| {
            e.interval.map(|interval| interval.lo)
        }),
        gauge("standpoint_metric_upper", "Upper end of its 95 % interval.", |e| {
            e.interval.map(|interval| interval.hi)
        }),
        gauge(
            "standpoint_metric_if_calibrated",
            "What calibrated probabilities would show of it at most.",
            |e| e.if_calibrated,
        ),
        gauge("standpoint_metric_cases", "Cases that it is computed from.", |e| Some(e.n as f64)),
        gauge("standpoint_metric_pages", "Pages on which these lie.", |e| Some(e.n_pages as f64)),
    ]
}
