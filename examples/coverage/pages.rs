//! Intervals of metrics, and verdicts on two models, over pages that differ.

use standpoint::{
    evaluate::{Comparison, ComparisonSettings, Interval, Metric, Verdict, estimates},
    predictions::{Answers, Scored},
    prevalence::{Drawn as DrawnBy, PageMean, Sample, Shares},
};

use super::random::Random;

/// A world of pages: how many passages they have, how labels lie on them, how often they are labelled right.
pub struct World {
    /// In words.
    pub name: &'static str,
    /// Passages of a page: from 1 to twice this, less 1.
    pub size: usize,
    /// Of the labels.
    pub shares: [f64; 3],
    /// The share of a page's passages that have the page's own label.
    pub leaning: f64,
    /// The log odds of being right: their mean over pages, and their standard deviation.
    pub right: (f64, f64),
}

/// Pages as they come.
pub const WORLDS: [World; 6] = [
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
pub const LABELS: [&str; 3] = ["against", "favor", "none"];

/// Passages that were drawn.
pub struct Drawn {
    /// The page of each.
    pub pages: Vec<usize>,
    /// The right label of each.
    pub gold: Vec<usize>,
    /// The predicted one.
    pub predicted: Vec<usize>,
}

impl World {
    /// All passages of so many pages.
    pub fn draw(&self, random: &mut Random, n_pages: usize) -> Drawn {
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
