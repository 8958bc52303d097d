//! The prevalence of labels in a corpus, from predictions and what is known of their errors.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    AnswerSource, WithNotices, claimed_design::ClaimedDesign, sample::INCLUSION, slice_values,
};
use crate::{
    corpus::{Corpus, mismatch, rows_of_sample},
    error::{Error, Result},
    evaluate::StoredEvaluation,
    predictions::{Answers, position},
    prevalence::{Drawn, Inclusion, KnownErrors, Sample, Shares},
};

/// The prevalence of one task's labels.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskPrevalence {
    /// The task.
    pub task: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// How the counts were corrected.
    pub correction: Correction,
    /// In the whole corpus.
    pub whole: Shares,
    /// For every value of the columns that were asked for, in order.
    pub slices: Vec<SlicePrevalence>,
}

/// The prevalence among the passages that have one value of a column.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SlicePrevalence {
    /// The column, or a part of a date in it, such as `date:month`.
    pub by: String,
    /// Its value.
    pub value: String,
    /// The prevalence there.
    pub shares: Shares,
}

/// How counts of predicted labels were corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Correction {
    /// By a labelled sample of the corpus, drawn so; or by one from elsewhere.
    BySample(Option<Drawn>),
    /// By known errors.
    ByErrors,
}

/// Estimates the prevalence of the labels of each task of which a labelled sample has gold labels. The
/// sample is a part of the corpus if its rows are found there, else apart from it. `drawn` says how it
/// was drawn, if that is known; else it is guessed.
///
/// # Errors
/// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if no task has both predictions and labels,
/// or the sample has no predictions; [`ErrorKind::Input`](crate::ErrorKind::Input) if only some of its
/// passages are in the corpus.
pub fn prevalence_by_sample(
    corpus: &Corpus,
    source: &AnswerSource,
    sample: &Corpus,
    asked: &[String],
    by: &[String],
    drawn: Option<Drawn>,
) -> Result<WithNotices<Vec<TaskPrevalence>>> {
    let pages = corpus.page_numbers()?;
    let by_values = values_of(corpus, by)?;
    let has_gold = |task: &str| sample.has_column(task);
    let why = format!("{} has no gold column for any task that is predicted", sample.name());
    let tasks = source.tasks(corpus, asked, has_gold, &why)?;
    let golds = tasks.iter().map(|task| sample.require(task)).collect::<Result<Vec<_>>>()?;
    let WithNotices { found: answers, mut notices } = source.answers(corpus, &tasks)?;
    let labelled: Vec<usize> =
        (0..sample.len()).filter(|&row| golds.iter().any(|gold| gold[row].is_some())).collect();
    let (found, by_text) = rows_of_sample(sample, &labelled, corpus, &answers)?;
    notices.extend(by_text);
    // A sample apart is not drawn from this corpus, whatever it says.
    let claimed = match &found {
        Some(_) => ClaimedDesign::of(sample, drawn)?,
        None => None,
    };
    notices.extend(claimed.as_ref().and_then(|claimed| claimed.doubt_of_sum(corpus, &pages)));
    if found.is_none() {
        check_predictions(sample, corpus, source, &tasks)?;
        notices.extend(unused_inclusion(sample, corpus, &labelled));
    }
    let (own, own_values) = if found.is_some() {
        (Vec::new(), Vec::new())
    } else {
        let own = source.answers(sample, &tasks)?;
        notices.extend(own.notices);
        (own.found, values_of(sample, by)?)
    };
    let all: Vec<usize> = (0..corpus.len()).collect();
    let mut estimated = Vec::new();
    for (number, task) in tasks.iter().enumerate() {
        let gold: Vec<(usize, &str)> = labelled
            .iter()
            .filter_map(|&row| Some((row, golds[number][row].as_deref()?)))
            .collect();
        let of_gold: BTreeSet<&str> = gold.iter().map(|(_, label)| *label).collect();
        let predicted: BTreeSet<&str> =
            (0..corpus.len()).filter_map(|row| answers[number].label(row)).collect();
        notices.extend(mismatch(task, &of_gold, &predicted));
        let labels = labels(&answers[number], own.get(number), &gold, sample)?;
        let answers = answers[number].relabel(&labels);
        let own = own.get(number).map(|own| own.relabel(&labels));
        let (rows, gold): (Vec<usize>, Vec<usize>) =
            gold.iter().filter_map(|&(row, label)| Some((row, position(&labels, label)?))).unzip();
        let (found, claimed) = (found.as_ref(), claimed.as_ref());
        let drawn = drawn.or(claimed.and_then(ClaimedDesign::drawn));
        let tables = (sample, corpus, &*pages);
        let WithNotices { found: cases, notices: said } =
            Cases::of(&answers, (rows, gold), (found, drawn, claimed), tables)?;
        notices.extend(said);
        let shares = |slice: Option<(usize, &str)>, part: &[usize]| {
            let value_of = |case: &usize| {
                let (column, _) = slice?;
                let values = if found.is_some() { &by_values[column] } else { &own_values[column] };
                Some(values[cases.rows[*case]].as_str())
            };
            let all = 0..cases.rows.len();
            let of_slice: Vec<usize> =
                all.filter(|case| value_of(case) == slice.map(|slice| slice.1)).collect();
            cases.shares(&answers, own.as_ref(), part, &of_slice)
        };
        let whole = shares(None, &all)?;
        if whole.is_far() {
            notices.push(format!(
                "{task}: the predictions in {} are not those of a random sample of {} (they are {:.0} \
                 standard errors apart); these shares are only as good as the sample is random",
                sample.name(),
                corpus.name(),
                whole.distance.unwrap_or_default()
            ));
        }
        estimated.push(TaskPrevalence {
            task: task.clone(),
            whole,
            slices: slices(by, &by_values, |column, value, part| {
                shares(Some((column, value)), part)
            })?,
            correction: Correction::BySample(cases.drawn),
            labels,
        });
    }
    Ok(WithNotices { found: estimated, notices })
}

