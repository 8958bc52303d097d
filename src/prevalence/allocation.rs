//! How a sample is shared among strata, and drawn.

use crate::{
    error::{Error, Result},
    sampling::shuffled,
};

/// How many are drawn of each stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Allocation {
    /// As many of each, as far as there are so many; the others get what a small one cannot give.
    #[default]
    Equal,
    /// The same part of each, but two at least.
    Proportional,
}

named!(Allocation, "the allocation": Equal = "equal", Proportional = "proportional");

/// Of fewer a stratum has no variance.
const LEAST: usize = 2;

impl Allocation {
    /// How many of `n` fall to each stratum of these sizes: two at least, or all if there are no two.
    ///
    /// ```
    /// use standpoint::prevalence::Allocation;
    /// assert_eq!(Allocation::Equal.of(&[900, 90, 10], 120)?, [55, 55, 10]);
    /// assert_eq!(Allocation::Proportional.of(&[900, 90, 10], 100)?, [89, 9, 2]);
    /// # Ok::<(), standpoint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Undecidable`](crate::ErrorKind::Undecidable) if there are fewer than that, or two of
    /// each stratum are more.
    pub fn of(self, sizes: &[usize], n: usize) -> Result<Vec<usize>> {
        let all: usize = sizes.iter().sum();
        if n > all {
            let problem = format!("{n} are to be drawn, and there are {all}");
            return Err(Error::undecidable(problem, "draw fewer, or label all of them"));
        }
        let least: Vec<usize> = sizes.iter().map(|size| LEAST.min(*size)).collect();
        let needed: usize = least.iter().sum();
        if n < needed && sizes.len() > 1 {
            let problem =
                format!("{} strata take {needed} at least, two of each, and not {n}", sizes.len());
            return Err(Error::undecidable(problem, "draw more, or by a column of fewer values"));
        }
        if let [_] = sizes {
            return Ok(vec![n]);
        }
        // Each is as far from what it should have as the others, in units of what it should have.
        let weight = |stratum: usize| match self {
            Self::Equal => 1.0,
            Self::Proportional => sizes[stratum] as f64,
        };
        let mut counts = least;
        let mut left = n - needed;
        // Whole parts first, so that few are dealt one by one.
        let level = self.level(sizes, n);
        for (stratum, count) in counts.iter_mut().enumerate() {
            let whole = ((level * weight(stratum)).floor() as usize).min(sizes[stratum]);
            let more = whole.saturating_sub(*count).min(left);
            *count += more;
            left -= more;
        }
        for _ in 0..left {
            let open = (0..sizes.len()).filter(|&stratum| counts[stratum] < sizes[stratum]);
            let lack = |stratum: &usize| level * weight(*stratum) - counts[*stratum] as f64;
            // The first of those that lack most.
            let most = open.rev().max_by(|a, b| lack(a).total_cmp(&lack(b)));
            let Some(most) = most else { break };
            counts[most] += 1;
        }
        Ok(counts)
    }

    /// What strata should have in units of their weight, so that all of them together have n, those that
    /// are smaller all of theirs and none fewer than two.
    fn level(self, sizes: &[usize], n: usize) -> f64 {
        let held = |level: f64| -> f64 {
            let of = |&size: &usize| {
                let should = if self == Self::Equal { level } else { level * size as f64 };
                should.max(LEAST as f64).min(size as f64)
            };
            sizes.iter().map(of).sum()
        };
        let (mut low, mut high) = (0.0, n as f64);
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if held(middle) < n as f64 { low = middle } else { high = middle }
        }
        // What is whole but for rounding is whole.
        high + 1e-9
    }
}

/// Draws so many units of each stratum, without putting any back, every set of them as likely: the first
/// ones in an order that the seed decides, and in this order.
pub(crate) fn draw(strata: &[usize], counts: &[usize], seed: u64) -> Vec<usize> {
    let mut left = counts.to_vec();
    let mut drawn = shuffled(strata.len(), seed);
    drawn.retain(|&unit| {
        let left = &mut left[strata[unit]];
        let is_drawn = *left > 0;
        *left -= usize::from(is_drawn);
        is_drawn
    });
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_are_dealt_and_none_has_too_many(
            sizes in proptest::collection::vec(1usize..400, 1..12), part in 0.0f64..1.0, equal: bool,
        ) {
            let (all, least) = (sizes.iter().sum::<usize>(), sizes.iter().map(|s| 2.min(*s)).sum::<usize>());
            let n = least + ((all - least) as f64 * part) as usize;
            let how = if equal { Allocation::Equal } else { Allocation::Proportional };
            let counts = how.of(&sizes, n).unwrap();
            prop_assert_eq!(counts.iter().sum::<usize>(), n);
            for (count, size) in counts.iter().zip(&sizes) {
                prop_assert!(count <= size && *count >= 2.min(*size) || sizes.len() == 1);
            }
            if equal {
                // Those that are not whole have as many, give or take one.
                let open: Vec<usize> =
                    counts.iter().zip(&sizes).filter(|(c, s)| c < s).map(|(c, _)| *c).collect();
                let (least, most) = (open.iter().min(), open.iter().max());
                prop_assert!(most.unwrap_or(&0) - least.unwrap_or(&0) <= 1);
            }
        }

        /// More of the same seed are the same and more.
        #[test]
        fn a_larger_sample_begins_with_the_smaller(n in 2usize..50, more in 0usize..50, seed: u64) {
            let strata: Vec<usize> = (0..200).map(|unit| unit % 2).collect();
            let few = draw(&strata, &[n, n], seed);
            let many = draw(&strata, &[n + more, n + more], seed);
            prop_assert!(few.iter().all(|unit| many.contains(unit)));
        }
    }

    #[test]
    fn every_unit_is_as_likely() {
        let strata = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
        let mut counts = [0; 10];
        for seed in 0..6000 {
            draw(&strata, &[2, 1], seed).into_iter().for_each(|unit| counts[unit] += 1);
        }
        for (unit, count) in counts.into_iter().enumerate() {
            let expected = if unit < 4 { 3000 } else { 1000 };
            assert!(i32::abs(count - expected) < 160, "{unit}: {count}");
        }
    }
}
