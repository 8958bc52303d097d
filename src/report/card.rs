//! A model's card: what it is made of and how good it is, in Markdown.

use std::fmt::Write;

use crate::{
    classifier::{Context, Model, TaskModel},
    evaluate::{Estimate, Evaluation, Interval, Metric, TaskEvaluation},
    features::Block,
    logistic::ClassWeights,
};

/// Strongest terms shown for each label.
const TERMS: usize = 12;

/// The card of a model, with the figures of its cross-validation.
///
/// `name` is the model file's name, `data` the data file's, `folds` those of the cross-validation.
pub fn card(
    model: &Model,
    name: &str,
    data: &str,
    evaluation: &Evaluation,
    folds: usize,
) -> String {
    let mut card = String::new();
    let out = &mut card;
    let training = model.training();
    let features = model.vectoriser().settings();
    let tasks: Vec<&str> = model.tasks().iter().map(TaskModel::name).collect();
    let sha256 = training.data_sha256.as_deref().unwrap_or("not recorded");
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "# Model card: {name}\n\n\
         Labels each passage of a page by {}. The stance is toward {}.\n\n\
         | | |\n|---|---|\n\
         | data | `{data}`: {} passages on {} pages |\n\
         | SHA-256 of the data | `{sha256}` |\n\
         | features | {} terms: word {}-{}-grams and character {}-{}-grams within words, in {} passages or more; {} tf, smooth idf, L2 |\n\
         | heads | multinomial logistic regression, L2, class weights {} |\n\
         | deciding stage | multinomial logistic regression on {}, L2 |\n\
         | folds, seed | {}, {} |\n",
        tasks.join(", "),
        model.target(),
        training.passages,
        training.pages,
        model.vectoriser().n_terms(),
        features.word_ngrams.0,
        features.word_ngrams.1,
        features.char_ngrams.0,
        features.char_ngrams.1,
        features.min_df,
        if features.sublinear_tf { "sublinear" } else { "raw" },
        match training.class_weights {
            ClassWeights::Balanced => "balanced",
            ClassWeights::Equal => "equal",
        },
        match model.context() {
            Context::Page =>
                "out-of-fold scores of the passage and its neighbours, position, length and shape",
            Context::Passage => "out-of-fold scores of the passage, length and shape",
        },
        training.folds,
        training.seed,
    );
    let _ = write!(
        out,
        "\n## Figures\n\n{folds}-fold cross-validation, pages kept together, everything fitted anew in each fold. \
         In brackets 95 % intervals from resampled pages.\n"
    );
    for (number, task) in evaluation.tasks.iter().enumerate() {
        let _ = write!(out, "\n### {}\n\n{}", task.task, figures(task));
        let model_task = &model.tasks()[number];
        let _ = write!(
            out,
            "\nL2 {} for the head and {} for the deciding stage, chosen by cross-validation. \
             Strongest word terms of the head:\n\n",
            model_task.penalty(),
            model_task.stage_penalty()
        );
        for (label, name) in model_task.labels().iter().enumerate() {
            let terms = model.strongest_terms(number, label, Block::Word, TERMS).into_iter();
            let words: Vec<String> =
                terms.map(|(term, _)| format!("`{}`", model.vectoriser().term(term))).collect();
            let _ = writeln!(out, "- **{name}**: {}", words.join(", "));
        }
    }
    card.push_str(&curve(evaluation));
    card
}

/// The learning curve as a Markdown section; nothing without one.
fn curve(evaluation: &Evaluation) -> String {
    if evaluation.learning_curve.is_empty() {
        return String::new();
    }
    let tasks: Vec<&str> = evaluation.tasks.iter().map(|task| task.task.as_str()).collect();
    let mut text = format!(
        "\n## Learning curve\n\nMacro F1 on the same held-out pages after training on fewer.\n\n\
         | training pages | {} |\n|---|{}\n",
        tasks.join(" | "),
        "---|".repeat(tasks.len())
    );
    for point in &evaluation.learning_curve {
        let cells: Vec<String> = point.macro_f1.iter().map(estimate).collect();
        let _ = writeln!(text, "| {} | {} |", point.pages, cells.join(" | "));
    }
    text
}

/// One task's figures as Markdown tables.
fn figures(task: &TaskEvaluation) -> String {
    let mut text =
        String::from("| label | gold | precision | recall | F1 |\n|---|---|---|---|---|\n");
    for (label, name) in task.labels.iter().enumerate() {
        let cell = |metric| task.get(metric).map_or_else(String::new, estimate);
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} |",
            task.confusion.gold(label),
            cell(Metric::Precision(label)),
            cell(Metric::Recall(label)),
            cell(Metric::F1(label)),
        );
    }
    text.push('\n');
    for estimate_of in &task.estimates {
        if estimate_of.metric.label().is_none() {
            let name = estimate_of.metric.name(&task.labels);
            let _ = writeln!(text, "- {name} {}", estimate(estimate_of));
        }
    }
    if let Some(without) = &task.without_context {
        let find = |estimates: &[Estimate]| {
            estimates
                .iter()
                .find(|e| e.metric == Metric::MacroF1)
                .map_or_else(String::new, estimate)
        };
        let _ = writeln!(
            text,
            "\nWithout neighbours and position macro_f1 is {}; with them {}.",
            find(without),
            find(&task.estimates)
        );
    }
    text
}

/// A figure with its interval: three decimals, a dash and the reason where it is undefined.
pub fn estimate(estimate: &Estimate) -> String {
    value_with_interval(estimate.value, estimate.interval)
}

/// A value and its interval as [`estimate`] shows them.
///
/// ```
/// use standpoint::report::value_with_interval;
/// assert_eq!(value_with_interval(Ok(0.5), Ok((0.25, 0.75))), "0.500 (0.250-0.750)");
/// assert_eq!(value_with_interval(Ok(0.5), Err("fewer than 2 pages")), "0.500 (fewer than 2 pages)");
/// assert_eq!(value_with_interval(Err("no cases"), Err("no cases")), "- (no cases)");
/// ```
pub fn value_with_interval(value: Result<f64, &'static str>, interval: Interval) -> String {
    match (value, interval) {
        (Ok(value), Ok((low, high))) => format!("{value:.3} ({low:.3}-{high:.3})"),
        (Ok(value), Err(reason)) => format!("{value:.3} ({reason})"),
        (Err(reason), _) => format!("- ({reason})"),
    }
}