/// # Errors
/// If nobody has predicted what a sample apart from the corpus has.
fn check_predictions(
    sample: &Corpus,
    corpus: &Corpus,
    source: &AnswerSource,
    tasks: &[String],
) -> Result<()> {
    let unpredicted = tasks.iter().find(|task| !sample.has_column(&format!("pred_{task}")));
    let (AnswerSource::Columns, Some(task)) = (source, unpredicted) else { return Ok(()) };
    let (sample, corpus) = (sample.name(), corpus.name());
    Err(Error::undecidable(
        format!(
            "none of the passages of {sample} is in {corpus}, and it has no column pred_{task} either"
        ),
        "draw the sample from the corpus, or give predictions of these passages too",
    ))
}

/// A sentence where the passages of a sample apart had different probabilities: nobody knows of what.
fn unused_inclusion(sample: &Corpus, corpus: &Corpus, labelled: &[usize]) -> Option<String> {
    let probabilities = sample.values(INCLUSION)?;
    let distinct: BTreeSet<_> = labelled.iter().map(|&row| &probabilities[row]).collect();
    (distinct.len() > 1).then(|| {
        format!(
            "none of the passages of {} is in {}, so that its column {INCLUSION} is not allowed for: these \
             shares are off if its passages were drawn with different probabilities",
            sample.name(),
            corpus.name()
        )
    })
}

/// The labelled passages of a task.
struct Cases {
    /// Rows of the corpus; of the sample, if that is apart.
    rows: Vec<usize>,
    gold: Vec<usize>,
    /// How they were drawn from the corpus; nothing if they were not.
    drawn: Option<Drawn>,
    inclusion: Option<Inclusion>,
}

