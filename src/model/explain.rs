//! Why a passage got its label: every contribution to its score, summing to it exactly.

use std::{collections::BTreeMap, ops::Range};

use super::{
    DenseClassifiers, Model, PredictSettings, Predictor, Stage, TargetModel, TaskModel, add_dense,
    context::Group,
    predict::{Evidence, TargetPredictor},
    predictor::{Route, no_task},
};
use crate::{
    corpus::{Corpus, DenseSource, Passages},
    error::{Error, Result},
    features::Block,
    logistic::{argmax, softmax},
};

/// The score of one label of one passage, taken apart.
///
/// The score is the label's log-odds against the average label, adjusted for its share as
/// [`Decision`](super::Decision) says: the label explained has the largest. It equals `words` (or `terms`) + `columns` +
/// `neighbours` + `position` + `shape` + `intercept`.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The task.
    pub task: String,
    /// The label explained: the one that is predicted.
    pub label: String,
    /// Its calibrated probability.
    pub probability: f64,
    /// Its score.
    pub score: f64,
    /// What each word of the passage contributes, in text order: a word's own terms, its part of
    /// the n-grams over several words, and the characters in it.
    pub words: Vec<Word>,
    /// The same by terms, the strongest first.
    pub terms: Vec<Term>,
    /// What the columns beside the text contribute, in the model's order: numbers one by one, a vector as a whole.
    pub columns: Vec<Column>,
    /// What the scores of the neighbours and of the page contribute.
    pub neighbours: f64,
    /// What the place on the page and the neighbours' lengths contribute.
    pub position: f64,
    /// What length and look of the passage contribute.
    pub shape: f64,
    /// What would be there for an average passage without a known term.
    pub intercept: f64,
    /// The label that came second.
    pub runner_up: RunnerUp,
}

/// The label that came second, and what kept it from being first.
#[derive(Debug, Clone, PartialEq)]
pub struct RunnerUp {
    /// Its name.
    pub label: String,
    /// Its calibrated probability.
    pub probability: f64,
    /// By how much its score is less than that of the label explained.
    pub behind: f64,
    /// The fewest words that decided between the two: those that speak most for the label and against
    /// this one, the strongest first, until together they outweigh `behind`. Without what they
    /// contribute this label would have been first. Empty if all words together do not.
    pub words: Vec<Word>,
}

/// Why a passage got its label for each task.
///
/// ```
/// use standpoint::{Corpus, Model};
/// let page = Corpus::of_page(["Subscribe now", "Ministers should be ashamed of this."]);
/// let explanations = Model::built_in().explain(&page, 1)?;
/// let stance = explanations.task("stance")?;
/// assert!((stance.sum() - stance.score).abs() < 1e-9);
/// assert_eq!(stance.words()[3].text(), "ashamed");
/// # Ok::<(), standpoint::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Explanations {
    /// The passage.
    pub text: String,
    /// One for each task, in the order of [`Predictor::tasks`].
    pub tasks: Vec<Explanation>,
}

impl Explanations {
    /// The explanation of one task.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the model does not have it.
    pub fn task(&self, name: &str) -> Result<&Explanation> {
        let found = self.tasks.iter().find(|explanation| explanation.task == name);
        found.ok_or_else(|| no_task(name, self.tasks.iter().map(|e| e.task.as_str())))
    }
}

/// A run of non-space characters and its contribution to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The characters.
    pub text: String,
    /// Bytes of the passage, start included, end excluded.
    pub range: Range<usize>,
    /// The contribution: above 0 for the label.
    pub contribution: f64,
}

/// A column beside the text and its contribution to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its number; nothing for a vector, and where the number is missing.
    pub value: Option<f64>,
    /// The contribution: above 0 for the label. That of a number is measured from the training mean.
    pub contribution: f64,
}

/// A term and its contribution to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Its name.
    pub name: String,
    /// Of words or of characters.
    pub block: Block,
    /// Its tf-idf value in the passage.
    pub value: f64,
    /// The contribution: above 0 for the label.
    pub contribution: f64,
}

impl Word {
    /// The characters.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The contribution to the score: above 0 for the label.
    pub fn contribution(&self) -> f64 {
        self.contribution
    }
}

impl Explanation {
    /// The contribution of each word, in text order.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The sum of all parts: the score, but for rounding.
    pub fn sum(&self) -> f64 {
        let words: f64 = self.words.iter().map(|word| word.contribution).sum();
        let columns: f64 = self.columns.iter().map(|column| column.contribution).sum();
        words + columns + self.neighbours + self.position + self.shape + self.intercept
    }
}

impl Model {
    /// Explains the labels of the passage in this row.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`ErrorKind::Setting`](crate::ErrorKind::Setting) if there is
    /// no such row.
    pub fn explain(&self, corpus: &Corpus, row: usize) -> Result<Explanations> {
        let mut found = self.predictor(&PredictSettings::default())?.explain(corpus, &[row])?;
        Ok(found.swap_remove(0))
    }
}

