//! Do intervals cover the truth as often as they say? On simulated corpora, where it is known.

use rayon::prelude::*;

use super::{Drawn, KnownErrors, Sample, Shares};
use crate::{
    evaluate::{Comparison, ComparisonSettings, Confusion, Metric, Verdict},
    predictions::{Answers, Scored},
    sampling::{Interval, Random, shuffled},
};

const DRAWS: usize = 1000;
const LABELS: [&str; 3] = ["against", "favor", "none"];

/// A number from 0 to 1.
fn uniform(random: &mut Random) -> f64 {
    random.below(1 << 53) as f64 / (1u64 << 53) as f64
}

/// A label with these probabilities.
fn label(random: &mut Random, p: &[f64; 3]) -> usize {
    let u = uniform(random);
    if u < p[0] { 0 } else { 1 + usize::from(u >= p[0] + p[1]) }
}

/// A world: how large pages are, how much a page leans to one label, how a classifier errs.
#[derive(Clone, Copy)]
struct World {
    pages: usize,
    /// Passages of a page: from 1 to twice this, less 1.
    size: usize,
    shares: [f64; 3],
    /// The share of a page's passages that have the page's own label, and of its errors that are of
    /// the page's own sort.
    leaning: f64,
    /// Gold to predicted.
    errors: [[f64; 3]; 3],
}

const GOOD: [[f64; 3]; 3] = [[0.8, 0.1, 0.1], [0.05, 0.85, 0.1], [0.03, 0.07, 0.9]];
const BIASED: [[f64; 3]; 3] = [[0.4, 0.2, 0.4], [0.05, 0.6, 0.35], [0.02, 0.08, 0.9]];

struct Corpus {
    gold: Vec<usize>,
    predicted: Vec<Option<usize>>,
    probabilities: Vec<f64>,
    pages: Vec<usize>,
}

impl World {
    fn draw(&self, random: &mut Random) -> Corpus {
        let mut corpus =
            Corpus { gold: vec![], predicted: vec![], probabilities: vec![], pages: vec![] };
        for page in 0..self.pages {
            let own = label(random, &self.shares);
            let slip = random.below(3);
            for _ in 0..=random.below(2 * self.size - 1) {
                let leans = |random: &mut Random| uniform(random) < self.leaning;
                let gold = if leans(random) { own } else { label(random, &self.shares) };
                let mut predicted = label(random, &self.errors[gold]);
                if predicted != gold && leans(random) {
                    predicted = slip;
                }
                corpus.gold.push(gold);
                corpus.predicted.push(Some(predicted));
                corpus.pages.push(page);
                let sure = 0.4 + 0.6 * uniform(random);
                let p = |l: usize| if l == predicted { sure } else { (1.0 - sure) / 2.0 };
                corpus.probabilities.extend((0..3).map(p));
            }
        }
        corpus
    }
}

impl Corpus {
    fn answers(&self, probabilities: bool) -> Answers {
        let (predicted, pages) = (self.predicted.clone(), self.pages.clone());
        let answers = Answers::new("t", LABELS, predicted, pages).unwrap();
        match probabilities {
            true => answers.with_probabilities(self.probabilities.clone()).unwrap(),
            false => answers,
        }
    }

    /// The shares by a sample of these rows.
    fn corrected(&self, probabilities: bool, rows: &[usize], drawn: Drawn) -> Shares {
        let sample = Sample::part(rows.to_vec(), self.gold_of(rows), drawn);
        Shares::corrected(&self.answers(probabilities), &sample).unwrap()
    }

    /// The true shares and mean stance.
    fn truth(&self) -> [f64; 4] {
        let n = self.gold.len() as f64;
        let share = |l| self.gold.iter().filter(|&&gold| gold == l).count() as f64 / n;
        [share(0), share(1), share(2), share(1) - share(0)]
    }

    fn gold_of(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|&row| self.gold[row]).collect()
    }

    /// All passages of some pages.
    fn rows_on(&self, pages: &[usize]) -> Vec<usize> {
        (0..self.gold.len()).filter(|&row| pages.contains(&self.pages[row])).collect()
    }
}

/// Of each share and of the mean stance: how often the interval covers the truth, how often the
/// count lies within as far from it as the interval is wide, and the mean error of the value.
struct Covered {
    by_interval: [f64; 4],
    by_count: [f64; 4],
    bias: [f64; 4],
}

