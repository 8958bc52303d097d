//! Argilla's records, as they are and flattened, of its versions 1 and 2; and the older records of text
//! classification.

use std::io::{self, Write};

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

/// What is behind a question's name where a record is flattened.
const RESPONSES: &str = ".responses";
/// Fields of a record that do not describe its text.
const ABOUT: [&str; 9] = [
    "status",
    "vectors",
    "_server_id",
    "external_id",
    "annotation_agent",
    "prediction_agent",
    "multi_label",
    "explanation",
    "event_timestamp",
];

pub(super) struct Argilla;

impl Tool for Argilla {
    fn name(&self) -> &'static str {
        "argilla"
    }

    fn title(&self) -> &'static str {
        "Argilla"
    }

    fn about(&self) -> &'static str {
        "Records as JSON, JSONL or CSV, to be read alone"
    }

    fn separator(&self) -> char {
        ':'
    }

    fn is_written(&self) -> bool {
        false
    }

    fn recognises(&self, _: &str, objects: &[Fields]) -> bool {
        let is = |record: &Fields| {
            let nested =
                record.get("fields").and_then(Fields::of).is_some() && record.contains("responses");
            let older = record.contains("annotation") && record.contains("annotation_agent");
            let flat = record.names().any(|name| name.ends_with(RESPONSES));
            let columns = record.names().any(|name| name.ends_with("-suggestion"))
                && record.names().any(|name| record.get(name).and_then(answers).is_some());
            nested || older || flat || columns
        };
        objects.iter().any(is)
    }

    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
        drafts.prefix = "record";
        for (number, (line, item)) in json::records(source)?.into_iter().enumerate() {
            let Some(given) = Fields::of(&item) else {
                let help = "export the records as JSON";
                return Err(drafts.wrong(
                    line,
                    number + 1,
                    "the record is not a JSON object",
                    help,
                ));
            };
            let record = Record::of(&given);
            let id = record.id.clone();
            let mut fields = record.fields;
            for (task, value) in record.suggestions {
                let predicted = format!("pred_{task}");
                if let Some(found) = labels::of_value(&value)
                    && !fields.contains(&predicted)
                    && labels::is_asked(&task, &drafts.settings.tasks)
                {
                    fields.insert(predicted, labels::cell(found));
                }
            }
            let draft = Draft { line, id, fields, ..Draft::default() };
            let mut by_user: Vec<Draft> = Vec::new();
            for Response { task, user, status, value } in record.responses {
                if let Some(status) = status.filter(|status| status != "submitted") {
                    drafts.leave_out(format!("{status} responses"));
                    continue;
                }
                let Some(found) = labels::of_value(&value) else {
                    drafts.leave_out(format!(
                        "responses to {task} that are no label of the whole text"
                    ));
                    continue;
                };
                let at =
                    by_user.iter().position(|own| own.annotator == user).unwrap_or(by_user.len());
                if at == by_user.len() {
                    by_user.push(Draft { annotator: user, ..draft.clone() });
                }
                drafts.add(&task, found, &mut by_user[at].labels);
            }
            if by_user.is_empty() {
                by_user.push(draft);
            }
            drafts.drafts.extend(by_user);
        }
        Ok(())
    }

    fn check(&self, _: &Export) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn write(&self, _: &Export, _: &mut dyn Write) -> io::Result<()> {
        Err(io::Error::other("the format is not written"))
    }
}

/// What somebody answered to a question.
struct Response {
    task: String,
    user: Option<String>,
    status: Option<String>,
    value: Cell,
}

impl Response {
    /// From an object with `value`, `user_id` and `status`.
    fn of(task: &str, answer: &Fields) -> Option<Self> {
        Some(Self {
            task: task.to_owned(),
            user: draft::annotator(answer.get("user_id")),
            status: answer
                .get("status")
                .and_then(labels::name_of)
                .map(|status| status.to_lowercase()),
            value: answer.get("value")?.clone(),
        })
    }
}

/// A record, however it was written.
#[derive(Default)]
struct Record {
    id: Option<String>,
    fields: Fields,
    responses: Vec<Response>,
    suggestions: Vec<(String, Cell)>,
}

