//! `standpoint train`.

use std::io::Write;

use anyhow::Result;
use standpoint::{
    ClassWeights, FeatureSettings, Gold, Passages, TrainReport, TrainSettings, cross_validate,
    evaluate::{Cases, Evaluation, TaskEvaluation, estimates},
    report, train,
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
    // Whatever cannot be written is better known before the long work than after it.
    let mut sink = Sink::open(None)?;
    let model_sink = args.output.as_deref().map(|path| Sink::open(Some(path))).transpose()?;
    let card_sink = args.card.as_deref().map(|path| Sink::open(Some(path))).transpose()?;

    let (source, table) = args.input.labelled(&args.data)?;
    let tasks = input::tasks(&table, &args.tasks)?;
    let gold: Vec<Gold<'_>> = tasks.iter().filter_map(|name| table.gold(name)).collect();
    for warning in gold.iter().flat_map(Gold::doubtful_labels) {
        render::warn(&warning);
    }
    let passages = table.passages()?;

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
        warn_of_early_stops(&report);
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
        let cases = Cases {
            gold: &task.gold,
            predicted: &task.predicted.labels,
            probabilities: Some(&task.predicted.probabilities),
            pages: &task.pages,
        };
        let seed = args.seed.seed;
        let mut evaluation = TaskEvaluation::of(&task.task, &task.labels, cases, RESAMPLES, seed);
        evaluation.without_context = task.without_context.as_ref().map(|predicted| {
            let probabilities = Some(predicted.probabilities.as_slice());
            let cases = Cases { predicted: &predicted.labels, probabilities, ..cases };
            estimates(cases, &task.labels, RESAMPLES, seed)
        });
        evaluation
    });
    Ok(Evaluation { tasks: tasks.collect() })
}

fn warn_of_early_stops(report: &TrainReport) {
    for task in report.tasks.iter().filter(|task| task.stopped_early()) {
        render::warn(&format!(
            "the fit of {} ran out of iterations before its optimum; raise --max-iterations",
            task.task
        ));
    }
}
