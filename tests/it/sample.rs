//! `sample`: the passages to label next; and `estimate` with what was drawn.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
    process::Output,
};

use serde_json::Value;

use crate::{
    commands::Folder,
    schema::{breach, schema},
};

const LABELS: [&str; 3] = ["against", "favor", "none"];

/// A corpus of 902 passages on 150 pages of one to eleven: long pages are against, which half of the time
/// is taken for none. Returns the gold label of each page and seq, and the true shares.
fn write_corpus(folder: &Folder) -> (HashMap<(String, String), &'static str>, [f64; 3]) {
    let mut corpus =
        "page,seq,source,text,pred_stance,p_stance_against,p_stance_favor,p_stance_none\n"
            .to_owned();
    let (mut gold, mut counts, mut n) = (HashMap::new(), [0.0; 3], 0);
    for page in 0..150usize {
        let size = 1 + page * 7 % 11;
        for seq in 1..=size {
            let label = match n * 7919 % 10 {
                0..5 if size > 8 => 0,
                5..7 => 1,
                _ => 2,
            };
            let said = if label == 0 && n * 31 % 7 < 3 { 2 } else { label };
            let p = |label| if label == said { 0.8 } else { 0.1 };
            let source = ["forum", "blog", "news"][page % 3];
            writeln!(
                corpus,
                "p{page},{seq},{source},Passage {n},{},{},{},{}",
                LABELS[said],
                p(0),
                p(1),
                p(2)
            )
            .unwrap();
            gold.insert((format!("p{page}"), seq.to_string()), LABELS[label]);
            counts[label] += 1.0;
            n += 1;
        }
    }
    folder.write("corpus.csv", corpus);
    (gold, counts.map(|count| count / f64::from(n)))
}

