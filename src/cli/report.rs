//! `standpoint report`.

use std::{collections::BTreeMap, io::Write, path::Path};

use anyhow::Result;
use standpoint::{
    Corpus, Explanation, Gold, Model, OnError, Passages, TrainSettings, cross_validate,
    evaluate::{CurvePoint, Evaluation},
    report::{CorpusPage, CorpusReport, CorpusTask, ModelReport},
};

use super::{
    answered::{Answerer, Answers},
    answers,
    args::ReportArgs,
    curve::learning_curve,
    evaluate::{trained_on, warn_if_trained_on, worst},
    files, input,
    judged::{Judge, Judged},
    render::{self, Sink},
    slices::date,
};

pub fn run(args: &ReportArgs) -> Result<()> {
    match &args.on {
        Some(gold) => of_model(args, gold),
        None => of_corpus(args),
    }
}

/// Mistakes that are shown.
const WRONG: usize = 50;
/// Folds for the learning curve.
const FOLDS: usize = 5;

/// What a model is worth.
fn of_model(args: &ReportArgs, gold: &Path) -> Result<()> {
    let inputs: Vec<&Path> = args.model.path.iter().map(AsRef::as_ref).chain([gold]).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let models = input::models(args.model.path.as_deref())?;
    let table = args.input.labelled(gold, OnError::Stop)?;
    warn_if_trained_on(&models, &table);
    let judge = Judge::Model(models, args.model.target.clone());
    let models = judge.models().expect("it is one");
    let judged = judge.judge(&table, &[])?;
    let tasks: Result<Vec<_>> =
        judged.iter().map(|of_task| of_task.evaluate(args.seed.seed)).collect();
    let mut evaluation = Evaluation::from(tasks?);
    if args.learning_curve {
        evaluation.learning_curve = curve(models, &table, &judged)?;
    }
    let name = args
        .model
        .path
        .as_ref()
        .map_or("the built-in model".into(), |path| path.display().to_string());
    let known =
        if trained_on(models, &table) { ", which it was trained on: far too good" } else { "" };
    let report = ModelReport {
        title: args.title.clone().unwrap_or(name),
        models,
        on: format!("{} passages of {}{known}", table.len(), table.name()),
        evaluation: &evaluation,
        wrong: worst(&table, &judged, WRONG),
    };
    sink.write_all(report.to_html().as_bytes())?;
    sink.finish()
}

/// By the first model's own settings, in the order of its tasks that were judged.
fn curve(models: &Model, table: &Corpus, judged: &[Judged]) -> Result<Vec<CurvePoint>> {
    let mut passages = table.passages()?;
    if let Some(weights) = table.weights()? {
        passages = passages.with_weights(weights);
    }
    let gold = judged.iter().map(|of_task| table.gold(&of_task.task).expect("it was judged"));
    let gold: Vec<Gold> = gold.collect();
    let settings = TrainSettings::of(&models.models()[0]);
    let bar = render::Progress::new("cross-validating");
    let whole = cross_validate(&passages, &gold, &settings, FOLDS, None, &|step| {
        bar.step(step.done, step.of);
    })?;
    bar.finish();
    learning_curve(&passages, &gold, &settings, FOLDS, &whole)
}

/// Every passage of a corpus.
fn of_corpus(args: &ReportArgs) -> Result<()> {
    let files = files::of_inputs(&args.inputs, args.recursive)?;
    let inputs: Vec<&Path> = files.iter().chain(&args.model.path).map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let table = args.input.tables(&files, &OnError::Stop)?;
    let passages = table.passages()?;
    let answerer = Answerer::of(&table, &args.model)?;
    let tasks = answerer.tasks(&table, &[], &|_| true, "nothing is predicted")?;
    let answers = answerer.answers(&table, &tasks)?;
    let judges = match &answerer {
        Answerer::Model(models, target) => {
            Some((models, answers::route(models, &table, target.as_deref())?.0))
        }
        Answerer::Columns => {
            render::note("the labels are the table's own: give --model for the words that decided");
            None
        }
    };
    let target = match &judges {
        Some((models, by)) => only(by.iter().map(|&number| models.models()[number].target())),
        None => None,
    };
    let corpus = CorpusReport {
        title: args.title.clone().unwrap_or_else(|| title(&files)),
        target,
        tasks: answers.into_iter().map(task).collect(),
        pages: pages(&table, &passages),
        texts: passages.texts(),
        places: (0..table.len()).map(|row| table.place(row).to_string()).collect(),
    };
    let bar = render::Progress::new("explaining");
    let why = |page: &CorpusPage| {
        let why = judges.as_ref().map_or_else(Vec::new, |(models, by)| {
            explanations(models, by, &passages.subset(&page.rows), &page.rows)
        });
        bar.add(1);
        why
    };
    bar.step(0, corpus.pages.len());
    corpus.write(why, args.seed.seed, &mut sink)?;
    bar.finish();
    sink.finish()
}

/// Why each passage of a page has its labels, each by the model that judges it.
fn explanations(
    models: &Model,
    by: &[usize],
    page: &Passages<'_>,
    rows: &[usize],
) -> Vec<Vec<Explanation>> {
    let mut all: BTreeMap<usize, Vec<Explanation>> = BTreeMap::new();
    for (number, model) in models.models().iter().enumerate() {
        let own: Vec<usize> = (0..rows.len()).filter(|&at| by[rows[at]] == number).collect();
        if !own.is_empty() {
            all.extend(own.iter().copied().zip(model.explain_all(&page.subset(&own))));
        }
    }
    all.into_values().collect()
}

fn task(answers: Answers) -> CorpusTask {
    let Answers { task: name, labels, predicted, probabilities, .. } = answers;
    CorpusTask { name, labels, predicted, probabilities }
}

fn pages(table: &Corpus, passages: &Passages<'_>) -> Vec<CorpusPage> {
    let [title, source, dates] = ["title", "source", "date"].map(|column| table.values(column));
    let page = |rows: &Vec<usize>| {
        let first = rows[0];
        let of = |values: &Option<Vec<Option<std::borrow::Cow<'_, str>>>>| {
            values.as_ref().and_then(|values| values[first].as_deref().map(str::to_owned))
        };
        let id = table.page_id(first);
        CorpusPage {
            id: if id.is_empty() { table.place(first).to_string() } else { id.to_owned() },
            title: of(&title),
            source: of(&source),
            // What is no date is no place in time.
            date: of(&dates).filter(|value| date(value).is_some()),
            rows: rows.clone(),
        }
    };
    passages.pages().iter().map(page).collect()
}

/// The one value that all have.
fn only<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

fn title(files: &[std::path::PathBuf]) -> String {
    let name = |path: &std::path::PathBuf| match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    match files {
        [one] => name(one),
        [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
        [] => String::new(),
    }
}
