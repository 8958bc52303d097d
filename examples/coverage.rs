//! Do 95 % intervals cover the truth, and are verdicts right? On simulated pages, where both are known.
//! Prints the tables of docs/RESULTS.md: `cargo run --release --example coverage -- 2000`, or
//! `just simulate`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program; what it simulates is sound"
)]

use standpoint::{
    evaluate::{
        Comparison, ComparisonSettings, Interval, Metric, Verdict, answering, estimates, thresholds,
    },
    predictions::{Answers, Scored},
    prevalence::{Allocation, Drawn as DrawnBy, Inclusion, PageMean, Sample, Shares},
};

/// Random numbers that are the same everywhere (SplitMix64).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn is(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    fn label(&mut self, shares: &[f64; 3]) -> usize {
        let u = self.uniform();
        if u < shares[0] { 0 } else { 1 + usize::from(u >= shares[0] + shares[1]) }
    }

    /// Another label than this one.
    fn wrong(&mut self, gold: usize) -> usize {
        (gold + 1 + usize::from(self.is(0.5))) % 3
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

/// A world of pages: how many passages they have, how labels lie on them, how often they are labelled right.
struct World {
    name: &'static str,
    /// Passages of a page: from 1 to twice this, less 1.
    size: usize,
    shares: [f64; 3],
    /// The share of a page's passages that have the page's own label.
    leaning: f64,
    /// The log odds of being right: their mean over pages, and their standard deviation.
    right: (f64, f64),
}

const WORLDS: [World; 6] = [
    World {
        name: "three labels, right 75 %",
        size: 10,
        shares: [0.3, 0.3, 0.4],
        leaning: 0.3,
        right: (1.2, 0.8),
    },
    World {
        name: "a label of 5 %",
        size: 10,
        shares: [0.05, 0.25, 0.7],
        leaning: 0.3,
        right: (1.2, 0.8),
    },
    World {
        name: "right 96 %",
        size: 10,
        shares: [0.1, 0.2, 0.7],
        leaning: 0.2,
        right: (3.6, 1.0),
    },
    World {
        name: "pages nearly all right or all wrong",
        size: 10,
        shares: [0.3, 0.3, 0.4],
        leaning: 0.6,
        right: (2.5, 4.0),
    },
    World {
        name: "long pages, one label each",
        size: 30,
        shares: [0.2, 0.3, 0.5],
        leaning: 0.5,
        right: (1.2, 0.8),
    },
    World {
        name: "one passage a page",
        size: 1,
        shares: [0.1, 0.3, 0.6],
        leaning: 0.0,
        right: (1.2, 0.8),
    },
];

/// Labels whose F1 makes up `f_avg`; the first is the rare one.
const LABELS: [&str; 3] = ["against", "favor", "none"];

struct Drawn {
    pages: Vec<usize>,
    gold: Vec<usize>,
    predicted: Vec<usize>,
}

impl World {
    fn draw(&self, random: &mut Random, n_pages: usize) -> Drawn {
        let mut drawn = Drawn { pages: vec![], gold: vec![], predicted: vec![] };
        for page in 0..n_pages {
            let own = random.label(&self.shares);
            let right = 1.0 / (1.0 + (-self.right.0 - self.right.1 * random.normal()).exp());
            let size = 1 + (random.uniform() * (2 * self.size - 1) as f64) as usize;
            for _ in 0..size {
                let gold = if random.is(self.leaning) { own } else { random.label(&self.shares) };
                let predicted = if random.is(right) { gold } else { random.wrong(gold) };
                drawn.pages.push(page);
                drawn.gold.push(gold);
                drawn.predicted.push(predicted);
            }
        }
        drawn
    }
}

fn scored(drawn: &Drawn, predicted: &[usize]) -> Scored {
    let given = predicted.iter().copied().map(Some).collect();
    let answers = Answers::new("t", LABELS, given, drawn.pages.clone()).unwrap();
    Scored::new(answers, &drawn.gold.iter().copied().map(Some).collect::<Vec<_>>()).unwrap()
}

/// What intervals are looked at.
const MEASURED: [&str; 6] = [
    "accuracy",
    "macro F1",
    "F-avg",
    "recall of the first label",
    "kappa",
    "share of the first label",
];

/// What is estimated from some labelled pages and predictions of all.
const PREVALENCE: &str = "prevalence of it, pages labelled";

/// Values and intervals of what is measured; nothing where there is no interval.
fn measure(drawn: &Drawn) -> Vec<(f64, Option<Interval>)> {
    let found = estimates(&scored(drawn, &drawn.predicted));
    let wanted =
        [Metric::Accuracy, Metric::MacroF1, Metric::FAvg(1, 0), Metric::Recall(0), Metric::Kappa];
    let of = |metric| found.iter().find(|estimate| estimate.metric == metric).unwrap();
    let metrics = wanted.map(of).map(|found| (found.value.unwrap_or(f64::NAN), found.interval));
    let is_first = |(page, gold): (&usize, &usize)| (*page, f64::from(u8::from(*gold == 0)));
    let share = PageMean::of(drawn.pages.iter().zip(&drawn.gold).map(is_first), (0.0, 1.0));
    metrics.into_iter().chain([(share.value.unwrap(), share.interval)]).collect()
}

/// Of a corpus of a hundred pages more, of which so many are labelled, the interval of the first label's
/// share, and the true share.
fn prevalence(drawn: &Drawn, labelled: usize) -> (f64, Option<Interval>) {
    let given = drawn.predicted.iter().copied().map(Some).collect();
    let answers = Answers::new("t", LABELS, given, drawn.pages.clone()).unwrap();
    let rows: Vec<usize> =
        (0..drawn.gold.len()).filter(|&row| drawn.pages[row] < labelled).collect();
    let gold = rows.iter().map(|&row| drawn.gold[row]).collect();
    let shares = Shares::corrected(&answers, &Sample::part(rows, gold, DrawnBy::Pages)).unwrap();
    let truth = drawn.gold.iter().filter(|&&gold| gold == 0).count() as f64;
    (truth / drawn.gold.len() as f64, shares.by_label[0].interval)
}

/// How often the intervals of one thing cover the truth.
pub struct Coverage {
    /// The world.
    pub world: &'static str,
    /// The metric or share.
    pub measured: &'static str,
    /// For each number of pages: how many samples had an interval, and how many of these cover the truth.
    pub by_pages: Vec<(usize, usize, usize)>,
}

/// Simulates intervals: `draws` samples of so many pages each.
pub fn coverage(pages: &[usize], draws: usize) -> Vec<Coverage> {
    let mut all = Vec::new();
    for world in &WORLDS {
        let whole = world.draw(&mut Random(1), 400_000 / world.size);
        let truth: Vec<f64> = measure(&whole).into_iter().map(|(value, _)| value).collect();
        let of = |measured| Coverage { world: world.name, measured, by_pages: vec![] };
        let mut found: Vec<Coverage> = MEASURED.into_iter().chain([PREVALENCE]).map(of).collect();
        for &n_pages in pages {
            // A page of one passage says a tenth as much.
            let n_pages = if world.size == 1 { 10 * n_pages } else { n_pages };
            let mut counts = [(0, 0); MEASURED.len() + 1];
            for draw in 0..draws {
                let seed = (n_pages * 1_000_003 + draw) as u64;
                let drawn =
                    world.draw(&mut Random(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93)), n_pages);
                let corpus = world
                    .draw(&mut Random(seed.wrapping_mul(0xA076_1D64_78BD_642F)), n_pages + 100);
                let (true_share, share) = prevalence(&corpus, n_pages);
                let intervals = measure(&drawn).into_iter().map(|(_, interval)| interval);
                let truths = truth.iter().copied().chain([true_share]);
                let measured = intervals.chain([share]).zip(truths).zip(&mut counts);
                for ((interval, truth), (n, covered)) in measured {
                    if let Some(Interval { lo, hi, .. }) = interval {
                        *n += 1;
                        *covered += usize::from(lo <= truth && truth <= hi);
                    }
                }
            }
            for (of, (n, covered)) in found.iter_mut().zip(counts) {
                of.by_pages.push((n_pages, n, covered));
            }
        }
        all.extend(found);
    }
    all
}

