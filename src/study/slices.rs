//! Metrics of parts of the passages: by source, by month, by any column.

use std::{borrow::Cow, collections::BTreeMap};

use super::evaluation_from;
use crate::{
    corpus::Corpus,
    error::{Error, Place, Result},
    evaluate::{Slice, TaskEvaluation},
    predictions::Scored,
};

/// The value of a slice whose cells are empty.
const EMPTY: &str = "(empty)";
/// The parts of a date, and the number of characters that have each.
const PARTS: [(&str, usize); 3] = [("year", 4), ("month", 7), ("day", 10)];

/// A column to slice by, and the fewest cases that a slice is scored with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceBy {
    /// A column, or a part of a date in it, such as `date:month`.
    pub column: String,
    /// Slices of fewer cases have counts only.
    pub min_cases: usize,
}

/// Metrics for every value of each column, values in order. A task is not sliced by its own labels, for that is its recall.
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) if there is no such column, or a date is none.
pub fn slices(corpus: &Corpus, scored: &[Scored], by: &[SliceBy]) -> Result<Vec<Slice>> {
    let mut all = Vec::new();
    for (number, SliceBy { column, .. }) in by.iter().enumerate() {
        if by[..number].iter().any(|earlier| earlier.column == *column) {
            continue;
        }
        // A column that is asked for twice shows every slice that either asks for.
        let asked = by.iter().filter(|asked| asked.column == *column);
        let min_cases = asked.map(|asked| asked.min_cases).min().unwrap_or_default();
        let values = slice_values(corpus, column)?;
        let mut all_values: BTreeMap<&str, Vec<TaskEvaluation>> = BTreeMap::new();
        for task in scored.iter().filter(|task| task.task() != column) {
            for (value, own) in task.split_by(|row| values[row].as_str()) {
                all_values.entry(value).or_default().push(evaluation_from(&own, min_cases));
            }
        }
        let slice = |(value, tasks): (&str, Vec<TaskEvaluation>)| Slice {
            by: column.clone(),
            value: value.to_owned(),
            tasks,
        };
        all.extend(all_values.into_iter().map(slice));
    }
    Ok(all)
}

/// The value of each row in a column, or in a part of a date, as in `date:month`.
///
/// # Errors
/// Those of [`slices`].
pub fn slice_values(corpus: &Corpus, by: &str) -> Result<Vec<String>> {
    let (column, part) = match by.rsplit_once(':') {
        Some((column, part)) if !corpus.has_column(by) => (column, Some(part)),
        _ => (by, None),
    };
    let values = corpus.require(column)?.into_iter();
    let Some(part) = part else {
        return Ok(values
            .map(|value| value.map_or_else(|| EMPTY.to_owned(), Into::into))
            .collect());
    };
    let Some(&(_, length)) = PARTS.iter().find(|(name, _)| *name == part) else {
        let problem = format!("{by:?} asks for an unknown part of {column}");
        let help = format!("ask for {column}:year, {column}:month or {column}:day");
        return Err(Error::input(Place::file("`by`"), problem, help));
    };
    let cut = |(row, value): (usize, Option<Cow<'_, str>>)| {
        let Some(value) = value else { return Ok(EMPTY.to_owned()) };
        date(&value)
            .filter(|date| date.len() >= length)
            .map(|date| date[..length].to_owned())
            .ok_or_else(|| {
                let problem = format!("{column} is {value:?}, which has no known {part}");
                Error::input(corpus.place(row), problem, "write dates as 2023-09-25")
            })
    };
    values.enumerate().map(cut).collect()
}

/// The date at the beginning of a value: a year, a year and month, or a whole date, by ISO 8601. Such
/// dates sort as text.
pub fn date(value: &str) -> Option<&str> {
    let digits = |text: &str, least: u32, most: u32| {
        text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse().is_ok_and(|number| (least..=most).contains(&number))
    };
    let date = value.get(..10).or(value.get(..7)).or(value.get(..4))?;
    let rest = &value[date.len()..];
    let mut parts = date.split('-');
    let year = parts.next().is_some_and(|year| year.len() == 4 && digits(year, 0, 9999));
    let month = parts.next().is_none_or(|month| month.len() == 2 && digits(month, 1, 12));
    let day = parts.next().is_none_or(|day| day.len() == 2 && digits(day, 1, 31));
    let ends = rest.is_empty() || (date.len() == 10 && rest.starts_with(['T', ' ', 't']));
    (year && month && day && parts.next().is_none() && ends).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_iso_8601() {
        for good in ["2023", "2023-09", "2023-09-25"] {
            assert_eq!(date(good), Some(good));
        }
        assert_eq!(date("2023-09-25T10:00:00Z"), Some("2023-09-25"));
        for bad in [
            "",
            "25/09/2023",
            "2023-13",
            "2023-09-2",
            "2023-9-25",
            "23-09-2023",
            "20230925",
            "2023-09-251",
            "20é3-09-25",
        ] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
