//! What fewer training pages would give.

use anyhow::Result;
use standpoint::{
    CrossValidation, Gold, Passages, TrainSettings,
    evaluate::{CurvePoint, Metric, Resampling, estimates},
    learning_curve as validate_sizes,
};

use super::{
    judged::Judged,
    render,
};

/// Training pages doubled from 15 on; the last point is `whole`, what was validated before.
pub fn learning_curve(
    passages: &Passages<'_>,
    gold: &[Gold],
    settings: &TrainSettings,
    folds: usize,
    whole: &CrossValidation,
) -> Result<Vec<CurvePoint>> {
    let doubled = std::iter::successors(Some(15), |size| Some(size * 2));
    let sizes: Vec<usize> = doubled.take_while(|&size| size < whole.train_pages).collect();
    let bar = render::Progress::new("learning curve");
    let mut points = validate_sizes(passages, gold, settings, folds, &sizes, &|step| {
        bar.step(step.done, step.of);
    })?;
    bar.finish();
    points.push(whole.clone());
    points.iter().map(|point| curve_point(point, settings.seed)).collect()
}

fn curve_point(validation: &CrossValidation, seed: u64) -> Result<CurvePoint> {
    let mut macro_f1 = Vec::new();
    for task in &validation.tasks {
        let all = estimates(&Judged::held_out(task).scored()?, Resampling::default().seed(seed));
        macro_f1.extend(all.into_iter().find(|estimate| estimate.metric == Metric::MacroF1));
    }
    Ok(CurvePoint { pages: validation.train_pages, macro_f1 })
}
