//! A small version of the tables that `just simulate` writes: intervals cover, verdicts are right.

#[path = "../../examples/coverage/main.rs"]
#[expect(dead_code, reason = "the example's own main")]
mod coverage;

/// By so many samples a coverage of 0.95 is known to 0.03.
const DRAWS: usize = 200;

#[test]
fn intervals_cover_from_five_pages_on_slow() {
    for found in coverage::coverage(&[5, 10, 20], DRAWS) {
        for (pages, n, covered) in found.by_pages {
            // Where few samples have an interval, those have most of what it is of.
            if n * 5 < DRAWS {
                continue;
            }
            let (share, least) = (covered as f64 / n as f64, if pages < 10 { 0.87 } else { 0.89 });
            assert!(share >= least, "{} of {} on {pages}: {share}", found.measured, found.world);
        }
    }
}

/// Small enough to be quick: thresholds that promise an error keep to it, and calibrated probabilities
/// are not accused.
#[test]
fn promised_errors_are_seldom_exceeded() {
    let mut answered = 0.0;
    for found in coverage::promises(&[8, 20, 50], 60) {
        for (pages, n, exceeded, coverage) in found.by_pages {
            // Of 60 at 5 %, eight or more come once in a hundred times.
            assert!(exceeded <= n / 8, "{} on {pages}: {exceeded} of {n}", found.world);
            answered += coverage;
        }
    }
    assert!(answered > 2.0, "{answered}");
}

#[test]
fn calibrated_probabilities_are_not_accused() {
    let found = coverage::calibrations(&[20], 60);
    let (_, n, above, _, covered) = found[0].by_pages[0];
    assert!(above <= n / 8 && covered >= n * 7 / 8, "{above} and {covered} of {n}");
    // Those that tell nothing of one page in 15, or are too sure, are no better than they are.
    assert!(found[3].error > 0.02 && found[4].slope < 0.9, "{} {}", found[3].error, found[4].slope);
}

#[test]
fn verdicts_are_seldom_wrong_slow() {
    for found in coverage::verdicts(&[5, 8, 20, 50], DRAWS / 2) {
        for (pages, n, _, wrong, right) in found.by_pages {
            assert!(wrong as f64 <= 0.1 * n as f64, "{} on {pages}: {wrong}", found.change);
            assert!(pages >= 8 || wrong + right == 0, "{} on {pages}", found.change);
        }
    }
}

#[test]
fn shares_are_covered_by_every_way_to_draw_slow() {
    for design in 0..5 {
        let [(covered, bias), _] = coverage::designs(design, 300, DRAWS);
        assert!(covered >= 0.89 && bias.abs() < 0.01, "{design}: {covered} {bias}");
    }
    let [_, (covered, bias)] = coverage::designs(4, 300, DRAWS);
    assert!(covered < 0.5 && bias < -0.03, "without probabilities: {covered} {bias}");
}
