//! How a sample says that it was drawn, and what speaks against it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use super::sample::{DRAWN, INCLUSION, STRATUM, STRATUM_SIZE};
use crate::{
    corpus::Corpus,
    error::{Error, Result},
    prevalence::{Drawn, Inclusion},
};

/// The columns of a sample that say how it was drawn, as [`draw_sample`](super::draw_sample) writes them.
pub(super) struct ClaimedDesign {
    name: String,
    /// Of each row of the sample; nothing where a row has none.
    inclusion: Vec<Option<f64>>,
    /// The stratum of each row, and their names.
    of_row: Vec<usize>,
    strata: Vec<Stratum>,
    /// Whether it says what the strata are.
    is_stratified: bool,
    drawn: Option<Drawn>,
    /// The page of each row in the sample.
    pages: Vec<usize>,
}

struct Stratum {
    name: String,
    size: Option<f64>,
    /// The one probability that all have.
    inclusion: Option<f64>,
    /// Units that are in the file.
    units: usize,
}

impl Stratum {
    /// How many units were drawn, as it says.
    fn drawn(&self) -> usize {
        let claimed = self.size.zip(self.inclusion).map(|(size, p)| (size * p).round() as usize);
        claimed.unwrap_or(0).max(self.units)
    }
}

impl ClaimedDesign {
    /// Nothing where there is no column `inclusion`.
    ///
    /// # Errors
    /// If a value is none of its column's, or the column `drawn` says something else than we are told.
    pub fn of(sample: &Corpus, drawn: Option<Drawn>) -> Result<Option<Self>> {
        let Some(inclusion) = sample.values(INCLUSION) else { return Ok(None) };
        let number = |column: &str, row: usize, value: &Option<Cow<'_, str>>, most: f64| {
            let Some(value) = value else { return Ok(None) };
            let number =
                value.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= most);
            number.map(Some).ok_or_else(|| {
                let problem = format!("{column} is {value:?}, which is not a number above 0");
                let (problem, help) = match most {
                    1.0 => (problem + ", 1 at most", "write the probability of being drawn"),
                    _ => (problem, "write how many passages, or pages, the stratum has"),
                };
                Error::input(sample.place(row), problem, help)
            })
        };
        let read = |(row, value)| number(INCLUSION, row, value, 1.0);
        let inclusion = inclusion.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
        let drawn = drawn_of(sample, drawn)?;
        let names = sample.values(STRATUM);
        let is_stratified = names.is_some();
        let name_of = |row: usize| names.as_ref().and_then(|names| names[row].as_deref());
        let mut numbers: BTreeMap<&str, usize> =
            (0..sample.len()).map(|row| (name_of(row).unwrap_or_default(), 0)).collect();
        numbers.values_mut().enumerate().for_each(|(number, value)| *value = number);
        let of_row: Vec<usize> =
            (0..sample.len()).map(|row| numbers[name_of(row).unwrap_or_default()]).collect();
        let sizes = sample.values(STRATUM_SIZE);
        let mut strata: Vec<Stratum> = numbers
            .keys()
            .map(|name| Stratum { name: (*name).to_owned(), size: None, inclusion: None, units: 0 })
            .collect();
        let pages = sample.page_numbers()?;
        let mut units = vec![BTreeSet::new(); strata.len()];
        let mut probabilities = vec![BTreeSet::new(); strata.len()];
        for (row, p) in inclusion.iter().enumerate() {
            let (Some(p), stratum) = (p, of_row[row]) else { continue };
            if let Some(sizes) = &sizes {
                strata[stratum].size = number(STRATUM_SIZE, row, &sizes[row], f64::MAX)?;
            }
            units[stratum].insert(if drawn == Some(Drawn::Pages) { pages[row] } else { row });
            probabilities[stratum].insert(p.to_bits());
        }
        for (number, stratum) in strata.iter_mut().enumerate() {
            stratum.units = units[number].len();
            let only = probabilities[number].first().filter(|_| probabilities[number].len() == 1);
            stratum.inclusion = only.map(|bits| f64::from_bits(*bits));
        }
        let name = sample.name().to_owned();
        Ok(Some(Self { name, inclusion, of_row, strata, is_stratified, drawn, pages }))
    }

    /// Whether all passages of a page had the same probability: it may be the page's.
    fn is_even_on_pages(&self) -> bool {
        let mut of_pages = BTreeMap::new();
        let mut given = self.pages.iter().zip(&self.inclusion).filter(|(_, p)| p.is_some());
        given.all(|(page, p)| of_pages.entry(page).or_insert(p) == &p)
    }

    /// What was drawn at once, if it says so.
    pub fn drawn(&self) -> Option<Drawn> {
        self.drawn
    }

    /// Whether all passages of a stratum had the same probability.
    pub fn is_even(&self) -> bool {
        self.strata.iter().all(|stratum| stratum.inclusion.is_some())
    }

    /// Whether all passages had the same.
    pub fn is_equal(&self) -> bool {
        let mut of_rows = self.inclusion.iter().flatten();
        let first = of_rows.next();
        of_rows.all(|p| Some(p) == first)
    }

    /// A sentence where the probabilities are not those of a sample of this corpus.
    pub fn doubt_of_sum(&self, corpus: &Corpus, pages: &[usize]) -> Option<String> {
        let by_page = self.drawn == Some(Drawn::Pages);
        let (n, what) = match by_page {
            true => (pages.iter().max().map_or(0, |most| most + 1), "pages"),
            false => (pages.len(), "passages"),
        };
        let mut of_units: BTreeMap<usize, f64> = BTreeMap::new();
        for (row, p) in self.inclusion.iter().enumerate() {
            of_units.extend(p.map(|p| (if by_page { self.pages[row] } else { row }, p)));
        }
        let sum: f64 = match self.strata.iter().map(|stratum| stratum.size).sum::<Option<f64>>() {
            Some(sizes) => sizes,
            None => of_units.values().map(|p| 1.0 / p).sum(),
        };
        // Where strata fix the sum, it is off by nothing; else by chance.
        let chance: f64 = match self.is_stratified && self.is_even() {
            true => 0.0,
            false => of_units.values().map(|p| (1.0 - p) / (p * p)).sum(),
        };
        let off = (sum - n as f64).abs();
        (off > (0.01 * n as f64).max(4.0 * chance.sqrt()).max(0.5)).then(|| {
            format!(
                "the probabilities in {} are those of a sample of {sum:.0} {what}, and {} has {n}: rows were \
                 taken out of it, or it was drawn from something else, and these shares may be off",
                self.name,
                corpus.name()
            )
        })
    }

    /// With what probabilities these rows of the sample, which are those of the corpus, came to be labelled:
    /// those that are labelled of a stratum stand for those that are not. And what to know of it.
    pub fn inclusion(
        &self,
        task: &str,
        (own, rows): (&[usize], &[usize]),
        drawn: Drawn,
        (corpus, pages): (&Corpus, &[usize]),
        place: impl Fn(usize) -> crate::error::Place,
    ) -> Result<(Inclusion, Vec<String>)> {
        if let Some(row) = own.iter().find(|row| self.inclusion[**row].is_none()) {
            let problem = format!("this passage has a {task} label and no {INCLUSION}");
            let help = "write the probability with which it was drawn, or take the column out";
            return Err(Error::input(place(*row), problem, help));
        }
        let by_page = self.drawn == Some(Drawn::Pages);
        let unit = |case: usize| if drawn == Drawn::Passages { case } else { pages[rows[case]] };
        let units: Vec<usize> = (0..own.len()).map(unit).collect();
        let mut of_strata = vec![BTreeSet::new(); self.strata.len()];
        for (case, row) in own.iter().enumerate() {
            // Counted as the file counts what was drawn.
            let unit = if by_page { pages[rows[case]] } else { case };
            of_strata[self.of_row[*row]].insert(unit);
        }
        let labelled = |stratum: usize| of_strata[stratum].len();
        let probabilities = own.iter().map(|&row| {
            let stratum = self.of_row[row];
            let answered = labelled(stratum) as f64 / self.strata[stratum].drawn() as f64;
            self.inclusion[row].unwrap_or(1.0) * answered.min(1.0)
        });
        let strata = own.iter().map(|&row| self.of_row[row]).collect();
        let mut inclusion = Inclusion::new(probabilities.collect(), strata, &units)?;
        let mut notices = Vec::new();
        // Probabilities that differ on a page are those of its passages already.
        if by_page && drawn == Drawn::PartsOfPages && self.is_even_on_pages() {
            let counts = |of: &mut dyn Iterator<Item = usize>| {
                let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
                of.for_each(|page| *counts.entry(page).or_default() += 1);
                counts
            };
            let sizes = counts(&mut pages.iter().copied());
            let found = counts(&mut rows.iter().map(|row| pages[*row]));
            let cut = found.iter().filter(|(page, n)| sizes[page] != **n).count();
            inclusion =
                inclusion.times(units.iter().map(|page| sizes[page] as f64 / found[page] as f64));
            notices.push(format!(
                "{task}: {} is of whole pages, and {cut} of its {} labelled pages have passages without a \
                 label: those that have one stand for them, and these shares are off if they differ",
                self.name,
                found.len()
            ));
        }
        notices.extend(self.missing(task, &labelled));
        if drawn == Drawn::Passages && self.strata.len() == 1 && self.is_equal() {
            let looks = Drawn::guess(rows, pages);
            if looks != Drawn::Passages {
                notices.push(format!(
                    "{task}: {} is said to be of passages drawn one by one from {}, and looks as if \
                     {looks} had been drawn: these intervals are then too narrow",
                    self.name,
                    corpus.name()
                ));
            }
        }
        Ok((inclusion, notices))
    }

    /// Sentences on what was drawn and is not labelled.
    fn missing(&self, task: &str, labelled: &dyn Fn(usize) -> usize) -> Vec<String> {
        let what = if self.drawn == Some(Drawn::Pages) { "pages" } else { "passages" };
        let lacking = |stratum: &usize| labelled(*stratum) < self.strata[*stratum].drawn();
        let (lost, some): (Vec<usize>, Vec<usize>) =
            (0..self.strata.len()).filter(lacking).partition(|stratum| labelled(*stratum) == 0);
        let list = |strata: &[usize]| {
            let of = |&stratum: &usize| {
                let Stratum { name, .. } = &self.strata[stratum];
                let missing = self.strata[stratum].drawn() - labelled(stratum);
                let of = self.strata[stratum].drawn();
                match self.strata.len() {
                    1 => format!("{missing} of {of} {what}"),
                    _ => format!("{missing} of {of} {what} in {name:?}"),
                }
            };
            let shown: Vec<String> = strata.iter().take(5).map(of).collect();
            let more = strata.len().saturating_sub(5);
            let more = if more > 0 { format!(" and of {more} strata more") } else { String::new() };
            shown.join(", ") + &more
        };
        let mut said = Vec::new();
        if !some.is_empty() {
            said.push(format!(
                "{task}: drawn but not labelled: {}; the labelled ones stand for them, and these shares are \
                 off if they differ",
                list(&some)
            ));
        }
        if !lost.is_empty() {
            said.push(format!(
                "{task}: strata without any label: {}; the other strata stand for them, and these shares are \
                 off if they differ",
                list(&lost)
            ));
        }
        said
    }
}

/// What was drawn at once: as we are told, or else as the sample says.
fn drawn_of(sample: &Corpus, told: Option<Drawn>) -> Result<Option<Drawn>> {
    let claims = sample.values(DRAWN).unwrap_or_default();
    let mut claims =
        claims.iter().enumerate().filter_map(|(row, claim)| Some((row, claim.as_ref()?)));
    let Some((row, claim)) = claims.next() else { return Ok(told) };
    let claimed = Drawn::from_str(claim).map_err(|_| {
        let problem = format!("{DRAWN} is {claim:?}");
        Error::input(sample.place(row), problem, "write passages or pages")
    })?;
    match told {
        Some(told) if (told == Drawn::Passages) != (claimed == Drawn::Passages) => {
            let problem = format!(
                "the column {DRAWN} says {claimed}, and the setting of the same name says {told}"
            );
            let help = "leave the setting out, or correct the column";
            Err(Error::input(sample.place(row), problem, help))
        }
        Some(told) => Ok(Some(told)),
        None => Ok(Some(claimed)),
    }
}
