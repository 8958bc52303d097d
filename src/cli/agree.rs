//! `standpoint agree`.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use anyhow::Result;
use standpoint::{
    Corpus, Error, Place,
    evaluate::{Agreement, Codings},
    study::USUAL_TASKS,
};

/// Bootstrap resamples.
const RESAMPLES: usize = 1000;

use super::{
    args::AgreeArgs,
    input,
    render::{self, Difference, Sink},
};

pub fn run(args: &AgreeArgs) -> Result<()> {
    let inputs: Vec<&Path> = args.coders.iter().map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let (coders, tables) = coders(args)?;
    let tasks: Vec<&str> = match args.tasks.as_slice() {
        [] => {
            let in_all = |name: &&str| tables.iter().all(|table| table.has_column(name));
            USUAL_TASKS.into_iter().filter(in_all).collect()
        }
        tasks => tasks.iter().map(String::as_str).collect(),
    };
    if tasks.is_empty() {
        return Err(Error::undecidable(
            format!("the tables share none of the columns {}", USUAL_TASKS.join(", ")),
            "name the label columns with --tasks",
        )
        .into());
    }
    let units = Units::of(&tables)?;
    let shared = units.rows.iter().filter(|rows| rows.iter().flatten().count() > 1).count();
    if shared == 0 {
        return Err(Error::undecidable(
            "no passage stands in two of the tables",
            "rows are matched by the columns page and seq",
        )
        .into());
    }
    let mut agreements = Vec::new();
    let mut differences = Vec::new();
    for task in tasks {
        let values: Vec<_> = tables
            .iter()
            .map(|table| table.values(task).expect("the column was checked"))
            .collect();
        let labels: BTreeSet<&str> = values.iter().flatten().flatten().map(AsRef::as_ref).collect();
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        let coded = |rows: &Vec<Option<usize>>| -> Vec<Option<usize>> {
            let label = |(coder, row): (usize, &Option<usize>)| {
                let label = values[coder][(*row)?].as_deref()?;
                labels.iter().position(|known| known == label)
            };
            rows.iter().enumerate().map(label).collect()
        };
        let coded: Vec<_> = units.rows.iter().map(coded).collect();
        for (unit, key) in coded.iter().zip(&units.keys) {
            let given: BTreeSet<usize> = unit.iter().flatten().copied().collect();
            if given.len() > 1 {
                differences.push(Difference {
                    page: key.0.to_owned(),
                    seq: key.1.to_owned(),
                    task: task.to_owned(),
                    labels: unit.iter().map(|label| Some(labels[(*label)?].clone())).collect(),
                });
            }
        }
        let codings = Codings { units: &coded, pages: &units.pages };
        agreements.push(Agreement::of(task, &labels, codings, RESAMPLES, args.seed.seed));
    }
    render::agreement(&mut sink, &coders, &agreements, &differences, args.top, args.format)?;
    sink.finish()
}

/// Each coder's name and table: a file, or the rows of an annotator.
fn coders(args: &AgreeArgs) -> Result<(Vec<String>, Vec<Corpus>)> {
    let mut coders = Vec::new();
    for path in &args.coders {
        let table = input::labels(path)?;
        args.tasks.iter().try_for_each(|task| table.require(task).map(drop))?;
        coders.push((path.display().to_string(), table));
    }
    if let [(name, table)] = &coders[..] {
        coders = match table.by_annotator()? {
            Some(parts) if parts.len() > 1 => parts,
            parts => {
                let problem = match parts {
                    None => format!("{name} is one coder's, having no column annotator"),
                    Some(parts) => format!("{name} has no annotator but {}", parts[0].0),
                };
                let help = "give a table for each coder, or one with a column annotator";
                let place = Place::file("agree");
                return Err(Error::input(place, problem, help).into());
            }
        };
    }
    Ok(coders.into_iter().unzip())
}

/// The passages of all tables: each one's key, page, and row in each table.
struct Units<'a> {
    keys: Vec<(&'a str, &'a str)>,
    pages: Vec<usize>,
    rows: Vec<Vec<Option<usize>>>,
}

impl<'a> Units<'a> {
    fn of(tables: &'a [Corpus]) -> Result<Self> {
        let mut units = Self { keys: Vec::new(), pages: Vec::new(), rows: Vec::new() };
        let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
        let mut pages: HashMap<&str, usize> = HashMap::new();
        for (coder, table) in tables.iter().enumerate() {
            let Some(keys) = table.keys()? else {
                return Err(Error::input(
                    Place::line(table.place(0).file, 1),
                    "there are no columns page and seq to match rows by",
                    format!("its columns are {}", table.columns().join(", ")),
                )
                .into());
            };
            for (row, key) in keys.into_iter().enumerate() {
                let number = *numbers.entry(key).or_insert(units.keys.len());
                if number == units.keys.len() {
                    let next = pages.len();
                    units.pages.push(*pages.entry(key.0).or_insert(next));
                    units.keys.push(key);
                    units.rows.push(vec![None; tables.len()]);
                }
                units.rows[number][coder] = Some(row);
            }
        }
        Ok(units)
    }
}
