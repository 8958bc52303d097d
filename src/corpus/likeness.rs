//! Labels that look like each other, like an empty cell or like a set of labels: the one place that says
//! which do.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::Deserialize;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::error::nearest;

/// Between the labels of a set that is written as one text.
const BETWEEN: [char; 4] = ['#', '|', ';', ','];
/// What programs and people write where there is no value, in lower case and without brackets.
const MISSING: [&str; 39] = [
    "nan",
    "-nan",
    "+nan",
    "np.nan",
    "na",
    "pd.na",
    "na_character_",
    "n/a",
    "n.a.",
    "n.a",
    "n / a",
    "n\\a",
    "#n/a",
    "#na",
    "#nv",
    "#n/v",
    "#n/a n/a",
    "null",
    "nul",
    "nil",
    "nat",
    "pd.nat",
    "nonetype",
    "\\n",
    "undefined",
    "missing",
    "missing value",
    "not available",
    "blank",
    "empty",
    "1.#ind",
    "-1.#ind",
    "1.#qnan",
    "#value!",
    "#ref!",
    "#div/0!",
    "#num!",
    "#null!",
    "#name?",
];
/// Labels that are shown in a sentence, at most.
const SHOWN: usize = 12;

/// In what labels differ that are otherwise the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Case,
    Accents,
    Space,
    Punctuation,
    Order,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Case, Self::Accents, Self::Space, Self::Punctuation, Self::Order];

    fn name(self) -> &'static str {
        match self {
            Self::Case => "upper and lower case",
            Self::Accents => "accents or how characters are encoded",
            Self::Space => "white space",
            Self::Punctuation => "punctuation",
            Self::Order => "the order of their parts",
        }
    }
}

/// What labels have in common that differ only in case, accents, white space, punctuation, the order of the
/// labels in a set, or in how a number is written.
pub(crate) fn label_key(label: &str) -> String {
    number(label).unwrap_or_else(|| folded(label, None))
}

/// A whole number or a decimal fraction in its shortest form. Labels are names: no exponents.
fn number(label: &str) -> Option<String> {
    let label: String = label.nfkc().collect::<String>().trim().replace('\u{2212}', "-");
    let (minus, digits) = match label.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", label.strip_prefix('+').unwrap_or(&label)),
    };
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    // A comma may also part thousands.
    let thousands = digits.contains(',') && part.len() > 2;
    if whole.is_empty() || thousands || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let minus = if whole == "0" && part.is_empty() { "" } else { minus };
    let point = if part.is_empty() { "" } else { "." };
    Some(format!("{minus}{whole}{point}{part}"))
}

/// The label without all in which likes may differ, but for the kind that is `kept`.
fn folded(label: &str, kept: Option<Kind>) -> String {
    let folds = |kind: Kind| kept != Some(kind);
    let mut parts: Vec<&str> = label.split(BETWEEN).collect();
    if parts.iter().any(|part| !part.contains(char::is_alphanumeric)) {
        parts = vec![label];
    }
    let fold = |part: &&str| -> String {
        let composed: String = match folds(Kind::Accents) {
            true => part.nfkd().filter(|c| !is_accent(*c) && !is_invisible(*c)).collect(),
            false => (*part).to_owned(),
        };
        let cased = match folds(Kind::Case) {
            // Upper case first, for letters like ß that have no other way to their like.
            true => composed.to_uppercase().to_lowercase(),
            false => composed,
        };
        let chars: Vec<char> = cased.chars().collect();
        let mut kept = String::with_capacity(cased.len());
        for (at, &c) in chars.iter().enumerate() {
            let inside = |at: Option<usize>| {
                at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric())
            };
            // A hyphen joins words; before or behind one it is a sign, as in A-.
            let joins = !is_hyphen(c) || inside(at.checked_sub(1)) && inside(Some(at + 1));
            let dropped = c.is_whitespace() && folds(Kind::Space)
                || is_punctuation(c) && joins && folds(Kind::Punctuation);
            if !dropped {
                kept.push(c);
            }
        }
        kept
    };
    let mut all: Vec<String> = parts.iter().map(fold).collect();
    if folds(Kind::Order) {
        all.sort();
        all.dedup();
    }
    match all.join("|") {
        // Nothing but punctuation: that is the label.
        nothing if nothing.trim().is_empty() => label.to_lowercase(),
        key => key,
    }
}

