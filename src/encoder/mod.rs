//! Sentence encoders: vectors of texts by a neural network of the user's own, offline.
//!
//! A directory as Sentence-Transformers writes it has all that is needed: the network (BERT, RoBERTa, XLM-RoBERTa,
//! CamemBERT, DistilBERT or MPNet, its weights as safetensors), the tokenizer, how the vectors of tokens are
//! pooled, and whether the vector is made one unit long. Behind the feature `encoder`.
//!
//! A text has the same vector alone and among any others, with any number of threads: texts are not padded. On
//! processors with other vector units the last bits may differ, as the products of matrices are added up in
//! another order.

mod arithmetic;
mod directory;
mod network;
mod pooling;
mod weights;

use std::{
    collections::HashMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

use crate::{
    corpus::TextEncoder,
    error::{Error, Result},
};
use directory::{Directory, wrong};
use network::Network;
use pooling::Pooling;
use weights::Weights;

/// Tokens that go through the network together.
const BATCH: usize = 512;

/// A sentence encoder, opened once and used by any number of threads.
///
/// ```no_run
/// use standpoint::encoder::Encoder;
/// let encoder = Encoder::open("all-MiniLM-L6-v2")?;
/// let embedded = encoder.embed(&["They feel abandoned.", "Officers hand in their permits"])?;
/// assert_eq!(embedded.vectors.dim(), (2, encoder.dimension()));
/// assert_eq!(embedded.cut, 0);
/// # Ok::<(), standpoint::Error>(())
/// ```
pub struct Encoder {
    path: PathBuf,
    tokenizer: Tokenizer,
    network: Network,
    dimension: usize,
    most_tokens: usize,
    lower_case: bool,
    pooling: Pooling,
    normalise: bool,
    sha256: String,
}

/// The vectors of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// A row for each text, in their order, of [`Encoder::dimension`] numbers. All are finite.
    pub vectors: Array2<f32>,
    /// How many of the texts have more tokens than [`Encoder::max_tokens`]: their ends were left out.
    pub cut: usize,
}

