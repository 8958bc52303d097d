//! Which row of one table is which row of another: by ids, by order, or by text.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    row::{PAGE, Row},
    table::Corpus,
};
use crate::{
    error::{Error, Result},
    predictions::Answers,
};

/// Names of columns that say which row it is, beside those that end in `id`: letters and digits alone.
const IDS: [&str; 22] = [
    "id",
    "ids",
    "uid",
    "uuid",
    "guid",
    "docid",
    "rowid",
    "tweetid",
    "postid",
    "commentid",
    "articleid",
    "messageid",
    "statusid",
    "url",
    "uri",
    "link",
    "permalink",
    "doi",
    "hash",
    "filename",
    "page",
    "doc",
];
/// Names of columns that say which passage coders were shown, though a program may number its rows so.
const UNITS: [&str; 15] = [
    "item",
    "unit",
    "case",
    "nr",
    "no",
    "number",
    "key",
    "index",
    "row",
    "sentence",
    "comment",
    "tweet",
    "post",
    "statement",
    "utterance",
];
/// What is in a name that says whose label, or which prediction, a row is, and not which passage.
const NOT_PASSAGES: [&str; 8] =
    ["annotat", "coder", "rater", "worker", "session", "model", "predict", "label"];

/// The id of each row, if it has one.
type Ids<'a> = Vec<Option<Cow<'a, str>>>;

/// The column of ids by which rows were found, if it is not page and `seq`; and the row of each, if it was.
type ById<'a> = (Option<&'a str>, Vec<Option<usize>>);

/// A column that says which row is which, in two tables.
struct SharedId<'a> {
    /// Its name in the first.
    name: &'a str,
    /// Its values in the first, and in the second.
    values: [Ids<'a>; 2],
}

impl SharedId<'_> {
    /// For each row of the first table the row of the second, if each has an id of its own in both.
    fn rows(&self) -> Option<Vec<Option<usize>>> {
        let [ours, theirs] = &self.values;
        unique(ours)?;
        let numbers = unique(theirs)?;
        Some(ours.iter().map(|id| numbers.get(same_id(id.as_deref()?)).copied()).collect())
    }
}

/// The row of each value, if there is one for each row and no two are the same.
pub(super) fn unique<'a>(values: &'a [Option<Cow<'_, str>>]) -> Option<HashMap<&'a str, usize>> {
    let mut rows = HashMap::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        if rows.insert(same_id(value.as_deref()?), row).is_some() {
            return None;
        }
    }
    Some(rows)
}

/// A whole number without the fraction that programs give it where a value is missing.
pub(super) fn same_id(id: &str) -> &str {
    let whole = id.strip_suffix(".0").filter(|whole| whole.bytes().all(|b| b.is_ascii_digit()));
    whole.filter(|whole| !whole.is_empty()).unwrap_or(id)
}

/// The letters and digits of a column's name, in lower case.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a column of this name says which passage a row is.
pub(super) fn is_id(name: &str) -> bool {
    let plain = plain(name);
    if ["pred_", "p_"].iter().any(|start| name.starts_with(start))
        || NOT_PASSAGES.iter().any(|part| plain.contains(part))
    {
        return false;
    }
    let camel = ["Id", "ID"].iter().any(|end| {
        name.strip_suffix(end).is_some_and(|before| before.ends_with(|c: char| c.is_lowercase()))
    });
    let last =
        name.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    camel || IDS.contains(&plain.as_str()) || IDS[..5].contains(&last.as_str())
}

