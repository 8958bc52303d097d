//! What every annotation tool is to the others.

use std::io::{self, Write};

use super::{draft::Drafts, export::Export};
use crate::{corpus::fields::Fields, error::Result, input::Source};

/// What a tool's format is, how it is read and how it is written.
pub(super) trait Tool: Sync {
    /// Its name as a setting, in lower case.
    fn name(&self) -> &'static str;

    /// What the tool calls itself.
    fn title(&self) -> &'static str;

    /// What its files hold, for help.
    fn about(&self) -> &'static str;

    /// The character between a task and its label, where labels of several tasks are in one list.
    fn separator(&self) -> char;

    /// Whether each task has a list of labels of its own.
    fn has_lists_by_task(&self) -> bool {
        false
    }

    /// Whether the format is written, and not only read.
    fn is_written(&self) -> bool {
        true
    }

    /// Whether a text is an export of the tool. `objects` are its first JSON objects, or rows of CSV.
    fn recognises(&self, text: &str, objects: &[Fields]) -> bool;

    /// Reads an export.
    fn read(&self, source: &Source, drafts: &mut Drafts<'_>) -> Result<()>;

    /// That the format can hold the table; and sentences about what it does not hold.
    fn check(&self, export: &Export) -> Result<Vec<String>>;

    /// Writes a table.
    fn write(&self, export: &Export, out: &mut dyn Write) -> io::Result<()>;
}
