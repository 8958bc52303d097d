//! The config of a model file: all that is no tensor.

use serde::{Deserialize, Serialize};

use crate::{
    corpus::DenseSource,
    features::{Block, Settings},
    model::{Context, Decision, Training},
};

/// The `config` entry of the file's metadata: everything that is no tensor.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    pub digest: String,
    pub format: String,
    pub format_version: u64,
    pub created_with: String,
    pub target: String,
    pub features: Settings,
    pub n_word_terms: usize,
    pub hash: Hash,
    pub contexts: Vec<Context>,
    /// The blocks of columns beside the text; since format version 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dense: Vec<DenseConfig>,
    pub tasks: Vec<Task>,
    pub training: Training,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Task {
    pub name: String,
    pub labels: Vec<String>,
    pub counts: Vec<usize>,
    pub shares: Vec<f64>,
    pub penalty: f64,
    pub nb_ratios: bool,
    pub stages: Vec<StageConfig>,
}

/// What a block of columns beside the text has beside its tensors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DenseConfig {
    pub source: DenseSource,
    /// No scaled value is further from 0.
    pub most: f32,
}

/// What a second stage has beside its tensors; one for each context.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageConfig {
    pub columns: Vec<String>,
    pub penalty: f64,
    pub decision: Decision,
}

/// How terms are hashed, with a value by which a reader can check itself.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Hash {
    pub name: String,
    pub of: String,
    pub value: String,
}

impl Hash {
    pub fn ours() -> Self {
        let of = "officers";
        Self {
            name: "xxh3-64, seed 0 for words, 0x9e3779b97f4a7c15 for characters".into(),
            of: of.into(),
            value: format!("{:016x}", Block::Word.hash(of)),
        }
    }
}
