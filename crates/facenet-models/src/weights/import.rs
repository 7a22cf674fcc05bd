use std::path::Path;

use burn::tensor::Device;

use super::{
    checkpoint::Checkpoint,
    fill::fill,
    format::{Format, read_pytorch, read_safetensors, safetensors_metadata},
    layout::Layout,
    metadata::NetworkMetadata,
    names,
};
use crate::{Architecture, FaceNetConfig, ModelError};

impl Checkpoint {
    /// Reads weights of the network `config` that another program wrote: safetensors, a PyTorch
    /// checkpoint (`.pt`, `.pth`, `.ckpt`, also the pickles from before PyTorch 1.6; nothing in
    /// them is executed). The format is told by the content.
    ///
    /// Tensors have the names of facenet-pytorch for Inception-ResNet-v1, of
    /// Xiaoccer/MobileFaceNet_Pytorch for MobileFaceNet, and those that
    /// [`export_safetensors`](Self::export_safetensors) writes for all networks. Each tensor of the
    /// network must be there, and no other, except counters of batch normalization
    /// (`num_batches_tracked`) and the classifier of facenet-pytorch (`logits`).
    ///
    /// # Errors
    ///
    /// The file is absent, cut short or no weight file; its tensors are missing, extra, misshapen,
    /// mistyped (all are listed) or not finite.
    pub fn import(
        path: &Path,
        config: &FaceNetConfig,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let format = Format::of(path)?;
        let tensors = match format {
            Format::Burnpack => {
                let checkpoint = Self::load(path, device)?;
                return match checkpoint.config == *config {
                    true => Ok(checkpoint),
                    false => Err(other_network(path, &checkpoint.config, config)),
                };
            }
            Format::Safetensors => read_safetensors(path)?,
            Format::PyTorch => read_pytorch(path)?,
        };
        let metadata = match format {
            Format::Safetensors => NetworkMetadata::read(path, &safetensors_metadata(path)?)?,
            _ => None,
        };
        let threshold = match metadata {
            Some(metadata) if metadata.config != *config => {
                return Err(other_network(path, &metadata.config, config));
            }
            Some(metadata) => metadata.threshold,
            None => None,
        };
        config.validate()?;
        let tensors = names::ours(tensors, config.architecture);
        let mut network = config.init(device)?;
        let name = config.architecture.name();
        fill(&mut network, tensors, Layout::PyTorch, path, name)?;
        Ok(Self {
            network,
            config: config.clone(),
            threshold,
        })
    }

    /// Reads a weight file of any kind: one that says what it is by [`load`](Self::load), else by
    /// [`import`](Self::import) as the published form of `architecture`.
    ///
    /// # Errors
    ///
    /// As those two; also where the file does not say which network it holds and `architecture`
    /// is `None`, and where it holds another network than `architecture`.
    pub fn open(
        path: &Path,
        architecture: Option<Architecture>,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let wrong = |found: &FaceNetConfig| match architecture {
            Some(wanted) if wanted != found.architecture => {
                Err(other_network(path, found, &FaceNetConfig::new(wanted)))
            }
            _ => Ok(()),
        };
        let format = Format::of(path)?;
        if format == Format::Burnpack {
            let checkpoint = Self::load(path, device)?;
            wrong(&checkpoint.config)?;
            return Ok(checkpoint);
        }
        if format == Format::Safetensors
            && let Some(metadata) = NetworkMetadata::read(path, &safetensors_metadata(path)?)?
        {
            wrong(&metadata.config)?;
            return Self::import(path, &metadata.config, device);
        }
        match architecture {
            Some(architecture) => Self::import(path, &FaceNetConfig::new(architecture), device),
            None => Err(ModelError::UnnamedNetwork {
                path: path.to_owned(),
                known: Architecture::ALL.map(Architecture::name).join(", "),
            }),
        }
    }
}

fn other_network(path: &Path, found: &FaceNetConfig, expected: &FaceNetConfig) -> ModelError {
    ModelError::OtherNetwork {
        path: path.to_owned(),
        found: found.to_string(),
        expected: expected.to_string(),
    }
}