/// Two classifiers: on how many pages their labels differ, and what part of the old one's right labels
/// there is lost, of the wrong ones mended.
struct Change {
    name: &'static str,
    size: usize,
    pages: f64,
    harmed: f64,
    mended: f64,
}

const CHANGES: [Change; 8] = [
    Change { name: "none", size: 10, pages: 0.0, harmed: 0.0, mended: 0.0 },
    Change { name: "both ways, everywhere", size: 10, pages: 1.0, harmed: 0.1, mended: 0.3 },
    Change { name: "both ways, on 10 % of pages", size: 10, pages: 0.1, harmed: 0.3, mended: 0.9 },
    Change {
        name: "0.02 worse, on 5 % of pages",
        size: 10,
        pages: 0.053,
        harmed: 0.5,
        mended: 0.0,
    },
    Change {
        name: "0.02 worse, on whole pages",
        size: 10,
        pages: 0.0267,
        harmed: 1.0,
        mended: 0.0,
    },
    Change { name: "0.02 worse, everywhere", size: 10, pages: 1.0, harmed: 0.0267, mended: 0.0 },
    Change { name: "0.05 better, everywhere", size: 10, pages: 1.0, harmed: 0.0, mended: 0.2 },
    Change { name: "both ways, long pages", size: 30, pages: 0.2, harmed: 0.2, mended: 0.6 },
];

