//! What stands between two texts that touch with the edge of an inline element between them: words that
//! stand apart on the screen only by colour, margin or frame are told from one word in several elements.

use super::elements::Class;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    None,
    Space,
    Block,
}

/// Edges of inline elements since the last character.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edges {
    /// The class of what closed and of what opened.
    pub closed: Class,
    pub opened: Class,
    /// Something of them is raised or lowered: a note's number, an exponent.
    pub raised: bool,
    /// Addresses of the links that closed and opened.
    pub links: [u64; 2],
}

impl Edges {
    pub fn are_none(self) -> bool {
        self.closed == Class::None && self.opened == Class::None
    }

    /// What stands between what was last written since an edge, and what follows up to the next one.
    pub fn gap(self, left: &str, right: &str) -> Gap {
        let (Some(last), Some(first)) = (left.chars().next_back(), right.chars().next()) else {
            return Gap::None;
        };
        if self.are_none() || self.raised {
            return Gap::None;
        }
        let (low, high) = (self.closed.min(self.opened), self.closed.max(self.opened));
        let pieces = Pieces { left, right, last, first };
        let both = last.is_alphanumeric() && first.is_alphanumeric();
        let apart = if low == Class::Custom {
            let begins =
                first.is_alphanumeric() || matches!(first, '“' | '‘' | '"' | '«' | '„' | '(');
            return if begins && !pieces.are_letters() { Gap::Block } else { Gap::None };
        } else if !both {
            pieces.sentence_ends()
                || low >= Class::Span && pieces.label_ends()
                || self.one_label() && pieces.label_ends()
        } else if low == Class::Link {
            self.links[0] != self.links[1] || pieces.look_apart()
        } else if high >= Class::Label && (low > Class::None || self.one_label())
            || high >= Class::Inlined && low >= Class::Span
        {
            !pieces.may_be_one()
        } else if low >= Class::Format && high >= Class::Span {
            pieces.look_apart()
        } else {
            high >= Class::Span && pieces.new_word()
        };
        if apart { Gap::Space } else { Gap::None }
    }

    /// A label, with text right before or behind it.
    fn one_label(self) -> bool {
        self.closed.max(self.opened) == Class::Label
    }
}

/// Short words that are no endings.
const SHORT: [&str; 24] = [
    "ago", "and", "are", "as", "at", "but", "by", "for", "has", "in", "is", "it", "min", "not",
    "of", "on", "or", "the", "to", "via", "was", "we", "who", "you",
];

/// Two texts that touch.
#[derive(Clone, Copy)]
struct Pieces<'a> {
    left: &'a str,
    right: &'a str,
    last: char,
    first: char,
}

