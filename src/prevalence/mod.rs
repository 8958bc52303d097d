//! Prevalence: the share of each label in a corpus, corrected for the classifier's errors.

mod adjusted;
mod design;
mod page_mean;
mod shares;
#[cfg(test)]
mod simulation;

pub use adjusted::KnownErrors;
pub use design::Drawn;
pub use page_mean::PageMean;
pub use shares::{Sample, Share, Shares};
