//! What is too large is refused before it is in memory.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use standpoint::{
    Corpus, Error, ReadSettings, Result,
    corpus::{Blocks, OnError},
    input::{Compression, Rejects},
};

/// Bytes of what is too large.
const HUGE: usize = 100 << 20;

/// A small file that holds a huge one: how it begins, and then one piece again and again.
fn bomb(folder: &Path, name: &str, start: &str, piece: &str) -> PathBuf {
    let path = folder.join(format!("{name}.gz"));
    let file = BufWriter::new(File::create(&path).unwrap());
    let mut writer = Compression::Gzip.writer(name, file).unwrap();
    writer.write_all(start.as_bytes()).unwrap();
    let many = piece.repeat((1 << 20) / piece.len());
    for _ in 0..HUGE / many.len() {
        writer.write_all(many.as_bytes()).unwrap();
    }
    writer.finish().unwrap().flush().unwrap();
    path
}

fn read_whole(path: &Path, settings: &ReadSettings) -> Result<usize> {
    Corpus::open_with(path, settings).map(|table| table.len())
}

fn read_blocks(path: &Path, settings: &ReadSettings) -> Result<usize> {
    let mut blocks = Blocks::open(&[path.to_owned()], settings)?;
    let mut n = 0;
    while let Some(block) = blocks.next_block()? {
        n += block.len();
    }
    Ok(n)
}

type Read = fn(&Path, &ReadSettings) -> Result<usize>;

/// The error of reading, and that little memory was needed for it.
fn refused(path: &Path, read: Read) -> String {
    let settings = ReadSettings::new().max_page(1 << 20);
    let mut error = None;
    let info = allocation_counter::measure(|| error = Some(read(path, &settings).unwrap_err()));
    assert!(info.bytes_max < 8 << 20, "{}: {} bytes", path.display(), info.bytes_max);
    let error: Error = error.unwrap();
    error.to_string().split_once(".gz").unwrap().1.to_owned()
}

#[test]
fn a_zip_bomb_is_refused_whatever_it_holds_slow() {
    let folder = tempfile::tempdir().unwrap();
    for (name, start, piece, expected) in [
        ("cell.csv", "text,b\na,b\n", "long ", ":3: the row is larger than 1048576 bytes; "),
        (
            "quote.csv",
            "text,b\na,b\nc,\"d\n",
            "e,f\n",
            ":3: the quotation mark at byte 3 of line 3 does not close within 1048576 bytes; ",
        ),
        ("header.csv", "", "name,", ":1: the row is larger than 1048576 bytes; "),
        ("line.jsonl", "{\"text\": 1}\n{\"text\": \"", "a", ":2: the row is larger than 1048576"),
        (
            "array.json",
            "[{\"text\": 1},\n{\"a\": [",
            "1, ",
            ":2: the element is larger than 1048576",
        ),
        ("page.txt", "", "A line.\n", ": the page is larger than 1048576 bytes; raise `max_page`"),
        #[cfg(feature = "html")]
        ("page.html", "<p>", "text ", ": the page is larger than 1048576 bytes; raise `max_page`"),
    ] {
        let path = bomb(folder.path(), name, start, piece);
        assert!(path.metadata().unwrap().len() < 1 << 20);
        for read in [read_whole, read_blocks] as [Read; 2] {
            let error = refused(&path, read);
            assert!(error.starts_with(expected), "{name}: {error}");
        }
    }
}

/// Even where rows that are too long are skipped, and written to the file of rejects.
#[test]
fn a_huge_row_is_skipped_in_little_memory_slow() {
    let folder = tempfile::tempdir().unwrap();
    let path = bomb(folder.path(), "cell.csv", "text,b\na,b\n", "long ");
    let file = folder.path().join("rejects.csv");
    let rejects = Rejects::create(&file).unwrap();
    let settings = ReadSettings::new().max_page(1 << 20).on_error(OnError::Skip);
    let info = allocation_counter::measure(|| {
        let paths = std::slice::from_ref(&path);
        let mut blocks = Blocks::open_with_rejects(paths, &settings, rejects).unwrap();
        assert_eq!(blocks.next_block().unwrap().unwrap().len(), 1);
        assert!(blocks.next_block().unwrap().is_none());
        let report = blocks.report();
        assert_eq!((report.kept, report.rejected), (1, 1));
        assert_eq!(report.bytes, path.metadata().unwrap().len());
        blocks.into_rejects().finish().unwrap();
    });
    assert!(info.bytes_max < 8 << 20, "{} bytes", info.bytes_max);
    assert!(file.metadata().unwrap().len() > (HUGE as u64) * 9 / 10, "nothing of it is lost");
}

/// What is as large as the limit is read.
#[test]
fn the_limit_itself_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let row = "a".repeat(998);
    for (name, text) in [
        ("t.csv", format!("text,b\n{row},b\r\n{row},b")),
        ("t.jsonl", format!("{{\"text\":\"{}\"}}\n", "a".repeat(989))),
        ("t.txt", "a".repeat(1000)),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        for (max_page, fits) in [(1000, true), (997, false)] {
            let settings = ReadSettings::new().max_page(max_page);
            for read in [read_whole, read_blocks] as [Read; 2] {
                assert_eq!(read(&path, &settings).is_ok(), fits, "{name}, {max_page}");
            }
        }
    }
}

/// Nothing takes time by the square of the columns: that would be minutes here.
#[test]
fn hundreds_of_thousands_of_columns_slow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    let names: Vec<String> = (0..300_000).map(|column| format!("c{column}")).collect();
    let row = format!("text,{}\nShare{}\n", names.join(","), ",".repeat(300_000));
    std::fs::write(&path, row).unwrap();
    let settings = ReadSettings::default();
    let mut table = Corpus::open_with(&path, &settings).unwrap();
    table.append(table.clone());
    assert_eq!((table.len(), table.columns().len()), (2, 300_001));
    let other = folder.path().join("narrow.csv");
    std::fs::write(&other, "c299999,text\nx,Share\n").unwrap();
    let mut blocks = Blocks::open(&[path, other], &settings).unwrap();
    let block = blocks.next_block().unwrap().unwrap();
    assert_eq!(block.values("c299999").unwrap()[1].as_deref(), Some("x"));
    // Nor is all of it said where the column of texts is missing.
    let path = folder.path().join("none.csv");
    std::fs::write(&path, format!("{}\n", names.join(","))).unwrap();
    let error = Corpus::open_with(&path, &settings).unwrap_err().to_string();
    assert!(error.contains(", c39 and 299960 more; ") && error.len() < 500, "{error}");
}
