//! The base classifiers of all tasks side by side, so that a term is looked up once for all of them.

use std::sync::Arc;

use rayon::prelude::*;

use super::context::{cut, mean};
use crate::{logistic::FittedLogisticRegression, matrix::SparseRows};

/// Weights of every term for every label of every task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BaseClassifiers {
    /// Labels of each task.
    sizes: Vec<usize>,
    /// n_terms * n_scores, a term's weights side by side. f32, as in the model file.
    weights: Arc<[f32]>,
    intercept: Vec<f64>,
}

impl BaseClassifiers {
    pub fn new(sizes: Vec<usize>, weights: Vec<f32>, intercept: Vec<f64>) -> Self {
        Self { sizes, weights: weights.into(), intercept }
    }

    /// Joins fitted base classifiers; `columns` gives for each term its column in them.
    pub fn join(fitted: &[FittedLogisticRegression], columns: &[u32]) -> Self {
        let sizes: Vec<usize> = fitted.iter().map(FittedLogisticRegression::n_classes).collect();
        let mut weights = Vec::with_capacity(columns.len() * sizes.iter().sum::<usize>());
        for &column in columns {
            for (classifier, &k) in fitted.iter().zip(&sizes) {
                let of_term = &classifier.weights()[column as usize * k..][..k];
                weights.extend(of_term.iter().map(|&w| w as f32));
            }
        }
        let intercept =
            fitted.iter().flat_map(|classifier| classifier.intercept().to_vec()).collect();
        Self { sizes, weights: weights.into(), intercept }
    }

    pub fn n_scores(&self) -> usize {
        self.intercept.len()
    }

    pub fn weights(&self) -> &Arc<[f32]> {
        &self.weights
    }

    pub fn intercept(&self) -> &[f64] {
        &self.intercept
    }

    /// The weights of one term.
    pub fn of_term(&self, term: usize) -> &[f32] {
        &self.weights[term * self.n_scores()..][..self.n_scores()]
    }

    /// Scores of one row of terms and values, all tasks.
    pub fn scores<T: Into<f64>>(&self, row: impl Iterator<Item = (u32, T)>) -> Vec<f64> {
        let mut scores = self.intercept.clone();
        for (term, value) in row {
            let value = value.into();
            for (score, &weight) in scores.iter_mut().zip(self.of_term(term as usize)) {
                *score += value * f64::from(weight);
            }
        }
        scores
    }

    /// Each task's part of `scores` by itself.
    fn by_task<'a>(&'a self, mut scores: &'a [f64]) -> impl Iterator<Item = &'a [f64]> {
        self.sizes.iter().map(move |&k| {
            let (own, others) = scores.split_at(k);
            scores = others;
            own
        })
    }

    /// Centred and cut scores of every row, rows * n_scores; `add` adds what stands beside its text.
    pub fn centred(&self, rows: &SparseRows, add: impl Fn(usize, &mut [f64]) + Sync) -> Vec<f64> {
        let mut centred = vec![0.0; rows.n_rows() * self.n_scores()];
        let of_row = |(i, own): (usize, &mut [f64])| {
            let (terms, values) = rows.row(i);
            let scores = self.scores(terms.iter().copied().zip(values.iter().copied()));
            own.copy_from_slice(&scores);
            add(i, own);
            self.centre_and_cut(own);
        };
        centred.par_chunks_mut(self.n_scores()).enumerate().with_min_len(64).for_each(of_row);
        centred
    }

    /// Centres scores by task and cuts them off.
    pub fn centre_and_cut(&self, mut scores: &mut [f64]) {
        for &k in &self.sizes {
            let (own, others) = scores.split_at_mut(k);
            let mean = mean(own);
            own.iter_mut().for_each(|score| *score = cut(*score - mean));
            scores = others;
        }
    }

    /// Scores centred by task, not cut.
    pub fn centre(&self, scores: &[f64]) -> Vec<f64> {
        let uncut = |own: &[f64]| {
            let mean = mean(own);
            own.iter().map(|score| score - mean).collect::<Vec<_>>()
        };
        self.by_task(scores).flat_map(uncut).collect()
    }
}
