//! standpoint reads a scraped page (an article and the comments under it) and says of each passage
//! what kind of text it is (news, opinion, reader's comment, page furniture), what stance it takes
//! toward a target, whose voice that is, and how it sounds.
//!
//! ```text
//! file ── Source ── Corpus ── Passages ──────────── TargetModel::predict ── Predictions ── Summary
//!                     │                                  │
//!                     └───── Gold ──── train ──── TargetModel ─┴─ explain ── Explanation
//!
//! inside a TargetModel:   text ── tokens, n-grams ── tf-idf ── a head for each task ── the deciding
//!                   stage, which also sees the neighbours on the page ── probabilities
//! ```
//!
//! [`Source`] and [`Corpus`] read files; [`train`] makes a [`TargetModel`] from [`Passages`] and their
//! [`Gold`] labels; [`TargetModel::predict`] labels passages page by page; [`evaluate`] scores anybody's
//! predictions. Everything is linear, so that [`TargetModel::explain`] is exact, and nothing opens a
//! network connection.
//!
//! ```
//! use standpoint::{TargetModel, Passages, evaluate};
//!
//! // A page is its passages in order.
//! let page = Passages::page(vec![
//!     "Home | News | Sport",
//!     "Officers hand in their firearms permits",
//!     "“They feel abandoned,” a Police Federation spokesman said.",
//!     "Sign up for our newsletter",
//! ]);
//! let model = TargetModel::built_in();
//! let predictions = model.predict(&page);
//!
//! let labels = |task: usize| -> Vec<&str> {
//!     let names = model.tasks()[task].labels();
//!     predictions.tasks[task].labels.iter().map(|&label| names[label].as_str()).collect()
//! };
//! assert_eq!(model.tasks()[0].name(), "kind");
//! assert_eq!(labels(0), ["boilerplate", "news", "news", "boilerplate"]);
//!
//! // The words that decided, and how much each contributed.
//! let stance = &model.explain(&page, 2)[1];
//! assert!((stance.sum() - stance.score).abs() < 1e-9);
//! # let _ = evaluate::Metric::MacroF1;
//! ```
//!
//! The command line is the binary of the same name, behind the default feature `cli`.

#[macro_use]
mod names;

pub mod audit;
mod corpus;
mod error;
pub mod evaluate;
mod features;
pub mod gate;
mod input;
mod logistic;
mod matrix;
pub mod model;
pub mod predictions;
pub mod prevalence;
pub mod report;
mod sampling;
pub mod study;

#[cfg(feature = "html")]
pub use corpus::HtmlPage;
pub use corpus::{
    AnnotationExport, AnnotationFormat, AnnotationSettings, Annotations, Blocks, ColumnType,
    Corpus, EncodedRows, Gold, InputFormat, NewColumn, NewValues, OnError, OutputFormat, Passage,
    Passages, ReadReport, ReadSettings, TableWriter, Unit, answer_columns, column_names, passages,
};
pub use error::{Error, ErrorClass, ErrorKind, Place, Result};
#[doc(hidden)]
pub use features::folded_both_ways;
pub use features::{
    Block, Settings as FeatureSettings, TermFrequency, Token, TokenKind, Vectoriser, tokens,
};
pub use input::{CompressedWriter, Compression, Encoding, OutputFile, Rejects, Source};
pub use logistic::{
    ClassWeights, Convergence, DenseFit, DenseLogistic, FittedLogisticRegression,
    LogisticRegression, Stop, ValidLogisticRegression,
};
pub use matrix::SparseRows;
pub use model::{
    Context, Criterion, FORMAT_VERSION, Model, NbRatios, Predictions, Predictor, TrainReport,
    TrainSettings,
};
pub use sampling::page_folds;
pub use study::Trainer;
