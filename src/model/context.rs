//! What the second stage sees of a passage: the base classifiers' scores of itself and of its neighbours,
//! where it stands on its page, how long it is and how it looks.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::quotation::{QUOTATION, quotation};
use crate::{corpus::Passages, features::visible};

/// Centred scores are cut off here: beyond, a base classifier is certain, and linfa's loss stays exact.
const MOST: f64 = 8.0;
/// Words beyond these do not make passages look different.
const MOST_WORDS: usize = 12;
/// Characters beyond these say no more about a passage.
const MOST_LENGTH: usize = 1000;

/// Which columns the second stage has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// The passage's own scores, its length and shape: calibration alone.
    Passage,
    /// Those, and the scores of the passages before and after it, the mean of its page, its
    /// position, and its neighbours' lengths.
    Page,
}

/// What a column speaks of; an explanation sums up by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// The passage's own score number i.
    Own(usize),
    Neighbours,
    Position,
    Shape,
}

/// Columns that say how a passage looks.
const SHAPE: [&str; 7] =
    ["ln_length", "ends_sentence", "starts_upper", "upper", "digits", "marks", "quoted"];
/// Columns that say where it stands, its neighbours' lengths among them.
/// All are bounded: a page may be many times longer than any in training.
const POSITION: [&str; 8] = [
    "position",
    "near_start",
    "near_end",
    "prev.ln_length",
    "next.ln_length",
    "repeats",
    "prev.repeats",
    "next.repeats",
];
const NEIGHBOURS: [&str; 4] = ["prev", "next", "near", "page"];
/// Passages on either side that are near.
const NEAR: usize = 5;
/// Pages a thread takes at a time.
const PAGES: usize = 16;

/// Finds columns by their names, as [`Context::names`] gives them, without making all of these: a task
/// with a long name and many labels has names that are many times longer than itself.
pub(crate) struct Columns {
    /// The first score whose `task.label` has this hash.
    scores: HashMap<u128, usize>,
    n_scores: usize,
}

impl Columns {
    /// Of models with these tasks and their labels.
    pub fn of<'a>(tasks: impl Iterator<Item = (&'a str, &'a [String])>) -> Self {
        let (mut scores, mut n_scores) = (HashMap::new(), 0);
        for (task, labels) in tasks {
            let mut begun = Xxh3::new();
            begun.update(task.as_bytes());
            begun.update(b".");
            for label in labels {
                let mut whole = begun.clone();
                whole.update(label.as_bytes());
                scores.entry(whole.digest128()).or_insert(n_scores);
                n_scores += 1;
            }
        }
        Self { scores, n_scores }
    }

    /// Where the column is, if the context has it. Of two columns with one name, the first.
    pub fn position(&self, context: Context, column: &str) -> Option<usize> {
        let fixed = |names: &[&str]| names.iter().position(|&name| name == column);
        let shape_at = self.n_scores;
        let quotation_at = shape_at + SHAPE.len();
        let neighbours_at = quotation_at + QUOTATION.len();
        let shape = || fixed(&SHAPE).map(|at| shape_at + at);
        let quotation = || fixed(&QUOTATION).map(|at| quotation_at + at);
        let score = || {
            let (whose, score) = column.split_once('.')?;
            let score = *self.scores.get(&xxh3_128(score.as_bytes()))?;
            if whose == "own" {
                return Some(score);
            }
            let neighbour = NEIGHBOURS.iter().position(|&name| name == whose)?;
            (context == Context::Page).then_some(neighbours_at + neighbour * self.n_scores + score)
        };
        let position = || {
            let at = fixed(&POSITION).filter(|_| context == Context::Page)?;
            Some(neighbours_at + NEIGHBOURS.len() * self.n_scores + at)
        };
        score().or_else(shape).or_else(quotation).or_else(position)
    }
}