/// How often a comparison's verdict of the accuracy is wrong, at a margin of 0.01.
pub struct Verdicts {
    /// How the new labels differ.
    pub change: &'static str,
    /// The true difference.
    pub truth: f64,
    /// For each number of pages: samples, intervals that cover the truth, wrong verdicts, right ones.
    pub by_pages: Vec<(usize, usize, usize, usize, usize)>,
}

/// Simulates comparisons.
pub fn verdicts(pages: &[usize], draws: usize) -> Vec<Verdicts> {
    let simulate = |change: &Change| {
        let world = World { size: change.size, ..WORLDS[0] };
        let right_of = |predicted: &[usize], gold: &[usize]| {
            let right = predicted.iter().zip(gold).filter(|(label, gold)| label == gold).count();
            right as f64 / gold.len() as f64
        };
        let whole = world.draw(&mut Random(1), 40_000);
        let right = right_of(&whole.predicted, &whole.gold);
        // What goes both ways cancels out.
        let both_ways = change.harmed * change.mended > 0.0;
        let mended = if both_ways { change.harmed * right / (1.0 - right) } else { change.mended };
        let both = |random: &mut Random, n_pages: usize| {
            let drawn = world.draw(random, n_pages);
            let mut new = drawn.predicted.clone();
            let touched: Vec<bool> = (0..n_pages).map(|_| random.is(change.pages)).collect();
            for (case, new) in
                new.iter_mut().enumerate().filter(|(case, _)| touched[drawn.pages[*case]])
            {
                let gold = drawn.gold[case];
                let (lost, mended) = (random.is(change.harmed), random.is(mended));
                match *new == gold {
                    true if lost => *new = random.wrong(gold),
                    false if mended => *new = gold,
                    _ => {}
                }
            }
            (drawn, new)
        };
        let truth = {
            let (drawn, new) = both(&mut Random(1), 40_000);
            let difference = right_of(&new, &drawn.gold) - right;
            if both_ways { 0.0 } else { difference }
        };
        let of_pages = |&n_pages: &usize| {
            let mut found = (n_pages, 0, 0, 0, 0);
            for draw in 0..draws {
                let seed = (n_pages * 1_000_003 + draw) as u64;
                let (drawn, new) =
                    both(&mut Random(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93)), n_pages);
                let (old, new) = (scored(&drawn, &drawn.predicted), scored(&drawn, &new));
                let comparison =
                    Comparison::of(&old, &new, &ComparisonSettings::default()).unwrap();
                let accuracy = comparison.get(Metric::Accuracy).unwrap();
                let Some(Interval { lo, hi, .. }) = accuracy.interval else { continue };
                found.1 += 1;
                found.2 += usize::from(lo <= truth && truth <= hi);
                let right = match accuracy.verdict {
                    Verdict::Better => truth > 0.0,
                    Verdict::Worse => truth < 0.0,
                    Verdict::Equivalent => truth.abs() <= 0.01,
                    _ => continue,
                };
                if right { found.4 += 1 } else { found.3 += 1 }
            }
            found
        };
        Verdicts { change: change.name, truth, by_pages: pages.iter().map(of_pages).collect() }
    };
    CHANGES.iter().map(simulate).collect()
}

