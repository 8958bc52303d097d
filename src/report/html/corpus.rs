//! A corpus: what it amounts to, and every passage with what decided its labels.

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};
use rayon::prelude::*;

use super::{SCRIPT, data, hash, head_of, overview};
use crate::model::Explanation;

/// Pages that are explained at once.
const BATCH: usize = 64;

/// Passages with their labels, as a report shows them.
#[derive(Debug, Clone)]
pub struct CorpusReport<'a> {
    /// What it is called.
    pub title: String,
    /// Whom or what the stance is toward, if that is known.
    pub target: Option<&'a str>,
    /// What is predicted.
    pub tasks: Vec<CorpusTask>,
    /// Pages, and on each its passages in order; every passage lies on one.
    pub pages: Vec<CorpusPage>,
    /// Text of each passage.
    pub texts: &'a [&'a str],
    /// Where each passage stands, as `file:line`.
    pub places: Vec<String>,
}

/// The labels of one task.
#[derive(Debug, Clone)]
pub struct CorpusTask {
    /// Its name.
    pub name: String,
    /// Its labels, 36 at most.
    pub labels: Vec<String>,
    /// Predicted label of each passage; nothing where none is given.
    pub predicted: Vec<Option<usize>>,
    /// Probabilities, passages * labels, if there are any.
    pub probabilities: Option<Vec<f64>>,
}

/// A page of a [`CorpusReport`].
#[derive(Debug, Clone, Default)]
pub struct CorpusPage {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// When, beginning with a date of ISO 8601.
    pub date: Option<String>,
    /// Its passages in order, by their numbers.
    pub rows: Vec<usize>,
}

impl CorpusTask {
    pub(super) fn label(&self, row: usize) -> Option<&str> {
        self.predicted[row].map(|label| self.labels[label].as_str())
    }

    /// The probabilities of all labels in per cent; without probabilities all of it is the label's.
    pub(super) fn percents(&self, row: usize) -> Vec<u32> {
        let k = self.labels.len();
        let percent = |p: f64| (100.0 * p).round() as u32;
        match &self.probabilities {
            Some(p) => p[row * k..][..k].iter().copied().map(percent).collect(),
            None => {
                (0..k).map(|label| 100 * u32::from(self.predicted[row] == Some(label))).collect()
            }
        }
    }

    /// The probability of the predicted label in per cent.
    pub(super) fn certainty(&self, row: usize) -> u32 {
        self.predicted[row].map_or(0, |label| self.percents(row)[label])
    }
}

impl CorpusReport<'_> {
    pub(super) fn task(&self, name: &str) -> Option<&CorpusTask> {
        self.tasks.iter().find(|task| task.name == name)
    }

    pub(super) fn page_of(&self) -> Vec<usize> {
        let mut page_of = vec![0; self.texts.len()];
        for (number, page) in self.pages.iter().enumerate() {
            page.rows.iter().for_each(|&row| page_of[row] = number);
        }
        page_of
    }

    /// Writes the report. `why` gives the explanations of a page's passages, or nothing; it is asked
    /// page by page, several at once. The seed decides the resamples of the intervals.
    ///
    /// The file needs nothing beside it and opens no connection: a policy in it forbids both, and any
    /// script but its own.
    ///
    /// ```
    /// use standpoint::report::{CorpusReport, CorpusPage};
    /// let corpus = CorpusReport {
    ///     title: "One page".into(),
    ///     target: None,
    ///     tasks: Vec::new(),
    ///     pages: vec![CorpusPage { id: "p".into(), rows: vec![0], ..Default::default() }],
    ///     texts: &["</script><script>alert(1)</script>"],
    ///     places: vec!["p.csv:2".into()],
    /// };
    /// let mut html = Vec::new();
    /// corpus.write(|_| Vec::new(), 1, &mut html)?;
    /// assert!(!String::from_utf8(html).unwrap().contains("alert(1)</script>"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        why: impl Fn(&CorpusPage) -> Vec<Vec<Explanation>> + Sync,
        seed: u64,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (head, tail) = (self.head(seed).into_string(), self.tail().into_string());
        out.write_all(head.as_bytes())?;
        for (batch, pages) in self.pages.chunks(BATCH).enumerate() {
            let rendered =
                |page: &CorpusPage| data::in_script(&data::page(self, &page.rows, &why(page)));
            let rendered: Vec<String> = pages.par_iter().map(rendered).collect();
            for (at, page) in rendered.iter().enumerate() {
                let number = batch * BATCH + at;
                writeln!(
                    out,
                    r#"<script type="application/json" id="page-{number}">{page}</script>"#
                )?;
            }
        }
        out.write_all(tail.as_bytes())
    }

    /// All that is seen before the script runs; ends within `<body>`.
    fn head(&self, seed: u64) -> Markup {
        let (n, n_pages) = (self.texts.len(), self.pages.len());
        html! {
            (head_of(&self.title, &hash(SCRIPT)))
            a.skip href="#reading" { "Skip to the pages" }
            header {
                h1 { (self.title) }
                p.about {
                    (n) " passages on " (n_pages) " pages"
                    @if let Some(target) = self.target.filter(|_| self.task("stance").is_some()) { "; stance toward " (target) }
                    ". Labels are a model’s: counted, not corrected for its errors (for that: "
                    code { "standpoint estimate" } ")."
                }
            }
            main {
                section aria-labelledby="corpus" {
                    h2 #corpus { "The corpus" }
                    div.charts { @for chart in overview::charts(self, seed) { (chart.render()) } }
                }
                section aria-labelledby="reading" {
                    h2 #reading tabindex="-1" { "The pages" }
                    noscript { p { "Filters and pages need JavaScript, which this file has in it." } }
                    (self.filter())
                    (turn_buttons())
                    div #pages {}
                }
            }
        }
    }

    fn filter(&self) -> Markup {
        let mut sources: Vec<&str> =
            self.pages.iter().filter_map(|page| page.source.as_deref()).collect();
        sources.sort_unstable();
        sources.dedup();
        html! {
            form #filter aria-label="Filters" {
                @for task in &self.tasks {
                    fieldset {
                        legend { (task.name) }
                        @for label in &task.labels {
                            label { input type="checkbox" name={ "label-" (task.name) } value=(label); " " (label) }
                        }
                    }
                }
                @if sources.len() > 1 {
                    label.field { "Source"
                        select name="source" {
                            option value="" { "all" }
                            @for source in sources { option value=(source) { (source) } }
                        }
                    }
                }
                fieldset {
                    legend { "Certainty" }
                    label { "at least " input type="number" name="certainty" min="0" max="99" step="5" value="0"; " %" }
                    label { input type="checkbox" name="uncertain" value="1"; " at most 60 %" }
                    label { "of "
                        select name="of" {
                            option value="" { "the labels asked for" }
                            @for task in &self.tasks { option value=(task.name) { (task.name) } }
                        }
                    }
                }
                label.field { "Search" input type="search" name="search"; }
                label { input type="checkbox" #whole checked; " whole pages" }
                button type="reset" { "Clear" }
            }
        }
    }

    /// What the script needs besides the pages, and the script.
    fn tail(&self) -> Markup {
        html! {
            script type="application/json" #index { (PreEscaped(data::in_script(&data::index(self)))) }
            script { (PreEscaped(SCRIPT)) }
            (PreEscaped("</body></html>\n"))
        }
    }
}

fn turn_buttons() -> Markup {
    html! {
        div.turn {
            button type="button" #previous { "Previous" }
            button type="button" #next { "Next" }
            span #status role="status" {}
        }
    }
}
