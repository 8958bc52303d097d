//! The ways in which a task's base classifier may be fitted, and what each said of passages held out.

use super::{chosen::Chosen, settings::TrainSettings};
use crate::predictions::Answers;

/// The penalty that a base classifier has unless held-out pages say clearly that another is better: with few
/// pages the best of many is best by chance.
pub(super) const USUAL_PENALTY: f64 = 1.0;

/// How a base classifier is fitted, but for its penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// With log-count ratios.
    pub nb_ratios: bool,
    /// On passages without labels, too.
    pub is_taught: bool,
}

impl Recipe {
    /// What is learnt from, of what a teacher said of passages without labels.
    pub fn learns_from(self, soft: &[Answers]) -> &[Answers] {
        if self.is_taught { soft } else { &[] }
    }
}

/// A recipe and a penalty.
pub(super) struct Candidate {
    pub recipe: Recipe,
    pub penalty: f64,
    /// Scores by classifiers that have not seen the passage, passages * k; empty until there are any.
    pub scores: Vec<f64>,
}

/// How a base classifier is fitted.
pub(crate) struct HeadChoice {
    pub penalty: Chosen,
    pub recipe: Recipe,
}

/// Those of a task that are still tried: the simplest recipe first, penalties in descending order.
pub(super) struct Candidates(Vec<Candidate>);

impl Candidates {
    pub fn all(settings: &TrainSettings, is_taught: bool) -> Self {
        let recipe = |is_taught| {
            let variants = settings.nb_ratios.variants().iter();
            variants.map(move |&nb_ratios| Recipe { nb_ratios, is_taught })
        };
        let taught = is_taught.then_some(true).into_iter().flat_map(recipe);
        let of_recipe = |recipe| {
            let of_penalty = move |&penalty| Candidate { recipe, penalty, scores: Vec::new() };
            settings.penalties.iter().map(of_penalty)
        };
        Self(recipe(false).chain(taught).flat_map(of_recipe).collect())
    }

    /// The recipes that are tried, the simplest first.
    pub fn recipes(&self) -> Vec<Recipe> {
        let mut recipes: Vec<Recipe> = self.0.iter().map(|candidate| candidate.recipe).collect();
        recipes.dedup();
        recipes
    }

    pub fn any_taught(&self) -> bool {
        self.0.iter().any(|candidate| candidate.recipe.is_taught)
    }

    /// The penalties that are tried with this recipe.
    pub fn path(&self, recipe: Recipe) -> Vec<f64> {
        let own = self.0.iter().filter(|candidate| candidate.recipe == recipe);
        own.map(|candidate| candidate.penalty).collect()
    }

    /// Takes the scores of some of `n` passages, k of each, by the classifier at this place of the path.
    pub fn put(&mut self, recipe: Recipe, at: usize, n: usize, passages: &[usize], scores: &[f64]) {
        let mut own = self.0.iter_mut().filter(|candidate| candidate.recipe == recipe);
        let all = &mut own.nth(at).expect("it is on the path").scores;
        let k = scores.len() / passages.len().max(1);
        all.resize(n * k, 0.0);
        for (&i, own) in passages.iter().zip(scores.chunks_exact(k.max(1))) {
            all[i * k..][..k].copy_from_slice(own);
        }
    }

    /// Leaves out what comes later on the path: what one fold did not try need not be tried in another.
    pub fn cut(&mut self, recipe: Recipe, tried: usize) {
        let mut at = 0;
        self.0.retain(|candidate| {
            at += usize::from(candidate.recipe == recipe);
            candidate.recipe != recipe || at <= tried
        });
    }

    fn usual(&self) -> Option<usize> {
        let is_usual = |of: &Candidate| !of.recipe.nb_ratios && !of.recipe.is_taught;
        self.0.iter().position(|of| is_usual(of) && of.penalty == USUAL_PENALTY)
    }

    /// Leaves out all but the usual one and the two best of those that lose less; `losses` gives the mean loss by
    /// these scores and that of each case.
    pub fn race(&mut self, losses: impl Fn(&[f64]) -> (f64, Vec<f64>)) {
        let Some(usual) = self.usual() else { return };
        let losses: Vec<f64> = self.0.iter().map(|candidate| losses(&candidate.scores).0).collect();
        let mut better: Vec<usize> =
            (0..losses.len()).filter(|&at| losses[at] < losses[usual]).collect();
        better.sort_by(|&a, &b| losses[a].total_cmp(&losses[b]));
        better.truncate(2);
        let mut at = 0;
        self.0.retain(|_| {
            at += 1;
            at - 1 == usual || better.contains(&(at - 1))
        });
    }

