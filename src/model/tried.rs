//! How a recipe of features was found, as a model remembers it.

use serde::{Deserialize, Serialize};

/// A recipe that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// What it changes in the recipe chosen so far, in words.
    pub recipe: String,
    /// Mean loss of the passages held out as a share of what knowing the labels' shares alone
    /// would lose, averaged over the tasks: 0 is best, 1 has learnt nothing.
    pub loss: f64,
    /// What it loses more than the best of its round.
    pub above_best: f64,
    /// The standard error of that difference, from the pages' own differences.
    pub standard_error: f64,
    /// Whether it was chosen in its round.
    pub chosen: bool,
}
