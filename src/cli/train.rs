//! `standpoint train`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
};

use anyhow::{Context as _, Result};
use standpoint::{
    ClassWeights, Compression, Context, Corpus, Criterion, CrossValidation, Error, FeatureSettings,
    Gold, Model, NbRatios, OutputFormat, Passages, Place, Step, TaskCrossValidation,
    TaskPredictions, TermFrequency, TrainReport, TrainSettings, Tried, cross_validate,
    evaluate::{Evaluation, Resampling, TaskEvaluation, estimates},
    predictions::{Answers, Scored},
    report, search, train,
};

use super::{
    answers,
    args::{ClassWeightsArg, NbRatiosArg, Optimise, Tf, TrainArgs},
    beside::Beside,
    curve::learning_curve,
    groups, input,
    judged::Judged,
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
    if let Some(path) = model
        && Compression::of_name(&path.display().to_string()).0.is_some()
    {
        return Err(Error::input(
            Place::file(path.display().to_string()),
            "models are read as they are, and not compressed",
            "give the model a name without this ending",
        )
        .into());
    }
    // Whatever cannot be written is better known before the long work than after it.
    if predictions.is_some() {
        input::check_output(OutputFormat::of_path(predictions), predictions)?;
    }
    let mut sink = Sink::open(None, &[])?;
    let mut taken: Vec<&Path> = vec![&args.data];
    let mut sinks = Vec::new();
    for path in [model, card, predictions] {
        sinks.push(path.map(|path| Sink::open(Some(path), &taken)).transpose()?);
        taken.extend(path);
    }
    let [model_sink, card_sink, predictions_sink] =
        <[_; 3]>::try_from(sinks).ok().expect("one for each path");

    let on_error = args.errors.open(&taken)?;
    let table = args.input.labelled(&args.data, on_error.clone())?;
    input::finish_rejects(on_error)?;
    let tasks = input::tasks(&table, &args.tasks)?;
    let gold: Vec<Gold> = tasks.iter().filter_map(|name| table.gold(name)).collect();
    for warning in gold.iter().flat_map(Gold::doubtful_labels) {
        render::warn(&warning);
    }
    let mut passages = table.passages()?;
    if let Some(weights) = table.weights()? {
        passages = passages.with_weights(weights);
    }
    input::warn_of_empty(&passages);
    let mut parts = parts(args, &table, &passages, &gold, settings)?;
    if args.search {
        search_all(args, &mut parts)?;
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
        let validations = validated(args, &table, &passages, &parts, wanted)?;
        folds = validations.iter().map(|(_, validation)| validation.folds).max();
        let pooled = CrossValidation::pool(&validations, &passages.page_numbers());
        evaluation = evaluated(args, &table, &pooled, &parts, &validations)?;
        if args.learning_curve {
            let Part { passages, gold, settings, .. } = &parts[0];
            evaluation.learning_curve =
                learning_curve(passages, gold, settings, wanted, &validations[0].1)?;
        }
        render::evaluation(&mut sink, &evaluation, args.format)?;
        if let Some(mut out) = predictions_sink {
            let held_out = answers::held_out(&pooled, table.len());
            let labels = answers::labels_of(&pooled);
            let columns = answers::columns(&labels, &held_out, false);
            table.check_new_columns(columns.iter().map(|column| column.name.as_str()))?;
            table.write(&columns, OutputFormat::of_path(predictions), true, &mut out)?;
            out.finish()?;
        }
    }
    if let (Some(path), Some(mut model_sink)) = (&args.output, model_sink) {
        let models = trained(args, &parts, table.sha256().unwrap_or_default())?;
        let bytes = models.to_bytes();
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
            let text = report::card(&models, &name, table.name(), &evaluation, &held_out);
            card_sink.write_all(text.as_bytes())?;
            card_sink.finish()?;
        }
    }
    sink.finish()
}

/// What one model is trained on: all passages, or those of a target.
struct Part<'a> {
    rows: Vec<usize>,
    passages: Passages<'a>,
    gold: Vec<Gold>,
    settings: TrainSettings,
    searched: Vec<Vec<Tried>>,
}

impl Part<'_> {
    /// An error that concerns one target of several names it.
    fn named<T>(&self, args: &TrainArgs, result: standpoint::Result<T>) -> Result<T> {
        match args.per_target {
            true => result.with_context(|| format!("target {:?}", self.settings.target)),
            false => Ok(result?),
        }
    }
}

