//! What must hold of any bytes: the fuzz targets try what they can think of, and an ordinary test
//! replays `corpus/`. Each panics where something does not hold.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use serde_json::{Value, value::RawValue};
use standpoint::{
    Corpus, Error, InputFormat, Model, ReadSettings,
    corpus::{HtmlPage, OutputFormat, Unit, passages},
    evaluate::{Evaluation, StoredEvaluation, TaskEvaluation},
    features::{FeatureSettings, TokenKind, folded_both_ways, tokens},
    gate::Gate,
    input::{Compression, Source},
    model::PredictSettings,
    predictions::{Answers, Scored},
    prevalence::{KnownErrors, Shares},
};

/// A name, that of a target and of its folder in `corpus/`, and what must not panic.
pub type Property = (&'static str, fn(&[u8]));

/// All of them.
pub const PROPERTIES: [Property; 9] = [
    ("compressed", compressed),
    ("csv", csv),
    ("evaluation", evaluation),
    ("gate", gate),
    ("html", html),
    ("jsonl", jsonl),
    ("model", model),
    ("text", text),
    ("tokens", tokens_of),
];

/// Bytes of the longest passage that tables may have here.
const LONGEST: usize = 1 << 16;

/// A model that opens answers, with probabilities that are such, and is saved as it is opened again.
/// Where the digest is wrong it is made right too, for somebody who means harm would do so.
pub fn model(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), resealed(bytes)] {
        let Ok(model) = Model::from_bytes("m", &bytes) else { continue };
        let saved = model.to_bytes();
        let again = Model::from_bytes("m", &saved).expect("what was saved opens");
        assert!(again.to_bytes() == saved, "it is saved as it was opened");
        let page = Corpus::of_page(["They must answer for it.", "Share", "", "“Wrong,” he said."]);
        for target in model.targets() {
            // A model for each target has to be told which.
            let target = model.is_per_target().then(|| target.target());
            let mut settings = PredictSettings::default();
            settings.target = target.map(str::to_owned);
            let predict = |model: &Model| {
                let predictor = model.predictor(&settings).expect("it is one of its targets");
                predictor.predict(&page).expect("the page has texts").tasks().to_vec()
            };
            let tasks = predict(&model);
            assert_eq!(predict(&again), tasks);
            for task in &tasks {
                let probabilities = task.probabilities().expect("a model gives them");
                assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{task:?}");
            }
        }
    }
}

fn resealed(bytes: &[u8]) -> Vec<u8> {
    let (mut bytes, mark) = (bytes.to_vec(), b"xxh3-64:");
    let at = bytes.windows(mark.len()).position(|window| window == mark).map(|at| at + mark.len());
    if let Some(digest) = at.filter(|at| bytes.len() >= at + 16).map(|at| at..at + 16) {
        bytes[digest.clone()].fill(b'0');
        let right = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes));
        bytes[digest].copy_from_slice(right.as_bytes());
    }
    bytes
}

/// Rows out are rows in, cell for cell, as another reader of CSV has them; written and read again they
/// are the same, in the other format too.
pub fn csv(bytes: &[u8]) {
    let Some((source, table)) = table_in(bytes, InputFormat::CSV) else { return };
    let cells = |bytes: &[u8]| -> Vec<Vec<String>> {
        let rows = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes).into_records();
        rows.map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let out = written(&table, OutputFormat::CSV);
    // What is said to be read in a way of our own is, and so is a carriage return alone, which is text.
    let lone = source.text().replace("\r\n", "\n").contains('\r');
    // With a zero byte it is binary data, unless a byte order mark says that it is text; and a second mark
    // is no part of a name or of the first cell.
    let odd = lone || source.text().contains(['\0', '\u{FEFF}']);
    if !table.notes().is_empty() || odd {
        return;
    }
    let mut expected = cells(source.text().as_bytes());
    let around = |c: char| c.is_whitespace() || c == '\u{FEFF}';
    expected[0].iter_mut().for_each(|name| *name = name.trim_matches(around).to_owned());
    assert_eq!(expected.len(), 1 + table.len());
    assert_eq!(cells(&out), expected);
    // Without the mark and the space in front of it the header may begin as another format does.
    let Some((_, again)) = table_in(&out, InputFormat::CSV) else { return };
    assert!(written(&again, OutputFormat::CSV) == out);
    let lines = written(&table, OutputFormat::JSONL);
    let (_, again) = table_in(&lines, InputFormat::JSONL).expect("JSON holds any text");
    assert!(written(&again, OutputFormat::CSV) == out);
}

