//! Errors that are promised, and calibration, where probabilities are known to be right or not.

use standpoint::{
    evaluate::{Interval, Metric, answering, estimates, thresholds},
    predictions::{Answers, Scored},
};

use super::random::Random;

/// A world of two labels and probabilities: what pages and passages add to the log odds of the first label
/// being right.
struct Uncertain {
    name: &'static str,
    size: usize,
    /// The mean log odds that the label is right, as the probabilities have it, and how much they differ
    /// from page to page and from passage to passage.
    odds: (f64, f64, f64),
    /// What is true of a page beyond that: its standard deviation, and the share of pages on which the
    /// probabilities mean nothing.
    beyond: (f64, f64),
    /// By what the log odds are multiplied before they are shown: above 1 the probabilities are too sure.
    sure: f64,
}

const UNCERTAIN: [Uncertain; 6] = [
    Uncertain {
        name: "right 84 %, calibrated",
        size: 10,
        odds: (2.2, 0.3, 1.6),
        beyond: (0.0, 0.0),
        sure: 1.0,
    },
    Uncertain {
        name: "pages differ",
        size: 10,
        odds: (2.2, 0.3, 1.6),
        beyond: (0.8, 0.0),
        sure: 1.0,
    },
    Uncertain {
        name: "long pages that differ much",
        size: 30,
        odds: (2.5, 1.0, 1.5),
        beyond: (1.8, 0.0),
        sure: 1.0,
    },
    Uncertain {
        name: "one page in 15 of another sort",
        size: 10,
        odds: (3.0, 0.3, 1.5),
        beyond: (0.5, 1.0 / 15.0),
        sure: 1.0,
    },
    Uncertain {
        name: "right 95 %, too sure",
        size: 10,
        odds: (4.0, 0.3, 1.2),
        beyond: (1.0, 0.0),
        sure: 1.5,
    },
    Uncertain {
        name: "probabilities tell nothing, wrong 11 %",
        size: 10,
        odds: (2.3, 0.0, 0.02),
        beyond: (0.7, 0.0),
        sure: 1.0,
    },
];

impl Uncertain {
    fn draw(&self, random: &mut Random, n_pages: usize) -> Scored {
        let (mut p, mut gold, mut given, mut pages) = (vec![], vec![], vec![], vec![]);
        let share = |odds: f64| 1.0 / (1.0 + (-odds).exp());
        for page in 0..n_pages {
            let (of_page, beyond) =
                (self.odds.1 * random.normal(), self.beyond.0 * random.normal());
            let other = random.is(self.beyond.1);
            let size = 1 + (random.uniform() * (2 * self.size - 1) as f64) as usize;
            for _ in 0..size {
                let odds = self.odds.0 + of_page + self.odds.2 * random.normal();
                let right = random.is(share(beyond + if other { -1.0 } else { odds }));
                let shown = share(self.sure * odds);
                // To which label the odds speak is a coin.
                let label = usize::from(random.is(0.5));
                let of_label = [shown, 1.0 - shown];
                p.extend([of_label[label], of_label[1 - label]]);
                given.push(Some(if shown >= 0.5 { label } else { 1 - label }));
                gold.push(Some(if right { label } else { 1 - label }));
                pages.push(page);
            }
        }
        let answers = Answers::new("t", ["a", "b"], given, pages).unwrap();
        Scored::new(answers.with_probabilities(p).unwrap(), &gold).unwrap()
    }
}

/// How often an error that was promised is exceeded on pages not yet seen.
pub struct Promises {
    /// The world.
    pub world: &'static str,
    /// The error that is allowed.
    pub max_error: f64,
    /// For each number of pages: samples, those of which the threshold exceeds the error, and the mean
    /// share answered.
    pub by_pages: Vec<(usize, usize, usize, f64)>,
    /// The same of the lowest threshold whose observed error is no more.
    pub observed: Vec<usize>,
}

/// Simulates thresholds: chosen on so many pages, and measured on many others.
pub fn promises(pages: &[usize], draws: usize) -> Vec<Promises> {
    let mut all = Vec::new();
    for world in &UNCERTAIN {
        let others = world.draw(&mut Random(1), 300_000 / world.size);
        let mut cases: Vec<(f64, bool)> = (0..others.len())
            .map(|case| {
                let right = others.gold()[case] == others.predicted()[case];
                (others.answers().probability(case).unwrap(), right)
            })
            .collect();
        cases.sort_by(|a, b| b.0.total_cmp(&a.0));
        let wrong: Vec<usize> = cases
            .iter()
            .scan(0, |wrong, case| {
                *wrong += usize::from(!case.1);
                Some(*wrong)
            })
            .collect();
        let error_from = |least: f64| match cases.partition_point(|case| case.0 >= least) {
            0 => 0.0,
            n => wrong[n - 1] as f64 / n as f64,
        };
        let mut found = [0.05, 0.1].map(|max_error| Promises {
            world: world.name,
            max_error,
            by_pages: vec![],
            observed: vec![],
        });
        for &n_pages in pages {
            let mut counts = [(0, 0.0, 0); 2];
            for draw in 0..draws {
                let seed = (n_pages * 1_000_003 + draw) as u64;
                let seed = seed.wrapping_mul(0xD6E8_FEB8_6659_FD93);
                let points = thresholds(&world.draw(&mut Random(seed), n_pages));
                for (of, (exceeded, coverage, observed)) in found.iter().zip(&mut counts) {
                    if let Ok(point) = answering(&points, of.max_error, 0.95) {
                        *exceeded += usize::from(error_from(point.confidence) > of.max_error);
                        *coverage += point.coverage;
                    }
                    let lowest = points.iter().rev().find(|point| point.error <= of.max_error);
                    *observed += usize::from(
                        lowest.is_some_and(|of_all| error_from(of_all.confidence) > of.max_error),
                    );
                }
            }
            for (of, (exceeded, coverage, observed)) in found.iter_mut().zip(counts) {
                of.by_pages.push((n_pages, draws, exceeded, coverage / draws as f64));
                of.observed.push(observed);
            }
        }
        all.extend(found);
    }
    all
}

