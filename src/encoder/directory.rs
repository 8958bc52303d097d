//! The directory of an encoder, as Sentence-Transformers writes it: what its small files say.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{arithmetic::Activation, pooling::Pooling};
use crate::error::{Error, Place, Result};

/// Small files are not larger than this; a tokenizer of many languages has some 20 MB.
const MOST_BYTES: u64 = 1 << 28;

const SAVE_AGAIN: &str = "save the model again with Sentence-Transformers";

/// Which tensors there are, and how they work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Bert,
    /// And XLM-RoBERTa, CamemBERT: positions are counted from behind the padding's number.
    Roberta,
    DistilBert,
    /// With a bias of attention by distance.
    Mpnet,
}

/// All that decides vectors, but for the tokenizer and the weights.
pub(super) struct Settings {
    pub family: Family,
    pub hidden: usize,
    pub inner: usize,
    pub layers: usize,
    pub heads: usize,
    pub vocabulary: usize,
    pub positions: usize,
    /// The position of a text's first token.
    pub first_position: usize,
    /// The token whose position is not counted.
    pub padding: Option<u32>,
    /// Kinds of tokens; texts are of the first.
    pub kinds: usize,
    /// Buckets of distances.
    pub buckets: usize,
    pub epsilon: f32,
    pub activation: Activation,
    pub most_tokens: usize,
    pub lower_case: bool,
    pub pooling: Pooling,
    pub normalise: bool,
}

impl Settings {
    /// All of them as one line, which is part of the digest: what stands here stays as it is for ever.
    pub fn line(&self) -> String {
        let family = match self.family {
            Family::Bert => "bert",
            Family::Roberta => "roberta",
            Family::DistilBert => "distilbert",
            Family::Mpnet => "mpnet",
        };
        let activation = match self.activation {
            Activation::Gelu => "gelu",
            Activation::GeluTanh => "gelu_tanh",
            Activation::Relu => "relu",
        };
        let pooling = match self.pooling {
            Pooling::Mean => "mean",
            Pooling::Cls => "cls",
            Pooling::Max => "max",
        };
        format!(
            "standpoint encoder 1: {family} {activation} {pooling}, heads {}, layers {}, epsilon {:e}, first position \
             {}, padding {:?}, tokens {}, lower case {}, normalised {}",
            self.heads,
            self.layers,
            self.epsilon,
            self.first_position,
            self.padding,
            self.most_tokens,
            self.lower_case,
            self.normalise
        )
    }
}

/// Where the files are, and what they say.
pub(super) struct Directory {
    /// Of the part that has the weights.
    transformer: PathBuf,
    pub settings: Settings,
}

impl Directory {
    pub fn open(root: &Path) -> Result<Self> {
        if !root.is_dir() {
            return Err(wrong(
                root,
                "this is no directory of a sentence encoder",
                "name the folder that Sentence-Transformers saved",
            ));
        }
        let parts = Parts::read(root)?;
        let prompts = Json::read_if_there(&root.join("config_sentence_transformers.json"))?;
        if prompts.as_ref().is_some_and(Json::has_default_prompt) {
            return Err(prompts.expect("it is there").wrong(
                "it puts a prompt before every text, which is not done here",
                "set default_prompt_name to null if texts shall be taken as they are",
            ));
        }
        let settings = parts.settings()?;
        Ok(Self { transformer: parts.transformer, settings })
    }