/// Draws in parallel, each with its own seed.
fn covered(draw: impl Fn(&mut Random) -> (Shares, [f64; 4]) + Sync) -> Covered {
    let found: Vec<[[f64; 4]; 3]> = (0..DRAWS as u64)
        .into_par_iter()
        .map(|number| {
            let mut random = Random::new(number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
            let (shares, truth) = draw(&mut random);
            let mut all = [[0.0; 4]; 3];
            let found = shares.by_label.iter().chain(&shares.mean_stance);
            for (i, (share, truth)) in found.zip(truth).enumerate() {
                let Interval { lo: low, hi: high } = share.interval.unwrap();
                let (value, counted) = (share.value.unwrap(), share.counted.unwrap());
                assert!(low <= value && value <= high, "{low} {value} {high}");
                let within = |yes: bool| f64::from(u8::from(yes));
                all[0][i] = within(low <= truth && truth <= high);
                all[1][i] = within((counted - truth).abs() <= (high - low) / 2.0);
                all[2][i] = value - truth;
            }
            assert!(!shares.is_far(), "random samples are not far: {:?}", shares.distance);
            all
        })
        .collect();
    let mean = |which: usize| {
        std::array::from_fn(|i| {
            found.iter().map(|of_draw| of_draw[which][i]).sum::<f64>() / DRAWS as f64
        })
    };
    Covered { by_interval: mean(0), by_count: mean(1), bias: mean(2) }
}

/// The promise: 93 to 97 in 100, for every figure.
#[track_caller]
fn keeps_its_promise(covered: &Covered) {
    let fine = covered.by_interval.iter().all(|share| (0.93..=0.97).contains(share));
    assert!(fine, "{:?}", covered.by_interval);
}

/// A classifier that misses sides: the count of "against" is hardly ever near the truth.
#[test]
fn shares_of_a_biased_classifier_are_covered_and_counts_are_not_slow() {
    let world =
        World { pages: 3000, size: 1, shares: [0.3, 0.2, 0.5], leaning: 0.0, errors: BIASED };
    for probabilities in [false, true] {
        let covered = covered(|random| {
            let corpus = world.draw(random);
            let rows = &shuffled(corpus.gold.len(), random.below(1 << 60) as u64)[..300];
            let drawn = Drawn::guess(rows, &corpus.pages);
            (corpus.corrected(probabilities, rows, drawn), corpus.truth())
        });
        keeps_its_promise(&covered);
        for label in [0, 2] {
            assert!(covered.by_count[label] < 0.05, "{:?}", covered.by_count);
        }
        assert!(covered.bias.iter().all(|bias| bias.abs() < 0.003), "{:?}", covered.bias);
    }
}

const PAGES: World =
    World { pages: 400, size: 6, shares: [0.3, 0.2, 0.5], leaning: 0.5, errors: GOOD };

#[test]
fn shares_are_covered_where_whole_pages_are_labelled_slow() {
    let covered = covered(|random| {
        let corpus = PAGES.draw(random);
        let rows = corpus.rows_on(&shuffled(PAGES.pages, random.below(1 << 60) as u64)[..60]);
        let drawn = Drawn::guess(&rows, &corpus.pages);
        assert_eq!(drawn, Drawn::Pages);
        (corpus.corrected(true, &rows, drawn), corpus.truth())
    });
    keeps_its_promise(&covered);
}

#[test]
fn shares_are_covered_where_passages_of_pages_are_labelled_slow() {
    let covered = covered(|random| {
        let corpus = PAGES.draw(random);
        let rows = &shuffled(corpus.gold.len(), random.below(1 << 60) as u64)[..300];
        let drawn = Drawn::guess(rows, &corpus.pages);
        assert_eq!(drawn, Drawn::Passages);
        (corpus.corrected(false, rows, drawn), corpus.truth())
    });
    keeps_its_promise(&covered);
}

/// Half of the passages of some pages: the other half of these pages is known from them, the
/// other pages are not.
#[test]
fn shares_are_covered_where_parts_of_pages_are_labelled_slow() {
    let world = World { size: 8, ..PAGES };
    let covered = covered(|random| {
        let corpus = world.draw(random);
        let rows = corpus.rows_on(&shuffled(world.pages, random.below(1 << 60) as u64)[..50]);
        let rows: Vec<usize> = rows.into_iter().filter(|_| random.below(2) == 0).collect();
        let drawn = Drawn::guess(&rows, &corpus.pages);
        assert_eq!(drawn, Drawn::PartsOfPages);
        (corpus.corrected(true, &rows, drawn), corpus.truth())
    });
    keeps_its_promise(&covered);
}

/// 2 % against: six of 300.
#[test]
fn a_rare_share_is_covered_slow() {
    let world =
        World { pages: 500, shares: [0.02, 0.28, 0.7], leaning: 0.2, errors: BIASED, ..PAGES };
    let covered = covered(|random| {
        let corpus = world.draw(random);
        let rows = &shuffled(corpus.gold.len(), random.below(1 << 60) as u64)[..300];
        (corpus.corrected(true, rows, Drawn::Passages), corpus.truth())
    });
    keeps_its_promise(&covered);
}

/// Neither the sample's pages nor the corpus's are all there are: the truth is that of the world.
#[test]
fn shares_are_covered_where_the_sample_is_no_part_of_the_corpus_slow() {
    let [corpus_of, sample_of] = [120, 60].map(|pages| World { pages, ..PAGES });
    let covered = covered(|random| {
        let (corpus, sample) = (corpus_of.draw(random), sample_of.draw(random));
        let apart = Sample::apart(sample.answers(true), sample.gold);
        let shares = Shares::corrected(&corpus.answers(true), &apart).unwrap();
        // `leaning` keeps the labels' shares.
        (shares, [0.3, 0.2, 0.5, -0.1])
    });
    keeps_its_promise(&covered);
}

#[test]
fn worthless_predictions_do_no_harm_slow() {
    let errors = [[1.0 / 3.0; 3]; 3];
    let world = World { pages: 2000, size: 1, shares: [0.3, 0.2, 0.5], leaning: 0.0, errors };
    let covered = covered(|random| {
        let corpus = world.draw(random);
        let rows = &shuffled(corpus.gold.len(), random.below(1 << 60) as u64)[..200];
        let shares = corpus.corrected(false, rows, Drawn::Passages);
        assert!(shares.lambda.unwrap() < 0.25);
        // No wider than without predictions, but for chance.
        let Interval { lo: low, hi: high } = shares.by_label[2].interval.unwrap();
        assert!(high - low < 1.05 * 2.0 * 1.972 * (0.25f64 / 200.0 * 0.9).sqrt());
        (shares, corpus.truth())
    });
    keeps_its_promise(&covered);
    assert!(covered.bias.iter().all(|bias| bias.abs() < 0.005), "{:?}", covered.bias);
}

/// The matrix is from other pages of a world with other shares; the classifier errs alike.
#[test]
fn adjusted_counts_are_covered_and_counts_are_not_slow() {
    let learnt_from =
        World { pages: 1200, size: 1, shares: [0.2, 0.2, 0.6], leaning: 0.0, errors: GOOD };
    let world = World { pages: 2000, shares: [0.5, 0.1, 0.4], ..learnt_from };
    let covered = covered(|random| {
        let known = learnt_from.draw(random);
        let predicted: Vec<usize> = known.predicted.iter().flatten().copied().collect();
        let confusion = Confusion::of(&known.gold, &predicted, 3).unwrap();
        let errors = KnownErrors::new(LABELS.map(str::to_owned).to_vec(), confusion).unwrap();
        let corpus = world.draw(random);
        (Shares::adjusted(&corpus.answers(false), &errors).unwrap(), corpus.truth())
    });
    keeps_its_promise(&covered);
    assert!(covered.by_count[0] < 0.2, "{:?}", covered.by_count);
}

/// Two classifiers of the same passages, the new one better by a known difference, both worse on
/// the same hard pages.
#[test]
fn the_interval_of_a_difference_covers_it_slow() {
    let draws: Vec<(bool, bool)> = (0..300u64)
        .into_par_iter()
        .map(|number| {
            let mut random = Random::new(number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
            let (mut gold, mut old, mut new) = (vec![], vec![], vec![]);
            let mut pages = vec![];
            for page in 0..80 {
                // Old is right with 0.9 or 0.5, new with 0.9 or 0.6.
                let hard = random.below(2) == 0;
                for _ in 0..=random.below(9) {
                    let (of_gold, u) = (random.below(3), uniform(&mut random));
                    let wrong = (of_gold + 1) % 3;
                    let (as_old, as_new) = if hard { (0.5, 0.6) } else { (0.9, 0.9) };
                    gold.push(Some(of_gold));
                    old.push(Some(if u < as_old { of_gold } else { wrong }));
                    new.push(Some(if u < as_new { of_gold } else { wrong }));
                    pages.push(page);
                }
            }
            let scored = |predicted: Vec<Option<usize>>| {
                let answers = Answers::new("t", LABELS, predicted, pages.clone()).unwrap();
                Scored::new(answers, &gold).unwrap()
            };
            let settings = ComparisonSettings::default();
            let comparison = Comparison::of(&scored(old), &scored(new), &settings).unwrap();
            let accuracy = comparison.get(Metric::Accuracy).unwrap();
            let Interval { lo: low, hi: high } = accuracy.interval.unwrap();
            (low <= 0.05 && 0.05 <= high, accuracy.verdict == Verdict::Worse)
        })
        .collect();
    let within = draws.iter().filter(|draw| draw.0).count();
    assert!((276..=294).contains(&within), "{within} of 300");
    assert!(draws.iter().all(|draw| !draw.1), "better is never worse");
}
