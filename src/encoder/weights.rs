//! model.safetensors: tensors by name, each held against the shape that config.json asks for, so that nothing is
//! allocated that the file does not have.

use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::{
    arithmetic::{Linear, Norm},
    directory::wrong,
};
use crate::error::{Error, Result};

const HELP: &str = "copy it anew, or save the model again with Sentence-Transformers";

pub(super) struct Weights<'a> {
    path: PathBuf,
    tensors: SafeTensors<'a>,
    /// What stands before all names, as `bert.`.
    prefix: &'static str,
}

impl<'a> Weights<'a> {
    pub fn of(path: PathBuf, bytes: &'a [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| wrong(&path, format!("the file is damaged ({error})"), HELP))?;
        let prefixes = ["", "bert.", "roberta.", "distilbert.", "mpnet."];
        let has = |prefix: &&str| {
            tensors.tensor(&format!("{prefix}embeddings.word_embeddings.weight")).is_ok()
        };
        let prefix = prefixes.into_iter().find(has).unwrap_or_default();
        Ok(Self { path, tensors, prefix })
    }

    /// A matrix of rows, as it lies in the file.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Tensor> {
        self.tensor(&format!("{name}.weight"), &[rows, columns])
    }

    /// A linear map, made ready to be multiplied with.
    pub fn linear(&self, names: &[String], from: usize, to: usize) -> Result<Linear> {
        let mut weights = Vec::new();
        let mut bias = Vec::new();
        for name in names {
            weights.push(self.matrix(name, to, from)?);
            bias.extend(self.vector(&format!("{name}.bias"), to)?);
        }
        // Columns beside each other: the same kernel multiplies however many rows there are.
        let weight = Tensor::cat(&weights, 0).and_then(|all| all.t()?.contiguous());
        Ok(Linear { weight: weight.map_err(|error| self.failed(&error))?, bias })
    }

    /// A layer normalisation; old files have other names for its parts.
    pub fn norm(&self, name: &str, width: usize, epsilon: f32) -> Result<Norm> {
        let part = |new: &str, old: &str| {
            let old = format!("{name}.{old}");
            match self.view(&old) {
                Ok(_) => self.vector(&old, width),
                Err(_) => self.vector(&format!("{name}.{new}"), width),
            }
        };
        Ok(Norm { gamma: part("weight", "gamma")?, beta: part("bias", "beta")?, epsilon })
    }

    fn vector(&self, name: &str, width: usize) -> Result<Vec<f32>> {
        self.tensor(name, &[width])?.to_vec1().map_err(|error| self.failed(&error))
    }

    fn view(&self, name: &str) -> Result<TensorView<'_>> {
        let name = format!("{}{name}", self.prefix);
        self.tensors
            .tensor(&name)
            .map_err(|_| wrong(&self.path, format!("the tensor {name} is missing"), HELP))
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let view = self.view(name)?;
        if view.shape() != shape {
            let found = view.shape();
            let problem = format!("the tensor {name} is {found:?}, config.json says {shape:?}");
            return Err(wrong(&self.path, problem, HELP));
        }
        let dtype = match view.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            other => {
                return Err(wrong(
                    &self.path,
                    format!("the tensor {name} has numbers of the type {other:?}"),
                    "save the model in float32, float16 or bfloat16",
                ));
            }
        };
        Tensor::from_raw_buffer(view.data(), dtype, shape, &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(DType::F32))
            .map_err(|error| self.failed(&error))
    }

    pub fn failed(&self, error: &candle_core::Error) -> Error {
        wrong(&self.path, format!("the weights cannot be used ({error})"), HELP)
    }
}
