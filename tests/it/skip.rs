//! Tests that cannot run on this machine say so. A unit test includes this file too.

use std::{
    fs::OpenOptions,
    io::{Write, stderr},
    panic::Location,
};

/// Reports that a test did not run. The line appears even though the output of passing tests is
/// captured, and is added to the file that `STANDPOINT_SKIPPED` names. CI prints that file.
#[track_caller]
pub(crate) fn skip(reason: &str) {
    let caller = Location::caller().to_string();
    let thread = std::thread::current();
    // With one thread all tests run on `main`.
    let test = thread.name().filter(|name| *name != "main").unwrap_or(&caller);
    let line = format!("skipped: {test}: {reason}\n");
    // The test harness captures what `eprint` prints, but not this.
    let _ = stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("STANDPOINT_SKIPPED") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a path");
        file.write_all(line.as_bytes()).expect("a file that can be written");
    }
}
