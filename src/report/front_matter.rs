//! What model hubs read of a card.

use std::fmt::Write;

use serde_json::json;

use crate::{
    evaluate::{Evaluation, Metric, TaskEvaluation},
    model::Model,
};

/// The figures that hubs list, by their names there.
const METRICS: [(&str, &str, Metric); 2] =
    [("f1", "macro F1", Metric::MacroF1), ("accuracy", "accuracy", Metric::Accuracy)];

/// The metadata of a card as [Hugging Face] reads them, YAML between lines of dashes. Names are written
/// as JSON writes them, which is YAML too. The licence, and the language of the data, are for whoever knows them to add.
///
/// [Hugging Face]: https://huggingface.co/docs/hub/model-cards
pub(super) fn front_matter(
    models: &Model,
    name: &str,
    data: &str,
    evaluation: &Evaluation,
) -> String {
    let stance = match models.tasks().iter().any(|task| &*task.name == "stance") {
        true => ", stance-detection",
        false => "",
    };
    let mut yaml = format!(
        "---\nlibrary_name: standpoint\npipeline_tag: text-classification\n\
         tags: [tf-idf, logistic-regression{stance}]\nmodel-index:\n- name: {}\n  results:\n",
        json!(name)
    );
    for (number, model) in models.targets().iter().enumerate() {
        let (tasks, toward) = match models.is_per_target() {
            true => (&evaluation.targets[number].1, format!(" toward {}", model.target())),
            false => (&evaluation.tasks, String::new()),
        };
        tasks.iter().for_each(|task| result(&mut yaml, task, &toward, data));
    }
    yaml + "---\n"
}

fn result(yaml: &mut String, task: &TaskEvaluation, toward: &str, data: &str) {
    let figures = METRICS.iter().filter_map(|(kind, name, metric)| {
        let value = task.get(*metric)?.value?;
        Some(format!("    - type: {kind}\n      name: {name}\n      value: {value:.3}\n"))
    });
    let figures: String = figures.collect();
    if figures.is_empty() {
        return;
    }
    // Writing to a string does not fail.
    let _ = write!(
        yaml,
        "  - task:\n      type: text-classification\n      name: {}\n    dataset:\n      \
         type: csv\n      name: {}\n    metrics:\n{figures}",
        json!(format!("{}{toward}", task.task)),
        json!(data),
    );
}