impl Corpus {
    /// The row of `other` that each of our rows is: by page and `seq` if all rows of both have them; else by a
    /// column of ids that both have, if each row has one of its own there: the page, `id`, `tweet_id` and the
    /// like; else by order. `other` may have more rows.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a table has two rows with the same page and `seq`;
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) names our first row that the other table
    /// lacks, or has with another text, or says that the numbers of rows differ, or names two rows that are in
    /// the same place and have different ids.
    pub fn rows_in(&self, other: &Self) -> Result<Vec<usize>> {
        let in_order = || (0..self.len()).zip(0..other.len());
        let rows: Vec<usize> = match self.rows_by_id(other)? {
            // Where the texts are the same in order, ids of another kind do not matter.
            Some((Some(_), found))
                if self.len() == other.len()
                    && found.contains(&None)
                    && [self, other].iter().all(|corpus| corpus.has_texts())
                    && self.other_text(other, in_order()).is_none() =>
            {
                self.check_order(other)?;
                (0..self.len()).collect()
            }
            Some((name, found)) => {
                let row = |(row, found): (usize, Option<usize>)| {
                    found.ok_or_else(|| {
                        let (place, other) = (self.place(row), other.name());
                        let Row { page, seq, .. } = &self.rows[row];
                        let id = match name {
                            None => format!("page {page}, seq {seq}"),
                            Some(name) => {
                                let values = self.values(name).unwrap_or_default();
                                format!("{name} {}", values[row].as_deref().unwrap_or_default())
                            }
                        };
                        Error::undecidable(
                            format!("{place}: {id} is not in {other}"),
                            "give a prediction for every labelled passage",
                        )
                    })
                };
                found.into_iter().enumerate().map(row).collect::<Result<_>>()?
            }
            _ if self.len() == other.len() => {
                self.check_order(other)?;
                (0..self.len()).collect()
            }
            _ => {
                let (file, n) = (self.name(), self.len());
                return Err(Error::undecidable(
                    format!(
                        "{file} has {n} rows and {} has {}, and not both have page and seq, or an \
                         id, in every row to match them by",
                        other.name(),
                        other.len()
                    ),
                    "add these columns, or give the same rows in order",
                ));
            }
        };
        if let Some((row, their)) = self.other_text(other, rows.iter().copied().enumerate()) {
            let (place, other) = (self.place(row), other.place(their));
            return Err(Error::undecidable(
                format!("{place}: the text differs from the one at {other}"),
                "give predictions of the same passages, in the same order or with page and seq",
            ));
        }
        Ok(rows)
    }

    /// The row of `other` with the page and `seq` of each of our rows, or with its id, if it has one; nothing
    /// unless all rows of both have them.
    pub(crate) fn rows_by_key(&self, other: &Self) -> Result<Option<Vec<Option<usize>>>> {
        Ok(self.rows_by_id(other)?.map(|(_, rows)| rows))
    }

    /// The same, and the column of ids, if it is not page and `seq`.
    fn rows_by_id<'a>(&'a self, other: &'a Self) -> Result<Option<ById<'a>>> {
        if let (Some(ours), Some(theirs)) = (self.keys()?, other.keys()?) {
            let key = |(page, seq): (_, _)| (same_id(page), same_id(seq));
            let numbers: HashMap<_, usize> = theirs.into_iter().map(key).zip(0..).collect();
            let found = ours.into_iter().map(|row| numbers.get(&key(row)).copied());
            return Ok(Some((None, found.collect())));
        }
        let mut best = None;
        for id in self.shared_ids(other) {
            let Some(rows) = id.rows() else { continue };
            let paired = rows.iter().enumerate().filter_map(|(row, their)| Some((row, (*their)?)));
            // Numbers that each table gave by itself are no ids.
            if paired.clone().count() == 0 || self.other_text(other, paired).is_some() {
                continue;
            }
            if rows.iter().all(Option::is_some) {
                return Ok(Some((Some(id.name), rows)));
            }
            best.get_or_insert((Some(id.name), rows));
        }
        Ok(best)
    }

    /// The id of a row's page, if it has one.
    fn page(&self, row: usize) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.page_id(row))).filter(|id| !id.is_empty())
    }

    /// The columns of ids that both tables have, the page first.
    fn shared_ids<'a>(&'a self, other: &'a Self) -> Vec<SharedId<'a>> {
        let page = |corpus: &'a Self| {
            PAGE.iter().find_map(|name| corpus.columns().iter().find(|column| column == name))
        };
        let mut found = Vec::new();
        let taken = page(self).filter(|_| page(other).is_some());
        if let Some(name) = taken {
            let of = |corpus: &'a Self| (0..corpus.len()).map(|row| corpus.page(row)).collect();
            found.push(SharedId { name, values: [of(self), of(other)] });
        }
        for name in self.columns().iter().filter(|name| Some(*name) != taken && is_id(name)) {
            let theirs = other.columns().iter().find(|theirs| plain(theirs) == plain(name));
            if let (Some(ours), Some(theirs)) =
                (self.values(name), theirs.and_then(|name| other.values(name)))
            {
                found.push(SharedId { name, values: [ours, theirs] });
            }
        }
        found
    }

    /// The first of some pairs of rows with different texts, white space aside; none if not both have texts.
    fn other_text(
        &self,
        other: &Self,
        pairs: impl IntoIterator<Item = (usize, usize)>,
    ) -> Option<(usize, usize)> {
        let (ours, theirs) = (self.text_values()?, other.text_values()?);
        pairs.into_iter().find(|&(row, their)| {
            let [our, their] = [&ours[row], &theirs[their]].map(|text| text.as_deref());
            !same_words(our.unwrap_or_default(), their.unwrap_or_default())
        })
    }

    /// That no column says that rows in the same place are different ones. A text of its own tells a row better
    /// than its number.
    fn check_order(&self, other: &Self) -> Result<()> {
        let texts = self.text_values().filter(|_| other.has_texts());
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for text in texts.iter().flatten().flatten() {
            *seen.entry(text).or_default() += 1;
        }
        let told_by_text = |row: usize| {
            let text = texts.as_ref().and_then(|texts| texts[row].as_deref());
            text.is_some_and(|text| seen[text] == 1)
        };
        for SharedId { name, values: [ours, theirs] } in self.confirming(other) {
            for row in (0..self.len()).filter(|row| !told_by_text(*row)) {
                let (Some(our), Some(their)) = (&ours[row], &theirs[row]) else { continue };
                if same_id(our) != same_id(their) {
                    return Err(Error::undecidable(
                        format!(
                            "{}: the {name} is {our:?}, and at {}, in the same place, it is {their:?}",
                            self.place(row),
                            other.place(row)
                        ),
                        "give each row a page and seq, or an id, of its own in both tables, or the same \
                         rows in the same order",
                    ));
                }
            }
        }
        Ok(())
    }

    /// A sentence if our rows are paired with those of `other` by order, and nothing that both have says that
    /// they are the same.
    pub(crate) fn order_note(&self, other: &Self) -> Result<Option<String>> {
        let both = |id: &SharedId<'_>| {
            let [ours, theirs] = &id.values;
            ours.iter().zip(theirs).any(|(our, their)| our.is_some() && their.is_some())
        };
        let told = self.rows_by_id(other)?.is_some()
            || self.has_texts() && other.has_texts()
            || self.confirming(other).iter().any(both);
        Ok((!told).then(|| {
            format!(
                "the rows of {} and {} are paired by order; no column that both have confirms it",
                self.name(),
                other.name()
            )
        }))
    }

    /// The columns of both by which rows in the same place can be told to be the same.
    fn confirming<'a>(&'a self, other: &'a Self) -> Vec<SharedId<'a>> {
        let mut columns = self.shared_ids(other);
        let others =
            self.columns().iter().filter(|name| !is_id(name) && Some(*name) != self.text_column());
        for name in others.filter(|name| !name.starts_with("pred_") && !name.starts_with("p_")) {
            let (Some(ours), Some(theirs)) = (self.values(name), other.values(name)) else {
                continue;
            };
            let permuted = || {
                let [ours, theirs] = [&ours, &theirs]
                    .map(|ids| unique(ids).map(|ids| ids.into_keys().collect::<HashSet<_>>()));
                ours.is_some() && ours == theirs
            };
            if name == "seq" || permuted() {
                columns.push(SharedId { name, values: [ours, theirs] });
            }
        }
        columns
    }
}

