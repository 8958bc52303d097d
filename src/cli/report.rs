//! `standpoint report`.

use std::{io::Write, path::Path};

use anyhow::Result;
use standpoint::{
    Corpus, Error, Place, Predictor, TrainSettings, Trainer,
    evaluate::{CurvePoint, Evaluation, TaskEvaluation},
    model::Explanation,
    predictions::Scored,
    report::{CorpusPage, CorpusReport, ModelReport},
    study::worst,
};

use super::{
    args::ReportArgs,
    evaluate::warn_if_trained_on,
    files,
    input::{self, BadRows},
    render::{self, Sink},
};

pub fn run(args: &ReportArgs) -> Result<()> {
    if let Some(path) = args.output.path.as_deref() {
        input::known_ending(path, "a report", &["html", "htm", "xhtml"])?;
    }
    if Sink::open(None, &[])?.is_terminal() && args.output.path.is_none() {
        return Err(Error::input(
            Place::file("stdout"),
            "a report is a web page, and not for a terminal",
            "write it to a file, as with -o report.html",
        )
        .into());
    }
    match &args.on {
        Some(gold) => of_model(args, gold),
        None => of_corpus(args),
    }
}

/// Mistakes that are shown.
const WRONG: usize = 50;
/// Folds for the learning curve.
const FOLDS: usize = 5;

/// How good a model is.
fn of_model(args: &ReportArgs, gold: &Path) -> Result<()> {
    let inputs: Vec<&Path> = args.model.files().chain([gold]).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let one = args.learning_curve.then(|| args.model.only("a learning curve")).transpose()?;
    let corpus = args.input.labelled(gold)?;
    let source = args.model.source()?;
    warn_if_trained_on(&source, &corpus);
    let scored = source.score(&corpus, &[]);
    let scored = render::noticed(scored.map_err(|error| args.model.explained(error))?);
    let tasks = scored.iter().map(TaskEvaluation::of).collect::<Vec<_>>();
    let mut evaluation = Evaluation::from(tasks);
    let predictor = source.predictor().expect("a model was opened");
    if let (Some(_), Some((model, _))) = (one, predictor.models().next()) {
        evaluation.learning_curve = curve(model, &corpus, &scored)?;
    }
    let known = match predictor.was_trained_on(corpus.sha256()) {
        true => ", which it was trained on: far too good",
        false => "",
    };
    let report = ModelReport::new(predictor, evaluation)
        .title(args.title.clone().unwrap_or_else(|| args.model.name()))
        .on(format!("{} passages of {}{known}", corpus.len(), corpus.name()))
        .wrong(worst(&corpus, &scored, WRONG));
    sink.write_all(report.to_html().as_bytes())?;
    sink.finish()
}

/// By the first target's settings, in the order of the tasks that were scored.
fn curve(model: &standpoint::Model, corpus: &Corpus, scored: &[Scored]) -> Result<Vec<CurvePoint>> {
    let settings = TrainSettings::of(&model.targets()[0]);
    let trainer = Trainer::with(settings).tasks(scored.iter().map(Scored::task));
    Ok(render::progress_of(trainer).learning_curve(corpus, FOLDS)?)
}

/// Every passage of a corpus.
fn of_corpus(args: &ReportArgs) -> Result<()> {
    let files = files::of_inputs(&args.inputs, args.recursive, args.input.from)?;
    let inputs: Vec<&Path> = files.iter().map(AsRef::as_ref).chain(args.model.files()).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let corpus = args.input.tables(&files, &mut BadRows::default())?;
    let source = args.model.source_for(&corpus)?;
    let tasks = source.tasks(&corpus, &[], |_| true, "nothing is predicted")?;
    let answers = render::noticed(source.answers(&corpus, &tasks)?);
    let predictor = source.predictor();
    if predictor.is_none() {
        render::note("the labels are the table's own: give --model for the words that decided");
    }
    let target = match predictor {
        Some(predictor) => predictor.only_target(&corpus)?,
        None => None,
    };
    let report = CorpusReport::new(corpus, answers)?
        .title(args.title.clone().unwrap_or_else(|| title(&files)))
        .target(target);
    let bar = render::Progress::new("explaining");
    let why = |page: &CorpusPage| {
        let why =
            predictor.map_or_else(Vec::new, |by| explanations(by, report.corpus(), &page.rows));
        bar.add(1);
        why
    };
    bar.step(0, report.pages().len());
    report.write(why, &mut sink)?;
    bar.finish();
    sink.finish()
}

/// Why each passage of a page has its labels. The same predictor gave them, so that it can.
fn explanations(predictor: &Predictor, corpus: &Corpus, rows: &[usize]) -> Vec<Vec<Explanation>> {
    let found = predictor.explain(corpus, rows).unwrap_or_default();
    found.into_iter().map(|explanations| explanations.tasks).collect()
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
