//! Faults of labelled passages, to be mended before a model is trained on them. Nothing is edited.

mod counts;
mod finding;
mod label_errors;
mod shortcuts;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer, ser::SerializeStruct};

pub use counts::Counts;
pub use finding::Finding;
pub use label_errors::{RankedLabel, rank_labels};
use shortcuts::features;
pub use shortcuts::{Feature, SHORTCUT};

use crate::{
    corpus::{Corpus, Gold, Passages},
    error::{ErrorKind, Result},
    predictions::Scored,
    study::{
        Groups, NearDuplicate, Trainer, Work, cross_validate, near_duplicates_among,
        with_these_joined,
    },
};

/// Passages of this `source` are on several pages in life, too.
const WIRE_COPY: &str = "wire copy";
/// Columns of these names group no passages.
const NOT_GROUPS: [&str; 5] = ["text", "page", "doc", "doc_id", "seq"];
/// A column groups passages if its values have at least so many of them in the mean.
const LEAST_IN_A_GROUP: usize = 10;

/// How a corpus is audited.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditSettings {
    /// Whether label errors are looked for, which takes a cross-validation: yes.
    pub label_errors: bool,
    /// Folds of the cross-validation: 5.
    pub folds: usize,
    /// Features that are kept for each label: 3.
    pub features: usize,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { label_errors: true, folds: 5, features: 3 }
    }
}

impl AuditSettings {
    /// With or without a search for label errors.
    pub fn label_errors(self, label_errors: bool) -> Self {
        Self { label_errors, ..self }
    }
}

/// The audit of a labelled corpus.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Audit {
    /// The name of the file.
    pub file: String,
    /// Passages.
    pub passages: usize,
    /// Pages.
    pub pages: usize,
    /// What must be mended.
    pub must_mend: Vec<Finding>,
    /// Probable label errors of each task; empty if they were not looked for.
    pub label_errors: Vec<TaskLabelErrors>,
    /// Sentences about what could not be looked for.
    pub notices: Vec<String>,
    /// Features that predict the labels of each task.
    pub features: Vec<TaskFeatures>,
    /// Labels of each task by the values of the columns that group passages.
    pub counts: Vec<Counts>,
}

/// The labels of a task, ranked for a second look.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TaskLabelErrors {
    /// The task.
    pub task: String,
    /// Labelled passages.
    pub n: usize,
    /// The probable errors, the most likely first.
    #[serde(rename = "doubts")]
    pub errors: Vec<LabelErrorAt>,
    /// All other labels, the least probable first.
    pub others: Vec<LabelErrorAt>,
}

/// A label that may be an error, and where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LabelErrorAt {
    /// The passage.
    #[serde(skip)]
    pub row: usize,
    /// Its place.
    pub place: String,
    /// Its gold label.
    pub gold: String,
    /// The label that the model suggests; of one that it does not doubt, the likeliest other.
    pub suggested: String,
    /// Probability of the gold label.
    pub probability: f64,
    /// Probability of the suggested label less that of the gold one.
    pub margin: f64,
    /// Its text.
    pub text: String,
}

/// The features that predict the labels of a task.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TaskFeatures {
    /// The task.
    pub task: String,
    /// The features, label by label.
    pub features: Vec<Feature>,
}

