//! The arguments of `embed`.

use std::path::PathBuf;

use clap::Args;
use standpoint::corpus::OutputFormat;

use super::{ErrorArgs, InputArgs, OutputArg, SafeArg, values::table_format};

#[derive(Args)]
#[command(after_help = "\
Examples:
  standpoint embed passages.csv --encoder all-MiniLM-L6-v2 -o vectors.jsonl
  standpoint embed passages.csv --encoder all-MiniLM-L6-v2 -o vectors.parquet
  standpoint train vectors.parquet --vectors vectors -o my.standpoint

The output is the table with one more column, a list of numbers in each row, as `train --vectors` takes
it. An encoder is a folder that Sentence-Transformers saved, of a network like BERT, RoBERTa, XLM-RoBERTa,
DistilBERT or MPNet; nothing is fetched. A text has the same vector whatever stands beside it and however
many threads there are. docs/encoder.md has more.")]
pub struct EmbedArgs {
    /// Pages or tables: as for `predict`
    #[arg(required = true, value_name = "FILE")]
    pub inputs: Vec<PathBuf>,
    /// The encoder: a folder with modules.json, config.json, tokenizer.json and model.safetensors
    #[arg(long, value_name = "DIR")]
    pub encoder: PathBuf,
    /// What the new column is called
    #[arg(long, value_name = "NAME", default_value = "vectors")]
    pub column: String,
    /// Read the folders in a folder, too
    #[arg(short, long)]
    pub recursive: bool,
    #[command(flatten)]
    pub output: OutputArg,
    /// Format of the output [default: by the output's ending, else csv]
    #[arg(long, value_parser = table_format())]
    pub format: Option<OutputFormat>,
    #[command(flatten)]
    pub safe: SafeArg,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub errors: ErrorArgs,
}
