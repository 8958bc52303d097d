//! What an element's own `style` says of how it is shown.

/// As far as it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Style {
    pub display: Option<Display>,
    pub visible: Option<bool>,
    pub lines: Option<Lines>,
    pub floats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display {
    None,
    Block,
    /// A block of which each child is one.
    Items,
    Inline,
    /// Its children stand in its place.
    Contents,
}

/// What line breaks in the text are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Lines {
    /// White space.
    #[default]
    Collapsed,
    /// Ends of lines, as `<br>`.
    Breaks,
    /// Ends of lines that were broken to be short.
    Verbatim,
}

impl Style {
    /// What is said last holds, and what is `!important` before all else.
    pub fn of(style: &str) -> Self {
        let mut own = Self::default();
        let mut important = Self::default();
        for declaration in style.split(';') {
            let Some((property, value)) = declaration.split_once(':') else { continue };
            let property = property.trim();
            let is = |name| property.eq_ignore_ascii_case(name);
            if !["display", "visibility", "white-space", "white-space-collapse", "float"]
                .into_iter()
                .any(is)
            {
                continue;
            }
            let value = value.trim().to_ascii_lowercase();
            let (value, style) = match value.split_once('!') {
                Some((value, _)) => (value.trim_end(), &mut important),
                None => (&*value, &mut own),
            };
            if is("display") {
                style.display = display(value).or(style.display);
            } else if is("visibility") {
                style.visible = match value {
                    "visible" => Some(true),
                    "hidden" | "collapse" => Some(false),
                    _ => style.visible,
                };
            } else if is("float") {
                style.floats = !matches!(value, "none" | "initial" | "unset");
            } else {
                style.lines = lines(value).or(style.lines);
            }
        }
        Self {
            display: important.display.or(own.display),
            visible: important.visible.or(own.visible),
            lines: important.lines.or(own.lines),
            floats: important.floats || own.floats,
        }
    }
}

fn display(value: &str) -> Option<Display> {
    let any = |known: &dyn Fn(&str) -> bool| value.split_ascii_whitespace().any(known);
    let plain = |word: &str| {
        let word = word.trim_start_matches('-');
        let prefix = ["webkit-", "moz-", "ms-"].iter().find_map(|prefix| word.strip_prefix(prefix));
        prefix.unwrap_or(word).to_owned()
    };
    if value == "none" {
        Some(Display::None)
    } else if value == "contents" {
        Some(Display::Contents)
    } else if matches!(value, "initial" | "unset")
        || any(&|word| plain(word).starts_with("inline") || word.starts_with("ruby"))
    {
        Some(Display::Inline)
    } else if any(&|word| matches!(&*plain(word), "flex" | "flexbox" | "grid" | "grid-lanes")) {
        Some(Display::Items)
    } else {
        let is_block = any(&|word| {
            let word = plain(word);
            let known = ["block", "list-item", "flow-root", "flow", "run-in", "box", "table"];
            known.contains(&&*word) || word.starts_with("table-")
        });
        is_block.then_some(Display::Block)
    }
}

fn lines(value: &str) -> Option<Lines> {
    value.split_ascii_whitespace().find_map(|word| match word {
        "pre" => Some(Lines::Verbatim),
        "pre-wrap" | "pre-line" | "break-spaces" | "preserve" | "preserve-breaks"
        | "preserve-spaces" | "-moz-pre-wrap" | "-o-pre-wrap" => Some(Lines::Breaks),
        "normal" | "nowrap" | "collapse" | "initial" => Some(Lines::Collapsed),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_what_holds_in_a_browser() {
        use Display::{Block, Contents, Inline, Items, None as Hidden};
        for (style, expected) in [
            ("display:none", Some(Hidden)),
            ("color: red; DISPLAY : None !important", Some(Hidden)),
            ("display:none; display:block", Some(Block)),
            ("display:none!important; display:block", Some(Hidden)),
            ("display:block;display:nonsense", Some(Block)),
            ("display:-webkit-box", Some(Block)),
            ("display:-webkit-inline-box", Some(Inline)),
            ("display:-ms-flexbox;display:flex", Some(Items)),
            ("display:block grid", Some(Items)),
            ("display:inline-flex", Some(Inline)),
            ("display:inline flow-root", Some(Inline)),
            ("display:table-cell", Some(Block)),
            ("display:list-item", Some(Block)),
            ("display:contents", Some(Contents)),
            ("background:url(data:image/png;base64,AA==);margin:0", None),
            ("--display:none", None),
            ("display", None),
        ] {
            assert_eq!(Style::of(style).display, expected, "{style}");
        }
    }

    #[test]
    fn white_space_and_visibility_are_read_too() {
        assert_eq!(Style::of("white-space:pre-line").lines, Some(Lines::Breaks));
        assert_eq!(Style::of("WHITE-SPACE: PRE").lines, Some(Lines::Verbatim));
        assert_eq!(Style::of("white-space:nowrap").lines, Some(Lines::Collapsed));
        assert_eq!(Style::of("visibility:collapse").visible, Some(false));
        assert_eq!(Style::of("visibility:hidden;visibility:visible").visible, Some(true));
    }
}
