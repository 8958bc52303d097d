//! Whether pages look unlike those that a model learnt from: by the share of their words that are new to it.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};

use crate::{corpus::Passages, features::Counts, sampling::t_quantile_at};

/// A page with fewer words says nothing of the share of new ones.
const LEAST_WORDS_OF_PAGE: u64 = 10;
/// Pages with fewer words in all are not judged.
const LEAST_WORDS: u64 = 30;
/// From fewer sources, or pages, it is not known how they differ.
const LEAST_GROUPS: usize = 5;
/// Of pages of a new source of the kind in training, more than this share stays unsuspected.
const UNSUSPECTED: f64 = 0.975;

/// How many words of pages from elsewhere are new to a model: found in training, where each source (each page,
/// if no column says whence the pages are) is held against the words of all others. A word is new if fewer passages
/// than the floor of the document frequency have it.
///
/// Shares are taken as asin(sqrt(share)), whose variance hardly depends on the share. That of some pages of a new
/// source is expected to vary by `between` + `within` / pages + `per_word` / words around `mean`, which is itself
/// known up to `mean_error`; pages of unequal length are counted as (sum of words)^2 / sum of squares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewWords {
    /// Whether sources were held apart; else pages.
    pub by_source: bool,
    /// How many.
    pub groups: usize,
    /// The mean over them.
    pub mean: f64,
    /// Variance of this mean.
    pub mean_error: f64,
    /// Variance between sources, or pages, with any number of words.
    pub between: f64,
    /// Variance between the pages of one source, with any number of words.
    pub within: f64,
    /// Variance that is due to the number of words, times this number.
    pub per_word: f64,
}

/// Words of some pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub all: u64,
    /// Those that no term of the model is.
    pub new: u64,
    /// The sum over pages of the squares of their words.
    squares: u128,
}

impl Words {
    pub fn of_page(all: u64, new: u64) -> Self {
        Self { all, new, squares: u128::from(all).pow(2) }
    }

    pub fn add(&mut self, other: Self) {
        self.all += other.all;
        self.new += other.new;
        self.squares += other.squares;
    }

    fn share(self) -> f64 {
        self.new as f64 / self.all as f64
    }

    fn angle(self) -> f64 {
        libm::asin(self.share().sqrt())
    }

    /// 1 / pages, if all had as many words.
    fn per_page(self) -> f64 {
        self.squares as f64 / (self.all as f64).powi(2)
    }
}

/// Pages with more new words than a new source of the kind in training is expected to have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unlike {
    /// The share of new words.
    pub share: f64,
    /// What is usual for a new source, and what it rarely exceeds.
    pub usual: f64,
    pub most: f64,
}

impl NewWords {
    /// Of the passages of a training, which are the first of these counts; `behind` them are others that are learnt
    /// from. `sources` has the number of each passage's source, where it is known. Nothing if the model will not know all
    /// words by themselves, or there are too few sources or pages.
    pub(super) fn of(
        counts: &Counts,
        passages: &Passages<'_>,
        behind: Range<usize>,
        sources: Option<&[usize]>,
    ) -> Option<Self> {
        sources
            .and_then(|sources| Self::by(counts, passages, behind.clone(), sources, true))
            .or_else(|| Self::by(counts, passages, behind, &passages.group_numbers(), false))
    }

    fn by(
        counts: &Counts,
        passages: &Passages<'_>,
        behind: Range<usize>,
        apart: &[usize],
        by_source: bool,
    ) -> Option<Self> {
        let words = counts.new_words(apart, behind)?;
        let mut groups: BTreeMap<usize, Vec<Words>> = BTreeMap::new();
        for (number, page) in passages.pages().iter().enumerate() {
            let sum = page.iter().map(|&row| words[row]);
            let (all, new) = sum.fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
            if all >= LEAST_WORDS_OF_PAGE {
                let group = if by_source { apart[page[0]] } else { number };
                groups.entry(group).or_default().push(Words::of_page(all, new));
            }
        }
        let groups: Vec<Vec<Words>> = groups.into_values().collect();
        if groups.len() < LEAST_GROUPS {
            return None;
        }
        if by_source { Self::of_sources(&groups) } else { Some(Self::of_pages(&groups.concat())) }
    }

