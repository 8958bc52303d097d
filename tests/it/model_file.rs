//! The model file distrusts its input.

use std::collections::BTreeMap;

use allocation_counter::measure;
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};
use serde_json::{Value, json};
use standpoint::{
    Corpus, Error, ErrorKind, Model, TrainSettings, Trainer,
    evaluate::NoThreshold,
    features::FeatureSettings,
    model::{Notice, PredictSettings, Seen},
    predictions::Answers,
};

use crate::{corpus, file, small_model, small_settings};

fn open(bytes: &[u8]) -> Result<Model, Error> {
    Model::from_bytes("m", bytes)
}

/// What a model answers for a page; there is a passage without text on it.
fn answered(model: &Model) -> Vec<Answers> {
    let page = Corpus::of_page(["They must answer for it.", "Share", "", "“Wrong,” he said."]);
    model.predict(&page).unwrap().tasks().to_vec()
}

/// A model of few bytes: some words and one task.
fn miniature() -> Model {
    let features =
        FeatureSettings { word_ngrams: (1, 1), char_ngrams: (0, 0), ..Default::default() };
    let settings = TrainSettings { features, context: false, ..small_settings() };
    let small = corpus("tests/fixtures/small.csv");
    Trainer::with(settings).tasks(["stance"]).fit(&small).unwrap()
}

/// The bytes with the digest that they ought to have.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = find(&bytes, b"xxh3-64:") + 8;
    bytes[at..at + 16].fill(b'0');
    let right = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes));
    bytes[at..at + 16].copy_from_slice(right.as_bytes());
    bytes
}

/// The bytes with one piece of the config exchanged for another of the same length, and the digest
/// made right again.
fn forged(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = find(bytes, from.as_bytes());
    let mut forged = bytes.to_vec();
    forged[at..at + to.len()].copy_from_slice(to.as_bytes());
    resealed(forged)
}

pub type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// Numbers that no honest config has.
const FORGED: [&str; 3] = ["1e999", "-1e999", "-1"];

/// The model taken apart, changed, and put together again with a digest that is right.
pub fn rebuilt(bytes: &[u8], change: impl FnOnce(&mut Value, &mut Tensors)) -> Vec<u8> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).unwrap();
    let config = &metadata.metadata().as_ref().unwrap()["config"];
    let mut config: Value = serde_json::from_str(config).unwrap();
    let of = |(name, view): (String, TensorView<'_>)| {
        (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()))
    };
    let mut tensors: Tensors =
        SafeTensors::deserialize(bytes).unwrap().tensors().into_iter().map(of).collect();
    change(&mut config, &mut tensors);
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    // No value of JSON in memory holds every number that a file can.
    let mut config = config.to_string();
    for number in FORGED {
        config = config.replace(&format!("\"number {number}\""), number);
    }
    let metadata = [("config".to_owned(), config)].into();
    resealed(serialize(views, Some(metadata)).unwrap())
}

/// A safetensors file of this header, with these bytes behind it.
fn with_header(header: &str, tensors: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), tensors].concat()
}

/// How much memory opening takes at the most, whatever comes of it.
fn bytes_taken(bytes: &[u8]) -> u64 {
    measure(|| drop(Model::from_bytes("m", bytes))).bytes_max
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}

#[test]
fn a_model_survives_its_file() {
    let model = small_model();
    let bytes = model.to_bytes();
    let again = open(&bytes).unwrap();
    assert!(again.to_bytes() == bytes);
    assert_eq!(answered(&again), answered(&model));
}

