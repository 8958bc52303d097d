//! What a report of a corpus is about: the corpus, its pages and the predictions.

use std::borrow::Cow;

use crate::{
    corpus::{Corpus, page_of_rows},
    error::{Error, Result},
    predictions::Answers,
    study::date,
};

/// A corpus and the predictions of its passages, as one HTML file.
///
/// ```
/// use standpoint::{Corpus, report::CorpusReport};
/// let corpus = Corpus::of_page(["</script><script>alert(1)</script>"]);
/// let mut html = Vec::new();
/// CorpusReport::new(corpus, Vec::new())?.title("One page").write(|_| Vec::new(), &mut html).unwrap();
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
        page_of_rows(self.pages.iter().map(|page| &page.rows), self.corpus.len())
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
