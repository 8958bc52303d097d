//! From what a file holds to a model: nothing in it is trusted.

use std::collections::HashSet;

use safetensors::{Dtype, SafeTensors};

use super::config::{Config, DenseConfig, Hash, StageConfig, Task};
use crate::{
    corpus::DenseSource,
    features::Vectoriser,
    logistic::DenseLogistic,
    model::{
        BaseClassifiers, Columns, Context, DenseClassifiers, Scaling, Stage, TargetModel, TaskModel,
    },
};

/// No number of a model is larger, and none by which is divided smaller than its inverse: products and
/// sums of such numbers stay finite. Those of honest models are a few digits long.
const BEYOND: f64 = 1e100;

/// What is wrong with a file, as the end of a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damage(String);

impl<S: Into<String>> From<S> for Damage {
    fn from(what: S) -> Self {
        Self(what.into())
    }
}

/// Builds the model, checking that all parts fit together.
pub(super) fn assemble(config: Config, tensors: &SafeTensors<'_>) -> Result<TargetModel, Damage> {
    check(&config)?;
    let sizes: Vec<usize> = config.tasks.iter().map(|task| task.labels.len()).collect();
    let n_scores: usize = sizes.iter().sum();
    let ends = numbers(tensors, "terms.ends", Dtype::U32, &[None], u32::from_le_bytes)?;
    let n_terms = ends.len();
    let idf = numbers(tensors, "terms.idf", Dtype::F32, &[Some(n_terms)], f32::from_le_bytes)?;
    let names = numbers(tensors, "terms.names", Dtype::U8, &[None], |[byte]| byte)?;
    let names = String::from_utf8(names).map_err(|_| "its terms are not UTF-8")?;
    let ascending = ends.windows(2).all(|pair| pair[0] < pair[1]);
    let on_boundaries = ends.iter().all(|&end| names.is_char_boundary(end as usize));
    let name = |i: usize| &names[if i == 0 { 0 } else { ends[i - 1] as usize }..ends[i] as usize];
    let last = ends.last().map_or(0, |&end| end as usize);
    if !ascending || !on_boundaries || last != names.len() || config.n_word_terms > n_terms {
        return Err("the ends of its terms do not fit their names".into());
    }
    // Twice the same name would make the look-up slow without end.
    let sorted = |from: usize, to: usize| (from + 1..to).all(|i| name(i - 1) < name(i));
    if !sorted(0, config.n_word_terms) || !sorted(config.n_word_terms, n_terms) {
        return Err("its terms are not in order".into());
    }
    let weights = numbers(
        tensors,
        "heads.weights",
        Dtype::F32,
        &[Some(n_terms), Some(n_scores)],
        f32::from_le_bytes,
    )?;
    if !idf.iter().chain(&weights).all(|value| value.is_finite()) {
        return Err("it holds a number that is not finite".into());
    }
    if idf.iter().any(|&idf| idf <= 0.0) {
        return Err("terms.idf holds a number that is not above 0".into());
    }
    let classifiers = BaseClassifiers::new(
        sizes,
        weights,
        doubles(tensors, "heads.intercept", &[Some(n_scores)])?,
    );

    if !matches!(config.contexts[..], [Context::Passage] | [Context::Page, Context::Passage]) {
        return Err("its contexts are not those of this version".into());
    }
    let scores = config.tasks.iter().map(|task| (&*task.name, &*task.labels));
    let columns_of = Columns::of(scores);
    let dense = read_dense(tensors, config.dense, n_scores)?;
    let mut n_tensors = 5 + 3 * dense.len();
    let mut tasks = Vec::new();
    for (number, task) in config.tasks.into_iter().enumerate() {
        let k = task.labels.len();
        let Task { name, labels, counts, shares, penalty, nb_ratios, stages: stage_configs } = task;
        if !labels.is_sorted_by(|a, b| a < b) {
            return Err(format!("the labels of {name} are not in order").into());
        }
        if shares.len() != k || !shares.iter().all(|share| *share > 0.0 && *share <= 1.0) {
            return Err(format!("the shares of {name} are out of their range").into());
        }
        if !is_penalty(penalty) {
            return Err(format!("the penalty of {name} is out of its range").into());
        }
        if stage_configs.len() != config.contexts.len() {
            return Err(format!("{name} has no second stage for one of its contexts").into());
        }
        let mut stages = Vec::new();
        for (context, stage) in config.contexts.iter().zip(stage_configs) {
            let prefix = format!("stage.{number}.{}", context.name());
            let known = |column: &String| columns_of.position(*context, column);
            let stage = read_stage(tensors, &prefix, known, k, stage);
            stages.push(stage.map_err(|why| format!("{name}: {why}"))?);
            n_tensors += 4;
        }
        tasks.push(TaskModel { name, labels, counts, shares, penalty, nb_ratios, stages });
    }
    if tensors.len() != n_tensors {
        return Err(format!("it holds {} tensors, not {n_tensors}", tensors.len()).into());
    }
    let vectoriser = Vectoriser::from_parts(config.features, names, ends, config.n_word_terms, idf)
        .ok_or("a term has a name that none can have, or their hashes were made to collide")?;
    Ok(TargetModel {
        vectoriser: vectoriser.into(),
        classifiers,
        dense,
        tasks,
        contexts: config.contexts,
        target: config.target,
        training: config.training,
    })
}

