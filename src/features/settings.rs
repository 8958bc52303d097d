//! Which features a passage is turned into.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The term frequency: how the count of a term in a passage becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TermFrequency {
    /// 1 + ln(count). The default.
    #[default]
    Sublinear,
    /// The count.
    Raw,
    /// 1, however often.
    Binary,
}

named!(TermFrequency, "tf": Sublinear = "sublinear", Raw = "raw", Binary = "binary");

/// Fewer passages than this keep every n-gram.
const FEW_PASSAGES: usize = 2000;

/// The settings of the vectoriser. [`Settings::check`] says whether they can be used.
///
/// ```
/// use standpoint::features::FeatureSettings;
/// let settings = FeatureSettings { char_ngrams: (0, 0), ..Default::default() };
/// assert!(settings.check().is_ok());
/// assert!(FeatureSettings { word_ngrams: (2, 1), ..settings }.check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Shortest and longest word n-gram, or (0, 0) for none. Default (1, 3); longest at most 5.
    pub word_ngrams: (usize, usize),
    /// Shortest and longest character n-gram, or (0, 0) for none. Default (2, 5); longest at most
    /// 8.
    pub char_ngrams: (usize, usize),
    /// Character n-grams run on across the spaces between words. Default false: within words,
    /// padded with a space on either side.
    pub chars_across: bool,
    /// Document-frequency floor: an n-gram that stands in fewer training passages is dropped. At
    /// least 1. Default by the number of passages: 1 below 2,000, where rare n-grams are worth
    /// more than the room they take, else 2. A fitted vectoriser has the number.
    pub min_df: Option<usize>,
    /// Only so many terms are kept, those whose presence tells most of some task's labels by
    /// chi-squared. Default all; at least 1.
    pub max_terms: Option<usize>,
    /// Terms are known by this many bits of their hash and have no names (Weinberger et al. 2009):
    /// memory is bounded however many there are, and terms that share a hash share a weight.
    /// Default none: every term has its own weight and its name. 10 to 28.
    pub hash_bits: Option<u32>,
    /// Term frequency. Default sublinear.
    pub tf: TermFrequency,
    /// Shape tokens for what words lose: capitals, emoji, how the passage begins and ends.
    /// Default true.
    pub shape: bool,
    /// Every digit counts as `0`. Default true.
    pub fold_digits: bool,
    /// Words after a negation, up to the next mark of punctuation, are other words (Pang, Lee and
    /// Vaithyanathan 2002). Default false.
    pub negation: bool,
    /// Counts of the word lists: hedges, modals, praise, blame, first and second person, reporting
    /// verbs. Default false.
    pub lexicon: bool,
    /// Names of people, places and bodies are all one word: capitalised words inside a sentence.
    /// Default false.
    pub mask_names: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            word_ngrams: (1, 3),
            char_ngrams: (2, 5),
            chars_across: false,
            min_df: None,
            max_terms: None,
            hash_bits: None,
            tf: TermFrequency::Sublinear,
            shape: true,
            fold_digits: true,
            negation: false,
            lexicon: false,
            mask_names: false,
        }
    }
}

impl Settings {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) names the first one out of range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, found, expected| Err(Error::setting(name, found, expected));
        let range = |name, (low, high): (usize, usize), most, expected| {
            if (low, high) == (0, 0) || low >= 1 && low <= high && high <= most {
                Ok(())
            } else {
                refuse(name, format!("{low}-{high}"), expected)
            }
        };
        let expected = "a range within 1-5, as 1-2, or 0-0 for none";
        range("word_ngrams", self.word_ngrams, 5, expected)?;
        let expected = "a range within 1-8, as 2-5, or 0-0 for none";
        range("char_ngrams", self.char_ngrams, 8, expected)?;
        if self.word_ngrams.1 == 0 && self.char_ngrams.1 == 0 {
            let found = "neither word nor character n-grams".into();
            return refuse("features", found, "one of the two");
        }
        if self.min_df == Some(0) {
            return refuse("min_df", "0".into(), "at least 1");
        }
        if self.max_terms == Some(0) {
            return refuse("max_terms", "0".into(), "at least 1");
        }
        if let Some(bits) = self.hash_bits.filter(|bits| !(10..=28).contains(bits)) {
            return refuse("hash_bits", bits.to_string(), "10 to 28");
        }
        Ok(())
    }

    /// These settings with every number that follows from the number of passages.
    pub(crate) fn resolved(&self, n_passages: usize) -> Self {
        let by_size = if n_passages < FEW_PASSAGES { 1 } else { 2 };
        Self { min_df: Some(self.min_df.unwrap_or(by_size)), ..self.clone() }
    }
}

/// In words, as cards and summaries have it.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let (low, high @ 1..) = self.word_ngrams {
            parts.push(format!("word {low}-{high}-grams"));
        }
        if let (low, high @ 1..) = self.char_ngrams {
            let reach = if self.chars_across { "across" } else { "within" };
            parts.push(format!("character {low}-{high}-grams {reach} words"));
        }
        let extras = [
            (self.shape, "shape tokens"),
            (self.negation, "negation marked"),
            (self.lexicon, "word lists"),
            (self.mask_names, "names masked"),
        ];
        parts.extend(extras.iter().filter(|extra| extra.0).map(|extra| extra.1.to_owned()));
        if let Some(floor @ 2..) = self.min_df {
            parts.push(format!("in {floor} passages or more"));
        }
        if let Some(most) = self.max_terms {
            parts.push(format!("the {most} that tell most by chi-squared"));
        }
        if let Some(bits) = self.hash_bits {
            parts.push(format!("hashed to {bits} bits"));
        }
        let tf = match self.tf {
            TermFrequency::Sublinear => "sublinear",
            TermFrequency::Raw => "raw",
            TermFrequency::Binary => "binary",
        };
        write!(f, "{}; {tf} tf, smooth idf, L2", parts.join(", "))
    }
}