impl Context {
    /// The contexts of a model whose richest is `self`, the richest first. The last is always
    /// [`Context::Passage`]: a page of one passage has no neighbours to learn from.
    pub(crate) fn with_fallback(self) -> &'static [Self] {
        match self {
            Self::Page => &[Self::Page, Self::Passage],
            Self::Passage => &[Self::Passage],
        }
    }

    /// Its name in models.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Passage => "passage",
        }
    }

    /// Whether it can judge the passages of a page of this length.
    pub(crate) fn fits(self, page_length: usize) -> bool {
        self == Self::Passage || page_length > 1
    }

    /// The columns' names, given those of the base classifiers' scores (`task.label`).
    pub(crate) fn names(self, scores: &[String]) -> Vec<String> {
        let own = scores.iter().map(|score| format!("own.{score}"));
        let shape = SHAPE.iter().chain(&QUOTATION).map(|&name| name.to_owned());
        let mut names: Vec<String> = own.chain(shape).collect();
        if self == Self::Page {
            for neighbour in NEIGHBOURS {
                names.extend(scores.iter().map(|score| format!("{neighbour}.{score}")));
            }
            names.extend(POSITION.iter().map(|&name| name.to_owned()));
        }
        names
    }

    /// The sets of columns among which a task's stage chooses, the smaller first: without
    /// [`SHAPE`] and [`QUOTATION`], and unless only `words` count, with the first, with both. The
    /// scores of all those near are the task's own alone, `own` of them; with every task's the stages
    /// of small tables have more columns than they can learn from.
    pub(crate) fn choices(
        self,
        n_scores: usize,
        own: Range<usize>,
        words: bool,
    ) -> Vec<Vec<usize>> {
        let quotation = quotation_columns(n_scores);
        let near_at = quotation.end + 2 * n_scores;
        let of_others = |column: usize| {
            self == Self::Page
                && (near_at..near_at + n_scores).contains(&column)
                && !own.contains(&(column - near_at))
        };
        let all = || (0..self.width(n_scores)).filter(|&column| !of_others(column));
        let plain = |column: &usize| !quotation.contains(column);
        let bare = |column: &usize| !(n_scores..quotation.end).contains(column);
        let mut choices = vec![all().filter(bare).collect()];
        if !words {
            choices.extend([all().filter(plain).collect(), all().collect()]);
        }
        choices
    }

    /// The first columns of a task's scores of its neighbours, `own` being its first among all scores.
    pub(crate) fn neighbours(self, n_scores: usize, own: usize) -> Vec<usize> {
        let first = quotation_columns(n_scores).end + own;
        match self {
            Self::Page => (0..NEIGHBOURS.len()).map(|number| first + number * n_scores).collect(),
            Self::Passage => Vec::new(),
        }
    }

    /// Number of columns.
    pub(crate) fn width(self, n_scores: usize) -> usize {
        self.groups(n_scores).len()
    }

    /// What each column speaks of, in the order of [`Context::names`].
    pub(crate) fn groups(self, n_scores: usize) -> Vec<Group> {
        let mut groups: Vec<Group> = (0..n_scores).map(Group::Own).collect();
        groups.extend([Group::Shape; SHAPE.len() + QUOTATION.len()]);
        if self == Self::Page {
            groups.extend(vec![Group::Neighbours; NEIGHBOURS.len() * n_scores]);
            groups.extend([Group::Position; POSITION.len()]);
        }
        groups
    }

    /// The columns of every passage. `scores` are centred ([`centre`]), passages * n_scores. Those
    /// of [`SHAPE`] or of [`QUOTATION`] are 0 if none of them is among the columns `used`: they take
    /// long to find.
    pub(crate) fn columns(
        self,
        passages: &Passages<'_>,
        scores: &[f64],
        n_scores: usize,
        used: impl IntoIterator<Item = usize>,
    ) -> Array2<f64> {
        let width = self.width(n_scores);
        let quotation = quotation_columns(n_scores);
        let mut with = With { shape: false, quotation: false };
        for column in used {
            with.shape |= (n_scores..quotation.start).contains(&column);
            with.quotation |= quotation.contains(&column);
        }
        let of_pages = |pages: &[Vec<usize>]| {
            let mut cells = Vec::with_capacity(pages.iter().map(Vec::len).sum::<usize>() * width);
            for page in pages {
                self.of_page(page, passages, scores, n_scores, with, &mut cells);
            }
            cells
        };
        let parts: Vec<Vec<f64>> = passages.pages().par_chunks(PAGES).map(of_pages).collect();
        let mut columns = Array2::zeros((passages.len(), width));
        let rows = passages.pages().iter().flatten();
        let cells = parts.iter().flat_map(|cells| cells.chunks_exact(width));
        for (&row, cells) in rows.zip(cells) {
            let own = columns.row_mut(row).into_slice().expect("rows lie side by side");
            own.copy_from_slice(cells);
        }
        columns
    }

    /// Appends the columns of a page's passages, in its order.
    fn of_page(
        self,
        page: &[usize],
        passages: &Passages<'_>,
        scores: &[f64],
        n_scores: usize,
        with: With,
        cells: &mut Vec<f64>,
    ) {
        let of = |row: usize| &scores[row * n_scores..][..n_scores];
        let seen: Vec<Cow<'_, str>> =
            page.iter().map(|&row| visible(passages.texts()[row])).collect();
        let texts = seen.iter().map(|text| &**text);
        let n = page.len();
        // By itself a passage goes on with nobody's quotation.
        let together = if self == Self::Page && with.quotation {
            quotation(texts.clone())
        } else {
            Vec::new()
        };
        let own = |i: usize, cells: &mut Vec<f64>| {
            cells.extend(of(page[i]));
            cells.extend(if with.shape { shape(&seen[i]) } else { Default::default() });
            cells.extend(match together.get(i) {
                Some(quotation) => *quotation,
                None if with.quotation => quotation([&*seen[i]])[0],
                None => Default::default(),
            });
        };
        if self == Self::Passage {
            (0..n).for_each(|i| own(i, cells));
            return;
        }
        // The page's mean counts a passage by its length: the text, not the boilerplate.
        let lengths: Vec<f64> = texts.clone().map(length).collect();
        let mut sums = vec![0.0; n_scores];
        for (&row, length) in page.iter().zip(&lengths) {
            sums.iter_mut().zip(of(row)).for_each(|(sum, score)| *sum += length * score);
        }
        let all_lengths: f64 = lengths.iter().sum();
        let repeats = repeats(texts);
        for (i, &row) in page.iter().enumerate() {
            own(i, cells);
            let before = i.checked_sub(1).map(|i| page[i]);
            let after = page.get(i + 1).copied();
            for neighbour in [before, after] {
                match neighbour {
                    Some(row) => cells.extend(of(row)),
                    None => cells.extend(std::iter::repeat_n(0.0, n_scores)),
                }
            }
            // Those near, the nearer the more.
            let near = i.saturating_sub(NEAR)..(i + NEAR + 1).min(n);
            let mut sum = vec![0.0; n_scores];
            let mut all = 0.0;
            for j in near.filter(|&j| j != i) {
                let closeness = 1.0 / i.abs_diff(j) as f64;
                sum.iter_mut().zip(of(page[j])).for_each(|(sum, x)| *sum += closeness * x);
                all += closeness;
            }
            cells.extend(sum.iter().map(|sum| sum / f64::max(all, 1.0)));
            // The page's mean without the passage itself.
            let (own, others) = (lengths[i], (all_lengths - lengths[i]).max(1.0));
            cells.extend(sums.iter().zip(of(row)).map(|(sum, score)| (sum - own * score) / others));
            cells.extend([
                if n == 1 { 0.5 } else { i as f64 / (n - 1) as f64 },
                1.0 / (1 + i) as f64,
                1.0 / (n - i) as f64,
                before.map_or(0.0, |_| ln(lengths[i - 1])),
                after.map_or(0.0, |_| ln(lengths[i + 1])),
                repeats[i],
                if i > 0 { repeats[i - 1] } else { 0.0 },
                repeats.get(i + 1).copied().unwrap_or(0.0),
            ]);
        }
    }
}

