//! New predictions against old ones.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde::{Serialize, Serializer};
use standpoint::{
    Place,
    evaluate::{Comparison, Difference, Flip, McNemar, Metric, Undefined, Verdict},
    gate::GateVerdict,
    report::markdown,
};
use textwrap::core::display_width;

use super::{
    BOLD, Sink, WithGate,
    github::{self, Annotation, Level},
    json_line, junit, md, name,
    openmetrics::{self, Family, Labels, Samples},
    padded, printable, start, unstyled, verdict,
};
use crate::cli::args::EvaluationFormat;

/// One task's comparison, and where each of its flips stands.
pub struct Compared {
    pub comparison: Comparison,
    /// Passages with a gold label that old, and that new, say nothing of: left out of both.
    pub unanswered: [usize; 2],
    /// In the order of its flips.
    pub lines: Vec<FlipLine>,
}

/// A flip's place in the file of the gold labels.
pub struct FlipLine {
    pub place: Place,
    pub text: Option<String>,
}

impl Compared {
    /// The flips that harm or those that help, with their lines.
    fn flips(&self, helps: bool) -> impl Iterator<Item = (&Flip, &FlipLine)> {
        let flips = self.comparison.flips.iter().zip(&self.lines);
        flips.filter(move |(flip, _)| flip.helps == helps)
    }

    /// The gold, old and new label of a flip.
    fn labels(&self, flip: &Flip) -> [&str; 3] {
        [flip.gold, flip.old, flip.new].map(|label| self.comparison.labels[label].as_str())
    }
}

/// What `compare` found.
pub struct ComparedTasks<'a> {
    /// Of the old and the new predictions.
    pub names: [String; 2],
    pub tasks: &'a [Compared],
    pub gate: Option<&'a GateVerdict>,
    /// Flips shown for people that harm, and that help.
    pub top: usize,
}

pub fn comparison(
    sink: &mut Sink,
    found: &ComparedTasks<'_>,
    format: EvaluationFormat,
) -> io::Result<()> {
    let ComparedTasks { names, tasks, gate, top } = found;
    match format {
        EvaluationFormat::Text => sink.text(|out| {
            writeln!(out, "old: {}", printable(&names[0]))?;
            writeln!(out, "new: {}", printable(&names[1]))?;
            tasks.iter().try_for_each(|of_task| {
                writeln!(out)?;
                figures(out, &of_task.comparison, of_task.unanswered)?;
                [false, true].iter().try_for_each(|&helps| flips(out, of_task, helps, *top))
            })?;
            let Some(gate) = gate else { return Ok(()) };
            writeln!(out)?;
            verdict::text(out, gate)
        }),
        EvaluationFormat::Json => {
            let result = Json {
                schema: "standpoint.comparison/1",
                old: &names[0],
                new: &names[1],
                tasks: Tasks(tasks),
            };
            json_line(sink, &WithGate { result, gate: *gate })
        }
        EvaluationFormat::Md => sink.text(|out| md::write(out, &markdown_of(found))),
        EvaluationFormat::Junit => {
            let suite = |of_task: &Compared| {
                let mut shown = Vec::new();
                figures(&mut shown, &of_task.comparison, of_task.unanswered)?;
                Ok((of_task.comparison.task.clone(), unstyled(&shown)))
            };
            let suites = tasks.iter().map(suite).collect::<io::Result<_>>()?;
            sink.text(|out| junit::write(out, &verdict::suites(*gate, suites)))
        }
        EvaluationFormat::Github => {
            let mut annotations = gate.map_or_else(Vec::new, verdict::annotations);
            annotations.extend(worst(tasks));
            annotations.extend(tasks.iter().map(|of_task| headline(&of_task.comparison)));
            sink.text(|out| github::write(out, &annotations))
        }
        EvaluationFormat::Openmetrics => {
            let mut families = families(tasks);
            families.extend(gate.map(verdict::families).into_iter().flatten());
            sink.text(|out| openmetrics::write(out, &families))
        }
    }
}

/// The flips that harm and are most certain of it, as many as GitHub shows.
fn worst(tasks: &[Compared]) -> Vec<Annotation> {
    let of_task =
        |of_task| Compared::flips(of_task, false).map(move |(flip, line)| (of_task, flip, line));
    let mut all: Vec<(&Compared, &Flip, &FlipLine)> = tasks.iter().flat_map(of_task).collect();
    let certainty = |flip: &Flip| flip.probability.unwrap_or(0.0);
    all.sort_by(|a, b| certainty(b.1).total_cmp(&certainty(a.1)));
    let annotation = |(of_task, flip, line): (&Compared, &Flip, &FlipLine)| {
        let task = &of_task.comparison.task;
        let [gold, _, new] = of_task.labels(flip);
        let text =
            line.text.as_deref().map_or_else(String::new, |text| format!(": {}", start(text)));
        Annotation {
            level: Level::Warning,
            place: Some(line.place.clone()),
            title: format!("{task}: no longer right"),
            message: format!("was {gold}, is {new}{}, gold {gold}{text}", certain(flip)),
        }
    };
    all.into_iter().take(github::MOST).map(annotation).collect()
}

