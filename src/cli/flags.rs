//! The library names settings; the command line, the flags that give them.

use standpoint::{Error, ErrorKind};

/// The error in words, with the command line's flags in place of the library's settings.
pub fn flags_named(error: &anyhow::Error) -> String {
    let message = format!("{error:#}");
    let message = match error.downcast_ref::<Error>().and_then(|error| setting_of(error.kind())) {
        Some(name) => message.replacen(name, &flag_of(name), 1),
        None => message,
    };
    with_flags(&message)
}

/// The setting that an error is about.
fn setting_of(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::Setting { name, .. } => Some(name),
        ErrorKind::OfTarget { error, .. } => setting_of(error.kind()),
        _ => None,
    }
}

/// A sentence of the library, which puts the names of settings in backticks, with flags in their place.
pub fn with_flags(message: &str) -> String {
    // An odd number of backticks is not the library's doing.
    if message.matches('`').count() % 2 == 1 {
        return message.to_owned();
    }
    let mut named = String::with_capacity(message.len());
    for (number, part) in message.split('`').enumerate() {
        // Every second part is between backticks.
        match flag_of(part) {
            flag if number % 2 == 1 && flag != part => named += &flag,
            _ if number % 2 == 1 => named.extend(["`", part, "`"]),
            _ => named += part,
        }
    }
    named
}

/// The flag that gives a setting of the library; its own name where there is none.
fn flag_of(setting: &str) -> String {
    match setting {
        "criterion" => "--optimise".to_owned(),
        "penalties" => "--l2".to_owned(),
        "label_weights" => "--class-weights".to_owned(),
        "format" => "--from".to_owned(),
        "folds" => "--cv".to_owned(),
        "by" | "char_ngrams" | "coder" | "columns" | "confidence" | "delimiter" | "drawn"
        | "encoder" | "encoding" | "escape" | "fill_short_rows" | "hash_bits" | "max_error"
        | "max_page" | "max_passage" | "max_terms" | "min_df" | "model" | "numbers"
        | "on_error" | "page" | "prior" | "quote" | "seq" | "size_for" | "target" | "tasks"
        | "text" | "tolerance" | "unit" | "unlabelled" | "vectors" | "word_ngrams" => {
            format!("--{}", setting.replace('_', "-"))
        }
        other => other.to_owned(),
    }
}
