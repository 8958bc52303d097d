//! What does a page consist of? Reading an input and cutting it into passages; nothing is thrown
//! away.

#[cfg(feature = "html")]
mod html;
#[cfg(not(feature = "html"))]
#[path = "without_html.rs"]
mod html;
mod passages;
mod source;
mod text;

#[cfg(feature = "html")]
pub use html::HtmlPage;
#[cfg(not(feature = "html"))]
pub(crate) use html::without_html;
pub(crate) use passages::is_called;
pub use passages::{Gold, Passages};
pub use source::Source;
pub(crate) use source::{STDIN, TextStream, empty};
pub(crate) use text::check_length;
pub use text::{Passage, Unit, passages};
