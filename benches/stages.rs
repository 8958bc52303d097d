//! The stages of reading a page: `cargo bench`.

use divan::{Bencher, counter::BytesCount};
use standpoint::{
    Corpus, Model,
    features::{FeatureSettings, tokens},
};

const PAGE: &str = include_str!("../data/examples/armed-police.txt");
const MODEL: &[u8] = include_bytes!("../models/default.standpoint");

fn main() {
    divan::main();
}

#[divan::bench]
fn tokenise(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_str(PAGE)).bench(|| tokens(PAGE, &FeatureSettings::default()));
}

#[divan::bench]
fn vectorise(bencher: Bencher<'_, '_>) {
    let model = Model::built_in();
    let vectoriser = model.targets()[0].vectoriser();
    bencher.counter(BytesCount::of_str(PAGE)).bench(|| vectoriser.transform(PAGE));
}

#[divan::bench]
fn predict(bencher: Bencher<'_, '_>) {
    let model = Model::built_in();
    let page = Corpus::of_page(PAGE.lines());
    bencher.counter(BytesCount::of_str(PAGE)).bench(|| model.predict(&page));
}

#[divan::bench]
fn open_a_model() -> Model {
    Model::from_bytes("m", MODEL).expect("it is the built-in model")
}
