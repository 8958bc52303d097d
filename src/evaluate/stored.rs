//! An evaluation that was written as JSON, read back.

use serde_json::Value;

use super::SCHEMA;
use crate::error::{Error, Place, Result};

/// The JSON of an [`Evaluation`](super::Evaluation), read back: the baseline of a gate, or the errors
/// that adjusted counts need.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvaluation {
    name: String,
    json: Value,
}

impl StoredEvaluation {
    /// Reads what `evaluate --format json` or `train --cv --format json` wrote; `name` is the file's,
    /// for messages.
    ///
    /// ```
    /// use standpoint::evaluate::StoredEvaluation;
    /// let error = StoredEvaluation::parse("{}", "old.json").unwrap_err().to_string();
    /// assert!(error.starts_with("old.json: this is no standpoint.evaluation/1 document"));
    /// ```
    ///
    /// # Errors
    /// If it is something else.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let help = "write it as the JSON of an evaluation";
        let json: Value = serde_json::from_str(text).map_err(|error| {
            let place = Place::column(name, error.line() as u64, error.column() as u64);
            Error::input(place, format!("this is not JSON ({error})"), help)
        })?;
        if json["schema"] != SCHEMA {
            let problem = format!("this is no {SCHEMA} document");
            return Err(Error::input(Place::file(name), problem, help));
        }
        Ok(Self { name: name.to_owned(), json })
    }

    /// The name of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has this task.
    pub fn has_task(&self, task: &str) -> bool {
        !self.json["tasks"][task].is_null()
    }

    pub(crate) fn json(&self) -> &Value {
        &self.json
    }
}
