//! A model to bytes and back. The format is specified in `models/FORMAT.md`.

mod assemble;
mod config;
mod set;

use std::{borrow::Cow, collections::HashMap, fs::File, io::Read, io::Write, path::Path};

use safetensors::{Dtype, SafeTensors, View, serialize};
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use assemble::assemble;
use config::{Config, DenseConfig, Hash, StageConfig, Task};

use crate::{
    error::{Error, ErrorKind, Result},
    input::{WholeFile, refuse_endless},
    model::{DenseClassifiers, Stage, TargetModel},
};

/// The newest format that is read. A model is written in the oldest that has all that it needs.
pub const FORMAT_VERSION: u64 = 2;
/// A model file may not be larger: 4 GiB.
const MOST_BYTES: u64 = 4 << 30;

/// What the crate `safetensors` takes for a header: 100 MB.
const MOST_HEADER: u64 = 100_000_000;

const DIGEST: &str = "xxh3-64:";
const DIGEST_DIGITS: usize = 16;
const KIND: &str = "standpoint.model";
/// The format of a file that holds a model for each target.
const SET_KIND: &str = "standpoint.models";

/// What every version of every config has.
#[derive(Deserialize)]
struct Version {
    digest: String,
    format: String,
    format_version: u64,
}

struct Tensor<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Little-endian bytes, on every machine.
macro_rules! tensor {
    ($dtype:expr, $shape:expr, $values:expr) => {
        Tensor {
            dtype: $dtype,
            shape: $shape.to_vec(),
            bytes: Cow::Owned($values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        }
    };
}

impl TargetModel {
    /// The model's file. The same model always gives the same bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let scores = self.score_names();
        let names: Vec<Vec<String>> =
            self.contexts.iter().map(|context| context.names(&scores)).collect();
        let config = Config {
            digest: no_digest(),
            format: KIND.into(),
            format_version: self.format_version(),
            created_with: concat!("standpoint ", env!("CARGO_PKG_VERSION")).into(),
            target: self.target.clone(),
            features: self.vectoriser.settings().clone(),
            n_word_terms: self.vectoriser.parts().0.n_words(),
            hash: Hash::ours(),
            contexts: self.contexts.clone(),
            dense: self
                .dense
                .iter()
                .map(|own| DenseConfig { source: own.source.clone(), most: own.scaling.most })
                .collect(),
            tasks: self
                .tasks
                .iter()
                .map(|task| Task {
                    name: task.name.clone(),
                    labels: task.labels.clone(),
                    counts: task.counts.clone(),
                    shares: task.shares.clone(),
                    penalty: task.penalty,
                    nb_ratios: task.nb_ratios,
                    stages: task
                        .stages
                        .iter()
                        .zip(&names)
                        .map(|(stage, names)| StageConfig {
                            columns: stage.columns.iter().map(|&at| names[at].clone()).collect(),
                            penalty: stage.penalty,
                            decision: stage.decision.clone(),
                        })
                        .collect(),
                })
                .collect(),
            training: self.training.clone(),
        };
        let config = serde_json::to_string(&config).expect("a config is plain JSON");

        let (vocabulary, idf) = self.vectoriser.parts();
        let (names, ends) = vocabulary.parts();
        let n_terms = vocabulary.len();
        let mut tensors = vec![
            ("terms.idf".to_owned(), tensor!(Dtype::F32, [n_terms], idf)),
            ("terms.ends".to_owned(), tensor!(Dtype::U32, [n_terms], ends)),
            (
                "terms.names".to_owned(),
                Tensor {
                    dtype: Dtype::U8,
                    shape: vec![names.len()],
                    bytes: Cow::Borrowed(names.as_bytes()),
                },
            ),
            (
                "heads.weights".to_owned(),
                tensor!(
                    Dtype::F32,
                    [n_terms, self.classifiers.n_scores()],
                    self.classifiers.weights()
                ),
            ),
            (
                "heads.intercept".to_owned(),
                tensor!(Dtype::F64, [self.classifiers.n_scores()], self.classifiers.intercept()),
            ),
        ];
        for (number, DenseClassifiers { scaling, weights, .. }) in self.dense.iter().enumerate() {
            let width = scaling.mean.len();
            let mut add = |name: &str, shape: &[usize], values: &[f32]| {
                tensors
                    .push((format!("dense.{number}.{name}"), tensor!(Dtype::F32, shape, values)));
            };
            add("mean", &[width], &scaling.mean);
            add("scale", &[width], &scaling.scale);
            add("weights", &[width, self.classifiers.n_scores()], weights);
        }
        for (number, task) in self.tasks.iter().enumerate() {
            for (context, Stage { model: stage, .. }) in self.contexts.iter().zip(&task.stages) {
                let (k, n_columns) = (task.labels.len(), stage.mean.len());
                let mut add = |name: &str, shape: &[usize], values: &[f64]| {
                    let name = format!("stage.{number}.{}.{name}", context.name());
                    tensors.push((name, tensor!(Dtype::F64, shape, values)));
                };
                add("mean", &[n_columns], &stage.mean);
                add("scale", &[n_columns], &stage.scale);
                add("weights", &[n_columns, k], &stage.weights);
                add("intercept", &[k], &stage.intercept);
            }
        }
        sealed(tensors, config)
    }

    /// Since version 2 there are columns beside the text.
    pub(super) fn format_version(&self) -> u64 {
        if self.dense.is_empty() { 1 } else { 2 }
    }

    /// From the bytes of a model's file; `name` is for messages.
    ///
    /// Nothing is allocated by a size that the file merely claims, nothing in it is run, and every
    /// number that is later used as an index is checked here.
    ///
    /// # Errors
    /// Those of [`Model::open`](crate::Model::open).
    pub(super) fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let file = Opened::of(name, bytes)?;
        if file.version.format == SET_KIND {
            let why = "it holds a model for each target, not one".into();
            return Err(Error::from(ErrorKind::NotAModel { path: name.into(), why }));
        }
        file.model()
    }
}

