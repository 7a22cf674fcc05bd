//! Weight files: burnpack, with the network's configuration inside.

use std::path::Path;

use burn::{
    module::Module,
    store::{BurnpackStore, ModuleSnapshot, burn_pack},
    tensor::Device,
};

use crate::{FaceNet, FaceNetConfig, ModelError};

/// Metadata entry that holds the [`FaceNetConfig`] as JSON.
const CONFIG_KEY: &str = "facenet.config";
/// Metadata entry that holds the verification threshold, a squared distance.
const THRESHOLD_KEY: &str = "facenet.threshold";
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

impl Checkpoint {
    /// Writes the weights with their configuration, atomically: the file is complete or not there.
    ///
    /// # Errors
    ///
    /// [`ModelError::Write`] naming the file; [`ModelError::NonFinite`] where a weight is no finite
    /// number, as after a training that diverged.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        let failed = |reason: String| ModelError::Write {
            path: path.to_owned(),
            reason,
        };
        let config = serde_json::to_string(&self.config).map_err(|e| failed(e.to_string()))?;
        // In training, batch normalisation is one update ahead of what is saved; inference mode is
        // not.
        let network = self.network.clone().valid();
        let checksum = check_tensors(&network, path, failed)?;
        let mut store = BurnpackStore::from_file(path)
            .auto_extension(false)
            .overwrite(true)
            .metadata(CONFIG_KEY, config)
            .metadata(CHECKSUM_KEY, checksum.to_string());
        if let Some(threshold) = self.threshold {
            store = store.metadata(THRESHOLD_KEY, threshold.to_string());
        }
        network
            .save_into(&mut store)
            .map_err(|e| failed(e.to_string()))
    }

    /// Reads a file that [`save`](Self::save) wrote and builds its network on `device`.
    ///
    /// # Errors
    ///
    /// The file is absent, cut short or another format; it names no known network; its tensors are
    /// missing, extra, misshapen or not finite. Each error names the file.
    pub fn load(path: &Path, device: &Device) -> Result<Self, ModelError> {
        let unreadable = |reason: String| ModelError::UnreadableWeights {
            path: path.to_owned(),
            reason,
        };
        // The length is checked before the reader allocates anything.
        let file = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?;
        if !file.is_file() {
            return Err(unreadable("it is no regular file".to_owned()));
        }
        let reader =
            burn_pack::Reader::from_file_exact(path).map_err(|e| unreadable(e.to_string()))?;

        let metadata = reader.metadata();
        let missing = |key: &'static str, reason: String| ModelError::MissingMetadata {
            path: path.to_owned(),
            key,
            reason,
        };
        let config = metadata
            .get(CONFIG_KEY)
            .ok_or_else(|| missing(CONFIG_KEY, "it is absent".to_owned()))?;
        let config: FaceNetConfig =
            serde_json::from_str(config).map_err(|e| missing(CONFIG_KEY, e.to_string()))?;
        let threshold = metadata
            .get(THRESHOLD_KEY)
            .map(|text| match text.parse::<f32>() {
                Ok(threshold) if threshold.is_finite() => Ok(threshold),
                _ => Err(missing(
                    THRESHOLD_KEY,
                    format!("'{text}' is no finite number"),
                )),
            })
            .transpose()?;

        let wrong = |reason: String| ModelError::WrongTensors {
            path: path.to_owned(),
            network: config.architecture.name().to_owned(),
            reason,
        };
        let mut network = config
            .init(device)
            .map_err(|e| missing(CONFIG_KEY, e.to_string()))?;
        let mut store = BurnpackStore::from_file(path).auto_extension(false);
        let result = network
            .load_from(&mut store)
            .map_err(|e| wrong(e.to_string()))?;
        if !result.unused.is_empty() {
            return Err(wrong(format!(
                "the network has no {}",
                result.unused.join(", ")
            )));
        }
        let checksum = check_tensors(&network, path, unreadable)?;
        match metadata.get(CHECKSUM_KEY) {
            Some(text) if *text == checksum.to_string() => {}
            Some(_) => {
                return Err(unreadable(
                    "its checksum says that it is damaged".to_owned(),
                ));
            }
            None => return Err(missing(CHECKSUM_KEY, "it is absent".to_owned())),
        }
        Ok(Self {
            network,
            config,
            threshold,
        })
    }
}

/// CRC-32 of all tensors, which must be finite.
fn check_tensors(
    network: &FaceNet,
    path: &Path,
    failed: impl Fn(String) -> ModelError,
) -> Result<u32, ModelError> {
    let mut checksum = crc32fast::Hasher::new();
    for tensor in network.collect(None, None, false) {
        let bytes = tensor.to_bytes().map_err(|e| failed(e.to_string()))?;
        let finite = bytes
            .chunks_exact(4)
            .all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite());
        if tensor.dtype == burn::tensor::DType::F32 && !finite {
            return Err(ModelError::NonFinite {
                path: path.to_owned(),
                tensor: tensor.name.clone(),
            });
        }
        checksum.update(&bytes);
    }
    Ok(checksum.finalize())
}
