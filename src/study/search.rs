//! Which recipe? Features tried one after the other, each kept only if pages held out say so.

use std::collections::{HashMap, HashSet};

use crate::{
    corpus::{Gold, Passages},
    error::{Error, Result},
    features::{Settings, TermFrequency},
    model::{Progress, Step, TrainSettings, Tried, fit::Job},
    sampling::shuffled,
};

/// How a recipe was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Everything that was tried, in rounds; in each what was chosen before, then the simplest
    /// first.
    pub rounds: Vec<Vec<Tried>>,
    /// The recipe chosen.
    pub features: Settings,
}

/// A change of the settings, and its name.
type Change = (&'static str, fn(&mut Settings));

/// Rounds of changes, in each the simplest first. What was chosen in one is the start of the next.
const ROUNDS: [&[Change]; 4] = [
    &[
        ("word 1-2-grams", |s| ngrams(s, (1, 2), (0, 0), false)),
        ("characters 2-5 within words", |s| ngrams(s, (0, 0), (2, 5), false)),
        ("word 1-2-grams, characters 2-5 within words", |s| ngrams(s, (1, 2), (2, 5), false)),
        ("word 1-3-grams, characters 2-5 within words", |s| ngrams(s, (1, 3), (2, 5), false)),
        ("word 1-3-grams, characters 2-5 across words", |s| ngrams(s, (1, 3), (2, 5), true)),
    ],
    &[
        ("neither negation nor word lists", |s| extras(s, false, false)),
        ("negation", |s| extras(s, true, false)),
        ("word lists", |s| extras(s, false, true)),
        ("negation and word lists", |s| extras(s, true, true)),
    ],
    &[
        ("binary tf", |s| s.tf = TermFrequency::Binary),
        ("sublinear tf", |s| s.tf = TermFrequency::Sublinear),
    ],
    &[
        ("terms of two passages or more", |s| s.min_df = Some(2)),
        ("terms of one passage too", |s| s.min_df = Some(1)),
    ],
];

fn ngrams(features: &mut Settings, words: (usize, usize), chars: (usize, usize), across: bool) {
    features.word_ngrams = words;
    features.char_ngrams = chars;
    features.chars_across = across;
}

fn extras(features: &mut Settings, negation: bool, lexicon: bool) {
    features.negation = negation;
    features.lexicon = lexicon;
}

/// With more passages a search is made on so many of them, whole pages drawn by the seed: what
/// differs there by more than a standard error differs everywhere, and the rest is a matter of size.
const MOST_PASSAGES: usize = 5000;

/// Searches features, in rounds and from those of the first part's settings on, by the loss on
/// pages held out and the one-standard-error rule (Breiman et al. 1984): what was chosen so far
/// stays unless the best recipe is better by more than a standard error; then it is the simplest one
/// that lies within one of the best. The standard error is that of the difference, page by page, for
/// all recipes judge the same pages. Several `parts`, each with a model and settings of its own, get
/// one recipe: together they tell more from chance than each alone. Of large sets 5,000 passages are
/// looked at.
///
/// # Errors
/// Those of [`train`](crate::model::train), as `of_part` makes them from the number of the part.
///
/// # Panics
/// If there is no part.
pub(crate) fn search(
    parts: &[(&Passages<'_>, &[Gold], &TrainSettings)],
    progress: Progress<'_>,
    of_part: &dyn Fn(usize, Error) -> Error,
) -> Result<Search> {
    let mut features = parts[0].2.features.clone();
    let most = MOST_PASSAGES / parts.len();
    let parts: Vec<(Passages<'_>, Vec<Gold>, &TrainSettings)> = parts
        .iter()
        .map(|(passages, gold, settings)| {
            let rows = sample(passages, gold, most, settings.seed);
            let gold = gold.iter().map(|gold| gold.subset(&rows)).collect();
            (passages.subset(&rows), gold, *settings)
        })
        .collect();
    let losses_of = |features: &Settings| -> Result<Vec<f64>> {
        let mut losses = Vec::new();
        for (number, (passages, gold, settings)) in parts.iter().enumerate() {
            let all: Vec<usize> = (0..passages.len()).collect();
            let settings = TrainSettings { features: features.clone(), ..(*settings).clone() };
            let of_part = Job::new(passages, gold, &settings, 1, &|_| {})
                .and_then(|job| job.page_losses(&all))
                .map_err(|error| of_part(number, error))?;
            losses.extend(of_part.into_iter().map(|loss| loss / parts.len() as f64));
        }
        Ok(losses)
    };
    let of = 1 + ROUNDS.iter().map(|round| round.len()).sum::<usize>();
    let mut rounds = Vec::new();
    let mut done = 0;
    let mut step = || {
        done += 1;
        progress(Step { done, of });
    };
    let mut losses = losses_of(&features)?;
    step();
    for changes in ROUNDS {
        let mut tried = vec![("as before", features.clone(), losses)];
        for (name, change) in changes {
            let mut changed = features.clone();
            change(&mut changed);
            if changed != features {
                let losses = losses_of(&changed)?;
                tried.push((name, changed, losses));
            }
            step();
        }
        let (round, chosen) = judge(&tried);
        rounds.push(round);
        (_, features, losses) = tried.swap_remove(chosen);
    }
    Ok(Search { rounds, features })
}

/// Whole pages in an order that the seed decides, until there are enough passages; and of the rest
/// those that have a label of which there are not two pages yet.
fn sample(passages: &Passages<'_>, gold: &[Gold], most: usize, seed: u64) -> Vec<usize> {
    let mut taken: Vec<usize> = Vec::new();
    let mut pages_of: HashMap<(&str, &str), usize> = HashMap::new();
    for page in shuffled(passages.pages().len(), seed) {
        let rows = &passages.pages()[page];
        let labels: HashSet<(&str, &str)> = gold
            .iter()
            .flat_map(|gold| rows.iter().map(move |&row| (gold.task.as_str(), &gold.labels[row])))
            .filter_map(|(task, label)| Some((task, label.as_deref()?)))
            .collect();
        let rare = labels.iter().any(|label| pages_of.get(label).is_none_or(|pages| *pages < 2));
        if taken.len() < most || rare {
            taken.extend(rows);
            labels.into_iter().for_each(|label| *pages_of.entry(label).or_default() += 1);
        }
    }
    taken.sort_unstable();
    taken
}

/// The one-standard-error rule over one round.
fn judge(tried: &[(&str, Settings, Vec<f64>)]) -> (Vec<Tried>, usize) {
    let loss = |losses: &[f64]| losses.iter().sum::<f64>();
    let best = (0..tried.len())
        .min_by(|&a, &b| loss(&tried[a].2).total_cmp(&loss(&tried[b].2)))
        .unwrap_or(0);
    let mut round: Vec<Tried> = tried
        .iter()
        .map(|(name, _, losses)| {
            let differences: Vec<f64> =
                losses.iter().zip(&tried[best].2).map(|(own, best)| own - best).collect();
            let n = differences.len() as f64;
            let mean = loss(&differences) / n;
            let squares: f64 = differences.iter().map(|d| (d - mean) * (d - mean)).sum();
            Tried {
                recipe: (*name).to_owned(),
                loss: loss(losses),
                above_best: loss(&differences),
                standard_error: (squares * n / (n - 1.0).max(1.0)).sqrt(),
                chosen: false,
            }
        })
        .collect();
    let chosen =
        round.iter().position(|tried| tried.above_best <= tried.standard_error).unwrap_or(best);
    round[chosen].chosen = true;
    (round, chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_within_one_standard_error_of_the_best_is_chosen() {
        let of = |losses: [f64; 4]| ("", Settings::default(), losses.to_vec());
        // b loses more than c on one page and less on another; a loses more on every page.
        let tried = [of([0.2; 4]), of([0.12, 0.08, 0.12, 0.08]), of([0.1, 0.1, 0.09, 0.1])];
        let (round, chosen) = judge(&tried);
        assert_eq!(chosen, 1);
        assert!((round[0].above_best - 0.41).abs() < 1e-12 && round[2].above_best == 0.0);
    }
}
