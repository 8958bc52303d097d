//! Shares by samples that were drawn in several ways.

use standpoint::{
    predictions::Answers,
    prevalence::{Allocation, Drawn as DrawnBy, Inclusion, Sample, Shares},
};

use super::{
    pages::{Drawn, LABELS, WORLDS, World},
    random::Random,
};

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

/// Prints the table.
pub fn sampling_designs(draws: usize) {
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
