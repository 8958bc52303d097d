//! The model in the box.

use std::collections::HashMap;

use standpoint::{Corpus, Model, Trainer, features::Block};

use crate::{corpus, file};

#[test]
fn the_default_model_is_what_training_on_the_committed_data_gives_slow() {
    let trainer = Trainer::new().target("the officers");
    let mut labelled = corpus("data/passages.csv");
    labelled.append(corpus("data/passages_2.csv"));
    let trained = trainer.fit_reported(&labelled).unwrap();
    let mut tasks = trained.reports[0].tasks.iter();
    assert!(tasks.all(|task| task.linfa_converged && !task.stopped_early()));
    let committed = std::fs::read(file("models/default.standpoint")).unwrap();
    assert!(trained.model.to_bytes() == committed, "run `just train` and commit models/");
}

#[test]
fn the_built_in_model_is_the_committed_one() {
    let committed = std::fs::read(file("models/default.standpoint")).unwrap();
    let model = Model::built_in();
    assert!(model.to_bytes() == committed);
    let tasks: Vec<&str> = model.tasks().iter().map(|task| &*task.name).collect();
    assert_eq!(tasks, ["kind", "stance", "voice", "sentiment"]);
}

/// Nothing that was trained on stands on the pages to try it on.
#[test]
fn the_examples_are_not_in_the_training_data() {
    let mut labelled = corpus("data/passages.csv");
    labelled.append(corpus("data/passages_2.csv"));
    for example in std::fs::read_dir(file("data/examples")).unwrap() {
        let text = std::fs::read_to_string(example.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| line.split_whitespace().count() > 8) {
            assert!(labelled.texts().all(|text| text != line.trim()), "{line}");
        }
    }
}

/// Plain sentences, each a page of its own, that were written before the model was trained and are in no
/// training page: what anybody tries first. Most are right, and hardly any is turned round.
#[test]
fn plain_sentences_are_understood() {
    let sentences = corpus("tests/fixtures/plain_sentences.csv");
    let predictions = Model::built_in().predict(&sentences).unwrap();
    let gold = sentences.gold("stance").unwrap();
    let found = predictions.task("stance").unwrap();
    let pairs = gold.labels.iter().flatten().zip(found.iter());
    let wrong: Vec<(String, String)> = pairs
        .map(|(gold, answer)| (gold.to_string(), answer.label().to_owned()))
        .filter(|(gold, found)| gold != found)
        .collect();
    let turned = wrong.iter().filter(|(gold, found)| gold != "none" && found != "none").count();
    assert!(wrong.len() <= 11 && turned <= 2, "{wrong:?}");
}

/// What `inspect` shows as the strongest terms of a label `explain` credits to that label, on whatever page: the
/// second stage turns no word round.
#[test]
fn explanations_agree_with_the_strongest_terms() {
    let model = Model::built_in();
    let target = &model.targets()[0];
    let mut seen = 0;
    for name in ["armed-police", "hospital-strike", "leader-and-letters"] {
        let text = std::fs::read_to_string(file(&format!("data/examples/{name}.txt"))).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let page = Corpus::of_page(lines.clone());
        for passage in 1..=lines.len() {
            // Of a passage without a known term there is nothing to explain.
            let Ok(found) = model.explain(&page, passage) else { continue };
            for (number, explanation) in found.tasks.iter().enumerate() {
                let labels = target.tasks()[number].labels();
                let at = labels.iter().position(|label| *label == explanation.label).unwrap();
                let strongest = target.strongest_terms_by_label(number, Block::Word, 300);
                let strongest: HashMap<&str, f64> = strongest[at]
                    .iter()
                    .map(|&(term, weight)| (target.vectoriser().term(term), weight))
                    .collect();
                let words = explanation.terms.iter().filter(|term| term.block == Block::Word);
                for term in words {
                    let Some(weight) = strongest.get(&*term.name) else { continue };
                    assert!(weight * term.contribution > 0.0, "{} {term:?}", explanation.label);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
}
