//! What does a page consist of? Reading an input and cutting it into passages; nothing is thrown
//! away.

mod encoding;
#[cfg(feature = "html")]
mod html;
#[cfg(not(feature = "html"))]
#[path = "without_html.rs"]
mod html;
mod open;
mod passages;
mod rejects;
mod settings;
mod source;
mod stream;
mod text;

pub use encoding::Encoding;
#[cfg(feature = "html")]
pub use html::HtmlPage;
#[cfg(not(feature = "html"))]
pub(crate) use html::without_html;
pub use open::BytesRead;
#[cfg(feature = "parquet")]
pub(crate) use open::hexadecimal;
pub(crate) use open::{Digesting, name_of, open};
pub(crate) use passages::is_called;
pub use passages::{Gold, Passages};
pub use rejects::Rejects;
pub use settings::{InputFormat, OnError, ReadSettings};
pub use source::Source;
pub(crate) use source::empty;
pub(crate) use stream::{TextStream, not_utf8};
pub(crate) use text::check_length;
pub use text::{Passage, Unit, passages};