/// What became of the task in one line.
fn headline(comparison: &Comparison) -> Annotation {
    let shown = |wanted: Metric| {
        let name = wanted.name(&comparison.labels);
        let [_, _, difference, verdict, _] =
            comparison.get(wanted).map_or_else(Default::default, cells);
        format!("{name} {difference} {verdict}")
    };
    Annotation {
        level: Level::Notice,
        place: None,
        title: comparison.task.clone(),
        message: format!(
            "new less old: {}, {} (n {})",
            shown(Metric::MacroF1),
            shown(Metric::Accuracy),
            comparison.n
        ),
    }
}

fn markdown_of(found: &ComparedTasks<'_>) -> String {
    let ComparedTasks { names: [old, new], tasks, gate, top } = found;
    let mut text = gate.map_or_else(String::new, |gate| verdict::md(gate) + "\n");
    let _ = writeln!(text, "Old: {}, new: {}", markdown(old), markdown(new));
    for of_task in *tasks {
        let Comparison { task, labels, n, n_pages, margin, differences, .. } = &of_task.comparison;
        let _ = write!(
            text,
            "\n## {}: {}; equivalent means within {margin}\n\n",
            markdown(task),
            super::passages_on(n, n_pages)
        );
        let header = ["", "old", "new", "new less old", "verdict", "detectable"].map(str::to_owned);
        let row = |difference: &Difference| {
            let name = difference.metric.name(labels);
            [name].into_iter().chain(cells(difference)).collect()
        };
        let rows = differences.iter().filter(|difference| is_shown(difference)).map(row);
        text.push_str(&md::table(&[header.to_vec()].into_iter().chain(rows).collect::<Vec<_>>()));
        if let Some(why) = unchanged(&of_task.comparison) {
            let _ = writeln!(text, "\n{why}.");
        }
        let _ = writeln!(text, "\n{}", mcnemar(&of_task.comparison));
        for (helps, what) in [(false, "no longer right"), (true, "now right")] {
            let n = of_task.flips(helps).count();
            if n == 0 || *top == 0 {
                continue;
            }
            let header = ["place", "gold", "was", "is", "passage"].map(str::to_owned);
            let row = |(flip, line): (&Flip, &FlipLine)| {
                let [gold, old, new] = of_task.labels(flip).map(str::to_owned);
                let passage = line.text.as_deref().map_or_else(String::new, start);
                vec![line.place.to_string(), gold, old, new + &certain(flip), passage]
            };
            let rows = of_task.flips(helps).take(*top).map(row);
            let rows: Vec<_> = [header.to_vec()].into_iter().chain(rows).collect();
            let _ = write!(text, "\n{n} {what}:\n\n{}", md::table(&rows));
        }
    }
    text
}

/// A coverage is shown where anything is unanswered.
fn is_shown(difference: &Difference) -> bool {
    let full = (Some(1.0), Some(1.0));
    difference.metric != Metric::Coverage || (difference.old, difference.new) != full
}

/// The differences as gauges; an undefined one has no sample.
fn families(tasks: &[Compared]) -> Vec<Family> {
    let all: Vec<(Labels, &Difference)> = tasks
        .iter()
        .flat_map(|of_task| {
            let Comparison { task, labels, differences, .. } = &of_task.comparison;
            differences.iter().map(move |difference| {
                (openmetrics::figure(task, difference.metric, labels), difference)
            })
        })
        .collect();
    let family = |name, help, value: fn(&Difference) -> Option<Samples>| {
        let sample = |(labels, difference): &(Labels, &Difference)| {
            Some((labels.clone(), value(difference)?))
        };
        Family { name, help, samples: all.iter().filter_map(sample).collect() }
    };
    vec![
        family("standpoint_difference", "New value less old one.", |d| d.value.map(Samples::Gauge)),
        family("standpoint_difference_lower", "Lower end of its paired 95 % interval.", |d| {
            d.interval.map(|interval| Samples::Gauge(interval.lo))
        }),
        family("standpoint_difference_upper", "Upper end of its paired 95 % interval.", |d| {
            d.interval.map(|interval| Samples::Gauge(interval.hi))
        }),
        family("standpoint_difference_verdict", "What the two amount to.", |d| {
            Some(Samples::state(d.verdict, Verdict::ALL))
        }),
    ]
}

/// Old, new, difference with its interval, verdict, and what could have been detected.
fn cells(difference: &Difference) -> [String; 5] {
    let Difference { old, new, detectable, verdict, .. } = difference;
    let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.3}"));
    let shown = format!("{difference:+}");
    [number(*old), number(*new), shown, verdict.to_string(), number(*detectable)]
}

