//! The type that the values of a column have in common.

use serde_json::Value;

/// Whole numbers up to this are doubles too, exactly.
const EXACT: u64 = 1 << 53;

/// What all values of a column are, empty ones aside. CSV holds text.
///
/// ```
/// use standpoint::ColumnType;
/// let of = |json: &str| ColumnType::of(serde_json::from_str::<Vec<_>>(json).unwrap().iter());
/// assert_eq!(of("[1, null, 2]"), ColumnType::Integer);
/// assert_eq!(of("[1, 2.5]"), ColumnType::Double);
/// assert_eq!(of(r#"[1, "one"]"#), ColumnType::Text);
/// // Not every number of so many digits is a double.
/// assert_eq!(of("[12345678901234567890, 1]"), ColumnType::Text);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ColumnType {
    /// Nothing: all are empty.
    #[default]
    Empty,
    /// True or false.
    Boolean,
    /// Whole numbers of at most 53 bits.
    Integer,
    /// Whole numbers of at most 64 bits.
    Long,
    /// Numbers.
    Double,
    /// Text, and whatever else: lists and objects as JSON.
    Text,
}

impl ColumnType {
    /// The type of all these values.
    pub fn of<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        values.fold(Self::Empty, |all, value| all.and(Self::of_value(value)))
    }

    /// The type of one value.
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) => match number.as_i64() {
                Some(whole) if whole.unsigned_abs() <= EXACT => Self::Integer,
                Some(_) => Self::Long,
                // More digits than a double has, without a point to say that it is one.
                None if number.to_string().bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                    Self::Text
                }
                None if number.as_f64().is_some_and(f64::is_finite) => Self::Double,
                None => Self::Text,
            },
            Value::String(_) | Value::Array(_) | Value::Object(_) => Self::Text,
        }
    }

    /// The type of values of both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Empty, other) | (other, Self::Empty) => other,
            (one, other) if one == other => one,
            (Self::Integer, Self::Long) | (Self::Long, Self::Integer) => Self::Long,
            (Self::Integer, Self::Double) | (Self::Double, Self::Integer) => Self::Double,
            _ => Self::Text,
        }
    }
}
