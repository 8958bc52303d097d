//! Shows the words that decided the stance of each passage of a page: `explain page.html`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use standpoint::{Corpus, Model, model::PredictSettings};

fn main() -> standpoint::Result<()> {
    let page = Corpus::open(std::env::args().nth(1).unwrap_or_default())?;
    let predictor = Model::built_in().predictor(&PredictSettings::default())?;
    let rows: Vec<usize> = (0..page.len()).collect();
    for explanations in predictor.explain(&page, &rows)? {
        let stance = explanations.task("stance")?;
        let mut words: Vec<_> = stance.words().iter().collect();
        words.sort_by(|a, b| b.contribution().total_cmp(&a.contribution()));
        let strongest: Vec<&str> = words.iter().take(3).map(|word| word.text()).collect();
        println!("{} {:.2}: {}", stance.label, stance.probability, strongest.join(", "));
    }
    Ok(())
}
