//! Scores a model on labelled passages: `evaluate gold.csv [my.standpoint]`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use standpoint::{
    AnswerSource, Corpus, Model,
    study::{EvaluateSettings, evaluate, worst},
};

fn main() -> standpoint::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let gold = Corpus::open(arguments.next().unwrap_or_default())?;
    let model = arguments.next().map_or_else(|| Ok(Model::built_in()), Model::open)?;
    let scored = AnswerSource::model(&model)?.score(&gold, &[])?.found;
    let evaluation = evaluate(&gold, &scored, &EvaluateSettings::default().seed(1))?;
    for task in &evaluation.tasks {
        println!("{}: macro F1 {}", task.task, task.macro_f1());
    }
    for case in worst(&gold, &scored, 3) {
        println!("{}: {} {}, not {}", case.place, case.task, case.gold, case.predicted);
    }
    Ok(())
}
