//! In place of `html` where the library is built without it.

use crate::error::{Error, Place, Result};

/// Never succeeds.
pub(super) fn decoded(name: &str, _: &[u8]) -> Result<(String, &'static str)> {
    let problem = "this build of standpoint does not read HTML";
    let way_out = "build it with the feature html, or save the page as text, a paragraph a line";
    Err(Error::input(Place::file(name), problem, way_out))
}
