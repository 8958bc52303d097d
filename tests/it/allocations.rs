//! What a passage costs, in a unit that no machine's mood changes.

use allocation_counter::{AllocationInfo, measure};
use standpoint::Model;

use super::corpus;

/// Of predicting the corpus's first pages on one thread, and how many passages these are.
fn of_predicting(n_pages: usize) -> (AllocationInfo, u64) {
    let all = corpus("data/passages.csv");
    let pages = all.select(&all.pages().unwrap()[..n_pages].concat());
    let model = Model::built_in();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // The counts are those of the thread that asks.
    let info = pool.install(|| {
        measure(|| {
            let predictions = model.predict(&pages).unwrap();
            assert_eq!(predictions.tasks().len(), 4);
        })
    });
    (info, pages.len() as u64)
}

#[test]
fn a_passage_takes_few_allocations_however_many_there_are() {
    let ((few, n_few), (many, n_many)) = (of_predicting(60), of_predicting(240));
    let per_passage = |info: &AllocationInfo, n: u64| info.count_total as f64 / n as f64;
    // 6.4 today; a string for each token would be twenty more.
    assert!(per_passage(&many, n_many) < 8.0, "{}", per_passage(&many, n_many));
    assert!(per_passage(&many, n_many) < 1.05 * per_passage(&few, n_few));
    // What is kept of a passage until all are judged: scores, columns, answers; not its terms. And
    // what is remembered of words, which is bounded.
    let words = 20_000_000;
    assert!(many.bytes_max < 2000 * n_many + words, "{} bytes", many.bytes_max);
}