    /// The bytes of tokenizer.json, and what decides of it is said elsewhere: whether it lowers case.
    pub fn tokenizer(&self) -> Result<(PathBuf, Vec<u8>)> {
        let path = self.transformer.join("tokenizer.json");
        let bytes = read(&path, "save it with a fast tokenizer (AutoTokenizer.from_pretrained)")?;
        let config = Json::read_if_there(&self.transformer.join("tokenizer_config.json"))?;
        let lower = config.and_then(|config| config.value["do_lower_case"].as_bool());
        // As Transformers has it: the tokenizer's configuration decides.
        let Some(lower) = lower else { return Ok((path, bytes)) };
        let Ok(mut tokenizer) = serde_json::from_slice::<Value>(&bytes) else {
            return Ok((path, bytes));
        };
        let normaliser = &mut tokenizer["normalizer"];
        if normaliser["type"] != "BertNormalizer" || normaliser["lowercase"] == lower {
            return Ok((path, bytes));
        }
        normaliser["lowercase"] = lower.into();
        Ok((path, tokenizer.to_string().into_bytes()))
    }

    /// The bytes of model.safetensors.
    pub fn weights(&self) -> Result<(PathBuf, Vec<u8>)> {
        let path = self.transformer.join("model.safetensors");
        if path.is_file() {
            return fs::read(&path).map_err(Error::io("read", &path)).map(|bytes| (path, bytes));
        }
        let there = |name: &str| self.transformer.join(name).exists();
        let (problem, help) = if there("pytorch_model.bin") {
            (
                "the weights are in pytorch_model.bin alone, which can run code and is not read",
                "save them as safetensors: SentenceTransformer(folder).save_pretrained(new_folder)",
            )
        } else if there("model.safetensors.index.json") {
            (
                "the weights are in several files",
                "save them in one: SentenceTransformer(folder).save_pretrained(new_folder, max_shard_size=\"20GB\")",
            )
        } else {
            ("there is no model.safetensors", SAVE_AGAIN)
        };
        Err(wrong(&self.transformer, problem, help))
    }

    pub fn wrong(&self, problem: impl Into<String>) -> Error {
        wrong(&self.transformer, problem, SAVE_AGAIN)
    }
}

/// The parts of modules.json.
struct Parts {
    transformer: PathBuf,
    pooling: PathBuf,
    normalise: bool,
}

impl Parts {
    fn read(root: &Path) -> Result<Self> {
        let json = Json::read(
            &root.join("modules.json"),
            "save the model with Sentence-Transformers: SentenceTransformer(folder).save_pretrained(new_folder)",
        )?;
        let modules = json.value.as_array().map_or(&[][..], Vec::as_slice);
        let mut kinds = Vec::new();
        let mut folders = Vec::new();
        for module in modules {
            let kind = module["type"].as_str().unwrap_or_default();
            kinds.push(kind.rsplit('.').next().unwrap_or_default());
            let folder = module["path"].as_str().unwrap_or_default();
            if Path::new(folder)
                .components()
                .any(|part| !matches!(part, std::path::Component::Normal(_)))
            {
                let problem = format!("the folder {folder:?} is not below the model's own");
                return Err(json.wrong(problem, SAVE_AGAIN));
            }
            folders.push(root.join(folder));
        }
        match kinds[..] {
            ["Transformer", "Pooling"] | ["Transformer", "Pooling", "Normalize"] => {}
            _ if kinds.contains(&"Dense") => {
                return Err(json.wrong(
                    "the encoder has a dense layer behind its pooling, which is not computed here",
                    "choose one of Transformer, Pooling and Normalize alone",
                ));
            }
            _ => {
                let found = if kinds.is_empty() { "none".into() } else { kinds.join(", ") };
                return Err(json.wrong(
                    format!("the encoder's modules are {found}"),
                    "choose one of Transformer, Pooling and, if need be, Normalize",
                ));
            }
        }
        let normalise = kinds.len() == 3;
        let mut folders = folders.into_iter();
        let mut next = || folders.next().expect("there are two or three");
        Ok(Self { transformer: next(), pooling: next(), normalise })
    }

