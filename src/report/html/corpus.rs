//! A corpus: charts of the whole, and every passage with the words that decided its labels.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use maud::{Markup, PreEscaped, html};
use rayon::prelude::*;

use super::{SCRIPT, data, hash, head_of, overview};
use crate::{
    corpus::Corpus,
    error::{Error, Result},
    model::Explanation,
    predictions::Answers,
    study::date,
};

/// Pages that are explained at once.
const BATCH: usize = 64;

/// A corpus and the predictions of its passages, as one HTML file.
///
/// ```
/// use standpoint::{Corpus, report::CorpusReport};
/// let corpus = Corpus::of_page(["</script><script>alert(1)</script>"]);
/// let mut html = Vec::new();
/// CorpusReport::new(corpus, Vec::new())?.title("One page").write(|_| Vec::new(), 1, &mut html).unwrap();
/// assert!(!String::from_utf8(html).unwrap().contains("alert(1)</script>"));
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CorpusReport {
    pub(super) title: String,
    pub(super) target: Option<String>,
    pub(super) corpus: Corpus,
    pub(super) answers: Vec<Answers>,
    pub(super) pages: Vec<CorpusPage>,
}

/// A page of a [`CorpusReport`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CorpusPage {
    /// Its id, or the place of its first passage.
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

/// The probabilities of all labels in per cent; without probabilities all of it is the label's.
pub(super) fn percents(answers: &Answers, row: usize) -> Vec<u32> {
    let given = answers.given(row);
    let percent = |p: f64| (100.0 * p).round() as u32;
    match (answers.probabilities_of(row), given) {
        (Some(p), Some(_)) => p.iter().copied().map(percent).collect(),
        (Some(p), None) => vec![0; p.len()],
        (None, _) => {
            (0..answers.n_labels()).map(|label| 100 * u32::from(given == Some(label))).collect()
        }
    }
}

/// The probability of the label in per cent.
pub(super) fn certainty(answers: &Answers, row: usize) -> u32 {
    answers.given(row).map_or(0, |label| percents(answers, row)[label])
}

impl CorpusReport {
    /// Of a corpus and predictions of all its rows, task by task. A page's `title`, `source` and `date`
    /// are those of its first passage.
    ///
    /// # Errors
    /// If there is not a prediction for each row, or those of [`Corpus::pages`].
    pub fn new(corpus: Corpus, answers: Vec<Answers>) -> Result<Self> {
        if let Some(other) = answers.iter().find(|answers| answers.len() != corpus.len()) {
            let found = format!("{} for {} rows", other.len(), corpus.len());
            return Err(Error::setting("predictions", found, "one for each row"));
        }
        let pages = pages(&corpus)?;
        let title = corpus.name().to_owned();
        Ok(Self { title, target: None, corpus, answers, pages })
    }

    /// With this title, in place of the name of the corpus.
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// With the target of the stance, if it is one for all passages.
    pub fn target(self, target: Option<String>) -> Self {
        Self { target, ..self }
    }

    /// The corpus.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// Its pages.
    pub fn pages(&self) -> &[CorpusPage] {
        &self.pages
    }

    pub(super) fn task(&self, name: &str) -> Option<&Answers> {
        self.answers.iter().find(|answers| answers.task() == name)
    }

    pub(super) fn page_of(&self) -> Vec<usize> {
        let mut page_of = vec![0; self.corpus.len()];
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
        let (n, n_pages) = (self.corpus.len(), self.pages.len());
        html! {
            (head_of(&self.title, &hash(SCRIPT)))
            a.skip href="#reading" { "Skip to the pages" }
            header {
                h1 { (self.title) }
                p.about {
                    (n) " passages on " (n_pages) " pages"
                    @if let Some(target) = self.target.as_ref().filter(|_| self.task("stance").is_some()) { "; stance toward " (target) }
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

fn pages(corpus: &Corpus) -> Result<Vec<CorpusPage>> {
    let [title, source, dates] = ["title", "source", "date"].map(|column| corpus.values(column));
    let page = |rows: Vec<usize>| {
        let first = rows.first().copied().unwrap_or_default();
        let of = |values: &Option<Vec<Option<Cow<'_, str>>>>| {
            values.as_ref().and_then(|values| values[first].as_deref().map(str::to_owned))
        };
        let id = corpus.page_id(first);
        CorpusPage {
            id: if id.is_empty() { corpus.place(first).to_string() } else { id.to_owned() },
            title: of(&title),
            source: of(&source),
            // Only dates are drawn over time.
            date: of(&dates).filter(|value| date(value).is_some()),
            rows,
        }
    };
    Ok(corpus.pages()?.into_iter().map(page).collect())
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
