//! Charts as SVG, each with its numbers as a table.

use maud::{Markup, PreEscaped, html};

use super::numbers;
use crate::{evaluate::Interval, prevalence::PageMean};

/// The horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Axis {
    /// From 0 to 100 %: bars from the left.
    Share,
    /// From -1 to 1: points around the middle.
    Balance,
}

/// Values with intervals, in groups.
pub(super) struct Chart {
    pub title: String,
    /// How to read it.
    pub note: String,
    pub axis: Axis,
    /// Names of a group's values, where it has several.
    pub series: Vec<String>,
    pub groups: Vec<Group>,
}

pub(super) struct Group {
    pub name: String,
    /// One for each series, or one.
    pub values: Vec<PageMean>,
}

/// Places in units of the drawing, which is as wide as its column on the screen.
const WIDTH: f64 = 480.0;
const NAMES: f64 = 150.0;
const END: f64 = WIDTH - 44.0;
const ROW: f64 = 18.0;
const GAP: f64 = 8.0;
const TOP: f64 = 20.0;

impl Axis {
    fn x(self, value: f64) -> f64 {
        let share = match self {
            Self::Share => value,
            Self::Balance => f64::midpoint(value, 1.0),
        };
        NAMES + share.clamp(0.0, 1.0) * (END - NAMES)
    }

    fn ticks(self) -> [(f64, &'static str); 3] {
        match self {
            Self::Share => [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")],
            Self::Balance => [(-1.0, "−1 against"), (0.0, "0"), (1.0, "+1 favor")],
        }
    }

    fn shown(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.0} %", 100.0 * value),
            Self::Balance => format!("{value:+.2}").replace('-', "−"),
        }
    }
}

impl Chart {
    /// The drawing and, folded away, its numbers.
    pub fn render(&self) -> Markup {
        html! {
            figure {
                figcaption { (self.title) }
                p.note { (self.note) }
                @if self.series.len() > 1 { (self.legend()) }
                (self.drawing())
                (self.numbers())
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            svg viewBox={ "0 0 " (WIDTH) " 16" } aria-hidden="true" {
                @for (at, name) in self.series.iter().enumerate() {
                    @let x = NAMES + at as f64 * (WIDTH - NAMES) / self.series.len() as f64;
                    rect class=(fill(name, at)) x=(x) y="2" width="11" height="11" {}
                    text x=(x + 16.0) y="12" { (name) }
                }
            }
        }
    }

    fn drawing(&self) -> Markup {
        let n_rows: usize = self.groups.iter().map(|group| group.values.len()).sum();
        let height = TOP + n_rows as f64 * ROW + self.groups.len() as f64 * GAP;
        let mut y = TOP;
        html! {
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(self.spoken()) {
                @for (value, name) in self.axis.ticks() {
                    @let x = self.axis.x(value);
                    line.axis x1=(x) x2=(x) y1=(TOP - 4.0) y2=(height) {}
                    text.quiet x=(x) y="11" text-anchor="middle" { (name) }
                }
                @for group in &self.groups {
                    text x=(NAMES - 8.0) y=(y + 13.0) text-anchor="end" { (shortened(&group.name)) }
                    @for (at, value) in group.values.iter().enumerate() {
                        (self.bar(at, value, y))
                        (advance(&mut y, ROW))
                    }
                    (advance(&mut y, GAP))
                }
            }
        }
    }

    fn bar(&self, series: usize, mean: &PageMean, y: f64) -> Markup {
        let Some(value) = mean.value else {
            return html! { text.quiet x=(NAMES + 4.0) y=(y + 13.0) { "–" } };
        };
        let class = fill(self.series.get(series).map_or("", String::as_str), series);
        let (x, middle) = (self.axis.x(value), y + ROW / 2.0);
        html! {
            @if self.axis == Axis::Share {
                rect class=(class) x=(NAMES) y=(y + 2.0) width=(x - NAMES) height=(ROW - 4.0) {}
            } @else {
                circle class=(class) cx=(x) cy=(middle) r="5" {}
            }
            @if let Some(Interval { lo, hi }) = mean.interval {
                path.interval d={
                    "M" (self.axis.x(lo)) " " (middle) "H" (self.axis.x(hi))
                    "M" (self.axis.x(lo)) " " (middle - 3.0) "v6M" (self.axis.x(hi)) " " (middle - 3.0) "v6"
                } {}
            }
            text x=(WIDTH) y=(y + 13.0) text-anchor="end" { (self.axis.shown(value)) }
        }
    }

    fn numbers(&self) -> Markup {
        let several = self.series.len() > 1;
        let label: &[&str] = if several { &["label"] } else { &[] };
        let header = [&["of"], label, &["value", "95 % interval", "passages", "pages"]].concat();
        let row = |name: &str, at: usize, mean: &PageMean| {
            let label = several.then(|| self.series[at].clone());
            let reason = || mean.why.map_or_else(String::new, |why| why.to_string());
            let value = mean.value.map_or_else(reason, |value| self.axis.shown(value));
            let interval = mean.interval.map_or_else(reason, |Interval { lo, hi }| {
                format!("{} to {}", self.axis.shown(lo), self.axis.shown(hi))
            });
            let rest = [value, interval, mean.n.to_string(), mean.n_pages.to_string()];
            [name.to_owned()].into_iter().chain(label).chain(rest).collect()
        };
        let of_group = |group: &Group| {
            let values = group.values.iter().enumerate();
            values.map(|(at, mean)| row(&group.name, at, mean)).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<String>> = self.groups.iter().flat_map(of_group).collect();
        numbers(&self.title, &header, &rows)
    }

    /// The text alternative for screen readers.
    fn spoken(&self) -> String {
        let group = |group: &Group| {
            let value = |(at, mean): (usize, &PageMean)| {
                let name = self.series.get(at).filter(|_| self.series.len() > 1);
                let name = name.map_or_else(String::new, |name| format!("{name} "));
                format!(
                    "{name}{}",
                    mean.value.map_or("none".into(), |value| self.axis.shown(value))
                )
            };
            let values: Vec<String> = group.values.iter().enumerate().map(value).collect();
            format!("{}: {}", group.name, values.join(", "))
        };
        let groups: Vec<String> = self.groups.iter().map(group).collect();
        format!("{}. {}", self.title, groups.join("; "))
    }
}

/// Stances and sentiments have the colours that they have in the text; others take them in turn.
fn fill(name: &str, at: usize) -> String {
    match name {
        "favor" | "positive" => "fill-favor".into(),
        "against" | "negative" => "fill-against".into(),
        "none" | "neutral" => "fill-none".into(),
        _ => format!("series-{}", at % 5),
    }
}

/// A name that fits beside the bars.
fn shortened(name: &str) -> String {
    const MOST: usize = 22;
    match name.chars().count() > MOST {
        true => name.chars().take(MOST - 1).chain(['…']).collect(),
        false => name.to_owned(),
    }
}

fn advance(y: &mut f64, by: f64) -> PreEscaped<&'static str> {
    *y += by;
    PreEscaped("")
}
