//! The type that the values of a column have in common.

use super::cell::Cell;

/// Whole numbers up to this are doubles too, exactly.
const EXACT: u64 = 1 << 53;

/// The type of all values of a column, empty ones aside. In CSV all are text.
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
    pub(super) fn of<'a>(values: impl Iterator<Item = &'a Cell>) -> Self {
        values.fold(Self::Empty, |all, value| all.and(Self::of_cell(value)))
    }

    /// The type of one value.
    pub(super) fn of_cell(cell: &Cell) -> Self {
        match cell {
            Cell::Null => Self::Empty,
            Cell::Bool(_) => Self::Boolean,
            Cell::Number(number) => match number.parse::<i64>() {
                Ok(whole) if whole.unsigned_abs() <= EXACT => Self::Integer,
                Ok(_) => Self::Long,
                // More digits than a double has, without a point to say that it is one.
                Err(_) if number.bytes().all(|b| b.is_ascii_digit() || b == b'-') => Self::Text,
                Err(_) if number.parse().is_ok_and(f64::is_finite) => Self::Double,
                Err(_) => Self::Text,
            },
            Cell::Text(_) | Cell::Json(_) => Self::Text,
        }
    }

    /// The type of values of both.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Empty, other) | (other, Self::Empty) => other,
            (one, other) if one == other => one,
            (Self::Integer, Self::Long) | (Self::Long, Self::Integer) => Self::Long,
            (Self::Integer, Self::Double) | (Self::Double, Self::Integer) => Self::Double,
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_values_is_what_they_have_in_common() {
        let of = |json: &str| ColumnType::of(serde_json::from_str::<Vec<_>>(json).unwrap().iter());
        assert_eq!(of("[1, null, 2]"), ColumnType::Integer);
        assert_eq!(of("[1, 2.5]"), ColumnType::Double);
        assert_eq!(of(r#"[1, "one"]"#), ColumnType::Text);
        // Not every number of so many digits is a double.
        assert_eq!(of("[12345678901234567890, 1]"), ColumnType::Text);
    }
}