impl Predictor {
    /// Explains the labels of some rows, in the order in which they are given. Each is read with its
    /// page; the settings' error and prior have no effect.
    ///
    /// # Errors
    /// Those of [`Model::explain`].
    pub fn explain(&self, corpus: &Corpus, rows: &[usize]) -> Result<Vec<Explanations>> {
        let passages = self.passages(corpus)?;
        if let Some(beyond) = rows.iter().find(|row| **row >= passages.len()) {
            let found = format!("{beyond} of {} rows, counted from 0", passages.len());
            return Err(Error::setting("row", found, "one of the corpus"));
        }
        let mut found: Vec<Explanations> = rows
            .iter()
            .map(|&row| Explanations { text: passages.texts()[row].to_owned(), tasks: Vec::new() })
            .collect();
        for Route { targets, all, tasks, .. } in self.routes(corpus)? {
            explain_by(&targets, all, &passages, rows, |at, explained| {
                let taken = |own: &Explanation| tasks.iter().any(|task| *task.name == own.task);
                found[at].tasks.extend(explained.into_iter().filter(taken));
            });
        }
        Ok(found)
    }
}

/// Explains some rows by the target whose number each has; `put` gets the place of each among the rows.
fn explain_by(
    targets: &[usize],
    all: &[TargetPredictor],
    passages: &Passages<'_>,
    rows: &[usize],
    mut put: impl FnMut(usize, Vec<Explanation>),
) {
    let page_numbers = passages.page_numbers();
    let mut by_page: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (at, &row) in rows.iter().enumerate() {
        by_page.entry((page_numbers[row], targets[row])).or_default().push(at);
    }
    for ((page, target), wanted) in by_page {
        // The part of the page that this target's model reads is enough: it sees nothing else.
        let on_page = &passages.pages()[page];
        let own: Vec<usize> =
            on_page.iter().copied().filter(|&row| targets[row] == target).collect();
        let page = passages.subset(&own);
        let evidence = all[target].evidence(&page);
        for at in wanted {
            let row = own.iter().position(|&row| row == rows[at]).unwrap_or(0);
            put(at, all[target].model().explain_row(&evidence, &page, row));
        }
    }
}

impl TargetModel {
    fn explain_row(
        &self,
        evidence: &Evidence,
        passages: &Passages<'_>,
        row: usize,
    ) -> Vec<Explanation> {
        let text = passages.texts()[row];
        let (context, columns) = evidence.of_row(row);
        let vector = self.vectoriser.weights(text);
        let mut scores = self.classifiers.scores(vector.iter().copied());
        add_dense(&self.dense, passages, row, &mut scores);
        let classifiers = self.classifiers.centre(&scores);
        let occurrences = self.vectoriser.occurrences(text);
        let dense = self.dense.iter().map(|own| {
            let block = passages.dense().iter().find(|block| block.source == own.source);
            (own, block.map(|block| block.rows.row(row).to_vec()).unwrap_or_default())
        });
        let dense = dense.collect();
        let seen = Seen { text, context, columns, vector, classifiers, occurrences, dense };
        self.tasks.iter().map(|task| self.explain_task(task, &seen)).collect()
    }

    fn explain_task(&self, task: &TaskModel, seen: &Seen<'_>) -> Explanation {
        let stage = &task.stages[seen.context];
        let mut scores = vec![0.0; task.labels.len()];
        stage.write_scores(seen.columns, &mut scores);
        let mut probabilities = scores.clone();
        softmax(&mut probabilities);
        let adjustment = stage.decision.adjustment(task.shares());
        scores.iter_mut().zip(&adjustment).for_each(|(score, add)| *score += add);
        let label = argmax(&scores);
        let mut others = scores.clone();
        others[label] = f64::NEG_INFINITY;
        let second = argmax(&others);
        let k = scores.len();
        let between = self.parts(stage, seen, &adjustment, |values| values[label] - values[second]);
        let runner_up = RunnerUp {
            label: task.labels[second].clone(),
            probability: probabilities[second],
            behind: scores[label] - scores[second],
            words: fewest(between.words, scores[label] - scores[second]),
        };
        let against_average =
            |values: &[f64]| values[label] - values.iter().sum::<f64>() / k as f64;
        let Parts { words, contributions, dense, neighbours, position, shape, intercept } =
            self.parts(stage, seen, &adjustment, against_average);
        let mut terms: Vec<Term> = seen
            .vector
            .iter()
            .map(|&(term, value)| Term {
                name: self.vectoriser.term(term as usize).to_owned(),
                block: self.vectoriser.block(term as usize),
                value,
                contribution: contributions[&term],
            })
            .collect();
        terms.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Explanation {
            task: task.name.clone(),
            label: task.labels[label].clone(),
            probability: probabilities[label],
            score: against_average(&scores),
            words,
            terms,
            columns: dense,
            neighbours,
            position,
            shape,
            intercept,
            runner_up,
        }
    }

