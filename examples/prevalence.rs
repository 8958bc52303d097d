//! Estimates how frequent each label is in a corpus of which a sample was labelled:
//! `prevalence corpus.csv sample.csv`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use standpoint::{AnswerSource, Corpus, Model, study::prevalence_by_sample};

fn main() -> standpoint::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let corpus = Corpus::open(arguments.next().unwrap_or_default())?;
    let sample = Corpus::open(arguments.next().unwrap_or_default())?;
    let source = AnswerSource::model(&Model::built_in())?;
    let tasks = prevalence_by_sample(&corpus, &source, &sample, &[], &[], None)?.found;
    for task in tasks {
        for (label, share) in task.labels.iter().zip(&task.whole.by_label) {
            println!("{} {label}: {share}", task.task);
        }
    }
    Ok(())
}
