//! The arguments, as clap sees them. Nothing is opened or computed here.

mod embed;
mod figures;
mod values;

use std::{num::NonZero, path::PathBuf};

use clap::{ArgGroup, Args, Parser, Subcommand};
use standpoint::{
    InputFormat,
    corpus::{OnError, OutputFormat, Quote, Unit},
    features::TermFrequency,
    input::Encoding,
    model::{Criterion, NbRatios},
};

pub use embed::EmbedArgs;
pub use figures::*;
pub use values::*;

/// Reads a scraped page and says of each passage what kind of text it is, what stance it takes
/// toward a target, whose voice that is, and how it sounds.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    propagate_version = true,
    after_help = "\
Examples:
  standpoint predict page.txt                      read a page in the terminal
  standpoint predict page.txt > page.csv           the same as a table
  standpoint train passages.csv -o my.standpoint   train on your own labels
  standpoint train passages.csv --cv 5             how good would that be?

Exit codes: 0 done, 1 done and the answer is no, 2 bad usage or input, 3 could not decide, 4 I/O."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Train a model on labelled passages, or cross-validate the training
    Train(TrainArgs),
    /// Label the passages of pages
    #[command(visible_alias = "classify")]
    Predict(PredictArgs),
    /// Compare a model's labels with gold labels
    #[command(visible_alias = "eval")]
    Evaluate(EvaluateArgs),
    /// Compare new predictions with old ones on the same passages
    Compare(CompareArgs),
    /// Draw the passages to label next, at random
    Sample(SampleArgs),
    /// Estimate what share of a corpus has each label, errors of prediction made up for
    Estimate(EstimateArgs),
    /// Show the words that decided a passage
    Explain(ExplainArgs),
    /// Write a web page to read a corpus in: what it amounts to, and why each passage has its labels
    #[cfg(feature = "report")]
    Report(ReportArgs),
    /// Show what is inside a model
    Inspect(InspectArgs),
    /// Measure how far several coders agree
    Agree(AgreeArgs),
    /// Turn annotation tools' exports into tables, and tables into what those tools import
    Convert(ConvertArgs),
    /// Write the vectors that a sentence encoder makes of passages, to learn from them again and again
    Embed(EmbedArgs),
    /// Find what is wrong with labelled passages before they teach a model
    Audit(AuditArgs),
    /// Print what a shell needs to complete commands and flags
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them into a folder
    Man(ManArgs),
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint completions bash > ~/.local/share/bash-completion/completions/standpoint
  standpoint completions fish > ~/.config/fish/completions/standpoint.fish")]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint man | man -l -
  standpoint man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write a page for each command here
    pub folder: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint convert export.json --from label-studio -o passages.csv
  standpoint convert admin.jsonl anna.jsonl --from doccano -o passages.csv
  standpoint convert predicted.csv --to label-studio -o tasks.json --config interface.xml
  standpoint convert passages.csv --to fasttext --tasks kind -o kind.txt

A table has a column for each task and a row for each passage and annotator, as `agree` takes it. What was
cancelled, rejected or ignored is left out and counted; what nobody labelled has empty cells. Several labels
of a text are a set, written as a sorted list. An export without any label makes no table. `pred_<task>`
and `p_<task>_<label>`, as `predict` writes them, become what the tool shows before anybody has annotated.
docs/annotation.md has the formats field by field.")]
pub struct ConvertArgs {
    /// Exports, tables or pages; `-` for stdin
    #[arg(required = true, value_name = "FILE")]
    pub inputs: Vec<PathBuf>,
    /// Format of the inputs [default: by their content, with a note; of tables and pages by their ending]
    #[arg(long, value_name = "FORMAT", value_parser = convert_from())]
    pub from: Option<Shape<InputFormat>>,
    /// Format of the output [default: by the output's ending, else csv]
    #[arg(long, value_name = "FORMAT", value_parser = convert_to())]
    pub to: Option<Shape<OutputFormat>>,
    #[command(flatten)]
    pub output: OutputArg,
    /// Tasks, separated by commas; where labels don't say of which they are, the name of theirs [default:
    /// all that are in an export; kind, stance, voice, sentiment and those predicted of a table, else
    /// label]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    /// Write Label Studio's labelling interface for these tasks here, as XML
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Whose the predictions are said to be
    #[arg(long, default_value = "standpoint", value_name = "TEXT")]
    pub model_version: String,
    #[command(flatten)]
    pub safe: SafeArg,
    #[command(flatten)]
    pub table: TableArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint train passages.csv -o my.standpoint
  standpoint train passages.csv --cv 5
  standpoint train passages.csv --search -o my.standpoint
  standpoint train tweets.csv --tasks stance --target \"the strike\" -o strike.standpoint
  standpoint train tweets.csv --tasks stance --per-target -o targets.standpoint

The table needs a column `text`, or another that --text names; `page` and `seq` say which passages
are neighbours, `weight` how much one counts. Empty label cells are left out of their task.",
    group(ArgGroup::new("wanted").args(["output", "cv"]).required(true).multiple(true)))]
