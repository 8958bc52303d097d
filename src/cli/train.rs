//! `standpoint train`.

use std::{io::Write, path::Path};

use anyhow::Result;
use standpoint::{
    ClassWeights, Context, CrossValidation, Error, FeatureSettings, Gold, Passages, Place,
    TaskCrossValidation, TaskPredictions, TrainReport, TrainSettings, cross_validate,
    evaluate::{Cases, CurvePoint, Evaluation, Metric, TaskEvaluation, estimates},
    learning_curve, report, train,
};

use super::{
    args::{TrainArgs, Weights},
    evaluate::RESAMPLES,
    input,
    render::{self, Sink},
};

pub fn run(args: &TrainArgs) -> Result<()> {
    let settings = settings(args);
    settings.check()?;
    let (model, card) = (args.output.as_deref(), args.card.as_deref());
    if [model, card].contains(&Some(Path::new("-"))) && args.cv.is_some() {
        return Err(Error::Input {
            place: Place::file("stdout"),
            problem: "the figures of --cv go here, and nothing else can".into(),
            way_out: "write model and card to files".into(),
        }
        .into());
    }
    // Whatever cannot be written is better known before the long work than after it.
    let mut sink = Sink::open(None, &[])?;
    let model_sink = model.map(|path| Sink::open(Some(path), &[&args.data])).transpose()?;
    let taken: Vec<&Path> = model.into_iter().chain([args.data.as_path()]).collect();
    let card_sink = card.map(|path| Sink::open(Some(path), &taken)).transpose()?;

    let (source, table) = args.input.labelled(&args.data)?;
    let tasks = input::tasks(&table, &args.tasks)?;
    let gold: Vec<Gold<'_>> = tasks.iter().filter_map(|name| table.gold(name)).collect();
    for warning in gold.iter().flat_map(Gold::doubtful_labels) {
        render::warn(&warning);
    }
    let passages = table.passages()?;
    input::warn_of_empty(&passages);

    let evaluation = match args.cv {
        Some(folds) => Some(validated(args, &passages, &gold, &settings, folds)?),
        None => None,
    };
    if let Some(evaluation) = &evaluation {
        render::evaluation(&mut sink, evaluation, args.format)?;
    }
    if let (Some(path), Some(mut model_sink)) = (&args.output, model_sink) {
        let bar = render::Progress::new("training");
        let (mut model, report) =
            train(&passages, &gold, &settings, &|step| bar.step(step.done, step.of))?;
        bar.finish();
        model.set_data_sha256(source.sha256());
        warn_of_fits(&report);
        if settings.context && passages.has_neighbours() && model.context() == Context::Passage {
            render::warn(
                "some label stands on too few pages with neighbours; they are left out, as with \
                 --no-context",
            );
        }
        let bytes = model.to_bytes();
        model_sink.write_all(&bytes)?;
        model_sink.finish()?;
        render::trained(&report, path, bytes.len());
        if let (Some(evaluation), Some(mut card_sink), Some(folds)) =
            (&evaluation, card_sink, args.cv)
        {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let text = report::card(&model, &name, source.name(), evaluation, folds);
            card_sink.write_all(text.as_bytes())?;
            card_sink.finish()?;
        }
    }
    sink.finish()
}

fn settings(args: &TrainArgs) -> TrainSettings {
    TrainSettings {
        target: args.target.clone(),
        features: FeatureSettings {
            word_ngrams: args.word_ngrams,
            char_ngrams: args.char_ngrams,
            min_df: args.min_df,
            ..FeatureSettings::default()
        },
        class_weights: match args.class_weights {
            Weights::Balanced => ClassWeights::Balanced,
            Weights::Equal => ClassWeights::Equal,
        },
        penalties: args.l2.clone(),
        context: !args.no_context,
        max_iterations: args.max_iterations,
        seed: args.seed.seed,
        ..TrainSettings::default()
    }
}

fn validated(
    args: &TrainArgs,
    passages: &Passages<'_>,
    gold: &[Gold<'_>],
    settings: &TrainSettings,
    folds: usize,
) -> Result<Evaluation> {
    let bar = render::Progress::new("cross-validating");
    let validation =
        cross_validate(passages, gold, settings, folds, &|step| bar.step(step.done, step.of))?;
    bar.finish();
    let tasks = validation.tasks.iter().map(|task| {
        let seed = args.seed.seed;
        let of_task = cases(task, &task.predicted);
        let mut evaluation = TaskEvaluation::of(&task.task, &task.labels, of_task, RESAMPLES, seed);
        evaluation.without_context = task
            .without_context
            .as_ref()
            .map(|predicted| estimates(cases(task, predicted), &task.labels, RESAMPLES, seed));
        evaluation
    });
    let tasks = tasks.collect();
    let mut curve = Vec::new();
    if args.learning_curve {
        let doubled = std::iter::successors(Some(15), |size| Some(size * 2));
        let sizes: Vec<usize> = doubled.take_while(|&size| size < validation.train_pages).collect();
        let bar = render::Progress::new("learning curve");
        let mut points = learning_curve(passages, gold, settings, folds, &sizes, &|step| {
            bar.step(step.done, step.of);
        })?;
        bar.finish();
        // The last point is what was validated above.
        points.push(validation);
        curve = points.iter().map(|point| curve_point(point, args.seed.seed)).collect();
    }
    Ok(Evaluation { tasks, learning_curve: curve })
}

fn curve_point(validation: &CrossValidation, seed: u64) -> CurvePoint {
    let macro_f1 = validation.tasks.iter().filter_map(|task| {
        let all = estimates(cases(task, &task.predicted), &task.labels, RESAMPLES, seed);
        all.into_iter().find(|estimate| estimate.metric == Metric::MacroF1)
    });
    CurvePoint { pages: validation.train_pages, macro_f1: macro_f1.collect() }
}

fn cases<'a>(task: &'a TaskCrossValidation, predicted: &'a TaskPredictions) -> Cases<'a> {
    Cases {
        gold: &task.gold,
        predicted: &predicted.labels,
        probabilities: Some(&predicted.probabilities),
        pages: &task.pages,
    }
}

/// What a user should not have to find out: fits that stopped early, labels that cannot be learnt.
fn warn_of_fits(report: &TrainReport) {
    for task in report.tasks.iter().filter(|task| !task.learnt()) {
        render::warn(&format!(
            "{} could not be told from these passages better than by the shares of its labels; \
             its predictions mean nothing",
            task.task
        ));
    }
    for task in report.tasks.iter().filter(|task| task.stopped_early()) {
        render::warn(&format!(
            "the fit of {} ran out of iterations before its optimum; raise --max-iterations",
            task.task
        ));
    }
}
