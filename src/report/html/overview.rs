//! A corpus as charts.

use std::collections::BTreeMap;

use super::{
    CorpusReport,
    chart::{Axis, Chart, Group},
};
use crate::{predictions::Answers, prevalence::PageMean};

/// Groups of fewer passages than this are left to the table of pages.
const LEAST: usize = 5;
/// Sources that are drawn.
const MOST_SOURCES: usize = 20;

/// The charts that the tasks and columns of a corpus allow.
pub(super) fn charts(corpus: &CorpusReport) -> Vec<Chart> {
    let overview = Overview { corpus, page_of: corpus.page_of() };
    let stance = [
        overview.stance_by_speaker(),
        overview.by_source(),
        overview.over_time(),
        overview.sentiment_by_stance(),
    ];
    // Drawn beside the stance already.
    let drawn: &[&str] = match corpus.task("stance") {
        Some(_) => &["stance", "voice", "sentiment"],
        None => &[],
    };
    let (kind, others): (Vec<&Answers>, Vec<&Answers>) =
        corpus.answers.iter().partition(|task| task.task() == "kind");
    let others = others.into_iter().filter(|task| !drawn.contains(&task.task()));
    let shares = |task| overview.shares(task);
    kind.into_iter()
        .map(shares)
        .chain(stance.into_iter().flatten())
        .chain(others.map(shares))
        .collect()
}

struct Overview<'a> {
    corpus: &'a CorpusReport,
    page_of: Vec<usize>,
}

impl Overview<'_> {
    fn shares(&self, task: &Answers) -> Chart {
        let rows: Vec<usize> = (0..self.page_of.len()).collect();
        let group = |label: usize| Group {
            name: task.labels()[label].clone(),
            values: vec![self.share(task, label, &rows)],
        };
        Chart {
            title: match task.task() {
                "kind" => "What the passages are".into(),
                name => format!("Passages by {name}"),
            },
            note: "Share of all passages. Whiskers: 95 % interval over pages.".into(),
            axis: Axis::Share,
            series: Vec::new(),
            groups: (0..task.n_labels()).map(group).collect(),
        }
    }

    /// Who takes sides: the publication, those it quotes, its readers.
    fn stance_by_speaker(&self) -> Option<Chart> {
        let stance = self.corpus.task("stance")?;
        let mut speakers: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for row in self.said() {
            let label =
                |name| self.corpus.task(name).and_then(|task| task.label(row)).unwrap_or("");
            speakers.entry((label("kind").into(), label("voice").into())).or_default().push(row);
        }
        let group = |((kind, voice), rows): ((String, String), Vec<usize>)| {
            let name = [kind, voice].into_iter().filter(|name| !name.is_empty());
            let name = name.collect::<Vec<_>>().join(", ");
            Group {
                name: if name.is_empty() { "all passages".into() } else { name },
                values: (0..stance.n_labels())
                    .map(|label| self.share(stance, label, &rows))
                    .collect(),
            }
        };
        let speakers = speakers.into_iter().filter(|(_, rows)| rows.len() >= LEAST);
        Some(Chart {
            title: format!("Stance{} by kind and voice", self.toward()),
            note: format!(
                "Share of the passages of each. Groups of fewer than {LEAST} are left out."
            ),
            axis: Axis::Share,
            series: stance.labels().to_vec(),
            groups: speakers.map(group).collect(),
        })
    }

    fn by_source(&self) -> Option<Chart> {
        let mut groups = self.balances(|page| self.corpus.pages[page].source.clone())?;
        (groups.len() > 1).then_some(())?;
        groups.sort_by(|a, b| b.values[0].n.cmp(&a.values[0].n).then_with(|| a.name.cmp(&b.name)));
        let n = groups.len();
        groups.truncate(MOST_SOURCES);
        let left = match n > MOST_SOURCES {
            true => format!(" The {MOST_SOURCES} with most passages of {n}."),
            false => String::new(),
        };
        Some(Chart {
            title: format!("Mean stance{} by source", self.toward()),
            note: format!("Favor less against, of all passages but boilerplate.{left}"),
            axis: Axis::Balance,
            series: Vec::new(),
            groups,
        })
    }

    fn over_time(&self) -> Option<Chart> {
        let by = |length: usize| {
            self.balances(|page| {
                Some(self.corpus.pages[page].date.as_ref()?.get(..length)?.to_owned())
            })
        };
        let more_than_one = |groups: &Vec<Group>| groups.len() > 1;
        let months = by("2023-09".len()).filter(more_than_one);
        let (unit, groups) = match months {
            Some(months) => ("month", months),
            None => ("day", by("2023-09-25".len()).filter(more_than_one)?),
        };
        Some(Chart {
            title: format!("Mean stance{} by {unit}", self.toward()),
            note: "Favor less against, of all passages but boilerplate.".into(),
            axis: Axis::Balance,
            series: Vec::new(),
            groups,
        })
    }

    fn sentiment_by_stance(&self) -> Option<Chart> {
        let (stance, sentiment) = (self.corpus.task("stance")?, self.corpus.task("sentiment")?);
        let group = |label: usize| {
            let rows: Vec<usize> =
                self.said().filter(|&row| stance.given(row) == Some(label)).collect();
            Group {
                name: stance.labels()[label].clone(),
                values: (0..sentiment.n_labels())
                    .map(|label| self.share(sentiment, label, &rows))
                    .collect(),
            }
        };
        Some(Chart {
            title: "Sentiment across stance".into(),
            note:
                "How passages of each stance sound: taking a side and sounding so are not the same."
                    .into(),
            axis: Axis::Share,
            series: sentiment.labels().to_vec(),
            groups: (0..stance.n_labels()).map(group).collect(),
        })
    }

    fn toward(&self) -> String {
        self.corpus.target.as_ref().map_or_else(String::new, |target| format!(" toward {target}"))
    }

    /// Passages with a speaker: all but boilerplate.
    fn said(&self) -> impl Iterator<Item = usize> {
        let kind = self.corpus.task("kind");
        let is_boilerplate =
            move |row: usize| kind.is_some_and(|kind| kind.label(row) == Some("boilerplate"));
        (0..self.page_of.len()).filter(move |&row| !is_boilerplate(row))
    }

    fn share(&self, task: &Answers, label: usize, rows: &[usize]) -> PageMean {
        let given = rows.iter().filter_map(|&row| Some((row, task.given(row)?)));
        let values =
            given.map(|(row, found)| (self.page_of[row], f64::from(u8::from(found == label))));
        PageMean::of(values, (0.0, 1.0))
    }

    /// Favor less against, of the pages that each name stands for.
    fn balances(&self, name: impl Fn(usize) -> Option<String>) -> Option<Vec<Group>> {
        let stance = self.corpus.task("stance")?;
        let sides = ["favor", "against"].map(|side| stance.labels().iter().position(|l| l == side));
        let [Some(favor), Some(against)] = sides else { return None };
        let mut groups: BTreeMap<String, Vec<(usize, f64)>> = BTreeMap::new();
        for row in self.said() {
            let page = self.page_of[row];
            let (Some(name), Some(found)) = (name(page), stance.given(row)) else { continue };
            let is = |label: usize| f64::from(u8::from(found == label));
            groups.entry(name).or_default().push((page, is(favor) - is(against)));
        }
        let group = |(name, values): (String, Vec<(usize, f64)>)| {
            let mean = PageMean::of(values, (-1.0, 1.0));
            Group { name, values: vec![mean] }
        };
        Some(groups.into_iter().filter(|(_, values)| values.len() >= LEAST).map(group).collect())
    }
}
