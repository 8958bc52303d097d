//! Columns that stand beside the text: numbers and vectors.

use std::{fmt::Write as _, sync::Arc};

use serde_json::{Value, json};
use standpoint::{
    Corpus, Error, ErrorKind, Model, Predictor, ReadSettings, TrainSettings, Trainer,
    corpus::TextEncoder, input::Source,
};

use crate::{
    commands::Folder,
    model_file::{Tensors, rebuilt},
};

/// Numbers that look random and are always the same.
fn noise(i: usize) -> f64 {
    let mixed = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / f64::from(1 << 24)
}

/// 30 pages of 8 passages whose words say little: `told` says the label nine times in ten, `noise` nothing.
fn table() -> String {
    let mut lines = String::new();
    for i in 0..240 {
        let label = if noise(i) < 0.4 { "against" } else { "favor" };
        let right = noise(i + 1000) < 0.9;
        let told = f64::from(u8::from((label == "favor") == right)) + noise(i + 2000) / 4.0;
        let hint = if noise(i + 3000) < 0.2 { label } else { "thing" };
        let (page, seq, other) = (i / 8, i % 8 + 1, noise(i + 4000));
        let vector = format!("[{told},{other},{}]", told * other);
        writeln!(
            lines,
            r#"{{"page":"p{page}","seq":{seq},"text":"word {} some {hint}","stance":"{label}","told":{told},"noise":{other},"v":{vector},"w_0":{told},"w_1":{other}}}"#,
            i % 11,
        )
        .unwrap();
    }
    lines
}

fn read(lines: &str) -> Corpus {
    let source = Source::from_bytes("t.jsonl", lines.as_bytes().to_vec()).unwrap();
    Corpus::read(&source, &ReadSettings::default()).unwrap()
}

/// The table in two, pages whole.
pub fn halves() -> (Corpus, Corpus) {
    let corpus = read(&table());
    let rows: Vec<usize> = (0..corpus.len()).collect();
    let (first, second) = rows.split_at(120);
    (corpus.select(first), corpus.select(second))
}

pub fn trainer() -> Trainer {
    Trainer::with(TrainSettings { folds: 4, ..Default::default() }).tasks(["stance"])
}

fn macro_f1(trainer: &Trainer, corpus: &Corpus) -> f64 {
    let validated = trainer.cross_validate(corpus, 4).unwrap();
    validated.task("stance").unwrap().macro_f1().value.unwrap()
}

#[test]
fn a_column_that_tells_is_kept_and_one_that_does_not_is_left_out() {
    let corpus = read(&table());
    let kept = |trainer: Trainer| {
        let trained = trainer.fit_reported(&corpus).unwrap();
        trained.reports[0].tasks[0].dense.iter().map(|block| block.is_kept).collect::<Vec<_>>()
    };
    assert_eq!(kept(trainer().numbers(["told"])), [true]);
    assert_eq!(kept(trainer().numbers(["noise"])), [false]);
    assert_eq!(kept(trainer().vectors(["v"])), [true]);
    let without = macro_f1(&trainer(), &corpus);
    for with in
        [trainer().numbers(["told", "noise"]), trainer().vectors(["v"]), trainer().vectors(["w"])]
    {
        let with = macro_f1(&with, &corpus);
        assert!(with > without + 0.15 && with > 0.8, "{without} to {with}");
    }
}

#[test]
fn what_is_left_out_changes_no_answer_and_is_not_asked_for() {
    let corpus = read(&table());
    let with = trainer().numbers(["noise"]).fit(&corpus).unwrap();
    assert!(with.to_bytes() == trainer().fit(&corpus).unwrap().to_bytes());
}

#[test]
fn an_explanation_has_the_columns_and_sums_to_the_score() {
    let mut lines = table();
    // A missing number, and one from another world.
    lines = lines.replacen("\"told\":1", "\"told\":null,\"was\":1", 1);
    lines = lines.replacen("\"noise\":0", "\"noise\":1e9,\"was\":0", 1);
    let corpus = read(&lines);
    let model = trainer().numbers(["told", "noise"]).vectors(["v"]).fit(&corpus).unwrap();
    for row in [0, 1, 7, 100] {
        let explained = model.explain(&corpus, row).unwrap();
        let stance = explained.task("stance").unwrap();
        assert!((stance.sum() - stance.score).abs() < 1e-9, "{row}");
        let predicted = model.predict(&corpus).unwrap();
        assert_eq!(predicted.task("stance").unwrap().label(row), Some(&*stance.label));
        let names: Vec<&str> = stance.columns.iter().map(|column| &*column.name).collect();
        assert!(names.starts_with(&["told", "noise"]) || names == ["v"], "{names:?}");
        for column in stance.columns.iter().filter(|column| column.name == "told") {
            assert_eq!(column.value.is_none(), column.contribution == 0.0);
        }
    }
}

#[test]
fn a_model_of_columns_is_read_back_and_needs_them() {
    let corpus = read(&table());
    let model = trainer().numbers(["told"]).vectors(["v"]).fit(&corpus).unwrap();
    let bytes = model.to_bytes();
    let again = Model::from_bytes("again", &bytes).unwrap();
    assert!(again.to_bytes() == bytes);
    assert_eq!(again.predict(&corpus).unwrap().tasks(), model.predict(&corpus).unwrap().tasks());
    // An older program says that the file is newer, and not that it is damaged.
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains(r#"\"format_version\":2"#));
    let error = model.predict(&Corpus::of_page(["A word"])).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Input { .. }));
    let said = error.to_string();
    assert!(said.contains("there is no column \"") && said.contains("the model reads"), "{said}");
    let settings = TrainSettings::of(&model.targets()[0]);
    let n_sources = again.targets()[0].dense_sources().count();
    assert_eq!(settings.numbers.len() + settings.vectors.len(), n_sources);
}

