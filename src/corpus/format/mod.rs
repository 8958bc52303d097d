//! The formats of inputs, a file each.

#[cfg(feature = "warc")]
pub(in crate::corpus) mod archive;
#[cfg(not(feature = "warc"))]
#[path = "without_archive.rs"]
pub(in crate::corpus) mod archive;
#[cfg(feature = "parquet")]
pub(in crate::corpus) mod columnar;
#[cfg(not(feature = "parquet"))]
#[path = "without_columnar.rs"]
pub(in crate::corpus) mod columnar;
pub(in crate::corpus) mod csv;
#[cfg(feature = "html")]
pub(crate) mod html;
#[cfg(not(feature = "html"))]
#[path = "without_html.rs"]
pub(crate) mod html;
pub(in crate::corpus) mod json;
pub(in crate::corpus) mod pages;
pub(in crate::corpus) mod records;
pub(crate) mod text;
