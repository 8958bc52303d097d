//! JUnit XML: what Jenkins, GitLab and most others show as tests.

use std::{
    fmt::{self, Display},
    io::{self, Write},
};

/// A suite of cases.
pub struct Suite {
    pub name: String,
    pub cases: Vec<Case>,
    /// What a reader may want beside the cases.
    pub output: String,
}

/// A case; without a problem it passed.
pub struct Case {
    pub name: String,
    pub problem: Option<Problem>,
}

/// Why a case did not pass.
pub enum Problem {
    /// The answer is no.
    Failure { kind: String, message: String },
    /// There is no answer.
    Error { kind: String, message: String },
}

/// Writes the suites with all that the strictest of the common schemas demands (Windyroad's): it
/// wants to know when and where, of which figures do not depend, so that both are always the same.
pub fn write(out: &mut Vec<u8>, suites: &[Suite]) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, "<testsuites>")?;
    for (id, Suite { name, cases, output }) in suites.iter().enumerate() {
        let count = |wanted: fn(&Problem) -> bool| {
            cases.iter().filter_map(|case| case.problem.as_ref()).filter(|p| wanted(p)).count()
        };
        let failures = count(|problem| matches!(problem, Problem::Failure { .. }));
        let errors = count(|problem| matches!(problem, Problem::Error { .. }));
        writeln!(
            out,
            "  <testsuite package=\"standpoint\" id=\"{id}\" name=\"{}\" \
             timestamp=\"1970-01-01T00:00:00\" hostname=\"localhost\" tests=\"{}\" \
             failures=\"{failures}\" errors=\"{errors}\" time=\"0\">",
            attribute(name),
            cases.len()
        )?;
        writeln!(out, "    <properties/>")?;
        for case in cases {
            let (class, case_name) = (attribute(name), attribute(&case.name));
            let start = format!(
                "    <testcase classname=\"standpoint.{class}\" name=\"{case_name}\" time=\"0\""
            );
            // GitLab shows the body, Jenkins the attribute.
            let (element, kind, message) = match &case.problem {
                None => {
                    writeln!(out, "{start}/>")?;
                    continue;
                }
                Some(Problem::Failure { kind, message }) => ("failure", kind, message),
                Some(Problem::Error { kind, message }) => ("error", kind, message),
            };
            writeln!(out, "{start}>")?;
            write!(out, "      <{element} type=\"{kind}\" message=\"{}\">", attribute(message))?;
            writeln!(out, "{}</{element}>", content(message))?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "    <system-out>{}</system-out>", content(output))?;
        writeln!(out, "    <system-err/>")?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// Text between quotation marks, where a parser makes spaces of line breaks unless they are so
/// written.
fn attribute(text: &str) -> impl Display + '_ {
    escaped(text, |c| matches!(c, '\t' | '\n' | '\r'))
}

/// Text between tags.
fn content(text: &str) -> impl Display + '_ {
    escaped(text, |c| c == '\r')
}

/// What XML 1.0 cannot say is replaced.
fn escaped(text: &str, by_number: fn(char) -> bool) -> impl Display + '_ {
    fmt::from_fn(move |f| {
        text.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            c if by_number(c) => write!(f, "&#{};", u32::from(c)),
            '\t' | '\n' => write!(f, "{c}"),
            '\u{FFFE}' | '\u{FFFF}' => f.write_str("\u{FFFD}"),
            c if c.is_control() => f.write_str("\u{FFFD}"),
            c => write!(f, "{c}"),
        })
    })
}