fn mcnemar(comparison: &Comparison) -> String {
    let McNemar { only_old, only_new, p, mid_p, .. } = comparison.mcnemar;
    format!(
        "only old right {only_old}, only new right {only_new}: McNemar's exact p {p:.4}, mid-p {mid_p:.4}"
    )
}

/// The probability of a flip's new label, after a space.
fn certain(flip: &Flip) -> String {
    flip.probability.map_or_else(String::new, |p| format!(" {p:.2}"))
}

fn figures(
    out: &mut Vec<u8>,
    comparison: &Comparison,
    [by_old, by_new]: [usize; 2],
) -> io::Result<()> {
    let Comparison { task, labels, n, n_pages, margin, .. } = comparison;
    writeln!(
        out,
        "{BOLD}{}{BOLD:#}: {}; equivalent means within {margin}",
        printable(task),
        super::passages_on(n, n_pages)
    )?;
    if by_old + by_new > 0 {
        writeln!(
            out,
            "  left out: {by_old} that old gives no label, {by_new} that new gives none"
        )?;
    }
    let name = |metric: Metric| name(&metric.name(labels));
    let names = comparison.differences.iter().map(|difference| name(difference.metric));
    let width = names.map(|name| display_width(&name)).max().unwrap_or(0);
    writeln!(
        out,
        "  {:<width$}     old     new  {:<28}  {:<11}  detectable",
        "", "new less old", "verdict"
    )?;
    for difference in comparison.differences.iter().filter(|difference| is_shown(difference)) {
        let [old, new, shown, verdict, detectable] = cells(difference);
        writeln!(
            out,
            "  {}  {old:>6}  {new:>6}  {shown:<28}  {verdict:<11}  {detectable:>10}",
            padded(&name(difference.metric), width),
        )?;
    }
    if let Some(why) = unchanged(comparison) {
        writeln!(out, "  {why}")?;
    }
    writeln!(out, "  {}", mcnemar(comparison))
}

/// That old and new predictions of a task are the same, if they are.
fn unchanged(comparison: &Comparison) -> Option<String> {
    let of_metric = |metric| comparison.get(metric)?.why;
    let same = [Metric::MacroF1, Metric::Accuracy].map(of_metric);
    same.contains(&Some(Undefined::NothingChanged)).then(|| {
        format!(
            "no passage changed its label: old and new say the same, and of other pages {} are too few to \
             say so",
            comparison.n_pages
        )
    })
}

fn flips(out: &mut Vec<u8>, compared: &Compared, helps: bool, top: usize) -> io::Result<()> {
    let n = compared.flips(helps).count();
    if n == 0 || top == 0 {
        return Ok(());
    }
    let what = if helps { "now right" } else { "no longer right" };
    writeln!(out, "  {BOLD}{n} {what}{BOLD:#}")?;
    for (flip, line) in compared.flips(helps).take(top) {
        let [gold, old, new] = compared.labels(flip).map(printable);
        writeln!(
            out,
            "    {}: {gold}, was {old}, is {new}{}",
            printable(&line.place.to_string()),
            certain(flip)
        )?;
        if let Some(text) = &line.text {
            writeln!(out, "      {}", start(text))?;
        }
    }
    if n > top {
        writeln!(out, "    ... {} more: --flips, or --format json", n - top)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    old: &'a str,
    new: &'a str,
    tasks: Tasks<'a>,
}

struct Tasks<'a>(&'a [Compared]);

impl Serialize for Tasks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_map(self.0.iter().map(|task| (&task.comparison.task, TaskJson::of(task))))
    }
}

#[derive(Serialize)]
struct TaskJson<'a> {
    #[serde(flatten)]
    comparison: &'a Comparison,
    unanswered: UnansweredJson,
    flips: FlipsJson<'a>,
}

#[derive(Serialize)]
struct UnansweredJson {
    old: usize,
    new: usize,
}

#[derive(Serialize)]
struct FlipsJson<'a> {
    harm: Vec<FlipJson<'a>>,
    help: Vec<FlipJson<'a>>,
}

#[derive(Serialize)]
struct FlipJson<'a> {
    file: &'a str,
    line: Option<u64>,
    gold: &'a str,
    old: &'a str,
    new: &'a str,
    probability: Option<f64>,
    text: Option<&'a str>,
}

impl<'a> TaskJson<'a> {
    fn of(compared: &'a Compared) -> Self {
        let [old, new] = compared.unanswered;
        let flip = |(flip, line): (&Flip, &'a FlipLine)| {
            let [gold, old, new] = compared.labels(flip);
            FlipJson {
                file: &line.place.file,
                line: line.place.line,
                gold,
                old,
                new,
                probability: flip.probability,
                text: line.text.as_deref(),
            }
        };
        Self {
            comparison: &compared.comparison,
            unanswered: UnansweredJson { old, new },
            flips: FlipsJson {
                harm: compared.flips(false).map(flip).collect(),
                help: compared.flips(true).map(flip).collect(),
            },
        }
    }
}
