//! `standpoint audit`.

use std::{collections::BTreeMap, process::ExitCode};

use anyhow::Result;
use standpoint::{
    Corpus, Gold, Trainer,
    audit::{GIVEAWAY, Giveaway, breaches, doubts, giveaways},
    predictions::Scored,
    study::{NearDuplicate, near_duplicates, tasks_of},
};

use super::{
    args::AuditArgs,
    render::{self, AuditReport, Counts, DoubtLine, Sink, TaskDoubts},
};

/// Folds of the cross-validation behind the doubts.
const FOLDS: usize = 5;
/// Telling features shown for each label.
const FEATURES: usize = 3;
/// The source whose copies on several pages are as in life.
const WIRE_COPY: &str = "wire copy";

pub fn run(args: &AuditArgs) -> Result<ExitCode> {
    let mut sink = Sink::open(args.output.path.as_deref(), &[&args.data])?;
    let table = args.input.labelled(&args.data)?;
    let tasks = tasks_of(&table, &args.tasks)?;
    let gold: Vec<Gold> = tasks.iter().filter_map(|name| table.gold(name)).collect();
    let passages = table.passages()?;
    let columns = grouping_columns(&table, &tasks);

    let seqs = table.values("seq").unwrap_or_default();
    let seqs: Vec<&str> = seqs.iter().map(|seq| seq.as_deref().unwrap_or("")).collect();
    let mut must_mend: Vec<String> = breaches(&passages, &seqs, &gold)
        .into_iter()
        .map(|breach| match breach.row {
            Some(row) => format!("{}: {}", table.place(row), breach.what),
            None => format!("{}: {}", table.name(), breach.what),
        })
        .collect();
    let sources = table.values("source");
    let is_wire = |row: usize| {
        sources.as_ref().is_some_and(|sources| sources[row].as_deref() == Some(WIRE_COPY))
    };
    let pairs = near_duplicates(&passages);
    let pairs = pairs.iter().filter(|pair| !(is_wire(pair.first) && is_wire(pair.second)));
    must_mend.extend(pairs.map(|pair| describe(pair, &table, &gold)));
    let telling: Vec<(String, Vec<Giveaway>)> = gold
        .iter()
        .map(|gold| (gold.task.clone(), giveaways(&passages, gold, &columns, FEATURES)))
        .collect();
    for (task, giveaways) in &telling {
        for giveaway in giveaways.iter().filter(|giveaway| giveaway.phi >= GIVEAWAY) {
            let Giveaway { label, feature, phi, n } = giveaway;
            must_mend.push(format!(
                "{}: {feature} ({n} passages) nearly gives {task} {label} away, correlation {phi:.2}",
                table.name()
            ));
        }
    }

    let doubtful = match args.no_doubts {
        true => Vec::new(),
        false => doubtful(&table, &tasks, args.seed.seed)?,
    };
    // Counts by what the columns say, and of each task by the first one.
    let groups = |task: usize| columns.iter().chain(gold.first().filter(|_| task > 0));
    let report = AuditReport {
        file: table.name(),
        passages: passages.len(),
        pages: passages.pages().len(),
        doubts: doubtful,
        counts: (0..gold.len())
            .flat_map(|task| {
                groups(task).map(|column| Counts::of(&gold[task], column)).collect::<Vec<_>>()
            })
            .collect(),
        must_mend,
        telling,
    };
    render::audit(&mut sink, &report, args.top, args.format)?;
    sink.finish()?;
    let failed = args.strict && !report.must_mend.is_empty();
    Ok(ExitCode::from(u8::from(failed)))
}

/// The columns by which passages can be grouped: neither text nor place nor task, few values.
fn grouping_columns(table: &Corpus, tasks: &[String]) -> Vec<Gold> {
    let other = |name: &&String| {
        !["text", "page", "doc", "doc_id", "seq"].contains(&name.as_str()) && !tasks.contains(name)
    };
    let columns = table.columns().iter().filter(other).filter_map(|name| table.gold(name));
    let few = |column: &Gold| {
        let mut values: BTreeMap<&str, usize> = BTreeMap::new();
        column.labels.iter().flatten().for_each(|value| *values.entry(value).or_default() += 1);
        values.len() > 1 && values.len() * 10 <= table.len()
    };
    columns.filter(few).collect()
}

fn describe(pair: &NearDuplicate, table: &Corpus, gold: &[Gold]) -> String {
    let differ = gold.iter().filter(|gold| gold.labels[pair.first] != gold.labels[pair.second]);
    let differ: Vec<&str> = differ.map(|gold| gold.task.as_str()).collect();
    let labels = match differ.as_slice() {
        [] => String::new(),
        tasks => format!(", with another {}", tasks.join(", ")),
    };
    format!(
        "{} and {}: nearly the same passage on two pages (similarity {:.2}){labels}",
        table.place(pair.first),
        table.place(pair.second),
        pair.similarity
    )
}

fn doubtful(table: &Corpus, tasks: &[String], seed: u64) -> Result<Vec<TaskDoubts>> {
    let trainer = render::progress_of(Trainer::new().tasks(tasks.to_vec()).seed(seed));
    let validated = trainer.cross_validate(table, FOLDS)?;
    Ok(validated.tasks.iter().map(|task| doubt_lines(task, table)).collect())
}

fn doubt_lines(task: &Scored, table: &Corpus) -> TaskDoubts {
    let lines = doubts(task).into_iter().map(|doubt| DoubtLine {
        place: table.place(doubt.row).to_string(),
        gold: task.labels()[doubt.gold].clone(),
        suggested: task.labels()[doubt.suggested].clone(),
        margin: doubt.margin,
        text: table.text(doubt.row).to_owned(),
    });
    TaskDoubts { task: task.task().to_owned(), n: task.len(), lines: lines.collect() }
}
