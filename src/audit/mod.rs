//! What is wrong with labelled passages before they teach a model: nothing here edits anything.

mod doubts;
mod giveaways;
mod rules;

pub use doubts::{Doubt, doubts};
pub use giveaways::{GIVEAWAY, Giveaway, giveaways};
pub use rules::{Breach, breaches};