/// Accents of Latin, Greek and Cyrillic letters, and the vowel points of Hebrew and Arabic. Other combining
/// marks are letters of their scripts.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}'
        | '\u{64b}'..='\u{65f}' | '\u{670}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
        || c.is_control() && !c.is_whitespace()
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Punctuation that says nothing by itself. Signs that do, as + < = %, are no punctuation here.
fn is_punctuation(c: char) -> bool {
    is_hyphen(c)
        || matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '"' | '(' | ')' | '[' | ']' | '{' | '}'
            | '_' | '/' | '\\' | '*' | '`' | '|' | '¡' | '¿' | '«' | '»' | '·' | '´'
            | '\u{2016}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}' | '\u{3002}'
            | '\u{3008}'..='\u{3011}' | '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}' | '\u{964}' | '\u{965}')
}

/// Labels that are alike, in groups of two or more, in order.
fn alike<'a>(labels: impl IntoIterator<Item = &'a str>) -> Vec<Vec<&'a str>> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for label in labels.into_iter().collect::<BTreeSet<_>>() {
        groups.entry(label_key(label)).or_default().push(label);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// How labels of one [`label_key`] differ, as the end of a sentence about them.
fn difference(labels: &[&str]) -> String {
    if labels.iter().all(|label| number(label).is_some()) {
        return "are the same number".to_owned();
    }
    let needed = |kind: &Kind| {
        labels.iter().map(|label| folded(label, Some(*kind))).collect::<BTreeSet<_>>().len() > 1
    };
    let names: Vec<&str> = Kind::ALL.into_iter().filter(needed).map(Kind::name).collect();
    match names.as_slice() {
        [] => "differ in punctuation and white space alone".to_owned(),
        names => format!("differ in {} alone", listed(names)),
    }
}

/// `a, b and c`.
fn listed(items: &[impl AsRef<str>]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// Whether a label is what is written where there is no value, among all labels of its task.
fn is_missing(label: &str, all: &BTreeSet<&str>) -> bool {
    let plain: String = label.nfkc().collect::<String>().trim().to_lowercase();
    let bare = plain.trim_matches(['<', '>', '(', ')', '[', ']', '{', '}', '"', '\'', '`']).trim();
    let is = |text: &str| MISSING.contains(&text);
    if is(&plain) || is(bare) {
        return true;
    }
    if bare == "none" {
        return plain != bare || !is_in_style(label, all);
    }
    if plain.is_empty() || ["[]", "{}", "()", "<>", "\"\"", "''"].contains(&plain.as_str()) {
        return true;
    }
    // A minus is a label where there is a plus.
    let signs = all.iter().any(|label| !label.is_empty() && label.chars().all(|c| c == '+'));
    plain.chars().all(|c| is_hyphen(c) && !signs || matches!(c, '.' | '…' | '?' | '_'))
}

/// Whether `none` has the capitals that the other labels have, and so is one of them: `none` is, and `NONE`
/// and `None` are where all others look so. Python's `None` does not ask.
fn is_in_style(none: &str, all: &BTreeSet<&str>) -> bool {
    let style = |label: &str| {
        let mut letters = label.chars().filter(|c| c.is_alphabetic());
        let first = letters.next().is_some_and(char::is_uppercase);
        let others: Vec<bool> = letters.map(char::is_uppercase).collect();
        (first, !others.is_empty() && others.iter().all(|upper| *upper))
    };
    let own = style(none);
    let lettered = |label: &&&str| label.contains(char::is_alphabetic) && **label != none;
    own == (false, false) || {
        let others: Vec<_> = all.iter().filter(lettered).map(|label| style(label)).collect();
        !others.is_empty() && others.iter().all(|other| *other == own)
    }
}

/// Sentences about labels of a task that are probably not meant: likes and marks of missing values. `counts` has
/// how often each was given, and `said` will have those that a sentence is about.
pub(crate) fn spellings<'a>(
    task: &str,
    counts: &BTreeMap<&'a str, usize>,
    said: &mut BTreeSet<&'a str>,
) -> Vec<String> {
    let all: BTreeSet<&str> = counts.keys().copied().collect();
    let missing: BTreeSet<&str> =
        all.iter().copied().filter(|label| is_missing(label, &all)).collect();
    let counted = |labels: &[&str]| -> Vec<String> {
        let shown = |(at, label): (usize, &&str)| match (at, counts[label]) {
            (0, 1) => format!("{label:?} (once)"),
            (0, n) => format!("{label:?} ({n} times)"),
            (_, n) => format!("{label:?} ({n})"),
        };
        labels.iter().enumerate().map(shown).collect()
    };
    let mut doubts = Vec::new();
    for group in alike(counts.keys().copied()) {
        if group.iter().all(|label| missing.contains(label)) {
            continue;
        }
        said.extend(&group);
        doubts.push(format!(
            "the {task} labels {} {}, and count as {} labels; write them in one way",
            listed(&counted(&group)),
            difference(&group),
            group.len()
        ));
    }
    let missing: Vec<&str> = counts
        .keys()
        .copied()
        .filter(|label| missing.contains(label) && !said.contains(label))
        .collect();
    said.extend(&missing);
    let objects: Vec<&str> =
        counts.keys().copied().filter(|label| label.starts_with("{\"")).collect();
    if let Some(first) = objects.first() {
        said.extend(&objects);
        doubts.push(format!(
            "{task} has labels that are JSON objects and not names, as {first}; `standpoint convert` makes a table \
             of what annotation tools export"
        ));
    }
    let shown = shortened(&counted(&missing));
    match missing.len() {
        0 => {}
        1 => doubts.push(format!(
            "the {task} label {shown} looks like an empty cell; empty those cells, or rename it if it is a \
             label"
        )),
        _ => doubts.push(format!(
            "the {task} labels {shown} look like empty cells; empty those cells, or rename what is a label"
        )),
    }
    doubts
}

