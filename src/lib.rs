mod error;
mod features;
mod logistic;
mod matrix;
pub use error::{Error, ErrorClass, Place, Result};
pub use features::{Block, Settings as FeatureSettings, Token, TokenKind, Vectoriser, tokens};
pub use logistic::*;
pub use matrix::SparseRows;
