//! Do intervals cover the truth where passages were drawn with unequal probabilities? On simulated corpora.

use std::collections::BTreeMap;

use super::{Allocation, Drawn, Inclusion, Sample, Shares, draw, variance::Units};
use crate::{
    predictions::Answers,
    sampling::{Interval, Random, shuffled},
};

const LABELS: [&str; 3] = ["against", "favor", "none"];

fn uniform(random: &mut Random) -> f64 {
    random.below(1 << 53) as f64 / (1u64 << 53) as f64
}

/// Pages whose size goes with their label, and a classifier that misses sides.
struct Corpus {
    gold: Vec<usize>,
    answers: Answers,
    /// For each page its rows.
    pages: Vec<Vec<usize>>,
}

#[derive(Clone, Copy)]
struct World {
    pages: usize,
    /// Passages of a page: up to twice this; of pages of the first label three times as many.
    size: usize,
    against: f64,
    leaning: f64,
    probabilities: bool,
}

impl World {
    fn draw(self, random: &mut Random) -> Corpus {
        let shares = [self.against, 0.25, 0.75 - self.against];
        let label = |random: &mut Random| {
            let u = uniform(random);
            usize::from(u >= shares[0]) + usize::from(u >= shares[0] + shares[1])
        };
        let (mut gold, mut predicted, mut p, mut of_row) = (vec![], vec![], vec![], vec![]);
        let mut pages = Vec::new();
        for page in 0..self.pages {
            let own = label(random);
            let size = 1 + random.below(2 * self.size - 1);
            let size = if own == 0 && self.size > 1 { 3 * size } else { size };
            pages.push((gold.len()..gold.len() + size).collect());
            for _ in 0..size {
                let of = if uniform(random) < self.leaning { own } else { label(random) };
                let missed = uniform(random) < [0.5, 0.3, 0.1][of];
                let said = if missed { if of == 2 { random.below(2) } else { 2 } } else { of };
                let sure = 0.4 + 0.6 * uniform(random);
                gold.push(of);
                predicted.push(Some(said));
                p.extend((0..3).map(|l| if l == said { sure } else { (1.0 - sure) / 2.0 }));
                of_row.push(page);
            }
        }
        let answers = Answers::new("t", LABELS, predicted, of_row).unwrap();
        let answers = match self.probabilities {
            true => answers.with_probabilities(p).unwrap(),
            false => answers,
        };
        Corpus { gold, answers, pages }
    }
}

/// A way to draw, and to use what was drawn.
enum Design {
    /// So many passages in strata by their predicted label.
    ByLabel(usize, Allocation),
    /// So many in all, of groups of pages.
    ByGroup(usize, usize),
    /// So many pages, whole.
    Pages(usize),
    /// So many passages.
    Simple(usize),
    /// One passage of each page.
    OneOfPage,
    /// About so many, longer pages' passages rarely (Poisson sampling).
    Unequal(usize),
}

