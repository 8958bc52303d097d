//! In place of `html` where the library is built without it.

use crate::{
    error::{Error, Place, Result},
    input::{Decoded, Encoding},
};

/// Never succeeds.
pub(crate) fn decoded(name: &str, _: &[u8], _: Option<Encoding>) -> Result<Decoded> {
    Err(without_html(name))
}

pub(crate) fn without_html(name: &str) -> Error {
    let problem = "this build of standpoint does not read HTML";
    let help = "build it with the feature html, or save the page as text, a paragraph a line";
    Error::input(Place::file(name), problem, help)
}
