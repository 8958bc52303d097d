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
            c if c.is_control() => shown.push(' '),
            c => shown.push(c),
        }
    }
    shown
}
