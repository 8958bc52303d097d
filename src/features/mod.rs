//! From a passage to its vector: tokens, n-grams, tf-idf.

mod fold;
mod ngram;
mod settings;
mod tfidf;
mod token;
mod vocabulary;

pub use ngram::Block;
pub use settings::Settings;
pub use tfidf::Vectoriser;
pub(crate) use tfidf::{Counts, Weights};
pub use token::{Token, TokenKind, tokens};
