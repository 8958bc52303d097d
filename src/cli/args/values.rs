//! The values that arguments take, and how they are read from text.

use std::{num::NonZero, str::FromStr};

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use standpoint::{
    InputFormat,
    corpus::{AnnotationFormat, OutputFormat, Quote},
    input::Encoding,
    prevalence::Drawn,
};

/// Parses one of the values that the library names; help and completions list them.
fn choice<T>(names: Vec<PossibleValue>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = standpoint::Error> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

/// The formats of inputs.
pub fn input_format() -> impl TypedValueParser<Value = InputFormat> {
    choice(InputFormat::all().map(|format| named(format.as_str(), format.about())).collect())
}

/// The values of an enum that explain themselves.
pub fn one_of<T>(
    all: &[T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> + use<T>
where
    T: FromStr<Err = standpoint::Error> + Copy + Send + Sync + 'static,
{
    choice(all.iter().map(|value| PossibleValue::new(name(*value))).collect())
}

fn named(name: &'static str, about: &'static str) -> PossibleValue {
    PossibleValue::new(name).help(about)
}

/// A number of bytes, with K, M or G for powers of 1024.
pub fn bytes(text: &str) -> Result<usize, String> {
    let (number, factor) = match text.trim_end_matches(['b', 'B', 'i']) {
        text if text.ends_with(['k', 'K']) => (&text[..text.len() - 1], 1 << 10),
        text if text.ends_with(['m', 'M']) => (&text[..text.len() - 1], 1 << 20),
        text if text.ends_with(['g', 'G']) => (&text[..text.len() - 1], 1 << 30),
        text => (text, 1),
    };
    let number: Option<usize> = number.parse().ok().filter(|number| *number > 0);
    let bytes = number.and_then(|number| number.checked_mul(factor));
    bytes.ok_or_else(|| "give a number of bytes, as 500000, 64K or 16M".into())
}

/// One ASCII character, or `tab`.
pub fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
        _ => Err("give one character, as ;, or tab".into()),
    }
}

/// One ASCII character, or `none`.
pub fn quote(text: &str) -> Result<Quote, String> {
    match text.as_bytes() {
        b"none" | b"" => Ok(Quote::None),
        [byte] if byte.is_ascii_punctuation() => Ok(Quote::Mark(*byte)),
        _ => Err("give one character, as \", or none".into()),
    }
}

/// One ASCII character.
pub fn escape(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Ok(*byte),
        _ => Err("give one character, as \\".into()),
    }
}

pub fn encoding(text: &str) -> Result<Encoding, String> {
    Encoding::of_label(text).map_err(|error| error.to_string())
}

/// A format of results that an output's ending can tell.
pub trait ByEnding: Copy + 'static {
    /// The first is that of an output without an ending.
    const ENDINGS: &'static [(&'static str, Self)];
}

impl ByEnding for FiguresFormat {
    const ENDINGS: &'static [(&'static str, Self)] = &[("txt", Self::Text), ("json", Self::Json)];
}

impl ByEnding for EvaluationFormat {
    const ENDINGS: &'static [(&'static str, Self)] = &[
        ("txt", Self::Text),
        ("json", Self::Json),
        ("md", Self::Md),
        ("xml", Self::Junit),
        ("prom", Self::Openmetrics),
    ];
}

impl ByEnding for TableFormat {
    const ENDINGS: &'static [(&'static str, Self)] =
        &[("txt", Self::Text), ("json", Self::Json), ("md", Self::Md)];
}

impl ByEnding for EstimateFormat {
    const ENDINGS: &'static [(&'static str, Self)] =
        &[("txt", Self::Text), ("json", Self::Json), ("csv", Self::Csv)];
}

/// A format of tables or pages, or that of an annotation tool.
#[derive(Clone, Copy, PartialEq)]
pub enum Shape<T> {
    Ours(T),
    Tool(AnnotationFormat),
}

