//! `standpoint estimate`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Result;
use standpoint::{
    Corpus, Error, Source,
    evaluate::StoredEvaluation,
    prevalence::{Drawn, KnownErrors, Sample, Shares},
};

use super::{
    answered::{Answerer, Answers},
    args::EstimateArgs,
    evaluate::trained_on,
    input,
    judged::{page_numbers, position},
    render::{self, Corrected, Estimated, Estimates, Sink, SliceShares},
    sample::matched,
    slices::values,
};

pub fn run(args: &EstimateArgs) -> Result<()> {
    let paths = [&args.labelled, &args.confusion, &args.model.path];
    let inputs: Vec<&Path> =
        paths.into_iter().flatten().chain([&args.corpus]).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let corpus = args.input.labels(&args.corpus)?;
    let by: Vec<(&str, Vec<String>)> =
        args.by.iter().map(|by| Ok((by.as_str(), values(&corpus, by)?))).collect::<Result<_>>()?;
    let pages = page_numbers(&corpus)?;
    let answerer = Answerer::of(&corpus, &args.model)?;
    let tasks = match (&args.labelled, &args.confusion) {
        (Some(path), _) => {
            let sample = args.input.labels(path)?;
            if matches!(&answerer, Answerer::Model(models, _) if trained_on(models, &sample)) {
                render::warn(&format!(
                    "the model was trained on {}: it errs less there than on the corpus, so that these \
                     shares are hardly corrected; label another sample",
                    sample.name()
                ));
            }
            corrected(args, &corpus, &pages, &sample, &answerer, &by)?
        }
        (None, Some(path)) => adjusted(args, &corpus, &pages, path, &answerer, &by)?,
        (None, None) => {
            return Err(Error::undecidable(
                "nothing says how often these labels are wrong, and a count of them is no \
                          estimate",
                "label a random sample and give it with --labelled; or give the errors that \
                          `standpoint train DATA --cv 5 --format json` found, with --confusion",
            )
            .into());
        }
    };
    let name = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let estimates = Estimates {
        corpus: corpus.place(0).file,
        labelled: name(&args.labelled),
        confusion: name(&args.confusion),
        tasks,
    };
    render::estimates(&mut sink, &estimates, args.format)?;
    sink.finish()
}

/// The shares of every task of which the sample has gold labels.
fn corrected(
    args: &EstimateArgs,
    corpus: &Corpus,
    pages: &[usize],
    sample: &Corpus,
    answerer: &Answerer,
    by: &[(&str, Vec<String>)],
) -> Result<Vec<Estimated>> {
    let has_gold = |task: &str| sample.has_column(task);
    let why = format!("{} has no gold column for any task that is predicted", sample.place(0).file);
    let tasks = answerer.tasks(corpus, &args.tasks, &has_gold, &why)?;
    input::check_columns(sample, &tasks)?;
    let mut answers = answerer.answers(corpus, &tasks)?;
    let golds: Vec<_> = tasks
        .iter()
        .map(|task| sample.gold(task).expect("the column was checked").labels)
        .collect();
    let labelled: Vec<usize> =
        (0..sample.len()).filter(|&row| golds.iter().any(|gold| gold[row].is_some())).collect();
    let found = matched(sample, &labelled, corpus, &answers)?;
    let unpredicted = tasks.iter().find(|task| !sample.has_column(&format!("pred_{task}")));
    if let (None, Answerer::Columns, Some(task)) = (&found, answerer, unpredicted) {
        let [sample, corpus] = [sample, corpus].map(|table| table.place(0).file);
        return Err(Error::undecidable(format!(
                "none of the passages of {sample} is in {corpus}, and it has no column pred_{task} either"
            ), "draw the sample from the corpus, or give predictions of these passages too"
                )
        .into());
    }
    let mut own = match found {
        Some(_) => Vec::new(),
        None => answerer.answers(sample, &tasks)?,
    };
    let own_pages = if own.is_empty() { Vec::new() } else { page_numbers(sample)? };
    let own_by: Vec<Vec<String>> = match own.is_empty() {
        true => Vec::new(),
        false => by.iter().map(|(by, _)| values(sample, by)).collect::<Result<_>>()?,
    };

    let all: Vec<usize> = (0..corpus.len()).collect();
    let mut estimated = Vec::new();
    for (number, task) in tasks.iter().enumerate() {
        let gold_of: Vec<(usize, &str)> = labelled
            .iter()
            .filter_map(|&row| Some((row, golds[number][row].as_deref()?)))
            .collect();
        let labels = labels(&answers[number], own.get(number), &gold_of, sample)?;
        answers[number].relabel(&labels);
        own.get_mut(number).iter_mut().for_each(|own| own.relabel(&labels));
        let gold: Vec<usize> = gold_of
            .iter()
            .map(|(_, label)| position(&labels, label).expect("all labels are known"))
            .collect();
        let rows: Vec<usize> = gold_of.iter().map(|(row, _)| *row).collect();
        // The rows of the corpus that the labelled ones are; of the sample itself, if it is apart.
        let rows: Vec<usize> = match &found {
            Some(found) => rows.iter().map(|row| found[row]).collect(),
            None => rows,
        };
        let drawn = match (&found, args.drawn) {
            (None, _) => None,
            (Some(_), None) => Some(Drawn::guess(&rows, pages)),
            (Some(_), Some(Drawn::Passages)) => Some(Drawn::Passages),
            (Some(_), Some(_)) => Some(Drawn::by_page(&rows, pages)),
        };
        let shares = |slice: Option<(usize, &str)>, part: &[usize]| {
            let of_part = answers[number].select(part, pages);
            let value_of = |case: &usize| {
                let (column, _) = slice?;
                let values = if drawn.is_some() { &by[column].1 } else { &own_by[column] };
                Some(values[rows[*case]].as_str())
            };
            let cases = (0..rows.len()).filter(|case| value_of(case) == slice.map(|slice| slice.1));
            let (rows, gold): (Vec<usize>, Vec<usize>) =
                cases.map(|case| (rows[case], gold[case])).unzip();
            if let Some(drawn) = drawn {
                let at = |row: &usize| part.binary_search(row).expect("a row of the part");
                let rows: Vec<usize> = rows.iter().map(at).collect();
                let sample = Sample::part(rows, gold, drawn);
                return Shares::corrected(&of_part.as_predictions()?, &sample);
            }
            let own = own[number].select(&rows, &own_pages).as_predictions()?;
            Shares::corrected(&of_part.as_predictions()?, &Sample::apart(own, gold))
        };
        let whole = shares(None, &all)?;
        if whole.is_far() {
            render::warn(&format!(
                "{task}: the predictions in {} are not those of a random sample of {} (they lie {:.0} \
                 standard errors apart); these shares are only as good as the sample is random",
                sample.place(0).file,
                corpus.place(0).file,
                whole.distance.unwrap_or_default()
            ));
        }
        estimated.push(Estimated {
            task: task.clone(),
            whole,
            slices: slices(by, |column, value, part| shares(Some((column, value)), part))?,
            how: Corrected::BySample(drawn),
            labels,
        });
    }
    Ok(estimated)
}

