//! Reference points for a score: baselines that do not read, and agreement with a second coder.

use std::borrow::Cow;

use super::{Baseline, baselines::Guess};
use crate::{
    corpus::Corpus,
    error::{Error, Result},
    evaluate::{BaselineResult, Comparison, ComparisonSettings, Metric, Undefined, estimates},
    predictions::{Scored, position},
};

/// Reference points that a corpus allows: majority class, by source and by target, text lengths, source
/// names, and perhaps a second coder's labels.
pub(crate) struct References<'a> {
    texts: Option<Values<'a>>,
    sources: Option<Values<'a>>,
    targets: Option<Values<'a>>,
    second: Option<Second<'a>>,
    seed: u64,
}

type Values<'a> = Vec<Option<Cow<'a, str>>>;

/// A second coder's labels, and the row there of each of our rows, if they coded it.
struct Second<'a> {
    corpus: &'a Corpus,
    rows: Vec<Option<usize>>,
}

impl<'a> References<'a> {
    /// Of a corpus, and of the labels that a second coder gave to some of its passages.
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if the second labels cannot be matched.
    pub fn of(corpus: &'a Corpus, second: Option<&'a Corpus>, seed: u64) -> Result<Self> {
        Ok(Self {
            texts: corpus.values("text"),
            sources: values_like(corpus, "source"),
            targets: values_like(corpus, "target"),
            second: second.map(|second| Second::of(corpus, second)).transpose()?,
            seed,
        })
    }

    /// The reference points of a task.
    ///
    /// # Errors
    /// Those of a fit, which no caller can cause.
    pub fn of_task(&self, scored: &Scored) -> Result<Vec<BaselineResult>> {
        let texts = self.texts.as_ref().map(|texts| of_cases(texts, scored));
        let sources = self.sources.as_ref().map(|sources| of_cases(sources, scored));
        let targets = self.targets.as_ref().map(|targets| of_cases(targets, scored));
        let wanted = [
            ("majority", Some(Baseline::Majority)),
            ("majority_by_source", sources.as_deref().map(Baseline::MajorityBy)),
            ("majority_by_target", targets.as_deref().map(Baseline::MajorityBy)),
            ("lengths", texts.as_deref().map(Baseline::Lengths)),
            ("source", sources.as_deref().map(Baseline::Name)),
        ];
        let mut all = Vec::new();
        for (name, baseline) in wanted {
            let Some(baseline) = baseline else { continue };
            let (labels, pages) = (scored.labels(), scored.pages());
            let guess = match baseline.guess(scored.gold(), labels, pages, self.seed)? {
                Guess::Labels(guess) => Ok(scored.predicted_otherwise(labels, guess)?),
                Guess::Undefined(why) => Err(why),
            };
            all.push(result(name, guess.map(|guess| (guess, scored.clone())))?);
        }
        if let Some(second) = &self.second {
            let coded = second.scored(scored)?.ok_or(Undefined::NoSecondCoder);
            all.push(result("second_coder", coded)?);
        }
        Ok(all)
    }
}

/// The metrics of other labels, and how far ours lie above them; both are of the same cases.
fn result(
    name: &str,
    labels: std::result::Result<(Scored, Scored), Undefined>,
) -> Result<BaselineResult> {
    let is_shown = |metric: Metric| {
        use Metric::{Accuracy, FAvg, Kappa, MacroF1};
        matches!(metric, Accuracy | MacroF1 | Kappa | FAvg(..))
    };
    let name = name.to_owned();
    let (theirs, ours) = match labels {
        Ok(both) => both,
        Err(why) => return Ok(BaselineResult { name, estimates: Err(why), ahead: Vec::new() }),
    };
    let mut found = estimates(&theirs);
    found.retain(|estimate| is_shown(estimate.metric));
    let mut ahead = Comparison::of(&theirs, &ours, &ComparisonSettings::default())?.differences;
    ahead.retain(|difference| is_shown(difference.metric));
    Ok(BaselineResult { name, estimates: Ok(found), ahead })
}

impl<'a> Second<'a> {
    fn of(corpus: &Corpus, second: &'a Corpus) -> Result<Self> {
        let files = (corpus.name(), second.name());
        let Some(rows) = corpus.rows_by_key(second)? else {
            return Err(Error::undecidable(
                format!(
                    "{} or {} lacks page or seq in some row, and they share no other id",
                    files.0, files.1
                ),
                "add these columns: second labels are matched by them",
            ));
        };
        if rows.iter().all(Option::is_none) {
            return Err(Error::undecidable(
                format!("no passage of {} is in {}", files.0, files.1),
                "rows are matched by the columns page and seq, else by an id",
            ));
        }
        Ok(Self { corpus: second, rows })
    }

    /// The cases of the task that the coder labelled, with those labels as the predicted ones, and with ours.
    fn scored(&self, scored: &Scored) -> Result<Option<(Scored, Scored)>> {
        let Some(values) = self.corpus.values(scored.task()) else { return Ok(None) };
        let given = |case: &usize| values[self.rows[scored.rows()[*case]]?].as_deref();
        let cases: Vec<usize> = (0..scored.len()).filter(|case| given(case).is_some()).collect();
        if cases.is_empty() {
            return Ok(None);
        }
        let mut labels = scored.labels().to_vec();
        let number = |label: &str| {
            position(&labels, label).unwrap_or_else(|| {
                labels.push(label.to_owned());
                labels.len() - 1
            })
        };
        let coded: Vec<usize> = cases.iter().filter_map(given).map(number).collect();
        let ours = scored.select(&cases);
        Ok(Some((ours.predicted_otherwise(&labels, coded)?, ours.relabel(&labels)?)))
    }
}

/// The values of a column of this name, in whatever case.
fn values_like<'a>(corpus: &'a Corpus, name: &str) -> Option<Values<'a>> {
    let like = || corpus.columns().iter().find(|column| column.eq_ignore_ascii_case(name));
    corpus.values(name).or_else(|| corpus.values(like()?))
}

/// The values of the cases' rows; empty where there is none.
fn of_cases<'v>(values: &'v Values<'_>, scored: &Scored) -> Vec<&'v str> {
    scored.rows().iter().map(|&row| values[row].as_deref().unwrap_or("")).collect()
}