    /// What everything contributes to a contrast of the labels' scores: a linear function of them that
    /// is 0 where all are the same.
    fn parts(
        &self,
        stage: &Stage,
        seen: &Seen<'_>,
        adjustment: &[f64],
        contrast: impl Fn(&[f64]) -> f64,
    ) -> Parts {
        let Seen { columns, classifiers, .. } = seen;
        let Stage { model, columns: used, .. } = stage;
        let k = adjustment.len();
        let base = self.classifiers.centre(self.classifiers.intercept());

        // Weight of each base classifier score in the contrast; and what does not depend on the text.
        let mut of_score = vec![0.0; self.classifiers.n_scores()];
        let mut intercept = contrast(&model.intercept) + contrast(adjustment);
        let (mut neighbours, mut position, mut shape) = (0.0, 0.0, 0.0);
        let groups = self.contexts[seen.context].groups(self.classifiers.n_scores());
        for (at, &column) in used.iter().enumerate() {
            let weight = contrast(&model.weights[at * k..][..k]) / model.scale[at];
            let contribution = weight * (columns[column] - model.mean[at]);
            match groups[column] {
                Group::Own(score) => {
                    // A score that was cut off passes on the share of it that was left.
                    let share = if classifiers[score] == 0.0 {
                        1.0
                    } else {
                        columns[column] / classifiers[score]
                    };
                    of_score[score] = weight * share;
                    intercept += weight * (share * base[score] - model.mean[at]);
                }
                Group::Neighbours => neighbours += contribution,
                Group::Position => position += contribution,
                Group::Shape => shape += contribution,
            }
        }
        let in_contrast = |weights: &[f32]| {
            let weights: Vec<f64> = weights.iter().map(|&w| f64::from(w)).collect();
            let centred = self.classifiers.centre(&weights);
            centred.iter().zip(&of_score).map(|(w, of)| w * of).sum::<f64>()
        };
        let contribution = |&(term, value): &(u32, f64)| {
            (term, value * in_contrast(self.classifiers.of_term(term as usize)))
        };
        let contributions: BTreeMap<u32, f64> = seen.vector.iter().map(contribution).collect();
        let words = words(seen, &contributions);
        let dense = seen.dense.iter().flat_map(|(own, row)| columns_of(own, row, in_contrast));
        let dense = dense.collect();
        Parts { words, contributions, dense, neighbours, position, shape, intercept }
    }
}

/// What the columns of a block contribute, with what each column's weights come to in a contrast of scores.
fn columns_of(
    own: &DenseClassifiers,
    row: &[f32],
    in_contrast: impl Fn(&[f32]) -> f64,
) -> Vec<Column> {
    let mut contributions = vec![0.0; own.scaling.mean.len()];
    for (column, value) in own.scaling.values(row) {
        contributions[column as usize] = f64::from(value) * in_contrast(own.of_column(column));
    }
    match &own.source {
        DenseSource::Numbers(names) => {
            let columns = names.iter().zip(row).zip(contributions);
            let column = |((name, value), contribution): ((&String, &f32), f64)| Column {
                name: name.clone(),
                value: Some(f64::from(*value)).filter(|value| !value.is_nan()),
                contribution,
            };
            columns.map(column).collect()
        }
        whole => vec![Column {
            name: whole.to_string(),
            value: None,
            contribution: contributions.iter().sum(),
        }],
    }
}

/// Deals each term's contribution to its occurrences, and each occurrence's to the words that it
/// touches, in equal parts.
fn words(seen: &Seen<'_>, contributions: &BTreeMap<u32, f64>) -> Vec<Word> {
    let Seen { text, occurrences, .. } = seen;
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    occurrences.iter().for_each(|(term, _)| *counts.entry(*term).or_default() += 1);
    let mut words: Vec<Word> = text
        .split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            Word { text: word.to_owned(), range: start..start + word.len(), contribution: 0.0 }
        })
        .collect();
    for (term, range) in occurrences {
        let first = words.partition_point(|word| word.range.end <= range.start);
        let last = words.partition_point(|word| word.range.start < range.end);
        let share = contributions[term] / counts[term] as f64 / (last - first) as f64;
        words[first..last].iter_mut().for_each(|word| word.contribution += share);
    }
    words
}

/// A passage as it is explained: what of it all tasks share.
struct Seen<'a> {
    text: &'a str,
    /// Number of the context, and the columns of the second stage.
    context: usize,
    columns: &'a [f64],
    vector: Vec<(u32, f64)>,
    /// The base classifiers' scores.
    classifiers: Vec<f64>,
    /// Every occurrence of a term in the text.
    occurrences: Vec<(u32, Range<usize>)>,
    /// Every block of columns beside the text, with the passage's row of it.
    dense: Vec<(&'a DenseClassifiers, Vec<f32>)>,
}

/// What everything contributes to a contrast of scores.
struct Parts {
    words: Vec<Word>,
    contributions: BTreeMap<u32, f64>,
    dense: Vec<Column>,
    neighbours: f64,
    position: f64,
    shape: f64,
    intercept: f64,
}

/// The strongest words until they outweigh `behind`; none if they never do.
fn fewest(mut words: Vec<Word>, behind: f64) -> Vec<Word> {
    words.retain(|word| word.contribution > 0.0);
    words.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    let mut sum = 0.0;
    let enough = words.iter().position(|word| {
        sum += word.contribution;
        sum > behind
    });
    words.truncate(enough.map_or(0, |last| last + 1));
    words
}
