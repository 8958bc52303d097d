//! Labels the passages of a page: `predict page.html [my.standpoint]`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use standpoint::{Corpus, Model, model::PredictSettings};

fn main() -> standpoint::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let page = Corpus::open(arguments.next().unwrap_or_default())?;
    let model = arguments.next().map_or_else(|| Ok(Model::built_in()), Model::open)?;
    // Give no label where more than one in ten of those given would be wrong.
    let predictor = model.predictor(&PredictSettings::default().max_error(0.1))?;
    let predictions = predictor.predict(&page)?;
    predictions.notices().iter().for_each(|notice| eprintln!("{notice}"));
    for passage in &predictions {
        let labels: Vec<&str> =
            passage.answers().map(|a| if a.abstains() { "-" } else { a.label() }).collect();
        println!("{}  {}", labels.join(" "), passage.text());
    }
    Ok(())
}
