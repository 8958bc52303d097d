//! `standpoint train`.

use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Result;
use standpoint::{
    Corpus, Error, Place, TrainSettings, Trainer,
    corpus::{OutputFormat, answer_columns, column_names},
    evaluate::{Evaluation, Standing},
    features::FeatureSettings,
    input::Compression,
    logistic::ClassWeights,
    model::{Criterion, NbRatios, TrainReport},
    report,
    study::{Trained, tasks_of},
};

use super::{
    args::{ClassWeightsArg, TrainArgs},
    files, input,
    render::{self, Sink},
};

pub fn run(args: &TrainArgs) -> Result<()> {
    let settings = settings(args);
    settings.check()?;
    let (model, card) = (args.output.as_deref(), args.card.as_deref());
    let predictions = args.predictions.as_deref();
    if [model, card, predictions].contains(&Some(Path::new("-"))) && args.cv.is_some() {
        return Err(Error::input(
            Place::file("stdout"),
            "the figures of --cv go here, and nothing else can",
            "write model, card and predictions to files",
        )
        .into());
    }
    model.map(refuse_compressed).transpose()?;
    // Whatever cannot be written is better known before the long work than after it.
    let predictions_format = args.safe.format(OutputFormat::of_path(predictions)?);
    let mut sink = Sink::open(None, &[])?;
    let mut taken: Vec<&Path> = args.data.iter().map(AsRef::as_ref).collect();
    let mut sinks = Vec::new();
    for path in [model, card, predictions] {
        sinks.push(path.map(|path| Sink::open(Some(path), &taken)).transpose()?);
        taken.extend(path);
    }
    // By its ending a file is taken for a table, and not for a model.
    model.map(|path| input::known_ending(path, "a model", &[])).transpose()?;
    card.map(|path| input::known_ending(path, "the card", &["md", "txt"])).transpose()?;
    let [model_sink, card_sink, predictions_sink] =
        <[_; 3]>::try_from(sinks).ok().expect("one for each path");

    let mut bad_rows = args.errors.open(&taken, &args.safe)?;
    let table = args.input.all_labelled(&args.data, &mut bad_rows)?;
    args.errors.finish(table.report(), bad_rows.rejects)?;
    input::note_tasks(&table, &args.tasks);
    warn_of_labels(args, &table)?;
    input::warn_of_empty(&table);
    if predictions.is_some() {
        check_columns(args, &table)?;
    }
    let mut trainer = render::progress_of(trainer(args, settings)?);
    if args.search {
        let found = trainer.search(&table)?;
        render::searched(&found);
        trainer = trainer.with_search(&found);
    }

    let mut evaluation = Evaluation::default();
    let mut folds = None;
    if let Some(wanted) = args.cv {
        if args.search {
            render::warn(
                "the features were chosen on the same passages as are cross-validated: the \
                 figures are a little too good",
            );
        }
        let validated = trainer.cross_validate(&table, wanted)?;
        folds = Some(validated.folds);
        evaluation = validated.evaluation.clone();
        if args.learning_curve {
            evaluation.learning_curve = trainer.learning_curve_to(&table, &validated)?;
        }
        validated.notices.iter().for_each(|notice| render::warn(notice));
        render::evaluation(&mut sink, &evaluation, args.format)?;
        if let Some(mut out) = predictions_sink {
            let answers = validated.answers();
            let columns = answer_columns(&answers, false);
            table.check_new_columns(columns.iter().map(|column| column.name.as_str()))?;
            table.write(&columns, predictions_format, &mut out)?;
            out.finish()?;
        }
    }
    if let (Some(path), Some(mut model_sink)) = (&args.output, model_sink) {
        let trained = trainer.fit_reported(&table)?;
        report_training(&trained);
        let model = trained.model;
        let bytes = model.to_bytes();
        model_sink.write_all(&bytes)?;
        model_sink.finish()?;
        render::written(path, bytes.len());
        if let (Some(mut card_sink), Some(folds)) = (card_sink, folds) {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let held_out = match &args.group {
                None => format!("{folds}-fold cross-validation, pages kept together"),
                Some(column) => {
                    format!("{folds}-fold cross-validation, pages of one {column} kept together")
                }
            };
            let data = names_of(&args.data, &table);
            let text = report::card(&model, &name, &data, &evaluation, &held_out);
            card_sink.text(|out| out.write_all(text.as_bytes()))?;
            card_sink.finish()?;
        }
    }
    sink.finish()
}

/// The trainer that is asked for, with all that it learns from beside the table.
fn trainer(args: &TrainArgs, settings: TrainSettings) -> Result<Trainer> {
    let mut trainer = Trainer::with(settings).tasks(args.tasks.clone()).per_target(args.per_target);
    if let Some(column) = &args.group {
        trainer = trainer.group_by(column);
    }
    trainer = args.encoder.beside(trainer, Trainer::encoder)?;
    if !args.unlabelled.is_empty() {
        let files = files::of_inputs(&args.unlabelled, false, args.input.from)?;
        let more = args.input.tables(&files, &mut input::BadRows::default())?;
        input::warn_of_empty(&more);
        trainer = trainer.unlabelled(more);
    }
    Ok(trainer)
}

