//! Prevalence: the share of each label in a corpus, corrected for the classifier's errors.

mod adjusted;
mod allocation;
mod design;
#[cfg(test)]
mod designs;
mod inclusion;
mod needed;
mod page_mean;
mod shares;
#[cfg(test)]
mod simulation;
mod variance;

pub use adjusted::KnownErrors;
pub use allocation::Allocation;
pub(crate) use allocation::draw;
pub use design::Drawn;
pub use inclusion::Inclusion;
pub(crate) use needed::Population;
pub use page_mean::PageMean;
pub use shares::{Sample, Share, Shares};
