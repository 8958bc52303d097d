//! The model file distrusts its input.

use standpoint::{Error, Model, Passages};

use crate::{file, small_model};

fn open(bytes: &[u8]) -> Result<Model, Error> {
    Model::from_bytes("m", bytes)
}

/// The bytes with one piece of the config exchanged for another of the same length, and the digest
/// made right again.
fn forged(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = find(bytes, from.as_bytes());
    let mut forged = bytes.to_vec();
    forged[at..at + to.len()].copy_from_slice(to.as_bytes());
    let digest = find(&forged, b"xxh3-64:") + 8;
    forged[digest..digest + 16].fill(b'0');
    let right = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&forged));
    forged[digest..digest + 16].copy_from_slice(right.as_bytes());
    forged
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
    let passages = Passages::page(vec!["They must answer for it.", "Share", "“Wrong,” he said."]);
    assert_eq!(again.predict(&passages), model.predict(&passages));
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
fn every_flipped_bit_and_every_truncation_is_noticed() {
    let bytes = small_model().to_bytes();
    assert!(bytes.len() < 1 << 20);
    for at in (0..bytes.len()).filter(|at| *at < 4096 || at % 97 == 0) {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            assert!(open(&damaged).is_err(), "byte {at}, bit {bit}");
        }
    }
    for length in (0..bytes.len()).filter(|length| *length < 4096 || length % 997 == 0) {
        assert!(open(&bytes[..length]).is_err(), "cut to {length} bytes");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(open(&longer).is_err());
}

#[test]
fn another_format_version_and_another_program_are_told_apart_from_damage() {
    let bytes = small_model().to_bytes();
    let newer = forged(&bytes, r#"\"format_version\":1"#, r#"\"format_version\":7"#);
    assert!(matches!(open(&newer), Err(Error::NewerFormat { found: 7, newest: 1, .. })));
    let other = forged(&bytes, "standpoint.model", "othertool1.model");
    assert!(matches!(open(&other), Err(Error::NotAModel { .. })));
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(open(&damaged), Err(Error::DamagedModel { .. })));
    assert!(matches!(open(b"PK\x03\x04 a zip file"), Err(Error::NotAModel { .. })));
    assert!(matches!(open(b""), Err(Error::NotAModel { .. })));
}

#[test]
fn a_header_that_claims_terabytes_is_refused() {
    let mut hostile = (1u64 << 42).to_le_bytes().to_vec();
    hostile.extend(
        b"{\"a\":{\"dtype\":\"F64\",\"shape\":[1099511627776],\"data_offsets\":[0,8796093022208]}}",
    );
    assert!(open(&hostile).is_err());
    let header =
        br#"{"a":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}}  "#;
    let mut hostile = (header.len() as u64).to_le_bytes().to_vec();
    hostile.extend(header);
    assert!(open(&hostile).is_err());
}

#[test]
fn a_config_that_does_not_fit_its_tensors_is_refused() {
    let bytes = small_model().to_bytes();
    let hash = forged(&bytes, r#"\"of\":\"officers\""#, r#"\"of\":\"officerz\""#);
    assert!(matches!(open(&hash), Err(Error::DamagedModel { .. })));
    let shape = forged(
        &bytes,
        r#"\"labels\":[\"against\",\"favor\""#,
        r#"\"labels\":[\"against     favor\""#,
    );
    assert!(matches!(open(&shape), Err(Error::DamagedModel { .. })), "a label less than weights");
    let version = forged(&bytes, r#"\"format_version\":1"#, r#"\"format_version\":0"#);
    assert!(matches!(open(&version), Err(Error::NotAModel { .. })));
    // Names out of order, or twice, would let a file slow the reader down without end.
    let names = forged(&bytes, "shareshare this", "shareaaaaa this");
    assert!(matches!(open(&names), Err(Error::DamagedModel { .. })));
    let column = forged(&bytes, "own.kind.news", "own.kind.nows");
    assert!(matches!(open(&column), Err(Error::DamagedModel { .. })));
    let settings = forged(&bytes, r#"\"min_df\":1"#, r#"\"min_df\":0"#);
    assert!(matches!(open(&settings), Err(Error::DamagedModel { .. })));
}

/// `models/FORMAT.md` is true: what it says of the file's first bytes and of the hash.
#[test]
fn the_file_is_what_its_specification_says() {
    let bytes = std::fs::read(file("models/default.standpoint")).unwrap();
    let header_length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header_length]).unwrap();
    assert_eq!(header["__metadata__"].as_object().unwrap().len(), 1);
    let config: serde_json::Value =
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