fn ran(folder: &Folder, arguments: &str) -> Output {
    let output = folder.command(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

type Row = BTreeMap<String, String>;

fn rows(folder: &Folder, name: &str) -> Vec<Row> {
    let table = folder.read(name);
    csv::Reader::from_reader(table.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// What a coder does: fills the column, where asked to.
fn label(
    folder: &Folder,
    from: &str,
    to: &str,
    gold: &HashMap<(String, String), &'static str>,
    is_done: impl Fn(usize, &Row) -> bool,
) {
    let mut all = rows(folder, from);
    for (number, row) in all.iter_mut().enumerate() {
        if is_done(number, row) {
            let label = gold[&(row["page"].clone(), row["seq"].clone())];
            row.insert("stance".into(), label.into());
        }
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(all[0].keys()).unwrap();
    all.iter().for_each(|row| out.write_record(row.values()).unwrap());
    folder.write(to, String::from_utf8(out.into_inner().unwrap()).unwrap());
}

fn stance(folder: &Folder, arguments: &str) -> (Value, String) {
    let output = ran(folder, &format!("{arguments} --format json"));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = schema("estimate-1");
    assert_eq!(breach(&schema, &schema, &json, ""), None, "{arguments}");
    (json["tasks"]["stance"].clone(), said(&output))
}

fn holds(stance: &Value, truth: [f64; 3]) {
    for (label, truth) in LABELS.iter().zip(truth) {
        let share = &stance["shares"][label];
        let number = |name: &str| share[name].as_f64().unwrap();
        assert!(number("lo") <= truth && truth <= number("hi"), "{label} {truth}: {share}");
    }
}

#[test]
fn a_sample_says_how_it_was_drawn_and_shows_no_predictions() {
    let folder = Folder::new();
    write_corpus(&folder);
    let output = ran(&folder, "sample corpus.csv -n 100 --by stance -o s.csv");
    assert_eq!(
        folder.read("s.csv").lines().next(),
        Some("page,seq,source,text,stance,stratum,stratum_size,inclusion,drawn")
    );
    let drawn = rows(&folder, "s.csv");
    assert_eq!(drawn.len(), 100);
    let distinct: BTreeSet<_> = drawn.iter().map(|row| (&row["page"], &row["seq"])).collect();
    assert_eq!(distinct.len(), 100);
    let all = rows(&folder, "corpus.csv");
    let by = |name: &str| all.iter().filter(|row| row["pred_stance"] == name).count();
    for label in LABELS {
        let of: Vec<&Row> = drawn.iter().filter(|row| row["stratum"] == label).collect();
        assert!((33..=34).contains(&of.len()), "{label}: {}", of.len());
        for row in &of {
            assert_eq!(row["stratum_size"], by(label).to_string());
            let inclusion: f64 = row["inclusion"].parse().unwrap();
            assert_eq!(inclusion.to_bits(), (of.len() as f64 / by(label) as f64).to_bits());
        }
        assert!(said(&output).contains(&format!("{label}: {} of {}", of.len(), by(label))));
    }
    assert!(drawn.iter().all(|row| row["stance"].is_empty() && row["drawn"] == "passages"));

    // The seed decides, and more of it begins with the same.
    let simple = |n: usize, more: &str| {
        let output = ran(&folder, &format!("sample corpus.csv -n {n} {more}"));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(simple(50, ""), simple(50, "--seed 1"));
    assert_ne!(simple(50, ""), simple(50, "--seed 2"));
    let places = |table: &str| -> Vec<String> {
        table.lines().skip(1).map(|line| line.split(',').take(2).collect()).collect()
    };
    assert!(places(&simple(80, "")).starts_with(&places(&simple(50, ""))));
    // Other formats have the same rows.
    ran(&folder, "sample corpus.csv -n 50 -o s.jsonl");
    assert_eq!(folder.read("s.jsonl").lines().count(), 50);
}

#[test]
fn whole_pages_are_drawn_and_known_for_it() {
    let folder = Folder::new();
    let (gold, truth) = write_corpus(&folder);
    ran(&folder, "sample corpus.csv -n 40 --drawn pages -o s.csv");
    let drawn = rows(&folder, "s.csv");
    let pages: BTreeSet<&String> = drawn.iter().map(|row| &row["page"]).collect();
    assert_eq!(pages.len(), 40);
    for page in pages {
        let of = |rows: &[Row]| rows.iter().filter(|row| row["page"] == *page).count();
        assert_eq!(of(&drawn), of(&rows(&folder, "corpus.csv")));
    }
    label(&folder, "s.csv", "labelled.csv", &gold, |_, _| true);
    let (found, warned) = stance(&folder, "estimate corpus.csv --labelled labelled.csv");
    assert_eq!((&found["drawn"], warned.as_str()), (&"pages".into(), ""));
    holds(&found, truth);
    // A column that is the same on a page makes strata of pages, another does not.
    ran(&folder, "sample corpus.csv -n 30 --drawn pages --by source -o by_source.csv");
    let refused =
        folder.command("sample corpus.csv -n 30 --drawn pages --by stance").output().unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(said(&refused).contains("the page is of no stratum"), "{}", said(&refused));
    // Some passages of a page are not the page.
    label(&folder, "s.csv", "parts.csv", &gold, |number, _| number % 3 > 0);
    let (found, warned) = stance(&folder, "estimate corpus.csv --labelled parts.csv");
    assert_eq!(found["drawn"], "parts of pages");
    assert!(warned.contains("is of whole pages, and"), "{warned}");
    holds(&found, truth);
}

#[test]
fn unequal_probabilities_are_allowed_for() {
    let folder = Folder::new();
    let (gold, truth) = write_corpus(&folder);
    ran(&folder, "sample corpus.csv -n 150 --by stance -o s.csv");
    label(&folder, "s.csv", "labelled.csv", &gold, |_, _| true);
    let command = "estimate corpus.csv --labelled labelled.csv --by source,pred_stance";
    let (found, warned) = stance(&folder, command);
    assert_eq!(warned, "");
    holds(&found, truth);
    // In a stratum the shares are the sample's.
    let none = &found["slices"]["pred_stance"]["none"]["shares"]["against"];
    let of: Vec<Row> =
        rows(&folder, "labelled.csv").into_iter().filter(|row| row["stratum"] == "none").collect();
    let share = of.iter().filter(|row| row["stance"] == "against").count() as f64 / of.len() as f64;
    assert!((none["value"].as_f64().unwrap() - share).abs() < 1e-9);
    // Without its probabilities the same sample is no random one, and said to be none.
    let bare: Vec<String> = folder
        .read("labelled.csv")
        .lines()
        .map(|line| line.replace("inclusion", "of_inclusion"))
        .collect();
    folder.write("bare.csv", bare.join("\n"));
    let (_, warned) = stance(&folder, "estimate corpus.csv --labelled bare.csv");
    assert!(warned.contains("as many passages of each predicted label"), "{warned}");
}

#[test]
fn what_contradicts_the_design_is_said() {
    let folder = Folder::new();
    let (gold, truth) = write_corpus(&folder);
    ran(&folder, "sample corpus.csv -n 150 --by stance -o s.csv");
    let warned = |is_done: &dyn Fn(usize, &Row) -> bool| {
        label(&folder, "s.csv", "labelled.csv", &gold, is_done);
        stance(&folder, "estimate corpus.csv --labelled labelled.csv")
    };
    // Half of one stratum is not labelled: the others of it stand for them.
    let (found, said) = warned(&|number, row| row["stratum"] != "none" || number % 2 == 0);
    assert!(said.contains("drawn but not labelled") && said.contains("in \"none\""), "{said}");
    holds(&found, truth);
    let (_, said) = warned(&|_, row| row["stratum"] != "favor");
    assert!(said.contains("strata without any label: 50 of 50 passages in \"favor\""), "{said}");
    // So it is where the rows themselves are gone.
    let kept: Vec<String> = (folder.read("labelled.csv").lines())
        .filter(|line| !line.contains("favor"))
        .map(str::to_owned)
        .collect();
    folder.write("labelled.csv", kept.join("\n"));
    let (_, said) = stance(&folder, "estimate corpus.csv --labelled labelled.csv");
    assert!(said.contains("the probabilities in labelled.csv are those of a sample of"), "{said}");
    // Probabilities alone will do: one passage of each page.
    let sizes: HashMap<String, usize> =
        rows(&folder, "corpus.csv").into_iter().fold(HashMap::new(), |mut sizes, row| {
            *sizes.entry(row["page"].clone()).or_default() += 1;
            sizes
        });
    let one_of_page = |with_size: bool| {
        let mut table = "page,seq,stance,inclusion\n".to_owned();
        for page in 0..150 {
            let page = format!("p{page}");
            let size = sizes[&page];
            let seq = (1 + size * 5 % 7 % size).to_string();
            let p = if with_size { 1.0 / size as f64 } else { 150.0 / 900.0 };
            let label = gold[&(page.clone(), seq.clone())];
            writeln!(table, "{page},{seq},{label},{p}").unwrap();
        }
        folder.write("one.csv", table);
        stance(&folder, "estimate corpus.csv --labelled one.csv")
    };
    let (found, said) = one_of_page(true);
    assert_eq!(said, "");
    holds(&found, truth);
    let (_, said) = one_of_page(false);
    assert!(said.contains("one passage of each page"), "{said}");
    // What is no probability is refused where it stands.
    folder.write("wrong.csv", "page,seq,stance,inclusion\np0,1,none,1.5\n");
    let refused = folder.command("estimate corpus.csv --labelled wrong.csv").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("wrong.csv:2: inclusion is \"1.5\""));
}

#[test]
fn what_was_drawn_is_said_in_one_way() {
    let folder = Folder::new();
    let (gold, truth) = write_corpus(&folder);
    ran(&folder, "sample corpus.csv -n 150 -o s.csv");
    label(&folder, "s.csv", "labelled.csv", &gold, |_, _| true);
    stance(&folder, "estimate corpus.csv --labelled labelled.csv --drawn passages");
    let command = "estimate corpus.csv --labelled labelled.csv --drawn pages";
    let refused = folder.command(command).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let words = "labelled.csv:2: the column drawn says passages, and";
    assert!(said(&refused).contains(words), "{}", said(&refused));
    assert!(said(&refused).contains("leave the setting out"), "{}", said(&refused));
    // Probabilities that differ on a page are not those of pages: nothing is weighted twice.
    let mut table = "page,seq,stance,inclusion\n".to_owned();
    for row in rows(&folder, "corpus.csv") {
        let is_first = row["seq"] == "1";
        let number: usize = row["text"][8..].parse().unwrap();
        if is_first || (number * 101 % 907).is_multiple_of(5) {
            let label = gold[&(row["page"].clone(), row["seq"].clone())];
            let p = if is_first { 1.0 } else { 0.2 };
            writeln!(table, "{},{},{label},{p}", row["page"], row["seq"]).unwrap();
        }
    }
    folder.write("uneven.csv", table);
    let command = "estimate corpus.csv --labelled uneven.csv --drawn pages";
    let (found, said) = stance(&folder, command);
    assert!(!said.contains("is of whole pages"), "{said}");
    holds(&found, truth);
}

#[test]
fn pages_that_are_called_otherwise_are_found_by_text() {
    let folder = Folder::new();
    let (gold, _) = write_corpus(&folder);
    ran(&folder, "sample corpus.csv -n 150 --by stance -o s.csv");
    label(&folder, "s.csv", "labelled.csv", &gold, |_, _| true);
    let (expected, warned) = stance(&folder, "estimate corpus.csv --labelled labelled.csv");
    assert_eq!(warned, "");
    let renamed = |name: &str| {
        let text = folder.read(name);
        let page = csv_column(&text, "page");
        let mut out = csv::Writer::from_writer(Vec::new());
        for (line, record) in csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes())
            .records()
            .enumerate()
        {
            let record = record.unwrap();
            let cells =
                record.iter().enumerate().map(|(column, cell)| match column == page && line > 0 {
                    true => format!("pages/{cell}.txt"),
                    false => cell.to_owned(),
                });
            out.write_record(cells).unwrap();
        }
        String::from_utf8(out.into_inner().unwrap()).unwrap()
    };
    folder.write("renamed.csv", renamed("labelled.csv"));
    let (found, warned) = stance(&folder, "estimate corpus.csv --labelled renamed.csv");
    assert_eq!(found, expected);
    assert!(warned.contains("are found in corpus.csv by their texts"), "{warned}");
    // From elsewhere with probabilities: they are left aside, and that is said.
    let elsewhere = folder.read("renamed.csv").replace("Passage", "Other");
    let with_predictions = elsewhere.replacen("stratum,", "pred_stance,", 1);
    folder.write("elsewhere.csv", with_predictions);
    let (found, warned) = stance(&folder, "estimate corpus.csv --labelled elsewhere.csv");
    assert_eq!(found["drawn"], "apart");
    assert!(warned.contains("its column inclusion is not allowed for"), "{warned}");
}

fn csv_column(table: &str, name: &str) -> usize {
    table.lines().next().unwrap().split(',').position(|column| column == name).unwrap()
}

#[test]
fn there_is_a_column_to_label_in_or_a_word_of_it() {
    let folder = Folder::new();
    let bare = ran(&folder, "sample small.csv -m small.standpoint -n 3 --from csv -o s.csv");
    let table = folder.read("small.csv").lines().next().unwrap().to_owned();
    assert!(said(&bare).contains("no column to label in was added"), "{table}: {}", said(&bare));
    // A corpus without labels, and strata of what a model predicts.
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["page", "seq", "text"]).unwrap();
    for row in rows(&folder, "small.csv") {
        out.write_record([&row["page"], &row["seq"], &row["text"]]).unwrap();
    }
    folder.write("texts.csv", String::from_utf8(out.into_inner().unwrap()).unwrap());
    let by = ran(&folder, "sample texts.csv -m small.standpoint -n 8 --by stance -o by.csv");
    assert!(!said(&by).contains("no column to label in"), "{}", said(&by));
    let header = folder.read("by.csv").lines().next().unwrap().to_owned();
    assert_eq!(header, "page,seq,text,stance,stratum,stratum_size,inclusion,drawn");
    let named = ran(&folder, "sample texts.csv -n 3 --tasks mood -o mood.csv");
    assert!(!said(&named).contains("no column to label in"), "{}", said(&named));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let folder = Folder::new();
    write_corpus(&folder);
    for (arguments, code, words) in [
        ("sample corpus.csv -n 5000", 3, "5000 are to be drawn, and there are 902"),
        ("sample corpus.csv -n 100 --by text", 3, "two of each"),
        ("sample corpus.csv -n 100 --by colour", 2, "there is no column \"colour\""),
        ("sample corpus.csv", 2, "-n <N>"),
        ("sample corpus.csv -n 0", 2, "1 or more"),
        ("sample corpus.csv -n 5 --size-for 0.03", 2, "cannot be used with"),
        ("sample corpus.csv --size-for 0.9", 2, "below 0.5"),
        ("sample corpus.csv -n 5 -o corpus.csv", 2, "corpus.csv"),
        ("sample corpus.csv -n 5 --format text", 2, "a sample is a table"),
    ] {
        let output = folder.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {}", said(&output));
        assert!(said(&output).contains(words), "{arguments}: {}", said(&output));
        assert!(output.stdout.is_empty());
    }
    ran(&folder, "sample corpus.csv -n 20 -o s.csv");
    let again = folder.command("sample s.csv -n 5").output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(said(&again).contains("has a column \"stratum\" already"), "{}", said(&again));
}

#[test]
fn how_many_labels_an_interval_takes_is_said_and_true() {
    let folder = Folder::new();
    let (gold, _) = write_corpus(&folder);
    let sizes = |more: &str| {
        let arguments = format!("sample corpus.csv --size-for 0.05 --format json {more}");
        let json: Value = serde_json::from_slice(&ran(&folder, &arguments).stdout).unwrap();
        let schema = schema("sample_size-1");
        assert_eq!(breach(&schema, &schema, &json, ""), None);
        json["sizes"][0].clone()
    };
    let size = |more: &str| sizes(more)["n"].as_u64().unwrap();
    let simple = size("");
    assert!(size("--by stance") > simple, "as many of each label take more");
    let of_pages = sizes("--drawn pages")["n_passages"].as_u64().unwrap();
    assert!(of_pages > simple, "whole pages say less: {of_pages} passages, and {simple}");
    let text = String::from_utf8(ran(&folder, "sample corpus.csv --size-for 0.05").stdout).unwrap();
    assert!(
        text.starts_with(&format!("stance: label {simple} passages for intervals of ±0.05")),
        "{text}"
    );
    // Nothing is known: the textbook's number.
    let bare: Vec<String> = (folder.read("corpus.csv").lines())
        .map(|line| line.split(',').take(4).collect::<Vec<_>>().join(","))
        .collect();
    folder.write("bare.csv", bare.join("\n"));
    let text = String::from_utf8(ran(&folder, "sample bare.csv --size-for 0.05").stdout).unwrap();
    assert!(text.starts_with("any task: label 2") && text.contains("the worst case"), "{text}");

    ran(&folder, "sample corpus.csv -n 100 -o s.csv");
    label(&folder, "s.csv", "labelled.csv", &gold, |_, _| true);
    let (found, _) = stance(&folder, "estimate corpus.csv --labelled labelled.csv --size-for 0.05");
    let (n, label_of) = (found["needed"]["n"].as_u64().unwrap(), &found["needed"]["label"]);
    ran(&folder, &format!("sample corpus.csv -n {n} -o more.csv"));
    label(&folder, "more.csv", "labelled.csv", &gold, |_, _| true);
    let (found, _) = stance(&folder, "estimate corpus.csv --labelled labelled.csv");
    let share = &found["shares"][label_of.as_str().unwrap()];
    let half = (share["hi"].as_f64().unwrap() - share["lo"].as_f64().unwrap()) / 2.0;
    assert!((0.04..0.06).contains(&half), "{half} with {n}");
}