/// The shares of every task of which the errors are known.
fn adjusted(
    args: &EstimateArgs,
    corpus: &Corpus,
    pages: &[usize],
    path: &Path,
    answerer: &Answerer,
    by: &[(&str, Vec<String>)],
) -> Result<Vec<Estimated>> {
    let source = Source::open(path, &input::whole())?;
    let evaluation = StoredEvaluation::parse(source.text(), source.name())?;
    let known = |task: &str| evaluation.has_task(task);
    let why = format!("{} has the errors of no task that is predicted", source.name());
    let tasks = answerer.tasks(corpus, &args.tasks, &known, &why)?;
    let mut estimated = Vec::new();
    for mut answers in answerer.answers(corpus, &tasks)? {
        let errors = KnownErrors::of(&evaluation, &answers.task)?;
        let unknown = |label: &usize| !errors.labels().contains(&answers.labels[*label]);
        let given = answers.predicted.iter().enumerate();
        let mut given = given.filter_map(|(row, label)| Some((row, (*label)?)));
        if let Some((row, label)) = given.find(|(_, label)| unknown(label)) {
            return Err(Error::undecidable(
                format!(
                    "{}: {} is predicted to be {:?}, and {} knows only {}",
                    corpus.place(row),
                    answers.task,
                    answers.labels[label],
                    source.name(),
                    errors.labels().join(", ")
                ),
                "give the errors of the classifier that made these predictions",
            )
            .into());
        }
        answers.relabel(errors.labels());
        let shares = |part: &[usize]| {
            Shares::adjusted(&answers.select(part, pages).as_predictions()?, &errors)
        };
        let all: Vec<usize> = (0..corpus.len()).collect();
        estimated.push(Estimated {
            task: answers.task.clone(),
            whole: shares(&all)?,
            slices: slices(by, |_, _, part| shares(part))?,
            how: Corrected::ByErrors,
            labels: errors.labels().to_vec(),
        });
    }
    Ok(estimated)
}

/// The shares of every value of every column, the values in order; of a column's number, a value and
/// the rows of the corpus that have it.
fn slices(
    by: &[(&str, Vec<String>)],
    shares: impl Fn(usize, &str, &[usize]) -> standpoint::Result<Shares>,
) -> Result<Vec<SliceShares>> {
    let mut all = Vec::new();
    for (number, (by, values)) in by.iter().enumerate() {
        let mut parts: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for (row, value) in values.iter().enumerate() {
            parts.entry(value).or_default().push(row);
        }
        for (value, rows) in parts {
            let shares = shares(number, value, &rows)?;
            all.push(SliceShares { by: (*by).to_owned(), value: value.clone(), shares });
        }
    }
    Ok(all)
}

/// The labels of a task: those that have probabilities, else all that anybody gave.
fn labels(
    corpus: &Answers,
    own: Option<&Answers>,
    gold: &[(usize, &str)],
    sample: &Corpus,
) -> Result<Vec<String>> {
    let answers = || [Some(corpus), own].into_iter().flatten();
    let all: BTreeSet<&String> = answers().flat_map(|answers| &answers.labels).collect();
    let mut all: Vec<String> = all.into_iter().cloned().collect();
    if answers().any(|answers| answers.probabilities.is_some()) {
        if let Some((row, label)) =
            gold.iter().find(|(_, label)| !all.iter().any(|known| known == label))
        {
            return Err(Error::unknown_label(sample.place(*row), &corpus.task, label, &all).into());
        }
        // Their order is the model's.
        return Ok(if corpus.labels.len() == all.len() { corpus.labels.clone() } else { all });
    }
    all.extend(gold.iter().map(|(_, label)| (*label).to_owned()));
    all.sort();
    all.dedup();
    Ok(all)
}