impl Cases {
    /// Of these rows of the sample and their gold labels: with the row of the corpus that each is, how they
    /// were drawn, if that is known, and what the sample says of it.
    fn of(
        answers: &Answers,
        (in_sample, gold): (Vec<usize>, Vec<usize>),
        (found, drawn, claimed): (
            Option<&HashMap<usize, usize>>,
            Option<Drawn>,
            Option<&ClaimedDesign>,
        ),
        (sample, corpus, pages): (&Corpus, &Corpus, &[usize]),
    ) -> Result<WithNotices<Self>> {
        let Some(found) = found else {
            let found = Self { rows: in_sample, gold, drawn: None, inclusion: None };
            return Ok(WithNotices { found, notices: Vec::new() });
        };
        let rows: Vec<usize> = in_sample.iter().map(|row| found[row]).collect();
        let names = (sample.name(), corpus.name());
        let task = answers.task();
        let mut notices = design_doubts(task, answers, &rows, pages, names, claimed);
        let drawn = match drawn {
            None => Drawn::guess(&rows, pages),
            Some(Drawn::Passages) => Drawn::Passages,
            Some(_) => Drawn::by_page(&rows, pages),
        };
        let mut inclusion = None;
        if let Some(claimed) = claimed.filter(|_| !rows.is_empty()) {
            let place = |row| sample.place(row);
            let of_corpus = (corpus, pages);
            let (found, said) =
                claimed.inclusion(task, (&in_sample, &rows), drawn, of_corpus, place)?;
            notices.extend(said);
            inclusion = Some(found);
        }
        let found = Self { rows, gold, drawn: Some(drawn), inclusion };
        Ok(WithNotices { found, notices })
    }

    /// The shares in a part of the corpus, by those of the cases that are of it; `own` has the predictions of
    /// a sample apart.
    fn shares(
        &self,
        answers: &Answers,
        own: Option<&Answers>,
        part: &[usize],
        cases: &[usize],
    ) -> Result<Shares> {
        let of_part = answers.select(part);
        let rows = cases.iter().map(|&case| self.rows[case]);
        let gold = cases.iter().map(|&case| self.gold[case]).collect();
        let Some(drawn) = self.drawn else {
            let own = own.map(|own| own.select(&rows.collect::<Vec<_>>()));
            let own = own.expect("a sample apart has its own predictions");
            return Shares::corrected(&of_part, &Sample::apart(own, gold));
        };
        // Every labelled row of a slice is among its rows.
        let rows = rows.filter_map(|row| part.binary_search(&row).ok()).collect();
        let sample = Sample::part(rows, gold, drawn);
        let sample = match &self.inclusion {
            Some(inclusion) => sample.with_inclusion(inclusion.select(cases))?,
            None => sample,
        };
        Shares::corrected(&of_part, &sample)
    }
}

/// What speaks against the labelled rows being a random sample, though their predictions are not far from
/// the corpus's.
fn design_doubts(
    task: &str,
    answers: &Answers,
    rows: &[usize],
    pages: &[usize],
    (sample, corpus): (&str, &str),
    claimed: Option<&ClaimedDesign>,
) -> Vec<String> {
    let mut doubts = Vec::new();
    // Probabilities of their own may be those of one passage of each page.
    let is_even = claimed.is_none_or(ClaimedDesign::is_even);
    if is_even && let Some(pairs) = Drawn::one_of_each_page(rows, pages) {
        doubts.push(format!(
            "{task}: {sample} has one passage of each page, and a random sample would have about \
             {pairs:.0} pairs of one page: passages of long pages are too few in it, and these shares \
             are off if long pages differ; draw passages whatever their page, or whole pages"
        ));
    }
    if claimed.is_some_and(|claimed| !claimed.is_equal()) {
        return doubts;
    }
    let counts = |rows: &mut dyn Iterator<Item = usize>| {
        let mut counts = vec![0.0; answers.n_labels()];
        rows.filter_map(|row| answers.given(row)).for_each(|label| counts[label] += 1.0);
        counts
    };
    let (of_sample, of_corpus) =
        (counts(&mut rows.iter().copied()), counts(&mut (0..answers.len())));
    let (n, all) = (of_sample.iter().sum::<f64>(), of_corpus.iter().sum::<f64>());
    let (least, most) = of_sample
        .iter()
        .fold((f64::INFINITY, 0.0f64), |(least, most), n| (least.min(*n), most.max(*n)));
    // Equal counts where unequal ones are to be expected: Pearson's chi-squared, beyond 1 % for up to 3
    // labels.
    let distances = of_sample.iter().zip(&of_corpus).map(|(found, of_corpus)| {
        let expected = (n * of_corpus / all).max(f64::MIN_POSITIVE);
        (found - expected).powi(2) / expected
    });
    if n >= 30.0 && most - least <= 1.0 && distances.sum::<f64>() > 9.3 {
        doubts.push(format!(
            "{task}: {sample} has as many passages of each predicted label, and {corpus} has not: it was \
             not drawn at random, and these shares are off; draw it whatever is predicted"
        ));
    }
    doubts
}

