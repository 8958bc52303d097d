//! standpoint reads a scraped page (an article and the comments under it) and says of each passage
//! what kind of text it is (news, opinion, reader's comment, boilerplate), what stance it takes
//! toward a target, whose voice that is, and how it sounds.
//!
//! ```text
//! file ── Corpus ── Model::predict ── Predictions ── answers to each task, passage by passage
//!           │             │
//!           │             └── Model::explain ── the words that decided
//!           │
//!           └── Trainer ── fit ── Model
//!                   └── cross_validate, learning_curve, leakage, search ── how good is it?
//!
//! inside a Model:   text ── tokens, n-grams ── tf-idf ── a base classifier for each task ── the second
//!                   stage, which also sees the neighbours on the page ── probabilities
//! ```
//!
//! Train, predict, explain, measure:
//!
//! ```no_run
#![doc = include_str!("../examples/tour.rs")]
//! ```
//!
//! The model that comes with the library needs no training:
//!
//! ```
//! use standpoint::{Corpus, Model};
//! let page = Corpus::of_page([
//!     "Home | News | Sport",
//!     "Officers hand in their firearms permits",
//!     "“They feel abandoned,” a Police Federation spokesman said.",
//!     "Sign up for our newsletter",
//! ]);
//! let predictions = Model::built_in().predict(&page)?;
//! let kinds: Vec<_> = predictions.task("kind")?.iter().map(|answer| answer.label()).collect();
//! assert_eq!(kinds, ["boilerplate", "news", "news", "boilerplate"]);
//!
//! // Every score is a sum: of the words, the neighbours, the place on the page and a constant.
//! let explanations = Model::built_in().explain(&page, 2)?;
//! let stance = explanations.task("stance")?;
//! assert!((stance.sum() - stance.score).abs() < 1e-9);
//! # Ok::<(), standpoint::Error>(())
//! ```
//!
//! | module | it has |
//! |---|---|
//! | [`corpus`] | tables and pages in every format; tables out; annotation exports |
//! | [`model`], [`predictions`] | models, their settings, answers and explanations |
//! | [`study`] | training and everything that is measured of it; where predictions come from |
//! | [`evaluate`], [`prevalence`], [`gate`], [`audit`] | metrics, agreement, corrected shares, rules for CI, label errors |
//! | [`report`] | model cards and reports as web pages |
//! | [`features`], [`logistic`], [`input`] | what all this stands on: tf-idf, the solver, bytes to text |
//!
//! Nothing opens a network connection. One [`Error`] says where something is wrong and what to do about
//! it. The command line is the binary of the same name, behind the default feature `cli`.

#[macro_use]
mod names;

pub mod audit;
pub mod corpus;
#[cfg(feature = "encoder")]
pub mod encoder;
mod error;
pub mod evaluate;
pub mod features;
pub mod gate;
pub mod input;
pub mod logistic;
mod matrix;
pub mod model;
pub mod predictions;
pub mod prevalence;
pub mod report;
mod sampling;
pub mod study;

pub use corpus::{Corpus, InputFormat, ReadSettings};
pub use error::{Error, ErrorClass, ErrorKind, Place, Result};
pub use model::{Explanation, Model, Predictions, Predictor, TrainSettings};
pub use predictions::{Answers, Scored};
pub use study::{AnswerSource, Trainer};
