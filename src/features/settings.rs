//! Which features a passage is turned into.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The settings of the vectoriser. [`Settings::check`] says whether they can be used.
///
/// ```
/// use standpoint::FeatureSettings;
/// let settings = FeatureSettings { char_ngrams: (0, 0), ..Default::default() };
/// assert!(settings.check().is_ok());
/// assert!(FeatureSettings { word_ngrams: (2, 1), ..settings }.check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Shortest and longest word n-gram. Default (1, 2); longest at most 5.
    pub word_ngrams: (usize, usize),
    /// Shortest and longest character n-gram within words, or (0, 0) for none. Default (2, 5);
    /// longest at most 8.
    pub char_ngrams: (usize, usize),
    /// Document-frequency floor: an n-gram that stands in fewer training passages is dropped.
    /// Default 2; at least 1.
    pub min_df: usize,
    /// Term frequency as 1 + ln(count) instead of the count. Default true.
    pub sublinear_tf: bool,
    /// Shape tokens for what words lose: capitals, emoji, how the passage begins and ends.
    /// Default true.
    pub shape: bool,
    /// Every digit counts as `0`. Default true.
    pub fold_digits: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            word_ngrams: (1, 2),
            char_ngrams: (2, 5),
            min_df: 2,
            sublinear_tf: true,
            shape: true,
            fold_digits: true,
        }
    }
}

impl Settings {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`Error::Setting`] names the first one out of range.
    pub fn check(&self) -> Result<()> {
        let range = |name, (low, high): (usize, usize), most, expected| {
            let found = format!("{low}-{high}");
            if low >= 1 && low <= high && high <= most {
                Ok(())
            } else {
                Err(Error::Setting { name, found, expected })
            }
        };
        range("word_ngrams", self.word_ngrams, 5, "a range within 1-5, as 1-2")?;
        if self.char_ngrams != (0, 0) {
            range(
                "char_ngrams",
                self.char_ngrams,
                8,
                "a range within 1-8, as 2-5, or 0-0 for none",
            )?;
        }
        if self.min_df == 0 {
            return Err(Error::Setting {
                name: "min_df",
                found: "0".into(),
                expected: "at least 1",
            });
        }
        Ok(())
    }
}