/// The same, and sentences about probable slips and other labels of one passage alone. `counts` has the passages
/// of each label; `line` says where the only passage of a label is.
pub(super) fn doubtful(
    task: &str,
    counts: &BTreeMap<&str, usize>,
    line: impl Fn(&str) -> Option<u64>,
) -> Vec<String> {
    let mut said = BTreeSet::new();
    let mut doubts = spellings(task, counts, &mut said);
    let frequent = || counts.iter().filter(|(_, count)| **count > 1).map(|(label, _)| *label);
    let mut alone: Vec<String> = Vec::new();
    for (label, _) in counts.iter().filter(|(label, n)| **n == 1 && !said.contains(*label)) {
        if let Some(like) = nearest(label, frequent()) {
            doubts.push(format!(
                "only one passage has the {task} label {label:?}; did you mean {like:?}?"
            ));
        } else {
            let line = line(label).map(|line| format!(" (line {line})")).unwrap_or_default();
            alone.push(format!("{label:?}{line}"));
        }
    }
    match &alone[..] {
        [] => {}
        [label] => doubts.push(format!(
            "only one passage has the {task} label {label}: it cannot be learnt; label more passages so, or leave \
             it out"
        )),
        labels => doubts.push(format!(
            "{} {task} labels have one passage each, and cannot be learnt: {}; label more passages so, or leave \
             them out",
            labels.len(),
            shortened(labels)
        )),
    }
    doubts
}

/// Items, the first of many.
fn shortened(items: &[String]) -> String {
    match items.len().checked_sub(SHOWN) {
        None | Some(0) => items.join(", "),
        Some(more) => format!("{} and {more} more", items[..SHOWN].join(", ")),
    }
}

/// A sentence if the predicted labels of a task are gold labels in another spelling, or none of them is a gold
/// label at all.
pub(crate) fn mismatch(
    task: &str,
    gold: &BTreeSet<&str>,
    predicted: &BTreeSet<&str>,
) -> Option<String> {
    if gold.is_empty() || predicted.is_empty() {
        return None;
    }
    let quoted = |labels: &BTreeSet<&str>| {
        shortened(&labels.iter().map(|label| format!("{label:?}")).collect::<Vec<_>>())
    };
    // A like of a gold label that is itself gold is told by its own passages.
    let likes: Vec<Vec<&str>> = alike(gold.union(predicted).copied())
        .into_iter()
        .filter(|group| {
            let of = |labels: &BTreeSet<&str>, others: &BTreeSet<&str>| {
                group.iter().any(|label| labels.contains(label) && !others.contains(label))
            };
            of(predicted, gold) && group.iter().any(|label| gold.contains(label))
        })
        .collect();
    let spelt = |group: &Vec<&str>| {
        let own: Vec<String> = group.iter().map(|label| format!("{label:?}")).collect();
        format!("{} {}", listed(&own), difference(group))
    };
    if gold.is_disjoint(predicted) {
        let how = match likes.first() {
            Some(group) => format!(" ({})", spelt(group)),
            None => String::new(),
        };
        return Some(format!(
            "no predicted {task} label is a gold label{how}: the gold labels are {}, the predicted ones {}; \
             write both in one way",
            quoted(gold),
            quoted(predicted)
        ));
    }
    let (first, more) = (likes.first()?, likes.len() - 1);
    let more = match more {
        0 => String::new(),
        n => format!(", and so in {n} more cases"),
    };
    Some(format!(
        "the {task} labels {}{more}, and count as different labels, gold and predicted; write both in one way",
        spelt(first)
    ))
}

