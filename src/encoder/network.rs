//! The encoder proper, a transformer: one code for all families. Texts of a batch lie end to end, without padding;
//! only attention knows where one ends, so that a text's numbers do not depend on its neighbours.

use candle_core::{D, Device, Result as Candle, Tensor};

use super::{
    arithmetic::{Activation, AddThenNorm, Distances, Linear, Norm, Softmax},
    directory::{Family, Settings},
    weights::Weights,
};
use crate::error::Result;

/// Scores of attention that are held at a time, of one text: heads are taken together up to this.
const MOST_SCORES: usize = 1 << 24;
/// The distance from which on all are alike, for MPNet.
const FAR: f32 = 128.0;

struct Layer {
    /// Queries, keys and values beside each other.
    attend: Linear,
    out: Linear,
    norm: Norm,
    up: Linear,
    down: Linear,
    last_norm: Norm,
}

pub(super) struct Network {
    words: Tensor,
    positions: Tensor,
    /// Of the kind of all tokens.
    kind: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    distances: Option<Distances>,
    heads: usize,
    activation: Activation,
    first_position: usize,
    padding: Option<u32>,
}

/// How a family names the parts of a layer.
struct Names {
    layer: &'static str,
    attend: [&'static str; 3],
    out: &'static str,
    norm: &'static str,
    up: &'static str,
    down: &'static str,
    last_norm: &'static str,
}

impl Names {
    fn of(family: Family) -> Self {
        let bert = Self {
            layer: "encoder.layer",
            attend: ["attention.self.query", "attention.self.key", "attention.self.value"],
            out: "attention.output.dense",
            norm: "attention.output.LayerNorm",
            up: "intermediate.dense",
            down: "output.dense",
            last_norm: "output.LayerNorm",
        };
        match family {
            Family::Bert | Family::Roberta => bert,
            Family::Mpnet => Self {
                attend: ["attention.attn.q", "attention.attn.k", "attention.attn.v"],
                out: "attention.attn.o",
                norm: "attention.LayerNorm",
                ..bert
            },
            Family::DistilBert => Self {
                layer: "transformer.layer",
                attend: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
                out: "attention.out_lin",
                norm: "sa_layer_norm",
                up: "ffn.lin1",
                down: "ffn.lin2",
                last_norm: "output_layer_norm",
            },
        }
    }
}

impl Network {
    pub fn new(settings: &Settings, weights: &Weights<'_>) -> Result<Self> {
        let &Settings { family, hidden, inner, epsilon, .. } = settings;
        let embedding = |name, rows| weights.matrix(&format!("embeddings.{name}"), rows, hidden);
        let words = embedding("word_embeddings", settings.vocabulary)?;
        let positions = embedding("position_embeddings", settings.positions)?;
        let kind = match settings.kinds {
            0 => vec![0.0; hidden],
            kinds => {
                let kinds = embedding("token_type_embeddings", kinds)?;
                kinds.get(0).and_then(|kind| kind.to_vec1()).map_err(|e| weights.failed(&e))?
            }
        };
        let norm = weights.norm("embeddings.LayerNorm", hidden, epsilon)?;
        let names = Names::of(family);
        let layer = |at: usize| -> Result<Layer> {
            let name = |part: &str| format!("{}.{at}.{part}", names.layer);
            Ok(Layer {
                attend: weights.linear(&names.attend.map(name), hidden, hidden)?,
                out: weights.linear(&[name(names.out)], hidden, hidden)?,
                norm: weights.norm(&name(names.norm), hidden, epsilon)?,
                up: weights.linear(&[name(names.up)], hidden, inner)?,
                down: weights.linear(&[name(names.down)], inner, hidden)?,
                last_norm: weights.norm(&name(names.last_norm), hidden, epsilon)?,
            })
        };
        // One by one: there may be fewer than config.json says, and it may say a great many.
        let mut layers = Vec::new();
        for at in 0..settings.layers {
            layers.push(layer(at)?);
        }
        let distances = match family {
            Family::Mpnet => {
                let name = "encoder.relative_attention_bias";
                let biases = weights.matrix(name, settings.buckets, settings.heads)?;
                let biases = biases.to_vec2().map_err(|error| weights.failed(&error))?;
                Some(distances(&biases, settings.heads, settings.most_tokens))
            }
            _ => None,
        };
        let &Settings { heads, activation, first_position, padding, .. } = settings;
        Ok(Self {
            words,
            positions,
            kind,
            norm,
            layers,
            distances,
            heads,
            activation,
            first_position,
            padding,
        })
    }

