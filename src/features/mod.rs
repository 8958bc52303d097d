//! From a passage to its vector: tokens, n-grams, tf-idf.

mod counts;
mod fold;
mod lexicon;
mod memory;
mod ngram;
mod project;
mod repeated;
mod select;
mod settings;
mod terms;
mod tfidf;
mod token;
mod vocabulary;

pub(crate) use counts::{Counts, Weights};
#[doc(hidden)]
pub use fold::folded_both_ways;
pub(crate) use fold::visible;
pub(crate) use lexicon::REPORTING_VERBS;
pub use ngram::Block;
pub(crate) use project::Projector;
pub(crate) use settings::Settings;
pub use settings::{Settings as FeatureSettings, TermFrequency};
pub use tfidf::Vectoriser;
pub use token::{Token, TokenKind, tokens};
