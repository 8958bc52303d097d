//! Prodigy's JSON lines.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use serde_json::{Map, Value, json};

use super::{
    draft::{self, Draft, Drafts},
    export::AnnotationExport,
    labels,
};
use crate::{error::Result, input::Source};

/// Between a task and its label.
pub(super) const SEPARATOR: char = ':';
/// Fields that are about the asking, and say nothing of the text.
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
pub(super) fn is(line: &Value) -> bool {
    let answered = line.get("answer").and_then(Value::as_str);
    answered.is_some_and(|answer| ["accept", "reject", "ignore"].contains(&answer))
        || line.get("_input_hash").is_some_and(Value::is_number)
        || line.get("options").is_some_and(Value::is_array)
}

/// What was found of a text.
#[derive(Default)]
struct Text {
    /// Its row while it is nobody's: rejected and ignored so far.
    unlabelled: Option<usize>,
    /// Rows of those who were asked about it label by label.
    asked: Vec<(Option<String>, usize)>,
}

pub(super) fn read(source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
    let mut texts: HashMap<String, Text> = HashMap::new();
    for (number, item) in super::objects(source).enumerate() {
        let (line, item) = item?;
        let wrong =
            |drafts: &Drafts<'_>, problem, help| Err(drafts.wrong(line, number + 1, problem, help));
        let Value::Object(mut given) = item else {
            let help = "write one object a line, as {\"text\": \"...\", \"label\": \"...\"}";
            return wrong(drafts, "the line is not a JSON object", help);
        };
        let session = given.shift_remove("_session_id");
        let annotator = draft::annotator(given.get("_annotator_id"))
            .or_else(|| draft::annotator(session.as_ref()));
        let id = given.get("_input_hash").and_then(super::name_of);
        let answer = given.shift_remove("answer");
        let binary = given.shift_remove("label").as_ref().and_then(super::name_of);
        let chosen = match given.shift_remove("accept") {
            None | Some(Value::Null) => Some(Vec::new()),
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
        if let Some(session) = session.filter(|name| draft::annotator(Some(name)) != annotator) {
            fields.insert("_session_id".into(), session);
        }
        let key = id.clone().unwrap_or_else(|| Value::Object(fields.clone()).to_string());
        let next = drafts.drafts.len();
        let draft = Draft { line, id, fields, ..Draft::default() };
        match answer.as_ref().and_then(Value::as_str) {
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
    drafts.name_labels(SEPARATOR)
}

/// What a line says of its text: its own fields, and those of `meta` under their names.
fn fields(given: Map<String, Value>) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut meta = Value::Null;
    for (name, value) in given {
        match name.as_str() {
            "meta" => meta = value,
            own if OWN.contains(&own) => {}
            _ => drop(fields.insert(name, value)),
        }
    }
    match meta {
        Value::Object(meta) => {
            for (name, value) in meta {
                let name = if fields.contains_key(&name) { format!("meta_{name}") } else { name };
                fields.insert(name, value);
            }
        }
        Value::Null => {}
        meta => drop(fields.insert("meta".into(), meta)),
    }
    fields
}

pub(super) fn write(export: &AnnotationExport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let options: Vec<Value> =
        export.all_labels().into_iter().map(|label| json!({"id": label, "text": label})).collect();
    let several = export.tasks.len() > 1 || export.tasks.iter().any(|task| task.several);
    let style = if several { "multiple" } else { "single" };
    for row in 0..export.len() {
        let mut meta = export.fields(row);
        let text = meta.shift_remove("text").unwrap_or_default();
        let answered = export.is_annotated(row);
        let accept = match answered {
            true => export.given(row),
            false => export.suggested(row),
        };
        let mut line = Map::new();
        line.insert("text".into(), text);
        line.insert("meta".into(), meta.into());
        line.insert("options".into(), options.clone().into());
        line.insert("accept".into(), accept.into());
        if answered {
            line.insert("answer".into(), "accept".into());
        }
        export.insert_annotator(row, "_annotator_id", &mut line);
        line.insert("config".into(), json!({"choice_style": style}));
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
