//! The report of a corpus as HTML: charts of the whole, and every passage with the words that decided its
//! labels.

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};
use rayon::prelude::*;

use super::{
    SCRIPT,
    corpus::{CorpusPage, CorpusReport},
    data, hash, head_of, overview,
};
use crate::model::Explanation;

/// Pages that are explained at once.
const BATCH: usize = 64;

impl CorpusReport {
    /// Writes the report. `why` gives the explanations of a page's passages, or nothing; it is asked
    /// page by page, several at once.
    ///
    /// The file needs nothing beside it and opens no connection: a policy in it forbids both, and any
    /// script but its own.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        why: impl Fn(&CorpusPage) -> Vec<Vec<Explanation>> + Sync,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (head, tail) = (self.head().into_string(), self.tail().into_string());
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
    fn head(&self) -> Markup {
        let (n, n_pages) = (self.corpus.len(), self.pages.len());
        html! {
            (head_of(&self.title, &hash(SCRIPT)))
            a.skip href="#reading" { "Skip to the pages" }
            header {
                h1 { (self.title) }
                p.about {
                    (n) @if n == 1 { " passage on " } @else { " passages on " }
                    (n_pages) @if n_pages == 1 { " page" } @else { " pages" }
                    @if let Some(target) = self.target.as_ref().filter(|_| self.task("stance").is_some()) { "; stance toward " (target) }
                    ". Labels are a model’s: counted, not corrected for its errors (for that: "
                    code { "standpoint estimate" } ")."
                }
            }
            main {
                section aria-labelledby="corpus" {
                    h2 #corpus { "The corpus" }
                    div.charts { @for chart in overview::charts(self) { (chart.render()) } }
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
                @for task in &self.answers {
                    fieldset {
                        legend { (task.task()) }
                        @for label in task.labels() {
                            label { input type="checkbox" name={ "label-" (task.task()) } value=(label); " " (label) }
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
                            @for task in &self.answers { option value=(task.task()) { (task.task()) } }
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