/// How a sample is drawn from its corpus.
#[derive(Clone, Copy)]
enum Design {
    Simple,
    /// As many, or the same part, of each predicted label.
    ByLabel(Allocation),
    /// A tenth as many pages, whole.
    Pages,
    /// One passage of each of so many pages.
    OneOfPage,
}

const DESIGNS: [(&str, Design); 5] = [
    ("passages", Design::Simple),
    ("as many of each predicted label", Design::ByLabel(Allocation::Equal)),
    ("the same part of each predicted label", Design::ByLabel(Allocation::Proportional)),
    ("whole pages, a tenth as many", Design::Pages),
    ("one passage of each of as many pages", Design::OneOfPage),
];

/// A corpus of 400 pages: every fourth is three times as long and has more of the first label, which is
/// often missed.
fn corpus(random: &mut Random) -> Drawn {
    let short = World { size: 5, shares: [0.1, 0.3, 0.6], ..WORLDS[0] };
    let long = World { size: 15, shares: [0.5, 0.1, 0.4], ..WORLDS[0] };
    let (mut all, long) = (short.draw(random, 300), long.draw(random, 100));
    all.pages.extend(long.pages.iter().map(|page| 300 + page));
    all.gold.extend(long.gold);
    all.predicted.extend(long.predicted);
    for (gold, predicted) in all.gold.iter().zip(&mut all.predicted) {
        if *gold == 0 && random.is(0.3) {
            *predicted = 2;
        }
    }
    all
}

/// Rows that were drawn, and their probabilities, strata and units.
type DrawnRows = (Vec<usize>, Vec<f64>, Vec<usize>, Vec<usize>);

impl Design {
    fn draw(self, corpus: &Drawn, n: usize, random: &mut Random) -> DrawnRows {
        let mut shuffled = |n: usize| {
            let mut order: Vec<(u64, usize)> =
                (0..n).map(|i| ((random.uniform() * 1e18) as u64, i)).collect();
            order.sort_unstable();
            order.into_iter().map(|(_, i)| i).collect::<Vec<usize>>()
        };
        let all = corpus.gold.len();
        let n_pages = corpus.pages.iter().max().unwrap() + 1;
        let mut of_pages = vec![Vec::new(); n_pages];
        (0..all).for_each(|row| of_pages[corpus.pages[row]].push(row));
        match self {
            Self::Simple | Self::ByLabel(_) => {
                let (strata, how) = match self {
                    Self::ByLabel(how) => (corpus.predicted.clone(), how),
                    _ => (vec![0; all], Allocation::Equal),
                };
                let mut sizes = vec![0; strata.iter().max().unwrap() + 1];
                strata.iter().for_each(|stratum| sizes[*stratum] += 1);
                let counts = how.of(&sizes, n).unwrap();
                let mut left = counts.clone();
                let mut rows = shuffled(all);
                rows.retain(|row| {
                    let left = &mut left[strata[*row]];
                    let is_drawn = *left > 0;
                    *left -= usize::from(is_drawn);
                    is_drawn
                });
                let strata: Vec<usize> = rows.iter().map(|row| strata[*row]).collect();
                let p = strata.iter().map(|&h| counts[h] as f64 / sizes[h] as f64).collect();
                (rows.clone(), p, strata, rows)
            }
            Self::Pages => {
                let m = n / 10;
                let rows: Vec<usize> = shuffled(n_pages)[..m]
                    .iter()
                    .flat_map(|&page| of_pages[page].clone())
                    .collect();
                let p = vec![m as f64 / n_pages as f64; rows.len()];
                let units = rows.iter().map(|&row| corpus.pages[row]).collect();
                (rows.clone(), p, vec![0; rows.len()], units)
            }
            Self::OneOfPage => {
                let drawn = &shuffled(n_pages)[..n];
                let one = |page: &usize| (random.uniform() * of_pages[*page].len() as f64) as usize;
                let rows: Vec<usize> = drawn
                    .iter()
                    .map(one)
                    .zip(drawn)
                    .map(|(at, page)| of_pages[*page][at])
                    .collect();
                let share = n as f64 / n_pages as f64;
                let p = drawn.iter().map(|page| share / of_pages[*page].len() as f64).collect();
                (rows.clone(), p, vec![0; rows.len()], rows)
            }
        }
    }
}