/// Refuses a name of a model that tells of compression.
fn refuse_compressed(path: &Path) -> Result<()> {
    let name = path.display().to_string();
    if Compression::of_name(&name).0.is_some() {
        let problem = "models are read as they are, and not compressed";
        let help = "give the model a name without this ending";
        return Err(Error::input(Place::file(name), problem, help).into());
    }
    Ok(())
}

/// The names of the tables.
fn names_of(paths: &[PathBuf], table: &Corpus) -> String {
    if paths.len() == 1 {
        return table.name().to_owned();
    }
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    names.join(", ")
}

/// Refuses a table that has one of the columns that its predictions are to have.
fn check_columns(args: &TrainArgs, table: &Corpus) -> Result<()> {
    for task in tasks_of(table, &args.tasks)? {
        let labels = table.gold(&task).into_iter().flat_map(|gold| gold.labels);
        let labels: BTreeSet<String> = labels.flatten().map(|label| label.to_string()).collect();
        let names = column_names(&task, &Vec::from_iter(labels), false);
        table.check_new_columns(names.iter().map(String::as_str))?;
    }
    Ok(())
}

/// Labels that are probably not meant, or cannot be learnt.
fn warn_of_labels(args: &TrainArgs, table: &Corpus) -> Result<()> {
    let tasks = tasks_of(table, &args.tasks)?;
    let doubts = tasks.iter().flat_map(|name| table.doubtful_labels(name));
    doubts.for_each(|doubt| render::warn(&doubt));
    Ok(())
}

fn report_training(trained: &Trained) {
    let per_target = trained.model.is_per_target();
    let targets = trained.model.targets().iter();
    for ((target, report), without) in
        targets.zip(&trained.reports).zip(&trained.without_neighbours)
    {
        if per_target {
            render::note(target.target());
        }
        if let Some(unlabelled) = &target.training().unlabelled {
            render::note(&format!("without labels: {unlabelled}"));
        }
        render::trained(report);
        warn_of_fits(report);
        if *without {
            render::warn(
                "too few passages, or too few pages of some label, have neighbours to learn from; \
                 neighbours are left out, as with --no-context",
            );
        }
    }
    if per_target {
        let n = trained.model.targets().len();
        render::note(&format!("{n} targets; any other will be refused"));
    }
}

fn settings(args: &TrainArgs) -> TrainSettings {
    let default = TrainSettings::default();
    TrainSettings {
        target: args.target.clone().unwrap_or_default(),
        features: FeatureSettings {
            word_ngrams: args.word_ngrams,
            char_ngrams: args.char_ngrams,
            chars_across: args.chars_across,
            min_df: args.min_df,
            max_terms: args.max_terms,
            hash_bits: args.hash_bits,
            tf: args.tf,
            shape: !args.no_shape,
            negation: args.negation,
            lexicon: args.lexicon,
            mask_names: args.mask_names,
            ..FeatureSettings::default()
        },
        numbers: args.numbers.clone(),
        vectors: args.vectors.clone(),
        nb_ratios: match args.nb_ratios {
            NbRatios::Auto if args.no_calibration => NbRatios::Never,
            given => given,
        },
        class_weights: match args.class_weights {
            ClassWeightsArg::Balanced => ClassWeights::Balanced,
            ClassWeightsArg::Equal | ClassWeightsArg::Given(_) => ClassWeights::Equal,
        },
        label_weights: match &args.class_weights {
            ClassWeightsArg::Given(weights) => weights.clone(),
            ClassWeightsArg::Balanced | ClassWeightsArg::Equal => Vec::new(),
        },
        criterion: match args.no_calibration {
            true => Criterion::Accuracy,
            false => args.optimise,
        },
        penalties: match (&args.l2[..], args.no_calibration) {
            ([], true) => vec![1.0],
            ([], false) => default.penalties,
            (given, _) => given.to_vec(),
        },
        context: !args.no_context,
        folds: if args.no_calibration { 0 } else { default.folds },
        tolerance: args.tolerance,
        max_iterations: args.max_iterations,
        seed: args.seed.seed,
        ..default
    }
}

/// What a user should not have to find out: fits that stopped early, labels that cannot be learnt.
fn warn_of_fits(report: &TrainReport) {
    for task in report.tasks.iter().filter(|task| !task.learnt()) {
        render::warn(&format!(
            "the model learned nothing useful for {}: it is {}",
            task.task,
            Standing::NoBetterThanGuessing.words()
        ));
    }
    for task in report.tasks.iter().filter(|task| task.stopped_early()) {
        render::warn(&format!(
            "the fit of {} ran out of iterations before its optimum; raise --max-iterations",
            task.task
        ));
    }
}
