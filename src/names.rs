//! Enums whose values have names, written and read in one way.

/// An enum with `ALL`, `as_str`, `Display` and `FromStr` from one table of names. The text behind the
/// enum's name is what an error calls the setting.
macro_rules! names {
    (
        $(#[$meta:meta])*
        pub enum $name:ident: $setting:literal {
            $($(#[$of:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// All of them, in the order in which messages list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(name: &str) -> $crate::Result<Self> {
                let known = Self::ALL.iter().find(|known| known.as_str() == name);
                known.copied().ok_or_else(|| {
                    let expected = $crate::names::names!(@list $($text),+);
                    $crate::Error::setting($setting, format!("{name:?}"), expected)
                })
            }
        }
    };
    (@list $first:literal $(, $other:literal)*) => {
        concat!("one of ", $first $(, ", ", $other)*)
    };
}

pub(crate) use names;
