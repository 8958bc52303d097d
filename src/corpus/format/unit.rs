//! What a passage of a text is.

use crate::names::names;

names! {
    /// What is one passage of a text file.
    #[derive(Default)]
    pub enum Unit: "unit" {
        /// Every line that holds more than white space: pages as scrapers write them. The default.
        #[default]
        Line = "line",
        /// Every run of such lines, joined by spaces: hard-wrapped text.
        Paragraph = "paragraph",
        /// The whole file.
        Document = "document",
    }
}
