//! The ways in which files are compressed.

use std::fmt;

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// xz.
    Xz,
}

impl Compression {
    /// All, in the order in which messages name them.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Zstd, Self::Xz];

    /// By the ending of a file's name, and the name without it: what is inside is named by the ending
    /// before.
    ///
    /// ```
    /// use standpoint::input::Compression;
    /// assert_eq!(Compression::of_name("a.csv.gz"), (Some(Compression::Gzip), "a.csv"));
    /// assert_eq!(Compression::of_name("a.csv"), (None, "a.csv"));
    /// ```
    pub fn of_name(name: &str) -> (Option<Self>, &str) {
        let known = |ending: &str| {
            Self::ALL.into_iter().find(|known| known.ending().eq_ignore_ascii_case(ending))
        };
        match name.rsplit_once('.') {
            Some((inner, ending)) if known(ending).is_some() => (known(ending), inner),
            _ => (None, name),
        }
    }

    /// By how a file begins: six bytes are enough.
    pub fn of_bytes(start: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|known| {
            start.starts_with(match known {
                // The third byte is the method; there has only ever been one.
                Self::Gzip => b"\x1F\x8B\x08",
                Self::Zstd => b"\x28\xB5\x2F\xFD",
                Self::Xz => b"\xFD7zXZ\0",
            })
        })
    }

    /// The ending of its files' names: `gz`, `zst`, `xz`.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
            Self::Xz => "xz",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
        })
    }
}
