#![doc = "Train, predict, explain and measure, in twenty lines."]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use standpoint::{Corpus, Model, Trainer};

fn main() -> standpoint::Result<()> {
    let labelled = Corpus::open("passages.csv")?; // texts, pages, gold labels, weights, digest
    let model = Trainer::new().tasks(["kind", "stance"]).fit(&labelled)?;
    model.save("my.standpoint")?;

    let page = Corpus::open("page.html")?;
    for passage in &Model::open("my.standpoint")?.predict(&page)? {
        for answer in passage.answers().filter(|answer| !answer.abstains()) {
            println!(
                "{} {} {:.2}  {}",
                answer.task(),
                answer.label(),
                answer.probability(),
                passage.text()
            );
        }
    }
    for word in model.explain(&page, 0)?.task("stance")?.words() {
        println!("{:+.2} {}", word.contribution(), word.text());
    }
    let results = Trainer::new().cross_validate(&labelled, 5)?; // what the command line's --cv does
    println!("{}", results.task("stance")?.macro_f1()); // 0.713 (0.681-0.744)
    Ok(())
}