/// Whether two texts are the same, white space aside.
pub(crate) fn same_words(a: &str, b: &str) -> bool {
    a == b || a.split_whitespace().eq(b.split_whitespace())
}

/// What identifies a passage: its page and `seq`, or another id and nothing.
pub(crate) type RowKey = (String, String);

/// The keys of each table's rows, and a sentence about what they are.
pub(crate) type KeysOfAll = (Vec<Vec<RowKey>>, Option<String>);

/// What identifies each row of some tables, each of which has a passage once; and a sentence if it is neither
/// page and `seq` nor the page. Nothing where the tables have nothing of the kind in common.
pub(crate) fn keys_of_all(tables: &[Corpus]) -> Result<Option<KeysOfAll>> {
    let keys: Option<Vec<Vec<RowKey>>> = tables
        .iter()
        .map(|table| {
            let key =
                |(page, seq): (&str, &str)| (same_id(page).to_owned(), same_id(seq).to_owned());
            Ok(table.keys()?.map(|keys| keys.into_iter().map(key).collect()))
        })
        .collect::<Result<_>>()?;
    if let Some(keys) = keys {
        return Ok(Some((keys, None)));
    }
    // Nothing unless each row of each table has a value of its own.
    let by = |values: &dyn Fn(&Corpus) -> Option<Ids<'_>>| {
        let of_table = |table: &Corpus| -> Option<Vec<RowKey>> {
            let values = values(table)?;
            unique(&values)?;
            let key = |id: Cow<'_, str>| (same_id(&id).to_owned(), String::new());
            values.into_iter().map(|id| id.map(key)).collect()
        };
        tables.iter().map(of_table).collect::<Option<Vec<_>>>()
    };
    let mut first = None;
    let is_unit = |name: &&String| is_id(name) || UNITS.contains(&plain(name).as_str());
    let ids = tables[0].columns().iter().filter(is_unit).map(Key::Id);
    for key in [Key::Page].into_iter().chain(ids).chain([Key::Text]) {
        let found = by(&|table| match key {
            Key::Page => Some((0..table.len()).map(|row| table.page(row)).collect()),
            Key::Text => table.text_values(),
            Key::Id(name) => {
                let own = table.columns().iter().find(|own| plain(own) == plain(name));
                table.values(own?)
            }
        });
        let Some(keys) = found else { continue };
        let note = match key {
            Key::Page => None,
            Key::Text => Some("passages are matched by their texts".to_owned()),
            Key::Id(name) => Some(format!("passages are matched by the column {name:?}")),
        };
        match meet(tables, &keys) {
            Met::Nowhere => drop(first.get_or_insert((keys, note))),
            // Numbers that each table gave by itself are no ids; a page is what it is called.
            Met::WithOtherTexts if !matches!(key, Key::Page) => {}
            _ => return Ok(Some((keys, note))),
        }
    }
    Ok(in_order(tables).or(first))
}