/// One recipe for all parts, chosen on all of them.
fn search_all(args: &TrainArgs, parts: &mut [Part<'_>]) -> Result<()> {
    let bar = render::Progress::new("searching");
    let all: Vec<_> =
        parts.iter().map(|part| (&part.passages, &part.gold[..], &part.settings)).collect();
    let found = search(&all, &|step| bar.step(step.done, step.of));
    bar.finish();
    let found = match found {
        Ok(found) => found,
        Err((part, error)) => return parts[part].named(args, Err(error)),
    };
    render::searched(&found);
    for part in parts {
        part.settings.features.clone_from(&found.features);
        part.searched.clone_from(&found.rounds);
    }
    Ok(())
}

fn parts<'a>(
    args: &TrainArgs,
    table: &Corpus,
    passages: &Passages<'a>,
    gold: &[Gold],
    settings: TrainSettings,
) -> Result<Vec<Part<'a>>> {
    if !args.per_target {
        let rows = (0..passages.len()).collect();
        let (passages, gold) = (passages.clone(), gold.to_vec());
        return Ok(vec![Part { rows, passages, gold, settings, searched: Vec::new() }]);
    }
    input::check_columns(table, &["target".to_owned()])?;
    let targets = table.values("target").expect("the column is there");
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, target) in targets.iter().enumerate() {
        let Some(target) = target else {
            return Err(Error::input(
                table.place(row),
                "the column \"target\" is empty",
                "fill it, or train one model for all without --per-target",
            )
            .into());
        };
        rows.entry(target).or_default().push(row);
    }
    let part = |(target, rows): (&str, Vec<usize>)| {
        // A task that nobody labelled for this target is not learnt for it.
        let labelled = |gold: &Gold| gold.labels.iter().any(Option::is_some);
        let own: Vec<Gold> = gold.iter().map(|gold| gold.subset(&rows)).filter(labelled).collect();
        if own.is_empty() {
            return Err(Error::input(
                table.place(rows[0]),
                format!("no passage of the target {target:?} has a label"),
                "label some, or take its rows out",
            )
            .into());
        }
        let mut settings = TrainSettings { target: target.to_owned(), ..settings.clone() };
        // A label that other targets alone have is none of this one's.
        let has = |gold: &[Gold], wanted: &str| gold.iter().any(|gold| gold.has(wanted));
        settings.label_weights.retain(|(wanted, _)| has(&own, wanted) || !has(gold, wanted));
        let passages = passages.subset(&rows);
        Ok(Part { rows, passages, gold: own, settings, searched: Vec::new() })
    };
    rows.into_iter().map(part).collect()
}

fn trained(args: &TrainArgs, parts: &[Part<'_>], sha256: &str) -> Result<Model> {
    let bar = render::Progress::new("training");
    let mut models = Vec::new();
    let mut reports = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let progress = |step: Step| {
            bar.step(number * step.of + step.done, parts.len() * step.of);
        };
        let fitted = train(&part.passages, &part.gold, &part.settings, &progress);
        let (mut model, report) = part.named(args, fitted)?;
        model.set_data_sha256(sha256);
        model.set_search(part.searched.clone());
        models.push(model);
        reports.push(report);
    }
    bar.finish();
    for ((part, model), report) in parts.iter().zip(&models).zip(&reports) {
        if args.per_target {
            render::note(&part.settings.target);
        }
        render::trained(report);
        warn_of_fits(report);
        let asked = part.settings.context && part.passages.has_neighbours();
        if asked && model.context() == Context::Passage {
            render::warn(
                "too few passages, or too few pages of some label, have neighbours to learn from; \
                 neighbours are left out, as with --no-context",
            );
        }
    }
    if args.per_target {
        render::note(&format!("{} targets; any other will be refused", models.len()));
    }
    Ok(match args.per_target {
        true => Model::per_target(models),
        false => models.remove(0).into(),
    })
}

/// Each part's rows and its cross-validation.
fn validated(
    args: &TrainArgs,
    table: &Corpus,
    passages: &Passages<'_>,
    parts: &[Part<'_>],
    folds: usize,
) -> Result<Vec<(Vec<usize>, CrossValidation)>> {
    let groups = args.group.as_deref();
    let groups = groups.map(|column| groups::by_column(table, passages, column)).transpose()?;
    if let (Some(column), Some(groups)) = (&args.group, &groups)
        && groups.iter().all(|group| *group == groups[0])
    {
        return Err(Error::undecidable(
            format!("--group {column} makes one group of all pages"),
            "group by a column that tells pages apart, or leave --group out",
        )
        .into());
    }
    let bar = render::Progress::new("cross-validating");
    let mut validations = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let progress = |step: Step| {
            bar.step(number * step.of + step.done, parts.len() * step.of);
        };
        // Groups of the part's own pages, numbered without gaps.
        let own = groups.as_ref().map(|groups| {
            let first = |page: &Vec<usize>| groups[part.rows[page[0]]];
            let of_pages: Vec<usize> = part.passages.pages().iter().map(first).collect();
            let all: BTreeSet<usize> = of_pages.iter().copied().collect();
            let numbers: BTreeMap<usize, usize> = all.into_iter().zip(0..).collect();
            of_pages.iter().map(|group| numbers[group]).collect::<Vec<_>>()
        });
        let n_groups = own.iter().flatten().max().map_or(usize::MAX, |most| most + 1);
        let validation = cross_validate(
            &part.passages,
            &part.gold,
            &part.settings,
            folds.min(n_groups),
            own.as_deref(),
            &progress,
        );
        validations.push((part.rows.clone(), part.named(args, validation)?));
    }
    bar.finish();
    Ok(validations)
}

