//! How many labels an interval of some width takes, before there are any.

use super::{AnswerSource, SampleSettings, WithNotices, sample::Frame};
use crate::{
    corpus::Corpus,
    error::{Error, Result},
    predictions::Answers,
    prevalence::{Drawn, Population},
};

/// How many passages, or pages, are to be labelled.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SampleSize {
    /// The task; nothing where nothing is predicted: of any task.
    pub task: Option<String>,
    /// The label that takes most; nothing where nothing is predicted.
    pub label: Option<String>,
    /// How many are to be drawn: passages, or pages.
    pub n: usize,
    /// About how many passages they have.
    pub n_passages: usize,
    /// What this is based on: a sentence's end.
    pub basis: String,
}

/// The fewest labels with which the 95 % interval of every label's share should reach no further than `half`
/// to either side, drawn as these settings say; strata, and that the corpus has an end, are allowed for.
///
/// Predicted probabilities tell how much of each passage's label they leave open, p (1 - p), if they are
/// right. Else it is the worst case, a share of one half. Passages of a page that are drawn together count
/// for less: what is open is taken to be as alike on a page as what is predicted there (by the intraclass
/// correlation), and all alike where nothing is.
///
/// ```
/// use standpoint::{AnswerSource, Corpus, study::{SampleSettings, sample_size}};
/// let corpus = Corpus::of_pages((0..100_000).map(|page| [format!("Passage {page}")]));
/// let sizes = sample_size(&corpus, None, 0.03, &SampleSettings::default())?.found;
/// // The textbook's 1,067 of an endless corpus, and a bit for a finite one.
/// assert!((1040..1075).contains(&sizes[0].n), "{sizes:?}");
/// # Ok::<(), standpoint::Error>(())
/// ```
///
/// # Errors
/// Those of [`draw_sample`](super::draw_sample); [`ErrorKind::Setting`](crate::ErrorKind::Setting) if the width
/// is not between 0 and 0.5.
pub fn sample_size(
    corpus: &Corpus,
    source: Option<&AnswerSource>,
    half: f64,
    settings: &SampleSettings,
) -> Result<WithNotices<Vec<SampleSize>>> {
    if !(half > 0.0 && half < 0.5) {
        return Err(Error::setting("size_for", half.to_string(), "above 0 and below 0.5"));
    }
    let columns = AnswerSource::Columns;
    let of_strata = Frame::of(corpus, source.unwrap_or(&columns), settings)?;
    let WithNotices { found: frame, mut notices } = of_strata;
    let by_page = settings.drawn != Drawn::Passages;
    let population = Population { sizes: frame.sizes(), passages: corpus.len(), by_page };
    let needed = |open: &dyn Fn(usize) -> f64, alike: f64| {
        let mut variances = vec![0.0; frame.names.len()];
        for (rows, &stratum) in frame.units.iter().zip(&frame.strata) {
            let sum: f64 = rows.iter().map(|&row| open(row)).sum();
            variances[stratum] += sum * (1.0 + (rows.len() as f64 - 1.0) * alike);
        }
        for (variance, &size) in variances.iter_mut().zip(&population.sizes) {
            *variance /= size as f64;
        }
        population.needed(&variances, half, settings.allocation)
    };
    let passages = |n: usize| n * corpus.len() / frame.units.len().max(1);
    let Some(source) = source else {
        let n = needed(&|_| 0.25, 1.0)?;
        let worst = if by_page {
            "the worst case, a share of one half on pages of one label each; predictions tell more"
        } else {
            "the worst case, a share of one half; predictions tell more"
        };
        let (n_passages, basis) = (passages(n), worst.to_owned());
        let size = SampleSize { task: None, label: None, n, n_passages, basis };
        return Ok(WithNotices { found: vec![size], notices });
    };
    let tasks = source.tasks(corpus, &settings.tasks, |_| true, "nothing is predicted")?;
    let WithNotices { found: answers, notices: said } = source.answers(corpus, &tasks)?;
    notices.extend(said);
    let mut sizes = Vec::new();
    for answers in answers {
        let mut most: Option<(usize, usize, f64)> = None;
        for label in 0..answers.n_labels() {
            let alike = if by_page { alike_on_pages(&answers, label) } else { 0.0 };
            let open = |row: usize| match answers.probabilities_of(row) {
                Some(p) if answers.given(row).is_some() => p[label] * (1.0 - p[label]),
                _ => 0.25,
            };
            let n = needed(&open, alike)?;
            if most.is_none_or(|(so_far, ..)| n > so_far) {
                most = Some((n, label, alike));
            }
        }
        let Some((n, label, alike)) = most else { continue };
        let from = match answers.probabilities() {
            Some(_) => "what the predicted probabilities leave open, if they are right",
            None => "the worst case, a share of one half; predicted probabilities tell more",
        };
        let basis = match by_page {
            true => format!(
                "{from}; passages of a page are taken to be as alike as their predictions ({alike:.2})"
            ),
            false => from.to_owned(),
        };
        let label = answers.labels().get(label).cloned();
        let task = Some(answers.task().to_owned());
        sizes.push(SampleSize { task, label, n, n_passages: passages(n), basis });
    }
    Ok(WithNotices { found: sizes, notices })
}

