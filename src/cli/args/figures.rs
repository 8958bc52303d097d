//! The arguments of the commands that hold labels against labels.

use std::path::PathBuf;

use clap::Args;
use standpoint::prevalence::{Allocation, Drawn};

use super::{
    EncoderArg, InputArgs, ModelArg, OutputArg, SafeArg, Seed, TableArgs,
    values::{
        EstimateFormat, EvaluationFormat, PredictFormat, TableFormat, drawn, half_width, margin,
        one_of, predict_format,
    },
};

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint evaluate gold.csv -m my.standpoint
  standpoint evaluate gold.csv --format json | jq .tasks.stance.metrics.macro_f1
  standpoint evaluate --predictions theirs.csv --gold gold.csv
  standpoint evaluate gold.csv -m my.standpoint --gate gate.toml
  standpoint evaluate gold.csv --by source,date:month --second-labels second.csv
  standpoint evaluate passages.csv --leakage

Beside the figures stand baselines, each learnt from the gold labels of other pages (five folds): the
majority label, the majority by `source` and by `target`, and regressions that see only a text's length
or the source's name.

Figures on passages that the model was trained on say nothing: use `train --cv` for those.

Anybody's predictions are a table with `pred_<task>` and, if they are to be judged too, `p_<task>_<label>`
for every label. Rows are matched with the gold labels by `page` and `seq` if both have them, else by
`page` or another id that is there once in both, else by order, if no id says otherwise; the texts are not
needed.

A gate is TOML: `[[rule]]`, and below it task = \"stance\", metric = \"f1_against\", floor = 0.6;
docs/ci.md has all keys. Exit codes: 0 every rule passes, 1 one fails, 3 one cannot be decided and
none fails.")]
pub struct EvaluateArgs {
    /// Passages with gold labels: CSV or JSONL, `-` for stdin. Without -m their own columns `pred_<task>` are
    /// judged, if there are any
    #[arg(required_unless_present_any = ["predictions", "gold"])]
    pub data: Option<PathBuf>,
    /// Evaluate these predictions instead of a model's: CSV or JSONL
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "target"])]
    pub predictions: Option<PathBuf>,
    /// The gold labels of the predictions [default: they stand in the predictions' own table]
    #[arg(long, value_name = "FILE", requires = "predictions", conflicts_with = "data")]
    pub gold: Option<PathBuf>,
    /// Judge no model but how it is made: train it anew (with the settings of -m's, or the default
    /// ones) under harder and harder splits of the data, as far as the columns allow. Random
    /// passages, the same with near-duplicates kept together, by page, source, topic, time, target
    #[arg(long, requires = "data", conflicts_with_all = ["predictions", "target"])]
    pub leakage: bool,
    /// Folds of each split
    #[arg(long, default_value_t = 5, value_name = "K", requires = "leakage", value_parser = clap::value_parser!(u8).range(2..=100))]
    pub folds: u8,
    /// Figures for each value of these columns too, separated by commas; of dates also a part, as
    /// date:year, date:month, date:day
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,...")]
    pub by: Vec<String>,
    /// Fewer cases than this give a slice no figures
    #[arg(long, default_value_t = 30, value_name = "N", requires = "by")]
    pub min_cases: usize,
    /// A second coder's labels, matched by `page` and `seq` or another id: how far people agree on these passages
    #[arg(long, value_name = "FILE")]
    pub second_labels: Option<PathBuf>,
    /// Show how probable labels were and how often right, and how many would be wrong if only the
    /// most certain were given; json has it always
    #[arg(long)]
    pub calibration: bool,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub output: OutputArg,
    /// Shape of the figures [default: by the output's ending, else text]
    #[arg(long, value_enum)]
    pub format: Option<EvaluationFormat>,
    /// Judge the figures by the rules of this file: exit 1 if one fails, 3 if one cannot be decided
    #[arg(long, value_name = "FILE")]
    pub gate: Option<PathBuf>,
    /// Tasks, separated by commas [default: all that are predicted and have a gold column]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    #[command(flatten)]
    pub seed: Seed,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint compare old.standpoint new.standpoint gold.csv
  standpoint compare theirs.csv my.standpoint gold.csv --tasks stance --margin 0.02
  standpoint compare old.csv new.csv --format json | jq .tasks.stance.metrics.macro_f1.verdict
  standpoint compare old.csv new.csv --gate gate.toml

