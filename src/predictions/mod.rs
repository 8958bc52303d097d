//! Predictions: [`Answers`] to one task for some rows, whoever gave them, and [`Scored`], answers
//! beside gold labels.

mod answers;
mod scored;

pub use answers::{Abstention, Answer, Answers};
pub(crate) use answers::{position, positions};
pub use scored::Scored;
