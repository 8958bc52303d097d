//! Blocks of numbers that a model learns from beside the text.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{error::Result, matrix::DenseRows};

/// Where a block of dense columns comes from: numbers that each row of a table carries beside its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DenseSource {
    /// Columns of one number each, as `upvotes`; empty where it is missing.
    Numbers(Vec<String>),
    /// One column of lists of numbers, or else the columns `NAME_0`, `NAME_1` and so on.
    Vectors(String),
    /// The vectors that an encoder makes of the texts; the digest is its [`TextEncoder::sha256`].
    Encoder(String),
}

impl fmt::Display for DenseSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(columns) => f.write_str(&columns.join(", ")),
            Self::Vectors(column) => f.write_str(column),
            Self::Encoder(_) => f.write_str("encoder"),
        }
    }
}

/// Turns texts into vectors, always the same text into the same vector.
pub trait TextEncoder: fmt::Debug + Send + Sync {
    /// SHA-256 of everything that decides a vector, in hexadecimal: a model remembers it.
    fn sha256(&self) -> &str;

    /// Numbers in each vector.
    fn dimension(&self) -> usize;

    /// The vectors of these texts, row by row.
    ///
    /// # Errors
    /// If a text cannot be encoded.
    fn encode(&self, texts: &[&str]) -> Result<Vec<f32>>;
}

/// A block of dense columns, one row for each passage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dense {
    pub source: DenseSource,
    pub rows: DenseRows,
}

impl Dense {
    /// Some of the rows, in this order.
    pub fn subset(&self, rows: &[usize]) -> Self {
        Self { source: self.source.clone(), rows: self.rows.subset(rows) }
    }
}
