//! From a table's columns to dense ones: numbers, vectors, and what an encoder makes of the texts.

use super::{
    Corpus,
    cell::Cell,
    dense::{Dense, DenseSource, TextEncoder},
};
use crate::{
    error::{Error, Place, Result},
    matrix::DenseRows,
};

/// A vector may not have more numbers.
const MOST_NUMBERS: usize = 1 << 14;
/// A number beyond this is a slip, and squares of such would not stay finite.
const MOST: f64 = 1e15;

impl Corpus {
    /// The dense columns of these sources.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a column is missing, or names the first value that is
    /// not a number, or no list of as many numbers as the first; [`ErrorKind::Setting`](crate::ErrorKind::Setting)
    /// if the encoder is missing, or another.
    pub(crate) fn dense(
        &self,
        sources: &[DenseSource],
        encoder: Option<&dyn TextEncoder>,
    ) -> Result<Vec<Dense>> {
        let of = |source: &DenseSource| {
            let rows = match source {
                DenseSource::Numbers(columns) => self.numbers(columns)?,
                DenseSource::Vectors(column) => self.vectors(column)?,
                DenseSource::Encoder(sha256) => self.encoded(sha256, encoder)?,
            };
            Ok(Dense { source: source.clone(), rows })
        };
        sources.iter().map(of).collect()
    }

    /// The first column that is not there, of those that a source speaks of.
    pub(crate) fn missing<'a>(&self, source: &'a DenseSource) -> Option<&'a str> {
        let missing = |name: &&String| self.column(name).is_none();
        match source {
            DenseSource::Numbers(columns) => columns.iter().find(missing).map(String::as_str),
            DenseSource::Vectors(name) => {
                (missing(&name) && self.numbered(stem(name)).is_empty()).then_some(name)
            }
            DenseSource::Encoder(_) => None,
        }
    }

    fn numbers(&self, columns: &[String]) -> Result<DenseRows> {
        for name in columns {
            self.require(name)?;
        }
        let numbers: Vec<usize> = columns.iter().filter_map(|name| self.column(name)).collect();
        self.numbers_at(&numbers)
    }

    /// One number from each of these columns.
    fn numbers_at(&self, columns: &[usize]) -> Result<DenseRows> {
        let mut values = Vec::with_capacity(self.len() * columns.len());
        for row in 0..self.len() {
            for &column in columns {
                values.push(self.number(row, column)?);
            }
        }
        Ok(DenseRows::new(columns.len(), values))
    }

    /// NaN where the cell is empty.
    fn number(&self, row: usize, column: usize) -> Result<f32> {
        let text = match &self.rows[row].cells[column] {
            Cell::Bool(is) => return Ok(if *is { 1.0 } else { 0.0 }),
            _ => self.cell(row, column),
        };
        match text.trim() {
            "" => Ok(f32::NAN),
            text => match text.parse::<f64>() {
                Ok(number) if number.abs() <= MOST => Ok(number as f32),
                _ => {
                    let problem =
                        format!("{} is {text:?}, which is not a number", self.columns[column]);
                    let help = "write a number, or leave the cell empty where it is missing";
                    Err(Error::input(self.place_of(row, column), problem, help))
                }
            },
        }
    }

    fn place_of(&self, row: usize, column: usize) -> Place {
        Place { column: Some(column as u64 + 1), ..self.place(row) }
    }

    fn vectors(&self, name: &str) -> Result<DenseRows> {
        match self.column(name) {
            Some(column) => self.lists(column),
            None => match &self.numbered(stem(name))[..] {
                [] => self.require(name).map(|_| DenseRows::new(0, Vec::new())),
                columns => self.numbers_at(columns),
            },
        }
    }

    /// The columns `stem_0`, `stem_1` and so on, by their numbers.
    fn numbered(&self, stem: &str) -> Vec<usize> {
        let number = |name: &String| -> Option<u32> {
            name.strip_prefix(stem)?.strip_prefix('_')?.parse().ok()
        };
        let mut found: Vec<(u32, usize)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(at, name)| Some((number(name)?, at)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, at)| at).collect()
    }

    /// Lists of numbers; a row of NaN where the cell is empty.
    fn lists(&self, column: usize) -> Result<DenseRows> {
        let mut width = None;
        let mut values = Vec::new();
        for row in 0..self.len() {
            let text = self.cell(row, column);
            let refuse = |problem: String, help: &str| {
                Err(Error::input(self.place_of(row, column), problem, help))
            };
            if text.trim().is_empty() {
                continue;
            }
            let name = &self.columns[column];
            let Ok(list) = serde_json::from_str::<Vec<Option<f64>>>(&text) else {
                let problem = format!("{name} is not a list of numbers");
                return refuse(problem, "write vectors as [0.12, -0.5, ...]");
            };
            let finite = |number: &Option<f64>| number.is_some_and(|number| number.abs() <= MOST);
            let wanted = width.unwrap_or(list.len());
            if list.len() != wanted || list.is_empty() || list.len() > MOST_NUMBERS {
                let problem = format!("the vector in {name} has {} numbers", list.len());
                let help = match list.len() == wanted {
                    true => format!("give from 1 to {MOST_NUMBERS}"),
                    false => format!("the first has {wanted}: make all with the same encoder"),
                };
                return refuse(problem, &help);
            }
            // Those before the first are missing.
            values.resize(row * wanted, f32::NAN);
            width = Some(wanted);
            if !list.iter().all(finite) {
                let problem = format!("the vector in {name} has a number that is not finite");
                return refuse(problem, "leave the cell empty where there is no vector");
            }
            values.extend(list.into_iter().flatten().map(|number| number as f32));
        }
        let Some(width) = width else {
            let problem = format!("all cells of {} are empty", self.columns[column]);
            let help = "fill the column with vectors, or leave it out";
            return Err(Error::input(self.header_place(), problem, help));
        };
        values.resize(self.len() * width, f32::NAN);
        Ok(DenseRows::new(width, values))
    }

    fn encoded(&self, sha256: &str, encoder: Option<&dyn TextEncoder>) -> Result<DenseRows> {
        let Some(encoder) = encoder else {
            return Err(Error::undecidable(
                "the model reads passages through an encoder, and none was given",
                "give its directory as `encoder`",
            ));
        };
        if encoder.sha256() != sha256 {
            return Err(Error::undecidable(
                format!(
                    "the model was trained with another encoder (SHA-256 {}, not {})",
                    short(sha256),
                    short(encoder.sha256())
                ),
                "give as `encoder` the directory that it was trained with",
            ));
        }
        let texts: Vec<&str> = self.texts().collect();
        Ok(DenseRows::new(encoder.dimension(), encoder.encode(&texts)?))
    }
}