/// Rows out are rows in: each object comes back with its own values, numbers to the last digit, and
/// nothing for the columns of others.
pub fn jsonl(bytes: &[u8]) {
    let Some((source, table)) = table_in(bytes, InputFormat::JSONL) else { return };
    // NaN and the like are no JSON, and said to be read as empty. A column may be that of the texts in
    // another case, until one comes that is it.
    let variant = |name: &String| name != "text" && name.trim().eq_ignore_ascii_case("text");
    if !table.notes().is_empty() || table.columns().iter().any(variant) {
        return;
    }
    let objects = |text: &str| -> Vec<BTreeMap<String, Box<RawValue>>> {
        let lines = text.split('\n').filter(|line| !line.trim().is_empty());
        lines.map(|line| serde_json::from_str(line.trim()).unwrap()).collect()
    };
    let out = String::from_utf8(written(&table, OutputFormat::JSONL)).unwrap();
    let (expected, found) = (objects(source.text()), objects(&out));
    assert_eq!((expected.len(), table.len()), (found.len(), found.len()));
    for (expected, found) in expected.iter().zip(&found) {
        for (column, value) in found {
            let expected = expected.get(column).map_or("null", |value| value.get());
            let is_text = expected == "null" || expected.starts_with('"');
            match (column.as_str(), is_text) {
                ("text", true) => {
                    let text: Option<String> = serde_json::from_str(expected).unwrap();
                    assert_eq!(unquoted(value.get()), text.unwrap_or_default());
                }
                ("text", false) => assert_same(&unquoted(value.get()), expected),
                _ => assert_same(value.get(), expected),
            }
        }
        assert!(expected.keys().all(|column| found.contains_key(column)));
    }
    let (_, again) = table_in(out.as_bytes(), InputFormat::JSONL).expect("it was read before");
    assert!(written(&again, OutputFormat::JSONL) == out.as_bytes());
}

/// The text of a string of JSON.
fn unquoted(json: &str) -> String {
    serde_json::from_str(json).unwrap()
}

/// The same values: to the letter, save for white space and for escapes in strings.
fn assert_same(found: &str, expected: &str) {
    if expected.contains('\\') {
        let value = |json: &str| serde_json::from_str::<Value>(json).ok();
        assert_eq!(value(found), value(expected));
    } else {
        let letters = |json: &str| json.replace([' ', '\t', '\r', '\n'], "");
        assert_eq!(letters(found), letters(expected));
    }
}

/// The table in these bytes, if there is one. What is wrong with others is said with the file's name.
fn table_in(bytes: &[u8], format: InputFormat) -> Option<(Source, Corpus)> {
    let read = |source: Source| {
        let settings = ReadSettings::new().format(format).max_passage(LONGEST).delimiter(b',');
        let table = Corpus::read(&source, &settings)?;
        Ok((source, table))
    };
    said(Source::from_bytes("t", bytes.to_vec()).and_then(read))
}

fn written(table: &Corpus, format: OutputFormat) -> Vec<u8> {
    let mut out = Vec::new();
    table.write(&[], format, &mut out).unwrap();
    out
}

/// A result without its error, which begins with the place.
fn said<T>(result: Result<T, Error>) -> Option<T> {
    result
        .map_err(|error| {
            let message = error.to_string();
            assert!(message.starts_with("t:") && message.contains("; "), "{message}");
        })
        .ok()
}

