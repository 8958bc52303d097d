//! Mistakes that are worth reading.

use crate::error::Place;

/// A case that was wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct WrongCase {
    /// Where it stands.
    pub place: Place,
    /// The task.
    pub task: String,
    /// Its gold label.
    pub gold: String,
    /// What was predicted.
    pub predicted: String,
    /// The probability of the predicted label.
    pub probability: f64,
    /// Its text.
    pub text: String,
}