/// How often calibration is judged rightly.
pub struct Calibrations {
    /// The world.
    pub world: &'static str,
    /// The slope of all its pages.
    pub slope: f64,
    /// The calibration error of all its pages.
    pub error: f64,
    /// For each number of pages: samples, those whose error lies above its band, the mean error, and
    /// intervals of the slope that cover the slope of all.
    pub by_pages: Vec<(usize, usize, usize, f64, usize)>,
}

/// Simulates the calibration error, its band, and the slope.
pub fn calibrations(pages: &[usize], draws: usize) -> Vec<Calibrations> {
    let of = |scored: &Scored, metric| {
        let all = estimates(scored);
        all.into_iter().find(|estimate| estimate.metric == metric).unwrap()
    };
    let simulate = |world: &Uncertain| {
        let whole = world.draw(&mut Random(1), 100_000 / world.size);
        let slope = of(&whole, Metric::CalibrationSlope).value.unwrap();
        let error = of(&whole, Metric::Ece).value.unwrap();
        let of_pages = |&n_pages: &usize| {
            let mut found = (n_pages, 0, 0, 0.0, 0);
            for draw in 0..draws {
                let seed = (n_pages * 1_000_003 + draw) as u64;
                let drawn =
                    world.draw(&mut Random(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93)), n_pages);
                let (ece, own) = (of(&drawn, Metric::Ece), of(&drawn, Metric::CalibrationSlope));
                let (Some(value), Some(most)) = (ece.value, ece.if_calibrated) else { continue };
                found.1 += 1;
                found.2 += usize::from(value > most);
                found.3 += value;
                let covers = |of: Interval| of.lo <= slope && slope <= of.hi;
                found.4 += usize::from(own.interval.is_some_and(covers));
            }
            found.3 /= found.1.max(1) as f64;
            found
        };
        let by_pages = pages.iter().map(of_pages).collect();
        Calibrations { world: world.name, slope, error, by_pages }
    };
    UNCERTAIN.iter().map(simulate).collect()
}

/// Prints the tables of both.
pub fn print_promises(draws: usize) {
    let pages = [8, 12, 20, 50, 200];
    let columns: Vec<String> = pages.iter().map(|n| format!("{n} pages")).collect();
    println!(
        "\n`--max-error` at its confidence of 0.95: of {draws} samples the share whose threshold errs more \
         than that on other pages / the share of passages answered / the share that would err more if the \
         observed error were taken.\n"
    );
    println!("| probabilities | error allowed | {} |", columns.join(" | "));
    println!("|---|---|{}", "---|".repeat(pages.len()));
    for Promises { world, max_error, by_pages, observed } in promises(&pages, draws) {
        let cell =
            |(&(_, n, exceeded, coverage), &observed): (&(usize, usize, usize, f64), &usize)| {
                let share = |part: usize| part as f64 / n as f64;
                format!("{:.3} / {coverage:.2} / {:.2}", share(exceeded), share(observed))
            };
        let cells: Vec<String> = by_pages.iter().zip(&observed).map(cell).collect();
        println!("| {world} | {max_error} | {} |", cells.join(" | "));
    }
    println!(
        "\nCalibration: the share of samples whose `ece` lies above what calibrated probabilities would \
         show / its mean / intervals of the slope that cover.\n"
    );
    println!("| probabilities | `ece`, slope of all | {} |", columns.join(" | "));
    println!("|---|---|{}", "---|".repeat(pages.len()));
    for Calibrations { world, slope, error, by_pages } in calibrations(&pages, draws / 2) {
        let cell = |&(_, n, above, mean, covered): &(usize, usize, usize, f64, usize)| {
            let share = |part: usize| part as f64 / n.max(1) as f64;
            format!("{:.3} / {mean:.3} / {:.2}", share(above), share(covered))
        };
        let cells: Vec<String> = by_pages.iter().map(cell).collect();
        println!("| {world} | {error:.3}, {slope:.2} | {} |", cells.join(" | "));
    }
}