#[test]
fn a_damaged_block_of_columns_is_refused() {
    let model = trainer().vectors(["v"]).fit(&read(&table())).unwrap();
    let bytes = model.to_bytes();
    let refused = |change: &dyn Fn(&mut Value, &mut Tensors)| {
        let error = Model::from_bytes("forged", &rebuilt(&bytes, change)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::DamagedModel { .. }), "{error}");
    };
    refused(&|_, tensors| drop(tensors.remove("dense.0.mean")));
    refused(&|_, tensors| tensors.get_mut("dense.0.weights").unwrap().1 = vec![1, 6]);
    for name in ["mean", "scale", "weights"] {
        let set = |number: f32, tensors: &mut Tensors| {
            let bytes = &mut tensors.get_mut(&format!("dense.0.{name}")).unwrap().2;
            bytes[..4].copy_from_slice(&number.to_le_bytes());
        };
        refused(&|_, tensors| set(f32::NAN, tensors));
        if name == "scale" {
            refused(&|_, tensors| set(-1.0, tensors));
        }
    }
    refused(&|config, _| config["dense"][0]["most"] = json!(0.0));
    refused(&|config, _| config["dense"][0]["source"] = json!({ "numbers": ["a", "b"] }));
    refused(&|config, _| config["dense"][0]["source"] = json!({ "numbers": "v" }));
    refused(&|config, _| {
        let twice = config["dense"][0].clone();
        config["dense"].as_array_mut().unwrap().push(twice);
    });
}

#[test]
fn the_same_bytes_with_any_number_of_threads() {
    let corpus = read(&table());
    let trained = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let trainer = trainer().numbers(["told"]).vectors(["v"]);
        pool.install(|| trainer.fit(&corpus).unwrap().to_bytes())
    };
    assert!(trained(1) == trained(3));
}

#[test]
fn the_command_line_trains_predicts_and_explains_with_columns() {
    let folder = Folder::new();
    folder.write("t.jsonl", table());
    let run = |arguments: &str| folder.command(arguments).output().unwrap();
    let train = "train t.jsonl --tasks stance -o m.standpoint --numbers";
    let trained = run(&format!("{train} told"));
    let said = String::from_utf8_lossy(&trained.stderr).into_owned();
    assert!(trained.status.success() && said.contains("columns told kept"), "{said}");
    let explained = run("explain t.jsonl -m m.standpoint --passage 1");
    let shown = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(shown.contains("(column told = "), "{shown}");
    let missing = run(&format!("{train} toldd"));
    assert_eq!(missing.status.code(), Some(2));
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(said.contains("did you mean \"told\"?"), "{said}");
}

/// Says whether the digits of a text sum to an odd number, which no word of a text that is new to a model does.
#[derive(Debug)]
struct Odd(&'static str);

impl TextEncoder for Odd {
    fn sha256(&self) -> &str {
        self.0
    }

    fn dimension(&self) -> usize {
        2
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<f32>, Error> {
        let odd =
            |text: &&str| text.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').sum::<u8>() % 2;
        Ok(texts.iter().flat_map(|text| [f32::from(odd(text)), 1.0]).collect())
    }
}

fn odd(sha256: &'static str) -> Arc<dyn TextEncoder> {
    Arc::new(Odd(sha256))
}

#[test]
fn an_encoder_is_a_block_of_columns_that_the_model_asks_for() {
    let page = |p: usize| (0..8).map(move |i| format!("number {}", 1000 + 8 * p + i));
    let labels = (0..160).map(|i| 1000 + i).map(|n: usize| {
        let sum: usize = n.to_string().bytes().map(|b| usize::from(b - b'0')).sum();
        Some(if sum % 2 == 1 { "odd" } else { "even" })
    });
    let corpus = Corpus::of_pages((0..20).map(page)).with_gold("kind", labels).unwrap();
    let trainer =
        || Trainer::with(TrainSettings { folds: 4, ..Default::default() }).tasks(["kind"]);
    let trained = trainer().encoder(odd("aa11")).fit_reported(&corpus).unwrap();
    assert!(trained.reports[0].tasks[0].dense[0].is_kept);
    let model = Model::from_bytes("m", &trained.model.to_bytes()).unwrap();
    let predictor = || model.predictor(&standpoint::model::PredictSettings::default()).unwrap();

    let refused = |predictor: Predictor, words: &[&str]| {
        let message = predictor.predict(&corpus).unwrap_err().to_string();
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    };
    refused(predictor(), &["through an encoder", "none was given", "`encoder`"]);
    refused(predictor().with_encoder(odd("bb22")), &["another encoder", "aa11", "bb22"]);

    let with = predictor().with_encoder(odd("aa11"));
    let new = Corpus::of_page(["number 7000", "number 7001", "number 7002", "number 7003"]);
    let predictions = with.predict(&new).unwrap();
    let kinds: Vec<_> = (0..4).map(|row| predictions.task("kind").unwrap().label(row)).collect();
    assert_eq!(kinds, [Some("odd"), Some("even"), Some("odd"), Some("even")]);
    let validated = trainer().encoder(odd("aa11")).cross_validate(&corpus, 4).unwrap();
    assert!(validated.task("kind").unwrap().macro_f1().value.unwrap() > 0.95);
}
