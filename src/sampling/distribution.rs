//! The two distributions that intervals and tests need.

/// The normal distribution's 97.5 % quantile.
pub(crate) const Z: f64 = 1.959_963_984_540_054;
/// From so many degrees of freedom the expansion about the normal is exact to the last digits.
const MANY: usize = 1000;

/// Student's t: its 97.5 % quantile with `dof` degrees of freedom.
pub(crate) fn t_quantile(dof: f64) -> f64 {
    t_quantile_at(0.975, dof)
}

/// Student's t: its quantile at `p`, from 0.5 to below 1, with `dof` degrees of freedom, at least 1;
/// between whole numbers linear in 1 / dof.
pub(crate) fn t_quantile_at(p: f64, dof: f64) -> f64 {
    let dof = dof.max(1.0);
    let below = dof.floor();
    let whole = |dof: f64| whole_t_quantile(p, dof as usize);
    let (fewer, more) = (whole(below), || whole(below + 1.0));
    if dof == below {
        return fewer;
    }
    let along = (1.0 / below - 1.0 / dof) / (1.0 / below - 1.0 / (below + 1.0));
    fewer + (more() - fewer) * along
}

/// Below 1,000 degrees of freedom it is found by bisection of the finite series for P(|T| < t)
/// (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), above by the expansion in 1/dof (26.7.5).
fn whole_t_quantile(p: f64, dof: usize) -> f64 {
    let nu = dof.max(1) as f64;
    let within_it = 2.0 * p - 1.0;
    if dof >= MANY {
        let z = normal_quantile(p);
        let z2 = z * z;
        let terms = [
            (z2 + 1.0) / 4.0,
            ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0,
            (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0,
            ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0,
        ];
        return z * terms.iter().rev().fold(0.0, |sum, term| (sum + term) / nu) + z;
    }
    // The angle of which the tangent is t / sqrt(dof); P(|T| < t) grows with it.
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if within(middle, dof.max(1)) < within_it { low = middle } else { high = middle }
    }
    libm::tan(low) * nu.sqrt()
}

/// The normal distribution's quantile at `p`, from 0.5 to below 1.
fn normal_quantile(p: f64) -> f64 {
    if p == 0.975 {
        return Z;
    }
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        let above = libm::erfc(middle * std::f64::consts::FRAC_1_SQRT_2) / 2.0;
        if above > 1.0 - p { low = middle } else { high = middle }
    }
    low
}

/// P(|T| < t) for t = tan(angle) * sqrt(dof).
fn within(angle: f64, dof: usize) -> f64 {
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let odd = dof % 2 == 1;
    // Odd: cos + 2/3 cos^3 + 2*4/(3*5) cos^5 + ...; even: 1 + 1/2 cos^2 + 1*3/(2*4) cos^4 + ...
    let mut term = if odd { cos } else { 1.0 };
    let mut sum = if dof == 1 { 0.0 } else { term };
    let mut i = if odd { 2 } else { 1 };
    while i + 1 < dof {
        term *= cos * cos * i as f64 / (i + 1) as f64;
        sum += term;
        i += 2;
    }
    if odd { std::f64::consts::FRAC_2_PI * (angle + sin * sum) } else { sin * sum }
}

/// The sum of n fair coins: P(X <= x) and P(X = x), for x at most n.
pub(crate) fn fair_coins(n: u64, x: u64) -> (f64, f64) {
    let ln_factorial = |n: u64| libm::lgamma(n as f64 + 1.0);
    let ways = ln_factorial(n) - ln_factorial(x) - ln_factorial(n - x);
    let exactly = libm::exp(ways - n as f64 * std::f64::consts::LN_2);
    let (mut term, mut sum) = (1.0, 1.0);
    for i in (1..=x).rev() {
        term *= i as f64 / (n - i + 1) as f64;
        sum += term;
    }
    (exactly * sum, exactly)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `scipy.stats.t.ppf(0.975, dof)`.
    #[test]
    fn t_has_its_known_quantiles() {
        let known = [
            (1, 12.706_204_736_174_694),
            (2, 4.302_652_729_749_462),
            (3, 3.182_446_305_283_707_8),
            (10, 2.228_138_851_986_274),
            (39, 2.022_690_920_036_761),
            (999, 1.962_341_461_133_449_3),
            (1000, 1.962_339_080_826_408_3),
            (5000, 1.960_438_551_706_507_3),
        ];
        for (dof, expected) in known {
            let found = whole_t_quantile(0.975, dof);
            assert!((found / expected - 1.0).abs() < 1e-12, "{dof}: {found} {expected}");
        }
    }

    /// scipy 1.17.1: `scipy.stats.t.ppf(p, dof)`.
    #[test]
    fn t_has_its_known_quantiles_at_other_levels() {
        let known = [
            (0.95, 9, 1.833_112_932_656_237),
            (0.9, 1, 3.077_683_537_175_254_4),
            (0.99, 30, 2.457_261_542_400_591),
            (0.95, 5000, 1.645_158_437_596_970_8),
            (0.5, 4, 0.0),
        ];
        for (p, dof, expected) in known {
            let found = whole_t_quantile(p, dof);
            assert!((found - expected).abs() < 1e-9, "{p} {dof}: {found} {expected}");
        }
    }

    /// scipy 1.17.1; between whole numbers to two percent.
    #[test]
    fn t_has_quantiles_between_whole_degrees_of_freedom() {
        for (dof, expected) in
            [(2.5, 3.574_655), (7.3, 2.345_067), (25.5, 2.057_493), (9.0, 2.262_157)]
        {
            let found = t_quantile(dof);
            assert!((found / expected - 1.0).abs() < 0.02, "{dof}: {found} {expected}");
        }
    }

    #[test]
    fn coins_count_what_enumeration_counts() {
        for n in 0..12u64 {
            for x in 0..=n {
                let heads = |heads: u64| {
                    (0u64..1 << n).filter(|coins| u64::from(coins.count_ones()) == heads).count()
                };
                let all = (1u64 << n) as f64;
                let (at_most, exactly) = fair_coins(n, x);
                assert!((exactly - heads(x) as f64 / all).abs() < 1e-14);
                assert!((at_most - (0..=x).map(heads).sum::<usize>() as f64 / all).abs() < 1e-14);
            }
        }
    }
}
