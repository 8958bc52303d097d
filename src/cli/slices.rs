//! Figures for parts of the passages.

use std::{borrow::Cow, collections::BTreeMap};

use anyhow::Result;
use standpoint::{
    Corpus, Error, Place,
    evaluate::{Slice, TaskEvaluation},
};

use super::{input, judged::Judged, render};

/// The name of passages whose cell is empty.
const EMPTY: &str = "(empty)";
/// How many characters of a date tell its year, month, day.
const PARTS: [(&str, usize); 3] = [("year", 4), ("month", 7), ("day", 10)];

/// The figures of every value of each column in `by`, in order; none where a task has fewer cases
/// than are named with the column. A task is not sliced by its own labels: that is what recall says.
pub fn slices(
    table: &Corpus,
    judged: &[Judged],
    by: &[(String, usize)],
    seed: u64,
) -> Result<Vec<Slice>> {
    let mut all = Vec::new();
    for (number, (by_column, _)) in by.iter().enumerate() {
        if by[..number].iter().any(|(earlier, _)| earlier == by_column) {
            continue;
        }
        // A column that is asked for twice shows all slices that either asks for.
        let asked = by.iter().filter(|(column, _)| column == by_column);
        let least = asked.map(|(_, least)| *least).min().unwrap_or_default();
        let by = by_column;
        let values = values(table, by)?;
        if judged.iter().all(|of_task| of_task.task == *by) {
            render::warn(&format!("--by {by}: the recall of {by} says that already"));
        }
        let mut all_values: BTreeMap<&str, Vec<TaskEvaluation>> = BTreeMap::new();
        for of_task in judged.iter().filter(|of_task| of_task.task != *by) {
            let mut cases_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (case, &row) in of_task.rows.iter().enumerate() {
                cases_of.entry(&values[row]).or_default().push(case);
            }
            for (value, cases) in cases_of {
                let figures = of_task.select(&cases).evaluate_from(least, seed)?;
                all_values.entry(value).or_default().push(figures);
            }
        }
        let slice = |(value, tasks): (&str, Vec<TaskEvaluation>)| Slice {
            by: by.clone(),
            value: value.to_owned(),
            tasks,
        };
        all.extend(all_values.into_iter().map(slice));
    }
    Ok(all)
}

/// What each row has in a column, or in a part of a date, as `date:month`.
pub fn values(table: &Corpus, by: &str) -> Result<Vec<String>> {
    let (column, part) = match by.rsplit_once(':') {
        Some((column, part)) if !table.has_column(by) => (column, Some(part)),
        _ => (by, None),
    };
    input::check_columns(table, &[column.to_owned()])?;
    let values = table.values(column).expect("the column was checked").into_iter();
    let Some(part) = part else {
        return Ok(values
            .map(|value| value.map_or_else(|| EMPTY.to_owned(), Into::into))
            .collect());
    };
    let Some(&(_, length)) = PARTS.iter().find(|(name, _)| *name == part) else {
        let problem = format!("{by:?} asks for a part of {column} that is unknown");
        let help = format!("ask for {column}:year, {column}:month or {column}:day");
        return Err(Error::input(Place::file("--by"), problem, help).into());
    };
    let cut = |(row, value): (usize, Option<Cow<'_, str>>)| {
        let Some(value) = value else { return Ok(EMPTY.to_owned()) };
        date(&value)
            .filter(|date| date.len() >= length)
            .map(|date| date[..length].to_owned())
            .ok_or_else(|| {
                let problem = format!("{column} is {value:?}, which has no {part} that is known");
                let help = "write dates as 2023-09-25";
                Error::input(table.place(row), problem, help)
            })
    };
    Ok(values.enumerate().map(cut).collect::<Result<_, _>>()?)
}

/// The date at the beginning of a value: a year, a year and month, or a whole date, by ISO 8601.
/// Such dates are in the order of their characters.
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
