//! The least that any reader of words has to do: read, lower-case, split into words, hash each.
//! `cargo bench --bench limit -- FILE [bigrams]` says how long; without a file there is nothing to do.

use std::{
    array, env,
    error::Error,
    fs,
    io::{Write, stdout},
    time::Instant,
};

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

fn main() -> Result<(), Box<dyn Error>> {
    // cargo says `--bench`.
    let mut arguments = env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(path) = arguments.next() else { return Ok(()) };
    let bigrams = arguments.next().is_some();
    // Whatever is not ASCII counts as a letter: to know better would cost time.
    let in_word: [bool; 256] =
        array::from_fn(|byte| byte >= 128 || (byte as u8).is_ascii_alphanumeric());
    let began = Instant::now();
    let text = fs::read_to_string(path)?;
    let (mut lower, mut hashed, mut sum) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        lower.clear();
        if line.is_ascii() {
            lower.extend(line.bytes().map(|byte| byte.to_ascii_lowercase()));
        } else {
            lower.extend(line.to_lowercase().bytes());
        }
        let mut previous = None;
        let parts = lower.split(|&byte| !in_word[usize::from(byte)]);
        for word in parts.filter(|part| !part.is_empty()) {
            let hash = xxh3_64(word);
            sum ^= hash;
            hashed += 1;
            // A bigram is its second word, with the hash of the first as seed.
            if bigrams && let Some(before) = previous.replace(hash) {
                sum ^= xxh3_64_with_seed(word, before);
                hashed += 1;
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let found = serde_json::json!({
        "seconds": seconds,
        "mb_per_s": text.len() as f64 / 1e6 / seconds,
        "hashed": hashed,
        // Or the compiler would leave the hashing out.
        "sum": sum,
    });
    Ok(writeln!(stdout(), "{found}")?)
}
