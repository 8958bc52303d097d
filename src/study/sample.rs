//! Which passages to label next: a random sample, and with what probability each came into it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use super::{AnswerSource, WithNotices, slice_values};
use crate::{
    corpus::{Corpus, NewColumn, NewValues},
    error::{Error, Result},
    prevalence::{Allocation, Drawn, draw},
};

/// The column of the probability with which a passage came into a sample.
pub(super) const INCLUSION: &str = "inclusion";
/// That of the stratum that it was drawn from.
pub(super) const STRATUM: &str = "stratum";
/// That of how many passages, or pages, the stratum has.
pub(super) const STRATUM_SIZE: &str = "stratum_size";
/// That of what was drawn: passages, or pages.
pub(super) const DRAWN: &str = "drawn";
/// The stratum of a sample that has no others.
const ALL: &str = "all";
/// The value of what has none, as in slices.
const EMPTY: &str = "(empty)";

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleSettings {
    /// What is drawn at once: passages, or whole pages.
    pub drawn: Drawn,
    /// Columns, parts of dates as in `date:month`, or tasks for their predicted labels: each combination of
    /// values is a stratum. None: a simple random sample.
    pub by: Vec<String>,
    /// How many are drawn of each stratum.
    pub allocation: Allocation,
    /// Tasks that get an empty column to write labels into; none: those that the table has predictions of,
    /// and those in `by` that are predicted.
    pub tasks: Vec<String>,
    /// Decides what is drawn.
    pub seed: u64,
}

impl Default for SampleSettings {
    fn default() -> Self {
        let (by, tasks) = (Vec::new(), Vec::new());
        Self { drawn: Drawn::Passages, by, allocation: Allocation::Equal, tasks, seed: 1 }
    }
}

/// A stratum of what can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stratum {
    /// Its name: the values that it is by.
    pub name: String,
    /// How many passages, or pages, it has.
    pub size: usize,
    /// How many of them were drawn.
    pub drawn: usize,
}

/// A sample that was drawn.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DrawnSample {
    /// Its rows in the corpus, in the order in which they were drawn: without strata the first so many are a
    /// random sample, too. Rows of a page follow each other where pages were drawn.
    pub rows: Vec<usize>,
    /// The same passages without their predictions, which coders should not see.
    pub table: Corpus,
    /// What is written beside their own columns: an empty column for each task, and how they were drawn. Strata
    /// and probabilities tell what was predicted: coders should not see them.
    pub columns: Vec<NewColumn>,
    /// What they were drawn from.
    pub strata: Vec<Stratum>,
    /// Pages that they lie on.
    pub n_pages: usize,
}

/// What can be drawn at once, in strata.
pub(super) struct Frame {
    /// Rows of each unit.
    pub units: Vec<Vec<usize>>,
    /// The stratum of each.
    pub strata: Vec<usize>,
    pub names: Vec<String>,
}

impl Frame {
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.names.len()];
        self.strata.iter().for_each(|stratum| sizes[*stratum] += 1);
        sizes
    }

    pub fn of(
        corpus: &Corpus,
        source: &AnswerSource,
        settings: &SampleSettings,
    ) -> Result<WithNotices<Self>> {
        let units = match settings.drawn {
            Drawn::Passages => (0..corpus.len()).map(|row| vec![row]).collect(),
            _ => corpus.pages()?,
        };
        let mut notices = Vec::new();
        let mut values = Vec::new();
        for by in &settings.by {
            let WithNotices { found, notices: said } = values_of(corpus, source, by)?;
            notices.extend(said);
            values.push(found);
        }
        let mut keys: Vec<Vec<&str>> = Vec::new();
        for rows in &units {
            for (by, values) in settings.by.iter().zip(&values) {
                if let Some(other) = rows.iter().find(|row| values[**row] != values[rows[0]]) {
                    let (first, other_value) = (&values[rows[0]], &values[*other]);
                    return Err(Error::undecidable(
                        format!(
                            "{}: {by} is {other_value:?} here and {first:?} elsewhere on the page, so that \
                             the page is of no stratum",
                            corpus.place(*other)
                        ),
                        "draw passages, or take a column that is the same on all of a page in `by`",
                    ));
                }
            }
            keys.push(values.iter().map(|values| values[rows[0]].as_str()).collect());
        }
        let mut numbers: BTreeMap<&[&str], usize> =
            keys.iter().map(|key| (key.as_slice(), 0)).collect();
        numbers.values_mut().enumerate().for_each(|(number, value)| *value = number);
        let names = names(&numbers);
        let strata = keys.iter().map(|key| numbers[key.as_slice()]).collect();
        Ok(WithNotices { found: Self { units, strata, names }, notices })
    }
}

/// A name of its own for each stratum.
fn names(numbers: &BTreeMap<&[&str], usize>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(numbers.len());
    let mut taken = HashSet::with_capacity(numbers.len());
    for key in numbers.keys() {
        let name = if key.is_empty() { ALL.to_owned() } else { key.join(", ") };
        let same = (2..).map(|number| format!("{name} ({number})"));
        let free =
            std::iter::once(name.clone()).chain(same).find(|name| taken.insert(name.clone()));
        names.extend(free);
    }
    names
}

/// The task whose predicted labels these would be.
fn task_of(by: &str) -> &str {
    by.strip_prefix("pred_").unwrap_or(by)
}