/// By what rows of several tables are matched.
enum Key<'a> {
    Page,
    Id(&'a String),
    Text,
}

/// How some tables meet.
enum Met {
    Nowhere,
    WithOtherTexts,
    Somewhere,
}

/// Whether two of the tables have a passage in common, and all that have it, if they have texts, its text.
fn meet(tables: &[Corpus], keys: &[Vec<RowKey>]) -> Met {
    let mut texts: HashMap<&RowKey, Option<Vec<&str>>> = HashMap::new();
    let (mut any, mut differ) = (tables.len() == 1, false);
    for (table, keys) in tables.iter().zip(keys) {
        let has_text = table.has_texts();
        for (row, key) in keys.iter().enumerate() {
            let words = has_text.then(|| table.text(row).split_whitespace().collect::<Vec<_>>());
            if let Some(known) = texts.get(key) {
                any = true;
                differ |= known.is_some() && words.is_some() && *known != words;
            } else {
                texts.insert(key, words);
            }
        }
    }
    match (any, differ) {
        (false, _) => Met::Nowhere,
        (true, true) => Met::WithOtherTexts,
        (true, false) => Met::Somewhere,
    }
}

/// The rows by their numbers, if all tables have the same texts in the same order.
fn in_order(tables: &[Corpus]) -> Option<KeysOfAll> {
    let texts = tables[0].text_values()?;
    if tables.iter().any(|table| table.text_values().as_ref() != Some(&texts)) {
        return None;
    }
    let keys = (1..=texts.len()).map(|row| (row.to_string(), String::new())).collect();
    let note = "passages are matched by their order, in which the texts are the same";
    Some((vec![keys; tables.len()], Some(note.to_owned())))
}

/// The row of the corpus that each row of a sample is.
pub(crate) type RowsOfSample = HashMap<usize, usize>;

