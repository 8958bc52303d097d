//! The ladder: one learner under harder and harder splits.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use standpoint::{
    Corpus, Error, Gold, OnError, Passages, Split, Step, TrainSettings,
    audit::duplicates,
    cross_validate_splits,
    evaluate::{Estimate, Metric, SplitResult, SplitTask},
    page_folds,
};

use super::{
    args::EvaluateArgs,
    groups::{self, Groups},
    input,
    judged::Judged,
    render,
    slices::date,
};

/// The rungs, and for each task the cases of the strictest of those on which it can be learnt.
pub fn ladder(args: &EvaluateArgs, path: &Path) -> Result<(Corpus, Vec<SplitResult>, Vec<Judged>)> {
    let table = args.input.labelled(path, OnError::Stop)?;
    let tasks = input::tasks(&table, &args.tasks)?;
    let gold: Vec<Gold> = tasks.iter().filter_map(|name| table.gold(name)).collect();
    let mut passages = table.passages()?;
    if let Some(weights) = table.weights()? {
        passages = passages.with_weights(weights);
    }
    input::warn_of_empty(&passages);
    let models = args.model.path.as_deref().map(|path| input::models(Some(path))).transpose()?;
    let settings =
        models.map_or_else(TrainSettings::default, |models| TrainSettings::of(&models.models()[0]));
    // The model's seed made the model; this one deals the folds.
    let settings = TrainSettings { seed: args.seed.seed, ..settings };

    let mut rungs: Vec<SplitResult> = Vec::new();
    let mut made: Vec<(Vec<Split>, Vec<Outcome>)> = Vec::new();
    let mut strictest: Vec<Option<Judged>> = vec![None; gold.len()];
    for (split, splits) in splits(&table, &passages, args.folds.into(), settings.seed) {
        let (outcomes, groups) = match splits {
            Err(reason) => (vec![Err(reason); gold.len()], None),
            Ok((splits, groups)) => {
                // Where no page has two passages, or no passage a copy, rungs are the same.
                let same = made.iter().position(|(known, _)| *known == splits);
                let number = same.unwrap_or_else(|| {
                    let outcomes = validate(&split, &passages, &gold, &settings, &splits);
                    made.push((splits, outcomes));
                    made.len() - 1
                });
                (made[number].1.clone(), Some(groups))
            }
        };
        let mut tasks = Vec::new();
        for ((outcome, gold), strictest) in outcomes.into_iter().zip(&gold).zip(&mut strictest) {
            let (macro_f1, why) = match outcome {
                Ok((judged, found)) => {
                    *strictest = Some(judged);
                    (Some(found), None)
                }
                Err(why) => (None, Some(why)),
            };
            tasks.push(SplitTask { task: gold.task.clone(), macro_f1, why });
        }
        rungs.push(SplitResult { split, groups, tasks });
    }
    let judged: Vec<Judged> = strictest.into_iter().flatten().collect();
    if judged.is_empty() {
        let all = rungs.iter().flat_map(|rung| &rung.tasks);
        let mut reasons: Vec<&str> = all.filter_map(|task| task.why.as_deref()).collect();
        reasons.dedup();
        let (problem, help) = ("none of the splits can be made".to_owned(), reasons.join("; "));
        return Err(Error::undecidable(problem, help).into());
    }
    Ok((table, rungs, judged))
}

/// What came of some splits for a task: its cases and their macro F1, or why there are none.
type Outcome = Result<(Judged, Estimate), String>;

/// The outcome for each task. A task that could not be learnt in one of the splits, for lack of
/// a second label, is learnt in none.
fn validate(
    name: &str,
    passages: &Passages<'_>,
    gold: &[Gold],
    settings: &TrainSettings,
    splits: &[Split],
) -> Vec<Outcome> {
    let learnable = |gold: &&Gold| {
        splits.iter().all(|split| {
            let labels = split.train.iter().filter_map(|&row| gold.labels[row].as_deref());
            labels.collect::<BTreeSet<_>>().len() > 1
        })
    };
    let known: Vec<Gold> = gold.iter().filter(learnable).cloned().collect();
    let bar = render::Progress::new(name.to_owned());
    let progress = |step: Step| bar.step(step.done, step.of);
    let validation = cross_validate_splits(passages, &known, settings, splits, &progress);
    bar.finish();
    let outcome = |gold: &Gold| {
        if !known.iter().any(|known| known.task == gold.task) {
            return Err("a part of it leaves one label to learn from".to_owned());
        }
        let validation = validation.as_ref().map_err(ToString::to_string)?;
        let task = validation.tasks.iter().find(|task| task.task == gold.task);
        let judged = Judged::held_out(task.expect("every task is validated"));
        if judged.rows.is_empty() {
            return Err("no labelled passage is judged".to_owned());
        }
        let evaluation = judged.evaluate(settings.seed).map_err(|error| error.to_string())?;
        let macro_f1 = evaluation.get(Metric::MacroF1).expect("every task has one").clone();
        Ok((judged, macro_f1))
    };
    gold.iter().map(outcome).collect()
}

