//! Prodigy's JSON lines.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use serde::Serialize;
use serde_json::{Value, json as value};

use super::{
    draft::{self, Draft, Drafts},
    export::Export,
    json, labels,
    tool::Tool,
};
use crate::{
    corpus::{cell::Cell, fields::Fields},
    error::Result,
    input::Source,
};

/// Fields about the annotation task, which do not describe the text.
const OWN: [&str; 9] = [
    "_input_hash",
    "_task_hash",
    "_view_id",
    "_timestamp",
    "_is_binary",
    "_annotator_id",
    "options",
    "config",
    "tokens",
];

/// Whether this is a line of an export, or of a choice that is to be made.
pub(super) fn is(line: &Fields) -> bool {
    let answered = line.get("answer").and_then(Cell::as_str);
    answered.is_some_and(|answer| ["accept", "reject", "ignore"].contains(&answer))
        || line.get("_input_hash").is_some_and(|hash| matches!(hash, Cell::Number(_)))
        || line.get("options").is_some_and(|options| options.as_list().is_some())
}

/// The rows of a text so far.
#[derive(Default)]
struct Text {
    /// Its row while it is nobody's: rejected and ignored so far.
    unlabelled: Option<usize>,
    /// Rows of those who were asked about it label by label.
    asked: Vec<(Option<String>, usize)>,
}

pub(super) struct Prodigy;