/// The row of the corpus that each labelled row of a sample is; nothing if none of them is there. By page
/// and `seq`, else by text; and a sentence if pages or other ids that both have had to be left aside.
pub(crate) fn rows_of_sample(
    sample: &Corpus,
    labelled: &[usize],
    corpus: &Corpus,
    answers: &[Answers],
) -> Result<(Option<RowsOfSample>, Option<String>)> {
    if labelled.is_empty() {
        let problem = format!("no passage of {} has a label", sample.name());
        let help = "fill the columns, or choose others in `tasks`";
        return Err(Error::undecidable(problem, help));
    }
    let paged = |corpus: &Corpus| (0..corpus.len()).all(|row| !corpus.page_id(row).is_empty());
    let paged = paged(sample) && paged(corpus);
    let rows: Vec<Option<usize>> = match sample.rows_by_key(corpus)? {
        Some(found) => labelled.iter().map(|&row| found[row]).collect(),
        None => by_text(sample, labelled, (corpus, paged), answers)?,
    };
    if rows.iter().all(Option::is_none) {
        // Pages may be called otherwise there. Some texts in common, or unclear ones, are no proof of it.
        let has_text = |&row: &usize| !sample.text(row).trim().is_empty();
        let is_told = sample.has_texts() && corpus.has_texts() && labelled.iter().all(has_text);
        let found = is_told.then(|| by_text(sample, labelled, (corpus, false), answers).ok());
        let found = found.flatten().and_then(|rows| rows.into_iter().collect::<Option<Vec<_>>>());
        let Some(rows) = found else { return Ok((None, None)) };
        let note = format!(
            "the passages of {} are found in {} by their texts: the page ids, or other ids, of the two differ",
            sample.name(),
            corpus.name()
        );
        return Ok((Some(labelled.iter().copied().zip(rows).collect()), Some(note)));
    }
    if let Some(lost) = rows.iter().position(Option::is_none) {
        return Err(Error::input(
            sample.place(labelled[lost]),
            format!("this passage is not in {}, though others of the sample are", corpus.name()),
            "draw the sample from the corpus, or wholly from elsewhere",
        ));
    }
    Ok((Some(labelled.iter().copied().zip(rows.into_iter().flatten()).collect()), None))
}

/// By text, and if `paged` by page: the first such row of the corpus that is not taken yet.
fn by_text(
    sample: &Corpus,
    labelled: &[usize],
    (corpus, paged): (&Corpus, bool),
    answers: &[Answers],
) -> Result<Vec<Option<usize>>> {
    let (Some(ours), Some(theirs)) = (sample.text_values(), corpus.text_values()) else {
        return Err(Error::undecidable(
            format!("the passages of {} and {} cannot be matched", sample.name(), corpus.name()),
            "give both page and seq in every row, or the texts",
        ));
    };
    let page =
        |corpus: &Corpus, row| if paged { corpus.page_id(row).to_owned() } else { String::new() };
    let mut numbers: HashMap<(String, &str), Vec<usize>> = HashMap::new();
    // From the last, so that the first is taken first.
    for row in (0..corpus.len()).rev() {
        let text = theirs[row].as_deref().unwrap_or_default();
        numbers.entry((page(corpus, row), text)).or_default().push(row);
    }
    let mut all = Vec::new();
    for &row in labelled {
        let text = ours[row].as_deref().unwrap_or_default();
        let Some(rows) = numbers.get_mut(&(page(sample, row), text)) else {
            all.push(None);
            continue;
        };
        let problem = match rows.as_slice() {
            [] => Some("its text is here more often than in the corpus".to_owned()),
            [several @ .., first] => {
                let differ = |other: usize| answers.iter().any(|task| !task.same(*first, other));
                several.iter().find(|&&other| differ(other)).map(|&other| {
                    let places = [*first, other].map(|row| corpus.place(row).to_string());
                    format!(
                        "its text is at {}, with different predictions",
                        places.join(" and at ")
                    )
                })
            }
        };
        if let Some(problem) = problem {
            let help = "give both tables page and seq in every row";
            return Err(Error::input(sample.place(row), problem, help));
        }
        all.push(rows.pop());
    }
    Ok(all)
}
