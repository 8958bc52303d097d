//! A model's card: what it is made of and how good it is, in Markdown.

use std::fmt::Write;

use super::{front_matter::front_matter, markdown, markdown::code};
use crate::{
    evaluate::{Bin, Estimate, Evaluation, Metric, TaskEvaluation},
    features::Block,
    logistic::ClassWeights,
    model::{Context, Model, TargetModel, TaskModel, Training, Tried},
};

/// Strongest terms shown for each label.
const TERMS: usize = 12;

const LIMITS: &str = "
## Use and limits

For research and for newsrooms, on pages like those of the data: how good it is on others is not known until some of
them are labelled and it is evaluated there. A label is a guess with the probability that stands beside it; shares of
a corpus are estimated from labelled pages beside the guesses (`standpoint estimate`), not counted. It weighs words
and their places, and does not understand them: irony, and arguments without a loaded word, are mostly lost on it. A
stance is toward the target that it was trained on, and means nothing for any other. Not for decisions about persons.
";

/// The card of a model, with the figures of its cross-validation (Mitchell et al. 2019), and metadata
/// for model hubs above it.
///
/// `name` is the model file's name, `data` the data file's, `held_out` how the figures came about.
pub fn card(
    models: &Model,
    name: &str,
    data: &str,
    evaluation: &Evaluation,
    held_out: &str,
) -> String {
    let mut card = front_matter(models, name, data, evaluation);
    let _ = write!(card, "\n# Model card: {}\n", markdown(name));
    for (number, model) in models.targets().iter().enumerate() {
        let tasks = if models.is_per_target() {
            let _ = write!(card, "\n# Target: {}\n", markdown(model.target()));
            &evaluation.targets[number].1
        } else {
            &evaluation.tasks
        };
        one(&mut card, model, data, tasks, held_out);
    }
    card.push_str(&curve(evaluation));
    card.push_str(LIMITS);
    card
}

/// What one model is made of and how good it is.
fn one(
    out: &mut String,
    model: &TargetModel,
    data: &str,
    evaluations: &[TaskEvaluation],
    held_out: &str,
) {
    let training = model.training();
    let tasks: Vec<String> = model.tasks().iter().map(|task| markdown(task.name())).collect();
    let sha256 = training.data_sha256.as_deref().unwrap_or("not recorded");
    let stance = match model.target() {
        "" => String::new(),
        target => format!(" The stance is toward {}.", markdown(target)),
    };
    let unlabelled = training.unlabelled.as_ref();
    let unlabelled =
        unlabelled.map(|of| format!("| without labels | {} |\n", markdown(&of.to_string())));
    let unlabelled = unlabelled.unwrap_or_default();
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "\nLabels each passage of a page by {}.{stance}\n\n\
         | | |\n|---|---|\n\
         | data | {}: {} passages on {} pages |\n\
         | SHA-256 of the data | {} |\n\
         {unlabelled}\
         | features | {} terms: {} |\n\
         | base classifiers | multinomial logistic regression, L2, class weights {} |\n\
         | second stage | {} |\n\
         | labels chosen for | {} |\n\
         | folds, seed | {}, {} |\n",
        tasks.join(", "),
        code(data),
        training.passages,
        training.pages,
        code(sha256),
        model.vectoriser().n_terms(),
        model.vectoriser().settings(),
        class_weights(training),
        match (training.folds, model.context()) {
            (0, _) => "none: the base classifiers' own probabilities stand, uncalibrated",
            (_, Context::Page) =>
                "multinomial logistic regression on out-of-fold scores of the passage and its neighbours, \
                 position, length and shape, L2",
            (_, Context::Passage) =>
                "multinomial logistic regression on out-of-fold scores of the passage, length and shape, L2",
        },
        training.criterion,
        training.folds,
        training.seed,
    );
    search(out, &training.search);
    let _ = write!(
        out,
        "\n## Figures\n\n{held_out}, everything fitted anew in each fold. \
         In brackets 95 % intervals over pages.\n"
    );
    for (number, task) in evaluations.iter().enumerate() {
        let _ = write!(
            out,
            "\n### {}\n\nIn words: {}.\n\n{}",
            markdown(&task.task),
            markdown(&task.verdict().to_string()),
            metrics(task)
        );
        let model_task = &model.tasks()[number];
        let ratios = match model_task.nb_ratios() {
            true => " (weights as multiples of log-count ratios)",
            false => "",
        };
        let _ = write!(out, "\nL2 {} for the base classifier{ratios}", model_task.penalty());
        let _ = match model_task.stage_penalty() {
            Some(penalty) => writeln!(
                out,
                " and {} for the second stage, logit adjustment tau {}, chosen by cross-validation.",
                if penalty == 0.0 { "tied weights".to_owned() } else { penalty.to_string() },
                model_task.decision().tau,
            ),
            None => writeln!(out, ", given; not calibrated."),
        };
        calibration(out, task, model_task);
        out.push_str("\nStrongest word terms of the base classifier:\n\n");
        let strongest = model.strongest_terms_by_label(number, Block::Word, TERMS);
        for (name, terms) in model_task.labels().iter().zip(strongest) {
            let terms = terms.into_iter();
            let words: Vec<String> =
                terms.map(|(term, _)| code(model.vectoriser().term(term))).collect();
            let _ = writeln!(out, "- **{}**: {}", markdown(name), words.join(", "));
        }
    }
}