/// The classifiers of columns beside the text.
fn read_dense(
    tensors: &SafeTensors<'_>,
    configs: Vec<DenseConfig>,
    n_scores: usize,
) -> Result<Vec<DenseClassifiers>, Damage> {
    let mut all: Vec<DenseClassifiers> = Vec::new();
    for (number, DenseConfig { source, most }) in configs.into_iter().enumerate() {
        let of = |name: &str, shape: &[Option<usize>]| {
            let name = format!("dense.{number}.{name}");
            let values = numbers(tensors, &name, Dtype::F32, shape, f32::from_le_bytes)?;
            match values.iter().all(|value| value.is_finite()) {
                true => Ok::<_, Damage>(values),
                false => Err(format!("{name} holds a number that is not finite").into()),
            }
        };
        let mean = of("mean", &[None])?;
        let width = mean.len();
        let named = match &source {
            DenseSource::Numbers(names) => names.len() == width,
            _ => true,
        };
        if width == 0 || !named || all.iter().any(|own| own.source == source) {
            return Err(format!("dense.{number} has not a name for each of its columns").into());
        }
        let scale = of("scale", &[Some(width)])?;
        if !(most > 0.0 && most.is_finite()) || scale.iter().any(|&scale| scale < 0.0) {
            return Err(format!("dense.{number} is not scaled by numbers above 0").into());
        }
        let weights = of("weights", &[Some(width), Some(n_scores)])?;
        all.push(DenseClassifiers { source, scaling: Scaling { mean, scale, most }, weights });
    }
    Ok(all)
}

/// What of a config has to be right whatever the tensors are.
fn check(config: &Config) -> Result<(), Damage> {
    config.features.check().map_err(|error| error.to_string())?;
    let labels = config.tasks.iter().flat_map(|task| task.labels.iter().chain([&task.name]));
    if labels.chain([&config.target]).any(|name| name.chars().any(char::is_control)) {
        return Err("a name in it has control characters".into());
    }
    if config.hash != Hash::ours() {
        return Err("its terms are hashed in another way".into());
    }
    if config.training.new_words.as_ref().is_some_and(|new_words| !new_words.is_sound()) {
        return Err("what it says of new words is out of its range".into());
    }
    let sizes: Vec<usize> = config.tasks.iter().map(|task| task.labels.len()).collect();
    if sizes.is_empty() {
        return Err("it has no task".into());
    }
    let names: HashSet<&String> = config.tasks.iter().map(|task| &task.name).collect();
    if names.len() < sizes.len() {
        return Err("two of its tasks have one name".into());
    }
    if sizes.iter().any(|&k| k < 2)
        || config.tasks.iter().any(|task| task.counts.len() != task.labels.len())
    {
        return Err("a task has fewer than two labels, or not a count for each".into());
    }
    Ok(())
}

/// A second stage for `k` labels, whose columns are those that are `known`.
fn read_stage(
    tensors: &SafeTensors<'_>,
    prefix: &str,
    known: impl Fn(&String) -> Option<usize>,
    k: usize,
    config: StageConfig,
) -> Result<Stage, Damage> {
    let StageConfig { columns, penalty, decision } = config;
    let columns: Option<Vec<usize>> = columns.iter().map(known).collect();
    let columns = columns.filter(|columns| columns.is_sorted_by(|a, b| a < b));
    let columns = columns.ok_or("its columns are not those of this version")?;
    if !decision.is_sound() || !is_penalty(penalty) {
        return Err("its decision or its penalty has a number out of its range".into());
    }
    let of =
        |name: &str, shape: &[Option<usize>]| doubles(tensors, &format!("{prefix}.{name}"), shape);
    let n_columns = Some(columns.len());
    let model = DenseLogistic {
        mean: of("mean", &[n_columns])?,
        scale: of("scale", &[n_columns])?,
        weights: of("weights", &[n_columns, Some(k)])?,
        intercept: of("intercept", &[Some(k)])?,
    };
    if model.scale.iter().any(|&scale| scale < 1.0 / BEYOND) {
        return Err(format!("{prefix}.scale holds a number that is not above 0, or hardly").into());
    }
    Ok(Stage { columns, model, penalty, decision })
}

fn is_penalty(number: f64) -> bool {
    (0.0..=BEYOND).contains(&number)
}

/// The finite numbers of a tensor, so small that none that follows from them is infinite.
fn doubles(
    tensors: &SafeTensors<'_>,
    name: &str,
    shape: &[Option<usize>],
) -> Result<Vec<f64>, Damage> {
    let values = numbers(tensors, name, Dtype::F64, shape, f64::from_le_bytes)?;
    match values.iter().all(|value| value.abs() <= BEYOND) {
        true => Ok(values),
        false => Err(format!("{name} holds a number that is not finite, or beyond 1e100").into()),
    }
}

/// The numbers of a tensor, if it has this type and shape; `None` stands for any length.
fn numbers<T, const N: usize>(
    tensors: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    shape: &[Option<usize>],
    from: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, Damage> {
    let tensor = tensors.tensor(name).map_err(|_| format!("it has no tensor {name}"))?;
    let fits = tensor.shape().len() == shape.len()
        && tensor.shape().iter().zip(shape).all(|(found, want)| want.is_none_or(|w| w == *found));
    if tensor.dtype() != dtype || !fits {
        return Err(format!("{name} is {:?} {:?}", tensor.dtype(), tensor.shape()).into());
    }
    let chunk = |bytes: &[u8]| from(bytes.try_into().expect("chunks of N bytes"));
    Ok(tensor.data().chunks_exact(N).map(chunk).collect())
}
