//! The stages of reading a page: `cargo bench`.

use divan::{Bencher, counter::BytesCount};
use standpoint::{
    corpus::Passages,
    features::{FeatureSettings, tokens},
    model::TargetModel,
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
    let model = TargetModel::built_in();
    bencher.counter(BytesCount::of_str(PAGE)).bench(|| model.vectoriser().transform(PAGE));
}

#[divan::bench]
fn predict(bencher: Bencher<'_, '_>) {
    let model = TargetModel::built_in();
    let passages = Passages::page(PAGE.lines().collect());
    bencher.counter(BytesCount::of_str(PAGE)).bench(|| model.predict(&passages));
}

#[divan::bench]
fn open_the_built_in_model() -> TargetModel {
    TargetModel::built_in()
}
