//! The stages of reading a page: `cargo bench`.

use divan::{Bencher, counter::BytesCount};
use standpoint::{
    Corpus, Model,
    features::{FeatureSettings, tokens},
};

const PAGE: &str = include_str!("../data/examples/armed-police.txt");

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
fn open_the_built_in_model() -> TargetModel {
    TargetModel::built_in()
}