    fn of_pages(pages: &[Words]) -> Self {
        let angles: Vec<f64> = pages.iter().map(|page| page.angle()).collect();
        let (mean, variance) = mean_and_variance(&angles);
        let squares = pages.iter().zip(&angles);
        let squares = squares.map(|(page, angle)| (page.all, (angle - mean).powi(2)));
        let (between, per_word) = parts(&squares.collect::<Vec<_>>());
        let mean_error = variance / pages.len() as f64;
        let (groups, within) = (pages.len(), 0.0);
        Self { by_source: false, groups, mean, mean_error, between, within, per_word }
    }

    /// Nothing if no source has two pages.
    fn of_sources(sources: &[Vec<Words>]) -> Option<Self> {
        let mut squares = Vec::new();
        for pages in sources.iter().filter(|pages| pages.len() > 1) {
            let angles: Vec<f64> = pages.iter().map(|page| page.angle()).collect();
            let (mean, _) = mean_and_variance(&angles);
            let lost = pages.len() as f64 / (pages.len() - 1) as f64;
            squares.extend(
                pages
                    .iter()
                    .zip(&angles)
                    .map(|(page, angle)| (page.all, lost * (angle - mean).powi(2))),
            );
        }
        if squares.is_empty() {
            return None;
        }
        let (within, per_word) = parts(&squares);
        let sums: Vec<Words> = sources
            .iter()
            .map(|pages| {
                let mut sum = Words::default();
                pages.iter().for_each(|page| sum.add(*page));
                sum
            })
            .collect();
        let groups = sums.len();
        let (mean, variance) =
            mean_and_variance(&sums.iter().map(|sum| sum.angle()).collect::<Vec<_>>());
        let noise = sums.iter().map(|sum| within * sum.per_page() + per_word / sum.all as f64);
        let noise = noise.sum::<f64>() / groups as f64;
        let between = (variance - noise).max(0.0);
        let mean_error = variance.max(noise) / groups as f64;
        Some(Self { by_source: true, groups, mean, mean_error, between, within, per_word })
    }

    /// Whether all numbers are in their range.
    pub(super) fn is_sound(&self) -> bool {
        let numbers = [self.mean, self.mean_error, self.between, self.within, self.per_word];
        self.groups >= LEAST_GROUPS && numbers.iter().all(|number| (0.0..=1e9).contains(number))
    }

    /// Whether pages have more new words than pages of a new source rarely have.
    pub(super) fn judge(&self, words: Words) -> Option<Unlike> {
        if words.all < LEAST_WORDS {
            return None;
        }
        let variance = self.between
            + self.mean_error
            + self.within * words.per_page()
            + self.per_word / words.all as f64;
        let t = t_quantile_at(UNSUSPECTED, (self.groups - 1) as f64);
        let most = share(self.mean + t * variance.sqrt());
        let found = words.share();
        (found > most).then(|| Unlike { share: found, usual: share(self.mean), most })
    }
}

/// The share with this angle.
fn share(angle: f64) -> f64 {
    libm::sin(angle.clamp(0.0, std::f64::consts::FRAC_PI_2)).powi(2)
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

/// The squares as a + b / words, by least squares; neither below 0.
fn parts(squares: &[(u64, f64)]) -> (f64, f64) {
    let n = squares.len() as f64;
    let (mut x, mut xx, mut y, mut xy) = (0.0, 0.0, 0.0, 0.0);
    for &(words, square) in squares {
        let inverse = 1.0 / words as f64;
        x += inverse;
        xx += inverse * inverse;
        y += square;
        xy += inverse * square;
    }
    // All are of one length: nothing tells the two apart.
    let spread = n * xx - x * x;
    if spread <= 1e-12 * n * xx {
        return (y / n, 0.0);
    }
    let per_word = (n * xy - x * y) / spread;
    let fixed = (y - per_word * x) / n;
    match (fixed >= 0.0, per_word >= 0.0) {
        (true, true) => (fixed, per_word),
        (false, _) => (0.0, xy / xx),
        (true, false) => (y / n, 0.0),
    }
}
