//! What a passage of a text is.

/// What is one passage of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unit {
    /// Every line that holds more than white space: pages as scrapers write them. The default.
    #[default]
    Line,
    /// Every run of such lines, joined by spaces: hard-wrapped text.
    Paragraph,
    /// The whole file.
    Document,
}

named!(Unit, "unit": Line = "line", Paragraph = "paragraph", Document = "document");
