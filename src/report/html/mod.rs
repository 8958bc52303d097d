//! Reports as one HTML file: a corpus with every passage and the words that decided its labels, and a
//! model with its metrics and mistakes.

mod chart;
mod corpus;
mod data;
mod model;
mod overview;
mod plot;
mod write;

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

pub use corpus::{CorpusPage, CorpusReport};
pub use model::ModelReport;

const SCRIPT: &str = include_str!("report.js");
const STYLE: &str = include_str!("report.css");

/// All before what `<body>` holds. `scripts` says which may run: `'none'`, or the hash of one.
fn head_of(title: &str, scripts: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; img-src data:"
    );
    html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) " – standpoint" }
            style { (PreEscaped(STYLE)) }
        }
        (PreEscaped("<body>"))
    }
}

/// A whole file.
fn document(title: &str, scripts: &str, body: &Markup) -> String {
    let end = PreEscaped("</body></html>\n");
    html! { (head_of(title, scripts)) (body) (end) }.into_string()
}

/// How a policy names a script.
fn hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

/// The numbers of a drawing, folded away.
fn numbers(title: &str, header: &[&str], rows: &[Vec<String>]) -> Markup {
    html! {
        details {
            summary { "The numbers: " (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    thead { tr { @for name in header { th scope="col" { (name) } } } }
                    tbody {
                        @for row in rows {
                            tr {
                                @for (at, cell) in row.iter().enumerate() {
                                    @if at == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
