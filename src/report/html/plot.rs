//! Lines over two axes as SVG, with their numbers as a table.

use maud::{Markup, html};

use super::numbers;

/// Lines through points, both axes from 0 to 1.
pub(super) struct Plot {
    pub title: String,
    pub note: String,
    /// What the axes are.
    pub axes: [&'static str; 2],
    /// What the largest x stands for, where that is not 1.
    pub most: Option<String>,
    /// Where both axes agree, what is right lies on the diagonal.
    pub diagonal: bool,
    pub lines: Vec<Line>,
    /// The table below: its header and rows.
    pub header: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

pub(super) struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = WIDTH - 100.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = HEIGHT - 40.0;

fn x(value: f64) -> f64 {
    LEFT + value.clamp(0.0, 1.0) * (RIGHT - LEFT)
}

fn y(value: f64) -> f64 {
    BOTTOM - value.clamp(0.0, 1.0) * (BOTTOM - TOP)
}

impl Plot {
    pub fn render(&self) -> Markup {
        html! {
            figure {
                figcaption { (self.title) }
                p.note { (self.note) }
                (self.drawing())
                (numbers(&self.title, &self.header, &self.rows))
            }
        }
    }

    fn drawing(&self) -> Markup {
        let spoken = format!("{}: {} against {}", self.title, self.axes[1], self.axes[0]);
        html! {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(spoken) {
                @for tick in [0.0, 0.5, 1.0] {
                    line.axis x1=(x(tick)) x2=(x(tick)) y1=(TOP) y2=(BOTTOM) {}
                    line.axis x1=(LEFT) x2=(RIGHT) y1=(y(tick)) y2=(y(tick)) {}
                    text.quiet x=(LEFT - 6.0) y=(y(tick) + 4.0) text-anchor="end" { (tick) }
                    @if self.most.is_none() {
                        text.quiet x=(x(tick)) y=(BOTTOM + 16.0) text-anchor="middle" { (tick) }
                    }
                }
                @if let Some(most) = &self.most {
                    text.quiet x=(LEFT) y=(BOTTOM + 16.0) text-anchor="middle" { "0" }
                    text.quiet x=(RIGHT) y=(BOTTOM + 16.0) text-anchor="middle" { (most) }
                }
                text.quiet x=(f64::midpoint(LEFT, RIGHT)) y=(HEIGHT - 4.0) text-anchor="middle" { (self.axes[0]) }
                @if self.diagonal {
                    line.axis x1=(LEFT) y1=(BOTTOM) x2=(RIGHT) y2=(TOP) stroke-dasharray="4 4" {}
                }
                @for (at, line) in self.lines.iter().enumerate() {
                    (line.drawing(at))
                }
            }
        }
    }
}

impl Line {
    /// The line, a mark for each point that tells lines apart without colour, and its name at its end.
    fn drawing(&self, at: usize) -> Markup {
        let path: Vec<String> = self
            .points
            .iter()
            .map(|point| format!("{:.1} {:.1}", x(point.0), y(point.1)))
            .collect();
        let radius = 3.0;
        html! {
            path class={ "line line-" (at % 5) } d={ "M" (path.join("L")) } {}
            @for &(px, py) in &self.points {
                @match at % 3 {
                    0 => circle class={ "series-" (at % 5) } cx=(x(px)) cy=(y(py)) r=(radius) {},
                    1 => rect class={ "series-" (at % 5) } x=(x(px) - radius) y=(y(py) - radius)
                        width=(2.0 * radius) height=(2.0 * radius) {},
                    _ => path class={ "series-" (at % 5) }
                        d={ "M" (x(px)) " " (y(py) - radius - 1.0) "l4 7h-8z" } {},
                }
            }
            @if let Some(&(px, py)) = self.points.last() {
                text x=(x(px) + 8.0) y=(y(py) + 4.0) { (self.name) }
            }
        }
    }
}
