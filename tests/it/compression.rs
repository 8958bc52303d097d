//! What is compressed comes back, whoever compressed it, and what is damaged is not taken for whole.

use std::io::{self, Cursor, Read, Write};

use proptest::prelude::*;
use standpoint::{
    Corpus, Error, ReadSettings,
    input::{Compression, Source},
};

fn compressed(compression: Compression, bytes: &[u8], step: usize) -> Vec<u8> {
    let mut writer = compression.writer("t", Vec::new()).unwrap();
    bytes.chunks(step).for_each(|part| writer.write_all(part).unwrap());
    writer.finish().unwrap()
}

fn read(compression: Compression, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    compression.reader("t", Cursor::new(bytes)).unwrap().read_to_end(&mut out)?;
    Ok(out)
}

/// Compressible, but not all alike; longer than what is read or written at a time.
fn long() -> Vec<u8> {
    (0..60_000u32).flat_map(|i| format!("{} row {}\n", i % 7, i * i % 8191).into_bytes()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Neither what comes out nor what comes back depends on how it was written.
    #[test]
    fn what_was_written_comes_back_slow(bytes: Vec<u8>, step in 1usize..50, copies in 0usize..4) {
        for compression in Compression::ALL {
            let once = compressed(compression, &bytes, step);
            prop_assert_eq!(&once, &compressed(compression, &bytes, usize::MAX));
            prop_assert_eq!(Compression::of_bytes(&once), Some(compression));
            // A file may have several parts, each compressed alone.
            let several = read(compression, once.repeat(1 + copies)).unwrap();
            prop_assert_eq!(several, bytes.repeat(1 + copies));
        }
    }
}

#[test]
fn a_long_file_comes_back() {
    let bytes = long();
    for compression in Compression::ALL {
        let small = compressed(compression, &bytes, 1000);
        assert!(small.len() < bytes.len() / 2, "{compression}: {}", small.len());
        assert!(read(compression, small).unwrap() == bytes, "{compression}");
    }
}

/// Cut short anywhere, or with a bit turned, it is never read to the end as if all were well and
/// other bytes came out.
#[test]
fn damage_is_found() {
    let bytes = &long()[..2000];
    for compression in Compression::ALL {
        let whole = compressed(compression, bytes, 100);
        for length in 1..whole.len() {
            let error = read(compression, whole[..length].to_vec()).unwrap_err();
            let ours = error.downcast::<Error>().unwrap().to_string();
            assert!(ours.starts_with("t: the file "), "{ours}");
        }
        for bit in 0..8 * whole.len() {
            let mut turned = whole.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            if let Ok(out) = read(compression, turned) {
                assert_eq!(out, bytes, "{compression}: bit {bit}");
            }
        }
    }
}

/// A disk that is full is reported, at the end at the latest.
#[test]
fn an_error_of_writing_is_not_lost() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for compression in Compression::ALL {
        for room in [0, 5, 10_000] {
            let mut writer = compression.writer("t", Full(room)).unwrap();
            let written = writer.write_all(&long()).and_then(|()| writer.finish());
            let error = written.map(drop).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{compression}, {room}");
        }
    }
}

/// A text that is read already is neither compressed nor encoded, whatever its name ends in.
#[test]
fn a_text_in_memory_is_a_table_by_its_content_though_its_name_was_of_a_packed_file() {
    // One of them is cut within a character.
    for (name, more) in [("table.gz", ""), ("table.zst", "x"), ("table", "")] {
        let long = "é".repeat(1 << 16);
        let text = format!("{{\"text\": \"They were right.\"}}\n{{\"text\": \"{more}{long}\"}}\n");
        let source = Source::from_bytes(name, text.into()).unwrap();
        let corpus = Corpus::read(&source, &ReadSettings::default()).unwrap();
        assert_eq!(corpus.texts().next(), Some("They were right."), "{name}");
        assert_eq!(corpus.len(), 2, "{name}");
    }
}