fn evaluated(
    args: &TrainArgs,
    table: &Corpus,
    pooled: &[TaskCrossValidation],
    parts: &[Part<'_>],
    validations: &[(Vec<usize>, CrossValidation)],
) -> Result<Evaluation> {
    let seed = args.seed.seed;
    let resampling = Resampling::default().seed(seed);
    let of_task = |task: &TaskCrossValidation| -> Result<TaskEvaluation> {
        let evaluation = TaskEvaluation::of(&scored(task, &task.predicted)?, resampling);
        Ok(match &task.without_context {
            Some(predicted) => evaluation
                .with_metrics_without_context(estimates(&scored(task, predicted)?, resampling)),
            None => evaluation,
        })
    };
    let beside = Beside::of(table, None, seed)?;
    let with_baselines = |task: &TaskCrossValidation| {
        let baselines = beside.figures(&Judged::held_out(task))?;
        Ok(of_task(task)?.with_baselines(baselines))
    };
    let tasks: Vec<TaskEvaluation> = pooled.iter().map(with_baselines).collect::<Result<_>>()?;
    let mut evaluation = Evaluation::from(tasks);
    if args.per_target {
        let of_part = |(part, (_, validation)): (&Part<'_>, &(Vec<usize>, CrossValidation))| {
            let tasks: Result<Vec<_>> = validation.tasks.iter().map(of_task).collect();
            Ok((part.settings.target.clone(), tasks?))
        };
        evaluation.targets = parts.iter().zip(validations).map(of_part).collect::<Result<_>>()?;
    }
    Ok(evaluation)
}

fn settings(args: &TrainArgs) -> TrainSettings {
    let default = TrainSettings::default();
    TrainSettings {
        target: args.target.clone(),
        features: FeatureSettings {
            word_ngrams: args.word_ngrams,
            char_ngrams: args.char_ngrams,
            chars_across: args.chars_across,
            min_df: args.min_df,
            max_terms: args.max_terms,
            hash_bits: args.hash_bits,
            tf: match args.tf {
                Tf::Sublinear => TermFrequency::Sublinear,
                Tf::Raw => TermFrequency::Raw,
                Tf::Binary => TermFrequency::Binary,
            },
            shape: !args.no_shape,
            negation: args.negation,
            lexicon: args.lexicon,
            mask_names: args.mask_names,
            ..FeatureSettings::default()
        },
        nb_ratios: match args.nb_ratios {
            NbRatiosArg::Auto if args.no_calibration => NbRatios::Never,
            NbRatiosArg::Auto => NbRatios::Auto,
            NbRatiosArg::Always => NbRatios::Always,
            NbRatiosArg::Never => NbRatios::Never,
        },
        class_weights: match args.class_weights {
            ClassWeightsArg::Balanced => ClassWeights::Balanced,
            ClassWeightsArg::Equal | ClassWeightsArg::Given(_) => ClassWeights::Equal,
        },
        label_weights: match &args.class_weights {
            ClassWeightsArg::Given(weights) => weights.clone(),
            ClassWeightsArg::Balanced | ClassWeightsArg::Equal => Vec::new(),
        },
        criterion: match args.optimise {
            _ if args.no_calibration => Criterion::Accuracy,
            Optimise::Accuracy => Criterion::Accuracy,
            Optimise::BalancedAccuracy => Criterion::BalancedAccuracy,
            Optimise::MacroF1 => Criterion::MacroF1,
            Optimise::FAvg => Criterion::FAvg,
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

fn scored(task: &TaskCrossValidation, predicted: &TaskPredictions) -> Result<Scored> {
    let some = |labels: &[usize]| labels.iter().map(|&label| Some(label)).collect::<Vec<_>>();
    let (labels, given) = (task.labels.clone(), some(&predicted.labels));
    let answers = Answers::new(&*task.task, labels, given, task.pages.clone())?
        .with_probabilities(predicted.probabilities.clone())?;
    Ok(Scored::new(answers, &some(&task.gold))?)
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