/// Models of version 0.1 have errors observed, and no evidence from which they could be bounded.
#[test]
fn a_model_made_before_errors_were_bounded_answers_as_it_did() {
    let new = small_model();
    let old = rebuilt(&new.to_bytes(), |config, _| {
        let tasks = config["tasks"].as_array_mut().unwrap().iter_mut();
        let stages = tasks.flat_map(|task| task["stages"].as_array_mut().unwrap());
        for stage in stages {
            for point in stage["decision"]["risk"].as_array_mut().unwrap() {
                assert!(point.as_object_mut().unwrap().remove("evidence").is_some());
            }
        }
    });
    let old = open(&old).unwrap();
    assert_eq!(answered(&old), answered(&new));
    let said = |model: &Model| {
        let settings = PredictSettings::default().max_error(0.5);
        let predictor = model.predictor(&settings).unwrap();
        let mut seen = Seen::default();
        seen.add(&predictor.predict(&Corpus::of_page(["The officers handed them in."])).unwrap());
        seen.notices(&predictor)
    };
    let is_old = |notice: &Notice| matches!(notice, Notice::Warning(text) if text.contains("before version 0.2"));
    assert!(said(&old).iter().any(is_old), "{:?}", said(&old));
    assert!(!said(&new).iter().any(is_old), "{:?}", said(&new));
    let decision = old.targets()[0].tasks()[0].decision();
    assert!(!decision.has_bounds());
    assert!(decision.answering(0.5, 0.95).unwrap().error <= 0.5);
    // Six pages can promise nothing.
    let decision = new.targets()[0].tasks()[0].decision();
    assert_eq!(decision.answering(0.5, 0.95), Err(NoThreshold::FewPages));
}

#[test]
fn saving_replaces_the_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.standpoint");
    std::fs::write(&path, "something else").unwrap();
    let model = small_model();
    model.save(&path).unwrap();
    assert!(Model::open(&path).unwrap().to_bytes() == model.to_bytes());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn every_flipped_bit_is_noticed_slow() {
    let bytes = miniature().to_bytes();
    let size = bytes.len();
    assert!((1 << 12..1 << 15).contains(&size), "{size} bytes: small, and so all are tried");
    (0..8 * size).into_par_iter().for_each(|bit| {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let mut opened = true;
        let taken = measure(|| opened = open(&damaged).is_ok()).bytes_max;
        assert!(!opened, "byte {}, bit {}", bit / 8, bit % 8);
        assert!(taken < 16 * size as u64, "byte {}, bit {}: {taken} bytes", bit / 8, bit % 8);
    });
}

/// Where somebody made the digest right again, what opens can be used: it answers every passage, and
/// is saved and opened again as it is.
#[test]
fn every_flipped_bit_behind_a_right_digest_is_noticed_or_harmless_slow() {
    let bytes = miniature().to_bytes();
    let digest = find(&bytes, b"xxh3-64:");
    let bits: Vec<usize> =
        (0..8 * bytes.len()).filter(|bit| !(digest..digest + 24).contains(&(bit / 8))).collect();
    let opened: usize = bits
        .par_iter()
        .map(|bit| {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let Ok(model) = open(&resealed(damaged)) else { return 0 };
            let answers = answered(&model);
            let p = answers[0].probabilities().unwrap();
            assert!(
                p.iter().all(|p| (0.0..=1.0).contains(p)),
                "byte {}, bit {}: {p:?}",
                bit / 8,
                bit % 8
            );
            let saved = model.to_bytes();
            assert!(open(&saved).unwrap().to_bytes() == saved, "byte {}, bit {}", bit / 8, bit % 8);
            1
        })
        .sum();
    assert!(opened > bits.len() / 4, "most weights may be another: {opened} of {}", bits.len());
}

#[test]
fn every_truncation_and_whatever_is_appended_is_noticed() {
    let bytes = miniature().to_bytes();
    (0..bytes.len()).into_par_iter().for_each(|length| {
        assert!(open(&bytes[..length]).is_err(), "cut to {length} bytes");
    });
    for more in [&b"x"[..], b"\0", b" ", b"{}", &bytes] {
        let longer = [&bytes[..], more].concat();
        assert!(open(&longer).is_err() && open(&resealed(longer)).is_err());
        assert!(open(&[more, &bytes].concat()).is_err());
    }
}

#[test]
fn another_format_version_and_another_program_are_told_apart_from_damage() {
    let bytes = small_model().to_bytes();
    let newer = forged(&bytes, r#"\"format_version\":1"#, r#"\"format_version\":7"#);
    assert!(matches!(
        open(&newer).unwrap_err().kind(),
        ErrorKind::NewerFormat { found: 7, newest: 2, .. }
    ));
    let other = forged(&bytes, "standpoint.model", "othertool1.model");
    assert!(matches!(open(&other).unwrap_err().kind(), ErrorKind::NotAModel { .. }));
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(open(&damaged).unwrap_err().kind(), ErrorKind::DamagedModel { .. }));
    assert!(matches!(
        open(b"PK\x03\x04 a zip file").unwrap_err().kind(),
        ErrorKind::NotAModel { .. }
    ));
    assert!(matches!(open(b"").unwrap_err().kind(), ErrorKind::NotAModel { .. }));
}