/// A digest that is not yet known.
fn no_digest() -> String {
    format!("{DIGEST}{}", "0".repeat(DIGEST_DIGITS))
}

/// A file of these tensors and this config, with its digest.
fn sealed(tensors: Vec<(String, Tensor<'_>)>, config: String) -> Vec<u8> {
    // One metadata key alone: several come in a different order at every save.
    let metadata = HashMap::from([("config".to_owned(), config)]);
    let mut bytes = serialize(tensors, Some(metadata)).expect("shapes match their bytes");
    let at = digest_at(&bytes).expect("the config begins with its digest");
    let digest = format!("{:016x}", xxh3_64(&bytes));
    bytes[at..at + DIGEST_DIGITS].copy_from_slice(digest.as_bytes());
    bytes
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.finish()
}

/// The length of a header, and the brace with which it begins.
const START: u64 = 9;

fn begins_like_safetensors(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    length.is_some_and(|length| length <= MOST_HEADER) && bytes.get(8) == Some(&b'{')
}

/// The bytes of a file that may be a model.
fn read(path: &Path) -> Result<Vec<u8>> {
    let not_a_model = |why: &str| {
        Err(Error::from(ErrorKind::NotAModel { path: path.display().to_string(), why: why.into() }))
    };
    if path.is_dir() {
        return not_a_model("it is a directory");
    }
    refuse_endless(path)?;
    let mut file = File::open(path).map_err(Error::io("read", path))?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    if length > MOST_BYTES {
        return not_a_model("it is larger than 4 GiB");
    }
    // Of what has no length, a pipe, no more is read than begins like a model.
    let mut bytes = Vec::new();
    for most in [START, MOST_BYTES] {
        let read = Read::take(&mut file, most).read_to_end(&mut bytes);
        read.map_err(Error::io("read", path))?;
        if !begins_like_safetensors(&bytes) {
            return not_a_model("not a safetensors file");
        }
    }
    Ok(bytes)
}

/// Where the digest's digits stand: they follow the first `xxh3-64:` of the file.
fn digest_at(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(DIGEST.len()).position(|window| window == DIGEST.as_bytes())?;
    let start = at + DIGEST.len();
    (bytes.len() >= start + DIGEST_DIGITS).then_some(start)
}

/// A file whose digest is right, and which is of ours and not newer than we are.
struct Opened<'a> {
    name: &'a str,
    tensors: SafeTensors<'a>,
    config: String,
    version: Version,
}

impl<'a> Opened<'a> {
    fn of(name: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let damaged = |why: String| Error::from(ErrorKind::DamagedModel { path: name.into(), why });
        let not_a_model =
            |why: &str| Error::from(ErrorKind::NotAModel { path: name.into(), why: why.into() });
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
            let begins_like_one = bytes.get(8) == Some(&b'{');
            match digest_at(&bytes[..bytes.len().min(1 << 16)]).filter(|_| begins_like_one) {
                Some(_) => damaged(format!("its header and its length do not match: {error}")),
                None => not_a_model("not a safetensors file"),
            }
        })?;
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|_| not_a_model("its header cannot be read"))?;
        let config = metadata.metadata().as_ref().and_then(|entries| entries.get("config"));
        let config = config.ok_or_else(|| not_a_model("a safetensors file without a config"))?;
        // Version first: a later format may have fields that this version does not know.
        let version: Version =
            serde_json::from_str(config).map_err(|_| not_a_model("its config names no format"))?;
        if ![KIND, SET_KIND].contains(&version.format.as_str()) {
            return Err(not_a_model("its config is of another program"));
        }
        if version.format_version > FORMAT_VERSION {
            let (found, newest) = (version.format_version, FORMAT_VERSION);
            return Err(Error::from(ErrorKind::NewerFormat { path: name.into(), found, newest }));
        }
        if version.format_version == 0 {
            return Err(not_a_model("its format is 0, which never was"));
        }
        let at = digest_at(bytes).ok_or_else(|| damaged("its digest is missing".into()))?;
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        hash.update(&bytes[..at]);
        hash.update("0".repeat(DIGEST_DIGITS).as_bytes());
        hash.update(&bytes[at + DIGEST_DIGITS..]);
        let found = format!("{DIGEST}{:016x}", hash.digest());
        if found != version.digest {
            return Err(damaged(format!("its digest is {found}, it should be {}", version.digest)));
        }
        Ok(Self { name, tensors, config: config.clone(), version })
    }

    fn damaged(&self, why: String) -> Error {
        Error::from(ErrorKind::DamagedModel { path: self.name.into(), why })
    }

    fn config<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.config)
            .map_err(|error| self.damaged(format!("its config does not parse: {error}")))
    }

    fn model(&self) -> Result<TargetModel> {
        assemble(self.config()?, &self.tensors).map_err(|damage| self.damaged(damage.to_string()))
    }
}
