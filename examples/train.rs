//! Trains a model on labelled passages and saves it: `train passages.csv my.standpoint`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use standpoint::{Corpus, Trainer, study::Progress};

fn main() -> standpoint::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (data, output) =
        (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let labelled = Corpus::open(data)?;
    let trainer = Trainer::new()
        .target("the officers")
        .on_progress(|Progress { work, done, of, .. }| eprintln!("{work}: {done} of {of}"));
    let trained = trainer.fit_reported(&labelled)?;
    for task in &trained.reports[0].tasks {
        println!("{}: {:?}, learnt: {}", task.task, task.counts, task.learnt());
    }
    trained.model.save(output)
}