/// Of the letters of the page's tree, each visible one is in a passage, once and in its order; and
/// nothing else is.
pub fn html(bytes: &[u8]) {
    let Some(page) = said(HtmlPage::from_bytes("t", bytes, None)) else { return };
    let found: String = page.passages.iter().map(|passage| passage.text.as_str()).collect();
    for passage in &page.passages {
        assert!(!passage.text.is_empty() && passage.text == passage.text.trim());
    }
    // What was decoded is compared by others; here the text is known.
    let (Ok(text), "UTF-8") = (std::str::from_utf8(bytes), page.encoding) else { return };
    if text.to_ascii_lowercase().contains("content-type:") || text.starts_with("HTTP/") {
        return;
    }
    let lower = text.to_ascii_lowercase();
    // By XML's rules, and with shadow trees, it is another tree.
    if ["<?xml", "xhtml", "shadow"].iter().any(|sign| lower.contains(sign)) {
        return;
    }
    let (certain, all) = letters(text.trim_start_matches('\u{FEFF}'));
    let found: Vec<char> = found.chars().filter(|c| !c.is_whitespace()).collect();
    // Documents in frames are read too, pictures of emoji, and what is shown where scripts do not run.
    let more = ["srcdoc", "data:", "alt"].iter().any(|sign| lower.contains(sign));
    assert!(
        more || !page.notes.is_empty() || in_order(&found, &all),
        "something is there that was not, or not there: {found:?}"
    );
    assert!(in_order(&certain, &found), "lost of {certain:?}: {found:?}");
}

/// Of a page's tree: what nothing hides, and all that may be seen at the most.
fn letters(html: &str) -> (Vec<char>, Vec<char>) {
    use scraper::{Html, Node};
    // Whatever is not an ordinary element of the text may hide what is in it.
    const ORDINARY: [&str; 24] = [
        "html", "body", "p", "div", "span", "a", "b", "i", "em", "ul", "ol", "li", "table",
        "tbody", "tr", "td", "th", "h1", "h2", "pre", "section", "article", "nav", "footer",
    ];
    let (mut certain, mut all) = (Vec::new(), Vec::new());
    for node in Html::parse_document(html).tree.root().descendants() {
        match node.value() {
            Node::Text(text) => {
                let own = text.chars().filter(|c| !c.is_whitespace());
                all.extend(own.clone());
                let plain = |element: &scraper::node::Element| {
                    ORDINARY.contains(&element.name()) && element.attrs().next().is_none()
                };
                if node.ancestors().all(|at| at.value().as_element().is_none_or(plain)) {
                    certain.extend(own);
                }
            }
            // What stands on a button.
            Node::Element(element) if element.name() == "input" => {
                let value = element.attr("value").unwrap_or_default();
                all.extend(value.chars().filter(|c| !c.is_whitespace()));
            }
            _ => {}
        }
    }
    (certain, all)
}

/// Whether all of `part` is in `whole`, in its order.
fn in_order(part: &[char], whole: &[char]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|wanted| rest.any(|found| found == wanted))
}

/// Each word of a text is in a passage, in its order, whatever the unit; and no passage is empty.
pub fn text(bytes: &[u8]) {
    let Some(source) = said(Source::from_bytes("t", bytes.to_vec())) else { return };
    // Lines end in a carriage return, in a line feed, or in the first before the second.
    let mut plain = source.text().to_owned();
    while plain.contains("\r\n") {
        plain = plain.replace("\r\n", "\n");
    }
    let plain = plain.replace('\r', "\n");
    for unit in [Unit::Line, Unit::Paragraph, Unit::Document] {
        let Some(found) = said(passages(&source, unit, LONGEST)) else { continue };
        let words = found.iter().flat_map(|passage| passage.text.split_whitespace());
        assert!(words.eq(source.text().split_whitespace()));
        for passage in found {
            assert!(passage.text == passage.text.trim() && !passage.text.is_empty());
            let line = plain.split('\n').nth(passage.line as usize - 1).unwrap();
            assert!(line.trim_start().starts_with(passage.text.split_whitespace().next().unwrap()));
        }
    }
}

