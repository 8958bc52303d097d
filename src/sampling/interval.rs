//! 95 % intervals, from resamples.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::Undefined;

/// With fewer pages there is no interval.
pub(super) const LEAST_PAGES: usize = 2;
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
    /// A value with its percentile interval, from the values of the resamples.
    pub fn new(
        value: Result<f64, Undefined>,
        n: usize,
        n_pages: usize,
        resampled: impl Iterator<Item = f64>,
    ) -> Self {
        match value {
            Err(why) => Self::undefined(why),
            Ok(value) => Self::with(value, percentiles(n, n_pages, resampled)),
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

fn percentiles(
    n: usize,
    n_pages: usize,
    resampled: impl Iterator<Item = f64>,
) -> Result<Interval, Undefined> {
    if n_pages < LEAST_PAGES {
        return Err(Undefined::FewPages);
    }
    if n < LEAST_CASES {
        return Err(Undefined::FewCases);
    }
    let mut values: Vec<f64> = resampled.collect();
    if values.is_empty() {
        return Err(Undefined::NoResamples);
    }
    values.sort_by(f64::total_cmp);
    Ok(Interval { lo: percentile(&values, 0.025), hi: percentile(&values, 0.975) })
}

/// Linear interpolation between the closest ranks, of sorted values.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (at - at.floor())
}
