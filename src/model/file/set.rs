//! A file of one model, or of one for each target.

use std::{borrow::Cow, path::Path, sync::LazyLock};

use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use super::{Opened, SET_KIND, Tensor, no_digest, read, sealed, write};
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
    /// The bytes of its file, by [models/FORMAT.md]. A model for each target is a file of such files.
    ///
    /// [models/FORMAT.md]: https://docs.rs/crate/standpoint/latest/source/models/FORMAT.md
    pub fn to_bytes(&self) -> Vec<u8> {
        if !self.is_per_target() {
            return self.targets()[0].to_bytes();
        }
        let versions = self.targets().iter().map(TargetModel::format_version);
        let config = SetConfig {
            digest: no_digest(),
            format: SET_KIND.into(),
            format_version: versions.max().unwrap_or(1),
            targets: self.targets().iter().map(|model| model.target().to_owned()).collect(),
        };
        let config = serde_json::to_string(&config).expect("a config is plain JSON");
        let tensor = |(number, model): (usize, &TargetModel)| {
            let bytes = model.to_bytes();
            let shape = vec![bytes.len()];
            (tensor_name(number), Tensor { dtype: Dtype::U8, shape, bytes: Cow::Owned(bytes) })
        };
        sealed(self.targets().iter().enumerate().map(tensor).collect(), config)
    }

    /// Writes the model's file. It appears under `path` whole or not at all.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &self.to_bytes())
    }

    /// Opens a model's file and checks all of it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be read;
    /// [`ErrorKind::NotAModel`](crate::ErrorKind::NotAModel),
    /// [`ErrorKind::NewerFormat`](crate::ErrorKind::NewerFormat) or
    /// [`ErrorKind::DamagedModel`](crate::ErrorKind::DamagedModel) if this version cannot trust it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_bytes(&path.display().to_string(), &read(path)?)
    }

    /// The default model, made from `data/passages.csv`: kind, stance toward the officers, voice
    /// and sentiment. It is parsed once, at the first call.
    pub fn built_in() -> Self {
        static BUILT_IN: LazyLock<Model> = LazyLock::new(|| {
            let bytes = include_bytes!("../../../models/default.standpoint");
            Model::from_bytes("the built-in model", bytes).expect("a test opens the built-in model")
        });
        BUILT_IN.clone()
    }

    /// From the bytes of a file; `name` is for messages.
    ///
    /// Nothing is allocated by a size that the file merely claims, nothing in it is run, and every
    /// number that is later used as an index is checked here.
    ///
    /// # Errors
    /// Those of [`Model::open`].
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
        Self::per_target(config.targets.iter().enumerate().map(model).collect::<Result<_>>()?)
    }
}

fn tensor_name(number: usize) -> String {
    format!("model.{number}")
}