/// Which of the columns that take long to find are wanted.
#[derive(Clone, Copy)]
struct With {
    shape: bool,
    quotation: bool,
}

/// Where the columns of [`QUOTATION`] stand, in every context.
fn quotation_columns(n_scores: usize) -> Range<usize> {
    let start = n_scores + SHAPE.len();
    start..start + QUOTATION.len()
}

/// A base classifier's scores less their mean, cut off at ±8: log-odds against the average label. Softmax
/// does not change by centring, and unlike log p / (1 - p) the result is linear in the features.
pub(crate) fn centre(scores: &[f64]) -> impl Iterator<Item = f64> {
    let mean = mean(scores);
    scores.iter().map(move |score| cut(score - mean))
}

pub(crate) fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len() as f64
}

pub(crate) fn cut(score: f64) -> f64 {
    score.clamp(-MOST, MOST)
}

fn shape(text: &str) -> [f64; SHAPE.len()] {
    let characters = text.chars().count();
    let first_letter = text.chars().find(|c| c.is_alphabetic());
    let count = |is: fn(char) -> bool| text.chars().filter(|&c| is(c)).count();
    let [upper, numeric, marks] = if text.is_ascii() {
        let spaces = count_bytes(text, |byte| matches!(byte, b'\t'..=b'\r' | b' '));
        let in_words = count_bytes(text, |byte| byte.is_ascii_alphanumeric());
        [
            count_bytes(text, |byte| byte.is_ascii_uppercase()),
            count_bytes(text, |byte| byte.is_ascii_digit()),
            characters - spaces - in_words,
        ]
    } else {
        [
            count(char::is_uppercase),
            count(char::is_numeric),
            count(|c| !c.is_alphanumeric() && !c.is_whitespace()),
        ]
    };
    // All four begin with one of two bytes.
    let quoted = memchr::memchr2(b'"', 0xE2, text.as_bytes()).is_some()
        && text.contains(['"', '“', '”', '‘']);
    let share = |count: usize| count as f64 / characters.max(1) as f64;
    let flag = |is: bool| f64::from(u8::from(is));
    let bare = text.trim_end_matches(['"', '\'', '”', '’', ')', ']']);
    [
        ln(length(text)),
        flag(bare.ends_with(['.', '!', '?', '…'])),
        flag(first_letter.is_some_and(char::is_uppercase)),
        share(upper),
        share(numeric),
        share(marks),
        flag(quoted),
    ]
}