pub struct TrainArgs {
    /// Labelled passages: CSV, TSV, JSONL or JSON, `-` for stdin; several tables are one
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<PathBuf>,
    /// Write the model here; `-` for stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print figures of K-fold cross-validation, pages kept together
    #[arg(long, value_name = "K")]
    pub cv: Option<usize>,
    /// Keep pages together that have the same value in this column; K is lowered to their number
    #[arg(long, requires = "cv", value_name = "COLUMN")]
    pub group: Option<String>,
    /// Write the table with the predictions of the cross-validation here, in the format of its ending
    #[arg(long, requires = "cv", value_name = "FILE")]
    pub predictions: Option<PathBuf>,
    /// Add what fewer training pages would give
    #[arg(long, requires = "cv", conflicts_with_all = ["group", "per_target"])]
    pub learning_curve: bool,
    /// Search the features too: each kept if pages held out say so, by the one-standard-error rule
    #[arg(long)]
    pub search: bool,
    /// Train a model for each value of the column `target`, in one file
    #[arg(long, conflicts_with = "target")]
    pub per_target: bool,
    /// Write a model card with the cross-validated figures here
    #[arg(long, value_name = "FILE", requires_all = ["cv", "output"])]
    pub card: Option<PathBuf>,
    /// Shape of the printed figures
    #[arg(long, value_enum, default_value_t = FiguresFormat::Text, requires = "cv")]
    pub format: FiguresFormat,
    /// Label columns, separated by commas [default: those of kind, stance, voice, sentiment that
    /// the table has]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    /// Whom or what the stance is toward; the model says so [default: it claims no target]
    #[arg(long, value_name = "TEXT")]
    pub target: Option<String>,
    /// Passages without labels to learn from, too: tables, pages, folders. A model of the labelled ones, with all
    /// columns and the encoder, labels them; the model written learns from both, from the words alone
    #[arg(long, num_args = 1.., value_name = "INPUT")]
    pub unlabelled: Vec<PathBuf>,
    #[command(flatten)]
    pub encoder: EncoderArg,
    /// Columns of numbers to learn from beside the text, as upvotes,age; a task keeps them if pages held out
    /// say so. Empty cells are missing values
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    pub numbers: Vec<String>,
    /// Columns of vectors to learn from beside the text, as embeddings: lists of numbers (JSONL, Parquet), or
    /// NAME_0, NAME_1 and so on
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    pub vectors: Vec<String>,
    /// Shortest and longest word n-gram; 0-0 for none
    #[arg(long, default_value = "1-3", value_name = "N-N", value_parser = range)]
    pub word_ngrams: (usize, usize),
    /// Shortest and longest character n-gram; 0-0 for none
    #[arg(long, default_value = "2-5", value_name = "N-N", value_parser = range)]
    pub char_ngrams: (usize, usize),
    /// Let character n-grams run on across the spaces between words
    #[arg(long)]
    pub chars_across: bool,
    /// How often a term stands in a passage, as a number
    #[arg(long, default_value_t = TermFrequency::Sublinear, value_parser = one_of(TermFrequency::ALL, TermFrequency::as_str))]
    pub tf: TermFrequency,
    /// Make words after a negation other words
    #[arg(long)]
    pub negation: bool,
    /// Count the words of lists: hedges, modals, praise, blame, persons, reporting verbs
    #[arg(long)]
    pub lexicon: bool,
    /// Make all names of people, places and bodies one word
    #[arg(long)]
    pub mask_names: bool,
    /// Leave out what words lose: capitals, emoji, length, quotations, how a passage begins and ends
    #[arg(long)]
    pub no_shape: bool,
    /// Penalise weights as multiples of their log-count ratios (NB-LR): where pages held out say
    /// so, always, or never
    #[arg(long, default_value_t = NbRatios::Auto, value_name = "WHEN", value_parser = one_of(NbRatios::ALL, NbRatios::as_str))]
    pub nb_ratios: NbRatios,
    /// Keep only the N terms that tell most by chi-squared
    #[arg(long, value_name = "N")]
    pub max_terms: Option<usize>,
    /// Know terms by B bits of their hash, without names, for very large tables
    #[arg(long, value_name = "B")]
    pub hash_bits: Option<u32>,
    /// Drop n-grams of fewer passages than this [default: 2; 1 for fewer than 2,000 passages]
    #[arg(long, value_name = "N")]
    pub min_df: Option<usize>,
    /// How much each label counts: balanced, equal, or so many times as often as it stands
    /// there, as favor=2,stance.none=0.5
    #[arg(long, default_value = "balanced", value_name = "HOW", value_parser = class_weights)]
    pub class_weights: ClassWeightsArg,
    /// What the choice of labels serves; probabilities do not depend on it
    #[arg(long, default_value_t = Criterion::MacroF1, value_name = "METRIC", value_parser = one_of(Criterion::ALL, Criterion::as_str))]
    pub optimise: Criterion,
    /// Penalties among which cross-validation chooses, in descending order [default:
    /// 10,3,1,0.3,0.1,0.03; 1 with --no-calibration]
    #[arg(long, value_delimiter = ',', value_name = "X,...")]
    pub l2: Vec<f64>,
    /// Fit once, with one penalty, and hold nothing out: many times faster, for very large tables.
    /// Labels are the most probable ones, by the base classifiers' own probabilities; neighbours are left out
    #[arg(long, conflicts_with_all = ["search", "optimise"])]
    pub no_calibration: bool,
    /// Leave the neighbours on the page out of the decision
    #[arg(long)]
    pub no_context: bool,
    /// How far the gradient must fall for a fit, as a share of what it was at zero weights
    #[arg(long, default_value_t = 1e-6, value_name = "X")]
    pub tolerance: f64,
    /// Newton steps at most for one fit
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub max_iterations: usize,
    #[command(flatten)]
    pub seed: Seed,
    #[command(flatten)]
    pub safe: SafeArg,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub errors: ErrorArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint predict page.txt
  standpoint predict pages/*.txt -o pages.csv
  standpoint predict saved-pages --recursive -o pages.csv
  standpoint predict mirror --recursive --from html -o pages.csv
  standpoint predict 'pages/**/2023-09-*.html' -o pages.csv
  standpoint predict passages.jsonl --format jsonl | jq .pred_stance
  standpoint predict pages/*.txt --max-error 0.1 > certain.csv
  standpoint predict tweets.csv --text tweet -o labelled.csv
  standpoint predict pages/*.txt -m my-stance.standpoint -m built-in -o pages.csv
  standpoint predict broken.csv --on-error skip --rejects rejects.csv -o labelled.csv

A page is a text file with a passage on each line, or the rows of a table with the same `page`.
Tables of any length take little memory, if the rows of a page follow each other; others are
read whole, and so is standard input if it has pages or is JSONL.")]
pub struct PredictArgs {
    /// Pages: text, HTML, CSV, TSV, JSONL or JSON; `-` for stdin; a folder for the files in it; a pattern for
    /// those that it matches
    #[arg(required = true, value_name = "FILE")]
    pub inputs: Vec<PathBuf>,
    /// Read the folders in a folder, too
    #[arg(short, long)]
    pub recursive: bool,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub output: OutputArg,
    /// Give labels only where no more than this share of them is wrong on pages like those of training,
    /// by an upper bound from pages held out; none where nothing can promise it. Adds a column
    /// `abstained_<task>` with the reason
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub max_error: Option<f64>,
    /// How sure --max-error is to hold: of 100 models trained on pages drawn anew, so many keep to it
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, value_parser = confidence, requires = "max_error")]
    pub confidence: f64,
    /// Shares of labels in these passages where they are known to differ from training, as
    /// favor=0.2,against=0.3 or stance.none=0.5; the other labels share the rest
    #[arg(long, value_name = "LABEL=SHARE,...", value_parser = prior)]
    pub prior: Option<Prior>,
    /// Format of the output [default: text on a terminal, else by the output's ending, else csv]
    #[arg(long, value_parser = predict_format())]
    pub format: Option<PredictFormat>,
    #[command(flatten)]
    pub safe: SafeArg,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub errors: ErrorArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint explain page.txt --passage 7
  standpoint explain page.txt --passage 7 --tasks stance --top 20
  standpoint explain --text \"They should be ashamed.\"
  standpoint explain tweets.csv --text tweet --passage 7

Contributions are to the label's log-odds against the average label, and sum to the score.",
    mut_arg("text", |arg| arg.value_name("TEXT").help(
        "Explain this passage, alone on its page; with FILE: the column of a table that has the passages \
         [default: text]")))]
pub struct ExplainArgs {
    /// A page: text, HTML, CSV or JSONL; `-` for stdin
    #[arg(required_unless_present = "text", value_name = "FILE")]
    pub input_file: Option<PathBuf>,
    /// Explain only passage N of the input, counted from 1 through all pages, as `predict` shows it
    #[arg(long, value_name = "N", value_parser = passage)]
    pub passage: Option<NonZero<usize>>,
    /// Tasks, separated by commas [default: all]
    #[arg(
        long,
        alias = "task",
        visible_alias = "label",
        value_delimiter = ',',
        value_name = "NAME,..."
    )]
    pub tasks: Vec<String>,
    /// Words shown
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub top: usize,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub output: OutputArg,
    /// Shape of the output [default: by the output's ending, else text]
    #[arg(long, value_enum)]
    pub format: Option<FiguresFormat>,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint report pages/ -r -o report.html
  standpoint report predicted.csv -m my.standpoint --title \"Permits, autumn 2023\" -o report.html
  standpoint report --model my.standpoint --on gold.csv -o model.html

One file that needs no network. Of a corpus: charts with intervals, each with its numbers, and every
passage with the words that decided its labels. Labels in the table (`pred_<task>`) are shown as they
are, unless a model is given. Of a model, judged on gold labels: confusion, reliability, risk against
coverage, the strongest terms, the mistakes.")]
pub struct ReportArgs {
    /// Pages or tables: as for `predict`
    #[arg(required_unless_present = "on", value_name = "FILE")]
    pub inputs: Vec<PathBuf>,
    /// Report on the model itself: how it does on these passages with gold labels
    #[arg(long, value_name = "FILE", conflicts_with_all = ["inputs", "recursive"])]
    pub on: Option<PathBuf>,
    /// Add what fewer training pages would give, by cross-validation on the gold labels: takes as long
    /// as training some thirty times
    #[arg(long, requires = "on")]
    pub learning_curve: bool,
    /// Read the folders in a folder, too
    #[arg(short, long)]
    pub recursive: bool,
    /// What the report is called [default: the inputs' names]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub output: OutputArg,
    #[command(flatten)]
    pub seed: Seed,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint inspect
  standpoint inspect my.standpoint --top 30 --format json")]
pub struct InspectArgs {
    /// The model [default: the built-in one]
    pub model: Option<PathBuf>,
    /// Strongest terms shown for each label
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    #[command(flatten)]
    pub output: OutputArg,
    /// Shape of the output [default: by the output's ending, else text]
    #[arg(long, value_enum)]
    pub format: Option<FiguresFormat>,
}

#[derive(Args)]
pub struct InputArgs {
    /// Format of the input [default: by the file's ending, below .gz, .zst or .xz; text for an
    /// unknown ending]
    #[arg(long, value_name = "FORMAT", value_parser = input_format())]
    pub from: Option<InputFormat>,
    /// What is a passage of a text file
    #[arg(long, default_value_t = Unit::Line, value_parser = one_of(Unit::ALL, Unit::as_str))]
    pub unit: Unit,
    /// Refuse passages of more bytes than this
    #[arg(long, default_value = "1M", value_name = "BYTES", value_parser = bytes)]
    pub max_passage: usize,
    /// Refuse pages of text or HTML, and rows of tables, of more bytes than this, decompressed
    #[arg(long, default_value = "16M", value_name = "BYTES", value_parser = bytes)]
    pub max_page: usize,
    #[command(flatten)]
    pub table: TableArgs,
}

/// How tables are read.
#[derive(Args)]
pub struct TableArgs {
    /// The column of a table that has the passages, or the field of an export [default: text]
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// The column of a table that says which page a passage is of [default: page, doc_id or doc]
    #[arg(long, value_name = "COLUMN")]
    pub page: Option<String>,
    /// The column of a table that numbers the passages of a page [default: seq]
    #[arg(long, value_name = "COLUMN")]
    pub seq: Option<String>,
    /// What is between the fields of CSV: a character, or tab [default: a comma, or what the header has
    /// instead]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// The quotation mark of CSV, or none if quotation marks are only text [default: ", unless lines
    /// within it look like rows, which is an error]
    #[arg(long, value_name = "CHAR", value_parser = quote)]
    pub quote: Option<Quote>,
    /// What makes a quotation mark within quotation marks text, as \ [default: another one before it]
    #[arg(long, value_name = "CHAR", value_parser = escape)]
    pub escape: Option<u8>,
    /// Take fields that are missing at the end of a row of CSV for empty ones
    #[arg(long)]
    pub fill_short_rows: bool,
    /// Encoding of the input, as windows-1252 [default: by its byte order mark, else UTF-8, else
    /// what a web page declares, else what it looks like]
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<Encoding>,
}

#[derive(Args)]
pub struct ErrorArgs {
    /// At a row or page that cannot be read: stop there, or skip it and count it
    #[arg(long, default_value_t = OnError::Stop, value_name = "WHAT", value_parser = one_of(OnError::ALL, OnError::as_str))]
    pub on_error: OnError,
    /// Write the rows that are skipped here, as CSV with file, line, column, reason and the row
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

#[derive(Args)]
pub struct ModelArg {
    /// The model; `built-in` is the one that comes with the program [default: built-in]. Given several times,
    /// each task is taken from the first model that has it
    #[arg(id = "model", short, long, value_name = "FILE")]
    pub paths: Vec<PathBuf>,
    /// Judge all passages by the part for this target, of a model trained with --per-target
    #[arg(long, value_name = "TEXT")]
    pub target: Option<String>,
    #[command(flatten)]
    pub encoder: EncoderArg,
}

#[derive(Args)]
pub struct EncoderArg {
    /// Read the texts through this sentence encoder, too: a directory that Sentence-Transformers saved
    #[arg(id = "encoder", long, value_name = "DIR")]
    pub path: Option<PathBuf>,
}

#[derive(Args)]
pub struct OutputArg {
    /// Write here instead of to stdout; compressed if the name ends in .gz, .zst or .xz
    #[arg(id = "output", short, long, value_name = "FILE")]
    pub path: Option<PathBuf>,
}

#[derive(Args)]
pub struct SafeArg {
    /// Write an apostrophe before cells of CSV and TSV that spreadsheets would compute: those that begin
    /// with =, +, - or @ and are no number
    #[arg(long)]
    pub spreadsheet_safe: bool,
}

#[derive(Args)]
pub struct Seed {
    /// Decides folds
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}
