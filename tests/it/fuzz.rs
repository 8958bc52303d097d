//! What the fuzz targets were given, replayed: seeds by hand, and all on which a property ever failed.
#![cfg(all(feature = "compressed", feature = "html"))]

use std::fs;

use crate::file;

#[path = "../../fuzz/properties.rs"]
mod properties;

#[test]
fn properties_hold_of_the_whole_corpus() {
    let mut known: Vec<String> = Vec::new();
    for (name, holds) in properties::PROPERTIES {
        let seeds = fs::read_dir(file("fuzz/corpus").join(name)).unwrap();
        let mut seeds: Vec<_> = seeds.map(|seed| seed.unwrap().path()).collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in seeds {
            let bytes = fs::read(&seed).unwrap();
            let held = std::panic::catch_unwind(|| holds(&bytes));
            assert!(held.is_ok(), "{name}: {}", seed.display());
        }
        assert!(file("fuzz/targets").join(format!("{name}.rs")).exists(), "{name} has no target");
        known.push(format!("{name}.rs"));
    }
    let targets = fs::read_dir(file("fuzz/targets")).unwrap();
    let mut targets: Vec<String> =
        targets.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    targets.sort();
    assert_eq!(targets, known, "a property for each target");
}
