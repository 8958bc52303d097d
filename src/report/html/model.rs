//! A model's metrics and mistakes, as one HTML file.

use maud::{Markup, html};

use super::{
    document,
    plot::{Line, Plot},
};
use crate::{
    evaluate::{Bin, Confusion, CurvePoint, Evaluation, RiskPoint, TaskEvaluation},
    features::Block,
    model::{Model, Predictor, TargetModel},
    study::WrongCase,
};

/// Strongest terms shown for each label.
const TERMS: usize = 15;

/// A model and its evaluation on passages with gold labels, as one HTML file: for each task its metrics,
/// confusion matrix, reliability diagram and error against coverage; a learning curve if the evaluation
/// has one; the strongest terms of each label; mistakes.
///
/// ```
/// use standpoint::{Model, model::PredictSettings, evaluate::{Evaluation, TaskEvaluation}, report::ModelReport};
/// use standpoint::predictions::{Answers, Scored};
/// let answers = Answers::new("t", ["no", "yes"], vec![Some(0), Some(1), Some(0)], vec![0, 1, 2])?
///     .with_probabilities(vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4])?;
/// let scored = Scored::new(answers, &[Some(0), Some(1), Some(1)])?;
/// let evaluation = Evaluation::from(vec![TaskEvaluation::of(&scored)]);
/// let predictor = Model::built_in().predictor(&PredictSettings::default())?;
/// let report = ModelReport::new(&predictor, evaluation).title("A model").on("three cases");
/// assert!(report.to_html().contains("Reliability"));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ModelReport {
    title: String,
    /// Each with the tasks that are taken from it.
    models: Vec<(Model, Vec<String>)>,
    on: String,
    evaluation: Evaluation,
    wrong: Vec<WrongCase>,
}

impl ModelReport {
    /// Of a model, or several of which each task is taken from the first that has it, and the evaluation.
    pub fn new(predictor: &Predictor, evaluation: Evaluation) -> Self {
        let owned = |tasks: Vec<&str>| tasks.into_iter().map(str::to_owned).collect();
        let models =
            predictor.models().map(|(model, tasks)| (model.clone(), owned(tasks))).collect();
        let (title, on) = ("A model".to_owned(), "labelled passages".to_owned());
        Self { title, models, on, evaluation, wrong: Vec::new() }
    }

    /// With this title.
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// With these words for the passages that it was evaluated on.
    pub fn on(self, on: impl Into<String>) -> Self {
        Self { on: on.into(), ..self }
    }

    /// With these mistakes, the most certain first.
    pub fn wrong(self, wrong: Vec<WrongCase>) -> Self {
        Self { wrong, ..self }
    }

    /// The report as one file that needs nothing beside it.
    pub fn to_html(&self) -> String {
        let body = html! {
            header {
                h1 { (self.title) }
                p.about { "On " (self.on) }
                @for (model, tasks) in &self.models {
                    @if self.models.len() > 1 { p.about { "From one model: " (tasks.join(", ")) } }
                    @if model.is_per_target() {
                        p.about { (model.targets().len()) " models, each for a target of its own" }
                    }
                }
            }
            main {
                @for task in &self.evaluation.tasks { (of_task(task)) }
                @if !self.evaluation.learning_curve.is_empty() {
                    section {
                        h2 { "Learning curve" }
                        (curve(&self.evaluation.tasks, &self.evaluation.learning_curve).render())
                    }
                }
                (self.mistakes())
                @for (model, tasks) in &self.models {
                    @for target in model.targets() { (terms(target, tasks)) }
                }
            }
        };
        document(&self.title, "'none'", &body)
    }

    fn mistakes(&self) -> Markup {
        html! {
            section aria-labelledby="wrong" {
                h2 #wrong { "Mistakes, the most certain first" }
                @if self.wrong.is_empty() { p { "None." } }
                ol.passages {
                    @for case in &self.wrong {
                        li.passage {
                            div.labels {
                                span.tag.kind { (case.task) }
                                span { "gold " b { (case.gold) } }
                                span { "predicted " b { (case.predicted) } " "
                                    span.p { (format!("{:.2}", case.probability)) } }
                                span.row { (case.place) }
                            }
                            p.text dir="auto" { (case.text) }
                        }
                    }
                }
            }
        }
    }
}

fn of_task(task: &TaskEvaluation) -> Markup {
    html! {
        section {
            h2 { (task.task) }
            div.charts {
                figure {
                    figcaption { "Figures, with 95 % intervals over pages" }
                    div.scroll tabindex="0" role="region" aria-label={ "Figures of " (task.task) } {
                        table {
                            thead { tr {
                                th scope="col" { "metric" } th scope="col" { "value" }
                                th scope="col" { "cases" } th scope="col" { "pages" }
                            } }
                            tbody {
                                @for estimate in &task.estimates {
                                    tr {
                                        th scope="row" { (estimate.metric.name(&task.labels)) }
                                        td { (estimate) } td { (estimate.n) } td { (estimate.n_pages) }
                                    }
                                }
                            }
                        }
                    }
                }
                figure {
                    figcaption { "Confusion: rows are gold, columns predicted" }
                    div.scroll tabindex="0" role="region" aria-label={ "Confusion of " (task.task) } {
                        (confusion(&task.confusion, &task.labels))
                    }
                }
                @if let Some(plot) = reliability(task) { (plot.render()) }
                @if let Some(plot) = risk(task) { (plot.render()) }
            }
        }
    }
}

