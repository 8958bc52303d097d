//! Label Studio's JSON, JSON-MIN and CSV.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{self, Write},
};

use serde::Serialize;
use serde_json::{Map, Value, json as value};

use super::{
    draft::{self, Draft, Drafts},
    export::{Export, WrittenTask},
    json, labels,
    tool::Tool,
};
use crate::{
    corpus::{
        cell::{Cell, cell_text},
        fields::Fields,
    },
    error::Result,
    input::Source,
};

/// The name of the field that the labelling interface shows, and of the tag that shows it.
const TEXT: &str = "text";

pub(super) struct LabelStudio;

impl Tool for LabelStudio {
    fn name(&self) -> &'static str {
        "label-studio"
    }

    fn title(&self) -> &'static str {
        "Label Studio"
    }

    fn about(&self) -> &'static str {
        "JSON, JSON-MIN or CSV: tasks with annotations"
    }

    fn separator(&self) -> char {
        ':'
    }

    fn has_lists_by_task(&self) -> bool {
        true
    }

    fn recognises(&self, _: &str, objects: &[Fields]) -> bool {
        objects.iter().any(|item| is_task(item) || is_flat(item))
    }

    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
        drafts.prefix = "data";
        let items: Vec<(u64, Fields)> = json::records(source)?
            .into_iter()
            .map(|(line, item)| (line, Fields::of(&item).unwrap_or_default()))
            .collect();
        if items.iter().any(|(_, item)| is_flat(item)) {
            read_flat(items, drafts);
            return Ok(());
        }
        for (number, (line, item)) in items.into_iter().enumerate() {
            let Some(mut fields) = item.get("data").and_then(Fields::of) else {
                let problem = "there is no task with `data`, and no `annotation_id` either";
                let help = "export from Label Studio as JSON, JSON-MIN or CSV";
                return Err(drafts.wrong(line, number + 1, problem, help));
            };
            predictions(&item, &mut fields, drafts);
            let id = item.get("id").and_then(labels::name_of);
            let task = Draft { line, id, fields, ..Draft::default() };
            for _ in list(&item, "drafts") {
                drafts.leave_out("drafts");
            }
            let before = drafts.drafts.len();
            // Before its version 1.0 annotations were called completions.
            let key = if item.contains("annotations") { "annotations" } else { "completions" };
            for annotation in list(&item, key) {
                let annotation = Fields::of(&annotation).unwrap_or_default();
                if annotation.get("was_cancelled") == Some(&Cell::Bool(true)) {
                    drafts.leave_out("cancelled annotations");
                    continue;
                }
                let by = draft::annotator(annotation.get("completed_by"));
                let annotator = by.or_else(|| draft::annotator(annotation.get(labels::ANNOTATOR)));
                let chosen = choices(&annotation, drafts);
                let labels = chosen.into_iter().map(|(label, _)| label).collect();
                drafts.drafts.push(Draft { annotator, labels, ..task.clone() });
            }
            if drafts.drafts.len() == before {
                drafts.drafts.push(task);
            }
        }
        Ok(())
    }

    fn check(&self, _: &Export) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn write(&self, export: &Export, out: &mut dyn Write) -> io::Result<()> {
        let mut before = "[\n";
        for rows in tasks(export) {
            out.write_all(before.as_bytes())?;
            before = ",\n";
            let annotated = rows.iter().filter(|row| export.is_annotated(**row));
            let task = Task {
                data: export.fields(rows[0]),
                annotations: annotated.map(|row| annotation(export, *row)).collect(),
                predictions: prediction(export, rows[0]).into_iter().collect(),
            };
            serde_json::to_writer(&mut *out, &task)?;
        }
        out.write_all(b"\n]\n")
    }
}

/// A task as it is written.
#[derive(Serialize)]
struct Task {
    data: Fields,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    annotations: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    predictions: Vec<Value>,
}

/// Whether this is a task of the full export.
fn is_task(item: &Fields) -> bool {
    item.get("data").is_some_and(|data| Fields::of(data).is_some())
}

/// Whether this is an annotation as JSON-MIN and CSV have it: the task's data beside its labels.
fn is_flat(item: &Fields) -> bool {
    let beside = ["annotator", "lead_time", "created_at"].iter().any(|name| item.contains(name));
    item.contains("annotation_id") && beside && !is_task(item)
}

/// What JSON-MIN and CSV say of an annotation beside data and labels.
const ABOUT: [&str; 6] =
    ["id", "annotation_id", "annotator", "created_at", "updated_at", "lead_time"];
/// A longer value is data, where the order of the fields does not say what is a label.
const LONGEST: usize = 100;