impl Design {
    /// A sample with its probabilities.
    fn sample(&self, corpus: &Corpus, random: &mut Random) -> Sample {
        let seed = random.below(1 << 60) as u64;
        let n = corpus.gold.len();
        let by_strata = |strata: &[usize], n: usize, how: Allocation| {
            let mut sizes = vec![0; strata.iter().max().unwrap() + 1];
            strata.iter().for_each(|&stratum| sizes[stratum] += 1);
            let counts = how.of(&sizes, n).unwrap();
            let rows = draw(strata, &counts, seed);
            let p = rows.iter().map(|&row| strata[row]).map(|s| counts[s] as f64 / sizes[s] as f64);
            let of_rows = rows.iter().map(|&row| strata[row]).collect();
            let inclusion = Inclusion::new(p.collect(), of_rows, &rows).unwrap();
            (rows, inclusion, Drawn::Passages)
        };
        let (rows, inclusion, drawn) = match *self {
            Self::ByLabel(each, how) => {
                let strata: Vec<usize> =
                    (0..n).map(|row| corpus.answers.given(row).unwrap()).collect();
                let numbers: BTreeMap<usize, usize> = strata.iter().map(|s| (*s, 0)).collect();
                let strata: Vec<usize> = strata
                    .iter()
                    .map(|s| numbers.keys().position(|key| key == s).unwrap())
                    .collect();
                by_strata(&strata, each, how)
            }
            Self::ByGroup(n_drawn, groups) => {
                let strata: Vec<usize> =
                    corpus.answers.pages().iter().map(|page| page % groups).collect();
                by_strata(&strata, n_drawn, Allocation::Equal)
            }
            Self::Simple(n_drawn) => by_strata(&vec![0; n], n_drawn, Allocation::Equal),
            Self::Pages(m) => {
                let drawn = &shuffled(corpus.pages.len(), seed)[..m];
                let rows: Vec<usize> =
                    drawn.iter().flat_map(|page| corpus.pages[*page].iter().copied()).collect();
                let p = vec![m as f64 / corpus.pages.len() as f64; rows.len()];
                let units: Vec<usize> =
                    rows.iter().map(|&row| corpus.answers.pages()[row]).collect();
                let inclusion = Inclusion::new(p, vec![0; rows.len()], &units).unwrap();
                (rows, inclusion, Drawn::Pages)
            }
            Self::OneOfPage => {
                let rows: Vec<usize> =
                    corpus.pages.iter().map(|rows| rows[random.below(rows.len())]).collect();
                let p = corpus.pages.iter().map(|rows| 1.0 / rows.len() as f64).collect();
                let inclusion = Inclusion::new(p, vec![0; rows.len()], &rows).unwrap();
                (rows, inclusion, Drawn::Passages)
            }
            Self::Unequal(n_drawn) => {
                let weight = |row: &usize| {
                    1.0 / (1.0 + corpus.pages[corpus.answers.pages()[*row]].len() as f64)
                };
                let all: f64 = (0..n).map(|row| weight(&row)).sum();
                let p = |row: &usize| (n_drawn as f64 * weight(row) / all).min(1.0);
                let rows: Vec<usize> = (0..n).filter(|row| uniform(random) < p(row)).collect();
                let of_rows = rows.iter().map(p).collect();
                let inclusion = Inclusion::new(of_rows, vec![0; rows.len()], &rows).unwrap();
                (rows, inclusion, Drawn::Passages)
            }
        };
        let gold = rows.iter().map(|&row| corpus.gold[row]).collect();
        Sample::part(rows, gold, drawn).with_inclusion(inclusion).unwrap()
    }
}

