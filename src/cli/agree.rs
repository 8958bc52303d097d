//! `standpoint agree`.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use anyhow::Result;
use standpoint::{
    Error, InputFormat, Place, Source, Table,
    evaluate::{Agreement, Codings},
};

use super::{
    args::AgreeArgs,
    evaluate::RESAMPLES,
    input,
    render::{self, Difference, Sink},
};

pub fn run(args: &AgreeArgs) -> Result<()> {
    let inputs: Vec<&Path> = args.coders.iter().map(AsRef::as_ref).collect();
    let mut sink = Sink::open(args.output.path.as_deref(), &inputs)?;
    let mut tables = Vec::new();
    for path in &args.coders {
        let source = Source::open(path)?;
        let table = Table::read_labels(&source, InputFormat::of_name(source.name()))?;
        input::check_columns(&table, &args.tasks)?;
        tables.push(table);
    }
    let tasks: Vec<&str> = match args.tasks.as_slice() {
        [] => {
            let in_all = |name: &&str| tables.iter().all(|table| table.has_column(name));
            input::TASKS.into_iter().filter(in_all).collect()
        }
        tasks => tasks.iter().map(String::as_str).collect(),
    };
    if tasks.is_empty() {
        return Err(Error::Undecidable {
            problem: format!("the tables share none of the columns {}", input::TASKS.join(", ")),
            way_out: "name the label columns with --tasks".into(),
        }
        .into());
    }
    let units = Units::of(&tables)?;
    let shared = units.rows.iter().filter(|rows| rows.iter().flatten().count() > 1).count();
    if shared == 0 {
        return Err(Error::Undecidable {
            problem: "no passage stands in two of the tables".into(),
            way_out: "rows are matched by the columns page and seq".into(),
        }
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
                    page: key.0.clone(),
                    seq: key.1.clone(),
                    task: task.to_owned(),
                    labels: unit.iter().map(|label| Some(labels[(*label)?].clone())).collect(),
                });
            }
        }
        let codings = Codings { units: &coded, pages: &units.pages };
        agreements.push(Agreement::of(task, &labels, codings, RESAMPLES, args.seed.seed));
    }
    let coders: Vec<String> = args.coders.iter().map(|path| path.display().to_string()).collect();
    render::agreement(&mut sink, &coders, &agreements, &differences, args.top, args.format)?;
    sink.finish()
}

/// The passages of all tables: each one's key, page, and row in each table.
struct Units {
    keys: Vec<(String, String)>,
    pages: Vec<usize>,
    rows: Vec<Vec<Option<usize>>>,
}

impl Units {
    fn of(tables: &[Table]) -> Result<Self> {
        let mut units = Self { keys: Vec::new(), pages: Vec::new(), rows: Vec::new() };
        let mut numbers: HashMap<(String, String), usize> = HashMap::new();
        let mut pages: HashMap<String, usize> = HashMap::new();
        for (coder, table) in tables.iter().enumerate() {
            for row in 0..table.len() {
                let Some(key) = table.key(row) else {
                    return Err(Error::Input {
                        place: Place::line(table.place(row).file, 1),
                        problem: "there are no columns page and seq to match rows by".into(),
                        way_out: format!("its columns are {}", table.columns().join(", ")),
                    }
                    .into());
                };
                let number = *numbers.entry(key.clone()).or_insert(units.keys.len());
                if number == units.keys.len() {
                    let next = pages.len();
                    units.pages.push(*pages.entry(key.0.clone()).or_insert(next));
                    units.keys.push(key);
                    units.rows.push(vec![None; tables.len()]);
                } else if units.rows[number][coder].is_some() {
                    return Err(Error::Input {
                        place: table.place(row),
                        problem: format!("page {} has two passages with seq {}", key.0, key.1),
                        way_out: "number the passages of a page from 1".into(),
                    }
                    .into());
                }
                units.rows[number][coder] = Some(row);
            }
        }
        Ok(units)
    }
}
