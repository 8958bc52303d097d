//! Names of enums, each written once.

/// Names the variants of an enum without fields: `as_str`, `Display`, `FromStr`, `Serialize`, and `ALL` in the
/// order given. `$what` is what the enum is, for the message of an unknown name.
macro_rules! named {
    ($type:ident, $what:literal: $first:ident = $first_name:literal $(, $variant:ident = $name:literal)* $(,)?) => {
        impl $type {
            /// Every variant.
            pub const ALL: &'static [Self] = &[Self::$first $(, Self::$variant)*];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_name,
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::error::Error;

            fn from_str(name: &str) -> std::result::Result<Self, Self::Err> {
                const EXPECTED: &str = concat!("one of ", $first_name $(, ", ", $name)*);
                match name {
                    $first_name => Ok(Self::$first),
                    $($name => Ok(Self::$variant),)*
                    _ => Err(crate::error::Error::setting($what, format!("{name:?}"), EXPECTED)),
                }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