/// The intraclass correlation of what is predicted on a page, from 0 to 1, by the analysis of variance. Where
/// there is none (one page, or the same predicted everywhere) all are taken to be alike: 1.
fn alike_on_pages(answers: &Answers, label: usize) -> f64 {
    let value = |row: usize| match answers.probabilities_of(row) {
        Some(p) => p[label],
        None => f64::from(u8::from(answers.given(row) == Some(label))),
    };
    let n_pages = answers.pages().iter().max().map_or(0, |most| most + 1);
    let mut of_pages = vec![(0.0, 0.0); n_pages];
    let (mut sum, mut squares) = (0.0, 0.0);
    for (row, &page) in answers.pages().iter().enumerate() {
        of_pages[page] = (of_pages[page].0 + value(row), of_pages[page].1 + 1.0);
        sum += value(row);
        squares += value(row) * value(row);
    }
    let n = answers.len() as f64;
    let pages = || of_pages.iter().filter(|page| page.1 > 0.0);
    let m = pages().count() as f64;
    let of_means: f64 = pages().map(|(sum, n)| sum * sum / n).sum();
    let between = (of_means - sum * sum / n) / (m - 1.0);
    let within = (squares - of_means) / (n - m);
    let size = (n - pages().map(|page| page.1 * page.1).sum::<f64>() / n) / (m - 1.0);
    let found = (between - within) / (between + (size - 1.0) * within);
    match found.is_finite() {
        true => found.clamp(0.0, 1.0),
        // With one passage on each page nothing is drawn together.
        false => f64::from(u8::from(pages().any(|page| page.1 > 1.0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_without_a_correlation_are_taken_to_be_alike() {
        let alike = |pages: &[usize], predicted: &[usize]| {
            let given = predicted.iter().map(|label| Some(*label)).collect();
            let answers = Answers::new("t", ["no", "yes"], given, pages.to_vec()).unwrap();
            alike_on_pages(&answers, 1)
        };
        assert_eq!(alike(&[0, 0, 1, 1], &[1, 1, 1, 1]), 1.0, "the same everywhere");
        assert_eq!(alike(&[0, 0, 0, 0], &[0, 1, 0, 1]), 1.0, "one page");
        assert_eq!(alike(&[0, 1, 2, 3], &[0, 1, 0, 1]), 0.0, "one passage a page");
        assert_eq!(alike(&[0, 0, 1, 1], &[0, 0, 1, 1]), 1.0);
        assert_eq!(alike(&[0, 0, 1, 1], &[0, 1, 0, 1]), 0.0);
    }
}
