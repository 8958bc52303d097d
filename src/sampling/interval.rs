//! 95 % intervals.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::Undefined;

/// With fewer pages there is no interval.
pub(crate) const LEAST_PAGES: usize = 5;
/// With fewer pages there is no verdict, and no promise.
pub(crate) const LEAST_PAGES_TO_JUDGE: usize = 8;
/// With fewer cases (of the label, for a metric of one label) there is no interval.
pub(crate) const LEAST_CASES: usize = 30;

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// A value, its interval, and why one of them is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    /// Why there is no value; where there is one, why it has no interval.
    pub why: Option<Undefined>,
}

impl Measured {
    /// A value with its interval, if there are cases and pages enough for one.
    pub fn new(
        value: Result<f64, Undefined>,
        n: usize,
        n_pages: usize,
        interval: impl FnOnce(f64) -> Result<Interval, Undefined>,
    ) -> Self {
        match value {
            Err(why) => Self::undefined(why),
            Ok(value) if n < LEAST_CASES => Self::with(value, Err(Undefined::FewCases)),
            Ok(value) if n_pages < LEAST_PAGES => Self::with(value, Err(Undefined::FewPages)),
            Ok(value) => Self::with(value, interval(value)),
        }
    }

    pub fn undefined(why: Undefined) -> Self {
        Self { value: None, interval: None, why: Some(why) }
    }

    pub fn with(value: f64, interval: Result<Interval, Undefined>) -> Self {
        Self { value: Some(value), interval: interval.ok(), why: interval.err() }
    }

    /// `0.713 (0.681-0.744)`; with a sign `+0.020 (-0.010 to +0.050)`; the reason in place of what
    /// is missing.
    pub fn show(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.why.map_or_else(String::new, |why| format!(" ({why})"));
        let shown = match (self.value, self.interval) {
            (Some(value), Some(Interval { lo, hi })) if f.sign_plus() => {
                format!("{value:+.3} ({lo:+.3} to {hi:+.3})")
            }
            (Some(value), Some(Interval { lo, hi })) => format!("{value:.3} ({lo:.3}-{hi:.3})"),
            (Some(value), None) if f.sign_plus() => format!("{value:+.3}{reason}"),
            (Some(value), None) => format!("{value:.3}{reason}"),
            (None, _) => format!("-{reason}"),
        };
        f.pad(&shown)
    }
}

/// `Display` for a result that has a value, an interval, and why one of them is missing: three
/// decimals; with `+`, signs.
macro_rules! shown_as_measured {
    ($type:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self { value, interval, why, .. } = *self;
                $crate::sampling::Measured { value, interval, why }.show(f)
            }
        }
    };
}
pub(crate) use shown_as_measured;

/// Both ends beside a value's other fields, null where there is no interval.
#[expect(clippy::ref_option, reason = "serde hands out fields by reference")]
pub(crate) fn ends<S: Serializer>(
    interval: &Option<Interval>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut ends = serializer.serialize_struct("Interval", 2)?;
    ends.serialize_field("lo", &interval.map(|interval| interval.lo))?;
    ends.serialize_field("hi", &interval.map(|interval| interval.hi))?;
    ends.end()
}