    fn settings(&self) -> Result<Settings> {
        let config = Json::read(&self.transformer.join("config.json"), SAVE_AGAIN)?;
        let family = family(&config)?;
        let distil = family == Family::DistilBert;
        // DistilBERT has names of its own.
        let named = |usual, distilled| config.number(if distil { distilled } else { usual });
        let (hidden, heads) =
            (named("hidden_size", "dim")?, named("num_attention_heads", "n_heads")?);
        if hidden % heads != 0 {
            let problem = format!("{hidden} dimensions are no multiple of {heads} heads");
            return Err(config.wrong(problem, SAVE_AGAIN));
        }
        let positions = config.number("max_position_embeddings")?;
        let padding = match family {
            Family::Bert | Family::DistilBert => None,
            Family::Roberta => Some(config.value["pad_token_id"].as_u64().unwrap_or(1)),
            // Transformers has it fixed.
            Family::Mpnet => Some(1),
        };
        let first_position = padding.map_or(0, |padding| padding as usize + 1);
        if first_position >= positions {
            let problem = format!("{positions} positions leave none for a text");
            return Err(config.wrong(problem, SAVE_AGAIN));
        }
        let length = self.length()?;
        let epsilon = match distil {
            true => 1e-12,
            false => config.value["layer_norm_eps"].as_f64().unwrap_or(1e-12) as f32,
        };
        if !(0.0..1.0).contains(&epsilon) {
            return Err(config.wrong(format!("layer_norm_eps is {epsilon}"), SAVE_AGAIN));
        }
        Ok(Settings {
            family,
            hidden,
            inner: named("intermediate_size", "hidden_dim")?,
            layers: named("num_hidden_layers", "n_layers")?,
            heads,
            vocabulary: config.number("vocab_size")?,
            positions,
            first_position,
            padding: padding.map(|padding| padding as u32),
            kinds: match family {
                Family::Bert | Family::Roberta => config.number("type_vocab_size")?,
                Family::DistilBert | Family::Mpnet => 0,
            },
            buckets: match family {
                Family::Mpnet => config.number("relative_attention_num_buckets")?,
                _ => 0,
            },
            epsilon,
            activation: activation(&config, if distil { "activation" } else { "hidden_act" })?,
            most_tokens: (positions - first_position).min(length.most_tokens),
            lower_case: length.lower_case,
            pooling: self.pooling(hidden)?,
            normalise: self.normalise,
        })
    }

    /// How long texts may be, and whether they are put into lower case before the tokenizer.
    fn length(&self) -> Result<Length> {
        let names = ["bert", "roberta", "distilbert", "camembert", "xlm-roberta"];
        let mut length = Length { most_tokens: usize::MAX, lower_case: false };
        for name in names {
            let path = self.transformer.join(format!("sentence_{name}_config.json"));
            if let Some(json) = Json::read_if_there(&path)? {
                length.lower_case = json.value["do_lower_case"].as_bool().unwrap_or(false);
                if !json.value["max_seq_length"].is_null() {
                    length.most_tokens = json.number("max_seq_length")?;
                    return Ok(length);
                }
            }
        }
        let config = Json::read_if_there(&self.transformer.join("tokenizer_config.json"))?;
        // Where there is no limit a huge number stands for it.
        let most = config.and_then(|config| config.value["model_max_length"].as_u64());
        length.most_tokens = most.map_or(usize::MAX, |most| most as usize);
        Ok(length)
    }

    fn pooling(&self, hidden: usize) -> Result<Pooling> {
        let config = Json::read(&self.pooling.join("config.json"), SAVE_AGAIN)?;
        let value = &config.value;
        let old = value.as_object().into_iter().flatten().filter_map(|(key, on)| {
            key.strip_prefix("pooling_mode_").filter(|_| on == &Value::Bool(true))
        });
        let modes: Vec<&str> = match &value["pooling_mode"] {
            Value::String(mode) => vec![mode],
            Value::Array(modes) => modes.iter().filter_map(Value::as_str).collect(),
            _ => old.collect(),
        };
        let pooling = match modes[..] {
            ["mean" | "mean_tokens"] => Pooling::Mean,
            ["cls" | "cls_token"] => Pooling::Cls,
            ["max" | "max_tokens"] => Pooling::Max,
            _ => {
                let found = if modes.is_empty() { "none".into() } else { modes.join(" and ") };
                return Err(config.wrong(
                    format!("the pooling is {found}"),
                    "choose an encoder with mean, cls or max pooling",
                ));
            }
        };
        let width = ["embedding_dimension", "word_embedding_dimension"];
        match width.iter().find_map(|name| value[name].as_u64()) {
            Some(width) if width != hidden as u64 => {
                let problem = format!("it pools {width} dimensions of {hidden}");
                Err(config.wrong(problem, SAVE_AGAIN))
            }
            _ => Ok(pooling),
        }
    }
}

