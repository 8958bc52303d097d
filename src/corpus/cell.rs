//! The value that a row has in one column.

use std::{borrow::Cow, io};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::Error as _};
use serde_json::value::RawValue;

/// One value. Numbers, lists and objects keep their text, so that a 20-digit id and `1.10` are written
/// as they were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Cell {
    /// Nothing.
    #[default]
    Null,
    Bool(bool),
    /// A number as JSON writes it.
    Number(Box<str>),
    Text(String),
    /// A list or an object as JSON, without white space between its parts.
    Json(Box<str>),
}

impl Cell {
    /// From the text of one JSON value.
    ///
    /// # Errors
    /// If the text is not JSON; the column of the error is the byte in `json`, counted from 1.
    pub fn of_json(json: &str) -> serde_json::Result<Self> {
        Ok(match json.as_bytes().first() {
            Some(b'"') => Self::Text(serde_json::from_str(json)?),
            Some(b'{' | b'[') => Self::Json(compact(json)?.into()),
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            _ => Self::Number(json.into()),
        })
    }

    /// A number, as shortly as it can be read back; nothing for NaN and infinity.
    #[cfg(any(feature = "parquet", feature = "xlsx"))]
    pub fn of_number(number: impl Serialize) -> Self {
        match serde_json::to_string(&number) {
            Ok(text) if text != "null" => Self::Number(text.into()),
            _ => Self::Null,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<Vec<Self>> {
        match self {
            Self::Json(json) if json.starts_with('[') => serde_json::from_str(json).ok(),
            _ => None,
        }
    }

    /// Appends the value as JSON.
    pub fn write_json(&self, out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Text(text) => serde_json::to_writer(out, text)?,
            Self::Null => out.extend_from_slice(b"null"),
            other => out.extend_from_slice(cell_text(other).as_bytes()),
        }
        Ok(())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Number(number.to_string().into())
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(json) | Self::Json(json) => RawValue::from_string(json.to_string())
                .map_err(S::Error::custom)?
                .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Self::of_json(raw.get()).map_err(de::Error::custom)
    }
}

/// A value as text: strings as they are, nothing for null, other JSON as it is written.
pub(super) fn cell_text(cell: &Cell) -> Cow<'_, str> {
    Cow::Borrowed(match cell {
        Cell::Text(text) => text,
        Cell::Null => "",
        Cell::Bool(true) => "true",
        Cell::Bool(false) => "false",
        Cell::Number(json) | Cell::Json(json) => json,
    })
}

/// What is wrong with JSON, without the place.
pub(super) fn json_problem(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Lists and objects in each other, that of the row not counted: most readers of JSON go no deeper.
const DEEPEST: usize = 126;

/// JSON without the white space between its parts, and with the shortest escapes.
fn compact(json: &str) -> serde_json::Result<String> {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    let mut depth = 0_usize;
    while let Some(at) = rest.find('"') {
        let (between, text) = rest.split_at(at);
        depth = depth_behind(between, depth)?;
        out.extend(between.chars().filter(|c| !c.is_ascii_whitespace()));
        let end = end_of_string(text);
        let (text, behind) = text.split_at(end);
        if text.contains('\\') {
            let text: String = serde_json::from_str(text)?;
            out += &serde_json::to_string(&text)?;
        } else {
            out += text;
        }
        rest = behind;
    }
    depth_behind(rest, depth)?;
    out.extend(rest.chars().filter(|c| !c.is_ascii_whitespace()));
    Ok(out)
}

/// How many lists and objects are open behind JSON without strings, of those `depth` before it.
fn depth_behind(json: &str, mut depth: usize) -> serde_json::Result<usize> {
    for byte in json.bytes() {
        match byte {
            b'[' | b'{' if depth == DEEPEST => {
                return Err(de::Error::custom("recursion limit exceeded"));
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(depth)
}

/// Where the string ends that the text begins with.
fn end_of_string(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        // The escaped byte is no end.
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_lists_their_parts() {
        for (json, written) in [
            ("12345678901234567890", "12345678901234567890"),
            ("1.10", "1.10"),
            ("-0", "-0"),
            ("1e400", "1e400"),
            (r#"{ "a" : [ 1.10 , "b\u0020 \"c\"" ] }"#, r#"{"a":[1.10,"b  \"c\""]}"#),
            (r#""caf\u00e9""#, "\"café\""),
            ("null", "null"),
            ("true", "true"),
        ] {
            let mut out = Vec::new();
            let cell = Cell::of_json(json).unwrap();
            cell.write_json(&mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), written);
            assert_eq!(serde_json::to_string(&cell).unwrap(), written);
            assert_eq!(serde_json::from_str::<Cell>(json).unwrap(), cell);
        }
        assert!(Cell::of_json(r#"["\ud83d"]"#).is_err());
        for (depth, read) in [(DEEPEST, true), (DEEPEST + 1, false)] {
            let json = format!("{}\"[[[\"{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(Cell::of_json(&json).is_ok(), read, "{depth}");
            let row = format!("{{\"a\":{json}}}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&row).is_ok(), read, "{depth}");
        }
    }

    proptest! {
        /// A list is written as serde_json writes it.
        #[test]
        fn a_list_is_compact(texts in proptest::collection::vec("[a \\\\\"\n\u{1}é\u{2028}]{0,6}", 0..5)) {
            let expected = serde_json::to_string(&texts).unwrap();
            let pretty = serde_json::to_string_pretty(&texts).unwrap();
            prop_assert_eq!(compact(&pretty).unwrap(), expected);
        }
    }
}