impl Tool for Prodigy {
    fn name(&self) -> &'static str {
        "prodigy"
    }

    fn title(&self) -> &'static str {
        "Prodigy"
    }

    fn about(&self) -> &'static str {
        "JSONL of textcat or choice"
    }

    fn separator(&self) -> char {
        ':'
    }

    fn recognises(&self, _: &str, objects: &[Fields]) -> bool {
        objects.iter().any(is)
    }

    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
        let mut texts: HashMap<String, Text> = HashMap::new();
        let items: Vec<(u64, Cell)> = json::values(source).collect::<Result<_>>()?;
        let only = only_label(&items);
        let mut denied = 0;
        for (number, (line, item)) in items.into_iter().enumerate() {
            let wrong = |drafts: &Drafts<'_>, problem, help| {
                Err(drafts.wrong(line, number + 1, problem, help))
            };
            let Some(mut given) = Fields::of(&item) else {
                let help = "write one object a line, as {\"text\": \"...\", \"label\": \"...\"}";
                return wrong(drafts, "the line is not a JSON object", help);
            };
            let session = given.remove("_session_id");
            let annotator = draft::annotator(given.get("_annotator_id"))
                .or_else(|| draft::annotator(session.as_ref()));
            let id = given.get("_input_hash").and_then(labels::name_of);
            let answer = given.remove("answer");
            let binary = given.remove("label").as_ref().and_then(labels::name_of);
            let chosen = match given.remove("accept") {
                None | Some(Cell::Null) => Some(Vec::new()),
                Some(chosen) => labels::listed(&chosen),
            };
            let Some(chosen) = chosen else {
                let help = "export a dataset of textcat or choice";
                return wrong(drafts, "\"accept\" is not a list of options", help);
            };
            let one_by_one = binary.is_some();
            let labels: Vec<String> = binary.into_iter().chain(chosen).collect();
            let mut fields = fields(given);
            // The session's name is the annotator's, unless both were given.
            if let Some(session) = session.filter(|name| draft::annotator(Some(name)) != annotator)
            {
                fields.insert("_session_id", session);
            }
            let key = id.clone().unwrap_or_else(|| fields.to_json());
            let next = drafts.drafts.len();
            let draft = Draft { line, id, fields, ..Draft::default() };
            let answer = answer.as_ref().and_then(Cell::as_str);
            // Of one label alone, a reject is the other answer.
            let (answer, labels) = match (answer, &only) {
                (Some("reject"), Some(only)) => {
                    denied += 1;
                    let denied = match only.split_once(self.separator()) {
                        Some((task, label)) if drafts.settings.tasks.iter().any(|t| t == task) => {
                            format!("{task}{}{}", self.separator(), labels::denied(label))
                        }
                        _ => labels::denied(only),
                    };
                    (Some("accept"), vec![denied])
                }
                _ => (answer, labels),
            };
            match answer {
                Some("accept") => {
                    let text = texts.entry(key).or_default();
                    let own = text.asked.iter().find(|(who, _)| one_by_one && *who == annotator);
                    let row = own.map(|(_, row)| *row).or(text.unlabelled.take()).unwrap_or(next);
                    if one_by_one && own.is_none() {
                        text.asked.push((annotator.clone(), row));
                    }
                    if row == next {
                        drafts.drafts.push(draft);
                    }
                    drafts.drafts[row].annotator = annotator;
                    drafts.drafts[row].unnamed.extend(labels);
                }
                Some(answer) => {
                    drafts.leave_out(match answer {
                        "reject" => "rejected labels",
                        "ignore" => "ignored lines",
                        _ => "lines with another answer",
                    });
                    texts.entry(key).or_insert_with(|| {
                        drafts.drafts.push(draft);
                        Text { unlabelled: Some(next), asked: Vec::new() }
                    });
                }
                // Nobody was asked yet.
                None => {
                    labels.iter().for_each(|_| drafts.leave_out("labels without an answer"));
                    drafts.drafts.push(draft);
                }
            }
        }
        if let (Some(only), 1..) = (only, denied) {
            let note = format!(
                "{only:?} was the only label asked about: where it was rejected ({denied}), the label is {:?}",
                labels::denied(&only)
            );
            drafts.notes.push(note);
        }
        drafts.name_labels(self.separator())
    }

    fn check(&self, _: &Export) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn write(&self, export: &Export, out: &mut dyn Write) -> io::Result<()> {
        let option = |label| value!({"id": label, "text": label});
        let options: Vec<Value> = export.all_labels().into_iter().map(option).collect();
        let several = export.tasks.len() > 1 || export.tasks.iter().any(|task| task.several);
        let style = if several { "multiple" } else { "single" };
        for row in 0..export.len() {
            let mut meta = export.fields(row);
            let text = meta.remove("text").unwrap_or_default();
            let answered = export.is_annotated(row);
            let line = Line {
                text,
                meta,
                options: &options,
                accept: match answered {
                    true => export.given(row),
                    false => export.suggested(row),
                },
                answer: answered.then_some("accept"),
                annotator: export.annotator(row),
                config: value!({"choice_style": style}),
            };
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The label that all lines ask about, if it is one: accepted or rejected.
fn only_label(items: &[(u64, Cell)]) -> Option<String> {
    let mut only: Option<String> = None;
    for line in items.iter().filter_map(|(_, item)| Fields::of(item)) {
        let chosen = line.get("accept").and_then(Cell::as_list).unwrap_or_default();
        let label = line.get("label").and_then(labels::name_of);
        match (label, &only) {
            _ if !chosen.is_empty() || line.contains("options") => return None,
            (Some(label), Some(only)) if label != *only => return None,
            (Some(label), _) => only = Some(label),
            (None, _) => {}
        }
    }
    only
}

/// A line as it is written.
#[derive(Serialize)]
struct Line<'a> {
    text: Cell,
    meta: Fields,
    options: &'a [Value],
    accept: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'static str>,
    #[serde(rename = "_annotator_id", skip_serializing_if = "Option::is_none")]
    annotator: Option<String>,
    config: Value,
}

/// The fields of a line that describe its text: its own, and those of `meta` under their names.
fn fields(given: Fields) -> Fields {
    let mut fields = Fields::default();
    let mut meta = Cell::Null;
    for (name, value) in given {
        match name.as_str() {
            "meta" => meta = value,
            own if OWN.contains(&own) => {}
            _ => fields.insert(name, value),
        }
    }
    match (Fields::of(&meta), meta) {
        (Some(members), _) => {
            for (name, value) in members {
                let name = if fields.contains(&name) { format!("meta_{name}") } else { name };
                fields.insert(name, value);
            }
        }
        (None, Cell::Null) => {}
        (None, meta) => fields.insert("meta", meta),
    }
    fields
}
