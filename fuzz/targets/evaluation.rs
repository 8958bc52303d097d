#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| standpoint_fuzz::evaluation(bytes));