/// Each cell is shaded by its share of its row.
fn confusion(confusion: &Confusion, labels: &[String]) -> Markup {
    let share = |gold: usize, predicted: usize| {
        100 * confusion.row(gold)[predicted] / confusion.gold(gold).max(1)
    };
    html! {
        table.confusion {
            thead { tr {
                th scope="col" { "gold" }
                @for label in labels { th scope="col" { (label) } }
            } }
            tbody {
                @for (gold, label) in labels.iter().enumerate() {
                    tr {
                        th scope="row" { (label) }
                        @for predicted in 0..labels.len() {
                            @let share = share(gold, predicted);
                            td.right[gold == predicted] style={ "--p: " (share) "%" } {
                                (confusion.row(gold)[predicted]) " " span.p { (share) " %" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn reliability(task: &TaskEvaluation) -> Option<Plot> {
    let bins: Vec<_> = task.reliability.iter().filter(|bin| bin.n > 0).collect();
    (!bins.is_empty()).then_some(())?;
    let points = bins.iter().filter_map(|bin| Some((bin.confidence?, bin.accuracy?)));
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let row = |bin: &&Bin| {
        let range = format!("{:.1} to {:.1}", bin.from, bin.to);
        vec![range, bin.n.to_string(), number(bin.confidence), number(bin.accuracy)]
    };
    Some(Plot {
        title: format!("Reliability of {}", task.task),
        note: "On the dashed line labels are right as often as their probability says.".into(),
        axes: ["probability of the label", "share right"],
        most: None,
        diagonal: true,
        lines: vec![Line { name: "right".into(), points: points.collect() }],
        header: vec!["probability", "cases", "mean", "right"],
        rows: bins.iter().map(row).collect(),
    })
}

fn risk(task: &TaskEvaluation) -> Option<Plot> {
    let risk = task.risk_coverage.as_ref()?;
    let row = |point: &RiskPoint| {
        vec![
            format!("{:.0} %", 100.0 * point.coverage),
            format!("{:.2}", point.confidence),
            format!("{:.3}", point.error),
        ]
    };
    Some(Plot {
        title: format!("Risk of {} against coverage", task.task),
        note: format!(
            "How many labels would be wrong if only the most certain were given. Area {:.3}.",
            risk.aurc
        ),
        axes: ["share answered", "share wrong"],
        most: None,
        diagonal: false,
        lines: vec![Line {
            name: "wrong".into(),
            points: risk.points.iter().map(|point| (point.coverage, point.error)).collect(),
        }],
        header: vec!["answered", "least probability", "wrong"],
        rows: risk.points.iter().map(row).collect(),
    })
}

fn curve(tasks: &[TaskEvaluation], curve: &[CurvePoint]) -> Plot {
    let most = curve.iter().map(|point| point.pages).max().unwrap_or(1);
    let line = |(at, task): (usize, &TaskEvaluation)| {
        let value = |point: &CurvePoint| {
            let f1 = point.macro_f1.get(at)?.value?;
            Some((point.pages as f64 / most as f64, f1))
        };
        Line { name: task.task.clone(), points: curve.iter().filter_map(value).collect() }
    };
    let row = |point: &CurvePoint| {
        let results: Vec<String> = point.macro_f1.iter().map(ToString::to_string).collect();
        vec![point.pages.to_string(), results.join("; ")]
    };
    Plot {
        title: "Macro F1 against pages trained on".into(),
        note: "By cross-validation with the model’s own settings.".into(),
        axes: ["pages", "macro F1"],
        most: Some(most.to_string()),
        diagonal: false,
        lines: tasks.iter().enumerate().map(line).collect(),
        header: vec!["pages", "macro F1 of each task"],
        rows: curve.iter().map(row).collect(),
    }
}

/// The strongest terms for the labels of some tasks.
fn terms(model: &TargetModel, tasks: &[String]) -> Markup {
    let wanted = model
        .tasks()
        .iter()
        .enumerate()
        .filter(|(_, task)| tasks.iter().any(|name| name == task.name()));
    html! {
        section {
            h2 {
                "Strongest terms"
                @if !model.target().is_empty() { "; stance toward " (model.target()) }
            }
            @for (number, task) in wanted {
                h3 { (task.name()) }
                @for (label, name) in task.labels().iter().enumerate() {
                    p.text { b { (name) } ": "
                        @for (at, (term, weight)) in
                            model.strongest_terms(number, label, Block::Word, TERMS).into_iter().enumerate()
                        {
                            @if at > 0 { ", " }
                            (model.vectoriser().term(term)) " " span.p { (format!("{weight:+.2}")) }
                        }
                    }
                }
            }
        }
    }
}