/// A list of labels as a set: sorted, each once, as JSON. Lists are also read as Python prints them and as Label
/// Studio exports choices; any other text stays as it is.
pub(super) fn as_set(text: Cow<'_, str>) -> Cow<'_, str> {
    match set_of(&text) {
        Some(labels) if labels.len() > 1 => serde_json::to_string(&labels).map_or(text, Cow::Owned),
        _ => text,
    }
}

/// The labels of a text that is a list of names or numbers.
fn set_of(text: &str) -> Option<Vec<Value>> {
    #[derive(Deserialize)]
    struct Choices {
        choices: Vec<Value>,
    }
    let listed: Vec<Value> = match text.starts_with("{\"choices\"") {
        true => serde_json::from_str(text).ok().map(|Choices { choices }| choices)?,
        false if !text.starts_with('[') => return None,
        false => serde_json::from_str(text)
            .ok()
            .or_else(|| Some(printed_by_python(text)?.into_iter().map(Value::String).collect()))?,
    };
    let mut set: BTreeMap<String, Value> = BTreeMap::new();
    for label in listed {
        match &label {
            Value::String(name) if name.trim().is_empty() => {}
            Value::String(name) => drop(set.insert(name.trim().to_owned(), name.trim().into())),
            Value::Number(number) => drop(set.insert(number.to_string(), label)),
            _ => return None,
        }
    }
    Some(set.into_values().collect())
}

/// The texts of a list that is written as JSON, or as Python prints it, in order.
pub(super) fn list_of(text: &str) -> Option<Vec<String>> {
    if !text.starts_with('[') {
        return None;
    }
    let listed: Option<Vec<String>> = serde_json::from_str(text).ok();
    listed.or_else(|| printed_by_python(text))
}

/// `['a', "b's"]`.
fn printed_by_python(text: &str) -> Option<Vec<String>> {
    let mut rest = text.strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (label, behind) = rest[1..].split_once(quote)?;
        if label.contains('\\') {
            return None;
        }
        labels.push(label.to_owned());
        let behind = behind.trim_start();
        rest = match behind.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if behind.is_empty() => behind,
            None => return None,
        };
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(counts: &[(&str, usize)]) -> Vec<String> {
        doubtful("t", &counts.iter().copied().collect(), |_| Some(7))
    }

    #[test]
    fn likes_have_one_key_and_others_have_not() {
        for group in [
            &["Favor", "favor", "FAVOR", " favor.", "fa\u{200b}vor", "ｆavor", "\"favor\""][..],
            &["not sure", "Not-Sure", "not_sure", "notsure"],
            &["café", "cafe\u{301}", "Cafe", "CAFÉ"],
            &["Straße", "STRASSE", "strasse"],
            &["1", "1.0", "01", "1,0", "１", "+1"],
            &["delays#service", "service#delays", "Service, delays", "[\"delays\",\"service\"]"],
            &["против", "Против", "ПРОТИВ!"],
            &["نعم", "نَعم"],
            &["賛成", "賛成。"],
        ] {
            let keys: BTreeSet<String> = group.iter().map(|label| label_key(label)).collect();
            assert_eq!(keys.len(), 1, "{group:?} {keys:?}");
        }
        let apart = [
            "1", "-1", "0", "10", "1.5", "A", "A-", "A+", "+", "-", "C", "C#", "C++", "👍", "👎",
            "<5", ">5", "5%", "की", "का", "が", "か", "favor", "favour", "?", "!",
        ];
        assert_eq!(alike(apart), [] as [Vec<&str>; 0]);
    }

    #[test]
    fn a_sentence_names_what_differs() {
        for (labels, how) in [
            (["Favor", "favor"], "differ in upper and lower case alone"),
            (["favor.", "favor"], "differ in punctuation alone"),
            (["no idea", "noidea"], "differ in white space alone"),
            (["Favor.", "favor"], "differ in upper and lower case and punctuation alone"),
            (["a#b", "b#a"], "differ in the order of their parts alone"),
            (["1", "1.0"], "are the same number"),
        ] {
            assert_eq!(difference(&labels), how);
        }
        assert!(difference(&["café", "cafe"]).contains("accents"));
    }

    #[test]
    fn marks_of_missing_values_are_told_and_none_is_a_label() {
        for word in [
            "NaN",
            "nan",
            "NA",
            "N/A",
            "n.a.",
            "#N/A",
            "null",
            "NULL",
            "(null)",
            "<NA>",
            "None",
            "-",
            "--",
            "–",
            "?",
            ".",
            "...",
            "[]",
            "{}",
            "()",
            "NaT",
            "nil",
            "\\N",
            "undefined",
            "#REF!",
            "(blank)",
        ] {
            let found = told(&[("against", 20), ("favor", 20), (word, 5)]);
            assert_eq!(found.len(), 1, "{word} {found:?}");
            assert!(
                found[0].contains(&format!("{word:?} (5 times) looks like an empty")),
                "{found:?}"
            );
        }
        assert_eq!(told(&[("against", 20), ("favor", 20), ("none", 5)]), [""; 0]);
        assert_eq!(told(&[("AGAINST", 20), ("FAVOR", 20), ("NONE", 5)]), [""; 0]);
        assert_eq!(told(&[("+", 20), ("-", 20), ("0", 5)]), [""; 0]);
        assert_eq!(told(&[("-1", 20), ("0", 20), ("1", 5)]), [""; 0]);
        let both = told(&[("None", 2), ("none", 30), ("favor", 9)]);
        assert_eq!(
            both,
            [
                "the t labels \"None\" (2 times) and \"none\" (30) differ in upper and lower case alone, \
              and count as 2 labels; write them in one way"
            ]
        );
    }

    #[test]
    fn a_label_of_one_passage_is_told_once() {
        let found = told(&[("no", 30), ("not sure", 1), ("yes", 29)]);
        assert_eq!(
            found,
            [
                "only one passage has the t label \"not sure\" (line 7): it cannot be learnt; label more \
              passages so, or leave it out"
            ]
        );
        assert_eq!(told(&[("opinion", 30), ("opinon", 1)]).len(), 1);
        assert_eq!(told(&[("Yes", 1), ("yes", 29)]).len(), 1);
        assert_eq!(told(&[("NaN", 1), ("yes", 29)]).len(), 1);
    }

    #[test]
    fn lists_are_sets() {
        let set = |text: &str| as_set(Cow::Borrowed(text)).into_owned();
        for text in [
            "[\"a\",\"b\"]",
            "[\"b\", \"a\"]",
            "['b', 'a']",
            "[\"b\",\"a\",\"b\"]",
            "{\"choices\":[\"b\",\"a\"]}",
        ] {
            assert_eq!(set(text), "[\"a\",\"b\"]");
        }
        assert_eq!(set("[2, 10, 1]"), "[1,10,2]");
        for text in ["[b, a]", "[\"a\"]", "[[0,5,\"x\"]]", "b,a", "[sic] quoted"] {
            assert_eq!(set(text), text);
        }
    }

    #[test]
    fn gold_and_predicted_labels_are_compared() {
        let of = |gold: &[&'static str], predicted: &[&'static str]| {
            mismatch("t", &gold.iter().copied().collect(), &predicted.iter().copied().collect())
        };
        assert_eq!(of(&["a", "b"], &["b", "c"]), None);
        assert_eq!(of(&["a"], &[]), None);
        let found = of(&["favor", "none"], &["FAVOR", "NONE"]).unwrap();
        assert!(found.contains("no predicted t label is a gold label"), "{found}");
        assert!(found.contains("upper and lower case"), "{found}");
        let found = of(&["0", "1"], &["0.0", "1.0"]).unwrap();
        assert!(found.contains("are the same number") && found.contains("\"0\", \"1\""), "{found}");
        let found = of(&["yes", "no"], &["ja", "nein"]).unwrap();
        assert!(found.contains("\"ja\", \"nein\""), "{found}");
        let found = of(&["favor", "none"], &["Favor", "none"]).unwrap();
        assert!(found.contains("count as different labels"), "{found}");
    }
}