/// JSON-MIN and CSV: which fields are labels follows from the tasks that are asked for; from their values, and
/// from their place, which is between `id` and `annotator` unless a program has sorted the columns.
fn read_flat(items: Vec<(u64, Fields)>, drafts: &mut Drafts<'_>) {
    let text =
        drafts.settings.text.clone().unwrap_or_else(|| text_of(&items, &drafts.settings.tasks));
    let unasked = drafts.settings.tasks.is_empty();
    let mut tasks: BTreeSet<String> = BTreeSet::new();
    let mut data: BTreeSet<String> = BTreeSet::new();
    for (_, item) in &items {
        let names: Vec<&String> = item.names().collect();
        let at = |name: &str| names.iter().position(|own| *own == name);
        let between = at("id").zip(at("annotator").or(at("annotation_id"))).filter(|(a, b)| a < b);
        for (number, name) in
            names.iter().enumerate().filter(|(_, name)| !ABOUT.contains(&name.as_str()))
        {
            let value = item.get(name).cloned().unwrap_or_default();
            let structured = Fields::of(&value).is_some() || value.as_list().is_some();
            let placed = between.map(|(first, last)| first < number && number < last);
            let short = cell_text(&value).len() <= LONGEST;
            if **name == text
                || placed == Some(false) && !structured
                || placed.is_none() && !structured && !(short && unasked)
            {
                data.insert((*name).clone());
            } else {
                tasks.insert((*name).clone());
            }
        }
    }
    let asked = &drafts.settings.tasks;
    let is_label = |name: &str| match asked.iter().any(|task| task == name) {
        true => true,
        false => tasks.contains(name) && !data.contains(name),
    };
    for (line, item) in items {
        let mut draft = Draft { line, ..Draft::default() };
        for (name, value) in item {
            match name.as_str() {
                "id" => draft.id = labels::name_of(&value),
                "annotator" => draft.annotator = draft::annotator(Some(&value)),
                about if ABOUT.contains(&about) => {}
                task if is_label(task) => match labels::of_value(&value) {
                    Some(found) => drafts.add(task, found, &mut draft.labels),
                    None => drafts.leave_out(format!("labels of a part of the text, by {task}")),
                },
                _ => draft.fields.insert(name, value),
            }
        }
        drafts.drafts.push(draft);
    }
}

/// The field with the texts: that of this name, else the one with the most text.
fn text_of(items: &[(u64, Fields)], tasks: &[String]) -> String {
    let mut lengths: BTreeMap<&String, usize> = BTreeMap::new();
    for (_, item) in items {
        let others = |name: &&String| !ABOUT.contains(&name.as_str()) && !tasks.contains(name);
        for name in item.names().filter(others) {
            let length = item.get(name).and_then(Cell::as_str).map_or(0, str::len);
            *lengths.entry(name).or_default() += length;
        }
    }
    match lengths.keys().any(|name| *name == TEXT) {
        true => TEXT.to_owned(),
        false => {
            lengths.into_iter().max_by_key(|(_, n)| *n).map_or(TEXT, |(name, _)| name).to_owned()
        }
    }
}

/// The items of a list in a field; none if it is no list.
fn list(of: &Fields, name: &str) -> Vec<Cell> {
    of.get(name).and_then(Cell::as_list).unwrap_or_default()
}

/// The last of a task's predictions, as fields: unless the task has those fields already.
fn predictions(item: &Fields, fields: &mut Fields, drafts: &mut Drafts<'_>) {
    let all = list(item, "predictions");
    let Some((last, older)) = all.split_last() else { return };
    older.iter().for_each(|_| drafts.leave_out("older predictions"));
    let Some(last) = Fields::of(last) else {
        return drafts.leave_out("predictions of which there is the number alone");
    };
    let mut found: Vec<(String, Vec<String>, Cell)> = Vec::new();
    for ((task, label), score) in choices(&last, drafts) {
        match found.iter_mut().find(|(of, ..)| *of == task) {
            Some((_, labels, _)) => labels.push(label),
            None => found.push((task, vec![label], score)),
        }
    }
    for (task, of_task, score) in found {
        let predicted = format!("pred_{task}");
        if !fields.contains(&predicted) {
            fields.insert(predicted, labels::cell(of_task));
            if !score.is_null() {
                fields.insert(format!("score_{task}"), score);
            }
        }
    }
}

