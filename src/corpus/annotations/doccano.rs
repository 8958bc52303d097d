//! doccano's JSON lines.

use std::io::{self, Write};

use serde_json::Value;

use super::{
    draft::{Draft, Drafts},
    export::AnnotationExport,
    labels,
};
use crate::{error::Result, input::Source};

/// Names of the list of labels: of today's exports, of older ones, and of intents beside slots.
pub(super) const LABELS: [&str; 3] = ["label", "labels", "cats"];
/// Between a task and its label.
pub(super) const SEPARATOR: char = ':';

/// Whether this is a line with a list of labels.
pub(super) fn is(line: &Value) -> bool {
    LABELS.iter().any(|key| line.get(*key).is_some_and(|value| labels::listed(value).is_some()))
}

pub(super) fn read(source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
    for (number, item) in super::objects(source).enumerate() {
        let (line, item) = item?;
        let Value::Object(mut fields) = item else {
            let problem = "the line is not a JSON object";
            let help = "write one object a line, as {\"text\": \"...\", \"label\": [\"...\"]}";
            return Err(drafts.wrong(line, number + 1, problem, help));
        };
        let key = LABELS.into_iter().find(|key| fields.contains_key(*key));
        let given = key.and_then(|key| fields.shift_remove(key)).unwrap_or(Value::Null);
        let found = match &given {
            Value::Null => Some(Vec::new()),
            Value::String(label) => Some(vec![label.trim().to_owned()]),
            list => labels::listed(list),
        };
        let Some(mut unnamed) = found else {
            let problem =
                format!("{:?} is not a list of labels of the whole text", key.unwrap_or_default());
            let help = "export a project of text classification; spans are not read";
            return Err(drafts.wrong(line, number + 1, &problem, help));
        };
        unnamed.retain(|label| !label.is_empty());
        let id = fields.get("id").and_then(super::name_of);
        drafts.drafts.push(Draft { line, id, fields, unnamed, ..Draft::default() });
    }
    drafts.name_labels(SEPARATOR)
}

pub(super) fn write(export: &AnnotationExport<'_>, out: &mut dyn Write) -> io::Result<()> {
    for row in 0..export.len() {
        let mut line = export.fields(row);
        export.insert_annotator(row, super::ANNOTATOR, &mut line);
        line.insert(LABELS[0].into(), export.given_or_suggested(row).into());
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