Each metric's difference, new less old, has a 95 % interval over pages, the same pages
for both. better, worse: the interval lies on one side of 0. equivalent: it lies within the margin
(two one-sided tests at 2.5 % each). cannot tell: none of these, fewer than 8 pages, or passages
that new leaves unanswered. `detectable` is the difference
that so many pages would have shown with 80 % power. Files named .csv or
.jsonl are predictions: `pred_<task>` and, if they are to be judged too, `p_<task>_<label>`,
matched with the gold labels as in `evaluate`. Without --check or --gate it reports, and exits 0.")]
pub struct CompareArgs {
    /// The old model, or its predictions: CSV or JSONL
    pub old: PathBuf,
    /// The new model, or its predictions
    pub new: PathBuf,
    /// Passages with gold labels: CSV or JSONL [default: they stand in the predictions' own tables]
    pub data: Option<PathBuf>,
    /// Differences smaller than this do not matter
    #[arg(long, default_value_t = 0.01, value_name = "X", value_parser = margin)]
    pub margin: f64,
    /// Flips shown that harm, and that help; 0 for none
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub flips: usize,
    #[command(flatten)]
    pub output: OutputArg,
    /// Shape of the output; json has every flip [default: by the output's ending, else text]
    #[arg(long, value_enum)]
    pub format: Option<EvaluationFormat>,
    /// Judge new by the rules of this file, its drops and rises from old: exit 1 if one fails, 3 if
    /// one cannot be decided
    #[arg(long, value_name = "FILE")]
    pub gate: Option<PathBuf>,
    /// Exit 1 if the macro F1 of a task is worse, 3 if it cannot be told; without it, and without a gate,
    /// compare reports and exits 0
    #[arg(long, conflicts_with = "gate")]
    pub check: bool,
    /// Tasks, separated by commas [default: all that both know and have a gold column]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    #[command(flatten)]
    pub encoder: EncoderArg,
    #[command(flatten)]
    pub seed: Seed,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint sample corpus.csv -n 200 -o to_label.csv
  standpoint sample predicted.csv -n 200 --by stance -o to_label.csv     as many of each predicted label
  standpoint sample corpus.csv -n 300 --by source,date:year --allocation proportional -o to_label.csv
  standpoint sample corpus.csv -n 20 --drawn pages -o to_label.csv       20 whole pages
  standpoint sample predicted.csv --size-for 0.03                        how many labels does that take?

Label the sample, in the empty columns or with a tool (`standpoint convert`), keep its last columns, and give
it to `standpoint estimate CORPUS --labelled to_label.csv`. They say how it was drawn: stratum, stratum_size (in
passages, or pages), inclusion (the probability of being drawn) and drawn. Keep rows that nobody labels, too.
Predictions are left out: coders agree too readily with what they see. With --by a task, stratum, stratum_size
and inclusion tell what was predicted: hide these columns from coders.

Passages come in random order, and pages do as well. Without --by the first hundred are a random sample, too;
with --by they are not, as strata are drawn with different probabilities. The same seed with a larger -n draws the same ones and more: to go on, draw more and carry the labels over. Strata are
the combinations of values of --by; those with fewer than their part are taken whole, and others give more.")]
pub struct SampleArgs {
    /// All passages, as for `estimate`: CSV or JSONL, with the predictions in it if strata are to be by
    /// them, else judged by the model
    pub corpus: PathBuf,
    /// How many passages are drawn; with `--drawn pages` how many pages, each with all of its passages
    #[arg(short, long, value_name = "N", required_unless_present = "size_for")]
    pub n: Option<usize>,
    /// Draw from each combination of values of these, separated by commas: a column, a part of a date, as
    /// date:month, or a task, for its predicted label
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,...")]
    pub by: Vec<String>,
    /// How many of each: as many, to have enough of rare ones, or the same part of each, for the shortest
    /// intervals of the whole; two at least
    #[arg(long, default_value_t = Allocation::Equal, value_name = "HOW", requires = "by", value_parser = one_of(Allocation::ALL, Allocation::as_str))]
    pub allocation: Allocation,
    /// What is drawn at once: passages, or whole pages, which are quicker to read and say less
    #[arg(long, value_parser = drawn(), value_name = "UNIT", default_value = "passages")]
    pub drawn: Drawn,
    /// Draw nothing, but say how many labels an interval takes that reaches so far to either side of each
    /// label's share
    #[arg(long, value_name = "X", value_parser = half_width, conflicts_with = "n")]
    pub size_for: Option<f64>,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub output: OutputArg,
    /// Format of the table [default: by the output's ending, else csv]; of --size-for text or json
    #[arg(long, value_parser = predict_format())]
    pub format: Option<PredictFormat>,
    /// Tasks that get an empty column for their labels, or that --size-for is about, separated by commas
    /// [default: all that the table has predictions of, and those in --by]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    /// Decides what is drawn
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    #[command(flatten)]
    pub safe: SafeArg,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint estimate corpus.csv --labelled sample.csv
  standpoint estimate predicted.csv --labelled sample.csv --by source,date:month --format csv
  standpoint estimate predicted.csv --confusion figures.json --tasks stance

A count of predicted labels is off by the classifier's errors, however large the corpus. With a
random sample that people labelled (a column for each task), shares are corrected by
prediction-powered inference. `standpoint sample` draws one; where its columns `inclusion` (the probability of
being drawn), `stratum`, `stratum_size` and `drawn` are there, they are allowed for. Its passages are found in
the corpus by `page` and `seq`, or another id, else by text. A sample from elsewhere has predictions of its own, or is judged by the model; the shares
are then those of what both were drawn from. Without a sample, --confusion adjusts the counts by
the errors that a cross-validation found, which holds only if the classifier errs alike on this
corpus. Of some tens of labelled pages, intervals are a little too narrow where errors crowd on
few of them.")]
pub struct EstimateArgs {
    /// All passages: CSV or JSONL, with the predictions in it (`pred_<task>`, `p_<task>_<label>`), else judged
    /// by the model
    pub corpus: PathBuf,
    /// A random sample with gold labels: CSV or JSONL
    #[arg(long, value_name = "FILE")]
    pub labelled: Option<PathBuf>,
    /// Figures with the classifier's errors, as `train --cv --format json` prints them
    #[arg(long, value_name = "FILE", conflicts_with = "labelled")]
    pub confusion: Option<PathBuf>,
    /// Shares for each value of these columns too, separated by commas; of dates also a part, as
    /// date:year, date:month, date:day
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,...")]
    pub by: Vec<String>,
    /// How the sample was drawn from the corpus: passage by passage, or page by page [default: as its
    /// column `drawn` says, else as its rows look]
    #[arg(long, value_parser = drawn(), value_name = "UNIT", requires = "labelled")]
    pub drawn: Option<Drawn>,
    /// Say how many labels in all, drawn like these, an interval takes that reaches so far to either side of
    /// each label's share
    #[arg(long, value_name = "X", value_parser = half_width, requires = "labelled")]
    pub size_for: Option<f64>,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub output: OutputArg,
    /// Shape of the output [default: by the output's ending, else text]
    #[arg(long, value_enum)]
    pub format: Option<EstimateFormat>,
    /// Tasks, separated by commas [default: all that are predicted and have a gold column]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint agree first.csv second.csv
  standpoint agree a.csv b.csv c.csv --tasks stance --format json
  standpoint agree annotations.csv
  standpoint agree ratings.csv --coder worker_id --tasks stance
  standpoint agree wide.csv --columns anna,ben --tasks stance

Rows are matched by `page` and `seq`; without `seq` by `page`, else by a column such as `id` or `tweet_id`,
else by `text`, if no coder has two rows with the same. Passages that one coder alone labelled are left
out. A single table says in its column `annotator` whose labels a row has, as `convert` writes it; `coder`,
`rater`, `worker_id` and the like are found, too.")]
pub struct AgreeArgs {
    /// Each coder's labels, or those of all with a column `annotator`: CSV or JSONL with `page`, `seq` and
    /// label columns
    #[arg(required = true, value_name = "FILE")]
    pub coders: Vec<PathBuf>,
    /// The column that says whose labels a row has [default: annotator, coder, rater or the like of a
    /// single table]
    #[arg(long, value_name = "COLUMN", conflicts_with = "columns")]
    pub coder: Option<String>,
    /// The columns of a table that has one for each coder, separated by commas; --tasks names what they
    /// are labels of
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,...")]
    pub columns: Vec<String>,
    /// Label columns, separated by commas [default: those of kind, stance, voice, sentiment that
    /// all tables have]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    /// Differences shown; 0 for none
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub top: usize,
    #[command(flatten)]
    pub output: OutputArg,
    /// Shape of the output; json has every difference [default: by the output's ending, else text]
    #[arg(long, value_enum)]
    pub format: Option<TableFormat>,
    #[command(flatten)]
    pub seed: Seed,
    #[command(flatten)]
    pub table: TableArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint audit passages.csv
  standpoint audit passages.csv --strict        exit 1 if anything must be mended
  standpoint audit passages.csv --tasks stance --top 50 --format json

What must be mended: empty passages, gaps in `seq`, labels that look like slips, like other spellings of one
label or like empty cells, labels of one passage alone, long passages that stand on several pages (but those of the source \"wire copy\"), terms, columns or lengths that alone nearly
solve a label. All labels are ranked for a second look, those that the model doubts first; nothing is edited.")]
pub struct AuditArgs {
    /// Labelled passages: CSV, TSV, JSONL or JSON, `-` for stdin
    pub data: PathBuf,
    /// Exit 1 if anything must be mended
    #[arg(long)]
    pub strict: bool,
    /// Label columns, separated by commas [default: those of kind, stance, voice, sentiment that
    /// the table has]
    #[arg(long, visible_alias = "label", value_delimiter = ',', value_name = "NAME,...")]
    pub tasks: Vec<String>,
    /// Labels shown for each task, the most doubtful first
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// Don't look for doubtful labels, which takes a cross-validation
    #[arg(long)]
    pub no_doubts: bool,
    #[command(flatten)]
    pub output: OutputArg,
    /// Shape of the output; json has everything, md the counts as tables for a datasheet [default: by
    /// the output's ending, else text]
    #[arg(long, value_enum)]
    pub format: Option<TableFormat>,
    #[command(flatten)]
    pub seed: Seed,
    #[command(flatten)]
    pub input: InputArgs,
}
