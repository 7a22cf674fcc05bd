use std::path::Path;

use burn::{
    module::Module,
    store::{BurnToPyTorchAdapter, ModuleSnapshot, SafetensorsStore, bridge, burn_pack},
    tensor::Device,
};

use super::{
    fill::{fill, is_finite, single_precision, tensors_of},
    format::{regular_file, unreadable},
    layout::Layout,
    metadata::{NetworkMetadata, missing},
};
use crate::{FaceNet, FaceNetConfig, ModelError};

/// Metadata entry that holds the CRC-32 of all tensors, so that a damaged file is not taken for a
/// network.
const CHECKSUM_KEY: &str = "facenet.crc32";

/// A network with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The weights.
    pub network: FaceNet,
    /// What they are weights of.
    pub config: FaceNetConfig,
    /// Squared distance below which two faces count as one person, where one was calibrated.
    pub threshold: Option<f32>,
}

/// How numbers are stored in a weight file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// As they are: a network comes back bit by bit.
    #[default]
    Single,
    /// Rounded to 16 bits (IEEE 754 binary16), in half the space. Loading gives single precision.
    Half,
}

impl Checkpoint {
    /// Writes the weights with their configuration as burnpack, atomically: the file is complete or
    /// not there.
    ///
    /// # Errors
    ///
    /// [`ModelError::Write`] naming the file; [`ModelError::NonFinite`] where a weight is no finite
    /// number, as after a training that diverged; [`ModelError::Folded`] for a folded network.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        self.save_as(path, Precision::Single)
    }

    /// As [`save`](Self::save), in a precision of choice.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save); also where a weight is too large for half precision.
    pub fn save_as(&self, path: &Path, precision: Precision) -> Result<(), ModelError> {
        let failed = |reason: String| ModelError::Write {
            path: path.to_owned(),
            reason,
        };
        let entries = self.metadata().entries().map_err(failed)?;
        let network = self.at_rest(path)?;
        let mut checksum = crc32fast::Hasher::new();
        let mut not_finite = Vec::new();
        let mut tensors = Vec::new();
        for tensor in tensors_of(&network, Layout::Burn) {
            let (name, id) = (tensor.name.clone(), tensor.param_id);
            let data = bridge::into_data(tensor).map_err(|e| failed(e.to_string()))?;
            let stored = match precision {
                Precision::Half if data.dtype().is_float() => data.convert::<burn::tensor::f16>(),
                _ => data,
            };
            // What loading will make of it.
            let loaded = single_precision(stored.clone());
            if !is_finite(&loaded) {
                not_finite.push(name.clone());
            }
            checksum.update(loaded.as_bytes());
            tensors.push(bridge::from_data(stored, name, id));
        }
        refuse_not_finite(not_finite, path)?;
        let mut writer = burn_pack::Writer::new(tensors)
            .auto_extension(false)
            .overwrite(true)
            .with_metadata(CHECKSUM_KEY, &checksum.finalize().to_string());
        for (key, value) in &entries {
            writer = writer.with_metadata(key, value);
        }
        writer
            .write_to_file(path)
            .map_err(|e| failed(e.to_string()))
    }

    /// Writes the weights as safetensors under PyTorch's names and layouts (`norm.weight`, linear
    /// weights `[out, in]`), for other programs. The file says which network it is, as burnpack does;
    /// [`open`](Self::open) and [`import`](Self::import) read it back bit by bit.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    pub fn export_safetensors(&self, path: &Path) -> Result<(), ModelError> {
        let failed = |reason: String| ModelError::Write {
            path: path.to_owned(),
            reason,
        };
        let network = self.at_rest(path)?;
        let mut not_finite = Vec::new();
        for tensor in tensors_of(&network, Layout::PyTorch) {
            let name = tensor.name.clone();
            let data = bridge::into_data(tensor).map_err(|e| failed(e.to_string()))?;
            if !is_finite(&single_precision(data)) {
                not_finite.push(name);
            }
        }
        refuse_not_finite(not_finite, path)?;
        let mut store = SafetensorsStore::from_file(path)
            .overwrite(true)
            .skip_enum_variants(true)
            .with_to_adapter(BurnToPyTorchAdapter);
        for (key, value) in self.metadata().entries().map_err(failed)? {
            store = store.metadata(key, value);
        }
        network
            .save_into(&mut store)
            .map_err(|e| failed(e.to_string()))
    }

    fn metadata(&self) -> NetworkMetadata {
        NetworkMetadata {
            config: self.config.clone(),
            threshold: self.threshold,
        }
    }

    /// The network as it is saved: in training, batch normalization is one update ahead of what
    /// its state shows; inference mode is not.
    fn at_rest(&self, path: &Path) -> Result<FaceNet, ModelError> {
        if self.network.is_folded() {
            return Err(ModelError::Folded {
                path: path.to_owned(),
            });
        }
        Ok(self.network.clone().valid())
    }

    /// Reads a file that [`save`](Self::save) wrote and builds its network on `device`.
    ///
    /// # Errors
    ///
    /// The file is absent, cut short or another format; it names no known network; its tensors are
    /// missing, extra, misshapen, mistyped or not finite. Each error names the file.
    pub fn load(path: &Path, device: &Device) -> Result<Self, ModelError> {
        let unreadable = |reason: String| unreadable(path, reason);
        regular_file(path)?;
        let reader = burn_pack::Reader::from_file_exact(path)
            .map_err(|e| unreadable(format!("it is no burnpack file (.bpk): {e}")))?;
        let metadata = reader.metadata().clone();
        let NetworkMetadata { config, threshold } = NetworkMetadata::expect(path, &metadata)?;
        let tensors = reader
            .into_tensors()
            .map_err(|e| unreadable(e.to_string()))?;
        let mut network = config.init(device)?;
        let name = config.architecture.name();
        let checksum = fill(&mut network, tensors, Layout::Burn, path, name)?;
        match metadata.get(CHECKSUM_KEY) {
            Some(text) if *text == checksum.to_string() => {}
            Some(_) => {
                return Err(unreadable(
                    "its checksum says that it is damaged".to_owned(),
                ));
            }
            None => return Err(missing(path, CHECKSUM_KEY, "it is absent".to_owned())),
        }
        Ok(Self {
            network,
            config,
            threshold,
        })
    }
}

fn refuse_not_finite(tensors: Vec<String>, path: &Path) -> Result<(), ModelError> {
    match tensors.is_empty() {
        true => Ok(()),
        false => Err(ModelError::NonFinite {
            path: path.to_owned(),
            tensors,
        }),
    }
}
