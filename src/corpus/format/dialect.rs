//! How the fields of CSV are written.

/// What quotation marks mean in CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Quote {
    /// A field that begins with `"` goes on to the next one that is not doubled. If it has several lines
    /// that look like rows, a mark was forgotten or is only text, and the row is an error.
    #[default]
    Checked,
    /// Quotation marks are only text: every line is a row.
    None,
    /// As [`Checked`](Self::Checked) with this mark, whatever the lines in a field look like.
    Mark(u8),
}

impl Quote {
    /// The mark, if there is one.
    pub(in crate::corpus) fn mark(self) -> Option<u8> {
        match self {
            Self::Checked => Some(b'"'),
            Self::None => None,
            Self::Mark(mark) => Some(mark),
        }
    }
}

/// How fields are written in CSV.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::corpus) struct Dialect {
    pub delimiter: u8,
    pub quote: Quote,
    pub escape: Option<u8>,
    /// Fields of a row; 0 as long as the header is not read.
    pub n_fields: usize,
}
