//! Tables of any length: what is said of a passage does not depend on how they are read.

use std::{fs::File, process::Stdio};

use standpoint::{Model, ReadSettings, corpus::Blocks, model::PredictSettings};

use crate::process::Command;
use crate::{commands::Folder, file};

/// What `predict` prints for an input, its rows sorted; `-` is the file `all.csv`.
fn predicted(folder: &Folder, input: &str) -> Vec<String> {
    let mut command = folder.command(&format!("predict {input} --from csv --format csv"));
    if input == "-" {
        command.stdin(Stdio::from(File::open(folder.path("all.csv")).unwrap()));
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let out = String::from_utf8(output.stdout).unwrap();
    let mut rows: Vec<String> = out.lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

#[test]
fn a_page_is_judged_the_same_however_its_rows_lie_in_the_table_slow() {
    let folder = Folder::new();
    let corpus = std::fs::read(file("data/passages.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(&corpus[..]);
    let names = reader.headers().unwrap().clone();
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    let mut rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let write = |name: &str, rows: &[csv::StringRecord]| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for record in std::iter::once(&names).chain(rows) {
            let own = [at("page"), at("seq"), at("text")].map(|column| &record[column]);
            // One line a row, so that lines can be compared.
            writer.write_record(own.map(|cell| cell.replace('\n', " "))).unwrap();
        }
        folder.write(name, writer.into_inner().unwrap());
    };
    write("all.csv", &rows);
    // Every page is torn apart.
    rows.sort_by_key(|row| row[at("seq")].parse::<usize>().unwrap());
    assert_ne!(rows[0][at("page")], rows[1][at("page")]);
    write("torn.csv", &rows);
    let expected = predicted(&folder, "all.csv");
    assert_eq!(expected.len(), rows.len() + 1);
    assert_eq!(predicted(&folder, "torn.csv"), expected);
    assert_eq!(predicted(&folder, "-"), expected);
}

#[test]
fn there_may_be_more_inputs_than_files_may_be_open() {
    let folder = Folder::new();
    for number in 0..80 {
        folder.write(&format!("in-{number}.csv"), "text\nThe officers handed in their permits.\n");
    }
    let program = insta_cmd::get_cargo_bin("standpoint");
    let line = format!("ulimit -n 40; {} predict in-*.csv --threads 1", program.display());
    let output =
        Command::new("sh").args(["-c", &line]).current_dir(folder.path("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout.iter().filter(|&&byte| byte == b'\n').count(), 81);
}

/// The texts of the corpus, again and again, without pages.
fn most_bytes(n_rows: usize) -> u64 {
    let corpus = crate::corpus("data/passages.csv");
    let texts: Vec<&str> = corpus.texts().collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.csv");
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer.write_record(["text"]).unwrap();
    for text in texts.iter().cycle().take(n_rows) {
        writer.write_record([text]).unwrap();
    }
    writer.flush().unwrap();
    let model = Model::built_in();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // The counts are those of the thread that asks.
    let info = pool.install(|| {
        allocation_counter::measure(|| {
            let mut blocks =
                Blocks::open(std::slice::from_ref(&path), &ReadSettings::default()).unwrap();
            let predictor = model.predictor(&PredictSettings::default()).unwrap();
            let mut n = 0;
            while let Some(block) = blocks.next_block().unwrap() {
                n += predictor.predict(&block).unwrap().tasks()[0].len();
            }
            assert_eq!(n, n_rows);
        })
    });
    info.bytes_max
}

#[test]
fn a_table_four_times_as_long_takes_no_more_memory_slow() {
    let (short, long) = (most_bytes(10_000), most_bytes(40_000));
    assert!(long as f64 <= 1.05 * short as f64, "{short} bytes, then {long}");
    assert!(long < 40_000_000, "{long} bytes");
}
