//! Whether what a parser has not made anything of yet may be a tag with too many attributes.

/// More than any element has. The parser compares each attribute with all before it.
pub(super) const MOST: usize = 1000;

/// Where within a tag we may be. Since nothing says whether a `<` begins a tag or is in a script or
/// a value, all of these are followed at once, with the most attributes that may have come up.
#[derive(Clone, Copy)]
enum At {
    TagName,
    Between,
    Name,
    BehindName,
    BeforeValue,
    InDouble,
    InSingle,
    Unquoted,
}

use At::{BeforeValue, BehindName, Between, InDouble, InSingle, Name, TagName, Unquoted};

const ALL: [At; 8] =
    [TagName, Between, Name, BehindName, BeforeValue, InDouble, InSingle, Unquoted];

/// Counts attributes, whatever the tag they may be in.
#[derive(Default)]
pub(super) struct Attributes {
    most: [Option<usize>; ALL.len()],
    /// The last byte was `<`.
    begins: bool,
}

impl Attributes {
    /// Reads on; whether there may be a tag with too many of them.
    pub fn are_too_many(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().any(|&byte| self.step(byte))
    }

    fn step(&mut self, byte: u8) -> bool {
        let mut next = [None; ALL.len()];
        let mut too_many = false;
        for at in ALL {
            let Some(count) = self.most[at as usize] else { continue };
            let Some((to, more)) = follow(at, byte) else { continue };
            let count = count + usize::from(more);
            too_many |= count > MOST;
            let known = &mut next[to as usize];
            *known = (*known).max(Some(count));
        }
        if self.begins && byte.is_ascii_alphabetic() {
            next[TagName as usize] = next[TagName as usize].max(Some(0));
        }
        self.begins = byte == b'<';
        self.most = next;
        too_many
    }
}

/// Where a byte leads, and whether it begins an attribute; nothing where the tag ends.
fn follow(at: At, byte: u8) -> Option<(At, bool)> {
    let space = byte.is_ascii_whitespace();
    let to = match (at, byte) {
        (InDouble, b'"') | (InSingle, b'\'') => Between,
        (InDouble | InSingle, _) => at,
        (_, b'>') => return None,
        (BeforeValue, b'"') => InDouble,
        (BeforeValue, b'\'') => InSingle,
        (BeforeValue, _) if space => BeforeValue,
        (BeforeValue, _) => Unquoted,
        (Unquoted, _) => {
            if space {
                Between
            } else {
                Unquoted
            }
        }
        (_, b'/') => Between,
        (TagName, _) => {
            if space {
                Between
            } else {
                TagName
            }
        }
        (Name, _) if space => BehindName,
        (Name | BehindName, b'=') => BeforeValue,
        (Name, _) => Name,
        (Between | BehindName, _) if space => at,
        (Between | BehindName, _) => return Some((Name, true)),
    };
    Some((to, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(html: &str) -> usize {
        let mut attributes = Attributes::default();
        let counts = html.bytes().map(|byte| {
            attributes.step(byte);
            attributes.most.iter().flatten().copied().max().unwrap_or(0)
        });
        counts.max().unwrap_or(0)
    }

    #[test]
    fn attributes_are_counted_in_all_their_spellings() {
        for (html, count) in [
            ("<p>a b c", 0),
            ("<p a b=c d = e f='> <' g=\"x y\"h/i>", 7),
            ("<p a=\"<b c d e\">", 3),
            ("1 < 2 a b c", 0),
            ("<p a=b/c =d>", 2),
        ] {
            assert_eq!(most(html), count, "{html}");
        }
    }
}
