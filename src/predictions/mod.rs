//! Predictions: [`Answers`] to one task for some rows, whoever gave them, and [`Scored`], answers
//! beside gold labels.

mod answers;
mod scored;

pub(crate) use answers::position;
pub use answers::{Abstention, Answer, Answers};
pub use scored::Scored;
pub(crate) use scored::check_labels;
