//! `standpoint convert`.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::Write,
    path::Path,
};

use anyhow::Result;
use standpoint::{
    Corpus, Error, ErrorKind, InputFormat, Place,
    corpus::{AnnotationFormat, AnnotationSettings, Annotations, OutputFormat},
    input::Source,
};

use super::{
    args::{ConvertArgs, Shape},
    flags::with_flags,
    input,
    render::{self, Sink},
};

pub fn run(args: &ConvertArgs) -> Result<()> {
    let path = args.output.path.as_deref();
    let mut others: Vec<&Path> = args.inputs.iter().map(AsRef::as_ref).collect();
    let to = args.to.map_or_else(|| OutputFormat::of_path(path).map(Shape::Ours), Ok)?;
    let mut sink = Sink::open(path, &others)?;
    others.extend(path);
    let config =
        args.config.as_ref().map(|config| Sink::open(Some(config), &others)).transpose()?;
    if config.is_some() && to != Shape::Tool(AnnotationFormat::LABEL_STUDIO) {
        return Err(Error::input(
            Place::file("--config"),
            "the labelling interface is Label Studio's",
            "give --to label-studio, too",
        )
        .into());
    }
    if let (Shape::Tool(format), Some(path)) = (to, path) {
        let ending = match format.as_str() {
            "label-studio" => "json",
            "fasttext" => "txt",
            _ => "jsonl",
        };
        input::known_ending(path, &format!("an import of {}", format.title()), &[ending])?;
    }
    let (table, unlabelled) = read(args)?;
    if let (Some(error), Shape::Ours(_)) = (unlabelled, to) {
        return Err(error.into());
    }
    match to {
        Shape::Ours(format) => {
            note_annotators(&table);
            table.write(&[], args.safe.format(format), &mut sink)?;
        }
        Shape::Tool(format) => {
            let tasks = tasks(&table, &args.tasks);
            input::note_tasks(&table, &tasks);
            if tasks.is_empty() {
                render::note("no label columns found; name them with --tasks");
            }
            let export = table.annotations(format, &tasks, &args.model_version)?;
            export.notes().iter().for_each(|note| render::note(note));
            if let Some(mut config) = config {
                config.write_all(export.label_studio_config()?.as_bytes())?;
                config.finish()?;
            }
            export.write(&mut sink)?;
        }
    }
    sink.finish()
}

/// All inputs as one table; and the error to make of it if they are exports without any label.
fn read(args: &ConvertArgs) -> Result<(Corpus, Option<Error>)> {
    let mut all: Option<Corpus> = None;
    let mut labelled = false;
    let mut exports = false;
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    let mut fault = None;
    for path in &args.inputs {
        let table = match args.from {
            Some(Shape::Ours(format)) => {
                labelled = true;
                ours(args, Some(format), path)
            }
            from => match annotations(args, from, path)? {
                None => {
                    labelled = true;
                    ours(args, None, path)
                }
                Some(read) => {
                    exports = true;
                    read.notes.iter().for_each(|note| render::note(note));
                    read.warnings.iter().for_each(|warning| render::warn(warning));
                    labelled |= read.labelled > 0 || !read.table.predicted_tasks().is_empty();
                    for (what, n) in read.left_out {
                        *left_out.entry(what).or_default() += n;
                    }
                    Ok(read.table)
                }
            },
        };
        let table = match table {
            // A page that cannot be read is left out where others are.
            Err(error) if args.inputs.len() > 1 && is_of_page(path, &error) => {
                render::note(&format!("left out: {}", with_flags(&error.to_string())));
                fault.get_or_insert(error);
                continue;
            }
            table => table?,
        };
        match &mut all {
            Some(all) => all.append(table),
            None => all = Some(table),
        }
    }
    let counts: Vec<String> = left_out.iter().map(|(what, n)| format!("{what}: {n}")).collect();
    let counts = counts.join(", ");
    if !counts.is_empty() {
        render::note(&format!("left out, {counts}"));
    }
    let mut all = match (all, fault) {
        (Some(all), _) => all,
        (None, fault) => return Err(fault.expect("clap asks for at least one input").into()),
    };
    // Files of an export may be several annotators' of the same pages.
    if !exports && all.tell_files_apart() {
        render::note("pages of several inputs have the same ids; the column file tells them apart");
    }
    let why = match counts.as_str() {
        "" => "nobody has labelled a text there".to_owned(),
        counts => format!("left out were {counts}"),
    };
    let unlabelled = (!labelled).then(|| {
        Error::undecidable(
            format!(
                "{}: the export has no label of a whole text ({why}), and nothing is written",
                all.name()
            ),
            "export labels of texts, or give --to and a tool to carry the texts over",
        )
    });
    Ok((all, unlabelled))
}

