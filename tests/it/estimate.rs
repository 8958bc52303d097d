//! `estimate`: what share of a corpus has each label.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::process::assert_cmd_snapshot;
use crate::{
    commands::Folder,
    schema::{breach, schema},
};

/// What a command prints as JSON; that of `estimate` keeps to its schema.
fn json(folder: &Folder, arguments: &str) -> Value {
    let output = folder.command(&format!("{arguments} --format json")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = serde_json::from_slice(&output.stdout).unwrap();
    if arguments.starts_with("estimate") {
        let schema = schema("estimate-1");
        assert_eq!(breach(&schema, &schema, &json, ""), None, "{arguments}");
    }
    json
}

const LABELS: [&str; 3] = ["against", "favor", "none"];

/// A corpus of 600 passages on 120 pages from two sources: the one is half against, the other half
/// favor. The classifier finds two thirds of what is against, and takes the rest for none.
/// Returns the true shares.
fn write_corpus(folder: &Folder) -> [f64; 3] {
    let mut corpus = "page,seq,source,text,pred_stance\n".to_owned();
    let mut gold = "page,seq,stance\n".to_owned();
    let mut counts = [0; 3];
    for i in 0..600 {
        let page = i / 5;
        let (source, side) = if page % 2 == 0 { ("forum", 0) } else { ("blog", 1) };
        let label = if i * 7 % 10 < 5 { side } else { 2 };
        let predicted = if label == 0 && i * 7 % 15 < 5 { 2 } else { label };
        counts[label] += 1;
        writeln!(corpus, "p{page},{},{source},Passage {i},{}", i % 5 + 1, LABELS[predicted])
            .unwrap();
        writeln!(gold, "p{page},{},{}", i % 5 + 1, LABELS[label]).unwrap();
    }
    folder.write("corpus.csv", corpus);
    folder.write("gold.csv", gold);
    counts.map(|count| f64::from(count) / 600.0)
}

/// Rows of a table by their numbers, as a table.
fn some_rows(folder: &Folder, from: &str, to: &str, rows: impl Iterator<Item = usize>) {
    let table = folder.read(from);
    let lines: Vec<&str> = table.lines().collect();
    let some: Vec<&str> = std::iter::once(lines[0]).chain(rows.map(|row| lines[row + 1])).collect();
    folder.write(to, some.join("\n"));
}

#[test]
fn shares_by_a_labelled_sample() {
    let folder = Folder::new();
    let truth = write_corpus(&folder);
    some_rows(&folder, "gold.csv", "sample.csv", (0..150).map(|i| i * 397 % 600));
    assert_cmd_snapshot!(folder.command("estimate corpus.csv --labelled sample.csv --by source"));
    let found = json(&folder, "estimate corpus.csv --labelled sample.csv --by source");
    let stance = &found["tasks"]["stance"];
    assert_eq!((&stance["drawn"], &stance["n_labelled"]), (&"passages".into(), &150.into()));
    for (label, truth) in LABELS.iter().zip(truth) {
        let share = &stance["shares"][label];
        let number = |name: &str| share[name].as_f64().unwrap();
        assert!(number("lo") <= truth && truth <= number("hi"), "{label}: {share}");
    }
    let against = &stance["shares"]["against"];
    assert!(against["counted"].as_f64().unwrap() < against["lo"].as_f64().unwrap());
    // The mean stance is favor less against.
    let value = |share: &Value| share["value"].as_f64().unwrap();
    let difference = value(&stance["shares"]["favor"]) - value(&stance["shares"]["against"]);
    assert!((value(&stance["mean_stance"]) - difference).abs() < 1e-12);
    assert_eq!(stance["slices"]["source"]["blog"]["shares"]["against"]["counted"], 0.0);
}

/// Mostly passages that were predicted to be against: no random sample, and the user is told.
#[test]
fn a_sample_that_is_not_random_is_warned_of() {
    let folder = Folder::new();
    write_corpus(&folder);
    let warned = |rows: &mut dyn Iterator<Item = usize>| {
        some_rows(&folder, "gold.csv", "sample.csv", rows);
        let output = folder.command("estimate corpus.csv --labelled sample.csv").output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let corpus = folder.read("corpus.csv");
    let against = |row: &usize| corpus.lines().nth(row + 1).unwrap().ends_with("against");
    let some = |row: &usize| row.is_multiple_of(5) || (against(row) && !row.is_multiple_of(3));
    let far = warned(&mut (0..600).filter(some));
    assert!(far.contains("are not those of a random sample of corpus.csv"), "{far}");
    assert_eq!(warned(&mut (0..150).map(|i| i * 397 % 600)), "");
}

/// Every passage labelled: nothing is left to estimate.
/// Samples whose predictions are not far from the corpus's and that are not random all the same.
#[test]
fn one_passage_a_page_and_balanced_samples_are_warned_of() {
    let folder = Folder::new();
    write_corpus(&folder);
    let said = |rows: &mut dyn Iterator<Item = usize>| {
        some_rows(&folder, "gold.csv", "sample.csv", rows);
        let output = folder.command("estimate corpus.csv --labelled sample.csv").output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let one_a_page = said(&mut (0..120).map(|page| page * 5 + page % 5));
    assert!(one_a_page.contains("has one passage of each page"), "{one_a_page}");
    // As many of each predicted label: "none" is more than half of the corpus.
    let corpus = folder.read("corpus.csv");
    let of = |label: &'static str| {
        let rows: Vec<usize> = (corpus.lines().skip(1).enumerate())
            .filter(|(_, line)| line.ends_with(label))
            .map(|(row, _)| row)
            .collect();
        (0..30).map(move |i| rows[i * 37 % rows.len()]).collect::<std::collections::BTreeSet<_>>()
    };
    let all: Vec<_> = LABELS.into_iter().map(of).collect();
    let least = all.iter().map(std::collections::BTreeSet::len).min().unwrap();
    let balanced = said(&mut all.iter().flat_map(|rows| rows.iter().copied().take(least)));
    assert!(balanced.contains("as many passages of each predicted label"), "{balanced}");
    let random = said(&mut (0..120).map(|i| i * 397 % 600));
    assert!(!random.contains("passage of each page") && !random.contains("as many"), "{random}");
}

#[test]
fn a_sample_of_everything_gives_the_truth() {
    let folder = Folder::new();
    let truth = write_corpus(&folder);
    let found = json(&folder, "estimate corpus.csv --labelled gold.csv");
    for (label, truth) in LABELS.iter().zip(truth) {
        let share = &found["tasks"]["stance"]["shares"][label];
        for name in ["value", "lo", "hi"] {
            assert!((share[name].as_f64().unwrap() - truth).abs() < 1e-12, "{label} {share}");
        }
    }
}

/// Without errors in the sample there is nothing to correct.
#[test]
fn a_perfect_classifiers_count_stands() {
    let folder = Folder::new();
    write_corpus(&folder);
    let perfect = folder.read("corpus.csv").replace("pred_stance", "stance");
    folder.write("perfect.csv", perfect);
    some_rows(&folder, "perfect.csv", "sample.csv", (0..150).map(|i| i * 397 % 600));
    let found = json(&folder, "estimate corpus.csv --labelled sample.csv");
    let stance = &found["tasks"]["stance"];
    assert_eq!(stance["lambda"], 1.0);
    for label in LABELS {
        let share = &stance["shares"][label];
        let number = |name: &str| share[name].as_f64().unwrap();
        assert!((number("value") - number("counted")).abs() < 1e-12);
        assert!(number("lo") < number("value") && number("value") < number("hi"));
    }
}

/// The same passages found by page and seq, or by text; the same predictions from the model, or
/// from the file that it wrote.
#[test]
fn it_does_not_matter_how_passages_are_found_or_who_wrote_predictions_down() {
    let folder = Folder::new();
    write_corpus(&folder);
    some_rows(&folder, "gold.csv", "sample.csv", (0..150).map(|i| i * 397 % 600));
    let found = json(&folder, "estimate corpus.csv --labelled sample.csv");
    let texts: Vec<String> = folder
        .read("sample.csv")
        .lines()
        .enumerate()
        .map(|(line, row)| {
            let cells: Vec<&str> = row.split(',').collect();
            if line == 0 {
                return "text,stance".to_owned();
            }
            let page: usize = cells[0][1..].parse().unwrap();
            let seq: usize = cells[1].parse().unwrap();
            format!("Passage {},{}", page * 5 + seq - 1, cells[2])
        })
        .collect();
    folder.write("texts.csv", texts.join("\n"));
    let by_text = json(&folder, "estimate corpus.csv --labelled texts.csv");
    assert_eq!(found["tasks"], by_text["tasks"]);

    let corpus = folder.read("small.csv");
    let mut rows: Vec<String> = corpus.lines().map(str::to_owned).collect();
    let header = rows.remove(0);
    let many: Vec<String> = (0..3)
        .flat_map(|copy| {
            rows.iter()
                .map(move |row| format!("{}{row}", ["a", "b", "c"][copy]))
                .collect::<Vec<_>>()
        })
        .collect();
    folder.write("many.csv", format!("{header}\n{}", many.join("\n")));
    folder.command("predict many.csv -m small.standpoint -o predicted.csv").status().unwrap();
    let by_model = json(&folder, "estimate many.csv -m small.standpoint --labelled many.csv");
    let by_file = json(&folder, "estimate predicted.csv --labelled many.csv");
    for task in ["kind", "stance"] {
        let (ours, theirs) = (&by_model["tasks"][task], &by_file["tasks"][task]);
        for (label, share) in ours["shares"].as_object().unwrap() {
            assert_eq!(share["counted"], theirs["shares"][label]["counted"], "{label}");
            let value = |share: &Value| share["value"].as_f64().unwrap();
            assert!((value(share) - value(&theirs["shares"][label])).abs() < 1e-9, "{label}");
        }
    }
}

/// A sample of other passages: with its own predictions, and the truth that of both.
#[test]
fn a_sample_from_elsewhere_brings_its_own_predictions() {
    let folder = Folder::new();
    write_corpus(&folder);
    let (corpus, gold) = (folder.read("corpus.csv"), folder.read("gold.csv"));
    let beside: Vec<String> = corpus
        .lines()
        .zip(gold.lines())
        .map(|(row, gold)| format!("{row},{}", gold.rsplit(',').next().unwrap()))
        .map(|row| if row.starts_with('p') { row.replacen('p', "q", 1) } else { row })
        .collect();
    let header = beside[0].replacen('q', "p", 1);
    folder.write(
        "other.csv",
        format!("{header}\n{}", beside[1..].join("\n").replace("Passage", "Other")),
    );
    some_rows(&folder, "other.csv", "sample.csv", 0..200);
    let found = json(&folder, "estimate corpus.csv --labelled sample.csv --by source");
    let stance = &found["tasks"]["stance"];
    assert_eq!((&stance["drawn"], &stance["n_labelled_pages"]), (&"apart".into(), &40.into()));
    let against = &stance["shares"]["against"];
    assert!(against["counted"].as_f64().unwrap() < against["value"].as_f64().unwrap());
    assert_eq!(stance["slices"]["source"]["forum"]["n_labelled"], 100);
}

/// Errors that were counted elsewhere, on the same corpus: the sample is not needed if they hold.
#[test]
fn shares_by_known_errors() {
    let folder = Folder::new();
    let truth = write_corpus(&folder);
    let figures = json(&folder, "evaluate --predictions corpus.csv --gold gold.csv");
    folder.write("figures.json", figures.to_string());
    assert_cmd_snapshot!(folder.command("estimate corpus.csv --confusion figures.json"));
    let found = json(&folder, "estimate corpus.csv --confusion figures.json");
    for (label, truth) in LABELS.iter().zip(truth) {
        let share = &found["tasks"]["stance"]["shares"][label];
        let number = |name: &str| share[name].as_f64().unwrap();
        // These very errors made these very counts.
        assert!((number("value") - truth).abs() < 1e-12);
        assert!(number("lo") < truth && truth < number("hi"));
    }
}

#[test]
fn as_a_table() {
    let folder = Folder::new();
    write_corpus(&folder);
    some_rows(&folder, "gold.csv", "sample.csv", (0..150).map(|i| i * 397 % 600));
    let command =
        "estimate corpus.csv --labelled sample.csv --by source --format csv -o shares.csv";
    assert!(folder.command(command).status().unwrap().success());
    let mut reader = csv::Reader::from_path(folder.path("shares.csv")).unwrap();
    let rows: Vec<std::collections::HashMap<String, String>> =
        reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3 * 4);
    let found = json(&folder, "estimate corpus.csv --labelled sample.csv --by source");
    for row in &rows {
        let stance = &found["tasks"]["stance"];
        let of =
            if row["by"].is_empty() { stance } else { &stance["slices"]["source"][&row["value"]] };
        let share =
            if row["label"].is_empty() { &of["mean_stance"] } else { &of["shares"][&row["label"]] };
        for (column, key) in
            [("estimate", "value"), ("lo", "lo"), ("hi", "hi"), ("counted", "counted")]
        {
            assert_eq!(row[column].parse::<f64>().ok(), share[key].as_f64());
        }
        assert_eq!(row["n_labelled"], of["n_labelled"].to_string());
    }
}

#[test]
fn what_cannot_be_estimated_is_refused_or_null() {
    let folder = Folder::new();
    write_corpus(&folder);
    let mut said = Vec::new();
    let mut refused = |arguments: &str| {
        let output = folder.command(&format!("estimate {arguments}")).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.stdout.is_empty());
        said.push(format!("{} {}", output.status.code().unwrap(), error.trim()));
    };
    refused("corpus.csv");
    folder.write("lost.csv", "page,seq,stance\np1,1,none\nq1,1,none\n");
    refused("corpus.csv --labelled lost.csv");
    folder.write("elsewhere.csv", "page,seq,stance\nq1,1,none\n");
    refused("corpus.csv --labelled elsewhere.csv");
    folder.write("bare.csv", "stance\nnone\n");
    refused("corpus.csv --labelled bare.csv");
    folder.write("empty.csv", "page,seq,stance\np1,1,\n");
    refused("corpus.csv --labelled empty.csv");
    folder.write("mood.csv", "page,seq,mood\np1,1,good\n");
    refused("corpus.csv --labelled mood.csv");
    refused("corpus.csv --labelled mood.csv --tasks mood");
    folder.write("doubled.csv", "text,pred_stance\nSame,none\nSame,favor\n");
    folder.write("same.csv", "text,stance\nSame,none\n");
    refused("doubled.csv --labelled same.csv");
    folder.write("p.csv", "text,pred_stance,p_stance_favor,p_stance_none\nA,none,0.1,0.9\n");
    folder.write("slip.csv", "text,stance\nA,non\n");
    refused("p.csv --labelled slip.csv");
    refused("corpus.csv --labelled gold.csv --by kind");
    refused("corpus.csv --labelled gold.csv --confusion figures.json");
    folder.write("torn.json", "{\"schema\":");
    refused("corpus.csv --confusion torn.json");
    folder.write(
        "agreement.json",
        "{\"schema\":\"standpoint.agreement/1\",\"tasks\":{\"stance\":{}}}",
    );
    refused("corpus.csv --confusion agreement.json");
    refused("corpus.csv --labelled corpus.csv -o corpus.csv");
    insta::assert_snapshot!(said.join("\n"));

    some_rows(&folder, "gold.csv", "few.csv", (0..20).map(|i| i * 397 % 600));
    let few = json(&folder, "estimate corpus.csv --labelled few.csv");
    let share = &few["tasks"]["stance"]["shares"]["none"];
    assert!(share["value"].is_null() && share["lo"].is_null() && share["counted"].is_number());
    assert_eq!(share["reason"], "fewer than 30 labelled passages");
    assert_eq!(few["tasks"]["stance"]["lambda"], json!(null));
}
