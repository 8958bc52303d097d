//! doccano's JSON lines and CSV.

use std::io::{self, Write};

use super::{
    draft::{Draft, Drafts},
    export::Export,
    json, labels, prodigy,
    tool::Tool,
};
use crate::{
    corpus::{cell::Cell, fields::Fields},
    error::{Error, Place, Result},
    input::Source,
};

/// Names of the list of labels: of today's exports, of older ones, and of intents beside slots.
const LABELS: [&str; 3] = ["label", "labels", "cats"];

pub(super) struct Doccano;

impl Tool for Doccano {
    fn name(&self) -> &'static str {
        "doccano"
    }

    fn title(&self) -> &'static str {
        "doccano"
    }

    fn about(&self) -> &'static str {
        "JSONL or CSV of a project of text classification"
    }

    fn separator(&self) -> char {
        ':'
    }

    fn recognises(&self, text: &str, objects: &[Fields]) -> bool {
        let is_list = |key: &&str, line: &Fields| line.get(key).and_then(labels::listed).is_some();
        let own = || objects.iter().take_while(|line| !prodigy::is(line));
        own().any(|line| LABELS.iter().any(|key| is_list(key, line)))
            || !json::is_json(text) && own().any(has_set)
    }

    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
        let is_table = !json::is_json(source.text());
        for (number, (line, item)) in json::records(source)?.into_iter().enumerate() {
            let Some(mut fields) = Fields::of(&item) else {
                let problem = "the line is not a JSON object";
                let help = "write one object a line, as {\"text\": \"...\", \"label\": [\"...\"]}";
                return Err(drafts.wrong(line, number + 1, problem, help));
            };
            let key = LABELS.into_iter().find(|key| fields.contains(key));
            let given = key.and_then(|key| fields.remove(key)).unwrap_or_default();
            let found = match &given {
                Cell::Null => Some(Vec::new()),
                Cell::Text(labels) if is_table => Some(set(labels)),
                Cell::Text(label) => Some(vec![label.trim().to_owned()]),
                Cell::Number(_) if is_table => labels::name_of(&given).map(|label| vec![label]),
                list => labels::listed(list),
            };
            let Some(mut unnamed) = found else {
                let key = key.unwrap_or_default();
                let problem = format!("{key:?} is not a list of labels of the whole text");
                let help = "export a project of text classification; spans are not read";
                return Err(drafts.wrong(line, number + 1, &problem, help));
            };
            unnamed.retain(|label| !label.is_empty());
            let id = fields.get("id").and_then(labels::name_of);
            drafts.drafts.push(Draft { line, id, fields, unnamed, ..Draft::default() });
        }
        drafts.name_labels(self.separator())
    }

    fn check(&self, export: &Export) -> Result<Vec<String>> {
        if export.others().contains(&LABELS[0]) {
            let problem =
                "the column \"label\" is none of the tasks, and doccano's labels have its name";
            let help = "rename it, or name it as a task in `tasks`";
            return Err(Error::input(Place::line(export.file(), 1), problem, help));
        }
        Ok(export.notes_of_predicted())
    }

    fn write(&self, export: &Export, out: &mut dyn Write) -> io::Result<()> {
        for row in 0..export.len() {
            let mut line = export.fields(row);
            export.insert_annotator(row, &mut line);
            line.insert(LABELS[0], labels::list(&export.given_or_suggested(row)));
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The labels of a cell of CSV, with `#` between them. One that merely has such a sign is one label.
fn set(cell: &str) -> Vec<String> {
    let labels: Vec<&str> = cell.split('#').collect();
    match labels.iter().all(|label| !label.is_empty() && label.trim() == *label) {
        true => labels.into_iter().map(str::to_owned).collect(),
        false => vec![cell.trim().to_owned()],
    }
}

/// Whether a row of CSV is doccano's beyond doubt: with the columns that it always has, and several labels.
fn has_set(row: &Fields) -> bool {
    let label = row.get(LABELS[0]).and_then(Cell::as_str).unwrap_or_default();
    row.contains("id") && (row.contains("text") || row.contains("data")) && set(label).len() > 1
}