/// `v` of `v` and of `v_*`.
fn stem(name: &str) -> &str {
    name.strip_suffix("_*").unwrap_or(name)
}

/// The first digits of a digest, which tell it from others.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{corpus::ReadSettings, input::Source};

    fn corpus(name: &str, table: &str) -> Corpus {
        let source = Source::from_bytes(name, table.as_bytes().to_vec()).unwrap();
        Corpus::read(&source, &ReadSettings::default()).unwrap()
    }

    fn vectors(corpus: &Corpus, column: &str) -> Result<Vec<Dense>> {
        corpus.dense(&[DenseSource::Vectors(column.into())], None)
    }

    #[test]
    fn numbers_may_be_missing_and_words_are_refused() {
        let table = corpus("t.csv", "text,upvotes,age\na,3,0.5\nb,,-1e3\nc,true,7\n");
        let numbers = DenseSource::Numbers(vec!["upvotes".into(), "age".into()]);
        let error = table.dense(std::slice::from_ref(&numbers), None).unwrap_err().to_string();
        assert_eq!(
            error,
            "t.csv:4:2: upvotes is \"true\", which is not a number; write a number, or leave the cell \
             empty where it is missing"
        );
        let dense = table.select(&[1, 0]).dense(&[numbers], None).unwrap();
        let [rows] = &dense[..] else { panic!() };
        assert!(rows.rows.row(0)[0].is_nan());
        assert_eq!(rows.rows.row(0)[1], -1e3);
        assert_eq!(rows.rows.row(1), [3.0, 0.5]);
    }

    #[test]
    fn vectors_are_lists_or_numbered_columns() {
        let lists = corpus(
            "t.jsonl",
            "{\"text\":\"a\",\"v\":[1,-2.5]}\n{\"text\":\"b\",\"v\":null}\n{\"text\":\"c\",\"v\":[0,4]}\n",
        );
        let found = vectors(&lists.select(&[1, 0, 1, 2]), "v").unwrap();
        assert!(found[0].rows.row(0).iter().all(|number| number.is_nan()));
        let found = vectors(&lists, "v").unwrap();
        assert_eq!(found[0].rows.row(0), [1.0, -2.5]);
        assert!(found[0].rows.row(1).iter().all(|number| number.is_nan()));
        assert_eq!(found[0].rows.row(2), [0.0, 4.0]);
        // By number and not by name: 10 comes behind 2.
        let table = corpus("t.csv", "text,v_10,v_2,v_x\na,3,1,x\n");
        for name in ["v", "v_*"] {
            assert_eq!(vectors(&table, name).unwrap()[0].rows.row(0), [1.0, 3.0]);
        }
    }

    #[test]
    fn what_is_no_vector_is_refused_at_its_place() {
        for (second, expected) in [
            ("[1]", "has 1 numbers; the first has 2"),
            ("[1,null]", "not finite"),
            ("\"x\"", "is not a list of numbers"),
        ] {
            let lines =
                format!("{{\"text\":\"a\",\"v\":[1,2]}}\n{{\"text\":\"b\",\"v\":{second}}}\n");
            let error = vectors(&corpus("t.jsonl", &lines), "v").unwrap_err().to_string();
            assert!(error.starts_with("t.jsonl:2") && error.contains(expected), "{error}");
        }
        let error = vectors(&corpus("t.csv", "text\na\n"), "w").unwrap_err().to_string();
        assert!(error.contains("there is no column \"w\""), "{error}");
    }
}