struct Length {
    most_tokens: usize,
    lower_case: bool,
}

fn family(config: &Json) -> Result<Family> {
    let of = config.value["model_type"].as_str().unwrap_or_default();
    let family = match of {
        "bert" => Family::Bert,
        "roberta" | "xlm-roberta" | "camembert" => Family::Roberta,
        "distilbert" => Family::DistilBert,
        "mpnet" => Family::Mpnet,
        _ => {
            return Err(config.wrong(
                format!("the encoder is of the family {of:?}"),
                "choose one of bert, roberta, xlm-roberta, camembert, distilbert or mpnet",
            ));
        }
    };
    let position = config.value["position_embedding_type"].as_str().unwrap_or("absolute");
    if position != "absolute" || config.value["is_decoder"] == Value::Bool(true) {
        return Err(config.wrong(
            "it is an encoder with relative positions, or a decoder",
            "choose one with absolute positions",
        ));
    }
    Ok(family)
}

fn activation(config: &Json, name: &str) -> Result<Activation> {
    match config.value[name].as_str().unwrap_or("gelu") {
        "gelu" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        other => Err(config.wrong(
            format!("{name} is {other:?}"),
            "choose an encoder with gelu, gelu_new, gelu_pytorch_tanh or relu",
        )),
    }
}

/// A small file of JSON.
struct Json {
    path: PathBuf,
    value: Value,
}

impl Json {
    fn read(path: &Path, help: &str) -> Result<Self> {
        let bytes = read(path, help)?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Self { path: path.to_owned(), value }),
            Err(error) => Err(wrong(path, format!("this is no JSON ({error})"), SAVE_AGAIN)),
        }
    }

    fn read_if_there(path: &Path) -> Result<Option<Self>> {
        path.exists().then(|| Self::read(path, SAVE_AGAIN)).transpose()
    }

    /// A whole number above zero.
    fn number(&self, name: &str) -> Result<usize> {
        let number = self.value[name].as_u64().and_then(|number| usize::try_from(number).ok());
        number.filter(|number| *number > 0).ok_or_else(|| {
            let problem = match &self.value[name] {
                Value::Null => format!("{name} is missing"),
                other => format!("{name} is {other}, no whole number above zero"),
            };
            self.wrong(problem, SAVE_AGAIN)
        })
    }

    fn has_default_prompt(&self) -> bool {
        let name = self.value["default_prompt_name"].as_str();
        let prompt = name.map(|name| &self.value["prompts"][name]);
        prompt.is_some_and(|prompt| prompt.as_str().is_some_and(|prompt| !prompt.is_empty()))
    }

    fn wrong(&self, problem: impl Into<String>, help: &str) -> Error {
        wrong(&self.path, problem, help)
    }
}

fn read(path: &Path, help: &str) -> Result<Vec<u8>> {
    let Ok(data) = path.metadata() else {
        return Err(wrong(path, "the file is missing", help));
    };
    if !data.is_file() || data.len() > MOST_BYTES {
        return Err(wrong(path, "this is no file of at most 256 MiB", help));
    }
    fs::read(path).map_err(Error::io("read", path))
}

pub(super) fn wrong(path: &Path, problem: impl Into<String>, help: &str) -> Error {
    Error::input(Place::file(path.display().to_string()), problem, help)
}
