//! OpenMetrics text, for Prometheus and for GitLab's metrics report.

use std::{
    fmt::{self, Display},
    io::{self, Write},
};

use standpoint::evaluate::Metric;

use super::shown::is_command;

/// Values of one thing, told apart by their labels.
pub struct Family {
    pub name: &'static str,
    pub help: &'static str,
    pub samples: Vec<(Labels, Samples)>,
}

/// Names and values.
pub type Labels = Vec<(&'static str, String)>;

/// What a family's samples hold.
pub enum Samples {
    /// A number that may rise and fall.
    Gauge(f64),
    /// One state of several.
    State { is: String, of: Vec<String> },
}

impl Samples {
    /// One of all states that there are.
    pub fn state<T: Display>(is: T, of: &[T]) -> Self {
        Self::State { is: is.to_string(), of: of.iter().map(ToString::to_string).collect() }
    }
}

/// The labels of a metric: its task, its metric, and the label that the metric speaks of.
pub fn figure(task: &str, metric: Metric, labels: &[String]) -> Labels {
    let name = metric.name(labels);
    let of_label = metric.label().map(|label| labels[label].clone());
    let own = of_label.as_deref().and_then(|label| name.strip_suffix(label)).unwrap_or(&name);
    let metric = own.strip_suffix('_').unwrap_or(own).to_owned();
    let known = [("task", Some(task.to_owned())), ("metric", Some(metric)), ("label", of_label)];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Writes all families that have samples, and the end.
pub fn write(out: &mut Vec<u8>, families: &[Family]) -> io::Result<()> {
    for Family { name, help, samples } in families {
        let Some((_, first)) = samples.first() else { continue };
        let kind = match first {
            Samples::Gauge(_) => "gauge",
            Samples::State { .. } => "stateset",
        };
        writeln!(out, "# TYPE {name} {kind}")?;
        writeln!(out, "# HELP {name} {help}")?;
        for (labels, values) in samples {
            match values {
                Samples::Gauge(value) => writeln!(out, "{name}{} {value}", braced(labels))?,
                Samples::State { is, of } => {
                    for state in of {
                        let mut labels = labels.clone();
                        labels.push((name, state.clone()));
                        writeln!(out, "{name}{} {}", braced(&labels), u8::from(state == is))?;
                    }
                }
            }
        }
    }
    writeln!(out, "# EOF")
}

fn braced(labels: &Labels) -> impl Display + '_ {
    fmt::from_fn(move |f| {
        for (number, (name, value)) in labels.iter().enumerate() {
            let before = if number == 0 { '{' } else { ',' };
            write!(f, "{before}{name}=\"{}\"", escaped(value))?;
        }
        f.write_str(if labels.is_empty() { "" } else { "}" })
    })
}

fn escaped(value: &str) -> impl Display + '_ {
    fmt::from_fn(move |f| {
        value.chars().try_for_each(|c| match c {
            '\\' => f.write_str(r"\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str(r"\n"),
            // Two labels that differ in these alone stay two.
            c if is_command(c) => write!(f, r"\\u{{{:x}}}", u32::from(c)),
            c => write!(f, "{c}"),
        })
    })
}