/// Tokens stand in their order and apart, nothing between them is a letter or a digit of ASCII, and
/// each word alone is that word; and folding many characters at once is folding one by one. The first
/// byte says what is switched on.
pub fn tokens_of(bytes: &[u8]) {
    let Some((switches, bytes)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(bytes);
    let switch = |bit: u8| switches >> bit & 1 > 0;
    let settings = FeatureSettings { fold_digits: switch(0), ..FeatureSettings::default() };
    let [fast, exact] = folded_both_ways(&text, &settings);
    assert_eq!(fast.0, exact.0);
    for (at, byte) in fast.0.bytes().enumerate() {
        // Of several spaces the first or all may be named: they are left out where shown.
        assert!(byte == b' ' || fast.1[at] == exact.1[at], "byte {at} of {:?}", fast.0);
    }
    let invisible =
        |c: &char| matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}');
    let seen: String = text.chars().filter(|c| !invisible(c)).collect();
    assert_eq!(folded_both_ways(&seen, &settings)[0].0, fast.0, "what nobody sees changes nothing");
    // Letters of Korean that compose have one range for all that they are made of, wherever words end.
    if text.contains(|c: char| ('\u{1100}'..='\u{11FF}').contains(&c)) {
        return;
    }
    let settings = FeatureSettings { mask_names: switch(1), ..settings };
    let mut end = 0;
    for token in tokens(&text, &settings) {
        assert!(token.range.start >= end && token.range.start < token.range.end, "{token:?}");
        assert!(!text[end..token.range.start].contains(|c: char| c.is_ascii_alphanumeric()));
        // Whether a word is a name, its neighbours tell.
        if token.kind == TokenKind::Word && !settings.mask_names {
            let alone = tokens(&text[token.range.clone()], &settings);
            assert_eq!(alone[0].text, token.text);
        }
        end = token.range.end;
    }
    assert!(!text[end..].contains(|c: char| c.is_ascii_alphanumeric()));
}

/// What is stored of an evaluation is refused in a sentence, or gives shares that are such, with intervals
/// around them.
pub fn evaluation(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(stored) = said(StoredEvaluation::parse(&text, "t")) else { return };
    let json: Value = serde_json::from_str(&text).expect("it was parsed");
    let tasks = json["tasks"].as_object().into_iter().flatten();
    for (task, _) in tasks {
        let Some(errors) = said(KnownErrors::of(&stored, task)) else { continue };
        let k = errors.labels().len();
        let given: Vec<Option<usize>> = (0..120).map(|row| (k > 0).then(|| row % 7 % k)).collect();
        let answers = Answers::new(task.as_str(), errors.labels(), given, (0..120).collect());
        let Ok(answers) = answers else { continue };
        let Ok(shares) = Shares::adjusted(&answers, &errors) else { continue };
        for share in &shares.by_label {
            assert!(share.value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{share:?}");
            if let (Some(value), Some(interval)) = (share.value, share.interval) {
                assert!(interval.lo <= value && value <= interval.hi, "{share:?}");
            }
        }
    }
}

/// A gate is refused with a place in it, or judges any figures, with a verdict for each rule.
pub fn gate(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(gate) = said(Gate::parse(&text, "t")) else { return };
    let (labels, given) = (["against", "favor", "none"], [0, 1, 2, 1, 1, 0].map(Some).to_vec());
    let scored = Answers::new("stance", labels, given, vec![0, 0, 1, 1, 2, 2])
        .and_then(|answers| Scored::new(answers, &[0, 1, 2, 0, 1, 2].map(Some)))
        .expect("they fit together");
    let evaluation = Evaluation::from(vec![TaskEvaluation::of(&scored)]);
    let json = serde_json::to_string(&evaluation).expect("an evaluation is JSON");
    let baseline = StoredEvaluation::parse(&json, "b").expect("an evaluation is a baseline");
    let with_baseline = gate.clone().with_baseline(baseline);
    let nothing = Evaluation::default();
    for (gate, evaluation) in
        [(&with_baseline, &evaluation), (&gate, &evaluation), (&gate, &nothing)]
    {
        let verdict = gate.judge(evaluation);
        assert_eq!(verdict.rules.len(), gate.rules.len());
        verdict.outcome();
    }
    gate.judge_comparisons(&[]).outcome();
}

/// Whatever the bytes, reading them as compressed ends; and what is compressed comes back.
pub fn compressed(bytes: &[u8]) {
    for compression in Compression::ALL {
        let input = std::io::Cursor::new(bytes.to_vec());
        let reader = compression.reader("t", input).expect("it is built in");
        let mut out = Vec::new();
        if let Err(error) = reader.take(1 << 22).read_to_end(&mut out) {
            assert!(error.to_string().starts_with("t: "), "{error}");
        }
        let mut writer = compression.writer("t", Vec::new()).expect("it is built in");
        writer.write_all(bytes).unwrap();
        let shorter = writer.finish().unwrap();
        assert_eq!(Compression::of_bytes(&shorter), Some(compression));
        out.clear();
        let reader = compression.reader("t", std::io::Cursor::new(shorter));
        reader.expect("it is built in").read_to_end(&mut out).unwrap();
        assert!(out == bytes);
    }
}
