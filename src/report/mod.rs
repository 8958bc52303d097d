//! For people: the summary of a page, the card of a model, a corpus as a web page.

mod card;
mod front_matter;
#[cfg(feature = "report")]
mod html;
mod markdown;
mod summary;

pub use card::{card, metrics};
#[cfg(feature = "report")]
pub use html::{CorpusPage, CorpusReport, ModelReport};
pub use markdown::markdown;
pub use summary::{Speaker, SpeakerStance, Summary};
