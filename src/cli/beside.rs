//! What stands beside the figures: guesses without reading, and the second coder.

use std::{borrow::Cow, collections::HashMap};

use anyhow::Result;
use standpoint::{
    Baseline, Corpus, Error,
    evaluate::{BaselineResult, Metric, Resampling, Undefined, estimates},
    predictions::{Answers, Scored},
};

use super::judged::{Judged, position};

/// What everybody's figures are compared with.
pub struct Beside<'a> {
    texts: Option<Values<'a>>,
    sources: Option<Values<'a>>,
    targets: Option<Values<'a>>,
    second: Option<Second<'a>>,
    seed: u64,
}

type Values<'a> = Vec<Option<Cow<'a, str>>>;

/// A second coder's labels, and the row there of each of our rows that was coded.
struct Second<'a> {
    table: &'a Corpus,
    rows: Vec<Option<usize>>,
}

impl<'a> Beside<'a> {
    pub fn of(table: &'a Corpus, second: Option<&'a Corpus>, seed: u64) -> Result<Self> {
        Ok(Self {
            texts: table.values("text"),
            sources: table.values("source"),
            targets: table.values("target"),
            second: second.map(|second| Second::of(table, second)).transpose()?,
            seed,
        })
    }

    /// The baselines of a task that the table allows.
    pub fn figures(&self, judged: &Judged) -> Result<Vec<BaselineResult>> {
        let texts = self.texts.as_ref().map(|texts| of_cases(texts, judged));
        let sources = self.sources.as_ref().map(|sources| of_cases(sources, judged));
        let targets = self.targets.as_ref().map(|targets| of_cases(targets, judged));
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
            let Judged { gold, labels, pages, .. } = judged;
            let guessed = baseline.guess(gold, labels, pages, self.seed)?;
            let estimates = match guessed {
                Ok(predicted) => Ok(self.estimates(gold, &predicted, pages, labels)?),
                Err(why) => Err(why.parse()?),
            };
            all.push(BaselineResult { name: name.to_owned(), estimates });
        }
        if let Some(second) = &self.second {
            let estimates = match second.cases(judged) {
                Ok(cases) => {
                    let Judged { gold, predicted, pages, labels, .. } = &cases;
                    Ok(self.estimates(gold, predicted, pages, labels)?)
                }
                Err(why) => Err(why),
            };
            all.push(BaselineResult { name: "second_coder".to_owned(), estimates });
        }
        Ok(all)
    }

    fn estimates(
        &self,
        gold: &[usize],
        predicted: &[usize],
        pages: &[usize],
        labels: &[String],
    ) -> Result<Vec<standpoint::evaluate::Estimate>> {
        let some = |labels: &[usize]| labels.iter().map(|&label| Some(label)).collect::<Vec<_>>();
        let answers = Answers::new("", labels.to_vec(), some(predicted), pages.to_vec())?;
        let scored = Scored::new(answers, &some(gold))?;
        let mut all = estimates(&scored, Resampling::default().seed(self.seed));
        all.retain(|estimate| {
            use Metric::{Accuracy, FAvg, Kappa, MacroF1};
            matches!(estimate.metric, Accuracy | MacroF1 | Kappa | FAvg(..))
        });
        Ok(all)
    }
}

impl<'a> Second<'a> {
    fn of(table: &Corpus, second: &'a Corpus) -> Result<Self> {
        let files = (table.place(0).file, second.place(0).file);
        let (Some(ours), Some(theirs)) = (table.keys()?, second.keys()?) else {
            let problem = format!("{} or {} lacks page or seq in some row", files.0, files.1);
            let help = "add these columns: second labels are matched by them";
            return Err(Error::undecidable(problem, help).into());
        };
        let numbers: HashMap<_, usize> = theirs.into_iter().zip(0..).collect();
        let rows: Vec<_> = ours.iter().map(|key| numbers.get(key).copied()).collect();
        if rows.iter().all(Option::is_none) {
            let problem = format!("no passage of {} stands in {}", files.0, files.1);
            let help = "rows are matched by the columns page and seq";
            return Err(Error::undecidable(problem, help).into());
        }
        Ok(Self { table: second, rows })
    }

    /// The cases of the task that the coder labelled, those labels in place of the predicted ones.
    fn cases(&self, judged: &Judged) -> std::result::Result<Judged, Undefined> {
        let Some(values) = self.table.values(&judged.task) else {
            return Err(Undefined::NoSecondCoder);
        };
        let given = |case: &usize| values[self.rows[judged.rows[*case]]?].as_deref();
        let cases: Vec<usize> =
            (0..judged.rows.len()).filter(|case| given(case).is_some()).collect();
        if cases.is_empty() {
            return Err(Undefined::NoSecondCoder);
        }
        let mut coded = judged.select(&cases);
        let labels = &mut coded.labels;
        let number = |label: &str| {
            position(labels, label).unwrap_or_else(|| {
                labels.push(label.to_owned());
                labels.len() - 1
            })
        };
        coded.predicted = cases.iter().filter_map(given).map(number).collect();
        coded.probabilities = None;
        Ok(coded)
    }
}

/// The values of the cases' rows; empty where there is none.
fn of_cases<'v>(values: &'v Values<'_>, judged: &Judged) -> Vec<&'v str> {
    judged.rows.iter().map(|&row| values[row].as_deref().unwrap_or("")).collect()
}