/// Whether it is a page that nothing can be read of.
fn is_of_page(path: &Path, error: &Error) -> bool {
    let is_table =
        InputFormat::by_ending(&path.to_string_lossy()).is_some_and(InputFormat::is_table);
    match error.kind() {
        ErrorKind::Page { .. } => true,
        ErrorKind::Empty { .. } => !is_table,
        _ => false,
    }
}

/// A table, or a page, as all commands read it; what is longer than a passage may be is only converted.
fn ours(
    args: &ConvertArgs,
    format: Option<InputFormat>,
    path: &Path,
) -> standpoint::Result<Corpus> {
    let settings = args.table.settings().format(format).max_passage(usize::MAX);
    input::table_of(path, &settings)
}

/// An export of that format, or of the one that it looks like; nothing if it looks like none.
fn annotations(
    args: &ConvertArgs,
    from: Option<Shape<InputFormat>>,
    path: &Path,
) -> Result<Option<Annotations>> {
    let from = match from {
        Some(Shape::Tool(format)) => Some(format),
        _ => None,
    };
    // What can be read only once is not looked at first.
    if from.is_none() && path == Path::new("-") {
        return Err(Error::input(
            Place::file("<stdin>"),
            "its shape is not known by a name",
            "say what it holds with --from",
        )
        .into());
    }
    if path.extension().is_some_and(|ending| ending == "spacy") {
        return Err(Error::input(
            Place::file(path.display().to_string()),
            "spaCy's binary files are not read",
            "write a line of JSON for each text, as {\"text\": \"...\", \"cats\": {\"A\": 1.0}}",
        )
        .into());
    }
    let shape = InputFormat::by_ending(&path.display().to_string());
    let exported = [
        InputFormat::TEXT,
        InputFormat::JSON,
        InputFormat::JSONL,
        InputFormat::CSV,
        InputFormat::TSV,
    ];
    if from.is_none() && shape.is_some_and(|shape| !exported.contains(&shape)) {
        return Ok(None);
    }
    let source = Source::open(path)?;
    let Some(format) = from.or_else(|| AnnotationFormat::of_text(source.text())) else {
        return match shape {
            Some(_) => Ok(None),
            None => Err(Error::input(
                Place::file(source.name()),
                "it looks like no tool's export",
                "say what it holds with --from",
            )
            .into()),
        };
    };
    if from.is_none() {
        render::note(&format!("{}: read as an export of {}", source.name(), format.title()));
    }
    let settings = AnnotationSettings {
        tasks: args.tasks.clone(),
        text: args.table.text.clone(),
        annotator: annotator_of(args, format, path),
    };
    Ok(Some(Annotations::read(&source, format, &settings)?))
}

/// doccano names the files of an export by the annotators, if each saw their own labels only.
fn annotator_of(args: &ConvertArgs, format: AnnotationFormat, path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let by_files = format == AnnotationFormat::DOCCANO && args.inputs.len() > 1;
    (by_files && !["all", "unknown"].contains(&stem)).then(|| stem.to_owned())
}

/// Says that a passage has several rows, if it has.
fn note_annotators(table: &Corpus) {
    let (Some(annotators), Some(seqs)) = (table.values("annotator"), table.values("seq")) else {
        return;
    };
    let mut by: HashMap<_, HashSet<_>> = HashMap::new();
    for (row, (annotator, seq)) in annotators.iter().zip(&seqs).enumerate() {
        if let (page, Some(annotator)) = (table.page_id(row), annotator)
            && !page.is_empty()
        {
            by.entry((page, seq)).or_default().insert(annotator);
        }
    }
    let several = by.values().filter(|annotators| annotators.len() > 1).count();
    if several > 0 {
        render::note(&format!(
            "passages of several annotators, with a row for each: {several}; `standpoint agree` \
             compares the labels, and `train` wants one row a passage"
        ));
    }
}

/// The tasks asked for, or those of the usual ones that the table has and all that it has predictions
/// of; else the column that a single task has in an export.
fn tasks(table: &Corpus, asked: &[String]) -> Vec<String> {
    if !asked.is_empty() {
        return asked.to_vec();
    }
    let usual = standpoint::study::USUAL_TASKS.into_iter().filter(|task| table.has_column(task));
    let mut tasks: Vec<String> = usual.map(str::to_owned).collect();
    for task in table.predicted_tasks() {
        if !tasks.iter().any(|known| known == task) {
            tasks.push(task.to_owned());
        }
    }
    if tasks.is_empty() && table.has_column("label") {
        tasks.push("label".into());
    }
    tasks
}
