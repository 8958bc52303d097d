//! A file of one model, or of one for each target.

use std::{borrow::Cow, path::Path};

use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use super::{FORMAT_VERSION, Opened, SET_KIND, Tensor, no_digest, read, sealed, write};
use crate::{
    error::Result,
    model::{Model, TargetModel},
};

/// The `config` of a file that holds a model for each target.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetConfig {
    digest: String,
    format: String,
    format_version: u64,
    targets: Vec<String>,
}

impl Model {
    /// Their file. One model alone is in the file of a [`TargetModel`]; a model for each target is a file
    /// of such files.
    pub fn to_bytes(&self) -> Vec<u8> {
        if !self.is_per_target() {
            return self.models()[0].to_bytes();
        }
        let config = SetConfig {
            digest: no_digest(),
            format: SET_KIND.into(),
            format_version: FORMAT_VERSION,
            targets: self.models().iter().map(|model| model.target().to_owned()).collect(),
        };
        let config = serde_json::to_string(&config).expect("a config is plain JSON");
        let tensor = |(number, model): (usize, &TargetModel)| {
            let bytes = model.to_bytes();
            let shape = vec![bytes.len()];
            (tensor_name(number), Tensor { dtype: Dtype::U8, shape, bytes: Cow::Owned(bytes) })
        };
        sealed(self.models().iter().enumerate().map(tensor).collect(), config)
    }

    /// Writes their file; it stands under `path` whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write(path, &self.to_bytes())
    }

    /// Opens a file of one model or of several and checks all of it.
    ///
    /// # Errors
    /// Those of [`TargetModel::open`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_bytes(&path.display().to_string(), &read(path)?)
    }

    /// From the bytes of a file; `name` is for messages.
    ///
    /// # Errors
    /// Those of [`TargetModel::open`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let file = Opened::of(name, bytes)?;
        if file.version.format != SET_KIND {
            return file.model().map(Self::from);
        }
        let config: SetConfig = file.config()?;
        let ascending = config.targets.windows(2).all(|pair| pair[0] < pair[1]);
        if config.targets.is_empty() || !ascending || file.tensors.len() != config.targets.len() {
            return Err(
                file.damaged("its targets are not in order, or have not a model each".into())
            );
        }
        let model = |(number, target): (usize, &String)| {
            let tensor = file.tensors.tensor(&tensor_name(number));
            let tensor = tensor.map_err(|_| file.damaged(format!("{target} has no model")))?;
            let model = TargetModel::from_bytes(name, tensor.data())?;
            match model.target() == target {
                true => Ok(model),
                false => Err(file.damaged(format!("the model of {target} is of another target"))),
            }
        };
        let models = config.targets.iter().enumerate().map(model).collect::<Result<_>>()?;
        Ok(Self::per_target(models))
    }
}

fn tensor_name(number: usize) -> String {
    format!("model.{number}")
}