/// The tasks that are to be labelled, each once.
fn tasks(corpus: &Corpus, source: &AnswerSource, settings: &SampleSettings) -> Vec<String> {
    if !settings.tasks.is_empty() {
        return settings.tasks.clone();
    }
    let mut tasks: Vec<String> = corpus.predicted_tasks().into_iter().map(str::to_owned).collect();
    let known = source.known_tasks(corpus);
    for by in &settings.by {
        let task = task_of(by).to_owned();
        if known.contains(&task) && !tasks.contains(&task) {
            tasks.push(task);
        }
    }
    tasks
}

/// The value of each row: of a column, if it has any, else the predicted label of a task.
fn values_of(corpus: &Corpus, source: &AnswerSource, by: &str) -> Result<WithNotices<Vec<String>>> {
    let task = task_of(by);
    let filled = |values: Vec<Option<Cow<'_, str>>>| values.iter().any(Option::is_some);
    let is_column = corpus.values(by).is_some_and(filled);
    if is_column || !source.known_tasks(corpus).iter().any(|known| known == task) {
        return Ok(WithNotices { found: slice_values(corpus, by)?, notices: Vec::new() });
    }
    let WithNotices { found, notices } = source.answers(corpus, &[task.to_owned()])?;
    let label = |row| found[0].label(row).unwrap_or(EMPTY).to_owned();
    Ok(WithNotices { found: (0..corpus.len()).map(label).collect(), notices })
}

/// Draws `n` passages of a corpus, or `n` of its pages whole, to be labelled. Each is as likely as any
/// other of its stratum; strata that are smaller than their part are taken whole. The same seed and a larger
/// `n` draw the same and more, as long as strata are of equal parts or there is one only.
///
/// ```
/// use standpoint::{AnswerSource, Corpus, study::{SampleSettings, draw_sample}};
/// let pages = (0..50).map(|page| (0..4).map(move |seq| format!("Passage {page}.{seq}")));
/// let corpus = Corpus::of_pages(pages);
/// let settings = SampleSettings::default();
/// let sample = draw_sample(&corpus, &AnswerSource::Columns, 20, &settings)?.found;
/// assert_eq!((sample.rows.len(), sample.strata[0].size), (20, 200));
/// # Ok::<(), standpoint::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if there are not so many, two of each stratum
/// would be more, or a page is of several strata; [`ErrorKind::Input`](crate::ErrorKind::Input) if there is
/// no such column, or one of the new columns is there already; [`ErrorKind::Setting`](crate::ErrorKind::Setting)
/// if `n` is 0.
pub fn draw_sample(
    corpus: &Corpus,
    source: &AnswerSource,
    n: usize,
    settings: &SampleSettings,
) -> Result<WithNotices<DrawnSample>> {
    if n == 0 {
        return Err(Error::setting("n", "0", "1 or more"));
    }
    let WithNotices { found: frame, notices } = Frame::of(corpus, source, settings)?;
    let sizes = frame.sizes();
    let counts = settings.allocation.of(&sizes, n)?;
    let units = draw(&frame.strata, &counts, settings.seed);
    let mut rows = Vec::new();
    let mut of_row = Vec::new();
    for &unit in &units {
        rows.extend(&frame.units[unit]);
        of_row.extend(frame.units[unit].iter().map(|_| frame.strata[unit]));
    }
    let text = |labels: &[String], codes| NewValues::Labels { labels: Arc::from(labels), codes };
    let mut columns: Vec<(String, NewValues)> = Vec::new();
    for task in tasks(corpus, source, settings).into_iter().filter(|task| !corpus.has_column(task))
    {
        columns.push((task, text(&[], vec![None; rows.len()])));
    }
    let strata: Vec<Option<usize>> = of_row.iter().map(|&stratum| Some(stratum)).collect();
    let sizes_of: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    columns.push((STRATUM.into(), text(&frame.names, Vec::clone(&strata))));
    columns.push((STRATUM_SIZE.into(), text(&sizes_of, strata)));
    let inclusion = |&stratum: &usize| Some(counts[stratum] as f64 / sizes[stratum] as f64);
    let inclusion = NewValues::Numbers(of_row.iter().map(inclusion).collect());
    columns.push((INCLUSION.into(), inclusion));
    let drawn = match settings.drawn {
        Drawn::Passages => [Drawn::Passages.as_str().to_owned()],
        _ => [Drawn::Pages.as_str().to_owned()],
    };
    columns.push((DRAWN.into(), text(&drawn, vec![Some(0); rows.len()])));
    let columns: Vec<NewColumn> =
        columns.into_iter().map(|(name, values)| NewColumn { name, values }).collect();
    let table = corpus.select(&rows).without_predictions();
    table.check_new_columns(columns.iter().map(|column| column.name.as_str()))?;
    let mut pages: Vec<usize> = {
        let all = corpus.page_numbers()?;
        rows.iter().map(|&row| all[row]).collect()
    };
    pages.sort_unstable();
    pages.dedup();
    let strata = frame.names.into_iter().zip(sizes).zip(counts);
    let strata = strata.map(|((name, size), drawn)| Stratum { name, size, drawn }).collect();
    let found = DrawnSample { rows, table, columns, strata, n_pages: pages.len() };
    Ok(WithNotices { found, notices })
}