/// Splits and the number of what they keep together, or why they cannot be made.
type Splits = Result<(Vec<Split>, usize), String>;

/// From the easiest split to the strictest.
fn splits(
    table: &Corpus,
    passages: &Passages<'_>,
    folds: usize,
    seed: u64,
) -> Vec<(String, Splits)> {
    let dealt = |groups: &[usize], what: &str| -> Splits {
        let n = groups.iter().collect::<BTreeSet<_>>().len();
        match n {
            0 | 1 => Err(format!("there is one {what} only")),
            _ => Ok((Split::folds(&page_folds(groups, folds.min(n), seed)), n)),
        }
    };
    let rows: Vec<usize> = (0..passages.len()).collect();
    let mut copies = Groups::of(rows.len());
    duplicates(passages).iter().for_each(|pair| copies.join(pair.first, pair.second));
    let mut all = vec![
        ("random passages".to_owned(), dealt(&rows, "passage")),
        (
            "random passages, near-duplicates together".to_owned(),
            dealt(&copies.numbers(), "passage"),
        ),
        ("by page".to_owned(), dealt(&passages.page_numbers(), "page")),
    ];
    let by_column = |column: &str| {
        let groups = groups::by_column(table, passages, column);
        let dealt =
            groups.map_err(|error| error.to_string()).and_then(|groups| dealt(&groups, column));
        (format!("by {column}"), dealt)
    };
    let has = |column: &&str| table.has_column(column);
    all.extend(["source", "topic"].into_iter().filter(has).map(by_column));
    if table.has_column("date") {
        all.push(("by time, the latest judged".to_owned(), by_time(table, passages, folds)));
    }
    all.extend(["target"].into_iter().filter(has).map(by_column));
    all
}

/// Learns from the earlier pages and judges the latest, a fold's share of the passages; a page is as
/// old as its first dated passage, and pages of one date are not parted. Pages without a date are
/// left out.
fn by_time(table: &Corpus, passages: &Passages<'_>, folds: usize) -> Splits {
    let values = table.values("date").expect("the column is there");
    let mut dated: Vec<(&str, &Vec<usize>)> = Vec::new();
    for page in passages.pages() {
        let Some(&row) = page.iter().find(|&&row| values[row].is_some()) else { continue };
        let value = values[row].as_deref().unwrap_or("");
        let date = date(value).ok_or_else(|| {
            format!("{}: date is {value:?}; write dates as 2023-09-25", table.place(row))
        })?;
        dated.push((date, page));
    }
    dated.sort_by_key(|(date, _)| *date);
    let n: usize = dated.iter().map(|(_, page)| page.len()).sum();
    let dates: BTreeSet<&str> = dated.iter().map(|(date, _)| *date).collect();
    let later = |from: &str| -> usize {
        dated.iter().filter(|(date, _)| *date >= from).map(|(_, page)| page.len()).sum()
    };
    // The first date has nothing before it to learn from.
    let wanted = n / folds;
    let Some(from) = dates.iter().skip(1).min_by_key(|date| later(date).abs_diff(wanted)) else {
        return Err("fewer than two dates".to_owned());
    };
    let rows = |judged: bool| {
        let pages = dated.iter().filter(|(date, _)| (date >= from) == judged);
        let mut rows: Vec<usize> = pages.flat_map(|(_, page)| page.iter().copied()).collect();
        rows.sort_unstable();
        rows
    };
    Ok((vec![Split { train: rows(false), test: rows(true) }], dates.len()))
}