    /// The vectors of all tokens of these texts, end to end.
    pub fn tokens(&self, texts: &[&[u32]]) -> Candle<Vec<f32>> {
        let words: Vec<u32> = texts.iter().flat_map(|text| text.iter().copied()).collect();
        let places: Vec<u32> = texts.iter().flat_map(|text| self.places(text)).collect();
        let look_up = |table: &Tensor, rows: Vec<u32>| {
            table.index_select(&Tensor::new(rows, &Device::Cpu)?, 0)
        };
        let mut x = look_up(&self.words, words)?;
        let places = look_up(&self.positions, places)?;
        x.inplace_op2(&places, &AddThenNorm { bias: &self.kind, norm: &self.norm })?;
        for layer in &self.layers {
            let attended = self.attend(&layer.attend.map(&x, None)?, texts)?;
            let y = attended.matmul(&layer.out.weight)?;
            y.inplace_op2(&x, &AddThenNorm { bias: &layer.out.bias, norm: &layer.norm })?;
            let inner = layer.up.map(&y, Some(self.activation))?;
            x = inner.matmul(&layer.down.weight)?;
            x.inplace_op2(&y, &AddThenNorm { bias: &layer.down.bias, norm: &layer.last_norm })?;
        }
        x.flatten_all()?.to_vec1()
    }

    /// The positions of a text's tokens; where one is the padding it has the padding's, and is not counted.
    fn places(&self, text: &[u32]) -> Vec<u32> {
        let mut next = self.first_position as u32;
        let place = |token: &u32| match self.padding {
            Some(padding) if *token == padding => padding,
            _ => {
                next += 1;
                next - 1
            }
        };
        text.iter().map(place).collect()
    }

    /// Attention within each text. `mapped` has queries, keys and values beside each other.
    fn attend(&self, mapped: &Tensor, texts: &[&[u32]]) -> Candle<Tensor> {
        let (all, width) = mapped.dims2()?;
        let (heads, hidden) = (self.heads, width / 3);
        let size = hidden / heads;
        let mapped = mapped.reshape((all, 3, heads, size))?;
        let mut attended = Vec::new();
        let mut start = 0;
        for text in texts {
            let n = text.len();
            let of_text = mapped.narrow(0, start, n)?;
            start += n;
            let at_once = (MOST_SCORES / (n * n)).clamp(1, heads);
            let mut of_heads = Vec::new();
            for head in (0..heads).step_by(at_once) {
                let count = at_once.min(heads - head);
                let some = of_text.narrow(2, head, count)?;
                let part = |at| some.narrow(1, at, 1)?.squeeze(1)?.transpose(0, 1);
                let scores = part(0)?.matmul(&part(1)?.transpose(D::Minus1, D::Minus2)?)?;
                let scale = 1.0 / (size as f32).sqrt();
                let distance = self.distances.as_ref();
                scores.inplace_op1(&Softmax { scale, distance, head })?;
                of_heads.push(scores.matmul(&part(2)?)?.transpose(0, 1)?);
            }
            attended.push(match of_heads.len() {
                1 => of_heads.remove(0).reshape((n, hidden))?,
                _ => Tensor::cat(&of_heads, 1)?.reshape((n, hidden))?,
            });
        }
        Tensor::cat(&attended, 0)
    }
}

/// The bias of every distance, for each head: near ones have a bucket each, farther ones share them by logarithm,
/// half of the buckets for what stands behind. As `MPNetEncoder.relative_position_bucket` of Transformers has it.
fn distances(biases: &[Vec<f32>], heads: usize, most_tokens: usize) -> Distances {
    let half = biases.len() / 2;
    let near = half / 2;
    let bucket = |distance: isize| {
        let n = distance.unsigned_abs();
        let ahead = if distance > 0 { half } else { 0 };
        let shared = || {
            let share = libm::logf(n as f32 / near as f32) / libm::logf(FAR / near as f32);
            (near + (share * (half - near) as f32) as usize).min(half.saturating_sub(1))
        };
        (ahead + if n < near { n } else { shared() }).min(biases.len() - 1)
    };
    let reach = most_tokens.saturating_sub(1);
    let far = reach.cast_signed();
    let all = -far..=far;
    let of_head = |head: usize| all.clone().map(|d| biases[bucket(d)][head]).collect();
    Distances { reach, of_head: (0..heads).map(of_head).collect() }
}