impl Pieces<'_> {
    /// How many letters the word before the edge has, as far as it is in this piece; and whether it is a
    /// part of the piece only.
    fn last_word(&self) -> (usize, bool) {
        let letters = self.left.chars().rev().take_while(|c| !c.is_whitespace());
        (letters.filter(|c| c.is_alphanumeric()).count(), self.left.contains(char::is_whitespace))
    }

    fn first_word(&self) -> impl Iterator<Item = char> {
        self.right.chars().take_while(|c| c.is_alphanumeric())
    }

    /// A single letter, as an initial that is drawn large.
    fn is_initial(&self) -> bool {
        self.last.is_alphabetic() && self.last_word() == (1, false)
    }

    fn are_letters(&self) -> bool {
        self.is_initial() && self.right.trim_end().chars().count() == 1
    }

    /// An initial, an ending as in `officer` and `s`, or a script that has no spaces between words.
    fn may_be_one(&self) -> bool {
        let has_none = |c: char| matches!(c, '\u{E00}'..='\u{EFF}' | '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
        let is_ending = || {
            let word: String = self.first_word().take(4).collect();
            word.chars().count() <= 3
                && word.chars().all(char::is_lowercase)
                && !SHORT.contains(&&*word)
        };
        self.is_initial() || has_none(self.last) && has_none(self.first) || is_ending()
    }

    /// By capitals and digits they are two words.
    fn look_apart(&self) -> bool {
        let several = || {
            self.left.trim().contains(char::is_whitespace)
                || self.right.trim().contains(char::is_whitespace)
        };
        let (last, first) = (self.last, self.first);
        if self.is_initial() {
            return false;
        }
        if last.is_numeric() && first.is_numeric() {
            return several();
        }
        if last.is_numeric() {
            return self.first_word().count() > 2;
        }
        if first.is_numeric() {
            return true;
        }
        let capitals = last.is_uppercase()
            && first.is_uppercase()
            && self.last_word().0 > 1
            && self.first_word().count() > 1;
        capitals || self.new_word()
    }

    /// The left one ends in lower case, and the right one begins with a capital.
    fn new_word(&self) -> bool {
        let name = ["Mc", "Mac"].iter().any(|part| self.left.ends_with(part));
        self.last.is_lowercase()
            && self.first.is_uppercase()
            && !name
            && self.last_word().0 > 1
            && self.first_word().count() > 1
    }

    /// A sentence ends, and the next one begins.
    fn sentence_ends(&self) -> bool {
        let words = self.left.trim_end_matches(['”', '"', '’', '»', ')', ']']);
        let before = words.strip_suffix(['.', '!', '?', '…', ':', ';']);
        // Not within initials or names of files.
        let is_word = before.is_some_and(|before| {
            before.chars().rev().take(2).filter(|c| c.is_lowercase() || c.is_numeric()).count() == 2
        });
        is_word && (self.first.is_uppercase() || matches!(self.first, '“' | '‘' | '„' | '«'))
    }

    /// A colon, a comma, a bracket ends a label, and a word follows.
    fn label_ends(&self) -> bool {
        match self.last {
            ':' | ';' | ',' | '!' | '?' | '…' => self.first.is_alphabetic(),
            '.' | ')' | ']' | '”' | '»' | '"' | '%' => {
                self.first.is_uppercase() && self.left.chars().count() > 2
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::{Custom, Format, Inlined, Label, Link, None, Span};

    fn joined(closed: Class, opened: Class, left: &str, right: &str) -> String {
        let edges = Edges { closed, opened, raised: false, links: [1, 2] };
        let between = match edges.gap(left, right) {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Block => "|",
        };
        format!("{left}{between}{right}")
    }

    #[test]
    fn what_stands_apart_gets_a_space() {
        for (closed, opened, expected) in [
            (Link, Link, "Home_UK"),
            (Link, Link, "home_news"),
            (Link, Link, "1_2"),
            (Link, Link, "A_B"),
            (Link, Link, "首页_新闻"),
            (Span, Label, "Politics_25 September 2023"),
            (Label, Span, "25 September 2023_4 min read"),
            (Link, Label, "northbank_26 Sep"),
            (Label, Span, "26 Sep_I do not blame"),
            (Label, None, "kestrel wrote:_They should"),
            (Label, None, "kestrel_They should"),
            (Label, None, "26 Sep_by Ann"),
            (None, Label, "Posted_yesterday"),
            (Link, Span, "kestrel_wrote"),
            (Span, Link, "by_northbank"),
            (Inlined, Inlined, "home_news"),
            (Span, Span, "Home_UK"),
            (Span, Span, "Politics_25"),
            (Span, Span, "4_min read"),
            (Span, Span, "12_Comments"),
            (Span, Span, "NEWS_SPORT"),
            (Span, Span, "25 September 2023_4 min read"),
            (Span, Span, "to stop._Then they can"),
            (Span, Span, "kestrel:_they should"),
            (Span, None, "reading_Updated"),
            (Link, None, "Smith_Reporter"),
            (Format, Label, "kestrel_yesterday"),
            (Format, Span, "Smith_Reporter"),
            (Format, None, "to stop._Then they can"),
            (Format, Format, "they said._“No"),
            (Custom, Custom, "northbank|26 Sep"),
            (Custom, Custom, "to stop.|Then"),
            (Custom, Span, "northbank_reported"),
        ] {
            let (left, right) = expected.split_once(['_', '|']).unwrap();
            assert_eq!(joined(closed, opened, left, right), expected.replace('_', " "));
        }
    }

    #[test]
    fn a_word_in_several_elements_stays_one() {
        for (closed, opened, left, right) in [
            (Span, None, "T", "he"),
            (Format, None, "T", "he"),
            (Span, Span, "T", "he"),
            (Link, None, "officer", "s"),
            (Link, Span, "officer", "s"),
            (Label, None, "Titanic", "s"),
            (Label, None, "The Times", "’s"),
            (Label, None, "9", "pm"),
            (None, Label, "(", "2023"),
            (Span, Span, "un", "able"),
            (Span, Span, "hand", "ed"),
            (Span, Span, "H", "E"),
            (Span, Span, "H", "2"),
            (Span, Span, "2", "0"),
            (Span, Span, "1", "st"),
            (Span, Span, "Mc", "Donald"),
            (Span, Span, "example.", "com"),
            (Span, Span, "10:", "30"),
            (Span, Span, "1,", "000"),
            (Format, Format, "Head", "Line"),
            (Format, None, "You", "Tube"),
            (Format, None, "U.", "S."),
            (Format, Format, "w", "W"),
            (Link, Link, "[1]", "[2]"),
            (Link, None, "Smith", ", who"),
            (Span, None, "Smith", "."),
            (Link, Span, "首相", "は今日"),
            (Custom, Custom, "H", "e"),
            (Custom, Custom, "great", "!"),
            (None, None, "hand", "ed"),
        ] {
            assert_eq!(
                joined(closed, opened, left, right),
                format!("{left}{right}"),
                "{closed:?} {opened:?}"
            );
        }
        let one = Edges { closed: Link, opened: Link, raised: false, links: [1, 1] };
        assert_eq!(one.gap("hand", "ed"), Gap::None);
        let note = Edges { raised: true, links: [1, 2], ..one };
        assert_eq!(note.gap("1", "2"), Gap::None);
    }
}