/// Nothing is allocated because the file claims it: what opening takes is bounded by the file's own size.
#[test]
fn a_header_that_claims_terabytes_is_refused_before_anything_is_allocated() {
    let tensor = |shape: &str, offsets: &str| {
        format!(r#"{{"a":{{"dtype":"F64","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let most = u64::MAX.to_string();
    let headers = [
        tensor("[1099511627776]", "[0,8796093022208]"),
        tensor("[4294967296,4294967296]", "[0,8]"),
        tensor(&format!("[{most},{most}]"), &format!("[0,{most}]")),
        tensor(&format!("[{most}]"), &format!("[8,{most}]")),
        tensor("[1]", "[8,0]"),
        tensor("[-1]", "[0,-8]"),
        tensor("[1e300]", "[0,1e300]"),
        tensor("[0,18446744073709551615]", "[0,0]"),
        r#"{"__metadata__":{"config":"}"#.to_owned(),
        String::new(),
    ];
    let claimed =
        [42, 62, 63].map(|bit| [&(1u64 << bit).to_le_bytes(), &b"{\"a\":1}"[..]].concat());
    let lengths = [u64::MAX, u64::MAX - 7].map(|n| [&n.to_le_bytes(), &b"{}"[..]].concat());
    let headers = headers.iter().map(|header| with_header(header, &[0; 8]));
    for hostile in headers.chain(claimed).chain(lengths) {
        let shown = String::from_utf8_lossy(&hostile);
        assert!(open(&hostile).is_err(), "{shown}");
        let taken = bytes_taken(&hostile);
        assert!(taken < 4096, "{shown}: {taken} bytes");
    }
    // A header of its own megabyte.
    let many: Vec<String> = (0..20_000)
        .map(|i| format!(r#""{i}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#))
        .collect();
    let hostile = with_header(&format!("{{{}}}", many.join(",")), b"");
    assert!(open(&hostile).is_err());
    let taken = bytes_taken(&hostile);
    assert!(taken < 32 * hostile.len() as u64, "{taken} bytes for {}", hostile.len());
}

/// A parser that calls itself would run out of stack.
#[test]
fn deep_nesting_is_refused() {
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    let bytes = miniature().to_bytes();
    for nested in [deep("[", "]"), deep("{\"a\":", "}"), "[".repeat(400_000)] {
        assert!(open(&with_header(&nested, b"")).is_err());
        assert!(open(&with_header(&format!(r#"{{"a":{nested}}}"#), b"")).is_err());
        let config = Value::String(nested.clone());
        let header = format!(r#"{{"__metadata__":{{"config":{config}}}}}"#);
        assert!(open(&with_header(&header, b"")).is_err());
        // Behind all that is right, where a version newer than ours may have something.
        let header_length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + header_length]).unwrap();
        let at = header.find(r#"\"training\":"#).unwrap();
        let nested = nested.replace('"', "\\\"");
        let header = format!(r#"{}\"more\":{nested},{}"#, &header[..at], &header[at..]);
        assert!(open(&resealed(with_header(&header, &bytes[8 + header_length..]))).is_err());
    }
}

#[test]
fn evidence_of_errors_is_checked() {
    let bytes = miniature().to_bytes();
    let refused = |change: &dyn Fn(&mut Value)| {
        let forged = rebuilt(&bytes, |config, _| {
            change(&mut config["tasks"][0]["stages"][0]["decision"]["risk"][0]);
        });
        assert!(open(&forged).is_err());
    };
    for evidence in [json!([5, 6, 0.1, 1.0]), json!([5, 4, -0.1, 1.0]), json!([5, 4, 0.1, 9.0])] {
        refused(&|point| point["evidence"] = evidence.clone());
    }
    // Some points have it, and one has not.
    refused(&|point| drop(point.as_object_mut().unwrap().remove("evidence")));
    assert!(open(&rebuilt(&bytes, |_, _| {})).is_ok());
}

/// What is wrong with a model whose digest is right; each is refused in words and without a panic.
#[test]
fn a_model_that_was_put_together_by_somebody_is_checked_all_through() {
    let bytes = miniature().to_bytes();
    assert!(rebuilt(&bytes, |_, _| {}).len() == bytes.len(), "what is changed is all that differs");
    open(&rebuilt(&bytes, |_, _| {})).unwrap();
    let refused = |what: &str, forged: Vec<u8>| match open(&forged) {
        Err(error) => match error.into_kind() {
            ErrorKind::DamagedModel { why, .. } => why,
            other => panic!("{what}: {other}"),
        },
        Ok(_) => panic!("{what} was not noticed"),
    };
    let config = |what: &str, change: &dyn Fn(&mut Value)| {
        refused(what, rebuilt(&bytes, |config, _| change(config)))
    };
    let numbers = |tensor: &str, at: usize, number: &[u8]| {
        let forged = rebuilt(&bytes, |_, tensors| {
            let bytes = &mut tensors.get_mut(tensor).unwrap().2;
            bytes[at * number.len()..][..number.len()].copy_from_slice(number);
        });
        refused(tensor, forged)
    };
    for (tensor, single) in [
        ("terms.idf", true),
        ("heads.weights", true),
        ("heads.intercept", false),
        ("stage.0.passage.mean", false),
        ("stage.0.passage.scale", false),
        ("stage.0.passage.weights", false),
        ("stage.0.passage.intercept", false),
    ] {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let why = match single {
                true => numbers(tensor, 1, &(number as f32).to_le_bytes()),
                false => numbers(tensor, 1, &number.to_le_bytes()),
            };
            assert!(why.contains("not finite"), "{tensor}: {why}");
        }
    }
    // Finite, and yet what follows from them would not be.
    for number in [f64::MAX, -f64::MAX] {
        for tensor in ["mean", "weights", "intercept"] {
            numbers(&format!("stage.0.passage.{tensor}"), 1, &number.to_le_bytes());
        }
        numbers("heads.intercept", 1, &number.to_le_bytes());
    }
    for number in [0.0, -1.0, f64::MIN_POSITIVE, 5e-324] {
        numbers("stage.0.passage.scale", 0, &number.to_le_bytes());
    }
    numbers("terms.idf", 0, &0f32.to_le_bytes());
    numbers("terms.ends", 0, &u32::MAX.to_le_bytes());
    numbers("terms.ends", 1, &0u32.to_le_bytes());
    for name in ["\u{1b}[2J", "a\nb", "\0", "\u{9b}31m"] {
        config("the name of a task", &|config| config["tasks"][0]["name"] = json!(name));
        config("a label", &|config| config["tasks"][0]["labels"][2] = json!(format!("z{name}")));
        config("the target", &|config| config["target"] = json!(name));
    }
    config("no task", &|config| config["tasks"] = json!([]));
    config("a task twice", &|config| {
        let task = config["tasks"][0].clone();
        config["tasks"] = json!([task, task]);
    });
    config("no stage", &|config| config["tasks"][0]["stages"] = json!([]));
    config("labels out of order", &|config| {
        config["tasks"][0]["labels"].as_array_mut().unwrap().reverse();
    });
    config("no context", &|config| config["contexts"] = json!([]));
    config("n-grams without end", &|config| {
        config["features"]["char_ngrams"] = json!([1, 1_000_000]);
    });
    config("more words than terms", &|config| config["n_word_terms"] = json!(u64::MAX));
    for number in FORGED {
        let number = json!(format!("number {number}"));
        config("the penalty of a head", &|config| config["tasks"][0]["penalty"] = number.clone());
        config("a share", &|config| config["tasks"][0]["shares"][0] = number.clone());
        config("tau", &|config| {
            config["tasks"][0]["stages"][0]["decision"]["tau"] = number.clone();
        });
        config("passages", &|config| config["training"]["passages"] = number.clone());
    }
    config("a field of no version", &|config| config["code"] = json!("import os"));
    refused(
        "a tensor too many",
        rebuilt(&bytes, |_, tensors| {
            tensors.insert("more".into(), (Dtype::U8, vec![3], vec![0; 3]));
        }),
    );
    refused("a tensor less", rebuilt(&bytes, |_, tensors| drop(tensors.remove("terms.idf"))));
    refused(
        "another type",
        rebuilt(&bytes, |_, tensors| {
            tensors.get_mut("heads.intercept").unwrap().0 = Dtype::I64;
        }),
    );
    refused(
        "names that are not UTF-8",
        rebuilt(&bytes, |_, tensors| {
            tensors.get_mut("terms.names").unwrap().2[0] = 0xFF;
        }),
    );
}

/// A header may name a tensor twice: what counts is the last, and what the first alone covers is
/// missing then.
#[test]
fn a_tensor_that_is_there_twice_is_noticed_or_is_the_same() {
    let bytes = miniature().to_bytes();
    let header_length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + header_length]).unwrap().trim_end();
    let at = header.find(r#","terms.idf":"#).unwrap();
    let entry = &header[at..at + header[at..].find("]}").unwrap() + 2];
    let twice = |entry: &str| {
        let header = format!("{}{entry}}}", header.strip_suffix('}').unwrap());
        resealed(with_header(&header, &bytes[8 + header_length..]))
    };
    assert!(open(&twice(entry)).unwrap().to_bytes() == bytes);
    let other = entry.replace(r#""data_offsets":["#, r#""data_offsets":[1"#);
    assert_ne!(other, entry);
    assert!(open(&twice(&other)).is_err());
}

/// Names whose hashes share their last bits stand in each other's way: so many of them that looking
/// one up would take for ever are not looked up at all.
#[test]
fn terms_that_were_chosen_to_collide_are_refused_slow() {
    let n = 2000;
    let names = (0u64..)
        .map(|i| format!("{i:08}"))
        .filter(|name| xxhash_rust::xxh3::xxh3_64(name.as_bytes()).trailing_zeros() >= 12);
    let names: Vec<String> = names.take(n).collect();
    let forged = rebuilt(&miniature().to_bytes(), |config, tensors| {
        config["n_word_terms"] = json!(n);
        let le = |numbers: Vec<u32>| -> Vec<u8> {
            numbers.into_iter().flat_map(u32::to_le_bytes).collect()
        };
        let ends = le((1..=n as u32).map(|i| 8 * i).collect());
        let idf = 1f32.to_le_bytes().repeat(n);
        let k = config["tasks"][0]["labels"].as_array().unwrap().len();
        tensors.insert("terms.names".into(), (Dtype::U8, vec![8 * n], names.concat().into_bytes()));
        tensors.insert("terms.ends".into(), (Dtype::U32, vec![n], ends));
        tensors.insert("terms.idf".into(), (Dtype::F32, vec![n], idf.clone()));
        tensors.insert("heads.weights".into(), (Dtype::F32, vec![n, k], idf.repeat(k)));
    });
    assert!(matches!(open(&forged).unwrap_err().kind(), ErrorKind::DamagedModel { .. }));
}

#[test]
fn a_config_that_does_not_fit_its_tensors_is_refused() {
    let bytes = small_model().to_bytes();
    let hash = forged(&bytes, r#"\"of\":\"officers\""#, r#"\"of\":\"officerz\""#);
    assert!(matches!(open(&hash).unwrap_err().kind(), ErrorKind::DamagedModel { .. }));
    let shape = forged(
        &bytes,
        r#"\"labels\":[\"against\",\"favor\""#,
        r#"\"labels\":[\"against     favor\""#,
    );
    assert!(
        matches!(open(&shape).unwrap_err().kind(), ErrorKind::DamagedModel { .. }),
        "a label less than weights"
    );
    let version = forged(&bytes, r#"\"format_version\":1"#, r#"\"format_version\":0"#);
    assert!(matches!(open(&version).unwrap_err().kind(), ErrorKind::NotAModel { .. }));
    // Names out of order, or twice, would let a file slow the reader down without end.
    let names = forged(&bytes, "shareshare this", "shareaaaaa this");
    assert!(matches!(open(&names).unwrap_err().kind(), ErrorKind::DamagedModel { .. }));
    let column = forged(&bytes, "own.kind.news", "own.kind.nows");
    assert!(matches!(open(&column).unwrap_err().kind(), ErrorKind::DamagedModel { .. }));
    let settings = forged(&bytes, r#"\"min_df\":1"#, r#"\"min_df\":0"#);
    assert!(matches!(open(&settings).unwrap_err().kind(), ErrorKind::DamagedModel { .. }));
}

/// `models/FORMAT.md` is true: what it says of the file's first bytes and of the hash.
#[test]
fn the_file_is_what_its_specification_says() {
    let bytes = std::fs::read(file("models/default.standpoint")).unwrap();
    let header_length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + header_length]).unwrap();
    assert_eq!(header["__metadata__"].as_object().unwrap().len(), 1);
    let config: Value =
        serde_json::from_str(header["__metadata__"]["config"].as_str().unwrap()).unwrap();
    assert_eq!(config["format"], "standpoint.model");
    let key = xxhash_rust::xxh3::xxh3_64(b"officers");
    assert_eq!(config["hash"]["value"], format!("{key:016x}"));
    let specification = std::fs::read_to_string(file("models/FORMAT.md")).unwrap();
    assert!(specification.contains(&format!("{key:016x}")));
    for tensor in header.as_object().unwrap().keys().filter(|name| *name != "__metadata__") {
        let name = tensor.replace(|c: char| c.is_ascii_digit(), "N");
        assert!(specification.contains(&format!("`{name}`")), "{name} is not specified");
    }
}

/// What names and columns take does not grow with their product.
#[test]
fn long_names_of_tasks_and_many_labels_take_little() {
    let grown = |name: &str, n: usize, columns: &[String]| {
        rebuilt(&miniature().to_bytes(), |config, tensors| {
            let labels: Vec<String> = (0..n).map(|label| format!("l{label:06}")).collect();
            let terms = tensors["terms.idf"].1[0];
            let stage = config["tasks"][0]["stages"][0].clone();
            let task = &mut config["tasks"][0];
            task["name"] = json!(name);
            task["labels"] = json!(labels);
            task["counts"] = json!(vec![1; n]);
            task["shares"] = json!(vec![0.5; n]);
            task["stages"] = json!([stage]);
            task["stages"][0]["columns"] = json!(columns);
            let mut set = |name: &str, dtype: Dtype, shape: Vec<usize>, value: &[u8]| {
                let bytes = value.repeat(shape.iter().product());
                tensors.insert(name.into(), (dtype, shape, bytes));
            };
            let (zero, one) = (0f64.to_le_bytes(), 1f64.to_le_bytes());
            set("heads.weights", Dtype::F32, vec![terms, n], &[0; 4]);
            set("heads.intercept", Dtype::F64, vec![n], &zero);
            let c = columns.len();
            set("stage.0.passage.mean", Dtype::F64, vec![c], &zero);
            set("stage.0.passage.scale", Dtype::F64, vec![c], &one);
            set("stage.0.passage.weights", Dtype::F64, vec![c, n], &zero);
            set("stage.0.passage.intercept", Dtype::F64, vec![n], &zero);
        })
    };
    let long = "T".repeat(200_000);
    let some = [format!("own.{long}.l000003"), format!("own.{long}.l001999"), "upper".into()];
    for (name, n, columns) in [
        (long.as_str(), 2000, &some[..0]),
        (long.as_str(), 2000, &some[..]),
        ("t", 3000, &[]),
        ("t.l000001", 2, &["own.t.l000001.l000001".to_owned()]),
    ] {
        let bytes = grown(name, n, columns);
        let mut opened = None;
        let info = measure(|| opened = Some(open(&bytes)));
        let model = opened.unwrap().unwrap();
        assert_eq!(model.to_bytes(), bytes, "it is saved as it was opened");
        assert!(info.bytes_max < 32 * bytes.len() as u64, "{}: {}", bytes.len(), info.bytes_max);
    }
    for column in ["own.t.l9", "prev.t.l000001", "own.l000001", "own", "t.l000001", "position"] {
        let bytes = grown("t", 2, &[column.to_owned()]);
        assert!(open(&bytes).is_err(), "{column}");
    }
}