/// Summed up in bytes as long as they hold the sum: so many are looked at together.
fn count_bytes(text: &str, is: impl Fn(u8) -> bool) -> usize {
    let of_part = |part: &[u8]| part.iter().map(|&byte| u8::from(is(byte))).sum::<u8>();
    text.as_bytes().chunks(usize::from(u8::MAX)).map(|part| usize::from(of_part(part))).sum()
}

/// How many other passages of the page look the same once figures and names are left out, as
/// ln(1 + number), up to ln 11: "Reply", "Report", "12 likes", "Posted by ..." under every comment.
fn repeats<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Vec<f64> {
    let look = |text: &str| {
        let mut look = String::new();
        for word in text.split_whitespace().take(MOST_WORDS) {
            match word.chars().next() {
                Some(first) if first.is_uppercase() => look.push('A'),
                Some(first) if first.is_numeric() => look.push('0'),
                _ => look.extend(word.chars().flat_map(char::to_lowercase)),
            }
            look.push(' ');
        }
        look
    };
    let looks: Vec<String> = texts.map(look).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    looks.iter().for_each(|look| *counts.entry(look).or_default() += 1);
    looks.iter().map(|look| libm::log(counts[&look[..]].min(11) as f64)).collect()
}

/// Characters, up to [`MOST_LENGTH`].
fn length(text: &str) -> f64 {
    // Counting all is faster than stopping in time.
    let characters = if text.len() <= MOST_LENGTH {
        text.chars().count()
    } else {
        text.chars().take(MOST_LENGTH).count()
    };
    characters as f64
}

/// ln(1 + length); computed in software so that every machine has the same bits.
fn ln(length: f64) -> f64 {
    libm::log(1.0 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_those_on_the_page_and_not_those_in_the_file() {
        let passages = Passages::new(vec!["a", "b", "c", "d"], vec![vec![2, 0], vec![1], vec![3]]);
        let scores = [1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0];
        let names = Context::Page.names(&["t.x".into(), "t.y".into()]);
        let columns = Context::Page.columns(&passages, &scores, 2, []);
        let at =
            |row: usize, name: &str| columns[[row, names.iter().position(|n| n == name).unwrap()]];
        assert_eq!((at(0, "prev.t.x"), at(0, "next.t.x")), (3.0, 0.0));
        assert_eq!((at(2, "prev.t.x"), at(2, "next.t.x")), (0.0, 1.0));
        assert_eq!((at(0, "page.t.x"), at(1, "page.t.x")), (3.0, 0.0));
        assert_eq!((at(0, "position"), at(2, "position"), at(1, "position")), (1.0, 0.0, 0.5));
        assert_eq!(names.len(), Context::Page.groups(2).len());
    }
}