/// Task, label and score of each choice of an annotation, or of a prediction, for the text as a whole.
fn choices(of: &Fields, drafts: &mut Drafts<'_>) -> Vec<((String, String), Cell)> {
    let mut found = Vec::new();
    for result in list(of, "result") {
        let result = Fields::of(&result).unwrap_or_default();
        let value = result.get("value").and_then(Fields::of).unwrap_or_default();
        let of_type = result.get("type").and_then(Cell::as_str).unwrap_or("unknown");
        let is_part = labels::PARTS.iter().any(|part| value.contains(part));
        // A label without a span is about the text as a whole.
        let chosen = labels::KEYS.iter().find_map(|key| value.get(key));
        let chosen = chosen.filter(|_| !is_part).and_then(labels::of_value);
        let task = result.get("from_name").and_then(Cell::as_str);
        let (Some(chosen), Some(task)) = (chosen, task) else {
            drafts.leave_out(match is_part && of_type == "choices" {
                true => "choices for a part of the text".to_owned(),
                false => format!("results of type {of_type}"),
            });
            continue;
        };
        if !labels::is_asked(task, &drafts.settings.tasks) {
            drafts.leave_out(format!("labels of {task}"));
            continue;
        }
        let score = result.get("score").or_else(|| of.get("score")).cloned().unwrap_or_default();
        found.extend(chosen.into_iter().map(|label| ((task.to_owned(), label), score.clone())));
    }
    found
}

/// The rows of each task: those that differ in annotator and labels alone are annotations of one.
fn tasks(export: &Export) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut tasks: Vec<Vec<usize>> = Vec::new();
    for row in 0..export.len() {
        let number = if export.annotator(row).is_some() {
            let data = export.fields(row).to_json();
            *numbers.entry(data).or_insert(tasks.len())
        } else {
            tasks.len()
        };
        if number == tasks.len() {
            tasks.push(Vec::new());
        }
        tasks[number].push(row);
    }
    tasks
}

fn annotation(export: &Export, row: usize) -> Value {
    let mut annotation = Map::new();
    if let Some(name) = export.annotator(row) {
        // Users are known by number or address; by anything else an import is refused.
        let number = name.parse::<u32>().ok().filter(|number| number.to_string() == name);
        let (key, by) = match number {
            Some(number) => ("completed_by", value!(number)),
            None if name.contains('@') => ("completed_by", value!({"email": name})),
            None => (labels::ANNOTATOR, value!(name)),
        };
        annotation.insert(key.into(), by);
    }
    let results = export.tasks.iter().filter_map(|task| {
        let labels = export.gold(task, row);
        (!labels.is_empty()).then(|| result(&task.name, &labels))
    });
    annotation.insert("result".into(), results.map(Value::Object).collect::<Vec<_>>().into());
    annotation.insert("was_cancelled".into(), false.into());
    Value::Object(annotation)
}

fn prediction(export: &Export, row: usize) -> Option<Value> {
    let mut least: Option<f64> = None;
    let mut results = Vec::new();
    for task in &export.tasks {
        let Some((label, p)) = task.predicted(row) else { continue };
        let mut result = result(&task.name, &[label.to_owned()]);
        if let Some(p) = p {
            result.insert("score".into(), p.into());
            least = Some(least.map_or(p, |least| least.min(p)));
        }
        results.push(Value::Object(result));
    }
    let mut prediction = Map::new();
    prediction.insert("model_version".into(), export.model_version.as_str().into());
    if let Some(least) = least {
        prediction.insert("score".into(), least.into());
    }
    let any = !results.is_empty();
    prediction.insert("result".into(), results.into());
    any.then_some(Value::Object(prediction))
}

fn result(task: &str, labels: &[String]) -> Map<String, Value> {
    let result = value!({
        "id": task, "from_name": task, "to_name": TEXT, "type": "choices",
        "value": {"choices": labels},
    });
    match result {
        Value::Object(result) => result,
        _ => Map::new(),
    }
}

/// The labelling interface for these tasks.
pub(super) fn config(tasks: &[WrittenTask]) -> String {
    let mut lines =
        vec!["<View>".to_owned(), format!(r#"  <Text name="{TEXT}" value="${TEXT}"/>"#)];
    for task in tasks {
        let name = escaped(&task.name);
        let choice = if task.several { "multiple" } else { "single" };
        lines.push(format!(r#"  <Header value="{name}"/>"#));
        lines.push(format!(
            r#"  <Choices name="{name}" toName="{TEXT}" choice="{choice}" showInLine="true">"#
        ));
        let choices = task.labels.iter().map(|label| escaped(label));
        lines.extend(choices.map(|label| format!(r#"    <Choice value="{label}"/>"#)));
        lines.push("  </Choices>".to_owned());
    }
    lines.push("</View>\n".to_owned());
    lines.join("\n")
}

/// Whether XML 1.0 can hold all of its characters.
pub(super) fn is_xml(text: &str) -> bool {
    let cannot =
        |c| c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    !text.contains(cannot)
}

/// Text as the value of an attribute.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    // As they are, an attribute would hold spaces in their place.
    text.replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;")
}
