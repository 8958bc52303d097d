//! Which terms tell something about the labels.

/// Of the terms kept so far, keeps the `most` whose presence depends most on the labels of some
/// task: by chi-squared over the table of presence and label, divided by its degrees of freedom so
/// that tasks with many labels do not win by their number. Of equal ones the first.
///
/// `rows` are (term, count) pairs of every passage; only those of `fit_on` are looked at.
pub(super) fn most_telling(
    most: usize,
    kept: &mut [bool],
    rows: &[Box<[(u32, u32)]>],
    fit_on: &[usize],
    labels: &[&[Option<usize>]],
) {
    let mut scores = vec![0.0f64; kept.len()];
    for labels in labels {
        let k = labels.iter().flatten().max().map_or(0, |most| most + 1);
        let mut of_label = vec![0.0; k];
        let mut with_term = vec![0.0; kept.len() * k];
        for &row in fit_on {
            let Some(label) = labels[row] else { continue };
            of_label[label] += 1.0;
            rows[row].iter().for_each(|&(term, _)| with_term[term as usize * k + label] += 1.0);
        }
        let n: f64 = of_label.iter().sum();
        for (score, with_term) in scores.iter_mut().zip(with_term.chunks_exact(k.max(1))) {
            let chi_squared = chi_squared(with_term, &of_label, n);
            *score = score.max(chi_squared / (k as f64 - 1.0).max(1.0));
        }
    }
    let mut terms: Vec<usize> = (0..kept.len()).filter(|&term| kept[term]).collect();
    terms.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    terms.iter().skip(most).for_each(|&term| kept[term] = false);
}

/// Pearson's chi-squared of a term's presence against the labels: `with_term` of the `of_label`
/// passages of each label hold it.
fn chi_squared(with_term: &[f64], of_label: &[f64], n: f64) -> f64 {
    let share = with_term.iter().sum::<f64>() / n;
    let cell = |(&with, &all): (&f64, &f64)| {
        let expected = share * all;
        let difference = (with - expected) * (with - expected);
        // Presence and absence differ from what is expected by the same amount.
        difference / expected + difference / (all - expected)
    };
    with_term.iter().zip(of_label).map(cell).filter(|chi| chi.is_finite()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared_equals_scipy() {
        // scipy.stats.chi2_contingency([[10, 3, 7], [20, 27, 13]], correction=False).statistic
        let found = chi_squared(&[10.0, 3.0, 7.0], &[30.0, 30.0, 20.0], 80.0);
        assert!((found - 5.777_777_777_777_779).abs() < 1e-9, "{found}");
    }

    #[test]
    fn the_term_that_tells_the_label_stays() {
        let rows: [Box<[(u32, u32)]>; 4] =
            [[(0, 1), (1, 1)].into(), [(0, 1)].into(), [(0, 1), (1, 2)].into(), [(0, 1)].into()];
        let labels = [Some(0), Some(1), Some(0), Some(1)];
        let mut kept = [true, true];
        most_telling(1, &mut kept, &rows, &[0, 1, 2, 3], &[&labels]);
        assert_eq!(kept, [false, true]);
    }
}
