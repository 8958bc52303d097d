//! What each element is to a reader, unless its own style says otherwise.

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It begins and ends a block.
    Block,
    /// So does it, whatever its style: a control of a form.
    Control,
    /// So does it, and line breaks in it are seen.
    Verbatim,
    /// It stands inside of a line.
    Inline(Class),
    /// Inside of a line, and what touches in it belongs together.
    Code,
    Break,
    Image,
    Frame,
    /// Nothing of it is seen, but what it has for where scripts do not run.
    Head,
    /// Shown where scripts, or frames, are not.
    Noscript,
    Slot,
    Template,
    /// Nothing of it is seen.
    Unseen,
}

/// What touches what: the further behind, the more an inline element is a thing of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Class {
    #[default]
    None,
    /// Emphasis and the like, often a part of a word.
    Format,
    Span,
    /// A block that its style puts inside of a line.
    Inlined,
    Link,
    /// A time, a name, the label of a control.
    Label,
    /// An element of the page's own making: it has a hyphen.
    Custom,
}

/// What an element of this name is; all others, unknown ones too, stand inside of a line.
pub(super) fn kind(name: &str) -> Kind {
    match KINDS.binary_search_by_key(&name, |(known, _)| known) {
        Ok(at) => KINDS[at].1,
        Err(_) if name.contains('-') => Kind::Inline(Class::Custom),
        Err(_) => Kind::Inline(Class::Format),
    }
}

const SPAN: Kind = Kind::Inline(Class::Span);
const LABEL: Kind = Kind::Inline(Class::Label);
const FORMAT: Kind = Kind::Inline(Class::Format);

/// In the order of their names.
const KINDS: [(&str, Kind); 106] = [
    ("a", Kind::Inline(Class::Link)),
    ("abbr", SPAN),
    ("address", Kind::Block),
    ("annotation", Kind::Unseen),
    ("annotation-xml", Kind::Unseen),
    ("article", Kind::Block),
    ("aside", Kind::Block),
    ("audio", Kind::Unseen),
    ("blockquote", Kind::Block),
    ("body", Kind::Block),
    ("br", Kind::Break),
    ("button", Kind::Control),
    ("canvas", Kind::Unseen),
    ("caption", Kind::Block),
    ("center", Kind::Block),
    ("cite", LABEL),
    ("code", Kind::Code),
    ("col", Kind::Block),
    ("colgroup", Kind::Block),
    ("data", SPAN),
    ("datalist", Kind::Unseen),
    ("dd", Kind::Block),
    ("details", Kind::Block),
    ("dialog", Kind::Block),
    ("dir", Kind::Block),
    ("div", Kind::Block),
    ("dl", Kind::Block),
    ("dt", Kind::Block),
    ("embed", Kind::Frame),
    ("fieldset", Kind::Block),
    ("figcaption", Kind::Block),
    ("figure", Kind::Block),
    ("font", SPAN),
    ("footer", Kind::Block),
    ("form", Kind::Block),
    ("frame", Kind::Frame),
    ("frameset", Kind::Block),
    // GitHub's emoji: a character.
    ("g-emoji", FORMAT),
    ("h1", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("h5", Kind::Block),
    ("h6", Kind::Block),
    ("head", Kind::Head),
    ("header", Kind::Block),
    ("hgroup", Kind::Block),
    ("hr", Kind::Block),
    ("html", Kind::Block),
    ("iframe", Kind::Frame),
    ("img", Kind::Image),
    ("input", Kind::Control),
    ("isindex", Kind::Block),
    ("kbd", Kind::Code),
    ("label", LABEL),
    ("legend", Kind::Block),
    ("li", Kind::Block),
    ("link", Kind::Unseen),
    ("listing", Kind::Verbatim),
    ("main", Kind::Block),
    ("marquee", Kind::Block),
    ("math", Kind::Code),
    ("menu", Kind::Block),
    ("meta", Kind::Unseen),
    ("nav", Kind::Block),
    ("noembed", Kind::Unseen),
    ("noframes", Kind::Noscript),
    ("noscript", Kind::Noscript),
    ("object", Kind::Frame),
    ("ol", Kind::Block),
    ("optgroup", Kind::Control),
    ("option", Kind::Control),
    ("output", LABEL),
    ("p", Kind::Block),
    ("param", Kind::Unseen),
    ("plaintext", Kind::Verbatim),
    ("pre", Kind::Verbatim),
    ("rp", Kind::Unseen),
    ("samp", Kind::Code),
    ("script", Kind::Unseen),
    ("search", Kind::Block),
    ("section", Kind::Block),
    ("select", Kind::Control),
    ("slot", Kind::Slot),
    ("small", SPAN),
    ("source", Kind::Unseen),
    ("span", SPAN),
    ("style", Kind::Unseen),
    ("summary", Kind::Block),
    ("svg", Kind::Unseen),
    ("table", Kind::Block),
    ("tbody", Kind::Block),
    ("td", Kind::Block),
    ("template", Kind::Template),
    ("textarea", Kind::Verbatim),
    ("tfoot", Kind::Block),
    ("th", Kind::Block),
    ("thead", Kind::Block),
    ("time", LABEL),
    ("title", Kind::Unseen),
    ("tr", Kind::Block),
    ("tt", Kind::Code),
    ("ul", Kind::Block),
    ("var", Kind::Code),
    ("video", Kind::Unseen),
    ("xmp", Kind::Verbatim),
];

/// Whether a text is nothing but emoji: of an image's `alt`, which a page has for one that it draws itself.
pub(super) fn is_emoji(text: &str) -> bool {
    let mut emoji = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let drawn = characters.peek().is_some_and(|next| matches!(next, '\u{FE0F}' | '\u{20E3}'));
        match character {
            // What joins them, skin and hair, flags of regions.
            '\u{200D}' | '\u{20E3}' | '\u{FE0E}' | '\u{FE0F}' | '\u{E0020}'..='\u{E007F}' => {}
            '\u{1F000}'..='\u{1FAFF}'
            | '\u{2600}'..='\u{27BF}'
            | '\u{231A}'
            | '\u{231B}'
            | '\u{23E9}'..='\u{23FA}'
            | '\u{2B1B}'
            | '\u{2B1C}'
            | '\u{2B50}'
            | '\u{2B55}' => emoji = true,
            // Digits of keycaps, arrows, signs: characters that may be drawn as emoji.
            '#' | '*' | '0'..='9' | '\u{A9}' | '\u{AE}' | '\u{2000}'..='\u{32FF}' => {
                if !drawn {
                    return false;
                }
                emoji = true;
            }
            space if space.is_whitespace() => {}
            _ => return false,
        }
    }
    emoji
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_name() {
        assert!(KINDS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert_eq!(kind("p"), Kind::Block);
        assert_eq!(kind("a"), Kind::Inline(Class::Link));
        assert_eq!(kind("b"), Kind::Inline(Class::Format));
        assert_eq!(kind("news-item"), Kind::Inline(Class::Custom));
    }

    #[test]
    fn emoji_are_told_from_words_and_signs() {
        for emoji in [
            "🙄",
            "👍🏽",
            "👩‍👩‍👧",
            "❤️",
            "❤",
            "🇩🇪",
            "🏴\u{E0067}\u{E0062}\u{E007F}",
            "1️⃣",
            "↗️",
            "😀 😀",
            "⭐",
        ] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in ["", " ", "1", "→", "©", "photo", "🙄 eyes", ":-)", "é", "\u{FE0F}", "首页"]
        {
            assert!(!is_emoji(other), "{other}");
        }
    }
}
