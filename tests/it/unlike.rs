//! Pages that look unlike those that a model learnt from.

use standpoint::{
    Corpus, Model, TrainSettings, Trainer,
    features::FeatureSettings,
    model::{Criterion, NbRatios, NewWords, Notice, PredictSettings, Seen},
};

use crate::{corpus, small_settings};

const GERMAN: &str = "Der Gemeinderat hat am Dienstagabend nach langer Debatte beschlossen, die Turnhalle zu \
    sanieren, und die Kosten sollen sich auf rund zwei Millionen Euro belaufen, teilte der Bürgermeister gestern \
    mit; mehrere Anwohner hatten zuvor protestiert.";

fn trainer(features: FeatureSettings) -> Trainer {
    let settings = TrainSettings { penalties: vec![1.0], features, folds: 0, ..small_settings() };
    let plain = (NbRatios::Never, Criterion::Accuracy);
    Trainer::with(TrainSettings { nb_ratios: plain.0, criterion: plain.1, ..settings })
        .tasks(["kind"])
}

/// Words alone are quick.
fn words() -> FeatureSettings {
    FeatureSettings { word_ngrams: (1, 1), char_ngrams: (0, 0), ..FeatureSettings::default() }
}

fn new_words(model: &Model) -> Option<&NewWords> {
    model.targets()[0].training().new_words.as_ref()
}

fn warnings(model: &Model, blocks: &[Corpus]) -> Vec<String> {
    let predictor = model.predictor(&PredictSettings::default()).unwrap();
    let mut seen = Seen::default();
    blocks.iter().for_each(|block| seen.add(&predictor.predict(block).unwrap()));
    let warning = |notice| match notice {
        Notice::Warning(text) if text.contains("look unlike") => Some(text),
        _ => None,
    };
    seen.notices(&predictor).into_iter().filter_map(warning).collect()
}

/// Pages of a source that the model has not met are not foreign, and German is; however the pages come.
#[test]
fn foreign_pages_are_warned_of_and_those_of_a_new_source_are_not() {
    let all = corpus("data/passages.csv");
    let source: Vec<bool> =
        all.values("source").unwrap().iter().map(|own| own.as_deref() == Some("blog")).collect();
    let rows = |of: bool| (0..all.len()).filter(|&row| source[row] == of).collect::<Vec<_>>();
    let (others, own) = (all.select(&rows(false)), all.select(&rows(true)));
    let model = trainer(words()).fit(&others).unwrap();
    let found = new_words(&model).unwrap();
    assert!(found.by_source && found.groups == 13, "{found:?}");
    assert_eq!(warnings(&model, &[own]), [""; 0]);

    let german = Corpus::of_page([GERMAN]);
    let warned = warnings(&model, std::slice::from_ref(&german));
    let start = "these pages look unlike those that the model learnt from: ";
    assert!(warned.len() == 1 && warned[0].starts_with(start), "{warned:?}");
    let two = Corpus::of_pages([[GERMAN], [GERMAN]]);
    assert_eq!(warnings(&model, &[german.clone(), german]), warnings(&model, &[two]));
    let again = Model::from_bytes("again", &model.to_bytes()).unwrap();
    assert_eq!(new_words(&again), new_words(&model));
}

/// Letter case, numbers, signs and addresses are no new words; a few words are not judged.
#[test]
fn what_is_no_word_is_not_counted() {
    let all = corpus("data/passages.csv");
    let model = trainer(words()).fit(&all).unwrap();
    let page = &all.pages().unwrap()[0];
    let loud: Vec<String> = page.iter().map(|&row| all.text(row).to_uppercase()).collect();
    let signs = "123 456,7 99% — *** ??? http://xqzv.example/wvuts @qzxv 👍 ".repeat(30);
    for quiet in [
        Corpus::of_page(loud),
        Corpus::of_page([signs.as_str()]),
        Corpus::of_page([""]),
        Corpus::of_page(["Turnhalle"]),
        Corpus::of_page(["Der Gemeinderat hat beschlossen"]),
    ] {
        assert_eq!(warnings(&model, &[quiet]), [""; 0]);
    }
}

/// Where not all words are terms, none is known to be new.
#[test]
fn without_a_vocabulary_of_words_there_is_no_warning() {
    let all = corpus("data/passages.csv");
    let some = all.select(&all.pages().unwrap()[..20].concat());
    for features in [
        FeatureSettings { hash_bits: Some(12), ..words() },
        FeatureSettings { max_terms: Some(200), ..words() },
        FeatureSettings { word_ngrams: (2, 2), ..words() },
        FeatureSettings { word_ngrams: (0, 0), char_ngrams: (2, 3), ..words() },
    ] {
        let model = trainer(features).fit(&some).unwrap();
        assert!(new_words(&model).is_none());
        assert_eq!(warnings(&model, &[Corpus::of_page([GERMAN])]), [""; 0]);
    }
    let negating = FeatureSettings { negation: true, lexicon: true, ..words() };
    let model = trainer(negating).fit(&some).unwrap();
    assert_eq!(warnings(&model, &[Corpus::of_page([GERMAN])]).len(), 1);
}

/// Of few pages nothing is known; without a column that says whence they are, each page is held apart.
#[test]
fn pages_are_held_apart_where_no_source_is_known() {
    let all = corpus("data/passages.csv");
    let pages = all.pages().unwrap();
    let of = |n: usize| {
        let rows = pages[..n].concat();
        let kinds = all.gold("kind").unwrap();
        let labels = rows.iter().map(|&row| kinds.labels[row].as_deref());
        let texts = pages[..n].iter().map(|page| page.iter().map(|&row| all.text(row)));
        Corpus::of_pages(texts).with_gold("kind", labels).unwrap()
    };
    assert!(new_words(&trainer(words()).fit(&of(4)).unwrap()).is_none());
    let model = trainer(words()).fit(&of(20)).unwrap();
    let found = new_words(&model).unwrap();
    assert!(!found.by_source && found.groups >= 15 && found.within == 0.0, "{found:?}");
    assert_eq!(warnings(&model, &[Corpus::of_page([GERMAN])]).len(), 1);
}