    /// The usual one, unless another loses less by more than a standard error; of the simplest recipe of which one is
    /// as good. Also its scores.
    pub fn choose(
        self,
        losses: impl Fn(&[f64]) -> (f64, Vec<f64>),
        standard_error: impl Fn(&[f64], &[f64]) -> f64,
    ) -> (HeadChoice, Vec<f64>) {
        let usual = self.usual();
        let all: Vec<(f64, Vec<f64>)> =
            self.0.iter().map(|candidate| losses(&candidate.scores)).collect();
        let best_of = |wanted: Recipe| {
            let own = (0..all.len()).filter(|&at| self.0[at].recipe == wanted);
            own.min_by(|&a, &b| all[a].0.total_cmp(&all[b].0))
        };
        let best_of_each = self.recipes().into_iter().filter_map(best_of);
        let best = best_of_each.clone().min_by(|&a, &b| all[a].0.total_cmp(&all[b].0));
        let best = best.expect("one at least is tried");
        let near = |&at: &usize| {
            let ((loss, of_cases), (least, of_best)) = (&all[at], &all[best]);
            loss - least <= standard_error(of_cases, of_best)
        };
        let chosen = usual.into_iter().chain(best_of_each).find(near).unwrap_or(best);
        let recipe = self.0[chosen].recipe;
        let own = (0..all.len()).filter(|&at| self.0[at].recipe == recipe);
        let tried = own.map(|at| (self.0[at].penalty, all[at].0)).collect();
        let penalty = Chosen { value: self.0[chosen].penalty, tried };
        let scores = self.0.into_iter().nth(chosen).map(|candidate| candidate.scores);
        (HeadChoice { penalty, recipe }, scores.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loss of a case is its score.
    fn losses(scores: &[f64]) -> (f64, Vec<f64>) {
        (scores.iter().sum::<f64>() / scores.len() as f64, scores.to_vec())
    }

    fn recipe(nb_ratios: bool) -> Recipe {
        Recipe { nb_ratios, is_taught: false }
    }

    fn candidates(losses: &[(bool, f64, f64)]) -> Candidates {
        let of = |&(nb_ratios, penalty, loss): &(bool, f64, f64)| Candidate {
            recipe: recipe(nb_ratios),
            penalty,
            scores: vec![loss; 4],
        };
        Candidates(losses.iter().map(of).collect())
    }

    #[test]
    fn the_usual_one_stays_unless_another_is_clearly_better() {
        let all = [(false, 10.0, 0.9), (false, 1.0, 0.5), (false, 0.3, 0.45), (true, 1.0, 0.3)];
        let chosen = |error: f64| {
            let (choice, scores) = candidates(&all).choose(losses, |_, _| error);
            (choice.recipe.nb_ratios, choice.penalty.value, scores[0])
        };
        assert_eq!(chosen(0.3), (false, 1.0, 0.5));
        assert_eq!(chosen(0.16), (false, 0.3, 0.45));
        assert_eq!(chosen(0.1), (true, 1.0, 0.3));
    }

    #[test]
    fn a_race_leaves_the_usual_one_and_two_that_are_better() {
        let mut all = candidates(&[
            (false, 10.0, 0.45),
            (false, 1.0, 0.5),
            (false, 0.3, 0.55),
            (true, 3.0, 0.4),
            (true, 1.0, 0.3),
        ]);
        all.race(losses);
        assert_eq!((all.path(recipe(false)), all.path(recipe(true))), (vec![1.0], vec![3.0, 1.0]));
        // Who gave other penalties gets all of them tried.
        let mut all = candidates(&[(false, 10.0, 0.9), (false, 3.0, 0.5)]);
        all.race(losses);
        assert_eq!(all.path(recipe(false)), [10.0, 3.0]);
    }

    #[test]
    fn what_one_fold_did_not_try_is_left_out() {
        let mut all = candidates(&[(false, 3.0, 0.0), (false, 1.0, 0.0), (true, 3.0, 0.0)]);
        all.cut(recipe(false), 1);
        assert_eq!((all.path(recipe(false)), all.path(recipe(true))), (vec![3.0], vec![3.0]));
        all.put(recipe(true), 0, 3, &[2, 0], &[0.1, 0.2, 0.3, 0.4]);
        assert_eq!(all.0[1].scores, [0.3, 0.4, 0.0, 0.0, 0.1, 0.2]);
    }
}
