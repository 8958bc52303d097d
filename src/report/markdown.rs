//! Markdown from the hands of users: escaped, so that it is text and nothing else.

/// Text for a cell of a Markdown table: one line, with Markdown's own characters escaped.
///
/// ```
/// use standpoint::report::markdown;
/// assert_eq!(markdown("f1_a|b\n<b>*c*</b>"), r"f1_a\|b &lt;b>\*c\*&lt;/b>");
/// ```
pub fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => shown.push_str("&lt;"),
            '&' => shown.push_str("&amp;"),
            '\\' | '|' | '*' | '`' | '[' | ']' | '~' => shown.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => shown.push(' '),
            // They turn the direction of what follows.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => shown.push('\u{FFFD}'),
            c => shown.push(c),
        }
    }
    shown
}

/// Text as code, where that can be told from what is around it; else as [`markdown`].
pub(super) fn code(text: &str) -> String {
    match text.is_empty() || text.contains(|c: char| c == '`' || c == '|' || c.is_control()) {
        true => markdown(text),
        false => format!("`{text}`"),
    }
}
