//! The values that arguments take, and how they are read from text.

use clap::ValueEnum;

#[derive(Clone, Copy, ValueEnum)]
pub enum From {
    Csv,
    Jsonl,
    Text,
    Html,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum AnnotationFrom {
    Csv,
    Jsonl,
    Text,
    Html,
    /// The full JSON export
    LabelStudio,
    /// JSONL of a project of text classification
    Doccano,
    /// JSONL of textcat or choice
    Prodigy,
    /// Lines of `__label__<label> text`
    Fasttext,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum AnnotationTo {
    Csv,
    Jsonl,
    /// Tasks with annotations and predictions
    LabelStudio,
    /// JSONL; predicted labels where there is no gold
    Doccano,
    /// JSONL of choices, predicted ones chosen beforehand
    Prodigy,
    /// Lines of `__label__<label> text`
    Fasttext,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Unit {
    Line,
    Paragraph,
    Document,
}

#[derive(Clone)]
pub enum ClassWeightsArg {
    Balanced,
    Equal,
    Given(Vec<(String, f64)>),
}

/// Shares of labels.
#[derive(Clone)]
pub struct Prior(pub Vec<(String, f64)>);

#[derive(Clone, Copy, ValueEnum)]
pub enum NbRatiosArg {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Tf {
    Sublinear,
    Raw,
    Binary,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Optimise {
    Accuracy,
    BalancedAccuracy,
    MacroF1,
    FAvg,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum FiguresFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum EvaluationFormat {
    /// For people
    Text,
    /// The contract: docs/schema/evaluation-1.json
    Json,
    /// Markdown, for $GITHUB_STEP_SUMMARY
    Md,
    /// JUnit XML: a suite for each task, a case for each rule of the gate
    Junit,
    /// Annotations of GitHub Actions: rules that did not pass, cases most certain and wrong
    Github,
    /// OpenMetrics text
    Openmetrics,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum TableFormat {
    Text,
    Json,
    Md,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum DrawnArg {
    Passages,
    Pages,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum EstimateFormat {
    Text,
    Json,
    Csv,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum PredictFormat {
    Text,
    Csv,
    Jsonl,
}

pub fn class_weights(text: &str) -> Result<ClassWeightsArg, String> {
    match text {
        "balanced" => Ok(ClassWeightsArg::Balanced),
        "equal" => Ok(ClassWeightsArg::Equal),
        given => shares(given).map(ClassWeightsArg::Given),
    }
}

pub fn margin(text: &str) -> Result<f64, String> {
    let margin = text.parse().ok().filter(|margin| (0.0..=1.0).contains(margin));
    margin.ok_or_else(|| "give a number from 0 to 1, as 0.01".into())
}

pub fn prior(text: &str) -> Result<Prior, String> {
    shares(text).map(Prior)
}

/// `label=number`, separated by commas.
fn shares(text: &str) -> Result<Vec<(String, f64)>, String> {
    let pair = |pair: &str| {
        let (label, number) = pair.rsplit_once('=')?;
        Some((label.trim().to_owned(), number.trim().parse().ok()?))
    };
    let pairs: Option<Vec<(String, f64)>> = text.split(',').map(pair).collect();
    let pairs = pairs.ok_or("give a number for each label, as favor=0.5,against=0.2")?;
    match pairs.iter().enumerate().find(|(i, (label, _))| pairs[..*i].iter().any(|p| p.0 == *label))
    {
        Some((_, (label, _))) => Err(format!("{label} is given twice")),
        None => Ok(pairs),
    }
}

pub fn range(text: &str) -> Result<(usize, usize), String> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    match (low.parse(), high.parse()) {
        (Ok(low), Ok(high)) => Ok((low, high)),
        _ => Err("give a range, as 1-3".into()),
    }
}
