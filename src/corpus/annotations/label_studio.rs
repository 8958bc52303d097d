//! Label Studio's JSON.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use serde_json::{Map, Value, json};

use super::{
    draft::{self, Draft, Drafts},
    export::{AnnotationExport, WrittenTask},
    labels,
};
use crate::{error::Result, input::Source};

/// Whether this is a task.
pub(super) fn is(item: &Value) -> bool {
    item.get("data").is_some_and(Value::is_object)
}

/// The name of the field that the labelling interface shows, and of the tag that shows it.
const TEXT: &str = "text";

pub(super) fn read(source: &Source, drafts: &mut Drafts<'_>) -> Result<()> {
    drafts.prefix = "data";
    for (number, item) in super::objects(source).enumerate() {
        let (line, item) = item?;
        let Some(data) = item.get("data").and_then(Value::as_object) else {
            let problem = "there is no task with `data`";
            let help = "export from Label Studio as JSON (not JSON-MIN or CSV)";
            return Err(drafts.wrong(line, number + 1, problem, help));
        };
        let mut fields = data.clone();
        predictions(&item, &mut fields, drafts);
        let id = item.get("id").and_then(super::name_of);
        let task = Draft { line, id, fields, ..Draft::default() };
        for _ in item.get("drafts").and_then(Value::as_array).into_iter().flatten() {
            drafts.leave_out("drafts");
        }
        let before = drafts.drafts.len();
        // Before its version 1.0 annotations were called completions.
        let annotations = ["annotations", "completions"].iter().find_map(|key| item.get(*key));
        for annotation in annotations.and_then(Value::as_array).into_iter().flatten() {
            if annotation.get("was_cancelled") == Some(&Value::Bool(true)) {
                drafts.leave_out("cancelled annotations");
                continue;
            }
            let by = draft::annotator(annotation.get("completed_by"));
            let annotator = by.or_else(|| draft::annotator(annotation.get(super::ANNOTATOR)));
            let labels = choices(annotation, drafts).into_iter().map(|(label, _)| label).collect();
            drafts.drafts.push(Draft { annotator, labels, ..task.clone() });
        }
        if drafts.drafts.len() == before {
            drafts.drafts.push(task);
        }
    }
    Ok(())
}

/// The last of a task's predictions, as fields: unless the task has those fields already.
fn predictions(item: &Value, fields: &mut Map<String, Value>, drafts: &mut Drafts<'_>) {
    let all = item.get("predictions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let Some((last, older)) = all.split_last() else { return };
    older.iter().for_each(|_| drafts.leave_out("older predictions"));
    if !last.is_object() {
        return drafts.leave_out("predictions of which there is the number alone");
    }
    let mut found: Vec<(String, Vec<String>, Value)> = Vec::new();
    for ((task, label), score) in choices(last, drafts) {
        match found.iter_mut().find(|(of, ..)| *of == task) {
            Some((_, labels, _)) => labels.push(label),
            None => found.push((task, vec![label], score)),
        }
    }
    for (task, of_task, score) in found {
        let predicted = format!("pred_{task}");
        if !fields.contains_key(&predicted) {
            fields.insert(predicted, labels::cell(of_task));
            if !score.is_null() {
                fields.insert(format!("score_{task}"), score);
            }
        }
    }
}

/// Task, label and score of what an annotation, or a prediction, chooses for the text as a whole.
fn choices(of: &Value, drafts: &mut Drafts<'_>) -> Vec<((String, String), Value)> {
    let mut found = Vec::new();
    for result in of.get("result").and_then(Value::as_array).into_iter().flatten() {
        let part = result.get("value").is_some_and(|value| value.get("start").is_some());
        let of_type = result.get("type").and_then(Value::as_str).unwrap_or("unknown");
        let chosen = result.get("value").and_then(|value| value.get("choices"));
        let task = result.get("from_name").and_then(Value::as_str);
        let (Some(chosen), Some(task)) = (chosen.and_then(Value::as_array), task) else {
            drafts.leave_out(format!("results of type {of_type}"));
            continue;
        };
        if part {
            drafts.leave_out("choices for a part of the text");
            continue;
        }
        if !labels::is_asked(task, &drafts.settings.tasks) {
            drafts.leave_out(format!("labels of {task}"));
            continue;
        }
        let score = result.get("score").or_else(|| of.get("score")).unwrap_or(&Value::Null);
        for choice in chosen {
            // A choice inside others is the list of their names.
            let label = labels::listed(choice).map(|path| path.join("/"));
            let label = label.or_else(|| super::name_of(choice));
            found.extend(label.map(|label| ((task.to_owned(), label), score.clone())));
        }
    }
    found
}

pub(super) fn write(export: &AnnotationExport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut before = "[\n";
    for rows in tasks(export) {
        out.write_all(before.as_bytes())?;
        before = ",\n";
        let mut task = Map::new();
        task.insert("data".into(), export.fields(rows[0]).into());
        let annotations: Vec<Value> = rows
            .iter()
            .filter(|row| export.is_annotated(**row))
            .map(|row| annotation(export, *row))
            .collect();
        if !annotations.is_empty() {
            task.insert("annotations".into(), annotations.into());
        }
        if let Some(prediction) = prediction(export, rows[0]) {
            task.insert("predictions".into(), json!([prediction]));
        }
        serde_json::to_writer(&mut *out, &task)?;
    }
    out.write_all(b"\n]\n")
}

/// The rows of each task: those that differ in annotator and labels alone are annotations of one.
fn tasks(export: &AnnotationExport<'_>) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut tasks: Vec<Vec<usize>> = Vec::new();
    for row in 0..export.len() {
        let number = if export.annotator(row).is_some() {
            let data = Value::Object(export.fields(row)).to_string();
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

fn annotation(export: &AnnotationExport<'_>, row: usize) -> Value {
    let mut annotation = Map::new();
    if let Some(name) = export.annotator(row) {
        // Users are known by number or address; by anything else an import is refused.
        let number = name.parse::<u32>().ok().filter(|number| number.to_string() == name);
        let (key, by) = match number {
            Some(number) => ("completed_by", json!(number)),
            None if name.contains('@') => ("completed_by", json!({"email": name})),
            None => (super::ANNOTATOR, json!(name)),
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

fn prediction(export: &AnnotationExport<'_>, row: usize) -> Option<Value> {
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
    let result = json!({
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

/// Text as the value of an attribute.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    // As they are, an attribute would hold spaces in their place.
    text.replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;")
}
