//! What must be mended.

use std::fmt;

use super::Feature;
use crate::error::Place;

/// A fault of a labelled corpus that must be mended before a model is trained on it. Shown as a
/// sentence with its place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// A passage without text.
    EmptyPassage {
        /// The passage.
        row: usize,
        /// Its place.
        place: Place,
    },
    /// A gap or a repeat in `seq`.
    UnexpectedSeq {
        /// The first passage of the page where it occurs.
        row: usize,
        /// Its place.
        place: Place,
        /// Its `seq`.
        found: String,
        /// The `seq` that would be right.
        expected: usize,
    },
    /// Labels that are probably not meant: slips, spellings of one label, marks of missing values.
    DoubtfulLabels {
        /// The file.
        file: String,
        /// The labels, in words.
        labels: String,
    },
    /// A passage that is nearly the same on two pages or more.
    NearDuplicate {
        /// Two passages or more, in order.
        rows: Vec<usize>,
        /// Their places.
        places: Vec<Place>,
        /// Share of word trigrams that two of them have in common; the least, if there are more than two.
        similarity: f64,
        /// The tasks in which their labels differ.
        tasks: Vec<String>,
    },
    /// A feature that nearly decides a label alone.
    Shortcut {
        /// The file.
        file: String,
        /// The task.
        task: String,
        /// The feature.
        feature: Feature,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyPassage { place, .. } => write!(f, "{place}: the passage is empty"),
            Self::UnexpectedSeq { place, found, expected, .. } => {
                write!(f, "{place}: seq is {found} where {expected} is expected")
            }
            Self::DoubtfulLabels { file, labels } => write!(f, "{file}: {labels}"),
            Self::NearDuplicate { places, similarity, tasks, .. } => {
                match places.as_slice() {
                    [first, second] => write!(
                        f,
                        "{first} and {second}: nearly the same passage on two pages \
                         (similarity {similarity:.2})"
                    ),
                    [first, second, others @ ..] => {
                        let or_more = if *similarity < 1.0 { " or more" } else { "" };
                        write!(
                            f,
                            "{first}, {second} and {} more: nearly the same passage \
                             (similarity {similarity:.2}{or_more})",
                            others.len()
                        )
                    }
                    _ => Ok(()),
                }?;
                match tasks.is_empty() {
                    true => Ok(()),
                    false => write!(f, ", with another {}", tasks.join(", ")),
                }
            }
            Self::Shortcut { file, task, feature: Feature { label, feature, n, phi } } => write!(
                f,
                "{file}: {feature} ({n} passages) nearly gives {task} {label} away, \
                 correlation {phi:.2}"
            ),
        }
    }
}