impl Audit {
    /// Audits the labels of the trainer's tasks: empty passages, gaps in `seq`,
    /// labels that are probably slips, near-duplicates on several pages (those of the source
    /// `wire copy` aside), shortcuts, label errors.
    ///
    /// ```
    /// use standpoint::{Corpus, ReadSettings, Trainer, audit::{Audit, AuditSettings}, input::Source};
    /// let csv = "page,seq,text,kind\na,1,Share,ad\na,3, ,ad\n";
    /// let corpus = Corpus::read(&Source::from_bytes("a.csv", csv.into())?, &ReadSettings::default())?;
    /// let settings = AuditSettings::default().label_errors(false);
    /// let audit = Audit::of(&corpus, &Trainer::new().tasks(["kind"]), &settings)?;
    /// let must_mend: Vec<String> = audit.must_mend.iter().map(ToString::to_string).collect();
    /// assert_eq!(must_mend, ["a.csv:3: the passage is empty", "a.csv:3: seq is 3 where 2 is expected"]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are no texts, or weights are wrong; and those of [`Trainer::cross_validate`](crate::Trainer::cross_validate).
    pub fn of(corpus: &Corpus, trainer: &Trainer, settings: &AuditSettings) -> Result<Self> {
        let tasks = trainer.task_names(corpus)?;
        let gold = trainer.gold(corpus)?;
        let passages = corpus.weighted_passages()?;
        let copies = near_duplicates_among(&passages);
        let passages = with_these_joined(passages, &copies);
        let columns = grouping_columns(corpus, &tasks);
        let features: Vec<TaskFeatures> = gold
            .iter()
            .map(|gold| TaskFeatures {
                task: gold.task.clone(),
                features: features(&passages, gold, &columns, settings.features),
            })
            .collect();
        let mut must_mend = faults(corpus, &passages, &gold);
        must_mend.extend(near_duplicates(corpus, &copies, &gold));
        must_mend.extend(features.iter().flat_map(|of_task| shortcuts(corpus, of_task)));
        let mut notices = Vec::new();
        let label_errors = if settings.label_errors {
            let progress = trainer.report_progress(Work::CrossValidation, 0, 1);
            let (train, folds) = (trainer.settings(), settings.folds);
            match cross_validate(&passages, &gold, train, folds, None, &progress) {
                Ok(validation) => {
                    let of_task = |task| task_label_errors(task, corpus);
                    validation.tasks.iter().map(of_task).collect()
                }
                // Too few pages or labels to learn from leave the other findings as they are.
                Err(error) if matches!(error.kind(), ErrorKind::Undecidable { .. }) => {
                    let (_, problem) = error.place_and_problem();
                    notices.push(format!(
                        "labels that the model doubts were not looked for: {problem}"
                    ));
                    Vec::new()
                }
                Err(error) => return Err(error),
            }
        } else {
            Vec::new()
        };
        // Each task by the columns, and all but the first by the first.
        let groups = |task: usize| columns.iter().chain(gold.first().filter(|_| task > 0));
        let counts = gold.iter().enumerate().flat_map(|(number, gold)| {
            groups(number).map(|column| Counts::of(gold, column)).collect::<Vec<_>>()
        });
        Ok(Self {
            file: corpus.name().to_owned(),
            passages: passages.len(),
            pages: passages.pages().len(),
            must_mend,
            label_errors,
            notices,
            counts: counts.collect(),
            features,
        })
    }
}

/// Empty passages, gaps and repeats in `seq`, doubtful labels.
fn faults(corpus: &Corpus, passages: &Passages<'_>, gold: &[Gold]) -> Vec<Finding> {
    let texts = passages.texts().iter().enumerate();
    let empty = texts.filter(|(_, text)| text.trim().is_empty());
    let mut found: Vec<Finding> =
        empty.map(|(row, _)| Finding::EmptyPassage { row, place: corpus.place(row) }).collect();
    if let Some(seqs) = corpus.values("seq") {
        for page in passages.pages() {
            let seq = |row: usize| seqs[row].as_deref().unwrap_or("");
            let wrong =
                |(expected, row): &(usize, &usize)| seq(**row).trim().parse() != Ok(*expected);
            let first = usize::from(seq(page[0]).trim() != "0");
            found.extend((first..).zip(page).find(wrong).map(|(expected, &row)| {
                let (place, found) = (corpus.place(row), seq(row).to_owned());
                Finding::UnexpectedSeq { row, place, found, expected }
            }));
        }
    }
    let slips = gold.iter().flat_map(|gold| corpus.doubtful_labels(&gold.task));
    let file = corpus.name().to_owned();
    found.extend(slips.map(|labels| Finding::DoubtfulLabels { file: file.clone(), labels }));
    found
}

