//! Do 95 % intervals cover the truth, and are verdicts right? On simulated pages, where both are known.
//! Prints the tables of docs/RESULTS.md: `cargo run --release --example coverage -- 2000`, or
//! `just simulate`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program; what it simulates is sound"
)]

mod pages;
mod promises;
mod random;
mod samples;

pub use pages::{Coverage, Verdicts, coverage, verdicts};
pub use promises::{calibrations, print_promises, promises};
pub use samples::{designs, sampling_designs};

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