impl Encoder {
    /// Opens the directory of an encoder, as `SentenceTransformer.save_pretrained` writes it: `modules.json`,
    /// `config.json`, `tokenizer.json`, `model.safetensors`, `sentence_bert_config.json` and the pooling's own
    /// `config.json`. Nothing else is read, nothing is fetched.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) names the file that is missing, damaged, at odds with another
    /// or not supported: another family, a dense layer, weights in `pytorch_model.bin` alone.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        let path = directory.as_ref().to_owned();
        let directory = Directory::open(&path)?;
        let settings = &directory.settings;
        let (tokenizer_path, tokenizer_bytes) = directory.tokenizer()?;
        let tokenizer = tokenizer(&tokenizer_path, &tokenizer_bytes, settings.most_tokens)?;
        let words =
            tokenizer.get_vocab(true).into_values().max().map_or(0, |last| last as usize + 1);
        if words > settings.vocabulary {
            let rows = settings.vocabulary;
            let problem = format!("tokenizer.json has {words} tokens, config.json only {rows}");
            return Err(directory.wrong(problem));
        }
        let (weights_path, bytes) = directory.weights()?;
        let network = Network::new(settings, &Weights::of(weights_path, &bytes)?)?;
        let mut digest = Sha256::new();
        // Lengths before contents: no two directories give the same bytes.
        for part in [settings.line().as_bytes(), &tokenizer_bytes, &bytes] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Ok(Self {
            path,
            tokenizer,
            network,
            dimension: settings.hidden,
            most_tokens: settings.most_tokens,
            lower_case: settings.lower_case,
            pooling: settings.pooling,
            normalise: settings.normalise,
            sha256: crate::input::hexadecimal(&digest.finalize()),
        })
    }

    /// How many numbers a vector has.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many tokens of a text are read, with those that the tokenizer puts before and behind it.
    pub fn max_tokens(&self) -> usize {
        self.most_tokens
    }

    /// SHA-256 in lower-case hexadecimal of all that decides vectors: the settings that are used, the tokenizer and
    /// the weights. Where the directory lies, what else is in it, and which program saved it do not count.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The directory, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The vectors of texts. A text without any token has a vector of zeros.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if the tokenizer refuses a text, or the weights give something
    /// that is no finite number.
    pub fn embed<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Embedded> {
        // Furniture of pages comes again and again: each text is encoded once.
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut different: Vec<&str> = Vec::new();
        let of_row = texts.iter().map(|text| {
            *numbers.entry(text.as_ref()).or_insert_with(|| {
                different.push(text.as_ref());
                different.len() - 1
            })
        });
        let of_row: Vec<usize> = of_row.collect();
        let tokens = different.par_iter().map(|text| self.tokens(text));
        let tokens = tokens.collect::<Result<Vec<_>>>()?;
        let cut = of_row.iter().filter(|&&at| tokens[at].1).count();
        let mut batches: Vec<Vec<&[u32]>> = Vec::new();
        let mut size = 0;
        for (text, _) in &tokens {
            if batches.is_empty() || size + text.len() > BATCH {
                batches.push(Vec::new());
                size = 0;
            }
            size += text.len();
            batches.last_mut().expect("one was begun").push(text);
        }
        let vectors = batches.par_iter().map(|batch| self.vectors(batch));
        let vectors = vectors.collect::<Result<Vec<_>>>()?.concat();
        if vectors.iter().any(|x| !x.is_finite()) {
            let help = "use weights that are whole";
            return Err(wrong(&self.path, "the encoder gives vectors that are no numbers", help));
        }
        let vectors = Array2::from_shape_vec((different.len(), self.dimension), vectors);
        let vectors = vectors.expect("a row for each text").select(Axis(0), &of_row);
        Ok(Embedded { vectors, cut })
    }

    /// A text's tokens, and whether there were more of them.
    fn tokens(&self, text: &str) -> Result<(Vec<u32>, bool)> {
        let lower = self.lower_case.then(|| text.to_lowercase());
        let text = lower.as_deref().unwrap_or(text);
        let encoding = unless_it_panics(|| self.tokenizer.encode_fast(text, true));
        let encoding = encoding.map_err(|error| self.failed(&error))?;
        Ok((encoding.get_ids().to_vec(), !encoding.get_overflowing().is_empty()))
    }

    /// The vectors of a batch, one after the other.
    fn vectors(&self, texts: &[&[u32]]) -> Result<Vec<f32>> {
        let mut vectors = vec![0.0; texts.len() * self.dimension];
        let there: Vec<&[u32]> = texts.iter().copied().filter(|text| !text.is_empty()).collect();
        if there.is_empty() {
            return Ok(vectors);
        }
        let tokens = self.network.tokens(&there);
        let tokens = tokens.map_err(|error| self.failed(&error.to_string()))?;
        let mut rest = &tokens[..];
        for (vector, text) in vectors.chunks_exact_mut(self.dimension).zip(texts) {
            let (own, behind) = rest.split_at(text.len() * self.dimension);
            rest = behind;
            self.pooling.pool(own, vector);
            if self.normalise {
                let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
                vector.iter_mut().for_each(|x| *x /= length);
            }
        }
        Ok(vectors)
    }

    fn failed(&self, why: &str) -> Error {
        let help = "choose another encoder";
        wrong(&self.path, format!("the encoder cannot read a text ({why})"), help)
    }
}

impl TextEncoder for Encoder {
    fn sha256(&self) -> &str {
        self.sha256()
    }

    fn dimension(&self) -> usize {
        self.dimension()
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<f32>> {
        Ok(self.embed(texts)?.vectors.into_raw_vec_and_offset().0)
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, sha256, .. } = self;
        f.debug_struct("Encoder")
            .field("path", path)
            .field("sha256", sha256)
            .finish_non_exhaustive()
    }
}

/// The tokenizer, which cuts texts after so many tokens and never pads them.
fn tokenizer(path: &Path, bytes: &[u8], most: usize) -> Result<Tokenizer> {
    let help = "save the model again with Sentence-Transformers";
    let damaged = |why: String| wrong(path, format!("the tokenizer cannot be read ({why})"), help);
    let mut tokenizer = unless_it_panics(|| Tokenizer::from_bytes(bytes)).map_err(damaged)?;
    let added = tokenizer.get_post_processor().map_or(0, |of| of.added_tokens(false));
    if most <= added {
        return Err(wrong(path, format!("{most} tokens leave none for a text"), help));
    }
    let truncation = TruncationParams { max_length: most, ..TruncationParams::default() };
    tokenizer.with_padding(None);
    tokenizer.with_truncation(Some(truncation)).map_err(|error| damaged(error.to_string()))?;
    Ok(tokenizer)
}

/// What the tokenizer's library says: it is not proof against everything that a file can say.
fn unless_it_panics<T>(
    work: impl FnOnce() -> tokenizers::Result<T>,
) -> std::result::Result<T, String> {
    let done = catch_unwind(AssertUnwindSafe(work));
    let done = done.unwrap_or_else(|_| Err("tokenizer.json is at odds with itself".into()));
    done.map_err(|error| error.to_string())
}