/// How often the interval of the first label's share covers it, and how far the share is off on the mean: by
/// the probabilities, and without them.
pub fn designs(design: usize, n: usize, draws: usize) -> [(f64, f64); 2] {
    let (_, design) = DESIGNS[design];
    let mut found = [(0.0, 0.0); 2];
    for draw in 0..draws {
        let mut random =
            Random(((n * 1_000_003 + draw) as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let corpus = corpus(&mut random);
        let (rows, p, strata, units) = design.draw(&corpus, n, &mut random);
        let given = corpus.predicted.iter().copied().map(Some).collect();
        let answers = Answers::new("t", LABELS, given, corpus.pages.clone()).unwrap();
        let gold = rows.iter().map(|&row| corpus.gold[row]).collect();
        let drawn_by =
            if matches!(design, Design::Pages) { DrawnBy::Pages } else { DrawnBy::Passages };
        let plain = Sample::part(rows, gold, drawn_by);
        let inclusion = Inclusion::new(p, strata, &units).unwrap();
        let known = plain.clone().with_inclusion(inclusion).unwrap();
        let truth = corpus.gold.iter().filter(|&&gold| gold == 0).count() as f64;
        let truth = truth / corpus.gold.len() as f64;
        for (sample, (covered, bias)) in [known, plain].iter().zip(&mut found) {
            let share = Shares::corrected(&answers, sample).unwrap().by_label[0];
            let (Some(value), Some(ends)) = (share.value, share.interval) else { continue };
            *covered += f64::from(u8::from(ends.lo <= truth && truth <= ends.hi)) / draws as f64;
            *bias += (value - truth) / draws as f64;
        }
    }
    found
}

fn sampling_designs(draws: usize) {
    println!(
        "\nShares by samples that were drawn so: how often the first label's interval covers its share, and how far"
    );
    println!("that is off on the mean; with the column `inclusion` and without it.\n");
    let sizes = [100, 300];
    let columns = sizes.map(|n| format!("{n} with it | {n} without")).join(" | ");
    println!("| drawn | {columns} |");
    println!("|---|{}", "---|".repeat(2 * sizes.len()));
    for (number, (name, _)) in DESIGNS.iter().enumerate() {
        let cells = sizes.map(|n| {
            designs(number, n, draws)
                .map(|(covered, bias)| format!("{covered:.3}, {bias:+.3}"))
                .join(" | ")
        });
        println!("| {name} | {} |", cells.join(" | "));
    }
}

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

fn print_promises(draws: usize) {
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

fn main() {
    let draws = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200);
    let pages = [5, 8, 10, 20, 50, 200];
    let columns: Vec<String> = pages.iter().map(|n| format!("{n} pages")).collect();
    let share = |part: usize, n: usize| format!("{:.3}", part as f64 / n as f64);
    println!(
        "Intervals of 95 % that cover the truth, of {draws} samples each; `-` where fewer than a fifth have"
    );
    println!("an interval. Pages of one passage are ten times as many.\n");
    println!("| pages like | of | {} |", columns.join(" | "));
    println!("|---|---|{}", "---|".repeat(pages.len()));
    for Coverage { world, measured, by_pages } in coverage(&pages, draws) {
        let cell = |&(_, n, covered): &(usize, usize, usize)| {
            if n * 5 < draws { "-".into() } else { share(covered, n) }
        };
        let cells: Vec<String> = by_pages.iter().map(cell).collect();
        println!("| {world} | {measured} | {} |", cells.join(" | "));
    }
    println!(
        "\nComparisons of accuracies at a margin of 0.01: wrong verdicts / right ones / intervals that cover.\n"
    );
    println!("| change | difference | {} |", columns.join(" | "));
    println!("|---|---|{}", "---|".repeat(pages.len()));
    for Verdicts { change, truth, by_pages } in verdicts(&pages, draws / 2) {
        let cell = |&(_, n, covered, wrong, right): &(usize, usize, usize, usize, usize)| {
            let digits = |part: usize| format!("{:.2}", part as f64 / n as f64);
            format!("{} / {} / {}", share(wrong, n), digits(right), digits(covered))
        };
        let cells: Vec<String> = by_pages.iter().map(cell).collect();
        println!("| {change} | {truth:+.3} | {} |", cells.join(" | "));
    }
    sampling_designs(draws);
    print_promises(draws);
}