/// Of each share: how often the interval covers the truth, the mean error, the mean half-width, and the root
/// mean squared error.
fn simulate(world: World, design: &Design, draws: u64, known: bool) -> [[f64; 4]; 3] {
    let (mut found, mut n) = ([[0.0f64; 4]; 3], 0.0);
    for number in 0..draws {
        let mut random = Random::new(number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let corpus = world.draw(&mut random);
        let sample = design.sample(&corpus, &mut random);
        let sample = match (known, sample) {
            (false, Sample::Part { rows, gold, drawn, .. }) => Sample::part(rows, gold, drawn),
            (_, sample) => sample,
        };
        let shares = Shares::corrected(&corpus.answers, &sample).unwrap();
        if shares.lambda.is_none() {
            continue;
        }
        n += 1.0;
        for (label, share) in shares.by_label.iter().enumerate() {
            let all = corpus.gold.len() as f64;
            let truth = corpus.gold.iter().filter(|gold| **gold == label).count() as f64 / all;
            let Interval { lo, hi } = share.interval.unwrap();
            let error = share.value.unwrap() - truth;
            let of = [
                f64::from(u8::from(lo <= truth && truth <= hi)),
                error,
                (hi - lo) / 2.0,
                error * error,
            ];
            found[label].iter_mut().zip(of).for_each(|(sum, value)| *sum += value);
        }
    }
    found.iter_mut().flatten().for_each(|sum| *sum /= n);
    found.iter_mut().for_each(|of| of[3] = of[3].sqrt());
    found
}

const FLAT: World =
    World { pages: 1000, size: 1, against: 0.2, leaning: 0.0, probabilities: false };
const PAGED: World = World { pages: 300, size: 5, against: 0.2, leaning: 0.5, probabilities: true };

/// Whatever the probabilities are, the intervals are those of 95 %, or of a bit more where labels are rare,
/// and the shares are not off.
#[track_caller]
fn keeps_its_promise(world: World, design: &Design, draws: u64) {
    let found = simulate(world, design, draws, true);
    let chance = 2.5 * (0.95f64 * 0.05 / draws as f64).sqrt();
    for [covered, bias, _, rmse] in found {
        assert!(covered > 0.94 - chance, "{found:?}");
        assert!(bias.abs() < 0.25 * rmse + 3.0 * rmse / (draws as f64).sqrt(), "{found:?}");
    }
}

#[test]
fn shares_are_covered_whatever_the_probabilities() {
    keeps_its_promise(FLAT, &Design::ByLabel(100, Allocation::Equal), 150);
    keeps_its_promise(FLAT, &Design::Simple(100), 150);
    keeps_its_promise(PAGED, &Design::OneOfPage, 100);
}

/// Intervals of the corpus by 1,000 samples of each design.
#[test]
fn shares_are_covered_by_every_design_slow() {
    let rare = World { against: 0.02, ..FLAT };
    for how in [Allocation::Equal, Allocation::Proportional] {
        for n in [100, 300] {
            keeps_its_promise(FLAT, &Design::ByLabel(n, how), 1000);
            keeps_its_promise(rare, &Design::ByLabel(n, how), 1000);
            keeps_its_promise(PAGED, &Design::ByLabel(n, how), 1000);
        }
    }
    keeps_its_promise(PAGED, &Design::ByGroup(100, 20), 1000);
    keeps_its_promise(PAGED, &Design::Unequal(100), 1000);
    keeps_its_promise(PAGED, &Design::Pages(60), 1000);
    keeps_its_promise(PAGED, &Design::OneOfPage, 1000);
}

/// The same samples, taken for simple random ones.
#[test]
fn without_its_probabilities_a_sample_is_off() {
    let [against, ..] = simulate(PAGED, &Design::OneOfPage, 100, false);
    assert!(against[0] < 0.05 && against[1] < -0.06, "{against:?}");
    let rare = World { against: 0.02, ..FLAT };
    let [against, ..] = simulate(rare, &Design::ByLabel(300, Allocation::Equal), 100, false);
    assert!(against[0] < 0.05, "{against:?}");
}

/// Every sample of two of four and two of three: the mean of all estimates is the truth, and the mean of all
/// variances is the variance of the estimates, whatever lambda is (Cochran 1977, theorems 5.1 and 5.5).
#[test]
fn over_all_samples_neither_shares_nor_variances_are_biased() {
    let (y, f) = ([1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0], [0.8, 0.3, 0.1, 0.4, 0.9, 0.2, 0.6]);
    let pairs = |of: std::ops::Range<usize>| -> Vec<[usize; 2]> {
        of.clone().flat_map(|a| (a + 1..of.end).map(move |b| [a, b])).collect()
    };
    let truth = y.iter().sum::<f64>() / 7.0;
    for lambda in [0.0, 0.6, 1.0] {
        let (mut values, mut variances) = (vec![], vec![]);
        for first in pairs(0..4) {
            for second in pairs(4..7) {
                let rows = [first, second].concat();
                let p = vec![2.0 / 4.0, 2.0 / 4.0, 2.0 / 3.0, 2.0 / 3.0];
                let inclusion = Inclusion::new(p, vec![0, 0, 1, 1], &rows).unwrap();
                let units = Units::drawn((0..4).collect(), &inclusion, Drawn::Passages);
                let d: Vec<f64> = rows.iter().map(|&row| y[row] - lambda * f[row]).collect();
                values.push(lambda * f.iter().sum::<f64>() / 7.0 + units.mean(&d));
                variances.push(units.covariance(&d, &d) * units.unknown());
            }
        }
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        assert!((mean(&values) - truth).abs() < 1e-12, "{lambda}");
        let squares: Vec<f64> = values.iter().map(|value| (value - truth).powi(2)).collect();
        assert!((mean(&squares) - mean(&variances)).abs() < 1e-12, "{lambda}");
    }
}

/// Strata that are labelled whole leave nothing unknown.
#[test]
fn whole_strata_have_no_variance() {
    let answers = Answers::new("t", ["no", "yes"], vec![Some(0); 100], (0..100).collect()).unwrap();
    let rows: Vec<usize> = (0..100).collect();
    let strata = rows.iter().map(|row| row % 2).collect();
    let gold = rows.iter().map(|row| usize::from(row % 3 == 0)).collect();
    let inclusion = Inclusion::new(vec![1.0; 100], strata, &rows).unwrap();
    let sample = Sample::part(rows, gold, Drawn::Passages).with_inclusion(inclusion).unwrap();
    let yes = Shares::corrected(&answers, &sample).unwrap().by_label[1];
    let Interval { lo, hi } = yes.interval.unwrap();
    assert!((lo - 0.34).abs() < 1e-12 && (hi - 0.34).abs() < 1e-12, "{yes}");
}

/// Strata of one labelled passage each have a width all the same.
#[test]
fn strata_of_one_case_count() {
    let predicted = (0..400).map(|row| Some(row % 2)).collect();
    let answers = Answers::new("t", ["no", "yes"], predicted, (0..400).collect()).unwrap();
    let rows: Vec<usize> = (0..40).map(|row| row * 10).collect();
    let gold = rows.iter().map(|row| usize::from(row % 30 == 0)).collect();
    let inclusion = Inclusion::new(vec![0.1; 40], (0..40).collect(), &rows).unwrap();
    let sample = Sample::part(rows, gold, Drawn::Passages).with_inclusion(inclusion).unwrap();
    let Interval { lo, hi } =
        Shares::corrected(&answers, &sample).unwrap().by_label[1].interval.unwrap();
    assert!(hi - lo > 0.2 && hi - lo < 0.4, "{lo} {hi}");
}

/// The mean weighted by 1 / probability (Hájek 1971) beats the sum over the corpus's number (Horvitz and
/// Thompson 1952) where the two differ.
#[test]
fn hajeks_mean_errs_less_than_horvitz_and_thompsons() {
    for design in [Design::OneOfPage, Design::Unequal(100), Design::Pages(20)] {
        let (mut hajek, mut horvitz_thompson) = (0.0, 0.0);
        for number in 0..60u64 {
            let mut random = Random::new(number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
            let corpus = PAGED.draw(&mut random);
            let sample = design.sample(&corpus, &mut random);
            let shares = Shares::corrected(&corpus.answers, &sample).unwrap();
            let Sample::Part { rows, gold, inclusion: Some(inclusion), .. } = sample else {
                continue;
            };
            let n = corpus.gold.len() as f64;
            let (f, lambda) = (
                |row: usize| corpus.answers.probabilities_of(row).unwrap()[0],
                shares.lambda.unwrap(),
            );
            let mean = (0..corpus.gold.len()).map(f).sum::<f64>() / n;
            let d = |case: usize| f64::from(u8::from(gold[case] == 0)) - lambda * f(rows[case]);
            let sum: f64 = (0..rows.len()).map(|case| inclusion.weights()[case] * d(case)).sum();
            let truth = corpus.gold.iter().filter(|gold| **gold == 0).count() as f64 / n;
            hajek += (shares.by_label[0].value.unwrap() - truth).powi(2);
            horvitz_thompson += (lambda * mean + sum / n - truth).powi(2);
        }
        assert!(hajek <= horvitz_thompson, "{hajek} {horvitz_thompson}");
    }
}

/// What was said to be needed is what it takes.
#[test]
fn as_many_labels_as_are_said_make_the_interval() {
    let mut random = Random::new(3);
    let corpus = World { pages: 4000, ..FLAT }.draw(&mut random);
    let pilot = Design::ByLabel(150, Allocation::Equal).sample(&corpus, &mut random);
    let (n, label) = Shares::corrected(&corpus.answers, &pilot).unwrap().needed(0.04).unwrap();
    assert!(n > 150);
    let sample = Design::ByLabel(n, Allocation::Equal).sample(&corpus, &mut random);
    let found =
        Shares::corrected(&corpus.answers, &sample).unwrap().by_label[label].interval.unwrap();
    let half = (found.hi - found.lo) / 2.0;
    assert!((0.034..0.046).contains(&half), "{half} with {n}");
}
