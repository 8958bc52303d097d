//! The score with fewer training pages.

use super::{CrossValidated, CrossValidation, Trainer, Work, groups, learning_curve};
use crate::{
    corpus::Corpus,
    error::Result,
    evaluate::{CurvePoint, Metric, estimates},
    predictions::Scored,
};

/// Training pages of the first point; they are doubled from one point to the next.
const FIRST: usize = 15;

impl Trainer {
    /// Macro F1 by cross-validation with 15 training pages, 30, 60 and so on, and last with all of them.
    ///
    /// # Errors
    /// Those of [`cross_validate`](Self::cross_validate).
    pub fn learning_curve(&self, corpus: &Corpus, folds: usize) -> Result<Vec<CurvePoint>> {
        self.learning_curve_to(corpus, &self.cross_validate(corpus, folds)?)
    }

    /// As [`learning_curve`](Self::learning_curve), for a corpus that was cross-validated already. Of a
    /// trainer that makes a model for each target it is the curve of the first target.
    ///
    /// # Errors
    /// Those of [`cross_validate`](Self::cross_validate).
    pub fn learning_curve_to(
        &self,
        corpus: &Corpus,
        validated: &CrossValidated,
    ) -> Result<Vec<CurvePoint>> {
        let parts = self.parts(corpus)?;
        let part = &parts[0];
        let whole = &validated.parts[0].1;
        let (joined, _) = groups::with_copies_joined(corpus.passages()?);
        let groups = self.column_groups(corpus, &joined)?;
        let (folds, groups) = part.folds(validated.asked_folds, groups.as_deref());
        let folds = (folds, groups.as_deref());
        let doubled = std::iter::successors(Some(FIRST), |size| Some(size * 2));
        let sizes: Vec<usize> = doubled.take_while(|&size| size < whole.train_pages).collect();
        let progress = self.report_progress(Work::LearningCurve, 0, 1);
        let (passages, gold) = (&part.passages, &part.gold[..]);
        let points = learning_curve(passages, gold, &part.settings, folds, &sizes, &progress)?;
        Ok(points.iter().chain([whole]).map(curve_point).collect())
    }
}

fn curve_point(validation: &CrossValidation) -> CurvePoint {
    let macro_f1 = |scored: &Scored| {
        let all = estimates(scored);
        all.into_iter().find(|estimate| estimate.metric == Metric::MacroF1)
    };
    CurvePoint {
        pages: validation.train_pages,
        macro_f1: validation.tasks.iter().filter_map(macro_f1).collect(),
    }
}
