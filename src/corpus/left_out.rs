//! Pages that are left out while others are read.

use crate::error::{Error, Result};

/// Names that a sentence lists.
const SHOWN: usize = 10;

/// Pages that were left out, and why: the name of each, and its fault.
#[derive(Debug, Default)]
pub(super) struct LeftOut(Vec<Error>);

impl LeftOut {
    pub fn push(&mut self, fault: Error) {
        self.0.push(fault);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Sentences about them, one for all that have the same fault.
    pub fn notes(&self) -> Vec<String> {
        let mut faults: Vec<((String, String), Vec<String>)> = Vec::new();
        for fault in &self.0 {
            let (place, problem) = fault.place_and_problem();
            let fault = (problem, fault.help().unwrap_or_default().into_owned());
            match faults.iter_mut().find(|(known, _)| *known == fault) {
                Some((_, names)) => names.push(place.file),
                None => faults.push((fault, vec![place.file])),
            }
        }
        let sentence = |((problem, help), names): &((String, String), Vec<String>)| {
            format!("{}; {help}", sentence(problem, names))
        };
        faults.iter().map(sentence).collect()
    }

    /// Where nothing else was read: why.
    ///
    /// # Errors
    /// The fault, if there is one.
    pub fn into_error(self) -> Result<()> {
        let n = self.0.len();
        let Some(first) = self.0.into_iter().next() else { return Ok(()) };
        if n == 1 {
            return Err(first);
        }
        let (place, problem) = first.place_and_problem();
        let help = first.help().unwrap_or_default().into_owned();
        let problem = format!("none of the {n} pages can be read; of the first, {problem}");
        Err(Error::input(place, problem, help))
    }
}

fn sentence(problem: &str, names: &[String]) -> String {
    if let [name] = names {
        return format!("{name}: skipped: {problem}");
    }
    let n = names.len();
    let more = if n > SHOWN { format!(" and {} more", n - SHOWN) } else { String::new() };
    let shown = names[..n.min(SHOWN)].join(", ") + &more;
    for (one, several, they) in [
        ("the page has", "pages", "have"),
        ("the page is", "pages", "are"),
        ("the file is", "files", "are"),
    ] {
        if let Some(rest) = problem.strip_prefix(one) {
            return format!("{n} {several} skipped that {they}{rest}: {shown}");
        }
    }
    format!("{n} files skipped: {problem}: {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

    #[test]
    fn pages_with_one_fault_are_one_sentence() {
        let mut left_out = LeftOut::default();
        assert!(LeftOut::default().into_error().is_ok());
        let page = |name: &str, problem: &str| Error::page(Place::file(name), problem, "mend it");
        left_out.push(page("a", "the page has no visible text"));
        left_out.push(page("b", "this is a PDF and not text"));
        left_out.push(page("c", "the page has no visible text"));
        assert_eq!(
            left_out.notes(),
            [
                "2 pages skipped that have no visible text: a, c; mend it",
                "b: skipped: this is a PDF and not text; mend it"
            ]
        );
        let error = left_out.into_error().unwrap_err().to_string();
        let expected = "a: none of the 3 pages can be read; of the first, the page has no visible text; mend it";
        assert_eq!(error, expected);
    }
}