impl Record {
    fn of(given: &Fields) -> Self {
        let mut record = Self {
            id: ["id", "external_id"]
                .iter()
                .find_map(|key| given.get(key).and_then(labels::name_of)),
            ..Self::default()
        };
        let nested = given.get("fields").and_then(Fields::of).is_some();
        for (name, value) in given.clone() {
            match (name.as_str(), Fields::of(&value)) {
                ("fields" | "inputs" | "metadata", Some(members)) => record.describe(members),
                ("responses", Some(members)) if nested => {
                    for (task, value) in members {
                        let all = answers(&value).unwrap_or_default();
                        record.responses.extend(all.iter().filter_map(|a| Response::of(&task, a)));
                    }
                }
                // In version 1 each user has an object with all answers.
                ("responses", None) if nested => {
                    for user in value.as_list().unwrap_or_default().iter().filter_map(Fields::of) {
                        let values = user.get("values").and_then(Fields::of).unwrap_or_default();
                        for (task, answer) in values {
                            let mut answer = Fields::of(&answer).unwrap_or_default();
                            for key in ["user_id", "status"] {
                                answer.insert(key, user.get(key).cloned().unwrap_or_default());
                            }
                            record.responses.extend(Response::of(&task, &answer));
                        }
                    }
                }
                ("suggestions", Some(members)) if nested => {
                    for (task, suggestion) in members {
                        let value = Fields::of(&suggestion).and_then(|s| s.get("value").cloned());
                        record.suggestions.extend(value.map(|value| (task, value)));
                    }
                }
                ("suggestions", None) if nested => {
                    for suggestion in
                        value.as_list().unwrap_or_default().iter().filter_map(Fields::of)
                    {
                        let task = suggestion.get("question_name").and_then(labels::name_of);
                        let value = suggestion.get("value").cloned();
                        record.suggestions.extend(task.zip(value));
                    }
                }
                _ if nested => {}
                _ => record.flat(given, name, value),
            }
        }
        record
    }

    /// Adds fields that describe the text.
    fn describe(&mut self, members: Fields) {
        for (name, value) in members {
            if !self.fields.contains(&name) {
                self.fields.insert(name, value);
            }
        }
    }

    /// A field of a flattened record, or of one for text classification.
    fn flat(&mut self, given: &Fields, name: String, value: Cell) {
        let about = |name: &str| {
            name.contains(".responses")
                || name.contains(".suggestion")
                || name.contains("-suggestion")
        };
        if let Some(task) = name.strip_suffix(RESPONSES) {
            let items = |name: &str| given.get(name).map_or_else(Vec::new, listed);
            let users = items(&format!("{name}.users"));
            let statuses = items(&format!("{name}.status"));
            for (at, value) in
                listed(&value).into_iter().enumerate().filter(|(_, value)| !value.is_null())
            {
                self.responses.push(Response {
                    task: task.to_owned(),
                    user: draft::annotator(users.get(at)),
                    status: statuses
                        .get(at)
                        .and_then(labels::name_of)
                        .map(|status| status.to_lowercase()),
                    value,
                });
            }
        } else if let Some(task) =
            name.strip_suffix(".suggestion").or(name.strip_suffix("-suggestion"))
        {
            if !value.is_null() {
                self.suggestions.push((task.to_owned(), value));
            }
        } else if let Some(all) = answers(&value) {
            self.responses.extend(all.iter().filter_map(|answer| Response::of(&name, answer)));
        } else if name == "annotation" && given.contains("annotation_agent") {
            self.responses.push(Response {
                task: "label".to_owned(),
                user: draft::annotator(given.get("annotation_agent")),
                status: None,
                value,
            });
        } else if !about(&name)
            && !ABOUT.contains(&name.as_str())
            && name != "id"
            && name != "prediction"
            && !value.is_null()
        {
            self.fields.insert(name, value);
        }
    }
}

/// The items of a list that is JSON, or text that looks so; a value that is none is its only item.
fn listed(value: &Cell) -> Vec<Cell> {
    let of_text = || crate::corpus::likeness::list_of(value.as_str()?);
    match (value.as_list(), of_text()) {
        (Some(items), _) => items,
        (None, Some(texts)) => texts.into_iter().map(Cell::Text).collect(),
        (None, None) => vec![value.clone()],
    }
}

/// The answers to a question: a list of objects with `value` and `user_id`.
fn answers(value: &Cell) -> Option<Vec<Fields>> {
    let items: Vec<Fields> = value.as_list()?.iter().map(Fields::of).collect::<Option<_>>()?;
    let is = |answer: &Fields| answer.contains("value") && answer.contains("user_id");
    (!items.is_empty() && items.iter().all(is)).then_some(items)
}
