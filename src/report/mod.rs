//! For people: the summary of a page, the card of a model.

mod card;
mod summary;

pub use card::{card, estimate, figures, markdown, value_with_interval};
pub use summary::{Labels, Speaker, SpeakerStance, Summary};