impl<T: FromStr<Err = standpoint::Error>> FromStr for Shape<T> {
    type Err = standpoint::Error;

    fn from_str(name: &str) -> standpoint::Result<Self> {
        name.parse().map(Self::Tool).or_else(|_| name.parse().map(Self::Ours))
    }
}

/// The formats of tables that are written. Others are hidden: what is said of them is the library's.
fn output_formats() -> impl Iterator<Item = PossibleValue> {
    let shown = OutputFormat::all().map(|format| named(format.as_str(), format.about()));
    let written = |name| OutputFormat::all().any(|format| format.as_str() == name);
    let others = InputFormat::all().map(InputFormat::as_str).filter(move |name| !written(*name));
    shown.chain(
        others.filter(|name| *name != "text").map(|name| PossibleValue::new(name).hide(true)),
    )
}

fn tools() -> impl Iterator<Item = PossibleValue> {
    AnnotationFormat::all().map(|format| named(format.as_str(), format.about()))
}

pub fn convert_from() -> impl TypedValueParser<Value = Shape<InputFormat>> {
    let ours = InputFormat::all().map(|format| named(format.as_str(), format.about()));
    choice(ours.chain(tools()).collect())
}

pub fn convert_to() -> impl TypedValueParser<Value = Shape<OutputFormat>> {
    let written = |tool: &PossibleValue| {
        AnnotationFormat::all()
            .any(|format| format.as_str() == tool.get_name() && format.is_written())
    };
    choice(output_formats().chain(tools().filter(written)).collect())
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

/// How a sample was drawn; whether pages are whole is for its rows to say.
pub fn drawn() -> impl TypedValueParser<Value = Drawn> {
    PossibleValuesParser::new(["passages", "pages"]).try_map(|name| name.parse())
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum EstimateFormat {
    Text,
    Json,
    Csv,
}

/// Text for people, or a table.
#[derive(Clone, Copy)]
pub enum PredictFormat {
    Text,
    Table(OutputFormat),
}

impl FromStr for PredictFormat {
    type Err = standpoint::Error;

    fn from_str(name: &str) -> standpoint::Result<Self> {
        match name {
            "text" => Ok(Self::Text),
            table => table.parse().map(Self::Table),
        }
    }
}

pub fn table_format() -> impl TypedValueParser<Value = OutputFormat> {
    choice(output_formats().collect())
}

pub fn predict_format() -> impl TypedValueParser<Value = PredictFormat> {
    choice(std::iter::once(named("text", "For people")).chain(output_formats()).collect())
}

pub fn class_weights(text: &str) -> Result<ClassWeightsArg, String> {
    match text {
        "balanced" => Ok(ClassWeightsArg::Balanced),
        "equal" => Ok(ClassWeightsArg::Equal),
        given => shares(given).map(ClassWeightsArg::Given),
    }
}

/// The number of a passage.
pub fn passage(text: &str) -> Result<NonZero<usize>, String> {
    let number: usize = text.parse().map_err(|_| "give one whole number, as 7")?;
    NonZero::new(number).ok_or_else(|| "passages are counted from 1".into())
}

/// A number; the library says which.
pub fn share(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "write a share, as 0.1".into())
}

pub fn confidence(text: &str) -> Result<f64, String> {
    let confidence = text.parse().ok().filter(|confidence| (0.5..1.0).contains(confidence));
    confidence.ok_or_else(|| "give a number from 0.5 to below 1, as 0.95".into())
}

pub fn margin(text: &str) -> Result<f64, String> {
    let margin = text.parse().ok().filter(|margin| (0.0..=1.0).contains(margin));
    margin.ok_or_else(|| "give a number from 0 to 1, as 0.01".into())
}

pub fn half_width(text: &str) -> Result<f64, String> {
    let half = text.parse().ok().filter(|half| *half > 0.0 && *half < 0.5);
    half.ok_or_else(|| "give a number above 0 and below 0.5, as 0.03".into())
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
