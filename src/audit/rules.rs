//! Breaches of the table's own rules.

use crate::corpus::{Gold, Passages};

/// A breach: the passage where it is, if it is at one, and what is wrong, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The passage.
    pub row: Option<usize>,
    /// What is wrong.
    pub what: String,
}

/// Empty passages, gaps and repeats in `seq` (by passage; empty if the table has none), labels that
/// are probably slips.
///
/// ```
/// use standpoint::{Passages, audit::breaches};
/// let passages = Passages::new(vec!["One", " ", "Three"], vec![vec![0, 1, 2]]);
/// let found = breaches(&passages, &["1", "2", "4"], &[]);
/// let found: Vec<_> = found.iter().map(|breach| (breach.row, breach.what.as_str())).collect();
/// assert_eq!(found, [(Some(1), "the passage is empty"), (Some(2), "seq is 4 where 3 is expected")]);
/// ```
pub fn breaches(passages: &Passages<'_>, seqs: &[&str], gold: &[Gold]) -> Vec<Breach> {
    let mut found = Vec::new();
    for (row, text) in passages.texts().iter().enumerate() {
        if text.trim().is_empty() {
            found.push(Breach { row: Some(row), what: "the passage is empty".into() });
        }
    }
    for page in passages.pages() {
        for (expected, &row) in (1usize..).zip(page) {
            if let Some(&seq) = seqs.get(row)
                && seq.trim().parse() != Ok(expected)
            {
                let what = format!("seq is {seq} where {expected} is expected");
                found.push(Breach { row: Some(row), what });
                break;
            }
        }
    }
    for gold in gold {
        found.extend(gold.doubtful_labels().into_iter().map(|what| Breach { row: None, what }));
    }
    found
}
