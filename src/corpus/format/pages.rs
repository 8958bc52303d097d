//! Pages of text and of HTML as rows.

use std::sync::Arc;

use serde_json::Value;

#[cfg(feature = "html")]
use crate::corpus::{HtmlPage, Passage};
use crate::{
    corpus::passages,
    corpus::{column_type::ColumnType, row::Row},
    error::Result,
    input::{InputFormat, ReadSettings, Source},
};

/// The columns of a page of text.
const TEXT_COLUMNS: [&str; 3] = ["page", "seq", "text"];
/// The columns of a web page.
pub(in crate::corpus) const HTML_COLUMNS: [&str; 7] =
    ["page", "seq", "source", "date", "title", "url", "text"];

pub(in crate::corpus) fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|&column| column.to_owned()).collect()
}

/// What the columns of a page hold: text, but for `seq`.
pub(in crate::corpus) fn page_types(columns: &[String]) -> Vec<ColumnType> {
    let of = |name: &String| match name.as_str() {
        "seq" => ColumnType::Integer,
        _ => ColumnType::Text,
    };
    columns.iter().map(of).collect()
}

/// The columns of a page, which are known before it is read.
pub(in crate::corpus) fn columns_of(format: InputFormat) -> Option<Vec<String>> {
    match format {
        InputFormat::Text => Some(names(&TEXT_COLUMNS)),
        InputFormat::Html | InputFormat::Warc => Some(names(&HTML_COLUMNS)),
        _ => None,
    }
}

/// The columns of a page, and its passages as rows.
pub(in crate::corpus) fn passages_of(
    source: &Source,
    settings: &ReadSettings,
) -> Result<(Vec<String>, Vec<Row>)> {
    match settings.format_of(source.name()) {
        InputFormat::Html => html_rows(source, source.name()),
        _ => text_rows(source, settings),
    }
}

fn text_rows(source: &Source, settings: &ReadSettings) -> Result<(Vec<String>, Vec<Row>)> {
    let file: Arc<str> = source.name().into();
    // Each row is checked by itself, as those of tables are.
    let rows = passages(source, settings.unit, usize::MAX)?
        .into_iter()
        .enumerate()
        .map(|(i, passage)| {
            let page = Value::String(source.name().to_owned());
            let cells = vec![page, Value::from(i + 1), Value::String(passage.text)];
            Row::new(file.clone(), passage.line, cells)
        })
        .collect();
    Ok((names(&TEXT_COLUMNS), rows))
}

/// The blocks of a web page of this id, each with what the page says of itself.
#[cfg(feature = "html")]
pub(in crate::corpus) fn html_rows(source: &Source, id: &str) -> Result<(Vec<String>, Vec<Row>)> {
    let file: Arc<str> = source.name().into();
    let page = HtmlPage::read(source)?;
    let of_page = [Some(id.to_owned()), page.source, page.date, page.title, page.url];
    let of_page = of_page.map(|value| value.map_or(Value::Null, Value::String));
    let row = |(i, passage): (usize, Passage)| {
        let [id, source, date, title, url] = of_page.clone();
        let (seq, text) = (Value::from(i + 1), Value::String(passage.text));
        Row::new(file.clone(), passage.line, vec![id, seq, source, date, title, url, text])
    };
    let rows = page.passages.into_iter().enumerate().map(row).collect();
    Ok((names(&HTML_COLUMNS), rows))
}

#[cfg(not(feature = "html"))]
fn html_rows(source: &Source, _: &str) -> Result<(Vec<String>, Vec<Row>)> {
    Err(crate::page::without_html(source.name()))
}