fn class_weights(training: &Training) -> String {
    let given = training
        .label_weights
        .iter()
        .map(|(label, weight)| format!("{} {weight}", markdown(label)));
    match (training.class_weights, training.label_weights.is_empty()) {
        (ClassWeights::Balanced, _) => "balanced".into(),
        (_, false) => given.collect::<Vec<_>>().join(", "),
        (_, true) => "equal".into(),
    }
}

/// How the recipe was found, if it was searched.
fn search(out: &mut String, rounds: &[Vec<Tried>]) {
    if rounds.is_empty() {
        return;
    }
    out.push_str(
        "\n## Search\n\nLoss on pages held out as a share of what the labels' shares alone would lose; in each round \
         the recipe so far stays unless the best is better by more than a standard error; then it is the simplest \
         within one of the best.\n\n\
         | recipe | loss | above best (SE) | chosen |\n|---|---|---|---|\n",
    );
    for tried in rounds.iter().flatten() {
        let Tried { recipe, loss, above_best, standard_error, chosen } = tried;
        let chosen = if *chosen { "yes" } else { "" };
        let _ = writeln!(
            out,
            "| {} | {loss:.4} | {above_best:.4} ({standard_error:.4}) | {chosen} |",
            markdown(recipe)
        );
    }
}

/// Errors kept below these shares are shown.
const ERRORS: [f64; 4] = [0.02, 0.05, 0.1, 0.2];

/// Reliability, and what answering only where certain comes to.
fn calibration(out: &mut String, task: &TaskEvaluation, model: &TaskModel) {
    out.push_str("\nReliability: how often a label was right, by its probability.\n\n| probability | passages | mean | right |\n|---|---|---|---|\n");
    for bin in task.reliability.iter().filter(|bin| bin.n > 0) {
        let Bin { from, to, n, .. } = bin;
        let [mean, right] = [bin.confidence, bin.accuracy].map(Option::unwrap_or_default);
        let _ = writeln!(out, "| {from:.1}-{to:.1} | {n} | {mean:.3} | {right:.3} |");
    }
    let what = match model.decision().has_bounds() {
        true => "at most this error on other pages like these, with 95 % confidence",
        false => "at most this error as observed, which is no bound",
    };
    let _ = write!(
        out,
        "\nLabels given with {what} (`--max-error`):\n\n| error | passages answered |\n|---|---|\n"
    );
    for error in ERRORS {
        let answered = model.decision().answering(error, 0.95);
        let answered = answered.map_or(0.0, |point| point.coverage);
        let _ = writeln!(out, "| {error} | {:.0} % |", 100.0 * answered);
    }
}

/// The learning curve as a Markdown section; nothing without one.
fn curve(evaluation: &Evaluation) -> String {
    if evaluation.learning_curve.is_empty() {
        return String::new();
    }
    let tasks: Vec<String> = evaluation.tasks.iter().map(|task| markdown(&task.task)).collect();
    let mut text = format!(
        "\n## Learning curve\n\nMacro F1 on the same held-out pages after training on fewer.\n\n\
         | training pages | {} |\n|---|{}\n",
        tasks.join(" | "),
        "---|".repeat(tasks.len())
    );
    for point in &evaluation.learning_curve {
        let cells: Vec<String> = point.macro_f1.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "| {} | {} |", point.pages, cells.join(" | "));
    }
    text
}

/// One task's metrics in Markdown.
pub fn metrics(task: &TaskEvaluation) -> String {
    let mut text =
        String::from("| label | gold | precision | recall | F1 |\n|---|---|---|---|---|\n");
    for (label, name) in task.labels.iter().enumerate() {
        let cell = |metric| task.get(metric).map_or_else(String::new, ToString::to_string);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            markdown(name),
            task.confusion.gold(label),
            cell(Metric::Precision(label)),
            cell(Metric::Recall(label)),
            cell(Metric::F1(label)),
        );
    }
    text.push('\n');
    for estimate in task.of_all_labels() {
        let _ = writeln!(text, "- {} {estimate}", estimate.metric.name(&task.labels));
    }
    if let Some(without) = &task.without_context {
        let find = |estimates: &[Estimate]| {
            estimates
                .iter()
                .find(|e| e.metric == Metric::MacroF1)
                .map_or_else(String::new, ToString::to_string)
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