fn near_duplicates(corpus: &Corpus, pairs: &[NearDuplicate], gold: &[Gold]) -> Vec<Finding> {
    let sources = corpus.values("source");
    let is_wire = |row: usize| {
        sources.as_ref().is_some_and(|sources| sources[row].as_deref() == Some(WIRE_COPY))
    };
    let pairs: Vec<&NearDuplicate> =
        pairs.iter().filter(|pair| !(is_wire(pair.first) && is_wire(pair.second))).collect();
    let mut groups = Groups::of(corpus.len());
    pairs.iter().for_each(|pair| groups.join(pair.first, pair.second));
    // The passages of each group, and the least similarity in it.
    let mut copies: BTreeMap<usize, (BTreeSet<usize>, f64)> = BTreeMap::new();
    for &&NearDuplicate { first, second, similarity } in &pairs {
        let (rows, least) = copies.entry(groups.first(first)).or_insert((BTreeSet::new(), 1.0));
        rows.extend([first, second]);
        *least = least.min(similarity);
    }
    let finding = |(rows, similarity): (BTreeSet<usize>, f64)| {
        let rows: Vec<usize> = rows.into_iter().collect();
        let differ =
            |gold: &&Gold| rows.iter().any(|&row| gold.labels[row] != gold.labels[rows[0]]);
        Finding::NearDuplicate {
            places: rows.iter().map(|&row| corpus.place(row)).collect(),
            similarity,
            tasks: gold.iter().filter(differ).map(|gold| gold.task.clone()).collect(),
            rows,
        }
    };
    copies.into_values().map(finding).collect()
}

fn shortcuts(corpus: &Corpus, of_task: &TaskFeatures) -> Vec<Finding> {
    let finding = |feature: &Feature| Finding::Shortcut {
        file: corpus.name().to_owned(),
        task: of_task.task.clone(),
        feature: feature.clone(),
    };
    of_task.features.iter().filter(|feature| feature.is_shortcut()).map(finding).collect()
}

fn task_label_errors(task: &Scored, corpus: &Corpus) -> TaskLabelErrors {
    let at = |of: RankedLabel| LabelErrorAt {
        row: of.row,
        place: corpus.place(of.row).to_string(),
        gold: task.labels()[of.gold].clone(),
        suggested: task.labels()[of.suggested].clone(),
        probability: of.probability,
        margin: of.margin,
        text: corpus.text(of.row).to_owned(),
    };
    let (errors, others) = rank_labels(task).into_iter().partition(|of: &RankedLabel| of.doubted);
    let all = |of: Vec<RankedLabel>| of.into_iter().map(at).collect();
    TaskLabelErrors {
        task: task.task().to_owned(),
        n: task.len(),
        errors: all(errors),
        others: all(others),
    }
}

/// The columns that group passages: no texts, places or tasks, and few values.
fn grouping_columns(corpus: &Corpus, tasks: &[String]) -> Vec<Gold> {
    let other = |name: &&String| !NOT_GROUPS.contains(&name.as_str()) && !tasks.contains(name);
    let few = |column: &Gold| {
        let values = column.labels.iter().flatten().collect::<BTreeSet<_>>().len();
        values > 1 && values * LEAST_IN_A_GROUP <= corpus.len()
    };
    let columns = corpus.columns().iter().filter(other).filter_map(|name| corpus.gold(name));
    columns.filter(few).collect()
}

/// The JSON of `audit`.
impl Serialize for Audit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Telling<'a> {
            task: &'a str,
            #[serde(flatten)]
            feature: &'a Feature,
        }
        let must_mend: Vec<String> = self.must_mend.iter().map(ToString::to_string).collect();
        let telling = self.features.iter().flat_map(|TaskFeatures { task, features }| {
            features.iter().map(move |feature| Telling { task, feature })
        });
        let mut json = serializer.serialize_struct("Audit", 8)?;
        json.serialize_field("schema", "standpoint.audit/1")?;
        json.serialize_field("file", &self.file)?;
        json.serialize_field("passages", &self.passages)?;
        json.serialize_field("pages", &self.pages)?;
        json.serialize_field("must_mend", &must_mend)?;
        json.serialize_field("doubts", &self.label_errors)?;
        json.serialize_field("telling_features", &telling.collect::<Vec<_>>())?;
        json.serialize_field("counts", &self.counts)?;
        json.end()
    }
}
