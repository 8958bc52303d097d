//! What is inside a model.

use std::io::{self, Write};

use serde_json::{Value, json};
use standpoint::{
    features::Block,
    model::{Context, TargetModel},
};

use super::{BOLD, Sink, json_line, printable, wrapped};
use crate::cli::args::FiguresFormat;

/// What is inside a model.
pub fn model(
    sink: &mut Sink,
    model: &TargetModel,
    top: usize,
    format: FiguresFormat,
) -> io::Result<()> {
    match format {
        FiguresFormat::Json => json_line(sink, &model_json(model, top)),
        FiguresFormat::Text => sink.text(|out| write_model(out, model, top)),
    }
}

fn model_json(model: &TargetModel, top: usize) -> Value {
    let tasks = model.tasks().iter().enumerate().map(|(number, task)| {
        let of_block = |block| model.strongest_terms_by_label(number, block, top);
        let (words, characters) = (of_block(Block::Word), of_block(Block::Char));
        let labels = task.labels().iter().enumerate().map(|(label, name)| {
            let terms = |strongest: &[Vec<(usize, f64)>]| {
                let terms = strongest[label].iter();
                let shown = terms.map(|&(term, weight)| {
                    json!({ "term": model.vectoriser().term(term), "weight": weight })
                });
                shown.collect::<Vec<_>>()
            };
            json!({
                "label": name,
                "passages": task.counts()[label],
                "words": terms(&words),
                "characters": terms(&characters),
            })
        });
        let labels: Vec<Value> = labels.collect();
        json!({
            "task": task.name(),
            "penalty": task.penalty(),
            "stage_penalty": task.stage_penalty(),
            "tau": task.decision().tau,
            "labels": labels,
        })
    });
    let tasks: Vec<Value> = tasks.collect();
    json!({
        "schema": "standpoint.model/1",
        "target": Some(model.target()).filter(|target| !target.is_empty()),
        "terms": model.vectoriser().n_terms(),
        "features": model.vectoriser().settings(),
        "context": model.context(),
        "training": model.training(),
        "tasks": tasks,
    })
}

fn write_model(out: &mut Vec<u8>, model: &TargetModel, top: usize) -> io::Result<()> {
    let training = model.training();
    let context = match model.context() {
        Context::Page => "neighbours and position on the page",
        Context::Passage => "none",
    };
    if !model.target().is_empty() {
        writeln!(out, "target      {}", printable(model.target()))?;
    }
    writeln!(
        out,
        "features    {} terms: {}",
        model.vectoriser().n_terms(),
        model.vectoriser().settings()
    )?;
    writeln!(out, "context     {context}")?;
    writeln!(out, "trained on  {} passages, {} pages", training.passages, training.pages)?;
    let sha256 = training.data_sha256.as_deref().unwrap_or("not recorded");
    writeln!(out, "data        SHA-256 {}", printable(sha256))?;
    if let Some(unlabelled) = &training.unlabelled {
        for row in wrapped(&format!("without labels: {unlabelled}")) {
            writeln!(out, "{row}")?;
        }
    }
    writeln!(out, "folds       {}, seed {}", training.folds, training.seed)?;
    for (number, task) in model.tasks().iter().enumerate() {
        writeln!(out)?;
        write!(out, "{BOLD}{}{BOLD:#}, L2 {}, ", printable(task.name()), task.penalty())?;
        match task.stage_penalty() {
            Some(0.0) => writeln!(out, "second stage tied, tau {}", task.decision().tau)?,
            Some(stage) => writeln!(out, "second stage {stage}, tau {}", task.decision().tau)?,
            None => writeln!(out, "not calibrated")?,
        }
        let strongest = [(Block::Word, "words"), (Block::Char, "characters")]
            .map(|(kind, title)| (kind, title, model.strongest_terms_by_label(number, kind, top)));
        for (label, name) in task.labels().iter().enumerate() {
            let name = printable(name);
            writeln!(out, "  {BOLD}{name}{BOLD:#}, {} passages", task.counts()[label])?;
            for (kind, title, strongest) in &strongest {
                let terms: Vec<String> = strongest[label]
                    .iter()
                    .map(|&(term, weight)| {
                        // Spaces are part of a character n-gram: make them seen.
                        let name = model.vectoriser().term(term);
                        let seen = if *kind == Block::Char { "_" } else { " " };
                        format!("{} {weight:+.2}", name.replace(' ', seen))
                    })
                    .collect();
                if !terms.is_empty() {
                    for row in wrapped(&format!("{title}: {}", terms.join(", "))) {
                        writeln!(out, "{row}")?;
                    }
                }
            }
        }
    }
    Ok(())
}