/// Estimates the prevalence of the labels of each task whose errors a stored evaluation has.
///
/// # Errors
/// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if it has the errors of no predicted task, or
/// a predicted label is not among its labels; and those of [`KnownErrors::of`].
pub fn prevalence_by_errors(
    corpus: &Corpus,
    source: &AnswerSource,
    evaluation: &StoredEvaluation,
    asked: &[String],
    by: &[String],
) -> Result<WithNotices<Vec<TaskPrevalence>>> {
    let name = evaluation.name();
    let by_values = values_of(corpus, by)?;
    let why = format!("{name} has the errors of no task that is predicted");
    let tasks = source.tasks(corpus, asked, |task| evaluation.has_task(task), &why)?;
    let mut estimated = Vec::new();
    let WithNotices { found, mut notices } = source.answers(corpus, &tasks)?;
    for answers in found {
        let task = answers.task().to_owned();
        let errors = KnownErrors::of(evaluation, &task)?;
        let given = (0..answers.len()).filter_map(|row| Some((row, answers.label(row)?)));
        let mut unknown = given.filter(|(_, label)| position(errors.labels(), label).is_none());
        if let Some((row, label)) = unknown.next() {
            return Err(Error::undecidable(
                format!(
                    "{}: {task} is predicted to be {label:?}, and {name} knows only {}",
                    corpus.place(row),
                    errors.labels().join(", ")
                ),
                "give the errors of the classifier that made these predictions",
            ));
        }
        let answers = answers.relabel(errors.labels());
        let shares = |part: &[usize]| Shares::adjusted(&answers.select(part), &errors);
        let all: Vec<usize> = (0..corpus.len()).collect();
        let whole = shares(&all)?;
        if whole.infeasible {
            notices.push(format!(
                "{task}: with the errors of {name} no corpus has such predicted labels but by chance; \
                 the shares are the likeliest that sum to 1, and the errors may be others here: label \
                 a sample"
            ));
        }
        estimated.push(TaskPrevalence {
            task,
            whole,
            slices: slices(by, &by_values, |_, _, part| shares(part))?,
            correction: Correction::ByErrors,
            labels: errors.labels().to_vec(),
        });
    }
    Ok(WithNotices { found: estimated, notices })
}

fn values_of(corpus: &Corpus, by: &[String]) -> Result<Vec<Vec<String>>> {
    by.iter().map(|by| slice_values(corpus, by)).collect()
}

/// The prevalence for every value of every column, the values in order; `shares` takes a column's number,
/// a value and the rows that have it.
fn slices(
    by: &[String],
    values: &[Vec<String>],
    shares: impl Fn(usize, &str, &[usize]) -> Result<Shares>,
) -> Result<Vec<SlicePrevalence>> {
    let mut all = Vec::new();
    for (number, (by, values)) in by.iter().zip(values).enumerate() {
        let mut parts: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for (row, value) in values.iter().enumerate() {
            parts.entry(value).or_default().push(row);
        }
        for (value, rows) in parts {
            let shares = shares(number, value, &rows)?;
            all.push(SlicePrevalence { by: by.clone(), value: value.clone(), shares });
        }
    }
    Ok(all)
}

/// The labels of a task: those that have probabilities, else all that are given.
fn labels(
    corpus: &Answers,
    own: Option<&Answers>,
    gold: &[(usize, &str)],
    sample: &Corpus,
) -> Result<Vec<String>> {
    let answers = || [Some(corpus), own].into_iter().flatten();
    let all: BTreeSet<&String> = answers().flat_map(Answers::labels).collect();
    let mut all: Vec<String> = all.into_iter().cloned().collect();
    if answers().any(|answers| answers.probabilities().is_some()) {
        if let Some((row, label)) = gold.iter().find(|(_, label)| position(&all, label).is_none()) {
            return Err(Error::unknown_label(sample.place(*row), corpus.task(), label, &all));
        }
        // Their order is the model's.
        return Ok(if corpus.labels().len() == all.len() { corpus.labels().to_vec() } else { all });
    }
    all.extend(gold.iter().map(|(_, label)| (*label).to_owned()));
    all.sort();
    all.dedup();
    Ok(all)
}
